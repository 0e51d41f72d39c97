"""What checks, the history and the queue of tickets know: each as a proposal, or why it is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.checklists.auto.seen import Figure, Seen, expected, unknown
from opsconsole.checklists.model import Evidence, Verdict
from opsconsole.core.config import nearest
from opsconsole.core.format import duration, moment
from opsconsole.core.levels import Level
from opsconsole.core.text import limited
from opsconsole.health.checks.service import CheckService, current
from opsconsole.health.history.names import meaning
from opsconsole.health.history.store import MetricStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from opsconsole.checklists.template import AutoItem
    from opsconsole.core.clock import Clock
    from opsconsole.core.database import Database
    from opsconsole.health.checks.model import CheckState
    from opsconsole.health.checks.settings.base import Check
    from opsconsole.tickets.service import TicketService

_SHARES: Final = frozenset({"p50", "p95", "p99"})
_WORDS: Final = {"last": "newest", "mean": "mean", "min": "least", "max": "most", "sum": "sum"}
_TITLES: Final = 5
"""Tickets that are named as evidence."""
_OUTPUT: Final = 1_500
"""Characters of a check's output that are."""


class Checks:
    """The checks of the configuration, as they stand."""

    def __init__(self, metrics: Database, clock: Clock, checks: Mapping[str, Check], zone: tzinfo | None) -> None:
        self._service = CheckService(metrics, clock, checks)
        self._checks = checks
        self._clock = clock
        self._zone = zone

    async def look(self, item: AutoItem) -> Seen:
        """What a check found last.

        Raises:
            StorageError: it cannot be read.
        """
        state = await self._service.state(item.check)
        if state is None:
            name = limited(item.check, 80)
            if item.check in self._checks:
                return unknown(f"the check `{name}` is not enabled")
            return unknown(f"there is no check `{name}` in the configuration{nearest(item.check, self._checks)}")
        saw = _seen(state)
        if current(state, self._clock.now()) is Level.UNKNOWN:
            return unknown(self._why(state), *saw)
        return self._judged(item, state, saw)

    def _why(self, state: CheckState) -> str:
        if state.at is None:
            return "the check has not run yet"
        if state.level is not Level.UNKNOWN:
            return f"the check has not run since {moment(state.at, self._clock.now(), self._zone)}"
        return state.text or "the check does not know"

    def _judged(self, item: AutoItem, state: CheckState, saw: tuple[Evidence, ...]) -> Seen:
        units = self._checks[state.name].units
        name = item.value or state.main
        found = state.values.get(name)
        if item.value and found is None:
            return unknown(f"the check has no value `{limited(item.value, 80)}`{nearest(item.value, state.values)}",
                           *saw)
        figure = None if found is None else Figure(found, _unit_of(name, units), item.unit)
        held = expected(item.expect, figure, state.values, units)
        text = _said(item, state, figure)
        limit = ", ".join(item.expect) or state.limit
        value = None if figure is None else figure.kept
        if state.level is not Level.OK or held.holds is False:
            why = held.why if held.holds is False else ""
            said = [part for part in (text if not why.startswith(f"{text}, ") else "", why) if part]
            return Seen(Verdict.FAILED, "; ".join(said), value, saw, limit)
        if held.holds is None:
            return Seen(Verdict.OPEN, held.why, value, saw, limit)
        return Seen(Verdict.OK, text, value, saw, limit)


def _unit_of(name: str, units: Mapping[str, str]) -> str:
    stars = (unit for known, unit in units.items() if known.endswith("*") and name.startswith(known[:-1]))
    return units.get(name) or next(stars, "")


def _said(item: AutoItem, state: CheckState, figure: Figure | None) -> str:
    """As on the panel: what answered, how fast; the value that is asked for."""
    if item.value and figure is not None:
        return figure.shown if state.level is Level.OK else f"{figure.shown}; {state.text}"
    latency = state.values.get("latency")
    if state.level is Level.OK and state.main == "latency" and isinstance(latency, float | int):
        return f"{state.text} in {duration(latency)}" if state.text else duration(latency)
    return state.text or state.level.word


