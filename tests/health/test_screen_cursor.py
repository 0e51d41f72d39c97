"""Where the cursor of the panel stands, and that it leaves nobody's hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from opsconsole.health.screen import panel as module
from tests.health import samples
from tests.health.screen_app import SIZES, HandWatch, health_console, settled
from tests.health.stored_app import ShownBoard
from tests.health.stored_samples import INCIDENT

if TYPE_CHECKING:
    from opsconsole.health.screen import HealthScreen


@pytest.mark.parametrize("touched", [False, True], ids=["untouched", "moved"])
@pytest.mark.parametrize("settling", [module.SETTLING, 0.0], ids=["at the start", "later"])
async def test_it_follows_what_is_worst_until_somebody_moves_it(touched: bool, settling: float,
                                                                monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SETTLING", settling)
    watch, board = HandWatch(samples.normal()), ShownBoard()
    app = health_console(watch, board=board)
    async with app.run_test(size=SIZES[1]) as pilot:
        await settled(pilot)
        panel = cast("HealthScreen", app.screen).panel
        if touched:
            await pilot.press("j", "j")
        before = panel.target
        board.stored = INCIDENT
        watch.show(samples.normal())
        await settled(pilot)
        worst = cast("HealthScreen", app.screen)._banner(SIZES[1][0]).spots[0].target
        assert worst.startswith("alert:")
        assert worst != before
        assert panel.target == (before if touched or not settling else worst)


async def test_of_several_lines_about_the_worst_the_key_finds_the_first() -> None:
    watch = HandWatch(samples.normal())
    app = health_console(watch, board=ShownBoard(INCIDENT))
    async with app.run_test(size=SIZES[1]) as pilot:
        await settled(pilot)
        screen = cast("HealthScreen", app.screen)
        first = screen.panel._cursor
        assert first is not None
        assert [spot.target for line in screen.panel.lines for spot in line.spots].count(first.spot.target) > 1
        for keys in (["G"], ["j", "j", "j"]):
            await pilot.press(*keys)
            assert screen.panel._cursor != first
            screen.action_worst()
            assert screen.panel._cursor == first
