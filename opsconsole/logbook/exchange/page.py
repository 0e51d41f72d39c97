"""The log as one HTML file that needs nothing else: to be read on a screen, light or dark, and to be printed. Pure."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from opsconsole.core import format as fmt
from opsconsole.core.clock import local
from opsconsole.core.text import harmless
from opsconsole.logbook.exchange.sheet import standing, values
from opsconsole.logbook.model import LISTS, EntryState, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsconsole.logbook.exchange.sheet import Sheet, Value, Whole

_STYLE: Final = """
:root { color-scheme: light dark; --text: #1b1f24; --muted: #59636e; --line: #d1d9e0; --back: #fff; --soft: #f6f8fa;
  --bad: #9a3412; --good: #1a7f37 }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --muted: #9198a1; --line: #3d444d; --back: #0d1117;
  --soft: #151b23; --bad: #f0883e; --good: #3fb950 } }
@media print { :root { color-scheme: light; --text: #000; --muted: #444; --line: #999; --back: #fff; --soft: #fff;
  --bad: #000; --good: #000 } main { max-width: none !important; padding: 0 !important }
  article { break-inside: avoid-page } h2 { break-after: avoid } nav { display: none } @page { margin: 18mm 16mm } }
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif }
main { max-width: 54rem; margin: 0 auto; padding: 2.5rem 1.5rem }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1rem; color: var(--muted); margin: 2.5rem 0 .75rem }
h3 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere }
header p { color: var(--muted); margin: .25rem 0 0 }
article { border-top: 1px solid var(--line); padding: 1rem 0 1.25rem }
.about { color: var(--muted); margin: .1rem 0 .75rem } .issues { color: var(--bad); font-weight: 600 }
.signed { color: var(--good) } .number { color: var(--muted); font-weight: 400 }
dl { display: grid; grid-template-columns: 10rem 1fr; gap: .3rem 1rem; margin: 0 }
dt { color: var(--muted) } dd { margin: 0; overflow-wrap: anywhere }
ul { margin: 0; padding-left: 1.1rem }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; background: var(--soft);
  padding: .5rem .75rem; border-radius: 4px }
.seal { font: 12px/1.6 ui-monospace, monospace; color: var(--muted) }
table { border-collapse: collapse; width: 100%; margin-top: 1.5rem } th, td { text-align: left;
  padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
th { color: var(--muted); font-weight: 400 }
td { overflow-wrap: anywhere } td.figure, th.figure { text-align: right; font-variant-numeric: tabular-nums }
a { color: inherit }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0 } dd { margin-bottom: .4rem } }
"""
_ABOVE: Final = ("number", "title", "state", "type", "status", "begun", "ended", "date")
"""Fields that stand above the others, in a sentence."""


def html_text(sheet: Sheet) -> Iterator[str]:
    """The whole file, in parts. Nothing is fetched and nothing runs: a policy in the file forbids both."""
    title = _shown(sheet.title)
    count = len(sheet.wholes)
    yield ('<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
           '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">\n'
           '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
           f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<header>\n<h1>{title}</h1>\n"
           f"<p>{count} entr{'y' if count == 1 else 'ies'}, written {_shown(fmt.stamp(sheet.made, sheet.zone))}</p>\n"
           "</header>\n")
    if count > 1:
        yield from _overview(sheet)
    day = None
    for whole in sheet.wholes:
        begun = local(whole.entry.begun, sheet.zone).date()
        if begun != day:
            day = begun
            yield f"<h2>{begun:%A} {begun}</h2>\n"
        yield _article(whole, sheet)
    yield "</main>\n</body>\n</html>\n"


def _overview(sheet: Sheet) -> Iterator[str]:
    yield ('<nav>\n<table>\n<tr><th>Date</th><th>Type</th><th>Entry</th><th class="figure">Issues</th>'
           '<th class="figure">Hours</th></tr>\n')
    for whole in sheet.wholes:
        entry = whole.entry
        hours = f"{entry.seconds / 3600:.1f}" if entry.seconds else ""
        yield (f"<tr><td>{local(entry.begun, sheet.zone):%Y-%m-%d}</td><td>{entry.type.value}</td>"
               f'<td><a href="#entry-{entry.id}">{_shown(entry.title)}</a></td>'
               f'<td class="figure">{len(entry.found) or ""}</td><td class="figure">{hours}</td></tr>\n')
    yield "</table>\n</nav>\n"


def _article(whole: Whole, sheet: Sheet) -> str:
    entry, zone = whole.entry, sheet.zone
    ended = "goes on" if entry.ended is None else f"to {fmt.stamp(entry.ended, zone)}"
    status = '<span class="issues">issues</span>' if entry.status is Status.ISSUES else "normal"
    signed = ' class="signed"' if entry.state is EntryState.SIGNED else ""
    head = (f'<article id="entry-{entry.id}">\n<h3><span class="number">{entry.id}</span> {_shown(entry.title)}</h3>\n'
            f'<p class="about">{entry.type.value}, {status}, '
            f"<span{signed}>{standing(entry, whole.amendments)}</span><br>"
            f"{_shown(fmt.stamp(entry.begun, zone))} {_shown(ended)}</p>\n<dl>\n")
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
        return f"<pre>{'<br>'.join(map(_shown, str(value).splitlines()))}</pre>"
    if isinstance(value, str):
        return _shown(value)
    if len(value) == 1:
        return _shown(value[0])
    return f"<ul>{''.join(f'<li>{_shown(one)}</li>' for one in value)}</ul>"


def _shown(text: str) -> str:
    """Foreign text that neither is markup nor turns or hides what stands beside it."""
    return escape(harmless(text))
