"""On which dates people are at work."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from opsconsole.checklists.model import Holiday
from opsconsole.checklists.recurrence import every_day
from opsconsole.checklists.workdays import workdays
from opsconsole.tickets.daysoff import DaysOff
from opsconsole.tickets.settings import Calendar, Holidays
from tests.checklists.due import names, rule

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

OFFICE = Calendar(holidays=Holidays(dates=("12-24", "2027-01-04"), but=("2027-12-24",)))


def test_a_day_with_hours_that_is_no_holiday_is_a_working_day() -> None:
    working = workdays({"office": OFFICE}, "office")
    week = [date(2027, 1, 4) + timedelta(days=ahead) for ahead in range(7)]
    assert [working(day) for day in week] == [False, True, True, True, True, False, False]
    assert not working(date(2026, 12, 24))
    assert working(date(2027, 12, 24))


def test_without_a_calendar_every_day_is_one() -> None:
    for name in ("", "clock", "gone"):
        assert workdays({"office": OFFICE}, name) is every_day
    assert every_day(date(2027, 1, 1))
    sunday = date(2027, 1, 3)
    assert workdays({"none": Calendar(hours={})}, "none")(sunday)
    assert not workdays({"none": Calendar(hours={}, holidays=Holidays(dates=("01-03",)))}, "none")(sunday)


def test_public_holidays_of_a_country(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    german = {"de": Calendar(holidays=Holidays(country="DE", region="BY"))}
    kept = workdays(german, "de", tmp_path)
    assert not kept(date(2027, 1, 6))
    assert list(tmp_path.rglob("*.json"))
    direct = workdays(german, "de")
    said = workdays(german, "de", tmp_path, lambda country, region, year: {date(year, 1, 5)})
    days = [date(2027, 1, 1) + timedelta(days=ahead) for ahead in range(366)]
    assert [kept(day) for day in days] == [direct(day) for day in days]
    assert (said(date(2027, 1, 5)), said(date(2027, 1, 6))) == (False, True)
    # Who names no country asks nobody.
    monkeypatch.setattr(DaysOff, "__call__", None)
    assert workdays({"office": OFFICE}, "office", tmp_path)(date(2027, 1, 5))


def test_easter_in_the_way(tmp_path: Path) -> None:
    working = workdays({"de": Calendar(holidays=Holidays(country="DE"))}, "de", tmp_path)
    found = {holiday: names(rule("year", months=[3], on=["28"], holiday=holiday, working=working),
                            "2027-03-01", "2027-04-30") for holiday in Holiday}
    assert found == {Holiday.RUN: ["2027-03-28"], Holiday.SKIP: [], Holiday.BEFORE: ["2027-03-25"],
                     Holiday.AFTER: ["2027-03-30"]}
