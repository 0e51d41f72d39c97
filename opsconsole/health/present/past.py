"""What is stored of one series over a period, and how it joins what this program measured itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.clock import DAY, HOUR, MINUTE, Instant
from opsconsole.core.lines import Line, Span, Style
from opsconsole.core.text import clip
from opsconsole.health.changes.model import Change, ChangeKind, grouped
from opsconsole.health.present.chart import Curve, buckets
from opsconsole.health.present.parts import content

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.health.judging.trail import TrailSource
    from opsconsole.health.present.parts import View

WEEK = 7 * DAY
LETTERS = {ChangeKind.REBOOT: "R", ChangeKind.MAINTENANCE: "M", ChangeKind.UNIT: "U", ChangeKind.PACKAGE: "P",
           ChangeKind.SIGN_IN: "S"}
"""The mark of a change on the time axis; where several meet, the first of these is shown."""
WORDS = {ChangeKind.REBOOT: "restart", ChangeKind.MAINTENANCE: "work", ChangeKind.UNIT: "unit",
         ChangeKind.PACKAGE: "package", ChangeKind.SIGN_IN: "sign-in"}


class Range(NamedTuple):
    """A period that ends now; `length` in ms."""

    key: str
    label: str
    length: int


RANGES = (Range("15m", "15 min", 15 * MINUTE), Range("1h", "1 h", HOUR), Range("6h", "6 h", 6 * HOUR),
          Range("24h", "24 h", DAY), Range("7d", "7 d", WEEK), Range("30d", "30 d", 30 * DAY),
          Range("1y", "1 y", 365 * DAY))
LIVE = HOUR
"""ms: periods up to this are drawn from this program's own samples, where it has them: they are finer and newer."""


class Past(NamedTuple):
    """What is stored of one series over one period, in as many equal parts as the chart has columns."""

    means: Sequence[float | None] = ()
    lows: Sequence[float | None] = ()
    highs: Sequence[float | None] = ()
    before: Sequence[float | None] = ()
    """The means of the same period a week earlier; empty for periods of a week and more."""
    percentiles: tuple[float, float, float] | None = None
    """p50, p95 and p99 over the whole period, of a latency; None for other series."""
    changes: Sequence[Change] = ()
    problem: str = ""
    """Why there is no history, as a sentence."""


NOTHING = Past()


def curve_of(series: str, source: TrailSource, past: Past, since: Instant, until: Instant, cells: int, *,
             falling: bool) -> Curve:
    """What is stored and what was just measured as one curve of `cells` columns.

    Args:
        series: the series that is drawn.
        source: this program's own samples.
        past: what is stored; its parts are `cells`, or none.
        since: the left end, ms UTC.
        until: the right end.
        cells: columns.
        falling: whether low is bad, so that the least is worth more than the most.
    """
    live = buckets(source.points(series, since, until), since, until, cells, source.gap(since))
    stored = _of_length(past.means, cells)
    first, second = (live, stored) if until - since <= LIVE else (stored, live)
    values = [one if one is not None else other for one, other in zip(first, second, strict=True)]
    extremes = _of_length(past.lows if falling else past.highs, cells)
    marks = [((change.at - since) * cells // max(1, until - since), LETTERS[change.kind])
             for change in sorted(past.changes, key=lambda one: list(LETTERS).index(one.kind), reverse=True)
             if since <= change.at < until]
    return Curve(values, extremes, _of_length(past.before, cells), marks)


def _of_length(values: Sequence[float | None], cells: int) -> Sequence[float | None]:
    """The values if they are as many as there are columns: others were read for another size of the window."""
    return values if len(values) == cells else [None] * cells


def changed(past: Past, since: Instant, until: Instant, most: int, view: View) -> list[Line]:
    """What changed in the period, newest first, each with the letter of its mark."""
    found = [one for one in grouped(past.changes) if since <= one.at <= until]
    lines = []
    for one in found[:most]:
        room = max(8, view.cells - 2 - 2 - 16 - 10)
        lines.append(content(view, [
            Span(f"{LETTERS[one.kind]} ", Style.TEXT, strong=True),
            Span(f"{clip(view.time(one.at), 16):<16}", Style.MUTED),
            Span(f"{WORDS[one.kind]:<10}", Style.MUTED),
            Span(clip(view.clean(one.text), room, view.glyphs.ellipsis))]))
    if len(found) > most > 0:
        lines.append(content(view, [Span(f"+{len(found) - most} more changes not shown", Style.FAINT)]))
    return lines
