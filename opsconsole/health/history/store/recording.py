"""Writes what was measured: one row for everything that comes together."""

from __future__ import annotations

import asyncio
import logging
from array import array
from bisect import bisect_left
from math import isfinite
from typing import TYPE_CHECKING

from opsconsole.health.history import rows
from opsconsole.health.history.model import BEAT, KEEP_SAMPLES
from opsconsole.health.history.store import sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database, Transaction

LOG = logging.getLogger(__name__)

MOST_SERIES = 2_000
"""Series that had a value within 48 h; a host with more (thousands of mounts) has the rest shown, but not recorded."""
MOST_NAMES = 20_000
"""Series of which there is any history."""
LONGEST_NAME = 1_024
"""Bytes."""
LARGEST = 1e200
"""A value beyond is no measurement, and sums of such would be infinite."""
MOST_WAITING = 360
"""Sets of values that are kept while the database cannot be written: those of an hour."""
TOGETHER = BEAT * 3 // 2
"""Sets of values become one when this lies between them at most: a check is told a while after it began."""

PAGE = 1_000
"""Names that are read at once."""

Waiting = tuple["Instant", dict[str, float]]


class Recorder:
    """What was measured and is not stored yet, and the numbers of the series."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._ids: dict[str, int] | None = None
        """Of the series with a value within `KEEP_SAMPLES`: of a year of containers there are many more."""
        self._seen: dict[str, Instant] = {}
        self._others: array[int] = array("q")
        """The hashes of the names of all other series, sorted."""
        self._waiting: list[Waiting] = []
        self._writing = asyncio.Lock()
        self.refused = 0
        """Values that were not taken: no number, absurd, of too many series, or too long without a database."""
        self._told = False

    @property
    def waiting(self) -> list[Waiting]:
        """What is not stored yet, oldest first."""
        return list(self._waiting)

    def take(self, at: Instant, values: Mapping[str, float]) -> None:
        """Keep what can be kept until the next `flush`."""
        taken: dict[str, float] = {}
        for name, value in values.items():
            number = _number(value)
            if number is None or not _storable(name):
                self.refused += 1
            else:
                taken[name] = number
        if not taken:
            return
        self._waiting.append((at, taken))
        while len(self._waiting) > MOST_WAITING:
            self.refused += len(self._waiting.pop(0)[1])

    @property
    def due(self) -> bool:
        """Whether the oldest of what waits has waited for long enough."""
        return bool(self._waiting) and abs(self._waiting[-1][0] - self._waiting[0][0]) >= 2 * BEAT

    async def flush(self) -> None:
        """Stores everything that waits; a caller that is cancelled leaves neither half of it nor all of it twice.

        Raises:
            StorageError: it could not be stored; it waits on.
        """
        writing = asyncio.ensure_future(self._flush())
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            # What was begun is ended and known to be stored, or known not to be.
            await asyncio.wait([writing])
            if not writing.cancelled() and (error := writing.exception()) is not None:
                LOG.warning("not recorded yet: %s", error)
            raise

    async def _flush(self) -> None:
        async with self._writing:
            batch = list(self._waiting)
            if not batch:
                return
            # They stay those of this call, whatever `forget` does meanwhile.
            ids = self._ids
            if ids is None:
                ids = self._ids = await self._known(max(at for at, _ in batch))
            fresh = self._admitted(batch, ids)
            async with self._db.write() as tx:
                made = {name: await sql.add_series(tx, sql.stored_name(name), at) for name, at in fresh.items()}
                refused = await _store(tx, batch, ids | made if made else ids)
            self.refused += refused
            ids.update(made)
            del self._waiting[:len(batch)]
            for at, values in batch:
                self._seen.update(dict.fromkeys(values.keys() & ids.keys(), at))

    async def _known(self, now: Instant) -> dict[str, int]:
        """The numbers of the series that had a value lately; the others are noted."""
        since, until = now - KEEP_SAMPLES, now + KEEP_SAMPLES
        known = await sql.live_series(self._db, since, until)
        self._seen = {one.name: one.seen for one in known}
        hashes, page = array("q"), await sql.other_names(self._db, since, until, -1, PAGE)
        while page:
            hashes.extend(hash(name) for _, name in page)
            page = await sql.other_names(self._db, since, until, page[-1][0], PAGE)
        self._others = array("q", sorted(hashes))
        return {one.name: one.id for one in known}

    def _is_other(self, name: str) -> bool:
        mark = hash(sql.stored_name(name))
        place = bisect_left(self._others, mark)
        return place < len(self._others) and self._others[place] == mark

    def forget(self) -> None:
        """Ask for the numbers of the series again: some were taken away."""
        self._ids = None

    def _admitted(self, batch: Iterable[Waiting], ids: Mapping[str, int]) -> dict[str, Instant]:
        """The names without a number that there is room for, and when each came; of the others it is told once."""
        fresh = {name: at for at, values in batch for name in values if name not in ids}
        if not fresh:
            return {}
        newest = max(fresh.values())
        live = sum(abs(newest - at) < KEEP_SAMPLES for at in self._seen.values())
        room = max(0, min(MOST_SERIES - live, MOST_NAMES - len(ids) - len(self._others)))
        refused = [name for name in fresh if not self._is_other(name)][room:]
        if refused and not self._told:
            self._told = True
            LOG.warning("%d series are recorded already; %d others are not, such as %r", live, len(refused),
                        refused[0][:200])
        for name in refused:
            del fresh[name]
        return fresh


async def _store(tx: Transaction, batch: Iterable[Waiting], ids: Mapping[str, int]) -> int:
    """Adds samples behind the newest; how many values have no series."""
    newest = await sql.newest_key(tx)
    refused = 0
    for at, values in _joined(batch):
        known = {ids[name]: value for name, value in values.items() if name in ids}
        refused += len(values) - len(known)
        if known:
            newest = rows.next_key(newest, at)
            await sql.add_sample(tx, newest, *rows.encode(known))
    return refused


def _joined(batch: Iterable[Waiting]) -> list[Waiting]:
    """Sets of values in the order of their times; those that are near become one where they share no series."""
    found: list[Waiting] = []
    first = 0
    for at, values in sorted(batch, key=lambda one: one[0]):
        if found and at - first <= TOGETHER and values.keys().isdisjoint(found[-1][1]):
            found[-1] = at, found[-1][1] | values
        else:
            first = at
            found.append((at, values))
    return found


def _number(value: float) -> float | None:
    """The value as a float, None when it is no measurement."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if isfinite(number) and abs(number) <= LARGEST else None


def _storable(name: str) -> bool:
    try:
        return 0 < len(sql.stored_name(name)) <= LONGEST_NAME
    except UnicodeEncodeError:
        return False
