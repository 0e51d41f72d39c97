"""`opsconsole targets` from the command line."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.clock import DAY, SystemClock
from opsconsole.core.glyphs import ASCII, UNICODE
from opsconsole.core.periods import Period
from opsconsole.core.text import harmless, width
from opsconsole.core.view import View
from opsconsole.reports.model import Figure, Standing
from opsconsole.reports.targets.model import Actual
from opsconsole.reports.targets.present import summary_line, target_lines
from tests.health.samples import NOW, ZONE
from tests.hostile import CORPUS
from tests.reports.targets.board import CONFIG, entered, measured

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Program = Callable[..., tuple[int, str, str]]


@pytest.fixture
def configured(home: Path) -> Path:
    """The configuration of the board; the folder of the data."""
    for folder in (home / ".config/opsconsole", home / ".local/share/opsconsole"):
        folder.mkdir(parents=True)
    (home / ".config/opsconsole/opsconsole.yaml").write_text(CONFIG)
    return home / ".local/share/opsconsole"


def states(output: str) -> dict[str, str]:
    """How each target stands."""
    return {one["name"]: one["state"] for one in json.loads(output)}


def test_one_that_is_missed_is_a_problem(program: Program, configured: Path) -> None:
    async def stored() -> None:
        now = SystemClock().now()
        await measured(configured, now)
        await entered(configured, now)

    asyncio.run(stored())
    status, output, error = program("targets")
    assert (status, error) == (1, "")
    assert output.splitlines()[0].split() == ["TARGETS", "4", "missed,", "2", "unknown,", "4", "met"]
    assert "✖ missed   Memory used" in output
    status, output, _ = program("targets", "--json")
    assert (status, states(output)["response"], states(output)["coverage"]) == (1, "met", "unknown")
    backups = next(one for one in json.loads(output) if one["name"] == "backups")
    assert (backups["value"], backups["unit"], backups["source"]) == (90.0, "%", "10 reports of backup")
    assert backups["end"] - backups["begin"] == 30 * DAY
    status, output, _ = program("targets", "--for", "yesterday", "--json")
    assert {one["window"] for one in json.loads(output)} == {None}


def test_what_nobody_knows_is_no_problem(program: Program, configured: Path) -> None:
    status, output, error = program("targets", "--json")
    assert (status, error) == (0, "")
    assert set(states(output).values()) == {"unknown"}
    assert "10 unknown  October 2026" in program("targets", "--for", "2026-10")[1]
    assert not list(configured.glob("*.db"))


def test_without_targets_it_says_how_to_have_some(program: Program, home: Path) -> None:
    assert program("targets") == (0, "No targets are configured; `targets:` in the configuration has them.\n", "")
    assert program("targets", "--json") == (0, "[]\n", "")


@pytest.mark.parametrize(("period", "says"), [
    ("soon", "`soon` is no period."), ("2999", "2999 has not begun."),
    ("2026-02-02..2026-01-01", "`2026-02-02..2026-01-01` ends before it begins.")])
def test_one_sentence_for_what_is_no_period(program: Program, configured: Path, period: str, says: str) -> None:
    status, _, error = program("targets", "--for", period)
    assert status == 2
    assert error.startswith(f"opsconsole: {says}")
    assert error.count("\n") == 1


@pytest.mark.parametrize("cells", [40, 78, 118])
def test_foreign_words_keep_within_the_table(cells: int) -> None:
    found = [Actual(Figure("a", text, text if number % 2 else 12.0, "%", Period(NOW - DAY, NOW), "> 9%",
                           [*Standing][number % 4], text, remark=text), "30d", "check:a")
             for number, text in enumerate(CORPUS)]
    for glyphs in (UNICODE, ASCII):
        view = View(cells, glyphs, NOW, ZONE)
        for line in (summary_line(found, view, CORPUS[0]), *target_lines(found, view)):
            assert width(line.text) == cells
            assert harmless(line.text) == line.text
