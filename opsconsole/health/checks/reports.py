"""What others report, in the measurements' database: signs of life of jobs, and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from opsconsole.core.clock import DAY, Instant
from opsconsole.core.errors import UsageError
from opsconsole.health.checks.judge import stored_line
from opsconsole.health.checks.model import Beats, Pushed, Report

if TYPE_CHECKING:
    from opsconsole.core.database import Database, Params, Row

KEEP_REPORTS = 90 * DAY
MOST_NAMES = 500
"""Names of numbers; each becomes a series."""
MOST_TAKEN = 5_000
"""Numbers that are taken at once."""
_REPORT = "seq, at, kind, message, took"


class ReportStore:
    """Implements `runner.Reports`, and what the commands write."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def report(self, name: str, kind: Literal["start", "ok", "fail"], at: Instant,
                     message: str = "") -> float | None:
        """Keeps a sign of life.

        Returns:
            Seconds since the job's `start`, if this report ends a run that had one.

        Raises:
            StorageError: it could not be stored.
        """
        async with self._db.write() as tx:
            row = await tx.row("SELECT at, kind FROM heartbeat WHERE name = :name ORDER BY seq DESC LIMIT 1",
                               {"name": name})
            begun = row["at"] if row is not None and row["kind"] == "start" and kind != "start" else None
            took = None if begun is None else max(0, at - begun) / 1000
            await tx.run(
                "INSERT INTO heartbeat (name, at, kind, message, took) VALUES (:name, :at, :kind, :message, :took)",
                {"name": name, "at": at, "kind": kind, "message": stored_line(message), "took": took})
            return took

    async def beats(self, name: str) -> Beats:
        """The newest report of each kind.

        Raises:
            StorageError: they cannot be read.
        """
        rows = await self._db.rows(
            f"SELECT {_REPORT} FROM heartbeat WHERE seq IN"  # noqa: S608 - fixed parts
            " (SELECT max(seq) FROM heartbeat WHERE name = :name GROUP BY kind)", {"name": name})
        newest = {row["kind"]: _report(row) for row in rows}
        return Beats(newest.get("start"), newest.get("ok"), newest.get("fail"))

    async def reports(self, name: str, limit: int = 50) -> list[Report]:
        """The newest reports of a job, newest first.

        Raises:
            StorageError: they cannot be read.
        """
        rows = await self._db.rows(
            f"SELECT {_REPORT} FROM heartbeat WHERE name = :name ORDER BY seq DESC LIMIT :limit",  # noqa: S608 - as above
            {"name": name, "limit": limit})
        return [_report(row) for row in rows]

    async def ended(self, since: Instant, until: Instant) -> dict[str, tuple[int, int]]:
        """How often each job reported that it went well, and that it failed, from `since` to before `until`.

        Raises:
            StorageError: they cannot be read.
        """
        rows = await self._db.rows(
            "SELECT name, sum(kind = 'ok') AS well, sum(kind = 'fail') AS failed FROM heartbeat"
            " WHERE at >= :since AND at < :until AND kind <> 'start' GROUP BY name ORDER BY name",
            {"since": since, "until": until})
        return {row["name"]: (row["well"], row["failed"]) for row in rows}

    async def push(self, name: str, value: float, at: Instant) -> None:
        """Keeps a number; one that is older than the newest of its name goes to the history only.

        Raises:
            UsageError: there are too many names already.
            StorageError: it could not be stored.
        """
        params: Params = {"name": name, "at": at, "value": value}
        async with self._db.write() as tx:
            row = await tx.row("SELECT count(*) AS names, max(name = :name) AS known FROM pushed", {"name": name})
            if row is not None and row["names"] >= MOST_NAMES and not row["known"]:
                raise UsageError(f"There are {MOST_NAMES} numbers with names of their own already.",
                                 "Send this one under one of those names.")
            await tx.run("INSERT INTO pushed (name, at, value) VALUES (:name, :at, :value) ON CONFLICT (name)"
                         " DO UPDATE SET at = :at, value = :value WHERE :at >= pushed.at", params)
            await tx.run("INSERT INTO pushed_value (name, at, value) VALUES (:name, :at, :value)", params)

    async def pushed(self, name: str) -> Pushed | None:
        """The newest number of a name.

        Raises:
            StorageError: it cannot be read.
        """
        row = await self._db.row("SELECT name, at, value FROM pushed WHERE name = :name", {"name": name})
        return None if row is None else Pushed(*row)

    async def take_pushed(self, since: int = 0) -> list[Pushed]:
        """Numbers that came after the one with `seq` `since`, in the order of arrival, at most `MOST_TAKEN`.

        Asking with the last `seq` says that everything up to it was recorded: that is removed. So nothing is lost
        when a recorder dies, and at most what it took last is given twice.

        Raises:
            StorageError: they cannot be read.
        """
        rows = await self._db.rows("SELECT name, at, value, seq FROM pushed_value WHERE seq > :since ORDER BY seq"
                                   " LIMIT :most", {"since": since, "most": MOST_TAKEN})
        older = await self._db.row("SELECT 1 FROM pushed_value WHERE seq < :since LIMIT 1", {"since": since})
        if older is not None:
            # The one with `since` itself stays, so that numbers go on from it.
            async with self._db.write() as tx:
                await tx.run("DELETE FROM pushed_value WHERE seq < :since", {"since": since})
        return [Pushed(*row) for row in rows]

    async def prune(self, now: Instant) -> None:
        """Removes reports that are too old, but for the newest of each kind; and numbers that nobody took.

        Raises:
            StorageError: it could not be done.
        """
        limit = {"limit": now - KEEP_REPORTS}
        async with self._db.write() as tx:
            await tx.run("DELETE FROM heartbeat WHERE at < :limit AND seq NOT IN"
                         " (SELECT max(seq) FROM heartbeat GROUP BY name, kind)", limit)
            await tx.run("DELETE FROM pushed_value WHERE at < :limit AND seq <"
                         " (SELECT max(seq) FROM pushed_value)", limit)


def _report(row: Row) -> Report:
    return Report(*row)
