"""Who is on duty, and who gets a new ticket for it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from opsconsole.core.config import decode
from opsconsole.notify.settings import NotifySettings
from opsconsole.tickets.duty import Duty
from opsconsole.tickets.model import EventKind, Priority, Ticket
from opsconsole.tickets.service import New, TicketService
from opsconsole.tickets.settings import TicketSettings
from tests.notify.bench import at
from tests.tickets.keeping import KIM, UTC, World, world

if TYPE_CHECKING:
    from pathlib import Path

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY, SUNDAY = at("2026-03-02 10:00"), at("2026-03-08 10:00")


def tickets(text: str) -> TicketSettings:
    return decode(text, TicketSettings, source="opsconsole.yaml", env={})


def notify(text: str = "") -> NotifySettings:
    return decode(text, NotifySettings, source="opsconsole.yaml", env={})


def ticket(**more: Any) -> Ticket:
    return Ticket(1, category="technical", priority=more.pop("priority", Priority.MEDIUM), **more)


TEAMS = "teams: {ops: {members: [ana, ben, ana], rotation: web}, desk: {members: [cem]}}\n"
ROTATION = """
contacts: {ana: {channels: [log]}, eve: {channels: [log]}}
rotations: {web: {layers: [{people: [ana, eve], starts: "monday 00:00"}]}}
"""


def test_a_rotation_says_who_is_on_duty_if_they_belong_to_the_team() -> None:
    duty = Duty(tickets(TEAMS), notify(ROTATION), BERLIN)
    weeks = {duty.on_duty(ticket(), at(f"2026-03-{day:02} 12:00"))["ops"] for day in (2, 9, 16, 23)}
    assert weeks == {("ana",), ()}, "eve is on call, and no member"
    assert duty.on_call("web", MONDAY) in ("ana", "eve")
    assert duty.on_call("gone", MONDAY) == ""


def test_nothing_configured_means_everybody_always() -> None:
    duty = Duty(tickets(TEAMS), None, BERLIN)
    assert duty.on_duty(ticket(), SUNDAY) == {"ops": ("ana", "ben"), "desk": ("cem",)}
    assert duty.on_call("web", MONDAY) == ""


def test_a_rotation_that_is_gone_is_as_none() -> None:
    duty = Duty(tickets(TEAMS), notify(), BERLIN)
    assert duty.on_duty(ticket(), MONDAY)["ops"] == ("ana", "ben")


def test_without_a_rotation_business_hours_count() -> None:
    duty = Duty(tickets(TEAMS), notify(), BERLIN)
    assert (duty.on_duty(ticket(), MONDAY)["desk"], duty.on_duty(ticket(), SUNDAY)["desk"]) == (("cem",), ())


@pytest.mark.parametrize(("priority", "works"), [(Priority.URGENT, True), (Priority.LOW, False), (Priority.HIGH, True)])
def test_the_calendar_of_what_is_promised_counts_first(priority: Priority, works: bool) -> None:
    duty = Duty(tickets(TEAMS + """
calendars: {office: {zone: Europe/Berlin, hours: {sat: ["09:00-12:00"]}}, sundays: {hours: {sun: ["09:00-17:00"]}}}
policies:
  usual:
    calendar: office
    promises: {urgent: {response: 1h, calendar: clock}, low: {response: 4h}, high: {response: 1h, calendar: sundays}}
"""), notify(), BERLIN)
    assert duty.on_duty(ticket(priority=priority), SUNDAY)["desk"] == (("cem",) if works else ())


# With the records


ROUTING = """
teams: {ops: {members: [ana, ben, cem]}, senior: {members: [dee]}}
routing:
  - {words: [payment], team: senior, person: dee, priority: urgent, tags: [money]}
  - {categories: [billing], team: ops, how: round-robin}
  - {team: ops, how: least-loaded}
"""


async def given(desk: World, title: str = "redis", **more: Any) -> Ticket:
    done = await desk.service.create(KIM, New(title, form=False, **more))
    return done.tickets[0]


async def test_turns_and_loads_are_remembered(tmp_path: Path) -> None:
    async with world(tmp_path, tickets(ROUTING)) as desk:
        turns = [(await given(desk, category="billing")).assignee for _ in range(5)]
        assert turns == ["ana", "ben", "cem", "ana", "ben"]
        desk.service = TicketService(desk.db, desk.clock, desk.settings, zone=UTC)
        assert (await given(desk, category="billing")).assignee == "cem"
        await desk.service.assign(KIM, [1, 4], "ben")
        loads = Counter[str]()
        for _ in range(6):
            loads[(await given(desk)).assignee] += 1
        assert loads == {"ana": 4, "cem": 2}
        row = await desk.db.row("SELECT max(count) - min(count) AS apart FROM"
                                " (SELECT count(*) AS count FROM ticket GROUP BY assignee)")
        assert row is not None
        assert row["apart"] == 0


async def test_a_rule_sets_priority_and_tags_and_says_so(tmp_path: Path) -> None:
    async with world(tmp_path, tickets(ROUTING)) as desk:
        made = await given(desk, "Payment fails", description="all cards", tags=("shop",))
        assert (made.team, made.assignee, made.priority) == ("senior", "dee", Priority.URGENT)
        assert made.tags == ("shop", "money")
        (event,) = await desk.events(EventKind.ROUTED)
        assert (event.text, event.actor, event.party.value) == ("rule 1 (words payment)", "", "system")


async def test_what_somebody_said_stays(tmp_path: Path) -> None:
    async with world(tmp_path, tickets(ROUTING)) as desk:
        one = await given(desk, assignee="zoe")
        two = await given(desk, team="senior")
        three = await given(desk, team="ops")
        assert [(each.team, each.assignee) for each in (one, two, three)] == [
            ("", "zoe"), ("senior", ""), ("ops", "ana")]


async def test_without_rules_nobody_gets_it(tmp_path: Path) -> None:
    async with world(tmp_path, tickets("")) as desk:
        assert (await given(desk)).assignee == ""
        assert await desk.events(EventKind.ROUTED) == []


async def test_what_is_done_is_no_load(tmp_path: Path) -> None:
    async with world(tmp_path, tickets(ROUTING)) as desk:
        for _ in range(3):
            await given(desk)
        await desk.service.move(KIM, [1], "resolved", "done")
        assert (await given(desk)).assignee == "ana"
