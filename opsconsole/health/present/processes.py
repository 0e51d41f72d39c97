"""The list of processes and the page of one, as lines."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.glyphs import UNICODE, Glyphs
from opsconsole.core.lines import Line, Span, Style, fit
from opsconsole.core.text import clip, wrap
from opsconsole.health.present.parts import MARGIN, View, content, framed, heading, left, percent, rate
from opsconsole.health.present.process_view import Arrangement, Shown, Sort, io_rate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from opsconsole.core.clock import Instant
    from opsconsole.health.model import Process
    from opsconsole.health.sampling.process_details import ProcessDetails

MOST_COMMAND = 600
"""Characters of a command line that a list looks at; a line is never wider."""
DEEP = 12
"""Levels of the tree that are indented."""
STATES = {"R": "running", "S": "sleeping", "D": "waiting for a device", "Z": "zombie", "T": "stopped",
          "t": "traced", "I": "idle", "X": "dead"}


class Column(NamedTuple):
    """A column of the list: which sort it shows, its heading, its cells, whether numbers stand at its right end."""

    key: str
    title: str
    width: int
    right: bool = False


def columns(cells: int) -> tuple[Column, ...]:
    """The columns for so many cells; the last one, the command or the name, takes what is left."""
    fixed = [Column("pid", "PID", 7, right=True), Column("user", "user", 10), Column("cpu", "CPU", 6, right=True),
             Column("memory", "memory", 8, right=True)]
    if cells >= 90:
        fixed.append(Column("io", "I/O", 9, right=True))
    if cells >= 110:
        fixed.append(Column("state", "state", 5))
        fixed.append(Column("started", "started", 12, right=True))
    taken = sum(column.width + 2 for column in fixed)
    name = 18 if cells - taken >= 40 else max(8, cells - taken)
    fixed.append(Column("name", "name", name))
    rest = cells - taken - name - 2
    if rest >= 12:
        fixed.append(Column("command", "command", rest))
    return tuple(fixed)


def headings(cells: int, how: Arrangement, glyphs: Glyphs = UNICODE) -> tuple[str, ...]:
    """The titles of the columns for so many cells; the one that is sorted by says its direction."""
    # The natural order of figures is downwards, of names and ids upwards.
    sign = glyphs.down if (how.sort not in {Sort.PID, Sort.NAME}) is not how.reverse else glyphs.up
    return tuple(column.title + (sign if column.key == how.sort else "") for column in columns(cells))


def cells_of(shown: Shown, *, width: int, glyphs: Glyphs = UNICODE, now: Instant,
             zone: tzinfo | None = None) -> tuple[tuple[Span, ...], ...]:
    """One process as the cells of the columns, each exactly as wide as its column."""
    view = View(width, glyphs, now, zone)
    quiet = Style.TEXT if shown.matches else Style.FAINT
    return tuple(fit(_cell(column, shown, view, quiet), column.width, glyphs.ellipsis) for column in columns(width))


def row(shown: Shown, *, width: int, glyphs: Glyphs = UNICODE, now: Instant, zone: tzinfo | None = None) -> Line:
    """One process as a line of exactly `width` cells."""
    spans = [span for cell in cells_of(shown, width=width, glyphs=glyphs, now=now, zone=zone)
             for span in (*cell, Span("  "))]
    return Line(fit(spans, width, glyphs.ellipsis))


def _cell(column: Column, shown: Shown, view: View, quiet: Style) -> tuple[Span, ...]:
    process, cells = shown.process, column.width
    match column.key:
        case "pid" | "started":
            text = str(process.pid) if column.key == "pid" else view.time(process.started)
            return (Span(fmt.right(text, cells), Style.MUTED),)
        case "user":
            return (Span(clip(view.clean(process.user[:100]), cells, view.glyphs.ellipsis), Style.MUTED),)
        case "cpu":
            return (Span(fmt.right(percent(process.cpu, view), cells), quiet, strong=(process.cpu or 0) >= 50),)
        case "memory":
            return (Span(fmt.right(fmt.size(process.memory), cells), quiet),)
        case "io":
            known = process.read_rate is not None or process.write_rate is not None
            return (Span(fmt.right(rate(io_rate(process) if known else None, view), cells), quiet),)
        case "state":
            alarming = process.state in {"D", "Z"}
            return (Span(view.clean(process.state), Style.WARNING if alarming else Style.MUTED),)
        case "name":
            return (Span(_branch(shown, view), Style.FAINT), Span(view.clean(process.name[:MOST_COMMAND]), quiet))
    return (Span(view.clean(process.command[:MOST_COMMAND]), Style.MUTED if shown.matches else Style.FAINT),)


def _branch(shown: Shown, view: View) -> str:
    if not shown.depth:
        return ""
    glyphs = view.glyphs
    stems = "".join(f"{glyphs.stem} " if goes_on else "  " for goes_on in shown.stems[-DEEP:])
    return stems + (glyphs.last_branch if shown.last else glyphs.branch) + " "


def summary(shown: Sequence[Shown], total: int, how: Arrangement, *, width: int, glyphs: Glyphs = UNICODE) -> Line:
    """The heading above the list: how many, by what, filtered how."""
    view = View(width - 2 * MARGIN, glyphs, 0)
    number = sum(one.matches for one in shown)
    about = f"by {how.sort.label}{', tree' if how.tree else ''}"
    right = [Span(f"{number} of {total}" if how.filter else f"{total}", Style.MUTED)]
    words = [Span(f" {glyphs.dot} /{view.clean(how.filter)}", Style.ACCENT)] if how.filter else []
    return framed(heading(view, "PROCESSES", [about, *words], right), width)


def details_page(process: Process, details: ProcessDetails | None, *, width: int, glyphs: Glyphs = UNICODE,
                 now: Instant, zone: tzinfo | None = None, ended: bool = False) -> list[Line]:
    """All that is worth knowing about one process.

    Args:
        process: as it was sampled last.
        details: the last close look; None before the first.
        width: cells.
        glyphs: the signs.
        now: for durations.
        zone: for times of day; None is the machine's own.
        ended: it is not there any more; then this is what was known of it.
    """
    view = View(max(20, width - 2 * MARGIN), glyphs, now, zone)
    name = view.clean(process.name[:MOST_COMMAND])
    lines = [heading(view, "PROCESS", [Span(f"{process.pid} ", Style.MUTED), Span(name, Style.TEXT, strong=True)])]
    if ended:
        lines.append(content(view, [Span("It has ended; this is what was known of it.", Style.WARNING)]))
    lines += _figures(process, view)
    lines.append(content(view, [Span(left("parent", 10, view), Style.MUTED), Span(str(process.parent), Style.ACCENT)],
                         target=f"process:{process.parent}"))
    if details is not None:
        lines += _close_look(details, view)
    elif not ended:
        lines += [Line(), content(view, [Span("Its files and connections are being read.", Style.MUTED)])]
    return [framed(one, width) for one in lines]


def _figures(process: Process, view: View) -> list[Line]:
    return _pairs([("state", STATES.get(process.state, process.state)), ("user", process.user),
                   ("started", f"{view.time(process.started)}, {view.since(process.started)}"),
                   ("CPU", f"{percent(process.cpu, view)} of a core"), ("memory", fmt.size(process.memory)),
                   ("read", rate(process.read_rate, view)), ("write", rate(process.write_rate, view)),
                   ("threads", str(process.threads))], view)


def _close_look(details: ProcessDetails, view: View) -> list[Line]:
    lines = _pairs([("unit", details.unit), ("program", details.executable), ("folder", details.folder),
                    ("peak", _size(details.memory_peak)), ("swapped", _size(details.memory_swapped)),
                    ("shared", _size(details.memory_shared))], view)
    lines += _listed("COMMAND LINE", [shlex.join(details.arguments)] if details.arguments else [], None, view)
    lines += _listed("OPEN FILES", details.open_files, details.open_files_count, view)
    shown = [f"{left(one.kind, 5, view)} {one.local} {view.glyphs.arrow} {one.remote}  {one.state}" if one.remote
             else f"{left(one.kind, 5, view)} {one.local}  {one.state}" for one in details.connections]
    lines += _listed("CONNECTIONS", shown, details.connections_count, view)
    return [*lines, *_listed("NOT READ", details.problems, len(details.problems), view)]


def _size(amount: int | None) -> str | None:
    return None if amount is None else fmt.size(amount)


def _pairs(pairs: Sequence[tuple[str, str | None]], view: View) -> list[Line]:
    """A name and a value on each line; what is not known here is left out."""
    return [content(view, [Span(left(name, 10, view), Style.MUTED), Span(view.clean(value[:4000]))])
            for name, value in pairs if value]


def _listed(title: str, texts: Sequence[str], total: int | None, view: View) -> list[Line]:
    """A section with an item on each line, wrapped; nothing without items."""
    if not texts:
        return []
    room = view.cells - 2
    lines = [Line(), heading(view, title, right=[Span(str(total), Style.MUTED)] if total is not None else [])]
    for text in texts:
        lines += [content(view, [Span(part)]) for part in wrap(view.clean(text[:4000]), room)[:8]]
    if total is not None and total > len(texts):
        lines.append(content(view, [Span(f"+{total - len(texts)} more", Style.FAINT)]))
    return lines


