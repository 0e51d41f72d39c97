"""Taking back what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from opsconsole.core.identity import Role, require
from opsconsole.tickets import store
from opsconsole.tickets.cases.base import Desk
from opsconsole.tickets.errors import Gone, NotThere
from opsconsole.tickets.model import EventKind, Party, plain
from opsconsole.tickets.store import batches, outbox
from opsconsole.tickets.store.rows import encodable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opsconsole.core.identity import Actor
    from opsconsole.tickets.cases.types import Batch, Done
    from opsconsole.tickets.cases.work import Work
    from opsconsole.tickets.model import Event, Ticket

_STAYS: Final = {
    EventKind.CREATED: "a ticket that was opened stays; close it.",
    EventKind.ATTACHED: "an attachment stays; a supervisor can delete it.",
    EventKind.DETACHED: "a deleted attachment does not come back.",
    EventKind.SPLIT: "a ticket that was split off stays; close or merge it."}
"""What no undo takes back, and what to do."""
_SETS: Final = frozenset({"tags", "watchers", "voters", "links"})
"""Fields of which what was added is removed, whatever else was added since."""


class Undoing(Desk):
    """Undo."""

    async def undo(self, actor: Actor, batch: int | None = None) -> Done:
        """Takes back what was done at once, on all its tickets or on none; the timeline keeps both.

        A reply that still waits is not sent. A note stays readable, marked as taken back. Undoing an undo does it
        again. What cannot be taken back: opening a ticket (close it), a deleted attachment, a reply that has left.
        Of a batch with a reply that has left, everything else is taken back, and `Done.notes` says so.

        Args:
            actor: who; operator and up, for another person's batch supervisor.
            batch: as in `Done.batch`; None: the last one of the actor that was not undone.

        Raises:
            PermissionDenied: the role does not allow it.
            NotThere: there is no such batch, or nothing to undo.
            Gone: it was undone already, was sent, is of a kind that stays, or a field was changed since; says which
                and by whom.
        """
        async with self._change(actor, "undo", "undo") as work:
            taken = await self._to_undo(work, actor, batch)
            events = await store.event_rows(work.tx, taken.id)
            by_ticket: dict[int, list[Event]] = {}
            for event in events:
                by_ticket.setdefault(event.ticket, []).append(event)
            await work.read(list(by_ticket))
            for number, of_ticket in by_ticket.items():
                await self._take_back(work, work.ticket(number), of_ticket)
            if not work.changed:
                raise Gone("It cannot be undone: " + " ".join(work.notes or ["there is nothing left of it."]), "")
            done = await work.finish()
            await self._note_undone(work, taken)
            return done

    async def _to_undo(self, work: Work, actor: Actor, batch: int | None) -> Batch:
        found = await (batches.last(work.tx, actor.name) if batch is None else batches.one(work.tx, batch))
        if found is None:
            raise NotThere("There is nothing to undo." if batch is None else f"Nothing was done under {batch}.",
                           "The timeline of a ticket says what was done." if batch is None else "")
        if found.actor != actor.name:
            require(actor, Role.SUPERVISOR, f"undo what {found.actor} did")
        if found.undone:
            raise Gone("It was undone already.", "Look at the timeline.")
        return found

    async def _take_back(self, work: Work, ticket: Ticket, events: Sequence[Event]) -> None:
        """Adds the event that takes back what was done to one ticket."""
        fixed = [event for event in events if event.kind in _STAYS]
        if any(event.kind in (EventKind.CREATED, EventKind.SPLIT, EventKind.DETACHED) for event in fixed):
            kind = next(event.kind for event in fixed if event.kind is not EventKind.ATTACHED)
            raise Gone(f"It cannot be undone: {_STAYS[kind]}", "")
        work.notes += dict.fromkeys(_STAYS[event.kind].capitalize() for event in fixed)
        wanted = [event for event in events if event.kind not in _STAYS]
        wanted = [event for event in wanted if await self._unsent(work, event)]
        if not wanted:
            return
        changes = await _opposite(work, ticket, wanted)
        data: dict[str, Any] = {"seqs": [event.seq for event in wanted]}
        if any(event.kind in (EventKind.MESSAGE, EventKind.UNDONE) for event in wanted):
            data |= counted(await store.messages_of(work.tx, ticket.number), data["seqs"], ticket.version + 1)
        work.add(ticket.number, EventKind.UNDONE, changes=changes, data=data)

    async def _unsent(self, work: Work, event: Event) -> bool:
        """Whether an event can be taken back as far as mail goes; what waits does not leave then."""
        if event.kind is EventKind.UNDONE:
            # To do it again: what was held back by the undo leaves after all.
            due = work.now + round(self.settings.mail.hold * 1000)
            for seq in event.data.get("seqs", ()):
                await outbox.queue_again(work.tx, event.ticket, seq, due)
            return True
        if await outbox.cancel(work.tx, event.ticket, event.seq, work.now):
            return True
        if event.kind is EventKind.MESSAGE:
            work.notes.append(f"The reply in ticket {event.ticket} has been sent.")
            return False
        work.notes.append(f"The mail about ticket {event.ticket} has been sent.")
        return True

    async def _note_undone(self, work: Work, taken: Batch) -> None:
        if not await batches.set_undone(work.tx, taken.id, work.batch):
            raise Gone("It was undone already.", "Look at the timeline.")
        if taken.action == "undo":
            await batches.set_done_again(work.tx, taken.id)


async def _opposite(work: Work, ticket: Ticket, events: Sequence[Event]) -> dict[str, tuple[Any, Any]]:
    """The changes that give fields back the values that they had before some events.

    Raises:
        Gone: a field has another value by now.
    """
    spans: dict[str, tuple[Any, Any]] = {}
    for event in events:
        for name, (old, new) in event.changes.items():
            spans[name] = (spans[name][0] if name in spans else old, new)
    made: dict[str, tuple[Any, Any]] = {}
    for name, (old, new) in spans.items():
        now = encodable(plain(getattr(ticket, name)))
        back = _back(name, old, new, now)
        if back is None:
            by = await _changed_by(work, ticket, name, events[-1].seq)
            raise Gone(f"{by} changed {name} of ticket {ticket.number} since.", "Set it by hand if that is right.")
        if back != now:
            made[name] = (now, back)
    return made


def _back(name: str, old: Any, new: Any, now: Any) -> Any:
    """The value of a field without a change; None: it was changed again since."""
    if name in _SETS:
        added, removed = [one for one in new if one not in old], [one for one in old if one not in new]
        kept = [one for one in now if one not in added]
        return kept + [one for one in removed if one not in kept]
    if name == "fields":
        made = dict(now)
        for key in old.keys() | new.keys():
            if old.get(key) != new.get(key) and now.get(key) not in (new.get(key), old.get(key)):
                return None
            made[key] = old.get(key, "") if old.get(key) != new.get(key) else made.get(key, "")
        return {key: value for key, value in made.items() if value}
    return old if now in (old, new) else None


async def _changed_by(work: Work, ticket: Ticket, name: str, after: int) -> str:
    since = await store.events(work.tx, ticket.number, after=after)
    return next((event.actor or "opsconsole" for event in reversed(since) if name in event.changes), "Somebody")


def counted(events: Iterable[Event], seqs: Sequence[int], seq: int) -> dict[str, int]:
    """How many messages, answers and unanswered messages a ticket has once events are taken back.

    Args:
        events: its messages and what was taken back before.
        seqs: of the events that are taken back now.
        seq: of the event that takes them back.
    """
    from opsconsole.tickets.clocks.course import undone  # noqa: PLC0415 - calendars take time to load

    known = list(events)
    gone: Mapping[int, int] = undone([*known, _taker(known[0], seqs, seq)]) if known else {}
    made = {"messages": 0, "answers": 0, "unanswered": 0}
    for event in known:
        if event.kind is EventKind.CREATED:
            made["unanswered"] = int(event.party is Party.REQUESTER)
        elif event.kind is EventKind.MESSAGE and event.seq not in gone:
            made["messages"] += 1
            if event.party is Party.REQUESTER:
                made["unanswered"] += 1
            elif event.party is Party.STAFF and event.public:
                made["answers"] += 1
                made["unanswered"] = 0
    return made


def _taker(like: Event, seqs: Sequence[int], seq: int) -> Event:
    return replace(like, seq=seq, kind=EventKind.UNDONE, data={"seqs": list(seqs)})
