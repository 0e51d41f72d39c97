"""Writing a note or a reply, with what was said last above it. Nobody can mistake the one for the other."""

from __future__ import annotations

import json
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
from opsconsole.core.lines import BLANK, Line, Span, Style, fit
from opsconsole.core.markdown import wrapped
from opsconsole.core.text import harmless, limited, width
from opsconsole.core.view import framed
from opsconsole.tickets import actions
from opsconsole.tickets.canned import fill, fitting, moments
from opsconsole.tickets.errors import Overtaken
from opsconsole.tickets.model import MOST_TEXT, MOST_TITLE, EventKind, topic_of
from opsconsole.tickets.present.queue import named
from opsconsole.tickets.present.ticket import people_line, title_line
from opsconsole.tickets.present.timeline import About, event_lines, event_row, undone_of
from opsconsole.tickets.present.view import sides
from opsconsole.tickets.screen import doing, service_of, settings_of
from opsconsole.tickets.screen.filling import FormScreen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult

    from opsconsole.console.screen import ConsoleScreen
    from opsconsole.console.widgets.form import Form
    from opsconsole.core.actions import Action
    from opsconsole.tickets.model import Event, Ticket
    from opsconsole.tickets.present.view import View

TEXT: Final = "text"
SEEN: Final = "~seen"
"""The version of the ticket that was shown when the message was begun; its draft keeps it."""
PLACES: Final = "~places"
"""Not empty: a text with places was put in for several tickets; they are filled in for each when it is sent."""
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
        self._tickets: dict[int, Ticket] = {}
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
                        form=self._draft, key=",".join(map(str, self.numbers)), carried={SEEN: "", PLACES: ""})
        if len(self.numbers) == 1:
            self.be_at(self.numbers[0])
        self.run_worker(self._read(), group="ticket", exclusive=True)

    def on_resize(self) -> None:
        """Another size has other room."""
        self.call_after_refresh(self._draw)

    def on_console_screen_topics_changed(self, event: ConsoleScreen.TopicsChanged) -> None:
        """Somebody may have written meanwhile."""
        if event.topics & {topic_of(number) for number in self.numbers}:
            self.run_worker(self._read(), group="ticket", exclusive=True)

    async def _read(self) -> None:
        try:
            service = service_of(self.context)
            self._tickets = await service.get_many(self.numbers)
            if len(self.numbers) == 1:
                self._events = await service.last_events(self.numbers[0], BEFORE)
        except OpsError as error:
            self.console.notify_error(error)
            return
        if self._attendance is not None:
            await self._attendance.look()
        if self.form is not None and not self.form.carried[SEEN]:
            self._see(self.form)
        self._draw()

    def _see(self, form: Form) -> None:
        """What is there now is known to whoever writes."""
        form.carried[SEEN] = json.dumps({str(number): one.version for number, one in self._tickets.items()})

    @property
    def _ticket(self) -> Ticket | None:
        """The ticket, of several the first; None: it is being read."""
        return self._tickets.get(self.numbers[0])

    # -- drawing ------------------------------------------------------------------------------------------------------

    def _title(self, cells: int) -> Line:
        view = self.view()._replace(cells=cells - 2)
        if len(self.numbers) > 1:
            reads = " and whom it goes to" if self.public else ""
            return framed(Line((Span(f"{len(self.numbers)} tickets", strong=True), Span(reads, Style.MUTED))), cells)
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
        view = self.view()
        room = max(3, int(self.size.height * SHARE))
        if len(self.numbers) > 1:
            return several_lines(list(self._tickets.values()), room, view, public=self.public)
        if self._ticket is None:
            return []
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
            return f"the requesters of {len(self.numbers)} tickets, each in a mail of their own"
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
        tickets, context = list(self._tickets.values()), self.context
        settings = settings_of(context)
        if not tickets or self.form is None:
            return
        for_each = [fitting(settings, one, "reply" if self.public else "note") for one in tickets]
        there = {name: one for name, one in for_each[0].items() if all(name in others for others in for_each)}
        if not there:
            self.console.say("There are no canned texts for this; `tickets.canned` in the configuration has them.",
                             Level.UNKNOWN)
            return
        options = [Option(name, name, " ".join(one.text.split())[:60] or f"sets {', '.join(one.set)}")
                   for name, one in there.items()]
        name = await self.app.push_screen_wait(Choose("Which text?", options, done="put in", glyphs=context.glyphs))
        if name is None:
            return
        text = there[name].text
        if len(tickets) == 1:
            text = self._filled(text, tickets[0])
        elif self._filled(text, tickets[0]) != text:
            self.form.carried[PLACES] = "1"
        self.form.insert(text)
        self._macros |= there[name].set
        self._draw()

    def _filled(self, text: str, ticket: Ticket) -> str:
        """A text with its places filled in for one ticket."""
        context = self.context
        extra = {**moments(context.clock.now(), context.zone),
                 "question": settings_of(context).satisfaction.question}
        return fill(text, ticket, context.actor.name, extra)

    # -- sending ------------------------------------------------------------------------------------------------------

    async def submit(self, form: Form, values: Mapping[str, str]) -> bool:
        """Write it to each ticket, and do what the canned text does besides."""
        text, service = values[TEXT].strip(), doing.service_or_none(self)
        if service is None:
            return False
        if not text:
            form.refused({TEXT: "There is nothing to send." if self.public else "There is nothing to keep."})
            return False
        try:
            if not await self._write(form, text):
                return False
        except OpsError as error:
            self.console.notify_error(error)
            return False
        self.console.say(self._told())
        return True

    async def _write(self, form: Form, text: str) -> bool:
        """One change, whatever it is done to; False: go on typing."""
        service, actor = service_of(self.context), self.context.actor
        each = {number: self._filled(text, one) for number, one in self._tickets.items()} if form.carried[
            PLACES] else {}
        if not self.public:
            await service.note(actor, self.numbers, text, each=each, macro=self._macros)
            return True
        try:
            await service.reply(actor, self.numbers, text, seen_version=_seen(form.carried[SEEN], self.numbers),
                                each=each, macro=self._macros)
        except Overtaken as overtaken:
            if not await self._insist(overtaken.events):
                # What came in was shown: it is no news any more.
                await self._read()
                self._see(form)
                return False
            await service.reply(actor, self.numbers, text, force=True, each=each, macro=self._macros)
        return True

    async def _insist(self, events: Sequence[Event]) -> bool:
        view = self.view()._replace(cells=64)
        lines = [event_row(event, view) for event in events[-8:]]
        if len(self.numbers) > 1:
            lines = [Line((Span(f"#{event.ticket} ", Style.ACCENT), *line.spans))
                     for event, line in zip(events[-8:], lines, strict=True)]
        return await self.app.push_screen_wait(Confirm(
            "Something came in since you began. Send it all the same?", lines, yes="send it all the same",
            glyphs=self.context.glyphs))

    def _told(self) -> str:
        what = f"{'The reply to' if self.public else 'The note on'} {named(self.numbers)}"
        mail = settings_of(self.context).mail
        leaves = self.public and mail.address and (len(self.numbers) > 1 or (
            self._ticket is not None and self._ticket.requester_mail))
        when = f"leaves in {fmt.duration(float(mail.hold))}" if leaves else "is kept"
        return f"{what} {when}.{doing.undo_hint(self)}"


