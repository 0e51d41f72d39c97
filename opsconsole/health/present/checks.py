"""Checks for the command line, worded as on the panel: a line each, one in full, what conditions can compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from opsconsole.core import format as fmt
from opsconsole.core.clock import DAY
from opsconsole.core.levels import Level
from opsconsole.core.lines import LEVEL_STYLES, Line, Span, Style, line
from opsconsole.core.text import harmless_lines, wrap
from opsconsole.health.checks.service import state_of
from opsconsole.health.conditions.literals import quoted, show_value
from opsconsole.health.present.services import level_of, said_of, services, unwatched

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.health.checks.model import CheckState, Measured, Outcome, Report
    from opsconsole.health.checks.settings.base import Check
    from opsconsole.health.checks.uptime import Period, Slo, Uptime
    from opsconsole.health.present.parts import View

SPANS = (("24 h", DAY), ("7 d", 7 * DAY), ("30 d", 30 * DAY))
"""Times for which `check show` says how reliable a check was."""
MOST_PERIODS = 20
MOST_LINES = 40
"""Of a check's output."""
MOST_PARTS = 30
"""Parts of a body that are named."""
_COLUMN = 12
_LEVELS = {"ok": Level.OK, "warning": Level.WARNING, "critical": Level.CRITICAL, "unknown": Level.UNKNOWN}


def as_state(check: Check, outcome: Outcome, stored: CheckState | None = None) -> CheckState:
    """The outcome of a run as panels show a check; `stored` may know since when it is so."""
    since = stored.since if stored is not None and stored.at and stored.level is outcome.level else outcome.at
    return replace(stored or state_of(outcome.name, check, None), level=outcome.level, since=since, text=outcome.text,
                   at=outcome.at, took=outcome.took, values=outcome.values, failed=outcome.failed,
                   output=outcome.output)


def check_lines(states: Sequence[CheckState], view: View) -> list[Line]:
    """A line for each check, as on the panel; unlike there, what is well has its sign too."""
    block = services(states, view)
    return [_signed(drawn, state, view) for row, state in zip(block.rows, states, strict=True) for drawn in row.lines]


def _signed(drawn: Line, state: CheckState, view: View) -> Line:
    if level_of(state, view) is not Level.OK:
        return drawn
    return Line((Span(f"{view.glyphs.ok} ", Style.OK), *drawn.spans[1:]))


def summary(states: Sequence[CheckState], view: View) -> Line:
    """`7 ok, 1 critical`."""
    levels = [level_of(state, view) for state in states]
    return line(", ".join(f"{levels.count(level)} {level.word}" for level in (
        Level.CRITICAL, Level.WARNING, Level.UNKNOWN, Level.OK) if level in levels))


def details(state: CheckState, check: Check, times: Mapping[str, Uptime], promise: Slo | None,
            view: View) -> list[Line]:
    """What is known of one check: the newest outcome, what is to be done, its values, how reliable it was."""
    return [*headline(state, view), *wrong(state, check, view), *figures(state, check, times, promise, view)]


def headline(state: CheckState, view: View) -> list[Line]:
    """Which check it is, and how it is: two lines."""
    level = level_of(state, view)
    since = [] if unwatched(state, view) else [Span(f"  since {view.time(state.since)}", Style.MUTED)]
    since += [Span("  in maintenance", Style.MUTED)] if state.maintenance else []
    name, kind = view.clean(state.label or state.name), view.clean(state.kind)
    return [line(Span(name, strong=True), Span(f"  {kind}", Style.MUTED)),
            line(Span(f"{view.glyphs.level(level)} {level.word}", LEVEL_STYLES[level], strong=True),
                 f"  {said_of(state, view)}", *since)]


def wrong(state: CheckState, check: Check, view: View) -> list[Line]:
    """The conditions that do not hold, and what to do when it fails."""
    return [*(drawn for one in state.failed for drawn in _fact("failed", view.clean(one), view)),
            *_fact("to do", view.clean(check.help), view)]


def figures(state: CheckState, check: Check, times: Mapping[str, Uptime], promise: Slo | None,
            view: View) -> list[Line]:
    """When it ran, how reliable it was, what it measured last."""
    lines = []
    if state.at is not None:
        took = "" if state.took is None else f", took {fmt.duration(state.took)}"
        lines += _fact("last run", f"{view.time(state.at)}{took}", view)
    lines += _fact("runs", f"every {fmt.duration(state.interval)}", view)
    for name, time in times.items():
        lines += _fact(name, _time(time), view)
    if promise is not None:
        lines += _fact("promise", _promise(promise), view)
    return [*lines, *_values(check, state.values, view), *_output(state.output, view)]


def _fact(name: str, text: str, view: View) -> list[Line]:
    """A word and what it says, wrapped; nothing where there is nothing to say."""
    parts = wrap(text, max(20, view.cells - _COLUMN - 2)) if text else []
    return [line(Span(f"  {view.clean(name) if not number else '':<{_COLUMN}}", Style.MUTED), part)
            for number, part in enumerate(parts)]


