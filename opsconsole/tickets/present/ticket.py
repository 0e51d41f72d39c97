"""A ticket's own page: what it is, what was promised, what was said, and everything that belongs to it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.lines import BLANK, Line, Span, Spot, Style, beside, fit
from opsconsole.core.markdown import markdown_lines, wrapped
from opsconsole.core.text import limited, width
from opsconsole.tickets.model import MOST_NAME, MOST_TITLE, EventKind, LinkKind, Party, Phase, Priority
from opsconsole.tickets.present.happenings import SOURCES, happening, link_spans
from opsconsole.tickets.present.promises import clock_lines
from opsconsole.tickets.present.view import left, muted, sides

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opsconsole.tickets.clocks import Clock
    from opsconsole.tickets.model import Attachment, Event, Presence, Summary, Ticket
    from opsconsole.tickets.present.view import View
    from opsconsole.tickets.settings import Category

LABEL: Final = 12
"""Cells of the word before a fact, at least."""
LONGEST_LABEL: Final = 22
BESIDE: Final = 116
"""Cells from which on the promises stand beside the facts."""
GAP: Final = 4
MOST_DESCRIPTION: Final = 400
"""Lines of the description; the timeline below must stay in reach."""
MOST_FIELD: Final = 60
"""Lines of one field of the form."""


_FIRST: Final = {LinkKind.BLOCKED_BY: 0, LinkKind.CHILD: 1, LinkKind.PARENT: 2, LinkKind.BLOCKS: 3,
                 LinkKind.DUPLICATES: 4, LinkKind.DUPLICATED_BY: 5, LinkKind.RELATES: 6}
"""In which order links are shown: what stands in the way first; what is no ticket last."""


class Page(NamedTuple):
    """All that the page of a ticket is made of, besides its timeline."""

    ticket: Ticket
    clocks: Sequence[Clock] = ()
    linked: Mapping[str, Summary] = {}
    """The tickets that it is linked to, by number as text."""
    files: Sequence[Attachment] = ()
    category: Category | None = None
    """As configured: its words, and the labels of its form."""


def title_line(ticket: Ticket, view: View) -> Line:
    """Number and title at the left, what matters most at the right; stays in view."""
    urgent = ticket.priority is Priority.URGENT and ticket.phase.open
    dot = muted(f" {view.glyphs.dot} ")
    title = view.clean(limited(ticket.title, MOST_TITLE)).strip() or "(no title)"
    right = [Span(f"{ticket.priority.code} {ticket.priority.value}", Style.CRITICAL if urgent else Style.TEXT, urgent),
             dot, state_span(ticket, view)]
    return sides([Span(f"#{ticket.number}", Style.ACCENT), Span(" "), Span(title, strong=True)], right, view)


def state_span(ticket: Ticket, view: View) -> Span:
    """The state; a waiting or done one stands back."""
    quiet = ticket.phase in (Phase.WAITING, Phase.DONE)
    return Span(_word(ticket.state, view) or "no state", Style.MUTED if quiet else Style.TEXT)


def page_lines(page: Page, view: View) -> list[Line]:
    """Everything above the timeline."""
    blocks = [*_summary(page, view),
              markdown_lines(page.ticket.description, view.cells, view.glyphs, MOST_DESCRIPTION),
              _form(page, view), _links(page, view), _files(page.files, view)]
    lines: list[Line] = []
    for block in blocks:
        if block:
            lines += [BLANK, *block] if lines else block
    return lines


def _summary(page: Page, view: View) -> list[list[Line]]:
    """Facts and promises: beside each other where there is room, else below."""
    if view.cells < BESIDE:
        return [list(_facts(page, view)), clock_lines(page.clocks, view)]
    cells = view.cells * 2 // 5
    facts = list(_facts(page, view._replace(cells=cells)))
    promises = clock_lines(page.clocks, view._replace(cells=view.cells - cells - GAP))
    if not promises:
        return [list(_facts(page, view))]
    return [beside(facts, promises, left_cells=cells, gap=GAP, right_cells=view.cells - cells - GAP)]


def _facts(page: Page, view: View) -> Iterable[Line]:
    """Who has it, who asked, what it belongs to; each only where there is something to say."""
    ticket, dot = page.ticket, f" {view.glyphs.dot} "
    label = page.category.label if page.category is not None else ""
    source = SOURCES[ticket.source]
    opened = " ".join(part for part in ("opened", source, view.time(ticket.created)) if part)
    first = [_word(label or ticket.category, view) or "no category", opened]
    if ticket.resolved is not None:
        first.append(f"done {view.time(ticket.resolved)}")
    if ticket.reopened:
        first.append("reopened" if ticket.reopened == 1 else f"reopened {ticket.reopened} times")
    yield from _fact("about", dot.join(first), view)
    if ticket.merged_into:
        spans = (Span("merged into "), Span(f"#{ticket.merged_into}", Style.ACCENT))
        yield from _rows("goes on", spans, view, target=f"ticket:{ticket.merged_into}")
    asked = " ".join(part for part in (ticket.requester, f"<{ticket.requester_mail}>" if ticket.requester_mail else "")
                     if part)
    waits = f"{dot}{ticket.unanswered} unanswered" if ticket.unanswered and ticket.phase.open else ""
    yield from _fact("requester", f"{view.clean(limited(asked, 200))}{waits}" if asked else "", view)
    owner = _word(ticket.assignee, view) or "nobody"
    team = f" of {_word(ticket.team, view)}" if ticket.team else ""
    watchers = f"{dot}watched by {_names(ticket.watchers, view)}" if ticket.watchers else ""
    yield from _fact("assigned to", f"{owner}{team}{watchers}", view)
    yield from _fact("tags", " ".join(f"+{_word(tag, view)}" for tag in ticket.tags), view)
    yield from _wish(page, view)
    yield from _fact("release", _word(ticket.release, view), view)
    yield from _fact("seen in", _word(ticket.version_seen, view), view)
    yield from _fact("root cause", view.clean(limited(" ".join(ticket.root_cause.split()), 2_000)), view)
    yield from _fact("document", view.clean(limited(ticket.knowledge, 200)), view)
    if ticket.satisfaction:
        note = f": {view.clean(limited(ticket.satisfaction_note, 400))}" if ticket.satisfaction_note else ""
        yield from _fact("rated", f"{ticket.satisfaction} of 5{note}", view)


def _wish(page: Page, view: View) -> Iterable[Line]:
    ticket = page.ticket
    if not (ticket.impact or ticket.effort or ticket.value or ticket.voters
            or (page.category is not None and page.category.wish)):
        return
    dash = view.glyphs.dash
    votes = len(ticket.voters)
    parts = [f"impact {ticket.impact or dash}", f"effort {ticket.effort or dash}", f"value {ticket.value or dash}",
             f"{votes} vote{'' if votes == 1 else 's'}"]
    if ticket.rank:
        parts.append(f"rank {fmt.number(ticket.rank, 1)}")
    yield from _fact("wish", f" {view.glyphs.dot} ".join(parts), view)


def _form(page: Page, view: View) -> list[Line]:
    """What the category's form asked for, in its order; then what an earlier category asked for."""
    known = page.category.form if page.category is not None else {}
    names = [name for name in dict.fromkeys((*known, *page.ticket.fields)) if page.ticket.fields.get(name, "").strip()]
    labels = {name: (known[name].label if name in known else "") or name for name in names}
    cells = min(LONGEST_LABEL, max([LABEL, *(width(view.clean(label)) + 2 for label in labels.values())]))
    room = max(10, view.cells - cells)
    lines: list[Line] = []
    for name in names:
        text = markdown_lines(page.ticket.fields[name], room, view.glyphs, MOST_FIELD)
        for number, line in enumerate(text):
            word = view.clean(limited(labels[name], MOST_NAME)) if not number else ""
            lines.append(Line((muted(left(word, cells, view)), *line.spans)))
    return lines


