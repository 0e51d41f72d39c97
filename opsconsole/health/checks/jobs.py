"""The jobs of checks: one for each, and one for their figures over a longer time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsconsole.core.clock import HOUR
from opsconsole.core.jobs import Due, Every, Job
from opsconsole.core.levels import Level
from opsconsole.health.checks.runner import LAST_CHANCE, Reports, run_check

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from opsconsole.core.clock import Clock, Instant
    from opsconsole.health.checks.model import Outcome
    from opsconsole.health.checks.reports import ReportStore
    from opsconsole.health.checks.service import P95, CheckService
    from opsconsole.health.checks.settings.base import Check
    from opsconsole.health.checks.store import CheckStore

    Muted = Callable[[str, Instant], bool]
    Listener = Callable[[str, Check, Outcome], None]

SUMMARIES = 60.0
"""Seconds between two calculations of p95 and uptime."""
LONGEST_JITTER = 20.0


def check_jobs(checks: Mapping[str, Check] | None, *, clock: Clock, store: CheckStore, state_folder: Path,
               reports: Reports, muted: Muted | None = None, listener: Listener | None = None,
               renew: Callable[[], Awaitable[None]] | None = None) -> list[Job]:
    """One job for each enabled check, named `check.NAME`.

    Args:
        checks: name to check, as configured.
        clock: where time comes from.
        store: where outcomes go.
        state_folder: where checks keep files of their own.
        reports: what heartbeats and pushed numbers are read from.
        muted: whether a check is in maintenance at an instant; asked once for each outcome, must be cheap.
        listener: is told each outcome at once, before it is stored; must return at once.
        renew: lets `muted` know what was begun a moment ago; asked before an outcome that is not well is stored.
    """
    def job(name: str, check: Check) -> Job:
        memory: dict[str, Any] = {}

        async def run(_: Due) -> None:
            outcome = await run_check(name, check, clock=clock, memory=memory, state_folder=state_folder,
                                      reports=reports)
            if renew is not None and outcome.level is not Level.OK:
                await renew()
            store.put(outcome, check.every, muted=muted is not None and muted(name, outcome.at))
            if listener is not None:
                listener(name, check, outcome)

        # The runner keeps the limit itself; the loop's own is for what lies around it.
        return Job(f"check.{name}", run, Every(check.every), limit=check.timeout + LAST_CHANCE + 5, recorded=False,
                   jitter=min(check.every / 2, LONGEST_JITTER), backoff=False, eager=True)

    return [job(name, check) for name, check in (checks or {}).items() if check.enabled]


def summary_job(service: CheckService, store: CheckStore, reports: ReportStore, clock: Clock,
                p95: P95 | None = None) -> Job:
    """The job `health.summaries`: p95 and uptime of all checks; once an hour it removes what is too old."""
    pruned: Instant | None = None

    async def run(_: Due) -> None:
        nonlocal pruned
        await store.flush()
        await service.summarise(p95)
        now = clock.now()
        if pruned is None or not 0 <= now - pruned < HOUR:
            await store.prune(now)
            await reports.prune(now)
            pruned = now

    return Job("health.summaries", run, Every(SUMMARIES), recorded=False, eager=True)
