"""What is told of a visit and of hand-overs, in lines. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.core import format as fmt
from opsconsole.core.levels import Level
from opsconsole.core.lines import BLANK, LEVEL_STYLES, Line, Span, Spot, Style, fit
from opsconsole.core.markdown import markdown_lines
from opsconsole.core.text import harmless, limited, width, wrap
from opsconsole.core.view import GAP, View, left, muted, sides
from opsconsole.reports.briefing.model import HandoverState, Part

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.reports.briefing.model import Briefing, Handover, Item, Section

FEW: Final = 8
"""Items of a part that are shown at once; the others when somebody wants them."""
LINES: Final = 6
"""Lines of a hand-over that are shown beside what happened; all of them on its own page."""
MOST_WORDS: Final = 400
"""Characters of a foreign text in one line."""
SIGN, WHO, WHEN = 2, 12, 12
"""Cells of the sign before an item, and of whom and when behind it."""
NARROW: Final = 60
"""Cells below which nobody is named behind an item."""
MORE: Final = "more:"
"""What targets of parts begin with that show only the first of their items."""


def heading(word: str, right: Sequence[Span], view: View) -> Line:
    """A word, and something at the right end."""
    return sides([Span(word.upper(), Style.MUTED)], right, view)


def title_line(briefing: Briefing, view: View) -> Line:
    """Since when, and how much."""
    when = [Span("Since your last visit", strong=True), Span(f"  {view.time(briefing.since)}")]
    right = [muted(summary(briefing))]
    ago = muted(f", {fmt.ago((view.now - briefing.since) / 1000)}")
    if sum(width(span.text) for span in (*when, ago, *right)) + GAP <= view.cells:
        when.append(ago)
    return sides(when, right, view)


def summary(briefing: Briefing) -> str:
    """What there is, in a few words: `1 hand-over, 2 wrong now, 14 things`."""
    parts = []
    if briefing.waiting:
        parts.append(_counted(len(briefing.waiting), "hand-over"))
    wrong = next((one.new for one in briefing.sections if one.part is Part.WRONG), 0)
    if wrong:
        parts.append(f"{wrong} wrong now")
    others = briefing.news - wrong
    if others:
        parts.append(_counted(others, "other thing" if wrong else "thing"))
    return ", ".join(parts)


def briefing_lines(briefing: Briefing, view: View, whole: Collection[Part] = ()) -> list[Line]:
    """Hand-overs, then the parts of what happened.

    Args:
        briefing: what there is.
        view: for whom.
        whole: the parts of which all items are shown.
    """
    lines: list[Line] = []
    for problem in briefing.problems:
        lines += problem_lines(problem, view)
    for one in briefing.handovers:
        lines += [*([BLANK] if lines else []), *_handed(one, briefing.me, view)]
    for section in briefing.sections:
        lines += [*([BLANK] if lines else []), *_section(section, view, whole=section.part in whole)]
    return lines or [Line((Span("Nothing happened since then."),))]


def problem_lines(problem: str, view: View) -> list[Line]:
    """Something that cannot be read, and what to do."""
    return [Line((Span(left("" if place else view.glyphs.critical, SIGN, view), Style.CRITICAL, strong=True),
                  Span(row, Style.CRITICAL)))
            for place, row in enumerate(wrap(harmless(problem), max(20, view.cells - SIGN)))]


def _handed(one: Handover, me: str, view: View) -> Iterator[Line]:
    """The beginning of a hand-over."""
    own = one.author == me
    by = "yours" if own else view.clean(limited(one.author, 40))
    yield heading("hand-over", [Span(by, Style.TEXT, strong=not own), muted(f"  {view.time(one.written)}"),
                                Span("  nobody has taken it", Style.MUTED if own else Style.WARNING)], view)
    said = markdown_lines(one.text, max(20, view.cells - SIGN), view.glyphs)
    shown = said if len(said) <= LINES else said[:LINES - 1]
    for place, row in enumerate(shown):
        spot = (Spot(f"handover:{one.id}", 0, view.cells),) if not place else ()
        yield Line(fit((Span(" " * SIGN), *row.spans), view.cells, view.glyphs.ellipsis), spots=spot)
    if len(shown) < len(said):
        yield Line((muted(f"{' ' * SIGN}{view.glyphs.ellipsis} {len(said) - len(shown)} more lines"),))


def _section(section: Section, view: View, *, whole: bool) -> Iterator[Line]:
    """One part: its heading, then its items."""
    known = len(section.items) - section.new
    new = f"{section.new}{' or more' if section.more else ''}{' new' if known else ''}" if section.new else ""
    before = f"{known} from before" if known else ""
    right = [muted(f" {view.glyphs.dot} ".join(part for part in (new, before) if part))]
    yield heading(section.part.value, right, view)
    items = section.items if whole or len(section.items) <= FEW + 1 else section.items[:FEW]
    for one in items:
        yield item_line(one, view)
    if len(items) < len(section.items):
        said = f"{view.glyphs.ellipsis} {len(section.items) - len(items)} more"
        yield Line(fit((Span(" " * SIGN), Span(said, Style.ACCENT)), view.cells),
                   spots=(Spot(f"{MORE}{section.part.name.lower()}", 0, view.cells),))


def item_line(item: Item, view: View) -> Line:
    """One thing: how bad it is, what, how often; who, and when."""
    bad = item.level is not None and item.level >= Level.WARNING
    sign = view.glyphs.level(item.level) if item.level is not None else " "
    style = LEVEL_STYLES[item.level] if item.level is not None and not item.known else Style.MUTED
    said = view.clean(" ".join(limited(item.what, MOST_WORDS, view.glyphs.ellipsis).split()))
    times = f"  {item.count} times" if item.count > 1 else ""
    who = ", ".join(view.clean(limited(one, 20)) for one in item.who[:2]) if view.cells >= NARROW else ""
    tail = [Span(f"  {left(who, WHO, view)}", Style.MUTED)] if view.cells >= NARROW else []
    tail.append(muted(f"  {fmt.right(item.day or view.time(item.at), WHEN)}"))
    room = max(8, view.cells - SIGN - sum(width(span.text) for span in tail) - width(times))
    text = Span(said, Style.MUTED if item.known else Style.TEXT, strong=bad and not item.known)
    spans = (Span(f"{sign} ", style, strong=bad), *fit((text,), min(room, max(width(said), 1)), view.glyphs.ellipsis),
             muted(times))
    shown = fit(spans, view.cells - sum(width(span.text) for span in tail), view.glyphs.ellipsis)
    return Line((*shown, *tail), spots=(Spot(item.target, 0, view.cells),) if item.target else ())


def handover_title(one: Handover, view: View) -> Line:
    """Who wrote it and when, and what became of it."""
    begin = [Span("Hand-over", strong=True), Span(f" {one.id}", Style.ACCENT), muted("  of "),
             Span(view.clean(limited(one.author, 40)), strong=True), muted(f"  {view.time(one.written)}")]
    return sides(begin, [standing(one, view)], view)


def standing(one: Handover, view: View) -> Span:
    """What became of a hand-over."""
    if one.state is HandoverState.OPEN:
        return Span("nobody has taken it", Style.WARNING)
    ended = _ended(one, view)
    return Span(ended, Style.OK if one.state is HandoverState.TAKEN else Style.MUTED)


def _ended(one: Handover, view: View) -> str:
    at: Instant = one.ended if one.ended is not None else one.written
    by = f" by {view.clean(limited(one.ended_by, 40))}" if one.state is HandoverState.TAKEN else ""
    return f"{one.state.value}{by} {view.time(at)}"


def handover_lines(one: Handover, view: View) -> list[Line]:
    """All of a hand-over."""
    return markdown_lines(one.text, max(20, view.cells), view.glyphs)


def handover_row(one: Handover, view: View) -> Line:
    """One of a list: its number, whose, when, how it begins, what became of it."""
    first = next((" ".join(row.split()) for row in one.text.splitlines() if row.strip()), "")
    begin = [Span(fmt.right(f"#{one.id}", 5), Style.ACCENT), muted(f"  {fmt.right(view.time(one.written), WHEN)}"),
             Span(f"  {left(view.clean(limited(one.author, 40)), WHO, view)}"),
             muted(f"  {view.clean(limited(first, MOST_WORDS))}")]
    return sides(begin, [standing(one, view)], view)._replace(spots=(Spot(f"handover:{one.id}", 0, view.cells),))


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number != 1 else ''}"
