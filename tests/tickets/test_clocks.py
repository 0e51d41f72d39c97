"""What rows, warnings and the agent get from clocks, the promises of five operations, what holds of all histories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from opsconsole.core.clock import HOUR, MINUTE
from opsconsole.tickets.clocks import Clock, Course, Pick, Policies, clocks, next_wake, pick
from opsconsole.tickets.clocks.course import undone
from opsconsole.tickets.model import ClockKind, Event, EventKind, Party, Priority, fold
from opsconsole.tickets.settings import TicketSettings
from opsconsole.tickets.settings.promises import Policy, Promise
from tests.tickets.clockwork import BERLIN, CALENDARS, NEW_YORK, POLICIES, SETTINGS, Story, moment, stand, story
from tests.tickets.references import REFERENCES, reference_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

DAY_H = 24
# (reference, priority): hours of the first response and of the solution, as the descriptions have them.
FIGURES: dict[tuple[str, str], tuple[float | None, float | str | None]] = {
    ("dashboard", "urgent"): (1, 4), ("dashboard", "high"): (4, 24), ("dashboard", "medium"): (24, 72),
    ("dashboard", "low"): (None, None),
    ("shop", "urgent"): (0.25, 2), ("shop", "high"): (1, 4), ("shop", "medium"): (4, 24),
    ("shop", "low"): (24, "next release"),
    ("expense-api", "urgent"): (1 / 60, 4), ("expense-api", "high"): (2, 24),
    ("expense-api", "medium"): (24, 7 * DAY_H), ("expense-api", "low"): (7 * DAY_H, "next release"),
    ("field-service", "urgent"): (0.25, None), ("field-service", "high"): (1, None),
    ("field-service", "medium"): (24, None), ("field-service", "low"): (None, None)}


@pytest.mark.parametrize(("name", "priority"), FIGURES)
def test_the_promises_of_the_operations(name: str, priority: str) -> None:
    policies = Policies(reference_settings(name), BERLIN)
    response, resolution = FIGURES[name, priority]
    # In the night before the clocks go forward: these operations count hours of the clock.
    found = stand(f"03-28 22:00 create {priority}", "03-28 22:00", "technical", policies=policies)
    start = moment("03-28 22:00")
    assert found["response"].due == (None if response is None else start + round(response * HOUR))
    expected = None if not isinstance(resolution, (int, float)) else start + round(resolution * HOUR)
    assert found["resolution"].due == expected
    assert found["resolution"].release == (resolution == "next release")


@pytest.mark.parametrize(("priority", "response", "resolution"), [
    # Office hours in New York are 9 to 18. Thursday 15:00, and Friday is the 4th of July, kept.
    ("urgent", "07-02 16:00", "07-03 15:00"),  # 1 h and 24 h of the clock
    ("high", "07-02 17:00", "07-08 12:00"),  # 2 h; Thu 3, Mon 9, Tue 9, Wed 3
    ("medium", "07-06 10:00", "07-08 12:00"),  # Thu 3, Mon 1
    ("low", "07-06 10:00", None)])
def test_the_promises_of_the_marketing_site(priority: str, response: str, resolution: str | None) -> None:
    policies = Policies(reference_settings("marketing-site"), BERLIN)
    found = stand(f"07-02 15:00 create {priority}", "07-02 15:00", "question", NEW_YORK, policies)
    assert found["response"].due == moment(response, NEW_YORK)
    assert found["resolution"].due == (None if resolution is None else moment(resolution, NEW_YORK))


def test_every_operation_can_be_read_as_a_part_of_the_configuration() -> None:
    from opsconsole.core.config import decode
    from opsconsole.settings import Settings

    for name, text in REFERENCES.items():
        assert decode(text, Settings, source=name, env={}).tickets == reference_settings(name)


def one(**more: Any) -> Clock:
    return Clock(more.pop("kind", ClockKind.RESPONSE), 1, 0, more.pop("target", HOUR), "clock", **more)


@pytest.mark.parametrize(("found", "expected"), [
    ((), Pick()),
    ((one(due=90, warn_at=80), one(kind=ClockKind.RESOLUTION, due=85, warn_at=70)), Pick(85, ClockKind.RESOLUTION, 70)),
    # Broken ones first, the earliest of them.
    ((one(due=10, breached=10), one(kind=ClockKind.RESOLUTION, due=85)), Pick(10, ClockKind.RESPONSE)),
    ((one(due=20, breached=20), one(kind=ClockKind.RESOLUTION, due=10, breached=30)), Pick(10, ClockKind.RESOLUTION)),
    # Its due time has moved since: when it was broken.
    ((one(due=90, breached=30),), Pick(30, ClockKind.RESPONSE)),
    # What is met or waived is not shown.
    ((one(due=10, breached=10, met=15), one(kind=ClockKind.NEXT, due=20, waived=30)), Pick()),
    ((one(paused=True, left=9), one(kind=ClockKind.RESOLUTION, paused=True, left=3)),
     Pick(due_kind=ClockKind.RESOLUTION, promise="paused")),
    # A breach that is paused is one all the same.
    ((one(paused=True, left=-1, due=10, breached=10),), Pick(10, ClockKind.RESPONSE)),
    ((one(met=3, due=10), one(kind=ClockKind.RESOLUTION, target=None, release=True)),
     Pick(due_kind=ClockKind.RESOLUTION, promise="next release")),
    ((one(due=90), one(kind=ClockKind.RESOLUTION, target=None, release=True)), Pick(90, ClockKind.RESPONSE)),
    ((one(target=None),), Pick())])
def test_what_a_row_shows(found: tuple[Clock, ...], expected: Pick) -> None:
    assert pick(found, 50) == expected


def test_when_to_look_again() -> None:
    found = (one(due=90, warn_at=80), one(kind=ClockKind.NEXT, due=60, warn_at=40), one(due=55, met=3),
             one(due=51, waived=3))
    assert [next_wake(found, now) for now in (10, 40, 60, 80, 90)] == [40, 60, 80, 90, None]
    assert next_wake((), 0) is None


@pytest.mark.parametrize(("warn", "at"), [
    ("25%", "03-03 14:00"),  # 4 of 16 h before the end, which is Tuesday 18:00
    ("15m", "03-03 17:45"), ("3h", "03-03 15:00"),
    # No more than half of the time before: 8 h.
    ("20h", "03-02 18:00"), ("0%", "03-03 18:00"), ("100%", "03-02 09:00")])
def test_warnings_count_in_the_hours_of_the_promise(warn: str, at: str) -> None:
    policy = Policy(calendar="office", warn=warn, promises={Priority.HIGH: Promise(resolution="16h")})
    policies = Policies(TicketSettings(calendars=SETTINGS.calendars, policies={"one": policy}), BERLIN)
    found = stand("03-02 09:00 create high", "03-02 09:00", policies=policies)
    assert found["resolution"].warn_at == moment(at)


def test_a_calendar_that_is_gone_is_the_clock_and_ladders_are_found() -> None:
    policy = Policy(calendar="gone", promises={Priority.HIGH: Promise(resolution="16h", ladder="gone")})
    policies = Policies(TicketSettings(policies={"one": policy}), BERLIN)
    assert stand("03-02 09:00 create high", "03-02 09:00", policies=policies)["resolution"].due == moment("03-03 01:00")
    assert policies.ladder_of("x", Priority.HIGH) is None
    assert policies.ladder_of("x", Priority.LOW) is None
    found = Policies(reference_settings("dashboard"), BERLIN).ladder_of("billing", Priority.HIGH)
    assert found is not None
    assert found[0] == "high"


def test_many_categories_are_looked_up_anew() -> None:
    policies = Policies(SETTINGS, BERLIN)
    first = policies.terms("office", "high")
    for number in range(1_100):
        policies.terms(f"old {number}", "high")
    assert policies.terms("office", "high") == first


def test_clocks_come_in_the_order_of_their_kinds_and_can_be_written_as_json() -> None:
    events = story("03-02 09:00 create high; 03-02 10:00 reply; 03-02 11:00 ask; 03-02 12:00 done; 03-03 12:00 work")
    found = clocks(events, POLICIES, moment("03-03 12:00"))
    assert [(each.kind.value, each.segment) for each in found] == [
        ("response", 1), ("next", 1), ("resolution", 1), ("resolution", 2)]
    assert msgspec.json.decode(msgspec.json.encode(found), type=tuple[Clock, ...]) == found
    assert [each.open for each in found] == [False, False, False, True]
    assert found[3].running
    assert not found[3].late(moment("03-03 12:00"))
    assert found[3].late(moment("03-06 12:00"))


def test_a_present_before_the_last_event_is_that_event() -> None:
    events = story("03-02 09:00 create high; 03-02 10:00 reply")
    assert clocks(events, POLICIES, 0) == clocks(events, POLICIES, moment("03-02 10:00"))


def test_a_clock_that_was_set_back_loses_no_change() -> None:
    told = story("03-02 09:00 create medium; 03-02 08:00 priority high; 03-02 07:00 wait; 03-02 10:00 work")
    found = {each.kind: each for each in clocks(told, POLICIES, moment("03-02 10:00"))}
    assert found[ClockKind.RESPONSE].target == 4 * HOUR
    assert found[ClockKind.RESPONSE].runs == ((moment("03-02 10:00"), None),)


def test_an_undoing_that_was_undone_takes_nothing_back() -> None:
    told = Story()
    told.tell(moment("03-02 09:00"), "create", ["high"])
    told.tell(moment("03-02 10:00"), "reply", [])
    told.undo(moment("03-02 10:01"), [2])
    told.undo(moment("03-02 10:02"), [3])
    assert undone(told.events) == {3: moment("03-02 10:02")}
    assert clocks(told.events, POLICIES, moment("03-02 11:00"))[0].met == moment("03-02 10:00")


@pytest.mark.parametrize("data", [{}, {"seqs": None}, {"seqs": ["x", 99]}, {"seqs": 3}])
def test_an_undoing_of_nothing(data: dict[str, Any]) -> None:
    told = Story()
    told.tell(moment("03-02 09:00"), "create", ["high"])
    told.add(moment("03-02 10:00"), EventKind.UNDONE, data=data)
    told.add(moment("03-02 10:00"), EventKind.WAIVED, data={"clock": 3, "segment": "x"})
    told.add(moment("03-02 10:00"), EventKind.BREACHED)
    assert clocks(told.events, POLICIES, 0)[0].due == moment("03-02 14:00")


# What holds of all histories.

STEPS = st.sampled_from(["reply", "note", "ask", "robot", "system", "wait", "work", "done", "priority urgent",
                         "priority high", "priority medium", "priority low", "category office", "category early",
                         "category germany", "assign ben", "assign", "ack", "merge 5", "merge 0", "undo",
                         "breach response 1", "breach resolution 1", "waive response 1", "waive next 1", "mail",
                         "mail kim@example.com"])
START = moment("2026-03-24 10:00")
GAPS = st.one_of(st.just(0), st.integers(1, 30 * MINUTE), st.integers(0, 60).map(lambda hours: hours * HOUR))


@st.composite
def histories(draw: st.DrawFn, steps: st.SearchStrategy[str] = STEPS, most: int = 12) -> list[Event]:
    """A ticket that something or other happened to."""
    told = Story(draw(st.sampled_from(["office", "early", "newyork"])))
    at = START + draw(GAPS)
    told.tell(at, "create", [draw(st.sampled_from(list(Priority))).value, *draw(st.sampled_from(
        [[], ["nomail"], ["waiting"], ["staff", "assigned", "nomail"]]))])
    for _ in range(draw(st.integers(0, most))):
        at += draw(GAPS)
        verb, *words = draw(steps).split()
        if verb == "undo":
            seqs = draw(st.lists(st.integers(2, max(2, told.seq - 1)), max_size=2, unique=True))
            words = [str(seq) for seq in seqs]
        if verb in ("assign", "mail") and not words:
            words = [""]
        told.tell(at, verb, words)
    return told.events


NOW = st.integers(0, 40 * 24 * HOUR).map(lambda ahead: START + ahead)


@given(histories(), NOW)
@settings(max_examples=300)
def test_what_every_clock_keeps_to(events: list[Event], now: int) -> None:
    fold(events)
    now = max(now, events[-1].at)
    for clock in clocks(events, POLICIES, now):
        assert clock.started <= now
        assert clock.used >= 0
        assert clock.breached is None or clock.started <= clock.breached <= now
        assert clock.breached is None or clock.waived is None
        assert clock.met is None or clock.started <= clock.met <= now
        assert not (clock.met is not None and clock.paused)
        assert clock.due is None or clock.due >= clock.started
        if clock.running and clock.target is not None:
            assert clock.due is not None
            assert clock.late(now) == (clock.breached is not None)
            # Until it is due, exactly what is left counts.
            hours = POLICIES.hours[clock.calendar]
            assert clock.left == (hours.between(now, clock.due) if clock.due > now else clock.target - clock.used)
            assert clock.warn_at is not None
            assert clock.started <= clock.warn_at <= clock.due
        ends = [start for start, _ in clock.runs] + [end for _, end in clock.runs if end is not None]
        assert all(clock.started <= end <= now for end in ends)
    shown = pick(clocks(events, POLICIES, now), now)
    assert (shown.due is None) or not shown.promise


@given(histories(), NOW, st.integers(0, 30 * 24 * HOUR))
def test_a_breach_stays(events: list[Event], now: int, later: int) -> None:
    """Time alone never takes a breach back, nor moves it."""
    now = max(now, events[-1].at)
    before = {(one.kind, one.segment): one for one in clocks(events, POLICIES, now)}
    after = {(one.kind, one.segment): one for one in clocks(events, POLICIES, now + later)}
    assert before.keys() <= after.keys()
    for place, clock in before.items():
        assert clock.breached is None or after[place].breached == clock.breached


CALM = STEPS.filter(lambda step: step.split()[0] not in ("undo", "waive", "breach"))


@given(histories(CALM), st.data())
def test_no_event_dates_a_breach_back_or_takes_it_away(events: list[Event], data: st.DataObject) -> None:
    number = data.draw(st.integers(1, len(events)))
    seen = events[number - 1].at
    if number < len(events):
        seen = data.draw(st.integers(seen, events[number].at))
    before = clocks(events[:number], POLICIES, seen)
    after = {(one.kind, one.segment): one for one in clocks(events, POLICIES, START + 60 * 24 * HOUR)}
    for clock in before:
        kept = after.get((clock.kind, clock.segment))
        # At that very moment another event may still have kept the promise.
        if clock.breached is not None and clock.breached < seen and kept is not None:
            assert kept.breached == clock.breached
        elif kept is not None and kept.breached is not None and clock.breached is None:
            assert kept.breached >= seen


@given(histories(), st.randoms(), NOW)
def test_the_order_in_which_events_are_handed_over_does_not_matter(events: list[Event], random: Any, now: int) -> None:
    mixed = list(events)
    random.shuffle(mixed)
    assert clocks(mixed, POLICIES, now) == clocks(events, POLICIES, now)


def commute(one: Event, two: Event, mail: str) -> bool:
    """Whether two neighbours at the same time may change places; see `opsconsole.tickets.clocks.course`."""
    def weighs(event: Event) -> bool:
        kinds = (EventKind.MESSAGE, EventKind.UNDONE, EventKind.ACKNOWLEDGED, EventKind.BREACHED, EventKind.WAIVED)
        return event.kind in kinds or "done" in event.changes.get("phase", ())

    def may_answer(event: Event) -> bool:
        """Where the requester has no address, these do too."""
        return event.party is Party.STAFF and (weighs(event) or bool({"assignee", "phase"} & event.changes.keys()))

    both, addressed = (one, two), any("requester_mail" in event.changes for event in (one, two))
    if one.changes.keys() & two.changes.keys() or all(map(weighs, both)):
        return False
    return (bool(mail) and not addressed) or not any(map(may_answer, both))


@given(histories(STEPS.filter(lambda step: not step.startswith("undo")), 8), st.data(), NOW)
@settings(max_examples=400)
def test_the_order_of_equal_events_does_not_matter(events: list[Event], data: st.DataObject, now: int) -> None:
    assume(len(events) > 2)
    number = data.draw(st.integers(1, len(events) - 2))
    one, two = events[number], replace(events[number + 1], at=events[number].at)
    mails = [event.changes["requester_mail"][1] for event in events[:number] if "requester_mail" in event.changes]
    assume(commute(one, two, mails[-1] if mails else ""))
    as_told = [*events[:number], one, two, *events[number + 2:]]
    swapped = [*events[:number], replace(two, seq=one.seq), replace(one, seq=two.seq), *events[number + 2:]]
    assert clocks(as_told, POLICIES, now) == clocks(swapped, POLICIES, now)


@given(histories(), st.data(), NOW)
def test_following_in_two_parts_is_following_at_once(events: list[Event], data: st.DataObject, now: int) -> None:
    cut = data.draw(st.integers(0, len(events)))
    course = Course(POLICIES, undone(events))
    for number, event in enumerate(events):
        if number == cut:
            # To look changes nothing.
            course.clocks(event.at)
            course.clocks(now)
        course.follow(event)
    assert course.clocks(now) == clocks(events, POLICIES, now)


@dataclass
class Wait:
    """A pause that is put into a history."""

    at: int
    length: int


@given(histories(st.sampled_from(["reply", "ask", "note", "priority urgent", "priority high", "priority medium"])),
       st.integers(0, 100 * HOUR), st.integers(0, 60 * HOUR), NOW)
def test_a_pause_never_brings_a_due_time_forward(events: list[Event], ahead: int, lasts: int, now: int) -> None:
    assume(all("waiting" not in event.changes.get("phase", ()) for event in events))
    begin = events[0].at + ahead
    pause = Wait(begin, lasts)
    with_pause = paused(events, pause)
    now = max(now, events[-1].at, begin + lasts)
    before, after = clocks(events, POLICIES, now), clocks(with_pause, POLICIES, now)
    assert len(before) == len(after)
    for plain, waited in zip(before, after, strict=True):
        assert (plain.due is None) == (waited.due is None)
        if plain.due is not None and waited.due is not None:
            assert waited.due >= plain.due
        assert waited.used <= plain.used
        if waited.breached is not None:
            assert plain.breached is not None
            assert plain.breached <= waited.breached


def paused(events: Sequence[Event], pause: Wait) -> list[Event]:
    """A history with a pause more."""
    def phase(at: int, old: str, new: str) -> Event:
        return Event(7, 0, at, EventKind.CHANGED, party=Party.SYSTEM, changes={"phase": (old, new)})

    was = events[0].changes.get("phase", ("", "initial"))[1]
    mixed = [*events, phase(pause.at, was, "waiting"), phase(pause.at + pause.length, "waiting", was)]
    return [replace(event, seq=number) for number, event in enumerate(sorted(mixed, key=lambda event: event.at), 1)]


@given(histories(), st.integers(1, 10_000), st.integers(0, 10_000), st.sampled_from(["clock", *CALENDARS]), NOW)
def test_a_larger_target_is_never_due_earlier(events: list[Event], minutes: int, more: int, calendar: str,
                                              now: int) -> None:
    def with_target(length: int) -> Policies:
        promise = Promise(response=f"{length}m", resolution=f"{length}m")
        return Policies(TicketSettings(calendars=SETTINGS.calendars, policies={
            "one": Policy(calendar=calendar, promises=dict.fromkeys(Priority, promise))}), BERLIN)

    # Of a merged ticket those are shown that are broken, so fewer of the longer ones.
    small = {(clock.kind, clock.segment): clock for clock in clocks(events, with_target(minutes), now)}
    for large in clocks(events, with_target(minutes + more), now):
        due = small[large.kind, large.segment].due
        if large.due is not None:
            assert due is not None
            assert due <= large.due
