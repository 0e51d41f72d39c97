"""All processes, from /proc/<pid> directly: one small file for each and pass, the rest when it may have changed.

Formats: proc_pid_stat(5), proc_pid_io(5). Names and command lines are foreign text and stay raw.
"""

from __future__ import annotations

import os
import time
from functools import cache
from heapq import nlargest
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opsconsole.health.model import Process
from opsconsole.health.sampling.counters import SHORTEST
from opsconsole.health.sampling.kernel import parse_stat
from opsconsole.health.sampling.mounts import text
from opsconsole.health.sampling.stat_line import Stat, parse_stat_line
from opsconsole.health.sampling.users import Users

if TYPE_CHECKING:
    from opsconsole.core.clock import Clock, Instant
    from opsconsole.health.sampling.process_details import ProcessDetails

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_LONGEST_COMMAND: Final = 4096
_SETTLED: Final = 20.0
"""Seconds after which a process has become what it is: a daemon has changed its user, a shell has run its command."""
_RECHECK: Final = 30.0
_IO_TURNS: Final = 8
_MOST_KEPT_OPEN: Final = 256


class _Known:
    """What is remembered of one process between passes."""

    __slots__ = ("at", "command", "cpu", "descriptor", "instant", "io", "io_at", "io_rates", "name", "raw_name",
                 "recheck", "started", "ticks", "user")

    def __init__(self, started: int, instant: Instant) -> None:
        self.started = started
        self.instant = instant
        self.descriptor: int | None = None
        self.ticks = 0
        self.at = 0.0
        self.cpu: float | None = None
        self.raw_name = b""
        self.name = ""
        self.command = ""
        self.user = ""
        self.recheck = 0.0
        self.io: tuple[int, int] | None = None
        self.io_at = 0.0
        self.io_rates: tuple[float | None, float | None] = (None, None)


@cache
def boot_instant(proc: Path = Path("/proc")) -> Instant:
    """When this machine booted, ms UTC: taken once, so that start times stay comparable when the clock is set."""
    try:
        booted = parse_stat((proc / "stat").read_bytes()).booted
    except OSError:
        booted = None
    if booted is None:
        return round((time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)) * 1000)
    return booted * 1000


def started_at(ticks: int, proc: Path = Path("/proc")) -> Instant:
    """A start time in clock ticks since boot as an instant."""
    return boot_instant(proc) + ticks * 1000 // _TICKS


def read_stat(pid: int, proc: Path = Path("/proc")) -> Stat | None:
    """The present state of one process; None when it is gone or not to be seen."""
    raw = _read(f"{proc}/{pid}/stat", 2048)
    return parse_stat_line(raw) if raw else None


def count_zombies(proc: Path = Path("/proc")) -> int | None:
    """Processes that have ended and that nobody has reaped; None where /proc cannot be read."""
    try:
        names = os.listdir(proc)
    except OSError:
        return None
    raws = [_read(f"{proc}/{name}/stat", 512) for name in names if name.isdecimal()]
    return sum(raw[raw.rfind(b")") + 2:][:1] == b"Z" for raw in raws if raw)


