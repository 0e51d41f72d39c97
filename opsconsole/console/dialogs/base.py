"""The frame of the dialogs: a panel in the middle, over a screen that stays as it is (nothing is dimmed or redrawn)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.containers import Vertical
from textual.screen import ModalScreen

from opsconsole.console.leaving import LeavingScreen
from opsconsole.console.theme import look_of
from opsconsole.console.widgets.rows import Rows
from opsconsole.core.glyphs import UNICODE
from opsconsole.core.lines import BLANK, Line, Span, Tint
from opsconsole.core.text import harmless, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opsconsole.console.theme import Look
    from opsconsole.core.glyphs import Glyphs

Result = TypeVar("Result")

WIDTH = 64
"""Cells of text in a dialog: what can be read at once, and fits into 80 columns with its margins."""
MOST_LINES = 12
"""A dialog says what will happen; what is longer belongs on a screen."""


class Panel(Vertical):
    """The box of a dialog."""


class Dialog(ModalScreen[Result], LeavingScreen[Result], inherit_bindings=False):
    """A question over a screen; subclasses compose into `panel`."""

    ALLOW_SELECT = False
    DEFAULT_CSS: ClassVar[str] = """
    Dialog { align: center middle; background: transparent; }
    Dialog > Panel { width: 70; max-width: 100%; height: auto; max-height: 100%; background: $surface; padding: 1 3; }
    Dialog > Panel.-destructive { background: $error-muted; }
    Dialog > Panel:ansi { border: solid ansi_default; padding: 0 2; background: ansi_default; }
    Dialog > Panel.-ascii:ansi { border: ascii ansi_default; }
    """

    def __init__(self, *, look: Look | None = None, glyphs: Glyphs = UNICODE) -> None:
        super().__init__()
        self._look = look
        self._glyphs = glyphs

    def panel(self, *, destructive: bool = False) -> Panel:
        """The box; use it in a `with` statement."""
        names = ("-destructive",) * destructive + ("-ascii",) * self._glyphs.stem.isascii()
        return Panel(classes=" ".join(names))

    def rows(self, lines: Sequence[Line], tint: Tint, id: str | None = None) -> Rows:  # noqa: A002 - Textual's
        """Lines on the tint of the box."""
        tint = Tint.NONE if (self._look or look_of(self.app)).theme.ansi else tint
        return Rows([line._replace(tint=tint) for line in lines], look=self._look, glyphs=self._glyphs, id=id)


def paragraphs(lines: Sequence[Line | str]) -> list[Line]:
    """Lines as they are, texts wrapped; of very many only the first."""
    made: list[Line] = []
    for line in lines:
        made.extend([line] if isinstance(line, Line) else _wrapped(line))
    return made if len(made) <= MOST_LINES else [*made[:MOST_LINES - 1], Line((Span("…"),))]


def _wrapped(text: str) -> Iterator[Line]:
    for row in wrap(harmless(text), WIDTH) if text else [""]:
        yield Line((Span(row),)) if row else BLANK