def _seen(state: CheckState) -> tuple[Evidence, ...]:
    if state.at is None:
        return ()
    text = f"{state.level.word}: {state.text}" + (f"\n{state.output[:_OUTPUT]}" if state.output else "")
    return (Evidence("check", state.name, text, state.at, took=state.took or 0.0),)


class Metrics:
    """The history of series."""

    def __init__(self, metrics: Database, clock: Clock, checks: Mapping[str, Check]) -> None:
        self._store = MetricStore(metrics)
        self._clock = clock
        self._units = {name: check.units for name, check in checks.items()}

    async def look(self, item: AutoItem) -> Seen:
        """A figure over a period up to now.

        Raises:
            StorageError: it cannot be read.
        """
        now = self._clock.now()
        found = await self._figure(item, now)
        if found is None:
            return unknown(await self._why(item))
        figure = Figure(found, meaning(item.metric, self._units).unit, item.unit)
        word = _WORDS.get(item.of, item.of)
        text = f"{figure.shown}, {word} of the last {duration(item.over)}"
        saw = (Evidence("metric", item.metric, text, now),)
        held = expected(item.expect, figure, {}, {})
        limit = ", ".join(item.expect)
        if held.holds is None:
            return Seen(Verdict.OPEN, held.why, figure.kept, saw, limit)
        return Seen(Verdict.OK if held.holds else Verdict.FAILED,
                    text if held.holds else f"{text}; {held.why.removeprefix(f'{figure.shown}, ')}",
                    figure.kept, saw, limit)

    async def _figure(self, item: AutoItem, now: int) -> float | None:
        since = now - round(item.over * 1000)
        if item.of != "sum":
            return await self._store.aggregate(item.metric, since, now, item.of)
        mean = await self._store.aggregate(item.metric, since, now, "mean")
        number = await self._store.aggregate(item.metric, since, now, "count")
        return None if mean is None or number is None else mean * number

    async def _why(self, item: AutoItem) -> str:
        names = [one.name for one in await self._store.series()]
        name = limited(item.metric, 80)
        if item.metric not in names:
            return f"there is no series `{name}` in the history{nearest(item.metric, names)}"
        if item.of in _SHARES:
            return f"no {item.of} of `{name}` is known over {duration(item.over)}"
        return f"nothing was recorded of `{name}` in the last {duration(item.over)}"


class Tickets:
    """The queue of tickets."""

    def __init__(self, service: TicketService, clock: Clock) -> None:
        self._service = service
        self._clock = clock

    async def look(self, item: AutoItem) -> Seen:
        """How many tickets a filter finds.

        Raises:
            StorageError: they cannot be read.
        """
        from opsconsole.tickets.filters import FilterError  # noqa: PLC0415 - few items count tickets

        try:
            found = await self._service.find(item.tickets, "")
        except FilterError as problem:
            return unknown(f"the filter cannot be read: {problem}")
        number = len(found.numbers)
        titles = [f"#{one.number} {limited(one.title, 120)}" for one in await self._service.rows(found, 0, _TITLES)]
        more = [f"… and {number - len(titles)} more"] if number > len(titles) else []
        saw = (Evidence("tickets", item.tickets, "\n".join([*titles, *more]), self._clock.now()),)
        figure = Figure(float(number), "", item.unit)
        text = f"{number} {item.unit or ('ticket' if number == 1 else 'tickets')}"
        held = expected(item.expect, figure, {}, {})
        limit = ", ".join(item.expect)
        if held.holds is None:
            return Seen(Verdict.OPEN, held.why, figure.entered, saw, limit)
        return Seen(Verdict.OK if held.holds else Verdict.FAILED,
                    text if held.holds else f"{text}, {held.why.rpartition(', ')[2]}", figure.entered, saw, limit)
