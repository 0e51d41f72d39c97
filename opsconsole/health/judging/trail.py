"""The figures of a snapshot as named series, and their history since this program started.

A series is named `<line>.<figure>`: `cpu.busy`, `cpu.core.0`, `mount:/var.percent`, `net:eth0.receive_rate`.
These names are stored, so they are never given another meaning.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from itertools import pairwise
from math import isfinite, nan
from typing import TYPE_CHECKING, Protocol

from opsconsole.core.clock import HOUR, MINUTE, SECOND, Instant
from opsconsole.health.judging.readings import sensor_names
from opsconsole.health.model import Disk, Interface, Mount, Snapshot, Trail

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SPARK_STEP = 15 * SECOND
SPARK_POINTS = 48
MOST_SERIES = 600
"""A host with more (thousands of mounts) has the rest judged and shown, but not remembered."""


class TrailSource(Protocol):
    """Where the history of a series comes from: the ring of this program, later what is stored."""

    def points(self, series: str, since: Instant, until: Instant) -> Trail:
        """The points from `since` to `until`, both included, oldest first; none when the series is not known."""

    def gap(self, since: Instant) -> int:
        """Milliseconds between two points, in a period from `since`, from which on nothing was measured between."""


def metrics(snapshot: Snapshot) -> dict[str, float]:
    """Every figure of a snapshot that is known, by the name of its series.

    Percentages are 0..100, sizes bytes, rates per second, temperatures °C.
    """
    known: dict[str, float] = {}
    for series, value in _figures(snapshot):
        if value is not None and isfinite(value):
            known[series] = float(value)
    return known


def _figures(snapshot: Snapshot) -> Iterator[tuple[str, float | None]]:
    yield from _of_host(snapshot)
    for mount in snapshot.mounts:
        yield from _of_mount(mount)
    for interface in snapshot.interfaces:
        yield from _of_interface(interface)
    for disk in snapshot.disks:
        yield from _of_disk(disk)
    for name, sensor in zip(sensor_names(snapshot.sensors), snapshot.sensors, strict=True):
        yield f"sensor:{name}.value", sensor.value
    facts = snapshot.facts
    yield "files.open", facts.open_files
    if facts.open_files is not None and facts.open_files_limit:
        yield "files.percent", 100 * facts.open_files / facts.open_files_limit
    yield "oom.kills", facts.oom_kills
    yield "units.failed", None if facts.failed_units is None else len(facts.failed_units)
    yield "updates.security", facts.security_updates
    yield "processes.zombies", facts.zombies
    yield "processes.count", snapshot.process_count


def _of_host(snapshot: Snapshot) -> Iterator[tuple[str, float | None]]:
    cpu, memory, swap, load, pressure = (snapshot.cpu, snapshot.memory, snapshot.swap, snapshot.load,
                                         snapshot.pressure)
    for figure in ("busy", "user", "system", "iowait", "steal"):
        yield f"cpu.{figure}", getattr(cpu, figure)
    for number, busy in enumerate(cpu.cores):
        yield f"cpu.core.{number}", busy
    if memory.total:
        yield "memory.used_percent", memory.percent
        yield "memory.used", memory.used
        yield "memory.available", memory.available
        yield "memory.cached", memory.cached
    if swap.total:
        yield "swap.used_percent", swap.percent
        yield "swap.used", swap.used
        yield "swap.in_rate", swap.in_rate
        yield "swap.out_rate", swap.out_rate
    yield "load.one", load.one
    yield "load.five", load.five
    yield "load.fifteen", load.fifteen
    for figure in ("cpu_some", "memory_some", "memory_full", "io_some", "io_full"):
        yield f"pressure.{figure}", getattr(pressure, figure)


def _of_mount(mount: Mount) -> Iterator[tuple[str, float | None]]:
    line = f"mount:{mount.path}"
    yield f"{line}.percent", mount.percent
    yield f"{line}.used", mount.used
    yield f"{line}.free", mount.free
    yield f"{line}.inodes_percent", mount.inodes_percent
    yield f"{line}.inodes_used", mount.inodes_used


def _of_interface(interface: Interface) -> Iterator[tuple[str, float | None]]:
    line = f"net:{interface.name}"
    for figure in ("receive_rate", "send_rate", "error_rate", "drop_rate"):
        yield f"{line}.{figure}", getattr(interface, figure)


def _of_disk(disk: Disk) -> Iterator[tuple[str, float | None]]:
    line = f"disk:{disk.name}"
    for figure in ("busy", "read_rate", "write_rate", "reads", "writes"):
        yield f"{line}.{figure}", getattr(disk, figure)


class _Tier:
    """Columns of values over one column of times; NaN where a series has no value at a time."""

    def __init__(self, step: int, keep: int, most: int) -> None:
        """`step`: ms that one point stands for, 0 for every sample; `keep`: ms of history; `most`: points of it."""
        self.step, self.keep, self.most = step, keep, most
        self.times = array("q")
        self.columns: dict[str, array[float]] = {}
        self._counts: dict[str, int] = {}

    def add(self, at: Instant, values: Mapping[str, float]) -> None:
        if self.times and at < self.times[-1]:
            self._forget_after(at)
        slot = at - at % self.step if self.step else at
        if self.times and self.times[-1] == slot:
            self._join(values)
            return
        self.times.append(slot)
        self._counts = dict.fromkeys(values, 1)
        for series, column in self.columns.items():
            column.append(values.get(series, nan))
        for series in values.keys() - self.columns.keys():
            if len(self.columns) < MOST_SERIES:
                self.columns[series] = array("d", [nan]) * (len(self.times) - 1)
                self.columns[series].append(values[series])
        self._prune(at)

    def _join(self, values: Mapping[str, float]) -> None:
        """Take values into the mean of the newest point."""
        for series, value in values.items():
            column = self.columns.get(series)
            if column is None:
                continue
            count = self._counts.get(series, 0)
            column[-1] = value if not count else column[-1] + (value - column[-1]) / (count + 1)
            self._counts[series] = count + 1

    def _forget_after(self, at: Instant) -> None:
        """The clock was put back: what lies in the future now was never at that time."""
        self._cut(slice(bisect_left(self.times, at - at % self.step if self.step else at), None))
        self._counts = {}

    def _prune(self, at: Instant) -> None:
        # In batches, because taking one point from the front moves all the others.
        if len(self.times) > self.most * 9 // 8 or self.times[0] < at - self.keep * 9 // 8:
            first = max(len(self.times) - self.most, bisect_left(self.times, at - self.keep))
            self._cut(slice(0, first))
            for series in [one for one, column in self.columns.items() if all(value != value for value in column)]:  # noqa: PLR0124 - NaN
                del self.columns[series]

    def _cut(self, part: slice) -> None:
        del self.times[part]
        for column in self.columns.values():
            del column[part]

    def points(self, series: str, since: Instant, until: Instant) -> list[tuple[Instant, float]]:
        column = self.columns.get(series)
        if column is None:
            return []
        first, last = bisect_left(self.times, since), bisect_left(self.times, until + 1)
        return [(at, value) for at, value in zip(self.times[first:last], column[first:last], strict=True)
                if isfinite(value)]


class Ring:
    """The history since start, bounded: every sample for an hour, means of a minute for a day. A `TrailSource`."""

    def __init__(self) -> None:
        self._fine = _Tier(0, HOUR, 1_800)
        self._coarse = _Tier(MINUTE, 24 * HOUR, 1_440)
        self._spark = _Tier(SPARK_STEP, SPARK_STEP * SPARK_POINTS, SPARK_POINTS)
        self.since: Instant | None = None

    def add(self, at: Instant, values: Mapping[str, float]) -> None:
        """Remember the figures of one moment. When the clock was put back, what is now in the future is forgotten."""
        self.since = at if self.since is None else min(self.since, at)
        for tier in (self._fine, self._coarse, self._spark):
            tier.add(at, values)

    def points(self, series: str, since: Instant, until: Instant) -> Trail:
        """See `TrailSource.points`; what is older than the samples comes as means of a minute."""
        oldest = self._fine.times[0] if self._fine.times else until + 1
        found = []
        if since < oldest:
            found = [(at, value) for at, value in self._coarse.points(series, since, until) if at + MINUTE <= oldest]
        found += self._fine.points(series, since, until)
        return Trail(series, tuple(at for at, _ in found), tuple(value for _, value in found))

    def gap(self, since: Instant) -> int:
        """See `TrailSource.gap`."""
        times = self._fine.times[-240:]
        usual = sorted(later - earlier for earlier, later in pairwise(times))
        fine = max(15 * SECOND, 3 * usual[len(usual) // 2]) if usual else 15 * SECOND
        oldest = self._fine.times[0] if self._fine.times else since
        return fine if since >= oldest or (self.since is not None and self.since >= oldest) else max(
            fine, 2 * MINUTE + 30 * SECOND)

    def spark(self, series: str, now: Instant) -> tuple[float, ...]:
        """Means of 15 s, oldest first, the newest unfinished; NaN where nothing was measured."""
        tier = self._spark
        column = tier.columns.get(series)
        if column is None or not tier.times:
            return ()
        by_slot = dict(zip(tier.times, column, strict=True))
        last = now - now % SPARK_STEP
        first = max(min(by_slot), last - (SPARK_POINTS - 1) * SPARK_STEP)
        # Somebody who samples every minute has no gaps of 15 s, only long steps.
        bridge = (self.gap(now) - 1) // SPARK_STEP
        values: list[float] = []
        missing = 0
        for slot in range(first, last + 1, SPARK_STEP):
            value = by_slot.get(slot, nan)
            missing = 0 if isfinite(value) else missing + 1
            values.append(values[-1] if values and 0 < missing <= bridge else value)
        while values and not isfinite(values[0]):
            del values[0]
        return tuple(values)

    def sparks(self, series: Sequence[str], now: Instant) -> dict[str, tuple[float, ...]]:
        """The sparks of those series that have any."""
        return {one: values for one in series if (values := self.spark(one, now))}
