"""When jobs are due: pure rules over moments in time.

Beats are calculated from an anchor, never from the last run: `Every` from the epoch, lines from the calendar. A line
that names hours runs once for each time that it names: in the hour that daylight saving skips at the end of the gap,
in the one that it repeats the first time. A line for every hour follows what the clock on the wall shows, so it runs
in both of the repeated hours and not in the skipped one.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from opsconsole.core.clock import DAY, HOUR, MINUTE, SECOND, Instant
from opsconsole.core.jobs import CatchUp, Due, Every, Line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

MOST_CAUGHT_UP = 100
"""Runs of a job that wants each of them; more than that would keep it busy with the past."""
PUT_BACK = 3 * HOUR
"""A clock that was put back by less repeats no calendar line, as cron(8) does it on Debian."""
LATE = MINUTE
"""A run that is late by less than this, and by less than its interval, is not missed."""
LONGEST_BACKOFF = HOUR
_COUNTED = 2_000
_RECENT = (HOUR, DAY, 40 * DAY)
_ALL_HOURS = frozenset(range(24))
_ALLOWED = "a cron line of five fields such as `30 2 * * *` or a systemd calendar expression such as `Mon *-*-* 02:30`"


class Rhythm(Protocol):
    """Beats in time."""

    step: int
    """Milliseconds between two beats, or an idea of it; what lateness and backoff are measured with."""

    def after(self, moment: Instant) -> Instant | None:
        """The first beat later than `moment`; None when there is none."""

    def between(self, start: Instant, end: Instant) -> tuple[int, list[Instant]]:
        """How many beats are in (start, end], as far as they are counted, and the latest of them, oldest first."""

    def known(self, last: Instant, now: Instant) -> Instant:
        """From when on beats count: `last`, unless the clock was put back so far that waiting for it is wrong."""


class Interval:
    """Multiples of a length of time since the epoch; a `Rhythm`."""

    def __init__(self, seconds: float) -> None:
        self.step = max(1, round(seconds * 1000))

    def after(self, moment: Instant) -> Instant:
        """See `Rhythm.after`."""
        return (moment // self.step + 1) * self.step

    def between(self, start: Instant, end: Instant) -> tuple[int, list[Instant]]:
        """See `Rhythm.between`."""
        last = end // self.step
        count = max(0, last - start // self.step)
        return count, [number * self.step for number in range(last - min(count, MOST_CAUGHT_UP) + 1, last + 1)]

    def known(self, last: Instant, now: Instant) -> Instant:
        """See `Rhythm.known`."""
        return last if last - now <= self.step else now


class Calendar:
    """A cron line or a systemd calendar expression; a `Rhythm`.

    Args:
        line: the text, and the zone that it is read in; a zone at the end of a systemd expression comes first.

    Raises:
        ValueError: it is neither, or there is no such zone; the sentence says what is allowed.
    """

    step = MINUTE

    def __init__(self, line: Line) -> None:
        self._zone = zone(line.zone)
        words = line.text.split()
        self._cron = len(words) == 5 and ":" not in line.text
        if len(words) > 1 and not self._cron and words[-1][0].isalpha():
            try:
                self._zone = zone(words[-1])
            except ValueError:
                pass  # the end of a date or a mistake; the parser says which
            else:
                words.pop()
        self._text = " ".join(words)
        self._every_hour = set(self._readings(datetime(2000, 1, 1)).hours) >= _ALL_HOURS  # noqa: DTZ001 - a reading

    def after(self, moment: Instant) -> Instant | None:
        """See `Rhythm.after`."""
        return next(self._beats(moment), None)

    def between(self, start: Instant, end: Instant) -> tuple[int, list[Instant]]:
        """See `Rhythm.between`; of very many, those of the latest time are looked at."""
        found = self._list(start, end)
        count = len(found)
        if count == _COUNTED:
            recent = (self._list(max(start, end - span), end, 10 * _COUNTED) for span in _RECENT)
            found = next(filter(None, recent), found)
        return count, found[-MOST_CAUGHT_UP:]

    def known(self, last: Instant, now: Instant) -> Instant:
        """See `Rhythm.known`."""
        return last if last - now <= PUT_BACK else now

    def _list(self, start: Instant, end: Instant, most: int = _COUNTED) -> list[Instant]:
        return list(islice(takewhile(lambda beat: beat <= end, self._beats(start)), most))

    def _beats(self, moment: Instant) -> Iterator[Instant]:
        return self._follow(moment) if self._every_hour else self._name(moment)

    def _name(self, moment: Instant) -> Iterator[Instant]:
        """For lines that name hours: each reading of the wall clock that it names, once."""
        for reading in self._readings(_wall(moment, self._zone)):
            beat = _first(reading, self._zone)
            if beat > moment:
                yield beat
                moment = beat

    def _follow(self, moment: Instant) -> Iterator[Instant]:
        """For lines of every hour: whenever the wall clock shows it."""
        reading = _wall(moment, self._zone)
        while True:
            offset = _offset(moment, self._zone)
            change: Instant | None = None
            for found in self._readings(reading):
                beat = _moment(found.replace(tzinfo=UTC)) - offset
                change = _change(moment, beat, self._zone)
                if change is not None:
                    break
                yield beat
                moment = beat
            if change is None:
                return
            moment, reading = change, _wall(change, self._zone) - timedelta(seconds=1)

    def _readings(self, start: datetime) -> Any:
        """An iterator over what the wall clock will show, later than `start`; both without a zone."""
        if self._cron:
            from cronsim import CronSim, CronSimError  # noqa: PLC0415 - most jobs have an interval

            try:
                return CronSim(self._text, start)
            except CronSimError as error:
                raise ValueError(f"{_ALLOWED} ({error})") from error
        from oncalendar import BaseIterator, OnCalendarError  # noqa: PLC0415 - as above

        try:
            return BaseIterator(self._text, start)
        except (OnCalendarError, ValueError, IndexError) as error:
            raise ValueError(f"{_ALLOWED} ({error})") from error


def rhythm(schedule: Every | Line) -> Rhythm:
    """The beats of a schedule.

    Raises:
        ValueError: the line cannot be read.
    """
    return Interval(schedule.seconds) if isinstance(schedule, Every) else Calendar(schedule)


class Plan(NamedTuple):
    """What is to be done with a job now."""

    runs: tuple[Due, ...]
    """Oldest first."""
    missed: int
    """Beats that passed and are not made up for."""
    last: Instant
    """The latest beat that has been dealt with."""
    next: Instant | None
    """The next beat; None when there is none."""


def plan(beats: Rhythm, last: Instant, now: Instant, catch_up: CatchUp, *, late: int = LATE) -> Plan:
    """What has become due since `last`, and what of it is run.

    Args:
        beats: when it is due.
        last: the latest beat that was dealt with.
        now: the time of day; it may have been put back since.
        catch_up: what happens to beats that are past.
        late: milliseconds by which a beat may be late and still is not missed.
    """
    last = beats.known(last, now)
    count, passed = beats.between(last, now)
    following = beats.after(max(last, now))
    if not passed:
        return Plan((), 0, last, following)
    late = min(late, beats.step) if late else 0
    if catch_up is CatchUp.ALL:
        chosen = passed
    else:
        chosen = passed[-1:] if catch_up is CatchUp.LATEST or now - passed[-1] <= late else []
    runs = tuple(Due(beat, caught_up=now - beat > late) for beat in chosen)
    return Plan(runs, count - len(chosen), passed[-1], following)


def backoff(failures: int, step: int) -> int:
    """Milliseconds from when a job was due that failed, until it may run again.

    Args:
        failures: in a row; at least 1.
        step: milliseconds between two beats.
    """
    return max(step, min(LONGEST_BACKOFF, step * int(2 ** min(failures - 1, 40))))


def jitter(host: str, name: str, most: float) -> int:
    """Milliseconds, less than `most` seconds, by which this job's runs are put off on this host; always the same."""
    digest = hashlib.blake2b(f"{host}\0{name}".encode("utf-8", "backslashreplace"), digest_size=8).digest()
    return int(most * 1000 * int.from_bytes(digest, "big") / 2**64)


