"""When the folders of a mount are measured: now and then all of them, often those of a disk that fills."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.core.clock import MINUTE
from opsconsole.health.growth.measure import measure

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from opsconsole.core.clock import Clock, Instant
    from opsconsole.health.growth.store import GrowthStore

FILLING: Final = 30 * MINUTE
"""ms between two measurements of a mount that is nearly full, or will be soon."""
MOST_MOUNTS: Final = 20


def due(mounts: Sequence[str], filling: Collection[str], last: dict[str, Instant], every: int,
        now: Instant) -> list[str]:
    """Which mounts are to be measured, those that fill first.

    Args:
        mounts: those that are watched.
        filling: those of them that are nearly full, or will be soon.
        last: when each was measured; those that never were are due.
        every: ms between two measurements of an ordinary mount.
        now: the wall clock; where it was put back, what was measured later counts as long ago.
    """
    def waits(mount: str) -> bool:
        known = last.get(mount)
        return known is not None and 0 <= now - known < (FILLING if mount in filling else every)

    wanted = [mount for mount in mounts[:MOST_MOUNTS] if not waits(mount)]
    return sorted(wanted, key=lambda mount: mount not in filling)


class Watcher:
    """Measures what is due, one mount after another.

    Args:
        store: takes what is measured.
        clock: where time comes from.
        every: seconds between two measurements of an ordinary mount.
    """

    def __init__(self, store: GrowthStore, clock: Clock, every: float) -> None:
        self._store = store
        self._clock = clock
        self._every = round(every * 1000)
        self._last: dict[str, Instant] = {}

    async def look(self, mounts: Sequence[str], filling: Collection[str]) -> int:
        """Measures the mounts that are due; how many that were.

        Raises:
            StorageError: it could not be stored.
        """
        for mount in mounts:
            if mount not in self._last and (known := await self._store.measured(mount)):
                self._last[mount] = known[-1]
        self._last = {mount: at for mount, at in self._last.items() if mount in mounts}
        wanted = due(mounts, filling, self._last, self._every, self._clock.now())
        for mount in wanted:
            # Also when it fails: what takes too long is not tried again at once.
            self._last[mount] = self._clock.now()
            sizes = await measure(mount, self._clock.now())
            if sizes is not None:
                await self._store.add(sizes)
        return len(wanted)