def _links(page: Page, view: View) -> list[Line]:
    lines = []
    titles = {number: summary.title for number, summary in page.linked.items()}
    for link in sorted(page.ticket.links, key=lambda one: (_FIRST.get(one.kind, 9), one)):
        spans = link_spans(link.kind.value, link.target, view, titles)
        other = page.linked.get(link.target) if link.kind.opposite is not None else None
        state = [muted(_word(other.state, view))] if other is not None else []
        blocks = link.kind is LinkKind.BLOCKED_BY and other is not None and other.phase.open
        sign = Span(f"{view.glyphs.warning} ", Style.WARNING) if blocks else Span("  ")
        target = f"ticket:{link.target}" if link.kind.opposite is not None else f"{link.kind.value}:{link.target}"
        drawn = sides([sign, *spans], state, view)
        lines.append(drawn._replace(spots=(Spot(target, 0, view.cells),)))
    return [_heading("LINKS"), *lines] if lines else []


def _files(files: Sequence[Attachment], view: View) -> list[Line]:
    lines = []
    for file in files:
        gone = file.deleted is not None
        name = view.clean(limited(file.name, 200)) or "(no name)"
        facts = [fmt.size(file.size), _word(file.type, view), _word(file.by, view)]
        if gone:
            facts.append(f"deleted by {_word(file.deleted_by, view)}")
        elif file.public:
            facts.append("public")
        style = Style.FAINT if gone else Style.ACCENT
        drawn = sides([Span("  "), Span(name, style)], [muted(f" {view.glyphs.dot} ".join(facts))], view)
        lines.append(drawn._replace(spots=(Spot(f"file:{file.id}", 0, view.cells),)))
    return [_heading("FILES"), *lines] if lines else []


