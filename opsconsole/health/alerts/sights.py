"""What is seen at one moment of everything that is watched: from figures, checks and findings to observations."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from opsconsole.core import format as fmt
from opsconsole.core.errors import StorageError
from opsconsole.core.levels import Level
from opsconsole.core.text import storable
from opsconsole.health.alerts.machine import Observation
from opsconsole.health.alerts.rules import of_finding, of_outcome, values_of
from opsconsole.health.alerts.watches import Watch  # noqa: TC001 - part of public types, as the next
from opsconsole.health.alerts.windows import Values
from opsconsole.health.conditions.literals import show_value
from opsconsole.health.model import Advice, Finding  # noqa: TC001

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Container, Iterable, Iterator, Mapping, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.health.alerts.watches import Rulebook
    from opsconsole.health.checks.model import Outcome
    from opsconsole.health.model import Trail

LOG = logging.getLogger(__name__)

ASKING: Final = 2.0
"""Seconds that the history may take to give the values before a start."""


class Past(Protocol):
    """Where the values before this start come from: `MetricStore`."""

    async def points(self, series: str, since: Instant, until: Instant) -> Trail:
        """The values of a series, oldest first."""


class Seen(NamedTuple):
    """What the agent knows at one moment."""

    values: Mapping[str, float] | None = None
    """This host's figures by series, just measured; None when nothing was measured this time."""
    outcomes: Mapping[str, Outcome] = {}
    """The newest outcome of each check, stored ones after a restart."""
    findings: Sequence[Finding] | None = None
    """What the monitor thinks of the same measurement."""
    advice: Sequence[Advice] = ()


class Sight(NamedTuple):
    """What is seen of one thing that is watched."""

    watch: Watch
    seen: Observation
    text: str = ""
    limit: str = ""


class Looker:
    """Turns what the agent knows into observations; keeps the values that rules ask about the last minutes of."""

    def __init__(self, book: Rulebook, past: Past | None = None) -> None:
        self.book = book
        self._past = past
        self._windows: dict[tuple[str, float], Values] = {}

    def shift(self, jump: int) -> None:
        """The clock was set by so many ms."""
        for values in self._windows.values():
            values.shift(jump)

    async def look(self, now: Instant, seen: Seen, wanted: Container[str]) -> dict[str, Sight]:
        """What is seen, by key; what is well is left out unless its key is wanted."""
        found = {}
        for sight in (*self._of_findings(now, seen.findings or ()), *self._of_outcomes(seen.outcomes),
                      *[sight async for sight in self._of_series(now, seen, wanted)]):
            one = sight.seen
            if one.reached is not None or one.awaited is not None or sight.watch.key in wanted:
                found[sight.watch.key] = sight
        return found

    def _of_findings(self, now: Instant, findings: Iterable[Finding]) -> Iterator[Sight]:
        for finding in findings:
            watch = self.book.of_limit(finding.target)
            if watch is not None:
                limit = "" if finding.level is Level.OK else finding.limit
                yield Sight(watch, of_finding(finding, now), finding.reason, limit)

    def _of_outcomes(self, outcomes: Mapping[str, Outcome]) -> Iterator[Sight]:
        for name, outcome in outcomes.items():
            for watch in self.book.of_checks.get(name, ()):
                yield self._of_outcome(watch, name, outcome)

    def _of_outcome(self, watch: Watch, name: str, outcome: Outcome) -> Sight:
        ready = watch.ready
        if ready is None or not ready.limits:
            seen = of_outcome(outcome)
            return Sight(watch, ready.unknown(outcome.at) if seen.unknown and ready is not None else seen, outcome.text)
        values = values_of(outcome, self.book.checks.get(name))
        seen = ready.observe(values, outcome.at)
        if seen.reached is None:
            return Sight(watch, seen, outcome.text)
        about = [one for limit in ready.limits if limit.severity is seen.reached for one in limit.conditions]
        text = ", ".join(f"{one.subject} {show_value(values.get(one.name), one.kind)}" for one in about)
        return Sight(watch, seen, text, ready.limit_of(seen.reached))

    async def _of_series(self, now: Instant, seen: Seen, wanted: Container[str]) -> AsyncIterator[Sight]:
        known: dict[str, tuple[Instant, float]] = {name: (now, value) for name, value in (seen.values or {}).items()}
        if self.book.asks_checks:
            known |= _series_of(seen.outcomes)
        for watch in self.book.of_series(known.keys()):
            ready = watch.ready
            if ready is None:
                continue
            at, value = known[watch.target]
            figure: float | None = value
            if ready.rule.over is not None:
                window = await self._window(watch.target, ready.rule.over, now)
                window.add(at, value)
                at, figure = now, window.ask(ready.rule.of, now)
            observed = ready.observe({"value": figure}, at)
            if observed.reached is None and watch.key not in wanted:
                continue
            text = "" if figure is None else ready.written(figure)
            if ready.rule.over is not None and figure is not None:
                text = f"{ready.rule.of} {text} over {fmt.duration(ready.rule.over)}"
            yield Sight(watch, observed, text, ready.limit_of(observed.reached))
        if seen.values is not None:
            # Containers come and go, and with them the names of their interfaces.
            self._windows = {key: window for key, window in self._windows.items()
                             if key[0] in known or not window.idle(now)}

    async def _window(self, series: str, over: float, now: Instant) -> Values:
        window = self._windows.get((series, over))
        if window is None:
            window = self._windows[series, over] = Values(over)
            if self._past is not None:
                try:
                    async with asyncio.timeout(ASKING):
                        before = await self._past.points(series, now - 2 * round(over * 1000), now)
                    window.fill(zip(before.times, before.values, strict=True))
                except (StorageError, TimeoutError) as error:
                    LOG.warning("the values of %r before the start are not known: %s", series,
                                "too slow" if isinstance(error, TimeoutError) else error)
        return window

    def well(self, now: Instant, seen: Seen, keys: Iterable[str]) -> dict[str, Observation]:
        """Limits that were bad and that nothing is said of any more: there is nothing to judge, so they are over."""
        if seen.findings is None:
            return {}
        there = {storable(f"limit:{finding.target}") for finding in seen.findings}
        return {key: Observation(now) for key in keys if key.startswith("limit:") and key not in there}


def _series_of(outcomes: Mapping[str, Outcome]) -> dict[str, tuple[Instant, float]]:
    return {f"check:{name}.{key}": (outcome.at, float(value)) for name, outcome in outcomes.items()
            for key, value in outcome.values.items() if isinstance(value, int | float) and not isinstance(value, bool)}
