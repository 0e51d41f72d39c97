"""Which time a report is about."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.clock import DAY, instant
from opsconsole.core.config import decode
from opsconsole.core.errors import UsageError
from opsconsole.core.periods import PERIODS, period_of
from opsconsole.reports.definition import Covers, Definition
from opsconsole.reports.periods import after, before, name_of, wanted

ZONE = ZoneInfo("Europe/Berlin")
NOW = instant(datetime(2027, 1, 6, 12, tzinfo=ZONE))
"""A Wednesday."""


def report(covers: str, shows: str = "last") -> Definition:
    return decode(f"title: X\ncovers: {covers}\nshows: {shows}\nsections: [{{title: All}}]\n", Definition, source="x",
                  env=None)


@pytest.mark.parametrize(("covers", "text", "name"), [
    ("week", "", "week 2026-W53, 2026-12-28 to 2027-01-03"),
    ("week", "this", "week 2027-W01, 2027-01-04 to 2027-01-10"),
    ("week", "2027-01-05", "week 2027-W01, 2027-01-04 to 2027-01-10"),
    ("week", "2026-W52", "week 2026-W52, 2026-12-21 to 2026-12-27"),
    ("week", "month", "January 2027"),
    ("week", "2026-12", "December 2026"),
    ("day", "2027-01-04", "Monday, 2027-01-04"),
    ("day", "yesterday", "Tuesday, 2027-01-05"),
    ("day", "today", "Wednesday, 2027-01-06"),
    ("month", "2026-12-24", "December 2026"),
    ("month", "last  Month", "December 2026"),
    ("quarter", "2026-Q4", "quarter 2026-Q4"),
    ("quarter", "2026-11", "quarter 2026-Q4"),
    ("year", "", "2026"),
    ("year", "2027-01-04", "2027"),
    ("month", "2026-12-20..2027-01-04", "2026-12-20 to 2027-01-04"),
])
def test_a_period_is_named_by_a_day_in_it_or_in_full(covers: str, text: str, name: str) -> None:
    assert name_of(wanted(report(covers), text, NOW, ZONE), ZONE) == name


def test_what_the_report_shows_is_what_it_says() -> None:
    assert name_of(wanted(report("day", "this"), "", NOW, ZONE), ZONE) == "Wednesday, 2027-01-06"


@pytest.mark.parametrize("text", ["2027-01-07", "2028", "2027-02-03..2027-02-05"])
def test_of_what_has_not_begun_nothing_can_be_said(text: str) -> None:
    with pytest.raises(UsageError, match="has not begun"):
        wanted(report("day"), text, NOW, ZONE)


@pytest.mark.parametrize("text", ["soon", "2027-13", "\x1b[31m", "2027-01-05..2027-01-02"])
def test_what_is_no_period_is_told(text: str) -> None:
    with pytest.raises(UsageError) as wrong:
        wanted(report("day"), text, NOW, ZONE)
    assert "\x1b" not in str(wrong.value)


@given(st.sampled_from(PERIODS), st.integers(0, 60 * 365), st.integers(0, 3))
def test_periods_follow_each_other_without_a_gap(covers: Covers, day: int, back: int) -> None:
    period = period_of(covers, day * DAY + DAY // 2, ZONE, back)
    assert after(period, covers, ZONE) == period_of(covers, period.end, ZONE)
    assert before(period, covers, ZONE).end == period.begin
    assert after(before(period, covers, ZONE), covers, ZONE) == period