def _time(one: Uptime) -> str:
    if one.share is None:
        return "nobody was watching" if not one.maintenance else "in maintenance"
    parts = [f"{fmt.percent(one.share, 2)} up"]
    parts += [f"down {fmt.duration(one.down)}"] if one.down else []
    parts += [f"maintenance {fmt.duration(one.maintenance)}"] if one.maintenance else []
    parts += [f"watched {fmt.percent(one.coverage)} of it"] if one.coverage < 99.995 else []
    return ", ".join(parts)


def _promise(promise: Slo) -> str:
    target = f"{fmt.percent(promise.target, 2)} over 30 d"
    if promise.left < 0:
        return f"{target}, broken by {fmt.duration(-promise.left)}"
    burn = "" if promise.burn is None else f", the last hour uses it {promise.burn:.1f} times as fast as it may"
    return f"{target}, may be down {fmt.duration(promise.left)} more{burn if promise.burn else ''}"


def _values(check: Check, values: Mapping[str, Any], view: View) -> list[Line]:
    return [drawn for name, value in values.items()
            for drawn in _fact(name, view.clean(_shown(check, name, value)), view)]


def _shown(check: Check, name: str, value: Any) -> str:
    unit = check.units.get(name, "")
    return "not known" if value is None else show_value(value, unit)


def _output(text: str, view: View) -> list[Line]:
    if not text.strip():
        return []
    shown = [Span(view.clean(one)) for one in harmless_lines(text, MOST_LINES)]
    return [line(Span("  output", Style.MUTED)), *(line("    ", one) for one in shown)]


def period_lines(periods: Sequence[Period], view: View) -> list[Line]:
    """What was when, the newest first."""
    shown = list(reversed(periods))[:MOST_PERIODS]
    return [line("  ", Span(f"{_sign(one, view)} {one.status:<11}", _style(one)), f"  {view.time(one.begun):<12}",
                 f"  {fmt.duration((one.ended - one.begun) / 1000):<12}",
                 Span(f"  {view.clean(one.reason)}" if one.status != "ok" else "", Style.MUTED)) for one in shown]


def _sign(period: Period, view: View) -> str:
    return view.glyphs.level(_LEVELS[period.status]) if period.status in _LEVELS else view.glyphs.dash


def _style(period: Period) -> Style:
    return LEVEL_STYLES[_LEVELS[period.status]] if period.status in _LEVELS else Style.MUTED


def report_lines(reports: Sequence[Report], view: View) -> list[Line]:
    """What a job reported, the newest first."""
    return [line("  ", f"{one.kind:<5}  {view.time(one.at):<12}",
                 f"  took {fmt.duration(one.took)}" if one.took is not None else "",
                 Span(f"  {view.clean(one.message)}" if one.message else "", Style.MUTED)) for one in reports]


def available(check: Check, measured: Measured | None, body: Any, view: View) -> list[Line]:
    """The values that conditions of a check can compare: unit, and what was measured now.

    Args:
        check: its settings.
        measured: None where nothing could be measured.
        body: what the service answered, read as JSON; None where it is none.
        view: for whom.
    """
    values: Mapping[str, Any] = {} if measured is None else measured.values
    names = [*(name for name in check.units if name != "body"), *(name for name in values if name not in check.units)]
    width = min(max([_COLUMN, *(len(name) + 2 for name in names)]), 40)
    lines = [line(Span(f"    {view.clean(name):<{width}}"), Span(f"{check.units.get(name, ''):<17}", Style.MUTED),
                  view.clean(_shown(check, name, values[name])) if name in values else "") for name in names]
    if "body" in check.units:
        size = "" if measured is None else fmt.size(len(measured.body))
        lines.append(line(Span(f"    {'body':<{width}}"), Span(f"{'text or JSON':<17}", Style.MUTED), size))
        lines += [line(Span(f"    {view.clean(path):<{width}}"), Span(f"{kind:<17}", Style.MUTED), view.clean(shown))
                  for path, kind, shown in _parts(body)[:MOST_PARTS]]
    return lines


def _parts(body: Any) -> list[tuple[str, str, str]]:
    """Paths into a JSON body, what is there, and numbers themselves; texts may be secrets and are not shown."""
    found: list[tuple[str, str, str]] = []
    waiting: list[tuple[str, Any]] = [("body", body)]
    while waiting and len(found) < MOST_PARTS:
        path, value = waiting.pop(0)
        if isinstance(value, dict):
            waiting += [(f"{path}{_key(key)}", part) for key, part in list(value.items())[:MOST_PARTS]]
        elif isinstance(value, list):
            found.append((path, "list", f"{len(value)} items"))
            waiting += [(f"{path}[0]", value[0])] if value else []
        elif isinstance(value, str):
            found.append((path, "text", ""))
        elif path != "body":
            found.append((path, "true or false" if isinstance(value, bool) else "null" if value is None else "number",
                          show_value(value, "number")))
    return found


def _key(key: str) -> str:
    return f".{key}" if key.isascii() and key.isidentifier() else f"[{quoted(key)}]"
