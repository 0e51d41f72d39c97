"""When checklists are due: against another library, through changes of the clock, and what holds of each rule."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.checklists.model import Holiday
from opsconsole.checklists.recurrence import Recurrence
from opsconsole.core.clock import DAY, HOUR, MINUTE, Instant, utc
from opsconsole.core.walltime import at_wall, midnight, wall_of
from tests.checklists.due import BERLIN, LORD_HOWE, NEW_YORK, names, rule

ZONES = st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, *map(ZoneInfo, (
    "UTC", "Asia/Kathmandu", "Pacific/Apia", "America/Nuuk", "America/Sao_Paulo", "Africa/Casablanca"))])
DATES = st.dates(date(2005, 1, 1), date(2040, 12, 31))
INTERVALS = st.integers(1, 12)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
WORDS = st.sampled_from([f"{which} {day}" for which in ORDINALS for day in (*DAYS, "weekday", "day")])
ON = st.lists(st.one_of(st.integers(1, 31).map(str), WORDS), max_size=4).map(tuple)
WEEKLY = st.lists(st.sampled_from(DAYS), min_size=1, max_size=7, unique=True).map(tuple)
TIMES = st.sampled_from(["00:00", "02:00", "02:30", "03:00", "09:00", "23:30", "23:59"])
LINES = st.sampled_from(["30 7 * * 1-5", "0 * * * *", "*/20 1-3 * * *", "0 0 L * *", "15 2 29 2 *", "0 22 * * fri#2",
                         "0,30 23 1,31 * *"])


def keys_of(every: str) -> st.SearchStrategy[dict[str, Any]]:
    """What else a rule can say."""
    some: dict[str, st.SearchStrategy[Any]] = {"at": TIMES, "anchor": DATES.map(str)}
    if every == "cron":
        return st.fixed_dictionaries({**some, "cron": LINES})
    some["interval"] = INTERVALS
    if every == "week":
        some["on"] = WEEKLY
    if every in ("month", "quarter", "year"):
        some["on"] = ON
    if every in ("quarter", "year"):
        some["months"] = st.lists(st.integers(1, 3 if every == "quarter" else 12), max_size=3).map(tuple)
    return st.fixed_dictionaries(some)


def rules(*modes: str) -> st.SearchStrategy[Recurrence]:
    """Any rule of these kinds, with holidays that come in rows."""
    def working(seed: int, share: int) -> Any:
        return lambda day: (day.toordinal() * 2_654_435_761 + seed) // 64 % 10 >= share

    return st.sampled_from(modes).flatmap(lambda every: st.builds(
        lambda keys, tz, holiday, seed, off: rule(every, tz=tz, holiday=holiday, working=working(seed, off), **keys),
        keys_of(every), ZONES, st.sampled_from(Holiday), st.integers(0, 999), st.integers(0, 8)))


ALL = rules("day", "weekday", "week", "month", "quarter", "year", "cron")


def day_by_day(every: str, on: str, day: date) -> bool:
    """Whether `on` means a day of its month, by looking at each day of it: the definition."""
    month = [day.replace(day=number) for number in range(1, 32) if (number == 1 or _is(day, number))]
    if on.isdecimal():
        return day == month[min(int(on), len(month)) - 1]
    which, name = on.split()
    fitting = [one for one in month if name == "day" or (name == "weekday" and one.weekday() < 5)
               or name == DAYS[one.weekday()]]
    return day == fitting[ORDINALS[which] - 1 if which != "last" else -1]


def _is(day: date, number: int) -> bool:
    try:
        day.replace(day=number)
    except ValueError:
        return False
    return True


def by_dateutil(every: str, keys: dict[str, Any], first: date, last: date) -> list[str]:
    """The same by dateutil, for what it can say."""
    anchor = date.fromisoformat(keys["anchor"])
    interval = keys["interval"]
    weekdays = {name: number for number, name in enumerate(DAYS)}
    found: set[date] = set()
    if every == "day":
        found.update(_dates(first, last, rrule.DAILY, anchor, interval))
    elif every == "week":
        monday = anchor - timedelta(days=anchor.weekday())
        found.update(_dates(first, last, rrule.WEEKLY, monday, interval, byweekday=[weekdays[on] for on in keys["on"]]))
    else:
        size = {"month": 1, "quarter": 3, "year": 12}[every]
        begin = anchor.replace(day=1, month=(anchor.month - 1) // size * size + 1)
        for on in keys["on"] or ("1",):
            for month in sorted(set(keys.get("months") or (1,))):
                start = begin.replace(month=begin.month + month - 1)
                how: dict[str, Any]
                if on.isdecimal():
                    # The last of those days that a month has.
                    how = {"bymonthday": range(min(28, int(on)), int(on) + 1), "bysetpos": -1}
                else:
                    which, name = on.split()
                    days = range(5) if name == "weekday" else range(7) if name == "day" else [weekdays[name]]
                    how = {"byweekday": list(days), "bysetpos": ORDINALS[which]}
                found.update(_dates(first, last, rrule.MONTHLY, start, interval * size, **how))
    return [str(day) for day in sorted(found) if max(first, anchor) <= day <= last]


def _dates(first: date, last: date, kind: Any, start: date, interval: int, **how: Any) -> list[date]:
    found = rrule.rrule(kind, midnight(start), interval=interval, **how)
    return [one.date() for one in found.between(midnight(first), midnight(last), inc=True)]


@given(st.sampled_from(["day", "week", "month", "quarter", "year"]).flatmap(
    lambda every: st.tuples(st.just(every), keys_of(every))), DATES, st.integers(0, 900))
@settings(max_examples=250, deadline=None)
def test_the_dates_are_those_of_dateutil(kind: tuple[str, dict[str, Any]], first: date, length: int) -> None:
    every, keys = kind
    last = first + timedelta(days=length)
    assert names(rule(every, **keys), str(first), str(last)) == by_dateutil(every, keys, first, last)


@given(DATES, st.integers(0, 60))
def test_weekdays_are_those_of_dateutil(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    assert names(rule("weekday"), str(first), str(last)) == [
        str(day) for day in _dates(first, last, rrule.DAILY, first, 1, byweekday=range(5))]


@given(ON.filter(bool), DATES)
def test_days_of_a_month_are_what_the_words_say(on: tuple[str, ...], first: date) -> None:
    last = first + timedelta(days=62)
    days = (first + timedelta(days=ahead) for ahead in range(63))
    assert names(rule("month", on=on), str(first), str(last)) == [
        str(day) for day in days if any(day_by_day("month", one, day) for one in on)]


@given(DATES, INTERVALS, DATES)
def test_every_so_many_weekdays(anchor: date, interval: int, first: date) -> None:
    from itertools import islice

    every = rule("weekday", interval=interval, anchor=str(anchor))
    plain = rule("weekday", anchor=str(anchor))
    start = at_wall(midnight(anchor), BERLIN)
    end = start + 120 * DAY
    assert list(every.between(start, end)) == list(islice(plain.between(start, end), 0, None, interval))


@given(ALL, DATES, st.integers(0, 500 * 24), st.integers(0, 500 * 24))
@settings(max_examples=300, deadline=None)
def test_what_holds_of_each_rule(every: Recurrence, first: date, hours: int, split: int) -> None:
    start = at_wall(midnight(first), BERLIN)
    end = start + hours * HOUR
    found = list(every.between(start, end))
    dues = [one.due for one in found]
    assert all(one < two for one, two in pairwise(dues))
    assert len({one.name for one in found}) == len(found)
    assert all(start <= due < end for due in dues)
    assert all(one.opens <= one.due < one.late < one.missed for one in found)
    middle = start + min(split, hours) * HOUR
    assert list(every.between(start, middle)) + list(every.between(middle, end)) == found
    assert every.latest(start, end, 3) == found[-3:]
    if found:
        assert every.after(start - 1) == found[0]
        assert every.after(found[0].due - 1) == found[0]
        # As an instant itself is a span.
        assert list(every.between(found[-1].due, found[-1].due + 1)) == found[-1:]


@given(ALL, DATES)
@settings(max_examples=100, deadline=None)
def test_nothing_is_due_on_a_day_off_if_it_can_be_moved(every: Recurrence, first: date) -> None:
    start = at_wall(midnight(first), BERLIN)
    plain = Recurrence(every.when, every.zone)
    found, planned = ({one.day for one in each.between(start, start + 200 * DAY)} for each in (every, plain))
    if every._holiday is Holiday.RUN:
        assert found == planned
    elif every._holiday is Holiday.SKIP:
        assert found == {day for day in planned if every._working(day)}
    elif every.zone.key != "Pacific/Apia":  # type: ignore[attr-defined]
        assert all(every._working(day) for day in found)
        assert found >= {day for day in planned if every._working(day)}


@given(ALL, st.sampled_from(["2027-03-14", "2027-03-28", "2027-04-04", "2027-10-03", "2027-10-31", "2027-11-07",
                             "2011-12-30", "2018-02-18", "2018-11-04"]))
@settings(max_examples=150, deadline=None)
def test_no_change_of_the_clock_makes_or_loses_an_occurrence(every: Recurrence, change: str) -> None:
    first, last = (date.fromisoformat(change) + timedelta(days=days) for days in (-3, 3))
    plain = Recurrence(every.when, ZoneInfo("UTC"), every._holiday, every._working)
    if every.when.zone is None and len(every._times) == 1 and every.zone.key != "Pacific/Apia":  # type: ignore[attr-defined]
        start, end = midnight(first), midnight(last)
        here, there = ([(one.day, one.name) for one in each.between(at_wall(start, each.zone), at_wall(end, each.zone))]
                       for each in (every, plain))
        assert here == there


def walls(every: str, tz: ZoneInfo, start: str, end: str, **keys: Any) -> list[str]:
    """The due times in UTC, with the offset of the wall clock."""
    moments = (at_wall(datetime.fromisoformat(text), tz) for text in (start, end))
    return [one.name + _utc(one.due) for one in rule(every, tz=tz, **keys).between(*moments)]


def _utc(due: Instant) -> str:
    return f" {utc(due):%H:%MZ}"


@pytest.mark.parametrize(("tz", "at", "first", "found"), [
    # Put forward: what is skipped is due when the clock is put forward.
    (BERLIN, "02:30", "2027-03-27", ["01:30Z", "01:00Z", "00:30Z"]),
    (BERLIN, "02:00", "2027-03-27", ["01:00Z", "01:00Z", "00:00Z"]),
    (BERLIN, "03:00", "2027-03-27", ["02:00Z", "01:00Z", "01:00Z"]),
    (NEW_YORK, "02:30", "2027-03-13", ["07:30Z", "07:00Z", "06:30Z"]),
    (LORD_HOWE, "02:15", "2027-10-02", ["15:45Z", "15:30Z", "15:15Z"]),
    # Put back: what comes twice is due the first time.
    (BERLIN, "02:30", "2027-10-30", ["00:30Z", "00:30Z", "01:30Z"]),
    (NEW_YORK, "01:30", "2027-11-06", ["05:30Z", "05:30Z", "06:30Z"]),
    (LORD_HOWE, "01:45", "2027-04-03", ["14:45Z", "14:45Z", "15:15Z"]),
])
def test_each_day_has_its_occurrence_when_the_clock_is_changed(tz: ZoneInfo, at: str, first: str,
                                                               found: list[str]) -> None:
    days = [date.fromisoformat(first) + timedelta(days=ahead) for ahead in range(4)]
    assert walls("day", tz, f"{days[0]} 00:00", f"{days[3]} 00:00", at=at) == [
        f"{day} {time}" for day, time in zip(days, found, strict=False)]


def test_a_line_of_every_half_hour_when_the_clock_is_changed() -> None:
    half = {"cron": "*/30 * * * *"}
    assert walls("cron", BERLIN, "2027-03-28 01:00", "2027-03-28 04:00", **half) == [
        "2027-03-28T01:00 00:00Z", "2027-03-28T01:30 00:30Z", "2027-03-28T03:00 01:00Z", "2027-03-28T03:30 01:30Z"]
    assert walls("cron", BERLIN, "2027-10-31 01:30", "2027-10-31 03:30", **half) == [
        "2027-10-31T01:30 23:30Z", "2027-10-31T02:00 00:00Z", "2027-10-31T02:30 00:30Z", "2027-10-31T03:00 02:00Z"]
    assert walls("cron", LORD_HOWE, "2027-10-03 01:30", "2027-10-03 03:00", **half) == [
        "2027-10-03T01:30 15:00Z", "2027-10-03T02:30 15:30Z"]


def test_the_last_hour_of_a_day_that_is_skipped_is_due_at_midnight() -> None:
    nuuk = ZoneInfo("America/Nuuk")
    found = list(rule("day", tz=nuuk, at="23:30").between(
        *(at_wall(datetime.fromisoformat(text), nuuk) for text in ("2027-03-27 12:00", "2027-03-29 12:00"))))
    assert [one.name for one in found] == ["2027-03-27", "2027-03-28"]
    assert f"{wall_of(found[0].due, nuuk)}" == "2027-03-28 00:00:00"


@given(DATES, st.integers(0, 40))
def test_after_completion_the_next_is_due_so_much_later(ended: date, minutes: int) -> None:
    at = at_wall(midnight(ended), BERLIN) + minutes * 97 * MINUTE
    one = rule("completion", after="36h").following(at, 0)
    assert one is not None
    assert (one.due - at, one.opens, one.name) == (36 * HOUR, one.due, str(wall_of(one.due, BERLIN).date()))
