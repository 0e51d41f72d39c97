"""Each enabled check is a job; what it finds is stored, told, and counted as maintenance where it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from opsconsole.core.clock import DAY, HOUR
from opsconsole.core.database import METRICS, Database
from opsconsole.core.jobs import Due, Every
from opsconsole.core.levels import Level
from opsconsole.core.units import Duration
from opsconsole.health.checks.jobs import check_jobs, summary_job
from opsconsole.health.checks.reports import ReportStore
from opsconsole.health.checks.service import CheckService
from opsconsole.health.checks.settings.own import HeartbeatCheck, MetricCheck
from opsconsole.health.checks.store import CheckStore
from tests.health.checks.clocks import START, HandClock

if TYPE_CHECKING:
    from pathlib import Path

    from opsconsole.health.checks.model import Outcome
    from opsconsole.health.checks.settings.base import Check


async def test_jobs_of_checks(tmp_path: Path) -> None:
    clock = HandClock()
    checks: dict[str, Check] = {
        "orders": MetricCheck(critical_unless=("value > 3",), every=Duration(30)), "off": MetricCheck(enabled=False),
        "backup": HeartbeatCheck(period=Duration(3600), every=Duration(5))}
    told: list[tuple[str, Outcome]] = []
    async with await Database.open(tmp_path / "metrics.db", METRICS) as db:
        store, reports = CheckStore(db), ReportStore(db)
        service = CheckService(db, clock, checks)
        jobs = check_jobs(checks, clock=clock, store=store, state_folder=tmp_path, reports=reports,
                          muted=lambda name, at: name == "backup" and at == START + 30_000,
                          listener=lambda name, check, outcome: told.append((name, outcome)))
        assert [job.name for job in jobs] == ["check.orders", "check.backup"]
        assert [job.schedule for job in jobs] == [Every(30), Every(5)]
        assert [(job.recorded, job.backoff, job.eager) for job in jobs] == [(False, False, True)] * 2
        assert [job.jitter for job in jobs] == [15, 2.5]
        assert all(job.limit > 10 for job in jobs)
        for value in (2.0, 5.0):
            await reports.push("orders", value, clock.now())
            await reports.report("backup", "ok", clock.now())
            await asyncio.gather(*(job.run(Due(clock.now())) for job in jobs))
            await store.flush()
            clock.turn(30)
        assert [(name, one.level) for name, one in told] == [
            ("orders", Level.CRITICAL), ("backup", Level.OK), ("orders", Level.OK), ("backup", Level.OK)]
        assert {one.name: one.maintenance for one in await service.states()} == {"orders": False, "backup": True}
        summaries = summary_job(service, store, reports, clock)
        assert (summaries.name, summaries.recorded) == ("health.summaries", False)
        await summaries.run(Due(clock.now()))
        assert {one.name: one.uptime for one in await service.states()} == {"orders": 50.0, "backup": 100.0}
        clock.turn(500 * DAY / 1000)
        await summaries.run(Due(clock.now()))
        assert await store.periods("orders", 0, clock.now()) == []
        # Not again within an hour, but also after the clock was put back.
        clock.jump(-HOUR / 1000)
        await summaries.run(Due(clock.now()))
        await store.close()


def test_nothing_configured_is_no_job(tmp_path: Path) -> None:
    assert check_jobs(None, clock=HandClock(), store=None, state_folder=tmp_path, reports=None) == []  # type: ignore[arg-type]
