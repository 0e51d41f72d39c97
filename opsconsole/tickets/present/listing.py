"""The queue and a ticket as plain lines, for the command line: the same cells as on the screens, set by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from opsconsole.core import format as fmt
from opsconsole.core.lines import BLANK, Line, Span, fit
from opsconsole.core.text import limited, width
from opsconsole.tickets.markdown import markdown_lines
from opsconsole.tickets.present.preview import Sight, preview
from opsconsole.tickets.present.promises import clock_lines
from opsconsole.tickets.present.queue import Place, cells, places
from opsconsole.tickets.present.timeline import About, timeline
from opsconsole.tickets.present.view import View, muted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.tickets.cases.types import Outgoing
    from opsconsole.tickets.model import Attachment, Summary, Ticket

GAP: Final = 2
_SAID: Final = frozenset({"created", "message", "attached", "breached", "escalated", "merged", "recurred", "rated"})
"""What is shown of a ticket that is not shown in full, besides changes of its state."""


def queue_lines(rows: Sequence[Summary], view: View) -> list[Line]:
    """A heading and a line for each ticket; columns in which nothing stands, or for which no room is, are left out."""
    drawn = [cells(row, view) for row in rows]
    all_places = places(max((row.number for row in rows), default=0))
    used = [place for number, place in enumerate(all_places)
            if any(_width(row[number]) for row in drawn) or place.key == "title"]
    kept = _fitting(used, view.cells)
    wide = _widths(kept, view.cells, {place.key: max((_width(row[all_places.index(place)]) for row in drawn), default=0)
                                      for place in kept})
    head = _row([(Span(view.clean(place.title)),) for place in kept], kept, wide, view)
    lines = [_row([row[all_places.index(place)] for place in kept], kept, wide, view) for row in drawn]
    return [Line(tuple(muted(span.text) for span in head.spans)), *lines]


def ticket_lines(sight: Sight, files: Sequence[Attachment], view: View, *, mail: Mapping[int, Outgoing],
                 full: bool = False) -> list[Line]:
    """A ticket from its heading to the end of its timeline.

    Args:
        sight: the ticket, its promises and all its events.
        files: its attachments.
        view: for whom it is drawn.
        mail: what became of each reply.
        full: whether every change stands in the timeline.
    """
    ticket = sight.ticket
    undone = frozenset(seq for event in sight.events for seq in event.data.get("seqs", ()) if event.kind == "undone")
    about = About(mail, undone, ticket.requester or ticket.requester_mail)
    events = [event for event in sight.events if full or event.kind in _SAID or "state" in event.changes]
    parts = [preview(Sight(replace(ticket, description="")), 4, view), clock_lines(sight.clocks, view),
             _fields(ticket, view), markdown_lines(ticket.description, view.cells, view.glyphs),
             file_lines(files, view), timeline(events, view, about)]
    lines: list[Line] = []
    for part in parts:
        trimmed = _trimmed(part)
        lines += [*([BLANK] if lines and trimmed else []), *trimmed]
    return lines


def _trimmed(lines: Sequence[Line]) -> list[Line]:
    kept = list(lines)
    while kept and not kept[-1].text.strip():
        kept.pop()
    return kept


def _fields(ticket: Ticket, view: View) -> list[Line]:
    """What the category's form asked for, and what else was entered."""
    pairs = [*ticket.fields.items(), ("version", ticket.version_seen), ("root cause", ticket.root_cause),
             ("document", ticket.knowledge), ("watchers", ", ".join(ticket.watchers)),
             ("satisfaction", f"{ticket.satisfaction} of 5" if ticket.satisfaction else "")]
    shown = [(view.clean(limited(name, 40)), view.clean(limited(" ".join(value.split()), 400)))
             for name, value in pairs if value]
    most = max((width(name) for name, _ in shown), default=0)
    return [Line(fit((muted(fmt.left(name, most)), Span("  "), Span(value)), view.cells, view.glyphs.ellipsis))
            for name, value in shown]


def file_lines(files: Sequence[Attachment], view: View) -> list[Line]:
    """Each file with its own number, by which it can be asked for."""
    return [Line(fit((muted(f"file {one.id}  "), Span(view.clean(limited(one.name, 200))),
                      muted(f"  {fmt.size(one.size)}, {view.clean(one.type)}, by {view.clean(limited(one.by, 80))}"
                            + (", deleted" if one.deleted is not None else ""))), view.cells, view.glyphs.ellipsis))
            for one in files]


def _width(spans: Sequence[Span]) -> int:
    return width("".join(span.text for span in spans).strip())


def _fitting(used: Sequence[Place], room: int) -> list[Place]:
    """Columns for which there is room: those that matter least go first."""
    kept = list(used)
    while sum(place.width + GAP for place in kept) - GAP > room and any(place.drop for place in kept):
        kept.remove(max(kept, key=lambda place: place.drop))
    return kept


def _widths(kept: Sequence[Place], room: int, needed: Mapping[str, int]) -> list[int]:
    """The cells of each column: what it needs, at least what it wants; what is over goes to those that can use it."""
    wide = [min(place.width, max(needed[place.key], width(place.title))) for place in kept]
    left = room - sum(wide) - GAP * (len(kept) - 1)
    for number, place in sorted(enumerate(kept), key=lambda pair: -pair[1].flex):
        more = min(max(0, left), max(0, needed[place.key] - wide[number]))
        wide[number] += more
        left -= more
    return wide


def _row(parts: Sequence[Sequence[Span]], kept: Sequence[Place], wide: Sequence[int], view: View) -> Line:
    spans: list[Span] = []
    for number, (part, place, room) in enumerate(zip(parts, kept, wide, strict=True)):
        gap = Span(" " * GAP) if number else Span("")
        pad = max(0, room - sum(width(span.text) for span in part)) if place.align == "right" else 0
        spans += [gap, Span(" " * pad), *fit(part, room - pad, view.glyphs.ellipsis)]
    return Line(fit([span for span in spans if span.text], view.cells, view.glyphs.ellipsis))
