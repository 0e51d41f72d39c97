"""The page of one line of the panel: its course over time, and all that is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.clock import HOUR, MINUTE, SECOND
from opsconsole.core.glyphs import UNICODE, Glyphs
from opsconsole.core.levels import Level
from opsconsole.core.lines import LEVEL_STYLES, Line, Span, Style
from opsconsole.core.text import wrap
from opsconsole.health.judging.readings import line_of, readings, sensor_names
from opsconsole.health.judging.rules import Unit, written
from opsconsole.health.model import Finding, Health, SensorKind
from opsconsole.health.present.chart import Scale, ceiling, chart
from opsconsole.health.present.details import details
from opsconsole.health.present.parts import MARGIN, View, content, framed, heading, sign_of, subject
from opsconsole.health.settings import HealthSettings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from opsconsole.core.clock import Instant
    from opsconsole.health.judging.trail import TrailSource
    from opsconsole.health.model import Trail

LEAST_CHART = 4
MOST_CHART = 24


class Range(NamedTuple):
    """A period that ends now; `length` in ms, None for everything there is."""

    key: str
    label: str
    length: int | None


RANGES = (Range("15m", "15 min", 15 * MINUTE), Range("1h", "1 h", HOUR), Range("all", "since start", None))
"""The periods of one console's own history; stored history adds longer ones."""


class Course(NamedTuple):
    """Which series a target is drawn by, and in which unit."""

    series: str
    unit: Unit
    title: str


def course_of(health: Health, target: str) -> Course | None:
    """The series of a target of the panel; None for one that has no course (advice, a process)."""
    simple = {"cpu": Course("cpu.busy", Unit.PERCENT, "used processor time"),
              "memory": Course("memory.used_percent", Unit.PERCENT, "used memory"),
              "swap": Course("swap.used_percent", Unit.PERCENT, "used swap"),
              "load": Course("load.five", Unit.NUMBER, "load average over 5 minutes"),
              "files": Course("files.percent", Unit.PERCENT, "open files")}
    if target in simple:
        return simple[target]
    kind, _, name = target.partition(":")
    if target == "pressure":
        shares = health.snapshot.pressure
        which = max(("cpu", shares.cpu_some or 0.0), ("memory", shares.memory_some or 0.0),
                    ("io", shares.io_some or 0.0), key=lambda one: one[1])[0]
        return Course(f"pressure.{which}_some", Unit.PERCENT, f"time in which a task waited for {which}")
    if kind == "sensor":
        sensors = health.snapshot.sensors
        sensor = dict(zip(sensor_names(sensors), sensors, strict=True)).get(name)
        unit = {SensorKind.TEMPERATURE: Unit.CELSIUS, SensorKind.BATTERY: Unit.PERCENT}
        return Course(f"{target}.value", unit.get(sensor.kind, Unit.RATE) if sensor else Unit.CELSIUS, "reading")
    return {"mount": Course(f"{target}.percent", Unit.PERCENT, "used space"),
            "net": Course(f"{target}.receive_rate", Unit.BYTE_RATE, "received"),
            "disk": Course(f"{target}.busy", Unit.PERCENT, "time in which it works")}.get(kind)


def trend_page(health: Health, target: str, source: TrailSource, *, width: int, height: int | None,
               range: Range = RANGES[0], glyphs: Glyphs = UNICODE, now: Instant,  # noqa: A002 - as persons say it
               zone: tzinfo | None = None, settings: HealthSettings | None = None) -> list[Line]:
    """One target over a period: heading, chart, least, mean, most, now, and its details.

    Args:
        health: the newest that is known.
        target: as the spots of the panel name it.
        source: where the history comes from.
        width: cells; no line is longer.
        height: lines that there is room for; the chart takes what the details leave. None: as high as it likes.
        range: the period.
        glyphs: the signs.
        now: the right end of the chart.
        zone: for times of day; None is the machine's own.
        settings: for the limits that are drawn; None is the defaults.
    """
    view = View(max(20, width - 2 * MARGIN), glyphs, now, zone)
    if target.startswith("advice:"):
        return [framed(one, width) for one in _advice(health, target, view)]
    course = course_of(health, target)
    found = [one for one in health.findings if line_of(one.target) == target]
    lines = [_title(target, course, found, view), *_reasons(found, view), Line()]
    below = details(health, target, view)
    if course is not None:
        since = now - range.length if range.length is not None else min(health.watched_since, now - MINUTE)
        trail = source.points(course.series, since, now)
        room = MOST_CHART if height is None else height - len(lines) - len(below) - 5
        lines.append(_choice(range, view))
        if trail.times:
            scale = _scale(health, target, course, trail, settings or HealthSettings())
            lines += chart(trail, scale, since, now, gap=source.gap(since),
                           height=min(MOST_CHART, max(LEAST_CHART, room)), view=view)
            lines += [_figures(trail, course, view), Line()]
        else:
            lines += [Line(), content(view, [Span("nothing measured in this period", Style.MUTED)]), Line()]
    lines += below
    if height is not None and len(lines) > height:
        lines = [*lines[:max(0, height - 1)], content(view, [
            Span(f"+{len(lines) - height + 1} more lines not shown", Style.FAINT)])]
    return [framed(one, width) for one in lines]


