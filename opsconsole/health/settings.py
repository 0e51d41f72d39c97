"""The part of the configuration that says when a host's figures are bad.

Every key has a default, so that the panel judges with no configuration at all. The defaults follow two
rules: a figure that comes and goes must hold before it is said, and a figure that says nothing by itself
(swap in use, pages in the cache) is not judged. `null` in place of a limit switches it off.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta

from opsconsole.core.units import Duration, Percent, Size

WarningFor = Annotated[Duration, Meta(description="How long the figure must stay past `warning` before it is one.")]
CriticalFor = Annotated[Duration, Meta(description="How long the figure must stay past `critical` before it is so.")]
WarningPercent = Annotated[Percent | None, Meta(description="From here on it is a warning; null: never.")]
CriticalPercent = Annotated[Percent | None, Meta(description="From here on it is critical; null: never.")]
MarginPercent = Annotated[Percent, Meta(description="It is well again when this far below the limit.")]
WarningNumber = Annotated[float | None, Meta(description="From here on it is a warning; null: never.")]
CriticalNumber = Annotated[float | None, Meta(description="From here on it is critical; null: never.")]
MarginNumber = Annotated[float, Meta(ge=0, description="It is well again when this far below the limit.")]


class Limits(Protocol):
    """What every set of limits has, whatever its unit."""

    @property
    def warning(self) -> float | None:
        """Where a warning begins."""

    @property
    def critical(self) -> float | None:
        """Where it is critical."""

    @property
    def warning_for(self) -> float:
        """Seconds that a warning must hold."""

    @property
    def critical_for(self) -> float:
        """Seconds that the critical state must hold."""

    @property
    def margin(self) -> float:
        """How far back it must go to be well again."""


def _check(warning: float | None, critical: float | None, *, falling: bool = False) -> None:
    if warning is None or critical is None:
        return
    if falling and not warning > critical:
        raise ValueError(f"`warning` ({warning}) must be above `critical` ({critical}): here low is bad")
    if not falling and not warning < critical:
        raise ValueError(f"`warning` ({warning}) must be below `critical` ({critical})")


class _Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The base of everything here: frozen, and every key must be known."""


class PercentLimits(_Settings, frozen=True, kw_only=True):
    """Limits in per cent."""

    warning: WarningPercent = Percent(80)
    critical: CriticalPercent = Percent(95)
    warning_for: WarningFor = Duration(0)
    critical_for: CriticalFor = Duration(0)
    margin: MarginPercent = Percent(5)

    def __post_init__(self) -> None:
        _check(self.warning, self.critical)


class NumberLimits(_Settings, frozen=True, kw_only=True):
    """Limits as plain numbers."""

    warning: WarningNumber = None
    critical: CriticalNumber = None
    warning_for: WarningFor = Duration(0)
    critical_for: CriticalFor = Duration(0)
    margin: MarginNumber = 0.0

    def __post_init__(self) -> None:
        _check(self.warning, self.critical)


class CpuLimits(PercentLimits, frozen=True, kw_only=True):
    """Share of all processor time that is used; short peaks are what a processor is for."""

    warning_for: WarningFor = Duration(120)
    critical_for: CriticalFor = Duration(300)


class IoWaitLimits(PercentLimits, frozen=True, kw_only=True):
    """Share of processor time that idles because a disk has not answered."""

    warning: WarningPercent = Percent(20)
    critical: CriticalPercent = Percent(50)
    warning_for: WarningFor = Duration(120)
    critical_for: CriticalFor = Duration(300)


class StealLimits(PercentLimits, frozen=True, kw_only=True):
    """Share of processor time that the hypervisor gave to other guests."""

    warning: WarningPercent = Percent(10)
    critical: CriticalPercent = Percent(30)
    warning_for: WarningFor = Duration(120)
    critical_for: CriticalFor = Duration(300)
    margin: MarginPercent = Percent(3)


class MemoryLimits(PercentLimits, frozen=True, kw_only=True):
    """Memory that cannot be had without taking it from somebody: total less available."""

    warning: WarningPercent = Percent(85)
    warning_for: WarningFor = Duration(60)
    critical_for: CriticalFor = Duration(60)
    margin: MarginPercent = Percent(3)


class SwapLimits(_Settings, frozen=True, kw_only=True):
    """Bytes per second that move in and out of swap; how full swap is says little, its activity much."""

    warning: Annotated[Size | None, Meta(description="Bytes per second, a warning from here; null: never.")] = (
        Size(2_000_000))
    critical: Annotated[Size | None, Meta(description="Bytes per second, critical from here; null: never.")] = (
        Size(50_000_000))
    warning_for: WarningFor = Duration(120)
    critical_for: CriticalFor = Duration(120)
    margin: Annotated[Size, Meta(description="It is well again when this far below the limit.")] = Size(1_000_000)

    def __post_init__(self) -> None:
        _check(self.warning, self.critical)


