"""Writing a note or a reply, with what was said last above it. Nobody can mistake the one for the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from opsconsole.console import actions as shell
from opsconsole.console.bar import Bar
from opsconsole.console.dialogs.choose import Choose, Option
from opsconsole.console.dialogs.confirm import Confirm
from opsconsole.console.widgets.field import Field
from opsconsole.console.widgets.rows import Rows
from opsconsole.core import format as fmt
from opsconsole.core.errors import OpsError
from opsconsole.core.levels import Level
from opsconsole.core.lines import BLANK, Line, Span, Style
from opsconsole.core.text import harmless, limited
from opsconsole.core.view import framed
from opsconsole.tickets import actions
from opsconsole.tickets.canned import fill, fitting, macro, moments
from opsconsole.tickets.errors import Overtaken
from opsconsole.tickets.markdown import wrapped
from opsconsole.tickets.model import MOST_TEXT, EventKind, topic_of
from opsconsole.tickets.present.queue import named
from opsconsole.tickets.present.ticket import people_line, title_line
from opsconsole.tickets.present.timeline import About, event_lines, event_row, undone_of
from opsconsole.tickets.screen import doing, service_of, settings_of
from opsconsole.tickets.screen.filling import FormScreen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult

    from opsconsole.console.screen import ConsoleScreen
    from opsconsole.console.widgets.form import Form
    from opsconsole.core.actions import Action
    from opsconsole.tickets.model import Event, Ticket

TEXT: Final = "text"
SEEN: Final = "~seen"
"""The version of the ticket that was shown when the message was begun; its draft keeps it."""
BEFORE: Final = 30
"""Events that are looked at for what was said last."""
SHARE: Final = 0.4
"""Of the screen's height is for what was said last."""


