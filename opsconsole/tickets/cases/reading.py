"""What can be asked about tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.core.clock import SECOND
from opsconsole.tickets import store
from opsconsole.tickets.cases.base import Desk
from opsconsole.tickets.cases.types import Found
from opsconsole.tickets.cases.work import no_ticket
from opsconsole.tickets.errors import NotThere
from opsconsole.tickets.lifecycle import moves
from opsconsole.tickets.model import LinkKind
from opsconsole.tickets.store import batches, files, looking, outbox, queue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.identity import Actor
    from opsconsole.tickets.cases.types import Batch, Outgoing
    from opsconsole.tickets.clocks import Clock
    from opsconsole.tickets.filters import Filter, Vocabulary
    from opsconsole.tickets.filtersql import Query
    from opsconsole.tickets.lifecycle import Offer
    from opsconsole.tickets.model import Attachment, Event, Presence, Summary, Ticket
    from opsconsole.tickets.store.rows import Reader

SEEN: Final = 30 * SECOND
"""How long somebody counts as present who is not heard of."""
_KNOWN: Final = 30.0
"""Seconds for which the words for completing a filter are kept."""


class Reading(Desk):
    """Questions; everyone may ask them. All of them raise StorageError when the records cannot be used."""

    _words: tuple[float, Vocabulary] | None = None

    async def get(self, number: int) -> Ticket:
        """One ticket as it is now; one that was merged is still itself, see `resolve`.

        Raises:
            NotThere: there is none with this number.
        """
        found = await store.get(self._db, number)
        if found is None:
            raise no_ticket([number])
        return found

    async def get_many(self, numbers: Sequence[int]) -> dict[int, Ticket]:
        """Some tickets as they are now, by number and in this order.

        Raises:
            NotThere: one of them is not there.
        """
        found = await store.get_many(self._db, list(numbers))
        if missing := [number for number in numbers if number not in found]:
            raise no_ticket(missing)
        return {number: found[number] for number in numbers}

    async def resolve(self, number: int) -> int:
        """The number under which a ticket goes on: its own, or that of the one that it was merged into, and so on.

        Raises:
            NotThere: there is none with this number.
        """
        found = await store.resolve(self._db, number)
        if found is None:
            raise no_ticket([number])
        return found

    async def events(self, number: int, *, after: int = 0, limit: int | None = None) -> list[Event]:
        """What happened to a ticket, oldest first; empty for a number that there is not.

        Args:
            number: of the ticket.
            after: only events with a higher `seq`.
            limit: how many at most, the oldest of them; None: all.
        """
        return await store.events(self._db, number, after=after, limit=store.ALL if limit is None else limit)

    async def last_events(self, number: int, limit: int = 100, *, before: int | None = None) -> list[Event]:
        """The newest events of a ticket, oldest first: a page of a long timeline from its end.

        Args:
            number: of the ticket.
            limit: how many at most.
            before: only events with a lower `seq`: that of the first one of the page after.
        """
        return await store.last_events(self._db, number, limit, store.ALL if before is None else before)

    async def clocks(self, number: int) -> tuple[Clock, ...]:
        """The promises of a ticket, computed from all its events for this moment."""
        from opsconsole.tickets.clocks import clocks  # noqa: PLC0415 - a list of tickets needs none

        return clocks(await store.for_clocks(self._db, number), self.policies, self._clock.now())

    async def attachments(self, number: int) -> list[Attachment]:
        """The files of a ticket, oldest first; deleted ones too, marked."""
        return await files.attachments(self._db, number)

    async def attachment(self, number: int) -> Attachment:
        """One file, by its own number.

        Raises:
            NotThere: there is none.
        """
        found = await files.attachment(self._db, number)
        if found is None:
            raise NotThere(f"There is no attachment {number}.", "`opsconsole ticket show` names those of a ticket.")
        return found

    async def find(self, filter_text: str, me: str, *, limit: int | None = None) -> Found:
        """The numbers of all tickets that a filter finds, in its order.

        Args:
            filter_text: as it is typed: `is:open assignee:me sort:due "exact words"`; empty: all.
            me: who `me` is.
            limit: only so many of the first; in half the time, where words are found in very many. None: all.

        Raises:
            FilterError: it cannot be read; with the position.
        """
        from opsconsole.tickets.filters import parse_filter  # noqa: PLC0415 - only who looks for something needs it

        query = self._query(parse_filter(filter_text), me)
        return Found(await queue.numbers(self._db, query, -1 if limit is None else limit), filter_text)

    async def rows(self, found: Found, offset: int, limit: int) -> list[Summary]:
        """A page of what was found, each ticket as it is now."""
        return await queue.rows(self._db, found.numbers[max(offset, 0):max(offset, 0) + max(limit, 0)])

    async def position(self, found: Found, number: int) -> int | None:
        """Where a ticket stands in what was found, from 0; None: it is not there."""
        return found.position(number)

    async def counts(self, me: str) -> dict[str, int]:
        """How many tickets each view of a person holds, in the order of the views; -1 for one that cannot be read."""
        from opsconsole.tickets.filters import FilterError, parse_filter  # noqa: PLC0415 - as above

        queries: dict[str, Query | None] = {}
        for name, view in self.settings.views_of(me).items():
            try:
                queries[name] = self._query(parse_filter(view.filter), me)
            except FilterError:
                queries[name] = None
        return await queue.counts(self._db, queries)

    async def vocabulary(self) -> Vocabulary:
        """The words with which a filter can be completed: people, tags, states, categories, teams, releases."""
        known = self._words
        now = self._clock.monotonic()
        if known is None or now - known[0] > _KNOWN:
            self._words = known = now, await queue.vocabulary(self._db, self.settings)
        return known[1]

    async def presence(self, number: int, *, but: str = "") -> list[Presence]:
        """Who has a ticket open at this moment, longest first; without the console whose session is `but`."""
        return await looking.there(self._db, number, self._clock.now() - SEEN, but)

    async def offers(self, actor: Actor, number: int) -> tuple[Offer, ...]:
        """Where a ticket can go from its state, and for every state where it cannot, why.

        Raises:
            NotThere: there is none with this number.
        """
        ticket = await self.get(number)
        return moves(ticket, self.settings, actor.role, blockers=await blockers(self._db, ticket))

    async def mail_state(self, number: int) -> dict[int, Outgoing]:
        """What became of the mails to the requester, by the `seq` of the event that each was written in."""
        return await outbox.states(self._db, number)

    async def last_batch(self, actor: Actor) -> Batch | None:
        """What `undo` would take back for an actor; None: nothing."""
        return await batches.last(self._db, actor.name)

    def _query(self, wanted: Filter, me: str) -> Query:
        from opsconsole.tickets.filtersql import compile_filter  # noqa: PLC0415 - as above

        return compile_filter(wanted, me=me, now=self._clock.now(), zone=self._zone)


async def blockers(db: Reader, ticket: Ticket) -> list[int]:
    """The open tickets that block one, and its open children."""
    linked = [int(link.target) for link in ticket.links
              if link.kind in (LinkKind.BLOCKED_BY, LinkKind.CHILD) and link.target.isdecimal()]
    return sorted(await store.open_among(db, linked)) if linked else []
