"""Fills a report in, figure by figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from opsconsole.checklists.numerals import from_base, to_base
from opsconsole.reports.gathering import counted, entered, measured, rows
from opsconsole.reports.gathering.ground import Ground, Known, Time
from opsconsole.reports.model import Figure, Report, Section, Standing, Table, worst
from opsconsole.reports.periods import after, before
from opsconsole.tickets.settings import Goal
from opsconsole.tickets.stats import judged

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opsconsole.core.periods import Period
    from opsconsole.reports.definition import Definition, FigureDefinition, SectionDefinition, Source, TableDefinition
    from opsconsole.reports.gathering.ground import Found

_ASK: Final[dict[str, Callable[[Ground, Source, Time], Awaitable[Found]]]] = {
    "metric": measured.metric, "uptime": measured.uptime, "jobs": measured.jobs, "changes": measured.changes,
    "answer": entered.answer, "tickets": counted.tickets, "log": counted.log, "alerts": counted.alerts,
    "checklists": counted.checklists}
_LAMPS: Final = {"green": Standing.GREEN, "yellow": Standing.YELLOW, "red": Standing.RED}


async def fill(ground: Ground, definition: Definition, period: Period, *, name: str, host: str) -> Report:
    """A report of a period.

    Args:
        ground: what is asked.
        definition: what the report holds.
        period: its time; what is still to come of it is not known.
        name: of the report.
        host: of this machine.

    Raises:
        StorageError: something cannot be read.
    """
    now = ground.clock.now()
    time = Time(period, min(period.end, now), after(period, definition.covers, ground.zone),
                before(period, definition.covers, ground.zone))
    sections = [await _section(ground, one, time) for one in definition.sections]
    made = Report(name, definition.title, definition.purpose, host, period, time.until, now,
                  tuple(_with_lamps(wanted, one) for wanted, one in zip(definition.sections, sections, strict=True)))
    standings = [one.standing for one in made.figures() if one.goal]
    return replace(made, sections=tuple(_with_lamps(wanted, one, standings) for wanted, one in zip(
        definition.sections, made.sections, strict=True)))


async def _section(ground: Ground, definition: SectionDefinition, time: Time) -> Section:
    return Section(definition.title, tuple([(await figure(ground, one, time))[0] for one in definition.figures]),
                   tuple([await _table(ground, one, time) for one in definition.tables]))


async def _table(ground: Ground, definition: TableDefinition, time: Time) -> Table:
    made = (await rows.answers(ground, definition, time) if definition.answer else
            await rows.ROWS[definition.rows](ground, time))
    return Table(definition.id, definition.title, made.columns, made.rows, time.known, made.source, made.remark,
                 made.missing, definition.blanks)


async def figure(ground: Ground, definition: FigureDefinition, time: Time) -> tuple[Figure, Source | None]:
    """The figure of the first source that knows anything, and that source; None: none knows."""
    blank = Figure(definition.id, definition.title, None, definition.unit, time.known, definition.goal)
    why: list[str] = []
    for source in definition.from_:
        if source.worst:
            continue
        found = await (_growth if source.growth else _asked)(ground, source, time)
        if isinstance(found, Known):
            return _told(definition, found, blank), source
        why.append(found)
    return replace(blank, missing="; ".join(dict.fromkeys(why))), None


async def _asked(ground: Ground, source: Source, time: Time) -> Found:
    return await _ASK[source.kind](ground, source, time)


async def _growth(ground: Ground, source: Source, time: Time) -> Found:
    """By how many percent it grew; nothing can be said of a time that goes on."""
    if time.until < time.period.end:
        return "its period is not over"
    earlier = Time(time.before, time.before.end, time.period, time.before)
    now, then = await _asked(ground, source, time), await _asked(ground, source, earlier)
    for found, of in ((now, ""), (then, ", the period before")):
        if isinstance(found, str):
            return f"{found}{of}"
        if isinstance(found.value, str):
            return "words do not grow"
    assert isinstance(now, Known) and isinstance(then, Known)  # noqa: PT018, S101 - else it was returned
    new, old = _base(now), _base(then)
    if not old:
        return "it was nothing the period before"
    remark = ", ".join(dict.fromkeys(part for part in (now.remark, then.remark) if part))
    return Known(100 * (new - old) / abs(old), f"{now.source}, against the period before", remark=remark)


def _base(found: Known) -> float:
    return to_base(float(found.value), found.unit)


def _told(definition: FigureDefinition, found: Known, blank: Figure) -> Figure:
    """A figure as its source says it, in the unit that is wanted, beside its goal."""
    made = replace(blank, source=found.source, of=found.of, remark=found.remark)
    if isinstance(found.value, str):
        lamp = _LAMPS.get(found.value.lower(), found.standing)
        return replace(made, value=found.value, unit="", goal=definition.goal, standing=lamp)
    if found.plain:
        found = found._replace(unit=definition.unit)
    base = _base(found)
    made = replace(made, value=from_base(base, definition.unit))
    if definition.goal:
        goal = Goal(is_=definition.goal, yellow=definition.yellow)
        standing = judged(definition.id, base, found.of or 0, {definition.id: goal}).standing
        return replace(made, goal=definition.goal, standing=standing)
    return replace(made, goal=found.goal, standing=found.standing if found.goal else Standing.UNKNOWN)


def _with_lamps(definition: SectionDefinition, section: Section, report: list[Standing] | None = None) -> Section:
    """The same with the figures that say how others stand, where nothing else said it.

    Args:
        definition: of the section.
        section: filled in.
        report: how the figures of the whole report stand; None: only those of the section are known yet.
    """
    scope, standings = ("section", [one.standing for one in section.figures if one.goal]) if report is None else (
        "report", report)
    return replace(section, figures=tuple(
        _lamp(one, standings) if one.value is None and any(each.worst == scope for each in wanted.from_) else one
        for wanted, one in zip(definition.figures, section.figures, strict=True)))


def _lamp(one: Figure, standings: list[Standing]) -> Figure:
    known = [each for each in standings if each is not Standing.UNKNOWN]
    lamp = worst(known)
    if lamp is Standing.UNKNOWN:
        why = "no figure with a goal is known"
        return replace(one, missing="; ".join(part for part in (one.missing, why) if part))
    dark = len(standings) - len(known)
    remark = f"{dark} of {len(standings)} not known" if dark else ""
    return replace(one, value=lamp.value, standing=lamp, missing="", remark=remark,
                   source=f"the worst of {len(known)} figure{'' if len(known) == 1 else 's'}")
