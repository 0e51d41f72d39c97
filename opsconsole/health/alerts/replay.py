"""How often rules would have fired: history goes through the same machine that the agent has.

What history does not keep is not known here: values of seconds that became a minute, texts of checks, silences and
dependencies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from opsconsole.core.clock import DAY, MINUTE, SECOND, Instant
from opsconsole.core.levels import Level
from opsconsole.health.alerts.machine import Kind, Observation, State, step
from opsconsole.health.alerts.rules import of_outcome, values_of
from opsconsole.health.alerts.watches import Rulebook, Watch
from opsconsole.health.alerts.windows import Values
from opsconsole.health.checks.model import Outcome
from opsconsole.health.model import Record
from opsconsole.notify.model import Severity

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence

    from opsconsole.health.alerts.settings import Rule
    from opsconsole.health.checks.settings.base import Check
    from opsconsole.health.checks.uptime import Period
    from opsconsole.health.history.model import SeriesInfo

FINE: Final = 2 * DAY
"""ms that are replayed in steps of ten seconds; longer times in steps of a minute."""
MOST_KEPT: Final = 1_000
"""Firings of one alert that are named; the others are only counted."""
_LEVELS: Final = {"ok": Level.OK, "warning": Level.WARNING, "critical": Level.CRITICAL}


class PastValues(Protocol):
    """The history of series: `MetricStore`."""

    def replay(self, series: Collection[str], since: Instant, until: Instant, step: int, *,
               hold: int = 0) -> AsyncIterator[tuple[Instant, dict[str, float]]]:
        """What was known at each step; a value counts for `hold` ms."""

    async def series(self, prefix: str = "") -> list[SeriesInfo]:
        """Every series."""


class PastLevels(Protocol):
    """The history of checks: `CheckService`."""

    async def periods(self, name: str, since: Instant, until: Instant) -> list[Period]:
        """What a check was, oldest first."""


class Firing(Record, frozen=True):
    """One time that it would have fired."""

    begun: Instant
    fired: Instant
    ended: Instant | None
    """None: it still would."""
    severity: Severity
    """The worst that it was."""


class Replayed(Record, frozen=True):
    """What would have become of one alert."""

    rule: str
    title: str
    target: str
    fired: int = 0
    """How often."""
    seconds: float = 0.0
    """How long in all."""
    longest: float = 0.0
    flapped: int = 0
    known: float = 0.0
    """The share of the time of which anything is known, in %."""
    firings: tuple[Firing, ...] = ()


class _Course:
    """One alert on its way through the past."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.window = None
        if watch.ready is not None and watch.ready.rule.over is not None:
            self.window = Values(watch.ready.rule.over)
        self._state = State()
        self._firings: list[Firing] = []
        self._seconds = self._longest = 0.0
        self._fired = self._flapped = self._known = self._steps = 0

    def see(self, at: Instant, seen: Observation | None) -> None:
        self._steps += 1
        self._known += seen is not None and not seen.unknown
        if self._state.quiet and (seen is None or seen.reached is None):
            return
        made = step(self._state, self.watch.policy, at, seen)
        self._state = made.state
        for effect in made.effects:
            self._take(effect.kind, at, effect.severity)

    def _take(self, kind: Kind, at: Instant, severity: Severity) -> None:
        if kind is Kind.FIRED:
            self._fired += 1
            since = self._state.since
            self._firings.append(Firing(at if since is None else since, at, None, severity))
        elif kind is Kind.WORSE and self._firings:
            self._firings[-1] = Firing(self._firings[-1].begun, self._firings[-1].fired, None, severity)
        elif kind is Kind.RESOLVED and self._firings:
            last = self._firings[-1]
            self._count(at - last.fired)
            self._firings[-1] = Firing(last.begun, last.fired, at, last.severity)
            del self._firings[:-MOST_KEPT]
        elif kind is Kind.FLAPPING:
            self._flapped += 1

    def _count(self, length: int) -> None:
        self._seconds += length / 1000
        self._longest = max(self._longest, length / 1000)

    def ended(self, until: Instant) -> Replayed:
        if self._state.open and self._firings:
            self._count(until - self._firings[-1].fired)
        return Replayed(self.watch.rule, self.watch.title, self.watch.target, self._fired, self._seconds, self._longest,
                        self._flapped, 100 * self._known / self._steps if self._steps else 0.0, tuple(self._firings))


