"""Fields to type in, without frames, and one to choose in. What they hold is visible: nothing in it acts or hides.

Foreign text is made harmless when it comes in, so that what a person sees is what is saved, and once more when drawn.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segment
from textual.binding import Binding
from textual.message import Message
from textual.strip import Strip
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input

from opsconsole.console.theme import look_of
from opsconsole.console.widgets.draw import strip_of
from opsconsole.core.glyphs import UNICODE
from opsconsole.core.lines import Line, Span, Style, Tint
from opsconsole.core.text import harmless, width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.binding import BindingType
    from textual.geometry import Size

    from opsconsole.console.theme import Look
    from opsconsole.core.glyphs import Glyphs


WIDE_SPACE = "\u3000"
"""Moves nothing: two empty cells."""


def inert(strip: Strip) -> Strip:
    """A strip in which no character acts on the terminal, whatever was drawn."""
    if strip.text.isprintable():
        return strip
    return Strip([Segment("".join(char if char.isprintable() or char == WIDE_SPACE else "?" for char in text), style)
                  for text, style, _ in strip])


def harmless_text(text: str) -> str:
    """Several lines, each harmless; tabs become spaces."""
    return "\n".join(harmless(line.expandtabs(4)) for line in text.replace("\r\n", "\n").split("\n"))


class LastWord(Suggester):
    """Completes the last word of a line with the first of some words that begins so."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._words = tuple(shown for word in words if (shown := harmless(word)))

    async def get_suggestion(self, value: str) -> str | None:
        """See `Suggester.get_suggestion`."""
        begun = re.split(r"[\s,]", value)[-1]
        typed = begun.lstrip("+-@").casefold()
        found = next((word for word in self._words if typed and word.casefold().startswith(typed)), None)
        return None if found is None else value + found[len(typed):]


class LineInput(Input):
    """One line of text; it has no frame, and its cursor does not blink."""

    DEFAULT_CSS = """
    LineInput, LineInput:focus, LineInput.-invalid, LineInput.-invalid:focus {
        border: none; height: 1; padding: 0 1; background: $surface; color: $foreground; background-tint: transparent;
    }
    LineInput:focus { background: $block-cursor-blurred-background; }
    LineInput > .input--placeholder, LineInput > .input--suggestion { color: $text-disabled; }
    LineInput:ansi, LineInput:ansi:focus { border: none; padding: 0; background: ansi_default; }
    LineInput:ansi > .input--cursor {
        background: ansi_default; color: ansi_default; text-style: reverse;
    }
    LineInput:ansi > .input--selection {
        background: ansi_default; color: ansi_default; text-style: underline reverse;
    }
    """

    def __init__(self, value: str = "", *, placeholder: str = "", words: Sequence[str] = (), name: str | None = None,
                 id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(harmless(value), placeholder=harmless(placeholder), name=name, id=id, classes=classes,
                         highlighter=None, select_on_focus=False, suggester=LastWord(words) if words else None)
        self.set_reactive(Input.cursor_blink, False)

    def validate_value(self, value: str) -> str:
        """Whatever is pasted or set becomes visible."""
        return harmless(value)

    def put(self, text: str) -> None:
        """Put a text where the cursor is, as if it were typed."""
        self.insert_text_at_cursor(harmless(text))

    def render_line(self, y: int) -> Strip:
        """See `Widget.render_line`."""
        return inert(super().render_line(y))


class Choice(Widget, can_focus=True):
    """One of a few words, all of them in view where there is room; left and right change it.

    Args:
        options: (value, word); at least one.
        value: the one chosen at first; the first option when it is none of them.
    """

    ALLOW_SELECT: ClassVar[bool] = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "step(-1)", show=False), Binding("right,l,space", "step(1)", show=False),
    ]
    DEFAULT_CSS = "Choice { height: 1; width: 1fr; }"

    @dataclass
    class Changed(Message):
        """Another option is chosen."""

        choice: Choice
        value: str

        @property
        def control(self) -> Choice:
            """The field, for `@on` selectors."""
            return self.choice

    def __init__(self, options: Sequence[tuple[str, str]], value: str = "", *, look: Look | None = None,
                 glyphs: Glyphs = UNICODE, tint: Tint = Tint.NONE, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._tint = tint
        self._options = tuple((each, harmless(word)) for each, word in options)
        self._look = look
        self._glyphs = glyphs
        self._at = 0
        self.value = value

    @property
    def value(self) -> str:
        """The value of the chosen option."""
        return self._options[self._at][0]

    @value.setter
    def value(self, value: str) -> None:
        at = next((number for number, (each, _) in enumerate(self._options) if each == value), 0)
        if at != self._at:
            self._at = at
            self.post_message(self.Changed(self, self.value))
            self.refresh()

    def put(self, text: str) -> None:
        """Nothing: one types into the others."""

    def action_step(self, step: int) -> None:
        """The next option, or the one before; it does not go round."""
        self.value = self._options[max(0, min(self._at + step, len(self._options) - 1))][0]

    def on_click(self, event: events.Click) -> None:
        """A click chooses."""
        cell = event.x
        for start, stop, number in self._places():
            if start <= cell < stop:
                self.value = self._options[number][0]

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002 - as Widget
        """All of the room."""
        return container.width

    def _places(self) -> list[tuple[int, int, int]]:
        """Cells (first, after the last) of each option where all fit; else none."""
        places = []
        at = 0
        for number, (_, word) in enumerate(self._options):
            places.append((at, at + width(word) + 2, number))
            at += width(word) + 3
        return places if at - 1 <= self.size.width else []

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - as Widget
        """See `Widget.render_line`."""
        places = self._places()
        word = self._options[self._at][1]
        spans: list[Span] = []
        for start, _, number in places:
            chosen = number == self._at
            spans += [Span(" ")] if start else []
            spans.append(Span(f" {self._options[number][1]} ", Style.INVERSE if chosen else Style.MUTED, chosen))
        if not places:
            spans = [Span(f" {word} ", Style.INVERSE, strong=True),
                     Span(f"  {self._at + 1} of {len(self._options)}", Style.MUTED)]
        tint = Tint.CURSOR if self.has_focus and not look_of(self.app).theme.ansi else self._tint
        look = self._look or look_of(self.app)
        return strip_of(Line(tuple(spans), tint), self.size.width, look, ellipsis=self._glyphs.ellipsis)
