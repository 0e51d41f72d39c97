"""What each figure of a report must be, worked out another way: from plain Python lists, and by SQL of its own."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from opsconsole.core.clock import HOUR
from opsconsole.logbook.model import Status
from tests.reports.world import BEGIN, CHECKS, DARK

if TYPE_CHECKING:
    import sqlite3

    from opsconsole.core.periods import Period
    from opsconsole.reports.definition import FigureDefinition, Source
    from tests.reports.world import RunFacts, World

UNITS: Final = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}
"""Seconds."""
STATISTICS: Final = {
    "created": "SELECT count(*) FROM ticket WHERE {mine} AND created >= :b AND created < :e",
    "resolved": "SELECT count(*) FROM ticket WHERE {mine} AND resolved >= :b AND resolved < :e",
    "resolution": "SELECT avg(resolved - created) / 1000.0 FROM ticket WHERE {mine} AND resolved >= :b"
                  " AND resolved < :e",
    "first_response": "SELECT avg(met - started) / 1000.0 FROM ticket_clock JOIN ticket ON number = ticket"
                      " WHERE {mine} AND kind = 'response' AND met >= :b AND met < :e",
    "kept": "SELECT 100.0 * sum(kept) / count(*) FROM ticket_clock JOIN ticket ON number = ticket WHERE {mine}"
            " AND decided >= :b AND decided < :e",
    "escalated": "SELECT 100.0 * sum(escalated > 0) / count(*) FROM ticket WHERE {mine} AND created >= :b"
                 " AND created < :e",
    "first_contact": "SELECT 100.0 * sum(answers = 1 AND reopened = 0) / count(*) FROM ticket WHERE {mine}"
                     " AND resolved >= :b AND resolved < :e",
    "satisfaction": "SELECT 100.0 * sum(satisfaction >= 4) / count(*) FROM ticket WHERE {mine} AND satisfaction > 0"
                    " AND resolved >= :b AND resolved < :e",
    "score": "SELECT avg(satisfaction) FROM ticket WHERE {mine} AND satisfaction > 0 AND resolved >= :b"
             " AND resolved < :e",
    "knowledge": "SELECT 100.0 * sum(knowledge) / count(*) FROM ticket WHERE {mine} AND resolved >= :b"
                 " AND resolved < :e",
    "resolved_24h": "SELECT 100.0 * sum(resolved - created <= 86400000) / count(*) FROM ticket WHERE {mine}"
                    " AND resolved >= :b AND resolved < :e",
    "backlog": "SELECT count(*) FROM ticket WHERE {mine} AND created < :e AND (resolved IS NULL OR"
               " (:e <= :now AND resolved >= :e))"}


class Oracle:
    """Knows every figure of one set for one period.

    Args:
        world: the facts.
        raw: the records, as some other program reads them.
        times: the period, and those after and before it.
        categories: of tickets, as configured.
        now: ms UTC.
    """

    def __init__(self, world: World, raw: sqlite3.Connection, times: tuple[Period, Period, Period],
                 categories: set[str], now: int) -> None:
        self.world, self.raw, self.categories, self.now = world, raw, categories, now
        self.period, self.after, self.before = times
        self.until = min(self.period.end, now)

    def value(self, sources: list[Source], unit: str) -> Any:
        """What the first source says that knows anything, in a unit; None: nobody knows."""
        for source in sources:
            found = self.growth(source) if source.growth else self.ask(source, unit)
            if found is not None:
                return found
        return None

    def growth(self, source: Source) -> float | None:
        if self.period.end > self.now:
            return None
        earlier = Oracle(self.world, self.raw, (self.before, self.period, self.before), self.categories, self.now)
        new, old = self.ask(source, ""), earlier.ask(source, "")
        if not isinstance(new, float) or not isinstance(old, float) or not old:
            return None
        return 100 * (new / old - 1)

    def ask(self, source: Source, unit: str) -> Any:
        """The value of one source; numbers in the unit."""
        if source.answer:
            return self.answer(source, unit)
        found = getattr(self, source.kind)(source)
        timed = source.kind in ("metric", "log", "tickets")
        return found / UNITS[unit] if found is not None and timed and unit in UNITS else found

    def inside(self, at: int) -> bool:
        return self.period.begin <= at < self.until

    def watched(self) -> bool:
        """Whether there was an agent at some time of it."""
        return any(at >= BEGIN and not DARK[0] <= at < DARK[1] for at in range(self.period.begin, self.until, HOUR))

    def metric(self, source: Source) -> float | None:
        values = [value for at, value in self.world.facts.series.get(source.metric, ()) if self.inside(at)]
        if not values:
            return None
        ordered = sorted(values)
        match source.of:
            case "min":
                return ordered[0]
            case "max":
                return ordered[-1]
            case "last":
                return values[-1]
            case "p95":
                return ordered[-(-len(ordered) * 95 // 100) - 1]
        return sum(values) / len(values)

    def hours(self, name: str) -> dict[str, int]:
        counts = dict.fromkeys(("ok", "critical", "maintenance", "unknown"), 0)
        for at in range(self.period.begin, self.until, HOUR):
            counts[self.world.facts.status.get(name, {}).get(at, "unknown")] += 1
        return counts

    def uptime(self, source: Source) -> float | None:
        shares = []
        for name in CHECKS if source.uptime == "*" else [source.uptime]:
            counts = self.hours(name)
            if watched := counts["ok"] + counts["critical"]:
                shares.append(100 * counts["ok"] / watched)
        return min(shares, default=None)

    def jobs(self, source: Source) -> float | None:
        ends = [well for name, at, well in self.world.facts.beats
                if self.inside(at) and any(fnmatchcase(name, one) for one in source.jobs)]
        return 100 * sum(ends) / len(ends) if ends else None

    def changes(self, source: Source) -> float | None:
        if not self.watched():
            return None
        return float(sum(kind == source.changes and self.inside(at) for at, kind in self.world.facts.changes))

    def alerts(self, source: Source) -> float | None:
        every = [(severity, check) for at, severity, _, check in self.world.facts.alerts if self.inside(at)]
        found = [severity for severity, check in every if source.check in ("", check)]
        if not every and not self.watched():
            return None
        return float(len(found) if source.alerts == "fired" else found.count(source.alerts))

    def tickets(self, source: Source) -> float | None:
        mine, values = "ticket.merged_into = 0", {"b": self.period.begin, "e": self.period.end, "now": self.now}
        if source.filter:
            found = re.fullmatch("category:(.+)", source.filter)
            assert found is not None
            if found[1] not in self.categories:
                return None
            mine += f" AND ticket.category = '{found[1]}'"
        (value,) = self.raw.execute(STATISTICS[source.tickets].format(mine=mine), values).fetchone()
        return None if value is None else float(value)

    def log(self, source: Source) -> float:
        entries = [one for one in self.world.facts.entries if self.inside(one.begun)]
        if source.log in ("entries", "unsigned"):
            return float(len(entries))
        if source.log == "issues":
            return float(sum(one.status is Status.ISSUES for one in entries))
        if source.log == "hours":
            return sum(one.seconds for one in entries)
        return float(sum(len(getattr(one, source.log)) for one in entries))

    def over(self) -> list[RunFacts]:
        """The runs that were due, or ended without being due, and are over."""
        return [one for runs in self.world.runs.values() for one in runs if one.run.ended is not None
                and self.inside(one.run.due if one.run.due is not None else one.run.ended)]

    def checklists(self, source: Source) -> float | None:
        runs = self.over()
        planned = sum(one.run.due is not None for one in runs)
        done, timely = sum(one.run.outcome == "done" for one in runs), sum(one.timely for one in runs)
        match source.checklists:
            case "completion":
                return 100 * done / planned if planned else None
            case "punctuality":
                return 100 * timely / planned if planned else None
            case "missed":
                return float(sum(one.run.outcome == "missed" for one in runs))
            case "planned":
                return float(planned)
            case "failed":
                return float(sum(one.run.failed for one in runs if one.run.outcome == "done"))
        raise AssertionError(source.checklists)

    def looked(self, name: str, run: str) -> list[tuple[RunFacts, Any]]:
        slug, _, item = name.partition("/")
        time = self.after if run == "after" else self.period
        runs = sorted((one for one in self.world.runs[slug] if time.begin <= one.when < time.end),
                      key=lambda one: one.when)
        return [(one, one.answers.get(item)) for one in runs]

    def answer(self, source: Source, unit: str) -> Any:
        given = [one for _, one in self.looked(source.answer, source.run) if one is not None]
        if not given:
            return None
        if source.of is None:
            value = given[-1].value
            if value is None:
                return "yes" if given[-1].verdict == "ok" else "no"
            if isinstance(value, bool):
                return "yes" if value else "no"
        else:
            values = [one.value for one in given]
            assert source.of in ("sum", "max"), "no report that comes with the program asks for another one"
            value = sum(values) if source.of == "sum" else max(values)
        have = given[-1].unit
        if isinstance(value, float) and unit in UNITS:
            return value * UNITS.get(have, 1.0) / UNITS[unit]
        return value


def standing(definition: FigureDefinition, value: float) -> str:
    """How a number stands against the goal of its definition."""
    found = re.fullmatch(r"(<=|>=|<|>) ?([\d.]+)(%|ms|s|h)?", definition.goal)
    assert found is not None
    sign, wanted = found[1], float(found[2]) * UNITS.get(found[3] or "", 1.0)
    number, room = value * UNITS.get(definition.unit, 1.0), float(found[2]) * UNITS.get(found[3] or "", 1.0) * float(
        definition.yellow) / 100
    good = {"<": number < wanted, "<=": number <= wanted, ">": number > wanted, ">=": number >= wanted}[sign]
    near = number <= wanted + room if "<" in sign else number >= wanted - room
    return "green" if good else "yellow" if near else "red"


