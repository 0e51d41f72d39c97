"""Where the rows of the list come from: next actions that are due, then what a filter finds, page by page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from opsconsole.console.storage import opened
from opsconsole.console.widgets.pages import Column, ListRow, remember
from opsconsole.core.clock import local
from opsconsole.core.filtering import Completion, FilterError
from opsconsole.logbook import filtering
from opsconsole.logbook.model import Found
from opsconsole.logbook.present.listing import Due, due_cells, entry_cells, places, target_of
from opsconsole.logbook.screen.desk import due_now

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opsconsole.console.context import ConsoleContext
    from opsconsole.core.view import View
    from opsconsole.logbook.model import Summary
    from opsconsole.logbook.service import LogService

FIRST: Final = 1_000
"""Entries whose numbers are asked for at once, of very many: enough for where one looks."""
_PART: Final = re.compile(r"\S*$")


class Language:
    """The filters of the log; see `console.filterline`."""

    hint = "words, type:emergency, by:ana, since:30d, is:open …"

    def check(self, text: str) -> None:
        """See `Language.check`."""
        try:
            filtering.parse(text)
        except filtering.FilterError as wrong:
            raise FilterError(wrong.message, wrong.position, wrong.length) from None

    def complete(self, text: str, cursor: int) -> Sequence[Completion]:
        """A key, or a value of one that knows its values."""
        found = _PART.search(text[:cursor])
        part = found[0] if found is not None else ""
        begin, dash = text[:cursor - len(part)], "-" if part.startswith("-") else ""
        name, colon, value = part.removeprefix("-").partition(":")
        if colon:
            words = filtering.KEYS.get(name.lower(), ("", ()))[1]
            made = [(word, "", f"{dash}{name}:{word} ") for word in words if word.startswith(value.lower())]
        else:
            made = [(f"{one}:", what, f"{dash}{one}:") for one, (what, _) in filtering.KEYS.items()
                    if one.startswith(name.lower())]
        return [Completion(label, what, begin + said + text[cursor:].lstrip(), len(begin + said))
                for label, what, said in made]


class Entries:
    """The rows of one filter; see `RowSource`.

    Args:
        service: the use cases; raises OpsError while the records are not open.
        view: for whom rows are drawn now.
        context: the surroundings.
        filter_text: what is wanted; empty: all, with the next actions that are due above them.
        counted: told whenever it was counted anew.
    """

    def __init__(self, service: Callable[[], LogService], view: Callable[[], View], context: ConsoleContext,
                 filter_text: str, counted: Callable[[Entries], None]) -> None:
        self._service, self._view, self._context, self._counted = service, view, context, counted
        self.filter = filter_text
        self.found: Found | None = None
        self.due: list[Due] = []
        self.known: dict[int, Summary] = {}
        """Rows that were read last, by number."""

    @property
    def total(self) -> int | None:
        """How many rows there are; None: nobody knows yet."""
        return self.found.count + len(self.due) if self.found is not None else None

    async def count(self) -> int:
        """See `RowSource.count`; asks the filter anew."""
        await opened(self._context)
        service = self._service()
        found = await service.find(self.filter, FIRST)
        self.due = [] if self.filter else [Due(*one) for one in await due_now(service, self._context)]
        self.found = found
        self.known.clear()
        self._counted(self)
        return found.count + len(self.due)

    async def rows(self, offset: int, limit: int) -> Sequence[ListRow]:
        """See `RowSource.rows`."""
        if self.found is None:
            return []
        view = self._view()
        rows = [ListRow(one.key, due_cells(one, view)) for one in self.due[offset:offset + limit]]
        begin = max(0, offset - len(self.due))
        # Whether the first one is the first of its day is seen in the one before it.
        before = 1 if begin else 0
        asked = limit - len(rows) + before
        found = await self._service().rows(await self._known_to(begin - before + asked), begin - before, asked)
        remember(self.known, ((row.id, row) for row in found))
        days = [local(row.begun, view.zone).date() for row in found]
        for number, row in enumerate(found[before:], before):
            first = not number or days[number] != days[number - 1]
            rows.append(ListRow(str(row.id), entry_cells(row, view, first=first)))
        return rows

    async def position(self, key: str) -> int | None:
        """See `RowSource.position`."""
        at = next((number for number, one in enumerate(self.due) if one.key == key), None)
        if at is not None or self.found is None or key.startswith("next:"):
            return at
        entry = target_of(key).entry
        at = self.found.position(entry)
        if at is None:
            at = (await self._known_to(self.found.count)).position(entry)
        return None if at is None else len(self.due) + at

    async def _known_to(self, end: int) -> Found:
        """What was found, with the numbers up to a place: those far down are asked for when somebody goes there."""
        found = self.found or Found()
        if len(found.numbers) >= min(end, found.count):
            return found
        whole = await self._service().rest(found)
        if self.found is found:
            self.found = whole
        return whole


def columns(cells: int) -> tuple[Column, ...]:
    """The columns of the list in so many cells."""
    return tuple(Column(place.key, place.title, place.width, "right" if place.align == "right" else "left", place.flex,
                        place.drop) for place in places(cells))
