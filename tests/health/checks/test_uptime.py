"""Up, down, maintenance and unknown are counted apart, and add up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.clock import HOUR
from opsconsole.core.levels import Level
from opsconsole.health.checks.uptime import (
    Advance,
    Open,
    Period,
    Status,
    advance,
    slo,
    status_of,
    unwatched,
    uptime,
)

STATUSES: list[Status] = ["ok", "warning", "critical", "unknown", "maintenance"]
statuses = st.sampled_from(STATUSES)
periods = st.lists(st.builds(lambda status, begun, length: Period(status, begun, begun + length), statuses,
                             st.integers(-1000, 100_000), st.integers(1, 20_000)), max_size=12)
LEVELS = list(Level)


@given(periods, st.integers(0, 50_000), st.integers(0, 50_000))
def test_the_parts_add_up_to_the_whole(found: list[Period], since: int, length: int) -> None:
    one = uptime(found, since, since + length)
    parts = (one.up, one.down, one.maintenance, one.unknown)
    assert all(part >= 0 for part in parts)
    assert sum(parts) == pytest.approx(length / 1000)
    assert one.share is None or 0 <= one.share <= 100
    assert 0 <= one.coverage <= 100 + 1e-9


@given(periods, st.integers(0, 50_000), st.integers(1, 50_000))
def test_the_unknown_is_never_up(found: list[Period], since: int, length: int) -> None:
    hidden = [one._replace(status="unknown") for one in found]
    nothing = uptime(hidden, since, since + length)
    assert (nothing.up, nothing.down, nothing.share) == (0, 0, None)
    muted = uptime([one._replace(status="maintenance") for one in found], since, since + length)
    assert (muted.up, muted.down, muted.share) == (0, 0, None)
    assert muted.coverage == pytest.approx(uptime([one._replace(status="ok") for one in found], since,
                                                  since + length).coverage)


@given(periods, st.integers(0, 50_000), st.integers(0, 20_000), st.integers(0, 20_000))
def test_a_time_is_the_sum_of_its_halves(found: list[Period], since: int, one: int, other: int) -> None:
    apart = []
    reached = -10_000
    for period in sorted(found, key=lambda each: each.begun):
        if period.begun >= reached:
            apart.append(period)
            reached = period.ended
    whole = uptime(apart, since, since + one + other)
    first, second = uptime(apart, since, since + one), uptime(apart, since + one, since + one + other)
    for name in ("up", "down", "maintenance", "unknown"):
        assert getattr(whole, name) == pytest.approx(getattr(first, name) + getattr(second, name))


def test_shares() -> None:
    found = [Period("ok", 0, 90_000), Period("critical", 90_000, 100_000), Period("maintenance", 100_000, 150_000)]
    one = uptime(found, 0, 200_000)
    assert (one.up, one.down, one.maintenance, one.unknown) == (90, 10, 50, 50)
    assert (one.share, one.coverage) == (90, 75)
    assert uptime([], 0, 0).coverage == 0


def test_a_promise() -> None:
    hours = 720
    found = [Period("ok", 0, 718 * HOUR), Period("critical", 718 * HOUR, 719 * HOUR), Period("ok", 719 * HOUR,
                                                                                           hours * HOUR)]
    now = hours * HOUR
    one = slo(99.0, found, now, now)
    assert one.budget == pytest.approx(7.2 * 3600)
    assert one.left == pytest.approx(6.2 * 3600)
    assert one.left_share == pytest.approx(100 * 6.2 / 7.2)
    assert one.burn == 0
    assert slo(99.0, found, 719 * HOUR, now).burn == pytest.approx(100)
    broken = slo(99.9, found, now, now)
    assert broken.left < 0
    perfect = slo(100.0, found, now, now)
    assert (perfect.budget, perfect.left_share, perfect.burn) == (0, None, None)
    assert slo(99.0, [], now).burn is None


runs = st.lists(st.tuples(st.integers(-40_000, 400_000), st.sampled_from(LEVELS), st.booleans()),
                min_size=1, max_size=25)


def played(steps: list[tuple[int, Level, bool]], interval: float = 30.0) -> tuple[list[Period], Open, list[Advance]]:
    """The stored periods after runs that came after each other by so many ms, as the store keeps them."""
    stored: list[Period] = []
    before: Open | None = None
    told = []
    at = 1_000_000
    for length, level, muted in steps:
        at += length
        step = advance(before, at, level, status_of(level, muted=muted), interval)
        if step.cut is not None:
            cut = step.cut
            stored = [one._replace(ended=min(one.ended, cut)) for one in stored if one.begun < cut]
        stored += step.ended
        before = step.now
        told.append(step)
    assert before is not None
    return stored, before, told


@given(runs)
def test_periods_are_in_order_and_never_overlap(steps: list[tuple[int, Level, bool]]) -> None:
    stored, now, _ = played(steps)
    reached = -10**9
    for one in [*stored, Period(now.status, now.begun, now.at)]:
        assert one.begun >= reached
        assert one.ended >= one.begun
        reached = one.ended
    assert all(one.ended > one.begun for one in stored)
    assert now.begun <= now.at
    assert now.since <= now.at


@given(runs)
def test_without_a_clock_that_goes_back_all_time_is_covered(steps: list[tuple[int, Level, bool]]) -> None:
    forward = [(abs(length), level, muted) for length, level, muted in steps]
    stored, now, told = played(forward)
    everything = [*stored, Period(now.status, now.begun, now.at)]
    first = 1_000_000 + forward[0][0]
    assert sum(one.ended - one.begun for one in everything) == now.at - first
    assert all(step.cut is None for step in told)
    gaps = sum(length for length, _, _ in forward[1:] if length > unwatched(30.0))
    hidden = sum(one.ended - one.begun for one in stored if one.reason == "nobody was watching")
    assert hidden == gaps


def test_since_survives_a_restart_but_not_a_gap() -> None:
    first = advance(None, 0, Level.CRITICAL, "critical", 30.0, "refused").now
    soon = advance(first, 100_000, Level.CRITICAL, "critical", 30.0, "refused")
    assert (soon.now.since, soon.ended) == (0, ())
    later = advance(soon.now, 1_000_000, Level.CRITICAL, "critical", 30.0, "refused")
    assert later.now.since == 1_000_000
    assert later.ended == (Period("critical", 0, 100_000, "refused"),
                           Period("unknown", 100_000, 1_000_000, "nobody was watching"))


def test_maintenance_is_a_period_and_no_level() -> None:
    one = advance(None, 0, Level.OK, "ok", 30.0).now
    two = advance(one, 30_000, Level.CRITICAL, "maintenance", 30.0)
    assert (two.now.status, two.now.level, two.now.since) == ("maintenance", Level.CRITICAL, 30_000)
    three = advance(two.now, 60_000, Level.CRITICAL, "critical", 30.0)
    assert (three.now.since, three.ended) == (30_000, (Period("maintenance", 30_000, 60_000),))


def test_a_clock_that_was_far_ahead_leaves_no_false_past() -> None:
    ahead = advance(None, 10**12, Level.OK, "ok", 30.0).now
    back = advance(ahead, 10**9, Level.CRITICAL, "critical", 30.0)
    assert back.cut == 10**9
    assert (back.now.begun, back.now.at, back.now.since, back.ended) == (10**9, 10**9, 10**9, ())
