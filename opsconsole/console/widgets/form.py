"""A form of labelled fields whose content is on disk within a second of each keystroke.

A screen mounts a `Form`, hears `Form.Submitted`, saves, and calls `saved` (which removes the draft) or `refused` with
what is wrong. When the form is opened again after a crash or esc, what was typed is there at once, with a line that
says so. Two consoles with the same form keep a draft each; `core.drafts` says which one is restored.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.message import Message

from opsconsole.console import actions as registry
from opsconsole.console.widgets.field import Field, FieldRow
from opsconsole.console.widgets.keys import bindings, priority
from opsconsole.console.widgets.rows import Rows
from opsconsole.core.clock import SystemClock
from opsconsole.core.draftkeeper import DraftKeeper
from opsconsole.core.errors import OpsError, StorageError
from opsconsole.core.glyphs import UNICODE
from opsconsole.core.lines import Line, Span, Style, Tint
from opsconsole.core.text import harmless, width

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widgets import Input, TextArea

    from opsconsole.console.theme import Look
    from opsconsole.console.widgets.inputs import Choice
    from opsconsole.core.clock import Clock
    from opsconsole.core.drafts import Drafts, Fields, Found
    from opsconsole.core.glyphs import Glyphs

__all__ = ["Field", "Form"]

WIDEST_LABEL = 20


class Form(VerticalScroll, can_focus=False, inherit_bindings=False):
    """Fields from top to bottom; see the module.

    Args:
        fields: in the order of the tab key.
        form: which form this is, such as `ticket`; with `key` it names the draft.
        key: what it is about: any text, empty for something new.
        carried: see the attribute; its names must not be those of fields.
        drafts: where drafts are kept; None keeps none.
        tint: what lies behind it, in a dialog.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings((registry.SAVE,)),
        Binding("escape", "leave", "back", show=False, id=registry.BACK.id),
        Binding("tab", "next_field", show=False), Binding("shift+tab", "previous_field", show=False),
        Binding("ctrl+x", "discard", "discard draft", show=False, priority=True, id="form.discard"),
        *priority((registry.EDITOR, registry.SHOW_TEXT)),
    ]
    DEFAULT_CSS = """
    Form { scrollbar-size-vertical: 1; background: $background; padding: 0 1; }
    Form > #notice { margin-bottom: 1; }
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

    @dataclass
    class Shown(Message):
        """Ctrl+o: show the text of the field with the cursor as others will see it."""

        form: Form
        label: str
        text: str

        @property
        def control(self) -> Form:
            """The form."""
            return self.form

    @dataclass
    class Edited(Message):
        """Something was typed, chosen or restored."""

        form: Form

        @property
        def control(self) -> Form:
            """The form."""
            return self.form

    def __init__(self, fields: Sequence[Field], *, form: str, key: str = "", carried: Mapping[str, str] | None = None,
                 drafts: Drafts | None = None, clock: Clock | None = None, zone: tzinfo | None = None,
                 look: Look | None = None, glyphs: Glyphs = UNICODE, tint: Tint = Tint.NONE,
                 id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id, classes=classes)
        self._tint = tint
        self.carried = dict(carried or {})
        """What belongs to what is typed without being shown: a draft that is restored brings its own back."""
        self._form, self._key, self._drafts = form, key, drafts
        self._clock, self._zone, self._glyphs = clock or SystemClock(), zone, glyphs
        cells = min(WIDEST_LABEL, max((width(harmless(field.label)) for field in fields), default=0))
        self._rows = [FieldRow(field, cells, look, glyphs, tint) for field in fields]
        self._notice = Rows([Line(tint=tint)], look=look, glyphs=glyphs, id="notice")
        self._keeper: DraftKeeper | None = None
        self._start: Fields = {}
        self._settled: Fields = {}
        self._set_aside: Fields = {}
        """What is carried with the fields of `_offer`."""
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

    def action_next_field(self) -> None:
        """Tab: also out of the form, to what stands behind it."""
        self.screen.focus_next()

    def action_previous_field(self) -> None:
        """Shift and tab."""
        self.screen.focus_previous()

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
            self._set_aside = self.carried
            self.carried = {name: found.draft.fields.get(name, value) for name, value in self.carried.items()}
            self.post_message(self.Edited(self))
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
        if error is None:
            self._say(Span("The draft is on disk again.", Style.MUTED))
        else:
            # On two lines: the folder's name may be long, and what follows it is what calms.
            said = f"{self._glyphs.warning} {harmless(error.sentence)}", f"  {harmless(error.todo)}"
            self._notice.show([Line((Span(part, Style.WARNING),), self._tint) for part in said])

    def _say(self, *spans: Span) -> None:
        self._notice.show([Line(tuple(span for span in spans if span.text.strip()), self._tint)])

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
            self._keeper.put({**values, **self.carried})
        self.post_message(self.Edited(self))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Ctrl+x cuts, except while a draft is offered."""
        if action == "discard" and self._offer is None:
            return False
        if action in ("editor", "preview") and self._text() is None:
            return False
        return super().check_action(action, parameters)

    async def action_discard(self) -> None:
        """Empty fields in place of the restored draft; once more brings it back."""
        if self._offer is None or self._drafts is None or self._keeper is None:
            return
        shown, self._offer = self.values, self._offer
        self._fill(self._offer)
        self.carried, self._set_aside = self._set_aside, self.carried
        discarded = self._offer == self._start
        self._offer = shown
        word = "discarded, " if discarded else "restored, "
        self._say(Span(f"{self._restored} {word}", Style.MUTED), Span("ctrl+x", Style.ACCENT),
                  Span(" brings it back" if discarded else " discards", Style.MUTED))
        if discarded:
            await self._remove_draft()
        else:
            self._keeper.put({**self.values, **self.carried})
        self.post_message(self.Edited(self))

    async def _remove_draft(self) -> None:
        if self._keeper is None or self._drafts is None:
            return
        try:
            await asyncio.to_thread(self._keeper.drop)
            await asyncio.to_thread(self._drafts.discard, self._form, self._key)
        except StorageError as error:
            self._told(error)

    # Longer texts

    def _text(self) -> FieldRow | None:
        """The field of several lines that has the cursor, or the only one that there is."""
        texts = [row for row in self._rows if row.is_text]
        return next((row for row in texts if row.has_cursor), texts[0] if len(texts) == len(self._rows) == 1 else None)

    def set(self, name: str, text: str) -> None:
        """Put a text into a field, as if it were typed."""
        for row in self._rows:
            if row.field.name == name:
                row.value = text

    def reveal(self, name: str) -> None:
        """Scroll a field into view; the cursor stays."""
        for row in self._rows:
            if row.field.name == name:
                row.scroll_visible(animate=False)

    def carry(self, name: str, value: str) -> None:
        """Something else belongs to what is typed; see `carried`."""
        if self.carried.get(name) != value:
            self.carried[name] = value
            if self._keeper is not None:
                self._keeper.put({**self.values, **self.carried})

    def insert(self, text: str) -> None:
        """Put a text where the cursor is; into the first field of several lines where it is in none."""
        row = self._text() or next((row for row in self._rows if row.is_text), None)
        if row is not None:
            row.insert(text)
            row.focus_field()

    def action_editor(self) -> None:
        """Write the text under the cursor in the person's editor."""
        row = self._text()
        if row is not None:
            self.run_worker(self._edit(row), group="editor", exclusive=True)

    async def _edit(self, row: FieldRow) -> None:
        from opsconsole.console import outside  # noqa: PLC0415 - seldom needed

        try:
            row.value = await outside.edit(self.app, row.value)
        except OpsError as error:
            self._say(Span(f"{self._glyphs.warning} {harmless(str(error))}", Style.WARNING))

    def action_preview(self) -> None:
        """Ask the screen to show the text under the cursor as others will see it."""
        row = self._text()
        if row is not None:
            self.post_message(self.Shown(self, row.field.label, row.value))

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

    async def kept(self) -> None:
        """The last keystrokes are in the draft, too."""
        if self._keeper is not None:
            await asyncio.to_thread(self._keeper.flush)

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
