"""The hours that count; pure.

Hours are asked for by instants and answer in milliseconds that count. A week is worked out once, from Monday to Monday
in UTC, and kept; weeks that look alike share what was worked out. So a ticket of years costs a few microseconds, and no
day is looked at twice.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from opsconsole.core.clock import DAY, Instant
from opsconsole.core.walltime import at_wall, midnight
from opsconsole.tickets.settings.promises import CLOCK, read_hours

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from opsconsole.tickets.settings import TicketSettings
    from opsconsole.tickets.settings.base import Mistakes
    from opsconsole.tickets.settings.promises import Calendar, Holidays

    Official = Callable[[str, str, int], Collection[date]]
    """The public holidays of a country, a region of it or none, and a year; those of other years may be among them."""

WEEK: Final = 7 * DAY
_MONDAY: Final = 4 * DAY
"""The first Monday after 1970-01-01; weeks are numbered from there."""
_FIRST: Final = (int(datetime(1900, 1, 1, tzinfo=UTC).timestamp()) * 1000 - _MONDAY) // WEEK
_LAST: Final = (int(datetime(2100, 1, 1, tzinfo=UTC).timestamp()) * 1000 - _MONDAY) // WEEK
"""The weeks that have days and holidays. Before the first nothing counts; after the last, hours count at the pace of a
plain week, so that a promise of a hundred years is no loop of as many."""
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Hours(Protocol):
    """The hours that count, as a calendar has them."""

    def between(self, start: Instant, end: Instant) -> int:
        """Milliseconds that count between two instants; 0 where the second is not later."""

    def add(self, start: Instant, length: int) -> Instant:
        """The first moment at which so many milliseconds have counted since `start`; `start` itself with 0 or less."""

    def is_open(self, at: Instant) -> bool:
        """Whether an instant counts."""

    def change_after(self, at: Instant) -> Instant | None:
        """The next instant at which hours begin or end to count; None where they never do."""


class _RoundTheClock:
    """Every hour counts."""

    __slots__ = ()

    def between(self, start: Instant, end: Instant) -> int:
        return end - start if end > start else 0

    def add(self, start: Instant, length: int) -> Instant:
        return start + length if length > 0 else start

    def is_open(self, at: Instant) -> bool:  # noqa: ARG002 - all do
        return True

    def change_after(self, at: Instant) -> Instant | None:  # noqa: ARG002 - none does
        return None


ROUND_THE_CLOCK: Final[Hours] = _RoundTheClock()
"""Every hour counts."""


class _Week(NamedTuple):
    """What counts in a week, in milliseconds after its beginning."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    before: tuple[int, ...]
    """How much counts before each start."""
    total: int

    def until(self, at: int) -> int:
        """How much of it counts until a moment of it."""
        number = bisect_right(self.starts, at) - 1
        if number < 0:
            return 0
        start, end = self.starts[number], self.ends[number]
        return self.before[number] + min(end, at) - start

    def reaching(self, length: int) -> int:
        """The first moment of it until which so much counts, of more than 0 and at most `total`."""
        number = bisect_left(self.before, length) - 1
        return self.starts[number] + length - self.before[number]


