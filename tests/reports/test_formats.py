"""A report in every format: what is known, what is blank and why, and nothing foreign that acts."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from opsconsole.core.glyphs import UNICODE
from opsconsole.core.periods import period_of
from opsconsole.core.text import width
from opsconsole.core.view import View
from opsconsole.reports import page, texts
from opsconsole.reports.model import Figure, Report, Section, Standing, Table, worst
from opsconsole.reports.present import report_lines
from opsconsole.reports.wording import shown
from tests.hostile import CORPUS
from tests.logbook.entries import MONDAY

ZONE = ZoneInfo("Europe/Berlin")
WEEK = period_of("week", MONDAY, ZONE)


def figure(name: str, value: float | str | None, unit: str = "", **more: Any) -> Figure:
    usual = {"source": f"source of {name}"} if value is not None else {"missing": f"nobody knows {name}"}
    return Figure(name, name.title(), value, unit, WEEK, **{**usual, **more})


REPORT = Report(
    "field-service/weekly", "Weekly report", "How the week was.", "web1", WEEK, MONDAY, MONDAY, (
        Section("Performance", (
            figure("overall", "red", standing=Standing.RED),
            figure("uptime", 99.953, "%", goal=">= 99.9%", standing=Standing.GREEN,
                   remark="known for 97.1 % of the time"),
            figure("response", 1234.5678, "ms", goal="< 1s", standing=Standing.YELLOW),
            figure("revenue", None, goal="> 5"),
            figure("notes", "Two lines,\nas written")), ()),
        Section("Work", (figure("tickets", 0.0, "tickets"),), (
            Table("goals", "3 goals", ("goal", "who"), None, WEEK, missing="annual has not looked back at it",
                  blanks=3),
            Table("alerts", "Alerts", ("fired", "lasted", "what"), (
                ("2027-01-05 08:00", "12 min", "redis"), ("2027-01-06 09:00", "1 h 3 min", "disk")), WEEK, "alerts"),
            Table("found", "Found", ("date", "issue"), (), WEEK, "maintenance log")))))


def lines(report: Report, cells: int) -> list[str]:
    return [one.text for one in report_lines(report, View(cells, UNICODE, MONDAY, ZONE))]


@pytest.mark.parametrize("cells", [80, 120])
def test_lines_have_values_goals_and_sources_and_say_why_something_is_blank(cells: int) -> None:
    drawn = lines(REPORT, cells)
    assert all(width(one) == cells or not one for one in drawn)
    text = "\n".join(one.rstrip() for one in drawn)
    assert drawn[0].rstrip() == "Weekly report, week 2027-W01, 2027-01-04 to 2027-01-10"
    assert drawn[1].rstrip() == "web1, so far, until 2027-01-04 09:00:00 CET; made 2027-01-04 09:00:00 CET"
    assert re.search(r"Uptime +99\.95 % +>= 99\.9%, reached\s+source of uptime, known for 97\.1 % of the time", text)
    assert re.search(r"Response +1234\.6 ms +< 1s, nearly\s+source of response", text)
    assert re.search(r"Revenue +> 5\s+blank: nobody knows revenue", text)
    assert "    Two lines,\n    as written" in text
    assert "  3 goals  blank: annual has not looked back at it\n" in text
    assert "    2027-01-05 08:00     12 min  redis\n" in text
    assert "  Found  maintenance log\n    none" in text


@pytest.mark.parametrize(("value", "unit", "text"), [
    (None, "%", ""), (0.0, "%", "0 %"), (100.0, "%", "100 %"), (99.9999, "%", "99.99 %"), (0.0004, "%", "<0.01 %"),
    (97.25, "%", "97.2 %"), (144.44, "%", "144.4 %"), (-0.5306, "%", "-0.53 %"), (17.0, "jobs", "17 jobs"),
    (1.0, "tickets", "1 ticket"), (1.0, "ms", "1 ms"), (1.0, "s", "1 s"),
    (0.65912, "s", "0.659 s"), (3.14159, "h", "3.14 h"), (812.449, "ms", "812.4 ms"), (1e16, "", "10000000000000000.0"),
    ("good", "", "good")])
def test_a_value_is_never_rounded_to_all_or_nothing(value: Any, unit: str, text: str) -> None:
    assert shown(value, unit) == text


def test_the_worst_of_what_is_known_counts() -> None:
    unknown, green, yellow, red = (Standing.UNKNOWN, Standing.GREEN, Standing.YELLOW, Standing.RED)
    for standings, expected in (([], unknown), ([unknown], unknown), ([unknown, green], green),
                                ([green, yellow, green], yellow), ([yellow, red, unknown], red), ([red, green], red)):
        assert worst(standings) is expected


def test_csv_has_a_line_for_each_figure_and_each_cell() -> None:
    rows = list(csv.DictReader(io.StringIO("".join(texts.csv_text(REPORT, ZONE)))))
    by_name = {row["name"]: row for row in rows}
    assert list(by_name) == ["overall", "uptime", "response", "revenue", "notes", "tickets", "goals",
                             "alerts.1.fired", "alerts.1.lasted", "alerts.1.what",
                             "alerts.2.fired", "alerts.2.lasted", "alerts.2.what"]
    assert by_name["response"]["value"] == "1234.5678"
    assert by_name["tickets"]["value"] == "0"
    assert (by_name["revenue"]["value"], by_name["revenue"]["missing"]) == ("", "nobody knows revenue")
    assert by_name["uptime"]["begin"] == "2027-01-04 00:00:00 CET"
    assert by_name["alerts.2.what"]["value"] == "disk"


def test_json_is_the_report_itself() -> None:
    found = json.loads(texts.json_text(REPORT))
    first, second = found["sections"]
    assert [one["value"] for one in first["figures"]] == ["red", 99.953, 1234.5678, None, "Two lines,\nas written"]
    assert [one["rows"] is None for one in second["tables"]] == [True, False, False]
    assert found["period"] == {"begin": WEEK.begin, "end": WEEK.end}


def test_markdown_has_a_table_of_figures_and_rows_to_fill_in() -> None:
    text = "".join(texts.markdown_text(REPORT, ZONE))
    assert "| Uptime | 99.95 % | \\>= 99.9%, reached | source of uptime, known for 97.1 % of the time |\n" in text
    assert "| Revenue |  | \\> 5 | blank: nobody knows revenue |\n" in text
    assert "**Notes** (source of notes)\n\n~~~\nTwo lines,\nas written\n~~~\n" in text
    assert "| goal | who |\n| --- | --- |\n|  |  |\n|  |  |\n|  |  |\n" in text
    assert "**Found** (maintenance log)\n\nnone\n" in text


class Page(HTMLParser):
    """What a page consists of; every tag that is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_html_is_one_page_that_loads_and_runs_nothing() -> None:
    text = "".join(page.html_text(REPORT, ZONE))
    found = Page()
    found.feed(text)
    assert found.open == []
    assert {tag for tag, _ in found.tags} <= {
        "html", "head", "meta", "title", "style", "body", "main", "header", "h1", "h2", "h3", "p", "section", "table",
        "tr", "td", "th", "span", "br"}
    assert not {name for _, attributes in found.tags for name in attributes} & {"src", "href", "onclick"}
    assert "default-src 'none'" in text
    assert 'url(' not in text
    assert '<td class="value blank"></td><td class="goal">&gt; 5</td>' in text
    assert text.count('<td class="blank">') == 6
    # Never by colour alone.
    assert '<td class="value red"><span class="lamp"></span>red</td>' in text
    assert '<td class="goal">&lt; 1s, nearly</td>' in text


