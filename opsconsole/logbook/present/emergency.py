"""An emergency while it goes on: its clock, the first steps, what was told, what is muted, what is known. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.clock import HOUR, MINUTE, SECOND, local
from opsconsole.core.lines import BLANK, Line, Span, Spot, Style, fit
from opsconsole.core.markdown import wrapped
from opsconsole.core.text import width
from opsconsole.core.view import GAP, View, muted, sides
from opsconsole.logbook.messages import clock_of
from opsconsole.logbook.model.emergency import MessageStatus
from opsconsole.logbook.present.words import key, one_line

if TYPE_CHECKING:
    from opsconsole.core.clock import Instant
    from opsconsole.logbook.aid import Round, Step
    from opsconsole.logbook.model.emergency import Standing, Told
    from opsconsole.logbook.model.maintenance import Work

MOST_KNOWN: Final = 300
"""Lines of what is known."""
_INDENT: Final = 2
_SOON: Final = 5 * MINUTE
"""Before a message is due: then it stands out."""


class Page(NamedTuple):
    """All that the page of an emergency is made of, as it was read."""

    standing: Standing
    round: Round | None = None
    """Its checklist; None: there is none, or nobody knows checklists."""
    work: Work | None = None
    """What is muted meanwhile; None: nothing ever was."""


class Waiting(NamedTuple):
    """The emergencies that go on, for the top line."""

    going: int = 0
    due: Instant | None = None
    """When the earliest message that others were promised is due."""
    number: int = 0
    """The emergency of that message, else the newest."""


def waiting(standings: list[Standing]) -> Waiting:
    """What the top line says of those that go on, the newest first."""
    promised = [(one.emergency.due, one.emergency.entry) for one in standings if one.emergency.due is not None]
    due, number = min(promised, default=(None, standings[0].emergency.entry if standings else 0))
    return Waiting(len(standings), due, number)


def counted(milliseconds: int) -> str:
    """A length of time as a clock shows it: `12:31`, `1:02:03`; never less than nothing."""
    seconds = max(0, milliseconds) // SECOND
    hours, rest = divmod(seconds, HOUR // SECOND)
    minutes, seconds = divmod(rest, MINUTE // SECOND)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def title_line(page: Page, view: View) -> Line:
    """What it is about, and how long it goes on."""
    emergency, going = page.standing.emergency, page.standing.going
    word = Span("EMERGENCY", Style.CRITICAL if going else Style.MUTED, strong=True)
    begin = [word, Span(f" #{emergency.entry} ", Style.ACCENT), Span(one_line(page.standing.entry.title, view),
                                                                     strong=True)]
    if not going:
        ended = emergency.over if emergency.over is not None else page.standing.entry.ended
        length = f", after {fmt.duration((ended - emergency.begun) / 1000)}" if ended is not None else ""
        return sides(begin, [muted(f"over{length}")], view)
    return sides(begin, [Span(counted(view.now - emergency.begun), strong=True), muted(" since it began")], view)


def clock_line(page: Page, view: View) -> Line:
    """The time of the first steps at the left, the next message at the right."""
    if not page.standing.going:
        return Line((muted(f"It was declared {view.time(page.standing.emergency.begun)}."),))
    return sides(_first(page, view), _next(page, view), view)


def _first(page: Page, view: View) -> list[Span]:
    emergency, steps = page.standing.emergency, page.round
    left = emergency.until - view.now
    open_ = steps.open if steps is not None else 0
    done = f", {len(steps.steps) - open_} of {len(steps.steps)} done" if steps is not None else ""
    length = fmt.duration((emergency.until - emergency.begun) / 1000)
    if left > 0:
        return [muted(f"first {length}: "), Span(f"{counted(left)} left", strong=True), muted(done)]
    if not open_:
        return [muted(f"the first steps are done{'' if steps is not None else ', or nobody counts them'}")]
    sign = Span(f"{view.glyphs.warning} ", Style.WARNING)
    return [sign, Span(f"first {length} over since {counted(-left)}", Style.WARNING), muted(done)]


def _next(page: Page, view: View) -> list[Span]:
    emergency = page.standing.emergency
    which = "next" if emergency.told else "first"
    if emergency.due is None:
        return [muted("no message is promised")]
    left = emergency.due - view.now
    if left <= 0:
        return [Span(f"{view.glyphs.critical} {which} message due since {counted(-left)}", Style.CRITICAL, strong=True)]
    style = Style.WARNING if left < _SOON else Style.TEXT
    return [muted(f"{which} message in "), Span(counted(left), style, strong=left < _SOON)]


def page_lines(page: Page, view: View) -> list[Line]:
    """The whole page; steps, messages, what is muted and the entry have spots."""
    return [*_steps(page, view), BLANK, *_told(page, view), BLANK, *_muted(page, view), BLANK, *_known(page, view)]


def _heading(text: str, view: View, *right: Span) -> Line:
    return sides([Span(text, strong=True)], right, view)


def _steps(page: Page, view: View) -> list[Line]:
    steps, going = page.round, page.standing.going
    if steps is None:
        if page.standing.emergency.run or not going:
            return [_heading("First steps", view), Line((muted("  There is no checklist to show."),))]
        return [_heading("First steps", view), Line((Span("  No checklist was begun.  "), *key("c", "begins one")))]
    rest = f"{steps.rest} more on the way back" if steps.rest else "nothing else is open"
    right = muted("signed") if steps.signed else muted(rest)
    lines = [_heading(one_line(steps.section, view, 80) or "First steps", view, right)]
    return lines + [_step(step, view) for step in steps.steps]


def _step(step: Step, view: View) -> Line:
    glyphs = view.glyphs
    sign, style = {"ok": (glyphs.done, Style.OK), "failed": (glyphs.critical, Style.CRITICAL),
                   "open": (glyphs.dash, Style.FAINT)}.get(step.state, (glyphs.dash, Style.MUTED))
    word = "" if step.state in ("ok", "open") else f"{step.state}  "
    right = muted(f"{word}{one_line(step.by, view, 20)} {local(step.at, view.zone):%H:%M}") if step.at else muted("")
    title = one_line(step.title, view, 200)
    room = view.cells - width(right.text) - GAP - 4
    text = Span(title, Style.MUTED if step.state not in ("open", "failed") else Style.TEXT)
    spans = fit((Span(" " * _INDENT), Span(f"{sign} ", style), *fit((text,), max(8, room), glyphs.ellipsis),
                 muted(" " * GAP), right), view.cells)
    return Line(spans, spots=(Spot(f"step:{step.item}", _INDENT + width(f"{sign} "), max(1, min(width(title), room))),))


def _told(page: Page, view: View) -> list[Line]:
    emergency, going = page.standing.emergency, page.standing.going
    right = [muted(f"next {clock_of(emergency.due, view.zone)[11:]}")] if emergency.due is not None and going else []
    if not emergency.told:
        said = [Span("  Nobody was told yet.  "), *(key("m", "writes the first message") if going else ())]
        return [_heading("Messages", view, *right), Line(tuple(said))]
    return [_heading("Messages", view, *right), *(_one_told(one, view) for one in reversed(emergency.told))]


def _one_told(told: Told, view: View) -> Line:
    message, target = told.message, f"told:{told.seq}"
    status = Style.OK if message.status is MessageStatus.RESOLVED else Style.TEXT
    by = f"{told.way.value} by {one_line(told.actor, view, 16)}"
    said = one_line(message.issue or message.subject, view)
    spans = (muted(f"  {local(told.at, view.zone):%H:%M}  "), Span(f"{message.status.value:<14}", status),
             muted(f"{by}  "), Span(said))
    return Line(fit(spans, view.cells, view.glyphs.ellipsis), spots=(Spot(target, 9, width(message.status.value)),))


def _muted(page: Page, view: View) -> list[Line]:
    work, going = page.work, page.standing.going
    if work is None:
        keys = key("w", "begins maintenance, and mutes them") if going else ()
        return [_heading("Alerts", view), Line((Span("  They are told as ever.  "), *keys))]
    name = one_line(", ".join(work.names), view, 60)
    if work.over(view.now):
        ended = work.ended if work.ended is not None else work.ends
        return [_heading("Maintenance", view), Line((muted(f"  {name} until {view.time(ended)}, over"),))]
    left = fmt.duration((work.ends - view.now) / 1000)
    spans = (Span("  "), Span(name, strong=True), Span(f" until {view.time(work.ends)}, {left} left"))
    return [_heading("Maintenance", view), Line(fit(spans, view.cells, view.glyphs.ellipsis),
                                                spots=(Spot("work", _INDENT, max(1, width(name))),))]


def _known(page: Page, view: View) -> list[Line]:
    entry = page.standing.entry
    number = f"log entry #{entry.id}"
    head = _heading("Known so far", view, Span(number, Style.ACCENT))
    lines = [head._replace(spots=(Spot("entry", view.cells - width(number), width(number)),))]
    notes = [line for line in entry.notes.splitlines() if line.strip()]
    if not notes:
        keys = key("n", "writes down what is known") if page.standing.going else ()
        return [*lines, Line((Span("  Nothing was written down yet.  "), *keys))]
    for text in notes[:MOST_KNOWN]:
        said = (Span(one_line(text.strip().removeprefix("- "), view, 2_000)),)
        lines += [Line((Span(" " * _INDENT), *row)) for row in wrapped(said, max(8, view.cells - _INDENT))]
    return lines
