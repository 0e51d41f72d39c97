"""Watches the invented server while its demo runs, as `health.watch` does this one, and keeps its history going.

There is no agent in a demo, which would look at this host and could tell somebody something. What it would have
written of measurements and checks is written here, so that nothing on the screen grows old.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from opsconsole.core.clock import HOUR, MINUTE, SECOND, SystemClock
from opsconsole.core.database import METRICS, Database
from opsconsole.core.errors import StorageError
from opsconsole.demo.host import snapshot
from opsconsole.demo.measuring import figures
from opsconsole.demo.sights import outcome
from opsconsole.health.checks.store import CheckStore
from opsconsole.health.history.store import MetricStore
from opsconsole.health.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsconsole.core.clock import Instant
    from opsconsole.demo.world import World
    from opsconsole.health.model import Snapshot
    from opsconsole.health.sampling.live import Source

log = logging.getLogger(__name__)

_EVERY: Final = 10 * SECOND
"""How often what was measured is kept, as by an agent."""
_STEPS: Final = ((6 * HOUR, HOUR, 10 * MINUTE), (HOUR, 12 * MINUTE, 2 * MINUTE), (12 * MINUTE, 0, 15 * SECOND))
"""From when to when before its begin, and how often, the server was looked at: for trends and forecasts."""


class Turning:
    """A clock that stands in the past until it is let go; see `core.clock.Clock`."""

    def __init__(self) -> None:
        self.at: Instant | None = None

    def now(self) -> Instant:
        """See `Clock.now`."""
        return SystemClock().now() if self.at is None else self.at

    def monotonic(self) -> float:
        """See `Clock.monotonic`; nobody sets this clock, so the time of day serves."""
        return self.now() / 1000


class InventedSampler:
    """What is sampled in a demo; see `health.sampling.live.Source`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._kept = world.now

    def sample(self, processes: int | None = 0) -> Snapshot:
        """See `Source.sample`."""
        at = SystemClock().now()
        if at - self._kept >= _EVERY:
            self._kept = at
            try:
                asyncio.run(self._keep(at))
            except StorageError as error:
                log.warning("the history of the demo stands still: %s", error)
        return snapshot(self._world, at, processes)

    async def _keep(self, at: Instant) -> None:
        world, outages = self._world, self._world.outages()
        async with await Database.open(world.root / "data" / "metrics.db", METRICS) as db:
            store = CheckStore(db, delay=_EVERY)
            for name, check in world.checks.items():
                store.put(outcome(world, name, at, [one for one in outages if one.check == name]), float(check.every))
            await store.close()
            await MetricStore(db).record(at, figures(world, at))

    def tend(self) -> bool:
        """See `Source.tend`: there are no questions under way."""
        return False

    def due(self) -> float | None:
        """See `Source.due`."""
        return None

    def close(self) -> None:
        """See `Source.close`."""


class DemoWatch(Watch):
    """The health of the invented server, with what was seen of it before.

    Args:
        world: the server.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._turning = Turning()
        settings = world.settings
        super().__init__(settings.health, self._turning, settings.console.refresh)

    def _sampler(self) -> Source:
        if self.latest is None:
            with self._lock:
                for at in _moments(self._world.now):
                    self._turning.at = at
                    self._monitor.take(snapshot(self._world, at, 4))
            self._turning.at = None
        return InventedSampler(self._world)


def _moments(now: Instant) -> Iterator[Instant]:
    for begin, end, step in _STEPS:
        yield from range(now - begin, now - end, step)
