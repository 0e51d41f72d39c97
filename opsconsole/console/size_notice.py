"""What is shown while the terminal is too small for anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.widget import Widget

from opsconsole.console import actions as shell
from opsconsole.console.screen import ConsoleDialog
from opsconsole.console.theme import look_of
from opsconsole.console.widgets.draw import strip_of
from opsconsole.core.lines import BLANK, Line, Span, Style, fit, line
from opsconsole.core.text import width

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.strip import Strip

    from opsconsole.core.actions import Action
    from opsconsole.core.glyphs import Glyphs

def notice(columns: int, rows: int, needed: tuple[int, int], glyphs: Glyphs) -> list[Line]:
    """The message for a terminal of `columns` by `rows` cells: never more lines, never wider."""
    times = "x" if glyphs.ellipsis.isascii() else "×"  # noqa: RUF001 - the sign for "by" is meant
    wanted = [
        line(Span("This terminal is too small.", Style.TEXT, strong=True)),
        line(Span("It has ", Style.MUTED), f"{columns} {times} {rows}", Span(" cells, ", Style.MUTED),
             f"{needed[0]} {times} {needed[1]}", Span(" are needed.", Style.MUTED)),
        line(Span("Nothing is lost; it goes on when there is room.", Style.FAINT)),
    ]
    if columns < width(wanted[1].text):
        wanted = [line(Span("too small", Style.TEXT, strong=True)), line(f"{columns}{times}{rows}"),
                  line(Span("needs ", Style.MUTED), f"{needed[0]}{times}{needed[1]}")]
    shown = wanted[:rows]
    above = (rows - len(shown)) // 2
    return [*[BLANK] * above, *(_centred(one, columns, glyphs) for one in shown)]


def _centred(one: Line, columns: int, glyphs: Glyphs) -> Line:
    margin = max(0, (columns - one.cells) // 2)
    return Line(fit((Span(" " * margin), *one.spans), columns, glyphs.ellipsis))


class NoticeView(Widget):
    """Draws the notice."""

    DEFAULT_CSS: ClassVar[str] = "NoticeView { height: 1fr; width: 1fr; }"

    def __init__(self, needed: tuple[int, int], glyphs: Glyphs) -> None:
        super().__init__()
        self._needed = needed
        self._glyphs = glyphs

    def render_line(self, y: int) -> Strip:
        """One row of the notice."""
        look = look_of(self.app)
        lines = notice(self.size.width, self.size.height, self._needed, self._glyphs)
        return strip_of(lines[y] if y < len(lines) else BLANK, self.size.width, look)


class SizeNotice(ConsoleDialog[None], inherit_bindings=False):
    """Lies over everything, so that keys do nothing unseen; what is below keeps its state."""

    DEFAULT_CSS: ClassVar[str] = """
    SizeNotice { background: $background; overflow: hidden hidden; }
    SizeNotice Toast { display: none; }
    """

    def __init__(self, needed: tuple[int, int]) -> None:
        super().__init__()
        self._needed = needed

    def compose(self) -> ComposeResult:
        """Nothing but the notice."""
        yield NoticeView(self._needed, self.context.glyphs)

    def everywhere(self) -> tuple[Action, ...]:
        """Only leaving works."""
        return (shell.QUIT,)
