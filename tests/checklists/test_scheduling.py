"""Which runs come into being: after outages, jumps of the clock and changed templates, and in the course of a year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.checklists.model import Catch
from opsconsole.checklists.scheduling import MOST, RENEWED, Known, Making, Schedule, plan, taken_since
from opsconsole.core.clock import DAY, HOUR, MINUTE, SECOND, Instant
from tests.checklists.due import moment, rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsconsole.checklists.recurrence import Recurrence

DAILY: dict[str, Any] = {"at": "09:00", "opens": "1h", "late": "30m", "missed": "8h"}


def told(runs: Iterable[Making]) -> str:
    """`04 05!`: opened, and missed; the day of the month, or the whole name of one with a time."""
    return " ".join(f"{one.occurrence.name[8:]}{'' if one.missed is None else '!'}" for one in runs)


class Diary:
    """The runs of one checklist, as they would be stored."""

    def __init__(self, recurrence: Recurrence, catch_up: Catch = Catch.LATEST) -> None:
        self.recurrence, self.catch_up = recurrence, catch_up
        self.upto: Instant | None = None
        self.rows: dict[str, Making] = {}
        self.ended: Instant | None = None
        self.going: Making | None = None
        self.next: Instant | None = None

    def look(self, at: str | Instant) -> str:
        """What comes into being at a moment."""
        now = moment(at) if isinstance(at, str) else at
        if self.going is not None and self.going.occurrence.missed <= now:
            self.end(self.going.occurrence.missed)
        since = taken_since(self.recurrence, self.upto, now)
        taken = {name for name, row in self.rows.items() if row.occurrence.due > since}
        found = plan([Known("one", self.recurrence, self.catch_up, self.upto, taken, self.ended,
                            self.going is not None)], now)
        for each in found.runs:
            assert each.occurrence.name not in self.rows
            assert each.missed is None or each.missed <= now
            self.rows[each.occurrence.name] = each
            if each.missed is None:
                self.going = each
            else:
                self.ended = each.missed
        self.upto = found.upto.get("one", self.upto)
        assert found.next is None or found.next > now
        self.next = found.next
        return told(found.runs)

    def end(self, at: Instant) -> None:
        """The run that goes on, ends."""
        self.going, self.ended = None, at

    def days(self, first: Instant, last: Instant, step: int) -> str:
        """What comes into being while something is running all the time."""
        return " ".join(filter(None, map(self.look, range(first, last, step))))


@pytest.mark.parametrize("catch_up", Catch)
def test_in_the_course_of_days_each_is_opened_when_its_window_opens(catch_up: Catch) -> None:
    diary = Diary(rule("day", **DAILY), catch_up)
    assert diary.look("2027-01-04 07:00") == ""
    assert diary.next == moment("2027-01-04 08:00")
    assert diary.look(diary.next) == "04"
    assert diary.next == moment("2027-01-04 09:00")
    assert diary.look(diary.next) == ""
    assert diary.next == moment("2027-01-05 08:00")
    assert diary.days(diary.next - MINUTE, moment("2027-01-08 12:00"), 97 * SECOND) == "05 06 07 08"


def test_a_checklist_that_is_seen_first_has_missed_nothing() -> None:
    for catch_up in Catch:
        assert Diary(rule("day", **DAILY), catch_up).look("2027-01-04 07:59") == ""
        assert Diary(rule("day", **DAILY), catch_up).look("2027-01-04 08:00") == "04"
        assert Diary(rule("day", **DAILY), catch_up).look("2027-01-04 09:29") == "04"
        diary = Diary(rule("day", **DAILY), catch_up)
        assert diary.look("2027-01-04 09:30") == "", "nobody is late on the day of the installation"
        assert diary.look("2027-01-05 07:00") == ""
        assert diary.look("2027-01-05 08:00") == "05"
    long = {**DAILY, "late": "2d", "missed": "3d"}
    for catch_up, opened in ((Catch.LATEST, "04"), (Catch.NONE, "04"), (Catch.ALL, "03 04")):
        diary = Diary(rule("day", **long), catch_up)
        assert diary.look("2027-01-04 10:00") == opened
        assert diary.look("2027-01-04 10:01") == ""


@pytest.mark.parametrize(("catch_up", "at", "found"), [
    (Catch.LATEST, "2027-01-13 10:00", "05! 06! 07! 08! 09! 10! 11! 12! 13"),
    (Catch.ALL, "2027-01-13 10:00", "05! 06! 07! 08! 09! 10! 11! 12! 13"),
    (Catch.NONE, "2027-01-13 10:00", "05! 06! 07! 08! 09! 10! 11! 12! 13!"),
    (Catch.LATEST, "2027-01-13 17:00", "05! 06! 07! 08! 09! 10! 11! 12! 13!"),
    (Catch.NONE, "2027-01-13 08:30", "05! 06! 07! 08! 09! 10! 11! 12! 13"),
    (Catch.NONE, "2027-01-13 09:01", "05! 06! 07! 08! 09! 10! 11! 12! 13"),
    (Catch.NONE, "2027-01-13 09:02", "05! 06! 07! 08! 09! 10! 11! 12! 13!"),
])
def test_nine_days_off(catch_up: Catch, at: str, found: str) -> None:
    diary = Diary(rule("day", **DAILY), catch_up)
    assert diary.look("2027-01-04 09:00") == "04"
    assert diary.look(at) == found
    assert diary.look(at) == ""
    over = [row for row in diary.rows.values() if row.missed is not None]
    assert all(row.missed == min(row.occurrence.missed, moment(at)) for row in over)
    assert diary.look("2027-01-14 08:00") == "14"


def test_windows_that_overlap() -> None:
    """Weekly ones that can still be done for days: only the latest is, unless all are wanted."""
    long = {**DAILY, "missed": "60h"}
    for catch_up, found in ((Catch.LATEST, "05! 06! 07! 08! 09"), (Catch.ALL, "05! 06! 07 08 09"),
                            (Catch.NONE, "05! 06! 07! 08! 09!")):
        diary = Diary(rule("day", **long), catch_up)
        diary.look("2027-01-04 12:00")
        assert diary.look("2027-01-09 11:00") == found
        assert diary.look("2027-01-09 11:10") == ""
        assert diary.days(moment("2027-01-09 12:00"), moment("2027-01-12 12:00"), 5 * MINUTE) == "10 11 12"


def test_those_not_due_yet_are_opened_beside_the_late_one() -> None:
    ahead = {**DAILY, "opens": "3d"}
    for catch_up in (Catch.LATEST, Catch.ALL):
        diary = Diary(rule("day", **ahead), catch_up)
        assert diary.look("2027-01-04 09:10") == "04 05 06 07"
        assert diary.look("2027-01-05 10:00") == "08"
        assert diary.look("2027-01-12 10:00") == "09! 10! 11! 12 13 14 15"


def test_a_clock_that_is_put_back_makes_nothing_twice() -> None:
    diary = Diary(rule("day", **DAILY))
    assert diary.days(moment("2027-01-04 06:00"), moment("2027-01-06 12:00"), HOUR) == "04 05 06"
    assert diary.days(moment("2027-01-03 06:00"), moment("2027-01-07 12:00"), HOUR) == "03 07"


@pytest.mark.parametrize("catch_up", Catch)
def test_a_clock_that_jumps_makes_few_rows_and_time_goes_on_when_it_is_right(catch_up: Catch) -> None:
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("cron", {"cron": "* * * * *", "late": "1m", "missed": "2m", "opens": "1m"}), ("cron", {"cron": "0 * * * *"}),
        ("completion", {"after": "1m", "late": "1m", "missed": "2m"})]
    for every, keys in kinds:
        diary = Diary(rule(every, **keys), catch_up)
        assert len(diary.look("2027-01-04 12:00").split()) <= 10
        assert len(diary.look("2028-01-04 12:00:30").split()) <= MOST + 1
        assert len(diary.rows) <= MOST + 11
        newest = max(row.occurrence.due for row in diary.rows.values())
        assert newest > moment("2028-01-04 11:57")
        diary.look("2027-01-04 12:05")
        assert diary.upto == moment("2027-01-04 12:05")
    diary = Diary(rule("cron", cron="0 * * * *"), catch_up)
    diary.look("2027-01-04 12:00")
    diary.look("2028-01-04 12:00")
    assert diary.look("2027-01-04 12:50") == ""
    assert diary.look("2027-01-04 13:00") == "04T14:00"


def test_few_that_are_not_due_yet_are_opened() -> None:
    diary = Diary(rule("cron", cron="* * * * *", opens="100d"))
    assert len(diary.look("2027-01-04 12:00:30").split()) == MOST + 1
    assert diary.look("2027-01-04 12:00:40") == ""
    assert diary.look("2027-01-04 12:01:40") == "04T18:41"


def test_the_note_of_the_last_look_is_written_seldom() -> None:
    diary = Diary(rule("day", **DAILY))
    diary.look("2027-01-04 12:00")
    first = moment("2027-01-04 12:00")
    diary.look(first + RENEWED - 1)
    assert diary.upto == first
    diary.look(first + RENEWED)
    assert diary.upto == first + RENEWED
    assert Diary(rule("demand")).look("2027-01-04 12:00") == ""


def test_one_that_was_switched_off_has_missed_nothing() -> None:
    now = moment("2027-01-13 09:20")
    on, off = (Known(slug, rule("day", **DAILY), Catch.LATEST, upto)
               for slug, upto in (("on", now - 4 * MINUTE), ("off", now - 9 * DAY)))
    found = plan([on, off], now)
    assert [(one.slug, one.occurrence.name) for one in found.runs] == [("off", "2027-01-13")]
    assert len(plan([off], now).runs) == 9
    # Clocks that are behind what was noted with a wrong one do not make it look so.
    ahead = on._replace(upto=now + 366 * DAY)
    assert len(plan([ahead, off._replace(upto=now - MINUTE)], now).runs) == 0


def test_a_changed_template() -> None:
    diary = Diary(rule("day", **DAILY))
    assert diary.look("2027-01-04 09:10") == "04"
    # Another time on the same date is no second run.
    diary.recurrence = rule("day", **{**DAILY, "at": "11:00"})
    assert diary.look("2027-01-04 09:11") == ""
    # A window that opens earlier than it did is open.
    diary.recurrence = rule("day", **{**DAILY, "opens": "1d"})
    assert diary.look("2027-01-04 09:12") == "05"
    # On demand nothing is due, and nothing was missed when it is due by itself again.
    diary.recurrence = rule("demand")
    assert diary.days(moment("2027-01-04 11:00"), moment("2027-01-12 10:00"), RENEWED) == ""
    diary.recurrence = rule("day", **DAILY)
    assert diary.look("2027-01-12 10:01") == ""
    assert diary.look("2027-01-13 08:00") == "13"


def test_after_completion_the_next_one_waits_for_the_end() -> None:
    diary = Diary(rule("completion", after="2d", late="1d", missed="4d"))
    assert diary.look("2027-01-04 10:00") == "04"
    assert diary.next == moment("2027-01-05 10:00")
    assert diary.look("2027-01-07 10:00") == ""
    diary.end(moment("2027-01-07 11:00"))
    assert diary.look("2027-01-07 11:01") == ""
    assert diary.next == moment("2027-01-09 11:00")
    assert diary.look("2027-01-09 10:59") == ""
    assert diary.look("2027-01-09 11:00") == "09"
    # Missed on the 13th, so it is due again on the 15th, and missed on the 19th …
    assert diary.look("2027-01-22 10:00") == "15! 21"


def test_completion_from_an_anchor_and_until_an_end() -> None:
    diary = Diary(rule("completion", after="2d", missed="1d", anchor="2027-01-06", until="2027-01-10"))
    assert diary.look("2027-01-04 10:00") == ""
    assert diary.next == moment("2027-01-06 09:00")
    assert diary.look("2027-01-06 20:00") == "06"
    assert diary.look("2027-03-06 20:00") == "09!"
    assert diary.next is None


def test_nothing_at_all() -> None:
    assert plan([], 0) == Schedule()
    assert taken_since(rule("day", missed="8h"), None, 10 * DAY) == 8 * DAY - 8 * HOUR
    assert taken_since(rule("day"), 9 * DAY, 10 * DAY) == 7 * DAY
    assert taken_since(rule("day"), 11 * DAY, 10 * DAY) == 8 * DAY


STEPS = st.lists(st.one_of(st.integers(1, 20).map(lambda n: n * MINUTE), st.integers(1, 60).map(lambda n: n * HOUR),
                           st.integers(1, 10).map(lambda n: n * DAY), st.integers(1, 50).map(lambda n: -n * HOUR)),
                 min_size=1, max_size=25)
KINDS: st.SearchStrategy[tuple[str, dict[str, Any]]] = st.sampled_from([
    ("day", DAILY), ("day", {**DAILY, "missed": "60h"}), ("day", {**DAILY, "opens": "50h"}),
    ("week", {"on": ["mon", "thu"], "opens": "1d", "missed": "3d"}), ("cron", {"cron": "0 */6 * * *"}),
    ("cron", {"cron": "0 6 * * *", "late": "5h", "missed": "400d"})])


@given(KINDS, st.sampled_from(Catch), STEPS)
@settings(max_examples=150, deadline=None)
def test_whatever_the_clock_does(kind: tuple[str, dict[str, Any]], catch_up: Catch, steps: list[int]) -> None:
    diary = Diary(rule(kind[0], **kind[1]), catch_up)
    start = now = moment("2027-03-20 12:00")
    latest = now
    diary.look(now)
    for step in steps:
        now += step
        latest = max(latest, now)
        diary.look(now)
        assert diary.look(now) == ""
    # Each that was due while it was known has its row, once.
    known = {one.name for one in diary.recurrence.between(start + 1, latest + 1)}
    assert known <= set(diary.rows)