@pytest.mark.parametrize("hostile", CORPUS)
def test_nothing_foreign_acts_or_breaks_out(hostile: str) -> None:
    section = Section(hostile, (figure("a", hostile, source=hostile), figure("b", None, missing=hostile)),
                      (Table("t", hostile, (hostile, "x"), ((hostile, hostile),), WEEK, hostile, hostile),))
    report = Report("x", hostile, hostile, hostile, WEEK, WEEK.end, MONDAY, (section,))
    for one in lines(report, 80):
        assert width(one) in (0, 80)
        assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", one)
    text = "".join(page.html_text(report, ZONE))
    found = Page()
    found.feed(text)
    assert found.open == []
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    plain = "".join(page.html_text(REPORT, ZONE))
    assert {tag for tag, _ in found.tags} <= {tag for tag, _ in _tags(plain)} | {"br"}
    rows = list(csv.reader(io.StringIO("".join(texts.csv_text(report, ZONE)))))
    assert all(len(row) == len(texts.COLUMNS) for row in rows)
    assert not any(cell[:1] in ("=", "+", "@") for row in rows for cell in row)
    assert json.loads(texts.json_text(report))["sections"][0]["figures"][0]["name"] == "a"


def _tags(text: str) -> list[tuple[str, dict[str, str | None]]]:
    found = Page()
    found.feed(text)
    return found.tags
