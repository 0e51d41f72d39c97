"""Tickets as CSV, JSON lines and Markdown; and as anybody outside may read them. Pure.

What is public is put together from what is known to be: nothing of a ticket is in it that is not named here, so a note
cannot leave by being forgotten.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opsconsole.core.clock import Instant
from opsconsole.core.jsontext import to_json
from opsconsole.core.plaintext import csv_line, markdown_block, markdown_line
from opsconsole.tickets.model import Event, EventKind, Party, Phase, Priority, Record, Ticket

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.tickets.model import Attachment

COLUMNS: Final = ("number", "title", "state", "phase", "priority", "category", "team", "assignee", "requester",
                  "requester_mail", "tags", "source", "created", "updated", "resolved", "reopened", "escalated",
                  "messages", "attachments", "satisfaction", "release", "version_seen", "root_cause", "merged_into",
                  "description")
"""Those of a CSV file, in their order."""
PUBLIC_COLUMNS: Final = ("number", "title", "state", "priority", "category", "created", "updated", "resolved",
                         "release", "votes", "description")
"""Those of one that is public."""


class Whole(NamedTuple):
    """A ticket and all that belongs to it."""

    ticket: Ticket
    events: Sequence[Event] = ()
    files: Sequence[Attachment] = ()


class Said(Record, frozen=True):
    """A message as anybody outside may read it."""

    at: Instant
    by: str
    """`requester` or `support`: who exactly is nobody's business."""
    text: str


class Public(Record, frozen=True):
    """A ticket as anybody outside may read it."""

    number: int
    title: str
    state: str
    priority: Priority
    category: str
    created: Instant
    updated: Instant
    resolved: Instant | None
    release: str
    votes: int
    description: str
    """What the requester wrote when they opened it; empty where the team opened it."""
    messages: tuple[Said, ...]
    files: tuple[str, ...]
    """Names of attachments that came from outside or went there."""


def public(whole: Whole) -> Public:
    """What of a ticket anybody outside may read: no note, no reply that was taken back, nobody's name."""
    ticket, events = whole.ticket, whole.events
    undone = {seq for event in events if event.kind is EventKind.UNDONE for seq in event.data.get("seqs", ())}
    said = tuple(Said(event.at, "requester" if event.party is Party.REQUESTER else "support", event.text)
                 for event in events if event.kind is EventKind.MESSAGE and event.public and event.seq not in undone
                 and event.party in (Party.REQUESTER, Party.STAFF))
    first = events[0] if events else None
    asked = first is not None and first.kind is EventKind.CREATED and first.party is Party.REQUESTER
    description = str(first.changes.get("description", ("", ""))[1]) if first is not None and asked else ""
    files = tuple(one.name for one in whole.files if one.public and one.deleted is None)
    updated = max((one.at for one in said), default=ticket.created)
    return Public(ticket.number, ticket.title, ticket.state, ticket.priority, ticket.category, ticket.created,
                  max(updated, ticket.resolved or 0), ticket.resolved, ticket.release, len(ticket.voters), description,
                  said, files)


def csv_head(*, outside: bool = False) -> str:
    """The first line of a CSV file."""
    return csv_line(PUBLIC_COLUMNS if outside else COLUMNS)


def csv_row(ticket: Ticket | Public) -> str:
    """One ticket as a line of CSV (RFC 4180); times are ISO 8601 in UTC."""
    if isinstance(ticket, Public):
        return csv_line(_cell(name, getattr(ticket, name)) for name in PUBLIC_COLUMNS)
    return csv_line(_cell(name, getattr(ticket, name)) for name in COLUMNS)


def json_line(whole: Whole | Public) -> str:
    """One ticket as a line of JSON, with its events and attachments."""
    if isinstance(whole, Public):
        return to_json(whole) + "\n"
    return to_json({"ticket": whole.ticket, "events": whole.events, "attachments": whole.files}) + "\n"


def markdown(whole: Whole | Public) -> str:
    """One ticket as a part of a Markdown document; foreign text stands in fences, so that it is no structure of it."""
    if isinstance(whole, Public):
        head = [("state", whole.state), ("priority", whole.priority.value), ("category", whole.category),
                ("created", _stamp(whole.created)), ("resolved", _stamp(whole.resolved)), ("release", whole.release),
                ("votes", str(whole.votes or "")), ("files", ", ".join(whole.files))]
        said = [(one.at, one.by, one.text) for one in whole.messages]
        return _document(whole.number, whole.title, head, whole.description, said)
    ticket = whole.ticket
    head = [("state", ticket.state), ("priority", ticket.priority.value), ("category", ticket.category),
            ("requester", " ".join(part for part in (ticket.requester, ticket.requester_mail) if part)),
            ("team", ticket.team), ("assignee", ticket.assignee), ("tags", ", ".join(ticket.tags)),
            ("created", _stamp(ticket.created)), ("resolved", _stamp(ticket.resolved)), ("release", ticket.release),
            ("root cause", ticket.root_cause),
            ("files", ", ".join(one.name for one in whole.files if one.deleted is None))]
    said = [(event.at, _heading(event), event.text) for event in whole.events if event.text or event.changes]
    return _document(ticket.number, ticket.title, head, ticket.description, said)


_TIMES: Final = frozenset({"created", "updated", "resolved"})


def _cell(name: str, value: Any) -> str:
    if name in _TIMES:
        return _stamp(value)
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if isinstance(value, Priority | Phase):
        return value.value
    return "" if value in (None, 0) else str(value)


def _stamp(at: Instant | None) -> str:
    return "" if at is None else f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _heading(event: Event) -> str:
    who = markdown_line(event.actor) or event.party.value
    if event.kind is EventKind.MESSAGE:
        kind = "reply" if event.public and event.party is Party.STAFF else "note" if not event.public else "message"
        return f"{who}, {kind}"
    if event.kind is EventKind.CREATED:
        return f"{who}, created"
    changes = "; ".join(f"{name}: {_plain(old)} -> {_plain(new)}" for name, (old, new) in event.changes.items()
                        if name not in ("description", "phase"))
    return f"{who}, {event.kind.value}" + (f" ({changes})" if changes else "")


def _plain(value: Any) -> str:
    """A value of a field in words."""
    if isinstance(value, dict):
        return ", ".join(f"{markdown_line(str(name))} {_plain(part)}" for name, part in value.items()) or "nothing"
    if isinstance(value, list | tuple):
        return ", ".join(_plain(part) for part in value) or "nothing"
    return markdown_line(str(value)) if value not in (None, "") else "nothing"


def _document(number: int, title: str, head: Sequence[tuple[str, str]], description: str,
              said: Sequence[tuple[Instant, str, str]]) -> str:
    parts = [f"## {number} {markdown_line(title)}",
             "\n".join(f"- {name}: {markdown_line(value)}" for name, value in head if value)]
    if description.strip():
        parts.append(markdown_block(description))
    for at, heading, text in said:
        parts += [f"### {_stamp(at)} {heading}", *([markdown_block(text)] if text.strip() else [])]
    return "\n\n".join(parts) + "\n\n"
