"""What the history gives: frozen types without I/O. Instants are ms UTC, lengths of time ms."""

from __future__ import annotations

from typing import Literal, NamedTuple

from opsconsole.core.clock import DAY, HOUR, MINUTE, SECOND, Instant
from opsconsole.health.model import Record

Aggregate = Literal["mean", "min", "max", "last", "p50", "p95", "p99", "rate", "change", "count"]
"""What a rule can ask of a period: `change` is last less first, `rate` the same per second."""

BEAT = 10 * SECOND
"""How often the agent records."""
UNWATCHED = 3 * BEAT
"""Without a record for longer than this, nobody was watching."""
KEEP_SAMPLES = 48 * HOUR


class Tier(NamedTuple):
    """A table of rolled-up values: one row for `row` ms, in cells of `cell` ms, kept for `keep` ms."""

    name: str
    cell: int
    row: int
    keep: int

    @property
    def cells(self) -> int:
        """Cells of a row."""
        return self.row // self.cell


MINUTES = Tier("minute", MINUTE, HOUR, 30 * DAY)
QUARTERS = Tier("quarter", 15 * MINUTE, DAY, 396 * DAY)
"""Thirteen months."""
DAYS = QUARTERS._replace(cell=DAY)
"""The same rows, each as one cell."""


class SeriesInfo(Record, frozen=True):
    """A series that there is any history of."""

    name: str
    since: Instant
    """Its first value."""
    until: Instant
    """Its newest value, to the hour."""


class Sample(NamedTuple):
    """One value at one time."""

    at: Instant
    value: float


class Cell(NamedTuple):
    """What is known of `length` ms from `start` on; `length` 0 is a single value."""

    start: Instant
    length: int
    low: float
    high: float
    total: float
    number: int
    """Of values."""

    @property
    def mean(self) -> float:
        """The mean of the values; rounding never takes it beyond them."""
        return min(max(self.total / self.number, self.low), self.high)


class Bucket(Record, frozen=True):
    """One column of a chart; the values are None where nothing is known."""

    start: Instant
    end: Instant
    """The first instant behind it."""
    count: int = 0
    """Values in it; 0 with values: a short hole, bridged, as between two runs of a check that runs seldom."""
    min: float | None = None
    mean: float | None = None
    max: float | None = None


class History(Record, frozen=True):
    """The history of one series for a chart: as many equal parts of the period as were asked for, oldest first."""

    series: str
    gap: int
    """Between two values farther apart than this nothing is known."""
    buckets: tuple[Bucket, ...]


class Gap(Record, frozen=True):
    """A time in which nobody was watching."""

    begun: Instant
    ended: Instant
