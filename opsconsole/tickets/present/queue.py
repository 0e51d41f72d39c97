"""The queue: views with their counts, columns and rows, worst first; what is well is quiet. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.clock import MINUTE
from opsconsole.core.levels import Level
from opsconsole.core.lines import LEVEL_STYLES, Line, Span, Spot, Style
from opsconsole.core.text import clip, limited, width
from opsconsole.core.view import Place
from opsconsole.tickets.model import MOST_NAME, MOST_TITLE, ClockKind, Priority
from opsconsole.tickets.present.view import MARGIN, View, muted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.glyphs import Glyphs
    from opsconsole.tickets.model import Summary

OWN: Final = ""
"""The name of the view that is the filter one typed."""
LATE: Final = "late"
UNASSIGNED: Final = "unassigned"
SMALL: Final = 96
"""Cells of the list below which there is room for little more than title, state, who and promise."""
NARROW: Final = 116
"""Cells of the list below which a promise is told without its kind."""
ROOMY: Final = 150
"""Cells of the list from which on there is room for all signs."""
GAP: Final = 3
"""Cells between two views."""
KINDS: Final = {ClockKind.RESPONSE: "response", ClockKind.NEXT: "answer", ClockKind.RESOLUTION: "resolution"}
"""What is late, in one word; the answer is that to a further message."""


class Signs(NamedTuple):
    """The signs of what a ticket has besides its columns."""

    mail: str
    files: str
    again: str


UNICODE_SIGNS: Final = Signs("✉", "▤", "↻")
ASCII_SIGNS: Final = Signs("@", "f", "r")


def signs_of(glyphs: Glyphs) -> Signs:
    """The signs that go with the others."""
    return ASCII_SIGNS if glyphs.ok.isascii() else UNICODE_SIGNS


def places(most: int, cells: int) -> tuple[Place, ...]:
    """The columns of the queue in so many cells; `most` is the highest number in it.

    Where there is little room, requester, team, tags, the updated time and signs go first, then age; who has it and
    what was promised always stay, and are never cut. The title gets what is left.
    """
    narrow = cells < NARROW
    title = 24 if cells < SMALL else 34 if narrow else 40
    return (Place("sign", "", 1), Place("number", "#", max(4, len(str(most))), "right"), Place("priority", "P", 2),
            Place("title", "Title", title, flex=6), Place("state", "State", 11, drop=2), Place("who", "Who", 8),
            Place("promise", "Promise", 13 if narrow else 23, "right"), Place("age", "Age", 6, "right", drop=3),
            Place("signs", "", 5 if cells < ROOMY else 10, drop=4), Place("updated", "Updated", 7, "right", drop=5),
            Place("tags", "Tags", 14, flex=1, drop=6), Place("team", "Team", 9, drop=7),
            Place("requester", "Requester", 12, flex=1, drop=8))


def level_of(row: Summary, now: int) -> Level:
    """How bad it is: late is critical, soon is a warning; what is done or paused is neither."""
    if not row.phase.open:
        return Level.OK
    if row.late(now):
        return Level.CRITICAL
    soon = row.due is not None and row.warn is not None and row.warn <= now
    return Level.WARNING if soon else Level.OK


def promise(row: Summary, view: View) -> Span:
    """When the next promise ends, or by how much one is broken."""
    if not row.phase.open:
        return muted(f"done {view.since(row.resolved)}" if row.resolved is not None else "done")
    level = level_of(row, view.now)
    if row.due is None:
        return muted(view.clean(row.promise))
    if level is Level.CRITICAL:
        kind = f", {KINDS[row.due_kind]}" if row.due_kind is not None and view.cells >= NARROW else ""
        return Span(f"{view.since(min(row.due, view.now - MINUTE))} late{kind}", Style.CRITICAL)
    left = fmt.duration(max(MINUTE, row.due - view.now) // MINUTE * 60)
    return Span(f"in {left}", LEVEL_STYLES[level] if level is Level.WARNING else Style.TEXT)


def cells(row: Summary, view: View) -> tuple[tuple[Span, ...], ...]:
    """One row, in the order of `places`."""
    level = level_of(row, view.now)
    open_ = row.phase.open
    sign = Span(view.glyphs.level(level), LEVEL_STYLES[level], strong=True) if level else Span(" ")
    urgent = open_ and row.priority is Priority.URGENT
    number = Span(str(row.number), Style.ACCENT if open_ else Style.MUTED)
    code = Span(row.priority.code, Style.CRITICAL if urgent else Style.TEXT if open_ else Style.MUTED)
    return ((sign,), (number,), (code,), _title(row, view, level), (muted(_word(row.state, view)),), _who(row, view),
            (promise(row, view),), (muted(view.since(row.created)),), _signs(row, view),
            (muted(view.since(row.updated)),), (muted(" ".join(_word(tag, view) for tag in row.tags)),),
            (muted(_word(row.team, view)),), (muted(_word(row.requester, view)),))


def _title(row: Summary, view: View, level: Level) -> tuple[Span, ...]:
    title = view.clean(limited(row.title, MOST_TITLE, view.glyphs.ellipsis)).strip() or "(no title)"
    style = Style.TEXT if row.phase.open else Style.MUTED
    merged = (muted(f" {view.glyphs.arrow} #{row.merged_into}"),) if row.merged_into else ()
    return (Span(title, style, strong=level is Level.CRITICAL), *merged)


def _who(row: Summary, view: View) -> tuple[Span, ...]:
    if row.assignee:
        return (Span(_word(row.assignee, view), Style.TEXT if row.phase.open else Style.MUTED),)
    return (Span(view.glyphs.dash, Style.MUTED),)


def _word(text: str, view: View) -> str:
    return view.clean(limited(text, MOST_NAME, view.glyphs.ellipsis))


def _signs(row: Summary, view: View) -> tuple[Span, ...]:
    """What waits for an answer, what was escalated, what happened again, what is attached."""
    signs = signs_of(view.glyphs)
    found = [(signs.mail, row.unanswered, Style.ACCENT), (view.glyphs.up, row.escalated, Style.WARNING),
             (signs.again, row.recurred, Style.WARNING), (signs.files, row.attachments, Style.MUTED)]
    spans: list[Span] = []
    for sign, number, style in found:
        if number:
            shown = "" if sign == signs.files and number == 1 else fmt.count(number)
            spans += [Span(f"{' ' if spans else ''}{sign}{shown}", style if row.phase.open else Style.MUTED)]
    return tuple(spans)


class Views(NamedTuple):
    """The views that somebody can choose."""

    names: tuple[str, ...]
    """In their order; `OWN` for the filter that was typed."""
    counts: dict[str, int]
    """How many each holds; what is not known yet is left out, -1 says that it cannot be read."""
    active: str
    filter: str = ""
    """The filter of the active one, at the right end."""


def views_line(views: Views, view: View) -> Line:
    """The views beside each other, each a spot `view:NAME`; at the right end what the list is filtered by."""
    parts = [_view(name, views, view) for name in views.names]
    active = max(0, views.names.index(views.active)) if views.active in views.names else 0
    room = view.cells - 2 * MARGIN
    first = 0
    while first < active and _taken(parts[first:active + 1]) > room:
        # What stands left of the active one goes, so that this is in view.
        first += 1
    spans: list[Span] = [Span(" " * MARGIN)]
    spots: list[Spot] = []
    at = MARGIN
    for name, part in zip(views.names[first:], parts[first:], strict=True):
        taken = sum(width(span.text) for span in part)
        if at + (GAP if spots else 0) + taken > view.cells - MARGIN:
            break
        if spots:
            spans.append(Span(" " * GAP))
            at += GAP
        spots.append(Spot(f"view:{name}", at, taken))
        spans += part
        at += taken
    return Line((*spans, *_filter(views.filter, view.cells - at, view)), spots=tuple(spots))


def _taken(parts: Sequence[Sequence[Span]]) -> int:
    return sum(width(span.text) for part in parts for span in part) + GAP * max(0, len(parts) - 1)


def _view(name: str, views: Views, view: View) -> list[Span]:
    shown = view.clean(limited(name, 20)) if name else "filter"
    count = views.counts.get(name)
    here = name == views.active
    alarming = name == LATE and bool(count) and count != -1
    style = Style.WARNING if alarming else Style.TEXT if here or count else Style.MUTED
    title = Span(shown[:1].upper() + shown[1:] if here else shown, style, strong=here)
    if count is None:
        return [title]
    return [title, Span(f" {fmt.count(count) if count >= 0 else '?'}", style if alarming else
                        Style.TEXT if here or count else Style.MUTED)]


def _filter(text: str, room: int, view: View) -> list[Span]:
    said = f"/ {view.clean(limited(text, 200))}"
    room -= GAP + MARGIN
    if not text or room < 8:
        return []
    shown = clip(said, room, view.glyphs.ellipsis)
    return [Span(" " * (room - width(shown) + GAP)), Span(shown[:1], Style.FAINT), Span(shown[1:])]


def empty_lines(active: str, view: View, *, typing: bool = False) -> list[Line]:
    """What stands in place of the rows where there are none: what that means, and what to do next."""
    first = _EMPTY.get(active)
    if typing:
        first = "No ticket matches this filter."
        keys = [("esc", "goes back to what was there before")]
    elif active == OWN:
        first = "No ticket matches this filter."
        keys = [("/", "changes it"), ("esc", "goes back to the view before")]
    elif active == "open":
        keys = [("n", "writes a new one"), ("/", "finds what is done: is:done in place of is:open")]
    else:
        keys = [("]", "shows the next view"), ("n", "writes a new ticket")]
    spans: list[Span] = []
    for key, what in keys:
        spans += [muted("   ")] if spans else []
        spans += [Span(key, Style.ACCENT, strong=True), muted(f" {what}")]
    said = first or f"No ticket is in {view.clean(limited(active, 40))}."
    return [Line((Span(said, Style.TEXT),)), Line(tuple(spans))]


_EMPTY: Final = {
    "open": "No ticket is open.", "mine": "Nothing is yours.", "unassigned": "Everything has somebody.",
    "late": "No promise is broken.", "due today": "Nothing is due today.", "waiting": "Nothing waits."}


def marked_line(number: int, view: View) -> Line:
    """How many are marked, and what that means."""
    return Line((Span(f"{' ' * MARGIN}{fmt.count(number)} marked", Style.ACCENT, strong=True),
                 muted(f"  what you do now is done to {'it' if number == 1 else 'all of them'}"
                       f" {view.glyphs.dot} "), Span("esc", Style.TEXT, strong=True),
                 muted(f" takes the mark{'' if number == 1 else 's'} away")))


def counted(number: int, word: str = "ticket") -> str:
    """`1 ticket`, `5 tickets`."""
    return f"{fmt.count(number)} {word}{'' if number == 1 else 's'}"


def named(numbers: Sequence[int]) -> str:
    """Tickets in a sentence: `#17`, `#17 and #18`, `5 tickets`."""
    if len(numbers) > 3:
        return counted(len(numbers))
    shown = [f"#{number}" for number in numbers]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown) or "no ticket"
