"""Alerts and their tickets: one group, one ticket; again, worse, over; and when such a ticket may be done."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from opsconsole.core.clock import DAY
from opsconsole.core.config import decode
from opsconsole.core.errors import PermissionDenied, StorageError
from opsconsole.core.levels import Level
from opsconsole.health.alerts.checking import all_mistakes
from opsconsole.health.alerts.evidence import Sources, Witness
from opsconsole.health.alerts.making import TicketMaker
from opsconsole.health.alerts.model import Evidence, Part
from opsconsole.health.alerts.service import NotThere
from opsconsole.health.alerts.ticketing import AlertGate, AlertTickets
from opsconsole.tickets.linked import open_about, tickets_of_alerts
from opsconsole.tickets.model import EventKind, LinkKind, Phase, Priority, Source
from opsconsole.tickets.service import New, NotAllowed, TicketService
from opsconsole.tickets.settings import TicketSettings
from tests.health.alerts.place import ANA, EVE, Place, configured, place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from opsconsole.tickets.model import Event, Ticket

CONFIG = """
checks:
  db: {kind: metric, every: 30s}
  app: {kind: metric, every: 30s, depends_on: [db]}
  web: {kind: metric, every: 30s, help: restart it}
rules:
  "check:db": {ticket: yes, within: 1 of 1}
  "check:app": {ticket: billing, within: 1 of 1}
  slow app: {check: app, warning: "value > 1", ticket: yes}
  "check:web": {within: 1 of 1}
  mem: {metric: memory.used_percent, warning: "> 80%", critical: "> 90%", ticket: technical, help: add memory}
