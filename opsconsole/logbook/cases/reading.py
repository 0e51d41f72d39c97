"""Reading entries, finding them, and what is still to be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.logbook import store
from opsconsole.logbook.cases.base import Desk, shown
from opsconsole.logbook.model import Found
from opsconsole.logbook.store.reading import actions_at

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from opsconsole.core.clock import Instant
    from opsconsole.logbook.model import Action, Amendment, Attachment, Entry, Summary


class Reading(Desk):
    """Reading entries, finding them, and what is still to be done."""

    async def entry(self, number: int) -> Entry:
        """One entry with its amendments merged into it.

        Raises:
            NoEntry: there is none of that number.
        """
        return (await self._shown([await self._stored(self._db, number)]))[0]

    async def original(self, number: int) -> Entry:
        """One entry as it was signed."""
        return await self._stored(self._db, number)

    async def amendments(self, number: int) -> list[Amendment]:
        """Its amendments, oldest first."""
        return (await store.amendments(self._db, [number])).get(number, [])

    async def attachments(self, number: int) -> list[Attachment]:
        """Its files, oldest first."""
        return (await store.attachments(self._db, [number])).get(number, [])

    async def belonging(self, numbers: Sequence[int]
                        ) -> tuple[dict[int, list[Amendment]], dict[int, list[Attachment]]]:
        """The amendments and the files of entries, oldest first; those that have none are left out."""
        return await store.amendments(self._db, numbers), await store.attachments(self._db, numbers)

    async def find(self, filter: str = "", first: int | None = None) -> Found:  # noqa: A002 - the name that callers know
        """What a filter finds, newest first.

        `type:emergency by:ana since:30d until:2027-01-04 is:open is:signed is:amended is:dropped status:issues
        check:web tag:x ticket:17`, words and `"phrases"` of the text, `-` before a term for its opposite. Dropped ones
        only when asked for.

        Args:
            filter: what is wanted.
            first: of very many entries at least so many numbers are known; None: all are.

        Raises:
            UsageError: it cannot be understood; says where.
        """
        return await self._sought(filter, self._clock.now(), first)

    async def rest(self, found: Found) -> Found:
        """The same with all numbers."""
        return found if found.whole else await self._sought(found.filter, found.at)

    async def _sought(self, filter_text: str, at: Instant, first: int | None = None) -> Found:
        from opsconsole.logbook.filtering import compiled, parse  # noqa: PLC0415 - one entry needs no filter

        count, numbers = await store.found(self._db, compiled(parse(filter_text), now=at, zone=self._zone), first)
        return Found(numbers, filter_text, count, at)

    async def rows(self, found: Found, offset: int, limit: int) -> list[Summary]:
        """A page of what was found, as far as its numbers are known."""
        return await store.rows(self._db, found.numbers[max(offset, 0):max(offset, 0) + max(limit, 0)])

    async def between(self, since: Instant, until: Instant) -> list[Entry]:
        """All entries that were begun in a time, merged, oldest first; for exports and reports. No dropped ones."""
        return await self._shown(await store.between(self._db, since, until))

    async def due_actions(self, day: date | None = None) -> list[tuple[int, int, Action]]:
        """Next actions that are not done and due by a day (None: all): entry, place, action; the oldest due first."""
        return await store.due(self._db, "" if day is None else day.isoformat())

    async def actions_at(self, at: Instant) -> list[tuple[int, Action]]:
        """Next actions that were still to be done at a moment, with their entry; the oldest due first."""
        return await actions_at(self._db, at)

    async def of_run(self, run: int) -> Sequence[int]:
        """The entries that were drafted from a run of a checklist."""
        return await store.of_run(self._db, run)

    async def _shown(self, entries: Sequence[Entry]) -> list[Entry]:
        numbers = [one.id for one in entries]
        amendments = await store.amendments(self._db, [one.id for one in entries if one.seal])
        actions = await store.actions(self._db, numbers)
        return sorted((shown(one, amendments.get(one.id, ()), actions.get(one.id, ())) for one in entries),
                      key=lambda one: (one.begun, one.id))
