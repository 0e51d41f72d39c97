"""Tables of a report: what the program knows, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.clock import local
from opsconsole.reports.gathering import counted, entered, measured
from opsconsole.reports.gathering.ground import NO_METRICS, NO_RECORDS, NOT_YET, UNWATCHED
from opsconsole.reports.wording import shown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from opsconsole.checklists.model import Answer, Run
    from opsconsole.core.clock import Instant
    from opsconsole.reports.definition import TableDefinition
    from opsconsole.reports.gathering.ground import Ground, Records, Time

    Build = Callable[[Ground, Records, Time], Awaitable[list[tuple[str, ...]]]]
    Table = Callable[[Ground, Time], Awaitable["Rows"]]

Lines = list[tuple[str, ...]]
MOST: Final = 100
"""Rows of a table; a report is to be read."""


class Rows(NamedTuple):
    """The rows of a table; None: nobody knows, and `missing` says why."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] | None
    source: str = ""
    remark: str = ""
    missing: str = ""


def _some(columns: tuple[str, ...], rows: Iterable[Sequence[str]], source: str, remark: str = "") -> Rows:
    """Rows, the first of them where there are too many to be read."""
    every = tuple(tuple(row) for row in rows)
    if len(every) > MOST:
        remark = ", ".join(part for part in (f"the first {MOST} of {len(every)}", remark) if part)
    return Rows(columns, every[:MOST], source, remark)


def _share(value: float | None, digits: int = 0) -> str:
    return "" if value is None else fmt.percent(value, digits)


def _for(milliseconds: float | None) -> str:
    return "" if milliseconds is None else fmt.duration(milliseconds / 1000)


def _day(at: Instant, ground: Ground) -> str:
    return f"{local(at, ground.zone):%Y-%m-%d}"


def _minute(at: Instant, ground: Ground) -> str:
    return f"{local(at, ground.zone):%Y-%m-%d %H:%M}"


async def uptime(ground: Ground, time: Time) -> Rows:
    """Every check, the one that was up least first."""
    columns = ("check", "up", "down", "maintenance", "not known")
    if ground.metrics is None:
        return Rows(columns, None, missing=NO_METRICS)
    service = measured.check_service(ground, ground.metrics)
    found = {name: await service.uptime(name, time.known.begin, time.known.end)
             for name, one in ground.checks.items() if one.enabled}
    if not found:
        return Rows(columns, None, missing="no check is configured")
    order = sorted(found, key=lambda name: (found[name].share is None, found[name].share or 0.0))
    return _some(columns, ((name, _share(one.share, 3), *(fmt.duration(part) if part else "" for part in (
        one.down, one.maintenance, one.unknown))) for name in order for one in (found[name],)), "checks")


async def alerts(ground: Ground, time: Time) -> Rows:
    """Every alert that began, in order."""
    columns = ("fired", "severity", "what", "said", "lasted", "taken by")
    watched, remark = await measured.is_watched(ground, time.known)
    found = await counted.fired(ground, time)
    if not watched and not found:
        return Rows(columns, None, missing=UNWATCHED)
    return _some(columns, ((_minute(one.fired, ground), one.severity.value, one.title, one.text,
                            "goes on" if one.ended is None else _for(one.ended - one.fired), one.acknowledged_by)
                           for one in found), "alerts", remark)


def _entered(source: str, *columns: str) -> Callable[[Build], Table]:
    """Makes a table of what was entered; it is not known where nothing was entered yet at all."""
    def made(build: Build) -> Table:
        async def table(ground: Ground, time: Time) -> Rows:
            if ground.records is None:
                return Rows(columns, None, missing=NO_RECORDS)
            known, remark = await ground.entered(ground.records, time.known)
            if not known:
                return Rows(columns, None, missing=NOT_YET)
            return _some(columns, await build(ground, ground.records, time), source, remark)
        return table
    return made


@_entered("checklists", "checklist", "due", "done", "in time", "missed", "waived", "failed items", "takes")
async def checklists(ground: Ground, _: Records, time: Time) -> Lines:
    """How each checklist was kept."""
    return [(one.title, *map(str, (one.planned, one.done, one.on_time, one.missed, one.waived, one.failed)),
             fmt.duration(one.seconds) if one.seconds else "") for one in await counted.kept(ground, time)]


@_entered("tickets", "promise", "priority", "category", "kept", "of", "share")
async def promises(ground: Ground, records: Records, time: Time) -> Lines:
    """How promises of tickets were kept."""
    return [(one.kind.value, one.priority.value, one.category, str(one.kept), str(one.of), _share(one.share))
            for one in (await ground.statistics(records, time.period)).kept]


