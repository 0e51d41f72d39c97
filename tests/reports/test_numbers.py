"""Every figure of every report that comes with the program is what the facts say, counted here another way."""

from __future__ import annotations

import sqlite3
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from opsconsole.checklists.library import Library as Templates
from opsconsole.checklists.service import ChecklistService
from opsconsole.checklists.settings import SETS, ChecklistSettings
from opsconsole.core.clock import DAY, local
from opsconsole.core.config import decode
from opsconsole.core.database import METRICS, RECORDS, Database
from opsconsole.health.checks.settings.own import MetricCheck
from opsconsole.logbook.service import LogService
from opsconsole.reports.definition import Definition
from opsconsole.reports.gathering.beginning import records_begin
from opsconsole.reports.gathering.filling import fill
from opsconsole.reports.gathering.ground import Ground, Records
from opsconsole.reports.gathering.rows import MOST
from opsconsole.reports.model import Report, Standing
from opsconsole.reports.periods import after, before, wanted
from opsconsole.tickets.settings import Goal
from tests.health.checks.clocks import HandClock
from tests.reports import oracle_rows
from tests.reports.oracle import Oracle, standing
from tests.reports.world import CHECKS, ZONE, World, shipped, worlds
from tests.tickets import stories
from tests.tickets.generator import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from opsconsole.core.periods import Period

