"""The list of checklists: today with the worst first, then what comes, and what is started when somebody wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.checklists.model import Category, RunState
from opsconsole.checklists.present.words import Sign, late_by, muted, one_line, people, state_sign
from opsconsole.checklists.states import is_late
from opsconsole.core import format as fmt
from opsconsole.core.lines import BLANK, Line, Span, Spot, Style, fit
from opsconsole.core.text import width
from opsconsole.core.view import left
from opsconsole.tickets.present.view import sides

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opsconsole.checklists.cases.types import Board, Demand, Row
    from opsconsole.checklists.model import Run
    from opsconsole.core.view import View

TITLE: Final = 34
"""Cells of a title where there is room."""
NARROW: Final = 26
BAR: Final = 10
NEVER: Final = 2**62
"""Later than anything that is due."""
_QUIET: Final = frozenset({RunState.DONE, RunState.DONE_LATE, RunState.WAIVED, RunState.UPCOMING, RunState.DEFERRED})
_ACTIVE: Final = frozenset({RunState.LATE, RunState.WAITING, RunState.RUNNING, RunState.DUE, RunState.OPEN})
_LATER: Final = (("THIS WEEK", "week"), ("THIS MONTH", "month"), ("THIS QUARTER", "quarter"), ("THIS YEAR", "year"))


class Target(NamedTuple):
    """What a line of the list stands for."""

    run: int = 0
    slug: str = ""
    occurrence: str = ""

    @property
    def text(self) -> str:
        """As the spot of a line has it."""
        return f"run:{self.run}" if self.run else f"start:{self.slug}:{self.occurrence}"


def target_of(text: str) -> Target:
    """What the spot of a line says."""
    kind, _, rest = text.partition(":")
    if kind == "run" and rest.isdigit():
        return Target(int(rest))
    slug, _, occurrence = rest.partition(":")
    return Target(0, slug, occurrence) if kind == "start" else Target()


def counts_line(board: Board, view: View, found: str = "") -> Line:
    """`2 late  1 waiting  3 due  1 in progress  2 missed without a reason`."""
    late = sum(row.run is not None and is_late(row.run, view.now) for row in board.today)
    states = [row.state for row in board.today]
    parts = (("late", late, Style.CRITICAL), ("waiting for a second person", states.count(RunState.WAITING),
                                              Style.WARNING),
             ("due", states.count(RunState.DUE), Style.WARNING),
             ("in progress", states.count(RunState.RUNNING), Style.TEXT),
             ("to do", states.count(RunState.OPEN), Style.TEXT),
             ("missed", sum(_asks(row) for row in board.today), Style.CRITICAL),
             ("done", states.count(RunState.DONE) + states.count(RunState.DONE_LATE), Style.MUTED))
    spans: list[Span] = []
    for word, count, style in parts:
        if count:
            spans += [Span("   " if spans else ""), Span(f"{count} {word}", style)]
    if not spans:
        spans = [muted("Nothing is due today.")]
    right = [Span("/ ", Style.MUTED), Span(view.clean(found))] if found else []
    return sides(spans, right, view)


def board_lines(board: Board, view: View, wanted: str = "") -> list[Line]:
    """The whole list; each line that can be opened has a spot, see `target_of`.

    Args:
        board: as it was read.
        view: for whom.
        wanted: only what has these words in its title.
    """
    lines = [_text_line(view.glyphs.critical, "broken template", _short(text), Style.CRITICAL, view)
             for text in board.broken]
    lines += [_text_line(view.glyphs.warning, "", text, Style.WARNING, view) for text in board.warnings]
    lines += [_emergency(run, view) for run in board.emergency]
    if lines:
        lines.append(BLANK)
    for title, rows in _grouped(board, view.now):
        shown = [row for row in rows if fits(row.title, wanted)]
        if shown or (title == "TODAY" and not wanted and _any(board)):
            lines += [Line((muted(title),)), *(_row(row, view) for row in shown)]
            if not shown:
                lines.append(Line((muted("  Nothing is due."),)))
            lines.append(BLANK)
    demands = [one for one in board.demand if fits(one.title, wanted)]
    if demands:
        lines += [Line((muted("START WHEN NEEDED"),)), *(_demand(one, view) for one in demands)]
    while lines and lines[-1] == BLANK:
        lines.pop()
    return lines


def empty_lines(wanted: str = "") -> list[Line]:
    """What is said where nothing is listed."""
    if wanted:
        return [Line((muted("No checklist is called so; esc shows all."),))]
    return [Line((Span("No checklists are in use."),)), BLANK,
            Line((muted("Choose a set in the configuration: "), Span("checklists: {use: [generic]}"),)),
            Line((muted("or write your own beside it, in the folder "), Span("checklists"), muted("."),))]


def fits(title: str, wanted: str) -> bool:
    """Whether a title has all the words, in any order."""
    return all(word in title.casefold() for word in wanted.casefold().split())


def _any(board: Board) -> bool:
    """Whether there is any checklist at all."""
    return any((board.today, board.week, board.month, board.quarter, board.year, board.demand))


def _asks(row: Row) -> bool:
    return row.state is RunState.MISSED and row.run is not None and not row.run.reason


def _worst(now: int) -> Callable[[Row], tuple[int, int]]:
    """Orders rows: what is late, begun or not; what can be done now; what was missed and asks why; then the rest.

    Of what can be done now, what is due first comes first, and what nobody planned last.
    """
    def place(row: Row) -> tuple[int, int]:
        if row.run is not None and is_late(row.run, now):
            return 0, 0
        if row.state in _ACTIVE:
            return 1, row.due if row.due is not None else NEVER
        return 2 if _asks(row) else 3, 0

    return place


def _grouped(board: Board, now: int) -> list[tuple[str, list[Row]]]:
    """The rows of each group. What comes again and again is listed only when it comes next."""
    going = {run.id for run in board.emergency}
    today = [row for row in board.today if row.run is None or row.run.id not in going]
    groups = [("TODAY", sorted(today, key=_worst(now)))]
    seen = {row.slug for row in board.today if not row.state.ended}
    for title, name in _LATER:
        rows = []
        for row in getattr(board, name):
            if row.run is not None or row.slug not in seen:
                rows.append(row)
            seen.add(row.slug)
        groups.append((title, rows))
    return groups


def _short(mistake: str) -> str:
    """A mistake with the name of its file in place of a long path."""
    path, colon, rest = mistake.partition(":")
    return f"{'/'.join(path.rsplit('/', 2)[-2:])}{colon}{rest}"


def _room(view: View) -> int:
    return TITLE if view.cells >= 100 else NARROW


def _spanned(view: View, sign: Sign, spans: Iterable[Span], end: Iterable[Span], target: Target | None) -> Line:
    drawn = sides((Span(f"{sign.glyph} ", sign.style), *spans), end, view)
    spots = (Spot(target.text, 0, view.cells),) if target is not None else ()
    return drawn._replace(spots=spots)


def _row(row: Row, view: View) -> Line:
    run, late = row.run, row.run is not None and is_late(row.run, view.now)
    quiet = row.state in _QUIET and not late
    sign = state_sign(row.state, view.glyphs, late=late)
    title = Span(left(one_line(row.title, view), _room(view), view), Style.MUTED if quiet else Style.TEXT, not quiet)
    target = Target(run.id) if run is not None else (
        Target(0, row.coming.slug, row.coming.occurrence) if row.coming is not None else None)
    return _spanned(view, sign, (title, Span("  "), *_how(row, view)), _when(row, view), target)


def _how(row: Row, view: View) -> list[Span]:
    """How it stands, and by whom."""
    run = row.run
    if run is None:
        return []
    if row.state is RunState.RUNNING:
        return _progress(run, view)
    if row.state is RunState.WAITING:
        signed = people(tuple(one.actor for one in run.signatures), view)
        return [Span("waits for a second person", Style.WARNING), muted(f"  signed by {signed}")]
    if row.state is RunState.MISSED:
        if not run.reason:
            return [Span("missed", Style.CRITICAL), Span("  why? "), Span("m", Style.ACCENT, strong=True),
                    muted(" says it")]
        return [muted(f"missed: {one_line(run.reason, view)}")]
    if row.state in (RunState.DONE, RunState.DONE_LATE):
        failed = [Span(f"  {run.failed} failed", Style.CRITICAL)] if run.failed else []
        return [muted(f"{row.state.value} by {people(run.performers, view) or 'nobody'}"), *failed]
    words = {RunState.DEFERRED: f"put off until {view.time(run.deferred or 0)}",
             RunState.WAIVED: f"waived: {one_line(run.reason, view)}",
             RunState.OPEN: "can be begun", RunState.DUE: "due now", RunState.LATE: "not begun"}
    return [muted(words.get(row.state, ""))]


def _progress(run: Run, view: View) -> list[Span]:
    full, empty = fmt.bar(100 * run.answered / run.total if run.total else 0.0, BAR, view.glyphs)
    spans = [Span(full, Style.ACCENT), Span(empty, Style.FAINT), Span(f" {run.answered}/{run.total} "),
             muted(people(run.performers, view))]
    if run.failed:
        spans.append(Span(f"  {run.failed} failed", Style.CRITICAL))
    return spans


def _when(row: Row, view: View) -> list[Span]:
    run = row.run
    if run is not None and (late := late_by(run, view)):
        return [Span(late, Style.CRITICAL)]
    if run is not None and row.state in (RunState.DONE, RunState.DONE_LATE, RunState.WAIVED) and run.ended is not None:
        return [muted(view.time(run.ended))]
    if row.due is None:
        begun = run.begun if run is not None else None
        return [muted(f"since {view.time(begun)}")] if begun is not None else []
    time = view.time(row.due)
    if row.state is RunState.DUE:
        return [Span(f"due since {time}", Style.WARNING)]
    if row.state is RunState.MISSED:
        return [muted(f"was due {time}")]
    return [Span("due ", Style.MUTED), Span(time, Style.MUTED if row.state in _QUIET else Style.TEXT)]


def _demand(one: Demand, view: View) -> Line:
    emergency = one.category in (Category.EMERGENCY, Category.SECURITY)
    title = Span(left(one_line(one.title, view), _room(view), view), Style.TEXT, emergency)
    sign = Sign(view.glyphs.warning if emergency else " ", Style.WARNING)
    return _spanned(view, sign, (title, Span("  "), muted(one_line(one.purpose, view))), (), Target(0, one.slug))


def _emergency(run: Run, view: View) -> Line:
    since = f"since {view.time(run.begun)}" if run.begun is not None else ""
    spans = (Span(one_line(run.title, view, 60), Style.CRITICAL, strong=True), muted(f" goes on {since}   "),
             Span("D", Style.ACCENT, strong=True), muted(" puts routine rounds off"))
    return _spanned(view, Sign(view.glyphs.warning, Style.CRITICAL), spans, (), Target(run.id))


def _text_line(sign: str, what: str, text: str, style: Style, view: View) -> Line:
    head = f"{sign} {what}: " if what else f"{sign} "
    clean = one_line(text, view)
    room = max(10, view.cells - width(head))
    return Line((Span(head, style), *fit((Span(clean),), room, view.glyphs.ellipsis)))
