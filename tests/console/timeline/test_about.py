"""From where the timeline is opened, and at which moment: that of whatever the cursor stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from opsconsole.checklists.screen.walk import WalkScreen
from opsconsole.core.levels import Level
from opsconsole.core.timeline import About
from opsconsole.health.board import Stored
from opsconsole.health.model import Finding
from opsconsole.health.screen.moments import about_line
from tests.checklists.screen.house import House
from tests.health import samples
from tests.health.samples import NOW
from tests.health.stored_app import ShownBoard
from tests.health.stored_samples import DOWN, INCIDENT, REDIS, TLS, VAR
from tests.logbook.screen.house import Days, happened
from tests.tickets.desk import ANA
from tests.tickets.screen.ticket_app import Morning, morning, shown

if TYPE_CHECKING:
    from pathlib import Path


def test_a_line_of_the_panel_stands_for_when_it_went_wrong() -> None:
    worst = Finding("cpu", Level.WARNING, NOW - 90_000, "91 %, warning from 90 %")
    board, health = ShownBoard(INCIDENT), replace(samples.first(), findings=(worst,))
    assert about_line(board, health, "alert:17") == About("alert:17", DOWN.fired, "redis")
    assert about_line(board, health, "check:redis") == About("alert:17", DOWN.fired, "redis")
    assert about_line(board, health, "mount:/var") == About("alert:15", VAR.fired, "/var")
    alone = ShownBoard(Stored(checks=(REDIS, replace(TLS, level=Level.OK))))
    assert about_line(alone, health, "check:redis") == About("", REDIS.since, "redis")
    assert about_line(alone, health, "check:tls") is None, "it is well"
    assert about_line(alone, health, worst.target) == About("", worst.since, worst.target)
    assert about_line(alone, None, worst.target) is None


@pytest.fixture
def there(tmp_path: Path) -> Morning:
    """Three tickets."""
    return morning(tmp_path)


async def test_a_ticket_stands_for_when_it_was_opened(there: Morning) -> None:
    async with shown(there) as ticket:
        assert ticket.screen.ticket is not None
        assert ticket.screen.about() == About("ticket:3", ticket.screen.ticket.created)


async def test_an_entry_stands_for_when_the_work_began(tmp_path: Path) -> None:
    days = Days(tmp_path)
    await days.do(happened)
    async with days.shown() as log:
        assert log.screen.about() == About("entry:3"), "that of the next action under the cursor"
        await log.press("j", "j", "enter")
        assert log.screen.about() == About("entry:5", (await days.entry(5)).begun)


async def test_a_round_stands_for_when_it_was_begun_and_an_item_for_its_answer(tmp_path: Path) -> None:
    house = House(tmp_path)
    number = (await house.do(lambda service: service.start(ANA, "morning"))).id
    async with house.shown() as rounds:
        board: Any = rounds.app.screen
        assert board.page.stand_on(f"run:{number}")
        assert board.about() == About(f"run:{number}")
    async with house.shown(lambda: WalkScreen(number)) as rounds:
        walk: Any = rounds.walk
        assert walk.about() == About(f"run:{number}", None, "Morning check")
        walk.stand_on("sign-in")
        house.clock.at += 60_000
        await rounds.press("space")
        walk.stand_on("sign-in")
        assert walk.about() == About(f"run:{number}", house.clock.at, "Morning check")
