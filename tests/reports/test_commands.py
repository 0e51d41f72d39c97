"""`opsconsole report` from the command line."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.clock import SystemClock
from opsconsole.core.database import METRICS, Database
from opsconsole.health.history.store import MetricStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Program = Callable[..., tuple[int, str, str]]

OWN = """\
title: Mine
covers: day
shows: this
sections:
  - title: All
    figures:
      - {id: cpu, title: CPU, unit: "%", goal: "< 80%", from: [{metric: cpu.busy, of: max}]}
      - {id: queue, title: Queue, unit: jobs, from: [{metric: "metric:queue", of: last}, {answer: a/b}]}
      - {id: tickets, title: Tickets, from: [{tickets: created}]}
"""


@pytest.fixture
def folder(home: Path) -> Path:
    """The folder of the installation's own reports."""
    made = home / ".config/opsconsole/reports"
    made.mkdir(parents=True)
    (made / "mine.yaml").write_text(OWN)
    return made


def record(home: Path, **values: float) -> None:
    async def main() -> None:
        path = home / ".local/share/opsconsole/metrics.db"
        path.parent.mkdir(parents=True, exist_ok=True)
        async with await Database.open(path, METRICS) as db:
            await MetricStore(db).record(SystemClock().now() - 1, values)

    asyncio.run(main())


def test_reports_are_listed_with_what_they_cover(program: Program, folder: Path) -> None:
    status, output, error = program("report", "list")
    assert (status, error) == (0, "")
    assert [line.split()[:2] for line in output.splitlines()] == [
        ["generic/daily", "day"], ["mine", "day"], ["generic/monthly", "month"], ["generic/weekly", "week"]]
    found = json.loads(program("report", "list", "--all", "--json")[1])
    assert {one["name"] for one in found} >= {"mine", "field-service/annual", "shop/weekly"}
    assert next(one["path"] for one in found if one["name"] == "mine") == str(folder / "mine.yaml")


def test_a_wrong_file_is_told_and_hides_no_other(program: Program, folder: Path) -> None:
    (folder / "wrong.yaml").write_text("title: Wrong\ncovers: decade\nsections: []\n")
    status, output, error = program("report", "list")
    assert status == 1
    assert "mine" in output
    assert error.startswith(f"{folder}/wrong.yaml:2:9: ")
    assert program("report", "show", "wrong")[0] == 2
    assert program("report", "show", "mine")[0] == 0


def test_where_nothing_is_known_all_is_blank_and_nothing_is_made(program: Program, folder: Path, home: Path) -> None:
    status, output, error = program("report", "show", "mine")
    assert (status, error) == (0, "")
    assert output.count("blank: nothing was ever") == 3
    found = json.loads(program("report", "show", "generic/monthly", "--json")[1])
    figures = [one for section in found["sections"] for one in section["figures"]]
    assert [one["value"] for one in figures] == [None] * len(figures)
    assert not list(home.glob("**/*.db"))


def test_what_was_measured_is_shown_and_the_rest_says_why_not(program: Program, folder: Path, home: Path) -> None:
    record(home, **{"cpu.busy": 91.5, "metric:queue": 17.0})
    found = json.loads(program("report", "show", "mine", "--for", "today", "--json")[1])["sections"][0]["figures"]
    assert [(one["value"], one["unit"], one["standing"]) for one in found] == [
        (91.5, "%", "red"), (17.0, "jobs", "unknown"), (None, "", "unknown")]
    assert found[1]["source"] == "last value of metric:queue"
    assert found[2]["missing"] == "nothing was ever entered here"
    before = json.loads(program("report", "show", "mine", "--for", "last", "--json")[1])
    cpu_before = before["sections"][0]["figures"][0]
    assert (cpu_before["value"], cpu_before["missing"]) == (None, "cpu.busy was not recorded")


@pytest.mark.parametrize(("name", "begins"), [
    ("r.html", "<!DOCTYPE html>"), ("r.md", "# Mine"), ("r.csv", "section,name,title,value"), ("r.json", "{\n"),
    ("r.txt", "Mine, ")])
def test_the_format_follows_from_the_ending(program: Program, folder: Path, tmp_path: Path, name: str,
                                            begins: str) -> None:
    status, output, _ = program("report", "show", "mine", "-o", tmp_path / name)
    assert (status, output) == (0, f"Wrote the report to {tmp_path / name}.\n")
    assert (tmp_path / name).read_text().startswith(begins)
    status, output, _ = program("report", "show", "mine", "--format", "csv", "-o", tmp_path / name)
    assert (tmp_path / name).read_text().startswith("section,name")


@pytest.mark.parametrize(("arguments", "status", "says"), [
    (("mein",), 2, "There is no report `mein`; did you mean `mine`?"),
    (("mine", "--for", "soon"), 2, "`soon` is no period."),
    (("mine", "--for", "2999"), 2, "2999 has not begun."),
    (("mine", "-o", "/nowhere/r.md"), 4, "/nowhere/r.md cannot be written"),
])
def test_one_sentence_for_what_cannot_be(program: Program, folder: Path, arguments: tuple[str, ...], status: int,
                                         says: str) -> None:
    code, _, error = program("report", "show", *arguments)
    assert code == status
    assert error.startswith(f"opsconsole: {says}")
    assert error.count("\n") == 1


def test_a_broken_database_is_told(program: Program, folder: Path, home: Path) -> None:
    data = home / ".local/share/opsconsole"
    data.mkdir(parents=True)
    (data / "metrics.db").write_bytes(b"no database at all, but long enough to be looked at" * 40)
    code, output, error = program("report", "show", "mine")
    assert (code, output) == (4, "")
    assert error.count("\n") == 1
