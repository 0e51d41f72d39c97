"""Figures that are counted in the records: tickets, the maintenance log, alerts, how checklists were kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from opsconsole.core.text import limited
from opsconsole.logbook.model import EntryState, Status
from opsconsole.reports.gathering.ground import NO_RECORDS, NOT_YET, UNWATCHED, Found, Known
from opsconsole.reports.gathering.measured import is_watched
from opsconsole.tickets.stats import share

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opsconsole.checklists.cases.types import Kept
    from opsconsole.health.alerts.model import Alert
    from opsconsole.logbook.model import Entry
    from opsconsole.reports.definition import Source
    from opsconsole.reports.gathering.ground import Ground, Time

_CATEGORY: Final = r'\bcategory:"?([^"\s]+)'
"""What a filter names; of a category that nobody has, no ticket would not mean that nothing happened."""
_RESTS: Final = {"score": "ratings:", "satisfaction": "ratings:", "kept": "promises:"}
"""What a figure of tickets is counted from, where that is not tickets."""
LOG: Final[dict[str, Callable[[Sequence[Entry]], float]]] = {
    "entries": len,
    "issues": lambda entries: sum(one.status is Status.ISSUES for one in entries),
    "hours": lambda entries: sum(one.seconds for one in entries),
    "tasks": lambda entries: sum(len(one.tasks) for one in entries),
    "found": lambda entries: sum(len(one.found) for one in entries),
    "resolved": lambda entries: sum(len(one.resolved) for one in entries),
    "escalated": lambda entries: sum(len(one.escalated) for one in entries),
    "unsigned": lambda entries: sum(one.state is not EntryState.SIGNED for one in entries)}


async def tickets(ground: Ground, source: Source, time: Time) -> Found:
    """One of the statistics of tickets."""
    if ground.records is None:
        return NO_RECORDS
    for name in re.findall(_CATEGORY, source.filter):
        if name not in ground.tickets.all_categories:
            return f"there is no category {limited(name, 80)}"
    known, remark = await ground.entered(ground.records, time.known)
    if not known:
        return NOT_YET
    found = await ground.statistics(ground.records, time.period, source.filter)
    which = f"tickets, {source.filter}" if source.filter else "tickets"
    if source.tickets in ("created", "resolved"):
        return Known(float(found.created if source.tickets == "created" else found.resolved), which,
                     remark=remark)
    figure = found.figure(source.tickets)
    if figure.value is None:
        return "no ticket tells it"
    of = None if source.tickets == "backlog" else figure.of
    rests = "" if of is None else f", {_RESTS.get(source.tickets, 'from')} {of}"
    return Known(float(figure.value), which + rests, of=of, remark=remark, goal=figure.goal,
                 standing=figure.standing)


async def log(ground: Ground, source: Source, time: Time) -> Found:
    """A figure of the maintenance log."""
    if ground.records is None:
        return NO_RECORDS
    known, remark = await ground.entered(ground.records, time.known)
    if not known:
        return NOT_YET
    entries = await ground.entries(ground.records, time.known)
    count = len(entries)
    whose = f"maintenance log, {count} entr{'y' if count == 1 else 'ies'}"
    return Known(float(LOG[source.log](entries)), whose, of=count, remark=remark)


async def fired(ground: Ground, time: Time) -> list[Alert]:
    """The alerts that began to fire in the time of a report, oldest first."""
    if ground.records is None:
        return []
    from opsconsole.health.alerts.service import AlertService  # noqa: PLC0415 - few reports count alerts

    return await AlertService(ground.records.db, ground.clock).fired(time.known.begin, time.known.end)


async def alerts(ground: Ground, source: Source, time: Time) -> Found:
    """How many alerts began to fire."""
    watched, remark = await is_watched(ground, time.known)
    found = await fired(ground, time)
    if not watched and not found:
        return UNWATCHED
    if source.check:
        if source.check not in ground.checks:
            return f"there is no check {limited(source.check, 80)}"
        found = [one for one in found if source.check in (one.detail.check, one.target.removeprefix("check:"))]
    chosen = [one for one in found if source.alerts in ("fired", one.severity.value)]
    return Known(float(len(chosen)), f"alerts of {source.check}" if source.check else "alerts", remark=remark)


async def kept(ground: Ground, time: Time) -> tuple[Kept, ...]:
    """What became of the runs that were due."""
    if ground.records is None:
        return ()
    return (await ground.records.checklists.statistics(time.known.begin, time.known.end)).checklists


async def checklists(ground: Ground, source: Source, time: Time) -> Found:
    """How checklists were kept."""
    if ground.records is None:
        return NO_RECORDS
    known, remark = await ground.entered(ground.records, time.known)
    if not known:
        return NOT_YET
    found = await kept(ground, time)
    planned, whose = sum(one.planned for one in found), f"{len(found)} checklist{'' if len(found) == 1 else 's'}"
    parts = {"completion": "done", "punctuality": "on_time"}
    name = parts.get(source.checklists, source.checklists)
    number = sum(getattr(one, name) for one in found)
    if source.checklists not in parts:
        return Known(float(number), whose, remark=remark)
    value = share(number, planned)
    return "no checklist was due" if value is None else Known(value, whose, of=planned, remark=remark)
