"""What the shell opens over a screen: help, the palette, the choice of a theme."""

from __future__ import annotations

from typing import Any, cast

from textual.widgets import Input, LoadingIndicator

from opsconsole.console.actions import CONSOLE
from opsconsole.console.palette import Palette
from opsconsole.console.theme_store import ThemeStore
from opsconsole.core.resources import folder
from tests.console.shell_app import First, Second, console, context
from tests.console.test_shell import settled, text_of


async def test_help_shows_every_action_of_the_screen_and_closes() -> None:
    app = console()
    async with app.run_test(size=(80, 60)) as pilot:
        await pilot.press("question_mark")
        await settled(pilot)
        text = " ".join(text_of(app).split())
        for action in (*First.ACTIONS, *CONSOLE):
            assert action.help in text
        assert "not now: No alert is selected." in text
        assert "not now: Kill needs the role admin; ana is operator." in text
        await pilot.press("escape")
        assert isinstance(app.screen, First)
        await pilot.press("f1", "question_mark")
        assert isinstance(app.screen, First)


async def test_help_scrolls_at_80_by_24() -> None:
    app = console()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("question_mark")
        await settled(pilot)
        assert "Leave the console." not in text_of(app)
        await pilot.press("G")
        await settled(pilot)
        assert "Go to the screen Tickets." in text_of(app)


async def test_the_palette_finds_and_does() -> None:
    app = console()
    async with app.run_test(size=(80, 30)) as pilot:
        await pilot.press("colon")
        await app.workers.wait_for_complete()
        await settled(pilot)
        assert isinstance(app.screen, Palette)
        assert not app.screen.query(LoadingIndicator)
        text = text_of(app)
        assert "silence" in text
        assert "acknowledge" not in text
        assert "theme dark" in text
        await pilot.press(*"silen")
        await pilot.pause(0.2)
        await pilot.press("enter")
        await settled(pilot)
        screen = cast("First", app.screen)
        assert screen.opened == 10


async def test_the_palette_goes_to_a_screen() -> None:
    app = console()
    async with app.run_test() as pilot:
        await pilot.press("ctrl+p", *"ticket")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.screen, Second)


async def test_the_palette_has_nothing_that_blinks() -> None:
    app = console()
    async with app.run_test() as pilot:
        await pilot.press("colon")
        await settled(pilot)
        assert not app.screen.query_one(Input).cursor_blink
        assert app.animation_level == "none"


async def test_themes_are_chosen_and_remembered(tmp_path: Any) -> None:
    from opsconsole.console.preferences import Preferences
    from opsconsole.console.shell import OpsConsole

    surroundings = context()
    surroundings.preferences = Preferences(tmp_path / "preferences.json")
    plain = console(surroundings)
    app = OpsConsole(surroundings, plain.tabs, ThemeStore(lambda: folder("themes")))
    async with app.run_test() as pilot:
        await pilot.press("ctrl+t", *"light")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await settled(pilot)
        assert app.look.name == "light"
        assert app.current_theme.dark is False
        assert app.screen.styles.background.hex.lower() == app.look.theme.colours.background.lower()
    assert Preferences(tmp_path / "preferences.json").text("theme") == "light"


async def test_an_unknown_theme_is_told(tmp_path: Any) -> None:
    from opsconsole.console.shell import OpsConsole

    plain = console()
    app = OpsConsole(plain.context, plain.tabs, ThemeStore(lambda: folder("themes")))
    async with app.run_test(notifications=True) as pilot:
        app.choose_theme("nosuch")
        await settled(pilot)
        assert "no theme called nosuch" in text_of(app)
        assert app.look.name == "dark"
