"""Public holidays that are kept, so that the library of them is loaded once in ten years."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from opsconsole.tickets import daysoff
from opsconsole.tickets.calendars import make_calendar, official_days
from opsconsole.tickets.daysoff import DaysOff
from opsconsole.tickets.settings.promises import Calendar, Holidays
from tests.tickets.desk import desk

if TYPE_CHECKING:
    from pathlib import Path

MAY_DAY = date(2026, 5, 1)
PLACES = (("DE", "BY"), ("DE", ""), ("US", "CA"), ("GB", "ENG"), ("CH", "ZH"), ("AU", "NSW"), ("SG", ""))


@pytest.mark.parametrize(("country", "region"), PLACES)
def test_they_are_those_of_the_library(country: str, region: str, tmp_path: Path) -> None:
    """Also at the ends of the years that are asked for at once."""
    off = DaysOff(tmp_path)
    for year in (2019, 2020, 2026, 2029, 2030):
        assert {day for day in off(country, region, year) if day.year == year} == {
            day for day in official_days(country, region, year) if day.year == year}


def test_the_next_process_asks_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAY_DAY in DaysOff(tmp_path)("DE", "BY", 2026)
    monkeypatch.setattr(daysoff, "_asked", lambda *_: pytest.fail("it is kept"))
    assert MAY_DAY in DaysOff(tmp_path)("DE", "BY", 2021)


def test_another_library_or_a_damaged_file_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    DaysOff(tmp_path)("DE", "BY", 2026)
    (kept,) = (tmp_path / "holidays").iterdir()
    asked: list[object] = []

    def ask(*place: object) -> frozenset[date]:
        asked.append(place)
        return frozenset({MAY_DAY})

    monkeypatch.setattr(daysoff, "_asked", ask)
    for content in (b"", b"{", b"\xff", b'{"library": 1}', b'{"library": "old", "days": []}'):
        kept.write_bytes(content)
        assert DaysOff(tmp_path)("DE", "BY", 2026) == {MAY_DAY}
    assert asked == [("DE", "BY", 2020)] * 5


def test_where_nothing_can_be_kept_or_asked_the_days_are_the_same(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "holidays").write_text("in the way")
    assert MAY_DAY in DaysOff(tmp_path)("DE", "BY", 2026)
    for executable in ("/nowhere/python", "/bin/false", "/bin/echo", ""):
        monkeypatch.setattr(sys, "executable", executable)
        assert MAY_DAY in DaysOff(tmp_path)("DE", "BY", 2026)


def test_nothing_is_run_out_of_the_folder_that_somebody_is_in(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "holidays.py").write_text("raise SystemExit('it was run')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(daysoff, "official_days", lambda *_: pytest.fail("the other process has failed"))
    assert MAY_DAY in DaysOff(tmp_path / "cache")("DE", "", 2026)


def test_a_region_is_no_path(tmp_path: Path) -> None:
    assert DaysOff(tmp_path)("DE", "../../x", 2026) == frozenset()
    assert [path.parent.name for path in tmp_path.rglob("*.json")] == ["holidays"]


def test_calendars_ask_whoever_is_handed_in() -> None:
    calendar = Calendar(holidays=Holidays(country="de", region="BY"))
    hours = make_calendar(calendar, UTC, lambda *place: {date(2026, 6, 9)} if place == ("DE", "BY", 2026) else set())
    noon = [int(datetime(2026, 6, day, 12, tzinfo=UTC).timestamp() * 1000) for day in (8, 9, 10)]
    assert [hours.is_open(at) for at in noon] == [True, False, True]


PROGRAM = """
import sys
from datetime import UTC
from pathlib import Path
from opsconsole.tickets.cases.base import Desk
from opsconsole.tickets.settings import Calendar, Holidays, TicketSettings
settings = TicketSettings(calendars={"office": Calendar(holidays=Holidays(country="DE", region="BY"))})
desk = Desk(None, None, settings, zone=UTC, cache=Path(sys.argv[1]))
print(desk.policies.hours["office"].is_open(1_795_000_000_000), "holidays" in sys.modules)
"""


def test_whoever_computes_promises_does_not_load_the_library(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]


async def test_without_a_country_nothing_is_asked(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.ticket()
        assert one.service._official() is None
