"""The log as one HTML file that needs nothing else: to be read on a screen, light or dark, and to be printed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.core import format as fmt
from opsconsole.core.clock import local
from opsconsole.core.htmlpage import CLOSING, lines, opening, shown
from opsconsole.logbook.exchange.sheet import standing, values
from opsconsole.logbook.model import LISTS, EntryState, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsconsole.logbook.exchange.sheet import Sheet, Value, Whole

_STYLE: Final = """
article { border-top: 1px solid var(--line); padding: 1rem 0 1.25rem }
.about { color: var(--muted); margin: .1rem 0 .75rem } .issues { color: var(--bad); font-weight: 600 }
.signed { color: var(--good) } .number { color: var(--muted); font-weight: 400 }
dl { display: grid; grid-template-columns: 10rem 1fr; gap: .3rem 1rem; margin: 0 }
dt { color: var(--muted) } dd { margin: 0; overflow-wrap: anywhere }
ul { margin: 0; padding-left: 1.1rem }
.seal { font: 12px/1.6 ui-monospace, monospace; color: var(--muted) }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0 } dd { margin-bottom: .4rem } }
"""
_ABOVE: Final = ("number", "title", "state", "type", "status", "begun", "ended", "date")
"""Fields that stand above the others, in a sentence."""


def html_text(sheet: Sheet) -> Iterator[str]:
    """The whole file, in parts."""
    count = len(sheet.wholes)
    written = fmt.stamp(sheet.made, sheet.zone)
    yield opening(sheet.title, f"{count} entr{'y' if count == 1 else 'ies'}, written {written}", _STYLE)
    if count > 1:
        yield from _overview(sheet)
    day = None
    for whole in sheet.wholes:
        begun = local(whole.entry.begun, sheet.zone).date()
        if begun != day:
            day = begun
            yield f"<h2>{begun:%A} {begun}</h2>\n"
        yield _article(whole, sheet)
    yield CLOSING


def _overview(sheet: Sheet) -> Iterator[str]:
    yield ('<nav>\n<table>\n<tr><th>Date</th><th>Type</th><th>Entry</th><th class="figure">Issues</th>'
           '<th class="figure">Hours</th></tr>\n')
    for whole in sheet.wholes:
        entry = whole.entry
        hours = f"{entry.seconds / 3600:.1f}" if entry.seconds else ""
        yield (f"<tr><td>{local(entry.begun, sheet.zone):%Y-%m-%d}</td><td>{entry.type.value}</td>"
               f'<td><a href="#entry-{entry.id}">{shown(entry.title)}</a></td>'
               f'<td class="figure">{len(entry.found) or ""}</td><td class="figure">{hours}</td></tr>\n')
    yield "</table>\n</nav>\n"


def _article(whole: Whole, sheet: Sheet) -> str:
    entry, zone = whole.entry, sheet.zone
    ended = "goes on" if entry.ended is None else f"to {fmt.stamp(entry.ended, zone)}"
    status = '<span class="issues">issues</span>' if entry.status is Status.ISSUES else "normal"
    signed = ' class="signed"' if entry.state is EntryState.SIGNED else ""
    head = (f'<article id="entry-{entry.id}">\n<h3><span class="number">{entry.id}</span> {shown(entry.title)}</h3>\n'
            f'<p class="about">{entry.type.value}, {status}, '
            f"<span{signed}>{standing(entry, whole.amendments)}</span><br>"
            f"{shown(fmt.stamp(entry.begun, zone))} {shown(ended)}</p>\n<dl>\n")
    parts = [head]
    for field, value in values(whole, zone):
        if field.name in _ABOVE or not (value or field.name in LISTS):
            continue
        css = ' class="seal"' if field.name == "seal" else ""
        parts.append(f"<dt>{field.label}</dt><dd{css}>{_value(value, free=field.free)}</dd>\n")
    return "".join([*parts, "</dl>\n</article>\n"])


def _value(value: Value, *, free: bool) -> str:
    if not value:
        return "none"
    if free:
        return f"<pre>{lines(str(value))}</pre>"
    if isinstance(value, str):
        return shown(value)
    if len(value) == 1:
        return shown(value[0])
    return f"<ul>{''.join(f'<li>{shown(one)}</li>' for one in value)}</ul>"
