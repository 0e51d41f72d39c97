"""Asks for every target what was reached, the same way as reports ask for their figures."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from opsconsole.core.clock import local
from opsconsole.core.periods import PERIODS, Period, day_start, period_of
from opsconsole.reports.gathering import entered
from opsconsole.reports.gathering.filling import figure
from opsconsole.reports.gathering.ground import Time
from opsconsole.reports.targets.model import Actual
from opsconsole.reports.targets.settings import check_of, goal_of, read_window

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from opsconsole.core.clock import Instant
    from opsconsole.reports.definition import Source
    from opsconsole.reports.gathering.ground import Ground
    from opsconsole.reports.targets.settings import Target

_LINES: Final = frozenset({"cpu", "memory", "swap", "load", "files", "mount", "net", "disk", "sensor"})
"""The kinds of series that are a line of the health panel."""
_WHOLE: Final = {"tickets": "tickets", "log": "log", "alerts": "alerts", "checklists": "checklists",
                 "changes": "timeline"}
"""Where figures come from that are counted over many things."""


async def actuals(ground: Ground, targets: Mapping[str, Target], named: Period | None = None) -> list[Actual]:
    """Every target that counts, with what was reached.

    Args:
        ground: what is asked.
        targets: by name.
        named: the period that is meant; None: the window of each.

    Raises:
        StorageError: something cannot be read.
    """
    found, now = [], ground.clock.now()
    for name, target in targets.items():
        # All windows end at the same moment, so what several targets ask of one is asked once.
        if (time := _time(target, ground, named, now)) is not None:
            found.append(await _actual(ground, name, target, time, "" if named is not None else target.window))
    return found


async def _actual(ground: Ground, name: str, target: Target, time: Time, span: str) -> Actual:
    definition = target.definition(name, goal_of(target, ground.tickets.goals, ground.checks))
    made, source = await figure(ground, definition, time)
    return Actual(made, span, await _opens(ground, source if source is not None else target.from_[0], time))


def _time(target: Target, ground: Ground, named: Period | None, now: Instant) -> Time | None:
    """The time of a target's figure; None: it is no target then."""
    zone, window = ground.zone, read_window(target.window)
    if named is not None:
        time = _of(named, zone, now)
    elif isinstance(window, str):
        time = _of(period_of(window, now, zone, 1), zone, now)
    else:
        length = round(window * 1000)
        # What looks back does so within the window: of a time that ends now nobody can have looked back later.
        last = Period(now - length, now)
        time = Time(last, now, last, Period(last.begin - length, last.begin))
    if not target.counts(local(time.until - 1, zone).date()):
        return None
    first = target.first_day
    if first is not None and (begin := day_start(first, zone)) > time.period.begin:
        time = time._replace(period=Period(begin, time.period.end))
    return time


def _of(period: Period, zone: tzinfo | None, now: Instant) -> Time:
    """A period with the times around it: in which it is looked back at, and which growth is counted against."""
    name = next((each for each in PERIODS if period == period_of(each, period.begin, zone)), None)
    if name is None:
        # One that is none of the calendar is looked back at for as long as it was.
        length = period.end - period.begin
        around = Period(period.end, period.end + length), Period(period.begin - length, period.begin)
    else:
        around = Period(period.end, period_of(name, period.end, zone).end), period_of(name, period.begin, zone, 1)
    return Time(period, min(period.end, now), *around)


async def _opens(ground: Ground, source: Source, time: Time) -> str:
    """See `Actual.opens`."""
    if source.answer:
        return await _run(ground, source, time)
    if source.metric:
        return _of_series(source.metric, ground)
    if source.uptime:
        return f"check:{source.uptime}" if source.uptime in ground.checks else "uptime"
    if source.jobs:
        fitting = [name for name, one in ground.checks.items()
                   if one.kind == "heartbeat" and any(fnmatchcase(name, pattern) for pattern in source.jobs)]
        return f"check:{fitting[0]}" if len(fitting) == 1 else "uptime"
    if source.filter:
        return f"tickets:{source.filter}"
    return _WHOLE.get(source.kind, "")


def _of_series(name: str, ground: Ground) -> str:
    """The check or the line of the panel that a series belongs to."""
    check = check_of(name, ground.checks) or name.removeprefix("metric:")
    if check in ground.checks:
        return f"check:{check}"
    kind, _, rest = name.partition(":")
    line = name.rpartition(".")[0] if rest else name.partition(".")[0]
    return f"line:{line}" if (kind if rest else line) in _LINES else ""


async def _run(ground: Ground, source: Source, time: Time) -> str:
    """The run with the answer that counts; without one the last that was due."""
    found = await entered.answered(ground, source.answer, source.run, time)
    given = [run for run, one in found if one is not None and entered.said(one) is not None]
    last = (given or [run for run, _ in found])[-1:]
    return f"run:{last[0].id}" if last else "checklists"


