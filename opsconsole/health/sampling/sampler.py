"""Measures this host: one `Snapshot` for each call, with nothing in it that could wait for a dead mount."""

from __future__ import annotations

import os
import re
from errno import EACCES, EPERM
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from opsconsole.health.model import Cpu, Facts, Host, Load, Memory, Mount, Pressure, Process, Snapshot, Swap
from opsconsole.health.sampling.counters import SHORTEST, CounterTable
from opsconsole.health.sampling.devices import Disks, Interfaces
from opsconsole.health.sampling.facts import FactFinder
from opsconsole.health.sampling.kernel import (
    KernelFile,
    Stat,
    parse_load,
    parse_meminfo,
    parse_paging,
    parse_pressure,
    parse_stat,
)
from opsconsole.health.sampling.mounts import Entry, listed, text
from opsconsole.health.sampling.prober import Prober, Reply, mount_request, sensors_request, space
from opsconsole.health.sampling.processes import ProcessTable, count_zombies
from opsconsole.health.sampling.sensors import parse_sensors
from opsconsole.health.sampling.sign_ins import SignIns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.core.clock import Clock
    from opsconsole.health.model import Sensor

_FIRST_WAIT: Final = 0.08
_WAIT: Final = 0.02
_SENSORS_EVERY: Final = 5.0
_NO_SENSORS_EVERY: Final = 60.0
_COUNT_EVERY: Final = 10.0
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_OS_NAME: Final = re.compile(r"^PRETTY_NAME=[\"']?([^\"'\n]{1,200})", re.MULTILINE)
_USER, _NICE, _SYSTEM, _IDLE, _IOWAIT, _IRQ, _SOFTIRQ, _STEAL = range(8)


class Scope(Protocol):
    """What the settings say about what is listed at all; `HealthSettings` does."""

    def shows_mount(self, path: str) -> bool:
        """Whether a mount is listed."""

    def shows_interface(self, name: str) -> bool:
        """Whether a network interface is listed."""