def _seen(carried: str, numbers: Sequence[int]) -> dict[int, int]:
    """The versions that were shown when a message was begun; what a draft says of other tickets is left out."""
    try:
        read = json.loads(carried or "{}")
    except ValueError:
        return {}
    if isinstance(read, int) and len(numbers) == 1:
        return {numbers[0]: read}
    known = {str(number): number for number in numbers}
    return {known[name]: version for name, version in read.items()
            if name in known and isinstance(version, int)} if isinstance(read, dict) else {}


def several_lines(tickets: Sequence[Ticket], room: int, view: View, *, public: bool) -> list[Line]:
    """Tickets that get the same message, each on a line, with whom it goes to."""
    shown = tickets if len(tickets) <= room else tickets[:room - 1]
    lines = []
    for one in shown:
        title = view.clean(limited(one.title, MOST_TITLE)).strip() or "(no title)"
        whom = view.clean(limited(one.requester_mail or "no address", 60)) if public else ""
        left = [Span(f"#{one.number} ", Style.ACCENT), Span(title)]
        lines.append(sides(fit(left, max(20, view.cells - width(whom) - 3), view.glyphs.ellipsis),
                           [Span(whom, Style.MUTED)] if whom else [], view))
    if len(shown) < len(tickets):
        lines.append(Line((Span(f"{view.glyphs.ellipsis} and {len(tickets) - len(shown):,} more", Style.FAINT),)))
    return lines


def _too_long(text: str) -> str | None:
    return None if len(text) <= MOST_TEXT else f"At most {MOST_TEXT // 1024} KiB; attach what is longer as a file."
