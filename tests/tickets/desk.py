"""A desk to try tickets on: records in a file, a clock that is turned by hand, people of each role."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import msgspec

from opsconsole.core.blobs import Blobs
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.identity import Actor, Role
from opsconsole.tickets import store
from opsconsole.tickets.cases.types import New
from opsconsole.tickets.clocks import clocks
from opsconsole.tickets.model import Event, Ticket, fold
from opsconsole.tickets.service import TicketService
from opsconsole.tickets.settings import Policy, Promise, Team, TicketSettings
from opsconsole.tickets.settings.desk import Mail, Satisfaction

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from opsconsole.core.clock import Instant
    from opsconsole.tickets.cases.types import Gate

EVA: Final = Actor("eva", 1000, Role.VIEWER, "192.0.2.1")
ANA: Final = Actor("ana", 1001, Role.OPERATOR, "192.0.2.7")
BEN: Final = Actor("ben", 1002, Role.OPERATOR, "192.0.2.8")
SUE: Final = Actor("sue", 1003, Role.SUPERVISOR, "192.0.2.9")
ADA: Final = Actor("ada", 1004, Role.ADMIN, "")
START: Final = 1_795_000_000_000
"""A Wednesday in November 2026."""
BERLIN: Final = ZoneInfo("Europe/Berlin")
PROMISED: Final = {"all": Policy(promises=msgspec.convert({
    "urgent": {"response": "15m", "resolution": "4h"}, "high": {"response": "1h", "resolution": "8h"},
    "medium": {"response": "4h", "resolution": "3d"}, "low": {"response": "1d", "resolution": "next release"}},
    dict[Any, Promise], strict=False))}
SETTINGS: Final = TicketSettings(
    policies=PROMISED, teams={"web": Team(members=("ana", "ben")), "infra": Team(members=("sue", "zoe"))},
    mail=Mail(address="support@example.com"), satisfaction=Satisfaction())


class HandClock:
    """A clock that goes on only when it is told to."""

    def __init__(self, now: Instant = START) -> None:
        self.at = now

    def now(self) -> Instant:
        return self.at

    def monotonic(self) -> float:
        return self.at / 1000

    def go(self, ms: int) -> Instant:
        """Goes on; the new time."""
        self.at += ms
        return self.at


class Desk:
    """The service, and what a test wants to look at besides."""

    def __init__(self, db: Database, clock: HandClock, service: TicketService, blobs: Blobs) -> None:
        self.db = db
        self.clock = clock
        self.service = service
        self.blobs = blobs

    async def ticket(self, title: str = "redis refuses connections", **given: Any) -> Ticket:
        """A new ticket of Kim, whose address is known."""
        new = New(**{"title": title, "requester": "Kim", "requester_mail": "kim@example.com", "route": False, **given})
        return (await self.service.create(ANA, new)).tickets[0]

    async def bug(self, title: str = "it crashes", **given: Any) -> Ticket:
        """A new bug."""
        return await self.ticket(title, category="bug", **given)

    async def value(self, sql: str, **params: Any) -> Any:
        """The first column of the first row."""
        row = await self.db.row(sql, params)
        return None if row is None else row[0]

    async def column(self, sql: str, **params: Any) -> list[Any]:
        """The first column of all rows."""
        return [row[0] for row in await self.db.rows(sql, params)]

    async def check(self, numbers: Sequence[int] | None = None) -> None:
        """Fails where what is stored is not what the events make."""
        for number in numbers or await self.column("SELECT number FROM ticket"):
            await self._check(number)
        assert await self.column("PRAGMA foreign_key_check") == []

    async def _check(self, number: int) -> None:
        events = await self.service.events(number)
        ticket = fold(events)
        assert await self.service.get(number) == ticket
        row = await self.db.row("SELECT * FROM ticket WHERE number = :n", {"n": number})
        assert row is not None
        differs = [self._differing(ticket, events, dict(zip(row.keys(), row, strict=True)), at)
                   for at in (events[-1].at, self.clock.now())]
        assert {} in differs, differs
        assert set(await self.column("SELECT tag FROM ticket_tag WHERE ticket = :n", n=number)) == set(ticket.tags)
        assert set(await self.column("SELECT person FROM ticket_watcher WHERE ticket = :n", n=number)) == set(
            ticket.watchers)
        links = await self.db.rows("SELECT kind, target FROM ticket_link WHERE ticket = :n", {"n": number})
        assert {(one["kind"], one["target"]) for one in links} == {(one.kind.value, one.target) for one in ticket.links}
        await self._check_clocks(ticket)

    async def _check_clocks(self, ticket: Ticket) -> None:
        number = ticket.number
        rows = await self.db.rows("SELECT * FROM ticket_clock WHERE ticket = :n ORDER BY kind, segment", {"n": number})
        events = await self.service.events(number)
        ticket = fold(events)
        computed = [sorted((dict(store.clock_of(ticket, clock)) for clock in clocks(events, self.service.policies, at)),
                           key=lambda one: (one["kind"], one["segment"])) for at in (events[-1].at, self.clock.now())]
        assert [dict(zip(row.keys(), row, strict=True)) for row in rows] in computed

    def _differing(self, ticket: Ticket, events: Sequence[Event], row: dict[str, Any], at: Instant) -> dict[str, Any]:
        """What of a ticket's row is not as it would be written at a moment: that of its last event, or now."""
        expected = store.row_of(ticket, store.promised_of(ticket, events, self.service.policies, at))
        return {name: (row[name], wanted) for name, wanted in expected.items() if row[name] != wanted}


@asynccontextmanager
async def desk(folder: Path, settings: TicketSettings = SETTINGS, *, gates: Sequence[Gate] = (),
               clock: HandClock | None = None) -> AsyncIterator[Desk]:
    """A desk in a folder; another one in the same folder works on the same tickets."""
    clock = clock if clock is not None else HandClock()
    blobs = Blobs(folder / "blobs")
    async with await Database.open(folder / "opsconsole.db", RECORDS) as db:
        service = TicketService(db, clock, settings, zone=BERLIN, blobs=blobs, gates=gates)
        yield Desk(db, clock, service, blobs)