def people_line(people: Sequence[Presence], view: View) -> Line | None:
    """Who else looks at it or writes; None: nobody."""
    writing = list(dict.fromkeys(one.actor for one in people if one.writing))
    looking = [name for name in dict.fromkeys(one.actor for one in people) if name not in writing]
    spans: list[Span] = []
    if writing:
        are = "is" if len(writing) == 1 else "are"
        spans.append(Span(f"{_names(writing, view)} {are} writing {view.glyphs.ellipsis}", Style.WARNING))
    if looking:
        are = "is" if len(looking) == 1 else "are"
        spans += [muted(f" {view.glyphs.dot} ")] * bool(spans)
        spans.append(muted(f"{_names(looking, view)} {are} looking at it"))
    return Line(fit(spans, view.cells, view.glyphs.ellipsis)) if spans else None


def said_only(events: Iterable[Event]) -> list[Event]:
    """What people said and attached, without everything else."""
    shown = {EventKind.CREATED, EventKind.MESSAGE, EventKind.ATTACHED, EventKind.RATED, EventKind.BOUNCED}
    return [event for event in events if event.kind in shown]


def plain_timeline(events: Iterable[Event], view: View) -> str:
    """The timeline as Markdown, for a post-mortem: when, who, what."""
    rows = []
    for event in events:
        told = happening(event, view)
        said = "".join(span.text for span in told.spans).strip()
        if event.kind is EventKind.MESSAGE:
            words = " ".join(limited(event.text, 400).replace("␊", " ").split())
            said = f"{_kind(event)}: {words}" + (f" ({said})" if said else "")
        rows.append(f"- {fmt.stamp(event.at, view.zone)} {told.who}: {said}")
    return "\n".join(rows)


def _kind(event: Event) -> str:
    if event.party is not Party.STAFF:
        return "wrote"
    return "reply" if event.public else "note"


def _heading(word: str) -> Line:
    return Line((muted(word),))


def _fact(word: str, text: str, view: View) -> list[Line]:
    return _rows(word, (Span(text),), view) if text else []


def _rows(word: str, spans: tuple[Span, ...], view: View, target: str = "") -> list[Line]:
    rows = wrapped(spans, max(10, view.cells - LABEL))
    spots = (Spot(target, 0, view.cells),) if target else ()
    return [Line((muted(left(word if not number else "", LABEL, view)), *row), spots=spots if not number else ())
            for number, row in enumerate(rows)]


def _names(people: Iterable[str], view: View) -> str:
    names = [_word(name, view) for name in people]
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def _word(text: str, view: View) -> str:
    return view.clean(limited(text, MOST_NAME, view.glyphs.ellipsis))
