"""The checklists that come with the program: valid, complete, and due when the operations that they are for say."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.checklists.library import Library
from opsconsole.checklists.naming import names_in
from opsconsole.checklists.recurrence import Recurrence
from opsconsole.checklists.settings import SETS, ChecklistSettings
from opsconsole.checklists.template import AutoItem, InstructionItem, Template
from opsconsole.core.config import decode, load_file
from opsconsole.core.text import width
from opsconsole.core.walltime import at_wall, midnight, wall_of
from opsconsole.health.history.names import meaning
from opsconsole.tickets.filters import filter_mistake
from tests.checklists.due import BERLIN

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2] / "checklists"
FILES = sorted(ROOT.glob("*/*.yaml"))
FORMS = {"number", "choice", "yesno", "table", "text"}
"""The kinds of items that are filled in."""

# System, slug, by what it is due, days, time, sections, figures to fill in, items at least.
TABLE = [
    ("generic", "morning", "day", "", "08:00", 3, 0, 9),
    ("generic", "afternoon", "day", "", "14:00", 1, 0, 4),
    ("generic", "end-of-day", "day", "", "17:00", 2, 3, 5),
    ("generic", "weekly-monday", "week", "mon", "10:00", 2, 2, 7),
    ("generic", "weekly-friday", "week", "fri", "14:00", 3, 2, 8),
    ("generic", "monthly", "month", "first weekday", "10:00", 4, 2, 11),
    ("generic", "quarterly", "quarter", "first weekday", "10:00", 4, 2, 7),
    ("generic", "yearly", "year", "second monday", "10:00", 4, 4, 10),
    ("generic", "emergency", "demand", "", "", 3, 5, 12),
    ("generic", "before-deployment", "demand", "", "", 1, 1, 7),
    ("generic", "deployment", "demand", "", "", 2, 0, 6),
    ("generic", "after-deployment", "demand", "", "", 1, 1, 4),
    ("generic", "restore-drill", "demand", "", "", 3, 3, 7),
    ("generic", "security-incident", "demand", "", "", 3, 4, 8),
    ("dashboard", "daily", "day", "", "08:00", 6, 1, 20),
    ("dashboard", "documentation-review", "week", "sun", "18:00", 1, 2, 5),
    ("dashboard", "weekly-report", "week", "sun", "20:00", 6, 11, 17),
    ("dashboard", "monthly", "month", "first weekday", "10:00", 6, 11, 22),
    ("dashboard", "urgent-ticket", "demand", "", "", 3, 4, 7),
    ("dashboard", "restore", "demand", "", "", 3, 5, 12),
    ("expense-api", "daily", "day", "", "07:00", 4, 0, 12),
    ("expense-api", "daily-by-hand", "demand", "", "", 1, 0, 4),
    ("expense-api", "weekly", "week", "mon", "10:00", 2, 5, 10),
    ("expense-api", "monthly", "month", "first weekday", "10:00", 4, 6, 11),
    ("expense-api", "security-daily", "day", "", "09:00", 1, 0, 4),
    ("expense-api", "security-weekly", "week", "wed", "10:00", 1, 1, 4),
    ("expense-api", "security-monthly", "month", "second tuesday", "10:00", 1, 0, 4),
    ("expense-api", "before-deployment", "demand", "", "", 2, 3, 5),
    ("expense-api", "deployment", "demand", "", "", 2, 0, 5),
    ("expense-api", "after-deployment", "demand", "", "", 1, 1, 5),
    ("expense-api", "rollback", "demand", "", "", 3, 4, 6),
    ("expense-api", "security-incident", "demand", "", "", 3, 5, 7),
    ("expense-api", "restore", "demand", "", "", 3, 4, 5),
    ("expense-api", "disaster-recovery", "demand", "", "", 3, 5, 6),
    ("expense-api", "critical", "demand", "", "", 3, 5, 5),
    ("field-service", "morning", "day", "", "08:00", 4, 0, 16),
    ("field-service", "evening", "day", "", "17:00", 3, 6, 11),
    ("field-service", "status-daily", "day", "", "08:30", 1, 3, 6),
    ("field-service", "monday", "week", "mon", "09:00", 5, 20, 32),
    ("field-service", "friday", "week", "fri", "14:00", 3, 2, 12),
    ("field-service", "status-weekly", "week", "mon", "11:00", 1, 4, 4),
    ("field-service", "monthly", "month", "first monday", "10:00", 7, 15, 39),
    ("field-service", "training-monthly", "month", "third wednesday", "15:00", 2, 2, 2),
    ("field-service", "quarterly", "quarter", "first monday", "09:00", 6, 4, 18),
    ("field-service", "training-quarterly", "quarter", "third wednesday", "15:00", 1, 2, 1),
    ("field-service", "annual", "year", "first monday", "09:00", 6, 14, 25),
    ("field-service", "training-annual", "year", "third wednesday", "09:00", 1, 2, 1),
    ("field-service", "emergency", "demand", "", "", 3, 7, 9),
    ("field-service", "below-target", "demand", "", "", 2, 5, 5),
    ("marketing-site", "weekly", "week", "mon", "10:00", 3, 1, 9),
    ("marketing-site", "monthly", "month", "first weekday", "10:00", 3, 10, 14),
    ("marketing-site", "quarterly", "quarter", "first weekday", "10:00", 2, 1, 4),
    ("marketing-site", "outage", "demand", "", "", 4, 5, 9),
    ("marketing-site", "data-breach", "demand", "", "", 3, 2, 9),
    ("marketing-site", "trouble", "demand", "", "", 3, 3, 9),
    ("marketing-site", "launch-first-day", "demand", "", "", 2, 2, 2),
    ("marketing-site", "launch-first-week", "demand", "", "", 1, 2, 2),
    ("marketing-site", "launch-first-month", "demand", "", "", 1, 5, 2),
    ("shop", "morning", "day", "", "09:00", 2, 0, 8),
    ("shop", "afternoon", "day", "", "14:00", 1, 0, 5),
    ("shop", "end-of-day", "day", "", "17:00", 2, 4, 6),
    ("shop", "monday", "week", "mon", "10:00", 2, 5, 8),
    ("shop", "wednesday", "week", "wed", "10:00", 1, 1, 3),
    ("shop", "friday", "week", "fri", "15:00", 2, 3, 5),
    ("shop", "monthly", "month", "first weekday", "10:00", 4, 4, 9),
    ("shop", "documentation", "month", "15", "14:00", 1, 0, 5),
    ("shop", "team-meeting", "week", "thu", "10:00", 1, 2, 2),
    ("shop", "training", "month", "second tuesday", "14:00", 1, 2, 4),
    ("shop", "emergency", "demand", "", "", 4, 3, 13),
]

# What the operations say, at its place: set, template, section from 1, item, key, value.
FACTS: list[tuple[str, str, int, str, str, Any]] = [
    ("field-service", "morning", 2, "page-load", "expect", ("< 3s",)),
    ("field-service", "morning", 4, "backup-age", "expect", ("< 24h",)),
    ("field-service", "morning", 4, "backup-size", "expect", ("> 0KB",)),
    ("field-service", "evening", 3, "status", "options", ("normal", "issues")),
    ("field-service", "monday", 4, "users-inactive", "title", "Inactive for more than 7 days"),
    ("field-service", "monday", 5, "health", "options", ("excellent", "good", "fair", "poor")),
    ("field-service", "monday", 5, "average-load", "max", 3),
    ("field-service", "monday", 5, "performance-action", "expect", "either"),
    ("field-service", "friday", 1, "archive-jobs", "title", "Jobs done over 90 days ago are archived"),
    ("field-service", "friday", 2, "seven-days", "expect", (">= 7",)),
    ("field-service", "monthly", 3, "deactivated", "title", "Inactive over 30 days, deactivated"),
    ("field-service", "monthly", 7, "uptime", "min", 99.9),
    ("field-service", "monthly", 7, "top-features", "rows", 3),
    ("field-service", "monthly", 7, "underused", "rows", 2),
    ("field-service", "monthly", 7, "action-items", "rows", 3),
    ("field-service", "annual", 6, "achievements", "rows", 3),
    ("field-service", "annual", 6, "challenges", "rows", 2),
    ("field-service", "annual", 6, "goals", "rows", 3),
    ("field-service", "status-daily", 1, "overall", "options", ("green", "yellow", "red")),
    ("expense-api", "daily", 2, "error-rate", "expect", ("< 0.5%",)),
    ("expense-api", "daily", 3, "p95", "expect", ("< 500ms",)),
    ("expense-api", "daily", 3, "query", "expect", ("< 1000ms",)),
    ("expense-api", "daily", 3, "cpu", "expect", ("< 80%",)),
    ("expense-api", "daily", 3, "memory", "expect", ("< 90%",)),
    ("expense-api", "weekly", 1, "performance", "expect", ("< 200ms",)),
    ("expense-api", "weekly", 2, "uptime", "min", 99.5),
    ("expense-api", "weekly", 2, "error-rate", "max", 0.1),
    ("expense-api", "deployment", 2, "error-rate", "expect", ("<= 5%",)),
    ("expense-api", "rollback", 1, "trigger", "options", (
        "error rate > 5 %", "critical function broken", "performance down > 50 %", "security issue", "other")),
    ("expense-api", "restore", 3, "recovery-time", "max", 4),
    ("expense-api", "restore", 3, "data-lost", "max", 24),
    ("dashboard", "daily", 2, "response", "expect", ("< 1000ms",)),
    ("dashboard", "daily", 5, "error-rate", "expect", ("< 0.1%",)),
    ("dashboard", "daily", 6, "memory", "expect", ("< 80%",)),
    ("dashboard", "weekly-report", 2, "first-response", "max", 4),
    ("dashboard", "weekly-report", 2, "resolution", "max", 24),
    ("dashboard", "weekly-report", 2, "satisfaction", "min", 90),
    ("dashboard", "weekly-report", 2, "first-contact", "min", 80),
    ("dashboard", "weekly-report", 2, "escalated", "max", 10),
    ("dashboard", "weekly-report", 3, "tasks", "min", 95),
    ("dashboard", "weekly-report", 3, "backups", "min", 99),
    ("dashboard", "monthly", 4, "recovery-time", "max", 4),
    ("dashboard", "monthly", 6, "knowledge-used", "min", 70),
    ("dashboard", "monthly", 6, "automated", "min", 90),
    ("marketing-site", "weekly", 3, "page-load", "expect", ("< 2s",)),
    ("marketing-site", "weekly", 3, "server-response", "expect", ("< 500ms",)),
    ("marketing-site", "weekly", 3, "queries", "max", 50),
    ("marketing-site", "weekly", 3, "memory", "expect", ("< 60%",)),
    ("marketing-site", "weekly", 3, "cpu", "expect", ("< 50%",)),
    ("marketing-site", "monthly", 3, "satisfaction", "min", 85),
    ("shop", "morning", 1, "cpu", "expect", ("< 80%",)),
    ("shop", "morning", 1, "memory", "expect", ("< 85%",)),
    ("shop", "morning", 1, "disk", "expect", ("< 80%",)),
    ("shop", "afternoon", 1, "application", "expect", ("< 3s",)),
    ("shop", "afternoon", 1, "error-rate", "expect", ("< 1%",)),
    ("shop", "monday", 1, "response", "expect", ("< 1.5s",)),
    ("shop", "monthly", 4, "satisfaction", "min", 4.5),
]

EVERY_DAY = {
    "generic": {"08:00 morning", "14:00 afternoon", "17:00 end-of-day"}, "dashboard": {"08:00 daily"},
    "expense-api": {"07:00 daily", "09:00 security-daily"},
    "field-service": {"08:00 morning", "08:30 status-daily", "17:00 evening"}, "marketing-site": set(),
    "shop": {"09:00 morning", "14:00 afternoon", "17:00 end-of-day"}}
ON: dict[str, dict[str, set[str]]] = {
    # A Monday, the first one of the month, of the quarter and of the year.
    "2027-01-04": {"generic": {"10:00 weekly-monday"}, "expense-api": {"10:00 weekly"},
                   "field-service": {"09:00 annual", "09:00 monday", "09:00 quarterly", "10:00 monthly",
                                     "11:00 status-weekly"},
                   "marketing-site": {"10:00 weekly"}, "shop": {"10:00 monday"}},
    # A Thursday, the first day of a quarter.
    "2027-04-01": {"generic": {"10:00 monthly", "10:00 quarterly"}, "dashboard": {"10:00 monthly"},
                   "expense-api": {"10:00 monthly"}, "marketing-site": {"10:00 monthly", "10:00 quarterly"},
                   "shop": {"10:00 monthly", "10:00 team-meeting"}},
    # A Friday that begins no month.
    "2027-07-02": {"generic": {"14:00 weekly-friday"}, "field-service": {"14:00 friday"}, "shop": {"15:00 friday"}},
    # A 31st that is a Sunday, and one that is a Wednesday.
    "2027-01-31": {"dashboard": {"18:00 documentation-review", "20:00 weekly-report"}},
    "2027-03-31": {"expense-api": {"10:00 security-weekly"}, "shop": {"10:00 wednesday"}},
}


@cache
def shipped(name: str) -> Mapping[str, Template]:
    """The templates of a set, by slug."""
    found = Library(ChecklistSettings(use=(name,)))
    assert found.mistakes == ()
    return {slug: loaded.template for slug, loaded in found.templates.items()}


def wanted(path: Path, word: str) -> set[str]:
    """What the comment at the top of a file names: `# Checks: home-page, backup.`"""
    head = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        head.append(line.lstrip("# "))
    found = re.search(rf"{word}: ([^.]*)\.", " ".join(head))
    return set(found[1].split(", ")) - {"none"} if found else set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_file_is_right(path: Path) -> None:
    template = load_file(path, Template)
    ids = [item.id for item in template.items()]
    assert len(set(ids)) == len(ids)
    assert template.takes
    assert template.purpose
    assert [one.title for one in (template, *template.sections, *template.items()) if width(one.title) > 50] == []
    named = list(names_in(template))
    checks = {one.name for one in named if one.kind == "check"}
    checks |= {one.name.rpartition(".")[0] for one in named if one.kind == "series"}
    assert wanted(path, "Checks") == checks
    assert wanted(path, "Ladders") == {one.name for one in named if one.kind == "ladder"}
    for item in template.items():
        if isinstance(item, AutoItem):
            assert not item.tickets or filter_mistake(item.tickets) == ""
            assert not item.metric or item.metric.startswith("check:") or meaning(item.metric).metric != "value"
        if isinstance(item, InstructionItem):
            assert item.steps


def test_every_set_is_complete() -> None:
    assert {path.parent.name for path in FILES} == set(SETS)
    assert sorted((row[0], row[1]) for row in TABLE) == sorted(
        (name, slug) for name in SETS for slug in shipped(name))
    assert len(FILES) == len(TABLE)  # no slug twice


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]}/{row[1]}")
def test_a_checklist_is_complete(row: tuple[str, str, str, str, str, int, int, int]) -> None:
    name, slug, every, days, time, sections, figures, items = row
    template = shipped(name)[slug]
    asked = list(template.items())
    assert (template.when.every.value, ", ".join(template.when.on)) == (every, days)
    assert not time or str(template.when.at) == time
    assert len(template.sections) == sections
    assert sum(item.kind in FORMS for item in asked) == figures
    assert len(asked) >= items


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: ".".join(map(str, fact[:5])))
def test_a_figure_is_that_of_the_operation(fact: tuple[str, str, int, str, str, Any]) -> None:
    name, slug, section, item, key, value = fact
    (found,) = (one for one in shipped(name)[slug].sections[section - 1].items if one.id == item)
    assert getattr(found, key) == value


def test_names_of_other_checklists_and_what_failing_starts() -> None:
    for name in SETS:
        for template in shipped(name).values():
            assert {one.name for one in names_in(template) if one.kind in ("followed", "run")} <= set(shipped(name))
    morning = shipped("field-service")["morning"]
    assert {morning.on_fail_of(item).escalate for item in morning.items()} == {"escalation"}
    assert all(one.when.zone is not None and one.when.zone.key == "America/New_York"
               for one in shipped("marketing-site").values())
    daily = shipped("expense-api")["daily"]
    assert all(isinstance(item, AutoItem) and item.decide == "auto" for item in daily.items())
    two = {(name, slug) for name in SETS for slug, one in shipped(name).items() if one.sign_off.persons == 2}
    assert two >= {("generic", "restore-drill"), ("generic", "security-incident"), ("expense-api", "restore"),
                   ("expense-api", "security-incident"), ("expense-api", "disaster-recovery"),
                   ("field-service", "annual")}


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("text", ON)
def test_what_is_due_on_a_day(name: str, text: str) -> None:
    day = date.fromisoformat(text)
    due = set()
    for slug, template in shipped(name).items():
        zone = template.when.zone or BERLIN
        rule = Recurrence(template.when, zone, template.on_holiday)
        start, end = (at_wall(midnight(one), zone) for one in (day, day + timedelta(days=1)))
        due |= {f"{wall_of(one.due, zone):%H:%M} {slug}" for one in rule.between(start, end)}
    assert due == EVERY_DAY[name] | ON[text].get(name, set())


def test_the_example_of_the_readme_is_right() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    template = decode(example, Template, source="README.md", env=None)
    assert [item.kind for item in template.items()] == ["auto", "number", "text"]