PERIODS = {"day": "2026-10-20", "week": "2026-W43", "month": "2026-10", "quarter": "2026-Q3", "year": "2025"}
"""The clocks go back on the Sunday of that week; the quarter and the year are known in part."""
TICKETS = replace(stories.settings(), goals={"resolution": Goal(is_="< 24h"), "kept": Goal(is_="> 50%")})
FILLED: dict[tuple[Path, str, Period], Report] = {}
"""What was filled in already: nothing changes in these databases."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, World]:
    return worlds(tmp_path_factory.mktemp("reports"), SETS)


@dataclass(repr=False)
class House:
    """One set, opened."""

    world: World
    ground: Ground

    async def report(self, definition: Definition, text: str) -> tuple[Report, Oracle]:
        """A report, and who knows what must be in it."""
        period = wanted(definition, text, NOW, ZONE)
        key = self.world.records, definition.title, period
        if key not in FILLED:
            FILLED[key] = await fill(self.ground, definition, period, name="x", host="web1")
        report = FILLED[key]
        times = period, after(period, definition.covers, ZONE), before(period, definition.covers, ZONE)
        raw = sqlite3.connect(self.world.records)
        return report, Oracle(self.world, raw, times, set(TICKETS.all_categories), NOW)


@pytest.fixture(params=SETS)
async def house(request: pytest.FixtureRequest, made: dict[str, World]) -> AsyncIterator[House]:
    async with open_house(made[request.param]) as opened:
        yield opened


@asynccontextmanager
async def open_house(world: World) -> AsyncIterator[House]:
    """A set as reports see it."""
    clock, settings = HandClock(NOW), ChecklistSettings(use=(world.set,))
    async with (await Database.open(world.records, RECORDS, read_only=True) as records,
                await Database.open(world.metrics, METRICS, read_only=True) as metrics):
        found = Records(records, ChecklistService(records, clock, Templates(settings), settings, zone=ZONE),
                        LogService(records, clock, None, zone=ZONE))
        checks = {name: MetricCheck(metric=name) for name in CHECKS}
        yield House(world, Ground(found, metrics, clock, ZONE, checks=checks, tickets=TICKETS))


def same(found: Any, value: Any, of: str) -> bool:
    if isinstance(value, float) and isinstance(found, float):
        # A histogram knows percentiles to within a hundredth; of so few values, to the next one.
        return found == pytest.approx(value, rel=0.15 if of == "p95" else 1e-6, abs=1e-4)
    return bool(found == value)


async def test_every_figure_is_what_the_facts_say_and_what_nobody_knows_is_blank(house: House) -> None:
    known = blank = 0
    for named, definition in shipped(house.world.set):
        for text in (PERIODS[definition.covers], "this"):
            report, oracle = await house.report(definition, text)
            with closing(oracle.raw):
                for one in (one for section in definition.sections for one in section.figures):
                    figure, sources = report.figure(one.id), [each for each in one.from_ if not each.worst]
                    value = oracle.value(sources, one.unit)
                    where = f"{named.name} {text} {one.id}: {figure}"
                    assert (figure.value is None) is bool(figure.missing), where
                    assert (figure.value is None) is not bool(figure.source), where
                    if value is None and len(sources) < len(one.from_):
                        continue
                    of = "p95" if any(each.of == "p95" for each in sources) else ""
                    assert same(figure.value, value, of), f"{where} should be {value}"
                    known, blank = known + (value is not None), blank + (value is None)
                    if isinstance(value, float) and one.goal:
                        assert figure.standing.value == standing(one, value), where
                    if value is None:
                        assert figure.standing is Standing.UNKNOWN, where
                    elif not one.goal and sources[0].tickets in TICKETS.goals:
                        goal = TICKETS.goals[sources[0].tickets].is_
                        assert (figure.goal, figure.standing is not Standing.UNKNOWN) == (goal, True), where
    assert known > 10
    assert blank > 0


async def test_every_table_holds_what_the_facts_say(house: House) -> None:
    for named, definition in shipped(house.world.set):
        for text in (PERIODS[definition.covers], "this"):
            report, oracle = await house.report(definition, text)
            with closing(oracle.raw):
                for one in (one for section in definition.sections for one in section.tables):
                    table, where = report.table(one.id), f"{named.name} {text} {one.id}"
                    columns, rows = oracle_rows.of(oracle, one)
                    if table.rows is None:
                        assert table.missing, where
                        assert not rows, where
                        continue
                    assert all(len(row) == len(table.columns) for row in table.rows), where
                    found = sorted(tuple(row[place] for place in columns) for row in table.rows)
                    if one.rows == "people":
                        found = [row for row in found if row[1] != "0"]
                    assert rows is not None, where
                    assert len(found) == min(len(rows), MOST), where
                    assert set(found) <= set(rows), where
                    assert (f"of {len(rows)}" in table.remark) is (len(rows) > MOST), where


async def test_what_was_before_the_records_or_the_agent_is_no_nothing(made: dict[str, World]) -> None:
    """No ticket, entry, alert or change of a time that nobody recorded: that is not known, and never 0."""
    async with open_house(made["generic"]) as house:
        (monthly,) = (definition for named, definition in shipped("generic") if named.short == "monthly")
        report, oracle = await house.report(monthly, "2023-05")
        with closing(oracle.raw):
            assert {one.value for one in report.figures()} == {None}
            assert {one.missing for one in report.figures()} >= {"nothing was entered here yet", "nobody was watching"}
            assert {table.rows for section in report.sections for table in section.tables
                    if table.name != "uptimes"} == {None}
        begins = await records_begin(house.ground.records.db) if house.ground.records is not None else None
        (first,) = oracle_first(made["generic"])
        assert begins == first
        report, oracle = await house.report(monthly, "2024")
        oracle.raw.close()
        assert report.figure("tickets-created").value
        assert report.figure("tickets-created").remark == f"records begin {local(first, ZONE):%Y-%m-%d}"


def oracle_first(world: World) -> tuple[int]:
    """When the first ticket came, before all else."""
    with closing(sqlite3.connect(world.records)) as raw:
        found: tuple[int] = raw.execute("SELECT min(at) FROM ticket_event").fetchone()
        return found


OWN = """
title: Own
covers: month
sections:
  - title: All
    figures:
      - {id: sum, title: A, from: [{metric: cpu.busy, of: sum}]}
      - {id: never, title: A, from: [{metric: cpu.bussy}, {uptime: nowhere}, {jobs: [nobody, no-*]}]}
      - {id: words, title: A, from: [{answer: end-of-day/status, of: sum}]}
      - {id: grown, title: A, from: [{answer: end-of-day/status, growth: true}]}
      - {id: nothing, title: A, from: [{log: entries, growth: true}]}
      - {id: unheard, title: A, from: [{answer: nowhere/item}, {alerts: fired, check: nowhere}]}
      - {id: unknown, title: A, from: [{tickets: created, filter: "category:nowhere"}]}
      - {id: least, title: A, from: [{metric: cpu.busy, of: min}]}
      - {id: tasks, title: A, from: [{log: tasks}]}
      - {id: found, title: A, from: [{log: found}]}
      - {id: unsigned, title: A, from: [{log: unsigned}]}
      - {id: issues, title: A, from: [{log: issues}]}
      - {id: info, title: A, from: [{alerts: info}]}
      - {id: planned, title: A, from: [{checklists: planned}]}
      - {id: failed, title: A, from: [{checklists: failed}]}
      - {id: bugs, title: A, from: [{tickets: resolved, filter: "category:bug"}]}
      - {id: priorities, title: A, from: [{answer: end-of-day/priorities}]}
