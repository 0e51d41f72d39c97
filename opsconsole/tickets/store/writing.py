"""The one place that writes tickets: events, and everything that is derived from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from msgspec.structs import replace

from opsconsole.core.text import storable
from opsconsole.tickets.model import apply, fold
from opsconsole.tickets.search import asker, index
from opsconsole.tickets.store import reading
from opsconsole.tickets.store.rows import encodable, event_values, to_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Params, Transaction
    from opsconsole.tickets.clocks import Clock, Policies
    from opsconsole.tickets.model import Event, Link, Ticket

NEVER: Final = 1 << 53
"""Where in the queue a ticket stands of which no promise runs."""

_ROW: Final = ("number", "title", "state", "phase", "priority", "category", "team", "assignee", "requester",
               "requester_mail", "source", "tags", "created", "updated", "resolved", "due", "due_kind", "warn",
               "promise", "queue", "wake", "unanswered", "escalated", "recurred", "reopened", "attachments",
               "satisfaction", "merged_into", "alert_key", "release", "rank", "answers", "knowledge",
               "root_cause", "asker", "version", "data")
_EVENT: Final = ("id", "ticket", "seq", "at", "kind", "actor", "party", "via", "public", "text", "changes", "data",
                 "batch")
_CLOCK: Final = ("ticket", "kind", "segment", "started", "target", "due", "met", "breached", "waived", "used",
                 "priority", "category", "assignee", "merged", "decided", "kept")

_SETS: Final = (("ticket_tag", ("tag",), "tags"), ("ticket_watcher", ("person",), "watchers"),
                ("ticket_link", ("kind", "target"), "links"))
"""Tables of what a ticket has several of: their columns besides the ticket, and the field."""


class Change(NamedTuple):
    """What is to be written of one ticket."""

    before: Ticket | None
    """As it is in the records; None: it is new."""
    events: Sequence[Event]
    """Those that follow."""


class _Made(NamedTuple):
    """What becomes of a ticket, and of its promises."""

    before: Ticket | None
    ticket: Ticket
    promised: Promised


async def record(tx: Transaction, before: Ticket | None, events: Sequence[Event], policies: Policies,
                 now: Instant) -> Ticket:
    """Writes events of one ticket and all that follows from them; without events, computes its promises anew.

    Args:
        tx: the transaction.
        before: the ticket as this transaction reads it; None: the first event makes it.
        events: the next ones, numbered on from `before.version`.
        policies: what is promised.
        now: the present.

    Raises:
        ValueError: an event does not follow, or sets what cannot be set.
        StorageError: they could not be stored.
    """
    return (await record_all(tx, [Change(before, events)], policies, now))[0]


async def record_all(tx: Transaction, changes: Sequence[Change], policies: Policies, now: Instant) -> list[Ticket]:
    """The same for many tickets in few statements."""
    changes = [Change(one.before, [stored(event) for event in one.events]) for one in changes]
    made: list[_Made] = []
    for before, fresh in changes:
        ticket = before
        for event in fresh:
            ticket = apply(ticket, event)
        if ticket is None:
            raise ValueError("a ticket has at least one event")
        history = [*(await reading.for_clocks(tx, ticket.number) if before is not None else ()), *fresh]
        made.append(_Made(before, ticket, promised_of(ticket, history, policies, now)))
    # Tickets first: to an event without its ticket, SQLite would look for more of its kind among all that there are.
    await _upsert(tx, [row_of(one.ticket, one.promised) for one in made])
    await _insert(tx, "ticket_event", _EVENT, [event_values(event) for one in changes for event in one.events])
    await _derived(tx, made)
    await index(tx, (event for one in changes for event in one.events))
    return [one.ticket for one in made]


async def rebuild(tx: Transaction, number: int, policies: Policies, now: Instant) -> Ticket:
    """Writes all that follows from the events of a ticket anew, whatever is there now; the words in it stay.

    Raises:
        ValueError: it has no events, or one of them does not follow.
    """
    events = await reading.events(tx, number)
    ticket = fold(events)
    for table in ("ticket_tag", "ticket_watcher", "ticket_link", "ticket_clock"):
        await tx.run(f"DELETE FROM {table} WHERE ticket = :ticket", {"ticket": number})  # noqa: S608 - fixed parts
    made = _Made(None, ticket, promised_of(ticket, events, policies, now))
    await _upsert(tx, [row_of(ticket, made.promised)])
    await _derived(tx, [made])
    return ticket


def stored(event: Event) -> Event:
    """An event as it will come back from the database."""
    return replace(event, actor=storable(event.actor), text=storable(event.text),
                   changes={name: (encodable(old), encodable(new)) for name, (old, new) in event.changes.items()},
                   data=encodable(event.data))


class Promised(NamedTuple):
    """What is derived from the promises of a ticket."""

    clocks: tuple[Clock, ...]
    due: Instant | None = None
    due_kind: str = ""
    warn: Instant | None = None
    promise: str = ""
    wake: Instant | None = None


def promised_of(ticket: Ticket, events: Sequence[Event], policies: Policies, now: Instant) -> Promised:
    """The promises of a ticket from all its events, and what its row says of them."""
    from opsconsole.tickets.clocks import clocks, pick  # noqa: PLC0415 - only whoever writes needs it
    from opsconsole.tickets.watching import next_wake  # noqa: PLC0415 - as above

    found = clocks(events, policies, now)
    row = pick(found, now)
    return Promised(found, row.due, row.due_kind.value if row.due_kind else "", row.warn, row.promise,
                    next_wake(ticket, events, found, policies, now))


def row_of(ticket: Ticket, promised: Promised) -> Params:
    """The values of a ticket's row."""
    values: dict[str, Any] = {name: getattr(ticket, name) for name in _ROW if hasattr(ticket, name)}
    due = promised.due
    return {**values, "phase": ticket.phase.value, "priority": ticket.priority.rank, "source": ticket.source.value,
            "tags": to_json(ticket.tags), "rank": float(ticket.rank), "data": to_json(ticket), "due": due,
            "due_kind": promised.due_kind, "warn": promised.warn, "promise": promised.promise,
            "queue": NEVER if due is None else due, "wake": promised.wake, "knowledge": int(bool(ticket.knowledge)),
            "root_cause": int(bool(ticket.root_cause)), "asker": asker(ticket.requester, ticket.requester_mail)}


