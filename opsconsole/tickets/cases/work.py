"""One transaction that changes tickets: what is to be written is collected, then written at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from opsconsole.core.errors import UsageError
from opsconsole.core.text import limited
from opsconsole.tickets import store
from opsconsole.tickets.errors import NotThere
from opsconsole.tickets.model import TOPIC, Event, EventKind, Link, Party, Source, Ticket, apply, changed, topic_of
from opsconsole.tickets.store import batches, files
from opsconsole.tickets.store.writing import Change, stored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Transaction
    from opsconsole.core.identity import Actor
    from opsconsole.tickets.cases.types import Done, Draft
    from opsconsole.tickets.clocks import Policies
    from opsconsole.tickets.model import Attachment
    from opsconsole.tickets.settings import TicketSettings

MOST_AT_ONCE: Final = 2_000
"""Tickets of one change: more would keep all others from writing for too long."""
_QUOTED: Final = 200
"""Characters of a text that the audit trail keeps."""
_AUDITED: Final = 20
"""Fields and events of one ticket that one entry of the audit trail names."""


class Work:
    """What one person, or the program, does to tickets at once."""

    def __init__(self, tx: Transaction, actor: Actor | None, action: str, now: Instant, settings: TicketSettings,
                 policies: Policies, via: Source = Source.CONSOLE) -> None:
        self.tx = tx
        self.actor = actor
        self.action = action
        self.now = now
        self.via = via
        self.batch = 0
        self.notes: list[str] = []
        self.files: list[Attachment] = []
        """Attachments that are new."""
        self._settings = settings
        self._policies = policies
        self._before: dict[int, Ticket | None] = {}
        self._tickets: dict[int, Ticket] = {}
        self._events: dict[int, list[Event]] = {}

    async def read(self, numbers: int | Sequence[int]) -> list[Ticket]:
        """Reads tickets as this transaction sees them.

        Raises:
            NotThere: one is not there.
            UsageError: they are too many to be changed at once.
        """
        wanted = [numbers] if isinstance(numbers, int) else list(dict.fromkeys(numbers))
        if len(wanted) > MOST_AT_ONCE:
            raise UsageError(f"{MOST_AT_ONCE:,} tickets can be changed at once, and these are {len(wanted):,}.",
                             "Do it in several parts.")
        unread = [number for number in wanted if number not in self._tickets]
        found = await store.get_many(self.tx, unread)
        missing = [number for number in unread if number not in found]
        if missing:
            raise no_ticket(missing)
        for number in unread:
            self._before[number] = self._tickets[number] = found[number]
        return [self._tickets[number] for number in wanted]

    def ticket(self, number: int) -> Ticket:
        """A ticket as it is with what was added so far."""
        return self._tickets[number]

    @property
    def changed(self) -> bool:
        """Whether anything was added."""
        return any(self._events.values())

    async def next_number(self) -> int:
        """The number of a new ticket."""
        return max(await store.next_number(self.tx), max(self._tickets, default=0) + 1)

    async def link_back(self, number: int, link: Link) -> None:
        """Gives the other end of a link, which is a ticket, the opposite one.

        Raises:
            NotThere: there is no such ticket.
        """
        kind = link.kind.opposite
        if kind is None:
            return
        other = (await self.read(as_number(link.target)))[0]
        back = Link(kind, str(number))
        if back not in other.links:
            self.add(other.number, EventKind.LINKED, changes=changed(other, links=(*other.links, back)),
                     data={"kind": kind.value, "target": back.target})

    def add(self, number: int, kind: EventKind, *, text: str = "", changes: Mapping[str, tuple[Any, Any]] | None = None,
            data: Mapping[str, Any] | None = None, public: bool = False, by: str | None = None,
            party: Party | None = None, at: Instant | None = None) -> Event:
        """Adds an event; without `by` and `party`, of the actor.

        Raises:
            ValueError: it sets what no event can set.
        """
        who = self.actor.name if self.actor is not None else ""
        side = Party.STAFF if self.actor is not None else Party.SYSTEM
        before = self._tickets.get(number)
        # Where somebody has set the clock back, it happened when the event before did.
        moment = self.now if at is None else at
        moment = moment if before is None else max(moment, before.updated)
        event = stored(Event(
            number, 1 if before is None else before.version + 1, moment, kind,
            who if by is None else by, side if party is None else party, self.via, public, text, dict(changes or {}),
            dict(data or {})))
        self._tickets[number] = apply(before, event)
        self._before.setdefault(number, None)
        self._events.setdefault(number, []).append(event)
        return event

    def change(self, number: int, changes: Mapping[str, tuple[Any, Any]], kind: EventKind = EventKind.CHANGED) -> None:
        """Adds an event that sets fields; none where nothing is to be set."""
        if changes:
            self.add(number, kind, changes=changes)

    def take(self, number: int, draft: Draft) -> Event:
        """Adds an event as a draft says it."""
        via, self.via = self.via, draft.via
        try:
            return self.add(number, draft.kind, text=draft.text, changes=draft.changes, data=draft.data,
                            public=draft.public, by=draft.actor, party=draft.party)
        finally:
            self.via = via

    async def finish(self, *, again: Sequence[int] = ()) -> Done:
        """Writes what was added: events, what follows from them, audit, notices, topics.

        Args:
            again: tickets whose promises are computed anew even where nothing was added.
        """
        from opsconsole.tickets.cases.types import Done  # noqa: PLC0415 - the types name this file

        changed = [number for number in self._tickets if self._events.get(number) or number in again]
        if any(self._events.values()) and self.actor is not None:
            self.batch = await batches.add(self.tx, self.actor.name, self.action, self.now)
        changes = [Change(self._before[number], [replace(event, batch=self.batch)
                                                 for event in self._events.get(number, ())]) for number in changed]
        if changes:
            for ticket in await store.record_all(self.tx, changes, self._policies, self.now):
                self._tickets[ticket.number] = ticket
            if self.files:
                await files.add(self.tx, self.files)
            await self._audit(changes)
            await self._tell(changes)
            self._touch(changed)
        return Done(self.batch, tuple(self._tickets.values()), tuple(self.notes))

    async def _audit(self, changes: Sequence[Change]) -> None:
        if self.actor is None:
            return
        from opsconsole.core import audit  # noqa: PLC0415 - only whoever changes something needs it

        for one in changes:
            if one.events:
                await audit.append(self.tx, self.actor, f"ticket.{self.action}", f"ticket:{one.events[0].ticket}",
                                   audited(one.events, self.batch), self.now)

    async def _tell(self, changes: Sequence[Change]) -> None:
        from opsconsole.tickets.telling import tell  # noqa: PLC0415 - as above

        for one in changes:
            if one.events:
                await tell(self.tx, self._tickets[one.events[0].ticket], one.events, self._settings)

    def _touch(self, numbers: Sequence[int]) -> None:
        self.tx.touch(TOPIC)
        for topic in {topic_of(number) for number in numbers}:
            self.tx.touch(topic)


def audited(events: Sequence[Event], batch: int) -> dict[str, Any]:
    """What the audit trail says of some events: their numbers, what they set, and never a whole message."""
    changes: dict[str, Any] = {}
    for event in events:
        for name, (old, new) in event.changes.items():
            first = changes[name][0] if name in changes else shortened(old)
            changes[name] = [first, shortened(new)]
    detail: dict[str, Any] = {"batch": batch, "events": [[event.seq, event.kind.value] for event in events[:_AUDITED]]}
    if changes:
        detail["changes"] = dict(list(changes.items())[:_AUDITED])
    reasons = [limited(event.text, _QUOTED) for event in events if event.text and event.kind is not EventKind.MESSAGE]
    return {**detail, "reason": reasons[0]} if reasons else detail


def shortened(value: Any) -> Any:
    """A value with every text in it cut to what the audit trail keeps."""
    if isinstance(value, str):
        return limited(value, _QUOTED)
    if isinstance(value, dict):
        return {limited(name, _QUOTED): shortened(part) for name, part in list(value.items())[:_AUDITED]}
    return [shortened(part) for part in value[:_AUDITED]] if isinstance(value, list | tuple) else value


def no_ticket(numbers: Sequence[int]) -> NotThere:
    """That there are no such tickets."""
    named = ", ".join(str(number)[:20] for number in numbers[:5]) + (" …" if len(numbers) > 5 else "")
    return NotThere(f"There {'is no ticket' if len(numbers) == 1 else 'are no tickets'} {named}.",
                    "`opsconsole ticket list` names those that there are.")


def as_number(target: str | int) -> int:
    """The number of a ticket that a link names, as `17` or `#17`.

    Raises:
        NotThere: it is no number.
    """
    text = str(target).strip().removeprefix("#")
    if not (text.isascii() and text.isdecimal()) or len(text) > 18:
        raise NotThere(f"`{limited(text, 30)}` is not the number of a ticket.", "A number looks like 17.")
    return int(text)
