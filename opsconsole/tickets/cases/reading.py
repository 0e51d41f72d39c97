"""What can be asked about tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.tickets.cases.base import Desk

if TYPE_CHECKING:
    from opsconsole.core.identity import Actor
    from opsconsole.tickets.cases.types import Batch, Found, Outgoing
    from opsconsole.tickets.clocks import Clock
    from opsconsole.tickets.filters import Vocabulary
    from opsconsole.tickets.lifecycle import Offer
    from opsconsole.tickets.model import Attachment, Event, Presence, Summary, Ticket


class Reading(Desk):
    """Questions; everyone may ask them. All of them raise StorageError when the records cannot be used."""

    async def get(self, number: int) -> Ticket:
        """One ticket as it is now; one that was merged is still itself, see `resolve`.

        Raises:
            NotThere: there is none with this number.
        """
        raise NotImplementedError

    async def resolve(self, number: int) -> int:
        """The number under which a ticket goes on: its own, or that of the one that it was merged into, and so on.

        Raises:
            NotThere: there is none with this number.
        """
        raise NotImplementedError

    async def events(self, number: int, *, after: int = 0, limit: int | None = None) -> list[Event]:
        """What happened to a ticket, oldest first; empty for a number that there is not.

        Args:
            number: of the ticket.
            after: only events with a higher `seq`.
            limit: how many at most, the oldest of them; None: all.
        """
        raise NotImplementedError

    async def last_events(self, number: int, limit: int = 100, *, before: int | None = None) -> list[Event]:
        """The newest events of a ticket, oldest first: a page of a long timeline from its end.

        Args:
            number: of the ticket.
            limit: how many at most.
            before: only events with a lower `seq`: that of the first one of the page after.
        """
        raise NotImplementedError

    async def clocks(self, number: int) -> tuple[Clock, ...]:
        """The promises of a ticket, computed from all its events for this moment."""
        raise NotImplementedError

    async def attachments(self, number: int) -> list[Attachment]:
        """The files of a ticket, oldest first; deleted ones too, marked."""
        raise NotImplementedError

    async def attachment(self, number: int) -> Attachment:
        """One file, by its own number.

        Raises:
            NotThere: there is none.
        """
        raise NotImplementedError

    async def find(self, filter_text: str, me: str) -> Found:
        """The numbers of all tickets that a filter finds, in its order.

        Args:
            filter_text: as it is typed: `is:open assignee:me sort:due "exact words"`; empty: all.
            me: who `me` is.

        Raises:
            FilterError: it cannot be read; with the position.
        """
        raise NotImplementedError

    async def rows(self, found: Found, offset: int, limit: int) -> list[Summary]:
        """A page of what was found, each ticket as it is now."""
        raise NotImplementedError

    async def position(self, found: Found, number: int) -> int | None:
        """Where a ticket stands in what was found, from 0; None: it is not there."""
        return found.position(number)

    async def counts(self, me: str) -> dict[str, int]:
        """How many tickets each view of a person holds, in the order of the views; -1 for one that cannot be read."""
        raise NotImplementedError

    async def vocabulary(self) -> Vocabulary:
        """The words with which a filter can be completed: people, tags, states, categories, teams, releases."""
        raise NotImplementedError

    async def presence(self, number: int, *, but: str = "") -> list[Presence]:
        """Who has a ticket open at this moment, longest first; without the console whose session is `but`."""
        raise NotImplementedError

    async def offers(self, actor: Actor, number: int) -> tuple[Offer, ...]:
        """Where a ticket can go from its state, and for every state where it cannot, why.

        Raises:
            NotThere: there is none with this number.
        """
        raise NotImplementedError

    async def mail_state(self, number: int) -> dict[int, Outgoing]:
        """What became of the mails to the requester, by the `seq` of the event that each was written in."""
        raise NotImplementedError

    async def last_batch(self, actor: Actor) -> Batch | None:
        """What `undo` would take back for an actor; None: nothing."""
        raise NotImplementedError
