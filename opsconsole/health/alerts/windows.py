"""The values of the last minutes or hours of one series, and what a rule asks of them."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from opsconsole.health.history.sketch import exact_quantiles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsconsole.core.clock import Instant
    from opsconsole.health.history.model import Aggregate

_SHARES: Final = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
_FINE: Final = 3_600_000
"""ms: what is asked of a longer time is calculated again only now and then."""
_SPANS: Final = 360
MOST: Final = 20_000
"""Values that are kept."""


class Values:
    """The values of `over` seconds before now, and the one before them, from which they changed."""

    def __init__(self, over: float) -> None:
        self._length = round(over * 1000)
        self._times: array[int] = array("q")
        self._values: array[float] = array("d")
        self._asked: tuple[Aggregate, Instant, float | None] | None = None

    def add(self, at: Instant, value: float) -> None:
        """Takes a value; one not newer than the last is known already, one that is far older means a clock set back."""
        if self._times and at <= self._times[-1]:
            if self._times[-1] - at <= self._length:
                return
            self._times, self._values, self._asked = array("q"), array("d"), None
        self._times.append(at)
        self._values.append(value)

    def fill(self, points: Iterable[tuple[Instant, float]]) -> None:
        """Takes what was stored before; newer values that are here already stay."""
        newer = list(zip(self._times, self._values, strict=True))
        first = newer[0][0] if newer else None
        older = [(at, value) for at, value in points if first is None or at < first]
        self._times = array("q", [at for at, _ in (*older, *newer)])
        self._values = array("d", [value for _, value in (*older, *newer)])
        self._asked = None

    def shift(self, jump: int) -> None:
        """The clock was set by so many ms."""
        self._times = array("q", [at + jump for at in self._times])
        self._asked = None

    def idle(self, now: Instant) -> bool:
        """Whether nothing came for so long that all is too old to be asked for."""
        return not self._times or now - self._times[-1] > 2 * self._length

    def ask(self, of: Aggregate, now: Instant) -> float | None:
        """One figure; None while less than half of the time is known, or when the newest value is too old."""
        if self._asked is not None and self._asked[0] == of and self._length > _FINE and (
                0 <= now - self._asked[1] < self._length // _SPANS):
            return self._asked[2]
        self._forget(now)
        self._asked = (of, now, self._figure(of, now))
        return self._asked[2]

    def _forget(self, now: Instant) -> None:
        first = max(bisect_left(self._times, now - self._length) - 1, len(self._times) - MOST, 0)
        if first and self._times[first] < now - 2 * self._length:
            first += 1
        if first:
            del self._times[:first]
            del self._values[:first]

    def _figure(self, of: Aggregate, now: Instant) -> float | None:
        start = bisect_left(self._times, now - self._length)
        if not self._times or now - self._times[0] < self._length / 2 or start >= len(self._times):
            return None
        found = self._values[start:]
        if of in _SHARES:
            shares = exact_quantiles(list(found), (_SHARES[of],))
            return None if shares is None else shares[0]
        match of:
            case "mean":
                return math.fsum(found) / len(found)
            case "min":
                return min(found)
            case "max":
                return max(found)
            case "count":
                return float(len(found))
            case "change" | "rate":
                return self._changed(of)
        return found[-1]

    def _changed(self, of: Aggregate) -> float | None:
        elapsed = (self._times[-1] - self._times[0]) / 1000
        if elapsed <= 0:
            return None
        change = self._values[-1] - self._values[0]
        return change / elapsed if of == "rate" else change
