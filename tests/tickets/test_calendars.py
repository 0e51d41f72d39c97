"""The hours that count: against their definition, through changes of the clock, years ahead; and their mistakes."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from opsconsole.core.clock import DAY, HOUR, MINUTE, Instant
from opsconsole.core.config import ConfigMistakes, decode
from opsconsole.core.walltime import at_wall, midnight, wall_of
from opsconsole.tickets.calendars import _KNOWN, ROUND_THE_CLOCK, WEEK, calendar_mistakes, calendars, make_calendar
from opsconsole.tickets.settings import Calendar, Holidays, TicketSettings
from opsconsole.tickets.settings.promises import read_hours
from tests.tickets.clockwork import BERLIN, CALENDARS, NEW_YORK, POLICIES, moment

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
                                     "UTC", "Pacific/Apia", "America/St_Johns", "Africa/Casablanca",
                                     "Pacific/Kiritimati")]
SPANS = st.sampled_from([(), ("09:00-17:00",), ("09:00-12:00", "13:00-18:00"), ("00:00-24:00",), ("02:00-03:00",),
                         ("00:00-06:00", "22:00-24:00"), ("02:15-02:45", "12:00-12:01", "23:59-24:00"),
                         ("08:00-12:00", "12:00-16:00")])
WEEKS = st.tuples(*[SPANS] * 7).filter(any)
DATES = st.sampled_from(["2026-03-30", "03-29", "10-26", "2026-12-24", "12-25", "01-01", "02-29"])
CALENDAR = st.builds(
    lambda zone, week, dates, but: Calendar(zone=zone, hours=dict(zip(DAYS, week, strict=True)),  # type: ignore[arg-type]
                                         holidays=Holidays(dates=tuple(dates), but=tuple(but))),
    st.sampled_from(ZONES), WEEKS, st.lists(DATES, max_size=4), st.lists(DATES, max_size=2))
INSTANT = st.one_of(st.integers(moment("2026-01-01 00:00"), moment("2027-01-01 00:00")),
                    st.integers(moment("2026-03-27 00:00"), moment("2026-03-31 00:00")),
                    st.integers(moment("2026-10-23 00:00"), moment("2026-10-28 00:00")),
                    st.integers(moment("2011-12-28 00:00"), moment("2012-01-02 00:00")))


def counted(calendar: Calendar, start: Instant, end: Instant) -> int:
    """Milliseconds that count, span by span of each day: the definition."""
    zone = calendar.zone or UTC
    dates, but = set(calendar.holidays.dates), set(calendar.holidays.but)
    day, total, until = wall_of(start, zone).date() - timedelta(days=2), 0, Instant(0)
    while day <= wall_of(end, zone).date() + timedelta(days=2):
        names = {day.isoformat(), day.isoformat()[5:]}
        if not names & dates or names & but:
            for text in sorted(calendar.hours.get(DAYS[day.weekday()], ())):  # type: ignore[call-overload]
                opens, closes = (at_wall(midnight(day) + timedelta(minutes=each), zone) for each in read_hours(text))
                opens = max(opens, until)
                until = max(until, closes)
                total += max(0, min(closes, end) - max(opens, start))
        day += timedelta(days=1)
    return total


@given(CALENDAR, INSTANT, st.integers(0, 20 * DAY))
@settings(max_examples=200)
def test_what_counts_is_what_the_spans_say(calendar: Calendar, start: Instant, length: int) -> None:
    hours = make_calendar(calendar, UTC)
    assert hours.between(start, start + length) == counted(calendar, start, start + length)
    assert hours.between(start + length, start) == 0


@given(CALENDAR, INSTANT, st.integers(1, 60 * HOUR))
def test_the_moment_at_which_so_much_has_counted_is_the_first(calendar: Calendar, start: Instant, length: int) -> None:
    hours = make_calendar(calendar, UTC)
    end = hours.add(start, length)
    assert end > start
    assert hours.between(start, end) == length
    assert hours.between(start, end - 1) == length - 1
    assert hours.add(start, 0) == start
    assert hours.add(start, -5) == start


@given(CALENDAR, INSTANT, st.integers(0, 40 * HOUR), st.integers(0, 40 * HOUR))
def test_two_steps_are_one(calendar: Calendar, start: Instant, one: int, two: int) -> None:
    hours = make_calendar(calendar, UTC)
    assert hours.add(hours.add(start, one), two) == hours.add(start, one + two)


@given(CALENDAR, INSTANT)
def test_hours_change_when_they_say(calendar: Calendar, at: Instant) -> None:
    hours = make_calendar(calendar, UTC)
    change = hours.change_after(at)
    was = hours.is_open(at)
    assert was == (hours.between(at, at + 1) == 1)
    if change is None:
        return
    assert change > at
    assert hours.is_open(change) != was
    assert hours.is_open(change - 1) == was
    assert hours.between(at, change) == (change - at if was else 0)


def test_every_hour_counts_round_the_clock() -> None:
    assert ROUND_THE_CLOCK.between(5, 9) == 4
    assert ROUND_THE_CLOCK.between(9, 5) == 0
    assert ROUND_THE_CLOCK.add(5, 4) == 9
    assert ROUND_THE_CLOCK.add(5, -4) == 5
    assert ROUND_THE_CLOCK.is_open(0)
    assert ROUND_THE_CLOCK.change_after(0) is None


def test_a_week_that_never_closes_changes_never() -> None:
    hours = make_calendar(Calendar(hours=dict.fromkeys(DAYS, ("00:00-24:00",))), BERLIN)  # type: ignore[arg-type]
    assert hours.change_after(moment("03-29 01:00")) is None
    assert hours.between(moment("03-29 00:00"), moment("03-30 00:00")) == 23 * HOUR


def test_the_zone_is_the_local_one_where_none_is_named() -> None:
    calendar = Calendar(hours={"mon": ("09:00-17:00",)})
    assert make_calendar(calendar, BERLIN).add(moment("03-02 00:00"), 1) == moment("03-02 09:00") + 1
    assert make_calendar(calendar, NEW_YORK).add(moment("03-02 00:00"), 1) == moment("03-02 09:00", NEW_YORK) + 1


def test_no_hour_at_all_counts_every_hour() -> None:
    assert make_calendar(Calendar(hours={}), BERLIN) is ROUND_THE_CLOCK


def test_all_calendars_by_name() -> None:
    found = calendars(POLICIES.settings, BERLIN)
    assert set(found) == {"clock", *CALENDARS}
    assert found["clock"] is ROUND_THE_CLOCK
    assert set(calendars(TicketSettings(), BERLIN)) == {"clock"}


@pytest.mark.parametrize(("day", "zone", "country", "region", "works"), [
    ("2026-10-03", "Europe/Berlin", "DE", "", False), ("2026-01-06", "Europe/Berlin", "DE", "BY", False),
    ("2026-01-06", "Europe/Berlin", "de", "BE", True), ("2027-12-31", "America/New_York", "US", "", False),
    ("2026-07-14", "Europe/Paris", "FR", "", False), ("2026-12-26", "Europe/London", "GB", "ENG", False),
    # Nothing is known of it any more: its days count.
    ("2026-12-25", "UTC", "ZZ", "", True), ("2026-12-25", "UTC", "DE", "ZZ", True)])
def test_the_holidays_of_countries(day: str, zone: str, country: str, region: str, works: bool) -> None:
    place: tzinfo = ZoneInfo(zone)
    calendar = Calendar(hours=dict.fromkeys(DAYS, ("09:00-17:00",)),  # type: ignore[arg-type]
                        holidays=Holidays(country=country, region=region))
    noon = at_wall(datetime.fromisoformat(f"{day}T12:00"), place)
    assert make_calendar(calendar, place).is_open(noon) == works


def test_the_places_that_are_known_by_heart_are_known_to_the_library() -> None:
    import holidays

    for country, regions in _KNOWN.items():
        assert set(regions.split()) <= set(getattr(holidays, country).subdivisions), country


PROBE = """
import sys
from opsconsole.core.config import decode
from opsconsole.tickets.settings import TicketSettings
from opsconsole.tickets.calendars import make_calendar
from zoneinfo import ZoneInfo
text = 'calendars: {office: {zone: Europe/Berlin, holidays: {country: DE, region: BY}}}'
settings = decode(text, TicketSettings, source='x', env={})
hours = make_calendar(settings.calendars['office'], ZoneInfo('UTC'))
print('holidays' in sys.modules)
print(hours.add(1_790_000_000_000, 1_000))
print('holidays' in sys.modules)
"""


def test_the_library_is_loaded_when_a_day_is_asked_for() -> None:
    """It takes time and memory; every command reads the configuration."""
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    assert done.stdout.split()[::2] == ["False", "True"]


OFFICE = make_calendar(Calendar(zone=BERLIN, holidays=Holidays(dates=("12-25",))), UTC)


@pytest.mark.parametrize("years", [1, 5, 40, 73])
def test_years_ahead(years: int) -> None:
    """8 hours a day, 40 a week, but for Christmas on a workday."""
    hours = OFFICE
    start, end = moment("2026-01-01 00:00"), moment(f"{2026 + years}-01-01 00:00")
    length = hours.between(start, end)
    days = [wall_of(start + day * DAY + 12 * HOUR, BERLIN) for day in range((end - start) // DAY)]
    workdays = sum(day.weekday() < 5 and (day.month, day.day) != (12, 25) for day in days)
    assert length == workdays * 8 * HOUR
    assert hours.between(start, hours.add(start, length)) == length


@given(st.integers(moment("2090-01-01 00:00"), moment("2150-01-01 00:00")), st.integers(1, 400_000 * HOUR))
@settings(max_examples=30)
def test_beyond_all_calendars_hours_pass_at_the_pace_of_a_week(start: Instant, length: int) -> None:
    hours = OFFICE
    end = hours.add(start, length)
    assert end > start
    assert abs(hours.between(start, end) - length) <= WEEK // (40 * HOUR) + 1
    if start >= moment("2100-01-08 00:00"):
        assert not hours.is_open(start)
        assert hours.change_after(start) is None
        assert end - start == pytest.approx(length * 168 / 40, abs=10)


def test_the_end_of_all_calendars_is_passed_without_a_jump() -> None:
    hours = OFFICE
    begin = moment("2099-12-28 00:00")
    ends = [hours.add(begin, quarters * 15 * MINUTE) for quarters in range(400)]
    assert ends == sorted(set(ends))


def test_before_all_calendars_nothing_counts() -> None:
    hours = OFFICE
    first = hours.add(-10**15, HOUR)
    assert wall_of(first, BERLIN).year in (1899, 1900)
    assert hours.between(-10**15, first) == HOUR
    assert not hours.is_open(-10**15)
    assert (change := hours.change_after(-10**15)) is not None
    assert wall_of(change, BERLIN).year in (1899, 1900)
    assert hours.between(-10**15, 10**15) > hours.between(-10**15, 0)


def mistakes(text: str) -> list[str]:
    try:
        decode(f"calendars: {{office: {{{text}}}}}", TicketSettings, source="x.yaml", env={})
    except ConfigMistakes as problem:
        return [str(each) for each in problem.mistakes]
    return []


EVERY_DAY = ", ".join(f'"{(datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=number)):%m-%d}"' for number in range(366))


@pytest.mark.parametrize(("text", "said"), [
    ('hours: {mon: ["9-17"]}', "it must be a span within the day such as 09:00-12:30, not `9-17`"),
    ('hours: {mon: ["17:00-09:00"]}', "it must be a span within the day"),
    ('hours: {mon: ["09:00-12:00", "11:00-13:00"]}', "`11:00-13:00` overlaps with another span of that day"),
    ('hours: {mon: ["13:00-18:00", "09:00-13:01"]}', "`13:00-18:00` overlaps"),
    ("hours: {}", "at least one day needs hours; for every hour, use the calendar `clock`"),
    ("hours: {mon: []}", "at least one day needs hours"),
    ('holidays: {dates: ["2026-02-30"]}', "it must be a date such as 2026-12-24, or 12-24 for every year"),
    ('holidays: {dates: [christmas]}', "it must be a date"),
    ('holidays: {but: ["0000-01-01"]}', "it must be a date"),
    ("holidays: {country: ZZ}", "`ZZ` is no country with known holidays; give a code such as DE or US"),
    ("holidays: {country: Germany}", "`Germany` is no country"),
    ("holidays: {country: DE, region: XX}", "DE has no region `XX`; it must be one of BB, BE"),
    ("holidays: {country: SG, region: XX}", "SG has no region `XX`; it must be left out"),
    ("holidays: {region: BY}", "a region needs its `country`"),
    (f"holidays: {{dates: [{EVERY_DAY}]}}", "these are all days that have hours; at least some must remain")])
def test_mistakes_are_named(text: str, said: str) -> None:
    found = mistakes(text)
    assert len(found) == 1
    assert said in found[0]


@pytest.mark.parametrize("text", [
    "", 'hours: {mon: ["09:00-12:00", "12:00-13:00"]}', 'hours: {sun: ["00:00-24:00"]}',
    "holidays: {country: DE, region: BY}", "holidays: {country: de}", "holidays: {country: SG}",
    "holidays: {country: USA, region: CA}", "holidays: {country: DE, region: Bayern}",
    'holidays: {dates: ["02-29", "2026-12-24"], but: ["10-03"]}',
    f'holidays: {{dates: [{EVERY_DAY}], but: ["03-02"]}}'])
def test_what_is_right_is_taken(text: str) -> None:
    assert mistakes(text) == []


@given(CALENDAR)
def test_what_is_made_here_has_no_mistakes(calendar: Calendar) -> None:
    assume(len(calendar.holidays.dates) < 52)
    assert list(calendar_mistakes(calendar)) == []
