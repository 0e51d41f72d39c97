"""When checklists are due; pure.

The calendar gives dates, holidays move them, the wall clock of the zone makes instants of them. Dates are calculated
from the anchor and never counted through from there, so a span ten years ahead costs no more than tomorrow.

A time that daylight saving skips means the moment at which the clock is put forward, one that comes twice its first
time; so each date has its occurrence, and has it once. Cron lines are read alike, lines for every hour too.
"""

from __future__ import annotations

import calendar
from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.checklists.model import Holiday, Mode
from opsconsole.checklists.template.when import read_day, read_on
from opsconsole.core.clock import DAY, SECOND, Instant, instant, utc
from opsconsole.core.walltime import at_wall, midnight, wall_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence

    from opsconsole.checklists.template import When
    from opsconsole.core.units import Duration

    Working = Callable[[date], bool]
    """Whether people are at work on a date."""

FURTHEST: Final = 366
"""Days within which a working day is looked for; where there is none, an occurrence stays on its date."""
HORIZON: Final = 12 * 366
"""Days within which the next occurrence is looked for, and as many intervals of the longest kind: there are eight years
without a 29th of February."""
_FIRST: Final = instant(datetime(1900, 1, 1, tzinfo=UTC))
_LAST: Final = instant(datetime(9000, 1, 1, tzinfo=UTC))
"""Clocks beyond these are wrong, and dates end soon after."""
_BASE: Final = date.min
"""What intervals are counted from without an anchor; a Monday, the first of a month and of a year."""
_MONTHS: Final = {Mode.MONTH: 1, Mode.QUARTER: 3, Mode.YEAR: 12}
_WEEKDAY, _ANY_DAY = 7, 8


class Occurrence(NamedTuple):
    """Once that a checklist is due."""

    name: str
    """Unique within the checklist: its date `2027-01-04`, with a time where there may be several on a day."""
    day: date
    """The local date for which it is due."""
    opens: Instant
    due: Instant
    late: Instant
    missed: Instant


def every_day(day: date) -> bool:  # noqa: ARG001 - all are
    """Where no calendar says otherwise, people are at work on each day."""
    return True


