"""What the filters of all lists have in common: how they are refused, and how they can go on; pure."""

from __future__ import annotations

from typing import NamedTuple

from opsconsole.core.errors import UsageError


class FilterError(UsageError):
    """A filter cannot be understood.

    Args:
        message: what is wrong, without a full stop.
        position: the first character that it is about, from 0.
        length: how many.
    """

    def __init__(self, message: str, position: int, length: int = 1) -> None:
        super().__init__(message[:1].upper() + message[1:] + ("" if message.endswith("?") else "."))
        self.message, self.position, self.length = message, position, length


class Completion(NamedTuple):
    """One way to go on."""

    label: str
    """What is offered: `assignee:`, `in progress`."""
    help: str
    """What it means; may be empty."""
    text: str
    """What the whole filter becomes."""
    cursor: int
    """Where the cursor is then."""
