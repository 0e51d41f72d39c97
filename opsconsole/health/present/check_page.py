"""The page of one check: what it found, its course over time, how reliable it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.glyphs import UNICODE, Glyphs
from opsconsole.core.levels import Level
from opsconsole.core.lines import Line, Span, Style
from opsconsole.core.text import wrap
from opsconsole.health.judging.rules import Bounds, Unit
from opsconsole.health.present.checks import figures, headline, wrong
from opsconsole.health.present.parts import MARGIN, View, content, framed
from opsconsole.health.present.past import NOTHING, RANGES, Past, Range
from opsconsole.health.present.services import level_of
from opsconsole.health.present.trend import Course, Window, choice, drawn

if TYPE_CHECKING:
    from datetime import tzinfo

    from opsconsole.core.clock import Instant
    from opsconsole.health.board import CheckFacts
    from opsconsole.health.checks.settings.base import Check
    from opsconsole.health.judging.trail import TrailSource

_UNITS = {"seconds": Unit.SECONDS, "percent": Unit.PERCENT, "bytes": Unit.BYTES, "per second": Unit.RATE,
          "bytes per second": Unit.BYTE_RATE}


def course(name: str, check: Check) -> Course:
    """The series by which a check is drawn: its main value."""
    return Course(f"check:{name}.{check.main}", _UNITS.get(check.units.get(check.main, ""), Unit.NUMBER), check.main)


def check_page(facts: CheckFacts | None, source: TrailSource, *, width: int, height: int | None,
               range: Range = RANGES[1], glyphs: Glyphs = UNICODE, now: Instant,  # noqa: A002 - as persons say it
               zone: tzinfo | None = None, past: Past = NOTHING, problem: str = "") -> list[Line]:
    """One check over a period.

    Args:
        facts: what is known; None while it is read.
        source: this program's own samples; none of a check, so that only `past` is drawn.
        width: cells; no line is longer.
        height: lines that there is room for; None: as many as it takes.
        range: the period.
        glyphs: the signs.
        now: the right end of the chart.
        zone: for times of day; None is the machine's own.
        past: what is stored of the period.
        problem: why nothing is known.
    """
    view = View(max(20, width - 2 * MARGIN), glyphs, now, zone)
    if facts is None:
        said = problem or "It is being read."
        return [framed(content(view, [Span(part, Style.MUTED)]), width)
                for part in wrap(view.clean(said), view.cells - 2)]
    urgent = wrong(facts.state, facts.check, view)
    below = figures(facts.state, facts.check, facts.times, facts.promise, view)
    if level_of(facts.state, view) > Level.OK:
        lines = [*headline(facts.state, view), *urgent, Line()]
    else:
        lines, below = [*headline(facts.state, view), Line()], [*urgent, *below]
    main = facts.check.main
    value = facts.state.values.get(main)
    if (isinstance(value, int | float) and not isinstance(value, bool)) or any(
            mean is not None for mean in past.means):
        room = 24 if height is None else height - len(lines) - len(below) - 1
        window = Window(source, past, now - range.length, range)
        lines += [choice(range, view), *drawn(course(facts.state.name, facts.check), Bounds(), window, room, view)]
    lines += below
    if height is not None and len(lines) > height:
        lines = [*lines[:max(0, height - 1)], content(view, [
            Span(f"+{len(lines) - height + 1} more lines not shown", Style.FAINT)])]
    return [framed(one, width) for one in lines]
