"""One field of a form: its label, its input, and below it what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from textual.containers import Horizontal, Vertical

from opsconsole.console.widgets.inputs import Choice, LineInput
from opsconsole.console.widgets.rows import Rows
from opsconsole.core.lines import Line, Span, Style, Tint
from opsconsole.core.text import harmless

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from opsconsole.console.theme import Look
    from opsconsole.console.widgets.text_input import TextInput
    from opsconsole.core.glyphs import Glyphs


class Field(NamedTuple):
    """One field.

    `check` gets the text and returns what is wrong with it, in one sentence, or None.
    """

    name: str
    label: str
    kind: Literal["line", "text", "choice"] = "line"
    value: str = ""
    options: tuple[tuple[str, str], ...] = ()
    """(value, word), for a choice."""
    required: bool = False
    check: Callable[[str], str | None] | None = None
    hint: str = ""
    """What to enter, faintly, while the field is empty."""
    words: tuple[str, ...] = ()
    """Of a line: what can complete its last word, faintly behind the cursor; right takes it."""
    rows: int = 0
    """Of a text: how many of its rows are in view; 0: as the styles around it say."""
    small: bool = False
    """Of a text: whether it seldom has more than a line; what that means is for the styles around it to say."""

    def wrong(self, text: str) -> str | None:
        """What is wrong with a text in this field."""
        if self.required and not text.strip():
            return f"{self.label} is missing."
        return self.check(text) if self.check is not None else None


class FieldRow(Horizontal):
    """Label, field, and below it what is wrong."""

    DEFAULT_CSS = """
    FieldRow { height: auto; margin-bottom: 1; }
    FieldRow > Vertical { height: auto; width: 1fr; }
    """

    def __init__(self, field: Field, label_cells: int, look: Look | None, glyphs: Glyphs,
                 tint: Tint = Tint.NONE) -> None:
        super().__init__(classes=f"-{field.kind}{' -small' if field.small else ''}")
        self.field = field
        self._tint = tint
        self._cells, self._glyphs = label_cells, glyphs
        self._label = Rows(look=look, glyphs=glyphs)
        self._label.styles.width = label_cells + 3
        self._message = Rows(look=look, glyphs=glyphs)
        self._input = self._made(look)
        # What was given comes back as it was unless somebody changes it, even where it could not be shown as it is.
        self._given = (self._input.value, field.value)
        self._wrong: str | None = None

    def _made(self, look: Look | None) -> LineInput | TextInput | Choice:
        field = self.field
        if field.kind == "choice":
            return Choice(field.options, field.value, look=look, glyphs=self._glyphs, tint=self._tint)
        if field.kind == "text":
            from opsconsole.console.widgets.text_input import TextInput  # noqa: PLC0415 - few forms have one

            text = TextInput(field.value, placeholder=field.hint)
            if field.rows:
                text.styles.height = field.rows
            return text
        return LineInput(field.value, placeholder=field.hint, words=field.words)

    def compose(self) -> ComposeResult:
        """Label to the left, the rest to the right."""
        yield self._label
        with Vertical():
            yield self._input
            yield self._message

    def on_mount(self) -> None:
        """Draw the label."""
        self._draw()

    def on_descendant_focus(self) -> None:
        """Show where one is."""
        self._draw(here=True)

    def on_descendant_blur(self) -> None:
        """And where no more."""
        self._draw()

    def focus_field(self) -> None:
        """Put the cursor into the field."""
        self._input.focus()

    @property
    def is_text(self) -> bool:
        """Whether it holds several lines."""
        return self.field.kind == "text"

    @property
    def has_cursor(self) -> bool:
        """Whether one types into this field."""
        return self._input.has_focus

    def insert(self, text: str) -> None:
        """Put a text where the cursor is, as if it were typed; a choice takes none."""
        self._input.put(text)

    @property
    def value(self) -> str:
        """What the field holds."""
        shown, given = self._given
        text = self._input.value
        return given if text == shown else text

    @value.setter
    def value(self, value: str) -> None:
        if value == self._given[1]:
            value = self._given[0]
        self._input.value = value

    @property
    def wrong(self) -> str | None:
        """What is said to be wrong."""
        return self._wrong

    @wrong.setter
    def wrong(self, sentence: str | None) -> None:
        self._wrong = sentence
        sign = Span(f"{self._glyphs.critical} ", Style.CRITICAL)
        said = Line((sign, Span(harmless(sentence or ""), Style.CRITICAL)), self._tint)
        self._message.show([said] if sentence else [])

    def check(self) -> bool:
        """Say what is wrong, or nothing; whether all is well."""
        self.wrong = self.field.wrong(self.value)
        return self.wrong is None

    def _draw(self, *, here: bool = False) -> None:
        sign = Span(self._glyphs.cursor if here else " ", Style.ACCENT)
        label = Span(harmless(self.field.label), Style.TEXT if here else Style.MUTED, here)
        self._label.show([Line((sign, Span(" "), label), self._tint)])