class Recurrence:
    """When a checklist is due, over and over.

    A month, quarter or year without days means the first day of the month. Intervals are counted from the anchor's own
    day, weekday, ISO week, month, quarter or year. Anchor and end bound the dates of the calendar: one that a holiday
    moves may come to lie a few days outside.

    Args:
        when: what the template says, without mistakes.
        zone: the zone of one that names none.
        holiday: what becomes of a date on which nobody is at work. Those that are moved to the same date become one.
        working: whether people are at work on a date.
    """

    def __init__(self, when: When, zone: tzinfo, holiday: Holiday = Holiday.RUN,
                 working: Working = every_day) -> None:
        self.when = when
        self.zone = when.zone or zone
        self._holiday, self._working = holiday, working
        self._times: Sequence[int] = _times(when.cron) if when.every is Mode.CRON else (int(when.at),)

    def between(self, start: Instant, end: Instant) -> Iterator[Occurrence]:
        """Those that are due from `start` on and before `end`, in their order.

        None for those by completion, see `following`, and for those on demand.
        """
        start, end = max(start, _FIRST), min(end, _LAST)
        if start >= end or self.when.every in (Mode.COMPLETION, Mode.DEMAND):
            return
        # A time that is skipped at the end of a day is due on the next one.
        first, last = (wall_of(at, self.zone).date() + timedelta(days=more) for at, more in ((start, -1), (end, 1)))
        latest = None
        for day in self._dates(first, last):
            for due in self._dues(day, start):
                if due >= end:
                    return
                if due >= start and due != latest:
                    latest = due
                    yield self._made(day, due)

    def latest(self, start: Instant, end: Instant, most: int) -> list[Occurrence]:
        """Those of `between`; of more than `most` the newest."""
        start, width = max(start, _FIRST), 2 * DAY
        while True:
            begin = max(start, end - width)
            found = list(self.between(begin, end))
            if len(found) >= most or begin == start:
                return found[-most:]
            width *= 8

    def after(self, moment: Instant) -> Occurrence | None:
        """The next one that is due later than a moment; None: none within `HORIZON`, or none by the calendar."""
        start = moment + 1
        if self.when.anchor:
            start = max(start, at_wall(midnight(date.fromisoformat(self.when.anchor)), self.zone) - FURTHEST * DAY)
        end = start + (HORIZON + self.when.interval * FURTHEST) * DAY
        width = 40 * DAY
        # Step by step, so that no calendar is asked for years that do not matter.
        while start < end:
            stop = min(start + width, end)
            found = next(self.between(start, stop), None)
            if found is not None:
                return found
            start, width = stop, 8 * width
        return None

    def following(self, ended: Instant | None, seen: Instant, taken: Container[str] = ()) -> Occurrence | None:
        """The one after a run, for those by completion; None: there is none any more, or it is not by completion.

        It opens when it is due. A holiday rule, whichever it is, moves it to the next working day: it is due some time
        after the last one, so neither before that nor never.

        Args:
            ended: when the last run ended, done or not; None: there was none.
            seen: when the checklist was first seen: then it is due for the first time.
            taken: the names of runs that there are; several may end on a day.
        """
        when = self.when
        if when.every is not Mode.COMPLETION or when.after is None:
            return None
        due = seen if ended is None else ended + _ms(when.after)
        day = wall_of(due, self.zone).date()
        if when.anchor and day < (anchor := date.fromisoformat(when.anchor)):
            day, due = anchor, at_wall(midnight(anchor) + timedelta(minutes=when.at), self.zone)
        if when.until and day > date.fromisoformat(when.until):
            return None
        if self._holiday is not Holiday.RUN and not self._working(day):
            moved = self._nearest(day, 1)
            due = at_wall(wall_of(due, self.zone) + (moved - day), self.zone)
        return self._completed(due, taken)

    def _completed(self, due: Instant, taken: Container[str]) -> Occurrence:
        wall = wall_of(due, self.zone)
        names = (wall.date().isoformat(), wall.isoformat(timespec="minutes"), wall.isoformat(timespec="seconds"))
        name = next((name for name in names if name not in taken), utc(due).isoformat())
        return self._made(wall.date(), due)._replace(name=name, opens=due)

    def _made(self, day: date, due: Instant) -> Occurrence:
        name = day.isoformat()
        if len(self._times) > 1:
            wall = wall_of(due, self.zone)
            day, name = wall.date(), wall.isoformat(timespec="minutes")
        when = self.when
        return Occurrence(name, day, due - _ms(when.opens), due, due + _ms(when.late), due + _ms(when.missed))

    def _dues(self, day: date, start: Instant) -> Iterator[Instant]:
        """The instants of a date, in their order; those before `start` are left out where there are many."""
        def due(minutes: int) -> Instant:
            return at_wall(midnight(day) + timedelta(minutes=minutes), self.zone)

        several = len(self._times) > 1
        for minutes in self._times[bisect_left(self._times, start, key=due):] if several else self._times:
            yield due(minutes)

    def _dates(self, first: date, last: date) -> Iterator[date]:
        """The dates from `first` to `last` on which it is due, each once, in their order."""
        # Dates outside may be moved into the span over the days off at its edges.
        begin = self._edge(first, -1) if self._holiday is Holiday.AFTER else first
        end = self._edge(last, 1) if self._holiday is Holiday.BEFORE else last
        latest = None
        for planned in _planned(self.when, begin, end):
            moved = self._moved(planned)
            if moved is None:
                continue
            day = self._existing(moved)
            if first <= day <= last and day != latest:
                latest = day
                yield day

    def _edge(self, day: date, step: int) -> date:
        """The furthest date, in a direction, from which an occurrence may be moved to `day`."""
        for _ in range(FURTHEST):
            if self._working(day + timedelta(days=step)):
                break
            day += timedelta(days=step)
        return day

    def _moved(self, day: date) -> date | None:
        """What holidays make of a date; None: it is left out."""
        if self._holiday is Holiday.RUN or self._working(day):
            return day
        if self._holiday is Holiday.SKIP:
            return None
        return self._nearest(day, -1 if self._holiday is Holiday.BEFORE else 1)

    def _nearest(self, day: date, step: int) -> date:
        days = (day + timedelta(days=step * ahead) for ahead in range(1, FURTHEST + 1))
        return next(filter(self._working, days), day)

    def _existing(self, day: date) -> date:
        """The date itself; the one after it where the zone left it out, as Samoa did on 30 December 2011."""
        return wall_of(at_wall(midnight(day), self.zone), self.zone).date()


