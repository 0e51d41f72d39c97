"""When jobs are due: intervals, cron lines, calendar expressions, daylight saving, what was missed, backoff, jitter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.clock import DAY, HOUR, MINUTE, SECOND, Instant
from opsconsole.core.jobs import CatchUp, Due, Every, Line
from opsconsole.core.schedule import (
    LATE,
    MOST_CAUGHT_UP,
    PUT_BACK,
    Calendar,
    Interval,
    backoff,
    jitter,
    plan,
    rhythm,
)

BERLIN = ZoneInfo("Europe/Berlin")
START = round(datetime(2020, 1, 1, tzinfo=UTC).timestamp()) * 1000
MOMENTS = st.integers(START, START + 15 * 365 * DAY)
ZONES = ["Europe/Berlin", "UTC", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata"]
LINES = ["30 2 * * *", "*/15 * * * *", "0 */2 * * *", "15,45 2,3 * * *", "5 4 * * sun", "0 8 1 * *", "0 0 * * *",
         "*:0/15", "02:30", "Mon *-*-* 02:30", "daily", "hourly", "*-*-* 01,02,03:10:30", "Sat,Sun 23:59:59"]
CALENDARS = st.builds(lambda text, zone: Calendar(Line(text, zone)), st.sampled_from(LINES), st.sampled_from(ZONES))


def at(*parts: int, fold: int = 0) -> Instant:
    year, month, day, hour, minute = (*parts, 0, 0)[:5]
    return round(datetime(year, month, day, hour, minute, tzinfo=BERLIN, fold=fold).timestamp() * 1000)


def times(line: str, day: tuple[int, int, int], zone: str = "Europe/Berlin") -> list[str]:
    """What the wall clock shows at the beats of a day, with the hours that it is ahead of UTC."""
    calendar = Calendar(Line(line, zone))
    moment, end = at(*day) - 1, at(*day) + 25 * HOUR
    shown = []
    while (beat := calendar.after(moment)) is not None and beat <= end:
        shown.append(datetime.fromtimestamp(beat / 1000, ZoneInfo(zone)))
        moment = beat
    return [f"{one:%H:%M}{one:%z}"[:8] for one in shown if (one.year, one.month, one.day) == day]


SPRING, AUTUMN, PLAIN = (2025, 3, 30), (2025, 10, 26), (2025, 6, 1)


@pytest.mark.parametrize(("line", "day", "expected"), [
    ("30 2 * * *", PLAIN, ["02:30+02"]),
    ("30 2 * * *", SPRING, ["03:00+02"]),
    ("30 2 * * *", AUTUMN, ["02:30+02"]),
    ("02:30", SPRING, ["03:00+02"]),
    ("02:30", AUTUMN, ["02:30+02"]),
    ("0 0 * * *", SPRING, ["00:00+01"]),
    ("15,45 2,3 * * *", SPRING, ["03:00+02", "03:15+02", "03:45+02"]),
    ("15,45 2,3 * * *", AUTUMN, ["02:15+02", "02:45+02", "03:15+01", "03:45+01"]),
    ("0 1-4 * * *", SPRING, ["01:00+01", "03:00+02", "04:00+02"]),
    ("0 1-4 * * *", AUTUMN, ["01:00+02", "02:00+02", "03:00+01", "04:00+01"]),
])
def test_a_line_that_names_hours_runs_once_in_gaps_and_repeats(
        line: str, day: tuple[int, int, int], expected: list[str]) -> None:
    assert times(line, day) == expected


@pytest.mark.parametrize(("line", "day", "count"), [
    ("*/15 * * * *", PLAIN, 96), ("*/15 * * * *", SPRING, 92), ("*/15 * * * *", AUTUMN, 100),
    ("*:0/15", SPRING, 92), ("hourly", AUTUMN, 25), ("hourly", SPRING, 23)])
def test_a_line_of_every_hour_runs_in_each_hour_that_passes(line: str, day: tuple[int, int, int], count: int) -> None:
    assert len(times(line, day)) == count


@given(MOMENTS, st.floats(0.05, 1e6))
def test_intervals_keep_the_beat_of_the_epoch(moment: Instant, seconds: float) -> None:
    beats = Interval(seconds)
    found = beats.after(moment)
    assert found % beats.step == 0
    assert moment < found <= moment + beats.step
    assert beats.after(found - 1) == found


@given(CALENDARS, MOMENTS)
def test_beats_do_not_depend_on_where_one_starts_to_look(calendar: Calendar, moment: Instant) -> None:
    first = calendar.after(moment)
    assert first is not None
    assert first > moment
    assert first % SECOND == 0
    assert calendar.after(first - 1) == first
    assert calendar.after((moment + first) // 2) == first
    second = calendar.after(first)
    assert second is not None
    assert calendar.between(moment, second) == (2, [first, second])


@given(st.sampled_from(ZONES), st.integers(0, 23), st.integers(0, 59), st.integers(0, 15 * 365))
def test_a_daily_line_runs_once_on_each_day(zone: str, hour: int, minute: int, day: int) -> None:
    local = ZoneInfo(zone)
    start = datetime(2020, 1, 1, tzinfo=local) + timedelta(days=day)
    moment = round(start.timestamp()) * 1000
    beats = Calendar(Line(f"{minute} {hour} * * *", zone)).between(moment - 1, moment + 5 * DAY)[1]
    days = [datetime.fromtimestamp(beat / 1000, local).date() for beat in beats]
    assert len(set(days)) == len(days)
    assert len(days) >= 4
    assert Calendar(Line(f"{hour:02}:{minute:02}", zone)).between(moment - 1, moment + 5 * DAY)[1] == beats


def test_a_zone_in_the_expression_comes_before_the_configured_one() -> None:
    noon = at(2025, 7, 1, 12)
    assert Calendar(Line("12:00 UTC", "Europe/Berlin")).after(noon - MINUTE) == noon + 2 * HOUR
    assert Calendar(Line("12:00", "Europe/Berlin")).after(noon - MINUTE) == noon
    assert Calendar(Line("12:00")).after(noon - MINUTE) == noon, "the tests run in Berlin"


@pytest.mark.parametrize("text", [
    "", "x", "* * * *", "* * * * * *", "61 * * * *", "0 0 31 2 *", "25:00", "@daily", "\x1b[31m * * * *",
    "0 0 * * funday", "99999999999999999999 * * * *", "Mon *-*-* 02:30 Mars/Base", "~", "-", "1-2-3-4"])
def test_what_is_no_line_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="a cron line of five fields such as"):
        Calendar(Line(text))


@given(st.text(max_size=30) | st.from_regex(r"[0-9*/,: .~@LW#-]{1,20}", fullmatch=True))
def test_any_text_is_a_line_or_a_value_error(text: str) -> None:
    try:
        calendar = Calendar(Line(text))
    except ValueError:
        return
    found = calendar.after(START)
    assert found is None or found > START


@pytest.mark.parametrize("name", ["Europe", "Nowhere/At all", "../etc/passwd", "\0", "Europe/Berlin\n"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="there is no time zone"):
        Calendar(Line("daily", name))


def test_a_line_that_never_comes_has_no_beat() -> None:
    assert Calendar(Line("2021-02-03 10:00")).after(at(2025, 1, 1)) is None
    assert Calendar(Line("*-02-30 10:00")).between(START, START + 400 * DAY) == (0, [])


@given(CALENDARS | st.builds(Interval, st.floats(0.5, 1e5)), MOMENTS, st.integers(0, 40 * HOUR),
       st.sampled_from(CatchUp), st.integers(0, LATE))
def test_each_beat_is_run_or_missed_once(
        beats: Calendar | Interval, last: Instant, away: int, catch_up: CatchUp, late: int) -> None:
    now = last + away
    made = plan(beats, last, now, catch_up, late=late)
    count, passed = beats.between(last, now)
    assert len(made.runs) + made.missed == count
    assert [due.at for due in made.runs] == passed[len(passed) - len(made.runs):]
    assert made.next == beats.after(now)
    assert made.last == (passed[-1] if passed else last)
    again = plan(beats, made.last, now, catch_up, late=late)
    assert (again.runs, again.missed) == ((), 0), "nothing is done twice"
    match catch_up:
        case CatchUp.LATEST:
            assert len(made.runs) == min(count, 1)
        case CatchUp.ALL:
            assert len(made.runs) == min(count, MOST_CAUGHT_UP)
        case CatchUp.NONE:
            assert all(now - due.at <= late and not due.caught_up for due in made.runs)


def test_what_was_missed_is_caught_up_as_declared() -> None:
    daily, last, now = rhythm(Line("30 2 * * *", "Europe/Berlin")), at(2025, 6, 1, 2, 30), at(2025, 6, 4, 9)
    beats = [at(2025, 6, day, 2, 30) for day in (2, 3, 4)]
    assert plan(daily, last, now, CatchUp.NONE)[:2] == ((), 3)
    assert plan(daily, last, now, CatchUp.LATEST)[:2] == ((Due(beats[2], caught_up=True),), 2)
    assert plan(daily, last, now, CatchUp.ALL)[:2] == (tuple(Due(beat, caught_up=True) for beat in beats), 0)
    assert plan(daily, last, beats[0] + 5, CatchUp.NONE)[:2] == ((Due(beats[0]),), 0)


def test_of_very_many_only_the_latest_are_caught_up() -> None:
    for beats in (rhythm(Every(10)), rhythm(Line("*:*:0/10"))):
        made = plan(beats, START, START + 400 * DAY, CatchUp.ALL)
        assert [due.at for due in made.runs] == [START + 400 * DAY - 10 * SECOND * n for n in range(99, -1, -1)]
        assert made.missed >= 1_900
    yearly = plan(rhythm(Line("*:00", "UTC")), START, START + 800 * DAY, CatchUp.LATEST)
    assert yearly.runs == (Due(START + 800 * DAY),)


@given(st.sampled_from(["30 2 * * *", "*/5 * * * *"]), MOMENTS, st.integers(1, 30 * DAY), st.sampled_from(CatchUp))
def test_a_clock_that_is_put_back_repeats_nothing_soon_and_starves_nothing(
        line: str, moment: Instant, back: int, catch_up: CatchUp) -> None:
    beats = Calendar(Line(line, "Europe/Berlin"))
    last = beats.after(moment)
    assert last is not None
    now = last - back
    made = plan(beats, last, now, catch_up)
    assert (made.runs, made.missed) == ((), 0)
    assert made.next is not None
    assert made.next > last if back <= PUT_BACK else made.next <= now + 25 * HOUR


@given(st.integers(1, 100_000), MOMENTS, st.integers(1, 30 * DAY))
def test_an_interval_waits_two_steps_at_most_when_the_clock_is_put_back(
        seconds: int, moment: Instant, back: int) -> None:
    beats = Interval(seconds)
    last = beats.after(moment)
    made = plan(beats, last, last - back, CatchUp.LATEST)
    assert made.next is not None
    assert made.next - (last - back) <= 2 * beats.step


@given(st.integers(1, 10_000), st.integers(1, 10 * DAY))
def test_backoff_grows_to_an_hour_and_never_shortens_the_interval(failures: int, step: int) -> None:
    assert step <= backoff(failures, step) <= backoff(failures + 1, step) <= max(step, HOUR)
    assert backoff(1, step) == step


@given(st.text(max_size=20), st.text(max_size=20), st.floats(0, 1e5))
def test_jitter_is_always_the_same_and_below_its_limit(host: str, name: str, most: float) -> None:
    assert 0 <= jitter(host, name, most) <= most * 1000
    assert jitter(host, name, most) == jitter(host, name, most)


def test_jitter_spreads() -> None:
    found = sorted(jitter("host", f"check.{number}", 60) for number in range(60))
    assert all(later - earlier < 8_000 for earlier, later in pairwise(found))
