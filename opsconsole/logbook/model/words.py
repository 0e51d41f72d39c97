"""The words of the maintenance log: kinds, states and limits."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

TOPIC: Final = "logbook"
"""The topic of the change feed that entries belong to; `topic_of` is that of one entry."""

MOST_TITLE: Final = 200
MOST_TEXT: Final = 256 * 1024
"""Characters of notes."""
MOST_POINTS: Final = 200
"""Points of one list."""
MOST_NAME: Final = 80

LISTS: Final = ("tasks", "found", "resolved", "escalated")
"""The lists of an entry; next actions are a kind of their own."""

LINK: Final = "(?:run|alert):[1-9][0-9]{0,11}"
"""What a point can have come from besides a ticket, as a regular expression."""
PROPOSED: Final = (*LISTS, "notes")
"""The fields that what happened can be taken into."""


def topic_of(entry: int) -> str:
    """The topic of one entry; some share theirs, because every console reads all topics that there are."""
    return f"log:{entry % 64}"


class EntryType(StrEnum):
    """What kind of work an entry is about."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    ANNUAL = "annual"
    EMERGENCY = "emergency"
    CHANGE = "change"
    INCIDENT = "incident"


class Status(StrEnum):
    """How it went."""

    NORMAL = "normal"
    ISSUES = "issues"


class EntryState(StrEnum):
    """How far an entry is."""

    OPEN = "open"
    """It is being written; everybody sees it."""
    WAITING = "waiting"
    """Signed by one person, and it needs two."""
    SIGNED = "signed"
    """Frozen; corrected only by amendments."""
    DROPPED = "dropped"
    """Not wanted; kept, but shown only when asked for."""
