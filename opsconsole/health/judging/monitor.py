"""Keeps what was measured and thought since start, and turns each new snapshot into a judged one."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import msgspec

from opsconsole.core.clock import DAY, HOUR, MINUTE, Clock, Instant
from opsconsole.health.judging import forecast
from opsconsole.health.judging.advice import Scene, Swelling, advise
from opsconsole.health.judging.readings import readings
from opsconsole.health.judging.rules import Standing, findings, judge, state_of
from opsconsole.health.judging.trail import Ring, metrics
from opsconsole.health.model import Forecast, Health, Mount, Process, Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opsconsole.health.settings import HealthSettings

FORECAST_EVERY = 30.0
"""Seconds between two forecasts; nothing that takes hours changes faster."""
WINDOWS = (DAY, HOUR, 10 * MINUTE)
"""How far back a forecast looks: the longest time in which the growth was steady."""
MOST_FORECASTS = 32


class Monitor:
    """One host's health since start. Not thread-safe: whoever makes one calls it from one place.

    Args:
        settings: the limits.
        clock: where time comes from.
        drawn: whether somebody looks at the figures; else only what forecasts need is remembered, and no trails are
            made: of hundreds of series a day takes many MiB.
    """

    def __init__(self, settings: HealthSettings, clock: Clock, *, drawn: bool = True) -> None:
        self.trails = Ring()
        self._drawn = drawn
        self._settings = settings
        self._clock = clock
        self._standings: dict[str, Standing] = {}
        self._forecasts: dict[str, Forecast] = {}
        self._forecast_at: float | None = None
        self._was_writable: set[str] = set()
        self._remounted: set[str] = set()
        self._kills = _Kills()
        self._memories = _Memories()

    def use(self, settings: HealthSettings) -> None:
        """Judge by other limits from now on; what is known so far stays."""
        self._settings = settings

    def seed(self, standings: Mapping[str, Standing]) -> None:
        """Go on where another process stopped: what was wrong stays so until it is well again, with its margin.

        Call it before the first snapshot.

        Args:
            standings: what that process thought, by target.
        """
        self._standings = {**standings, **self._standings}
        tick = self._clock.monotonic()
        for target, standing in standings.items():
            kind, _, name = target.partition(":")
            if kind == "readonly" and standing.critical.active:
                self._was_writable.add(name)
            elif target == "oom" and standing.warning.active:
                begun = standing.warning.begun
                self._kills.remember(tick if begun is None else begun)

    def take(self, snapshot: Snapshot) -> Health:
        """Judge a snapshot in the light of all before it, and remember it."""
        tick = self._clock.monotonic()
        settings = self._settings
        snapshot = _shown(snapshot, settings)
        values = metrics(snapshot)
        if not self._drawn:
            values = {series: values[series] for _, series, _ in _growing(snapshot) if series in values}
        self.trails.add(snapshot.at, values)
        self._watch_mounts(snapshot.mounts)
        kills = self._kills.lately(snapshot.facts.oom_kills, tick, settings.oom_for)
        self._memories.add(snapshot.at, tick, snapshot.processes)
        self._standings = judge(
            self._standings, readings(snapshot, settings, known=self._standings.keys(), remounted=self._remounted,
                                      oom_kills=kills), snapshot.at, tick)
        self._forecast(snapshot, tick)
        found = findings(self._standings)
        advice = advise(Scene(snapshot, {one.target: one for one in found}, self._forecasts,
                              self._memories.swellings(snapshot), kills))
        return Health(snapshot=snapshot, state=state_of(found), findings=found,
                      forecasts=tuple(sorted(self._forecasts.values(), key=lambda one: one.full_at)), advice=advice,
                      trails=self.trails.sparks(list(_sparked(snapshot)), snapshot.at) if self._drawn else {},
                      watched_since=self.trails.since if self.trails.since is not None else snapshot.at)

    def _watch_mounts(self, mounts: Iterable[Mount]) -> None:
        """Notice which were writable and are not any more; one that is silent says nothing about it."""
        there = set()
        for mount in mounts:
            there.add(mount.path)
            if not mount.read_only:
                self._was_writable.add(mount.path)
                self._remounted.discard(mount.path)
            elif mount.path in self._was_writable:
                self._remounted.add(mount.path)
        self._was_writable &= there
        self._remounted &= there

    def _forecast(self, snapshot: Snapshot, tick: float) -> None:
        if self._forecast_at is not None and 0 <= tick - self._forecast_at < FORECAST_EVERY:
            there = {mount.path for mount in snapshot.mounts}
            self._forecasts = {target: one for target, one in self._forecasts.items()
                               if target.partition(":")[2] in there}
            return
        self._forecast_at = tick
        made = [self._of_series(snapshot.at, *wanted) for wanted in _growing(snapshot)]
        self._forecasts = {one.target: one for one in made if one is not None}

    def _of_series(self, now: Instant, target: str, series: str, left: float) -> Forecast | None:
        for window in WINDOWS:
            trail = self.trails.points(series, now - window, now)
            found = forecast.growth(trail.times, trail.values)
            if found is None:
                continue
            full_at = forecast.full_at(found, left, now, self._settings.forecast)
            if full_at is not None:
                return Forecast(target=target, full_at=full_at, growth=found.slope, observed=found.observed)
        return None


def _growing(snapshot: Snapshot) -> list[tuple[str, str, float]]:
    """What can be full one day: its target, its series, and how much is left."""
    wanted: list[tuple[str, str, float]] = []
    for mount in snapshot.mounts[:MOST_FORECASTS]:
        if mount.free is not None and mount.used is not None and not mount.read_only:
            wanted.append((f"mount:{mount.path}", f"mount:{mount.path}.used", mount.free))
        if mount.inodes_total and mount.inodes_used is not None and not mount.read_only:
            left = mount.inodes_total - mount.inodes_used
            wanted.append((f"inodes:{mount.path}", f"mount:{mount.path}.inodes_used", left))
    return wanted


def _shown(snapshot: Snapshot, settings: HealthSettings) -> Snapshot:
    mounts = tuple(mount for mount in snapshot.mounts if settings.shows_mount(mount.path))
    interfaces = tuple(one for one in snapshot.interfaces if settings.shows_interface(one.name))
    if len(mounts) == len(snapshot.mounts) and len(interfaces) == len(snapshot.interfaces):
        return snapshot
    return msgspec.structs.replace(snapshot, mounts=mounts, interfaces=interfaces)


def _sparked(snapshot: Snapshot) -> Iterable[str]:
    yield from ("cpu.busy", "memory.used_percent", "swap.used_percent", "load.one")
    for interface in snapshot.interfaces[:16]:
        yield from (f"net:{interface.name}.receive_rate", f"net:{interface.name}.send_rate")
    for disk in snapshot.disks[:16]:
        yield f"disk:{disk.name}.busy"


class _Kills:
    """How many processes were killed for lack of memory within a while; the kernel only counts them since boot."""

    def __init__(self) -> None:
        self._before: int | None = None
        self._seen: deque[tuple[float, int]] = deque(maxlen=1000)

    def remember(self, tick: float) -> None:
        """Another process has seen one, at that time."""
        self._seen.append((tick, 1))

    def lately(self, since_boot: int | None, tick: float, within: float) -> int:
        if since_boot is not None:
            if self._before is not None and since_boot > self._before:
                self._seen.append((tick, since_boot - self._before))
            self._before = since_boot
        while self._seen and tick - self._seen[0][0] > within:
            self._seen.popleft()
        return sum(number for _, number in self._seen)


class _Memories:
    """The memory of the processes that are seen often, a point a minute, to find one that only grows."""

    EVERY = 60.0
    MOST = 60
    """Points of one process; then every second one is left out and the step doubled."""
    PROCESSES = 40
    FORGET = 1800.0

    def __init__(self) -> None:
        self._points: dict[tuple[int, Instant], list[tuple[Instant, int]]] = {}
        self._next: dict[tuple[int, Instant], float] = {}
        self._step: dict[tuple[int, Instant], float] = {}

    def add(self, at: Instant, tick: float, processes: Iterable[Process]) -> None:
        for process in processes:
            key = (process.pid, process.started)
            if tick < self._next.get(key, tick):
                continue
            if key not in self._points and len(self._points) >= self.PROCESSES:
                continue
            step = self._step.setdefault(key, self.EVERY)
            self._next[key] = tick + step
            points = self._points.setdefault(key, [])
            if points and at <= points[-1][0]:
                points.clear()  # the clock was put back: these points are at no known distance
            points.append((at, process.memory))
            if len(points) > self.MOST:
                del points[1::2]
                self._step[key] = step * 2
        for key in [key for key, due in self._next.items() if tick > due + self.FORGET]:
            for known in (self._points, self._next, self._step):
                known.pop(key, None)

    def swellings(self, snapshot: Snapshot) -> tuple[Swelling, ...]:
        """Processes that grew steadily for half an hour, by a third and by 3 % of all memory."""
        found = []
        for process in snapshot.processes:
            points = self._points.get((process.pid, process.started), [])
            if len(points) < forecast.FEWEST or points[-1][0] - points[0][0] < HOUR // 2:
                continue
            before, now = points[0][1], process.memory
            if now < before * 4 / 3 or now - before < 0.03 * snapshot.memory.total:
                continue
            if forecast.growth([at for at, _ in points], [float(memory) for _, memory in points]) is not None:
                found.append(Swelling(process, before, (points[-1][0] - points[0][0]) / 1000))
        return tuple(found)
