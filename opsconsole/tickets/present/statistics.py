"""How the promises were kept: figures beside their goals, trends, who has how much, what will be late today. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.clock import local
from opsconsole.core.levels import Level
from opsconsole.core.lines import BLANK, LEVEL_STYLES, Line, Span, Spot, Style, beside, fit
from opsconsole.core.text import clip, limited, width
from opsconsole.tickets.filters.model import quoted
from opsconsole.tickets.model import MOST_NAME, MOST_TITLE, ClockKind, Priority
from opsconsole.tickets.present.queue import level_of, promise
from opsconsole.tickets.present.view import View, left, muted, sides
from opsconsole.tickets.stats import Standing, judged, share

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from opsconsole.core.periods import Period
    from opsconsole.tickets.model import Summary
    from opsconsole.tickets.settings import Goal
    from opsconsole.tickets.stats import Figure, Kept, Person, Statistics, Times

NAMES: Final = ("week", "month", "quarter", "year")
"""The periods that can be chosen, from short to long."""
LABELS: Final = {
    "first_response": "first response", "next_response": "next response", "resolution": "resolution",
    "kept": "promises kept", "escalated": "escalated", "reopened": "reopened",
    "first_contact": "solved at first contact", "satisfaction": "satisfied", "score": "score",
    "knowledge": "used the knowledge base", "backlog": "backlog",
    "resolved_24h": "resolved within 24 h"}
LEVELS: Final = {Standing.GREEN: Level.OK, Standing.YELLOW: Level.WARNING, Standing.RED: Level.CRITICAL}
_TIMES: Final = frozenset({"first_response", "next_response", "resolution"})
_MONTHS: Final = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                  "November", "December")
_KINDS: Final = {ClockKind.RESPONSE: "first response", ClockKind.NEXT: "next response",
                 ClockKind.RESOLUTION: "resolution"}
LABEL: Final = 24
SPARK: Final = 28
"""Cells of a trend."""
TWO_COLUMNS: Final = 150
"""Cells from which on two columns stand beside each other."""
MOST_PEOPLE: Final = 40


class Sheet(NamedTuple):
    """All that the page is made of."""

    statistics: Statistics
    name: str
    """`week`, `month` …"""
    back: int
    """How many of these before the present one."""
    coming: Sequence[Summary] = ()
    """What will be late today if nothing is done, the next first."""
    more: int = 0
    """How many there are besides those."""
    goals: Mapping[str, Goal] = {}
    filter: str = ""


def statistics_page(sheet: Sheet, view: View) -> list[Line]:
    """The page: what will be late first, because something can still be done about it."""
    head = [_title(sheet, view), BLANK]
    if view.cells < TWO_COLUMNS:
        parts = (_coming(sheet, view), _figures(sheet, view), _people(sheet, view), _trends(sheet, view),
                 _kept(sheet, view))
        return [*head, *_stacked(parts)]
    gap = 4
    half = (view.cells - gap) // 2
    column = view._replace(cells=half)
    first = _stacked((_figures(sheet, column), _trends(sheet, column)))
    second = _stacked((_coming(sheet, column), _people(sheet, column), _kept(sheet, column)))
    return [*head, *beside(first, second, left_cells=half, gap=gap, right_cells=half)]


def _stacked(parts: Iterable[list[Line]]) -> list[Line]:
    lines: list[Line] = []
    for part in parts:
        if part:
            lines += [*([BLANK] if lines else []), *part]
    return lines


def period_words(name: str, back: int, period: Period, view: View) -> str:
    """`This week, from 23 November`, `October 2026`, `Quarter 3 of 2026`, `2025`."""
    begin = local(period.begin, view.zone)
    month = _MONTHS[begin.month - 1]
    if name == "week":
        word = {0: "This week", 1: "Last week"}.get(back, "Week")
        year = "" if begin.year == local(view.now, view.zone).year else f" {begin.year}"
        return f"{word}, from {begin.day} {month}{year}"
    if name == "month":
        return f"{month} {begin.year}"
    return f"Quarter {(begin.month + 2) // 3} of {begin.year}" if name == "quarter" else str(begin.year)


def _title(sheet: Sheet, view: View) -> Line:
    stats = sheet.statistics
    words = period_words(sheet.name, sheet.back, stats.period, view)
    dot = f" {view.glyphs.dot} "
    facts = [Span(words, strong=True), muted("   created "), Span(fmt.count(stats.created)), muted(f"{dot}resolved "),
             Span(fmt.count(stats.resolved)), muted(f"{dot}open "), Span(fmt.count(stats.backlog.count))]
    chosen = [Span("/ ", Style.FAINT), Span(view.clean(limited(sheet.filter, 40))), Span("   ")] if sheet.filter else []
    for name in NAMES:
        here = name == sheet.name
        word = name.capitalize() if here else name
        chosen += [Span(word, Style.TEXT if here else Style.MUTED, here), Span("  ")]
    return sides(facts, chosen[:-1], view)


def heading(title: str, about: str = "") -> Line:
    """A word over a part of the page."""
    return Line((muted(title.upper()), *([Span(f"  {about}", Style.FAINT)] if about else [])))


# -- figures ----------------------------------------------------------------------------------------------------------

def _figures(sheet: Sheet, view: View) -> list[Line]:
    stats = sheet.statistics
    times = {"first_response": stats.first_response, "next_response": stats.next_response,
             "resolution": stats.resolution}
    return [heading("Figures", "means; every hour counts"),
            *(_figure(one, times.get(one.name), stats, view) for one in stats.figures)]


def value_of(name: str, value: float | None, view: View) -> str:
    """A figure as people read it; the dash where nobody knows it."""
    if name in _TIMES:
        return fmt.or_dash(value, fmt.duration, view.glyphs)
    if name == "backlog":
        return fmt.or_dash(value, fmt.count, view.glyphs)
    if name == "score":
        return fmt.or_dash(value, lambda one: fmt.number(one, 1), view.glyphs)
    return fmt.or_dash(value, fmt.percent, view.glyphs)


def _figure(one: Figure, times: Times | None, stats: Statistics, view: View) -> Line:
    level = LEVELS.get(one.standing)
    sign = Span(f"{view.glyphs.level(level)} ", LEVEL_STYLES[level]) if level is not None else Span("  ")
    style = LEVEL_STYLES[level] if level is not None and level > Level.OK else Style.TEXT
    known = one.value is not None
    spans = [sign, Span(left(LABELS[one.name], LABEL, view), Style.TEXT if known else Style.MUTED),
             Span(fmt.right(value_of(one.name, one.value, view), 12), style if known else Style.MUTED, strong=known),
             Span(f"  {left(view.clean(one.goal), 9, view)}", Style.MUTED),
             Span(left(one.standing.value if level is not None else "", 7, view), style if level else Style.MUTED)]
    room = view.cells - sum(width(span.text) for span in spans)
    spans.append(muted(next((said for said in _about(one, times, stats) if width(said) <= room), "")))
    target = filter_of(one.name, stats.period, view)
    spots = (Spot(f"list:{target}", 0, view.cells),) if target else ()
    return Line(fit(spans, view.cells, view.glyphs.ellipsis), spots=spots)


def _about(one: Figure, times: Times | None, stats: Statistics) -> Iterator[str]:
    """What lies in the middle, and of how many; then the same in less."""
    backlog = stats.backlog
    if one.name == "backlog":
        if backlog.median is not None and backlog.oldest is not None:
            oldest = f"oldest {fmt.duration(backlog.oldest / 1000)}"
            yield f"median age {fmt.duration(backlog.median / 1000)}, {oldest}"
            yield oldest
    elif one.of:
        of = f"of {fmt.count(one.of)}"
        if times is not None and times.median is not None and times.p90 is not None:
            yield f"median {fmt.duration(times.median / 1000)}, p90 {fmt.duration(times.p90 / 1000)}, {of}"
            yield f"median {fmt.duration(times.median / 1000)}"
        yield of


def filter_of(name: str, period: Period, view: View) -> str:
    """The filter that lists what a figure counts; empty where none does."""
    days = f"{local(period.begin, view.zone):%Y-%m-%d}..{local(period.end - 1, view.zone):%Y-%m-%d}"
    return {"backlog": "is:open", "escalated": f"is:escalated created:{days}",
            "reopened": f"is:reopened created:{days}", "satisfaction": f"is:rated resolved:{days}",
            "score": f"is:rated resolved:{days}",
            "knowledge": f"has:knowledge resolved:{days}", "resolution": f"resolved:{days}",
            "first_response": f"created:{days}", "resolved_24h": f"resolved:{days}"}.get(name, "")


# -- trends -----------------------------------------------------------------------------------------------------------

def _trends(sheet: Sheet, view: View) -> list[Line]:
    stats = sheet.statistics
    points = [point for point in stats.trend if point.begin <= view.now]
    if len(points) < 2:
        return []
    lines = [heading("Trend", f"by {stats.step}")]
    series: list[tuple[str, str, list[float | None]]] = [
        ("created", "backlog", [one.created for one in points]),
        ("resolved", "backlog", [one.resolved for one in points]),
        ("backlog", "backlog", [one.backlog for one in points]),
        ("first response", "resolution", [_seconds(one.first_response) for one in points]),
        ("resolution", "resolution", [_seconds(one.resolution) for one in points]),
        ("satisfied", "kept", [one.satisfaction for one in points])]
    cells = max(8, min(max(SPARK, len(points)), view.cells - LABEL - 40))
    for label, form, values in series:
        known = [value for value in values if value is not None]
        if not known:
            continue
        wide = max(1, cells // len(values))
        spread = [value for value in values for _ in range(wide)]
        spark = fmt.sparkline(spread, min(cells, len(spread)), view.glyphs, high=100 if form == "kept" else None)
        last = value_of(form, values[-1], view)
        lines.append(Line(fit((Span("  "), Span(left(label, LABEL, view)), Span(spark, Style.MUTED),
                               Span(" " * (cells - width(spark))), Span(fmt.right(last, 12), strong=True),
                               muted(f"  {value_of(form, min(known), view)} to {value_of(form, max(known), view)}")),
                              view.cells, view.glyphs.ellipsis)))
    return lines


def _seconds(ms: float | None) -> float | None:
    return None if ms is None else ms / 1000


# -- promises ---------------------------------------------------------------------------------------------------------

def _kept(sheet: Sheet, view: View) -> list[Line]:
    """Promises kept, by priority, then by category."""
    kinds = [kind for kind in ClockKind if any(one.kind is kind for one in sheet.statistics.kept)]
    if not kinds:
        return []
    groups = [(f"{one.code} {one.value}", [kept for kept in sheet.statistics.kept if kept.priority is one])
              for one in Priority]
    names = dict.fromkeys(kept.category for kept in sheet.statistics.kept)
    groups += [(view.clean(limited(name, MOST_NAME)) or "no category",
                [kept for kept in sheet.statistics.kept if kept.category == name]) for name in names]
    label = min(18, max(10, view.cells - 2 - 17 * len(kinds)))
    titles = [muted(left("PROMISES KEPT", label + 2, view)),
              *(muted(fmt.right(_KINDS[kind], 17)) for kind in kinds)]
    lines = [Line(fit(titles, view.cells, view.glyphs.ellipsis))]
    for name, kept in groups:
        if kept:
            cells = [_share([one for one in kept if one.kind is kind], sheet, view) for kind in kinds]
            spans = [Span("  "), Span(left(name, label, view)), *(span for cell in cells for span in cell)]
            lines.append(Line(fit(spans, view.cells, view.glyphs.ellipsis)))
    return lines


def _share(kept: Sequence[Kept], sheet: Sheet, view: View) -> list[Span]:
    of = sum(one.of for one in kept)
    value = share(sum(one.kept for one in kept), of)
    if value is None:
        return [muted(fmt.right(view.glyphs.dash, 9)), Span(" " * 8)]
    level = LEVELS.get(judged("kept", value, of, sheet.goals).standing, Level.OK)
    sign = view.glyphs.level(level) if level else ""
    return [Span(fmt.right(f"{sign} {fmt.percent(value)}".strip(), 9), LEVEL_STYLES[level] if level else Style.TEXT),
            muted(left(f" of {fmt.count(of)}", 8, view))]


# -- people -----------------------------------------------------------------------------------------------------------

def _people(sheet: Sheet, view: View) -> list[Line]:
    people = [one for one in sheet.statistics.people if one.open or one.resolved or one.promises]
    if not people:
        return []
    most = max((one.open for one in people if one.name), default=0)
    label = max(8, min(16, view.cells - 58))
    bar = max(0, min(16, view.cells - label - 64))
    titles = [muted(left("LOAD", label + 2, view)), muted(fmt.right("open", 6)), muted(fmt.right("late", 6)),
              *([Span(" " * (bar + 2))] if bar > 3 else []), muted(fmt.right("resolved", 10)),
              muted(fmt.right("mean time", 12)), muted(fmt.right("kept", 8)), muted(fmt.right("score", 8))]
    lines = [Line(fit(titles, view.cells, view.glyphs.ellipsis))]
    lines += [_person(one, most, label, bar if bar > 3 else 0, view) for one in people[:MOST_PEOPLE]]
    if len(people) > MOST_PEOPLE:
        lines.append(Line((Span(f"  and {len(people) - MOST_PEOPLE} more", Style.FAINT),)))
    return lines


def _person(one: Person, most: int, label: int, bar: int, view: View) -> Line:
    name = view.clean(limited(one.name, MOST_NAME)) if one.name else "nobody"
    late = Style.CRITICAL if one.late else Style.MUTED
    full, empty = fmt.bar(100 * one.open / most if most and one.name else 0, bar, view.glyphs)
    sign = view.glyphs.critical if one.late else " "
    full, empty = (full, empty) if one.name else (" " * bar, "")
    drawn = [Span("  "), Span(full, Style.MUTED), Span(empty, Style.FAINT)] if bar else []
    spans = [Span(f"{sign} ", Style.CRITICAL), Span(left(name, label, view), Style.TEXT if one.name else Style.MUTED),
             Span(fmt.right(fmt.count(one.open), 6), strong=True), Span(fmt.right(fmt.count(one.late), 6), late),
             *drawn,
             Span(fmt.right(fmt.count(one.resolved), 10)),
             Span(fmt.right(fmt.or_dash(_seconds(one.resolution), fmt.duration, view.glyphs), 12)),
             Span(fmt.right(fmt.or_dash(one.share, fmt.percent, view.glyphs), 8)),
             Span(fmt.right(fmt.or_dash(one.score, lambda value: fmt.number(value, 1), view.glyphs), 8))]
    target = f"list:is:open assignee:{quoted(one.name) if one.name else 'none'}"
    return Line(fit(spans, view.cells, view.glyphs.ellipsis), spots=(Spot(target, 0, view.cells),))


# -- what comes -------------------------------------------------------------------------------------------------------

def _coming(sheet: Sheet, view: View) -> list[Line]:
    """What will be late today."""
    title = heading("Late today if nothing is done", "" if sheet.coming else "nothing")
    lines = [title]
    for row in sheet.coming:
        level = level_of(row, view.now)
        sign = Span(f"{view.glyphs.level(level)} " if level else "  ", LEVEL_STYLES[level])
        end = [Span(left(view.clean(limited(row.assignee, 20)) or view.glyphs.dash, 9, view),
                    Style.TEXT if row.assignee else Style.MUTED), Span("  "),
               Span(fmt.right(promise(row, view).text, 13), promise(row, view).style)]
        name = view.clean(limited(row.title, MOST_TITLE)).strip() or "(no title)"
        room = max(4, view.cells - sum(width(span.text) for span in end) - 14)
        begin = [sign, Span(fmt.right(str(row.number), 6), Style.ACCENT), Span(f" {row.priority.code} "),
                 Span(clip(name, room, view.glyphs.ellipsis))]
        lines.append(sides(begin, end, view)._replace(spots=(Spot(f"ticket:{row.number}", 0, view.cells),)))
    if sheet.more:
        lines.append(Line((Span(f"  and {fmt.count(sheet.more)} more", Style.FAINT),),
                          spots=(Spot("list:is:open due:today", 0, view.cells),)))
    return lines
