"""Maintenance that an entry opened, as the log knows it."""

from __future__ import annotations

from opsconsole.core.clock import Instant
from opsconsole.logbook.model.types import Record


class Work(Record, frozen=True):
    """The maintenance window of an entry."""

    window: int
    entry: int
    """0: it was made without one."""
    names: tuple[str, ...]
    """As chosen: of checks, groups, rules, targets."""
    checks: tuple[str, ...]
    """Every check that is muted: those that are meant, then those that depend on them."""
    author: str
    begins: Instant
    ends: Instant
    ended: Instant | None = None
    """When somebody finished it."""
    ended_by: str = ""
    reason: str = ""
    """Why, as whoever is not told of an alert reads it; foreign text."""

    def over(self, now: Instant) -> bool:
        """Whether it mutes nothing any more."""
        return self.ended is not None or self.ends <= now


class Trouble(Record, frozen=True):
    """Something that is not green."""

    name: str
    """Of a check, or what an alert is about; foreign text."""
    text: str
    """`critical: refused`, `it did not run since the maintenance began`; foreign text."""
