"""The list of checklists, and how well they were kept."""

from __future__ import annotations

from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING, Final

from opsconsole.checklists import store
from opsconsole.checklists.cases.reading import Reading
from opsconsole.checklists.cases.types import Board, Counts, Demand, Kept, Person, Row, Statistics
from opsconsole.checklists.model import Category, Mode, RunState, Unscheduled
from opsconsole.checklists.states import is_late, rank, state_of
from opsconsole.checklists.store import figures
from opsconsole.core.walltime import at_wall, midnight, wall_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsconsole.core.clock import Instant

_TODAY: Final = frozenset({RunState.LATE, RunState.WAITING, RunState.RUNNING, RunState.DUE, RunState.OPEN})
"""What is worked on now is listed under today, whenever it is due."""
_OPEN: Final = frozenset({RunState.DUE, RunState.LATE})


class Boards(Reading):
    """The list of checklists, and how well they were kept."""

    async def board(self) -> Board:
        """Everything that the list shows."""
        now = self._clock.now()
        today, *ends = self._periods(now)
        going = await store.going(self._db)
        ended = await store.ended_since(self._db, today[0])
        unexplained = await store.unexplained(self._db)
        stored = {run.id: run for run in (*going, *ended, *unexplained)}
        taken = {(run.slug, run.occurrence) for run in stored.values()}
        taken |= {(slug, name) for slug, names in (await store.taken(self._db, now)).items() for name in names}
        rows = [Row(run, None, state_of(run, now)) for run in stored.values()]
        rows += [Row(None, one, RunState.UPCOMING) for one in self._due(now + 1, ends[-1])
                 if (one.slug, one.occurrence) not in taken]
        groups: list[list[Row]] = [[] for _ in range(len(ends) + 1)]
        for row in rows:
            place = self._place(row, today, ends)
            if place is not None:
                groups[place].append(row)
        of_day, week, month, quarter, year = (tuple(sorted(group, key=_order)) for group in groups)
        emergency = tuple(run for run in going if run.category is Category.EMERGENCY
                          and state_of(run, now) in (RunState.RUNNING, RunState.WAITING))
        return Board(of_day, week, month, quarter, year, self._demands(), emergency,
                     tuple(map(str, self.library.mistakes)), self.library.warned)

    async def counts(self) -> Counts:
        """How many are due, late and in progress; cheap."""
        now = self._clock.now()
        going = await store.going(self._db)
        states = [state_of(run, now) for run in going]
        return Counts(sum(state in _OPEN for state in states), sum(is_late(run, now) for run in going),
                      sum(state in (RunState.RUNNING, RunState.WAITING) for state in states))

    def on(self, day: date) -> tuple[Unscheduled, ...]:
        """What is due on a local day by the templates alone, whatever has been made of it, by due time."""
        start = midnight(day)
        return tuple(self._due(at_wall(start, self.zone), at_wall(start + timedelta(days=1), self.zone)))

    def coming(self, since: Instant, until: Instant) -> tuple[Unscheduled, ...]:
        """What is due in a time by the templates alone, by due time."""
        return tuple(self._due(since, until))

    async def statistics(self, since: Instant, until: Instant) -> Statistics:
        """How well checklists were kept, and by whom."""
        times = await figures.times(self._db, since, until)
        kept = tuple(Kept(*one, seconds=median(times[one.slug]) if one.slug in times else 0.0)
                     for one in await figures.kept(self._db, since, until))
        gave = await figures.gave(self._db, since, until)
        performed = await figures.performed(self._db, since, until)
        people = []
        for name in sorted({*gave, *performed}):
            runs, on_time = performed.get(name, (0, 0))
            people.append(Person(name, runs, *gave.get(name, (0, 0)), on_time))
        return Statistics(since, until, kept, tuple(people))

    def _periods(self, now: Instant) -> tuple[tuple[Instant, Instant], Instant, Instant, Instant, Instant]:
        """The local day, and the ends of week, month, quarter and year, each not before the end of the one before."""
        day = wall_of(now, self.zone).date()
        month = day.month - 1
        ends = (day + timedelta(days=7 - day.weekday()), _first(day.year, month + 1),
                _first(day.year, month // 3 * 3 + 3), _first(day.year + 1, 0))
        moments = [at_wall(midnight(one), self.zone) for one in ends]
        today = at_wall(midnight(day), self.zone), at_wall(midnight(day + timedelta(days=1)), self.zone)
        week, month_end, quarter, year = (max(today[1], one) for one in moments)
        return today, week, month_end, quarter, year

    def _place(self, row: Row, today: tuple[Instant, Instant], ends: Iterable[Instant]) -> int | None:
        """In which group a row stands: 0 for today; None: in none."""
        due = row.due
        if row.state in _TODAY or row.state.ended or due is None or due < today[1]:
            return 0
        return next((number for number, end in enumerate(ends, 1) if due < end), None)

    def _demands(self) -> tuple[Demand, ...]:
        """What is started when somebody wants it, emergencies first."""
        found = [Demand(one.slug, one.title, one.category, one.purpose)
                 for one in (loaded.template for loaded in self.library.templates.values())
                 if one.when.every is Mode.DEMAND]
        return tuple(sorted(found, key=lambda one: (one.category is not Category.EMERGENCY, one.category.value,
                                                    one.title, one.slug)))


def _order(row: Row) -> tuple[int, int, str, int]:
    return (rank(row.state), row.due if row.due is not None else 0, row.slug,
            row.run.id if row.run is not None else 0)


def _first(year: int, month: int) -> date:
    """The first day of a month, counted from 0 and on into the next years."""
    return date(year + month // 12, month % 12 + 1, 1)
