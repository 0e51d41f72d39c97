"""When something that grows will be full; rather nothing than nonsense.

The slope is the median of the slopes between all pairs of points (Theil 1950, Sen 1968), which a few
outliers cannot move. It is believed only when the growth was there in every part of the time and
when the time looked ahead is in proportion to the time looked back.
"""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant

SHORTEST = 120.0
"""Seconds that must have been observed."""
FEWEST = 12
"""Points that must have been observed."""
FARTHEST = 24.0
"""How many times the observed span a forecast may look ahead: an hour of watching says a day."""
THINNED = 48
"""Points that the slope is calculated from."""


class Growth(NamedTuple):
    """A steady growth: units per second, and the seconds of history that it rests on."""

    slope: float
    observed: float


def growth(times: Sequence[Instant], values: Sequence[float]) -> Growth | None:
    """The steady growth of a series, or None when there is none that deserves the name.

    Args:
        times: ms, ascending.
        values: as many.
    """
    if len(times) < FEWEST:
        return None
    observed = (times[-1] - times[0]) / 1000
    if observed < SHORTEST:
        return None
    points = _thinned([((at - times[0]) / 1000, value) for at, value in zip(times, values, strict=True)])
    if any((later - earlier) * 4 > observed for (earlier, _), (later, _) in pairwise(points)):
        return None  # nobody watched for a quarter of the time
    slope = _slope(points)
    if slope <= 0 or not _steady(points, slope):
        return None
    return Growth(slope, observed)


def full_at(found: Growth, left: float, now: Instant, within: float) -> Instant | None:
    """When `left` units will be used up; None when that is too far away to be said.

    Args:
        found: the growth.
        left: units that are still free.
        now: ms.
        within: seconds beyond which nothing is said in any case.
    """
    seconds = max(0.0, left) / found.slope
    if seconds > min(within, FARTHEST * found.observed):
        return None
    return now + round(seconds * 1000)


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    if len(points) <= THINNED:
        return points
    last = len(points) - 1
    return [points[round(number * last / (THINNED - 1))] for number in range(THINNED)]


def _slope(points: Sequence[tuple[float, float]]) -> float:
    slopes = [(two - one) / (later - earlier) for (earlier, one), (later, two) in combinations(points, 2)
              if later > earlier]
    return _median(slopes) if slopes else 0.0


def _steady(points: Sequence[tuple[float, float]], slope: float) -> bool:
    """Whether it grew in each third of the time, not three times slower or faster, and mostly along the line."""
    part = len(points) // 3
    thirds = (points[:part], points[part:-part], points[-part:])
    if any(not slope / 3 <= _slope(third) <= slope * 3 for third in thirds):
        return False
    offset = _median([value - slope * at for at, value in points])
    misses = _median([abs(value - offset - slope * at) for at, value in points])
    return misses <= 0.1 * slope * (points[-1][0] - points[0][0])


def _median(values: list[float]) -> float:
    from statistics import median  # noqa: PLC0415 - it loads decimal and hashlib, and nobody forecasts at the start

    return median(values)