"""


async def test_each_source_says_why_it_knows_nothing(made: dict[str, World]) -> None:
    own = decode(OWN, Definition, source="own", env=None)
    async with open_house(made["generic"]) as house:
        report, oracle = await house.report(own, "2026-10")
        with closing(oracle.raw):
            assert {one.name: one.missing for one in report.figures() if one.missing} == {
                "sum": "values of cpu.busy cannot be added up",
                "never": "cpu.bussy was not recorded; the check nowhere did not run; no job reported as nobody, no-*",
                "words": "what was answered in end-of-day/status is no number", "grown": "words do not grow",
                "unheard": "nowhere was not due; there is no check nowhere",
                "unknown": "there is no category nowhere"}
            for one in own.sections[0].figures[-10:]:
                assert same(report.figure(one.id).value, oracle.value(list(one.from_), one.unit), ""), one.id
            assert report.figure("nothing").source == (
                f"{report.figure('tasks').source}, against the period before")
        report, oracle = await house.report(own, "2026-09")
        oracle.raw.close()
        assert report.figure("nothing").missing == "it was nothing the period before"


async def test_what_is_kept_no_longer_is_said(made: dict[str, World]) -> None:
    (monthly,) = (definition for named, definition in shipped("generic") if named.short == "monthly")
    async with open_house(made["generic"]) as house:
        house.ground.clock = HandClock(NOW + 80 * DAY)
        for text, missing, remark in (("2026-10", "reports of jobs are kept for 90 d", ""),
                                      ("2026-11", "", "kept since 2026-11-16")):
            report = await fill(house.ground, monthly, wanted(monthly, text, NOW, ZONE), name="x", host="")
            assert (report.figure("backups").missing, report.figure("backups").remark) == (missing, remark)


async def test_a_lamp_is_the_worst_of_what_is_known_where_nobody_says_it(house: House) -> None:
    for _, definition in shipped(house.world.set):
        report, oracle = await house.report(definition, PERIODS[definition.covers])
        with closing(oracle.raw):
            for section, made_section in zip(definition.sections, report.sections, strict=True):
                for one in section.figures:
                    scopes = [each.worst for each in one.from_ if each.worst]
                    if not scopes or oracle.value([each for each in one.from_ if not each.worst], "") is not None:
                        continue
                    among = made_section.figures if scopes[0] == "section" else list(report.figures())
                    order = ["red", "yellow", "green"]
                    stands = [each.standing.value for each in among if each.goal and each.value is not None]
                    lamp = next((each for each in order if each in stands), None)
                    figure = report.figure(one.id)
                    assert (figure.value, figure.standing.value) == (lamp, lamp or "unknown")
