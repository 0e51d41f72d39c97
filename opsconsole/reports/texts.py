"""A report as Markdown, CSV and JSON. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.checklists.numerals import figure
from opsconsole.core import format as fmt
from opsconsole.core.jsontext import to_json
from opsconsole.core.plaintext import csv_line, markdown_block, markdown_line
from opsconsole.reports.wording import about, goal_of, heading, is_long, origin_of, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import tzinfo

    from opsconsole.reports.model import Report, Table

COLUMNS = ("section", "name", "title", "value", "unit", "goal", "standing", "of", "begin", "end", "source", "remark",
           "missing")


def json_text(report: Report) -> str:
    """The report itself; times are ms UTC."""
    return to_json(report, indent=2) + "\n"


def csv_text(report: Report, zone: tzinfo | None) -> Iterator[str]:
    """A line for each figure, and one for each cell of a table, `goals.1.who`; what is not known has no value."""
    yield csv_line(COLUMNS)
    for section in report.sections:
        for one in section.figures:
            value = figure(one.value) if isinstance(one.value, float) else one.value or ""
            yield csv_line((section.title, one.name, one.title, value, one.unit, one.goal, one.standing.value,
                            "" if one.of is None else str(one.of), fmt.stamp(one.window.begin, zone),
                            fmt.stamp(one.window.end, zone), one.source, one.remark, one.missing))
        for table in section.tables:
            when = fmt.stamp(table.window.begin, zone), fmt.stamp(table.window.end, zone)
            for name, title, value in _cells(table):
                yield csv_line((section.title, name, title, value, "", "", "", "", *when, table.source, table.remark,
                                table.missing))


def _cells(table: Table) -> Iterator[tuple[str, str, str]]:
    """Name, title and text of each cell; of a table that is not known one without text."""
    if table.rows is None:
        yield table.name, table.title, ""
    for number, row in enumerate(table.rows or (), 1):
        for column, cell in zip(table.columns, row, strict=True):
            yield f"{table.name}.{number}.{column}", table.title, cell


def markdown_text(report: Report, zone: tzinfo | None) -> Iterator[str]:
    """A document; foreign text is no structure of it."""
    yield f"# {markdown_line(heading(report, zone))}\n\n{markdown_line(about(report, zone))}\n\n"
    if report.purpose:
        yield f"{markdown_line(report.purpose)}\n\n"
    for section in report.sections:
        yield f"## {markdown_line(section.title)}\n\n"
        short = [one for one in section.figures if not is_long(one.value)]
        if short:
            yield _row(("Figure", "Value", "Goal", "From")) + "| --- | ---: | --- | --- |\n"
            yield from (_row((one.title, shown(one.value, one.unit), goal_of(one), origin_of(one))) for one in short)
            yield "\n"
        for one in section.figures:
            if is_long(one.value):
                yield (f"**{markdown_line(one.title)}** ({markdown_line(origin_of(one))})\n\n"
                       f"{markdown_block(str(one.value))}\n\n")
        for table in section.tables:
            yield from _table(table)


def _table(table: Table) -> Iterator[str]:
    origin = origin_of(table)
    yield f"**{markdown_line(table.title)}**{f' ({markdown_line(origin)})' if origin else ''}\n\n"
    if table.rows is not None and not table.rows:
        yield "none\n\n"
        return
    rows = table.rows if table.rows is not None else (("",) * len(table.columns),) * table.blanks
    if rows:
        yield _row(table.columns) + "|" + " --- |" * len(table.columns) + "\n"
        yield from map(_row, rows)
        yield "\n"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(map(markdown_line, cells))} |\n"