@_entered("tickets", "person", "solved", "mean time", "promises kept", "rating", "open now", "of these late")
async def people(ground: Ground, records: Records, time: Time) -> Lines:
    """What each person did with tickets."""
    return [(one.name or "nobody", str(one.resolved), _for(one.resolution), _share(one.share),
             "" if one.score is None else fmt.number(one.score, 1), str(one.open), str(one.late))
            for one in (await ground.statistics(records, time.period)).people]


@_entered("tickets", "category", "created", "solved", "mean time")
async def categories(ground: Ground, records: Records, time: Time) -> Lines:
    """Tickets by category, the most frequent first."""
    found = {name: await ground.statistics(records, time.period, f'category:"{name}"')
             for name in ground.tickets.all_categories}
    order = sorted(found, key=lambda name: (-found[name].created, name))
    return [(name, str(one.created), str(one.resolved), _for(one.resolution.mean))
            for name in order for one in (found[name],) if one.created or one.resolved]


@_entered("maintenance log", "begun", "type", "entry", "by", "status", "time spent", "signed by")
async def entries(ground: Ground, records: Records, time: Time) -> Lines:
    """The entries of the log."""
    return [(_minute(one.begun, ground), one.type.value, f"{one.id} {one.title}", ", ".join(one.performed_by),
             one.status.value, fmt.duration(one.seconds) if one.seconds else "",
             ", ".join(each.actor for each in one.signatures))
            for one in await ground.entries(records, time.known)]


def _points(name: str, what: str) -> Table:
    """The lines of a list of all entries."""
    @_entered("maintenance log", "date", what, "ticket", "entry")
    async def rows(ground: Ground, records: Records, time: Time) -> Lines:
        return [(_day(entry.begun, ground), one.text, str(one.ticket or ""), str(entry.id))
                for entry in await ground.entries(records, time.known) for one in getattr(entry, name)]
    return rows


@_entered("maintenance log", "what", "who", "by when", "entry")
async def actions(_: Ground, records: Records, time: Time) -> Lines:
    """What was still to be done at the end of the period."""
    return [(one.text, one.person, one.due, str(number)) for number, one in await records.log.actions_at(time.until)]


async def changes(ground: Ground, time: Time) -> Rows:
    """What changed on the host."""
    columns = ("when", "kind", "what")
    if ground.metrics is None:
        return Rows(columns, None, missing=NO_METRICS)
    from opsconsole.health.changes.store import ChangeStore  # noqa: PLC0415 - few reports tell of changes

    watched, remark = await measured.is_watched(ground, time.known)
    found = await ChangeStore(ground.metrics).between(time.known.begin, time.known.end - 1)
    if not watched and not found:
        return Rows(columns, None, missing=UNWATCHED)
    return _some(columns, ((_minute(one.at, ground), one.kind.value, one.text) for one in found),
                 "changes of the host", remark)


ROWS: Final[dict[str, Table]] = {
    "uptime": uptime, "alerts": alerts, "checklists": checklists, "promises": promises, "people": people,
    "categories": categories, "entries": entries, "found": _points("found", "issue found"),
    "resolved": _points("resolved", "issue resolved"), "escalated": _points("escalated", "issue escalated"),
    "actions": actions, "changes": changes}


async def answers(ground: Ground, definition: TableDefinition, time: Time) -> Rows:
    """What people entered: the rows of the last table, or a row for each answer."""
    columns = definition.columns
    if ground.records is None:
        return Rows(columns or ("date", "answer", "by"), None, missing=NO_RECORDS)
    found = await entered.answered(ground, definition.answer, definition.run, time)
    given = [(run, one) for run, one in found if one is not None and (one.value or entered.said(one) is not None)]
    if not given:
        missing = entered.missing(definition.answer, definition.run, len(found))
        return Rows(columns or ("date", "answer", "by"), None, missing=missing)
    run, last = given[-1]
    if isinstance(last.value, list):
        return _table(columns, last.value, run, last, ground)
    return _some(("date", "answer", "by"),
                 ((entered.day_of(run, ground), _worded(entered.said(one), one.unit), one.actor) for run, one in given),
                 run.title, f"{len(given)} of {len(found)} runs" if len(given) < len(found) else "")


def _table(columns: tuple[str, ...], rows: list[list[str]], run: Run, last: Answer, ground: Ground) -> Rows:
    wide = max(len(columns), *(len(row) for row in rows))
    heads = (*columns, *("" for _ in range(wide - len(columns))))
    who = f", {last.actor}" if last.actor else ""
    return _some(heads, ((*row, *("" for _ in range(wide - len(row)))) for row in rows),
                 f"{run.title}, {entered.day_of(run, ground)}{who}", "" if run.seal else "not signed")


def _worded(value: Any, unit: str) -> str:
    return "" if value is None else shown(value, unit)
