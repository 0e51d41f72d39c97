"""The promises of a ticket: how much of each is used, what is left, what was kept and what was broken. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.lines import Line, Span, Style, beside
from opsconsole.core.text import width
from opsconsole.tickets.model import ClockKind
from opsconsole.tickets.present.view import left, muted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opsconsole.tickets.clocks import Clock
    from opsconsole.tickets.present.view import View

WORDS: Final = {ClockKind.RESPONSE: "first response", ClockKind.NEXT: "next response",
                ClockKind.RESOLUTION: "resolution"}
LABEL: Final = 14
"""Cells of the longest of these words."""
BAR: Final = 20
"""Cells of a bar where there is room."""
SHORTEST_BAR: Final = 8
BESIDE: Final = 100
"""Cells from which on two promises stand beside each other in a preview."""


class Standing(NamedTuple):
    """How a promise stands, in words: `late by 4 min`, and after it what stands back: ` of 2 h`."""

    text: str
    style: Style
    rest: str = ""
    share: float | None = None
    """0 to 100 of what was promised is used; None: nothing that could be measured."""
    bar: Style = Style.MUTED
    strong: bool = False


def current(clocks: Iterable[Clock]) -> list[Clock]:
    """The promises that say something now: of each kind the newest; answers that were in time are left out.

    Promises of nothing are none.
    """
    found: dict[ClockKind, Clock] = {}
    for clock in sorted(clocks, key=lambda one: one.segment):
        if clock.target is not None or clock.release:
            found[clock.kind] = clock
    further = found.get(ClockKind.NEXT)
    if further is not None and further.met is not None and further.breached is None:
        del found[ClockKind.NEXT]
    return [found[kind] for kind in ClockKind if kind in found]


def standing(clock: Clock, view: View) -> Standing:
    """How a promise stands at the moment of the view."""
    if clock.target is None:
        return _of_release(clock, view)
    share = min(100.0, 100 * clock.used / clock.target) if clock.target else 100.0
    of = f" of {fmt.duration(clock.target / 1000)}"
    if clock.waived is not None or clock.met is not None:
        return _past(clock, share, of)
    missed = clock.breached is not None
    if clock.paused:
        word = f"paused, missed by {_over(clock)}" if missed else f"paused, {_left(clock)} left"
        style, bar = (Style.CRITICAL, Style.CRITICAL) if missed else (Style.TEXT, Style.MUTED)
        return Standing(word, style, of, share, bar)
    if clock.due is not None and clock.due <= view.now:
        late = fmt.duration((view.now - clock.due) / 1000)
        return Standing(f"late by {late}", Style.CRITICAL, "", 100.0, Style.CRITICAL, strong=True)
    if missed:
        # It was missed when it was shorter; what was missed stays so.
        return Standing(f"missed, {_left(clock)} left", Style.CRITICAL, of, share, Style.CRITICAL)
    soon = clock.warn_at is not None and clock.warn_at <= view.now
    return Standing(f"{_left(clock)} left", Style.WARNING if soon else Style.TEXT, of, share,
                    Style.WARNING if soon else Style.OK, strong=soon)


def _past(clock: Clock, share: float, of: str) -> Standing:
    """A promise that was kept, missed or waived."""
    over = clock.target is not None and clock.used > clock.target
    if clock.waived is not None:
        return Standing(f"waived: it was missed by {_over(clock)}" if over else "waived", Style.MUTED, "", share)
    if clock.breached is not None:
        word = f"missed by {_over(clock)}" if over else "missed"
        return Standing(word, Style.CRITICAL, "", 100.0, Style.CRITICAL)
    return Standing(f"kept, {fmt.duration(clock.used / 1000)}", Style.MUTED, of, share)


def _over(clock: Clock) -> str:
    return fmt.duration(max(0, clock.used - (clock.target or 0)) / 1000)


def _of_release(clock: Clock, view: View) -> Standing:
    if clock.met is not None:
        return Standing(f"delivered {view.time(clock.met)}", Style.MUTED)
    word = "paused, with the next release" if clock.paused else "with the next release"
    return Standing(word, Style.MUTED)


def _left(clock: Clock) -> str:
    remaining = clock.left if clock.left is not None else (clock.target or 0) - clock.used
    return fmt.duration(max(0, remaining) / 1000)


def missed_before(clocks: Sequence[Clock], shown: Clock) -> int:
    """How many earlier promises of the same kind were broken, and not waived."""
    return sum(one.kind is shown.kind and one.segment != shown.segment and one.breached is not None
               and one.waived is None for one in clocks)


def clock_lines(clocks: Sequence[Clock], view: View) -> list[Line]:
    """Each promise on a line of its own: its bar, how it stands, when it is due, in which hours."""
    shown = [(clock, standing(clock, view)) for clock in current(clocks)]
    words = max((width(said.text + said.rest) for _, said in shown), default=0)
    bar = max(SHORTEST_BAR, min(BAR, view.cells - LABEL - words - 18))
    lines = []
    for clock, said in shown:
        spans = [*_bar(clock, said, bar, view), *_said(said),
                 Span(" " * (words - width(said.text + said.rest) + 2)),
                 *_about(clock, clocks, view, view.cells - LABEL - bar - words - 4)]
        lines.append(Line(tuple(span for span in spans if span.text)))
    return lines


def clock_strip(clocks: Sequence[Clock], view: View) -> list[Line]:
    """The promises for a preview, two beside each other where there is room; without due times."""
    columns = 2 if view.cells >= BESIDE else 1
    room = (view.cells - 2) // columns
    lines = []
    for clock in current(clocks):
        said = standing(clock, view)
        bar = max(SHORTEST_BAR, min(BAR, room - LABEL - width(said.text + said.rest) - 3))
        lines.append(Line((*_bar(clock, said, bar, view, padded=columns == 1), *_said(said))))
    if columns == 1:
        return lines
    return beside(lines[::2], lines[1::2], left_cells=room, gap=2, right_cells=room)


def _bar(clock: Clock, said: Standing, cells: int, view: View, *, padded: bool = True) -> list[Span]:
    word = left(WORDS[clock.kind], LABEL, view) if padded else WORDS[clock.kind]
    if said.share is None:
        return [muted(word), Span(" "), *([Span(" " * (cells + 1))] if padded else [])]
    full, empty = fmt.bar(said.share, cells, view.glyphs)
    return [muted(word), Span(" "), Span(full, said.bar), Span(empty, Style.FAINT), Span(" ")]


def _said(said: Standing) -> list[Span]:
    return [Span(said.text, said.style, said.strong), muted(said.rest)]


def _about(clock: Clock, clocks: Sequence[Clock], view: View, room: int) -> list[Span]:
    """When it is due, in which hours it counts, how often it was missed before: as much as there is room for."""
    facts = []
    if clock.met is None and clock.due is not None:
        facts.append(f"due {view.time(clock.due)}")
    elif clock.paused and clock.paused_since is not None and clock.met is None:
        facts.append(f"paused {view.time(clock.paused_since)}")
    if clock.met is None and clock.calendar not in ("", "clock") and clock.target is not None:
        facts.append(f"{view.clean(clock.calendar)} hours")
    if (before := missed_before(clocks, clock)) > 0:
        facts.append("missed once before" if before == 1 else f"missed {before} times before")
    if clock.breached is not None and clock.target is not None and clock.waived is None:
        facts.append(f"{fmt.duration(clock.target / 1000)} promised")
    dot, said = f" {view.glyphs.dot} ", ""
    for fact in facts:
        longer = f"{said}{dot}{fact}" if said else fact
        said = longer if not said or width(longer) <= room else said
    return [muted(said)] if said else []
