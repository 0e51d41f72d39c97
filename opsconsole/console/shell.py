"""The app: screens on digits, the clock, notifications, themes, and how it ends."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, cast

from rich.cells import get_character_cell_size
from textual import events

from opsconsole.console import actions as shell
from opsconsole.console import thrift
from opsconsole.console.bindings import priority_bindings
from opsconsole.console.keys import normalized
from opsconsole.console.part import bind_again
from opsconsole.console.screen import ActingScreen, ConsoleScreen
from opsconsole.console.storage import StorageState
from opsconsole.console.telling import TellingApp
from opsconsole.console.theme import Look, textual_theme
from opsconsole.console.topline import Notice, Tab, TabLabel, TopFacts
from opsconsole.core.actions import Action, remapped
from opsconsole.core.clock import MINUTE, local
from opsconsole.core.errors import OpsError
from opsconsole.core.levels import Level
from opsconsole.core.terminal import SMALLEST
from opsconsole.core.text import use_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.binding import BindingType
    from textual.screen import Screen
    from textual.theme import Theme as TextualTheme
    from textual.timer import Timer
    from textual.widget import Widget

    from opsconsole.console.context import ConsoleContext
    from opsconsole.console.settings import ConsoleSettings
    from opsconsole.console.storage import Storage
    from opsconsole.console.theme_store import ThemeStore
    from opsconsole.core.identity import Actor

log = logging.getLogger(__name__)

THEME_INTERVAL = 2.0
"""Seconds between two looks at the files of themes; a look is a few `stat` calls."""
TRIM_INTERVAL = 60.0
PRELOAD_AFTER = 1.0
"""Seconds after the first paint until help and palette are imported, and then until more is."""
PRELOAD_STEP = 0.1
"""Seconds between two such imports, so that a key comes between."""


class OpsConsole(TellingApp, inherit_bindings=False):
    """The console.

    Args:
        context: the surroundings of every screen.
        tabs: the screens of this version, in the order of the top line.
        themes: where themes come from; None allows only the present one.
    """

    TITLE = "opsconsole"
    CSS: ClassVar[str] = """
    ToastRack { margin-bottom: 1; }
    Toast { width: auto; max-width: 76; padding: 0 1; margin-top: 0; background: $panel; color: $foreground; }
    Toast.-information, Toast.-warning, Toast.-error { border: none; }
    Toast.-warning { background: $warning-tint; color: $warning; }
    Toast.-error { background: $critical-tint; color: $error; }
    Toast:ansi { background: ansi_default; text-style: reverse; }
    """
    BINDINGS: ClassVar[list[BindingType]] = []
    COMMANDS: ClassVar[set[Any]] = set()
    DEFAULT_MODE: ClassVar[str] = "tab-0"
    ENABLE_COMMAND_PALETTE = False
    ESCAPE_TO_MINIMIZE = False
    ALLOW_SELECT = False
    ENABLE_SELECT_AUTO_SCROLL = False
    NOTIFICATION_TIMEOUT = 6
    HORIZONTAL_BREAKPOINTS = None
    VERTICAL_BREAKPOINTS = None

    def __init__(self, context: ConsoleContext, tabs: Sequence[Tab], themes: ThemeStore | None = None) -> None:
        use_tables(get_character_cell_size)
        self.tabs = tuple(tabs)
        self._themes = themes
        self._textual_theme = textual_theme(context.look.theme, context.look.name)
        self._keys = normalized(context.settings.keys)
        self._storing: set[asyncio.Task[None]] = set()
        self._covered = False
        self._to_tell: list[OpsError] = []
        self._collecting: Timer | None = None
        self.identify: Callable[[], Actor] | None = None
        """Says who runs the console and from where; asked soon after the first paint."""
        self.agent: Callable[[], str] = str
        """What the top line says of the agent; empty: nothing."""
        self.notice: Callable[[], Notice | None] = lambda: None
        """What holds for everybody now, for the top line."""
        self.begun: Callable[[], None] = lambda: None
        """Called once, soon after the first paint: what the console starts besides itself."""
        self.reloaded: Callable[[], None] = lambda: None
        """Called when the configuration was read again."""
        self.heard: Callable[[frozenset[str]], None] = lambda _: None
        """Told which topics changed, whatever screen is shown: for what stands in the top line."""
        self.read_again: Callable[[], tuple[ConsoleSettings, Actor]] | None = None
        """Reads the configuration and hands the features their part; raises `OpsError`, and then nothing changed."""
        self.screen_actions = tuple(shell.screen_action(tab.digit, tab.id, tab.title) for tab in self.tabs)
        super().__init__(context)
        self.animation_level = "none"
        for number, tab in enumerate(self.tabs):
            self.add_mode(f"tab-{number}", tab.screen)  # type: ignore[arg-type]
        self._bind_quit()

    # -- keys --------------------------------------------------------------------------------------------------------

    def remapped(self, actions: Iterable[Action]) -> tuple[Action, ...]:
        """Actions with the keys that the configuration gives them."""
        return remapped(actions, self._keys)

    def _bind_quit(self) -> None:
        """The keys that leave work above every dialog."""
        bound = self._bindings.key_to_bindings
        bound.clear()
        (quitting,) = self.remapped((shell.QUIT,))
        for binding in priority_bindings(quitting):
            bound.setdefault(binding.key, []).append(binding)

    def action_reload(self) -> None:
        """Read the configuration again; a wrong one changes nothing."""
        if self.read_again is None:
            return
        try:
            self.context.settings, self.context.actor = self.read_again()
        except OpsError as error:
            self.say(f"The old configuration stays in effect. {error}", Level.CRITICAL)
            return
        self._keys = normalized(self.context.settings.keys)
        self._bind_quit()
        bind_again(self)
        self.refresh_bars()
        self.reloaded()
        self.say("The configuration was read again. What it says of paths, mouse and ASCII holds from the next start.")

    async def action_perform(self, action_id: str) -> None:
        """Keys that work above every dialog: only leaving."""
        if action_id == shell.QUIT.id:
            self.action_quit()

    def go_to(self, digit: str) -> None:
        """Show the screen on a digit."""
        for number, tab in enumerate(self.tabs):
            if tab.digit == digit:
                self.switch_mode(f"tab-{number}")

    def delay_update(self, delay: float = 0.05) -> None:
        """A switch of screens is shown as soon as the new one is laid out, not 50 ms later."""
        super().delay_update(min(delay, 0.005))

    def action_help(self) -> None:
        """Show all keys of the present screen."""
        from opsconsole.console.help import Help, HelpRow  # noqa: PLC0415 - after the first paint

        screen = self.screen
        if isinstance(screen, ActingScreen):
            title = next((tab.title for number, tab in enumerate(self.tabs)
                          if self.current_mode == f"tab-{number}"), screen.title or "this screen")
            self.push_screen(Help(screen.title or title, [HelpRow(action, screen.refusal(action))
                                                          for action in screen.actions]))

    def action_palette(self) -> None:
        """Find a command by name."""
        from opsconsole.console.palette import Commands, Palette  # noqa: PLC0415

        self.push_screen(Palette([Commands], placeholder="command, screen or theme"))

    def action_theme(self) -> None:
        """Choose a theme."""
        from opsconsole.console.palette import Palette, ThemeCommands  # noqa: PLC0415

        self.push_screen(Palette([ThemeCommands], placeholder="theme"))

    def action_refresh(self) -> None:
        """Ask the storage now; screens that show figures of their own add to this."""
        for storage in self._storages():
            storage.ask()

    def action_suspend(self) -> None:
        """Back to the command line until `fg`."""
        self.action_suspend_process()

    # -- what is shown everywhere ------------------------------------------------------------------------------------

    @property
    def look(self) -> Look:
        """How styles look now."""
        return self.context.look

    @property
    def current_theme(self) -> TextualTheme:
        """The present theme for Textual's own parts; never one of Textual's."""
        return self._textual_theme

    def theme_names(self) -> tuple[str, ...]:
        """The themes that can be chosen."""
        return self._themes.names() if self._themes is not None else (self.look.name,)

    def choose_theme(self, name: str, *, remember: bool = True) -> None:
        """Change the theme, and remember it."""
        try:
            if self._themes is not None:
                self.show_look(Look(self._themes.get(name), name))
            if remember and self.context.preferences is not None:
                self.context.preferences.put("theme", name)
        except OpsError as error:
            self.notify_error(error)

    def show_look(self, look: Look) -> None:
        """Draw everything with another theme."""
        self.context.look = look
        self._textual_theme = textual_theme(look.theme, look.name)
        self.register_theme(self._textual_theme)
        if self.theme == look.name:
            self._watch_theme(look.name)
        else:
            self.theme = look.name
        self.refresh_bars()
        self.screen.refresh(layout=True)

    def top_facts(self) -> TopFacts:
        """What the top line says now."""
        context = self.context
        now = local(context.clock.now(), context.zone)
        tabs = tuple(TabLabel(tab.digit, tab.title, tab.badge(), self.current_mode == f"tab-{number}")
                     for number, tab in enumerate(self.tabs))
        problem = context.storage.problem if context.storage.state is StorageState.FAILED else ""
        return TopFacts(context.host, tabs, context.actor.name, f"{now:%H:%M}", now.tzname() or "", agent=self.agent(),
                        problem=problem, notice=self.notice())

    def _storages(self) -> list[Storage]:
        return [one for one in (self.context.storage, self.context.metrics) if one is not None]

    def refresh_bars(self) -> None:
        """Top line and footer again, where something changed; call it when a badge changes."""
        if self._screen_stack:
            for screen in self.screen_stack:
                if isinstance(screen, ConsoleScreen) and screen.is_current:
                    screen.refresh_top()
                    screen.refresh_bindings()

    def _tick(self) -> None:
        self.refresh_bars()
        self.set_timer((MINUTE - self.context.clock.now() % MINUTE) / 1000 + 0.01, self._tick, name="clock")

    def get_loading_widget(self) -> Widget:
        """A word that stands still."""
        from textual.widgets import Static  # noqa: PLC0415 - seldom needed

        return Static("loading", markup=False)

    # -- telling -----------------------------------------------------------------------------------------------------

    def tell_when_ready(self, error: OpsError) -> None:
        """Show a mistake of the start once there is a screen."""
        self._to_tell.append(error)

    # -- beginning ---------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Follow sizes and suspensions."""
        self.screen_change_signal.subscribe(self, self._check_size, immediate=True)
        self.screen_change_signal.subscribe(self, self._changed_screen, immediate=True)
        self.app_resume_signal.subscribe(self, self._woken, immediate=True)

    def refresh_css(self, animate: bool = True) -> None:
        """Nothing changes before the first paint: the first screen's styles are as new as they can be."""
        if self._dom_ready:
            super().refresh_css(animate=animate)
        else:
            self.screen._css_update_count = self._css_update_count  # noqa: SLF001 - what `refresh_css` ends with

    def on_ready(self) -> None:
        """The first paint, and then what it did not need."""
        # Textual's own would wait for its frame timer, 17 ms.
        self.screen.refresh()
        self.screen._on_timer_update()  # noqa: SLF001 - no public way
        if self.owns_process:
            thrift.begin()
        self._tick()
        self.context.storage.changed = self._storage_changed
        if self.owns_process:
            self.set_timer(PRELOAD_AFTER, self._preload, name="preload")
        for storage in self._storages():
            storage.topics = self._topics
            task = asyncio.create_task(storage.run(), name="storage")
            task.add_done_callback(self._storage_ended)
            self._storing.add(task)
        self._check_size(self.screen)
        for error in self._to_tell:
            self.notify_error(error)
        if self._themes is not None and self.owns_process:
            self.set_interval(THEME_INTERVAL, self._look_for_themes, name="themes")

    def _preload(self) -> None:
        """What the first paint did without, and the first `?` or `:` would otherwise wait for."""
        from opsconsole.console.preloading import modules  # noqa: PLC0415

        if self.identify is not None:
            self.context.actor = self.identify()
        if self.owns_process:
            from opsconsole.core.memory import give_back, share_memory  # noqa: PLC0415 - after the first paint

            share_memory()
            self.set_interval(TRIM_INTERVAL, give_back, name="memory")
            wanted = modules(self.tabs)
            for place, name in enumerate(wanted):
                self.set_timer(PRELOAD_AFTER + place * PRELOAD_STEP, partial(import_module, name), name="preload")
            self.set_timer(PRELOAD_AFTER + len(wanted) * PRELOAD_STEP, thrift.stays, name="preload")
        self.begun()

    async def on_event(self, event: events.Event) -> None:
        """Keys bring new lines, and the old ones are not kept for ever."""
        if isinstance(event, events.Key):
            thrift.sweep()
        await super().on_event(event)

    def _changed_screen(self, _: object) -> None:
        thrift.forget()
        if self.owns_process:
            if self._collecting is not None:
                self._collecting.stop()
            self._collecting = self.set_timer(thrift.PAUSE, thrift.collect, name="collect")

    def _look_for_themes(self) -> None:
        assert self._themes is not None  # noqa: S101 - asked by the only caller
        change = self._themes.changed()
        for mistake in change.mistakes:
            self.say(mistake, Level.WARNING)
        if self.look.name in change.names:
            self.choose_theme(self.look.name, remember=False)

    def _storage_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._handle_exception(cast("Exception", error))

    async def on_unmount(self) -> None:
        """Close the records before the program ends."""
        for task in self._storing:
            task.cancel()
        if self._storing:
            await asyncio.wait(self._storing)

    def _storage_changed(self) -> None:
        self.refresh_bars()
        if self.context.storage.state is StorageState.FAILED:
            self.say(self.context.storage.sentence, Level.CRITICAL)

    def _topics(self, topics: frozenset[str]) -> None:
        self.heard(topics)
        for stack in self._screen_stacks.values():
            for screen in stack:
                if isinstance(screen, ConsoleScreen):
                    screen.post_message(ConsoleScreen.TopicsChanged(topics))

    def _woken(self, _: object) -> None:
        self.repaint()
        self.refresh_bars()

    async def _on_resize(self, event: events.Resize) -> None:
        await super()._on_resize(event)
        self.call_later(self._check_size)

    def _check_size(self, _: Screen[Any] | None = None) -> None:
        """Cover everything while the terminal is too small; uncover it when there is room again."""
        if not self._screen_stack:
            return
        small = self.size.width < SMALLEST[0] or self.size.height < SMALLEST[1]
        if not small and not self._covered:
            return
        from opsconsole.console.size_notice import SizeNotice  # noqa: PLC0415 - seldom needed

        stack = self._screen_stack
        cover = next((screen for screen in stack if isinstance(screen, SizeNotice)), None)
        self._covered = small
        if not small and cover is not None and cover is stack[-1]:
            cover.dismiss(None)
        elif small and cover is None:
            self.push_screen(SizeNotice(SMALLEST))
        elif small and cover is not None and cover is not stack[-1]:
            # Something was opened over the notice: it waits below.
            stack[-1].post_message(events.ScreenSuspend())
            stack.remove(cover)
            stack.append(cover)
            cover.post_message(events.ScreenResume())
