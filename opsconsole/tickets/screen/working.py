"""What the keys of the queue do to the ticket under the cursor, or to all that are marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.console import actions as shell
from opsconsole.core.errors import OpsError
from opsconsole.core.levels import Level
from opsconsole.tickets import actions
from opsconsole.tickets.screen import choosing, desk_of, doing, settings_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opsconsole.console.list_screen import ListScreen
    from opsconsole.core.actions import Action
    from opsconsole.tickets.model import Summary
    from opsconsole.tickets.screen.found import Tickets
    from opsconsole.tickets.screen.statistics import Looked

    Base = ListScreen
else:
    Base = object

ANY: Final = frozenset({actions.NEW.id})
"""What needs no ticket."""
SOON: Final = 0.04
"""Seconds for which a ticket that is opened is read before its screen is there; reading takes half of it."""


class Working(Base):
    """The actions of the queue; the screen that it is part of has the list and its source."""

    _source: Tickets
    _page_before: Callable[[], None] | None = None
    """Opens the page from which the list was asked for; None: it was not."""

    @property
    def targets(self) -> list[int]:
        """The tickets that are meant: those that are marked, else the one under the cursor."""
        marks = self.table.marks
        if marks:
            return sorted(map(int, marks))
        return [int(self.table.key)] if self.table.key else []

    def rows_of(self, numbers: list[int]) -> list[Summary]:
        """What is known of them, as it was read last."""
        return [self._source.known[number] for number in numbers if number in self._source.known]

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        if action.id == shell.UNDO.id:
            return doing.no_undo(self)
        wants = action.group == "ticket" and action.id not in ANY
        if wants or action.id == actions.OPEN.id:
            numbers = self.targets
            if not numbers:
                return "No ticket is chosen."
            if len(numbers) > doing.MOST:
                return f"At most {doing.MOST:,} tickets are changed at once."
        return None

    def _do(self, work: Awaitable[bool]) -> None:
        async def done() -> None:
            if await work:
                self.table.clear_marks()
                self.again()

        self.run_worker(done(), group="doing")

    # -- each of them -------------------------------------------------------------------------------------------------

    def action_take(self) -> None:
        """Take them."""
        numbers = self.targets
        self._do(doing.take(self, numbers, {row.number: row.assignee for row in self.rows_of(numbers)}))

    def action_assign(self) -> None:
        """Give them to somebody."""
        self._do(doing.assign(self, self.targets))

    def action_move(self) -> None:
        """Move them on."""
        self._do(doing.move(self, self.targets))

    def action_close(self) -> None:
        """Close them."""
        self._do(doing.close(self, self.targets))

    def action_priority(self) -> None:
        """How urgent they are."""
        numbers = self.targets
        self._do(doing.set_priority(self, numbers, self.rows_of(numbers)))

    def action_tags(self) -> None:
        """Their tags."""
        numbers = self.targets
        rows = self.rows_of(numbers)
        self._do(doing.set_tags(self, numbers, rows[0].tags if len(rows) == 1 else ()))

    def action_watch(self) -> None:
        """Watch them, or no more where the person watches all of them."""
        self._do(self._watch(self.targets))

    async def _watch(self, numbers: list[int]) -> bool:
        service = doing.service_or_none(self)
        if service is None:
            return False
        try:
            tickets = [await service.get(number) for number in numbers[:1]]
        except OpsError as error:
            self.console.notify_error(error)
            return False
        already = self.context.actor.name in tickets[0].watchers
        return await doing.watch(self, numbers, already=already)

    def action_link(self) -> None:
        """Link them."""
        self._do(doing.link(self, self.targets))

    def action_merge(self) -> None:
        """Merge them."""
        self._do(doing.merge(self, self.targets))

    def action_undo(self) -> None:
        """Take back what was done last."""
        self._do(doing.undo(self))

    def action_copy(self) -> None:
        """The number to the clipboard of the terminal."""
        numbers = self.targets
        text = " ".join(f"#{number}" for number in numbers)
        self.app.copy_to_clipboard(text)
        what = text if len(numbers) < 6 else f"{len(numbers)} numbers"
        self.console.say(f"{what} sent to the clipboard of your terminal.")

    # -- screens ------------------------------------------------------------------------------------------------------

    def open_ticket(self, number: int) -> None:
        """A ticket's own screen."""
        self.held(self.run_worker(self._open(number), group="opening", exclusive=True))

    async def _open(self, number: int) -> None:
        from opsconsole.tickets.screen.ticket import TicketScreen  # noqa: PLC0415 - when it is opened

        screen = TicketScreen(number, self._source.found)
        await screen.read_ahead(SOON)
        self.app.push_screen(screen)

    def action_new(self) -> None:
        """A new ticket."""
        from opsconsole.tickets.screen.forms import NewScreen  # noqa: PLC0415 - when it is opened

        self.app.push_screen(NewScreen(then=lambda number: self.table.go_to(str(number))))

    def action_note(self) -> None:
        """An internal note."""
        self._write(public=False)

    def action_reply(self) -> None:
        """A public reply."""
        self._write(public=True)

    def _write(self, *, public: bool) -> None:
        from opsconsole.tickets.screen.forms import MessageScreen  # noqa: PLC0415 - when it is opened

        self.app.push_screen(MessageScreen(self.targets, public=public))

    def action_edit(self) -> None:
        """Their fields."""
        from opsconsole.tickets.screen.editing import EditManyScreen  # noqa: PLC0415 - when it is opened
        from opsconsole.tickets.screen.forms import EditScreen  # noqa: PLC0415

        numbers = self.targets
        self.app.push_screen(EditScreen(numbers[0]) if len(numbers) == 1 else EditManyScreen(numbers))

    def action_statistics(self) -> None:
        """How the promises were kept."""
        self._statistics(None)

    def _statistics(self, looked: Looked | None) -> None:
        from opsconsole.tickets.screen.statistics import StatisticsScreen  # noqa: PLC0415 - when it is opened

        def show(filter_text: str) -> None:
            self.show_filter(filter_text)
            self._page_before = lambda: self._statistics(screen.looked)

        screen = StatisticsScreen(show, self.open_ticket, looked)
        self.app.push_screen(screen)

    def action_wishes(self) -> None:
        """The wishes by impact and effort."""
        from opsconsole.tickets.screen.matrix import MatrixScreen  # noqa: PLC0415 - when it is opened

        def show(filter_text: str) -> None:
            self.show_filter(filter_text)
            self._page_before = self.action_wishes

        self.app.push_screen(MatrixScreen(show, self.open_ticket))

    # -- marking and views --------------------------------------------------------------------------------------------

    def action_mark_all(self) -> None:
        """Mark everything that is listed."""
        found = self._source.found
        if found is None or not found.numbers:
            return
        self.table.mark(str(number) for number in found.numbers[:doing.MOST])
        if len(found.numbers) > doing.MOST:
            self.console.say(f"The first {doing.MOST:,} of {len(found.numbers):,} are marked: at most so many are"
                             " changed at once.", Level.WARNING)

    def action_view(self) -> None:
        """Choose a view by its name."""
        self.run_worker(self._choose_view(), group="views", exclusive=True)

    async def _choose_view(self) -> None:
        desk = desk_of(self.context)
        views = settings_of(self.context).views_of(self.context.actor.name)
        chosen = await choosing.choose_view(self, views, desk.counts, desk.view)
        if chosen is not None:
            self.show_view(chosen)

    def show_filter(self, filter_text: str) -> None:
        """The tickets of a filter, as if it had been typed."""
        raise NotImplementedError
