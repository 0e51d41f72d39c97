"""How the timeline is said: rows, what stands above and below them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.console.timeline.filtering import CHANGES, VIEWS
from opsconsole.console.widgets.pages import Column, ListRow
from opsconsole.core import format as fmt
from opsconsole.core.clock import local
from opsconsole.core.levels import Level
from opsconsole.core.lines import LEVEL_STYLES, Line, Span, Spot, Style, fit
from opsconsole.core.text import limited, wrap
from opsconsole.core.view import GAP, View, muted, sides

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.timeline import Happening

SMALL: Final = 100
"""Cells below which a day has no weekday, and there is no room for how long before it was, nor for who did it; both
stand below the list."""
WIDE: Final = 160
"""Cells from which on there is room for a whole address."""
MOST_SHOWN: Final = 400
"""Characters of a foreign text in one line."""
MOST_DETAIL: Final = 2_000


class Around(NamedTuple):
    """The moment that the timeline is about."""

    at: Instant
    target: str = ""
    title: str = ""
    """Foreign text; empty: it is but a moment."""


def columns(cells: int) -> tuple[Column, ...]:
    """The columns in so many cells; what happened gets what is left."""
    small = cells < SMALL
    far = () if small else (Column("distance", "", 14, "right"),)
    who = () if small else (Column("who", "Who", 10 if cells < WIDE else 20),)
    return (Column("sign", "", 1), Column("day", "Day", 9 if small else 10), Column("time", "Time", 8), *far,
            Column("kind", "Kind", 11, drop=1), Column("what", "What happened", 24, flex=1), *who)


def row(one: Happening, key: str, view: View, around: Around | None, *, first: bool) -> ListRow:
    """One happening, in the order of `columns`; `first` says whether it is the first row of its day."""
    small = view.cells < SMALL
    day = (Span(fmt.day(one.at, view.now, view.zone, short=small), strong=True),) if first else ()
    here = around is not None and bool(around.target) and one.target == around.target
    exactly = around is not None and one.at == around.at and (here or one.what == around.title)
    what = Span(line_of(one.what, view), _style(one), strong=here)
    pointer = (Span(f"{view.glyphs.cursor} ", Style.ACCENT, strong=True),) if exactly else ()
    far = () if small else ((muted(distance(one.at, around.at) if around is not None else ""),),)
    who = () if small else ((muted(line_of(one.who, view, 40)),),)
    return ListRow(key, ((_sign(one, view),), day, (muted(f"{local(one.at, view.zone):%H:%M:%S}"),), *far,
                         (muted(one.kind),), (*pointer, what), *who))


def _sign(one: Happening, view: View) -> Span:
    if one.level is None:
        return Span(" ")
    return Span(view.glyphs.level(one.level), LEVEL_STYLES[one.level], strong=one.level >= Level.WARNING)


def _style(one: Happening) -> Style:
    """What went wrong and what changed stands out; the rest is quiet."""
    wrong = one.level is not None and one.level >= Level.WARNING
    return Style.TEXT if wrong or one.kind in CHANGES or one.kind == "alert" else Style.MUTED


def line_of(text: str, view: View, most: int = MOST_SHOWN) -> str:
    """Foreign text on one line."""
    return view.clean(" ".join(limited(text, most, view.glyphs.ellipsis).split()))


def distance(at: Instant, moment: Instant) -> str:
    """How far from the moment: `4 min before`, `12 s after`; empty: it is the moment."""
    if abs(at - moment) < 1_000:
        return ""
    words = fmt.duration(max(1.0, abs(at - moment) / 1000)).split()
    return f"{' '.join(words[:2])} {'before' if at < moment else 'after'}"


def views_line(active: str, filter_text: str, view: View) -> Line:
    """What can be shown by one key, each a spot `view:NAME`; at the right end what is looked for."""
    spans: list[Span] = []
    spots: list[Spot] = []
    at = 0
    for name in VIEWS:
        here = name == active
        word = name[:1].upper() + name[1:] if here else name
        if spots:
            spans.append(Span(" " * GAP))
            at += GAP
        spots.append(Spot(f"view:{name}", at, len(word)))
        spans.append(Span(word, Style.TEXT if here else Style.MUTED, strong=here))
        at += len(word)
    right = [Span("/ ", Style.FAINT), Span(line_of(filter_text, view, 200))] if filter_text else []
    return sides(spans, right, view)._replace(spots=tuple(spots)) if at <= view.cells else Line(
        fit(spans, view.cells, view.glyphs.ellipsis), spots=tuple(spots))


def moment_line(around: Around | None, problems: Sequence[str], view: View) -> Line:
    """What the timeline is about, and since when; at the right what of it could not be read."""
    wrong = [Span(f"{view.glyphs.warning} {line_of(problems[0], view)}", Style.WARNING)] if problems else []
    if around is None:
        return sides((muted("now"),), wrong, view)
    named = f"{line_of(around.title, view, 80)}  " if around.title else ""
    spans = (muted("around "), Span(named, strong=True), Span(f"{local(around.at, view.zone):%H:%M:%S}"),
             muted(f" {fmt.day(around.at, view.now, view.zone)}"))
    return sides(spans, wrong, view)


def detail_lines(one: Happening, around: Around | None, view: View, most: int) -> list[Line]:
    """Everything about the row under the cursor, in at most so many lines."""
    facts = [fmt.stamp(one.at, view.zone), one.kind, *([line_of(one.who, view, 60)] if one.who else [])]
    if around is not None and (far := distance(one.at, around.at)):
        facts.append(f"{far} {line_of(around.title, view, 60)}".rstrip())
    dot = f" {view.glyphs.dot} "
    found = [Line(fit((muted(dot.join(facts)),), view.cells, view.glyphs.ellipsis))]
    said = [Span(part) for part in wrap(line_of(one.what, view, MOST_DETAIL), view.cells)]
    for text in one.detail.split("\n") if one.detail and one.detail not in one.what else ():
        said += [Span(part, Style.MUTED) for part in wrap(line_of(text, view, MOST_DETAIL), view.cells)]
    return [*found, *(Line((span,)) for span in said)][:most]


def empty_lines(active: str, filter_text: str, *, typing: bool = False) -> list[Line]:
    """What stands in place of rows where nothing happened, and what to do next."""
    def key(name: str, does: str) -> tuple[Span, Span]:
        return Span(name, Style.ACCENT, strong=True), muted(f" {does}")

    if typing:
        return [Line((Span("Nothing that happened matches this filter."),)),
                Line(key("esc", "goes back to what was there before"))]
    if filter_text:
        return [Line((Span("Nothing that happened matches this filter."),)),
                Line((*key("/", "changes it"), Span("   "), *key("esc", "shows everything")))]
    if active != "all":
        return [Line((Span("Nothing of this kind happened."),)), Line(key("]", "shows the next kind"))]
    return [Line((Span("Nothing has happened yet."),)),
            Line((muted("Alerts, changes, tickets, checklists and the log come here by themselves."),))]
