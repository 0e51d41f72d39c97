"""Nothing of a screen that was closed stays until a call that it asked for would have come."""

from __future__ import annotations

import gc
import weakref

import pytest

from tests.console.shell_app import Second, console
from tests.console.shown import settled


class Following(Second):
    """Has something done now and then."""

    of_the_app = False

    def on_mount(self) -> None:
        (self.app if self.of_the_app else self).set_interval(3_600.0, self.app.bell)


@pytest.mark.parametrize("of_the_app", [False, True], ids=["of the screen", "of the app"])
async def test_a_closed_screen_is_gone_though_its_next_call_is_far_off(of_the_app: bool) -> None:
    app = console()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = Following()
        screen.of_the_app = of_the_app
        await app.push_screen(screen)
        await settled(pilot)
        await pilot.press("escape")
        await settled(pilot)
        assert screen not in app.screen_stack
        left = weakref.ref(screen)
        del screen
        await pilot.pause(0.1)
        gc.collect()
        assert left() is None
