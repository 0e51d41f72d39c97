"""What the agent does for tickets as time goes by, in small transactions, so that nobody waits for it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.core.jobs import LeaseLost
from opsconsole.tickets import store
from opsconsole.tickets.cases.types import Draft
from opsconsole.tickets.clocks import clocks
from opsconsole.tickets.model import PRESENCE, EventKind
from opsconsole.tickets.watching import look

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from opsconsole.core.blobs import Blobs
    from opsconsole.core.clock import Clock, Instant
    from opsconsole.core.database import Database, Transaction
    from opsconsole.core.jobs import Due, Guard
    from opsconsole.tickets.clocks import Policies
    from opsconsole.tickets.service import TicketService
    from opsconsole.tickets.watching import Act

LOG = logging.getLogger(__name__)

BATCH: Final = 25
"""Tickets that one transaction changes."""
ROUNDS: Final = 40
"""Transactions of one run; what is left waits for the next one."""
PAUSE: Final = 0.02
"""Seconds between two transactions, in which others may write."""
AWAY: Final = 2 * MINUTE
"""After which a console that says nothing is not there any more; it says something every 10 s."""
MAIL_COUNTED: Final = DAY
"""How long it is known who sent mail; what counts is the last hour."""
PUT_OFF: Final = HOUR
"""Until a ticket that cannot be looked at is looked at again."""
ORPHANED: Final = DAY
"""After which a file that belongs to nothing is taken away."""


class Desk(NamedTuple):
    """What the jobs work with."""

    db: Database
    service: TicketService
    policies: Policies
    clock: Clock
    guard: Guard


class Keeper:
    """Looks at tickets whose time has come."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def clocks(self, due: Due) -> None:  # noqa: ARG002 - a job's function
        """Warns, notes broken promises, climbs ladders, gives back what nobody touches.

        Raises:
            LeaseLost: another agent works now; nothing of the last transaction was stored.
            StorageError: it could not be stored; the next run tries again.
        """
        after: tuple[Instant, int] = (-1, 0)
        for _ in range(ROUNDS):
            rows = await self._desk.db.rows(
                "SELECT wake, number FROM ticket WHERE wake <= :now AND (wake, number) > (:wake, :number)"
                " ORDER BY wake, number LIMIT :limit",
                {"now": self._desk.clock.now(), "wake": after[0], "number": after[1], "limit": BATCH})
            await self._all([row["number"] for row in rows], self._look)
            if len(rows) < BATCH:
                return
            after = rows[-1]["wake"], rows[-1]["number"]
            await asyncio.sleep(PAUSE)

    async def anew(self, after: int) -> int | None:
        """Works out the promises of some open tickets again, as another configuration makes them.

        Args:
            after: only tickets with a higher number.

        Returns:
            The number of the last one; None: there was none left.
        """
        rows = await self._desk.db.rows(
            "SELECT number FROM ticket WHERE number > :after AND phase <> 'done' ORDER BY number LIMIT :limit",
            {"after": after, "limit": BATCH})
        await self._all([row["number"] for row in rows], self._again)
        return rows[-1]["number"] if rows else None

    async def _all(self, numbers: Sequence[int], work: Callable[[Transaction, int], Awaitable[None]]) -> None:
        """Does something with tickets in one transaction; where one is in the way, with each by itself."""
        try:
            await self._some(numbers, work)
        except LeaseLost:
            raise
        except Exception:
            LOG.warning("tickets are looked at one by one", exc_info=True)
            for number in numbers:
                await self._alone(number, work)

    async def _some(self, numbers: Sequence[int], work: Callable[[Transaction, int], Awaitable[None]]) -> None:
        if not numbers:
            return
        async with self._desk.db.write() as tx:
            await self._desk.guard.confirm(tx)
            for number in numbers:
                await work(tx, number)

    async def _alone(self, number: int, work: Callable[[Transaction, int], Awaitable[None]]) -> None:
        try:
            await self._some([number], work)
        except LeaseLost:
            raise
        except Exception:
            # A ticket that is damaged must not keep the others from being looked at.
            LOG.exception("ticket %d cannot be looked at", number)
            async with self._desk.db.write() as tx:
                await self._desk.guard.confirm(tx)
                await tx.run("UPDATE ticket SET wake = :wake WHERE number = :number",
                             {"number": number, "wake": self._desk.clock.now() + PUT_OFF})

    async def _look(self, tx: Transaction, number: int) -> None:
        ticket = await store.get(tx, number)
        if ticket is None:
            return
        now = self._desk.clock.now()
        events = await store.for_clocks(tx, number)
        acts = look(ticket, events, clocks(events, self._desk.policies, now), self._desk.policies, now)
        fresh = [act for act in acts if act.kind is not EventKind.ESCALATED or await _climb(tx, number, act, now)]
        await self._desk.service.append(tx, number, [
            Draft(kind=act.kind, text=act.text, changes=act.changes, data=act.data) for act in fresh])

    async def _again(self, tx: Transaction, number: int) -> None:
        await self._desk.service.append(tx, number, ())

    async def presence(self, due: Due) -> None:  # noqa: ARG002 - a job's function
        """Forgets consoles that ended without saying so."""
        before = {"before": self._desk.clock.now() - AWAY}
        if await self._desk.db.row("SELECT 1 FROM ticket_presence WHERE seen < :before LIMIT 1", before) is None:
            return
        async with self._desk.db.write() as tx:
            await self._desk.guard.confirm(tx)
            await tx.run("DELETE FROM ticket_presence WHERE seen < :before", before)
            tx.touch(PRESENCE)

    async def prune(self, due: Due) -> None:  # noqa: ARG002 - a job's function
        """Forgets who sent mail long ago."""
        async with self._desk.db.write() as tx:
            await self._desk.guard.confirm(tx)
            await tx.run("DELETE FROM ticket_mail_in WHERE at < :before",
                         {"before": self._desk.clock.now() - MAIL_COUNTED})


