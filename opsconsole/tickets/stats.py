"""Statistics for supervisors: what they are made of, and their arithmetic. Pure; `tickets.statsql` fills them.

What counts, of all tickets but those that were merged into another:

- *created*, *escalated* and *reopened* are about the tickets that came in the period; reopened ones as a share of those
  that were done at least once.
- *resolved* are the tickets that were done for good in the period: one that was reopened counts when it is done again,
  and until then as backlog. Its *resolution* time is from its coming to that end. First contact, knowledge base,
  resolved within 24 h, satisfaction and score are shares of these.
- *first* and *next response* are about the answers given in the period.
- *kept* are the promises that were decided in the period: met, or broken, whichever came first. One that a supervisor
  waived is no promise any more.
- *backlog* is what was open at the end of the period, or is open now if that is still to come.

Times are clock time: every hour counts, pauses too. What nobody knows, such as a share of nothing, is None, never 0.
"""

from __future__ import annotations

from enum import StrEnum
from math import ceil
from typing import TYPE_CHECKING, Final, Literal

from opsconsole.core.clock import DAY, Instant
from opsconsole.core.periods import Period, period_of
from opsconsole.tickets.model import ClockKind, Priority, Record
from opsconsole.tickets.settings.promises import read_goal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from opsconsole.tickets.settings import Goal

Step = Literal["day", "week", "month", "year"]
"""The names that `period_of` knows, from short to long."""
_STEPS: Final[tuple[tuple[int, Step], ...]] = ((62, "day"), (371, "week"), (60 * 31, "month"))
"""Up to how many days a trend has which steps."""


class Standing(StrEnum):
    """How a figure stands against its goal."""

    GREEN = "green"
    YELLOW = "yellow"
    """Missed, but by little."""
    RED = "red"
    UNKNOWN = "unknown"
    """There is no goal, or no figure."""


class Figure(Record, frozen=True):
    """One figure beside its goal."""

    name: str
    """As in `STATISTICS` of the settings, and as `goals` has it."""
    value: float | None
    """Times in seconds, shares in percent from 0 to 100, `score` from 1 to 5, `backlog` as a number of tickets."""
    of: int
    """Of how many tickets, clocks or ratings."""
    goal: str = ""
    """As configured: `< 4h`; empty: there is none."""
    standing: Standing = Standing.UNKNOWN


class Times(Record, frozen=True):
    """How long something took; ms, None of nothing."""

    count: int = 0
    mean: float | None = None
    """For resolutions that is the MTTR."""
    median: int | None = None
    """The least value that half of all do not exceed."""
    p90: int | None = None
    """The least value that nine of ten do not exceed."""


class Kept(Record, frozen=True):
    """How many promises of one kind, priority and category were kept."""

    kind: ClockKind
    priority: Priority
    category: str
    kept: int
    of: int

    @property
    def share(self) -> float | None:
        """Percent."""
        return share(self.kept, self.of)


class Backlog(Record, frozen=True):
    """What was open at one moment, and for how long; ages in ms."""

    at: Instant
    count: int = 0
    median: int | None = None
    p90: int | None = None
    oldest: int | None = None


class Person(Record, frozen=True):
    """What one person has, and did in the period."""

    name: str
    """Empty: what is assigned to nobody."""
    open: int = 0
    """Now."""
    late: int = 0
    """Of these."""
    resolved: int = 0
    resolution: float | None = None
    """The mean, in ms."""
    kept: int = 0
    promises: int = 0
    rated: int = 0
    score: float | None = None
    """The mean of its ratings."""

    @property
    def share(self) -> float | None:
        """Promises kept, in percent."""
        return share(self.kept, self.promises)


class Point(Record, frozen=True):
    """One step of the trend."""

    begin: Instant
    end: Instant
    created: int = 0
    resolved: int = 0
    backlog: int = 0
    """At its end, or now."""
    first_response: float | None = None
    """Means, in ms."""
    next_response: float | None = None
    resolution: float | None = None
    satisfaction: float | None = None
    """Percent."""


class Statistics(Record, frozen=True):
    """All figures of a period."""

    period: Period
    created: int
    resolved: int
    first_response: Times
    next_response: Times
    resolution: Times
    backlog: Backlog
    figures: tuple[Figure, ...]
    """In the order of `STATISTICS`."""
    kept: tuple[Kept, ...]
    """By kind, then priority, then category."""
    people: tuple[Person, ...]
    """Whoever has most first; nobody last."""
    step: Step
    trend: tuple[Point, ...]

    def figure(self, name: str) -> Figure:
        """One figure by name."""
        return next(one for one in self.figures if one.name == name)


def share(part: int, whole: int) -> float | None:
    """Percent; None of nothing."""
    return 100 * part / whole if whole else None


def mean(total: float, count: int) -> float | None:
    """The mean; None of nothing."""
    return total / count if count else None


def rank_of(part: float, count: int) -> int:
    """At which place of `count` values in their order, from 0, stands the least that `part` of them do not exceed."""
    return max(ceil(part * count) - 1, 0)


def middle(values: Sequence[int], part: float = 0.5) -> int | None:
    """The least of the values, in their order, that `part` of them do not exceed; None of nothing."""
    return values[rank_of(part, len(values))] if values else None


def judged(name: str, value: float | None, of: int, goals: Mapping[str, Goal]) -> Figure:
    """A figure beside its goal.

    A goal that is missed by no more than its `yellow` share, measured at the goal itself, is yellow.
    """
    goal = goals.get(name)
    if goal is None:
        return Figure(name, value, of)
    if value is None:
        return Figure(name, None, of, goal.is_)
    sign, wanted = read_goal(goal.is_)
    room = wanted * float(goal.yellow) / 100
    good = {"<": value < wanted, "<=": value <= wanted, ">": value > wanted, ">=": value >= wanted}[sign]
    near = value <= wanted + room if sign in ("<", "<=") else value >= wanted - room
    return Figure(name, value, of, goal.is_, Standing.GREEN if good else Standing.YELLOW if near else Standing.RED)


def steps(period: Period, zone: tzinfo | None) -> tuple[Step, tuple[Period, ...]]:
    """How a trend over a period is divided: into days, weeks, months or years, whole but for the first and the last."""
    days = (period.end - period.begin) / DAY
    step: Step = next((name for most, name in _STEPS if days <= most), "year")
    made = []
    begin = period.begin
    while begin < period.end:
        end = min(period_of(step, begin, zone).end, period.end)
        made.append(Period(begin, end))
        begin = end
    return step, tuple(made)
