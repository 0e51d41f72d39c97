"""The agent's view of one host, moment by moment: what was measured and checked is stored, and becomes alerts."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from opsconsole.core.errors import StorageError
from opsconsole.core.jobs import LeaseLost
from opsconsole.core.levels import Level
from opsconsole.health.alerts.sights import Seen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opsconsole.core.clock import Clock
    from opsconsole.core.jobs import Due
    from opsconsole.health.alerts.engine import AlertEngine
    from opsconsole.health.checks.model import Outcome
    from opsconsole.health.checks.settings.base import Check
    from opsconsole.health.model import Health
    from opsconsole.health.recording import Recording

log = logging.getLogger(__name__)

SOON = 0.2
"""Seconds that outcomes wait for each other before they are judged."""


class Vigil:
    """Brings figures, outcomes and findings before the engine.

    Args:
        recording: measures and stores.
        engine: judges.
        clock: where time comes from.
        outcomes: the newest outcome of each check, as the last agent stored it.
        broke: called when a check that was well is not any more; must return at once.
    """

    def __init__(self, recording: Recording, engine: AlertEngine, clock: Clock, outcomes: Mapping[str, Outcome],
                 broke: Callable[[], None] = lambda: None) -> None:
        self._recording = recording
        self._engine = engine
        self._clock = clock
        self._outcomes = dict(outcomes)
        self._broke = broke
        self.latest: Health | None = None
        """The newest measurement, judged by the limits; None before the first."""
        self._judging = asyncio.Lock()
        self._soon: asyncio.Task[None] | None = None

    @property
    def outcomes(self) -> Mapping[str, Outcome]:
        """The newest outcome of each check."""
        return self._outcomes

    async def begin(self) -> None:
        """Go on where the last agent stopped.

        Raises:
            StorageError: it cannot be read.
        """
        self._recording.monitor.seed(await self._engine.standings(self._clock.now(), self._clock.monotonic()))

    def take(self, name: str, check: Check, outcome: Outcome) -> None:
        """Remember an outcome; one that is bad, or was, is judged soon and not only with the next measurement."""
        before = self._outcomes.get(name)
        self._outcomes[name] = outcome
        self._recording.take(name, check, outcome)
        was_well = before is None or before.level is Level.OK
        if was_well and outcome.level > Level.UNKNOWN:
            self._broke()
        restless = outcome.level is not Level.OK or not was_well
        if restless and (self._soon is None or self._soon.done()):
            self._soon = asyncio.create_task(self._judge_soon(), name="judge")

    async def record(self, _: Due) -> None:
        """Measure, store, judge. What cannot be stored is judged all the same.

        Raises:
            StorageError: it could not be stored, or not judged.
        """
        health, values = await self._recording.measure()
        self.latest = health
        failed: StorageError | None = None
        try:
            values = {**values, **await self._recording.store(health.snapshot.at, values)}
        except StorageError as error:
            failed = error
        await self._judge(Seen(values, dict(self._outcomes), health.findings, health.advice))
        if failed is not None:
            raise failed

    async def close(self) -> None:
        """Let what is being judged come to its end."""
        if self._soon is not None:
            await asyncio.wait([self._soon])

    async def _judge_soon(self) -> None:
        await asyncio.sleep(SOON)
        try:
            await self._judge(Seen(outcomes=dict(self._outcomes)))
        except LeaseLost:
            log.info("outcomes were not judged: another agent works")
        except StorageError as error:
            log.warning("outcomes could not be judged yet: %s", error)

    async def _judge(self, seen: Seen) -> None:
        async with self._judging:
            await self._engine.evaluate(self._clock.now(), self._clock.monotonic(), seen)
