"""Looks at every source of changes; reading files happens in a thread, so that a slow disk delays nobody."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.clock import HOUR, Clock, Instant
from opsconsole.core.errors import StorageError
from opsconsole.health.changes.logins import logins
from opsconsole.health.changes.packages import packages
from opsconsole.health.changes.units import units

if TYPE_CHECKING:
    from opsconsole.health.changes.model import Change
    from opsconsole.health.changes.store import ChangeStore

LOG = logging.getLogger(__name__)

FIRST = 90 * 24 * HOUR
"""ms: how far back the first look goes; logs are rarely kept longer."""
AGAIN = HOUR
"""ms: how far back each look goes, since a log may be written a moment late or the clock put back."""

REST = 2.0
"""Seconds between two looks, however much breaks."""


class Sources(NamedTuple):
    """Where changes are read."""

    logs: Path = Path("/var/log")
    proc: Path = Path("/proc")
    journal: str = "journalctl"
    """The program that shows the journal; without it no unit is known."""


async def changes(since: Instant, until: Instant, sources: Sources = Sources()) -> list[Change]:  # noqa: B008 - a tuple
    """Everything that is known to have changed from `since` to `until`, oldest first."""
    files, started = await asyncio.gather(asyncio.to_thread(_of_files, since, until, sources),
                                          units(since, until, sources.journal))
    return sorted([*files, *started], key=lambda one: one.at)


def _of_files(since: Instant, until: Instant, sources: Sources) -> list[Change]:
    return [*packages(since, until, sources.logs), *logins(since, until, sources.logs, sources.proc)]


class Collector:
    """Carries what changed into the store, a little again and again."""

    def __init__(self, store: ChangeStore, clock: Clock, sources: Sources = Sources()) -> None:  # noqa: B008 - a tuple
        self._store = store
        self._clock = clock
        self._sources = sources
        self._until: Instant | None = None
        self._looked = float("-inf")
        self._looking = asyncio.Lock()
        self._soon: asyncio.Task[None] | None = None

    def look_soon(self) -> None:
        """Something broke: what changed a moment ago is what people ask now."""
        if self._soon is None or self._soon.done():
            self._soon = asyncio.create_task(self._look_soon(), name="changes")

    async def _look_soon(self) -> None:
        await asyncio.sleep(REST - (self._clock.monotonic() - self._looked))
        try:
            await self.look()
        except StorageError as error:
            LOG.warning("what changed is not stored yet: %s", error)

    async def close(self) -> None:
        """Ends a look that was begun."""
        if self._soon is not None:
            self._soon.cancel()
            await asyncio.wait([self._soon])

    async def look(self) -> int:
        """Stores what is new; how many changes that were.

        Raises:
            StorageError: it could not be stored; it is tried again with the next look.
        """
        async with self._looking:
            self._looked = self._clock.monotonic()
            return await self._look()

    async def _look(self) -> int:
        now = self._clock.now()
        if self._until is None:
            newest = await self._store.newest()
            since = now - FIRST if newest is None else min(newest, now) - AGAIN
        else:
            since = min(self._until, now) - AGAIN
        found = await changes(since, now, self._sources)
        added = await self._store.add(found)
        self._until = now
        return added
