"""The health of a host as lines: the banner in one line, and the page.

Pure and framework-free: the console draws these lines, `status` prints them, reports wrap them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.glyphs import UNICODE, Glyphs
from opsconsole.core.levels import Level
from opsconsole.core.lines import LEVEL_STYLES, Line, Span, Spot, Style, Tint, beside, fit
from opsconsole.core.text import clip
from opsconsole.core.text import width as cells_of
from opsconsole.health.board import Stored
from opsconsole.health.model import Advice, Health, State
from opsconsole.health.present.host import NUMBER, grid, host_blocks
from opsconsole.health.present.lists import SHORT_STANDING, alerts, do_next, gaps, processes, who
from opsconsole.health.present.parts import (
    KEEP,
    MARGIN,
    Block,
    Row,
    View,
    bar,
    column,
    content,
    framed,
    heading,
    left,
    short_system,
    size,
)
from opsconsole.health.present.troubles import Trouble, changed_before, overall, standing, troubles

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

    from opsconsole.core.clock import Instant

TWO_COLUMNS = 100
"""Cells from which there are two columns."""
GAP = 3
ROOMY = 30
"""Lines from which there is a blank one below the banner."""
TOLD_SERVICE, TOLD_LINE = 250, 205
"""The ranks of what is wrong where ALERTS says it too: all advice is worth more than a service, two pieces of it more
than a line of the host, whose course says how it came."""
LEAST_CHANGE = 12
"""Cells in which the banner can still say what changed before."""

_TINTS = {State.CRITICAL: Tint.CRITICAL, State.DEGRADED: Tint.WARNING}


def banner(health: Health | None, *, width: int, glyphs: Glyphs = UNICODE, now: Instant,
           zone: tzinfo | None = None, stored: Stored | None = None) -> Line:
    """The one line that says how it is: the worst thing, since when and how long, and what to do.

    Args:
        health: what is known; None before the first sample.
        width: cells of the line; it is exactly so long.
        glyphs: the signs.
        now: for durations.
        zone: for times of day; None is the machine's own.
        stored: what the agent knows besides; None where there is none.
    """
    view = View(max(0, width - 2 * MARGIN), glyphs, now, zone)
    spots: list[str] = []
    tint = Tint.NONE
    if health is None:
        parts = [[Span(f"{glyphs.unknown} ", Style.UNKNOWN), Span("measuring", Style.MUTED)]]
    else:
        found = troubles(health, stored, view)
        state = overall(health, found)
        tint = _TINTS.get(state, Tint.NONE)
        if found and found[0].level > Level.OK:
            spots.append(found[0].target)
            parts = _trouble(health, found, stored, view)
        else:
            parts = _calm(health, state, view)
    kept: list[Span] = []
    taken = 0
    for part in parts:
        cells = _cells([part])
        if taken and taken + cells > view.cells:
            # What comes after would stand without what leads to it: a command without what it is for.
            break
        kept += part
        taken += cells
    spans = (Span(" " * min(MARGIN, width)), *fit(kept, view.cells, glyphs.ellipsis), Span(" "))
    return _line(Line(fit(spans, width), tint), spots, width)


def _line(drawn: Line, targets: Sequence[str], width: int) -> Line:
    return drawn._replace(spots=tuple(Spot(target, 0, width) for target in targets))


def _calm(health: Health, state: State, view: View) -> list[list[Span]]:
    host = health.snapshot.host
    dot = f" {view.glyphs.dot} "
    if state is State.NORMAL:
        head = [Span(f"{view.glyphs.ok} ", Style.OK, strong=True), Span("normal", Style.TEXT, strong=True)]
    else:
        head = [Span(f"{view.glyphs.unknown} ", Style.UNKNOWN), Span("measuring", Style.MUTED)]
    system = view.clean(short_system(host))
    return [head, [Span(f"  up {view.since(host.booted_at)}", Style.MUTED)],
            *([[Span(f"{dot}{system}", Style.MUTED)]] if system else []),
            [Span(f"{dot}watched since {view.time(health.watched_since)}", Style.MUTED)]]


def _trouble(health: Health, found: Sequence[Trouble], stored: Stored | None, view: View) -> list[list[Span]]:
    """The parts of the banner; what does not fit is left out as a whole."""
    worst = found[0]
    style = LEVEL_STYLES[worst.level]
    dot = Span(f" {view.glyphs.dot} ", Style.MUTED)
    name = view.clean(worst.name)
    parts = [[Span(f"{view.glyphs.level(worst.level)} ", style, strong=True), Span(name, style, strong=True),
              Span(f" {view.clean(worst.reason)}")]]
    if worst.since:
        parts += [[Span(" since "), Span(view.time(worst.since), Style.TEXT, strong=True)],
                  [Span(f" {view.since(worst.since)}", Style.MUTED)]]
    forecast = next((one for one in health.forecasts if one.target == worst.line), None)
    if forecast is not None:
        parts.append([dot, Span(f"full in {view.until(forecast.full_at)}", style)])
    parts += _story(worst, stored, dot, view._replace(cells=view.cells - _cells(parts)))
    others = len({one.line for one in found if one.level > Level.OK} - {worst.line})
    if others:
        parts.append([dot, Span(f"{others} more", style)])
    advice = _advice_for(health.advice, worst.line)
    if advice is not None:
        parts.append([dot, Span(view.clean(advice.todo))])
        if advice.command:
            parts.append([dot, Span(view.clean(advice.command), Style.ACCENT)])
    return parts


def _story(worst: Trouble, stored: Stored | None, dot: Span, view: View) -> list[list[Span]]:
    """Who has it, or who is called; what changed before it."""
    if stored is None:
        return []
    parts = []
    change = changed_before(worst, stored.changes)
    lead = [dot, Span("before it ", Style.MUTED)]
    taken = standing(worst, view)
    if taken:
        # A note may be as long as a letter.
        room = view.cells - _cells([[dot]]) - (_cells([lead]) + LEAST_CHANGE if change is not None else 0)
        parts.append([dot, Span(clip(taken, max(room, SHORT_STANDING), view.glyphs.ellipsis))])
    elif stored.on_call and worst.level >= Level.WARNING:
        parts.append([dot, Span(f"on call {view.clean(stored.on_call)}")])
    if change is not None:
        text, at = view.clean(change.text), f" {view.time(change.at)}"
        room = view.cells - _cells([*parts, lead])
        if cells_of(text + at) <= room:
            parts.append([*lead, Span(text), Span(at, Style.MUTED)])
        elif room >= LEAST_CHANGE:
            # What it was leads further than nothing; the page has the rest.
            parts.append([*lead, Span(clip(text, room, view.glyphs.ellipsis))])
    return parts


def _cells(parts: Iterable[Iterable[Span]]) -> int:
    return sum(cells_of(span.text) for part in parts for span in part)


def _advice_for(advice: Sequence[Advice], line: str) -> Advice | None:
    return next((one for one in advice if one.target == line), None)


def page(health: Health | None, *, width: int, height: int | None, glyphs: Glyphs = UNICODE, now: Instant,
         zone: tzinfo | None = None, stored: Stored | None = None) -> list[Line]:
    """The panel below the banner.

    Args:
        health: what is known; None before the first sample.
        width: cells; every line is exactly so long, or empty.
        height: lines that there is room for; None shows everything. Only lines that are warning, critical or
            unknown can make the page longer than that.
        glyphs: the signs.
        now: for durations.
        zone: for times of day; None is the machine's own.
        stored: what the agent knows besides; None where there is none.
    """
    air = [Line()] if height is not None and height >= ROOMY else []
    room = None if height is None else height - len(air)
    if health is None or width < TWO_COLUMNS:
        view = View(max(20, width - 2 * MARGIN), glyphs, now, zone)
        lines = column(_loading(view) if health is None else _one_column(health, stored, view), room, view)
    else:
        lines = _two_columns(health, stored, width - 2 * MARGIN, room, View(0, glyphs, now, zone))
    return [*air, *(framed(drawn, width) for drawn in lines)]


def _checked(stored: Stored | None, view: View) -> list[Block]:
    """The services; what words them is loaded when there are some."""
    if stored is None or not stored.checks:
        return []
    from opsconsole.health.present.services import services  # noqa: PLC0415 - after the first paint

    return [services(stored.checks, view)]


class _Thoughts(NamedTuple):
    """What to think of it all."""

    wrong: Block
    services: list[Block]
    todo: Block
    urgent: bool
    """Whether anything is wrong: then it comes first, and what to do about it second."""


def _thoughts(health: Health, stored: Stored | None, view: View) -> _Thoughts:
    known = stored if stored is not None else Stored()
    found = troubles(health, stored, view)
    wrong = alerts(found, view, known.windows)
    services = _told_once(_checked(stored, view), found, TOLD_SERVICE)
    return _Thoughts(wrong, services, do_next(health, view, found, known.changes), bool(found))


def _told_once(blocks: Iterable[Block], found: Iterable[Trouble], rank: int) -> list[Block]:
    """What ALERTS says already may be left out elsewhere when there is no room."""
    told = {trouble.line for trouble in found if trouble.listed}
    return [block._replace(rows=tuple(
        row._replace(rank=rank) if row.rank == KEEP and _targets(row) and _targets(row) <= told else row
        for row in block.rows)) for block in blocks]


def _targets(row: Row) -> set[str]:
    return {spot.target for drawn in row.lines for spot in drawn.spots}


def _one_column(health: Health, stored: Stored | None, view: View) -> list[Block]:
    wrong, services, todo, urgent = _thoughts(health, stored, view)
    host = _told_once(host_blocks(health, view), troubles(health, stored, view), TOLD_LINE)
    ordered = [wrong, todo, *services, *host] if urgent else [wrong, *services, *host, todo]
    return [*ordered, processes(health, view), who(health, view), gaps(health, view)]


def _two_columns(health: Health, stored: Stored | None, cells: int, height: int | None, view: View) -> list[Line]:
    """The host at the left, what to think of it at the right; the processes where there is more room."""
    right_cells = (cells - GAP) // 2
    left_cells = cells - GAP - right_cells
    one, other = view._replace(cells=left_cells), view._replace(cells=right_cells)
    host = [*host_blocks(health, one), gaps(health, one)]
    wrong, services, todo, urgent = _thoughts(health, stored, other)
    thoughts = [wrong, todo, *services] if urgent else [wrong, *services, todo]
    if size(host, one) <= size(thoughts, other):
        left, right = [*host, processes(health, one)], thoughts
    else:
        left, right = host, [*thoughts, processes(health, other)]
    return beside(column(left, height, one), column([*right, who(health, other)], height, other),
                  left_cells=left_cells, gap=GAP, right_cells=right_cells)


def _loading(view: View) -> list[Block]:
    cells = grid(["CPU", "Mem", "Swap", "Load"], view)
    rows = []
    for label in ("CPU", "Mem", "Swap", "Load"):
        spans = [Span(left(label, cells.label + 2, view), Style.MUTED), *bar(view, None, cells.bar, Level.OK),
                 Span(f"{view.glyphs.dash:>{NUMBER}}", Style.FAINT)]
        rows.append(Row((content(view, spans),)))
    return [Block(heading(view, "HOST", ["first figures in a moment"]), tuple(rows))]
