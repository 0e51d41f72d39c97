"""The shell around screens: keys, switching, telling, sizes, storage."""

from __future__ import annotations

import asyncio
import gc
import sys
import weakref
from typing import TYPE_CHECKING, Any, cast

import pytest
from textual.widget import Widget
from textual.widgets import Input, LoadingIndicator
from textual.widgets._toast import ToastHolder

from opsconsole.console.actions import ACTIONS
from opsconsole.console.bar import Bar
from opsconsole.console.help import Help
from opsconsole.console.screen import ConsoleScreen
from opsconsole.console.settings import ConsoleSettings
from opsconsole.console.size_notice import SizeNotice
from opsconsole.console.storage import Storage
from opsconsole.console.theme import Look
from opsconsole.core.errors import StorageUnusable
from opsconsole.core.glyphs import ASCII
from opsconsole.core.identity import Role
from opsconsole.core.levels import Level
from opsconsole.core.lines import LEVEL_STYLES
from tests.console.shell_app import FakeFeed, First, Plain, Second, StillClock, console, context, opener
from tests.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from opsconsole.console.context import ConsoleContext
    from opsconsole.console.shell import OpsConsole


def text_of(app: OpsConsole) -> str:
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


def footer_of(app: OpsConsole) -> str:
    return app.screen.query_one("#foot", Bar).line.text.rstrip()


def top_of(app: OpsConsole) -> str:
    return app.screen.query_one("#top", Bar).line.text


async def settled(pilot: Pilot[Any]) -> None:
    await pilot.pause()
    await pilot.pause()


async def test_a_key_carries_out_its_action() -> None:
    app = console()
    async with app.run_test() as pilot:
        await pilot.press("enter")
        assert cast("First", app.screen).opened == 1


