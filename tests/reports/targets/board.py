"""An operation with targets: its configuration, and what was measured and entered until a moment, in real databases."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from opsconsole.checklists import store
from opsconsole.checklists.library import Library
from opsconsole.checklists.model import Answer, Run, Verdict
from opsconsole.checklists.service import ChecklistService
from opsconsole.checklists.settings import ChecklistSettings
from opsconsole.checklists.template import encoded
from opsconsole.core.clock import DAY, HOUR, MINUTE, local
from opsconsole.core.config import decode
from opsconsole.core.database import METRICS, RECORDS, Database
from opsconsole.core.levels import Level
from opsconsole.health.checks.model import Outcome
from opsconsole.health.checks.reports import ReportStore
from opsconsole.health.checks.store import CheckStore
from opsconsole.health.history.store import MetricStore
from opsconsole.logbook.model import EntryType
from opsconsole.logbook.service import LogService
from opsconsole.reports.gathering.ground import Ground, Records
from opsconsole.settings import Settings, cross_check
from opsconsole.tickets.cases.types import New
from opsconsole.tickets.service import TicketService
from tests.health.samples import NOW, ZONE
from tests.tickets.desk import ANA, HandClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from opsconsole.core.identity import Actor

CONFIG: Final = """\
checklists: {use: [dashboard], zone: Europe/Berlin}
checks:
  site: {kind: http, url: "https://shop.example.com/", slo: 99.5%, label: Shop}
  backup: {kind: heartbeat, period: 1d, grace: 1h}
  orders: {kind: metric}
tickets:
  goals: {first_response: {is: "< 4h"}}
targets:
  uptime: {label: Uptime, window: 2d, from: [{uptime: site}]}
  response: {label: "Response time, mean", goal: "< 800ms", window: 1d, from: [{metric: "check:site.latency"}]}
  memory: {label: Memory used, goal: "< 80%", window: 1d, from: [{metric: memory.used_percent, of: max}]}
  orders: {label: Orders waiting, goal: "<= 20", unit: orders, window: 1d, from: [{metric: "metric:orders", of: last}]}
  first-response: {label: First response to a ticket, from: [{tickets: first_response}]}
  satisfaction: {label: Customer satisfaction, goal: "> 90%", from: [{tickets: satisfaction}]}
  backups: {label: Backups that succeed, goal: "> 99%", from: [{jobs: [backup]}]}
  automated: {label: Automated share of maintenance, goal: "> 90%", window: month,
              from: [{answer: monthly/automated, run: after}]}
  coverage: {label: Documentation coverage, goal: "> 95%", window: 14d, from: [{answer: documentation-review/coverage}]}
  emergencies: {label: Log entries, goal: "< 5", window: 7d, from: [{log: entries}]}
  launch: {label: Uptime in the first month, goal: "> 95%", ends: "2020-02-01", from: [{uptime: site}]}
"""


def settings(text: str = CONFIG) -> Settings:
    """A configuration, read as the program reads it."""
    return decode(text, Settings, source="opsconsole.yaml", env={}, check=cross_check)


async def measured(folder: Path, now: int = NOW) -> None:
    """Two days and some reports: 1 of 24 looks found the site down, 1 of 10 backups failed, memory was once at 91 %."""
    async with await Database.open(folder / "metrics.db", METRICS) as db:
        history, checks, reports = MetricStore(db), CheckStore(db, delay=3600), ReportStore(db)
        for number in range(25):
            at = now - 2 * DAY + number * 2 * HOUR
            await history.record(at, {"check:site.latency": 0.5 + number / 100, "metric:orders": float(number),
                                      "memory.used_percent": 91.0 if number == 20 else 60.0})
            level = Level.CRITICAL if number == 3 else Level.OK
            checks.put(Outcome("site", level, level.word, at, 0.1), 7200.0)
        await checks.close()
        # So few values are no pauses of an agent that records all the time.
        async with db.write() as tx:
            await tx.run("DELETE FROM watched")
            await tx.run("INSERT INTO watched (begun, ended) VALUES (:begun, :ended)",
                         {"begun": now - 2 * DAY, "ended": now})
        for number in range(10):
            await reports.report("backup", "fail" if number == 4 else "ok", now - (10 - number) * DAY + HOUR)


async def entered(folder: Path, now: int = NOW, who: Actor = ANA) -> None:
    """A ticket that was answered after three hours; a monthly review of this month; an entry of the log."""
    clock, chosen = HandClock(now - 3 * DAY), ChecklistSettings(use=("dashboard",))
    async with await Database.open(folder / "opsconsole.db", RECORDS) as db:
        tickets = TicketService(db, clock, settings().tickets, zone=ZONE)
        await tickets.create(who, New(title="Cart is empty", requester="Kim", requester_mail="kim@example.com",
                                      route=False, assignee=who.name))
        clock.go(3 * HOUR)
        await tickets.reply(who, 1, "We look at it.")
        await LogService(db, clock, zone=ZONE).new(who, EntryType.CHANGE, "Rack moved")
        loaded = Library(chosen).templates["monthly"]
        first = now - (local(now, ZONE).day - 1) * DAY
        async with db.write() as tx:
            await store.pin(tx, loaded.hash, "monthly", encoded(loaded.template), first)
            run = await store.add(tx, Run(0, "monthly", loaded.template.title, loaded.template.category, "this",
                                          loaded.hash, first - MINUTE, first, first + DAY, first + 9 * DAY))
            assert run is not None
            await store.add_answer(tx, "monthly", Answer(0, run.id, "automated", first, who.name, verdict=Verdict.OK,
                                                         value=93.0, unit="%"))


@asynccontextmanager
async def ground(folder: Path, now: int = NOW, text: str = CONFIG) -> AsyncIterator[Ground]:
    """What can be asked of a folder; what is not there is nothing."""
    chosen, clock = settings(text), HandClock(now)
    records, metrics = folder / "opsconsole.db", folder / "metrics.db"
    async with (await Database.open(records, RECORDS) as db, await Database.open(metrics, METRICS) as measures):
        found = Records(db, ChecklistService(db, clock, Library(chosen.checklists), chosen.checklists),
                        LogService(db, clock, None))
        yield Ground(found, measures, clock, ZONE, checks=chosen.checks or {}, tickets=chosen.tickets)


