"""A report as one HTML file that needs nothing else, to be read and to be printed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.core.htmlpage import CLOSING, lines, opening, shown
from opsconsole.reports import wording
from opsconsole.reports.model import Standing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from opsconsole.reports.model import Figure, Report, Section, Table

_STYLE: Final = """
section { break-inside: avoid-page } h2 { color: var(--text); font-size: 1.1rem; margin-bottom: 0 }
section > table { margin-top: .4rem } h3 { margin: 1.2rem 0 0; font-size: 1rem; font-weight: 600 }
td.value { text-align: right; white-space: nowrap; font-weight: 600; font-variant-numeric: tabular-nums }
td.text { white-space: normal; text-align: left; font-weight: 400 }
td.title { width: 30% } td.value { width: 17% } td.goal { width: 19%; padding-left: .8rem }
table.figures { table-layout: fixed } table.rows td.blank { height: 2rem }
td.blank::after { content: ""; display: inline-block; width: 6rem; border-bottom: 1px dotted var(--muted) }
table.rows td.blank::after { content: none }
.from, .goal { color: var(--muted); font-size: .85rem } h3 .from { font-weight: 400 }
.green { color: var(--good) } .yellow { color: var(--near) } .red { color: var(--bad) }
.lamp { display: inline-block; width: .7em; height: .7em; border-radius: 50%; margin-right: .4em;
  border: 1px solid currentColor; background: currentColor; print-color-adjust: exact }
.purpose { color: var(--muted); margin: 1rem 0 0 } p.none { margin: .3rem 0 0; color: var(--muted) }
@media print { .green { color: #1a7f37 } .yellow { color: #8a5a00 } .red { color: #9a3412 } }
"""
_RIGHT: Final = 'class="figure"'
_LAMPS: Final = frozenset({"green", "yellow", "red"})


def html_text(report: Report, zone: tzinfo | None) -> Iterator[str]:
    """The whole file, in parts."""
    yield opening(wording.heading(report, zone), wording.about(report, zone), _STYLE)
    if report.purpose:
        yield f'<p class="purpose">{shown(report.purpose)}</p>\n'
    for section in report.sections:
        yield from _section(section)
    yield CLOSING


def _section(section: Section) -> Iterator[str]:
    yield f"<section>\n<h2>{shown(section.title)}</h2>\n"
    if section.figures:
        yield '<table class="figures">\n'
        yield from map(_figure, section.figures)
        yield "</table>\n"
    for table in section.tables:
        yield from _table(table)
    yield "</section>\n"


def _figure(one: Figure) -> str:
    value = wording.shown(one.value, one.unit)
    css = "" if one.standing is Standing.UNKNOWN else f" {one.standing.value}"
    if not value:
        cell = '<td class="value blank"></td>'
    elif isinstance(one.value, str) and value.lower() in _LAMPS:
        cell = f'<td class="value{css}"><span class="lamp"></span>{shown(value)}</td>'
    elif wording.is_long(one.value):
        return (f'<tr><td class="title">{shown(one.title)}</td><td class="value text" colspan="3">{lines(value)}'
                f'<br><span class="from">{_origin(one)}</span></td></tr>\n')
    else:
        cell = f'<td class="value{css}">{shown(value)}</td>'
    return (f'<tr><td class="title">{shown(one.title)}</td>{cell}<td class="goal">{shown(wording.goal_of(one))}</td>'
            f'<td class="from">{_origin(one)}</td></tr>\n')


def _table(one: Table) -> Iterator[str]:
    yield f'<h3>{shown(one.title)} <span class="from">{_origin(one)}</span></h3>\n'
    if one.rows is not None and not one.rows:
        yield '<p class="none">none</p>\n'
        return
    blank = one.rows is None
    rows = one.rows if one.rows is not None else (("",) * len(one.columns),) * one.blanks
    if not rows:
        return
    figures = [not blank and wording.are_numbers(row[place] for row in rows) for place in range(len(one.columns))]
    css = ['class="blank"' if blank else _RIGHT if number else "" for number in figures]
    heads = "".join(f"<th {_RIGHT}>{shown(column)}</th>" if number else f"<th>{shown(column)}</th>"
                    for column, number in zip(one.columns, figures, strict=True))
    yield f'<table class="rows">\n<tr>{heads}</tr>\n'
    for row in rows:
        cells = "".join(f"<td {each}>{lines(cell)}</td>" if each else f"<td>{lines(cell)}</td>"
                        for cell, each in zip(row, css, strict=True))
        yield f"<tr>{cells}</tr>\n"
    yield "</table>\n"


def _origin(one: Figure | Table) -> str:
    """Where it comes from; a figure is not parted from its sign."""
    return shown(wording.origin_of(one)).replace(" %", "&nbsp;%")
