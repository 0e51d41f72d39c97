"""What checks found, in the measurements' database: the newest of each, and the periods of the past."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from opsconsole.core.clock import DAY, Instant
from opsconsole.core.errors import StorageError
from opsconsole.core.levels import Level
from opsconsole.health.checks.model import Outcome, Value
from opsconsole.health.checks.uptime import Advance, Open, Period, advance, status_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.core.database import Database, Params, Row, Transaction

LOG = logging.getLogger(__name__)

TOPIC = "checks"
"""Touched when a level changes; figures change too often to tell."""
DELAY = 1.0
"""Seconds for which outcomes are collected at most."""
MOST_WAITING = 5_000
"""Outcomes that are kept while the database cannot be written; the oldest go first."""
KEEP = 400 * DAY
"""How long periods are kept."""


class Stored(NamedTuple):
    """One row: the newest outcome of a check, and the period that goes on."""

    outcome: Outcome
    open: Open
    p95: float | None
    uptime: float | None


class Ready(NamedTuple):
    """An outcome that is to be stored."""

    outcome: Outcome
    interval: float
    muted: bool


class _Detail(msgspec.Struct, frozen=True):
    values: dict[str, Value]
    failed: tuple[str, ...]


_STATE = "name, level, since, text, at, took, detail, output, status, begun, reason, p95, uptime"


class CheckStore:
    """The rows of checks; writing is put off for at most `DELAY`, so that many outcomes are one transaction."""

    def __init__(self, db: Database, delay: float = DELAY) -> None:
        self._db = db
        self._delay = delay
        self._waiting: list[Ready] = []
        self._timer: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()

    def put(self, outcome: Outcome, interval: float, *, muted: bool = False) -> None:
        """Takes an outcome that will be stored within `DELAY`.

        Args:
            outcome: as `judge` made it.
            interval: seconds between runs of this check.
            muted: whether it is in maintenance now.
        """
        self._waiting.append(Ready(outcome, interval, muted))
        del self._waiting[:-MOST_WAITING]
        if self._timer is None or self._timer.done():
            self._timer = asyncio.create_task(self._later())

    async def _later(self) -> None:
        await asyncio.sleep(self._delay)
        try:
            await self.flush()
        except StorageError as error:
            LOG.warning("the outcomes of checks are not stored yet: %s", error)

    async def flush(self) -> None:
        """Stores everything that waits.

        Raises:
            StorageError: it could not be stored; it waits on.
        """
        async with self._writing:
            batch = list(self._waiting)
            if not batch:
                return
            async with self._db.write() as tx:
                await _store(tx, batch)
            # More may have come meanwhile, and some may have been given up.
            done = set(map(id, batch))
            self._waiting = [one for one in self._waiting if id(one) not in done]

    async def close(self) -> None:
        """Stores what waits, and ends the timer.

        Raises:
            StorageError: it could not be stored.
        """
        if self._timer is not None:
            async with self._writing:
                self._timer.cancel()
            await asyncio.wait([self._timer])
        await self.flush()

    async def all(self) -> dict[str, Stored]:
        """Every check that ever ran, removed ones too, as of the last write.

        Raises:
            StorageError: it cannot be read.
        """
        rows = await self._db.rows(f"SELECT {_STATE} FROM check_state")  # noqa: S608 - fixed parts
        return {row["name"]: _stored(row) for row in rows}

    async def one(self, name: str) -> Stored | None:
        """One check; None when it never ran.

        Raises:
            StorageError: it cannot be read.
        """
        row = await self._db.row(f"SELECT {_STATE} FROM check_state WHERE name = :name",  # noqa: S608 - fixed parts
                                 {"name": name})
        return None if row is None else _stored(row)

    async def periods(self, name: str, since: Instant, until: Instant) -> list[Period]:
        """The periods of one check that have ended and reach into a time, oldest first.

        Raises:
            StorageError: they cannot be read.
        """
        rows = await self._db.rows(
            "SELECT status, begun, ended, reason FROM check_period"
            " WHERE name = :name AND begun < :until AND ended > :since ORDER BY begun",
            {"name": name, "since": since, "until": until})
        return [Period(*row) for row in rows]

    async def summarise(self, figures: Mapping[str, tuple[float | None, float | None]]) -> None:
        """Keeps p95 (seconds) and uptime (%) beside the newest outcome of each check.

        Raises:
            StorageError: they could not be stored.
        """
        async with self._db.write() as tx:
            await tx.many("UPDATE check_state SET p95 = :p95, uptime = :uptime WHERE name = :name",
                          [{"name": name, "p95": p95, "uptime": up} for name, (p95, up) in figures.items()])

    async def prune(self, now: Instant) -> int:
        """Removes periods that ended too long ago; how many.

        Raises:
            StorageError: it could not be done.
        """
        async with self._db.write() as tx:
            return await tx.run("DELETE FROM check_period WHERE ended < :limit", {"limit": now - KEEP})


def _stored(row: Row) -> Stored:
    try:
        detail = msgspec.json.decode(row["detail"], type=_Detail)
    except msgspec.DecodeError as error:
        LOG.warning("the stored values of the check %s cannot be read: %s", row["name"], error)
        detail = _Detail({}, ())
    level = Level(row["level"])
    outcome = Outcome(row["name"], level, row["text"], row["at"], row["took"], detail.values, detail.failed,
                      row["output"])
    return Stored(outcome, Open(row["status"], row["begun"], row["at"], level, row["since"], row["reason"]),
                  row["p95"], row["uptime"])


async def _store(tx: Transaction, batch: Sequence[Ready]) -> None:
    rows = await tx.rows("SELECT name, status, begun, at, level, since, reason FROM check_state")
    known = {row["name"]: Open(row["status"], row["begun"], row["at"], Level(row["level"]), row["since"],
                               row["reason"]) for row in rows}
    newest: dict[str, Outcome] = {}
    for outcome, interval, muted in batch:
        before = known.get(outcome.name)
        step = advance(before, outcome.at, outcome.level, status_of(outcome.level, muted=muted), interval, outcome.text)
        await _close(tx, outcome.name, step)
        if before is None or before.level is not outcome.level or before.status != step.now.status:
            tx.touch(TOPIC)
        known[outcome.name], newest[outcome.name] = step.now, outcome
    await tx.many(
        f"INSERT INTO check_state ({_STATE}) VALUES (:name, :level, :since, :text, :at, :took, :detail, :output,"  # noqa: S608 - fixed parts
        " :status, :begun, :reason, NULL, NULL) ON CONFLICT (name) DO UPDATE SET level = :level, since = :since,"
        " text = :text, at = :at, took = :took, detail = :detail, output = :output, status = :status, begun = :begun,"
        " reason = :reason",
        [_params(outcome, known[name]) for name, outcome in newest.items()])


async def _close(tx: Transaction, name: str, step: Advance) -> None:
    if step.cut is not None:
        await tx.run("DELETE FROM check_period WHERE name = :name AND begun >= :cut", {"name": name, "cut": step.cut})
        await tx.run("UPDATE check_period SET ended = :cut WHERE name = :name AND ended > :cut",
                     {"name": name, "cut": step.cut})
    for status, begun, ended, reason in step.ended:
        await tx.run(
            "INSERT INTO check_period (name, begun, ended, status, reason)"
            " VALUES (:name, :begun, :ended, :status, :reason)"
            " ON CONFLICT (name, begun) DO UPDATE SET ended = :ended, status = :status, reason = :reason",
            {"name": name, "begun": begun, "ended": ended, "status": status, "reason": reason})


def _params(outcome: Outcome, now: Open) -> Params:
    detail = msgspec.json.encode(_Detail(outcome.values, outcome.failed)).decode()
    return {"name": outcome.name, "level": int(outcome.level), "since": now.since, "text": outcome.text,
            "at": outcome.at, "took": outcome.took, "detail": detail, "output": outcome.output, "status": now.status,
            "begun": now.begun, "reason": now.reason}
