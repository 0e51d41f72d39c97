"""Choosing one of a list, which becomes shorter while one types."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.binding import Binding

from opsconsole.console.dialogs.base import WIDTH, Dialog, paragraphs
from opsconsole.console.theme import look_of
from opsconsole.console.widgets.inputs import LineInput
from opsconsole.console.widgets.rows import Rows
from opsconsole.core.glyphs import UNICODE
from opsconsole.core.lines import BLANK, Line, Span, Style, Tint, fit
from opsconsole.core.text import clip, harmless, width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widgets import Input

    from opsconsole.console.theme import Look
    from opsconsole.core.glyphs import Glyphs

MOST_ROWS = 12
"""Options in view at a time."""


class Option(NamedTuple):
    """One thing that can be chosen. Texts may be foreign."""

    value: str
    words: str
    note: str = ""
    """What choosing it takes, or means; stands back."""
    refused: str = ""
    """Why it cannot be chosen now; empty: it can."""


class Choose(Dialog["str | None"]):
    """A question answered with one of some options, or None by esc.

    Args:
        question: what is chosen, in a few words.
        options: those that can be chosen first.
        value: the one that the cursor stands on at first.
        free: whether what is typed can be chosen as well when no option is named so; and what that means.
        done: what enter does, in one or two words.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "back", show=False), Binding("down,ctrl+n", "step(1)", show=False),
        Binding("up,ctrl+p", "step(-1)", show=False), Binding("pagedown", f"step({MOST_ROWS})", show=False),
        Binding("pageup", f"step(-{MOST_ROWS})", show=False)]
    DEFAULT_CSS: ClassVar[str] = """
    Choose LineInput, Choose LineInput:focus { background: $background; margin: 1 0 1 0; }
    Choose LineInput:ansi, Choose LineInput:ansi:focus { text-style: none; background: ansi_default; }
    """

    def __init__(self, question: str, options: Sequence[Option], *, value: str = "", free: str = "",
                 done: str = "choose", look: Look | None = None, glyphs: Glyphs = UNICODE) -> None:
        super().__init__(look=look, glyphs=glyphs)
        self._question, self._options, self._free, self._done = question, tuple(options), free, done
        self._shown = self._options
        self._at = next((number for number, one in enumerate(self._options) if one.value == value and value), 0)
        self._top = 0
        self._label = min(24, max((width(harmless(one.words)) for one in options), default=0))
        self._height = min(MOST_ROWS, max(1, len(options) + bool(free)))

    def compose(self) -> ComposeResult:
        """Question, field, options, what is wrong, keys."""
        question = [Line(tuple(span._replace(strong=True) for span in line.spans))
                    for line in paragraphs([self._question])]
        with self.panel():
            yield self.rows(question, Tint.BAR)
            yield LineInput(placeholder="type to find")
            yield self.rows([BLANK] * self._height, Tint.BAR, id="options")
            yield self.rows([BLANK], Tint.BAR, id="wrong")
            yield self.rows([Line((Span("enter", Style.ACCENT, strong=True), Span(f" {self._done}    "),
                                   Span("esc", Style.ACCENT, strong=True), Span(" back")))], Tint.BAR)

    def on_mount(self) -> None:
        """Show the options."""
        self._draw()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Only those with the words, those that begin with them first."""
        event.stop()
        typed = event.value.strip()
        words = typed.casefold().split()
        fitting = [one for one in self._options
                   if all(word in f"{harmless(one.words)} {one.value}".casefold() for word in words)]
        first = words[0] if words else ""
        fitting.sort(key=lambda one: (bool(one.refused), not harmless(one.words).casefold().startswith(first)))
        if self._free and typed and not any(one.value == typed for one in fitting):
            fitting.append(Option(typed, typed, self._free))
        self._shown, self._at, self._top = tuple(fitting), 0, 0
        self._draw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: close with the option, or say why it cannot be chosen."""
        event.stop()
        if not self._shown:
            return
        chosen = self._shown[self._at]
        if chosen.refused:
            self._say(f"{chosen.words}: {chosen.refused}.")
        else:
            self.dismiss(chosen.value)

    def action_step(self, step: int) -> None:
        """To another option."""
        if self._shown:
            self._at = max(0, min(self._at + step, len(self._shown) - 1))
            self._draw()

    def action_cancel(self) -> None:
        """Close without a choice."""
        self.dismiss(None)

    def _draw(self) -> None:
        self._say("")
        self._top = max(min(self._top, self._at), self._at - self._height + 1, 0)
        shown = self._shown[self._top:self._top + self._height]
        ansi = (self._look or look_of(self.app)).theme.ansi
        rows = [self._row(one, here=self._top + number == self._at, ansi=ansi) for number, one in enumerate(shown)]
        if not rows:
            rows = [Line((Span("  Nothing is called so.", Style.MUTED),))]
        below = len(self._shown) - self._top - len(shown)
        blank = [Line(tint=Tint.NONE if ansi else Tint.BAR)] * (self._height - len(rows))
        if below > 0 and self._at < self._top + self._height - 1:
            rows[-1] = Line((Span(f"  {self._glyphs.ellipsis} {below + 1} more", Style.MUTED),))
        rows = [row if row.tint is Tint.CURSOR or ansi else row._replace(tint=Tint.BAR) for row in rows]
        self.query_one("#options", Rows).show([*rows, *blank])

    def _row(self, one: Option, *, here: bool, ansi: bool) -> Line:
        words = clip(harmless(one.words), self._label, self._glyphs.ellipsis)
        said = harmless(one.refused or one.note)
        style = Style.FAINT if one.refused else Style.TEXT
        spans = [Span(f"{self._glyphs.cursor if here else ' '} ", Style.ACCENT), Span(words, style, here),
                 Span(" " * (self._label - width(words) + 2)), Span(said, Style.FAINT if one.refused else Style.MUTED)]
        return Line(fit(spans, WIDTH, self._glyphs.ellipsis), Tint.CURSOR if here and not ansi else Tint.NONE)

    def _say(self, wrong: str) -> None:
        rows = self.query_one("#wrong", Rows)
        spans = (Span(f"{self._glyphs.critical} {harmless(wrong)}", Style.CRITICAL),) if wrong else ()
        rows.show([rows.lines[0]._replace(spans=spans)])
