"""A form of labelled fields whose content is on disk within a second of each keystroke.

A screen mounts a `Form`, hears `Form.Submitted`, saves, and calls `saved` (which removes the draft) or `refused` with
what is wrong. When the form is opened again after a crash or esc, what was typed is there at once, with a line that
says so. Two consoles with the same form keep a draft each; `core.drafts` says which one is restored.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message

from opsconsole.console import actions as registry
from opsconsole.console.widgets.inputs import Choice, LineInput, TextInput, harmless_text
from opsconsole.console.widgets.keys import bindings
from opsconsole.console.widgets.rows import Rows
from opsconsole.core.clock import SystemClock
from opsconsole.core.drafts import DraftKeeper, Fields
from opsconsole.core.errors import StorageError
from opsconsole.core.glyphs import UNICODE
from opsconsole.core.lines import Line, Span, Style
from opsconsole.core.text import harmless, width

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import tzinfo

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widgets import Input, TextArea

    from opsconsole.console.theme import Look
    from opsconsole.core.clock import Clock
    from opsconsole.core.drafts import Drafts, Found
    from opsconsole.core.glyphs import Glyphs

WIDEST_LABEL = 20


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

    def __init__(self, field: Field, label_cells: int, look: Look | None, glyphs: Glyphs) -> None:
        super().__init__()
        self.field = field
        self._cells, self._glyphs = label_cells, glyphs
        self._label = Rows(look=look, glyphs=glyphs)
        self._label.styles.width = label_cells + 3
        self._message = Rows(look=look, glyphs=glyphs)
        self._input = self._made(look)
        # What was given comes back as it was unless somebody changes it, even where it could not be shown as it is.
        self._given = (self._read(), field.value)
        self._wrong: str | None = None

    def _made(self, look: Look | None) -> LineInput | TextInput | Choice:
        field = self.field
        if field.kind == "choice":
            return Choice(field.options, field.value, look=look, glyphs=self._glyphs)
        if field.kind == "text":
            return TextInput(field.value)
        return LineInput(field.value, placeholder=field.hint)

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

    def _read(self) -> str:
        return self._input.text if isinstance(self._input, TextInput) else self._input.value

    @property
    def value(self) -> str:
        """What the field holds."""
        shown, given = self._given
        text = self._read()
        return given if text == shown else text

    @value.setter
    def value(self, value: str) -> None:
        if value == self._given[1]:
            value = self._given[0]
        if isinstance(self._input, TextInput):
            self._input.text = harmless_text(value)
        else:
            self._input.value = value

    @property
    def wrong(self) -> str | None:
        """What is said to be wrong."""
        return self._wrong

    @wrong.setter
    def wrong(self, sentence: str | None) -> None:
        self._wrong = sentence
        sign = Span(f"{self._glyphs.critical} ", Style.CRITICAL)
        self._message.show([Line((sign, Span(harmless(sentence), Style.CRITICAL)))] if sentence else [])

    def check(self) -> bool:
        """Say what is wrong, or nothing; whether all is well."""
        self.wrong = self.field.wrong(self.value)
        return self.wrong is None

    def _draw(self, *, here: bool = False) -> None:
        sign = Span(self._glyphs.cursor if here else " ", Style.ACCENT)
        label = Span(harmless(self.field.label), Style.TEXT if here else Style.MUTED, here)
        self._label.show([Line((sign, Span(" "), label))])


class Form(VerticalScroll, inherit_bindings=False):
    """Fields from top to bottom; see the module.

    Args:
        fields: in the order of the tab key.
        form: which form this is, such as `ticket`; with `key` it names the draft.
        key: what it is about: any text, empty for something new.
        drafts: where drafts are kept; None keeps none.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings((registry.SAVE,)),
        Binding("escape", "leave", "back", show=False, id=registry.BACK.id),
        Binding("ctrl+x", "discard", "discard draft", show=False, priority=True, id="form.discard"),
    ]
    DEFAULT_CSS = """
    Form { scrollbar-size-vertical: 1; background: $background; padding: 0 1; }
    Form > #notice { margin-bottom: 1; height: 1; }
    """

    @dataclass
    class Submitted(Message):
        """Ctrl+s, and every field is well: save `values`, then call `saved` or `refused`."""

        form: Form
        values: Fields

        @property
        def control(self) -> Form:
            """The form."""
            return self.form

    @dataclass
    class Left(Message):
        """Esc: close the form; `notice` is what to tell, empty when nothing was typed."""

        form: Form
        notice: str

        @property
        def control(self) -> Form:
            """The form."""
            return self.form

    def __init__(self, fields: Sequence[Field], *, form: str, key: str = "", drafts: Drafts | None = None,
                 clock: Clock | None = None, zone: tzinfo | None = None, look: Look | None = None,
                 glyphs: Glyphs = UNICODE, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id, classes=classes)
        self._form, self._key, self._drafts = form, key, drafts
        self._clock, self._zone, self._glyphs = clock or SystemClock(), zone, glyphs
        cells = min(WIDEST_LABEL, max((width(harmless(field.label)) for field in fields), default=0))
        self._rows = [FieldRow(field, cells, look, glyphs) for field in fields]
        self._notice = Rows(look=look, glyphs=glyphs, id="notice")
        self._keeper: DraftKeeper | None = None
        self._start: Fields = {}
        self._settled: Fields = {}
        self._offer: Fields | None = None
        """The fields that ctrl+x puts in place of those shown; None when nothing is offered."""
        self._restored = ""
        self.problem: StorageError | None = None
        """Why the draft is not on disk; None while it is."""

    @property
    def values(self) -> Fields:
        """What the fields hold now, by name."""
        return {row.field.name: row.value for row in self._rows}

    def compose(self) -> ComposeResult:
        """One line for what there is to say, then the fields."""
        yield self._notice
        yield from self._rows

    def on_mount(self) -> None:
        """Look for a draft, without waiting for the disk; put the cursor into the first field."""
        self._start = self._settled = self.values
        if self._rows:
            self._rows[0].focus_field()
        if self._drafts is not None:
            loop = asyncio.get_running_loop()

            def problem(error: StorageError | None) -> None:
                # After the loop has ended nobody is there to be told.
                with contextlib.suppress(RuntimeError):
                    loop.call_soon_threadsafe(self._told, error)

            self._keeper = DraftKeeper(self._drafts, self._form, self._key, problem)
            self.run_worker(self._restore(self._drafts), group="draft")

    async def on_unmount(self) -> None:
        """The last keystrokes, too."""
        if self._keeper is not None:
            await asyncio.to_thread(self._keeper.close)

    # Drafts

    async def _restore(self, drafts: Drafts) -> None:
        try:
            found = await asyncio.to_thread(drafts.load, self._form, self._key)
        except StorageError as error:
            self._told(error)
            return
        if found.draft is not None and self.values == self._start:
            self._offer = self._start
            self._fill({**self._start, **found.draft.fields})
        self._say_found(found)

    def _say_found(self, found: Found) -> None:
        from opsconsole.core.format import moment  # noqa: PLC0415 - seldom needed

        others = ""
        if found.elsewhere:
            others = f"{found.elsewhere} other console{'s' if found.elsewhere > 1 else ''} with a draft of this form"
        if found.draft is not None and self._offer is not None:
            self._restored = f"draft from {moment(found.draft.at, self._clock.now(), self._zone)}"
            self._say(Span(f"{self._restored} restored, ", Style.MUTED), Span("ctrl+x", Style.ACCENT),
                      Span(" discards", Style.MUTED), Span(f"   {others}", Style.WARNING))
        elif others:
            self._say(Span(others, Style.WARNING))

    def _fill(self, fields: Mapping[str, str]) -> None:
        self._settled = dict(fields)
        for row in self._rows:
            row.value = fields.get(row.field.name, "")
            row.wrong = None
        self._settled = self.values

    def _told(self, error: StorageError | None) -> None:
        """Writing the draft began to fail, or works again."""
        self.problem = error
        if error is not None:
            self._say(Span(f"{self._glyphs.warning} {harmless(str(error))}", Style.WARNING))
        else:
            self._say(Span("The draft is on disk again.", Style.MUTED))

    def _say(self, *spans: Span) -> None:
        self._notice.show([Line(tuple(span for span in spans if span.text.strip()))])

    def on_input_changed(self, event: Input.Changed) -> None:
        """A keystroke."""
        event.stop()
        self._typed()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """A keystroke."""
        event.stop()
        self._typed()

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Another choice."""
        event.stop()
        self._typed()

    def _typed(self) -> None:
        values = self.values
        if values == self._settled:
            return
        self._settled = values
        if self._offer is not None:
            self._offer = None
            self._say()
        for row in self._rows:
            if row.wrong is not None:
                row.check()
        if self._keeper is not None:
            self._keeper.put(values)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Ctrl+x cuts, except while a draft is offered."""
        if action == "discard" and self._offer is None:
            return False
        return super().check_action(action, parameters)

    async def action_discard(self) -> None:
        """Empty fields in place of the restored draft; once more brings it back."""
        if self._offer is None or self._drafts is None or self._keeper is None:
            return
        shown, self._offer = self.values, self._offer
        self._fill(self._offer)
        discarded = self._offer == self._start
        self._offer = shown
        word = "discarded, " if discarded else "restored, "
        self._say(Span(f"{self._restored} {word}", Style.MUTED), Span("ctrl+x", Style.ACCENT),
                  Span(" brings it back" if discarded else " discards", Style.MUTED))
        if discarded:
            await self._remove_draft()
        else:
            self._keeper.put(self.values)

    async def _remove_draft(self) -> None:
        if self._keeper is None or self._drafts is None:
            return
        try:
            await asyncio.to_thread(self._keeper.drop)
            await asyncio.to_thread(self._drafts.discard, self._form, self._key)
        except StorageError as error:
            self._told(error)

    # Saving and leaving

    def action_save(self) -> None:
        """Check every field; hand the values over, or go to the first that is wrong."""
        wrong = [row for row in self._rows if not row.check()]
        if wrong:
            self._point_at(wrong)
        else:
            self.post_message(self.Submitted(self, self.values))

    def refused(self, mistakes: Mapping[str, str]) -> None:
        """Say what the service found wrong: field name to sentence; the draft stays."""
        wrong = []
        for row in self._rows:
            row.wrong = mistakes.get(row.field.name)
            wrong += [row] if row.wrong else []
        if wrong:
            self._point_at(wrong)

    async def saved(self) -> None:
        """It is stored where it belongs: the draft is not needed any more."""
        self._start = self._settled = self.values
        self._offer = None
        self._say()
        await self._remove_draft()

    def _point_at(self, wrong: Sequence[FieldRow]) -> None:
        wrong[0].focus_field()
        fields = "1 field is" if len(wrong) == 1 else f"{len(wrong)} fields are"
        self._say(Span(f"{self._glyphs.critical} Not saved: {fields} wrong.", Style.CRITICAL))

    async def action_leave(self) -> None:
        """Close the form; what was typed stays as a draft."""
        notice = ""
        if self.values != self._start and self._keeper is not None:
            done = await asyncio.to_thread(self._keeper.flush)
            notice = ("Your draft is kept and comes back when you open this again." if done
                      else "Your draft is not on disk: do not leave the console before that works again.")
        self.post_message(self.Left(self, notice))

    def on_input_submitted(self, event: events.Event) -> None:
        """Enter goes on to the next field."""
        event.stop()
        self.screen.focus_next()
