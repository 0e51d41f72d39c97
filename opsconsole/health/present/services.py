"""The services that are checked, a line each: what answered, how fast, how reliable."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.levels import Level
from opsconsole.core.lines import LEVEL_STYLES, Line, Span, Style
from opsconsole.core.text import clip, width
from opsconsole.health.present.parts import GUTTER, KEEP, Block, Row, View, content, heading, left, sign_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.health.checks.model import CheckState

QUIET = 260
"""The rank of services that are well: they go before the last mounts and processes do, and come back first."""
TIME, P95, SHARE = 7, 11, 10
"""Cells of a latency, of its 95th percentile with its name, and of a share of time with the space before it."""
ROOMY = 46
"""Cells from which the heading also counts what is well."""
STALE = 3
"""Intervals without a new result after which a result says nothing any more."""


class _Grid(NamedTuple):
    label: int
    text: int
    p95: bool
    share: bool


def services(states: Sequence[CheckState], view: View) -> Block:
    """All checks, in the order given (worst first); their heading counts the levels."""
    names = [view.clean(_label(state)) for state in states]
    cells = _grid(names, view, known=any(state.uptime is not None for state in states))
    rows = tuple(Row((_service(state, name, cells, view),), KEEP if level_of(state, view) > Level.OK else QUIET + place)
                 for place, (state, name) in enumerate(zip(states, names, strict=True)))
    levels = [level_of(state, view) for state in states]
    counts: list[Span] = []
    for level in (Level.CRITICAL, Level.WARNING, Level.UNKNOWN, Level.OK):
        if (number := levels.count(level)) and (level > Level.OK or view.cells >= ROOMY):
            counts += [Span(f" {view.glyphs.dot} ", Style.FAINT)] if counts else []
            counts.append(Span(f"{number} {level.word}", Style.MUTED if level is Level.OK else LEVEL_STYLES[level]))
    return Block(heading(view, "SERVICES", right=counts), rows, "services")


def unwatched(state: CheckState, view: View) -> bool:
    """Whether nobody runs it: there is no result, or none that is new enough to say anything."""
    return state.at is None or view.now - state.at > 1000 * (STALE * state.interval + 30)


def level_of(state: CheckState, view: View) -> Level:
    """The level as it may be shown: a result that is too old says nothing, and so does none."""
    return Level.UNKNOWN if unwatched(state, view) else state.level


def said_of(state: CheckState, view: View) -> str:
    """What a check found, or why that is not known; harmless."""
    if state.at is None:
        return "not run yet"
    if unwatched(state, view):
        return f"not run since {view.time(state.at)}"
    return view.clean(state.text)


def _label(state: CheckState) -> str:
    return state.label or state.name


def _grid(names: Sequence[str], view: View, *, known: bool) -> _Grid:
    """`known`: whether there is any share of time to show."""
    room = view.cells - GUTTER
    label = min(max((width(name) for name in names), default=0), max(8, room * 3 // 10))
    text = room - label - 2
    share = known and text - SHARE - TIME - 2 >= 12
    text -= TIME + 2 + (SHARE if share else 0)
    p95 = text - P95 - 2 >= 14
    return _Grid(label, max(4, text - (P95 + 2 if p95 else 0)), p95, share)


def _service(state: CheckState, name: str, cells: _Grid, view: View) -> Line:
    level = level_of(state, view)
    said = said_of(state, view)
    spans = [Span(left(name, cells.label, view), Style.TEXT, strong=level > Level.OK), Span("  ")]
    tail = _share(state, cells, view)
    if level > Level.OK:
        spans += _wrong(state, said, level, view.cells - GUTTER - cells.label - 2, tail, view)
    else:
        if state.maintenance:
            said = f"{said} {view.glyphs.dot} in maintenance"
        spans += [Span(left(clip(said, cells.text, view.glyphs.ellipsis), cells.text, view)), Span("  "),
                  _figure(state, cells, view)]
        if cells.p95:
            spans.append(Span(fmt.right(_beside(state, view), P95 + 2), Style.MUTED))
        spans += tail
    return content(view, spans, sign=sign_of(view, level), target=f"check:{state.name}")


def _wrong(state: CheckState, said: str, level: Level, room: int, tail: list[Span], view: View) -> list[Span]:
    """What is wrong, whole if that is possible: the share of time goes first, then the time of day for an age."""
    since: list[Span] = []
    if state.at is not None and level is state.level:
        since = [Span("  "), Span(f"since {view.time(state.since)}", Style.MUTED)]
    if state.maintenance:
        since = [Span("  "), Span("in maintenance", Style.MUTED)]
    short = [Span("  "), Span(view.since(state.since), Style.MUTED)] if since else []
    style = Style.UNKNOWN if level is Level.UNKNOWN else LEVEL_STYLES[level]
    for end in ([*since, *tail], since, short):
        left_over = room - sum(width(span.text) for span in end)
        if width(said) <= left_over:
            break
    text = clip(said, max(0, left_over), view.glyphs.ellipsis)
    return [Span(left(text, max(0, left_over), view), style), *end]


def _figure(state: CheckState, cells: _Grid, view: View) -> Span:
    """The latency; where there is none and the limit has no column of its own, the limit."""
    latency, limit = _latency(state), view.clean(state.limit)
    if not latency and not cells.p95 and width(limit) <= TIME:
        return Span(fmt.right(limit, TIME), Style.MUTED)
    return Span(fmt.right(latency, TIME))


def _latency(state: CheckState) -> str:
    latency = state.values.get("latency")
    return fmt.duration(latency) if isinstance(latency, int | float) and not isinstance(latency, bool) else ""


def _beside(state: CheckState, view: View) -> str:
    """The 95th percentile, else the limit that stands beside the value."""
    if state.p95 is not None:
        return f"p95 {fmt.duration(state.p95)}"
    return clip(view.clean(state.limit), P95, view.glyphs.ellipsis)


def _share(state: CheckState, cells: _Grid, view: View) -> list[Span]:
    """The share of time in which it was up."""
    if not cells.share:
        return []
    text = view.glyphs.dash if state.uptime is None else fmt.percent(state.uptime, 2)
    return [Span(fmt.right(text, SHARE), Style.MUTED)]
