"""What of a snapshot is judged, against which limits; and the names by which its parts are known.

Targets: `cpu`, `iowait:cpu`, `steal:cpu`, `memory`, `swap`, `load`, `cpu:pressure`, `memory:pressure`,
`io:pressure`, `mount:/var`, `inodes:/var`, `answer:/var`, `readonly:/var`, `net:eth0`, `disk:vda`,
`sensor:coretemp`, `files`, `clock`, `units`, `oom`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.health.judging.rules import YES_OR_NO, Bounds, Reading, Unit
from opsconsole.health.model import Disk, Facts, Interface, Mount, Sensor, SensorKind, Snapshot

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from opsconsole.health.settings import HealthSettings

_LINES = {"inodes": "mount", "answer": "mount", "readonly": "mount"}
FIRST_SAMPLE = "measured with the next sample"
NO_ANSWER = "no answer"


def line_of(target: str) -> str:
    """The line of the panel on which a target is shown: `inodes:/var` stands on `mount:/var`."""
    kind, _, rest = target.partition(":")
    if kind in _LINES:
        return f"{_LINES[kind]}:{rest}"
    return rest if rest in {"cpu", "pressure"} else target


def sensor_names(sensors: Sequence[Sensor]) -> list[str]:
    """A name for each sensor that no other one has, in their order."""
    seen: dict[str, int] = {}
    names = []
    for sensor in sensors:
        seen[sensor.name] = seen.get(sensor.name, 0) + 1
        names.append(sensor.name if seen[sensor.name] == 1 else f"{sensor.name} {seen[sensor.name]}")
    return names


def readings(snapshot: Snapshot, settings: HealthSettings, *, known: Collection[str] = (),
             remounted: Collection[str] = (), oom_kills: int = 0) -> list[Reading]:
    """All figures of a snapshot that can be judged.

    What was never known here (no PSI, no systemd) is left out; what was known and is not any more is unknown.

    Args:
        snapshot: what was measured.
        settings: the limits.
        known: the targets that have been judged before.
        remounted: mounts that were writable before and are read-only now.
        oom_kills: how many processes were killed for lack of memory lately.
    """
    found = [*_of_host(snapshot, settings), *_of_pressure(snapshot, settings)]
    for mount in snapshot.mounts:
        found += _of_mount(mount, settings, snapshot.at, remounted=mount.path in remounted)
    found += [_of_interface(one, settings) for one in snapshot.interfaces]
    found += [Reading(f"disk:{disk.name}", disk.busy, Bounds.of(settings.disk)) for disk in snapshot.disks]
    found += _of_sensors(snapshot, settings)
    found += _of_facts(snapshot.facts, settings, oom_kills)
    kept = [one for one in found if one.value is not None or one.target in known or _awaited(one)]
    targets = {one.target for one in kept}
    if not snapshot.mounts:
        kept += [Reading(target, None, Bounds.of(settings.space_of(target.partition(":")[2])),
                         why_unknown="the mounts could not be read")
                 for target in known if target.startswith("mount:") and target not in targets]
    return kept


def _awaited(reading: Reading) -> bool:
    return reading.why_unknown != "no reading"


def _of_host(snapshot: Snapshot, settings: HealthSettings) -> Iterator[Reading]:
    cpu, swap, load = snapshot.cpu, snapshot.swap, snapshot.load
    yield Reading("cpu", cpu.busy, Bounds.of(settings.cpu), why_unknown=FIRST_SAMPLE)
    yield Reading("iowait:cpu", cpu.iowait, Bounds.of(settings.iowait))
    yield Reading("steal:cpu", cpu.steal, Bounds.of(settings.steal))
    yield Reading("memory", snapshot.memory.percent if snapshot.memory.total else None, Bounds.of(settings.memory))
    if swap.total:
        traffic = None if swap.in_rate is None or swap.out_rate is None else swap.in_rate + swap.out_rate
        limits = settings.swap
        yield Reading("swap", traffic, Bounds(limits.warning, limits.critical, limits.warning_for,
                                              limits.critical_for, limits.margin), Unit.BYTE_RATE)
    cores = max(1, snapshot.host.cores)
    limit = settings.load
    yield Reading("load", load.five, Bounds(
        None if limit.warning is None else limit.warning * cores,
        None if limit.critical is None else limit.critical * cores,
        limit.warning_for, limit.critical_for, limit.margin * cores), Unit.NUMBER)


def _of_pressure(snapshot: Snapshot, settings: HealthSettings) -> Iterator[Reading]:
    pressure = snapshot.pressure
    yield Reading("cpu:pressure", pressure.cpu_some, Bounds.of(settings.cpu_pressure))
    yield Reading("memory:pressure", pressure.memory_some, Bounds.of(settings.memory_pressure))
    yield Reading("io:pressure", pressure.io_some, Bounds.of(settings.io_pressure))


def _of_mount(mount: Mount, settings: HealthSettings, now: int, *, remounted: bool) -> Iterator[Reading]:
    why = "no reading"
    if mount.silent_since is not None:
        why = NO_ANSWER
        silence = settings.silence
        yield Reading(f"answer:{mount.path}", max(0.0, (now - mount.silent_since) / 1000),
                      Bounds(silence.warning, silence.critical), Unit.SECONDS, said=NO_ANSWER,
                      since=mount.silent_since)
    elif mount.problem and "ermission" not in mount.problem:
        # A file system that only its owner may look at is not ill; any other refusal is worth knowing.
        why = mount.problem
    if mount.silent_since is None and _grows(mount):
        yield Reading(f"mount:{mount.path}", mount.percent, Bounds.of(settings.space_of(mount.path)), why_unknown=why)
        yield Reading(f"inodes:{mount.path}", mount.inodes_percent, Bounds.of(settings.inodes_of(mount.path)))
    elif mount.silent_since is not None:
        yield Reading(f"mount:{mount.path}", None, Bounds.of(settings.space_of(mount.path)), why_unknown=why)
        yield Reading(f"inodes:{mount.path}", None, Bounds.of(settings.inodes_of(mount.path)))
    yield Reading(f"readonly:{mount.path}", 1.0 if remounted else 0.0,
                  YES_OR_NO._replace(critical=1.0), said="became read-only")


def _grows(mount: Mount) -> bool:
    """An image that is mounted read-only (squashfs, iso9660) is always full and never ill."""
    return mount.kind not in {"squashfs", "iso9660", "erofs", "cramfs", "udf"}


def _of_interface(interface: Interface, settings: HealthSettings) -> Reading:
    return Reading(f"net:{interface.name}", interface.error_rate, Bounds.of(settings.errors), Unit.RATE)


def _of_disk(disk: Disk, settings: HealthSettings) -> Reading:
    return Reading(f"disk:{disk.name}", disk.busy, Bounds.of(settings.disk))


def _of_sensors(snapshot: Snapshot, settings: HealthSettings) -> Iterator[Reading]:
    for name, sensor in zip(sensor_names(snapshot.sensors), snapshot.sensors, strict=True):
        target = f"sensor:{name}"
        if sensor.kind is SensorKind.TEMPERATURE:
            limits = settings.temperature
            warning, critical = hardware_limits(sensor)
            if warning is not None or critical is not None:
                yield Reading(target, sensor.value, Bounds(warning, critical, limits.warning_for, limits.critical_for,
                                                           limits.margin), Unit.CELSIUS)
        elif sensor.kind is SensorKind.BATTERY:
            charge = 100.0 if sensor.charging is not False else sensor.value
            yield Reading(target, charge, Bounds.of(settings.battery, falling=True))


def hardware_limits(sensor: Sensor) -> tuple[float | None, float | None]:
    """The limits that a temperature sensor states itself, without the nonsense that some chips report (°C)."""
    high = sensor.high if sensor.high is not None and 20 < sensor.high < 150 else None
    critical = sensor.critical if sensor.critical is not None and 20 < sensor.critical < 150 else None
    if high is not None and critical is not None and high >= critical:
        high = None
    return high, critical


def _of_facts(facts: Facts, settings: HealthSettings, oom_kills: int) -> Iterator[Reading]:
    share = None
    if facts.open_files is not None and facts.open_files_limit:
        share = 100 * facts.open_files / facts.open_files_limit
    yield Reading("files", share, Bounds.of(settings.open_files))
    synchronised = facts.clock_synchronised
    yield Reading("clock", None if synchronised is None else float(not synchronised),
                  YES_OR_NO._replace(warning_for=settings.clock_for), said="the clock is not synchronised")
    units = facts.failed_units
    yield Reading("units", None if units is None else float(len(units)), YES_OR_NO, Unit.NUMBER,
                  said=_failed(units or ()))
    yield Reading("oom", None if facts.oom_kills is None else float(oom_kills), YES_OR_NO, Unit.NUMBER,
                  said=f"{oom_kills} {'process' if oom_kills == 1 else 'processes'} killed by the kernel")


def _failed(units: Sequence[str]) -> str:
    if len(units) == 1:
        return f"{units[0]} failed"
    return f"{len(units)} units failed: {', '.join(units)}"
