"""The one place that writes tickets: events, and everything that is derived from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from msgspec.structs import replace

from opsconsole.tickets.model import apply
from opsconsole.tickets.search import asker, index
from opsconsole.tickets.store import reading
from opsconsole.tickets.store.rows import encodable, event_values, storable, to_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Params, Transaction
    from opsconsole.tickets.clocks import Clock, Policies
    from opsconsole.tickets.model import Event, Ticket

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


class Change(NamedTuple):
    """What is to be written of one ticket."""

    before: Ticket | None
    """As it is in the records; None: it is new."""
    events: Sequence[Event]
    """Those that follow."""


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
    tickets: list[Ticket] = []
    rows: list[Params] = []
    clocks: list[Params] = []
    for before, fresh in changes:
        ticket = before
        for event in fresh:
            ticket = apply(ticket, event)
        if ticket is None:
            raise ValueError("a ticket has at least one event")
        history = [*(await reading.for_clocks(tx, ticket.number) if before is not None else ()), *fresh]
        promised = promised_of(ticket, history, policies, now)
        tickets.append(ticket)
        rows.append(row_of(ticket, promised))
        clocks += [clock_of(ticket, clock) for clock in promised.clocks]
    # Tickets first: to an event without its ticket, SQLite would look for more of its kind among all that there are.
    await _upsert(tx, rows)
    await _insert(tx, "ticket_event", _EVENT, [event_values(event) for one in changes for event in one.events])
    await tx.many("DELETE FROM ticket_clock WHERE ticket = :ticket",
                  [{"ticket": one.before.number} for one in changes if one.before is not None])
    await _insert(tx, "ticket_clock", _CLOCK, clocks)
    await _sets(tx, changes, tickets)
    await index(tx, (event for one in changes for event in one.events))
    return tickets


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


async def _sets(tx: Transaction, changes: Sequence[Change], tickets: Sequence[Ticket]) -> None:
    """Tags, watchers and links, where they changed."""
    for table, column, field in (("ticket_tag", "tag", "tags"), ("ticket_watcher", "person", "watchers")):
        pairs = [(ticket.number, set(getattr(one.before, field)) if one.before is not None else set(),
                  set(getattr(ticket, field))) for one, ticket in zip(changes, tickets, strict=True)]
        gone = [{"n": number, "v": each} for number, old, new in pairs for each in old - new]
        come = [{"ticket": number, column: each} for number, old, new in pairs for each in new - old]
        if gone:
            await tx.many(f"DELETE FROM {table} WHERE ticket = :n AND {column} = :v", gone)  # noqa: S608 - fixed parts
        await _insert(tx, table, ("ticket", column), come)
    links = [(ticket.number, set(one.before.links) if one.before is not None else set(), set(ticket.links))
             for one, ticket in zip(changes, tickets, strict=True)]
    lost = [{"n": number, "k": each.kind.value, "t": each.target} for number, old, new in links for each in old - new]
    if lost:
        await tx.many("DELETE FROM ticket_link WHERE ticket = :n AND kind = :k AND target = :t", lost)
    await _insert(tx, "ticket_link", ("ticket", "kind", "target"), [
        {"ticket": number, "kind": each.kind.value, "target": each.target}
        for number, old, new in links for each in new - old])