class MessageScreen(FormScreen, inherit_bindings=False):
    """A note or a reply to one ticket, or the same to several.

    Args:
        numbers: of the tickets.
        public: whether the requester reads it.
        begin: what stands there at first.
        form: under which name its drafts are kept; empty: as a note or reply.
    """

    ACTIONS: ClassVar[tuple[Action, ...]] = (shell.SAVE, shell.EDITOR, *actions.MESSAGE, shell.SHOW_TEXT)
    DEFAULT_CSS: ClassVar[str] = """
    MessageScreen #said { height: auto; margin-bottom: 1; }
    MessageScreen FieldRow.-text, MessageScreen FieldRow > Vertical, MessageScreen TextInput,
    MessageScreen TextInput:focus { height: 1fr; margin: 0; }
    MessageScreen.-tall #title { margin-bottom: 1; }
    MessageScreen FieldRow > Rows { display: none; }
    """

    def __init__(self, numbers: Sequence[int], *, public: bool, begin: str = "", form: str = "") -> None:
        super().__init__()
        self.numbers = list(numbers)
        self.public = public
        self.title = f"{'Reply to' if public else 'Note on'} {named(self.numbers)}"
        self._begin = begin
        self._draft = form or ("ticket-reply" if public else "ticket-note")
        self._ticket: Ticket | None = None
        self._events: list[Event] = []
        self._macros: dict[str, str] = {}

    def body(self) -> ComposeResult:
        """What the ticket is, what was said last, to whom one writes, the text."""
        yield Bar(self._title, id="title")
        yield Rows(id="said", glyphs=self.context.glyphs)
        yield from super().body()

    async def on_mount(self) -> None:
        """The field is there at once; what was said comes when it is read."""
        self._draw()
        await self.fill((Field(TEXT, "reply" if self.public else "note", "text", self._begin, check=_too_long),),
                        form=self._draft, key=",".join(map(str, self.numbers)), carried={SEEN: ""})
        if len(self.numbers) == 1:
            self.be_at(self.numbers[0])
        self.run_worker(self._read(), group="ticket", exclusive=True)

    def on_resize(self) -> None:
        """Another size has other room."""
        super().on_resize()
        self.call_after_refresh(self._draw)

    def on_console_screen_topics_changed(self, event: ConsoleScreen.TopicsChanged) -> None:
        """Somebody may have written meanwhile."""
        if topic_of(self.numbers[0]) in event.topics:
            self.run_worker(self._read(), group="ticket", exclusive=True)

    async def _read(self) -> None:
        try:
            service = service_of(self.context)
            self._ticket = await service.get(self.numbers[0])
            self._events = await service.last_events(self.numbers[0], BEFORE)
        except OpsError as error:
            self.console.notify_error(error)
            return
        if self._attendance is not None:
            await self._attendance.look()
        if self.form is not None and not self.form.carried[SEEN]:
            self.form.carried[SEEN] = str(self._ticket.version)
        self._draw()

    # -- drawing ------------------------------------------------------------------------------------------------------

    def _title(self, cells: int) -> Line:
        view = self.view()._replace(cells=cells - 2)
        if len(self.numbers) > 1:
            return framed(Line((Span(f"{len(self.numbers)} tickets", strong=True),)), cells)
        return framed(title_line(self._ticket, view), cells) if self._ticket is not None else BLANK

    def _draw(self) -> None:
        # What was read may come when the screen is being closed.
        title, said = self.query_one_optional("#title", Bar), self.query_one_optional("#said", Rows)
        if title is None or said is None or not self.size.width:
            return
        title.rebuild()
        said.show([framed(line, self.size.width) for line in self._said()])
        self.head(self._banner())

    def _said(self) -> list[Line]:
        """The end of what was said, as much as there is room for."""
        if len(self.numbers) > 1 or self._ticket is None:
            return []
        view = self.view()
        room = max(3, int(self.size.height * SHARE))
        about = About(undone=undone_of(self._events), requester=self._ticket.requester or self._ticket.requester_mail)
        blocks = [event_lines(event, view, about) for event in self._events if event.kind is EventKind.MESSAGE]
        lines: list[Line] = []
        for block in reversed(blocks):
            if lines and len(lines) + len(block) + 1 > room:
                break
            lines = [*block, BLANK, *lines] if lines else block
        if len(lines) > room:
            rest = Line((Span(f"{view.glyphs.ellipsis} {len(lines) - room + 1} lines more", Style.FAINT),))
            lines = [*lines[:room - 1], rest]
        return [line._replace(spots=()) for line in lines]

    def _banner(self) -> list[Line]:
        """What it is, in its own colour, and who reads it."""
        view = self.view()
        if self.public:
            whom = (Span(" PUBLIC REPLY ", Style.INVERSE, strong=True), Span(f" to {self._whom()}", Style.ACCENT))
            lines = [Line(row) for row in wrapped(whom, view.cells)]
            lines.append(Line((Span(self._leaves(), Style.MUTED),)))
        else:
            lines = [Line((Span("INTERNAL NOTE", Style.TEXT, strong=True),
                           Span("  only your team reads it", Style.MUTED)))]
        if self._macros:
            words = ", ".join(f"{name} {value}" for name, value in self._macros.items())
            lines.append(Line((Span("and then: ", Style.MUTED), Span(harmless(limited(words, 200))))))
        people = people_line(self._attendance.people if self._attendance is not None else (), view)
        return [*lines, *([people] if people is not None else [])]

    def _whom(self) -> str:
        """The recipients, in full."""
        if len(self.numbers) > 1:
            return f"the requesters of {len(self.numbers)} tickets"
        if self._ticket is None:
            return "the requester"
        name, mail = self._ticket.requester, self._ticket.requester_mail
        whom = f"{name} <{mail}>" if name and mail else mail or name
        return harmless(limited(whom, 400)) or "nobody: it has no requester"

    def _leaves(self) -> str:
        mail = settings_of(self.context).mail
        if not mail.address:
            return "No mail is configured: it stays in the timeline, where the requester may be shown it."
        if self._ticket is not None and not self._ticket.requester_mail and len(self.numbers) == 1:
            return "The requester has no address: it stays in the timeline."
        return f"It leaves {fmt.duration(float(mail.hold))} after it was saved; until then it can be taken back."

    # -- canned texts -------------------------------------------------------------------------------------------------

    def action_canned(self) -> None:
        """Put in a text that is written again and again."""
        self.run_worker(self._canned(), group="canned", exclusive=True)

    async def _canned(self) -> None:
        ticket, context = self._ticket, self.context
        settings = settings_of(context)
        if ticket is None or self.form is None:
            return
        there = fitting(settings, ticket, "reply" if self.public else "note")
        if not there:
            self.console.say("There are no canned texts for this; `tickets.canned` in the configuration has them.",
                             Level.UNKNOWN)
            return
        options = [Option(name, name, " ".join(one.text.split())[:60] or f"sets {', '.join(one.set)}")
                   for name, one in there.items()]
        name = await self.app.push_screen_wait(Choose("Which text?", options, done="put in", glyphs=context.glyphs))
        if name is None:
            return
        extra = {**moments(context.clock.now(), context.zone), "question": settings.satisfaction.question}
        self.form.insert(fill(there[name].text, ticket, context.actor.name, extra))
        self._macros |= there[name].set
        self._draw()

    # -- sending ------------------------------------------------------------------------------------------------------

    async def submit(self, form: Form, values: Mapping[str, str]) -> bool:
        """Write it to each ticket, and do what the canned text does besides."""
        text, service = values[TEXT].strip(), doing.service_or_none(self)
        if service is None:
            return False
        if not text:
            form.refused({TEXT: "There is nothing to send." if self.public else "There is nothing to keep."})
            return False
        written = 0
        try:
            for number in self.numbers:
                if not await self._write_one(form, number, text):
                    return False
                written += 1
                await self._set(number)
        except OpsError as error:
            if written and self.numbers:
                # What is written already must not be written once more.
                self.numbers = self.numbers[written:]
                self.title = f"{'Reply to' if self.public else 'Note on'} {named(self.numbers)}"
                self._draw()
            self.console.notify_error(error)
            return False
        self.console.say(self._told())
        return True

    async def _write_one(self, form: Form, number: int, text: str) -> bool:
        service, actor = service_of(self.context), self.context.actor
        if not self.public:
            await service.note(actor, number, text)
            return True
        seen = form.carried[SEEN]
        version = int(seen) if seen.isdigit() and len(self.numbers) == 1 else None
        try:
            await service.reply(actor, number, text, seen_version=version)
        except Overtaken as overtaken:
            if not await self._insist(overtaken.events):
                # What came in was shown: it is no news any more.
                await self._read()
                if self._ticket is not None:
                    form.carried[SEEN] = str(self._ticket.version)
                return False
            await service.reply(actor, number, text, force=True)
        return True

    async def _insist(self, events: Sequence[Event]) -> bool:
        view = self.view()._replace(cells=64)
        lines = [event_row(event, view) for event in events[-8:]]
        return await self.app.push_screen_wait(Confirm(
            "Something came in since you began. Send it all the same?", lines, yes="send it all the same",
            glyphs=self.context.glyphs))

    async def _set(self, number: int) -> None:
        """What a macro does besides its text."""
        if not self._macros:
            return
        service, actor = service_of(self.context), self.context.actor
        ticket = await service.get(number)
        wanted = macro(self._macros, ticket, actor.name)
        if wanted.fields:
            base = {name: getattr(ticket, name) for name in wanted.fields}
            await service.edit(actor, number, base, wanted.fields)
        if wanted.state and wanted.state != ticket.state:
            await service.move(actor, number, wanted.state)

    def _told(self) -> str:
        hint = " u takes it back." if not self._macros else " u takes back what it set, and then the message."
        what = f"{'The reply to' if self.public else 'The note on'} {named(self.numbers)}"
        mail = settings_of(self.context).mail
        leaves = self.public and mail.address and (len(self.numbers) > 1 or (
            self._ticket is not None and self._ticket.requester_mail))
        return f"{what} {f'leaves in {fmt.duration(float(mail.hold))}' if leaves else 'is kept'}.{hint}"


def _too_long(text: str) -> str | None:
    return None if len(text) <= MOST_TEXT else f"At most {MOST_TEXT // 1024} KiB; attach what is longer as a file."
