"""What is known of a host at one moment, and what is thought of it.

Frozen types only; the rules over them are in `rules`, `advice` and `trail`. Percentages are 0..100,
sizes are bytes, rates are per second, instants are ms UTC. None means "not known here", never zero.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from opsconsole.core.clock import Instant
from opsconsole.core.levels import Level


class Record(msgspec.Struct, frozen=True):
    """The base of everything here: immutable, comparable, encodable as JSON."""


class Host(Record, frozen=True):
    """What rarely changes."""

    name: str
    system: str
    """`Debian GNU/Linux 12 (bookworm)`."""
    kernel: str
    cores: int
    booted_at: Instant


class Cpu(Record, frozen=True):
    """Shares of all processor time in the last interval; None in the very first sample."""

    busy: float | None
    """All but idle and iowait."""
    user: float | None = None
    system: float | None = None
    iowait: float | None = None
    steal: float | None = None
    cores: tuple[float, ...] = ()
    """Busy share of each core, in the kernel's order."""


class Memory(Record, frozen=True):
    """As in /proc/meminfo; `used` is total less available."""

    total: int
    available: int
    used: int
    cached: int = 0
    buffers: int = 0

    @property
    def percent(self) -> float:
        """Used share of all memory."""
        return 100 * self.used / self.total if self.total else 0.0


class Swap(Record, frozen=True):
    """Swap space, and how fast pages move in and out of it."""

    total: int
    used: int
    in_rate: float | None = None
    out_rate: float | None = None

    @property
    def percent(self) -> float:
        """Used share of swap space; 0 without any."""
        return 100 * self.used / self.total if self.total else 0.0


class Load(Record, frozen=True):
    """Load averages over 1, 5 and 15 minutes."""

    one: float
    five: float
    fifteen: float


class Pressure(Record, frozen=True):
    """PSI: % of the last 10 s in which some (full: all) tasks waited; None where the kernel has no PSI."""

    cpu_some: float | None = None
    memory_some: float | None = None
    memory_full: float | None = None
    io_some: float | None = None
    io_full: float | None = None


class Mount(Record, frozen=True):
    """One real file system; the sizes are None while it does not answer."""

    path: str
    device: str
    kind: str
    """`ext4`, `nfs4` …"""
    read_only: bool = False
    total: int | None = None
    used: int | None = None
    free: int | None = None
    """What an ordinary user may still write, as `df` says it."""
    inodes_total: int | None = None
    inodes_used: int | None = None
    silent_since: Instant | None = None
    """Since when it gives no answer; None while it answers."""
    problem: str = ""
    """Why it could not be read, when it answered with an error."""

    @property
    def percent(self) -> float | None:
        """Used share as `df` calculates it: of what an ordinary user can have."""
        if self.used is None or self.free is None or not self.used + self.free:
            return None
        return 100 * self.used / (self.used + self.free)

    @property
    def inodes_percent(self) -> float | None:
        """Used share of inodes; None where the file system counts none."""
        if not self.inodes_total or self.inodes_used is None:
            return None
        return 100 * self.inodes_used / self.inodes_total


class Interface(Record, frozen=True):
    """One network interface; rates are None in its first sample."""

    name: str
    up: bool
    speed: int = 0
    """Mbit/s; 0 where not known."""
    received: int = 0
    sent: int = 0
    errors: int = 0
    """Receive and transmit errors since boot."""
    drops: int = 0
    receive_rate: float | None = None
    send_rate: float | None = None
    error_rate: float | None = None
    drop_rate: float | None = None


class Disk(Record, frozen=True):
    """One block device (whole disks, not partitions); rates are None in its first sample."""

    name: str
    read_rate: float | None = None
    write_rate: float | None = None
    reads: float | None = None
    """Read operations per second."""
    writes: float | None = None
    busy: float | None = None
    """Share of time with at least one request under way."""


class SensorKind(StrEnum):
    """What a sensor measures."""

    TEMPERATURE = "temperature"
    """°C."""
    FAN = "fan"
    """Revolutions per minute."""
    BATTERY = "battery"
    """% full."""