def _title(target: str, course: Course | None, found: Sequence[Finding], view: View) -> Line:
    name = Span(view.clean(subject(target)), Style.TEXT, strong=True)
    worst = max((one.level for one in found), default=Level.OK)
    state = [Span(worst.word, LEVEL_STYLES[worst], strong=worst > Level.OK)] if found else []
    about = [Span("  "), Span(course.title, Style.MUTED)] if course is not None else []
    return heading(view, "", [name, *about], state)


def _reasons(found: Sequence[Finding], view: View) -> list[Line]:
    return [content(view, [Span(view.clean(one.reason)), Span(f"  since {view.time(one.since)}", Style.MUTED),
                           Span(f"  {view.since(one.since)}", Style.FAINT)], sign=sign_of(view, one.level))
            for one in found if one.level > Level.OK]


def _choice(period: Range, view: View) -> Line:
    """The periods, with the one that is shown."""
    choice: list[Span | str] = []
    for one in RANGES:
        chosen = one.key == period.key
        choice += [Span(one.label, Style.ACCENT if chosen else Style.FAINT, strong=chosen), Span("   ")]
    return heading(view, "", choice)


def _scale(health: Health, target: str, course: Course, trail: Trail, settings: HealthSettings) -> Scale:
    """Shares from 0 to 100; other figures from 0 to a round number above the most, and above a limit that is near."""
    judged = {one.target: one for one in readings(health.snapshot, settings,
                                                  known={one.target for one in health.findings})}
    reading = judged.get(target)
    # Swap and interfaces are judged by another figure than the one that is drawn.
    bounds = reading.bounds if reading is not None and reading.unit == course.unit else None
    warning, critical = (bounds.warning, bounds.critical) if bounds is not None else (None, None)
    most = max(trail.values, default=0.0)
    if course.unit is Unit.PERCENT:
        high = max(100.0, most)
    else:
        near = [limit for limit in (warning, critical) if limit is not None and limit <= 2.5 * most]
        high = ceiling(max([most * 1.05, *near]))
    return Scale(0.0, high, lambda value: written(value, course.unit), warning, critical,
                 falling=bool(bounds and bounds.falling))


def _figures(trail: Trail, course: Course, view: View) -> Line:
    values = trail.values
    stale = view.now - trail.times[-1] > 30 * SECOND
    spans: list[Span] = []
    for word, value in (("min", min(values)), ("avg", sum(values) / len(values)), ("max", max(values)),
                        ("last" if stale else "now", values[-1])):
        spans += [Span(f"{word} ", Style.MUTED), Span(view.clean(written(value, course.unit)), strong=True),
                  Span("   ")]
    first = view.time(trail.times[0])
    return content(view, [*spans, Span(f"measured since {first}" if view.now - trail.times[0] < HOUR else "",
                                       Style.FAINT)])


def _advice(health: Health, target: str, view: View) -> list[Line]:
    """One piece of advice in full."""
    number = target.partition(":")[2]
    place = int(number) if number.isascii() and number.isdigit() else len(health.advice)
    if place >= len(health.advice):
        return [content(view, [Span("this advice does not apply any more", Style.MUTED)])]
    advice = health.advice[place]
    lines = [heading(view, "DO NEXT", [Span(view.clean(subject(advice.target)), Style.TEXT, strong=True)])]
    for title, text, style in (("measured", advice.measured, Style.TEXT), ("meaning", advice.meaning, Style.TEXT),
                               ("to do", advice.todo, Style.TEXT), ("command", advice.command, Style.ACCENT)):
        if text:
            lines += [Line(), content(view, [Span(title, Style.MUTED)])]
            lines += [content(view, [Span(part, style)]) for part in wrap(view.clean(text), view.cells - 2)]
    about = line_of(advice.target)
    lines += [Line(), content(view, [Span("see ", Style.MUTED),
                                     Span(view.clean(subject(about)), Style.ACCENT)], target=about)]
    return lines
