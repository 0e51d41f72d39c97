"""The history in metrics.db: written by the agent, read by everyone.

Samples of ten seconds are kept for 48 hours, minutes for 30 days, quarters of an hour for 13 months, each with
minimum, maximum, sum and number of values, and for latencies with a histogram.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING

from opsconsole.core.clock import DAY, HOUR, Instant
from opsconsole.core.errors import StorageError
from opsconsole.health.history import charting, sketch
from opsconsole.health.history.model import MINUTES, QUARTERS, Aggregate, Cell, Gap, History, Sample, SeriesInfo
from opsconsole.health.history.names import is_latency
from opsconsole.health.history.store import reading, rolling, sql
from opsconsole.health.history.store.recording import Recorder
from opsconsole.health.model import Trail

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping, Sequence

    from opsconsole.core.database import Database

__all__ = ["MetricStore", "is_latency"]

LOG = logging.getLogger(__name__)

FRESH = 5 * 60_000
"""ms: an older value is not the latest any more, it is stale."""
_EXACT = 6 * HOUR
"""Percentiles of latencies over periods up to this are those of the values themselves, where they are kept."""
_EXACT_OTHERS = 48 * HOUR
_FINE = 2 * HOUR
"""Figures over periods up to this are calculated from the values themselves, where they are kept."""
_SHARES: dict[str, float] = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


class MetricStore:
    """The history of every series. All times are ms UTC; periods are from `since` to `until`.

    Every method raises StorageError when the database cannot be used.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._recorder = Recorder(db)

    @property
    def refused(self) -> int:
        """How many values were not taken since the start: no number, too many series, or no database for too long."""
        return self._recorder.refused

    async def record(self, at: Instant, values: Mapping[str, float], *, later: bool = False) -> None:
        """Stores what was measured at a time; any series, in any order.

        What is no finite number, or of more series than are recorded (2,000), is left out. What cannot be stored now
        is kept for a while and stored with the next call.

        Args:
            at: when it became known. After the clock was put back, history is recorded a second time.
            values: by series.
            later: whether it may wait for up to twenty seconds to be stored with others, which writes far less; then
                it is stored under the time of the last of them.

        Raises:
            StorageError: it was not stored yet.
        """
        self._recorder.take(at, values)
        if not later or self._recorder.due:
            await self._recorder.flush()

    async def flush(self) -> None:
        """Stores what waits."""
        await self._recorder.flush()

    async def roll_up(self, now: Instant) -> int:
        """Takes the samples of complete hours into the coarser tiers; how many samples. Often is cheap."""
        return await rolling.roll_up(self._db, now)

    async def prune(self, now: Instant) -> int:
        """Forgets what is older than it is kept, at most a day's worth of the oldest; how many rows."""
        gone = await rolling.prune(self._db, now)
        self._recorder.forget()
        return gone

    async def series(self, prefix: str = "") -> list[SeriesInfo]:
        """Every series whose name begins so, by name."""
        await self._settle()
        return [SeriesInfo(one.name, one.since, one.seen) for one in await sql.all_series(self._db)
                if one.name.startswith(prefix)]

    async def history(self, series: str, since: Instant, until: Instant, *, buckets: int) -> History:
        """A period in `buckets` equal parts, for a chart; without `until` itself.

        Raises:
            ValueError: no part, or a period without length.
        """
        if buckets < 1 or until <= since:
            raise ValueError("a chart needs a period and at least one part of it")
        await self._settle()
        found = await reading.cells(self._db, series, since, until, (until - since) // buckets)
        return charting.chart(series, found, since, until, buckets)

    async def percentiles(self, series: str, since: Instant, until: Instant,
                          qs: Sequence[float]) -> tuple[float, ...] | None:
        """The values that a share `qs` (0..1) of all values is not above, ends included.

        Of latencies over any period, to within 1 %; of other series only while the values themselves are kept (48 h).
        None without values, or where they are not kept.
        """
        await self._settle()
        latency, shares = is_latency(series), tuple(qs)
        if until - since <= (_EXACT if latency else _EXACT_OTHERS):
            values = await reading.values(self._db, series, since, until + 1)
            if values is not None:
                return sketch.exact_quantiles(values, shares)
        if not latency:
            return None
        return sketch.quantiles(await reading.bins(self._db, series, since, until + 1), shares)

    async def points(self, series: str, since: Instant, until: Instant) -> Trail:
        """The values, ends included, oldest first; where they are not kept, means of a minute or of a quarter."""
        found = await self._cells(series, since, until, 0)
        return Trail(series, tuple(cell.start for cell in found), tuple(cell.mean for cell in found))

    async def latest(self, now: Instant, series: Collection[str] | None = None, *,
                     within: int = FRESH) -> dict[str, Sample]:
        """The newest value of each series (None: of all) that is at most `within` ms old."""
        await self._settle()
        return await reading.latest(self._db, now - within, now, series)

    async def coverage(self, since: Instant, until: Instant) -> list[Gap]:
        """When nothing was recorded: nobody was watching. Pauses of up to 30 s, or of three records, are none."""
        await self._settle()
        return await reading.gaps(self._db, since, until)

    async def aggregate(self, series: str, since: Instant, until: Instant, of: Aggregate) -> float | None:
        """One figure of a period, ends included; None when nothing is known, `change` and `rate` also of one value.

        Over more than two hours it rests on minutes, over more than a week on quarters of an hour.
        """
        if of in _SHARES:
            found = await self.percentiles(series, since, until, (_SHARES[of],))
            return None if found is None else found[0]
        span = until - since
        detail = 0 if span <= _FINE else MINUTES.cell if span <= 7 * DAY else QUARTERS.cell
        return _figure(await self._cells(series, since, until, detail), of)

    async def replay(self, series: Collection[str], since: Instant, until: Instant, step: int, *,
                     hold: int = 0) -> AsyncIterator[tuple[Instant, dict[str, float]]]:
        """What was known at `since`, `since + step` … up to `until`: each series that had a value, with the newest.

        A value counts for `hold` ms, at least for `step`; a mean of a minute from its end on, for a minute.
        """
        waiting: dict[str, deque[Cell]] = {name: deque() for name in series}
        known: dict[str, tuple[Instant, float]] = {}
        hold = max(hold, step)
        at = since
        for begin in range(since, until + 1, DAY):
            end = min(begin + DAY - 1, until)
            for name, queue in waiting.items():
                first = begin - hold if begin == since else begin
                queue += [cell for cell in await self._cells(name, first, end, step) if cell.start >= first]
            while at <= end:
                for name, queue in waiting.items():
                    while queue and queue[0].start + queue[0].length <= at:
                        cell = queue.popleft()
                        known[name] = cell.start + cell.length + max(hold, cell.length), cell.mean
                yield at, {name: value for name, (expires, value) in known.items() if at < expires}
                at += step

    async def _cells(self, series: str, since: Instant, until: Instant, detail: int) -> list[Cell]:
        await self._settle()
        return await reading.cells(self._db, series, since, until + 1, detail)

    async def _settle(self) -> None:
        """Stores what waits, so that it can be read; where that fails, it is read later."""
        if self._recorder.waiting:
            try:
                await self._recorder.flush()
            except StorageError as error:
                LOG.warning("read without the newest values: %s", error)


def _figure(cells: Sequence[Cell], of: Aggregate) -> float | None:
    number = sum(cell.number for cell in cells)
    if of == "count":
        return float(number)
    if not cells:
        return None
    first, last = cells[0], cells[-1]
    match of:
        case "min":
            return min(cell.low for cell in cells)
        case "max":
            return max(cell.high for cell in cells)
        case "mean":
            return sum(cell.total for cell in cells) / number
        case "last":
            return last.mean
    elapsed = (last.start + last.length // 2 - first.start - first.length // 2) / 1000
    if elapsed <= 0:
        return None
    change = last.mean - first.mean
    return change if of == "change" else change / elapsed