def _week(spans: Sequence[tuple[int, int]]) -> _Week:
    """A week of spans in their order; those that touch become one."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        elif start < end:
            joined.append((start, end))
    before, total = [], 0
    for start, end in joined:
        before.append(total)
        total += end - start
    return _Week(tuple(start for start, _ in joined), tuple(end for _, end in joined), tuple(before), total)


class _Weekly:
    """The hours of each day of the week, without holidays."""

    __slots__ = ("_alike", "_off", "_plain", "_spans", "_weeks", "_zone")

    def __init__(self, zone: tzinfo, spans: Sequence[Sequence[tuple[int, int]]], off: Callable[[date], bool]) -> None:
        """The hours of a calendar.

        Args:
            zone: of its wall clock.
            spans: for each day of the week, Monday first, minutes after midnight in their order.
            off: whether a day is a holiday.
        """
        self._zone, self._spans, self._off = zone, spans, off
        self._weeks: dict[int, _Week] = {}
        self._alike: dict[tuple[timedelta | None, tuple[bool, ...]], _Week] = {}
        self._plain = sum(end - start for day in spans for start, end in day) * 60_000

    def between(self, start: Instant, end: Instant) -> int:
        if end <= start:
            return 0
        first, last = (start - _MONDAY) // WEEK, (end - _MONDAY) // WEEK
        counted = 0
        if first < _FIRST or last >= _LAST:
            counted = self._beyond(end) - self._beyond(start)
            start, end = (min(max(at, _MONDAY + _FIRST * WEEK), _MONDAY + _LAST * WEEK) for at in (start, end))
            first, last = (start - _MONDAY) // WEEK, (end - _MONDAY) // WEEK
        counted += (self._of(last).until(end - _MONDAY - last * WEEK)
                    - self._of(first).until(start - _MONDAY - first * WEEK))
        weeks = self._weeks
        for number in range(first, last):
            counted += (weeks.get(number) or self._of(number)).total
        return counted

    def _beyond(self, at: Instant) -> int:
        """How much counts between the last week and an instant after it."""
        return max(0, at - _MONDAY - _LAST * WEEK) * self._plain // WEEK

    def add(self, start: Instant, length: int) -> Instant:
        if length <= 0:
            return start
        number = max((start - _MONDAY) // WEEK, _FIRST)
        if number < _LAST:
            week, weeks = self._of(number), self._weeks
            length += week.until(start - _MONDAY - number * WEEK)
            while length > week.total:
                length -= week.total
                number += 1
                if number == _LAST:
                    break
                week = weeks.get(number) or self._of(number)
            else:
                return _MONDAY + number * WEEK + week.reaching(length)
        end = _MONDAY + _LAST * WEEK
        return end - (-(length + self._beyond(start)) * WEEK // self._plain)

    def is_open(self, at: Instant) -> bool:
        number = (at - _MONDAY) // WEEK
        if not _FIRST <= number < _LAST:
            return False
        week, moment = self._of(number), at - _MONDAY - number * WEEK
        place = bisect_right(week.starts, moment) - 1
        return place >= 0 and moment < week.ends[place]

    def change_after(self, at: Instant) -> Instant | None:
        number = max((at - _MONDAY) // WEEK, _FIRST)
        was = self.is_open(at)
        while number < _LAST:
            week, begin = self._of(number), _MONDAY + number * WEEK
            for edge in week.ends if was else week.starts:
                # A span that goes on in the next week ends there, one of the last week nowhere.
                goes_on = edge == WEEK and (number + 1 == _LAST or self.is_open(begin + WEEK))
                if begin + edge > at and not goes_on:
                    return begin + edge
            number += 1
        return None

    def _of(self, number: int) -> _Week:
        week = self._weeks.get(number)
        if week is None:
            week = self._weeks[number] = self._made(number)
        return week

    def _made(self, number: int) -> _Week:
        """A week, worked out; one without a change of the clock looks like all others with the same holidays."""
        begin = _EPOCH + timedelta(milliseconds=_MONDAY + number * WEEK)
        # A zone is at most 14 hours from UTC: the week touches these days.
        days = [begin.date() + timedelta(days=ahead) for ahead in range(-1, 8)]
        works = tuple(bool(self._spans[day.weekday()]) and not self._off(day) for day in days)
        offset = (begin - timedelta(days=2)).astimezone(self._zone).utcoffset()
        alike = (begin + timedelta(days=9)).astimezone(self._zone).utcoffset() == offset
        week = self._alike.get((offset, works)) if alike else None
        if week is None:
            zero = _MONDAY + number * WEEK
            week = _week([(max(start - zero, 0), min(end - zero, WEEK)) for day, work in zip(days, works, strict=True)
                          if work for start, end in self._of_day(day) if end > zero and start < zero + WEEK])
            if alike:
                self._alike[offset, works] = week
        return week

    def _of_day(self, day: date) -> Iterator[tuple[Instant, Instant]]:
        start = midnight(day)
        for opens, closes in self._spans[day.weekday()]:
            yield (at_wall(start + timedelta(minutes=opens), self._zone),
                   at_wall(start + timedelta(minutes=closes), self._zone))


def make_calendar(calendar: Calendar, local: tzinfo, official: Official | None = None) -> Hours:
    """The hours of a calendar.

    A wall-clock time that daylight saving skips is the moment at which the clock is put forward, one that comes twice
    its first time: hours from 02:00 to 03:00 are none on the day on which the clock is put forward then. A calendar
    without any hour, which the configuration refuses, counts every hour: a promise kept late is better than none.

    Args:
        calendar: as configured, without mistakes.
        local: the zone of one that names none.
        official: the public holidays of a country; None: the library is asked.
    """
    spans = [_spans(calendar.hours.get(day, ())) for day in _DAYS]
    if not any(spans):
        return ROUND_THE_CLOCK
    return _Weekly(calendar.zone or local, spans, days_off(calendar.holidays, official or official_days))


def calendars(settings: TicketSettings, local: tzinfo, official: Official | None = None) -> dict[str, Hours]:
    """All calendars by name, `clock` among them; `official` as in `make_calendar`."""
    made = {name: make_calendar(one, local, official) for name, one in settings.calendars.items()}
    return {CLOCK: ROUND_THE_CLOCK, **made}


def _spans(texts: Sequence[str]) -> list[tuple[int, int]]:
    return sorted(map(read_hours, texts))


def days_off(holidays: Holidays, official: Official) -> Callable[[date], bool]:
    """Whether a day is a holiday. The country's own are looked up when the first day of a year is asked for."""
    dates, but = (set(map(read_date, texts)) for texts in (holidays.dates, holidays.but))
    country, region = holidays.country.strip().upper(), holidays.region.strip()

    def off(day: date) -> bool:
        exact, yearly = (day.year, day.month, day.day), (0, day.month, day.day)
        if exact in but or yearly in but:
            return False
        return exact in dates or yearly in dates or bool(country and day in official(country, region, day.year))

    return off


