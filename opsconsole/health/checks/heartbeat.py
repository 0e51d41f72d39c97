"""The kind `heartbeat`: a job that must report again and again.

`judged` is a pure rule over the newest reports. With a period, the next `ok` is due that long after the last one, and
the grace is a time of warning. With a cron line, which says when the job starts, the grace is the time that it may
take. A job that said `start` is given the grace from there.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from opsconsole.core import format as fmt
from opsconsole.core.clock import SECOND, Instant, instant, local
from opsconsole.core.levels import Level
from opsconsole.health.checks.model import Beats, Measured, Report, Value

if TYPE_CHECKING:
    from datetime import tzinfo

    from opsconsole.health.checks.runner import Scope
    from opsconsole.health.checks.settings.own import HeartbeatCheck

_ALLOWED = "a cron line of five fields such as `30 2 * * *`"


async def measure(check: HeartbeatCheck, scope: Scope) -> Measured:
    """The state of a job by its reports.

    Raises:
        StorageError: they cannot be read.
    """
    beats = await scope.reports.beats(scope.name) if scope.reports is not None else Beats()
    return judged(check, beats, scope.clock.now(), _zone(check))


def judged(check: HeartbeatCheck, beats: Beats, now: Instant, zone: tzinfo = UTC) -> Measured:
    """What is thought of a job's reports: new, up, late, down or paused."""
    ok, ended = beats.ok, _later(beats.ok, beats.fail)
    values: dict[str, Value] = {"age": None if ok is None else max(0, now - ok.at) / SECOND,
                                "took": ok.took if ok is not None else None,
                                "message": ended.message if ended is not None else None}
    if check.paused:
        return Measured({**values, "state": "paused"}, "paused", level=Level.UNKNOWN)
    newest = _later(ended, beats.start)
    if newest is None:
        return Measured({**values, "state": "new"}, "no report yet", level=Level.UNKNOWN)
    if ended is not None and ended.kind == "fail":
        said = f"failed {fmt.ago((now - ended.at) / SECOND)}"
        return Measured({**values, "state": "down"}, "", problem=f"{said}: {ended.message}" if ended.message else said)
    running = newest.kind == "start"
    due = _due(check, ok, newest, zone)
    overdue = now - due
    if overdue > check.grace * SECOND:
        return Measured({**values, "state": "down"}, "", problem=_missing(ok, newest, due, now, zone))
    if overdue > 0 and check.cron is None and not running:
        return Measured({**values, "state": "late"}, f"late for {fmt.duration(overdue / SECOND)}", level=Level.WARNING)
    return Measured({**values, "state": "up"}, _well(ok, newest, now))


def cron_mistake(line: str) -> str:
    """What is wrong with a cron line; empty when it is right."""
    from cronsim import CronSim, CronSimError  # noqa: PLC0415 - few checks have one

    if len(line.split()) != 5:
        return f"it must be {_ALLOWED}, not `{line}`"
    try:
        next(CronSim(line, datetime(2000, 1, 1, tzinfo=UTC)))
    except (CronSimError, StopIteration) as problem:
        return f"it must be {_ALLOWED}, not `{line}`{f' ({problem})' if str(problem) else ': that never comes'}"
    return ""


def _later(one: Report | None, other: Report | None) -> Report | None:
    if one is None or other is None:
        return one or other
    return one if one.seq > other.seq else other


def _due(check: HeartbeatCheck, ok: Report | None, newest: Report, zone: tzinfo) -> Instant:
    """When the next `ok` is expected; a run under way is expected at its start, and the grace comes on top."""
    if ok is None:
        return newest.at
    due = _next(check.cron, ok.at, zone) if check.cron is not None else ok.at + round((check.period or 0) * SECOND)
    return max(due, newest.at) if newest.kind == "start" else due


def _next(line: str, after: Instant, zone: tzinfo) -> Instant:
    from cronsim import CronSim  # noqa: PLC0415 - few checks have one

    return instant(next(CronSim(line, local(after, zone))))


def _missing(ok: Report | None, newest: Report, due: Instant, now: Instant, zone: tzinfo) -> str:
    if newest.kind == "start":
        return f"started {fmt.ago((now - newest.at) / SECOND)} and has not ended"
    last = f", the last was {fmt.ago((now - ok.at) / SECOND)}" if ok is not None else ""
    return f"no report, expected {fmt.moment(due, now, zone)}{last}"


def _well(ok: Report | None, newest: Report, now: Instant) -> str:
    if newest.kind == "start":
        return f"running for {fmt.duration((now - newest.at) / SECOND)}"
    took = f", took {fmt.duration(ok.took)}" if ok is not None and ok.took is not None else ""
    return f"reported {fmt.ago((now - newest.at) / SECOND)}{took}"


def _zone(check: HeartbeatCheck) -> tzinfo:
    """The zone of the cron line; without one, no zone matters but for the text."""
    if check.zone:
        from zoneinfo import ZoneInfo  # noqa: PLC0415 - few checks name one

        return ZoneInfo(check.zone)
    from opsconsole.notify.zones import local_zone  # noqa: PLC0415 - zoneinfo costs 10 ms

    return local_zone()
