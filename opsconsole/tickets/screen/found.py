"""Where the rows of the queue come from: what a filter finds, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.console.storage import opened
from opsconsole.console.widgets.pages import Column, ListRow, remember
from opsconsole.tickets.filters import Vocabulary, complete, parse_filter
from opsconsole.tickets.present.queue import cells, places

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from opsconsole.console.context import ConsoleContext
    from opsconsole.core.filtering import Completion
    from opsconsole.tickets.cases.types import Found
    from opsconsole.tickets.filters import Filter
    from opsconsole.tickets.model import Summary
    from opsconsole.tickets.present.view import View
    from opsconsole.tickets.service import TicketService

__all__ = ["Language", "Tickets", "columns", "opened"]

BEGINNING: Final = 200
"""Tickets of a filter that are found while it is being typed; all others follow when typing pauses."""
_SORTED: Final = {"due": "promise", "created": "age", "updated": "updated", "priority": "priority",
                  "number": "number", "state": "state", "assignee": "who"}
"""What a filter calls a column that it sorts by, and what the list calls it."""


class Language(NamedTuple):
    """The filters of the queue, with the names that complete them; see `console.filterline`."""

    words: Vocabulary = Vocabulary()
    hint: str = "words, is:open, priority:<=high, assignee:me …"

    def check(self, text: str) -> None:
        """See `Language.check`."""
        parse_filter(text)

    def complete(self, text: str, cursor: int) -> Sequence[Completion]:
        """See `Language.complete`."""
        return complete(text, cursor, self.words)


class Tickets:
    """The rows of one filter; see `RowSource`.

    Args:
        service: the use cases; raises OpsError while the records are not open.
        view: for whom rows are drawn now.
        context: the surroundings.
        filter_text: what is wanted.
        counted: told whenever it was counted anew.
        marked: the keys of the rows that are marked.
        begin: whether only the beginning is wanted for now, as for every key of a filter that is being typed.
    """

    def __init__(self, service: Callable[[], TicketService], view: Callable[[], View], context: ConsoleContext,
                 filter_text: str, counted: Callable[[Tickets], None] = lambda _: None,
                 marked: Callable[[], Collection[str]] = tuple, *, begin: bool = False) -> None:
        self._service, self._view, self._context, self._counted = service, view, context, counted
        self._marked = marked
        self.filter = filter_text
        self.begin = begin
        self.found: Found | None = None
        self.known: dict[int, Summary] = {}
        """Rows that were read, by number: those read last, and those that are marked."""

    async def count(self) -> int:
        """See `RowSource.count`; asks the filter anew."""
        await opened(self._context)
        found = await self._service().find(self.filter, self._context.actor.name,
                                          limit=BEGINNING if self.begin else None)
        self.found = found
        self.known.clear()
        self._counted(self)
        return len(found.numbers)

    async def rows(self, offset: int, limit: int) -> Sequence[ListRow]:
        """See `RowSource.rows`."""
        if self.found is None:
            return []
        found = await self._service().rows(self.found, offset, limit)
        view = self._view()
        remember(self.known, ((row.number, row) for row in found), lambda: [int(key) for key in self._marked()])
        return [ListRow(str(row.number), cells(row, view)) for row in found]

    async def position(self, key: str) -> int | None:
        """See `RowSource.position`."""
        return None if self.found is None else await self._service().position(self.found, int(key))

    @property
    def most(self) -> int:
        """The highest number in it: how wide the column of numbers is."""
        return max(self.found.numbers, default=0) if self.found is not None else 0


def columns(most: int, width: int, filter_: Filter | None = None) -> tuple[Column, ...]:
    """The columns of the queue in so many cells; what it is sorted by stands out."""
    by = _SORTED.get(filter_.sort[0].by, "") if filter_ is not None and filter_.sort else ""
    return tuple(Column(place.key, place.title, place.width, "right" if place.align == "right" else "left", place.flex,
                        place.drop, sorted=place.key == by) for place in places(most, width))
