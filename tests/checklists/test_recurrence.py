"""When checklists are due: by the calendar, through holidays, by cron lines, after they were done."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from opsconsole.checklists.model import Holiday
from opsconsole.checklists.recurrence import FURTHEST, Occurrence
from opsconsole.core.clock import DAY, HOUR, MINUTE, Instant
from opsconsole.core.walltime import at_wall, midnight, wall_of
from tests.checklists.due import BERLIN, NEW_YORK, moment, names, rule, shown

CHRISTMAS = ("2026-12-24", "2026-12-25", "2026-12-26", "2026-12-27")


def test_an_occurrence_says_when_it_opens_and_when_it_is_late_and_missed() -> None:
    daily = rule("day", at="08:15", opens="1h", late="15m", missed="4h")
    due = moment("2027-01-04 08:15")
    assert list(daily.between(due, due + 1)) == [
        Occurrence("2027-01-04", date(2027, 1, 4), due - HOUR, due, due + 15 * MINUTE, due + 4 * HOUR)]
    assert list(daily.between(due + 1, due + DAY)) == []
    assert list(daily.between(due, due)) == []
    assert list(daily.between(due + DAY, due)) == []


@pytest.mark.parametrize(("every", "keys", "first", "last", "found"), [
    ("day", {}, "2027-01-30", "2027-02-01", "01-30 01-31 02-01"),
    ("day", {"interval": 3, "anchor": "2027-01-04"}, "2027-01-01", "2027-01-13", "01-04 01-07 01-10 01-13"),
    ("weekday", {}, "2027-01-01", "2027-01-05", "01-01 01-04 01-05"),
    ("weekday", {"interval": 2, "anchor": "2027-01-07"}, "2027-01-01", "2027-01-15", "01-07 01-11 01-13 01-15"),
    ("weekday", {"interval": 2, "anchor": "2027-01-09"}, "2027-01-01", "2027-01-15", "01-11 01-13 01-15"),
    ("week", {"on": ["fri", "Monday"]}, "2027-01-04", "2027-01-11", "01-04 01-08 01-11"),
    # The anchor's ISO week counts, from Monday, whichever day the anchor is.
    ("week", {"on": ["mon", "fri"], "interval": 2, "anchor": "2027-01-06"}, "2027-01-01", "2027-02-05",
     "01-08 01-18 01-22 02-01 02-05"),
    ("week", {"on": ["sun"], "interval": 3, "anchor": "2026-12-28"}, "2026-12-01", "2027-02-28",
     "01-03 01-24 02-14"),
    ("month", {}, "2027-01-01", "2027-03-31", "01-01 02-01 03-01"),
    ("month", {"on": ["31"]}, "2027-01-01", "2027-05-31", "01-31 02-28 03-31 04-30 05-31"),
    ("month", {"on": ["29", "30", "31"]}, "2027-02-01", "2027-03-31", "02-28 03-29 03-30 03-31"),
    ("month", {"on": ["29", "30", "31"]}, "2028-02-01", "2028-02-29", "02-29"),
    ("month", {"on": ["first monday"]}, "2027-01-01", "2027-03-31", "01-04 02-01 03-01"),
    ("month", {"on": ["last weekday"]}, "2027-01-01", "2027-06-30", "01-29 02-26 03-31 04-30 05-31 06-30"),
    ("month", {"on": ["first weekday", "last day", "third thu"]}, "2027-05-01", "2027-05-31", "05-03 05-20 05-31"),
    ("month", {"on": ["fourth sunday", "second day"]}, "2027-02-01", "2027-02-28", "02-02 02-28"),
    ("month", {"on": ["15", "1"], "interval": 2, "anchor": "2027-01-10"}, "2027-01-01", "2027-05-31",
     "01-15 03-01 03-15 05-01 05-15"),
    ("month", {"on": ["31"], "interval": 3, "anchor": "2026-11-30"}, "2026-10-01", "2027-08-31",
     "11-30 02-28 05-31 08-31"),
    ("quarter", {}, "2027-01-01", "2027-12-31", "01-01 04-01 07-01 10-01"),
    ("quarter", {"on": ["first monday"]}, "2027-01-01", "2027-12-31", "01-04 04-05 07-05 10-04"),
    ("quarter", {"on": ["last weekday"], "months": [3]}, "2027-01-01", "2027-12-31", "03-31 06-30 09-30 12-31"),
    ("quarter", {"on": ["15"], "months": [3, 1], "interval": 2, "anchor": "2027-02-01"}, "2027-01-01", "2027-12-31",
     "03-15 07-15 09-15"),
    ("year", {}, "2027-01-01", "2028-12-31", "01-01 01-01"),
    ("year", {"on": ["first monday"], "months": [11, 5]}, "2027-01-01", "2027-12-31", "05-03 11-01"),
    ("year", {"on": ["29"], "months": [2]}, "2027-01-01", "2029-12-31", "02-28 02-29 02-28"),
    ("year", {"on": ["1"], "months": [6], "interval": 2, "anchor": "2027-09-01"}, "2027-01-01", "2031-12-31",
     "06-01 06-01"),
    ("day", {"anchor": "2027-01-04", "until": "2027-01-06"}, "2027-01-01", "2027-01-31", "01-04 01-05 01-06"),
    ("demand", {}, "2027-01-01", "2027-12-31", ""),
    ("completion", {"after": "2d"}, "2027-01-01", "2027-12-31", ""),
    ("cron", {"cron": "30 7 * * 1-5"}, "2027-01-01", "2027-01-05", "01-01 01-04 01-05"),
    ("cron", {"cron": "0 6 L * *", "anchor": "2027-02-01", "until": "2027-04-29"}, "2027-01-01", "2027-12-31",
     "02-28 03-31"),
    ("cron", {"cron": "0 6 29 2 *"}, "2027-01-01", "2033-12-31", "02-29 02-29"),
    ("cron", {"cron": "0 6 13 * 5"}, "2027-01-01", "2027-01-16", "01-01 01-08 01-13 01-15"),
])
def test_the_calendar(every: str, keys: dict[str, Any], first: str, last: str, found: str) -> None:
    assert [name[5:] for name in names(rule(every, **keys), first, last)] == found.split()


def test_a_cron_line_with_several_a_day_has_their_times_in_the_names() -> None:
    line = rule("cron", cron="0,30 8,16 * * mon")
    assert names(line, "2027-01-04", "2027-01-11")[:5] == [
        "2027-01-04T08:00", "2027-01-04T08:30", "2027-01-04T16:00", "2027-01-04T16:30", "2027-01-11T08:00"]
    one = next(line.between(moment("2027-01-04 08:01"), moment("2027-01-05 00:00")))
    assert (one.name, one.day) == ("2027-01-04T08:30", date(2027, 1, 4))


def test_a_cron_line_is_read_as_cron_reads_it() -> None:
    from cronsim import CronSim

    for text in ("30 7 * * 1-5", "*/15 8-17 1,15 * *", "0 9 * * mon#1", "5 4 LW * *", "0 0 */3 2 5", "59 23 31 12 *"):
        line = rule("cron", tz=ZoneInfo("UTC"), cron=text)
        start = moment("2026-12-30 05:00", ZoneInfo("UTC"))
        wanted = [f"{found:%Y-%m-%d %H:%M}" for found in islice(CronSim(text, wall_of(start, ZoneInfo("UTC"))), 40)]
        found = islice(line.between(start + 1, start + 60 * 366 * DAY), 40)
        assert [shown(one, ZoneInfo("UTC")) for one in found] == wanted


@pytest.mark.parametrize(("holiday", "found"), [
    (Holiday.RUN, "12-22 12-23 12-24 12-25 12-26 12-27 12-28 12-29"),
    (Holiday.SKIP, "12-22 12-23 12-28 12-29"),
    (Holiday.BEFORE, "12-22 12-23 12-28 12-29"),
    (Holiday.AFTER, "12-22 12-23 12-28 12-29"),
])
def test_holidays_of_a_daily_one(holiday: Holiday, found: str) -> None:
    daily = rule("day", holiday=holiday, off=CHRISTMAS)
    assert [name[5:] for name in names(daily, "2026-12-22", "2026-12-29")] == found.split()


@pytest.mark.parametrize(("holiday", "found"), [
    (Holiday.RUN, ["2026-12-25"]), (Holiday.SKIP, []), (Holiday.BEFORE, ["2026-12-23"]),
    (Holiday.AFTER, ["2026-12-28"]),
])
def test_holidays_in_a_row(holiday: Holiday, found: list[str]) -> None:
    yearly = rule("year", months=[12], on=["25"], holiday=holiday, off=CHRISTMAS)
    assert names(yearly, "2026-12-01", "2026-12-31") == found
    # From outside a span it is moved into it, and out of it.
    assert names(yearly, "2026-12-23", "2026-12-23") == [name for name in found if name == "2026-12-23"]
    assert names(yearly, "2026-12-28", "2026-12-28") == [name for name in found if name == "2026-12-28"]
    assert names(yearly, "2026-12-24", "2026-12-27") == [name for name in found if name == "2026-12-25"]


def test_two_that_come_to_lie_on_one_date_are_one() -> None:
    off = ("2027-01-01", "2027-01-02", "2027-01-03")
    for holiday, wanted in ((Holiday.AFTER, ["2027-01-04"]), (Holiday.BEFORE, ["2026-12-31"])):
        twice = rule("month", on=["1", "2", "4"] if holiday is Holiday.AFTER else ["1", "2", "31"], holiday=holiday,
                     off=off)
        assert names(twice, "2026-12-30", "2027-01-20") == wanted
    hourly = rule("cron", cron="0 8,16 * * *", holiday=Holiday.AFTER, off=off)
    assert names(hourly, "2027-01-01", "2027-01-04") == ["2027-01-04T08:00", "2027-01-04T16:00"]


def test_where_nobody_is_ever_at_work_it_stays_on_its_date() -> None:
    for holiday in (Holiday.BEFORE, Holiday.AFTER):
        assert names(rule("month", holiday=holiday, working=lambda day: False), "2027-01-01", "2027-02-28") == [
            "2027-01-01", "2027-02-01"]
    never = rule("month", holiday=Holiday.SKIP, working=lambda day: False)
    assert never.after(moment("2027-01-01 00:00")) is None


def test_a_date_may_be_moved_beyond_the_anchor_and_the_end() -> None:
    moved = rule("month", anchor="2027-01-01", until="2027-03-31", on=["1", "31"], holiday=Holiday.AFTER,
                 off=["2027-03-31", "2027-04-01"])
    assert names(moved, "2027-03-02", "2027-04-30") == ["2027-04-02"]
    before = rule("month", anchor="2027-01-01", holiday=Holiday.BEFORE, off=["2027-01-01"])
    assert names(before, "2026-12-01", "2027-01-15") == ["2026-12-31"]


def test_calendars_are_not_asked_for_years_that_do_not_matter() -> None:
    asked = set()

    def working(day: date) -> bool:
        asked.add(day)
        return day.weekday() < 5

    for holiday in Holiday:
        daily = rule("day", holiday=holiday, working=working)
        found = daily.after(moment("2027-01-04 09:00"))
        assert found is not None
        assert found.name == "2027-01-05"
    assert asked
    assert max(asked) - min(asked) < timedelta(days=60)


def test_the_next_one() -> None:
    def following(every: str, after: str, **keys: Any) -> str | None:
        found = rule(every, **keys).after(moment(after))
        return None if found is None else found.name

    assert following("day", "2027-01-04 08:59") == "2027-01-04"
    assert following("day", "2027-01-04 09:00") == "2027-01-05"
    assert following("day", "2027-01-04 09:00", until="2027-01-04") is None
    assert following("day", "2027-01-04 09:00", anchor="2999-01-04") == "2999-01-04"
    assert following("year", "2027-01-04 09:00", interval=100, anchor="2027-01-04", on=["4"]) == "2127-01-04"
    assert following("month", "2027-01-04 09:00", interval=100, anchor="2027-01-04", on=["4"]) == "2035-05-04"
    assert following("cron", "2096-03-01 09:00", cron="0 8 29 2 *") == "2104-02-29"
    assert following("demand", "2027-01-04 09:00") is None


def test_the_latest_ones() -> None:
    daily = rule("day")
    start, end = moment("2020-01-01 00:00"), moment("2027-01-04 09:00")
    assert [one.name for one in daily.latest(start, end, 2)] == ["2027-01-02", "2027-01-03"]
    assert [one.name for one in daily.latest(start, end + 1, 1)] == ["2027-01-04"]
    assert len(daily.latest(start, end, 400)) == 400
    assert len(daily.latest(moment("2026-12-31 00:00"), end, 400)) == 4
    assert daily.latest(end, start, 400) == []
    yearly = rule("year")
    assert [one.name for one in yearly.latest(start, end, 3)] == ["2025-01-01", "2026-01-01", "2027-01-01"]


def test_far_spans_are_not_counted_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """No step of the way is a date that was not asked for."""
    seen = []

    def counted(wall: datetime, zone: tzinfo) -> Instant:
        seen.append(wall)
        return at_wall(wall, zone)

    monkeypatch.setattr("opsconsole.checklists.recurrence.at_wall", counted)
    kinds: dict[str, dict[str, Any]] = {"day": {"interval": 3}, "weekday": {"interval": 2}, "week": {"on": ["mon"]},
                                        "month": {"on": ["31"]}, "year": {}, "cron": {"cron": "* * * * *"}}
    for every, keys in kinds.items():
        one = rule(every, anchor="1970-01-05", **keys)
        start = moment("2800-01-04 00:00")
        assert len(list(one.between(start, start + HOUR))) in (0, 60)
    assert len(seen) < 400
    assert rule("day").after(10**18) is None
    assert list(rule("day").between(-(10**18), moment("1900-01-03 00:00"))) != []


def test_after_completion_it_opens_when_it_is_due() -> None:
    drill = rule("completion", after="2d", late="2d", missed="10d", opens="1h")
    ended = moment("2027-01-04 17:20")
    one = drill.following(ended, 0)
    assert one == Occurrence("2027-01-06", date(2027, 1, 6), ended + 2 * DAY, ended + 2 * DAY, ended + 4 * DAY,
                             ended + 12 * DAY)
    first = drill.following(None, ended)
    assert first is not None
    assert (first.name, first.opens) == ("2027-01-04", ended)
    assert rule("day").following(ended, 0) is None


def test_names_after_completion_are_never_taken() -> None:
    often = rule("completion", after="1m", late="1m", missed="5m")
    taken: list[str] = []
    for seconds in (0, 60, 60, 90, 60.5):
        one = often.following(moment("2027-01-04 10:00") + round(seconds * 1000), 0, taken)
        assert one is not None
        taken.append(one.name)
    assert taken == ["2027-01-04", "2027-01-04T10:02", "2027-01-04T10:02:00", "2027-01-04T10:02:30",
                     "2027-01-04T09:02:00.500000+00:00"]


def test_completion_within_its_bounds_and_on_working_days() -> None:
    ended = moment("2027-01-04 17:20")
    bound = rule("completion", after="2d", anchor="2027-02-01", until="2027-02-10", at="08:00")
    first = bound.following(ended, 0)
    assert first is not None
    assert shown(first, BERLIN) == "2027-02-01 08:00"
    assert bound.following(moment("2027-02-08 23:59"), 0) is not None
    assert bound.following(moment("2027-02-09 00:00"), 0) is None
    for holiday in (Holiday.SKIP, Holiday.BEFORE, Holiday.AFTER):
        moved = rule("completion", after="2d", holiday=holiday, off=["2027-01-06", "2027-01-07"]).following(ended, 0)
        assert moved is not None
        assert shown(moved, BERLIN) == "2027-01-08 17:20"


def test_the_zone_is_the_templates_own_if_it_has_one() -> None:
    assert shown(next(rule("day", tz=BERLIN, zone="America/New_York").between(
        moment("2027-01-04 00:00", NEW_YORK), moment("2027-01-05 00:00", NEW_YORK))), NEW_YORK) == "2027-01-04 09:00"


def test_a_date_that_the_zone_left_out_counts_on_the_next() -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert names(rule("day", tz=apia), "2011-12-29", "2012-01-01") == [
        "2011-12-29", "2011-12-31", "2012-01-01"]
    assert names(rule("year", tz=apia, months=[12], on=["30"]), "2011-12-01", "2011-12-31") == ["2011-12-31"]


def test_the_furthest_move() -> None:
    first = date(2027, 1, 1)
    for days, wanted in ((FURTHEST, first - timedelta(days=FURTHEST)), (FURTHEST + 1, first)):
        free = {first - timedelta(days=ahead) for ahead in range(days)}
        moved = rule("year", anchor="2027-01-01", until="2027-01-01", holiday=Holiday.BEFORE,
                     working=lambda day, free=free: day not in free)  # type: ignore[misc]
        found = list(moved.between(at_wall(midnight(wanted), BERLIN), at_wall(midnight(wanted), BERLIN) + DAY))
        assert [one.day for one in found] == [wanted]
        assert moved.after(moment("2020-01-01 00:00")) == found[0]
