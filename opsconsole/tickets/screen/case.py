"""One ticket as its screen has read it: everything about it, and of a long timeline its beginning and its end."""

from __future__ import annotations

import re
from array import array
from typing import TYPE_CHECKING, Final

from opsconsole.tickets.cases.types import Found
from opsconsole.tickets.present.ticket import Page
from opsconsole.tickets.present.timeline import undone_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsconsole.tickets.cases.types import Outgoing
    from opsconsole.tickets.clocks import Clock
    from opsconsole.tickets.model import Attachment, Event, Summary, Ticket
    from opsconsole.tickets.service import TicketService
    from opsconsole.tickets.settings import TicketSettings

PAGE: Final = 30
"""Events that are read at first, at each end."""
MORE: Final = 200
"""Events that are read at a time when somebody comes to those that are missing."""
MOST_LINKED: Final = 50
_NUMBER: Final = re.compile(r"[0-9]{1,15}")


class Case:
    """What is known of a ticket. Every read raises what the service raises."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.ticket: Ticket | None = None
        self.clocks: tuple[Clock, ...] = ()
        self.files: list[Attachment] = []
        self.linked: dict[str, Summary] = {}
        self.mail: Mapping[int, Outgoing] = {}
        self.head: list[Event] = []
        """From the first event on."""
        self.tail: list[Event] = []
        """Up to the newest one; empty where `head` reaches so far."""

    @property
    def gap(self) -> int:
        """How many events between `head` and `tail` are not read yet."""
        return self.tail[0].seq - self.head[-1].seq - 1 if self.tail and self.head else 0

    @property
    def undone(self) -> frozenset[int]:
        """Events that were taken back and not done again, as far as they are known."""
        return undone_of((*self.head, *self.tail))

    @property
    def waiting(self) -> Outgoing | None:
        """The newest reply that has not left yet; None: there is none."""
        return next((mail for _, mail in sorted(self.mail.items(), reverse=True) if mail.state == "waiting"), None)

    def event(self, seq: int) -> Event | None:
        """One event that was read."""
        return next((event for event in (*self.head, *self.tail) if event.seq == seq), None)

    def page(self, settings: TicketSettings) -> Page | None:
        """What the page above the timeline is made of."""
        if self.ticket is None:
            return None
        return Page(self.ticket, self.clocks, self.linked, self.files,
                    settings.all_categories.get(self.ticket.category))

    async def read(self, service: TicketService) -> None:
        """Everything as it is now but its promises; of the timeline only what is new."""
        ticket = await service.get(self.number)
        self.files = await service.attachments(self.number) if ticket.attachments or self.files else []
        self.mail = await service.mail_state(self.number)
        numbers = array("q", [int(link.target) for link in ticket.links[:MOST_LINKED]
                              if link.kind.opposite is not None and _NUMBER.fullmatch(link.target)])
        rows = await service.rows(Found(numbers), 0, MOST_LINKED) if numbers else []
        self.linked = {str(row.number): row for row in rows}
        known = self.tail or self.head
        if known:
            known += await service.events(self.number, after=known[-1].seq)
        elif ticket.version <= 2 * PAGE:
            self.head = await service.events(self.number)
        else:
            self.head = await service.events(self.number, limit=PAGE)
            self.tail = await service.last_events(self.number, PAGE)
            self._joined()
        self.ticket = ticket

    async def read_clocks(self, service: TicketService) -> None:
        """Its promises, for which all its events are looked at."""
        self.clocks = await service.clocks(self.number)

    async def onward(self, service: TicketService) -> None:
        """The next events behind the beginning."""
        self.head += await service.events(self.number, after=self.head[-1].seq, limit=MORE)
        self._joined()

    async def backward(self, service: TicketService) -> None:
        """The events before the end."""
        self.tail = [*await service.last_events(self.number, MORE, before=self.tail[0].seq), *self.tail]
        self._joined()

    def _joined(self) -> None:
        """Where both ends meet, they are one."""
        if self.tail and self.gap <= 0:
            last = self.head[-1].seq
            self.head += [event for event in self.tail if event.seq > last]
            self.tail = []
