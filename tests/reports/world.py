"""Some months of an invented operation, in real databases, and the same facts in plain Python beside them.

Whatever is drawn by chance is drawn from names and times, so it is the same in each run, and in each of the sets.
"""

from __future__ import annotations

import asyncio
import functools
import math
import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from opsconsole.checklists import store
from opsconsole.checklists.judging import Judged, judge
from opsconsole.checklists.library import Library as Templates
from opsconsole.checklists.model import Answer, Category, Run, Verdict
from opsconsole.checklists.settings import ChecklistSettings
from opsconsole.checklists.template import (
    AutoItem,
    ChoiceItem,
    Item,
    NumberItem,
    TableItem,
    Template,
    TextItem,
    YesNoItem,
    encoded,
)
from opsconsole.core.clock import DAY, HOUR, instant, local
from opsconsole.core.database import METRICS, RECORDS, Database
from opsconsole.core.levels import Level
from opsconsole.health.changes.model import Change, ChangeKind
from opsconsole.health.changes.store import ChangeStore
from opsconsole.health.checks.model import Outcome
from opsconsole.health.checks.reports import ReportStore
from opsconsole.health.checks.store import CheckStore
from opsconsole.health.history.store import MetricStore
from opsconsole.logbook.model import Action, Entry, EntryType, Point, Status
from opsconsole.logbook.service import LogService
from opsconsole.reports.library import Library, Named
from tests.health.checks.clocks import HandClock
from tests.tickets.desk import ANA
from tests.tickets.generator import NOW, generate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opsconsole.reports.definition import Definition

ZONE: Final = ZoneInfo("Europe/Berlin")
BEGIN: Final = instant(datetime(2026, 9, 28, tzinfo=ZONE))
"""Since when there is an agent: the third quarter is known in part."""
DARK: Final = instant(datetime(2026, 10, 12, 6, tzinfo=ZONE)), instant(datetime(2026, 10, 13, 18, tzinfo=ZONE))
"""When it stood still."""
STEP: Final = 12 * HOUR
NEVER: Final = frozenset({"metric:auto-dispatch", "updates.security", "check:home-page.first_byte"})
"""Series that nobody recorded."""
CHECKS: Final = ("home-page", "database", "redis", "health", "health-db", "site", "backup", "intrusion")
JOBS: Final = ("full-backup", "database-backup", "cache-clearing", "backup-run")


def chance(*about: object) -> random.Random:
    """Chance that depends on what it is about, and on nothing else."""
    return random.Random(repr(about))


class RunFacts(NamedTuple):
    """One run and what was entered in it."""

    run: Run
    timely: bool
    seconds: float
    answers: dict[str, Judged]

    @property
    def when(self) -> int:
        return self.run.due if self.run.due is not None else self.run.opens


class Facts(NamedTuple):
    """What happened, in plain Python; times are ms UTC."""

    series: dict[str, list[tuple[int, float]]]
    status: dict[str, dict[int, str]]
    """Of each check what each hour counts as."""
    beats: list[tuple[str, int, bool]]
    changes: list[tuple[int, str]]
    alerts: list[tuple[int, str, str, str]]
    """When it fired, severity, title, and the check that it is about."""
    entries: list[Entry]


@functools.cache
def shipped(name: str) -> list[tuple[Named, Definition]]:
    """The reports of a set."""
    return [(one, one.read()) for one in Library([name]).all() if one.set == name]


def asked() -> set[str]:
    """The series that any report asks for."""
    return {source.metric for name in ("generic", "dashboard", "expense-api", "field-service", "marketing-site", "shop")
            for _, one in shipped(name) for part in one.parts() for source in getattr(part, "from_", ())
            if source.metric}


def _value(series: str, at: int) -> float:
    """A course with days in it: a share in percent, or seconds."""
    draw = chance(series, at).random()
    wave = math.sin(at / DAY * 2 * math.pi) / 4 + 0.5
    if series.endswith((".latency", ".p95")):
        return 0.05 + 2.5 * wave * draw
    if series.endswith(".age"):
        return 3600 + 80_000 * draw
    return 90 * wave * draw


