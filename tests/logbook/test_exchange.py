"""The log as Markdown, HTML, CSV and JSON: nothing is left out, and nothing foreign acts."""

from __future__ import annotations

import csv
import io
import json
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from opsconsole.core.clock import DAY, HOUR
from opsconsole.core.periods import Period
from opsconsole.core.text import harmless
from opsconsole.logbook.exchange.page import html_text
from opsconsole.logbook.exchange.sheet import FIELDS, Sheet, Whole
from opsconsole.logbook.exchange.texts import csv_text, json_text, markdown_text
from opsconsole.logbook.model import Action, EntryState, Point
from tests.hostile import CORPUS, assert_inert
from tests.logbook.entries import AMENDED, FILE, FULL, MONDAY, entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BERLIN = ZoneInfo("Europe/Berlin")
FORMATS: dict[str, Callable[[Sheet], Iterator[str]]] = {
    "markdown": markdown_text, "html": html_text, "csv": csv_text, "json": json_text}
FIELD_SERVICE = {
    "date": "2027-01-04", "type": "weekly", "performed by": "ben", "tasks completed": "Logs rotated",
    "issues found": "Disk 3 reports errors", "issues resolved": "Disk 3 swapped",
    "issues escalated": "Vendor asked for a new controller", "next actions": "Order a spare disk",
    "who does it": "2027-01-11", "notes": "in 40 minutes.", "time spent (h)": "1.50", "sign-off": "eva"}
"""Every field of the maintenance log of a field service, and how it shows."""


def sheet(*wholes: Whole) -> Sheet:
    return Sheet(wholes, Period(MONDAY - 9 * HOUR, MONDAY - 9 * HOUR + 7 * DAY), MONDAY + DAY, BERLIN, "web1")


EVERYTHING = sheet(Whole(FULL, (AMENDED,), (FILE,)), Whole(entry(8, at=MONDAY + DAY)))


def plain(text: str) -> str:
    """What somebody reads: without what Markdown escapes."""
    return text.replace("\\", "")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("field", FIELD_SERVICE)
def test_every_field_of_the_log_of_a_field_service_is_there(name: str, field: str) -> None:
    assert FIELD_SERVICE[field] in plain("".join(FORMATS[name](EVERYTHING)))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("says", ["ticket 17", "raid", "disk", "It was disk 4", "smart.txt", "5e" * 32, "192.0.2.7",
                                  "web1", "Looked around"])
def test_what_is_needed_to_find_and_to_trust_it_is_there(name: str, says: str) -> None:
    if not (name == "csv" and says == "web1"):
        assert says in plain("".join(FORMATS[name](EVERYTHING)))


def test_csv_has_a_row_for_each_entry() -> None:
    rows = list(csv.DictReader(io.StringIO("".join(csv_text(EVERYTHING)), newline="")))
    assert [row["number"] for row in rows] == ["7", "8"]
    assert list(rows[0]) == [field.name for field in FIELDS]
    assert rows[0]["tasks"] == "Logs rotated\nBackup restored on the spare machine (ticket 12)"
    assert rows[0]["state"] == "signed, amended once"
    assert rows[1]["found"] == rows[1]["notes"] == rows[1]["seal"] == ""


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-2", "@SUM(A1)", "\t=1", "'=1"])
def test_no_cell_is_a_formula(formula: str) -> None:
    row = list(csv.reader(io.StringIO("".join(csv_text(sheet(Whole(entry(1, formula, notes=formula,
                                                                       performed_by=(formula,)))))), newline="")))[1]
    assert not [cell for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]


def test_json_holds_the_model() -> None:
    found = json.loads("".join(json_text(EVERYTHING)))
    assert found["entries"][0]["entry"]["seconds"] == 5400
    assert found["entries"][0]["amendments"][0]["changes"] == {"resolved": [{"text": "Disk 4 swapped"}]}
    assert found["title"] == "Maintenance log of web1, 2027-01-04 to 2027-01-10"


def test_nothing_at_all_is_a_document_too() -> None:
    nothing = sheet()
    assert "0 entries" in "".join(markdown_text(nothing))
    assert "0 entries" in "".join(html_text(nothing))
    assert len(list(csv_text(nothing))) == 1
    assert json.loads("".join(json_text(nothing)))["entries"] == []


class Reader(HTMLParser):
    """Reads the elements and attributes that there are, and the words."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.words.append(data)


OURS = Reader()
OURS.feed("".join(html_text(EVERYTHING)))
FOREIGN = (*CORPUS, "</pre><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style><b>", "&lt;b&gt;",
           "<!-- ", "]]>", "{{ 1 }}", "### heading", "~~~\n# out", "```\n~~~~\n<b>", "| a | b |", "[x](javascript:1)")


@pytest.mark.parametrize("text", FOREIGN, ids=range(len(FOREIGN)))
def test_foreign_text_is_neither_markup_nor_structure(text: str) -> None:
    hostile = entry(1, text, performed_by=(text,), tasks=(Point(text), Point(text)), found=(Point(text),), notes=text,
                    actions=(Action(text, text, text),), checks=(text,), tags=(text,), state=EntryState.SIGNED)
    whole = sheet(Whole(hostile, (AMENDED,), (FILE,)), Whole(FULL))
    reader = Reader()
    page = "".join(html_text(whole))
    reader.feed(page)
    assert reader.tags <= OURS.tags
    assert reader.attributes <= OURS.attributes
    assert harmless(text).strip() in "".join(reader.words)
    assert_inert("".join(page.split("\n")))
    json.loads("".join(json_text(whole)))
    lines = "".join(markdown_text(whole)).splitlines()
    outside, fence = [], ""
    for line in lines:
        if fence:
            fence = "" if line == fence else fence
        elif line.startswith("~~~"):
            fence = line
        else:
            outside.append(line)
    assert not fence
    assert [line for line in outside if line.startswith("# ")] == [lines[0]]
    assert not [line for line in outside if "<" in line.replace("\\<", "")]
