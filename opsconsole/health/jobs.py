"""What the agent does for health: measures, checks, judges, keeps history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core.clock import HOUR
from opsconsole.core.database.place import NETWORK
from opsconsole.core.jobs import Due, Every, Job, Workplace
from opsconsole.core.levels import Level
from opsconsole.health.alerts.checking import all_needs
from opsconsole.health.alerts.engine import AlertEngine
from opsconsole.health.alerts.evidence import Sources as EvidenceSources
from opsconsole.health.alerts.evidence import Witness
from opsconsole.health.alerts.service import AlertService, maintenance
from opsconsole.health.alerts.ticketing import AlertTickets
from opsconsole.health.alerts.watches import known_as
from opsconsole.health.changes.collect import Collector, Sources
from opsconsole.health.changes.store import ChangeStore
from opsconsole.health.checks.jobs import check_jobs, summary_job
from opsconsole.health.checks.reports import ReportStore
from opsconsole.health.checks.service import CheckService
from opsconsole.health.checks.store import CheckStore
from opsconsole.health.growth.store import GrowthStore
from opsconsole.health.growth.watching import Watcher
from opsconsole.health.history.model import QUARTERS
from opsconsole.health.history.store import MetricStore
from opsconsole.health.recording import Recording
from opsconsole.health.vigil import Vigil
from opsconsole.notify import service as outbox
from opsconsole.notify.zones import local_zone
from opsconsole.tickets.service import TicketService

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.core.clock import Clock, Instant
    from opsconsole.health.checks.settings.base import Check
    from opsconsole.health.model import Mount
    from opsconsole.health.settings import HealthSettings

ROLL_UP: Final = 300.0
"""Seconds; each time little is to do."""
PRUNE: Final = 900.0
LOOK: Final = 30.0
"""Seconds between two looks at the system's logs."""
RECORD: Final = 10.0
GROWTH: Final = 600.0
"""Seconds between two looks whether a mount is to be measured."""
SETTLED: Final = 3600.0
"""Seconds after which also disks that do not fill are measured: counting all files costs seconds of processor time,
which an agent that lives as long as a console need not spend."""


async def jobs(place: Workplace) -> Sequence[Job]:
    """All of health's jobs; see `core.jobs.Provider`.

    Raises:
        StorageError: what the last agent left cannot be read.
    """
    settings, clock = place.settings, place.clock
    checks: dict[str, Check] = settings.checks or {}
    stores = Stores(MetricStore(place.metrics), ReportStore(place.metrics), CheckStore(place.metrics),
                    ChangeStore(place.metrics))
    collector = Collector(stores.changes, clock, Sources(Path(settings.health.logs)))
    vigil, engine = await _watch(place, checks, stores, collector)

    async def p95(series: str, since: Instant, until: Instant) -> float | None:
        return await stores.history.aggregate(series, since, until, "p95")

    needed = {name: known_as(all_needs(check.depends_on, settings.rules or {}, checks), checks)
              for name, check in checks.items()}
    muted = maintenance(lambda: engine.windows, {name: check.group for name, check in checks.items()}, needed)
    every = float(settings.agent.record) if settings.agent is not None else RECORD
    return [
        Job("health.record", vigil.record, Every(every), limit=30, recorded=False, backoff=False, eager=True),
        *check_jobs(checks, clock=clock, store=stores.outcomes, state_folder=place.state, reports=stores.reports,
                    muted=muted, listener=vigil.take, renew=engine.renew_windows),
        summary_job(CheckService(place.metrics, clock, checks), stores.outcomes, stores.reports, clock, p95),
        *_upkeep(stores, collector, clock),
        *_growth(GrowthStore(place.metrics), vigil, settings.health, clock),
        _prune_alerts(AlertService(place.records, clock)),
    ]


class Stores(NamedTuple):
    """What the jobs of health write to."""

    history: MetricStore
    reports: ReportStore
    outcomes: CheckStore
    changes: ChangeStore


async def _watch(place: Workplace, checks: Mapping[str, Check], stores: Stores,
                 collector: Collector) -> tuple[Vigil, AlertEngine]:
    """What measures and judges, going on where the last agent stopped; what it keeps open ends with the jobs."""
    clock = place.clock
    recording = Recording(place.settings.health, clock, stores.history, stores.reports)
    stored = await stores.outcomes.all()
    outcomes = {name: stored[name].outcome for name in checks if name in stored}
    tickets = AlertTickets(TicketService(place.records, clock, place.settings.tickets, zone=local_zone(),
                                         notify_settings=place.settings.notify, cache=place.paths.cache))
    witness = Witness(place.records, place.guard, clock, EvidenceSources(
        snapshot=lambda: vigil.latest.snapshot if vigil.latest is not None else None,
        outcomes=lambda: vigil.outcomes, changes=stores.changes.between, checks=checks), tickets)
    engine = AlertEngine(place.records, outbox, place.settings.rules, checks, guard=place.guard, past=stores.history,
                         changes=stores.changes.between, fired=witness, tickets=tickets)
    vigil = Vigil(recording, engine, clock, outcomes, collector.look_soon)
    # Closed in the opposite order: first what judges, last what stores.
    for close in (stores.history.flush, stores.outcomes.close, recording.close, collector.close, witness.close,
                  vigil.close):
        place.closing.push_async_callback(close)
    await vigil.begin()
    return vigil, engine


def _growth(store: GrowthStore, vigil: Vigil, settings: HealthSettings, clock: Clock) -> list[Job]:
    """Measures the folders of local mounts, those that fill first."""
    if settings.growth is None:
        return []
    watcher = Watcher(store, clock, settings.growth)
    begun = clock.monotonic()

    async def look(_: Due) -> None:
        health = vigil.latest
        if health is None:
            return
        bad = {one.target for one in health.findings if one.level >= Level.WARNING}
        filling = {one.path for one in health.snapshot.mounts if f"mount:{one.path}" in bad}
        filling |= {one.target.partition(":")[2] for one in health.forecasts}
        if not filling and clock.monotonic() - begun < SETTLED:
            return
        await watcher.look([one.path for one in health.snapshot.mounts if _measurable(one)], filling)

    return [Job("health.growth", look, Every(GROWTH), limit=3600, jitter=300, backoff=False)]


def _measurable(mount: Mount) -> bool:
    """Whether its folders may be counted: not over a network, and not while it gives no answer."""
    remote = mount.kind in NETWORK or mount.device.startswith("//") or ":/" in mount.device
    return not remote and not mount.read_only and mount.silent_since is None


def _prune_alerts(alerts: AlertService) -> Job:
    async def prune(_: Due) -> None:
        await alerts.prune()

    return Job("health.prune-alerts", prune, Every(24 * 3600), limit=300, jitter=3600)


def _upkeep(stores: Stores, collector: Collector, clock: Clock) -> list[Job]:
    """Keeps history small and tells what changed."""
    async def look(_: Due) -> None:
        await collector.look()

    async def roll_up(_: Due) -> None:
        await stores.history.roll_up(clock.now())

    async def prune(due: Due) -> None:
        await stores.history.prune(clock.now())
        if due.at % (6 * HOUR) < PRUNE * 1000:
            await stores.changes.prune(clock.now() - QUARTERS.keep)

    return [Job("health.changes", look, Every(LOOK), limit=60, jitter=5, eager=True),
            Job("health.roll-up", roll_up, Every(ROLL_UP), limit=300, jitter=60),
            Job("health.prune", prune, Every(PRUNE), limit=300, jitter=120)]
