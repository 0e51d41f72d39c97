"""A run as somebody walks through it: heading, sections, one line for each item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.checklists.model import Category, EventKind, RunState, Verdict
from opsconsole.checklists.present.items import Around, below_lines, item_line
from opsconsole.checklists.present.words import key, late_by, muted, one_line, people
from opsconsole.checklists.walk import counts, handed_over
from opsconsole.core import format as fmt
from opsconsole.core.clock import local
from opsconsole.core.lines import BLANK, Line, Span, Spot, Style
from opsconsole.core.text import width, wrap
from opsconsole.core.view import framed
from opsconsole.tickets.present.view import sides

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.checklists.model import Answer
    from opsconsole.checklists.walk import Left, Step, Walk
    from opsconsole.core.view import View

BAR: Final = 20
SHORT_BAR: Final = 10
WIDE: Final = 100
HANDOVER: Final = "handover"
"""The spot of what the run before left open."""
MOST_LEFT: Final = 5


class Page(NamedTuple):
    """What of a run is drawn, and how."""

    walk: Walk
    state: RunState
    figures: Mapping[str, Sequence[Answer]] = {}
    cursor: str = ""
    """The item under the cursor."""
    unfolded: frozenset[str] = frozenset()
    """Items whose help, steps, notes and evidence are shown below them."""
    supervisor: bool = False
    """Whether marks for supervisors are shown."""

    @property
    def answerable(self) -> bool:
        """Whether items can be answered now."""
        return not self.state.ended and not self.walk.run.signatures and self.state is not RunState.DEFERRED


def heading(page: Page, view: View) -> Line:
    """`Morning check  Fri 20 Nov · due 08:15 · ana      9/16 ━━━━━━────  1 failed`."""
    run, wide = page.walk.run, view.cells >= WIDE
    total, answered, failed = counts(page.walk)
    facts = []
    if run.due is not None:
        facts.append(f"{local(run.due, view.zone):%a} {local(run.due, view.zone).day} {local(run.due, view.zone):%b}")
        facts.append(f"due {local(run.due, view.zone):%H:%M}")
    else:
        facts.append(one_line(run.occurrence, view, 20))
    names = people(run.performers, view, 3 if wide else 1)
    facts += [names] if names else []
    dot = f" {view.glyphs.dot} "
    late = late_by(run, view)
    # How it stands comes first: where there is little room, what stands last is cut.
    begin = [Span(one_line(run.title, view, 60), strong=True), Span("  ")]
    if late and not page.state.ended:
        begin += [Span(late, Style.CRITICAL), muted(dot)]
    elif page.state.ended or page.state in (RunState.WAITING, RunState.DEFERRED):
        begin += [Span(page.state.value, Style.WARNING if page.state is RunState.WAITING else Style.TEXT), muted(dot)]
    begin.append(muted(dot.join(facts)))
    full, empty = fmt.bar(100 * answered / total if total else 100.0, BAR if wide else SHORT_BAR, view.glyphs)
    end = [Span(f"{answered}/{total}  "), Span(full, Style.ACCENT), Span(empty, Style.FAINT)]
    end += [Span(f"  {failed} failed", Style.CRITICAL)] if failed else []
    return sides(begin, end, view)


def walk_lines(page: Page, view: View, known: Known | None = None) -> list[Line]:
    """The whole page.

    Args:
        page: what is drawn.
        view: for whom.
        known: keeps lines that are drawn again as they were; None: all are made.
    """
    walk = page.walk
    if known is not None:
        known.begin(view)
    lines = [*_notices(page, view), *handover_lines(page, view)]
    if lines:
        lines.append(BLANK)
    wide = view.cells >= WIDE
    for number, section in enumerate(walk.template.sections):
        steps = [step for step in walk.steps if step.section == number and step.shown]
        if not steps:
            continue
        if number and wide:
            lines.append(BLANK)
        lines.append(Line((muted(one_line(section.title, view, 80).upper()),)))
        for step in steps:
            lines.append(_item(step, page, view, known))
            if step.item.id in page.unfolded:
                lines += below_lines(step, view)
    return lines


class Known:
    """Lines of items as they were drawn, so that a key costs the lines that it changes."""

    def __init__(self) -> None:
        self._view: View | None = None
        self._lines: dict[str, tuple[tuple[object, ...], Line]] = {}
        self._framed: list[tuple[Line, Line]] = []
        self._cells = 0

    def begin(self, view: View) -> None:
        """Another width, other signs or another minute: nothing of it is as it was."""
        as_drawn = view._replace(now=view.now // 60_000)
        if as_drawn != self._view:
            self._view = as_drawn
            self._lines.clear()

    def line(self, step: Step, around: Around, view: View) -> Line:
        """The line of an item; `begin` comes first."""
        # What is the same object is compared at once, and that is nearly everything.
        mark = (step, around.figures, around.states.get(step.ticket, ""), around.here, around.answerable)
        known = self._lines.get(step.item.id)
        if known is not None and known[0] == mark:
            return known[1]
        made = item_line(step, around, view)
        self._lines[step.item.id] = mark, made
        return made

    def framed(self, lines: Sequence[Line], cells: int) -> list[Line]:
        """Lines with their margin; those that stood there before are framed already."""
        before = self._framed if cells == self._cells else []
        self._cells = cells
        self._framed = [before[row] if row < len(before) and before[row][0] is line else (line, framed(line, cells))
                        for row, line in enumerate(lines)]
        return [one for _, one in self._framed]


def _item(step: Step, page: Page, view: View, known: Known | None) -> Line:
    around = Around(page.figures.get(step.item.id, ()), page.walk.states, step.item.id == page.cursor, page.answerable)
    return item_line(step, around, view) if known is None else known.line(step, around, view)


def _notices(page: Page, view: View) -> list[Line]:
    """What has to be known before one begins."""
    run, lines = page.walk.run, list[Line]()
    if page.state is RunState.WAITING:
        names = people(tuple(one.actor for one in run.signatures), view)
        lines.append(Line((Span(f"{view.glyphs.warning} ", Style.WARNING), Span(f"Signed by {names}; "),
                           muted("a second person signs with "), Span("ctrl+s", Style.ACCENT, strong=True),
                           muted(" or sends it back with "), Span("B", Style.ACCENT, strong=True))))
    if page.state is RunState.DEFERRED and run.deferred is not None:
        lines.append(Line((muted(f"{view.glyphs.dash} Put off until {view.time(run.deferred)}; "),
                           Span("D", Style.ACCENT, strong=True), muted(" takes it up again"))))
    if run.reason:
        lines.append(Line((muted(f"{view.glyphs.dash} {run.outcome}: {one_line(run.reason, view)}"),)))
    elif page.state is RunState.MISSED:
        lines.append(Line((Span(f"{view.glyphs.critical} It was missed; ", Style.CRITICAL),
                           Span("m", Style.ACCENT, strong=True), muted(" says why"))))
    if run.seal:
        names = people(tuple(one.actor for one in run.signatures), view)
        at = view.time(run.signatures[-1].at) if run.signatures else ""
        lines.append(Line((Span(f"{view.glyphs.done} ", Style.OK), Span(f"Signed by {names} {at}"),
                           muted(f"   seal {run.seal[:12]}"))))
    returned = next((one for one in reversed(page.walk.events)
                     if one.kind in (EventKind.RETURNED, EventKind.SIGNED)), None)
    if returned is not None and returned.kind is EventKind.RETURNED and not page.state.ended:
        lines.append(Line((Span(f"{view.glyphs.warning} ", Style.WARNING),
                           Span(f"Sent back by {one_line(returned.actor, view, 20)}: "),
                           Span(one_line(returned.text, view)))))
    if page.walk.newer and not page.state.ended:
        lines.append(Line((muted("Its template has changed since; "), Span("A", Style.ACCENT, strong=True),
                           muted(" shows what, and adopts it"))))
    if page.supervisor:
        end = [Span("   "), *key("C", "records that you looked")]
        lines += [Line((Span(f"{view.glyphs.warning} ", Style.WARNING), Span(one_line(mark, view)),
                        *([] if number else end))) for number, mark in enumerate(run.marks)]
    return lines


def handover_lines(page: Page, view: View) -> list[Line]:
    """What the runs before left open, until somebody has acknowledged it."""
    left = page.walk.left
    if handed_over(page.walk) or not page.answerable:
        return []
    first = left[0]
    head = f"FROM {one_line(first.title, view, 40).upper()}, {one_line(first.occurrence, view, 20)}"
    first_line = sides((Span(head, Style.WARNING), Span("   "), *key("enter", "acknowledges")), (), view)
    lines = [first_line._replace(spots=(Spot(HANDOVER, 0, view.cells),))]
    lines += [_left(one, view) for one in left[:MOST_LEFT]]
    if len(left) > MOST_LEFT:
        lines.append(Line((muted(f"  {view.glyphs.ellipsis} and {len(left) - MOST_LEFT} more"),)))
    return lines


def _left(one: Left, view: View) -> Line:
    words = {Verdict.FAILED: "failed", Verdict.SKIPPED: "skipped", Verdict.OPEN: "not answered"}
    sign = Span(f"  {view.glyphs.critical} ", Style.CRITICAL) if one.verdict is Verdict.FAILED else Span(
        f"  {view.glyphs.dash} ", Style.MUTED)
    spans = [sign, Span(one_line(one.what, view, 60)), muted(f"  {words.get(one.verdict, one.verdict.value)}")]
    if one.note:
        spans.append(muted(f": {one_line(one.note, view)}"))
    if one.ticket:
        spans += [Span(f" {view.glyphs.arrow} "), Span(f"#{one.ticket}", Style.ACCENT),
                  muted(f" {one_line(one.ticket_state, view, 20)}")]
    return sides(spans, (), view)


def emergency(page: Page) -> bool:
    """Whether routine rounds may wait for this run."""
    return page.walk.run.category in (Category.EMERGENCY, Category.SECURITY) and page.answerable


def ready_line(missing: int, page: Page, view: View) -> Line:
    """What is left to do, at the foot of the page."""
    if not page.answerable:
        return BLANK
    if not missing:
        second = "; then a second person does" if page.walk.run.persons > 1 else ""
        return Line((Span(f"{view.glyphs.done} ", Style.OK), Span("All is answered: "), *key("ctrl+s", "signs it off"),
                     muted(second)))
    return Line((muted(f"{missing} required item{' is' if missing == 1 else 's are'} left before "),
                 *key("ctrl+s", "signs it off")))


def wrapped(text: str, view: View, style: Style = Style.TEXT) -> list[Line]:
    """A text over the width of the page."""
    return [Line((Span(row, style),)) for row in wrap(view.clean(text), max(20, view.cells)) if width(row)]
