"""What is known of one line of the panel besides its course."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core import format as fmt
from opsconsole.core.levels import Level
from opsconsole.core.lines import Line, Span, Style
from opsconsole.health.judging.readings import sensor_names
from opsconsole.health.model import SensorKind
from opsconsole.health.present.parts import View, bar, content, heading, left, percent, rate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opsconsole.health.model import Health

Pair = tuple[str, str | None]


def details(health: Health, target: str, view: View) -> list[Line]:
    """The details of a target, as a section; nothing where there is nothing to add."""
    kind, _, name = target.partition(":")
    given = _GIVEN.get(kind)
    if given is None:
        return []
    lines = [content(view, [Span(left(word, 14, view), Style.MUTED), Span(view.clean(text))])
             for word, text in given(health, name, view) if text]
    if kind == "cpu":
        lines += _cores(health.snapshot.cpu.cores, view)
    return [heading(view, "DETAILS"), *lines] if lines else []


def _cpu(health: Health, name: str, view: View) -> Iterable[Pair]:  # noqa: ARG001 - all have one shape
    cpu = health.snapshot.cpu
    yield "user", percent(cpu.user, view)
    yield "system", percent(cpu.system, view)
    yield "I/O wait", percent(cpu.iowait, view)
    yield "steal", percent(cpu.steal, view)


def _cores(busy: Iterable[float], view: View) -> list[Line]:
    """A bar for each core, as many beside each other as fit."""
    shares = tuple(busy)
    each = 24
    across = max(1, (view.cells - 2) // each)
    lines = []
    for start in range(0, len(shares), across):
        spans: list[Span | str] = []
        for number, share in enumerate(shares[start:start + across], start):
            spans += [Span(f"{number:>3} ", Style.FAINT), *bar(view, share, 10, Level.OK),
                      Span(fmt.right(fmt.percent(share), 6)), Span("   ")]
        lines.append(content(view, spans))
    return lines


def _memory(health: Health, name: str, view: View) -> Iterable[Pair]:  # noqa: ARG001
    memory = health.snapshot.memory
    yield "total", fmt.size(memory.total)
    yield "used", fmt.size(memory.used)
    yield "available", fmt.size(memory.available)
    yield "cached", fmt.size(memory.cached)
    yield "buffers", fmt.size(memory.buffers)
    largest = sorted(health.snapshot.processes, key=lambda one: -one.memory)[:3]
    dot = f" {view.glyphs.dot} "
    yield "largest", dot.join(f"{one.name} ({one.pid}) {fmt.size(one.memory)}" for one in largest)


def _swap(health: Health, name: str, view: View) -> Iterable[Pair]:  # noqa: ARG001
    swap = health.snapshot.swap
    yield "total", fmt.size(swap.total) if swap.total else "none"
    if swap.total:
        yield "used", fmt.size(swap.used)
        yield "in", rate(swap.in_rate, view)
        yield "out", rate(swap.out_rate, view)


def _load(health: Health, name: str, view: View) -> Iterable[Pair]:  # noqa: ARG001
    load = health.snapshot.load
    yield "1 minute", fmt.number(load.one)
    yield "5 minutes", fmt.number(load.five)
    yield "15 minutes", fmt.number(load.fifteen)
    yield "cores", str(health.snapshot.host.cores)
    blocked = [one for one in health.snapshot.processes if one.state == "D"]
    yield "blocked", ", ".join(f"{one.name} ({one.pid})" for one in blocked[:4])


def _pressure(health: Health, name: str, view: View) -> Iterable[Pair]:  # noqa: ARG001
    shares = health.snapshot.pressure
    yield "processor", percent(shares.cpu_some, view)
    yield "memory", f"{percent(shares.memory_some, view)} some, {percent(shares.memory_full, view)} all tasks"
    yield "I/O", f"{percent(shares.io_some, view)} some, {percent(shares.io_full, view)} all tasks"


def _mount(health: Health, name: str, view: View) -> Iterable[Pair]:
    mount = next((one for one in health.snapshot.mounts if one.path == name), None)
    if mount is None:
        yield "state", "not mounted any more"
        return
    yield "device", mount.device
    yield "kind", f"{mount.kind}, read-only" if mount.read_only else mount.kind
    if mount.silent_since is not None:
        yield "no answer", f"since {view.time(mount.silent_since)}"
    yield "problem", mount.problem
    if mount.total is not None and mount.used is not None:
        yield "size", f"{fmt.size(mount.total)}, {fmt.size(mount.used)} used"
    if mount.free is not None:
        yield "free", fmt.size(mount.free)
    if mount.inodes_total and mount.inodes_used is not None:
        yield "inodes", (f"{percent(mount.inodes_percent, view)}, {fmt.count(mount.inodes_used)} of "
                         f"{fmt.count(mount.inodes_total)}")
    for forecast in health.forecasts:
        if forecast.target == f"mount:{name}":
            yield "full", (f"{view.time(forecast.full_at)}, in {view.until(forecast.full_at)}, at "
                           f"{fmt.rate(forecast.growth)}, seen for {fmt.duration(forecast.observed)}")
        elif forecast.target == f"inodes:{name}":
            yield "inodes gone", f"{view.time(forecast.full_at)}, in {view.until(forecast.full_at)}"


def _interface(health: Health, name: str, view: View) -> Iterable[Pair]:
    one = next((one for one in health.snapshot.interfaces if one.name == name), None)
    if one is None:
        yield "state", "not there any more"
        return
    yield "state", ("up" if one.up else "down") + (f", {one.speed} Mbit/s" if one.speed > 0 else "")
    yield "receives", f"{rate(one.receive_rate, view)}, {fmt.size(one.received)} since boot"
    yield "sends", f"{rate(one.send_rate, view)}, {fmt.size(one.sent)} since boot"
    yield "errors", _counted(one.errors, one.error_rate)
    yield "drops", _counted(one.drops, one.drop_rate)


def _counted(total: int, per_second: float | None) -> str:
    now = f", {per_second:.3g} per second" if per_second else ""
    return f"{fmt.count(total)} since boot{now}"


def _disk(health: Health, name: str, view: View) -> Iterable[Pair]:
    disk = next((one for one in health.snapshot.disks if one.name == name), None)
    if disk is None:
        yield "state", "not there any more"
        return
    yield "busy", percent(disk.busy, view)
    yield "reads", f"{rate(disk.read_rate, view)}, {fmt.or_dash(disk.reads, fmt.count, view.glyphs)} per second"
    yield "writes", f"{rate(disk.write_rate, view)}, {fmt.or_dash(disk.writes, fmt.count, view.glyphs)} per second"


def _sensor(health: Health, name: str, view: View) -> Iterable[Pair]:  # noqa: ARG001
    sensors = health.snapshot.sensors
    sensor = dict(zip(sensor_names(sensors), sensors, strict=True)).get(name)
    if sensor is None:
        yield "state", "not there any more"
        return
    unit = {SensorKind.TEMPERATURE: "°C", SensorKind.FAN: "rpm", SensorKind.BATTERY: "%"}[sensor.kind]
    yield "kind", str(sensor.kind)
    yield "now", f"{sensor.value:.0f} {unit}"
    yield "high", None if sensor.high is None else f"{sensor.high:.0f} {unit}"
    yield "critical", None if sensor.critical is None else f"{sensor.critical:.0f} {unit}"


def _files(health: Health, name: str, view: View) -> Iterable[Pair]:  # noqa: ARG001
    facts = health.snapshot.facts
    yield "open", None if facts.open_files is None else fmt.count(facts.open_files)
    yield "limit", None if facts.open_files_limit is None else fmt.count(facts.open_files_limit)


def _units(health: Health, name: str, view: View) -> Iterable[Pair]:  # noqa: ARG001
    for unit in (health.snapshot.facts.failed_units or ())[:20]:
        yield "failed", unit


_GIVEN: dict[str, Callable[[Health, str, View], Iterable[Pair]]] = {
    "cpu": _cpu, "memory": _memory, "swap": _swap, "load": _load, "pressure": _pressure, "mount": _mount,
    "net": _interface, "disk": _disk, "sensor": _sensor, "files": _files, "units": _units}