async def test_what_a_screen_opens_is_loaded_before_a_key_asks_for_it(monkeypatch: pytest.MonkeyPatch,
                                                                     tmp_path: Path) -> None:
    (tmp_path / "opened_from_second.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(Second, "OPENS", "opened_from_second")
    app = console()
    async with app.run_test() as pilot:
        with monkeypatch.context() as own:
            own.setattr(app, "owns_process", True)
            await pilot.press("2")
            await until(pilot, lambda: "opened_from_second" in sys.modules)


async def test_moves_reach_the_list() -> None:
    app = console()
    async with app.run_test() as pilot:
        await pilot.press("j", "down", "k", "j")
        assert app.screen.query_one(Plain).cursor == 2


async def test_an_unavailable_action_says_why() -> None:
    app = console()
    async with app.run_test(notifications=True) as pilot:
        await pilot.press("a")
        await settled(pilot)
        assert [note.message for note in app._notifications] == ["No alert is selected."]


async def test_a_role_that_is_too_low_is_told() -> None:
    app = console(context(role=Role.VIEWER))
    async with app.run_test(notifications=True) as pilot:
        await pilot.press("s")
        await settled(pilot)
        assert cast("First", app.screen).opened == 0
        assert "Silence needs the role operator; ana is viewer." in text_of(app)


async def test_an_admin_may_and_coroutines_are_awaited() -> None:
    app = console(context(role=Role.ADMIN))
    async with app.run_test() as pilot:
        await pilot.press("K")
        assert cast("First", app.screen).killed == 1


async def test_the_footer_shows_only_what_works_here_and_now() -> None:
    app = console()
    async with app.run_test() as pilot:
        await settled(pilot)
        assert footer_of(app) == " enter open  s silence  : commands  q quit  ? help"
        await pilot.press("2")
        await settled(pilot)
        assert footer_of(app) == " : commands  q quit  ? help"


async def test_digits_switch_and_screens_keep_their_state() -> None:
    app = console()
    async with app.run_test() as pilot:
        await pilot.press("j", "j", "2")
        assert isinstance(app.screen, Second)
        await settled(pilot)
        assert "2 Tickets 3 late" in top_of(app)
        await pilot.press("1")
        assert isinstance(app.screen, First)
        assert app.screen.query_one(Plain).cursor == 2


async def test_a_screen_is_made_when_it_is_first_shown() -> None:
    app = console()
    async with app.run_test() as pilot:
        assert list(app._screen_stacks) == ["tab-0"]
        await pilot.press("2", "1", "2")
        assert len(app._screen_stacks) == 2


async def test_a_digit_without_a_screen_does_nothing() -> None:
    app = console()
    async with app.run_test() as pilot:
        await pilot.press("3", "9")
        assert isinstance(app.screen, First)
        assert "3" not in top_of(app).split("late")[1].split("ana")[0]


async def test_clicks_on_tabs_and_keys() -> None:
    app = console()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.click(offset=(top_of(app).index("2 Tickets") + 1, 0))
        await settled(pilot)
        assert isinstance(app.screen, Second)
        await pilot.click(offset=(footer_of(app).index("help"), 23))
        await settled(pilot)
        assert isinstance(app.screen, Help)


async def test_every_binding_is_in_the_registry() -> None:
    app = console()
    known = {action.id for action in (*ACTIONS, *First.ACTIONS, *app.screen_actions)}
    async with app.run_test() as pilot:
        for keys in ((), ("2",), ("question_mark",)):
            await pilot.press(*keys)
            await settled(pilot)
            for key, active in app.screen.active_bindings.items():
                assert active.binding.id in known or key in {"tab", "shift+tab"}, (key, active)
            assert "ctrl+q" not in app.screen.active_bindings


async def test_configured_keys_count_everywhere() -> None:
    settings = ConsoleSettings(keys={"first.open": ["o"], "console.help": "f5", "list.down": "ctrl+n"})
    app = console(context(settings=settings))
    async with app.run_test() as pilot:
        await pilot.press("enter", "o", "ctrl+n", "j")
        screen = cast("First", app.screen)
        assert screen.opened == 1
        assert screen.query_one(Plain).cursor == 1
        await settled(pilot)
        assert footer_of(app).startswith(" o open")
        assert footer_of(app).endswith("f5 help")
        await pilot.press("question_mark")
        assert app.screen is screen
        await pilot.press("f5")
        assert isinstance(app.screen, Help)


async def test_notifications_are_text_limited_single_and_few() -> None:
    app = console()
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        app.notify("[@click=app.quit]x[/red] \x1b]52;c;AAAA\x07[bold", title="[b]", markup=True)
        await settled(pilot)
        assert "[b]: [@click=app.quit]x[/red]" in text_of(app)
        assert "\x1b" not in text_of(app)
        for _ in range(3):
            app.say("The same.", Level.WARNING)
            await settled(pilot)
        assert text_of(app).count("The same.") == 1
        for number in range(6):
            app.say(f"Number {number}. " + "long " * 200)
            await settled(pilot)
        assert len(app._notifications) == 3
        await until(pilot, lambda: len(app.screen.query(ToastHolder)) == 3)
        app.clear_notifications()
        await until(pilot, lambda: len(app.screen.query(ToastHolder)) == 0)
        app.say("Again.")
        await settled(pilot)
        assert "Again." in text_of(app)


async def test_nothing_that_a_closed_screen_showed_is_kept() -> None:
    app = console()
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, Help))
        await settled(pilot)
        lines = [weakref.ref(widget._styles_cache) for widget in app.screen.query(Widget)]
        assert lines
        await pilot.press("escape")
        await until(pilot, lambda: gc.collect() >= 0 and not any(cache() for cache in lines))


async def test_notifications_are_of_limited_length() -> None:
    app = console()
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        app.say("long " * 200)
        await settled(pilot)
        assert max(len(note.message) for note in app._notifications) <= 301


async def test_an_error_has_sign_and_sentence() -> None:
    app = console(context(glyphs=ASCII))
    async with app.run_test(notifications=True) as pilot:
        app.notify_error(StorageUnusable("It is broken.", "Mend it."))
        await settled(pilot)
        assert "X It is broken. Mend it." in text_of(app)


async def test_too_small_covers_everything_and_keys_do_nothing() -> None:
    app = console()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("j")
        focused = app.screen.focused
        for columns, rows in ((59, 24), (80, 19), (20, 5)):
            await pilot.resize_terminal(columns, rows)
            await settled(pilot)
            assert isinstance(app.screen, SizeNotice)
            await pilot.press("j", "enter", "2", "question_mark")
            assert isinstance(app.screen, SizeNotice)
        await pilot.resize_terminal(60, 20)
        await settled(pilot)
        screen = cast("First", app.screen)
        assert isinstance(screen, First)
        assert screen.opened == 0
        assert screen.query_one(Plain).cursor == 1
        assert screen.focused is focused