async def _climb(tx: Transaction, number: int, act: Act, now: Instant) -> bool:
    """Notes that a level is climbed; False when it was before."""
    return await tx.run(
        "INSERT INTO ticket_rung (ticket, ladder, kind, segment, level, at)"
        " VALUES (:ticket, :ladder, :kind, :segment, :level, :now)"
        " ON CONFLICT (ticket, ladder, kind, segment, level) DO NOTHING",
        {"ticket": number, "ladder": act.data["ladder"], "kind": act.data["clock"], "segment": act.data["segment"],
         "level": act.data["level"], "now": now}) == 1


class Renewal:
    """After a change of the configuration, works out the promises of all open tickets again, once.

    Args:
        keeper: works them out.
        mark: which configuration the stored promises follow.
        file: where that is kept.
    """

    def __init__(self, keeper: Keeper, mark: str, file: Path) -> None:
        self._keeper = keeper
        self._mark = mark
        self._file = file
        self._after: int | None = 0

    async def run(self, due: Due) -> None:  # noqa: ARG002 - a job's function
        """Goes on where the last run stopped.

        Raises:
            LeaseLost, StorageError: as `Keeper.clocks`.
        """
        if self._after is None or await asyncio.to_thread(self._known) == self._mark:
            self._after = None
            return
        while self._after is not None:
            self._after = await self._keeper.anew(self._after)
            await asyncio.sleep(PAUSE)
        await asyncio.to_thread(self._keep)

    def _known(self) -> str:
        try:
            return self._file.read_text(encoding="ascii")
        except (OSError, ValueError):
            return ""

    def _keep(self) -> None:
        from opsconsole.core.replacefile import replace_file  # noqa: PLC0415 - after a change only

        replace_file(self._file, self._mark.encode("ascii"))


class Sweeper:
    """Takes away files that belong to nothing: of a transaction that failed, or of an attachment that was deleted.

    It asks for all features that keep files.

    Args:
        desk: as for `Keeper`.
        blobs: the files.
    """

    def __init__(self, desk: Desk, blobs: Blobs) -> None:
        self._desk = desk
        self._blobs = blobs

    async def run(self, due: Due) -> None:  # noqa: ARG002 - a job's function
        """Looks at all files that nobody has put for a day.

        Raises:
            LeaseLost, StorageError: as `Keeper.clocks`.
        """
        before = (self._desk.clock.now() - ORPHANED) / 1000
        await asyncio.to_thread(self._blobs.sweep, before)
        for sha256 in await asyncio.to_thread(lambda: list(self._blobs.kept(before))):
            if await self._needed(sha256):
                continue
            async with self._desk.db.write() as tx:
                # Nobody else writes now: whoever puts the same file again will see that it is gone, or has touched it.
                await self._desk.guard.confirm(tx)
                if not await self._needed(sha256, tx) and await asyncio.to_thread(self._old, sha256, before):
                    await asyncio.to_thread(self._blobs.remove, sha256)

    async def _needed(self, sha256: str, tx: Transaction | None = None) -> bool:
        # The view knows what other features keep, too.
        return await (tx or self._desk.db).row(
            "SELECT 1 FROM kept_file WHERE sha256 = :sha256 LIMIT 1", {"sha256": sha256}) is not None

    def _old(self, sha256: str, before: float) -> bool:
        try:
            return self._blobs.path(sha256).lstat().st_mtime < before
        except OSError:
            return False
