"""Watches this host from a thread of its own, and tells whoever wants to know.

It puts the sampler (what is measured), the monitor (what is thought of it) and the live thread together. Neither
measuring nor judging ever takes time from the user interface.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from opsconsole.health.judging.monitor import Monitor
from opsconsole.health.sampling.live import LiveSampler

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsconsole.core.clock import Clock, Instant
    from opsconsole.health.model import Health, Snapshot, Trail
    from opsconsole.health.sampling.live import Source
    from opsconsole.health.settings import HealthSettings


class Watch:
    """The health of this host, again every `interval` seconds; also its history since the start (a TrailSource)."""

    def __init__(self, settings: HealthSettings, clock: Clock, interval: float) -> None:
        self.settings = settings
        """What the limits are."""
        self._clock = clock
        self._monitor = Monitor(settings, clock)
        self._lock = Lock()
        self._listeners: tuple[Callable[[], None], ...] = ()
        self._live = LiveSampler(self._sampler, interval, self._take, self._failed)
        self.latest: Health | None = None
        """The newest; None before the first."""
        self.problem = ""
        """Why nothing is measured now, as a sentence; empty while it is."""

    def start(self) -> None:
        """Begin; the first snapshot is there a moment later."""
        self._live.start()

    def stop(self) -> None:
        """End the thread and what it started."""
        self._listeners = ()
        self._live.stop()

    def ask(self) -> None:
        """Measure now, not only when the time has come."""
        self._live.ask()

    def use(self, settings: HealthSettings, interval: float) -> None:
        """Other limits and another interval, from the next measurement on; the history stays."""
        self.settings = settings
        with self._lock:
            self._monitor.use(settings)
        self._live.renew(interval)

    def want_processes(self, number: int | None) -> None:
        """How many of the busiest processes each snapshot shall hold; None for all of them, 0 for none."""
        self._live.want_processes(True if number is None else number)

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after each measurement, and when measuring fails; the answer ends that.

        It is called in the watching thread and must return at once, as posting a message does.
        """
        self._listeners = (*self._listeners, listener)

        def leave() -> None:
            self._listeners = tuple(one for one in self._listeners if one is not listener)

        return leave

    def points(self, series: str, since: Instant, until: Instant) -> Trail:
        """See `TrailSource.points`."""
        with self._lock:
            return self._monitor.trails.points(series, since, until)

    def gap(self, since: Instant) -> int:
        """See `TrailSource.gap`."""
        with self._lock:
            return self._monitor.trails.gap(since)

    def _sampler(self) -> Source:
        from opsconsole.health.sampling.sampler import Sampler  # noqa: PLC0415 - psutil costs 15 ms, and this runs in the thread

        return Sampler(self.settings, self._clock)

    def _take(self, snapshot: Snapshot) -> None:
        with self._lock:
            health = self._monitor.take(snapshot)
        self.latest = health
        self.problem = ""
        self._tell()

    def _failed(self, sentence: str) -> None:
        self.problem = sentence
        self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()