async def test_too_small_from_the_start_and_under_a_dialog() -> None:
    app = console()
    async with app.run_test(size=(40, 10)) as pilot:
        await settled(pilot)
        assert isinstance(app.screen, SizeNotice)
        app.action_help()
        await settled(pilot)
        assert isinstance(app.screen, SizeNotice)
        await pilot.resize_terminal(80, 24)
        await settled(pilot)
        assert isinstance(app.screen, Help)
        assert not any(isinstance(screen, SizeNotice) for screen in app.screen_stack)


async def test_the_clock_follows_the_minute() -> None:
    clock = StillClock()
    app = console(context(clock=clock))
    async with app.run_test() as pilot:
        await settled(pilot)
        assert "15:11 CET" in top_of(app)
        clock.at += 60_000
        app.refresh_bars()
        assert "15:12 CET" in top_of(app)


async def test_a_screen_is_told_what_changed() -> None:
    feed = FakeFeed()
    surroundings = context(storage=Storage(opener(feed)))  # type: ignore[arg-type]
    app = console(surroundings)
    async with app.run_test() as pilot:
        await settled(pilot)
        feed.pending = frozenset({"ticket"})
        await pilot.press("ctrl+r")
        await settled(pilot)
        assert cast("First", app.screen).topics == [frozenset({"ticket"})]


async def test_storage_that_fails_is_told_and_the_console_works() -> None:
    async def fails() -> Any:
        raise StorageUnusable("The records are newer than this program.", "Install the newest version.")

    app = console(context(storage=Storage(fails)))
    async with app.run_test(size=(100, 24), notifications=True) as pilot:
        await settled(pilot)
        assert "✖ no records" in top_of(app)
        assert "✖ The records are newer than this program. Install the newest version." in text_of(app)
        await pilot.press("enter", "2")
        assert isinstance(app.screen, Second)


async def test_leaving_saves_drafts_whatever_they_do() -> None:
    surroundings: ConsoleContext = context()
    saved: list[str] = []

    def broken() -> None:
        raise RuntimeError("this draft cannot be saved")

    surroundings.leaving += [broken, lambda: saved.append("kept")]
    app = console(surroundings)
    async with app.run_test() as pilot:
        await pilot.press("q")
    assert saved == ["kept"]
    assert app.return_code == 0


async def test_an_input_takes_letters_and_the_footer_knows() -> None:
    class Asking(ConsoleScreen):
        ACTIONS = First.ACTIONS

        def body(self) -> Any:
            yield Input()

        def action_open(self) -> None:
            """Nothing."""

        action_silence = action_open

    app = console()
    async with app.run_test() as pilot:
        app.push_screen(Asking())
        await settled(pilot)
        await pilot.press("s", "q", "question_mark")
        entry = app.screen.query_one(Input)
        assert entry.value == "sq?"
        await settled(pilot)
        assert "silence" not in footer_of(app)
        assert "esc back" in footer_of(app)
        assert footer_of(app).endswith("f1 help")
        await pilot.press("escape")
        assert isinstance(app.screen, First)


async def test_a_loading_widget_stands_still() -> None:
    app = console()
    async with app.run_test() as pilot:
        app.screen.query_one(Plain).loading = True
        await settled(pilot)
        assert not app.screen.query(LoadingIndicator)
        assert "loading" in text_of(app)


async def test_nothing_ticks_but_the_clock() -> None:
    app = console()
    async with app.run_test() as pilot:
        await settled(pilot)
        names = sorted(timer.name for node in (app, app.screen, *app.screen.query("*")) for timer in node._timers
                       if timer._active.is_set())
        assert [name for name in names if name not in {"clock", "auto_refresh"}] == []
        assert not any(name == "auto_refresh" for name in names)


@pytest.mark.parametrize("level", list(Level))
def test_every_level_has_a_style(level: Level) -> None:
    assert level in LEVEL_STYLES


async def test_the_look_of_the_context_is_the_apps() -> None:
    look = Look()
    app = console(context(look=look))
    assert app.look is look
    async with app.run_test():
        await asyncio.sleep(0)
        assert app.current_theme.name == "dark"
