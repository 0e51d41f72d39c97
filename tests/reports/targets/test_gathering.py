"""What was reached of each target, in real databases, and where the number comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.core.clock import DAY, HOUR, local
from opsconsole.core.periods import Period, period_of
from opsconsole.reports.targets.gathering import actuals
from opsconsole.reports.targets.model import State, counted
from tests.health.samples import NOW, ZONE
from tests.reports.targets.board import CONFIG, entered, ground, measured, settings
from tests.tickets.desk import HandClock

if TYPE_CHECKING:
    from pathlib import Path

MEAN = sum(0.5 + number / 100 for number in range(12, 24)) / 12
"""Seconds of the looks of the last day; the one at its very end is of the next."""
MET, MISSED, UNKNOWN = State.MET, State.MISSED, State.UNKNOWN


class Running(HandClock):
    """A clock that goes on each time it is looked at."""

    def now(self) -> int:
        return self.go(1)


@pytest.fixture
async def known(tmp_path: Path) -> Path:
    """A folder with everything that was measured and entered."""
    await measured(tmp_path)
    await entered(tmp_path)
    return tmp_path


async def test_each_target_is_met_missed_or_unknown_and_says_where_from(known: Path) -> None:
    async with ground(known) as at:
        found = {one.figure.name: one for one in await actuals(at, settings().targets)}
    assert {name: (one.state, one.opens) for name, one in found.items()} == {
        "uptime": (MISSED, "check:site"), "response": (MET, "check:site"), "memory": (MISSED, "line:memory"),
        "orders": (MISSED, "check:orders"), "first-response": (MET, "tickets"), "satisfaction": (UNKNOWN, "tickets"),
        "backups": (MISSED, "check:backup"), "automated": (MET, "run:1"), "coverage": (UNKNOWN, "checklists"),
        "emergencies": (MET, "log")}
    assert "launch" not in found, "it counted in 2020"
    # One look of two hours in two days was bad, and the last hours are not known yet.
    assert found["uptime"].figure.value == pytest.approx(100 * 23 / 24)
    assert found["uptime"].figure.goal == ">= 99.5%", "the promise of the check"
    assert found["response"].figure.value == pytest.approx(1000 * MEAN)
    assert (found["memory"].figure.value, found["orders"].figure.value) == (91.0, 23.0)
    assert (found["first-response"].figure.value, found["first-response"].figure.goal) == (3.0, "< 4h")
    assert found["backups"].figure.value == 90.0
    assert (found["automated"].figure.value, found["automated"].figure.unit) == (93.0, "%")
    assert found["satisfaction"].figure.missing == "no ticket tells it"
    assert found["coverage"].figure.missing == "documentation-review was not due"
    assert counted(found.values()) == {MISSED: 4, UNKNOWN: 2, MET: 4}


async def test_all_windows_end_at_one_moment_so_tickets_are_counted_once(known: Path) -> None:
    async with ground(known) as at:
        at.clock = Running(NOW)
        found = await actuals(at, settings().targets)
        assert len({one.figure.window.end for one in found if one.span != "month"}) == 1
        assert len(at._statistics) == 1, "first response and satisfaction"


async def test_nothing_is_known_where_nothing_was_stored(tmp_path: Path) -> None:
    async with ground(tmp_path) as at:
        at.records = at.metrics = None
        found = await actuals(at, settings().targets)
    assert {one.state for one in found} == {UNKNOWN}
    assert all(one.figure.missing and one.figure.value is None for one in found)


async def test_windows_end_now_or_are_the_last_whole_one_or_the_one_that_is_named(known: Path) -> None:
    targets = settings().targets
    async with ground(known) as at:
        found = {one.figure.name: one.figure.window for one in await actuals(at, targets)}
        assert found["response"] == Period(NOW - DAY, NOW)
        assert found["automated"] == period_of("month", NOW, ZONE, 1)
        day = period_of("day", NOW - DAY, ZONE)
        named = await actuals(at, targets, day)
        assert {one.figure.window for one in named} == {day}
        assert {one.span for one in named} == {""}
        today = await actuals(at, targets, period_of("day", NOW, ZONE))
        assert {one.figure.window.end for one in today} == {NOW}, "the rest of it is still to come"


async def test_what_looks_back_is_the_newest_in_a_window_that_ends_now_and_the_one_after_a_whole_period(
        known: Path) -> None:
    text = CONFIG.replace("window: month,", "window: 60d,")
    async with ground(known, text=text) as at:
        found = {one.figure.name: one for one in await actuals(at, settings(text).targets)}
        assert found["automated"].figure.value == 93.0
        month = await actuals(at, settings(text).targets, period_of("month", NOW, ZONE))
        automated = next(one for one in month if one.figure.name == "automated")
        assert automated.figure.missing == "monthly has not looked back at it"


async def test_a_window_begins_no_earlier_than_its_target(known: Path) -> None:
    yesterday = local(NOW - DAY, ZONE).date()
    text = CONFIG.replace("label: Uptime, window: 2d", f'label: Uptime, window: 2d, starts: "{yesterday}"')
    async with ground(known, text=text) as at:
        found = {one.figure.name: one.figure for one in await actuals(at, settings(text).targets)}
    begin = period_of("day", NOW - DAY, ZONE).begin
    assert found["uptime"].window == Period(begin, NOW)
    assert NOW - begin > 24 * HOUR
    assert found["uptime"].value == 100.0, "what was bad came before"
