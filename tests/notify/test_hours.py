"""Windows and business hours, through changes of daylight saving."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.walltime import wall_of
from opsconsole.notify.hours import Calendar, Window, next_digest
from opsconsole.notify.moments import Holiday, read_digest, read_holiday, read_moment, read_start
from tests.notify.bench import BERLIN, DAY, HOUR, MINUTE, at

ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
                                     "UTC", "Pacific/Apia", "America/St_Johns")]
ZONE = st.sampled_from(ZONES)
INSTANT = st.integers(at("2010-01-01"), at("2030-01-01"))
WEEK = st.frozensets(st.integers(0, 6), min_size=1)
OFFICE = Calendar(BERLIN, Window(9 * 60, 17 * 60, frozenset(range(5))), frozenset({Holiday(2026, 4, 3)}))


@given(ZONE, st.integers(0, 1439), st.integers(0, 1439), WEEK, INSTANT)
def test_a_window_changes_when_it_says(zone: ZoneInfo, start: int, end: int, days: frozenset[int], moment: int) -> None:
    window = Window(start, end, days)
    change = window.change_after(moment, zone)
    assert moment < change <= moment + 9 * DAY
    held = window.holds(moment, zone)
    for probe in range(moment, min(change, moment + 8 * DAY), 37 * MINUTE):
        assert window.holds(probe, zone) == held
    ends = window.ends(moment, zone)
    assert (ends is not None) == held
    if ends is not None:
        assert ends > moment


def brute_open(calendar: Calendar, moment: int) -> bool:
    wall = wall_of(moment, calendar.zone)
    return calendar.works(wall.date()) and calendar.window.start <= wall.hour * 60 + wall.minute < calendar.window.end


@given(st.sampled_from([zone for zone in ZONES if zone.key != "Pacific/Apia"]), st.integers(6 * 60, 12 * 60),
       st.integers(13 * 60, 23 * 60), WEEK, INSTANT)
def test_business_hours_are_what_the_clock_on_the_wall_says(zone: ZoneInfo, start: int, end: int, days: frozenset[int],
                                                            moment: int) -> None:
    calendar = Calendar(zone, Window(start, end, days), frozenset({Holiday(None, 12, 25)}))
    for probe in range(moment, moment + 3 * DAY, 53 * MINUTE):
        assert calendar.is_open(probe) == brute_open(calendar, probe)


@given(INSTANT, st.integers(0, 500))
def test_business_time_is_counted_step_by_step(moment: int, steps: int) -> None:
    step = 15 * MINUTE
    moment -= moment % step
    done = OFFICE.add(moment, steps * step)
    assert sum(OFFICE.is_open(probe) for probe in range(moment, done, step)) == steps
    assert OFFICE.is_open(done if not steps else done - 1)


@given(INSTANT, st.integers(0, 10 * HOUR), st.integers(0, 10 * HOUR))
def test_business_time_adds_up(moment: int, one: int, two: int) -> None:
    if one and two:
        assert OFFICE.add(OFFICE.add(moment, one), two) == OFFICE.add(moment, one + two)


def test_four_business_hours_over_a_weekend_and_a_holiday() -> None:
    # Thursday before Good Friday, 15:00: two hours, then Easter weekend.
    assert OFFICE.add(at("2026-04-02 15:00"), 4 * HOUR) == at("2026-04-06 11:00")
    assert OFFICE.add(at("2026-04-04 03:00"), 0) == at("2026-04-06 09:00")


def test_no_hours_at_all() -> None:
    never = Calendar(BERLIN, Window(0, 60, frozenset()))
    assert never.add(at("2026-01-01"), HOUR) == at("2026-01-01 01:00")


@pytest.mark.parametrize(("text", "now", "due"), [
    ("daily 09:00", "2026-03-04 08:59", "2026-03-04 09:00"), ("daily 09:00", "2026-03-04 09:00", "2026-03-05 09:00"),
    ("monday 09:00", "2026-03-04 10:00", "2026-03-09 09:00"), ("mon 9:00", "2026-03-09 08:00", "2026-03-09 09:00"),
    ("hourly", "2026-03-04 10:00", "2026-03-04 11:00"), ("daily 02:30", "2026-03-28 12:00", "2026-03-29 03:00"),
    ("daily 02:30", "2026-10-25 02:30", "2026-10-26 02:30")])
def test_digests(text: str, now: str, due: str) -> None:
    assert next_digest(read_digest(text), at(now), BERLIN) == at(due)


@given(st.sampled_from(["daily 02:30", "sunday 02:30", "hourly", "daily 00:00"]), ZONE, INSTANT)
def test_a_digest_comes_after_now_and_soon(text: str, zone: ZoneInfo, now: int) -> None:
    assert now < next_digest(read_digest(text), now, zone) <= now + 9 * DAY


@pytest.mark.parametrize("text", ["", "2026", "2026-13-01", "2026-02-30", "2026-03-02 24:00", "02.03.2026",
                                  "9" * 10_000, "2026-03-02 9", "0001-01-01", "9999-12-31",
                                  "\u0661\u0662-\u0662\u0665"])
def test_no_moments(text: str) -> None:
    with pytest.raises(ValueError, match="a date such as"):
        read_moment(text)
    if not text.endswith(("01-01", "12-31")):
        with pytest.raises(ValueError, match="a date such as"):
            read_holiday(text)


@pytest.mark.parametrize("text", ["", "funday 09:00", "monday", "25:00", "monday 09:00 sharp", "daily monday 09:00"])
def test_no_starts_and_no_digests(text: str) -> None:
    with pytest.raises(ValueError, match="monday 09:00"):
        read_start(text)
    with pytest.raises(ValueError, match="monday 09:00"):
        read_digest(text)


def test_starts() -> None:
    monday = read_start("Monday 09:00")
    assert (monday.anchor.weekday(), monday.anchor.hour, monday.bound) == (0, 9, False)
    assert read_start("2026-03-02 09:00").bound
    assert (read_start("sun 23:59").anchor - monday.anchor) == timedelta(days=6, hours=14, minutes=59)
