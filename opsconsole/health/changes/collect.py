"""Looks at every source of changes; reading files happens in a thread, so that a slow disk delays nobody."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from opsconsole.core.clock import HOUR, Clock, Instant
from opsconsole.health.changes.logins import logins
from opsconsole.health.changes.packages import packages
from opsconsole.health.changes.units import units

if TYPE_CHECKING:
    from opsconsole.health.changes.model import Change
    from opsconsole.health.changes.store import ChangeStore

FIRST = 90 * 24 * HOUR
"""ms: how far back the first look goes; logs are rarely kept longer."""
AGAIN = HOUR
"""ms: how far back each look goes, since a log may be written a moment late or the clock put back."""


async def changes(since: Instant, until: Instant, root: Path = Path("/"), journal: str = "journalctl") -> list[Change]:
    """Everything that is known to have changed from `since` to `until`, oldest first."""
    files, started = await asyncio.gather(asyncio.to_thread(_of_files, since, until, root),
                                          units(since, until, journal))
    return sorted([*files, *started], key=lambda one: one.at)


def _of_files(since: Instant, until: Instant, root: Path) -> list[Change]:
    return [*packages(since, until, root), *logins(since, until, root)]


class Collector:
    """Carries what changed into the store, a little again and again.

    The logs are read only when one of them was written since the last look.
    """

    def __init__(self, store: ChangeStore, clock: Clock, *, root: Path = Path("/"),
                 journal: str = "journalctl") -> None:
        self._store = store
        self._clock = clock
        self._root = root
        self._journal = journal
        self._until: Instant | None = None

    async def look(self) -> int:
        """Stores what is new; how many changes that were."""
        now = self._clock.now()
        if self._until is None:
            newest = await self._store.newest()
            since = now - FIRST if newest is None else min(newest, now) - AGAIN
        else:
            since = min(self._until, now) - AGAIN
        found = await changes(since, now, self._root, self._journal)
        self._until = now
        return await self._store.add(found)
