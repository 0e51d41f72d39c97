"""The machine's own lines: processor, memory, load, mounts, interfaces, disks, sensors."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.levels import Level, worst
from opsconsole.core.lines import LEVEL_STYLES, Span, Style
from opsconsole.core.text import clip, width
from opsconsole.health.judging.readings import hardware_limits, line_of, sensor_names
from opsconsole.health.model import Disk, Forecast, Health, Interface, Mount, Sensor, SensorKind, State
from opsconsole.health.present.parts import (
    GUTTER,
    KEEP,
    Block,
    Row,
    View,
    bar,
    content,
    cores,
    figure,
    heading,
    left,
    percent,
    rate,
    short_system,
    sign_of,
    tail,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NUMBER = 6
"""Cells of a number with its unit: ` 100 %`."""
DETAIL = 25
"""Cells that the text right of a number needs at least."""
NOTABLE_PRESSURE = 10.0
LITTLE = 125_000.0
"""Bytes per second that the sparkline of an interface shows as full height at least."""
ROOMY = 90
"""Cells of a column from which there is room for one bar per core."""

# What goes first when there is no room.
CORES, SENSORS, QUIET_DISK, QUIET_INTERFACE, QUIET_MOUNT, EMPTY_SWAP = 700, 650, 550, 450, 400, 350
FIRST_MOUNTS, FIRST_INTERFACE = 220, 320
FEW = 2
"""Mounts that are shown as long as possible."""


class Grid(NamedTuple):
    """The cells of a line's parts, the same for all lines, so that their numbers stand below each other."""

    label: int
    bar: int
    detail: int

    @property
    def middle(self) -> int:
        """Cells of bar and number together."""
        return self.bar + NUMBER


class Judged(NamedTuple):
    """What is thought of each line: its worst level, and the limit beside its figure."""

    levels: dict[str, Level]
    """By line: the worst of all targets on it."""
    own: dict[str, Level]
    """By target."""
    pending: dict[str, Level]
    limits: dict[str, str]
    forecasts: dict[str, Forecast]

    @classmethod
    def of(cls, health: Health) -> Judged:
        """By line of the panel."""
        levels: dict[str, Level] = {}
        for finding in health.findings:
            line = line_of(finding.target)
            levels[line] = worst((levels.get(line, Level.OK), finding.level))
        own = {finding.target: finding.level for finding in health.findings}
        pending = {finding.target: finding.pending for finding in health.findings if finding.pending is not None}
        limits = {finding.target: finding.limit for finding in health.findings}
        return cls(levels, own, pending, limits, {forecast.target: forecast for forecast in health.forecasts})

    def level(self, line: str) -> Level:
        """The worst of a line; OK when it is not judged."""
        return self.levels.get(line, Level.OK)


