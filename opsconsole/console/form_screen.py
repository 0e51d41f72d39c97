"""What all screens of one form share: a heading, fields whose drafts are kept, an editor, a preview."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.containers import Container

from opsconsole.console import actions as shell
from opsconsole.console.bindings import priority_bindings
from opsconsole.console.screen import ConsoleScreen
from opsconsole.console.widgets.form import Form
from opsconsole.console.widgets.page_view import PageView
from opsconsole.console.widgets.rows import Rows
from opsconsole.core.lines import Line, Span, Style
from opsconsole.core.markdown import markdown_lines
from opsconsole.core.text import harmless
from opsconsole.core.view import MARGIN, View, framed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult

    from opsconsole.console.widgets.field import Field
    from opsconsole.core.actions import Action

TALL: Final = 36
"""Rows from which on there is a blank line between fields."""
EMPTY: tuple[Line, ...] = (Line((Span("Nothing was written yet.", Style.MUTED),)),)


class FormScreen(ConsoleScreen, inherit_bindings=False):
    """A screen with one form. Subclasses give it by `fill`, when they know its fields, and carry out `submit`."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (shell.SAVE, shell.EDITOR, shell.SHOW_TEXT)
    FORM_GROUPS: ClassVar[frozenset[str]] = frozenset({"form"})
    """Actions of these groups want a form, and come before what a field would do with their keys."""
    DEFAULT_CSS: ClassVar[str] = """
    FormScreen #head { height: auto; }
    FormScreen #form { height: 1fr; }
    FormScreen Form { height: 1fr; }
    FormScreen Form > #notice { margin: 0; }
    FormScreen FieldRow { margin: 0; }
    FormScreen FieldRow.-text { margin-bottom: 1; }
    FormScreen.-tall FieldRow { margin-bottom: 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._sending = False

    def everywhere(self) -> tuple[Action, ...]:
        """A key typed before the form is there must neither quit nor go elsewhere."""
        return (shell.BACK, shell.THEME, shell.SUSPEND, shell.HELP)

    def body(self) -> ComposeResult:
        """Heading and form."""
        yield Rows(id="head", glyphs=self.context.glyphs)
        yield Container(id="form")

    def on_resize(self) -> None:
        """A tall screen has room for air."""
        self.set_class(self.size.height >= TALL, "-tall")

    def view(self) -> View:
        """For whom it is drawn."""
        context = self.context
        return View(max(30, self.size.width - 2 * MARGIN), context.glyphs, context.clock.now(), context.zone)

    def head(self, lines: Sequence[Line]) -> None:
        """Show a heading."""
        rows = self.query_one_optional("#head", Rows)
        if rows is not None:
            rows.show([framed(line, self.size.width) for line in lines])

    async def fill(self, fields: Sequence[Field], *, form: str, key: str = "",
                   carried: Mapping[str, str] | None = None) -> Form:
        """Put the form on the screen, the cursor in its first field."""
        context = self.context
        made = Form(fields, form=form, key=key, carried=carried, drafts=context.drafts, clock=context.clock,
                    zone=context.zone, glyphs=context.glyphs)
        place = self.query_one_optional("#form", Container)
        if place is not None:
            await place.mount(made)
            self.refresh_bindings()
        return made

    @property
    def form(self) -> Form | None:
        """The form, once it is there."""
        return self.query_one_optional(Form)

    # -- keys ---------------------------------------------------------------------------------------------------------

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        form = self.form
        if action.group in self.FORM_GROUPS and form is None:
            return "The form is being read; try again in a moment."
        longer = {shell.EDITOR.id: "editor", shell.SHOW_TEXT.id: "preview"}.get(action.id)
        if longer is not None and form is not None and not form.check_action(longer, ()):
            return "Put the cursor into a field of several lines first."
        return None

    def on_descendant_focus(self) -> None:
        """In another field other keys work."""
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys for longer texts belong to the field where it holds one line."""
        form = self.form
        if action == "perform" and form is not None and parameters[:1] == (shell.EDITOR.id,):
            return form.check_action("editor", ())
        return super().check_action(action, parameters)

    def bind_actions(self) -> None:
        """Keys of forms come before what a field would do with them."""
        super().bind_actions()
        for action in self.actions:
            if action.group in self.FORM_GROUPS:
                for binding in priority_bindings(action):
                    self._bindings.key_to_bindings[binding.key] = [binding]

    def action_save(self) -> None:
        """Check the fields, and hand them over."""
        if self.form is not None:
            self.form.action_save()

    def action_editor(self) -> None:
        """The text in the person's editor."""
        if self.form is not None:
            self.form.action_editor()

    def action_preview(self) -> None:
        """The text as others will see it."""
        if self.form is not None:
            self.form.action_preview()

    def action_back(self) -> None:
        """Leave; what was typed stays as a draft."""
        if self.form is not None:
            self.run_worker(self.form.action_leave(), group="leave", exclusive=True)
        else:
            super().action_back()

    # -- what the form says -------------------------------------------------------------------------------------------

    def on_form_left(self, event: Form.Left) -> None:
        """Esc."""
        event.stop()
        if event.notice:
            self.console.say(event.notice)
        self.dismiss()

    def on_form_shown(self, event: Form.Shown) -> None:
        """Ctrl+o."""
        event.stop()
        self.app.push_screen(TextScreen(event.label or self.title or "Text", event.text))

    def on_form_submitted(self, event: Form.Submitted) -> None:
        """Ctrl+s; once at a time."""
        event.stop()
        if not self._sending:
            self._sending = True
            self.held(self.run_worker(self._submitted(event), group="submit"))

    async def _submitted(self, event: Form.Submitted) -> None:
        try:
            done = await self.submit(event.form, event.values)
        finally:
            self._sending = False
        if done:
            await event.form.saved()
            self.dismiss()
            self.go_on()

    def go_on(self) -> None:
        """What follows once the form was stored, and closes; here nothing."""

    async def submit(self, form: Form, values: Mapping[str, str]) -> bool:
        """Store what was entered; whether it was. Says why not."""
        raise NotImplementedError


class TextScreen(ConsoleScreen, inherit_bindings=False):
    """A text as others see it.

    Args:
        title: what it is.
        text: Markdown, foreign.
    """

    ACTIONS: ClassVar[tuple[Action, ...]] = shell.MOVES
    DEFAULT_CSS: ClassVar[str] = "TextScreen PageView { height: 1fr; } TextScreen #head { margin-bottom: 1; }"

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self.title = title
        self._text = text

    def body(self) -> ComposeResult:
        """A heading and the text."""
        glyphs, cells = self.context.glyphs, self.size.width or self.app.size.width
        title = Span(harmless(self.title or ""), Style.TEXT, strong=True)
        yield Rows([framed(Line((title, Span("  as others will see it", Style.MUTED))), cells)], id="head",
                   glyphs=glyphs)
        yield PageView(empty=[framed(line, 60) for line in EMPTY], id="page", glyphs=glyphs)

    def on_mount(self) -> None:
        """Ready to be scrolled."""
        self.query_one(PageView).focus()

    def on_resize(self) -> None:
        """Another width wraps otherwise."""
        cells = max(1, self.size.width - 1)
        lines = markdown_lines(self._text, max(20, cells - 2 * MARGIN), self.context.glyphs)
        self.query_one(PageView).show([framed(line, cells) for line in lines])