class LoadLimits(NumberLimits, frozen=True, kw_only=True):
    """The five-minute load average for each core."""

    warning: WarningNumber = 1.5
    critical: CriticalNumber = 4.0
    warning_for: WarningFor = Duration(60)
    critical_for: CriticalFor = Duration(60)
    margin: MarginNumber = 0.25


class CpuPressureLimits(PercentLimits, frozen=True, kw_only=True):
    """Share of time in which some task waited for a processor (PSI `cpu some`)."""

    warning: WarningPercent = Percent(60)
    critical: CriticalPercent = Percent(90)
    warning_for: WarningFor = Duration(300)
    critical_for: CriticalFor = Duration(600)
    margin: MarginPercent = Percent(10)


class MemoryPressureLimits(PercentLimits, frozen=True, kw_only=True):
    """Share of time in which some task waited for memory (PSI `memory some`)."""

    warning: WarningPercent = Percent(10)
    critical: CriticalPercent = Percent(40)
    warning_for: WarningFor = Duration(60)
    critical_for: CriticalFor = Duration(120)


class IoPressureLimits(PercentLimits, frozen=True, kw_only=True):
    """Share of time in which some task waited for a disk (PSI `io some`)."""

    warning: WarningPercent = Percent(40)
    critical: CriticalPercent = Percent(80)
    warning_for: WarningFor = Duration(300)
    critical_for: CriticalFor = Duration(600)
    margin: MarginPercent = Percent(10)


class SpaceLimits(PercentLimits, frozen=True, kw_only=True):
    """Used share of a file system's space, as `df` calculates it."""

    margin: MarginPercent = Percent(2)


class InodeLimits(PercentLimits, frozen=True, kw_only=True):
    """Used share of a file system's inodes."""

    margin: MarginPercent = Percent(2)


class MountLimits(_Settings, frozen=True, kw_only=True):
    """Limits of some mounts; what is left out, or null, is as for all others."""

    warning: Annotated[Percent | None, Meta(description="Used space that is a warning.")] = None
    critical: Annotated[Percent | None, Meta(description="Used space that is critical.")] = None
    inodes_warning: Annotated[Percent | None, Meta(description="Used inodes that are a warning.")] = None
    inodes_critical: Annotated[Percent | None, Meta(description="Used inodes that are critical.")] = None


class SilenceLimits(_Settings, frozen=True, kw_only=True):
    """How long a mount may give no answer."""

    warning: Annotated[Duration | None, Meta(description="Silent this long it is a warning; null: never.")] = (
        Duration(10))
    critical: Annotated[Duration | None, Meta(description="Silent this long it is critical; null: never.")] = (
        Duration(120))

    def __post_init__(self) -> None:
        _check(self.warning, self.critical)


class ErrorLimits(NumberLimits, frozen=True, kw_only=True):
    """Receive and transmit errors of a network interface in each second."""

    warning: WarningNumber = 1.0
    critical: CriticalNumber = 100.0
    warning_for: WarningFor = Duration(60)
    critical_for: CriticalFor = Duration(60)
    margin: MarginNumber = 0.5


class DiskLimits(PercentLimits, frozen=True, kw_only=True):
    """Share of time in which a disk works; a fast disk does much more at 100 %, so it is never critical by itself."""

    warning: WarningPercent = Percent(95)
    critical: CriticalPercent = None
    warning_for: WarningFor = Duration(600)
    critical_for: CriticalFor = Duration(600)
    margin: MarginPercent = Percent(10)


class TemperatureLimits(_Settings, frozen=True, kw_only=True):
    """Temperatures are judged by the limits that the hardware itself states; without these they are only shown."""

    warning_for: WarningFor = Duration(300)
    critical_for: CriticalFor = Duration(60)
    margin: Annotated[float, Meta(ge=0, description="Degrees Celsius below the limit at which it is well again.")] = 5.0


class BatteryLimits(_Settings, frozen=True, kw_only=True):
    """Charge of a battery that is not being charged; low is bad."""

    warning: WarningPercent = Percent(20)
    critical: CriticalPercent = Percent(10)
    warning_for: WarningFor = Duration(30)
    critical_for: CriticalFor = Duration(30)
    margin: Annotated[Percent, Meta(description="It is well again when this far above the limit.")] = Percent(5)

    def __post_init__(self) -> None:
        _check(self.warning, self.critical, falling=True)


class OpenFilesLimits(PercentLimits, frozen=True, kw_only=True):
    """Open files of the whole system, as a share of the kernel's limit."""

    warning_for: WarningFor = Duration(60)
    critical_for: CriticalFor = Duration(60)


