"""One entry: all its fields in the order of the maintenance log, what was amended and why, and who signed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.clock import local
from opsconsole.core.lines import BLANK, Line, Span, Spot, Style, fit
from opsconsole.core.markdown import markdown_lines, plain_words, wrapped
from opsconsole.core.text import limited, width
from opsconsole.core.view import View, muted, sides
from opsconsole.logbook.merging import merged
from opsconsole.logbook.model import EntryState, Status
from opsconsole.logbook.present.listing import days_late
from opsconsole.logbook.present.maintenance import work_spans
from opsconsole.logbook.present.words import key, one_line, people, sign_of, state_span, type_span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opsconsole.logbook.model import Action, Amendment, Attachment, Entry, Point
    from opsconsole.logbook.model.maintenance import Work

LABEL: Final = 16
"""Cells of the word before a field."""
MOST_NOTES: Final = 400
"""Lines of the notes."""
MOST_POINT: Final = 2_000
_POINTS: Final = (("tasks", "tasks completed"), ("found", "issues found"), ("resolved", "issues resolved"),
                  ("escalated", "issues escalated"))
WORDS: Final = {"type": "type", "title": "title", "begun": "begin", "ended": "end", "performed_by": "performed by",
                **dict(_POINTS), "actions": "next actions", "notes": "notes", "seconds": "time spent",
                "checks": "affected checks", "tags": "tags", "status": "status"}
"""Each field, as a person calls it."""


class Page(NamedTuple):
    """All that the page of an entry is made of, as it was read."""

    entry: Entry
    """As readers see it: with its amendments."""
    original: Entry
    amendments: Sequence[Amendment] = ()
    files: Sequence[Attachment] = ()
    version: int | None = None
    """The entry after so many amendments; None: as it stands."""
    work: Work | None = None
    """Its maintenance; None: it has none."""

    @property
    def shown(self) -> Entry:
        """The version that is looked at."""
        if self.version is None or self.version >= len(self.amendments):
            return self.entry
        return merged(self.original, self.amendments[:self.version])

    @property
    def counting(self) -> Sequence[Amendment]:
        """The amendments of this version."""
        return self.amendments if self.version is None else self.amendments[:self.version]


def next_version(page: Page) -> int | None:
    """The version that the key goes to: as it was signed, after each amendment, as it stands."""
    now = len(page.amendments) if page.version is None else page.version
    following = (now + 1) % (len(page.amendments) + 1)
    return None if following == len(page.amendments) else following


def title_line(page: Page, view: View) -> Line:
    """Number and title at the left, kind and state at the right; stays in view."""
    entry, dot = page.shown, muted(f" {view.glyphs.dot} ")
    issues = entry.status is Status.ISSUES
    sign = sign_of(entry.status, entry.type, view)
    status = Span(f"{sign.text} issues" if issues else "normal", sign.style if issues else Style.MUTED, issues)
    right = [type_span(entry.type), dot, status, dot,
             state_span(entry.state, entry.begun, view, len(page.counting))]
    title = one_line(entry.title, view) or "(no title)"
    return sides([Span(f"#{entry.id}", Style.ACCENT), Span(" "), Span(title, strong=True)], right, view)


def page_lines(page: Page, view: View) -> list[Line]:
    """The whole page; points that name a ticket, next actions and files have spots."""
    entry = page.shown
    lines = [*_version(page)]
    lines += [line for name in ("title", "type", "status") for line in _amended(name, page, view)]
    lines += _field("date", [Span(_when(entry, view))], view)
    if page.work is not None:
        lines += _field("maintenance", work_spans(page.work, view), view)
    lines += [line for name in ("begun", "ended") for line in _amended(name, page, view)]
    lines += _named("performed_by", page, view)
    for name, word in _POINTS:
        lines += _points(name, word, page, view)
    lines += _actions(page, view)
    lines += _notes(page, view)
    spent = fmt.duration(entry.seconds) if entry.seconds else ""
    lines += [*_field("time spent", [Span(spent)], view), *_amended("seconds", page, view)]
    if entry.checks:
        lines += _named("checks", page, view)
    if entry.tags:
        lines += _named("tags", page, view)
    if entry.run:
        lines += _field("drafted from", [Span(f"checklist run {entry.run}", Style.ACCENT)], view, f"run:{entry.run}")
    lines += _files(page.files, view)
    return [*lines, BLANK, *_signed(page, view)]


def _version(page: Page) -> list[Line]:
    if not page.amendments:
        return []
    if page.version is None:
        count = len(page.amendments)
        times = "once" if count == 1 else "twice" if count == 2 else f"{count} times"
        return [Line((muted(f"Amended {times} after it was signed; "), *key("v", "shows each version"))), BLANK]
    said = "As it was signed" if not page.version else f"After amendment {page.version} of {len(page.amendments)}"
    return [Line((Span(said, Style.WARNING, strong=True), muted(", not as it stands; "), *key("v", "shows the next"))),
            BLANK]


def _when(entry: Entry, view: View) -> str:
    begun = view.time(entry.begun)
    if entry.ended is None:
        return f"{begun}, it goes on" if entry.state is EntryState.OPEN else begun
    same = local(entry.begun, view.zone).date() == local(entry.ended, view.zone).date() and not view.absolute
    return f"{begun} to {f'{local(entry.ended, view.zone):%H:%M}' if same else view.time(entry.ended)}"


def _field(word: str, spans: Iterable[Span], view: View, target: str = "") -> list[Line]:
    """A field: its word, then what it says, as often as there is need in rows below each other."""
    said = tuple(span for span in spans if span.text)
    rows = wrapped(said, max(8, view.cells - LABEL - 2)) if said else [(Span(view.glyphs.dash, Style.FAINT),)]
    lines = []
    for number, row in enumerate(rows):
        label = f"{word if not number else '':<{LABEL}}  "
        cells = max(1, sum(width(span.text) for span in row))
        spots = (Spot(target, LABEL + 2, cells),) if target and not number else ()
        lines.append(Line((muted(label), *row), spots=spots))
    return lines


def _named(name: str, page: Page, view: View) -> list[Line]:
    names = ", ".join(one_line(one, view, 80) for one in getattr(page.shown, name))
    return [*_field(WORDS[name], [Span(names)], view), *_amended(name, page, view)]


def _points(name: str, word: str, page: Page, view: View) -> list[Line]:
    points: Sequence[Point] = getattr(page.shown, name)
    lines: list[Line] = []
    style = Style.WARNING if name == "escalated" else Style.TEXT
    for point in points:
        spans = [Span(f"{view.glyphs.dash} ", Style.FAINT), Span(one_line(point.text, view, MOST_POINT), style)]
        if point.ticket:
            spans += [Span(" "), Span(f"#{point.ticket}", Style.ACCENT)]
        if point.link:
            spans += [Span(" "), Span(point.link, Style.ACCENT)]
        target = f"ticket:{point.ticket}" if point.ticket else point.link
        lines += _field("" if lines else word, spans, view, target)
    return [*(lines or _field(word, (), view)), *_amended(name, page, view)]


def _actions(page: Page, view: View) -> list[Line]:
    lines: list[Line] = []
    for number, one in enumerate(page.shown.actions):
        done = one.done is not None
        sign = Span(f"{view.glyphs.done if done else view.glyphs.dash} ", Style.OK if done else Style.FAINT)
        text = Span(one_line(one.text, view, MOST_POINT), Style.MUTED if done else Style.TEXT)
        person = [muted(f"  {one_line(one.person, view, 40)}")] if one.person else []
        lines += _field("" if lines else "next actions", [sign, text, *person, *_due(one, view)], view,
                        f"next:{number}" if page.version is None else "")
    return [*(lines or _field("next actions", (), view)), *_amended("actions", page, view)]


def _due(one: Action, view: View) -> list[Span]:
    if one.done is not None:
        by = f" by {one_line(one.done_by, view, 40)}" if one.done_by else ""
        return [muted(f"  done {view.time(one.done)}{by}")]
    if not one.due:
        return []
    late = days_late(one, view.now, view)
    if late > 0:
        return [Span(f"  {one_line(one.due, view, 20)}, {late} d late", Style.WARNING)]
    return [Span(f"  {one_line(one.due, view, 20)}", Style.TEXT if late == 0 else Style.MUTED)]


def _notes(page: Page, view: View) -> list[Line]:
    room = max(20, view.cells - LABEL - 2)
    said = markdown_lines(page.shown.notes, room, view.glyphs, MOST_NOTES) if page.shown.notes.strip() else []
    if not said:
        return [*_field("notes", (), view), *_amended("notes", page, view)]
    lines = [Line((muted(f"{'notes' if not number else '':<{LABEL}}  "), *line.spans))
             for number, line in enumerate(said)]
    return [*lines, *_amended("notes", page, view)]


def _files(files: Sequence[Attachment], view: View) -> list[Line]:
    lines: list[Line] = []
    for one in files:
        spans = [Span(one_line(one.name, view, 120), Style.ACCENT), muted(f"  {fmt.size(one.size)}"),
                 muted(f"  {one_line(one.by, view, 40)} {view.time(one.at)}")]
        lines += _field("" if lines else "files", spans, view, f"file:{one.id}")
    return lines


def _amended(name: str, page: Page, view: View) -> list[Line]:
    """What was amended in a field, by whom and why."""
    lines: list[Line] = []
    for one in page.counting:
        if name in one.changes:
            word = "" if name not in ("begun", "ended", "type", "title", "status") else f"{WORDS[name]} "
            said = f"{word}amended by {one_line(one.actor, view, 40)} {view.time(one.at)} because "
            lines += _field("", [Span(f"{said}{one_line(one.reason, view, MOST_POINT)}", Style.ACCENT)], view)
    return lines


def _signed(page: Page, view: View) -> list[Line]:
    entry = page.shown
    lines: list[Line] = []
    for one in entry.signatures:
        origin = f" from {one_line(one.origin, view, 60)}" if one.origin else ""
        spans = [Span(f"{view.glyphs.done} ", Style.OK), Span(one_line(one.actor, view, 40), strong=True),
                 muted(f"  {view.time(one.at)}{origin}")]
        lines += _field("" if lines else "signed by", spans, view)
    if entry.seal:
        lines += _field("sealed", [muted(f"SHA-256 {entry.seal[:16]}{view.glyphs.ellipsis}")], view)
    missing = entry.persons - len(entry.signatures)
    if entry.state is EntryState.OPEN:
        both = " It takes two persons." if entry.persons > 1 else ""
        going = page.work is not None and not page.work.over(view.now)
        first = key("m", "finishes the maintenance, then it can be signed") if going else key("y", "signs it")
        nobody = [Span("nobody yet", Style.WARNING), muted(f".{both} "), *first]
        lines += _field("signed by", nobody, view)
    elif entry.state is EntryState.WAITING and missing > 0:
        lines += _field("", [Span("waits for a second person: ", Style.WARNING), *key("y", "signs"), Span("  "),
                             *key("B", "sends it back")], view)
    elif entry.state is EntryState.DROPPED:
        lines += _field("dropped", [muted("it was not wanted; "), *key("R", "takes it back")], view)
    return lines


# -- the preview ------------------------------------------------------------------------------------------------------


def preview(page: Page, lines: int, view: View) -> list[Line]:
    """An entry in at most so many lines: what it is, what was found and is open first, then the rest."""
    entry = page.entry
    by = people(entry.performed_by, view) or "nobody"
    spent = f" {view.glyphs.dot} {fmt.duration(entry.seconds)}" if entry.seconds else ""
    facts = [muted(f"{_when(entry, view)} {view.glyphs.dot} {by}{spent}")]
    if page.work is not None and not page.work.over(view.now):
        facts += [muted(f" {view.glyphs.dot} maintenance "), *work_spans(page.work, view)]
    if page.amendments:
        facts.append(Span(f" {view.glyphs.dot} amended because {one_line(page.amendments[-1].reason, view, 80)}",
                          Style.ACCENT))
    made = [title_line(page, view), Line(fit(facts, view.cells, view.glyphs.ellipsis))]
    body = [line for name in ("found", "escalated", "actions", "resolved", "tasks") for line in _few(name, entry, view)]
    for text in plain_words(entry.notes, view.glyphs).splitlines()[:8] if entry.notes.strip() else ():
        body.append(Line((muted(f"{'notes' if not any('notes' in one.text[:5] for one in body) else '':<10}"),
                          Span(view.clean(limited(text, 400))))))
    air = [BLANK] if lines > len(made) + len(body) and body else []
    return [Line(fit(line.spans, view.cells, view.glyphs.ellipsis)) for line in (*made, *air, *body)][:max(0, lines)]


_SHORT: Final = {"found": "found", "escalated": "escalated", "actions": "next", "resolved": "resolved", "tasks": "done"}


def _few(name: str, entry: Entry, view: View) -> list[Line]:
    values: Sequence[Any] = getattr(entry, name)
    lines = []
    for number, one in enumerate(values):
        spans = [muted(f"{_SHORT[name] if not number else '':<10}"), Span(one_line(one.text, view))]
        if name == "actions":
            spans += [muted(f"  {one_line(one.person, view, 40)}"), *_due(one, view)]
        elif said := " ".join(part for part in (f"#{one.ticket}" if one.ticket else "", one.link) if part):
            spans += [Span(" "), Span(said, Style.ACCENT)]
        lines.append(Line(tuple(spans)))
    return lines
