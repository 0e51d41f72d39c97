"""Keys that are typed faster than they are handled reach what the ones before have opened."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.binding import Binding
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from opsconsole.console.dialogs.ask import Ask
from opsconsole.console.keyqueue import PATIENCE, KeyQueueApp
from opsconsole.console.screen import ActingScreen
from opsconsole.core.actions import Action
from tests.health import samples
from tests.health.screen_app import HandWatch, health_console, settled
from tests.waiting import until

if TYPE_CHECKING:
    import pytest
    from textual.app import ComposeResult
    from textual.worker import Worker


class Opener(Widget, can_focus=True):
    """Focuses a field on `/`, closes its screen on `x`, waits on `w`; remembers every other key."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[str] = []

    async def on_key(self, event: events.Key) -> None:
        match event.key:
            case "slash":
                self.screen.set_focus(self.screen.query_one(Input))
            case "x":
                self.screen.dismiss()
            case "w":
                await asyncio.sleep(PATIENCE / 2)
            case other:
                self.got.append(other)
        event.stop()


class Two(Screen[None]):
    def compose(self) -> ComposeResult:
        yield Opener()
        yield Input()


class Typed(KeyQueueApp):
    ENABLE_COMMAND_PALETTE = False
    SCREENS: ClassVar[Any] = {"two": Two}
    BINDINGS: ClassVar[Any] = [Binding("f1", "pass", priority=True)]

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0

    def action_pass(self) -> None:
        self.passed += 1

    def compose(self) -> ComposeResult:
        yield Opener()
        yield Input()

    def on_input_submitted(self) -> None:
        self.screen.set_focus(self.query_one(Opener))

    def burst(self, *keys: str) -> None:
        """All keys at once, as a slow line brings them."""
        for key in keys:
            self.post_message(events.Key(key, key if len(key) == 1 else {"slash": "/"}.get(key)))


async def test_a_field_gets_what_was_typed_behind_the_key_that_focused_it() -> None:
    app = Typed()
    async with app.run_test() as pilot:
        app.burst("slash", *"nginx")
        await until(pilot, lambda: app.query_one(Input).value == "nginx")
        assert app.query_one(Input).value == "nginx"
        assert app.query_one(Opener).got == []


async def test_a_field_that_was_submitted_has_given_the_focus_back() -> None:
    app = Typed()
    async with app.run_test() as pilot:
        app.burst("slash", "a", "enter", "b")
        await until(pilot, lambda: app.query_one(Opener).got == ["b"])
        assert app.query_one(Input).value == "a"
        assert app.query_one(Opener).got == ["b"]


async def test_a_paste_keeps_its_place_among_keys() -> None:
    app = Typed()
    async with app.run_test() as pilot:
        app.burst("slash", "a")
        app.post_message(events.Paste("bc"))
        app.burst("d")
        await until(pilot, lambda: app.query_one(Input).value == "abcd")


async def test_keys_go_on_when_the_screen_of_the_one_before_has_gone() -> None:
    app = Typed()
    async with app.run_test() as pilot:
        await app.push_screen("two")
        await pilot.pause()
        app.burst("x", "a", "b")
        await until(pilot, lambda: app.screen.query_one(Opener).got == ["a", "b"])


async def test_nothing_is_lost_behind_a_key_that_takes_long() -> None:
    app = Typed()
    async with app.run_test() as pilot:
        app.burst("w", "slash", "a")
        await until(pilot, lambda: app.query_one(Input).value == "a")


async def test_a_key_that_hangs_does_not_hold_the_others_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsconsole.console.keyqueue.PATIENCE", 0.1)
    app = Typed()
    async with app.run_test() as pilot:
        app.burst("w", "f1")
        await until(pilot, lambda: app.passed == 1)


class Asking(ActingScreen[None]):
    """Looks something up before it asks; then says what it was told."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (Action("asking.ask", ("m",), "ask", "Ask."),
                                             Action("asking.other", ("d",), "other", "Something else."))

    def __init__(self, wait: float) -> None:
        super().__init__()
        self.wait, self.others = wait, 0
        self.told: str | None = None

    def on_mount(self) -> None:
        self.bind_actions()

    def action_ask(self) -> None:
        self.run_worker(self._ask())

    def action_other(self) -> None:
        self.others += 1

    async def _ask(self) -> None:
        await asyncio.sleep(self.wait)
        self.told = await self.app.push_screen_wait(Ask("Where to?"))
        await asyncio.sleep(self.wait)


async def test_what_is_typed_behind_an_action_is_for_what_it_asks() -> None:
    app = health_console(HandWatch(samples.normal()))
    async with app.run_test() as pilot:
        await settled(pilot)
        screen = Asking(0.2)
        await app.push_screen(screen)
        for key in "mdeployed":
            app.post_message(events.Key(key, key))
        app.post_message(events.Key("enter", None))
        app.post_message(events.Key("d", "d"))
        await until(pilot, lambda: screen.others)
        assert (screen.told, screen.others) == ("deployed", 1)


async def test_an_action_that_asks_nothing_holds_the_keys_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsconsole.console.keyqueue.PATIENCE", 0.2)
    app = health_console(HandWatch(samples.normal()))
    async with app.run_test() as pilot:
        await settled(pilot)
        screen = Asking(3600)
        await app.push_screen(screen)
        for key in "mdd":
            app.post_message(events.Key(key, key))
        await until(pilot, lambda: screen.others == 2)
        assert not screen.told


class Reading(Asking):
    """Reads when it is opened, and again whenever something happens; what is pressed needs what was read."""

    def __init__(self) -> None:
        super().__init__(0.0)
        self.known = asyncio.Event()
        self.refused = 0

    def on_mount(self) -> None:
        self.bind_actions()
        self.held(self.read())

    def read(self) -> Worker[bool]:
        return self.run_worker(self.known.wait(), group="reading", exclusive=True)

    def action_other(self) -> None:
        if self.known.is_set():
            self.others += 1
        else:
            self.refused += 1


async def test_keys_wait_also_for_the_reading_that_takes_the_place_of_the_first() -> None:
    app = health_console(HandWatch(samples.normal()))
    async with app.run_test() as pilot:
        await settled(pilot)
        screen = Reading()
        await app.push_screen(screen)
        await pilot.pause()
        screen.read()
        app.post_message(events.Key("d", "d"))
        for _ in range(5):
            await pilot.pause(0.02)
        assert screen.others == screen.refused == 0
        screen.known.set()
        await until(pilot, lambda: screen.others or screen.refused)
        assert (screen.others, screen.refused) == (1, 0)


async def test_keys_behind_the_one_that_ends_it_are_nobodys() -> None:
    app = Typed()
    async with app.run_test() as pilot:
        app.burst("w", "a")
        app.exit()
        app.burst("b")
        await pilot.pause()
    assert app.return_code == 0


async def test_processes_filter_typed_in_one_go() -> None:
    app = health_console(HandWatch(samples.normal()))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        for key, character in (("p", "p"), ("slash", "/"), *((letter, letter) for letter in "shop")):
            app.post_message(events.Key(key, character))
        await until(pilot, lambda: [one.value for one in app.screen.query(Input)] == ["shop"])
