"""Frozen types of what a person finds who comes back; no I/O, no clock. Instants are ms UTC; texts are foreign."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from opsconsole.core.clock import Instant
from opsconsole.core.levels import Level

TOPIC: Final = "handovers"
"""The topic of the change feed that hand-overs belong to."""
MOST_TEXT: Final = 20_000
"""Characters of a hand-over: what somebody reads who has just come."""


class HandoverState(StrEnum):
    """What became of a hand-over."""

    OPEN = "open"
    """Nobody has taken it."""
    TAKEN = "taken"
    REPLACED = "replaced"
    """Its author wrote it anew before anybody had taken it."""
    WITHDRAWN = "withdrawn"
    """Its author took it back."""


class Handover(msgspec.Struct, frozen=True):
    """What somebody who leaves wrote for whoever comes next; never changed."""

    id: int
    author: str
    written: Instant
    text: str
    """Markdown."""
    origin: str = ""
    """Where the author was: an address, `local`, or empty."""
    replaces: int = 0
    """The one that was written anew with it; 0: none."""
    state: HandoverState = HandoverState.OPEN
    ended: Instant | None = None
    ended_by: str = ""
    """Who took it, or took it back."""


class Part(StrEnum):
    """What the parts of a briefing are about, in their order."""

    WRONG = "wrong now"
    YOURS = "yours"
    OVER = "alerts that are over"
    TICKETS = "tickets"
    CHECKLISTS = "checklists"
    LOG = "log"
    MAINTENANCE = "maintenance"
    CHANGES = "changes on this host"


class Item(msgspec.Struct, frozen=True):
    """One thing, and what happened to it."""

    at: Instant
    """When something happened last."""
    what: str
    """The worst of it, and the newest of what is as bad, in one line."""
    who: tuple[str, ...] = ()
    """Whoever did something, the last one first; nobody: the program."""
    level: Level | None = None
    """How bad it is; None: neither good nor bad."""
    target: str = ""
    """What can be opened: `alert:17`, `ticket:3`, `run:5`, `entry:9`, `handover:2`; empty: nothing."""
    day: str = ""
    """Of what is a matter of a day: which, `2027-01-11`; empty: the moment counts."""
    count: int = 1
    """How many times that very thing happened."""
    known: bool = False
    """Whether it was so at the last visit already, and still is."""


class Section(msgspec.Struct, frozen=True):
    """One part of a briefing, in the order in which it is read."""

    part: Part
    items: tuple[Item, ...]
    more: bool = False
    """Whether so much happened that only the newest of it was looked at."""

    @property
    def new(self) -> int:
        """How many items are news."""
        return sum(not one.known for one in self.items)


class Briefing(msgspec.Struct, frozen=True):
    """What happened while somebody was away."""

    me: str
    """Who was away; what they did themselves is left out."""
    since: Instant
    until: Instant
    handovers: tuple[Handover, ...] = ()
    """Those that nobody has taken, the oldest first; also their own."""
    sections: tuple[Section, ...] = ()
    problems: tuple[str, ...] = ()
    """A sentence for each part that could not be read."""

    @property
    def waiting(self) -> tuple[Handover, ...]:
        """The hand-overs of others."""
        return tuple(one for one in self.handovers if one.author != self.me)

    @property
    def news(self) -> int:
        """How many things happened."""
        return sum(one.new for one in self.sections)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.waiting or self.news)
