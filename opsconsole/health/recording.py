"""Measures this host for the agent: samples and what checks found become history, and are judged."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from math import isfinite
from typing import TYPE_CHECKING

from opsconsole.core.errors import StorageError
from opsconsole.health.judging.monitor import Monitor
from opsconsole.health.judging.trail import metrics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsconsole.core.clock import Clock, Instant
    from opsconsole.health.checks.model import Outcome, Value
    from opsconsole.health.checks.reports import ReportStore
    from opsconsole.health.checks.settings.base import Check
    from opsconsole.health.history.store import MetricStore
    from opsconsole.health.model import Health, Snapshot
    from opsconsole.health.sampling.sampler import Sampler
    from opsconsole.health.settings import HealthSettings

log = logging.getLogger(__name__)

MOST_WAITING = 5_000
"""Outcomes that wait for the database; older ones are given up."""


def numbers(prefix: str, values: Mapping[str, Value]) -> dict[str, float]:
    """The figures among some values, by the names of their series."""
    return {f"{prefix}.{key}": float(value) for key, value in values.items()
            if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)}


class Recording:
    """One agent's measurements. The sampler lives in a thread of its own, so that a slow kernel delays no check.

    Args:
        settings: the limits.
        clock: where time comes from.
        store: takes every figure.
        reports: gives the numbers that others sent.
    """

    def __init__(self, settings: HealthSettings, clock: Clock, store: MetricStore, reports: ReportStore) -> None:
        self.monitor = Monitor(settings, clock, drawn=False)
        self._settings = settings
        self._clock = clock
        self._store = store
        self._reports = reports
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sampler")
        self._sampler: Sampler | None = None
        self._waiting: list[tuple[Instant, dict[str, float]]] = []
        self._pushed = 0

    def take(self, name: str, _: Check, outcome: Outcome) -> None:
        """Keeps the figures of a check until the next record; see `check_jobs`."""
        found = numbers(f"check:{name}", outcome.values)
        if found:
            self._waiting.append((outcome.at, found))
            del self._waiting[:-MOST_WAITING]

    async def measure(self) -> tuple[Health, dict[str, float]]:
        """Measures and judges: what is thought of it, and every figure by its series."""
        snapshot = await asyncio.get_running_loop().run_in_executor(self._thread, self._sample)
        return self.monitor.take(snapshot), metrics(snapshot)

    async def store(self, at: Instant, values: Mapping[str, float]) -> dict[str, float]:
        """Stores what was measured, and what checks and others said since the last time.

        Returns:
            What others said: series to the newest figure.

        Raises:
            StorageError: it could not be stored; the figures are kept for the next time.
        """
        sent = await self._sent()
        waiting, self._waiting = [*self._waiting, *sent], []
        for moment, figures in waiting:
            await self._store.record(moment, figures, later=True)
        await self._store.record(at, values)
        return {series: value for _, figures in sent for series, value in figures.items()}

    async def _sent(self) -> list[tuple[Instant, dict[str, float]]]:
        """The numbers that others sent since the last time."""
        try:
            found = await self._reports.take_pushed(self._pushed)
        except StorageError as error:
            log.warning("numbers that were sent could not be read: %s", error)
            return []
        self._pushed = found[-1].seq if found else self._pushed
        return [(one.at, {f"metric:{one.name}": one.value}) for one in found]

    def _sample(self) -> Snapshot:
        from opsconsole.health.sampling.sampler import Sampler  # noqa: PLC0415 - in the thread, where it is used

        if self._sampler is None:
            self._sampler = Sampler(self._settings, self._clock)
        return self._sampler.sample()

    async def close(self) -> None:
        """Ends the thread and what it started."""
        if self._sampler is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._sampler.close)
        self._thread.shutdown(wait=False, cancel_futures=True)
