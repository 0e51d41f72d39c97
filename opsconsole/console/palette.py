"""The command palette: everything that can be done here, every screen and every theme, found by typing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, NamedTuple, cast

from rich.style import Style as RichStyle
from rich.text import Text
from textual.command import CommandInput, CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from opsconsole.console import actions as shell
from opsconsole.console.keys import key_label
from opsconsole.console.screen import ActingScreen
from opsconsole.console.widgets.scrollbar import scrollbar_for
from opsconsole.core.lines import Style
from opsconsole.core.text import clip, harmless, limited, width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from textual.app import ComposeResult
    from textual.strip import Strip

    from opsconsole.console.shell import OpsConsole

MARGINS = 8
"""Cells of the terminal that no row of the palette has."""
KEY_COLUMN = 8
"""Cells of the keys' column."""


class Command(NamedTuple):
    """One thing that the palette finds."""

    name: str
    does: str
    run: Callable[[], object]
    key: str = ""


class Commands(Provider):
    """Searches commands that are all known at once. One provider for all of them keeps their order."""

    @property
    def console(self) -> OpsConsole:
        """The app."""
        return cast("OpsConsole", self.app)

    def commands(self) -> Iterator[Command]:
        """All that may be found, in the order that is shown before anything is typed."""
        screen = self.screen
        if isinstance(screen, ActingScreen):
            for action in screen.actions:
                works = action.id != shell.PALETTE.id and action.group != "list" and screen.refusal(action) is None
                if works and not action.id.startswith("console.screen-"):
                    key = key_label(action.keys[0]) if action.keys else ""
                    yield Command(action.label, action.help, partial(self._perform, screen, action.id), key)
        for tab in self.console.tabs:
            yield Command(tab.title, "screen", partial(self.console.go_to, tab.digit), tab.digit)
        yield from self.themes()

    def themes(self) -> Iterator[Command]:
        """The themes that can be chosen."""
        for name in self.console.theme_names():
            does = "the theme that is chosen" if name == self.console.look.name else "theme"
            yield Command(f"theme {name}", does, partial(self.console.choose_theme, name))

    def _perform(self, screen: ActingScreen[object], action_id: str) -> None:
        # The palette is still on top here; what is done belongs to the screen below it.
        self.console.call_later(screen.action_perform, action_id)

    async def discover(self) -> Hits:
        """Everything, before anything is typed."""
        for command in self.commands():
            yield DiscoveryHit(self._shown(command), command.run, text=command.name)

    async def search(self, query: str) -> Hits:
        """What matches the name, or less well the sentence."""
        matcher = self.matcher(query)
        for command in self.commands():
            score, offsets = matcher.fuzzy_search.match(query, command.name)
            if score <= 0:
                score = matcher.match(command.does) / 4
                offsets = ()
            if score > 0:
                yield Hit(score, self._shown(command, offsets), command.run, text=command.name)

    def _shown(self, command: Command, marked: Sequence[int] = ()) -> Text:
        """Name, key and sentence in columns; never markup."""
        name = limited(command.name, 24)
        text = Text(name, style=self._style(Style.TEXT, strong=True), no_wrap=True, end="")
        for offset in marked:
            text.stylize(self._style(Style.ACCENT, strong=True), offset, offset + 1)
        text.append(" " * max(2, 20 - width(name)))
        text.append(command.key, self._style(Style.ACCENT))
        text.append(" " * max(1, KEY_COLUMN - width(command.key)))
        room = min(self.console.size.width - MARGINS - width(text.plain), 60)
        text.append(clip(harmless(command.does), max(0, room), self.console.context.glyphs.ellipsis),
                    self._style(Style.MUTED))
        return text

    def _style(self, style: Style, *, strong: bool = False) -> RichStyle:
        """Without a background: the list's own shows which row is chosen."""
        found = self.console.look.style(style, strong)
        return RichStyle(color=found.color, bold=bool(found.bold), dim=found.dim, underline=found.underline)


class ThemeCommands(Commands):
    """The themes alone."""

    def commands(self) -> Iterator[Command]:
        """See `Commands.commands`."""
        yield from self.themes()


class FoundCommands(CommandList, can_focus=False):
    """What was found; where no background can show which one is chosen, it is reversed."""

    def on_mount(self) -> None:
        """A scrollbar that every terminal can draw."""
        glyphs = cast("OpsConsole", self.app).context.glyphs
        self.vertical_scrollbar.renderer = scrollbar_for(glyphs)  # type: ignore[misc]  # read from the instance

    def render_line(self, y: int) -> Strip:
        """See `Widget.render_line`. Textual's own styles forget `reverse`."""
        strip = super().render_line(y)
        chosen = any(segment.style is not None and segment.style.meta.get("option") == self.highlighted
                     for segment in strip)
        if chosen and self.highlighted is not None and cast("OpsConsole", self.app).look.theme.ansi:
            return strip.apply_style(RichStyle(reverse=True))
        return strip


class Palette(CommandPalette):
    """Textual's palette without what moves, and with signs that every terminal has."""

    CSS: ClassVar[str] = """
    Palette { background: transparent; }
    Palette > Vertical { margin-top: 1; width: 76; max-width: 96%; }
    Palette #--input, Palette #--input.--list-visible { border: none; height: 3; padding: 1 1; background: $panel; }
    Palette #--input Static { width: 2; margin: 0; color: $accent; }
    Palette CommandInput, Palette CommandInput:focus { border: none; height: 1; padding: 0; background: $panel; }
    Palette CommandList {
        border: none; padding: 0 0 1 0; background: $panel; max-height: 60vh; scrollbar-size-vertical: 1;
    }
    Palette CommandList > .option-list--option { padding: 0 1; text-style: none; }
    Palette:ansi { background: transparent; }
    Palette:ansi #--input, Palette:ansi #--input.--list-visible {
        background: ansi_default; border-top: solid $faint; padding: 0 1 1 1;
    }
    Palette:ansi CommandInput, Palette:ansi CommandInput:focus { background: ansi_default; }
    Palette:ansi CommandList { background: ansi_default; border-bottom: solid $faint; }
    Palette.-ascii:ansi #--input, Palette.-ascii:ansi #--input.--list-visible { border-top: ascii $faint; }
    Palette.-ascii:ansi CommandList { border-bottom: ascii $faint; }
    """

    def compose(self) -> ComposeResult:
        """An input and what it finds; nothing that turns while it searches."""
        glyphs = cast("OpsConsole", self.app).context.glyphs
        sign = glyphs.cursor
        self.set_class(glyphs.stem.isascii(), "-ascii")
        with Vertical(id="--container"):
            with Horizontal(id="--input"):
                yield Static(sign, markup=False)
                entry = CommandInput(placeholder=self._placeholder, select_on_focus=False)
                entry.cursor_blink = False
                yield entry
            with Vertical(id="--results"):
                yield FoundCommands()

    async def _watch__show_busy(self) -> None:
        """Nothing is shown while searching: the commands are all here."""
