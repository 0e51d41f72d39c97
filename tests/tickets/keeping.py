"""Tickets on a desk with an agent's jobs, and a clock that is turned by hand."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from opsconsole.core.blobs import Blobs
from opsconsole.core.clock import MINUTE, Instant
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.identity import Actor, Role
from opsconsole.core.jobs import Due, LeaseLost
from opsconsole.notify import store as outbox
from opsconsole.tickets.clocks import Policies
from opsconsole.tickets.jobs import make_jobs
from opsconsole.tickets.keeping import Desk
from opsconsole.tickets.model import EventKind, Priority, Ticket
from opsconsole.tickets.service import New, TicketService

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from opsconsole.core.database import Transaction
    from opsconsole.core.jobs import Job
    from opsconsole.notify.model import Notice
    from opsconsole.tickets.model import Event
    from opsconsole.tickets.settings import TicketSettings

START: Instant = 1_795_428_000_000
"""Monday, 2026-11-23 10:00 UTC."""
KIM = Actor("kim", 1000, Role.OPERATOR)
ANA = Actor("ana", 1001, Role.OPERATOR)
UTC = ZoneInfo("UTC")


class Clock:
    """Goes when it is told to; a `core.clock.Clock`."""

    def __init__(self, at: Instant = START) -> None:
        self.at = at

    def now(self) -> Instant:
        return self.at

    def monotonic(self) -> float:
        return self.at / 1000


class Lease:
    """A guard that holds as long as the test says so."""

    def __init__(self) -> None:
        self.mine = True

    def holds(self) -> bool:
        return self.mine

    async def confirm(self, tx: Transaction) -> None:
        if not self.mine:
            raise LeaseLost


class Agent:
    """The jobs of one agent; another one knows nothing but what is stored."""

    def __init__(self, db: Database, clock: Clock, settings: TicketSettings, folder: Path) -> None:
        self.lease = Lease()
        self.service = TicketService(db, clock, settings, zone=UTC)
        self.desk = Desk(db, self.service, Policies(settings, UTC), clock, self.lease)
        self.jobs: dict[str, Job] = {job.name: job for job in make_jobs(self.desk, Blobs(folder / "blobs"))}

    async def run(self, name: str = "tickets.clocks") -> None:
        await self.jobs[name].run(Due(self.desk.clock.now()))


class World:
    """A desk, its records and its agent."""

    def __init__(self, db: Database, settings: TicketSettings, folder: Path) -> None:
        self.db, self.settings, self.folder = db, settings, folder
        self.clock = Clock()
        self.service = TicketService(db, self.clock, settings, zone=UTC)
        self.agent = self.another()

    def another(self) -> Agent:
        return Agent(self.db, self.clock, self.settings, self.folder)

    async def ticket(self, priority: Priority = Priority.HIGH, **more: str) -> Ticket:
        done = await self.service.create(KIM, New(
            "redis refuses connections", priority=priority, requester_mail="kim@example.com", form=False, **more))  # type: ignore[arg-type]
        return done.tickets[0]

    async def wake(self, number: int = 1) -> Instant | None:
        row = await self.db.row("SELECT wake FROM ticket WHERE number = :number", {"number": number})
        assert row is not None
        wake: Instant | None = row["wake"]
        return wake

    async def pass_(self, minutes: float, *, step: float = 10, restart: bool = False) -> None:
        """Time goes by while the agent works; with `restart`, another agent at every beat."""
        end = self.clock.at + round(minutes * MINUTE)
        while self.clock.at < end:
            self.clock.at = min(end, self.clock.at + round(step * MINUTE))
            await (self.another() if restart else self.agent).run()

    async def events(self, *kinds: EventKind, number: int = 1) -> list[Event]:
        return [one for one in await self.service.events(number) if not kinds or one.kind in kinds]

    async def levels(self, number: int = 1) -> list[tuple[float, str, int]]:
        """(minutes after the start, clock, level) of what was climbed."""
        return [((one.at - START) / MINUTE, str(one.data["clock"]), int(one.data["level"]))
                for one in await self.events(EventKind.ESCALATED, number=number)]

    async def rungs(self) -> int:
        row = await self.db.row("SELECT count(*) AS count FROM ticket_rung")
        return int(row["count"]) if row is not None else 0

    async def notices(self) -> list[Notice]:
        async with self.db.write() as tx:
            return [one.notice for one in await outbox.unplanned(tx, 10_000)]


@asynccontextmanager
async def world(folder: Path, settings: TicketSettings) -> AsyncIterator[World]:
    async with await Database.open(folder / "opsconsole.db", RECORDS) as db:
        yield World(db, settings, folder)
