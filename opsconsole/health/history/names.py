"""What the names of series mean: `mount:/var.percent` is the used share of the mount /var, in per cent. Pure.

A name is `<kind>.<figure>` or `<kind>:<object>.<figure>`, see `health.judging.trail`; the values of checks are
`check:<name>.<value>`, numbers that were sent are `metric:<name>`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

LATENCIES = (".latency", ".first_byte", ".connect", ".tls", ".dns", ".query")

UNITS = {"percent": "percent", "bytes": "bytes", "seconds": "seconds", "per second": "per_second",
         "bytes per second": "bytes_per_second", "celsius": "celsius"}
"""What values are measured in, and how a metric's name ends then; others (number, bool) have no unit."""

_OBJECTS = {"mount": "mount", "net": "interface", "disk": "disk", "sensor": "sensor", "check": "check"}
"""What the part behind the colon is."""

_FIGURES = {
    "cpu.busy": ("cpu_busy", "percent", "Time in which the processors worked."),
    "cpu.user": ("cpu_user", "percent", "Time in programs."),
    "cpu.system": ("cpu_system", "percent", "Time in the kernel."),
    "cpu.iowait": ("cpu_iowait", "percent", "Time in which processors had nothing to do but wait for disks."),
    "cpu.steal": ("cpu_steal", "percent", "Time that the hypervisor gave to others."),
    "cpu.core": ("cpu_core_busy", "percent", "Time in which one processor worked."),
    "memory.used_percent": ("memory_used", "percent", "Memory that is not available."),
    "memory.used": ("memory_used", "bytes", "Memory that is not available."),
    "memory.available": ("memory_available", "bytes", "Memory that programs can still have without swapping."),
    "memory.cached": ("memory_cached", "bytes", "Memory that holds copies of files."),
    "swap.used_percent": ("swap_used", "percent", "Swap space in use."),
    "swap.used": ("swap_used", "bytes", "Swap space in use."),
    "swap.in_rate": ("swap_in", "bytes per second", "Memory that is read back from swap space."),
    "swap.out_rate": ("swap_out", "bytes per second", "Memory that is written to swap space."),
    "load.one": ("load_one", "", "Load average over 1 minute."),
    "load.five": ("load_five", "", "Load average over 5 minutes."),
    "load.fifteen": ("load_fifteen", "", "Load average over 15 minutes."),
    "pressure.cpu_some": ("pressure_cpu_some", "percent", "Time in which some tasks waited for a processor."),
    "pressure.memory_some": ("pressure_memory_some", "percent", "Time in which some tasks waited for memory."),
    "pressure.memory_full": ("pressure_memory_full", "percent", "Time in which all tasks waited for memory."),
    "pressure.io_some": ("pressure_io_some", "percent", "Time in which some tasks waited for disks."),
    "pressure.io_full": ("pressure_io_full", "percent", "Time in which all tasks waited for disks."),
    "mount.percent": ("mount_used", "percent", "Space in use, of what users can have."),
    "mount.used": ("mount_used", "bytes", "Space in use."),
    "mount.free": ("mount_free", "bytes", "Space that users can still write."),
    "mount.inodes_percent": ("mount_inodes_used", "percent", "Inodes in use."),
    "mount.inodes_used": ("mount_inodes_used", "", "Inodes in use."),
    "net.receive_rate": ("net_receive", "bytes per second", "Data received by an interface."),
    "net.send_rate": ("net_send", "bytes per second", "Data sent by an interface."),
    "net.error_rate": ("net_errors", "per second", "Damaged packets of an interface."),
    "net.drop_rate": ("net_drops", "per second", "Packets that an interface dropped."),
    "disk.busy": ("disk_busy", "percent", "Time in which a disk worked."),
    "disk.read_rate": ("disk_read", "bytes per second", "Data read from a disk."),
    "disk.write_rate": ("disk_write", "bytes per second", "Data written to a disk."),
    "disk.reads": ("disk_reads", "per second", "Read operations of a disk."),
    "disk.writes": ("disk_writes", "per second", "Write operations of a disk."),
    "sensor.value": ("sensor_value", "", "A sensor: degrees Celsius, revolutions per minute, per cent of a battery."),
    "files.open": ("files_open", "", "Open files of all processes."),
    "files.percent": ("files_open", "percent", "Open files, of as many as the kernel allows."),
    "oom.kills": ("oom_kills", "", "Processes killed for lack of memory since the start of the host."),
    "units.failed": ("units_failed", "", "Units of systemd that failed."),
    "updates.security": ("updates_security", "", "Security updates that are not installed."),
    "processes.zombies": ("processes_zombies", "", "Processes that ended and were not collected."),
    "processes.count": ("processes", "", "Processes."),
}
"""Kind and figure to the name of its metric, its unit, and what it is."""

