"""What is wrong, what to do, who uses the machine, who is on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core import format as fmt
from opsconsole.core.levels import Level
from opsconsole.core.lines import LEVEL_STYLES, Line, Span, Style
from opsconsole.core.text import clip, width, wrap
from opsconsole.health.judging.readings import line_of
from opsconsole.health.present.parts import (
    GUTTER,
    Block,
    Row,
    View,
    content,
    heading,
    left,
    percent,
    sign_of,
    subject,
    tail,
)
from opsconsole.health.present.troubles import changed_before, standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opsconsole.health.alerts.model import Window
    from opsconsole.health.changes.model import Change
    from opsconsole.health.model import Advice, Health, Process, SignIn
    from opsconsole.health.present.troubles import Trouble

# What goes first when there is no room; see `present_host` for the other ranks.
MEANING, MORE_PROCESSES, SIGN_INS, HINTS, FIRST_PROCESSES, ADVICE, GAPS = 900, 800, 750, 600, 300, 200, 500
MUTED, TODO = 90, 100
"""What the configuration says is to be done about something that is wrong."""
MOST_TODO = 228
"""Cells of that, in whole lines: three on 80 columns; the page of the alert has all of it."""
FEW = 3
"""Processes that are shown as long as possible."""
MOST = 24
SHORT_STANDING = 14
"""Cells of what people have done about an alert that must find room beside it; else it gets a line of its own."""


def alerts(found: Sequence[Trouble], view: View, windows: Iterable[Window] = ()) -> Block:
    """What is not well, worst first: what, why, who has it, and for how long; then what nobody is told of, and why.

    Args:
        found: see `troubles`.
        view: for whom it is drawn.
        windows: silences and maintenance; only those that hold now are shown.
    """
    shown = [trouble for trouble in found if trouble.listed]
    names = [view.clean(trouble.name) for trouble in shown]
    label = min(max((width(name) for name in names), default=0), max(8, (view.cells - GUTTER) // 3))
    rows = tuple(_alert(trouble, name, label, view) for trouble, name in zip(shown, names, strict=True))
    right: list[Span] = []
    for level in (Level.CRITICAL, Level.WARNING, Level.UNKNOWN):
        number = sum(trouble.level is level for trouble in shown)
        if number:
            right += [Span(f" {view.glyphs.dot} ", Style.FAINT)] if right else []
            right.append(Span(f"{number} {level.word}", LEVEL_STYLES[level]))
    active = [one for one in windows if one.active(view.now)]
    if active:
        right += [Span(f" {view.glyphs.dot} ", Style.FAINT)] if right else []
        right.append(Span(f"{len(active)} muted", Style.TEXT))
        rows = (*rows, Row((_muted(active, view),), MUTED))
    return Block(heading(view, "ALERTS", right=right), rows)


def _muted(active: Sequence[Window], view: View) -> Line:
    """What nobody is told of, by whom and how long still, so that no silence is forgotten."""
    told = [f"{one.about} by {one.author}, {view.until(one.ends)} left" for one in active]
    said = view.clean(f" {view.glyphs.dot} ".join(told))
    return content(view, [Span("muted  ", Style.MUTED), Span(said, Style.MUTED)], target="silences")


def _alert(trouble: Trouble, name: str, label: int, view: View) -> Row:
    age = view.since(trouble.since)
    room = max(0, view.cells - GUTTER - label - 2 - width(age) - 2)
    said, taken = view.clean(trouble.reason), standing(trouble, view)
    beside = bool(taken) and room - width(said) - 2 >= min(width(taken), SHORT_STANDING)
    style = Style.UNKNOWN if trouble.level is Level.UNKNOWN else Style.TEXT
    if beside:
        second = room - width(said) - 2
        middle = [Span(said, style), Span("  "), Span(left(clip(taken, second, view.glyphs.ellipsis), second, view),
                                                      Style.MUTED)]
    else:
        middle = [Span(left(clip(said, room, view.glyphs.ellipsis), room, view), style)]
    sign = sign_of(view, trouble.level) or Span(view.glyphs.dot, Style.MUTED)
    lines = [content(view, [Span(left(tail(name, label, view), label, view), strong=not trouble.taken), Span("  "),
                            *middle, Span("  "), Span(age, Style.MUTED)], sign=sign, target=trouble.target)]
    if taken and not beside:
        lines.append(content(view, [Span(" " * (label + 2)), Span(taken, Style.MUTED)], target=trouble.target))
    return Row(tuple(lines))


def do_next(health: Health, view: View, found: Iterable[Trouble] = (), changes: Sequence[Change] = ()) -> Block:
    """What to do, numbered, the most urgent first; what is only a hint comes last and goes first.

    Args:
        health: whose advice it is.
        view: for whom it is drawn.
        found: what is not well; what people wrote down for it comes before what is advised in general.
        changes: what changed lately.
    """
    rows: list[Row] = []
    told = [trouble for trouble in found if trouble.todo or trouble.runbook]
    before: Change | None = None
    for number, trouble in enumerate(told, 1):
        # What changed before several of them is told once: one cause has them all.
        change = changed_before(trouble, changes)
        rows.append(_todo(number, trouble, None if change == before else change, view))
        before = change or before
    alarmed = {line_of(finding.target) for finding in health.findings if finding.level > Level.OK}
    for number, advice in enumerate(health.advice, 1):
        rows += _advice(number, advice, view, said=advice.target in alarmed, after=len(told))
    return Block(heading(view, "DO NEXT"), tuple(rows))


def _todo(number: int, trouble: Trouble, change: Change | None, view: View) -> Row:
    """What somebody wrote down for this case, and what changed before it, if that is to be told."""
    room = view.cells - GUTTER
    runbook = f"Runbook: {trouble.runbook}" if trouble.runbook else ""
    said = view.clean(" ".join(f"{trouble.name}: {trouble.todo or runbook}".split()))
    parts = wrap(said, room)
    most = max(3, -(-MOST_TODO // max(1, room)))
    if len(parts) > most:
        parts[most - 1:] = [clip(" ".join(parts[most - 1:]), room, view.glyphs.ellipsis)]
    lines = [content(view, [part], sign=_number(number, trouble.level, view) if not place else None,
                     target=trouble.target) for place, part in enumerate(parts)]
    if runbook and trouble.todo:
        lines.append(content(view, [Span(clip(view.clean(runbook), room, view.glyphs.ellipsis), Style.ACCENT)],
                             target=trouble.target))
    if change is not None:
        before = f"before it: {view.clean(change.text)} {view.time(change.at)}"
        lines += [content(view, [Span(part, Style.MUTED)], target=trouble.target) for part in wrap(before, room)[:2]]
    return Row(tuple(lines), TODO + min(number, 90))


def _number(number: int, level: Level, view: View) -> Span:
    style = LEVEL_STYLES[level] if level > Level.OK else Style.MUTED
    return Span(f"{number}" if number < 10 else view.glyphs.dot, style, strong=level > Level.OK)


def _advice(number: int, advice: Advice, view: View, *, said: bool, after: int) -> list[Row]:
    room = view.cells - GUTTER
    target = f"advice:{number - 1}"
    # What an alert has already said needs no second telling; a hint has nobody else who says it.
    head = f"{subject(advice.target)}: {advice.todo}" if said else advice.measured
    rest = advice.meaning if said else advice.todo
    sign = _number(after + number, advice.level, view)
    lines = [content(view, [part], sign=sign if not place else None, target=target)
             for place, part in enumerate(wrap(view.clean(head), room)[:2])]
    # A command is of no use without what it is for, so it goes first.
    rank = min(number, 20) * 2 + (ADVICE if advice.level > Level.OK else HINTS)
    rows = [Row(tuple(lines), rank)]
    if rest:
        told = [content(view, [Span(part, Style.MUTED)], target=target) for part in wrap(view.clean(rest), room)[:2]]
        rows.append(Row(tuple(told), MEANING + number))
    command = clip(view.clean(advice.command), room, view.glyphs.ellipsis)
    if command:
        rows.append(Row((content(view, [Span(command, Style.ACCENT)], target=target),), rank + 1))
    return rows


def processes(health: Health, view: View) -> Block:
    """The busiest processes, as a table."""
    snapshot = health.snapshot
    shown = sorted(snapshot.processes, key=lambda one: (-(one.cpu or 0.0), -one.memory))[:MOST]
    about = "by CPU" if snapshot.process_count is None else f"by CPU {view.glyphs.dot} {snapshot.process_count} in all"
    pid = max([5, *(len(str(process.pid)) for process in shown)])
    rows = [Row((_titles(pid, view),), FIRST_PROCESSES)] if shown else []
    for place, process in enumerate(shown):
        rank = FIRST_PROCESSES + 1 + place if place < FEW else MORE_PROCESSES + place
        rows.append(Row((_process(process, pid, view),), rank))
    return Block(heading(view, "PROCESSES", [about]), tuple(rows))


def _widths(pid: int, view: View) -> tuple[int, int, int]:
    """Cells of name, user and command."""
    room = view.cells - GUTTER - pid - 2 - 7 - 10
    user = 10 if room >= 30 else 0
    command = max(0, room - user - 18 - 4) if room >= 44 else 0
    name = room - user - (2 if user else 0) - (command + 2 if command else 0)
    return max(4, name), user, command


def _titles(pid: int, view: View) -> Line:
    name, user, command = _widths(pid, view)
    text = (fmt.right("PID", pid) + "  " + left("name", name, view) + fmt.right("CPU", 7) + fmt.right("memory", 10)
            + (f"  {left('user', user, view)}" if user else "") + (f"  {'command'}" if command else ""))
    return content(view, [Span(text, Style.FAINT)])


def _process(process: Process, pid: int, view: View) -> Line:
    name, user, command = _widths(pid, view)
    spans = [Span(fmt.right(str(process.pid), pid), Style.MUTED), Span("  "),
             Span(left(view.clean(process.name), name, view)),
             Span(fmt.right(percent(process.cpu, view), 7)), Span(fmt.right(fmt.size(process.memory), 10))]
    if user:
        spans.append(Span(f"  {left(view.clean(process.user), user, view)}", Style.MUTED))
    if command:
        spans.append(Span(f"  {left(view.clean(process.command[:400]), command, view)}", Style.FAINT))
    return content(view, spans, target=f"process:{process.pid}")


def who(health: Health, view: View) -> Block:
    """Who is logged in, from where, since when."""
    names = [view.clean(one.user) for one in health.snapshot.sign_ins]
    label = min(max((width(name) for name in names), default=0), 12)
    rows = [Row((_sign_in(one, label, view),), SIGN_INS + min(place, 40))
            for place, one in enumerate(health.snapshot.sign_ins)]
    return Block(heading(view, "WHO", ["is logged in"]), tuple(rows), "sign-ins")


def _sign_in(one: SignIn, label: int, view: View) -> Line:
    origin = view.clean(one.origin) or "here"
    room = view.cells - GUTTER - label - 2 - 10 - 18
    return content(view, [Span(left(view.clean(one.user), label, view)), Span("  "),
                          Span(left(view.clean(one.terminal), 10, view), Style.MUTED),
                          Span(left(f"from {origin}", max(4, room), view), Style.MUTED),
                          Span(fmt.right(f"since {view.time(one.since)}", 18), Style.MUTED)])


def gaps(health: Health, view: View) -> Block:
    """What could not be read, said once and calmly."""
    rows = [Row((content(view, [Span(clip(view.clean(gap), view.cells - GUTTER, view.glyphs.ellipsis), Style.MUTED)]),),
                GAPS + min(place, 40)) for place, gap in enumerate(health.snapshot.gaps)]
    return Block(heading(view, "NOT READ"), tuple(rows), "gaps")
