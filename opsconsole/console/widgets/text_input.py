"""A field for several lines of text. Its own module: Textual's text area takes a megabyte, and lists do without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import TextArea

from opsconsole.console.widgets.inputs import harmless_text, inert
from opsconsole.core.text import harmless

if TYPE_CHECKING:
    from textual.strip import Strip
    from textual.widgets.text_area import Edit, EditResult


class TextInput(TextArea):
    """Several lines of text."""

    DEFAULT_CSS = """
    TextInput, TextInput:focus {
        border: none; padding: 0 1; background: $surface; color: $foreground; height: 6; scrollbar-size-vertical: 1;
    }
    TextInput:focus { background: $block-cursor-blurred-background; }
    TextInput .text-area--cursor-line { background: transparent; }
    TextInput .text-area--placeholder { color: $text-disabled; }
    TextInput:ansi, TextInput:ansi:focus { padding: 0; background: ansi_default; }
    TextInput:ansi .text-area--placeholder { color: ansi_default; text-style: dim; }
    """

    def __init__(self, text: str = "", *, placeholder: str = "", name: str | None = None,
                 id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(harmless_text(text), soft_wrap=True, tab_behavior="focus", show_line_numbers=False,
                         highlight_cursor_line=False, placeholder=harmless(placeholder), name=name, id=id,
                         classes=classes)
        self.set_reactive(TextArea.cursor_blink, False)
        self.set_reactive(TextArea.match_cursor_bracket, False)

    @property
    def value(self) -> str:
        """What it holds."""
        return self.text

    @value.setter
    def value(self, text: str) -> None:
        self.text = harmless_text(text)

    def put(self, text: str) -> None:
        """Put a text where the cursor is, as if it were typed."""
        self.insert(text)

    def edit(self, edit: Edit) -> EditResult:
        """Whatever is typed or pasted becomes visible."""
        # A single one may be a vowel sign or an accent that joins what stands before it.
        if len(edit.text) != 1 or not edit.text.isprintable():
            edit.text = harmless_text(edit.text)
        return super().edit(edit)

    def load_text(self, text: str) -> None:
        """The same for a whole text; typing goes on at its end."""
        super().load_text(harmless_text(text))
        self.move_cursor(self.document.end)

    def on_mount(self) -> None:
        """Typing goes on at the end."""
        self.move_cursor(self.document.end)

    def on_unmount(self) -> None:
        """Textual's program calls a field when its theme changes, and keeps every one there was until then."""
        watchers = getattr(self.app, "__watchers", {}).get("theme", [])
        watchers[:] = [one for one in watchers if one[0] is not self]

    def render_line(self, y: int) -> Strip:
        """See `Widget.render_line`."""
        return inert(super().render_line(y))
