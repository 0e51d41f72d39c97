"""Which levels of a ladder begin when: pauses, hours, late runs, and the ladders of the five operations."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.clock import HOUR, MINUTE
from opsconsole.tickets.clocks import Policies, clocks
from opsconsole.tickets.ladders import Rung, due_levels
from opsconsole.tickets.model import ClockKind, Priority
from opsconsole.tickets.settings import Ladder, Level
from tests.tickets.clockwork import BERLIN, NEW_YORK, POLICIES, moment, story
from tests.tickets.references import reference_settings
from tests.tickets.test_clocks import GAPS, START, histories

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from opsconsole.tickets.model import Event

ANA = ("ana",)
MATRIX = Ladder(levels=(
    Level(tell=ANA, within=4 * 3600.0, hours="office"),  # type: ignore[arg-type]
    Level(tell=ANA, within=2 * 3600.0, hours="office"),  # type: ignore[arg-type]
    Level(tell=ANA, within=3600.0),  # type: ignore[arg-type]
    Level(tell=ANA)))


def ladder(*ats: str, kind: str = "resolution") -> Ladder:
    return Ladder(clocks=(kind,), levels=tuple(Level(at=at, tell=ANA) for at in ats))  # type: ignore[arg-type]


def climb(text: str, now: str, rungs: Ladder, climbed: Collection[tuple[str, int, int]] = (),
          category: str = "office") -> dict[str, str]:
    """Level → when it begins, in Berlin: of the clocks of a story."""
    at = moment(now)
    found = due_levels(clocks(story(text, category), POLICIES, at), rungs, POLICIES.hours, climbed, at)
    assert list(found) == sorted(found, key=lambda rung: rung.at)
    return {(f"{rung.segment}." if rung.segment > 1 else "") + str(rung.level): shown(rung.at) for rung in found}


def shown(at: int, zone: ZoneInfo = BERLIN) -> str:
    from opsconsole.core.walltime import wall_of

    return wall_of(at, zone).strftime("%m-%d %H:%M")


def test_levels_count_from_the_start_and_from_the_end_in_the_hours_of_the_clock() -> None:
    # 16 h of the office from Monday 9 end on Tuesday 18.
    rungs = ladder("start", "start+8h", "due-15m", "due", "due+2h")
    assert climb("03-02 09:00 create high", "03-02 09:00", rungs) == {
        "1": "03-02 09:00", "2": "03-02 18:00", "3": "03-03 17:45", "4": "03-03 18:00", "5": "03-04 11:00"}


def test_more_before_the_end_than_there_is_is_the_start() -> None:
    assert climb("03-02 09:00 create high", "03-02 09:00", ladder("due-3d")) == {"1": "03-02 09:00"}


def test_a_pause_stops_what_is_measured() -> None:
    # 8 h: 1 on Monday, 7 from Tuesday 11.
    told = "03-02 09:00 create high; 03-02 10:00 wait; 03-03 11:00 work"
    assert climb(told, "03-03 11:00", ladder("start+8h")) == {"1": "03-04 10:00"}


def test_a_level_without_a_moment_begins_when_the_one_before_had_its_time() -> None:
    # Within 4 h and 2 h of the office, then 1 h of the clock.
    assert climb("03-02 13:00 create high", "03-02 13:00", MATRIX) == {
        "1": "03-02 13:00", "2": "03-02 17:00", "3": "03-03 10:00", "4": "03-03 11:00"}


def test_a_pause_stops_the_time_of_a_level_too() -> None:
    # 1 h of 4 to 10; Thursday from 9 the 3 others, then 2 more, then 1 of the clock.
    told = "03-02 09:00 create high; 03-02 10:00 wait; 03-05 09:00 work"
    assert climb(told, "03-05 09:00", MATRIX) == {
        "1": "03-02 09:00", "2": "03-05 12:00", "3": "03-05 15:00", "4": "03-05 16:00"}


def test_an_hour_of_the_clock_that_a_pause_interrupts() -> None:
    # The third level begins on Monday at 16; half of its hour passes, the other half after the pause.
    told = "03-02 09:00 create high; 03-02 16:30 wait; 03-03 10:00 work"
    assert climb(told, "03-03 10:00", MATRIX) == {
        "1": "03-02 09:00", "2": "03-02 14:00", "3": "03-02 16:00", "4": "03-03 10:30"}


def test_levels_of_one_clock_that_starts_paused() -> None:
    assert climb("03-02 09:00 create high waiting", "03-02 12:00", MATRIX) == {}
    assert climb("03-02 09:00 create high waiting; 03-02 13:00 work", "03-02 13:00", ladder("start")) == {
        "1": "03-02 13:00"}


def test_a_level_with_a_moment_begins_anew_and_a_level_after_nothing_never() -> None:
    rungs = Ladder(levels=(Level(tell=ANA, within=3600.0), Level(tell=ANA, at="due"),  # type: ignore[arg-type]
                           Level(tell=ANA), Level(tell=ANA, at="start+1h", within=3600.0),  # type: ignore[arg-type]
                           Level(tell=ANA)))
    assert climb("03-02 09:00 create urgent", "03-02 09:00", rungs) == {
        "1": "03-02 09:00", "2": "03-02 13:00", "4": "03-02 10:00", "5": "03-02 11:00"}


@pytest.mark.parametrize("told", [
    "03-02 09:00 create high; 03-02 10:00 wait", "03-02 09:00 create high; 03-02 10:00 done",
    "03-02 09:00 create high; 03-02 10:00 waive resolution 1", "03-02 09:00 create high; 03-02 10:00 ack",
    "03-02 09:00 create high; 03-02 10:00 merge 5", "03-02 09:00 create high; 03-05 10:00 merge 5"])
def test_what_does_not_run_climbs_nothing(told: str) -> None:
    assert climb(told, "03-09 10:00", ladder("start", "due")) == {}


def test_an_acknowledgement_holds_for_the_clocks_of_its_time() -> None:
    told = "03-02 09:00 create high; 03-02 10:00 ack; 03-02 12:00 done; 03-04 09:00 work"
    assert climb(told, "03-04 10:00", ladder("start")) == {"2.1": "03-04 09:00"}
    taken_back = "03-02 09:00 create high; 03-02 10:00 ack; 03-02 11:00 undo 2"
    assert climb(taken_back, "03-02 11:00", ladder("start")) == {"1": "03-02 09:00"}


def test_without_a_target_only_the_start_counts() -> None:
    assert climb("03-02 09:00 create low", "03-02 09:00", ladder("due", "start+8h", "due-1h")) == {"2": "03-02 18:00"}


def test_only_the_clocks_of_the_ladder_climb() -> None:
    told = "03-02 09:00 create high; 03-02 10:00 reply; 03-02 11:00 ask"
    assert climb(told, "03-02 11:00", ladder("start", kind="response")) == {}
    assert climb(told, "03-02 11:00", ladder("start", kind="next")) == {"1": "03-02 11:00"}


def test_late_runs_climb_all_that_is_due_and_each_level_once() -> None:
    now = moment("03-04 12:00")
    found = clocks(story("03-02 09:00 create high"), POLICIES, now)
    rungs = ladder("start", "due", "due+1w", "start+1h")
    due = [rung for rung in due_levels(found, rungs, POLICIES.hours, (), now) if rung.at <= now]
    assert [rung.level for rung in due] == [1, 4, 2]
    assert due[0] == Rung(moment("03-02 09:00"), ClockKind.RESOLUTION, 1, 1)
    climbed = {(rung.kind.value, rung.segment, rung.level) for rung in due}
    after = due_levels(found, rungs, POLICIES.hours, climbed, now)
    assert [rung.level for rung in after] == [3]
    assert after[0].at > now


def test_a_calendar_that_is_gone_counts_every_hour() -> None:
    rungs = Ladder(levels=(Level(tell=ANA, within=3600.0, hours="gone"), Level(tell=ANA)))  # type: ignore[arg-type]
    assert climb("03-01 09:00 create high", "03-01 09:00", rungs) == {"1": "03-01 09:00", "2": "03-01 10:00"}


OPERATIONS = {
    # Saturday 10:00 in Berlin; urgent at once, high after 8 h, medium after 48 h, low never.
    ("dashboard", "urgent"): {1: "03-07 10:00"}, ("dashboard", "high"): {1: "03-07 18:00"},
    ("dashboard", "medium"): {1: "03-09 10:00"}, ("dashboard", "low"): {},
    # Support passes on after 2 h; urgent ones are due then.
    ("shop", "urgent"): {1: "03-07 10:00", 2: "03-07 12:00", 3: "03-07 12:00", 4: "03-07 13:00"},
    ("shop", "high"): {1: "03-07 10:00", 2: "03-07 12:00"},
    ("shop", "medium"): {1: "03-07 10:00", 2: "03-07 12:00"}, ("shop", "low"): {},
    ("expense-api", "urgent"): {1: "03-07 10:00", 2: "03-07 14:00"},
    ("expense-api", "high"): {1: "03-08 09:45", 2: "03-08 10:00"}, ("expense-api", "medium"): {},
    # Saturday 04:00 in New York: 4 and 2 h of the office from Monday 9, then 1 h of the clock.
    ("marketing-site", "high"): {1: "03-07 10:00", 2: "03-09 18:00", 3: "03-09 20:00", 4: "03-09 21:00"},
    ("field-service", "urgent"): {1: "03-07 10:00", 2: "03-07 11:00", 3: "03-07 10:00"},
    ("field-service", "high"): {1: "03-07 10:00", 2: "03-07 11:00"}, ("field-service", "low"): {}}


@pytest.mark.parametrize(("name", "priority"), OPERATIONS)
def test_the_ladders_of_the_operations(name: str, priority: str) -> None:
    policies, at = Policies(reference_settings(name), NEW_YORK), moment("03-07 10:00")
    found = policies.ladder_of("technical", Priority(priority))
    events = story(f"03-07 10:00 create {priority}; 03-07 10:00 reply", "technical")
    rungs = () if found is None else due_levels(clocks(events, policies, at), found[1], policies.hours, (), at)
    # New York puts its clocks forward on Sunday, Berlin does not: the office opens at 14:00 there.
    assert {rung.level: shown(rung.at) for rung in rungs} == OPERATIONS[name, priority]


@given(histories(), st.lists(GAPS, max_size=6), st.sampled_from([MATRIX, ladder("start", "start+8h", "due", "due+2h")]))
def test_however_often_one_looks_each_level_is_climbed_once(events: list[Event], gaps: Sequence[int],
                                                            rungs: Ladder) -> None:
    """Looking often climbs the same as looking once at the end would, and never a level twice."""
    at, climbed = events[-1].at, set[tuple[str, int, int]]()
    for gap in (*gaps, 0):
        at += gap
        found = due_levels(clocks(events, POLICIES, at), rungs, POLICIES.hours, climbed, at)
        now = {(rung.kind.value, rung.segment, rung.level) for rung in found if rung.at <= at}
        assert not now & climbed
        climbed |= now
    once = due_levels(clocks(events, POLICIES, at), rungs, POLICIES.hours, (), at)
    assert climbed == {(rung.kind.value, rung.segment, rung.level) for rung in once if rung.at <= at}


@given(st.integers(0, 100 * HOUR), st.integers(1, 30 * HOUR), st.integers(0, 30 * HOUR))
def test_a_pause_brings_no_level_forward(ahead: int, lasts: int, after: int) -> None:
    def rungs(told: str) -> dict[int, int]:
        now = START + 200 * HOUR
        found = due_levels(clocks(story(told), POLICIES, now), MATRIX, POLICIES.hours, (), now)
        return {rung.level: rung.at for rung in found}

    def at(moment_: int) -> str:
        return shown((START + moment_) // MINUTE * MINUTE, ZoneInfo("UTC")) + "Z"

    plain = rungs(f"{at(0)} create high")
    paused = rungs(f"{at(0)} create high; {at(ahead)} wait; {at(ahead + lasts)} work")
    twice = rungs(f"{at(0)} create high; {at(ahead)} wait; {at(ahead + lasts)} work;"
                  f" {at(ahead + lasts + after)} wait; {at(ahead + lasts + after + lasts)} work")
    for level, moment_ in plain.items():
        assert moment_ <= paused[level] <= twice[level]
