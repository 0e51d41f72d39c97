"""What time makes of a ticket: each thing once, whenever somebody looks."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.core.clock import HOUR, MINUTE, Instant
from opsconsole.core.config import decode
from opsconsole.tickets.clocks import Policies, clocks
from opsconsole.tickets.model import Event, EventKind, Party, Phase, Priority, fold
from opsconsole.tickets.settings import TicketSettings
from opsconsole.tickets.watching import Act, look, next_wake, seen

START: Instant = 1_800_000_000_000
POLICIES = Policies(decode("""
return_after: 2h
teams:
  ops: {members: [ana, ben], return_after: 30m}
  senior: {members: [cem]}
ladders:
  usual:
    clocks: [response, resolution]
    levels:
      - {name: support, tell: [assignee], at: start+1h, within: 1h}
      - {tell: [team], team: senior}
      - {name: boss, tell: [boss], at: due+1h}
  loud:
    levels:
      - {name: night, tell: [boss], at: start+1h}
policies:
  usual:
    warn: 15m
    promises:
      urgent: {response: 1h, resolution: 4h, ladder: loud}
      high: {response: 1h, resolution: 4h, ladder: usual}
      medium: {response: 4h, resolution: 8h}
""", TicketSettings, source="opsconsole.yaml", env={}), ZoneInfo("UTC"))


class Life:
    """A ticket, the events of which follow each other."""

    def __init__(self, priority: Priority = Priority.HIGH, **changes: Any) -> None:
        self.now = START
        self.events: list[Event] = []
        self.add(EventKind.CREATED, party=Party.REQUESTER, title="redis", priority=priority.value, state="new",
                 phase="initial", category="technical", requester_mail="kim@example.com", **changes)

    def add(self, kind: EventKind, actor: str = "", party: Party = Party.STAFF, *, public: bool = False,
            act: Act | None = None, **new: str) -> None:
        changes = {name: ("", value) for name, value in new.items()} if act is None else act.changes
        self.events.append(Event(1, len(self.events) + 1, self.now, kind, actor, party, public=public, changes=changes,
                                 data={} if act is None else act.data))

    def look(self, at: Instant | None = None) -> list[str]:
        """Looks, and writes down what is due; in short words."""
        self.now = self.now if at is None else at
        ticket = fold(self.events)
        found = look(ticket, self.events, clocks(self.events, POLICIES, self.now), POLICIES, self.now)
        for act in found:
            self.add(act.kind, party=Party.SYSTEM, act=act)
        return [" ".join(str(part) for part in (act.kind.value, act.data.get("level", ""), act.data.get("clock", ""))
                         if part) for act in found]

    @property
    def wake(self) -> Instant | None:
        return next_wake(fold(self.events), self.events, clocks(self.events, POLICIES, self.now), POLICIES, self.now)

    def live(self, until: Instant) -> list[tuple[float, str]]:
        """Looks whenever it is time to; what was due, and how many minutes after the start."""
        told: list[tuple[float, str]] = []
        while (wake := self.wake) is not None and wake <= until:
            assert wake >= self.now or not told, "what was due was not done"
            told += [((wake - START) / MINUTE, one) for one in self.look(max(wake, self.now))]
            assert len(told) < 100
        return told


def test_the_course_of_a_ticket_that_nobody_touches() -> None:
    life = Life()
    assert life.live(START + 100 * HOUR) == [
        (45, "warned response"), (60, "breached response"), (60, "escalated 1 response"),
        (60, "escalated 1 resolution"), (120, "escalated 2 response"), (120, "escalated 2 resolution"),
        (120, "escalated 3 response"),
        (225, "warned resolution"), (240, "breached resolution"), (300, "escalated 3 resolution")]
    assert life.wake is None
    assert fold(life.events).team == "senior"


def test_a_day_of_downtime_is_caught_up_at_once_and_warns_of_nothing_that_is_over() -> None:
    life = Life()
    assert life.look(START + 24 * HOUR) == [
        "breached response", "breached resolution", "escalated 1 response", "escalated 1 resolution",
        "escalated 2 response", "escalated 2 resolution", "escalated 3 response", "escalated 3 resolution"]
    assert life.look() == []
    assert life.wake is None


def test_an_acknowledgement_stops_the_ladder_and_nothing_else() -> None:
    life = Life()
    life.look(START + HOUR)
    life.add(EventKind.ACKNOWLEDGED, "ana")
    assert [what for _, what in life.live(START + 100 * HOUR)] == ["warned resolution", "breached resolution"]


def test_a_pause_puts_everything_off() -> None:
    life = Life()
    life.now = START + 30 * MINUTE
    life.add(EventKind.MESSAGE, "ana", public=True)
    life.add(EventKind.CHANGED, "ana", state="waiting", phase="waiting")
    assert life.wake is None
    life.now = START + 24 * HOUR
    life.add(EventKind.CHANGED, "ana", state="open", phase="active")
    assert life.live(START + 100 * HOUR)[:2] == [
        (24 * 60 + 30, "escalated 1 resolution"), (24 * 60 + 90, "escalated 2 resolution")]


def test_what_is_done_is_left_alone() -> None:
    life = Life()
    life.now = START + 10 * MINUTE
    life.add(EventKind.CHANGED, "ana", state="closed", phase="done")
    assert life.wake is None


def test_a_breach_of_which_nobody_knew_before_the_end_is_noted_all_the_same() -> None:
    life = Life()
    life.now = START + 10 * HOUR
    life.add(EventKind.CHANGED, "ana", state="closed", phase="done")
    assert life.wake == START + HOUR
    assert life.look() == ["breached response", "breached resolution"]
    assert life.wake is None


def test_another_team_takes_it_from_whoever_had_it_and_does_not_belong_to_it() -> None:
    life = Life(assignee="ana", team="ops")
    life.add(EventKind.CHANGED, "ana")
    life.look(START + 3 * HOUR)
    after = fold(life.events)
    assert (after.team, after.assignee) == ("senior", "")
    life = Life(assignee="cem", team="ops")
    life.add(EventKind.CHANGED, "cem")
    life.look(START + 3 * HOUR)
    after = fold(life.events)
    assert (after.team, after.assignee) == ("senior", "cem")


def test_what_nobody_touches_goes_back_to_its_team() -> None:
    life = Life(Priority.LOW, assignee="ana", team="ops")
    assert life.live(START + 100 * HOUR) == [(30, "returned")]
    assert fold(life.events).assignee == ""
    life = Life(Priority.LOW, assignee="eve")
    assert life.live(START + 100 * HOUR) == [(120, "returned")]
    for kind in (EventKind.MESSAGE, EventKind.CHANGED, EventKind.ACKNOWLEDGED):
        life = Life(Priority.LOW, assignee="ana")
        life.add(kind, "ana")
        assert life.wake is None
    life = Life(Priority.LOW)
    life.add(EventKind.CHANGED, "ana", assignee="ana")
    assert life.wake is None, "she took it herself"
    life.now += MINUTE
    life.add(EventKind.CHANGED, "cem", assignee="ben")
    assert life.wake == life.now + 2 * HOUR


def test_who_waits_for_the_requester_keeps_the_ticket() -> None:
    life = Life(Priority.LOW, assignee="ana")
    life.add(EventKind.CHANGED, "ben", phase="waiting")
    assert life.wake is None
    life.now += 10 * HOUR
    life.events.append(Event(1, len(life.events) + 1, life.now, EventKind.CHANGED, "ben",
                             changes={"phase": ("waiting", "active")}))
    assert life.wake == life.now + 2 * HOUR


def test_a_level_of_another_priority_is_not_climbed_again() -> None:
    life = Life()
    life.look(START + HOUR)
    life.add(EventKind.CHANGED, "ana", priority="medium")
    assert "escalated" not in " ".join(what for _, what in life.live(START + 3 * HOUR))
    life.add(EventKind.CHANGED, "ana", priority="high")
    assert [what for _, what in life.live(START + 100 * HOUR) if "escalated 1" in what] == []


def test_another_ladder_is_climbed_from_its_first_level() -> None:
    life = Life()
    life.look(START + HOUR)
    life.add(EventKind.CHANGED, "ana", priority="urgent")
    assert [what for _, what in life.live(START + 3 * HOUR) if "escalated" in what] == ["escalated 1 resolution"]
    life.add(EventKind.CHANGED, "ana", priority="high")
    life.add(EventKind.CHANGED, "ana", priority="urgent")
    assert [what for _, what in life.live(START + 100 * HOUR) if "escalated 1" in what] == []


def test_a_damaged_event_breaks_nothing() -> None:
    life = Life()
    life.add(EventKind.WARNED, party=Party.SYSTEM)
    life.add(EventKind.ESCALATED, party=Party.SYSTEM)
    assert seen(life.events).climbed == {("", "", 0, 0)}


steps = st.lists(st.tuples(st.integers(0, 200), st.sampled_from([
    "look", "look", "look", "reply", "ask", "wait", "go on", "close", "reopen", "ack", "low", "high", "give", "note"])),
    max_size=12)


def _do(life: Life, what: str) -> None:
    match what:
        case "reply" | "note":
            life.add(EventKind.MESSAGE, "ana", public=what == "reply")
        case "ask":
            life.add(EventKind.MESSAGE, "Kim", Party.REQUESTER)
        case "wait" | "go on" | "close" | "reopen":
            phase = {"wait": Phase.WAITING, "close": Phase.DONE}.get(what, Phase.ACTIVE)
            life.add(EventKind.CHANGED, "ana", phase=phase.value)
        case "ack":
            life.add(EventKind.ACKNOWLEDGED, "ana")
        case "low" | "high":
            life.add(EventKind.CHANGED, "ben", priority=what)
        case "give":
            life.add(EventKind.CHANGED, "ben", assignee="ana")


@settings(max_examples=150)
@given(steps)
def test_everything_once_and_never_late(does: list[tuple[int, str]]) -> None:
    """Whatever happens: after a look nothing is due, the wake is ahead, and nothing is ever told twice."""
    life = Life(team="ops")
    for minutes, what in does:
        life.now += minutes * MINUTE
        _do(life, what)
        life.look()
        wake = life.wake
        assert wake is None or wake > life.now
    life.live(life.now + 1000 * HOUR)
    for kind in (EventKind.WARNED, EventKind.BREACHED, EventKind.ESCALATED):
        places = [(one.data["clock"], one.data["segment"], one.data.get("level")) for one in life.events
                  if one.kind is kind]
        assert len(places) == len(set(places))


@settings(max_examples=100)
@given(st.lists(st.integers(1, 600), min_size=1, max_size=8))
def test_whenever_one_looks_the_same_levels_are_climbed(gaps: list[int]) -> None:
    """Looking rarely, as after downtime, leaves none out."""
    often, rarely = Life(), Life()
    often.live(START + 2000 * HOUR)
    for gap in gaps:
        rarely.look(rarely.now + gap * MINUTE)
    rarely.look(START + 2000 * HOUR)
    assert seen(often.events)[1:] == seen(rarely.events)[1:]