def _ms(length: Duration) -> int:
    return round(length * SECOND)


def _planned(when: When, first: date, last: date) -> Iterator[date]:
    """The dates of the calendar from `first` to `last`, in their order, without a thought of holidays."""
    base = date.fromisoformat(when.anchor) if when.anchor else _BASE
    first = max(first, base)
    if when.until:
        last = min(last, date.fromisoformat(when.until))
    if when.every in _MONTHS:
        return _of_months(when, base, first, last)
    if when.every is Mode.WEEK:
        return _of_weeks(when, base, first, last)
    if when.every is Mode.WEEKDAY:
        return _weekdays(when.interval, base, first, last)
    if when.every is Mode.CRON:
        return _of_line(when.cron, first, last)
    ordinals = range(_aligned(first.toordinal(), base.toordinal(), when.interval), last.toordinal() + 1, when.interval)
    return map(date.fromordinal, ordinals)


def _aligned(first: int, base: int, step: int) -> int:
    """The first number from `first` on that is some steps away from `base`."""
    return first + (base - first) % step


def _weekdays(interval: int, base: date, first: date, last: date) -> Iterator[date]:
    # The first of January of the year 1, whose ordinal is 1, was a Monday.
    week, day = divmod(base.toordinal() - 1, 7)
    counted = 5 * week + min(day, 5)
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        week, day = divmod(ordinal - 1, 7)
        if day < 5 and (5 * week + day - counted) % interval == 0:
            yield date.fromordinal(ordinal)


def _of_weeks(when: When, base: date, first: date, last: date) -> Iterator[date]:
    days = sorted(set(map(read_day, when.on)))
    one, two = first.toordinal(), last.toordinal()
    for week in range(_aligned((one - 1) // 7, (base.toordinal() - 1) // 7, when.interval), (two - 1) // 7 + 1,
                      when.interval):
        for ordinal in (7 * week + 1 + day for day in days):
            if one <= ordinal <= two:
                yield date.fromordinal(ordinal)


def _of_months(when: When, base: date, first: date, last: date) -> Iterator[date]:
    length = _MONTHS[when.every]
    months = sorted(set(when.months)) if when.months and length > 1 else [1]
    days = [read_on(text) for text in when.on or ("1",)]
    one, two, anchor = ((12 * day.year + day.month - 1) // length for day in (first, last, base))
    for period in range(_aligned(one, anchor, when.interval), two + 1, when.interval):
        for number in (period * length + month - 1 for month in months):
            year, month = number // 12, number % 12 + 1
            for day in sorted({_day_of(year, month, on) for on in days}):
                if first <= (found := date(year, month, day)) <= last:
                    yield found


def _day_of(year: int, month: int, on: int | tuple[int, int]) -> int:
    """The day of a month that `read_on` means."""
    before, length = calendar.monthrange(year, month)
    if isinstance(on, int):
        return min(on, length)
    which, kind = on
    fitting = [day for day in range(1, length + 1)
               if kind == _ANY_DAY or (weekday := (before + day - 1) % 7) == kind or (kind == _WEEKDAY and weekday < 5)]
    return fitting[which - 1 if which > 0 else which]


def _of_line(line: str, first: date, last: date) -> Iterator[date]:
    """The dates that a cron line names; its times are the same on each."""
    from cronsim import CronSim  # noqa: PLC0415 - few have a line

    for reading in CronSim(" ".join(("0 0", *line.split()[2:])), midnight(first) - timedelta(seconds=1)):
        if reading.date() > last:
            return
        yield reading.date()


def _times(line: str) -> list[int]:
    """The times of day of a cron line, in minutes after midnight."""
    from cronsim import CronSim  # noqa: PLC0415 - as above

    read = CronSim(line, midnight(_BASE))
    return sorted(60 * hour + minute for hour in read.hours for minute in read.minutes)
