"""The log as Markdown, CSV and JSON. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core import format as fmt
from opsconsole.core.clock import local
from opsconsole.core.jsontext import to_json
from opsconsole.core.plaintext import csv_line, markdown_block, markdown_line
from opsconsole.logbook.exchange.sheet import FIELDS, heading, values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsconsole.logbook.exchange.sheet import Sheet


def csv_text(sheet: Sheet) -> Iterator[str]:
    """A line of CSV for each entry, below one with the names; the points of a list stand on lines of their cell."""
    yield csv_line(field.name for field in FIELDS)
    for whole in sheet.wholes:
        yield csv_line(value if isinstance(value, str) else "\n".join(" ".join(one.split()) for one in value)
                       for _, value in values(whole, sheet.zone))


def json_text(sheet: Sheet) -> Iterator[str]:
    """One object: the period, and the entries with their amendments and files; times are ms UTC."""
    entries = [{"entry": whole.entry, "amendments": list(whole.amendments), "attachments": list(whole.files),
                "fields": {field.name: value for field, value in values(whole, sheet.zone)}} for whole in sheet.wholes]
    yield to_json({"title": sheet.title, "begin": sheet.period.begin, "end": sheet.period.end, "made": sheet.made,
                   "host": sheet.host, "entries": entries}, indent=2) + "\n"


def markdown_text(sheet: Sheet) -> Iterator[str]:
    """A document with a part for each entry, by day; foreign text is no structure of it."""
    yield f"# {markdown_line(sheet.title)}\n\n"
    yield f"{len(sheet.wholes)} entr{'y' if len(sheet.wholes) == 1 else 'ies'}, written {_stamp(sheet)}.\n\n"
    day = None
    for whole in sheet.wholes:
        begun = local(whole.entry.begun, sheet.zone).date()
        if begun != day:
            day = begun
            yield f"## {begun:%Y-%m-%d}\n\n"
        yield f"### {markdown_line(heading(whole.entry))}\n\n"
        for field, value in values(whole, sheet.zone):
            if field.name in ("number", "title") or not value:
                continue
            if field.free:
                yield f"**{field.label}:**\n\n{markdown_block(str(value))}\n\n"
            elif isinstance(value, str):
                yield f"**{field.label}:** {markdown_line(value)}\n\n"
            else:
                yield f"**{field.label}:**\n\n" + "".join(f"- {markdown_line(one)}\n" for one in value) + "\n"


def _stamp(sheet: Sheet) -> str:
    return fmt.stamp(sheet.made, sheet.zone)