_CHECK_SECONDS = ("latency", "first_byte", "connect", "tls", "dns", "query", "took", "age")


class Meaning(NamedTuple):
    """What a series is."""

    metric: str
    """Its name for Prometheus without prefix and unit: `mount_used`."""
    unit: str
    """A key of UNITS, or empty."""
    labels: tuple[tuple[str, str], ...]
    """`mount` and `/var`; foreign text."""
    help: str

    @property
    def family(self) -> str:
        """The full name for Prometheus: `opsconsole_mount_used_percent`."""
        ending = UNITS.get(self.unit, "")
        return f"opsconsole_{self.metric}_{ending}" if ending else f"opsconsole_{self.metric}"


def is_latency(series: str) -> bool:
    """Whether the figure is how long something took, so that its percentiles are asked for."""
    return series.endswith(LATENCIES)


def meaning(series: str, checks: Mapping[str, Mapping[str, str]] | None = None) -> Meaning:
    """What a series is; one that nobody knows keeps its name as a label.

    Args:
        series: its name.
        checks: the units of the values of each check, by its name.
    """
    kind, found, rest = series.partition(":")
    labels: tuple[tuple[str, str], ...] = ()
    if kind == "metric" and rest:
        return Meaning("metric", "", (("metric", rest),), "The newest number that was sent.")
    if found:
        name, figure = _parts(kind, rest, checks or {})
        if kind == "check" and name and figure:
            return _of_check(name, figure, (checks or {}).get(name, {}))
        key, labels = f"{kind}.{figure}", ((_OBJECTS.get(kind, "name"), name),)
    elif series.startswith("cpu.core."):
        key, labels = "cpu.core", (("core", series.removeprefix("cpu.core.")),)
    else:
        key = series
    if key not in _FIGURES:
        return Meaning("value", "", (("series", series),), "Values of other series.")
    metric, unit, said = _FIGURES[key]
    return Meaning(metric, unit, labels, said)


def _parts(kind: str, rest: str, checks: Mapping[str, Mapping[str, str]]) -> tuple[str, str]:
    """Object and figure. Names of both may have dots; of a check that is known, the name is known."""
    if kind == "check":
        known = max((name for name in checks if rest.startswith(f"{name}.")), key=len, default="")
        if known:
            return known, rest[len(known) + 1:]
    name, _, figure = rest.rpartition(".")
    return name, figure


def _of_check(name: str, figure: str, units: Mapping[str, str]) -> Meaning:
    """`check_status` is the state of a check itself, so the status that a server answered is a value like any other."""
    unit = units.get(figure, "seconds" if figure in _CHECK_SECONDS else "")
    if re.fullmatch("[a-z][a-z0-9_]*", figure) and figure not in {"value", "status"}:
        return Meaning(f"check_{figure}", unit, (("check", name),), f"The value {figure} of a check.")
    if figure == "value":
        return Meaning("check_value", "", (("check", name),), "A value of a check.")
    return Meaning("check_value", "", (("check", name), ("value", figure)), "A value of a check.")
