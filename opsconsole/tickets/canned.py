"""Texts that are written again and again, with places that are filled in; and what else is to be done with them. Pure.

A place is `{ticket.number}`; braces around anything that is no such word stay as they are, so that JSON and shell code
need no care. What is filled in is never read again: a title `{actor}` stays one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from opsconsole.core.clock import local
from opsconsole.core.errors import UsageError
from opsconsole.tickets.model import MOST_NAME, Priority, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo

    from opsconsole.core.clock import Instant
    from opsconsole.tickets.model import Ticket
    from opsconsole.tickets.settings import Canned, TicketSettings

_PLACE: Final = re.compile(r"\{([a-z_]{1,30}(?:\.[a-z_]{1,30})?)\}")
_OF_TICKET: Final[dict[str, Callable[[Ticket], str]]] = {
    "ticket.number": lambda ticket: str(ticket.number), "ticket.title": lambda ticket: ticket.title,
    "ticket.state": lambda ticket: ticket.state, "ticket.priority": lambda ticket: ticket.priority.value,
    "ticket.category": lambda ticket: ticket.category, "ticket.assignee": lambda ticket: ticket.assignee,
    "ticket.team": lambda ticket: ticket.team, "ticket.release": lambda ticket: ticket.release,
    "ticket.version": lambda ticket: ticket.version_seen, "ticket.description": lambda ticket: ticket.description,
    "ticket.root_cause": lambda ticket: ticket.root_cause, "ticket.tags": lambda ticket: ", ".join(ticket.tags),
    "requester": lambda ticket: ticket.requester or ticket.requester_mail.partition("@")[0],
    "requester.mail": lambda ticket: ticket.requester_mail}
EXTRA: Final = frozenset({"actor", "date", "time", "timeline", "question"})
"""Places that do not come from the ticket: who writes, day, hour, timeline, the question of satisfaction."""
PLACES: Final = frozenset(_OF_TICKET) | EXTRA
"""All places that a text may have."""
POST_MORTEM: Final = """\
# Post-mortem of #{ticket.number}: {ticket.title}

{date}, {actor}

## What happened

{ticket.description}

## Timeline

{timeline}

## Root cause

{ticket.root_cause}

## What went well

-

## What did not

-

## What will be done, by whom, until when

- [ ]
"""
"""The text that is offered after an urgent ticket was closed, where the configuration has no other."""


class Macro(Record, frozen=True):
    """What is done with a text besides writing it."""

    state: str = ""
    """Where the ticket goes; empty: it stays."""
    fields: dict[str, Any] = msgspec.field(default_factory=dict)
    """Values for `TicketService.edit`."""


def template_mistake(text: str) -> str:
    """What is wrong with a text that has places, in one sentence; empty: nothing."""
    unknown = [place for place in _PLACE.findall(text) if place not in PLACES]
    if not unknown:
        return ""
    from opsconsole.core.config import nearest  # noqa: PLC0415 - only for a mistake

    hint = nearest(unknown[0], sorted(PLACES)) or f"; places are {', '.join(f'{{{one}}}' for one in sorted(PLACES))}."
    return f"nothing fills `{{{unknown[0]}}}`{hint}"


def fill(text: str, ticket: Ticket, actor: str, extra: Mapping[str, str] | None = None) -> str:
    """A text with its places filled in; a place that nothing is known for stays as it is.

    Args:
        text: with places such as `{ticket.number}`.
        ticket: that it is about.
        actor: who writes.
        extra: values of other places: `date`, `time` (see `moments`), `timeline`.
    """
    others = {"actor": actor, **(extra or {})}

    def value(place: re.Match[str]) -> str:
        name = place[1]
        if name in others:
            return others[name]
        return _OF_TICKET[name](ticket) if name in _OF_TICKET else place[0]

    return _PLACE.sub(value, text)


def moments(now: Instant, zone: tzinfo | None = None) -> dict[str, str]:
    """The values of `date` and `time`."""
    then = local(now, zone)
    return {"date": f"{then:%Y-%m-%d}", "time": f"{then:%H:%M}"}


def fitting(settings: TicketSettings, ticket: Ticket, message: str) -> dict[str, Canned]:
    """The texts for a ticket of this category, by name; `reply` or `note` says who reads."""
    return {name: canned for name, canned in settings.canned.items()
            if canned.message == message and (not canned.categories or ticket.category in canned.categories)}


def set_mistake(name: str, text: str) -> str:
    """What is wrong with one entry of a macro's `set`, as half a sentence; empty: nothing."""
    try:
        _value(name, text, None, "me")
    except UsageError as problem:
        return problem.sentence
    return ""


def macro(wanted: Mapping[str, str], ticket: Ticket, actor: str) -> Macro:
    """What a macro's `set` means for a ticket.

    Args:
        wanted: as configured: `state: waiting`, `priority: high`, `assignee: me`, `tags: +vpn -old`.
        ticket: as it is now.
        actor: who `me` is.

    Raises:
        UsageError: a value that its field cannot have.
    """
    fields = {name: _value(name, text, ticket, actor) for name, text in wanted.items() if name != "state"}
    return Macro(wanted.get("state", "").strip(), fields)


_NUMBERS: Final = {"impact": 5, "effort": 5, "value": 5, "satisfaction": 5}
_LISTS: Final = frozenset({"tags", "watchers"})
_PEOPLE: Final = frozenset({"assignee", "watchers"})
_NOBODY: Final = frozenset({"", "none", "nobody"})


def _value(name: str, text: str, ticket: Ticket | None, actor: str) -> Any:
    """The value of a field as a macro writes it."""
    word = text.strip()
    if name == "priority":
        try:
            return Priority(word.lower()).value
        except ValueError:
            names = ", ".join(one.value for one in Priority)
            raise UsageError(f"priority must be one of {names}, not `{word[:40]}`.") from None
    if name in _NUMBERS:
        if not (word.isascii() and word.isdigit() and len(word) < 3 and int(word) <= _NUMBERS[name]):
            raise UsageError(f"{name} must be a number from 0 to {_NUMBERS[name]}, not `{word[:40]}`.")
        return int(word)
    if name in _LISTS:
        return _list(name, word, ticket, actor)
    if name == "assignee":
        return "" if word.lower() in _NOBODY else actor if word == "me" else word
    return word


def _list(name: str, text: str, ticket: Ticket | None, actor: str) -> list[str]:
    """Tags or watchers: `+one -other` changes those that are there, plain words replace them."""
    words = [word for word in re.split(r"[,\s]+", text) if word]
    if any(len(word) > MOST_NAME + 1 for word in words):
        raise UsageError(f"a word of {name} has at most {MOST_NAME} characters.")
    mine = {"me": actor} if name in _PEOPLE else {}
    relative = [word for word in words if word[0] in "+-"]
    if not relative:
        return list(dict.fromkeys(mine.get(word, word) for word in words))
    if len(relative) < len(words):
        raise UsageError(f"{name} are either all with + or - before them, or none: `{text[:60]}`.")
    kept: list[str] = list(getattr(ticket, name)) if ticket is not None else []
    for word in words:
        plain = mine.get(word[1:], word[1:])
        if word[0] == "+" and plain not in kept:
            kept.append(plain)
        elif word[0] == "-" and plain in kept:
            kept.remove(plain)
    return kept