def clock_of(ticket: Ticket, clock: Clock) -> Params:
    """The values of the row of a clock, with what the statistics group it by."""
    values: dict[str, Any] = {name: getattr(clock, name) for name in _CLOCK if hasattr(clock, name)}
    decided = clock.met if clock.breached is None else clock.breached
    return {**values, "ticket": ticket.number, "kind": clock.kind.value, "priority": ticket.priority.rank,
            "category": ticket.category, "assignee": ticket.assignee, "merged": int(bool(ticket.merged_into)),
            "decided": None if clock.target is None or clock.waived is not None else decided,
            "kept": int(clock.breached is None)}


async def _upsert(tx: Transaction, rows: Sequence[Params]) -> None:
    sets = ", ".join(f"{name} = excluded.{name}" for name in _ROW if name != "number")
    await tx.many(f"INSERT INTO ticket ({', '.join(_ROW)}) VALUES (:{', :'.join(_ROW)})"  # noqa: S608 - fixed parts
                  f" ON CONFLICT (number) DO UPDATE SET {sets}", rows)


async def _insert(tx: Transaction, table: str, columns: Sequence[str], rows: Sequence[Params]) -> None:
    if rows:
        await tx.many(f"INSERT INTO {table} ({', '.join(columns)}) VALUES (:{', :'.join(columns)})", rows)  # noqa: S608 - fixed parts


async def _derived(tx: Transaction, made: Sequence[_Made]) -> None:
    """Clocks anew; tags, watchers and links where they changed."""
    await tx.many("DELETE FROM ticket_clock WHERE ticket = :ticket",
                  [{"ticket": one.ticket.number} for one in made if one.before is not None])
    await _insert(tx, "ticket_clock", _CLOCK,
                  [clock_of(one.ticket, clock) for one in made for clock in one.promised.clocks])
    for table, columns, field in _SETS:
        gone: list[Params] = []
        come: list[Params] = []
        for one in made:
            old = set(getattr(one.before, field)) if one.before is not None else set()
            new = set(getattr(one.ticket, field))
            gone += [_member(one.ticket.number, columns, each) for each in old - new]
            come += [_member(one.ticket.number, columns, each) for each in new - old]
        if gone:
            where = " AND ".join(f"{column} = :{column}" for column in ("ticket", *columns))
            await tx.many(f"DELETE FROM {table} WHERE {where}", gone)  # noqa: S608 - fixed parts
        await _insert(tx, table, ("ticket", *columns), come)


def _member(number: int, columns: Sequence[str], value: str | Link) -> Params:
    values = (value,) if isinstance(value, str) else (value.kind.value, value.target)
    return {"ticket": number, **dict(zip(columns, values, strict=True))}
