"""Asks for one line of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding

from opsconsole.console.dialogs.base import Dialog, paragraphs
from opsconsole.console.widgets.inputs import LineInput
from opsconsole.console.widgets.rows import Rows
from opsconsole.core.glyphs import UNICODE
from opsconsole.core.lines import BLANK, Line, Span, Style, Tint
from opsconsole.core.text import harmless

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widgets import Input

    from opsconsole.console.theme import Look
    from opsconsole.core.glyphs import Glyphs


class Ask(Dialog["str | None"]):
    """A question answered with a line of text, or None by esc.

    Args:
        question: what to enter, in a few words.
        value: what stands there at first.
        hint: shown faintly while it is empty.
        check: gets the text and returns what is wrong with it, in one sentence, or None.
        done: what enter does, in one or two words.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "back", show=False)]
    DEFAULT_CSS: ClassVar[str] = """
    Ask LineInput, Ask LineInput:focus { background: $background; margin: 1 0 0 0; }
    Ask LineInput:ansi, Ask LineInput:ansi:focus { text-style: none; background: ansi_default; }
    """

    def __init__(self, question: str, value: str = "", *, hint: str = "", done: str = "ok",
                 check: Callable[[str], str | None] | None = None, look: Look | None = None,
                 glyphs: Glyphs = UNICODE) -> None:
        super().__init__(look=look, glyphs=glyphs)
        self._question, self._value, self._hint, self._check, self._done = question, value, hint, check, done

    def compose(self) -> ComposeResult:
        """Question, field, what is wrong, keys."""
        question = [Line(tuple(span._replace(strong=True) for span in line.spans))
                    for line in paragraphs([self._question])]
        with self.panel():
            yield self.rows(question, Tint.BAR)
            yield LineInput(self._value, placeholder=self._hint)
            yield self.rows([BLANK], Tint.BAR, id="wrong")
            yield self.rows([BLANK, Line((Span("enter", Style.ACCENT, strong=True), Span(f" {self._done}    "),
                                   Span("esc", Style.ACCENT, strong=True), Span(" back")))], Tint.BAR)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: close with the text, or say what is wrong with it."""
        event.stop()
        wrong = self._check(event.value) if self._check is not None else None
        if wrong is None:
            self.dismiss(event.value)
        else:
            self._say(wrong)

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was wrong may be right now."""
        event.stop()
        if self._check is not None and self.query_one("#wrong", Rows).lines[0].spans:
            self._say(self._check(event.value))

    def action_cancel(self) -> None:
        """Close without a text."""
        self.dismiss(None)

    def _say(self, wrong: str | None) -> None:
        rows = self.query_one("#wrong", Rows)
        spans = (Span(f"{self._glyphs.critical} {harmless(wrong)}", Style.CRITICAL),) if wrong else ()
        rows.show([rows.lines[0]._replace(spans=spans)])
