"""The SQL of the statistics, each part of it along an index that holds all it asks for.

Grouping and sorting 100,000 rows takes longer than all else, so neither is done where an index can: a trend is a sum
over one part of an index for each step, and a middle value is looked up in an index that has the values in their order.
Where a filter chooses the tickets, it is asked once, and each statement gets the numbers that it found; the middle of
their values is found here, since to look into that choice along a whole index takes longer. Two sessions share the
statements, because one processor takes twice as long as two, and no other reader of the console waits for either.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec

from opsconsole.core.clock import DAY
from opsconsole.tickets.filtersql import compile_filter
from opsconsole.tickets.model import ClockKind, Priority
from opsconsole.tickets.settings.promises import STATISTICS
from opsconsole.tickets.stats import (
    Backlog,
    Kept,
    Person,
    Point,
    Statistics,
    Times,
    judged,
    mean,
    middle,
    rank_of,
    share,
    steps,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database, Row, Session, Value
    from opsconsole.core.periods import Period
    from opsconsole.tickets.filters import Filter
    from opsconsole.tickets.filtersql import Query
    from opsconsole.tickets.settings import TicketSettings
    from opsconsole.tickets.stats import Figure

_CREATED: Final = {
    "created": "count(*)", "escalated": "count(CASE WHEN t.escalated > 0 THEN 1 END)",
    "reopened": "count(CASE WHEN t.reopened > 0 THEN 1 END)",
    "done": "count(CASE WHEN t.resolved IS NOT NULL OR t.reopened > 0 THEN 1 END)"}
_RESOLVED: Final = {
    "resolved": "count(*)", "took": "sum(t.resolved - t.created)",
    "within": f"count(CASE WHEN t.resolved - t.created <= {DAY} THEN 1 END)",
    "first_contact": "count(CASE WHEN t.answers = 1 AND t.reopened = 0 THEN 1 END)",
    "knowledge": "count(CASE WHEN t.knowledge = 1 THEN 1 END)",
    "rated": "count(CASE WHEN t.satisfaction > 0 THEN 1 END)",
    "good": "count(CASE WHEN t.satisfaction >= :good THEN 1 END)", "score": "sum(t.satisfaction)"}
_MET: Final = {"met": "count(*)", "took": "sum(c.met - c.started)"}
_KEPT: Final = {"promises": "count(*)", "kept": "sum(c.kept)"}
_LOAD: Final = {"open": "count(*)", "late": "count(CASE WHEN t.due <= :now THEN 1 END)"}
_DONE: Final = {name: _RESOLVED[name] for name in ("resolved", "took", "rated", "score")}
_SUMS: Final[dict[str, dict[str, str]]] = {
    "created": _CREATED, "resolved": _RESOLVED, "response": _MET, "next": _MET, "kept": _KEPT, "load": _LOAD,
    "done": _DONE}
"""What each part of the statement counts; its columns are `n0`, `n1` … in this order."""
_KEYS: Final = {"step": "0", "kind": "''", "priority": "0", "category": "''", "person": "''"}
"""What rows are about, and what stands there where they are not."""
_WIDTH: Final = max(map(len, _SUMS.values()))
_RESPONSES: Final = ("response", "next")
_MIDDLES: Final = (0.5, 0.9)
_FEW: Final = 10_000
"""Tickets of a filter."""
_NUMBERS: Final = msgspec.json.Decoder(list[int])

Totals = dict[str, int]
"""Sums by name."""


async def statistics(db: Database, settings: TicketSettings, period: Period, filter: Filter | None = None, *, me: str,  # noqa: A002 - the name that callers know
                     now: Instant, zone: tzinfo | None) -> Statistics:
    """All figures of a period.

    Args:
        db: where the tickets are.
        settings: the goals, and from which rating on somebody is satisfied.
        period: what is counted; its part in the future is empty.
        filter: only these tickets; None: all. Its order does not matter.
        me: who `me` in the filter is.
        now: ms UTC.
        zone: in which the days of the trend begin; None: this machine's.

    Raises:
        StorageError: they could not be read.
    """
    step, parts = steps(period, zone)
    async with db.aside() as one, db.aside() as other:
        asking = _Asking(one, other, settings, period, parts, now)
        if filter is not None and filter.terms:
            await asking.only(compile_filter(filter, me=me, now=now, zone=zone))
        found, ages = await asking.sums()
        came, done = found.total("created"), found.total("resolved")
        times = await asking.times({
            "response": found.total("response"), "next": found.total("next"), "resolution": done})
    backlog = Backlog(min(period.end, now), len(ages), middle(ages), middle(ages, 0.9), ages[-1] if ages else None)
    return Statistics(
        period, came["created"], done["resolved"], times["response"], times["next"], times["resolution"], backlog,
        _figures(settings, came, done, times, backlog, found), _by_priority(found), _people(found), step,
        tuple(_points(parts, found, backlog)))


class _Found:
    """What the first statement gave."""

    def __init__(self, count: int) -> None:
        self.steps: dict[str, list[Totals]] = {
            part: [dict.fromkeys(_SUMS[part], 0) for _ in range(count)]
            for part in ("created", "resolved", "response", "next")}
        self.kept: list[tuple[str, int, str, str, Totals]] = []
        """By kind, rank of the priority, category and person."""
        self.load: dict[str, Totals] = {}
        self.done: dict[str, Totals] = {}

    def total(self, part: str) -> Totals:
        """Over all steps."""
        return _sum(part, self.steps[part])

    def add(self, row: Row) -> None:
        part = row["part"]
        sums: Totals = {name: row[f"n{place}"] or 0 for place, name in enumerate(_SUMS[part])}
        if part in self.steps:
            self.steps[part][row["step"]] = sums
        elif part == "kept":
            self.kept.append((row["kind"], row["priority"], row["category"], row["person"], sums))
        elif part == "load":
            self.load[row["person"]] = sums
        else:
            self.done[row["person"]] = sums


class _Asking:
    """The questions about one period and one choice of tickets."""

    def __init__(self, one: Session, other: Session, settings: TicketSettings, period: Period, parts: Sequence[Period],
                 now: Instant) -> None:
        self._one, self._other = one, other
        self._count, self._past = len(parts), period.end <= now
        self._params: dict[str, Value] = {"begin": period.begin, "end": period.end, "now": now,
                                          "at": min(period.end, now), "good": settings.satisfaction.good}
        for number, part in enumerate(parts):
            self._params |= {f"b{number}": part.begin, f"e{number}": part.end}
        self._chosen = ""
        self._plus = "+"

    async def only(self, query: Query) -> None:
        """Ask about the tickets that a filter finds."""
        (row,) = await self._one.rows(
            f"SELECT count(*) AS number, json_group_array(t.number) AS chosen FROM ticket t WHERE {query.where}",  # noqa: S608 - made by us
            query.params)
        # Few tickets are looked up one by one; for many it is faster to go along the indexes and leave out the others.
        # The database does the first where it may, the plus keeps it from that.
        self._plus = "+" if row["number"] > _FEW else ""
        self._chosen = "WITH chosen AS MATERIALIZED (SELECT value AS number FROM json_each(:chosen)) "
        self._params["chosen"] = row["chosen"]

    async def sums(self) -> tuple[_Found, list[int]]:
        """All that is counted; and how old what was open at the end of the period was then, youngest first."""
        found = _Found(self._count)
        first = [
            _question("kept", self._clocks() + " AND c.decided >= :begin AND c.decided < :end", kind="c.kind",
                      priority="c.priority", category="c.category", person="c.assignee"),
            *(question for kind in _RESPONSES for question in self._trend(kind, self._clocks(kind), "c.met"))]
        second = [
            *self._trend("created", self._tickets(), "t.created"),
            *self._trend("resolved", self._tickets(), "t.resolved"),
            _question("load", self._tickets() + " AND t.phase <> 'done'", person="t.assignee"),
            # The plus keeps the database on the index in whose order the groups are.
            _question("done", self._tickets() + " AND t.resolved IS NOT NULL AND +t.resolved >= :begin"
                                                " AND +t.resolved < :end", person="t.assignee")]
        # Ages come as one text each, since thousands of rows take longer to hand over than to find.
        ages = [f"{self._tickets()} AND t.phase <> 'done' AND t.created < :end"]
        if self._past:
            ages.append(f"{self._tickets()} AND t.resolved >= :end AND t.created < :end")
        of_clocks, of_tickets, of_ages = await asyncio.gather(
            self._rows(self._one, first), self._rows(self._other, second),
            self._rows(self._one, [f"SELECT json_group_array(:at - t.created) AS ages {source}" for source in ages]))
        for row in (*of_clocks, *of_tickets):
            found.add(row)
        return found, sorted(max(age, 0) for row in of_ages for age in _NUMBERS.decode(row["ages"]))

    def _tickets(self) -> str:
        return "FROM ticket t WHERE t.merged_into = 0" + self._choice("t.number")

    def _clocks(self, kind: str = "") -> str:
        of = f"c.kind = '{kind}' AND " if kind else ""
        return f"FROM ticket_clock c WHERE {of}c.merged = 0{self._choice('c.ticket')}"

    def _choice(self, column: str) -> str:
        return f" AND {self._plus}{column} IN (SELECT number FROM chosen)" if self._chosen else ""  # noqa: S608 - made of fixed parts

    def _trend(self, part: str, source: str, column: str) -> Iterator[str]:
        """Sums over each step of the period, by the time in a column."""
        if self._chosen and self._count > 1:
            # With a choice of tickets one pass and a sort is faster than to look into it for every step.
            yield _question(part, f"{source} AND {column} >= :begin AND {column} < :end",
                            step=_step_of(column, 0, self._count))
            return
        for number in range(self._count):
            yield _question(part, f"{source} AND {column} >= :b{number} AND {column} < :e{number}", grouped=False,
                            step=str(number))

    async def times(self, totals: dict[str, Totals]) -> dict[str, Times]:
        """Means, and the middle ones of the same values."""
        counts = {name: one.get("met", one.get("resolved", 0)) for name, one in totals.items()}
        find = self._sorted if self._chosen else self._looked_up
        found = await find({name: count for name, count in counts.items() if count})
        return {name: Times(count, mean(totals[name]["took"], count), *found.get(name, (None, None)))
                for name, count in counts.items()}

    async def _sorted(self, counts: Mapping[str, int]) -> dict[str, tuple[int | None, ...]]:
        """The middle ones, of all values of the chosen tickets."""
        async def of(name: str) -> tuple[int | None, ...]:
            took, source = self._took(name)
            (row,) = await self._rows(self._session(name), [f"SELECT json_group_array({took}) AS times {source}"])
            times = sorted(_NUMBERS.decode(row["times"]))
            return tuple(middle(times, part) for part in _MIDDLES)

        return dict(zip(counts, await asyncio.gather(*map(of, counts)), strict=True))

    async def _looked_up(self, counts: Mapping[str, int]) -> dict[str, tuple[int | None, ...]]:
        """The middle ones, each at its place in an index that has the values in their order."""
        asked: dict[Session, list[str]] = {self._one: [], self._other: []}
        places: dict[str, Value] = {}
        for name, count in counts.items():
            took, source = self._took(name)
            for part in _MIDDLES:
                place, rank = f"{name}{round(part * 100)}", rank_of(part, count)
                # Whatever lies before it is read: from the nearer end that is least.
                far = rank > count // 2
                places[place] = count - 1 - rank if far else rank
                asked[self._session(name)].append(
                    f"SELECT * FROM (SELECT '{place}' AS place, {took} AS took {source}"  # noqa: S608 - made of fixed parts
                    f" ORDER BY {took} {'DESC' if far else 'ASC'} LIMIT 1 OFFSET :{place}) AS {place}")
        found = {row["place"]: row["took"] for rows in await asyncio.gather(*(
            self._rows(session, questions, **places) for session, questions in asked.items() if questions))
            for row in rows}
        return {name: tuple(found.get(f"{name}{round(part * 100)}") for part in _MIDDLES) for name in counts}

    def _session(self, name: str) -> Session:
        return self._other if name == "resolution" else self._one

    def _took(self, name: str) -> tuple[str, str]:
        """What is measured, and of which rows."""
        took, source, column = ("t.resolved - t.created", self._tickets(), "t.resolved") if name == "resolution" else (
            "c.met - c.started", self._clocks(name), "c.met")
        # The plus keeps the database on the index that has the values in their order, where that matters.
        plus = "" if self._chosen else "+"
        return took, f"{source} AND {column} IS NOT NULL AND {plus}{column} >= :begin AND {plus}{column} < :end"

    async def _rows(self, session: Session, questions: Sequence[str], **more: Value) -> Sequence[Row]:
        return await session.rows(self._chosen + " UNION ALL ".join(questions), {**self._params, **more})


def _question(part: str, source: str, *, grouped: bool = True, **keys: str) -> str:
    """One part of the statement, in the columns that all have."""
    named = ", ".join(f"{keys.get(name, usual)} AS {name}" for name, usual in _KEYS.items())
    sums = [*_SUMS[part].values(), *(["0"] * _WIDTH)][:_WIDTH]
    counted = ", ".join(f"{one} AS n{place}" for place, one in enumerate(sums))
    by = f" GROUP BY {', '.join(keys.values())}" if grouped else ""
    return f"SELECT '{part}' AS part, {named}, {counted} {source}{by}"


def _step_of(column: str, first: int, end: int) -> str:
    """The number of the step in which a time is, found by halving."""
    if end - first == 1:
        return str(first)
    half = (first + end) // 2
    return f"CASE WHEN {column} < :b{half} THEN {_step_of(column, first, half)} ELSE {_step_of(column, half, end)} END"


def _sum(part: str, parts: Iterable[Totals]) -> Totals:
    made: Totals = dict.fromkeys(_SUMS[part], 0)
    for one in parts:
        for name, value in one.items():
            made[name] += value
    return made


def _figures(settings: TicketSettings, came: Totals, done: Totals, times: dict[str, Times], backlog: Backlog,
             found: _Found) -> tuple[Figure, ...]:
    resolved, rated = done["resolved"], done["rated"]
    promises = _sum("kept", (sums for *_, sums in found.kept))
    values: dict[str, tuple[float | None, int]] = {
        name: (None if one.mean is None else one.mean / 1000, one.count)
        for name, one in (("first_response", times["response"]), ("next_response", times["next"]),
                          ("resolution", times["resolution"]))}
    values |= {
        "kept": (share(promises["kept"], promises["promises"]), promises["promises"]),
        "escalated": (share(came["escalated"], came["created"]), came["created"]),
        "reopened": (share(came["reopened"], came["done"]), came["done"]),
        "first_contact": (share(done["first_contact"], resolved), resolved),
        "satisfaction": (share(done["good"], rated), rated),
        "score": (mean(done["score"], rated), rated),
        "knowledge": (share(done["knowledge"], resolved), resolved),
        "backlog": (backlog.count, backlog.count),
        "resolved_24h": (share(done["within"], resolved), resolved)}
    return tuple(judged(name, *values[name], settings.goals) for name in STATISTICS)


def _by_priority(found: _Found) -> tuple[Kept, ...]:
    made: dict[tuple[str, int, str], list[Totals]] = {}
    for kind, priority, category, _, sums in found.kept:
        made.setdefault((kind, priority, category), []).append(sums)
    order = {kind.value: place for place, kind in enumerate(ClockKind)}
    totals = {key: _sum("kept", parts) for key, parts in made.items()}
    return tuple(
        Kept(ClockKind(kind), Priority.of_rank(priority), category, total["kept"], total["promises"])
        for (kind, priority, category), total in sorted(totals.items(), key=lambda one: (order[one[0][0]], one[0])))


def _people(found: _Found) -> tuple[Person, ...]:
    kept: dict[str, list[Totals]] = {}
    for *_, person, sums in found.kept:
        kept.setdefault(person, []).append(sums)
    people = []
    for name in {*found.load, *found.done, *kept}:
        load, done, promises = found.load.get(name, {}), found.done.get(name, {}), _sum("kept", kept.get(name, ()))
        resolved, rated = done.get("resolved", 0), done.get("rated", 0)
        people.append(Person(
            name, load.get("open", 0), load.get("late", 0), resolved, mean(done.get("took", 0), resolved),
            promises["kept"], promises["promises"], rated, mean(done.get("score", 0), rated)))
    return tuple(sorted(people, key=lambda one: (not one.name, -one.open, -one.resolved, one.name)))


def _points(parts: Sequence[Period], found: _Found, backlog: Backlog) -> list[Point]:
    made = []
    level = backlog.count
    for number in reversed(range(len(parts))):
        part = parts[number]
        came, done, first, later = (found.steps[name][number] for name in ("created", "resolved", *_RESPONSES))
        made.append(Point(
            part.begin, part.end, came["created"], done["resolved"], level,
            first_response=mean(first["took"], first["met"]), next_response=mean(later["took"], later["met"]),
            resolution=mean(done["took"], done["resolved"]), satisfaction=share(done["good"], done["rated"])))
        level += done["resolved"] - came["created"]
    return made[::-1]
