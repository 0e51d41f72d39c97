"""What happened, of every feature, in one order: what each of them tells of a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from opsconsole.core.clock import Instant
from opsconsole.core.levels import Level

if TYPE_CHECKING:
    from collections.abc import Sequence


class Happening(msgspec.Struct, frozen=True):
    """One thing that happened."""

    at: Instant
    kind: str
    """`alert`, `ticket`, `checklist`, `change`, `maintenance`, `log`, `check`."""
    what: str
    """One line, as `nginx restarted`, `#17 resolved: disk full`; foreign text."""
    who: str = ""
    """The login name; empty: the program, or nobody knows."""
    level: Level | None = None
    """How bad it is; None: it is neither good nor bad."""
    target: str = ""
    """What can be opened: `alert:17`, `ticket:3`, `run:5`, `entry:9`; empty: nothing."""
    detail: str = ""
    """More of it, some lines; foreign text."""


class Source(Protocol):
    """A feature that knows what happened; the composition root hands its implementations to whoever asks."""

    name: str
    """As its happenings are filtered: `alerts`, `tickets`, `checklists`, `changes`, `log`."""

    async def happenings(self, since: Instant, until: Instant, limit: int, text: str = "") -> Sequence[Happening]:
        """The newest of a time, newest first.

        Args:
            since: ms UTC, included.
            until: ms UTC, left out.
            limit: how many at most.
            text: only those in which these words occur; empty: all.

        Raises:
            StorageError: they cannot be read.
        """