class Sampler:
    """Measures this host again and again; used by one thread at a time.

    Args:
        settings: which mounts and interfaces are listed.
        clock: where time comes from.
        prober: asks what may hang; its own by default, and then closed with it.
        proc: where the kernel's figures are.
        sys: where the devices are.
        root: the root of the file system for other small files.
    """

    def __init__(self, settings: Scope, clock: Clock, *, prober: Prober | None = None, proc: Path = Path("/proc"),
                 sys: Path = Path("/sys"), root: Path = Path("/")) -> None:
        self._settings, self._clock, self._proc, self._root = settings, clock, proc, root
        self._prober = prober or Prober(clock)
        self._stat = KernelFile(proc / "stat", "Processor time is")
        self._meminfo = KernelFile(proc / "meminfo", "Memory is")
        self._vmstat = KernelFile(proc / "vmstat", "Swap traffic is")
        self._loadavg = KernelFile(proc / "loadavg", "The load is")
        self._mountinfo = KernelFile(proc / "self" / "mountinfo", "Mounts are")
        self._pressure = {name: KernelFile(proc / "pressure" / name, f"Pressure ({name}) is")
                          for name in ("cpu", "memory", "io")}
        self._disks = Disks(proc, sys)
        self._interfaces = Interfaces(proc, sys, settings.shows_interface)
        self._paging = CounterTable()
        self._shares = CpuShares()
        self._sign_ins = SignIns(root / "run")
        self._table = ProcessTable(clock, proc=proc)
        self._facts = FactFinder(clock, self._count_zombies, root=root, proc=proc)
        self._sensors_request = sensors_request(os.fsencode(sys))
        self._sensors_due = 0.0
        self._mounts_raw: bytes | None = None
        self._entries: list[tuple[Entry, bytes, str]] = []
        self._host: Host | None = None
        self._count: int | None = None
        self._count_due = 0.0
        self._before: float | None = None
        self._listing = False

    def sample(self, processes: int | None = 0) -> Snapshot:
        """One measurement. It waits at most 80 ms in its first call and 20 ms later.

        Args:
            processes: how many of the busiest processes are in it; None for all.
        """
        now, at = self._clock.monotonic(), self._clock.now()
        self._ask_prober(now)
        stat = parse_stat(self._stat.read() or b"")
        memory, swap, oom_kills, broken = self._memory(now)
        load = parse_load(self._loadavg.read() or b"")
        listing = self._processes(processes, now)
        self._facts.refresh()
        cpu = self._shares.shares(stat, now)
        host, disks, interfaces = self._host_of(stat), self._disks.sample(now), self._interfaces.sample(now)
        # Not in the first pass, which a screen waits for: the list of sign-ins takes psutil, and that 10 ms to load.
        pressure, sign_ins = self._pressures(), self._sign_ins.sample() if self._before is not None else ()
        self._prober.wait(_FIRST_WAIT if self._before is None else _WAIT)
        sensors, sensors_reply = self._sensors()
        interval = None if self._before is None else max(0.0, now - self._before)
        self._before = now
        return Snapshot(
            at=at, host=host, cpu=cpu, memory=memory, swap=swap, load=Load(*(load or (0.0, 0.0, 0.0))),
            pressure=pressure, mounts=tuple([self._mount(*entry) for entry in self._entries]), interfaces=interfaces,
            disks=disks, sensors=sensors, sensors_silent_since=sensors_reply.silent_since, sign_ins=sign_ins,
            facts=self._facts_with(oom_kills), processes=listing, process_count=self._count,
            interval=interval, gaps=self._gaps(stat, broken, load_known=load is not None))

    def tend(self) -> bool:
        """Looks after what is being asked meanwhile. Whether a new sample would show a change worth seeing at once."""
        return self._prober.tend()

    def due(self) -> float | None:
        """Seconds until `tend` should be called; None when that can wait for the next sample."""
        return self._prober.due()

    def close(self) -> None:
        """Ends all processes and closes all files; waits for nothing."""
        self._prober.close()
        self._facts.close()
        self._table.close()
        self._disks.close()
        self._interfaces.close()
        for file in (self._stat, self._meminfo, self._vmstat, self._loadavg, self._mountinfo, *self._pressure.values()):
            file.close()

    def _ask_prober(self, now: float) -> None:
        raw = self._mountinfo.read() or b""
        if raw != self._mounts_raw:
            self._mounts_raw = raw
            self._entries = [(entry, mount_request(entry.path), text(entry.path))
                             for entry in listed(raw, self._settings.shows_mount)]
        requests = [request for _, request, _ in self._entries]
        known = [*requests, self._sensors_request]
        if now >= self._sensors_due:
            requests = known
            reply = self._prober.reply(self._sensors_request)
            nothing = self._before is not None and not (reply.text or reply.silent_since)
            self._sensors_due = now + (_NO_SENSORS_EVERY if nothing else _SENSORS_EVERY)
        self._prober.ask(requests, known=known)

    def _mount(self, entry: Entry, request: bytes, path: str) -> Mount:
        reply = self._prober.reply(request)
        found = space(reply.text)
        device, problem = text(entry.source), os.strerror(reply.error) if reply.error else ""
        if reply.error in (EACCES, EPERM):
            problem = "Permission denied"
        if found is None:
            return Mount(path, device, entry.kind, entry.read_only, silent_since=reply.silent_since, problem=problem)
        return Mount(path, device, entry.kind, entry.read_only, *found)

    def _sensors(self) -> tuple[tuple[Sensor, ...], Reply]:
        reply = self._prober.reply(self._sensors_request)
        return parse_sensors(reply.text), reply

    def _memory(self, now: float) -> tuple[Memory, Swap, int | None, str]:
        figures = parse_meminfo(self._meminfo.read() or b"")
        counters = parse_paging(self._vmstat.read() or b"")
        pages = {key: (counters[key],) for key in (b"pswpin", b"pswpout") if key in counters}
        rates = self._paging.rates({key.decode(): value for key, value in pages.items()}, now)
        memory, broken = memory_of(figures)
        total = figures.get(b"SwapTotal", 0)
        swap = Swap(total, max(0, total - figures.get(b"SwapFree", total)),
                    _in_bytes(rates.get("pswpin")), _in_bytes(rates.get("pswpout")))
        return memory, swap, counters.get(b"oom_kill"), broken if not self._meminfo.gap else ""

    def _pressures(self) -> Pressure:
        found = {name: parse_pressure(file.read() or b"") for name, file in self._pressure.items()}
        return Pressure(found["cpu"].get(b"some"), found["memory"].get(b"some"), found["memory"].get(b"full"),
                        found["io"].get(b"some"), found["io"].get(b"full"))

    def _host_of(self, stat: Stat) -> Host:
        name, kernel, cores = os.uname().nodename, os.uname().release, len(stat.cores) or os.cpu_count() or 1
        booted = self._host.booted_at if stat.booted is None and self._host else (stat.booted or 0) * 1000
        host = self._host
        if host is None or (host.name, host.cores, host.booted_at) != (name, cores, booted):
            system = host.system if host else system_name(self._root)
            self._host = host = Host(name, system, kernel, cores, booted)
        return host

    def _processes(self, wanted: int | None, now: float) -> tuple[Process, ...]:
        if wanted == 0:
            if self._listing:
                self._listing = False
                self._table.forget()
            if now >= self._count_due:
                self._count_due = now + _COUNT_EVERY
                self._count = self._count_processes()
            return ()
        self._listing = True
        found = self._table.sample() if wanted is None else self._table.busiest(wanted)
        self._count = self._table.count
        return found

    def _facts_with(self, oom_kills: int | None) -> Facts:
        facts = self._facts.facts
        if facts.oom_kills != oom_kills:
            self._facts.facts = facts = msgspec.structs.replace(facts, oom_kills=oom_kills)
        return facts

    def _count_processes(self) -> int | None:
        try:
            return sum(map(str.isdecimal, os.listdir(self._proc))) or None
        except OSError:
            return None

    def _count_zombies(self) -> int | None:
        return self._table.zombies if self._listing else count_zombies(self._proc)

    def _gaps(self, stat: Stat, broken: str, *, load_known: bool) -> tuple[str, ...]:
        gaps = [self._stat.gap or ("" if stat.total else "Processor time is not known: /proc/stat has no figures."),
                self._meminfo.gap or broken, self._vmstat.gap,
                self._loadavg.gap or ("" if load_known else "The load is not known: /proc/loadavg has no figures."),
                self._mountinfo.gap, self._disks.gap, self._interfaces.gap, self._prober.gap]
        pressure = [file.gap for file in self._pressure.values() if file.gap]
        gaps.append("Pressure is not known: this kernel does not measure it." if len(pressure) == 3
                    else " ".join(pressure))
        return tuple([gap for gap in gaps if gap])


