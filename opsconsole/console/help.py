"""The help of a screen: every key, grouped, with what does not work now and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from opsconsole.console import actions as shell
from opsconsole.console.bar import Bar
from opsconsole.console.footer import Item, footer
from opsconsole.console.keys import key_label
from opsconsole.console.screen import ConsoleDialog
from opsconsole.console.widgets.lines_view import LinesView
from opsconsole.core.lines import BLANK, Line, Span, Style, Tint, fit, line
from opsconsole.core.text import harmless, width, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from opsconsole.core.actions import Action
    from opsconsole.core.glyphs import Glyphs

TITLES = {"list": "LISTS", "form": "FORMS", "console": "EVERYWHERE"}
WIDTH = 76
"""Cells of the panel, where the terminal has them."""
LAST = ("list", "form", "console")
"""Groups of the shell; the screen's own come before."""


class HelpRow(NamedTuple):
    """One action as the help page shows it."""

    action: Action
    refusal: str | None = None
    """Why it does not work now."""


def help_lines(rows: Sequence[HelpRow], cells: int, glyphs: Glyphs) -> list[Line]:
    """The page, `cells` wide: a heading per group, then keys and what they do; long sentences are wrapped."""
    groups = list(dict.fromkeys(row.action.group for row in rows))
    groups.sort(key=lambda group: LAST.index(group) if group in LAST else -1)
    keys = {row.action.id: _keys(row.action) for row in rows}
    column = min(max((width(text) for text in keys.values()), default=0), cells // 3)
    page: list[Line] = []
    for group in groups:
        if page:
            page.append(BLANK)
        page.append(line(Span(" " + TITLES.get(group, harmless(group).upper()), Style.MUTED, strong=True)))
        for row in rows:
            if row.action.group == group:
                page += _row(row, keys[row.action.id], column, cells, glyphs)
    return page


def _keys(action: Action) -> str:
    return "  ".join(key_label(key) for key in action.keys) or "-"


def _row(row: HelpRow, keys: str, column: int, cells: int, glyphs: Glyphs) -> list[Line]:
    refused = row.refusal is not None
    room = max(10, cells - column - 4)
    key_style, text_style = (Style.FAINT, Style.FAINT) if refused else (Style.ACCENT, Style.TEXT)
    texts = wrap(harmless(row.action.help), room) or [""]
    lines = [line(Span(" "), *fit((Span(keys, key_style, strong=not refused),), column, glyphs.ellipsis),
                  Span("  "), Span(texts[0], text_style))]
    lines += [line(Span(" " * (column + 3)), Span(text, text_style)) for text in texts[1:]]
    if row.refusal is not None:
        lines += [line(Span(" " * (column + 3)), Span(text, Style.MUTED))
                  for text in wrap(f"{glyphs.dash} not now: {harmless(row.refusal)}", room)]
    return lines


class Help(ConsoleDialog[None], inherit_bindings=False):
    """All keys of the screen below."""

    DEFAULT_CSS: ClassVar[str] = """
    Help { align: center middle; overflow: hidden hidden; background: transparent; }
    Help:ansi { background: transparent; }
    Help > #help { background: $bar; }
    Help > #help:ansi { border: solid $faint; background: ansi_default; }
    Help > #help.-ascii:ansi { border: ascii $faint; }
    Help LinesView { height: 1fr; background: $bar; scrollbar-background: $bar; }
    Help LinesView:ansi { background: ansi_default; }
    """
    ACTIONS: ClassVar[tuple[Action, ...]] = shell.MOVES

    def __init__(self, title: str, rows: Sequence[HelpRow]) -> None:
        super().__init__()
        self._title = title
        self._rows = rows

    def everywhere(self) -> tuple[Action, ...]:
        """`?` closes what it opened."""
        return (shell.BACK, shell.HELP, shell.QUIT)

    def compose(self) -> ComposeResult:
        """Title, page, and what closes it."""
        from textual.containers import Vertical  # noqa: PLC0415 - after the first paint

        with Vertical(id="help", classes="-ascii" if self.context.glyphs.stem.isascii() else ""):
            yield Bar(self._title_line, id="help-title")
            yield LinesView(glyphs=self.context.glyphs)
            yield Bar(self._close_line, id="help-foot")

    def on_resize(self) -> None:
        """Wrap for the width there is; as high as the page is long, when there is room."""
        view = self.query_one(LinesView)
        cells = min(WIDTH, self.size.width - 4)
        frame = 2 if self.console.look.theme.ansi else 0
        lines = [BLANK, *help_lines(self._rows, cells - frame - 1, self.context.glyphs), BLANK]
        panel = self.query_one("#help")
        panel.styles.width = cells
        panel.styles.height = min(len(lines) + 2 + frame, self.size.height - 2)
        view.show([drawn._replace(tint=self._ground) for drawn in lines])
        view.focus()

    def action_help(self) -> None:
        """Close it."""
        self.dismiss(None)

    def _title_line(self, cells: int) -> Line:
        glyphs = self.context.glyphs
        return Line(fit((Span(f" Keys of {harmless(self._title)}", Style.TEXT, strong=True),), cells, glyphs.ellipsis),
                    self._ground)

    @property
    def _ground(self) -> Tint:
        """What lies behind the panel; with the terminal's own colours a frame is enough."""
        return Tint.NONE if self.console.look.theme.ansi else Tint.BAR

    def _close_line(self, cells: int) -> Line:
        moves = [Item(action.id, key_label(action.keys[0]), action.label)
                 for action in (self.action_of(shell.DOWN.id), self.action_of(shell.UP.id)) if action and action.keys]
        back = self.action_of(shell.BACK.id) or shell.BACK
        return footer(moves, Item(back.id, key_label((back.keys or shell.BACK.keys)[0]), "close"), cells,
                      self.context.glyphs)._replace(tint=self._ground)
