"""What only the records know of tickets."""

from __future__ import annotations

from opsconsole.core.clock import Instant
from opsconsole.tickets.model import Record


class Outgoing(Record, frozen=True):
    """What becomes of a mail to the requester."""

    state: str
    """waiting, sending, sent, failed, cancelled"""
    due: Instant
    """When it leaves; until then it can be undone."""
    kind: str = "reply"
    recipients: tuple[str, ...] = ()
    problem: str = ""


class Batch(Record, frozen=True):
    """What somebody did at once."""

    id: int
    at: Instant
    actor: str
    action: str
    """The verb: `move`, `note`, `undo` …"""
    tickets: int
    """How many it changed."""
    undone: bool = False
