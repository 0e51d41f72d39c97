"""Asks before something is done that cannot be taken back: y does it, n or esc does not, enter does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding

from opsconsole.console.dialogs.base import Dialog, paragraphs
from opsconsole.core.glyphs import UNICODE
from opsconsole.core.lines import BLANK, Line, Span, Style, Tint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from opsconsole.console.theme import Look
    from opsconsole.core.glyphs import Glyphs


class Confirm(Dialog[bool]):
    """A question answered with True or False.

    Args:
        question: one sentence with a question mark; drawn strongly.
        details: what will happen, in a few lines; texts are wrapped, lines drawn as they are.
        yes: what y does, as one or two words: `terminate`.
        destructive: whether it cannot be taken back: then the box has the critical tint.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "yes", show=False), Binding("n,escape", "answer(False)", "no", show=False),
    ]

    def __init__(self, question: str, details: Sequence[Line | str] = (), *, yes: str = "do it",
                 destructive: bool = False, look: Look | None = None, glyphs: Glyphs = UNICODE) -> None:
        super().__init__(look=look, glyphs=glyphs)
        self._question, self._details, self._yes, self._destructive = question, details, yes, destructive

    def compose(self) -> ComposeResult:
        """Question, what will happen, keys."""
        sign = Span(f"{self._glyphs.warning} ", Style.CRITICAL) if self._destructive else Span("")
        first, *rest = paragraphs([self._question])
        question = [Line((sign, *(span._replace(strong=True) for span in line.spans))) for line in (first,)]
        question += [Line(tuple(span._replace(strong=True) for span in line.spans)) for line in rest]
        details = paragraphs(self._details)
        keys = Line((Span("y", Style.CRITICAL if self._destructive else Style.ACCENT, strong=True),
                     Span(f" {self._yes}    "), Span("n", Style.ACCENT, strong=True), Span(" or "),
                     Span("esc", Style.ACCENT, strong=True), Span(" do nothing")))
        lines = [*question, *([BLANK, *details] if details else []), BLANK, keys]
        with self.panel(destructive=self._destructive):
            yield self.rows(lines, Tint.CRITICAL if self._destructive else Tint.BAR)

    def action_answer(self, answer: bool) -> None:
        """Close, with the answer."""
        self.dismiss(answer)