async def measure(path: Path) -> Facts:
    """Fills the measurements."""
    facts = Facts({}, {name: {} for name in CHECKS}, [], [], [], [])
    moments = [at for at in range(BEGIN, NOW, STEP) if not DARK[0] <= at < DARK[1]]
    async with await Database.open(path, METRICS) as db:
        history = MetricStore(db)
        names = sorted(asked() - NEVER)
        for at in moments:
            values = {name: _value(name, at) for name in names}
            await history.record(at, values)
            for name, value in values.items():
                facts.series.setdefault(name, []).append((at, value))
        # The month is read from the coarse tiers, what came after from the samples.
        await history.roll_up(instant(datetime(2026, 11, 1, 6, tzinfo=ZONE)))
        # So few values are no pauses of an agent that records all the time.
        async with db.write() as tx:
            await tx.run("DELETE FROM watched")
            await tx.many("INSERT INTO watched (begun, ended) VALUES (:begun, :ended)",
                          [{"begun": BEGIN, "ended": DARK[0]}, {"begun": DARK[1], "ended": NOW}])
        await _checks(db, facts)
        reports = ReportStore(db)
        for name in JOBS:
            for at in range(BEGIN + 2 * HOUR, NOW, 3 * DAY):
                well = chance("job", name, at).random() > 0.1
                await reports.report(name, "ok" if well else "fail", at)
                facts.beats.append((name, at, well))
        found = [Change(at, chance("kind", at).choice([*ChangeKind][:4]), f"thing {at}")
                 for at in range(BEGIN + HOUR, NOW, 31 * HOUR)]
        await ChangeStore(db).add(found)
        facts.changes.extend((one.at, one.kind.value) for one in found)
    return facts


