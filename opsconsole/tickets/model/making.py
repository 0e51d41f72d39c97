"""How events make a ticket: the only way from one state to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from opsconsole.tickets.model.types import Event, Ticket
from opsconsole.tickets.model.words import EventKind, Party

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SETTABLE: Final = frozenset({
    "title", "description", "lifecycle", "state", "phase", "priority", "category", "requester", "requester_mail",
    "team", "assignee", "watchers", "tags", "source", "fields", "links", "impact", "effort", "value", "voters",
    "satisfaction", "satisfaction_note", "release", "version_seen", "root_cause", "knowledge", "merged_into",
    "alert_key"})
"""The fields that `changes` may name; all others follow from the events."""


def plain(value: Any) -> Any:
    """A field's value in the form in which `Event.changes` holds it."""
    return msgspec.to_builtins(value)


def apply(ticket: Ticket | None, event: Event) -> Ticket:
    """The ticket after one more event.

    Args:
        ticket: as it was; None before the first event.
        event: the next one.

    Raises:
        ValueError: it is not the next event of this ticket, or sets what cannot be set.
    """
    before = ticket if ticket is not None else Ticket(event.ticket, created=event.at)
    if event.ticket != before.number or event.seq != before.version + 1:
        raise ValueError(f"event {event.seq} of ticket {event.ticket} does not follow {before.version} of"
                         f" {before.number}")
    unknown = event.changes.keys() - SETTABLE
    if unknown:
        raise ValueError(f"no event can set {', '.join(sorted(unknown))}")
    new = {name: _typed(name, values[1]) for name, values in event.changes.items()}
    return replace(before, **new, **_counted(before, event, new), version=event.seq,
                   updated=max(before.updated, event.at) if _moves(event) else before.updated)


def fold(events: Iterable[Event]) -> Ticket:
    """The ticket that all its events make, in their order.

    Raises:
        ValueError: there are none, or one does not follow.
    """
    ticket: Ticket | None = None
    for event in events:
        ticket = apply(ticket, event)
    if ticket is None:
        raise ValueError("a ticket has at least one event")
    return ticket


def changed(ticket: Ticket, **wanted: Any) -> dict[str, tuple[Any, Any]]:
    """The `changes` that give fields other values; those that are so already are left out."""
    made = {}
    for name, value in wanted.items():
        old, new = plain(getattr(ticket, name)), plain(value)
        if old != new:
            made[name] = (old, new)
    return made


_QUIET = frozenset({EventKind.WARNED, EventKind.BREACHED, EventKind.MAILED, EventKind.ASKED})
"""What happens by itself makes a ticket no newer."""


_BACK: Final = frozenset({EventKind.UNDONE, EventKind.UNMERGED})
"""What opens a ticket again as if it had never been done."""


def _moves(event: Event) -> bool:
    return event.kind not in _QUIET


def _counted(before: Ticket, event: Event, new: Mapping[str, Any]) -> dict[str, Any]:
    """What follows from an event besides the fields that it sets."""
    made: dict[str, Any] = {}
    if "phase" in new:
        was, now = before.phase.open, new["phase"].open
        if was and not now:
            made["resolved"] = event.at
        elif now and not was:
            made["resolved"] = None
            made["reopened"] = before.reopened + (event.kind not in _BACK)
    if event.kind is EventKind.MESSAGE:
        made["messages"] = before.messages + 1
        if event.party is Party.REQUESTER:
            made["unanswered"] = before.unanswered + 1
        elif event.party is Party.STAFF and event.public:
            made |= {"unanswered": 0, "answers": before.answers + 1}
    elif event.kind is EventKind.CREATED:
        made["unanswered"] = int(event.party is Party.REQUESTER)
    elif event.kind is EventKind.ESCALATED:
        made["escalated"] = before.escalated + 1
    elif event.kind is EventKind.RECURRED:
        made["recurred"] = before.recurred + 1
    elif event.kind is EventKind.UNDONE:
        made |= {name: event.data[name] for name in ("messages", "answers", "unanswered") if name in event.data}
    elif event.kind in (EventKind.ATTACHED, EventKind.DETACHED):
        made["attachments"] = before.attachments + (1 if event.kind is EventKind.ATTACHED else -1)
    return made


_TYPES: Final[dict[str, Any]] = {field.name: field.type for field in msgspec.structs.fields(Ticket)}


def _typed(name: str, value: Any) -> Any:
    """A plain value as the field wants it; a value that no field can have raises ValueError."""
    try:
        return msgspec.convert(value, _TYPES[name])
    except msgspec.ValidationError as problem:
        raise ValueError(f"`{name}` cannot be {str(value)[:60]!r}: {problem}") from None
