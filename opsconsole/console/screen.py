"""The base of every screen: top line, body, footer, and one way from a key to what it does."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget

from opsconsole.console import actions as shell
from opsconsole.console.bar import Bar
from opsconsole.console.bindings import bindings_of
from opsconsole.console.footer import Item, footer
from opsconsole.console.keys import character, key_label
from opsconsole.console.leaving import LeavingScreen
from opsconsole.console.timeline import PART as TIMELINE
from opsconsole.console.topline import topline
from opsconsole.core.levels import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.app import ComposeResult
    from textual.dom import DOMNode
    from textual.geometry import Size
    from textual.worker import Worker

    from opsconsole.console.context import ConsoleContext
    from opsconsole.console.shell import OpsConsole
    from opsconsole.core.actions import Action
    from opsconsole.core.lines import Line
    from opsconsole.core.timeline import About

ScreenResult = TypeVar("ScreenResult")
_OUTER = ("top", "foot")
"""The two bars that every whole screen has."""


OPENS_AFTER = 0.3
"""Seconds from a screen's being made until what is opened from it is imported; it has been drawn by then."""


class ActingScreen(LeavingScreen[ScreenResult], inherit_bindings=False):
    """A screen whose keys come from actions; the part that dialogs of the shell share with whole screens."""

    ACTIONS: ClassVar[tuple[Action, ...]] = ()
    """What this screen can do besides what works everywhere, most important first."""

    def __init__(self, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(name=name, id=id, classes=classes)
        self._actions: tuple[Action, ...] | None = None
        self._acting = False
        """Whether an action is being carried out."""

    @property
    def console(self) -> OpsConsole:
        """The app."""
        return cast("OpsConsole", self.app)

    @property
    def context(self) -> ConsoleContext:
        """The surroundings: clock, actor, glyphs, storage and more."""
        return self.console.context

    def _screen_resized(self, size: Size) -> None:  # noqa: ARG002 - see below
        # Sizes that come in a storm reach a screen late, and the last to come need not be the last that was true.
        super()._screen_resized(self.app.size)

    def unavailable(self, action: Action) -> str | None:  # noqa: ARG002 - for those who override
        """Why an action cannot be done here and now, as a sentence; None when it can.

        Call `refresh_bindings` when the answer changes.
        """
        return None

    def everywhere(self) -> tuple[Action, ...]:
        """Actions besides `ACTIONS`, in the order of the help page."""
        return shell.CONSOLE

    @property
    def actions(self) -> tuple[Action, ...]:
        """All actions of this screen with the configuration's keys: its own, then the shell's."""
        if self._actions is None:
            own = self.ACTIONS
            ids = {action.id for action in own}
            everything = (*own, *(action for action in self.everywhere() if action.id not in ids))
            self._actions = self.console.remapped(everything)
        return self._actions

    def action_of(self, action_id: str) -> Action | None:
        """One of this screen's actions, with its keys as configured."""
        return next((action for action in self.actions if action.id == action_id), None)

    def refusal(self, action: Action) -> str | None:
        """Why an action is refused now: the role, the screen's own reason, or nothing to do it; None if it works."""
        actor = self.context.actor
        if actor.role < action.role:
            return f"{action.label.capitalize()} needs the role {action.role.word}; {actor.name} is {actor.role.word}."
        reason = self.unavailable(action)
        if reason is None and self._handler(action) is None:
            reason = f"There is nothing to {action.label} here."
        return reason

    def list_target(self) -> Widget | None:
        """The list that carries out the actions of the group `list`: the focused one, else the first there is."""
        for widget in ([self.focused] if self.focused else []) + list(self.query("*")):
            if hasattr(widget, "action_down"):
                return widget
        return None

    def _handler(self, action: Action) -> Callable[[], Any] | None:
        name = f"action_{action.method}"
        nodes: list[DOMNode] = [self, self.app]
        if action.group == "list" and (target := self.list_target()) is not None:
            nodes.insert(1, target)
        # Every widget of Textual can turn pages; a screen that does not say it itself means the list's.
        for node in nodes:
            method = getattr(node, name, None)
            if callable(method) and getattr(type(node), name, None) is not getattr(Widget, name, None):
                return cast("Callable[[], Any]", method)
        return None

    async def action_perform(self, action_id: str) -> None:
        """Carry out an action by its id, or say why not."""
        action = self.action_of(action_id)
        if action is None:
            return
        reason = self.refusal(action)
        handler = self._handler(action)
        if reason is not None or handler is None:
            self.console.say(reason or "That does not work here.", Level.UNKNOWN)
            return
        self._acting = True
        try:
            result = handler()
            if inspect.isawaitable(result):
                await result
        finally:
            self._acting = False

    def run_worker(self, *args: Any, **options: Any) -> Worker[Any]:
        """As Textual's; what an action begins holds the keys behind it until it ends or asks something.

        Work that takes the place of some that held the keys holds them too: reading that is begun anew, since
        something happened meanwhile, is still what the keys wait for.
        """
        instead = options.get("exclusive", False) and self.console.holds(self, options.get("group", "default"))
        worker: Worker[Any] = super().run_worker(*args, **options)
        if self._acting or instead:
            self.held(worker)
        return worker

    def held(self, worker: Worker[Any]) -> None:
        """Keys wait for this while the screen is on top: an action's work, a form that is being filled or saved."""
        self.console.hold(worker, self)

    def action_back(self) -> None:
        """Leave what was opened last."""
        if self.is_current:
            self.dismiss()

    def action_next_field(self) -> None:
        """Focus the next field."""
        self.focus_next()

    def action_previous_field(self) -> None:
        """Focus the field before."""
        self.focus_previous()

    def bind_actions(self) -> None:
        """Make the bindings again; called before the screen is composed, and when the keys are configured anew."""
        self._actions = None
        self._bindings = bindings_of(self.actions)
        self.refresh_bindings()

    def _shown_key(self, action: Action) -> str | None:
        """The first key of an action that the focused widget does not take as text."""
        focused = self.focused
        for key in action.keys:
            if focused is None or not focused.check_consume_key(key, character(key)):
                return key_label(key)
        return None

    def footer_items(self) -> list[Item]:
        """What the footer may show now, most important first; `help` is not among them."""
        return [Item(action.id, key, action.label) for action in self.actions
                if action.footer and action.id != shell.HELP.id and self.refusal(action) is None
                and (key := self._shown_key(action)) is not None]


class ConsoleScreen(ActingScreen[None], inherit_bindings=False):
    """A whole screen. Subclasses say `ACTIONS` and `body`, and carry actions out in `action_<name>`.

    The body lies between the two lines; its widgets want `height: 1fr`.
    """

    DEFAULT_CSS: ClassVar[str] = "ConsoleScreen { overflow: hidden hidden; }"
    OPENS: ClassVar[str] = ""
    """The module of the screen that enter opens from this one; empty: none, or it is there already."""

    @dataclass
    class TopicsChanged(Message):
        """Another process, or this one, changed records; handle it to read again what is shown."""

        topics: frozenset[str]

    def __init__(self, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(name=name, id=id, classes=classes)
        self._foot_due = False

    def body(self) -> ComposeResult:
        """The widgets between top line and footer."""
        return ()

    def compose(self) -> ComposeResult:
        """Top line, body, footer."""
        self.bind_actions()
        yield Bar(self._topline, id="top")
        yield from self.body()
        yield Bar(self._footer, id="foot")
        if self.OPENS and self.console.owns_process:
            # The first enter would wait 60 ms for it.
            self.set_timer(OPENS_AFTER, partial(import_module, self.OPENS), name="opens")

    def about(self) -> About | None:
        """What the timeline is opened at from here: what the cursor stands on, or what is shown. None: now."""
        return None

    def everywhere(self) -> tuple[Action, ...]:
        """What works on every whole screen; digits go to the other screens."""
        return (*shell.CONSOLE, *self.context.features, *self.console.screen_actions)

    def refusal(self, action: Action) -> str | None:
        """See `ActingScreen.refusal`; the first screen cannot be left with `back`."""
        if action.id == shell.BACK.id and self.app.screen_stack[0] is self:
            return "Nothing is open that could be closed."
        if action.id == shell.TIMELINE.id and TIMELINE not in self.context.parts:
            return "Nobody tells here what happened."
        return super().refusal(action)

    def _handler(self, action: Action) -> Callable[[], Any] | None:
        for tab in self.console.tabs:
            if action.id == f"console.screen-{tab.id}":
                return partial(self.console.go_to, tab.digit)
        for feature, do in self.context.features.items():
            if action.id == feature.id:
                return partial(do, self)
        return super()._handler(action)

    def action_timeline(self) -> None:
        """What happened on this server, at the moment of what this screen is about."""
        from opsconsole.console.timeline.screen import TimelineScreen  # noqa: PLC0415 - when it is opened

        self.app.push_screen(TimelineScreen(self.about()))

    def refresh_bindings(self) -> None:
        """What works here changed: the footer is made again, once, when the present work is done."""
        super().refresh_bindings()
        if not self._foot_due and self.is_running:
            self._foot_due = True
            self.call_later(self.refresh_footer)

    def refresh_top(self) -> None:
        """Draw what changed in the top line."""
        self._rebuild("top")

    def refresh_footer(self) -> None:
        """Draw what changed in the footer."""
        self._foot_due = False
        self._rebuild("foot")

    def on_screen_resume(self) -> None:
        """While the screen was away, other things may have changed."""
        self.refresh_top()
        self.refresh_bindings()

    def on_bar_clicked(self, event: Bar.Clicked) -> None:
        """A click on something in a bar."""
        event.stop()
        self.clicked(event.target)

    def clicked(self, target: str) -> None:
        """A click on a tab or a key of the footer does what the key does.

        Screens with more to click override this, not `on_bar_clicked`: handlers of messages are called for each class.
        """
        if target.startswith("screen:"):
            self.console.go_to(target.removeprefix("screen:"))
        else:
            self.run_worker(self.action_perform(target), group="click")

    def rebuild_bars(self) -> None:
        """Draw what changed in the bars between top line and footer."""
        for found in self._bars():
            if found.id not in _OUTER:
                found.rebuild()

    def _rebuild(self, bar: str) -> None:
        for found in self._bars():
            if found.id == bar:
                found.rebuild()

    def _bars(self) -> Iterable[Bar]:
        return (child for child in self.children if isinstance(child, Bar))

    def _topline(self, cells: int) -> Line:
        return topline(self.console.top_facts(), cells, self.context.glyphs)

    def _footer(self, cells: int) -> Line:
        helping = self.action_of(shell.HELP.id) or shell.HELP
        last = Item(helping.id, self._shown_key(helping) or "", helping.label)
        return footer(self.footer_items(), last, cells, self.context.glyphs)


class ConsoleDialog(ActingScreen[ScreenResult], ModalScreen[ScreenResult], inherit_bindings=False):
    """A dialog of the shell over a screen; `console.back` closes it."""

    def everywhere(self) -> tuple[Action, ...]:
        """A dialog can be closed and the console left; nothing else leaks through."""
        return (shell.BACK, shell.QUIT)

    def on_mount(self) -> None:
        """Keys work once the dialog is there."""
        self.bind_actions()
