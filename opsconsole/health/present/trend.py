"""The page of one line of the panel: its course over time, and all that is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.clock import HOUR, MINUTE, SECOND
from opsconsole.core.glyphs import UNICODE, Glyphs
from opsconsole.core.levels import Level
from opsconsole.core.lines import LEVEL_STYLES, Line, Span, Style
from opsconsole.core.text import width, wrap
from opsconsole.health.judging.readings import line_of, readings, sensor_names
from opsconsole.health.judging.rules import Bounds, Unit, written
from opsconsole.health.model import Finding, Health, SensorKind
from opsconsole.health.present.chart import Curve, Scale, ceiling, chart, columns
from opsconsole.health.present.details import details
from opsconsole.health.present.parts import GUTTER, MARGIN, View, content, framed, heading, sign_of, subject
from opsconsole.health.present.past import LIVE, NOTHING, RANGES, Past, Range, changed, curve_of
from opsconsole.health.settings import HealthSettings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from opsconsole.core.clock import Instant
    from opsconsole.health.judging.trail import TrailSource

LEAST_CHART = 4
MOST_CHART = 24
MOST_CHANGES = 6


class Window(NamedTuple):
    """The period that is shown, and where its history comes from."""

    source: TrailSource
    past: Past
    since: Instant
    period: Range


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
               zone: tzinfo | None = None, settings: HealthSettings | None = None,
               past: Past = NOTHING) -> list[Line]:
    """One target over a period: heading, chart, least, mean, most, now, what changed, and its details.

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
        past: what is stored of the period.
    """
    view = View(max(20, width - 2 * MARGIN), glyphs, now, zone)
    if target.startswith("advice:"):
        return [framed(one, width) for one in _advice(health, target, view)]
    course = course_of(health, target)
    found = [one for one in health.findings if line_of(one.target) == target]
    lines = [_title(target, course, found, view), *_reasons(found, view), Line()]
    below = details(health, target, view)
    if course is not None:
        lines.append(choice(range, view))
        room = MOST_CHART if height is None else height - len(lines) - len(below)
        bounds = _bounds(health, target, course, settings or HealthSettings())
        window = Window(source, past, _since(health, past, range, now), range)
        lines += drawn(course, bounds, window, room, view)
    lines += below
    if height is not None and len(lines) > height:
        lines = [*lines[:max(0, height - 1)], content(view, [
            Span(f"+{len(lines) - height + 1} more lines not shown", Style.FAINT)])]
    return [framed(one, width) for one in lines]


def _since(health: Health, past: Past, period: Range, now: Instant) -> Instant:
    """The left end of the chart; a console that just began shows what it has whole, not as a sliver at the right."""
    since = now - period.length
    if period is RANGES[0] and not any(value is not None for value in past.means):
        return max(since, min(health.watched_since, now - MINUTE))
    return since


def drawn(course: Course, bounds: Bounds, window: Window, room: int, view: View) -> list[Line]:
    """The chart, its figures and what changed, in about `room` lines."""
    past, since = window.past, window.since
    curve = curve_of(course.series, window.source, past, since, view.now, columns(view), falling=bounds.falling)
    if not any(value is not None for value in curve.values):
        why = past.problem or "nothing measured in this period"
        return [Line(), *(content(view, [Span(part, Style.MUTED)]) for part in wrap(view.clean(why), view.cells - 2)),
                Line()]
    figures = _figures(curve, window, course, view)
    if past.problem and window.period.length > LIVE:
        # What this program saw itself is shown; why there is no more of it is said too.
        figures += [content(view, [Span(part, Style.MUTED)]) for part in wrap(view.clean(past.problem), view.cells - 2)]
    spare = room - LEAST_CHART - len(figures) - 5
    told = changed(past, since, view.now, max(0, min(MOST_CHANGES, spare)), view)
    height = min(MOST_CHART, max(LEAST_CHART, room - len(figures) - len(told) - 4 - bool(curve.marks)))
    return [*chart(curve, _scale(course, bounds, curve), since, view.now, height=height, view=view), *figures, *told,
            Line()]


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


def choice(period: Range, view: View) -> Line:
    """The periods, with the one that is shown."""
    choice: list[Span | str] = []
    for one in RANGES:
        chosen = one.key == period.key
        choice += [Span(one.label, Style.ACCENT if chosen else Style.FAINT, strong=chosen), Span("   ")]
    return heading(view, "", choice)


def _bounds(health: Health, target: str, course: Course, settings: HealthSettings) -> Bounds:
    """The limits of what is drawn; swap and interfaces are judged by another figure than the one that is drawn."""
    judged = {one.target: one for one in readings(health.snapshot, settings,
                                                  known={one.target for one in health.findings})}
    reading = judged.get(target)
    return reading.bounds if reading is not None and reading.unit == course.unit else Bounds()


def _scale(course: Course, bounds: Bounds, curve: Curve) -> Scale:
    """Shares from 0 to 100; other figures from 0 to a round number above the most, and above a limit that is near."""
    most = max((value for values in (curve.values, curve.highs, curve.before) for value in values if value is not None),
               default=0.0)
    if course.unit is Unit.PERCENT:
        high = max(100.0, most)
    else:
        near = [limit for limit in (bounds.warning, bounds.critical) if limit is not None and limit <= 2.5 * most]
        high = ceiling(max([most * 1.05, *near]))
    return Scale(0.0, high, lambda value: written(value, course.unit), bounds.warning, bounds.critical,
                 falling=bounds.falling)


def _figures(curve: Curve, window: Window, course: Course, view: View) -> list[Line]:
    """Least, mean, most and the newest; for a latency its percentiles."""
    past = window.past
    values = [value for value in curve.values if value is not None]
    lows = [value for value in past.lows if value is not None]
    highs = [value for value in past.highs if value is not None]
    newest = window.source.points(course.series, view.now - HOUR, view.now)
    fresh = bool(newest.times) and view.now - newest.times[-1] <= 30 * SECOND
    last = newest.values[-1] if newest.values else values[-1]
    shares = zip(("p50", "p95", "p99"), past.percentiles, strict=True) if past.percentiles is not None else (
        ("avg", sum(values) / len(values)),)
    figures = [("min", min(values + lows)), *shares, ("max", max(values + highs)), ("now" if fresh else "last", last)]
    parts = [[Span(f"{word} ", Style.MUTED), Span(view.clean(written(value, course.unit)), strong=True)]
             for word, value in figures]
    if newest.times and window.period.length <= HOUR and not past.means and newest.times[0] > window.since:
        parts.append([Span(f"measured since {view.time(newest.times[0])}", Style.FAINT)])
    elif any(value is not None for value in past.before):
        parts.append([Span(f"{view.glyphs.dash} a week earlier", Style.FAINT)])
    spans: list[Span] = []
    for part in parts:
        wider = [*spans, Span("   " if spans else ""), *part]
        # What does not fit is left out as a whole: half a figure is worse than none.
        if not spans or sum(width(span.text) for span in wider) <= view.cells - GUTTER:
            spans = wider
    return [content(view, spans)]


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
