"""The queue and a ticket as plain lines, for the command line: the same cells as on the screens, set by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.core import format as fmt
from opsconsole.core.lines import BLANK, Line, Span, fit
from opsconsole.core.text import limited, width
from opsconsole.tickets.model import EventKind
from opsconsole.tickets.present.queue import cells, places
from opsconsole.tickets.present.ticket import Page, page_lines, said_only, title_line
from opsconsole.tickets.present.timeline import About, timeline
from opsconsole.tickets.present.view import View, muted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.core.view import Place
    from opsconsole.tickets.cases.types import Outgoing
    from opsconsole.tickets.mail.store import KeptMail
    from opsconsole.tickets.model import Attachment, Event, Summary

GAP: Final = 2


def queue_lines(rows: Sequence[Summary], view: View) -> list[Line]:
    """A heading and a line for each ticket; columns in which nothing stands, or for which no room is, are left out."""
    drawn = [cells(row, view) for row in rows]
    all_places = places(max((row.number for row in rows), default=0), view.cells)
    used = [place for number, place in enumerate(all_places)
            if any(_width(row[number]) for row in drawn) or place.key == "title"]
    kept = _fitting(used, view.cells)
    wide = _widths(kept, view.cells, {place.key: max((_width(row[all_places.index(place)]) for row in drawn), default=0)
                                      for place in kept})
    head = _row([(Span(view.clean(place.title)),) for place in kept], kept, wide, view)
    lines = [_row([row[all_places.index(place)] for place in kept], kept, wide, view) for row in drawn]
    return [Line(tuple(muted(span.text) for span in head.spans)), *lines]


def ticket_lines(page: Page, events: Sequence[Event], view: View, *, mail: Mapping[int, Outgoing],
                 full: bool = False) -> list[Line]:
    """A ticket from its title to the end of its timeline, as on its screen.

    Args:
        page: what stands above the timeline.
        events: all of its events.
        view: for whom it is drawn.
        mail: what became of each reply.
        full: whether everything that happened is shown, or only what was said and how it moved.
    """
    ticket = page.ticket
    about = About(mail, taken_back(events), ticket.requester or ticket.requester_mail,
                  {number: row.title for number, row in page.linked.items()})
    said = {event.seq for event in said_only(events)}
    shown = [event for event in events if full or event.seq in said or "state" in event.changes
             or event.kind is EventKind.BREACHED]
    return [title_line(ticket, view), BLANK, *page_lines(page, view), BLANK, *timeline(shown, view, about)]


def taken_back(events: Sequence[Event]) -> frozenset[int]:
    """Events that were taken back and not done again; an undo that was taken back itself takes nothing back."""
    undone: set[int] = set()
    for event in reversed(events):
        if event.kind is EventKind.UNDONE and event.seq not in undone:
            undone.update(event.data.get("seqs", ()))
    return frozenset(undone)


def file_lines(files: Sequence[Attachment], view: View) -> list[Line]:
    """Each file with its own number, by which it can be asked for."""
    return [Line(fit((muted(f"file {one.id}  "), Span(view.clean(limited(one.name, 200))),
                      muted(f"  {fmt.size(one.size)}, {view.clean(one.type)}, by {view.clean(limited(one.by, 80))}"
                            + (", deleted" if one.deleted is not None else ""))), view.cells, view.glyphs.ellipsis))
            for one in files]


def kept_lines(mails: Sequence[KeptMail], view: View) -> list[Line]:
    """Mail that became no ticket, the newest first: number, when, from whom, about what, and why."""
    def word(text: str, most: int) -> str:
        return view.clean(limited(" ".join(text.split()), most, view.glyphs.ellipsis))

    lines = []
    for one in mails:
        dealt = f"{word(one.looked_by, 20)} dealt with it  " if one.looked_at is not None else ""
        spans = (Span(f"{one.id:>5}  "), muted(f"{view.time(one.at)}  {dealt}"), Span(f"{word(one.sender, 40)}  "),
                 Span(f"{word(one.subject, 50)}  "), muted(f"{fmt.size(one.size)}, {word(one.reason, 200)}"))
        lines.append(Line(fit(spans, view.cells, view.glyphs.ellipsis)))
    return lines


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