async def _checks(db: Database, facts: Facts) -> None:
    """Each check runs every two hours."""
    for name in CHECKS:
        checks = CheckStore(db, delay=3600)
        for at in range(BEGIN, NOW, 2 * HOUR):
            if DARK[0] <= at < DARK[1]:
                continue
            draw = chance("check", name, at // (7 * HOUR)).random()
            level, muted = (Level.CRITICAL if draw < 0.03 else Level.OK), draw > 0.96
            checks.put(Outcome(name, level, level.word, at, 0.1), 7200.0, muted=muted)
            # The last one before the dark is not known to have lasted, nor is the newest.
            word = "unknown" if at + 2 * HOUR in (DARK[0], NOW) else "maintenance" if muted else level.word
            facts.status[name] |= dict.fromkeys((at, at + HOUR), word)
        await checks.close()


def alerts(path: Path, facts: Facts) -> None:
    """Alerts of all severities, most of them over."""
    with closing(sqlite3.connect(path)) as raw, raw:
        for number, at in enumerate(range(BEGIN + HOUR, NOW, 37 * HOUR), 1):
            draw = chance("alert", at)
            severity, ended = draw.choice(("info", "warning", "critical")), at + round(draw.random() * DAY)
            over, check = None if ended >= NOW else ended, draw.choice(CHECKS)
            raw.execute(
                "INSERT INTO alert (id, key, rule, target, title, severity, phase, begun, fired, ended, text, detail)"
                " VALUES (?, ?, '', ?, ?, ?, ?, ?, ?, ?, 'said', '{}')",
                (number, f"check:{check}", f"check:{check}", f"thing {number}", severity,
                 "firing" if over is None else "ok", at, at, over))
            facts.alerts.append((at, severity, f"thing {number}", check))


async def log(path: Path, facts: Facts) -> None:
    """The maintenance log, an entry every second day."""
    async with await Database.open(path, RECORDS) as db:
        service = LogService(db, HandClock(NOW), None)
        async with db.write() as tx:
            for at in range(BEGIN + 9 * HOUR, NOW, 2 * DAY):
                draw = chance("log", at)
                tasks, found, resolved, escalated = (
                    tuple(Point(f"{name} {place}") for place in range(draw.randrange(3)))
                    for name in ("tasks", "found", "resolved", "escalated"))
                entry = Entry(
                    0, draw.choice([*EntryType]), f"Work {at}", at, at + HOUR,
                    Status.ISSUES if draw.random() < 0.3 else Status.NORMAL, ("ana",), tasks, found, resolved,
                    escalated, (Action(f"next of {at}", "ben", f"{local(at + 9 * DAY, ZONE):%Y-%m-%d}"),),
                    seconds=float(draw.randrange(0, 7200)))
                await service.draft_in(tx, ANA, entry)
                facts.entries.append(entry)


def _dues(category: Category) -> Iterator[date]:
    """The days on which a checklist of a category is due, in the time that matters."""
    day = date(2024, 12, 1)
    while day <= local(NOW, ZONE).date():
        first = day.day == 1
        if {Category.DAILY: day >= date(2026, 9, 27), Category.WEEKLY: day.weekday() == 0 and day.year == 2026,
                Category.MONTHLY: first and day.year == 2026, Category.QUARTERLY: first and day.month in (1, 4, 7, 10),
                Category.ANNUAL: first and day.month == 1}.get(category, day.weekday() == 2 and day.year == 2026):
            yield day
        day += timedelta(days=1)


def _entered(item: Item, draw: random.Random) -> Any:
    match item:
        case NumberItem():
            low, high = item.min or 0.0, item.max if item.max is not None else (item.min or 0.0) + 50
            # Some are beyond what they may be.
            number = low + (high - low) * 1.05 * draw.random()
            return float(round(number)) if item.whole else number
        case AutoItem():
            return 30 * draw.random()
        case ChoiceItem():
            return draw.choice(item.options)
        case YesNoItem():
            return draw.random() < 0.5
        case TextItem():
            return f"words {draw.randrange(1000)}\nand more" if item.lines > 1 else f"words {draw.randrange(1000)}"
        case TableItem():
            return [[f"cell {draw.randrange(100)}" for _ in item.columns] for _ in range(draw.randrange(1, 4))]
    return draw.random() < 0.8


async def walk(path: Path, name: str) -> dict[str, list[RunFacts]]:
    """Runs of every checklist of a set that a report names; of each item most were answered."""
    wanted: dict[str, set[str]] = {}
    for _, definition in shipped(name):
        for part in definition.parts():
            for text in (getattr(part, "answer", ""), *(one.answer for one in getattr(part, "from_", ()))):
                if text:
                    slug, _, item = text.partition("/")
                    wanted.setdefault(slug, set()).add(item)
    templates = Templates(ChecklistSettings(use=(name,)))
    made: dict[str, list[RunFacts]] = {}
    async with await Database.open(path, RECORDS) as db, db.write() as tx:
        for slug, items in sorted(wanted.items()):
            loaded = templates.templates[slug]
            await store.pin(tx, loaded.hash, slug, encoded(loaded.template), BEGIN)
            for day in _dues(loaded.template.category):
                made.setdefault(slug, []).append(await _run(tx, loaded.template, loaded.hash, day, items))
    return made


async def _run(tx: Any, template: Template, digest: str, day: date, items: set[str]) -> RunFacts:
    draw = chance(template.slug, day)
    due = instant(datetime(day.year, day.month, day.day, 10, tzinfo=ZONE))
    demand = template.category is Category.OTHER
    answers = {}
    for item in template.items():
        if item.id in items and draw.random() < 0.9:
            answers[item.id] = judge(item, _entered(item, chance(template.slug, day, item.id)))
    missed, open_one = draw.random() < 0.06, draw.random() < 0.05
    if missed or due > NOW:
        answers = {}
    run = Run(0, template.slug, template.title, template.category, f"{day}", digest, due - HOUR,
              None if demand else due, None if demand else due + HOUR, None if demand else due + 8 * HOUR)
    stored = await store.add(tx, run)
    assert stored is not None
    for name, judged in answers.items():
        await store.add_answer(tx, template.slug, Answer(
            0, stored.id, name, due, "ana", verdict=judged.verdict, value=judged.value, unit=judged.unit,
            limit=judged.limit))
    timely, seconds = draw.random() < 0.8, float(draw.randrange(60, 1200))
    if missed:
        stored = replace(stored, ended=due + 8 * HOUR, outcome="missed")
        await store.put(tx, stored)
    elif not open_one:
        failed = sum(one.verdict is Verdict.FAILED for one in answers.values())
        stored = replace(stored, ended=due + HOUR, outcome="done", seal="5e" * 32, total=len(answers), failed=failed)
        await store.put_seal(tx, stored, seconds, timely=timely)
    done = stored.outcome == "done"
    return RunFacts(stored, timely and done, seconds if done else 0.0, answers)


@dataclass(repr=False)
class World:
    """The databases of one set, and the facts; too many to be shown."""

    set: str
    records: Path
    metrics: Path
    facts: Facts
    runs: dict[str, list[RunFacts]]


def worlds(folder: Path, names: tuple[str, ...]) -> dict[str, World]:
    """One for each set; the measurements, tickets, alerts and the log are the same."""
    base, metrics = folder / "base.db", folder / "metrics.db"
    generate(base, 300, 3000, seed=5)
    facts = asyncio.run(measure(metrics))
    alerts(base, facts)
    asyncio.run(log(base, facts))
    with closing(sqlite3.connect(base)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    made = {}
    for name in names:
        records = folder / f"{name}.db"
        shutil.copy(base, records)
        made[name] = World(name, records, metrics, facts, asyncio.run(walk(records, name)))
    return made