def read_date(text: str) -> tuple[int, int, int]:
    """Year, month and day of `2026-12-24`; the year is 0 for `12-24`, which is every year's.

    Raises:
        ValueError: it is none; says what is allowed.
    """
    found = re.fullmatch(r"(?:([0-9]{4})-)?([0-9]{2})-([0-9]{2})", text.strip()[:40])
    if found is not None:
        year, month, day = int(found[1] or 0), int(found[2]), int(found[3])
        try:
            # The 29th of February is a holiday of those years that have one.
            date(year if found[1] else 2024, month, day)
        except ValueError:
            pass
        else:
            return year, month, day
    raise ValueError("a date such as 2026-12-24, or 12-24 for every year")


@lru_cache(maxsize=512)
def official_days(country: str, region: str, year: int) -> frozenset[date]:
    """The public holidays of a year; none where the country or its region is not known, which is refused before."""
    import holidays  # noqa: PLC0415 - 12 MiB and 180 ms, only for calendars that name a country

    try:
        return frozenset(getattr(holidays, country)(subdiv=region or None, years=year))
    except (AttributeError, NotImplementedError):
        return frozenset()


_KNOWN: Final = {
    "AT": "1 2 3 4 5 6 7 8 9", "AU": "ACT NSW NT QLD SA TAS VIC WA",
    "BE": "", "CA": "AB BC MB NB NL NS NT NU ON PE QC SK YT",
    "CH": "AG AI AR BE BL BS FR GE GL GR JU LU NE NW OW SG SH SO SZ TG TI UR VD VS ZG ZH",
    "DE": "BB BE BW BY HB HE HH MV NI NW RP SH SL SN ST TH", "DK": "",
    "ES": "AN AR AS CB CL CM CN CT EX GA IB MC MD NC PV RI VC", "FR": "", "GB": "ENG NIR SCT WLS", "IE": "",
    "IT": "", "NL": "", "PL": "", "SE": "",
    "US": "AK AL AR AZ CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH"
          " OK OR PA RI SC SD TN TX UT VA VT WA WI WV WY"}
"""Countries and regions that need no look into the library of holidays: every command reads the configuration, and few
ask for a holiday."""


def _unknown_place(holidays: Holidays) -> tuple[str, str] | None:
    """What is wrong with country and region: the key and a sentence; None: nothing."""
    country, region = holidays.country.strip().upper(), holidays.region.strip()
    if not country:
        return ("region", "a region needs its `country`") if region else None
    if country in _KNOWN and (not region or region in _KNOWN[country].split()):
        return None
    from holidays.registry import EntityLoader  # noqa: PLC0415 - see `official_days`

    known = frozenset(EntityLoader.get_country_codes())
    if country not in known:
        return "country", f"`{holidays.country}` is no country with known holidays; give a code such as DE or US"
    import holidays as library  # noqa: PLC0415

    place = getattr(library, country)
    regions = (*place.subdivisions, *place.subdivisions_aliases)
    if region and region not in regions:
        listed = f"one of {', '.join(place.subdivisions)}" if place.subdivisions else "left out"
        return "region", f"{country} has no region `{holidays.region}`; it must be {listed}"
    return None


def calendar_mistakes(calendar: Calendar) -> Mistakes:
    """What is wrong with a calendar: paths and sentences.

    Spans that are none or overlap, dates that are none, countries and regions that are unknown, and no hour at all.
    """
    before = len(found := list(_span_mistakes(calendar)))
    yield from found
    for name, texts in (("dates", calendar.holidays.dates), ("but", calendar.holidays.but)):
        for number, text in enumerate(texts):
            try:
                read_date(text)
            except ValueError as problem:
                before += 1
                yield ("holidays", name, str(number)), f"it must be {problem}, not `{text}`"
    if place := _unknown_place(calendar.holidays):
        yield ("holidays", place[0]), place[1]
    if not any(calendar.hours.values()):
        yield ("hours",), "at least one day needs hours; for every hour, use the calendar `clock`"
    elif not before and _never_open(calendar):
        yield ("holidays", "dates"), "these are all days that have hours; at least some must remain"


def _span_mistakes(calendar: Calendar) -> Mistakes:
    for day, texts in calendar.hours.items():
        spans = []
        for number, text in enumerate(texts):
            try:
                spans.append((read_hours(text), number))
            except ValueError as problem:
                yield ("hours", day, str(number)), f"it must be {problem}, not `{text}`"
        for (one, _), (two, number) in pairwise(sorted(spans)):
            if two[0] < one[1]:
                yield ("hours", day, str(number)), f"`{texts[number]}` overlaps with another span of that day"


def _never_open(calendar: Calendar) -> bool:
    """Whether the dates of every year leave no day with hours: a year has 52 of each day of the week at least."""
    if len(calendar.holidays.dates) < 52:
        return False
    dates = type(calendar.holidays)(dates=calendar.holidays.dates, but=calendar.holidays.but)
    off = days_off(dates, official_days)
    first = date(2024, 1, 1)
    # After 28 years each date has been on each day of the week.
    days = (first + timedelta(days=ahead) for ahead in range(28 * 366))
    return not any(calendar.hours.get(_DAYS[day.weekday()]) and not off(day) for day in days)