def grid(labels: Sequence[str], view: View) -> Grid:
    """The parts of a column of `view.cells` for these labels."""
    room = view.cells - GUTTER
    label = min(max((width(one) for one in labels), default=4), max(6, room // 6))
    wide = max(6, min(30, room * 28 // 100))
    detail = room - label - 2 - wide - NUMBER - 2
    if detail < DETAIL:
        wide = max(6, wide - (DETAIL - detail))
    return Grid(label, wide, max(0, room - label - 2 - wide - NUMBER - 2))


def host_blocks(health: Health, view: View) -> list[Block]:
    """HOST with processor, memory and load, then mounts, interfaces and disks, sensors."""
    snapshot = health.snapshot
    judged = Judged.of(health)
    names = [*("CPU", "Mem", "Swap", "Load"), *(view.clean(mount.path) for mount in snapshot.mounts),
             *(view.clean(one.name) for one in snapshot.interfaces), *(view.clean(one.name) for one in snapshot.disks)]
    cells = grid(names, view)
    dot = f" {view.glyphs.dot} "
    host = snapshot.host
    # The banner of a host that is well already says system and up time.
    calm = health.state is State.NORMAL
    parts = (f"Linux {view.clean(host.kernel)}" if calm else f"up {view.since(host.booted_at)}",
             fmt.size(snapshot.memory.total) if calm else view.clean(short_system(host)), cores(host.cores))
    about = dot.join(part for part in parts if part)
    blocks = [Block(heading(view, "HOST", [about]), tuple(_core_rows(health, judged, cells, view)), always=True)]
    mounts = [_mount(mount, judged, cells, view) for mount in snapshot.mounts]
    blocks.append(Block(None, tuple(_ranked(mounts, [f"mount:{one.path}" for one in snapshot.mounts], judged,
                                            QUIET_MOUNT, FIRST_MOUNTS, FEW)), "mounts"))
    interfaces = [_interface(one, health, judged, cells, view) for one in snapshot.interfaces]
    disks = [_disk(one, judged, cells, view) for one in snapshot.disks]
    blocks.append(Block(None, tuple(_ranked(interfaces, [f"net:{one.name}" for one in snapshot.interfaces], judged,
                                            QUIET_INTERFACE, FIRST_INTERFACE, 1)), "interfaces"))
    blocks.append(Block(None, tuple(_ranked(disks, [f"disk:{one.name}" for one in snapshot.disks], judged,
                                            QUIET_DISK)), "disks", apart=not interfaces))
    blocks.append(_sensors(health, judged, cells, view))
    return blocks


def _ranked(rows: Sequence[Row], lines: Sequence[str], judged: Judged, rank: int, first: int = KEEP,
            few: int = 0) -> Iterator[Row]:
    """Rows that are not well stay; of the others the later ones go first, the first `few` by a rank of their own."""
    for place, (row, line) in enumerate(zip(rows, lines, strict=True)):
        quiet = first + place if place < few else rank + min(place, 49)
        yield row._replace(rank=KEEP if judged.level(line) > Level.OK else quiet)


def _limit(line: str, judged: Judged, cells: int, view: View) -> Span:
    """The limit beside its figure; in colour while it is passed but has not held long enough to be said."""
    pending = judged.pending.get(line)
    text = judged.limits.get(line, "").removesuffix(" %")
    return Span(fmt.right(view.clean(text), cells), LEVEL_STYLES[pending] if pending is not None else Style.FAINT)


def _core_rows(health: Health, judged: Judged, cells: Grid, view: View) -> Iterator[Row]:
    snapshot = health.snapshot
    yield _share("CPU", "cpu", snapshot.cpu.busy, "cpu.busy", health, judged, cells, view)
    if len(snapshot.cpu.cores) > 1 and view.cells >= ROOMY:
        yield from _per_core(snapshot.cpu.cores, cells, view)
    memory = snapshot.memory.percent if snapshot.memory.total else None
    yield _share("Mem", "memory", memory, "memory.used_percent", health, judged, cells, view)
    yield _swap(health, judged, cells, view)
    yield _load(health, judged, cells, view)
    pressure = _pressure(health, judged, cells, view)
    if pressure is not None:
        yield pressure


def _share(label: str, line: str, value: float | None, series: str, health: Health, judged: Judged, cells: Grid,
           view: View) -> Row:
    level = judged.level(line)
    own = judged.own.get(line, Level.OK)
    spark = max(0, min(48, cells.detail - 9))
    drawn = fmt.sparkline(health.trails.get(series, ()), spark, view.glyphs)
    spans = [Span(left(label, cells.label + 2, view)), *bar(view, value, cells.bar, own),
             figure(percent(value, view), own, NUMBER), Span("  "), Span(drawn, Style.FAINT),
             _limit(line, judged, cells.detail - spark, view)]
    return Row((content(view, spans, sign=sign_of(view, level), target=line),))


def _per_core(busy: Sequence[float], cells: Grid, view: View) -> Iterator[Row]:
    """A bar for each core, in as many columns as fit; with very many cores one sign for each."""
    room = view.cells - GUTTER - cells.label - 2
    if len(busy) > 32:
        for start in range(0, len(busy), room):
            drawn = fmt.sparkline(busy[start:start + room], min(room, len(busy) - start), view.glyphs)
            yield Row((content(view, [Span(" " * (cells.label + 2)), Span(drawn, Style.FAINT)], target="cpu"),), CORES)
        return
    most = max(1, min(4, room // 18))
    # Full rows look calmer than a last one with a single core.
    across = next((number for number in range(most, 1, -1) if len(busy) % number == 0), most)
    each = room // across
    for start in range(0, len(busy), across):
        spans = [Span(" " * (cells.label + 2))]
        for number, share in enumerate(busy[start:start + across], start):
            spans += [Span(f"{number:>2} ", Style.FAINT), *bar(view, share, each - 12, Level.OK),
                      Span(fmt.right(fmt.percent(share), NUMBER), Style.MUTED), Span("   ")]
        yield Row((content(view, spans, target="cpu"),), CORES + start // across)


def _swap(health: Health, judged: Judged, cells: Grid, view: View) -> Row:
    swap = health.snapshot.swap
    level = judged.level("swap")
    if not swap.total:
        spans = [Span(left("Swap", cells.label + 2, view)), Span(fmt.right("none", cells.middle), Style.MUTED)]
        return Row((content(view, spans, target="swap"),), EMPTY_SWAP)
    traffic = ""
    if swap.in_rate or swap.out_rate:
        traffic = f"in {rate(swap.in_rate, view)} out {rate(swap.out_rate, view)}"
    spans = [Span(left("Swap", cells.label + 2, view)), *bar(view, swap.percent, cells.bar, level),
             figure(percent(swap.percent, view), level, NUMBER), Span("  "),
             Span(traffic, LEVEL_STYLES[level] if level > Level.OK else Style.MUTED)]
    return Row((content(view, spans, sign=sign_of(view, level), target="swap"),),
               KEEP if level > Level.OK else EMPTY_SWAP)


def _load(health: Health, judged: Judged, cells: Grid, view: View) -> Row:
    load, cpu = health.snapshot.load, health.snapshot.cpu
    level = judged.level("load")
    style = LEVEL_STYLES[level] if level > Level.OK else Style.TEXT
    # The five-minute average is the one that is judged.
    figures = [Span(f"{fmt.number(load.one)} "), Span(f" {fmt.number(load.five)} ", style, strong=True),
               Span(f" {fmt.number(load.fifteen)}", Style.MUTED)]
    taken = sum(width(span.text) for span in figures)
    waits = []
    for target, word, share in (("iowait:cpu", "I/O wait", cpu.iowait), ("steal:cpu", "steal", cpu.steal)):
        bad = judged.own.get(target, Level.OK)
        if share is not None and (share >= 1 or bad > Level.OK or word == "I/O wait"):
            waits.append(Span(f"{word} {fmt.percent(share)}  ", LEVEL_STYLES[bad] if bad > Level.OK else Style.MUTED))
    rest = cells.middle + 2 + cells.detail - max(taken + 1, cells.middle + 2)
    limit = min(9, rest)
    while waits and sum(width(span.text) for span in waits) + limit > rest:
        waits.pop()
    room = max(0, rest - sum(width(span.text) for span in waits) - limit)
    spans = [Span(left("Load", cells.label + 2, view)), *figures, Span(" " * max(1, cells.middle + 2 - taken)), *waits,
             Span(" " * room), _limit("load", judged, limit, view)]
    return Row((content(view, spans, sign=sign_of(view, level), target="load"),))


def _pressure(health: Health, judged: Judged, cells: Grid, view: View) -> Row | None:
    """Shown where tasks wait noticeably; else it is only noise."""
    pressure = health.snapshot.pressure
    level = judged.level("pressure")
    shares = (("cpu", "CPU", pressure.cpu_some), ("memory", "memory", pressure.memory_some),
              ("io", "I/O", pressure.io_some))
    if level is Level.OK and not any((share or 0) >= NOTABLE_PRESSURE for _, _, share in shares):
        return None
    spans = [Span(left("Wait", cells.label + 2, view))]
    for kind, word, share in shares:
        bad = judged.own.get(f"{kind}:pressure", Level.OK)
        style = LEVEL_STYLES[bad] if bad > Level.OK else Style.TEXT
        spans += [Span(f"{word} ", Style.MUTED), Span(percent(share, view), style, strong=bad > Level.OK), Span("  ")]
    spans.append(Span("pressure", Style.FAINT))
    return Row((content(view, spans, sign=sign_of(view, level), target="pressure"),),
               KEEP if level > Level.OK else EMPTY_SWAP)


def _mount(mount: Mount, judged: Judged, cells: Grid, view: View) -> Row:
    line = f"mount:{mount.path}"
    level = judged.level(line)
    label = left(tail(view.clean(mount.path), cells.label, view), cells.label + 2, view)
    if mount.silent_since is not None or mount.percent is None:
        return Row((content(view, [Span(label), *_unread(mount, level, cells, view)], sign=sign_of(view, level),
                            target=line),))
    own = judged.own.get(f"mount:{mount.path}", Level.OK)
    notes = _mount_notes(mount, judged, view)
    free = fmt.right(fmt.or_dash(mount.free, fmt.size, view.glyphs), 7)
    spans = [Span(label), *bar(view, mount.percent, cells.bar, own), figure(percent(mount.percent, view), own, NUMBER),
             Span("  "), Span(f"{free} free", Style.TEXT if own is Level.OK else LEVEL_STYLES[own])]
    taken = GUTTER + sum(width(span.text) for span in spans)
    for note in notes:
        if taken + 1 + width(note.text) <= view.cells:
            spans += [Span(" "), note]
            taken += 1 + width(note.text)
    return Row((content(view, spans, sign=sign_of(view, level), target=line),))


def _mount_notes(mount: Mount, judged: Judged, view: View) -> list[Span]:
    """What else is to be said of a mount, the most urgent first."""
    notes: list[tuple[Level, Span]] = []
    line = f"mount:{mount.path}"
    inodes = judged.own.get(f"inodes:{mount.path}", Level.OK)
    if inodes > Level.OK and mount.inodes_percent is not None:
        notes.append((inodes, Span(f"inodes {fmt.percent(mount.inodes_percent)}", LEVEL_STYLES[inodes])))
    read_only = judged.own.get(f"readonly:{mount.path}", Level.OK)
    if read_only > Level.OK:
        notes.append((read_only, Span("read-only", LEVEL_STYLES[read_only])))
    elif mount.read_only:
        notes.append((Level.OK, Span("read-only", Style.FAINT)))
    forecast = judged.forecasts.get(line) or judged.forecasts.get(f"inodes:{mount.path}")
    if forecast is not None:
        level = max(judged.level(line), Level.OK)
        style = LEVEL_STYLES[level] if level > Level.UNKNOWN else Style.TEXT
        notes.append((Level.WARNING, Span(f"full in {view.until(forecast.full_at)}", style)))
    return [note for _, note in sorted(notes, key=lambda one: -one[0])]


def _unread(mount: Mount, level: Level, cells: Grid, view: View) -> list[Span]:
    """A mount without figures: it is silent, it refuses, or it counts nothing."""
    style = LEVEL_STYLES[level] if level > Level.OK else Style.MUTED
    said = ""
    if mount.silent_since is not None:
        said = f"no answer since {view.time(mount.silent_since)}"
    elif mount.problem:
        said = view.clean(mount.problem)
    return [*bar(view, None, cells.bar, Level.OK), Span(fmt.right(view.glyphs.dash, NUMBER), Style.MUTED), Span("  "),
            Span(said, style, strong=level > Level.OK)]


def _interface(interface: Interface, health: Health, judged: Judged, cells: Grid, view: View) -> Row:
    line = f"net:{interface.name}"
    level = judged.level(line)
    label = Span(left(view.clean(interface.name), cells.label + 2, view))
    if not interface.up:
        return Row((content(view, [label, Span("down", Style.MUTED)], sign=sign_of(view, level), target=line),))
    half = 8
    moved = [Span(f"{view.glyphs.down} ", Style.MUTED), Span(fmt.right(rate(interface.receive_rate, view), half)),
             Span(f" {view.glyphs.up} ", Style.MUTED), Span(fmt.right(rate(interface.send_rate, view), half))]
    rest = cells.middle + 2 + cells.detail - sum(width(span.text) for span in moved)
    said = f"{fmt.count(interface.errors)} error{'' if interface.errors == 1 else 's'}"
    if interface.error_rate:
        said = f"{interface.error_rate:.3g} errors/s"
    spark = max(0, min(cells.detail - 9, rest - 11, 48))
    trail = health.trails.get(f"{line}.receive_rate", ())
    # A trickle stays at the bottom, and a steady stream below the top.
    top = max([LITTLE, *(1.25 * value for value in trail[-spark:] if isfinite(value))])
    drawn = fmt.sparkline(trail, spark, view.glyphs, high=top)
    style = LEVEL_STYLES[level] if level > Level.OK else Style.FAINT
    errors = max(9, width(said))
    spans = [label, *moved, Span(" " * max(0, rest - spark - errors)), Span(drawn, Style.FAINT),
             Span(fmt.right(said, errors), style)]
    return Row((content(view, spans, sign=sign_of(view, level), target=line),))


def _disk(disk: Disk, judged: Judged, cells: Grid, view: View) -> Row:
    line = f"disk:{disk.name}"
    level = judged.level(line)
    words = ("read", "write") if cells.detail >= 32 else ("r", "w")
    spans = [Span(left(view.clean(disk.name), cells.label + 2, view)), *bar(view, disk.busy, cells.bar, level),
             figure(percent(disk.busy, view), level, NUMBER), Span("  "),
             Span(f"{words[0]} ", Style.MUTED), Span(fmt.right(rate(disk.read_rate, view), 8)),
             Span(f"  {words[1]} ", Style.MUTED), Span(fmt.right(rate(disk.write_rate, view), 8))]
    return Row((content(view, spans, sign=sign_of(view, level), target=line),))


def _sensors(health: Health, judged: Judged, cells: Grid, view: View) -> Block:
    """The nearest to its limit first."""
    snapshot = health.snapshot
    silent = snapshot.sensors_silent_since
    about = [Span(f"no answer since {view.time(silent)}", Style.UNKNOWN)] if silent is not None else []
    named = list(zip(sensor_names(snapshot.sensors), snapshot.sensors, strict=True))
    named.sort(key=lambda one: (-judged.level(f"sensor:{one[0]}"), -_nearness(one[1])))
    rows = [_sensor(name, sensor, judged, cells, view) for name, sensor in named]
    ranked = tuple(_ranked(rows, [f"sensor:{name}" for name, _ in named], judged, SENSORS))
    return Block(heading(view, "SENSORS", about), ranked, "sensors", always=silent is not None)


def _nearness(sensor: Sensor) -> float:
    """How near a sensor is to the limit of its hardware, 1 at the limit; those without a limit last."""
    if sensor.kind is SensorKind.BATTERY:
        return 1 - sensor.value / 100
    if sensor.kind is SensorKind.FAN:
        return -1.0
    high, critical = hardware_limits(sensor)
    limit = high if high is not None else critical
    return sensor.value / limit if limit else 0.0


def _sensor(name: str, sensor: Sensor, judged: Judged, cells: Grid, view: View) -> Row:
    line = f"sensor:{name}"
    level = judged.level(line)
    room = cells.label + 2 + cells.bar
    unit = {SensorKind.TEMPERATURE: "°C", SensorKind.FAN: "rpm", SensorKind.BATTERY: "%"}[sensor.kind]
    shown = view.clean(f"{sensor.value:.0f} {unit}")
    note = judged.limits.get(line, "")
    if sensor.kind is SensorKind.BATTERY and sensor.charging is not None:
        note = "charging" if sensor.charging else "on battery"
    spans = [Span(left(view.clean(name), room - 2, view)),
             figure(clip(shown, NUMBER + 2, view.glyphs.ellipsis), level, NUMBER + 2), Span("  "),
             Span(view.clean(note), Style.FAINT)]
    return Row((content(view, spans, sign=sign_of(view, level), target=line),))