class HealthSettings(_Settings, frozen=True, kw_only=True):
    """When the figures of this host are a warning and when they are critical.

    Each limit has `warning`, `critical`, `warning_for`, `critical_for` and `margin`.
    """

    cpu: Annotated[CpuLimits, Meta(description="Used processor time.")] = CpuLimits()
    iowait: Annotated[IoWaitLimits, Meta(description="Processor time that waits for disks.")] = IoWaitLimits()
    steal: Annotated[StealLimits, Meta(description="Processor time taken by other guests.")] = StealLimits()
    memory: Annotated[MemoryLimits, Meta(description="Used memory.")] = MemoryLimits()
    swap: Annotated[SwapLimits, Meta(description="Traffic to and from swap.")] = SwapLimits()
    load: Annotated[LoadLimits, Meta(description="Five-minute load average for each core.")] = LoadLimits()
    cpu_pressure: Annotated[CpuPressureLimits, Meta(description="Time tasks waited for a processor.")] = (
        CpuPressureLimits())
    memory_pressure: Annotated[MemoryPressureLimits, Meta(description="Time tasks waited for memory.")] = (
        MemoryPressureLimits())
    io_pressure: Annotated[IoPressureLimits, Meta(description="Time tasks waited for disks.")] = IoPressureLimits()
    space: Annotated[SpaceLimits, Meta(description="Used space of every mount.")] = SpaceLimits()
    inodes: Annotated[InodeLimits, Meta(description="Used inodes of every mount.")] = InodeLimits()
    mounts: Annotated[dict[str, MountLimits], Meta(
        description="Limits of single mounts by path or pattern (`/srv/*`): the exact path, else the first that fits.",
    )] = msgspec.field(default_factory=dict)
    silence: Annotated[SilenceLimits, Meta(description="Mounts that give no answer.")] = SilenceLimits()
    errors: Annotated[ErrorLimits, Meta(description="Errors of network interfaces, per second.")] = ErrorLimits()
    disk: Annotated[DiskLimits, Meta(description="Working time of disks.")] = DiskLimits()
    temperature: Annotated[TemperatureLimits, Meta(description="Temperatures, by the hardware's own limits.")] = (
        TemperatureLimits())
    battery: Annotated[BatteryLimits, Meta(description="Charge of batteries.")] = BatteryLimits()
    open_files: Annotated[OpenFilesLimits, Meta(description="Open files of the system.")] = OpenFilesLimits()
    clock_for: Annotated[Duration, Meta(description="How long the clock may run unsynchronised before a warning.")] = (
        Duration(600))
    oom_for: Annotated[Duration, Meta(description="How long a kill for lack of memory stays a warning.")] = (
        Duration(3600))
    forecast: Annotated[Duration, Meta(description="How far ahead it is said when something will be full.")] = (
        Duration(14 * 86400))
    logs: Annotated[str, Meta(
        description="Folder of the system's logs, which say what was installed and who signed in; in a container, where"
                    " the host's is mounted.")] = "/var/log"
    growth: Annotated[Duration | None, Meta(
        description="How often the agent measures the folders of each mount, at the lowest priority, to say what grew"
                    " when one fills; null: never.", extra={"at_least": "30m", "at_most": "7d"})] = Duration(6 * 3600)
    ignore_mounts: Annotated[tuple[str, ...], Meta(
        description="Mounts that are neither shown nor judged; patterns.",
    )] = ("/snap/*", "/run/*", "/var/lib/docker/*", "/var/lib/containers/*", "/var/lib/kubelet/*", "/var/lib/snapd/*")
    ignore_interfaces: Annotated[tuple[str, ...], Meta(
        description="Network interfaces that are neither shown nor judged; patterns.",
    )] = ("lo", "veth*", "br-*", "cali*", "cni*", "flannel*", "docker*", "tunl*")

    def __post_init__(self) -> None:
        for pattern in self.mounts:
            try:
                self.space_of(pattern)
                self.inodes_of(pattern)
            except ValueError as mistake:
                raise ValueError(f"{mistake}, for the mounts `{pattern}`") from mistake

    def shows_mount(self, path: str) -> bool:
        """Whether a mount is shown and judged."""
        return not any(fnmatchcase(path, pattern) for pattern in self.ignore_mounts)

    def shows_interface(self, name: str) -> bool:
        """Whether a network interface is shown and judged."""
        return not any(fnmatchcase(name, pattern) for pattern in self.ignore_interfaces)

    def space_of(self, path: str) -> SpaceLimits:
        """The limits of a mount's space."""
        own = self._own(path)
        if own is None or (own.warning is None and own.critical is None):
            return self.space
        return msgspec.structs.replace(self.space, warning=_either(own.warning, self.space.warning),
                                       critical=_either(own.critical, self.space.critical))

    def inodes_of(self, path: str) -> InodeLimits:
        """The limits of a mount's inodes."""
        own = self._own(path)
        if own is None or (own.inodes_warning is None and own.inodes_critical is None):
            return self.inodes
        return msgspec.structs.replace(self.inodes, warning=_either(own.inodes_warning, self.inodes.warning),
                                       critical=_either(own.inodes_critical, self.inodes.critical))

    def _own(self, path: str) -> MountLimits | None:
        if path in self.mounts:
            return self.mounts[path]
        return next((own for pattern, own in self.mounts.items() if fnmatchcase(path, pattern)), None)


def _either(own: Percent | None, common: Percent | None) -> Percent | None:
    return common if own is None else own
