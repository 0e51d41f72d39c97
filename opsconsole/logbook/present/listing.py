"""The list of the log: what is to be done next first, then entries by their day, newest first. Pure."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.clock import local
from opsconsole.core.lines import Line, Span, Style
from opsconsole.core.view import Place, View, muted, sides
from opsconsole.logbook.model import Action, EntryState, Summary
from opsconsole.logbook.present.words import key, one_line, people, sign_of, state_span, type_span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant

SMALL: Final = 96
"""Cells of the list below which a day has no weekday, and its entries no time."""
MIDDLE: Final = 112
"""Cells from which on there is room for all counts and the time spent."""


class Due(NamedTuple):
    """A next action that is due, as a row of the list."""

    entry: int
    place: int
    action: Action

    @property
    def key(self) -> str:
        """As the row has it."""
        return f"next:{self.entry}:{self.place}"


class Target(NamedTuple):
    """What a row stands for."""

    entry: int = 0
    place: int = -1
    """Of a next action; -1: it is the entry itself."""


class Counts(NamedTuple):
    """What waits in the log."""

    unsigned: int = 0
    overdue: int = 0
    """Next actions whose day is over, and maintenance that ran out before it was finished."""
    due: int = 0
    """Next actions of today."""


def target_of(row: str) -> Target:
    """What the key of a row says."""
    kind, _, rest = row.partition(":")
    if kind == "next":
        entry, _, place = rest.partition(":")
        return Target(int(entry), int(place))
    return Target(int(row)) if row.isdigit() else Target()


def places(cells: int) -> tuple[Place, ...]:
    """The columns of the list in so many cells; the title gets what is left."""
    small = cells < SMALL
    return (Place("sign", "", 1), Place("day", "Day", 9 if small else 10), Place("time", "Time", 5, drop=7),
            Place("type", "Type", 9), Place("title", "Title", 22 if small else 30, flex=6),
            Place("found", "Found", 5, "right"), Place("resolved", "Resolved", 8, "right", drop=5),
            Place("escalated", "Escalated", 9, "right", drop=4), Place("next", "Next", 4, "right", drop=6),
            Place("by", "By", 8 if small else 10, flex=1), Place("state", "State", 8),
            Place("spent", "Spent", 10, "right", drop=8))


def entry_cells(row: Summary, view: View, *, first: bool) -> tuple[tuple[Span, ...], ...]:
    """One entry, in the order of `places`; `first` says whether it is the first one of its day."""
    _tasks, found, resolved, escalated = row.counts
    dropped = row.state is EntryState.DROPPED
    small = view.cells < SMALL
    day = (Span(fmt.day(row.begun, view.now, view.zone, short=small), Style.TEXT, strong=True),) if first else ()
    title = Span(one_line(row.title, view) or "(no title)", Style.FAINT if dropped else Style.TEXT)
    return ((sign_of(row.status, row.type, view),), day, (muted(f"{local(row.begun, view.zone):%H:%M}"),),
            (type_span(row.type),), (title,), _count(found, Style.TEXT), _count(resolved, Style.MUTED),
            _count(escalated, Style.WARNING), _count(row.actions, Style.MUTED),
            (muted(people(row.performed_by, view, 2)),), (state_span(row.state, row.begun, view, row.amended),),
            (muted(fmt.duration(row.seconds) if row.seconds else ""),))


def due_cells(row: Due, view: View) -> tuple[tuple[Span, ...], ...]:
    """One next action that is due, in the same columns."""
    late = days_late(row.action, view.now, view)
    style = Style.WARNING if late > 0 else Style.ACCENT
    sign = Span(view.glyphs.warning if late > 0 else view.glyphs.arrow[:1], style, strong=True)
    day = "due today" if view.cells >= SMALL else "today"
    when = Span((f"{late} d late" if late < 100 else f"{late} d") if late > 0 else day, style)
    nothing: tuple[Span, ...] = ()
    return ((sign,), (when,), nothing, (Span("to do", Style.TEXT),), (Span(one_line(row.action.text, view)),), nothing,
            nothing, nothing, nothing, (Span(people([row.action.person] if row.action.person else [], view)),),
            (muted(f"of #{row.entry}" if row.entry < 10_000 else f"#{row.entry}"),), nothing)


def days_late(action: Action, now: Instant, view: View) -> int:
    """By how many days a next action is late; 0: today, or it has no day."""
    try:
        return (local(now, view.zone).date() - date.fromisoformat(action.due)).days
    except ValueError:
        return 0


def counts_line(counts: Counts, listed: int | None, filter_text: str, view: View) -> Line:
    """How much there is, and what waits; at the right end what the list is filtered by."""
    number = "" if listed is None else f" {fmt.count(listed)}"
    spans = [Span("Entries", strong=True), Span(number)]
    parts = ((counts.unsigned, "unsigned", Style.TEXT), (counts.overdue, "overdue", Style.WARNING),
             (counts.due, "due today", Style.TEXT))
    for count, word, style in parts:
        if count:
            spans += [Span("   "), Span(f"{word} {fmt.count(count)}", style)]
    right = [Span("/ ", Style.FAINT), Span(one_line(filter_text, view, 200))] if filter_text else []
    return sides(spans, right, view)


def empty_lines(filter_text: str, *, typing: bool = False) -> list[Line]:
    """What stands in place of the rows where there are none, and what to do next."""
    if typing:
        return [Line((Span("No entry matches this filter."),)),
                Line(tuple(key("esc", "goes back to what was there before")))]
    if filter_text:
        return [Line((Span("No entry matches this filter."),)),
                Line((*key("/", "changes it"), Span("   "), *key("esc", "shows all")))]
    return [Line((Span("Nothing was written into the log yet."),)),
            Line((*key("n", "writes the first entry"), Span("   "),
                  muted("a checklist that is signed off drafts one, too")))]


def counted(open_: int, due: Sequence[tuple[int, int, Action]], view: View) -> Counts:
    """What waits.

    Args:
        open_: entries that are not signed.
        due: next actions up to today.
        view: for whom.
    """
    late = [days_late(action, view.now, view) > 0 for _, _, action in due]
    return Counts(open_, sum(late), len(late) - sum(late))


def _count(number: int, style: Style) -> tuple[Span, ...]:
    return (Span(fmt.count(number), style),) if number else ()