def zone(name: str) -> tzinfo | None:
    """The zone of that name; None, the machine's own, for an empty one.

    Raises:
        ValueError: there is none.
    """
    if not name:
        return None
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - costs 10 ms, and most jobs have an interval

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"there is no time zone `{name}`; it is a name such as Europe/Berlin") from None


def _wall(moment: Instant, place: tzinfo | None) -> datetime:
    """What the wall clock shows, whole seconds, without a zone."""
    return datetime.fromtimestamp(moment // SECOND, place).replace(tzinfo=None, fold=0)


def _moment(reading: datetime) -> Instant:
    return round(reading.timestamp()) * SECOND


def _offset(moment: Instant, place: tzinfo | None) -> int:
    """Milliseconds by which the wall clock is ahead of UTC."""
    offset = datetime.fromtimestamp(moment // SECOND, UTC).astimezone(place).utcoffset()
    return round(offset.total_seconds()) * SECOND if offset is not None else 0


def _first(reading: datetime, place: tzinfo | None) -> Instant:
    """When the wall clock shows this for the first time; where it never does, when it jumps over it."""
    moment = _moment(reading.replace(tzinfo=place, fold=0))
    if _wall(moment, place) == reading:
        return moment
    change = _change(_moment(reading.replace(tzinfo=place, fold=1)), moment, place)
    return moment if change is None else change


def _change(start: Instant, end: Instant, place: tzinfo | None) -> Instant | None:
    """The first moment in (start, end] with another offset than `start` has; whole seconds."""
    before, low = _offset(start, place), start // SECOND * SECOND
    while low < end:
        high = min(low + DAY, end)
        if _offset(high, place) != before:
            while high - low > SECOND:
                middle = (low + high) // 2 // SECOND * SECOND
                if _offset(middle, place) == before:
                    low = middle
                else:
                    high = middle
            return high // SECOND * SECOND
        low = high
    return None
