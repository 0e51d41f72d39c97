"""Alerts, silences and replays in lines: a row of a list, the page of one alert. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core import format as fmt
from opsconsole.core.levels import Level
from opsconsole.core.lines import LEVEL_STYLES, Line, Span, Style
from opsconsole.core.text import harmless_lines, width, wrap
from opsconsole.health.alerts.model import WindowKind
from opsconsole.health.present.parts import GUTTER, View, content, heading, left, sign_of
from opsconsole.health.present.troubles import standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opsconsole.health.alerts.model import Alert, Event, Evidence, Window
    from opsconsole.health.alerts.replay import Replayed
    from opsconsole.notify.model import Severity

SEVERITY, AGE, STAMP, NUMBER = 8, 9, 12, 6
"""Cells."""
WORD = 14
"""Cells of the word before a fact."""
MOST_LINES = 400
"""Of one piece of evidence."""
_LINE = 2_000


def level_of(severity: Severity) -> Level:
    """The level by which a severity is drawn; information is nothing that is unwell."""
    return severity.level


def alert_row(alert: Alert, view: View) -> Line:
    """One alert that is not over: what, since when, who has it."""
    level = level_of(alert.severity)
    age = fmt.right(view.since(alert.begun), AGE)
    who = standing(alert, view)
    room = max(10, view.cells - GUTTER - SEVERITY - 1 - AGE - 2)
    said = view.clean(f"{alert.title}: {alert.text}" if alert.text else alert.title)
    beside = min(width(who), room // 2)
    spans = [Span(left(alert.severity.value, SEVERITY, view), _style(level)), Span(" "),
             Span(left(said, room - (beside + 2 if beside else 0), view), Style.TEXT, strong=level > Level.OK)]
    if beside:
        spans += [Span("  "), Span(left(who, beside, view), Style.MUTED)]
    return content(view, [*spans, Span("  "), Span(age, Style.MUTED)], sign=sign_of(view, level),
                   target=f"alert:{alert.id}")


def past_row(alert: Alert, view: View) -> Line:
    """One alert of the history: when, how long, what."""
    level = level_of(alert.severity)
    length = fmt.duration((alert.ended - alert.begun) / 1000) if alert.ended is not None else alert.state
    spans = [Span(fmt.right(f"#{alert.id}", NUMBER), Style.FAINT), Span("  "),
             Span(left(view.time(alert.begun), STAMP, view), Style.MUTED), Span("  "),
             Span(left(alert.severity.value, SEVERITY, view), _style(level)), Span(" "),
             Span(fmt.right(length, 12), Style.TEXT), Span("  "),
             Span(view.clean(f"{alert.title}: {alert.text}" if alert.text else alert.title))]
    return content(view, spans, sign=sign_of(view, level) if alert.open else None, target=f"alert:{alert.id}")


def alert_page(alert: Alert, events: Sequence[Event], evidence: Evidence | None, view: View) -> list[Line]:
    """Everything that is known of one alert."""
    level = level_of(alert.severity)
    title = Span(view.clean(alert.title), Style.TEXT, strong=True)
    if alert.open:
        head = [Span(alert.severity.value.upper(), _style(level), strong=True), Span("  "), title,
                Span(f"  {alert.state}", Style.MUTED)]
        lines = [content(view, head, sign=sign_of(view, level))]
    else:
        # What is over is quiet, however bad it was.
        head = [Span(alert.state.upper(), Style.OK, strong=True), Span("  "), title,
                Span(f"  was {alert.severity.value}", Style.MUTED)]
        lines = [content(view, head, sign=Span(view.glyphs.ok, Style.OK))]
    for word, text in _facts(alert, view):
        lines += _fact(word, text, view)
    if alert.detail.help or alert.detail.runbook:
        lines += [Line(), heading(view, "TO DO")]
        lines += _block(alert.detail.help, view, Style.TEXT)
        if alert.detail.runbook:
            lines += _fact("runbook", view.clean(alert.detail.runbook), view)
    lines += [Line(), heading(view, "HISTORY"), *(event_row(one, view) for one in events)]
    return lines + evidence_lines(evidence, view)


def _facts(alert: Alert, view: View) -> Iterable[tuple[str, str]]:
    """Words and what they say; harmless."""
    def ago(at: int) -> str:
        return f"{fmt.stamp(at, view.zone)} ({fmt.ago((view.now - at) / 1000)})"

    detail = alert.detail
    yield "says", view.clean(alert.text)
    yield "limit", view.clean(detail.limit)
    yield "since", ago(alert.begun)
    yield "fired", ago(alert.fired) if alert.fired != alert.begun else ""
    if alert.ended is not None:
        yield "ended", f"{ago(alert.ended)}, after {fmt.duration((alert.ended - alert.begun) / 1000)}"
    if alert.acknowledged is not None:
        yield "taken by", view.clean(alert.acknowledged_by) + f", {ago(alert.acknowledged)}"
        yield "note", view.clean(alert.note)
    yield "ticket", f"#{alert.ticket} {view.clean(alert.ticket_assignee) or 'nobody has it'}" if alert.ticket else ""
    yield "muted", view.clean(alert.muted_by)
    yield "told", "" if alert.told or alert.muted_by else "nobody was told"
    yield "flapping", "it begins and ends again and again" if alert.flapping else ""
    yield "times", f"{alert.count} within a day" if alert.count > 1 else ""
    if detail.react_within is not None:
        due = alert.fired + round(1000 * detail.react_within)
        waits = f", by {view.time(due)}" if alert.open and alert.acknowledged is None and detail.react_within else ""
        yield "react", f"within {fmt.duration(detail.react_within)}{waits}" if detail.react_within else "at once"
    about = (("", alert.target), ("rule ", alert.rule), ("category ", detail.category), ("ladder ", detail.ladder))
    yield "about", f" {view.glyphs.dot} ".join(f"{word}{view.clean(said)}" for word, said in about if said)


def event_row(event: Event, view: View) -> Line:
    """One thing that happened."""
    said = view.clean(event.text)
    by = f" by {view.clean(event.actor)}" if event.actor else ""
    return content(view, [Span(left(view.time(event.at), STAMP, view), Style.MUTED), Span("  "),
                          Span(f"{event.kind}{by}"), Span(f"  {said}" if said else "", Style.MUTED)])


def evidence_lines(evidence: Evidence | None, view: View) -> list[Line]:
    """What was seen when it fired."""
    if evidence is None:
        return []
    lines = []
    for part in evidence.parts:
        lines += [Line(), heading(view, view.clean(part.title.upper()), [f"at {view.time(evidence.at)}"])]
        lines += [content(view, [Span(one)]) for one in harmless_lines(part.text, MOST_LINES, _LINE)]
    return lines


def window_row(window: Window, view: View) -> Line:
    """One silence or maintenance: what, who, how long still, why."""
    if window.ended is not None:
        when = f"ended {view.time(window.ended)} by {view.clean(window.ended_by)}"
    elif window.ends <= view.now:
        when = f"over {view.time(window.ends)}"
    elif window.begins > view.now:
        when = f"from {view.time(window.begins)} to {view.time(window.ends)}"
    else:
        when = f"{fmt.duration((window.ends - view.now) / 1000)} left, to {view.time(window.ends)}"
    word = "maintenance" if window.kind is WindowKind.MAINTENANCE else "silence"
    return content(view, [
        Span(fmt.right(f"#{window.id}", NUMBER), Style.FAINT), Span("  "), Span(left(word, 12, view), Style.MUTED),
        Span(view.clean(window.about), strong=True), Span(f"  {when}", Style.MUTED),
        Span(f"  {view.clean(window.author)}: {view.clean(window.reason)}"),
        Span(f"  log entry {window.entry}" if window.entry else "", Style.FAINT)], target=f"silence:{window.id}")


def replay_lines(found: Sequence[Replayed], view: View) -> list[Line]:
    """How often each alert would have fired, and for how long."""
    name = max([4, *(width(view.clean(one.title)) for one in found)])
    name = min(name, max(10, view.cells - GUTTER - 52))
    title = (left("rule", name, view) + fmt.right("fired", 7) + fmt.right("in all", 12) + fmt.right("longest", 12)
             + fmt.right("flapped", 9) + fmt.right("known", 9))
    lines = [content(view, [Span(title, Style.FAINT)])]
    for one in found:
        level = max((level_of(each.severity) for each in one.firings), default=Level.OK)
        lines.append(content(view, [
            Span(left(view.clean(one.title), name, view)),
            Span(fmt.right(str(one.fired), 7), _style(level), strong=bool(one.fired)),
            Span(fmt.right(_length(one.seconds, view), 12)), Span(fmt.right(_length(one.longest, view), 12)),
            Span(fmt.right(str(one.flapped) if one.flapped else view.glyphs.dash, 9), Style.MUTED),
            Span(fmt.right(fmt.percent(one.known), 9), Style.MUTED)], sign=sign_of(view, level)))
    return lines


def _length(seconds: float, view: View) -> str:
    return fmt.duration(seconds) if seconds else view.glyphs.dash


def _fact(word: str, text: str, view: View) -> list[Line]:
    if not text:
        return []
    parts = wrap(text, max(10, view.cells - GUTTER - WORD))
    return [content(view, [Span(left(word if not number else "", WORD, view), Style.MUTED), Span(part)])
            for number, part in enumerate(parts)]


def _block(text: str, view: View, style: Style) -> list[Line]:
    return [content(view, [Span(part, style)]) for line in harmless_lines(text, 100, _LINE) if line
            for part in wrap(line, max(10, view.cells - GUTTER))]


def _style(level: Level) -> Style:
    return Style.MUTED if level is Level.OK else LEVEL_STYLES[level]
