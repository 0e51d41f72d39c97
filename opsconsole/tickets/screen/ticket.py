"""One ticket: what it is, its promises, everything that was said and done; and all that can be done to it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final

from opsconsole.console import actions as shell
from opsconsole.console.bar import Bar
from opsconsole.console.keys import key_label
from opsconsole.console.page_screen import READING
from opsconsole.console.screen import ConsoleScreen
from opsconsole.console.widgets.page_view import PageView
from opsconsole.console.widgets.rows import Rows
from opsconsole.core.errors import OpsError
from opsconsole.core.lines import BLANK, Line, Span, Spot, Style, fit
from opsconsole.core.text import harmless
from opsconsole.core.timeline import About
from opsconsole.core.view import MARGIN, View, framed
from opsconsole.tickets import actions
from opsconsole.tickets.model import PRESENCE, TOPIC
from opsconsole.tickets.present.ticket import page_lines, people_line, title_line
from opsconsole.tickets.screen import service_of, settings_of
from opsconsole.tickets.screen.acting import Acting
from opsconsole.tickets.screen.attachments import Attaching
from opsconsole.tickets.screen.case import Case
from opsconsole.tickets.screen.found import opened
from opsconsole.tickets.screen.presence import Attendance, attend
from opsconsole.tickets.screen.story import Story

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.worker import Worker

    from opsconsole.core.actions import Action
    from opsconsole.tickets.cases.types import Found
    from opsconsole.tickets.model import Ticket

AGAIN: Final = 15.0
"""Seconds after which it is drawn again: promises come nearer by themselves."""
TALL: Final = 30
"""Rows from which on a blank line stands below the title."""
MANY: Final = 1_000
"""Events from which on a ticket is shown before its promises were computed."""
GAP: Final = "gap"
"""What the cursor stands on where events of a long timeline are not read yet."""


class TicketScreen(Acting, Attaching, ConsoleScreen, inherit_bindings=False):
    """One ticket, read again whenever something happens to tickets.

    Args:
        number: which.
        found: the list that it was opened from, for the next one and the one before; None: there is none.
    """

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        *actions.TICKET[:6], shell.UNDO, shell.TIMELINE._replace(footer=True), *actions.TICKET[6:], *shell.MOVES,
        shell.OPEN)
    DEFAULT_CSS: ClassVar[str] = """
    TicketScreen #page { height: 1fr; }
    TicketScreen #status { height: auto; }
    TicketScreen.-tall #title { margin-bottom: 1; }
    """

    def __init__(self, number: int, found: Found | None = None) -> None:
        super().__init__()
        self.title = f"Ticket #{number}"
        self.found = found
        self.case = Case(number)
        self._attendance: Attendance | None = None
        self._page: PageView | None = None
        self._absolute = self._brief = self._reading_on = False
        self._problem = ""
        self._story = Story()
        self._top = 0
        self._ahead: asyncio.Task[None] | None = None

    @property
    def number(self) -> int:
        """Of the ticket."""
        return self.case.number

    @property
    def ticket(self) -> Ticket | None:
        """As it was read last."""
        return self.case.ticket

    def body(self) -> ComposeResult:
        """What it is, the page, who else is there and what is about to leave."""
        glyphs = self.context.glyphs
        # Set before the first frame, which all rows would leave again otherwise.
        self.set_class(self.app.size.height >= TALL, "-tall")
        yield Bar(self._title, id="title")
        yield self.page
        yield Rows(id="status", glyphs=glyphs)

    @property
    def page(self) -> PageView:
        """The page; it answers also while the screen is being closed."""
        if self._page is None:
            self._page = PageView(self._lines(), empty=READING, id="page", glyphs=self.context.glyphs)
        return self._page

    # -- reading ------------------------------------------------------------------------------------------------------

    async def read_ahead(self, patience: float) -> None:
        """Read it before the screen is there, for at most so many seconds: then it stands in the first frame.

        What takes longer goes on while the screen says that it is being read.
        """
        self._ahead = asyncio.create_task(self._fetch(self.case))
        await asyncio.wait({self._ahead}, timeout=patience)

    def on_mount(self) -> None:
        """Read it, be there, and follow the time."""
        self.page.focus()
        self._attendance = attend(self, self.number)
        self.set_interval(AGAIN, self._redraw, name="ticket")
        self.set_interval(1.0, self._count_down, name="ticket-mail")
        # Keys that were typed ahead are for the ticket: they wait until it is known what may be done to it.
        self.held(self.read_again())

    async def on_unmount(self) -> None:
        """Be there no more."""
        if self._attendance is not None:
            await self._attendance.leave(self)

    def on_resize(self) -> None:
        """Another width wraps otherwise."""
        self.set_class(self.size.height >= TALL, "-tall")
        self.call_after_refresh(self.show)

    def on_screen_resume(self) -> None:
        """What changed while a form lay over it."""
        if self.ticket is not None:
            self.read_again()

    def on_console_screen_topics_changed(self, event: ConsoleScreen.TopicsChanged) -> None:
        """Somebody did something, or came or went."""
        if TOPIC in event.topics and self.is_current:
            self.read_again()
        elif PRESENCE in event.topics:
            self.run_worker(self._look_around(), group="presence", exclusive=True)

    def read_again(self) -> Worker[None]:
        """Read what is new."""
        return self.run_worker(self._read(), group="ticket", exclusive=True)

    def action_refresh(self) -> None:
        """Read it again now."""
        self.read_again()
        self.console.action_refresh()

    async def _fetch(self, case: Case) -> None:
        await opened(self.context)
        try:
            service = service_of(self.context)
            await case.read(service)
            if case is self.case and not case.clocks and case.ticket is not None and case.ticket.version > MANY:
                self.show()
            await case.read_clocks(service)
            self._problem = ""
        except OpsError as error:
            self._problem = str(error)

    async def _read(self) -> None:
        case, ahead, self._ahead = self.case, self._ahead, None
        await (ahead or self._fetch(case))
        if case is self.case:
            self.refresh_bindings()
            self.show()
            # Who else is there comes last: the ticket does not wait for it.
            await self._look_around()

    async def _look_around(self) -> None:
        if self._attendance is not None and self._attendance.number == self.case.number:
            await self._attendance.look()
            self._show_status()

    def about(self) -> About:
        """See `ConsoleScreen.about`: when it was opened."""
        return About(f"ticket:{self.number}", self.ticket.created if self.ticket is not None else None)

    # -- drawing ------------------------------------------------------------------------------------------------------

    def view(self, cells: int | None = None) -> View:
        """For whom it is drawn."""
        context = self.context
        room = (self._cells if cells is None else cells) - 1 - 2 * MARGIN
        return View(max(30, room), context.glyphs, context.clock.now(), context.zone, self._absolute)

    def _title(self, cells: int) -> Line:
        if self.ticket is None:
            return BLANK
        return framed(title_line(self.ticket, self.view(cells)), cells)

    def show(self, added_above: int = 0) -> None:
        """Draw what was read."""
        # What was read may come when the screen is being closed.
        page, title = self.page, self.query_one_optional("#title", Bar)
        if title is None or not page.size.width:
            return
        lines = self._lines()
        if added_above:
            page.show_below(lines, added_above)
        else:
            page.show(lines)
        title.rebuild()
        self._show_status()

    @property
    def _cells(self) -> int:
        """The width, also before the screen has one."""
        return self.size.width or self.app.size.width

    def _lines(self) -> list[Line]:
        cells = max(1, self._cells - 1)
        case, page = self.case, self.case.page(settings_of(self.context))
        if page is None:
            sign = f"{self.context.glyphs.critical} "
            wrong = Line((Span(sign + harmless(self._problem), Style.CRITICAL),))
            return [framed(wrong, cells)] if self._problem else []
        view = self.view()
        lines = [framed(line, cells) for line in page_lines(page, view)]
        lines += [BLANK, *self._story.lines(case, view, cells, brief=self._brief)]
        if case.gap:
            word = f"{view.glyphs.ellipsis} {case.gap:,} events more, they are read when you come here"
            gap = Line((Span(word, Style.MUTED),), spots=(Spot(GAP, 0, view.cells),))
            lines += [BLANK, framed(gap, cells), BLANK]
            lines += self._story.lines(case, view, cells, brief=self._brief, end=True)
        return lines

    def _show_status(self) -> None:
        rows, view, lines = self.query_one_optional("#status", Rows), self.view(), []
        if rows is None:
            return
        if self._problem and self.ticket is not None:
            lines.append(Line((Span(f"{view.glyphs.critical} {harmless(self._problem)}", Style.CRITICAL),)))
        if (people := people_line(self._attendance.people if self._attendance is not None else (), view)) is not None:
            lines.append(people)
        waiting = self.case.waiting
        if waiting is not None and waiting.due > view.now:
            undo = self.action_of(shell.UNDO.id)
            key = key_label(undo.keys[0]) if undo is not None and undo.keys else "undo"
            left = -(-(waiting.due - view.now) // 1000)
            spans = (Span(f"The reply to {harmless(', '.join(waiting.recipients))} leaves in {left} s", Style.WARNING),
                     Span("   "), Span(key, Style.TEXT, strong=True), Span(" takes it back", Style.MUTED))
            lines.append(Line(fit(spans, view.cells, view.glyphs.ellipsis)))
        rows.show([framed(line, self.size.width) for line in lines])

    def _redraw(self) -> None:
        if self.is_current:
            self.show()

    def _count_down(self) -> None:
        """While a reply waits, its seconds; nothing else is drawn or read."""
        waiting = self.case.waiting
        if waiting is not None and self.is_current:
            self.show()
            # What is due now is sent by the agent, and its change of state comes by the feed.

    # -- moving -------------------------------------------------------------------------------------------------------

    def on_page_view_scrolled(self, event: PageView.Scrolled) -> None:
        """Events that come into view are read."""
        event.stop()
        page = event.view
        down = page.top >= self._top
        self._top = page.top
        if not self.case.gap or self._reading_on:
            return
        row = next((number for number, line in enumerate(page.lines)
                    if line.spots and line.spots[0].target == GAP), None)
        if row is not None and page.top - 1 <= row <= page.top + page.height:
            self._reading_on = True
            self.run_worker(self._read_on(down=down), group="timeline")

    async def _read_on(self, *, down: bool) -> None:
        case, before = self.case, len(self.page.lines)
        try:
            service = service_of(self.context)
            await (case.onward(service) if down else case.backward(service))
        except OpsError as error:
            self.console.notify_error(error)
            return
        finally:
            self._reading_on = False
        if case is self.case:
            added = 0 if down else len(self._lines()) - before
            self.show(max(0, added))

    def on_lines_view_opened(self, event: PageView.Opened) -> None:
        """What the cursor stands on: another ticket, a file, an alert, events that are missing."""
        event.stop()
        kind, _, name = event.target.partition(":")
        if kind == "ticket" and name.isascii() and name.isdigit():
            self.app.push_screen(TicketScreen(int(name)))
        elif kind == "file":
            self.action_show()
        elif kind == GAP:
            self._reading_on = True
            self.run_worker(self._read_on(down=True), group="timeline")

    def on_lines_view_moved(self, event: PageView.Moved) -> None:
        """Other keys work where the cursor stands now."""
        event.stop()
        self.refresh_bindings()

    def action_times(self) -> None:
        """Times in full, or briefly."""
        self._absolute = not self._absolute
        self.show()

    def action_details(self) -> None:
        """Everything, or only what was said."""
        self._brief = not self._brief
        self.show()

    def neighbour(self, step: int) -> int | None:
        """The next ticket of the list, or the one before; None: there is none."""
        at = self.found.position(self.number) if self.found is not None else None
        if self.found is None or at is None or not 0 <= at + step < len(self.found.numbers):
            return None
        return self.found.numbers[at + step]

    def action_next(self) -> None:
        """The next ticket of the list."""
        self._go(self.neighbour(1))

    def action_previous(self) -> None:
        """The one before it."""
        self._go(self.neighbour(-1))

    def _go(self, number: int | None) -> None:
        if number is not None:
            self.run_worker(self._change_to(number), group="ticket", exclusive=True)

    async def _change_to(self, number: int) -> None:
        if self._attendance is not None:
            await self._attendance.leave(self)
        self.case = Case(number)
        self.title = f"Ticket #{number}"
        self._attendance = attend(self, number)
        await self._read()
        self.page.action_top()
