"""What the agent does for health: measures, checks, judges, keeps history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from opsconsole.core.clock import HOUR
from opsconsole.core.jobs import Due, Every, Job, Workplace
from opsconsole.health.alerts.engine import AlertEngine
from opsconsole.health.alerts.service import AlertService, maintenance
from opsconsole.health.changes.collect import Collector, Sources
from opsconsole.health.changes.store import ChangeStore
from opsconsole.health.checks.jobs import check_jobs, summary_job
from opsconsole.health.checks.reports import ReportStore
from opsconsole.health.checks.service import CheckService
from opsconsole.health.checks.store import CheckStore
from opsconsole.health.history.model import QUARTERS
from opsconsole.health.history.store import MetricStore
from opsconsole.health.recording import Recording
from opsconsole.health.vigil import Vigil
from opsconsole.notify import service as outbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Clock, Instant
    from opsconsole.health.checks.settings.base import Check

ROLL_UP: Final = 300.0
"""Seconds; each time little is to do."""
PRUNE: Final = 900.0
LOOK: Final = 30.0
"""Seconds between two looks at the system's logs."""
RECORD: Final = 10.0


async def jobs(place: Workplace) -> Sequence[Job]:
    """All of health's jobs; see `core.jobs.Provider`.

    Raises:
        StorageError: what the last agent left cannot be read.
    """
    settings, clock = place.settings, place.clock
    checks: dict[str, Check] = settings.checks or {}
    history, reports, outcomes = MetricStore(place.metrics), ReportStore(place.metrics), CheckStore(place.metrics)
    changes = ChangeStore(place.metrics)
    recording = Recording(settings.health, clock, history, reports)
    place.closing.push_async_callback(history.flush)
    place.closing.push_async_callback(recording.close)
    place.closing.push_async_callback(outcomes.close)
    engine = AlertEngine(place.records, outbox, settings.rules, checks, guard=place.guard, past=history,
                         changes=changes.between)
    collector = Collector(changes, clock, Sources(Path(settings.health.logs)))
    place.closing.push_async_callback(collector.close)
    stored = await outcomes.all()
    vigil = Vigil(recording, engine, clock, {name: stored[name].outcome for name in checks if name in stored},
                  collector.look_soon)
    await vigil.begin()
    place.closing.push_async_callback(vigil.close)

    async def p95(series: str, since: Instant, until: Instant) -> float | None:
        return await history.aggregate(series, since, until, "p95")

    muted = maintenance(lambda: engine.windows, {name: check.group for name, check in checks.items()})
    every = float(settings.agent.record) if settings.agent is not None else RECORD
    return [
        Job("health.record", vigil.record, Every(every), limit=30, recorded=False, backoff=False, eager=True),
        *check_jobs(checks, clock=clock, store=outcomes, state_folder=place.state, reports=reports, muted=muted,
                    listener=vigil.take),
        summary_job(CheckService(place.metrics, clock, checks), outcomes, reports, clock, p95),
        *_upkeep(history, changes, collector, clock),
        _prune_alerts(AlertService(place.records, clock)),
    ]


def _prune_alerts(alerts: AlertService) -> Job:
    async def prune(_: Due) -> None:
        await alerts.prune()

    return Job("health.prune-alerts", prune, Every(24 * 3600), limit=300, jitter=3600)


def _upkeep(history: MetricStore, changes: ChangeStore, collector: Collector, clock: Clock) -> list[Job]:
    """Keeps history small and tells what changed."""
    async def look(_: Due) -> None:
        await collector.look()

    async def roll_up(_: Due) -> None:
        await history.roll_up(clock.now())

    async def prune(due: Due) -> None:
        await history.prune(clock.now())
        if due.at % (6 * HOUR) < PRUNE * 1000:
            await changes.prune(clock.now() - QUARTERS.keep)

    return [Job("health.changes", look, Every(LOOK), limit=60, jitter=5, eager=True),
            Job("health.roll-up", roll_up, Every(ROLL_UP), limit=300, jitter=60),
            Job("health.prune", prune, Every(PRUNE), limit=300, jitter=120)]