class Sensor(Record, frozen=True):
    """One reading; `high` and `critical` are the hardware's own limits."""

    name: str
    kind: SensorKind
    value: float
    high: float | None = None
    critical: float | None = None
    charging: bool | None = None


class SignIn(Record, frozen=True):
    """Somebody logged in."""

    user: str
    terminal: str
    origin: str
    since: Instant


class Facts(Record, frozen=True):
    """What is asked seldom, because asking is slow; None while not known."""

    clock_synchronised: bool | None = None
    reboot_required: bool | None = None
    reboot_packages: tuple[str, ...] = ()
    failed_units: tuple[str, ...] | None = None
    """None where there is no systemd."""
    security_updates: int | None = None
    open_files: int | None = None
    open_files_limit: int | None = None
    oom_kills: int | None = None
    """Since boot."""
    zombies: int | None = None
    at: Instant | None = None


class Process(Record, frozen=True):
    """One process at one moment. Names and command lines are raw: harmless only after `core.text`."""

    pid: int
    parent: int
    name: str
    command: str
    """The command line with spaces; the name in brackets for a kernel thread."""
    user: str
    state: str
    """The kernel's letter: R S D Z T I."""
    cpu: float | None
    """% of one core over the last interval."""
    memory: int
    """Resident bytes."""
    threads: int
    started: Instant
    read_rate: float | None = None
    write_rate: float | None = None


class Snapshot(Record, frozen=True):
    """All that one sample found; the sampler makes it, everything else reads it."""

    at: Instant
    host: Host
    cpu: Cpu
    memory: Memory
    swap: Swap
    load: Load
    pressure: Pressure = Pressure()
    mounts: tuple[Mount, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    disks: tuple[Disk, ...] = ()
    sensors: tuple[Sensor, ...] = ()
    sensors_silent_since: Instant | None = None
    sign_ins: tuple[SignIn, ...] = ()
    facts: Facts = Facts()
    processes: tuple[Process, ...] = ()
    """The busiest few while somebody looks; all of them come from `ProcessTable`."""
    process_count: int | None = None
    interval: float | None = None
    """Seconds since the sample before; None in the first one."""
    gaps: tuple[str, ...] = ()
    """What could not be read, a sentence each."""


class Finding(Record, frozen=True):
    """What is thought of one line: its level, since when, and why. `target` names the line, as `disk:/var`."""

    target: str
    level: Level
    since: Instant
    reason: str = ""
    """`91 %, warning from 80 %`; empty while ok."""
    limit: str = ""
    """The limit that stands beside the figure: `< 80 %`."""
    value: float | None = None
    pending: Level | None = None
    """A worse level that has begun but not yet held for as long as its rule wants."""


class Forecast(Record, frozen=True):
    """When something that grows will be full, if it goes on so."""

    target: str
    full_at: Instant
    growth: float
    """Bytes (or inodes) per second."""
    observed: float
    """Seconds of history that it rests on."""


class Advice(Record, frozen=True):
    """What was measured, what it means, what to do, and the command that helps."""

    target: str
    level: Level
    measured: str
    meaning: str
    todo: str
    command: str = ""


class State(StrEnum):
    """The overall word."""

    NORMAL = "normal"
    UNKNOWN = "unknown"
    DEGRADED = "degraded"
    CRITICAL = "critical"


class Trail(Record, frozen=True):
    """Points of one series, oldest first; gaps in time stay gaps."""

    series: str
    times: tuple[Instant, ...]
    values: tuple[float, ...]


class Health(Record, frozen=True):
    """Everything a page about a host's health needs: what was measured and what is thought of it."""

    snapshot: Snapshot
    state: State
    findings: tuple[Finding, ...]
    """Of every target that is judged, worst first, then oldest first."""
    forecasts: tuple[Forecast, ...] = ()
    advice: tuple[Advice, ...] = ()
    trails: dict[str, tuple[float, ...]] = {}
    """Series to its last values, oldest first, for sparklines."""
    watched_since: Instant = 0
    """Since when this history exists."""

    def finding(self, target: str) -> Finding | None:
        """What is thought of one target."""
        return next((finding for finding in self.findings if finding.target == target), None)
