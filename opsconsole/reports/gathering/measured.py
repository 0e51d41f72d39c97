"""Figures that the machine measured: series, time up, heartbeats, changes of the host."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from opsconsole.core import format as fmt
from opsconsole.core.clock import HOUR, local
from opsconsole.core.text import limited
from opsconsole.reports.gathering.ground import NO_METRICS, UNWATCHED, Found, Known, partly

if TYPE_CHECKING:
    from opsconsole.core.database import Database
    from opsconsole.core.periods import Period
    from opsconsole.health.checks.service import CheckService
    from opsconsole.health.checks.uptime import Uptime
    from opsconsole.reports.definition import Source
    from opsconsole.reports.gathering.ground import Ground, Time

_WORDS: Final = {"last": "last value", "mean": "mean", "min": "least", "max": "most", "p50": "median",
                 "p95": "95th percentile", "p99": "99th percentile"}

_UNITS: Final = frozenset({"seconds", "bytes", "bytes per second", "percent"})
_SECONDS: Final = frozenset({"p50", "p95", "p99", "slowest"})
"""Values of checks that are times, where the check itself is not configured any more."""


async def metric(ground: Ground, source: Source, time: Time) -> Found:
    """One figure of a series."""
    if ground.metrics is None:
        return NO_METRICS
    from opsconsole.health.history.names import meaning  # noqa: PLC0415 - few reports measure nothing
    from opsconsole.health.history.store import MetricStore  # noqa: PLC0415 - as above

    period, of = time.known, source.of or "mean"
    name, store = source.metric, MetricStore(ground.metrics)
    if of == "sum":
        return f"values of {limited(name, 100)} cannot be added up"
    value = await store.aggregate(name, period.begin, period.end - 1, of)
    if value is None:
        return f"{limited(name, 100)} was not recorded"
    since = next((one.since for one in await store.series(name) if one.name == name), period.begin)
    remark = partly(await ground.watched(ground.metrics, period), "watched")
    if since > period.begin + HOUR:
        remark = f"recorded since {fmt.stamp(since, ground.zone)}"
    unit = meaning(name, {each: one.units for each, one in ground.checks.items()}).unit
    timed = unit in _UNITS or name.rpartition(".")[2] in _SECONDS
    return Known(value, f"{_WORDS[of]} of {name}", remark=remark, plain=not timed)


def check_service(ground: Ground, metrics: Database) -> CheckService:
    """Asks about checks."""
    from opsconsole.health.checks.service import CheckService  # noqa: PLC0415 - few reports measure nothing

    return CheckService(metrics, ground.clock, ground.checks)


async def uptime(ground: Ground, source: Source, time: Time) -> Found:
    """How much of the time a check was up; of `*` the check that was up least."""
    if ground.metrics is None:
        return NO_METRICS
    period, service = time.known, check_service(ground, ground.metrics)
    names = [source.uptime] if source.uptime != "*" else [name for name, one in ground.checks.items() if one.enabled]
    found = {name: await service.uptime(name, period.begin, period.end) for name in names}
    known = {name: share for name, one in found.items() if (share := one.share) is not None}
    if not known:
        return "no check ran" if source.uptime == "*" else f"the check {limited(source.uptime, 80)} did not run"
    name = min(known, key=lambda each: known[each])
    source_text = f"check {name}" if source.uptime != "*" else f"check {name}, the lowest of {len(known)}"
    return Known(known[name], source_text, remark=uptime_remark(found[name]))


def uptime_remark(found: Uptime) -> str:
    """What of the time is not known, and what was planned work."""
    parts = [partly(found.coverage, "known for")]
    if found.maintenance:
        parts.append(f"{fmt.duration(found.maintenance)} of maintenance left out")
    return ", ".join(part for part in parts if part)


async def jobs(ground: Ground, source: Source, time: Time) -> Found:
    """The share of the reports of jobs that went well."""
    if ground.metrics is None:
        return NO_METRICS
    from opsconsole.health.checks.reports import KEEP_REPORTS, ReportStore  # noqa: PLC0415 - few reports measure nothing

    kept_since = ground.clock.now() - KEEP_REPORTS
    if time.known.end <= kept_since:
        return f"reports of jobs are kept for {fmt.duration(KEEP_REPORTS / 1000)}"
    counted = await ReportStore(ground.metrics).ended(time.known.begin, time.known.end)
    chosen = {name: both for name, both in counted.items() if any(fnmatchcase(name, one) for one in source.jobs)}
    well, whole = sum(well for well, _ in chosen.values()), sum(sum(both) for both in chosen.values())
    if not whole:
        return f"no job reported as {limited(', '.join(source.jobs), 80)}"
    remark = f"kept since {local(kept_since, ground.zone):%Y-%m-%d}" if time.known.begin < kept_since else ""
    names = ", ".join(sorted(chosen)) if len(chosen) <= 3 else f"{len(chosen)} jobs"
    return Known(100 * well / whole, f"{whole} reports of {names}", of=whole, remark=remark)


async def changes(ground: Ground, source: Source, time: Time) -> Found:
    """How often something of the host changed."""
    if ground.metrics is None:
        return NO_METRICS
    from opsconsole.health.changes.store import ChangeStore  # noqa: PLC0415 - few reports tell of changes

    watched, remark = await is_watched(ground, time.known)
    counts = await ChangeStore(ground.metrics).counts(time.known.begin, time.known.end)
    if not watched and not counts:
        return UNWATCHED
    return Known(float(counts.get(source.changes, 0)), "changes of the host", remark=remark)


async def is_watched(ground: Ground, period: Period) -> tuple[bool, str]:
    """Whether anybody looked for alerts in a time, and what is said where that was only a part of it."""
    if ground.metrics is None:
        return False, ""
    share = await ground.watched(ground.metrics, period)
    return share > 0, partly(share, "watched")
