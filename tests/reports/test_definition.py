"""Reports that come with the program name what there is; a wrong file is told with its places, and hides no other."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from opsconsole.admin import presets
from opsconsole.checklists.library import Library as Templates
from opsconsole.checklists.settings import SETS, ChecklistSettings
from opsconsole.checklists.template import AutoItem, NumberItem, TableItem
from opsconsole.core.config import ConfigMistakes, decode
from opsconsole.core.errors import UsageError
from opsconsole.reports.definition import Definition
from opsconsole.reports.library import Library
from opsconsole.settings import Settings
from opsconsole.tickets.settings import TicketSettings
from tests.reports.world import shipped

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "title: One\ncovers: week\nsections: [{title: All, figures: [%s]}]\n"


@pytest.mark.parametrize("name", SETS)
def test_every_answer_that_a_report_asks_for_is_asked_in_a_checklist_of_its_set(name: str) -> None:
    templates = Templates(ChecklistSettings(use=(name,))).templates
    for named, definition in shipped(name):
        for section in definition.sections:
            for source in (one for figure in section.figures for one in figure.from_ if one.answer):
                slug, _, item_id = source.answer.partition("/")
                item = templates[slug].template.item(item_id)
                assert item is not None, f"{named.name}: {source.answer}"
                assert not isinstance(item, TableItem), f"{named.name}: {source.answer}"
                if source.of not in (None, "last") or source.growth:
                    assert isinstance(item, NumberItem | AutoItem), f"{named.name}: {source.answer}"
            for table in section.tables:
                if table.answer:
                    slug, _, item_id = table.answer.partition("/")
                    item = templates[slug].template.item(item_id)
                    assert item is not None, f"{named.name}: {table.answer}"
                    columns = item.columns if isinstance(item, TableItem) else ()
                    assert columns == table.columns, f"{named.name}: {table.answer}"


@pytest.mark.parametrize(("figure", "says"), [
    ("{id: a, title: A, from: []}", "must have at least 1 entries"),
    ("{id: a, title: A, from: [{}]}", "it needs exactly one of metric, uptime"),
    ("{id: a, title: A, from: [{metric: x, log: hours}]}", "it needs exactly one of"),
    ("{id: a, title: A, from: [{tickets: opened}]}", "it must be one of created, resolved"),
    ("{id: a, title: A, from: [{answer: evening}]}", "a checklist and an item, as `evening/active-users`"),
    ("{id: a, title: A, from: [{log: hours, of: p95}]}", "p95 is only of a metric"),
    ("{id: a, title: A, from: [{log: hours, filter: 'is:open'}]}", "only tickets can be filtered"),
    ("{id: a, title: A, from: [{tickets: created, filter: 'prority:high'}]}", "did you mean `priority`?"),
    ("{id: a, title: A, goal: 'under 3', from: [{log: hours}]}", "a comparison such as `< 4h`"),
    ("{id: a, title: A, unit: ms, goal: '< 3', from: [{metric: x}]}", "this figure is a time, as `< 3s`"),
    ("{id: A B, title: A, from: [{log: hours}]}", "an id is small letters"),
    ("{id: a, title: A, form: [{log: hours}]}", "did you mean `from`?"),
    ("{id: a, title: A, from: [{log: hours}]}, {id: a, title: B, from: [{log: tasks}]}", "the id `a` is there twice"),
])
def test_what_is_wrong_is_said_with_its_place(figure: str, says: str) -> None:
    with pytest.raises(ConfigMistakes) as wrong:
        decode(GOOD % figure, Definition, source="r.yaml", env=None)
    assert says in str(wrong.value)
    assert str(wrong.value).startswith("r.yaml:3:")


def test_a_table_has_either_rows_or_an_answer() -> None:
    for table in ("{id: a, title: A}", "{id: a, title: A, rows: alerts, answer: b/c}"):
        with pytest.raises(ConfigMistakes, match="either `rows` or `answer`"):
            decode(f"title: One\ncovers: week\nsections: [{{title: All, tables: [{table}]}}]\n", Definition,
                   source="r.yaml", env=None)


def test_short_names_are_those_of_the_sets_in_use_and_own_files_come_first(tmp_path: Path) -> None:
    library = Library(["generic", "shop"], tmp_path)
    assert library.find("weekly").name == "shop/weekly"
    assert library.find("monthly").name == "generic/monthly"
    assert library.find("dashboard/weekly").name == "dashboard/weekly"
    assert {one.name for one in library.used()} == {"generic/daily", "generic/monthly", "shop/weekly"}
    (tmp_path / "weekly.yaml").write_text(GOOD % "{id: a, title: A, from: [{log: hours}]}")
    (tmp_path / "not a name.yaml").write_text("")
    assert library.find("weekly").read().title == "One"
    with pytest.raises(UsageError, match="did you mean `field-service/monthly`"):
        library.find("field-servce/monthly")
    assert Library([], tmp_path / "missing").used() == []


@pytest.mark.parametrize("name", SETS)
def test_a_report_asks_for_checks_and_categories_that_the_preset_of_its_name_has(name: str) -> None:
    text = presets.render(name, presets.Answers("ana", date(2027, 1, 4), "https://shop.example.com"))
    settings = decode(text, Settings, source="preset", env=None, need_secrets=False)
    checks, tickets = settings.checks or {}, settings.tickets or TicketSettings()
    jobs = [each for each, one in checks.items() if one.kind == "heartbeat"]
    for named, definition in shipped(name):
        for section in definition.sections:
            for source in (one for figure in section.figures for one in figure.from_):
                where = f"{named.name}: {source}"
                for series in (source.metric,) if source.metric.startswith("check:") else ():
                    check, _, value = series.removeprefix("check:").rpartition(".")
                    assert value in checks[check].units, where
                assert source.uptime in ("", "*") or source.uptime in checks, where
                assert not source.check or source.check in checks, where
                assert all(one == "*" or one in jobs for one in source.jobs), where
                if source.filter.startswith("category:"):
                    assert source.filter.removeprefix("category:") in tickets.all_categories, where