class ProcessTable:
    """The processes of this host, with what they used since the pass before.

    Args:
        clock: where time comes from; the machine's own by default.
        proc: where the kernel shows processes.
        users: names of users; shared, where somebody else has them already.
    """

    def __init__(self, clock: Clock | None = None, *, proc: Path = Path("/proc"), users: Users | None = None) -> None:
        if clock is None:
            from opsconsole.core.clock import SystemClock  # noqa: PLC0415 - only for whoever brings no clock

            clock = SystemClock()
        self._clock = clock
        self._proc, self._proc_text = proc, str(proc)
        self._users = users or Users()
        self._known: dict[int, _Known] = {}
        self._turn = 0
        self._may_keep = _descriptors_to_keep()
        self._kept = 0
        self.count: int | None = None
        """Processes in the newest pass; None before the first, and where /proc cannot be read."""
        self.zombies: int | None = None

    def sample(self) -> tuple[Process, ...]:
        """All processes, by pid. `cpu` and the rates are None in a process's first pass."""
        now = self._clock.monotonic()
        if self._users.refresh(now):
            for known in self._known.values():
                known.recheck = 0.0
        self._turn += 1
        return tuple([self._process(pid, stat, known, now, io=True) for pid, stat, known in self._pass(now)])

    def busiest(self, count: int) -> tuple[Process, ...]:
        """The processes that used most processor time since the pass before, most first, then by memory.

        Cheaper than `sample`: only these are looked at closely, and input and output of none.
        """
        now = self._clock.monotonic()
        self._users.refresh(now)
        chosen = nlargest(count, self._pass(now), key=lambda row: (row[2].cpu or 0.0, row[1].memory))
        return tuple([self._process(pid, stat, known, now, io=False) for pid, stat, known in chosen])

    def details(self, pid: int, started: Instant) -> ProcessDetails | None:
        """Everything about one process; None when it has ended, even if another one has its pid now."""
        from opsconsole.health.sampling.process_details import details  # noqa: PLC0415 - for one screen only

        return details(pid, started, proc=self._proc, user_name=self._users.name)

    def forget(self) -> None:
        """Gives back what is kept between passes, when nobody looks any more; the next pass is a first one."""
        for known in self._known.values():
            self._release(known)
        self._known = {}

    def close(self) -> None:
        """Ends what is under way."""
        self.forget()
        self._users.close()

    def _pass(self, now: float) -> list[tuple[int, Stat, _Known]]:
        """One line for each process, its share of processor time brought up to date."""
        try:
            names = os.listdir(self._proc)
        except OSError:
            self.count = self.zombies = None
            self.forget()
            return []
        before, rows, zombies = self._known, [], 0
        self._known = {}
        for name in names:
            if not name.isdecimal() or not name.isascii():
                continue
            pid = int(name)
            known = before.pop(pid, None)
            stat = self._stat(name, known)
            if stat is None:
                if known is not None:
                    self._release(known)
                continue
            if known is None or known.started != stat.started:
                if known is not None:
                    self._release(known)
                known = _Known(stat.started, started_at(stat.started, self._proc))
                known.ticks, known.at = stat.ticks, now
            elif now - known.at >= SHORTEST:
                known.cpu = max(0, stat.ticks - known.ticks) * 100 / _TICKS / (now - known.at)
                known.ticks, known.at = stat.ticks, now
            if known.descriptor is None and self._kept < self._may_keep:
                self._keep(name, known)
            if stat.state == "Z":
                zombies += 1
            self._known[pid] = known
            rows.append((pid, stat, known))
        for gone in before.values():
            self._release(gone)
        self.count, self.zombies = len(rows), zombies
        rows.sort(key=_pid)
        return rows

    def _stat(self, name: str, known: _Known | None) -> Stat | None:
        if known is not None and known.descriptor is not None:
            try:
                raw: bytes | None = os.pread(known.descriptor, 2048, 0)
            except OSError:
                # It belongs to the process that had this pid, and that one has ended.
                self._release(known)
                raw = None
            if raw:
                return parse_stat_line(raw)
        raw = _read(f"{self._proc_text}/{name}/stat", 2048)
        return parse_stat_line(raw) if raw else None

    def _keep(self, name: str, known: _Known) -> None:
        # Reading an open file again costs half as much as opening it anew.
        try:
            known.descriptor = os.open(f"{self._proc_text}/{name}/stat", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return
        self._kept += 1

    def _release(self, known: _Known) -> None:
        if known.descriptor is not None:
            os.close(known.descriptor)
            known.descriptor = None
            self._kept -= 1

    def _process(self, pid: int, stat: Stat, known: _Known, now: float, *, io: bool) -> Process:
        if now >= known.recheck or known.raw_name != stat.name:
            self._recognise(pid, stat, known, now)
        if io and known.io_at >= 0 and (known.cpu or known.io is None or stat.state == "D"
                                        or (pid + self._turn) % _IO_TURNS == 0):
            self._read_io(pid, known, now)
        read_rate, write_rate = known.io_rates if io else (None, None)
        return Process(pid, stat.parent, known.name, known.command, known.user, stat.state, known.cpu,
                       stat.memory * _PAGE, stat.threads, known.instant, read_rate, write_rate)

    def _recognise(self, pid: int, stat: Stat, known: _Known, now: float) -> None:
        folder = f"{self._proc_text}/{pid}"
        if known.raw_name != stat.name:
            known.raw_name, known.name = stat.name, text(stat.name)
        try:
            known.user = self._users.name(os.stat(folder).st_uid)  # noqa: PTH116 - a `Path` costs twice as much
        except OSError:
            known.user = known.user or "?"
        # The command line lies in the memory of the process: of one that hangs in the kernel, reading it may hang too.
        if stat.state != "D" or not known.command:
            raw = b"" if stat.state == "D" else _read(f"{folder}/cmdline", _LONGEST_COMMAND) or b""
            known.command = text(raw.rstrip(b"\0").replace(b"\0", b" ")) or f"[{known.name}]"
        age = self._clock.now() - known.instant
        known.recheck = now + (0.0 if stat.state == "D" else _RECHECK if age > _SETTLED * 1000 else 1.0)

    def _read_io(self, pid: int, known: _Known, now: float) -> None:
        raw = _read(f"{self._proc_text}/{pid}/io", 1024)
        found = parse_io(raw) if raw else None
        if found is None:
            # Only the owner and root may read it: not tried again for this process.
            known.io_at, known.io_rates = -1.0, (None, None)
            return
        if known.io is not None and now - known.io_at >= SHORTEST:
            elapsed = now - known.io_at
            known.io_rates = (max(0, found[0] - known.io[0]) / elapsed, max(0, found[1] - known.io[1]) / elapsed)
        elif known.io is not None:
            return
        known.io, known.io_at = found, now


def parse_io(raw: bytes) -> tuple[int, int] | None:
    """Bytes that a process had read from and written to disks, of /proc/<pid>/io."""
    found = {}
    for line in raw.split(b"\n"):
        key, _, value = line.partition(b": ")
        if value.isdigit() and len(value) <= 20:
            found[key] = int(value)
    if b"read_bytes" not in found or b"write_bytes" not in found:
        return None
    return found[b"read_bytes"], found[b"write_bytes"]


def _descriptors_to_keep() -> int:
    import resource  # noqa: PLC0415 - only here

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST_KEPT_OPEN if soft < 0 else min(_MOST_KEPT_OPEN, soft // 4)


def _pid(row: tuple[int, Stat, _Known]) -> int:
    return row[0]


def _read(path: str, most: int) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return os.read(descriptor, most)
    except OSError:
        return None
    finally:
        os.close(descriptor)
