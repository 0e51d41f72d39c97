"""The timeline of a ticket in lines: messages so that nobody mistakes a note for a reply, all else compact. Pure.

A public reply has the accent colour and says to whom it went, an internal note is muted and says that it is one, what
came from outside is plain; what the program did by itself stands back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.clock import MINUTE, local
from opsconsole.core.lines import BLANK, Line, Span, Spot, Style, fit
from opsconsole.core.markdown import markdown_lines, plain_words, wrapped
from opsconsole.core.text import clip, limited, width
from opsconsole.tickets.model import EventKind, Party, Source
from opsconsole.tickets.present.happenings import author, happening
from opsconsole.tickets.present.view import left, muted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from opsconsole.core.clock import Instant
    from opsconsole.tickets.cases.types import Outgoing
    from opsconsole.tickets.model import Event
    from opsconsole.tickets.present.view import View

CLOCK: Final = 5
"""Cells of `14:30`; the day stands in a heading above."""
WHO: Final = 9
"""Cells of who did it."""
LONGEST_WHO: Final = 26
EDGE: Final = CLOCK + 2
"""Cells left of the edge of a message."""
MOST_LINES: Final = 400
"""Lines of one message; what is longer is cut, and says so."""


class About(NamedTuple):
    """What a timeline needs to know besides its events."""

    mail: Mapping[int, Outgoing] = {}
    """What becomes of the mail of each reply, by the number of its event."""
    undone: frozenset[int] = frozenset()
    """Events that were taken back."""
    requester: str = ""
    """To whom replies go, as a person reads it."""
    titles: Mapping[str, str] = {}
    """Titles of other tickets, by number as text."""


def timeline(events: Sequence[Event], view: View, about: About = About(),  # noqa: B008 - immutable
             *, drawn: Callable[[Event], list[Line]] | None = None,
             frame: Callable[[Line], Line] | None = None) -> list[Line]:
    """Events from the oldest to the newest, with a heading for each day, and messages set apart.

    Args:
        events: in their order.
        view: for whom.
        about: what else is known.
        drawn: gives the lines of an event; None: `event_lines` makes them.
        frame: what is done with the headings; None: nothing.
    """
    lines: list[Line] = []
    before: Event | None = None
    day: date | None = None
    for event in events:
        apart = event.kind is EventKind.MESSAGE or (before is not None and before.kind is EventKind.MESSAGE)
        today = local(event.at, view.zone).date() if before is None or event.at != before.at else day
        new_day = not view.absolute and today != day
        if lines and (apart or new_day):
            lines.append(BLANK)
        if new_day:
            heading = day_line(event.at, view)
            lines.append(heading if frame is None else frame(heading))
        lines += drawn(event) if drawn is not None else event_lines(event, view, about)
        before, day = event, today
    return lines


def undone_of(events: Sequence[Event]) -> frozenset[int]:
    """Events that were taken back and not done again, as far as these events tell."""
    undone: set[int] = set()
    for event in reversed(events):
        # An undo that was taken back itself takes nothing back.
        if event.kind is EventKind.UNDONE and event.seq not in undone:
            undone.update(event.data.get("seqs", ()))
    return frozenset(undone)


def day_line(at: Instant, view: View) -> Line:
    """The heading above the events of a day."""
    day, today = local(at, view.zone).date(), local(view.now, view.zone).date()
    return Line((Span(_day(day, today), Style.FAINT),))


def _day(day: date, today: date) -> str:
    if day == today:
        return "today"
    words = f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"
    return "yesterday" if (today - day).days == 1 else words if day.year == today.year else f"{words} {day.year}"


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")


def event_lines(event: Event, view: View, about: About = About()) -> list[Line]:  # noqa: B008 - immutable
    """One event: a line, and below it the text of a message with an edge in its colour."""
    if event.kind is EventKind.MESSAGE:
        return _message(event, view, about)
    told = happening(event, view, about.titles)
    undone = event.seq in about.undone
    target = told.target or f"event:{event.seq}"
    lines = _rows(event, told.who, told.spans, view, quiet=told.quiet, undone=undone, target=target)
    if told.body:
        style = Style.FAINT if undone else Style.MUTED
        lines += _edged([Line((Span(one, Style.MUTED),)) for one in told.body], style, view)
    return lines


def event_row(event: Event, view: View, about: About = About()) -> Line:  # noqa: B008 - immutable
    """One event on one line, for a preview: when, who, what, and what kind of message it was."""
    time = fmt.moment(event.at, view.now, view.zone)
    when = [Span(left(time, max(CLOCK, width(time)), view), Style.MUTED), Span("  ")]
    if event.kind is not EventKind.MESSAGE:
        told = happening(event, view, about.titles)
        spans = [*when, _who(told.who, told.quiet, view), Span("  "), *told.spans]
        return Line(tuple(fit(spans, view.cells, view.glyphs.ellipsis)))
    kind, style = _kind(event, about, view)
    # A preview says what a message begins with: its first lines that say anything, as one.
    said = " ".join(plain_words(event.text, view.glyphs).split()) or "(no text)"
    head = [*when, _who(author(event, view), False, view), Span("  ")]
    taken = sum(width(span.text) for span in head) + 2 + width(kind)
    room = max(10, view.cells - taken)
    word = Span(clip(kind, max(0, view.cells - taken + width(kind) - 10), view.glyphs.ellipsis), style)
    quiet = Style.FAINT if event.seq in about.undone else Style.TEXT
    return Line((*head, Span(clip(said, room, view.glyphs.ellipsis), quiet), Span("  "), word))


def _message(event: Event, view: View, about: About) -> list[Line]:
    undone = event.seq in about.undone
    kind, style = _kind(event, about, view)
    head = [Span(kind, style, strong=event.public and event.party is Party.STAFF)]
    state = _state(event, view, about) if not undone else []
    head += [Span("  "), *state] if state else []
    told = happening(event, view, about.titles)
    head += [Span("  "), *told.spans] if told.spans else []
    lines = _rows(event, author(event, view), head, view, undone=undone, target=f"event:{event.seq}")
    text = markdown_lines(event.text, max(10, view.cells - EDGE - 2), view.glyphs, MOST_LINES)
    if undone:
        return [*lines, *_edged([_faint(line) for line in text], Style.FAINT, view)]
    return [*lines, *_edged(text, style, view)]


def _kind(event: Event, about: About, view: View) -> tuple[str, Style]:
    """What kind of message it is, and its colour."""
    if event.party is Party.ROBOT:
        return "automatic mail", Style.MUTED
    if event.party is Party.REQUESTER:
        return "wrote by mail" if event.via is Source.MAIL else "wrote", Style.TEXT
    if not event.public:
        evidence = event.party is Party.SYSTEM and event.data.get("what") == "evidence"
        return "evidence, internal" if evidence else "internal note", Style.MUTED
    whom = about.requester
    sent = about.mail.get(event.seq)
    if sent is not None and sent.recipients:
        # The requester by name too, all others by their address.
        whom = ", ".join(whom if f"<{one}>" in whom else one for one in sent.recipients)
    return f"public reply to {view.clean(whom)}" if whom else "public reply", Style.ACCENT


def _state(event: Event, view: View, about: About) -> list[Span]:
    """What became of the mail of a reply."""
    sent = about.mail.get(event.seq)
    if sent is None:
        return []
    problem = f": {limited(sent.problem, 200)}" if sent.problem else ""
    if sent.state == "waiting":
        left_over = sent.due - view.now
        if problem:
            # The server did not take it: nobody can do anything within seconds, so none are counted.
            return [Span(f"is tried again{view.clean(problem)}", Style.WARNING)]
        if left_over <= 0:
            return [Span("leaves now" if left_over > -MINUTE else "waits to be sent", Style.WARNING)]
        return [Span(f"leaves in {-(-left_over // 1000)} s", Style.WARNING, strong=True)]
    if sent.state == "failed":
        return [Span(f"{view.glyphs.critical} did not arrive{view.clean(problem)}", Style.CRITICAL)]
    return [muted({"sending": "is being sent", "cancelled": "taken back"}.get(sent.state, sent.state))]


def _rows(event: Event, who: str, words: Sequence[Span], view: View, *, target: str, quiet: bool = False,
          undone: bool = False) -> list[Line]:
    """When, who and what, on as many rows as that takes."""
    start = [*_when(event, view), _who(who, quiet, view), Span("  ")]
    before = sum(width(span.text) for span in start)
    shown = [*words, *([Span("  taken back", Style.MUTED)] if undone else [])]
    rows = wrapped(tuple(shown), max(10, view.cells - before)) or [()]
    lines = [Line((*(start if not number else (Span(" " * before),)), *row)) for number, row in enumerate(rows)]
    if undone:
        lines = [_faint(line) for line in lines]
    return [lines[0]._replace(spots=(Spot(target, 0, view.cells),)), *lines[1:]]


def _faint(line: Line) -> Line:
    """What was taken back."""
    return line._replace(spans=tuple(span._replace(style=Style.FAINT, strong=False) for span in line.spans))


def _when(event: Event, view: View) -> list[Span]:
    text = fmt.stamp(event.at, view.zone) if view.absolute else f"{local(event.at, view.zone):%H:%M}"
    return [Span(text, Style.MUTED), Span("  ")]


def _who(name: str, quiet: bool, view: View) -> Span:
    """Names line up; a longer one takes the room that it needs, up to a limit."""
    return Span(left(name, max(WHO, min(width(name), LONGEST_WHO)), view), Style.MUTED if quiet else Style.TEXT,
                not quiet)


def _edged(lines: Sequence[Line], style: Style, view: View) -> list[Line]:
    """Lines with an edge at their left in the colour of what they are."""
    edge = (Span(" " * EDGE), Span(view.glyphs.stem, style), Span(" "))
    return [Line(fit((*edge, *line.spans), view.cells, view.glyphs.ellipsis)) for line in lines]
