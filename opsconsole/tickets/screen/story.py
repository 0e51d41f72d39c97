"""The lines of a timeline, made once: a ticket with ten thousand events is drawn as quickly as one with ten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.clock import DAY, local
from opsconsole.core.view import framed
from opsconsole.tickets.present.ticket import said_only
from opsconsole.tickets.present.timeline import About, event_lines, timeline

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from opsconsole.core.lines import Line
    from opsconsole.core.view import View
    from opsconsole.tickets.model import Event
    from opsconsole.tickets.screen.case import Case


class Story:
    """Remembers how events were drawn, for as long as nothing changes how they are."""

    def __init__(self) -> None:
        self._events: dict[int, list[Line]] = {}
        self._for: Hashable = None
        self._whole: dict[bool, tuple[Hashable, list[Line]]] = {}

    def lines(self, case: Case, view: View, cells: int, *, brief: bool, end: bool = False) -> list[Line]:
        """The timeline from its beginning, or its end where something between is not read; framed to `cells`."""
        about = _about(case)
        same = (case.number, cells, view.cells, view.absolute, view.glyphs, local(view.now, view.zone).date(),
                about.undone, tuple(about.titles.items()), about.requester)
        if same != self._for:
            self._events.clear()
            self._whole.clear()
            self._for = same
        events = case.tail if end else case.head
        # What becomes of mail changes by itself, and its seconds with the time.
        waiting = any(one.state == "waiting" and one.due > view.now - DAY for one in case.mail.values())
        states = tuple((seq, one.state) for seq, one in case.mail.items())
        key = (brief, len(events), view.now if waiting else 0, states)
        known = self._whole.get(end)
        if known is None or known[0] != key:
            known = self._whole[end] = (key, self._made(events, view, about, cells, brief=brief))
        return known[1]

    def _made(self, events: Sequence[Event], view: View, about: About, cells: int, *, brief: bool) -> list[Line]:
        def drawn(event: Event) -> list[Line]:
            if event.seq in about.mail:
                return [framed(line, cells) for line in event_lines(event, view, about)]
            found = self._events.get(event.seq)
            if found is None:
                found = [framed(line, cells) for line in event_lines(event, view, about)]
                self._events[event.seq] = found
            return found

        return timeline(said_only(events) if brief else events, view, about, drawn=drawn,
                        frame=lambda line: framed(line, cells))


def _about(case: Case) -> About:
    ticket = case.ticket
    asked = ""
    if ticket is not None:
        mail = f"<{ticket.requester_mail}>" if ticket.requester_mail else ""
        asked = " ".join(part for part in (ticket.requester, mail) if part)
    return About(case.mail, case.undone, asked, {number: row.title for number, row in case.linked.items()})
