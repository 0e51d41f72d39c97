"""The arithmetic of the statistics."""

from __future__ import annotations

import math
import statistics
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.clock import DAY, HOUR, local
from opsconsole.core.periods import PERIODS, Period, period_of
from opsconsole.core.units import Percent
from opsconsole.tickets.model import ClockKind, Priority
from opsconsole.tickets.settings import STATISTICS, Goal
from opsconsole.tickets.stats import (
    Kept,
    Person,
    Standing,
    judged,
    mean,
    middle,
    rank_of,
    share,
    steps,
)

BERLIN = ZoneInfo("Europe/Berlin")
instants = st.integers(0, 4_000_000_000_000)


def at(text: str, zone: ZoneInfo = BERLIN) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


def test_a_share_of_nothing_is_unknown() -> None:
    assert share(0, 0) is None
    assert share(0, 4) == 0
    assert share(3, 4) == 75
    assert mean(0, 0) is None
    assert mean(10, 4) == 2.5
    assert middle([]) is None
    assert Kept(ClockKind.NEXT, Priority.LOW, "bug", 0, 0).share is None
    assert Person("ana", kept=1, promises=2).share == 50


@given(st.lists(st.integers(0, 50), min_size=1), st.sampled_from((0.5, 0.9)))
def test_the_middle_is_the_least_that_so_many_do_not_exceed(values: list[int], part: float) -> None:
    ordered = sorted(values)
    found = middle(ordered, part)
    fitting = [one for one in ordered if sum(each <= one for each in ordered) >= part * len(ordered)]
    assert found == min(fitting) == ordered[rank_of(part, len(ordered))]
    if part == 0.5:
        assert found == statistics.median_low(ordered)


@pytest.mark.parametrize(("goal", "value", "standing"), [
    ("< 4h", 3.9 * 3600, "green"), ("< 4h", 4 * 3600, "yellow"), ("<= 4h", 4 * 3600, "green"),
    ("< 4h", 15_840, "yellow"), ("< 4h", 4.5 * 3600, "red"), ("> 90%", 90.1, "green"), ("> 90%", 90, "yellow"),
    (">= 90%", 90, "green"), ("> 90%", 81, "yellow"), ("> 90%", 80.9, "red"), (">= 4.5", 4.5, "green"),
    (">= 4.5", 4, "red"), ("≥ 4.5", 4.1, "yellow"), ("< 20", 20, "yellow"), ("< 20", 30, "red"), ("< 20", 0, "green")])
def test_a_figure_stands_against_its_goal(goal: str, value: float, standing: str) -> None:
    figure = judged("kept", value, 7, {"kept": Goal(is_=goal)})
    assert (figure.name, figure.value, figure.of, figure.goal) == ("kept", value, 7, goal)
    assert figure.standing == Standing(standing)


def test_what_is_not_known_or_has_no_goal_stands_nowhere() -> None:
    goals = {"kept": Goal(is_="> 90%", yellow=Percent(0))}
    assert judged("kept", None, 0, goals).standing is Standing.UNKNOWN
    assert judged("kept", None, 0, goals).goal == "> 90%"
    assert judged("score", 5, 1, goals).standing is Standing.UNKNOWN
    assert judged("score", 5, 1, goals).goal == ""
    assert judged("kept", 89.9, 1, goals).standing is Standing.RED, "without a margin nothing is yellow"
    assert "kept" in STATISTICS


@pytest.mark.parametrize(("name", "back", "begin", "end"), [
    ("day", 0, "2026-03-29", "2026-03-30"), ("day", 1, "2026-03-28", "2026-03-29"),
    ("week", 0, "2026-03-23", "2026-03-30"), ("week", 1, "2026-03-16", "2026-03-23"),
    ("month", 0, "2026-03-01", "2026-04-01"), ("month", 3, "2025-12-01", "2026-01-01"),
    ("quarter", 0, "2026-01-01", "2026-04-01"), ("quarter", 1, "2025-10-01", "2026-01-01"),
    ("year", 0, "2026-01-01", "2027-01-01"), ("year", 1, "2025-01-01", "2026-01-01"),
    ("day", -1, "2026-03-30", "2026-03-31")])
def test_periods_are_those_of_the_calendar(name: str, back: int, begin: str, end: str) -> None:
    assert period_of(name, at("2026-03-29T14:00"), BERLIN, back) == Period(at(begin), at(end))


def test_another_period_is_refused() -> None:
    with pytest.raises(ValueError, match="day, week, month, quarter, year"):
        period_of("fortnight", 0, UTC)


@given(instants, st.sampled_from(PERIODS), st.sampled_from((BERLIN, ZoneInfo("America/New_York"), UTC, None)))
def test_now_is_in_its_period_and_periods_meet(now: int, name: str, zone: ZoneInfo | None) -> None:
    period = period_of(name, now, zone)
    assert period.begin <= now < period.end
    assert period_of(name, period.begin, zone, 1).end == period.begin
    assert period_of(name, period.end, zone) == period_of(name, now, zone, -1)


@given(instants, st.integers(1, 12 * 366 * DAY), st.sampled_from((BERLIN, UTC)))
def test_steps_are_the_whole_period_and_not_too_many(begin: int, length: int, zone: ZoneInfo) -> None:
    period = Period(begin, begin + length)
    step, parts = steps(period, zone)
    assert parts[0].begin == period.begin
    assert parts[-1].end == period.end
    assert all(one.end == two.begin for one, two in pairwise(parts))
    assert len(parts) <= 64
    for part in parts[1:]:
        assert local(part.begin, zone).hour == 0
    shortest = {"day": 23 * HOUR, "week": 7 * DAY - HOUR, "month": 28 * DAY - HOUR, "year": 365 * DAY}[step]
    assert len(parts) <= math.ceil(length / shortest) + 1


@pytest.mark.parametrize(("days", "step"), [(1, "day"), (62, "day"), (63, "week"), (366, "week"), (400, "month"),
                                            (5 * 365, "month"), (6 * 365, "year")])
def test_long_periods_have_long_steps(days: int, step: str) -> None:
    assert steps(Period(0, days * DAY), UTC)[0] == step


def test_an_empty_period_has_no_steps() -> None:
    assert steps(Period(5, 5), UTC) == ("day", ())
    assert steps(Period(5, 1), UTC) == ("day", ())