"""
TICKETS = decode("closing: {green_for: 5m, reopen_within: 1d, root_cause: []}", TicketSettings, source="x", env={})


class Desk:
    """A host whose alerts have tickets."""

    def __init__(self, host: Place) -> None:
        self.host = host
        gate = AlertGate(host.clock, float(TICKETS.closing.green_for))
        self.service = TicketService(host.db, host.clock, TICKETS, zone=ZoneInfo("UTC"), gates=[gate])
        self.tickets = AlertTickets(self.service)
        self.maker = TicketMaker(host.db, host.clock, self.service)

    async def all(self) -> list[Ticket]:
        rows = await self.host.db.rows("SELECT number FROM ticket ORDER BY number")
        return [await self.service.get(row["number"]) for row in rows]

    async def events(self, *kinds: EventKind, number: int = 1) -> list[Event]:
        return [one for one in await self.service.events(number) if one.kind in kinds]

    async def solve(self, number: int = 1, reason: str = "") -> None:
        await self.service.take(ANA, number)
        await self.service.move(ANA, number, "resolved", "It runs again.", reason=reason)


@asynccontextmanager
async def desk(folder: Path, text: str = CONFIG, **options: Any) -> AsyncIterator[Desk]:
    async with place(folder, text, **options) as host:
        made = Desk(host)
        host.options["tickets"] = made.tickets
        host.restart()
        yield made


# From the alert to the ticket


async def test_an_alert_opens_a_ticket_in_its_own_transaction(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.host.run("db", Level.CRITICAL, "refused")
        (ticket,) = await one.all()
        (alert,) = await one.host.open()
        assert (ticket.title, ticket.priority, ticket.source, ticket.alert_key) == (
            "db: refused", Priority.URGENT, Source.ALERT, "check:db")
        assert [(link.kind, link.target) for link in ticket.links] == [(LinkKind.ALERT, str(alert.id))]
        assert ticket.description.startswith("refused\nSince ")
        assert (await tickets_of_alerts(one.host.db, [alert.id, 99]))[alert.id].number == 1


async def test_a_rule_without_a_word_of_tickets_opens_none(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.host.run("web", Level.CRITICAL)
        await one.host.run("web", Level.OK)
        assert await one.all() == []


async def test_a_ticket_that_cannot_be_stored_takes_the_alert_with_it(tmp_path: Path) -> None:
    """They are one transaction: nothing is told of one without the other, and the next evaluation tries again."""
    async with desk(tmp_path) as one:
        async with one.host.db.write() as tx:
            await tx.run("CREATE TRIGGER full BEFORE INSERT ON ticket BEGIN SELECT RAISE(ABORT, 'full'); END")
        with pytest.raises(StorageError):
            await one.host.run("db", Level.CRITICAL)
        assert (await one.host.open(), await one.host.notices()) == ([], [])
        async with one.host.db.write() as tx:
            await tx.run("DROP TRIGGER full")
        await one.host.beat()
        assert len(await one.all()) == len(await one.host.open()) == 1


async def test_what_tickets_refuse_costs_no_alert(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with desk(tmp_path) as one:
        async def refuse(*_: Any, **__: Any) -> None:
            raise ValueError("no")

        one.service.from_alert = refuse  # type: ignore[method-assign,assignment]
        await one.host.run("db", Level.CRITICAL)
        assert len(await one.host.open()) == 1
        assert "has no ticket: no" in caplog.text


@pytest.mark.parametrize(("value", "priority"), [(85.0, Priority.HIGH), (95.0, Priority.URGENT)])
async def test_severity_is_priority_and_the_rule_names_the_category(
        tmp_path: Path, value: float, priority: Priority) -> None:
    async with desk(tmp_path) as one:
        one.host.values = {"memory.used_percent": value}
        await one.host.beat()
        (ticket,) = await one.all()
        assert (ticket.priority, ticket.category, ticket.alert_key) == (priority, "technical", "rule:mem")
        assert "To do: add memory" in ticket.description


async def test_what_becomes_worse_makes_its_ticket_as_urgent(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        one.host.values = {"memory.used_percent": 85.0}
        await one.host.beat()
        one.host.values = {"memory.used_percent": 95.0}
        await one.host.beat()
        (ticket,) = await one.all()
        (event,) = await one.events(EventKind.ALERT)
        assert ticket.priority is Priority.URGENT
        assert (event.data["what"], event.changes["priority"]) == ("worse", ("high", "urgent"))
        await one.service.set_priority(ANA, 1, Priority.LOW)
        one.host.values = {"memory.used_percent": 85.0}
        await one.host.beats(60)
        assert (await one.service.get(1)).priority is Priority.LOW


# One group, one ticket


async def test_alerts_of_one_check_share_a_ticket(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.host.run("app", Level.CRITICAL, values={"value": 5.0})
        (ticket,) = await one.all()
        assert len(await one.host.open()) == 2
        assert (ticket.alert_key, len(ticket.links), ticket.recurred) == ("check:app", 2, 1)


async def test_what_needs_something_that_is_down_shares_its_ticket(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.host.run("db", Level.CRITICAL, "refused")
        await one.host.run("app", Level.CRITICAL, "no database")
        (ticket,) = await one.all()
        assert ticket.title == "db: refused"
        assert len(ticket.links) == 2
        await one.host.run("app", Level.OK)
        await one.host.run("db", Level.OK)
        assert [event.data["what"] for event in await one.events(EventKind.ALERT)] == ["over", "over"]


async def test_what_fails_by_itself_has_a_ticket_of_its_own(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.host.run("app", Level.CRITICAL)
        await one.host.run("db", Level.CRITICAL)
        assert [ticket.alert_key for ticket in await one.all()] == ["check:app", "check:db"]
        assert (await one.all())[0].category == "billing"


# Over, and again


async def test_the_end_of_an_alert_is_noted_and_leaves_the_ticket_open(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.host.run("db", Level.CRITICAL, "refused")
        await one.host.run("db", Level.OK, after=600)
        (event,) = await one.events(EventKind.ALERT)
        assert event.text.startswith("It lasted 10 min")
        assert (await one.service.get(1)).phase.open


async def test_an_alert_that_fires_again_is_the_same_ticket(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        for _ in range(3):
            await one.host.run("db", Level.CRITICAL, "refused")
            await one.host.run("db", Level.OK)
        (ticket,) = await one.all()
        assert (ticket.recurred, len(ticket.links), ticket.reopened) == (2, 3, 0)
        assert await open_about(one.host.db, "check:db") == 1


async def test_a_relapse_reopens_what_is_done_and_later_it_is_a_new_ticket(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.host.run("db", Level.CRITICAL)
        await one.host.run("db", Level.OK)
        one.host.clock.forward(301)
        await one.solve()
        await one.host.run("db", Level.CRITICAL)
        ticket = await one.service.get(1)
        assert (ticket.phase, ticket.reopened, ticket.recurred) == (Phase.ACTIVE, 1, 1)
        await one.host.run("db", Level.OK)
        one.host.clock.forward(301)
        await one.service.move(ANA, 1, "resolved", "Now it does.")
        assert await open_about(one.host.db, "check:db") is None
        one.host.clock.forward(DAY / 1000 + 60)
        await one.host.run("db", Level.CRITICAL)
        assert [ticket.phase.open for ticket in await one.all()] == [False, True]


async def test_a_restart_makes_no_second_ticket(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.host.run("db", Level.CRITICAL)
        for _ in range(3):
            one.host.restart()
            await one.host.run("db", Level.CRITICAL)
        assert [ticket.recurred for ticket in await one.all()] == [0]


# Silences


async def test_what_is_silenced_gets_its_ticket_when_that_ends(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.host.service.silence(ANA, "db", "moved", one.host.clock.now() + 3_600_000)
        await one.host.run("db", Level.CRITICAL)
        assert await one.all() == []
        await one.host.service.end_window(ANA, 1)
        await one.host.run("db", Level.CRITICAL)
        assert len(await one.all()) == 1


async def test_what_ends_while_it_is_silenced_gets_none(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.host.service.start_maintenance(ANA, "db", "moved", one.host.clock.now() + 3_600_000)
        await one.host.run("db", Level.CRITICAL)
        await one.host.run("db", Level.OK)
        assert await one.all() == []


# Evidence


async def test_evidence_becomes_a_note(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.host.run("db", Level.CRITICAL)
        (alert,) = await one.host.open()
        hostile = "```\n# no heading\n\x1b[31m[@click=app.quit]x"
        async with one.host.db.write() as tx:
            await one.tickets.evidence(tx, alert, Evidence(1, (Part("output", hostile),)))
            await one.tickets.evidence(tx, alert, Evidence(1))
        (note,) = await one.events(EventKind.MESSAGE)
        assert not note.public
        assert note.text.splitlines()[-3:] == ["    ```", "    # no heading", "    \x1b[31m[@click=app.quit]x"]
        assert (await one.service.get(1)).unanswered == 0


async def test_the_witness_adds_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        witness = Witness(one.host.db, one.host.guard, one.host.clock, Sources(processes=list), one.tickets)
        one.host.options["fired"] = witness
        one.host.restart()
        await one.host.run("db", Level.CRITICAL, "refused")
        witness._sources = Sources(processes=list, outcomes=lambda: one.host.outcomes)
        await witness.settle()
        (note,) = await one.events(EventKind.MESSAGE)
        assert "    refused" in note.text
        await witness.close()


# When it may be done


async def test_a_ticket_is_done_only_when_its_alert_is_over_for_a_while(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.host.run("db", Level.CRITICAL)
        with pytest.raises(NotAllowed, match="still fires"):
            await one.solve()
        await one.host.run("db", Level.OK)
        one.host.clock.forward(60)
        with pytest.raises(NotAllowed, match="over for 1 min only, and not yet for 5 min"):
            await one.service.move(ANA, 1, "resolved", "It runs.")
        one.host.clock.forward(240)
        await one.service.move(ANA, 1, "resolved", "It runs.")
        assert not (await one.service.get(1)).phase.open


async def test_a_reason_is_enough_and_other_tickets_do_not_ask(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.host.run("db", Level.CRITICAL)
        await one.solve(reason="the check is wrong")
        assert not (await one.service.get(1)).phase.open
        gate, ticket = AlertGate(one.host.clock, 300), await one.service.get(1)
        assert await gate.objection(one.host.db, ticket, Phase.DONE) == "its alert 1 (db) still fires"
        assert await gate.objection(one.host.db, ticket, Phase.WAITING) == ""
        await one.host.db.row("SELECT 1")
        assert await gate.objection(one.host.db, type(ticket)(9), Phase.DONE) == ""


# By hand


async def test_a_person_makes_a_ticket_of_an_alert_once(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.host.run("web", Level.CRITICAL, "502")
        (alert,) = await one.host.open()
        assert [await one.maker.ticket(ANA, alert.id) for _ in range(2)] == [1, 1]
        (ticket,) = await one.all()
        assert (ticket.title, ticket.alert_key, ticket.source) == ("web: 502", "check:web", Source.ALERT)
        assert await one.maker.ticket(EVE, alert.id) == 1, "looking takes no role"
        await one.host.run("web", Level.OK)
        assert [event.data["what"] for event in await one.events(EventKind.ALERT)] == ["over"]
        await one.host.run("web", Level.CRITICAL)
        (again,) = await one.host.open()
        assert await one.maker.ticket(ANA, again.id) == 1
        assert len((await one.service.get(1)).links) == 2


async def test_what_a_person_may_not(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.host.run("web", Level.CRITICAL)
        with pytest.raises(PermissionDenied):
            await one.maker.ticket(EVE, 1)
        with pytest.raises(NotThere):
            await one.maker.ticket(ANA, 7)
        assert await one.all() == []


def test_a_category_that_there_is_not_is_a_mistake() -> None:
    found = configured(CONFIG)
    names = {"technical", "billing"}
    assert list(all_mistakes(found.rules, found.checks, told=False, categories=names)) == []
    assert [".".join(path) for path, _ in all_mistakes(found.rules, found.checks, told=False, categories=())] == [
        "check:app.ticket", "mem.ticket"]


async def test_a_merged_ticket_is_followed(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.host.run("web", Level.CRITICAL, "502")
        assert await one.maker.ticket(ANA, 1) == 1
        await one.service.create(ANA, New("the web is slow", form=False))
        await one.service.merge(ANA, 1, 2)
        assert (await one.host.service.one(1)).ticket == 2
        await one.host.run("web", Level.OK)
        await one.host.run("web", Level.CRITICAL, "502")
        assert await open_about(one.host.db, "check:web") == 2
        assert await one.maker.ticket(ANA, 2) == 2
        assert [alert.ticket for alert in await one.host.service.history()] == [2, 2]