class _Span(NamedTuple):
    since: Instant
    until: Instant

    @property
    def step(self) -> int:
        return 10 * SECOND if self.until - self.since <= FINE else MINUTE


async def replay(rules: Mapping[str, Rule], checks: Mapping[str, Check] | None, values: PastValues,
                 levels: PastLevels | None, since: Instant, until: Instant) -> list[Replayed]:
    """What would have become of each alert of these rules; a rule that watches nothing that is known has one, empty.

    Args:
        rules: by name; those that are switched off are not tried.
        checks: as configured.
        values: the history of series.
        levels: the history of checks; None: nothing is known of their levels.
        since: where to begin.
        until: where to end.

    Raises:
        StorageError: history cannot be read.
    """
    book = Rulebook(rules, checks)
    known = [one.name for one in await values.series()]
    span = _Span(since, until)
    found = await _of_metrics([*book.of_series(known)], book, values, span)
    for name, watches in book.of_checks.items():
        if mine := [watch for watch in watches if watch.rule]:
            found += await _of_check(name, mine, book, values, levels, span)
    seen = {one.rule for one in found}
    found += [Replayed(name, rule.label or name, rule.metric or rule.check) for name, rule in rules.items()
              if rule.enabled and name not in seen and (rule.metric or rule.check)]
    order = {name: number for number, name in enumerate(rules)}
    return sorted(found, key=lambda one: (order.get(one.rule, 0), one.target))


async def _of_metrics(watches: Sequence[Watch], book: Rulebook, values: PastValues, span: _Span) -> list[Replayed]:
    """Those about series: each at the pace in which its series is measured."""
    by_step: dict[int, list[_Course]] = {}
    for watch in watches:
        check = book.checks.get(book.check_of(watch.target))
        pace = span.step if check is None else max(span.step, round(check.every * 1000))
        by_step.setdefault(pace, []).append(_Course(watch))
    for pace, courses in by_step.items():
        series = {course.watch.target for course in courses}
        async for at, known in values.replay(series, span.since, span.until, pace, hold=round(1.5 * pace)):
            for course in courses:
                course.see(at, _observed(course, at, known.get(course.watch.target)))
    return [course.ended(span.until) for courses in by_step.values() for course in courses]


def _observed(course: _Course, at: Instant, value: float | None) -> Observation | None:
    ready = course.watch.ready
    if ready is None or value is None:
        return None
    if course.window is not None and ready.rule.over is not None:
        course.window.add(at, value)
        return ready.observe({"value": course.window.ask(ready.rule.of, at)}, at)
    return ready.observe({"value": value}, at)


async def _of_check(name: str, watches: Iterable[Watch], book: Rulebook, values: PastValues,
                    levels: PastLevels | None, span: _Span) -> list[Replayed]:
    """Those about a check: by what it was at each of its runs, and by the values that are kept of them."""
    check = book.checks[name]
    courses = [_Course(watch) for watch in watches]
    periods = await levels.periods(name, span.since, span.until) if levels is not None else []
    pace = max(span.step, round(check.every * 1000))
    prefix = f"check:{name}."
    series = [one.name for one in await values.series(prefix)]
    place = 0
    async for at, known in values.replay(series, span.since, span.until, pace, hold=round(1.5 * pace)):
        while place < len(periods) and periods[place].ended <= at:
            place += 1
        inside = place < len(periods) and periods[place].begun <= at
        level = _LEVELS.get(periods[place].status, Level.UNKNOWN) if inside else Level.UNKNOWN
        outcome = Outcome(name, level, "", at, 0.0, {key.removeprefix(prefix): value for key, value in known.items()})
        for course in courses:
            ready = course.watch.ready
            if ready is not None and ready.limits:
                course.see(at, ready.observe(values_of(outcome, check), at))
            else:
                course.see(at, of_outcome(outcome))
    return [course.ended(span.until) for course in courses]
