"""`opsconsole checklist list --on`: what each set that comes with the program has due on days that matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.checklists.commanding import Desk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Program = Callable[..., tuple[int, str, str]]

SHIPPED = {
    "generic": ("morning weekly-monday afternoon end-of-day", "morning monthly quarterly afternoon end-of-day",
                "morning afternoon weekly-friday end-of-day", "morning afternoon end-of-day"),
    "dashboard": ("daily", "daily monthly", "daily", "daily documentation-review weekly-report"),
    "expense-api": ("daily security-daily weekly", "daily security-daily monthly", "daily security-daily",
                    "daily security-daily"),
    "field-service": ("morning status-daily annual monday quarterly monthly status-weekly evening",
                      "morning status-daily evening", "morning status-daily friday evening",
                      "morning status-daily evening"),
    "marketing-site": ("weekly", "monthly quarterly", "", ""),
    "shop": ("morning monday afternoon end-of-day", "morning monthly team-meeting afternoon end-of-day",
             "morning afternoon friday end-of-day", "morning afternoon end-of-day")}
"""What is due, in its order: on Monday 4 January, on the first day of a quarter, on a Friday, on a 31st."""


@pytest.mark.parametrize("name", SHIPPED)
def test_exactly_what_is_due_on_a_day_is_listed(program: Program, home: Path, monkeypatch: pytest.MonkeyPatch,
                                                name: str) -> None:
    desk = Desk(program, home, monkeypatch)
    desk.configure(f"checklists: {{use: [{name}], off: [round]}}\n")
    for day, slugs in zip(("2027-01-04", "2027-04-01", "2027-01-08", "2027-01-31"), SHIPPED[name], strict=True):
        assert [one["slug"] for one in desk.json("list", "--on", day)["checklists"]] == slugs.split()
        said = desk.says("list", "--on", day).splitlines()
        assert [line.split()[3] for line in said] == (slugs.split() or ["on"])
