"""Rows of tickets, and the types that they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from opsconsole.core.errors import StorageUnusable
from opsconsole.core.text import storable
from opsconsole.tickets.model import (
    Attachment,
    ClockKind,
    Event,
    EventKind,
    Party,
    Phase,
    Presence,
    Priority,
    Source,
    Summary,
    Ticket,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.database import Database, Params, Row, Transaction

    Reader = Database | Transaction

SPAN: Final = 1 << 20
"""Events have the id number * SPAN + seq."""
EVENT: Final = "ticket, seq, at, kind, actor, party, via, public, text, changes, data, batch"
SUMMARY: Final = ("number, title, state, phase, priority, category, team, assignee, requester, created, updated,"
                  " resolved, due, due_kind, warn, promise, unanswered, escalated, recurred, attachments, merged_into,"
                  " tags")
ATTACHMENT: Final = "id, ticket, seq, name, size, type, sha256, by, at, public, deleted, deleted_by"
_MOST_PARAMS: Final = 400
"""Numbers that one statement names."""

_TICKET: Final = msgspec.json.Decoder(Ticket)
_CHANGES: Final = msgspec.json.Decoder(dict[str, tuple[Any, Any]])
_DATA: Final = msgspec.json.Decoder(dict[str, Any])
_TAGS: Final = msgspec.json.Decoder(tuple[str, ...])
_PRIORITIES: Final = tuple(Priority)
# Asking the class for a member by its value takes many times as long, and a ticket can have thousands of events.
_KINDS: Final = {kind.value: kind for kind in EventKind}
_PARTIES: Final = {party.value: party for party in Party}
_SOURCES: Final = {source.value: source for source in Source}
_PHASES: Final = {phase.value: phase for phase in Phase}


def ticket_of(data: str) -> Ticket:
    """A ticket as its row keeps it.

    Raises:
        StorageUnusable: it is damaged.
    """
    try:
        return _TICKET.decode(data)
    except msgspec.DecodeError as problem:
        raise StorageUnusable(f"The records hold a ticket that cannot be read: {problem}.",
                              "Run `opsconsole doctor`, and put a copy from a backup in its place.") from None


def event_of(row: Row) -> Event:
    """An event as it was written; `row` has the columns of `EVENT`."""
    number, seq, at, kind, actor, party, via, public, text, changes, data, batch = row
    try:
        return Event(number, seq, at, _KINDS[kind], actor, _PARTIES[party], _SOURCES[via], bool(public), text,
                     {} if changes == "{}" else _CHANGES.decode(changes),
                     {} if data == "{}" else _DATA.decode(data), batch)
    except (KeyError, msgspec.DecodeError) as problem:
        raise StorageUnusable(f"Event {seq} of ticket {number} cannot be read: {problem}.",
                              "Run `opsconsole doctor`, and put a copy from a backup in its place.") from None


def summary_of(row: Row) -> Summary:
    """A row of the queue; `row` has the columns of `SUMMARY`."""
    (number, title, state, phase, priority, category, team, assignee, requester, created, updated, resolved, due,
     due_kind, warn, promise, unanswered, escalated, recurred, attachments, merged_into, tags) = row
    return Summary(number, title, state, _PHASES[phase], _PRIORITIES[priority], category, team, assignee, requester,
                   created, updated, resolved, due, ClockKind(due_kind) if due_kind else None, warn, promise,
                   unanswered, escalated, recurred, attachments, merged_into,
                   () if tags == "[]" else _TAGS.decode(tags))


def attachment_of(row: Row) -> Attachment:
    """A file; `row` has the columns of `ATTACHMENT`."""
    values = dict(zip(Attachment.__struct_fields__, row, strict=True))
    return Attachment(**{**values, "public": bool(values["public"])})


def presence_of(row: Row) -> Presence:
    """Somebody who looks; `row` has the columns ticket, actor, writing, since."""
    return Presence(row[0], row[1], bool(row[2]), row[3])


def event_values(event: Event) -> Params:
    """The values of an event's row."""
    return {"id": event.ticket * SPAN + event.seq, "ticket": event.ticket, "seq": event.seq, "at": event.at,
            "kind": event.kind.value, "actor": event.actor, "party": event.party.value, "via": event.via.value,
            "public": int(event.public), "text": event.text, "changes": to_json(event.changes),
            "data": to_json(event.data), "batch": event.batch}


def to_json(value: object) -> str:
    """JSON that the database can hold; half a character in foreign text becomes its number."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        return msgspec.json.encode(encodable(msgspec.to_builtins(value))).decode()


def encodable(value: Any) -> Any:
    """Plain data with half characters spelled out, and tuples as lists, as they come back from the database."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {encodable(name): encodable(part) for name, part in value.items()}
    return [encodable(part) for part in value] if isinstance(value, list | tuple) else value


def named(values: Sequence[Any]) -> list[tuple[str, dict[str, Any]]]:
    """Lists of parameters for `IN (…)`, in portions that every engine takes: `:v0, :v1 …` and their values."""
    portions = []
    for start in range(0, len(values), _MOST_PARAMS):
        part = values[start:start + _MOST_PARAMS]
        portions.append((", ".join(f":v{place}" for place in range(len(part))),
                         {f"v{place}": value for place, value in enumerate(part)}))
    return portions
