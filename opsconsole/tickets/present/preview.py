"""One ticket in a few lines, below or beside the queue: what it is, its promises, what happened last. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.lines import BLANK, Line, Span, Style, fit
from opsconsole.core.markdown import plain_words
from opsconsole.core.text import clip, limited, width
from opsconsole.tickets.model import MOST_NAME, MOST_TITLE, EventKind, Priority
from opsconsole.tickets.present.promises import clock_strip
from opsconsole.tickets.present.timeline import CLOCK, About, event_row
from opsconsole.tickets.present.view import View, muted, sides

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.tickets.clocks import Clock
    from opsconsole.tickets.model import Event, Presence, Ticket

LAST: Final = 40
"""Events that are looked at; those that say nothing here are left out."""
ROOMY: Final = 12
"""Lines from which on there is room for blank ones."""
MOST_DESCRIPTION: Final = 6
"""Lines of the description, where there is room for them."""
_SILENT: Final = frozenset({EventKind.WARNED, EventKind.MAILED, EventKind.ASKED, EventKind.ACKNOWLEDGED})
"""Events that the promises above say already, or that nobody waits for."""


class Sight(NamedTuple):
    """All that a preview is made of, as it was read."""

    ticket: Ticket
    clocks: tuple[Clock, ...] = ()
    events: Sequence[Event] = ()
    """The newest, oldest first."""
    people: Sequence[Presence] = ()
    """Who else has it open now."""


def preview(sight: Sight, lines: int, view: View) -> list[Line]:
    """A preview of at most so many lines: heading and promises first, then as much of the timeline as there is room.

    The newest events are at the bottom; who looks or writes stands below them.
    """
    air = [BLANK] if lines >= ROOMY else []
    head = [*_heading(sight.ticket, view), *air]
    promises = clock_strip(sight.clocks, view)
    people = _people(sight.people, view)
    about = About(requester=sight.ticket.requester or sight.ticket.requester_mail)
    events = [event for event in sight.events if event.kind not in _SILENT]
    room = lines - len(head) - len(promises) - len(air) * bool(promises) - len(people)
    rows = _rows(events[max(0, len(events) - room):] if room > 0 else [], about, view)
    said = _description(sight.ticket, max(0, room - len(rows) - 1), view)
    body = [*promises, *(air if promises else []), *said, *([BLANK] if said else []), *rows, *people]
    return [*head, *body][:max(0, lines)]


def _rows(events: Sequence[Event], about: About, view: View) -> list[Line]:
    """Events, each on a line; what they say begins in one column, however long their times are."""
    times = [width(fmt.moment(event.at, view.now, view.zone)) for event in events]
    widest = max(times, default=0)
    lines = []
    for event, own in zip(events, times, strict=True):
        more = widest - max(own, CLOCK)
        first, *rest = event_row(event, view._replace(cells=view.cells - max(0, more)), about).spans
        lines.append(Line((first._replace(text=first.text + " " * max(0, more)), *rest)))
    return lines


def _heading(ticket: Ticket, view: View) -> list[Line]:
    """Number, title, priority, category; then who asked, who has it, and what it is tagged with."""
    urgent = ticket.priority is Priority.URGENT and ticket.phase.open
    dot = muted(f" {view.glyphs.dot} ")
    title = view.clean(limited(ticket.title, MOST_TITLE)).strip() or "(no title)"
    facts = [Span(f"{ticket.priority.code} {ticket.priority.value}", Style.CRITICAL if urgent else Style.TEXT), dot,
             Span(_word(ticket.category, view) or "no category"), dot, Span(_word(ticket.state, view))]
    asked = _word(ticket.requester or ticket.requester_mail, view)
    right = [muted("requester "), Span(asked)] if asked else []
    taken = len(str(ticket.number)) + 2 + sum(width(span.text) for span in (*facts, *right)) + 8
    number = Span(f"#{ticket.number}", Style.ACCENT)
    if width(title) + taken <= view.cells:
        first = sides([number, Span(" "), Span(title, strong=True), Span("   "), *facts], right, view)
        return [first, *_more(ticket, view)]
    shown = clip(title, max(8, view.cells - width(number.text) - 1), view.glyphs.ellipsis)
    return [Line((number, Span(" "), Span(shown, strong=True))), sides(facts, right, view), *_more(ticket, view)]


def _more(ticket: Ticket, view: View) -> list[Line]:
    """Who has it, tags, links, and what else there is; nothing where there is nothing."""
    dot = f" {view.glyphs.dot} "
    facts: list[str] = []
    if ticket.merged_into:
        facts.append(f"merged into #{ticket.merged_into}")
    owner = " ".join(part for part in (_word(ticket.assignee, view) or "nobody",
                                       f"of {_word(ticket.team, view)}" if ticket.team else "") if part)
    facts.append(f"assigned to {owner}")
    if ticket.tags:
        facts.append(" ".join(f"+{_word(tag, view)}" for tag in ticket.tags))
    facts += [f"{link.kind.value} {'#' if link.target.isdigit() and link.kind.opposite else ''}"
              f"{_word(link.target, view)}" for link in ticket.links[:4]]
    if ticket.attachments:
        facts.append(f"{ticket.attachments} file{'' if ticket.attachments == 1 else 's'}")
    if ticket.release:
        facts.append(f"release {_word(ticket.release, view)}")
    if ticket.rank:
        votes = len(ticket.voters)
        facts.append(f"impact {ticket.impact}, effort {ticket.effort}, {votes} vote{'' if votes == 1 else 's'}")
    return [Line(fit((muted(dot.join(facts)),), view.cells, view.glyphs.ellipsis))]


def _description(ticket: Ticket, room: int, view: View) -> list[Line]:
    """The beginning of the description, where the timeline leaves room for it."""
    if room < 2 or not ticket.description.strip():
        return []
    lines = [one.strip() for one in plain_words(ticket.description, view.glyphs).split("\n") if one.strip()]
    return [Line((Span(clip(one, view.cells, view.glyphs.ellipsis)),))
            for one in lines[:min(MOST_DESCRIPTION, room - 1)]]


def _people(people: Sequence[Presence], view: View) -> list[Line]:
    """Who writes, who looks."""
    lines = []
    for writing in (True, False):
        names = list(dict.fromkeys(_word(one.actor, view) for one in people if one.writing is writing))
        if names:
            who = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
            does = ("are" if len(names) > 1 else "is") + (" writing" if writing else " looking at it")
            when = fmt.left("now", 5)
            lines.append(Line((muted(f"{when}  "), Span(f"{who} {does} {view.glyphs.ellipsis}",
                                                        Style.WARNING if writing else Style.MUTED))))
    return lines


def _word(text: str, view: View) -> str:
    return view.clean(limited(text, MOST_NAME, view.glyphs.ellipsis))
