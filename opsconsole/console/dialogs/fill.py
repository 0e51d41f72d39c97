"""A few fields laid over a screen: what one step takes, asked at once."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding

from opsconsole.console.dialogs.base import Dialog, paragraphs
from opsconsole.console.theme import look_of
from opsconsole.console.widgets.form import Form
from opsconsole.core.errors import StorageError
from opsconsole.core.glyphs import UNICODE
from opsconsole.core.lines import BLANK, Line, Span, Style, Tint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from opsconsole.console.theme import Look
    from opsconsole.console.widgets.field import Field
    from opsconsole.core.drafts import Drafts
    from opsconsole.core.glyphs import Glyphs


class Fill(Dialog["dict[str, str] | None"]):
    """A small form answered with its fields, or None by esc.

    A draft outlives the answer: what was entered may still be refused, or never reach the disk. Whoever has stored it
    says so by `stored`.

    Args:
        question: what it is for, in a few words.
        fields: what is asked.
        details: what will happen, in a line or two.
        done: what ctrl+s does, in one or two words.
        form: see `Form`, with `key` and `drafts`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "next_field", show=False),
                                             Binding("shift+tab", "previous_field", show=False)]
    DEFAULT_CSS: ClassVar[str] = """
    Fill Form { height: auto; max-height: 18; background: transparent; padding: 0; margin: 1 0 0 0; }
    Fill Form TextInput { height: 5; }
    Fill Form LineInput, Fill Form LineInput:focus, Fill Form TextInput, Fill Form TextInput:focus {
        background: $background;
    }
    Fill Form:ansi, Fill Form LineInput:ansi, Fill Form TextInput:ansi { background: ansi_default; }
    """

    def __init__(self, question: str, fields: Sequence[Field], *, details: Sequence[Line | str] = (),
                 done: str = "ok", form: str = "fill", key: str = "", drafts: Drafts | None = None,
                 look: Look | None = None, glyphs: Glyphs = UNICODE) -> None:
        super().__init__(look=look, glyphs=glyphs)
        self._question, self._fields, self._details, self._done = question, tuple(fields), tuple(details), done
        self._form, self._key, self._drafts = form, key, drafts

    def compose(self) -> ComposeResult:
        """Question, what will happen, fields, keys."""
        question = [Line(tuple(span._replace(strong=True) for span in line.spans))
                    for line in paragraphs([self._question])]
        keys = Line((Span("ctrl+s", Style.ACCENT, strong=True), Span(f" {self._done}    "),
                     Span("tab", Style.ACCENT, strong=True), Span(" next field    "),
                     Span("esc", Style.ACCENT, strong=True), Span(" back")))
        tint = Tint.NONE if (self._look or look_of(self.app)).theme.ansi else Tint.BAR
        with self.panel():
            yield self.rows([*question, *paragraphs(self._details)], Tint.BAR)
            yield Form(self._fields, form=self._form, key=self._key, drafts=self._drafts, look=self._look,
                       glyphs=self._glyphs, tint=tint)
            yield self.rows([BLANK, keys], Tint.BAR)

    async def on_form_submitted(self, event: Form.Submitted) -> None:
        """Ctrl+s, and every field is well."""
        event.stop()
        await event.form.kept()
        self.dismiss(event.values)

    async def stored(self) -> None:
        """What was entered is where it belongs: its draft is not needed any more."""
        if self._drafts is not None:
            # One that stays is offered again when the same is asked, and can be discarded there.
            with contextlib.suppress(StorageError):
                await asyncio.to_thread(self._drafts.discard, self._form, self._key)

    def on_form_left(self, event: Form.Left) -> None:
        """Esc."""
        event.stop()
        self.dismiss(None)

    def action_next_field(self) -> None:
        """Tab."""
        self.focus_next()

    def action_previous_field(self) -> None:
        """Shift and tab."""
        self.focus_previous()
