"""The line in which a filter is typed: what it finds is shown after each key, and what is wrong with it, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message

from opsconsole.console.widgets.inputs import LineInput
from opsconsole.console.widgets.rows import Rows
from opsconsole.core.filtering import FilterError
from opsconsole.core.lines import Line, Span, Style, fit
from opsconsole.core.text import clip, width
from opsconsole.core.view import muted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widgets import Input

    from opsconsole.core.filtering import Completion
    from opsconsole.core.view import View

LABEL = 3
"""Cells of ` / ` before the text."""
PADDING = 1
"""Cells inside the field, left of its text."""


class Language(Protocol):
    """How the filter of a list is read, and how it can go on."""

    @property
    def hint(self) -> str:
        """What to type, faintly, while nothing stands there."""

    def check(self, text: str) -> None:
        """Read it.

        Raises:
            FilterError: it cannot be understood.
        """

    def complete(self, text: str, cursor: int) -> Sequence[Completion]:
        """What can stand at the cursor, nearest first."""


class FilterLine(Horizontal):
    """A field for a filter; hidden until it is opened. `hint` is the line below it.

    Args:
        language: how the filter is read.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "restore", show=False), Binding("tab", "complete(1)", show=False),
        Binding("shift+tab", "complete(-1)", show=False), Binding("down", "keep", show=False)]
    DEFAULT_CSS: ClassVar[str] = """
    FilterLine { height: 1; display: none; }
    FilterLine.-open { display: block; }
    FilterLine > Rows { width: 3; }
    FilterLine > LineInput, FilterLine > LineInput:focus { width: 1fr; }
    """

    @dataclass
    class Typed(Message):
        """Something else is typed. `text` is the last filter that can be read, `wrong` whether that is not this one."""

        text: str
        wrong: bool

    @dataclass
    class Kept(Message):
        """Enter: the filter stays."""

        text: str

    @dataclass
    class Restored(Message):
        """Esc: the filter that was there before comes back."""

        text: str

    def __init__(self, language: Language, *, id: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id)
        self._language = language
        self._before = self._right = ""
        self._wrong: FilterError | None = None
        self._offered: Sequence[Completion] = []
        self._at = -1
        """Which completion stands in the field; -1: none of them."""
        self._typed: tuple[str, int] = ("", 0)
        """What the completions go on from, and where its cursor was."""

    @property
    def opened(self) -> bool:
        """Whether one types into it now."""
        return self.has_class("-open")

    @property
    def text(self) -> str:
        """The last filter that could be read."""
        return self._right

    @property
    def field(self) -> LineInput:
        """Where one types."""
        return self.query_one(LineInput)

    def compose(self) -> ComposeResult:
        """The sign and the field."""
        yield Rows([Line((Span(" / ", Style.ACCENT, strong=True),))])
        yield LineInput(placeholder=self._language.hint)

    def on_mount(self) -> None:
        """Nothing can be focused in it while it is hidden."""
        self.field.disabled = True

    def open(self, text: str) -> None:
        """Begin with a filter, and go on typing behind it."""
        self._before = self._right = text
        self._wrong = None
        self.add_class("-open")
        field = self.field
        field.disabled = False
        start = f"{text} " if text and not text.endswith(" ") else text
        self._typed = (start, len(start))
        field.value = start
        field.cursor_position = len(start)
        self._offer()
        field.focus()

    def know(self, language: Language) -> None:
        """A language that completes more."""
        self._language = language
        if self.opened:
            self._offer()

    def shut(self) -> None:
        """Hide it."""
        self.remove_class("-open")
        self.field.disabled = True

    def on_input_changed(self, event: Input.Changed) -> None:
        """A key: read it again."""
        event.stop()
        if not self.opened:
            return
        field = self.field
        if self._at >= 0 and field.value == self._offered[self._at].text:
            self._read(field.value)
            return
        self._at = -1
        self._typed = (field.value, field.cursor_position)
        self._read(field.value)
        self._offer()

    def _read(self, text: str) -> None:
        try:
            self._language.check(text)
        except FilterError as wrong:
            self._wrong = wrong
        else:
            self._wrong, self._right = None, text
        self.post_message(self.Typed(self._right, self._wrong is not None))

    def _offer(self) -> None:
        self._offered = self._language.complete(*self._typed)
        self._at = -1

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: keep what can be read; what cannot is put right first."""
        event.stop()
        self.action_keep()

    def action_keep(self) -> None:
        """Keep the filter and go on to the list."""
        if self._wrong is None:
            self.shut()
            self.post_message(self.Kept(self._right.strip()))
        else:
            self.post_message(self.Typed(self._right, wrong=True))

    def action_restore(self) -> None:
        """Back to what was there before."""
        self.shut()
        self.post_message(self.Restored(self._before))

    def action_complete(self, step: int) -> None:
        """Put the next completion into the field; once more, the one after it."""
        if not self._offered:
            return
        only = len(self._offered) == 1
        self._at = (self._at + step) % len(self._offered) if self._at >= 0 or step > 0 else len(self._offered) - 1
        chosen = self._offered[self._at]
        field = self.field
        if only:
            self._at = -1
        field.value = chosen.text
        field.cursor_position = chosen.cursor

    def hint(self, view: View) -> Line:
        """What is wrong, under the place where it is; else how it can go on."""
        return self._mistake(self._wrong, view) if self._wrong is not None else self._completions(view)

    def _mistake(self, wrong: FilterError, view: View) -> Line:
        scrolled = round(self.field.scroll_x)
        at = LABEL + PADDING + max(0, width(self.field.value[:wrong.position]) - scrolled)
        marks = "^" * max(1, min(wrong.length, 40, view.cells - at))
        said = view.clean(f"{view.glyphs.critical} {wrong}")
        if at + len(marks) + 1 + width(said) <= view.cells:
            return Line((Span(" " * at), Span(marks, Style.CRITICAL), Span(f" {said}", Style.CRITICAL)))
        if width(said) + 1 <= at:
            return Line((Span(said.rjust(at - 1) if said.isascii() else " " * (at - 1 - width(said)) + said,
                              Style.CRITICAL), Span(" "), Span(marks, Style.CRITICAL)))
        return Line((Span(clip(f"   {said}", view.cells, view.glyphs.ellipsis), Style.CRITICAL),))

    def _completions(self, view: View) -> Line:
        if not self._offered:
            return Line((Span(" " * (LABEL + PADDING)), Span("enter", Style.TEXT, strong=True), muted(" keeps it   "),
                         Span("esc", Style.TEXT, strong=True), muted(" goes back")))
        spans = [Span(" " * LABEL), Span(" tab ", Style.TEXT, strong=True)]
        first = max(0, self._at - 2)
        for number, one in enumerate(self._offered[first:], first):
            here = number == self._at
            spans += [Span("  "), Span(view.clean(one.label), Style.ACCENT if here or (self._at < 0 and not number)
                                       else Style.MUTED, here)]
            if here and one.help:
                spans.append(Span(f" {view.clean(one.help)}", Style.FAINT))
            if sum(width(span.text) for span in spans) > view.cells:
                break
        return Line(fit(spans, view.cells, view.glyphs.ellipsis))