class CpuShares:
    """Shares of processor time between two passes; cores are told apart by name, so that they may come and go."""

    def __init__(self) -> None:
        self._at: float | None = None
        self._total: tuple[int, ...] | None = None
        self._cores: Mapping[bytes, tuple[int, ...]] = {}
        self._last = Cpu(None)

    def shares(self, stat: Stat, now: float) -> Cpu:
        """Shares since the pass before; repeated when that is too short ago; Nones without figures."""
        if stat.total is None:
            self._total, self._cores, self._at, self._last = None, {}, None, Cpu(None)
            return self._last
        if self._at is not None and 0 <= now - self._at < SHORTEST:
            return self._last
        if self._total is not None:
            spent = _spent(stat.total, self._total)
            whole = sum(spent)
            if whole:
                share = 100 / whole
                self._last = Cpu(
                    share * (whole - spent[_IDLE] - spent[_IOWAIT]), share * (spent[_USER] + spent[_NICE]),
                    share * (spent[_SYSTEM] + spent[_IRQ] + spent[_SOFTIRQ]), share * spent[_IOWAIT],
                    share * spent[_STEAL],
                    tuple([_busy(ticks, self._cores.get(name)) for name, ticks in stat.cores.items()]))
        self._total, self._cores, self._at = stat.total, stat.cores, now
        return self._last


def _spent(new: Sequence[int], old: Sequence[int]) -> list[int]:
    # Idle and iowait are known to run backwards a little.
    return [max(0, after - before) for after, before in zip(new, old, strict=True)]


def _busy(new: Sequence[int], old: Sequence[int] | None) -> float:
    if old is None:
        return 0.0
    spent = _spent(new, old)
    whole = sum(spent)
    return 100 * (whole - spent[_IDLE] - spent[_IOWAIT]) / whole if whole else 0.0


def memory_of(figures: Mapping[bytes, int]) -> tuple[Memory, str]:
    """Memory from the figures of /proc/meminfo (bytes), and a sentence about what is missing there."""
    total, available = figures.get(b"MemTotal", 0), figures.get(b"MemAvailable")
    cached, buffers = figures.get(b"Cached", 0), figures.get(b"Buffers", 0)
    broken = ""
    if not total:
        broken = "Memory is not known: /proc/meminfo has no figures."
    elif available is None:
        available = figures.get(b"MemFree", 0) + cached + buffers
        broken = "Available memory is estimated: /proc/meminfo does not say it."
    available = min(total, available or 0)
    return Memory(total, available, total - available, cached, buffers), broken


def system_name(root: Path) -> str:
    """The distribution and its release, as os-release(5) says it; `Linux` where it says nothing."""
    for name in ("etc/os-release", "usr/lib/os-release"):
        try:
            with (root / name).open("rb") as file:
                found = _OS_NAME.search(text(file.read(16384)))
        except OSError:
            continue
        if found:
            return found[1]
    return "Linux"


def _in_bytes(rates: tuple[float | None, ...] | None) -> float | None:
    return None if not rates or rates[0] is None else rates[0] * _PAGE
