"""Reads the history: each part of a period from the tier that has it in the detail that is wanted.

What was not rolled up yet is always read from the samples, so that the newest values are never missing. A read that
was overtaken by rolling up is begun again, so that nothing is counted twice.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from opsconsole.core.clock import DAY, HOUR, Instant
from opsconsole.core.errors import StorageBusy
from opsconsole.health.history import block, rows, sketch, watching
from opsconsole.health.history.model import DAYS, MINUTES, QUARTERS, Cell, Gap, Sample, Tier
from opsconsole.health.history.store import sql

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from opsconsole.core.database import Database, Row
    from opsconsole.health.history.sketch import Bins

LOG = logging.getLogger(__name__)
T = TypeVar("T")

ATTEMPTS = 8
LATELY = 30
"""Samples from which follows how often is recorded."""
Points = list[tuple[Instant, float]]


class Segment(NamedTuple):
    """A part of a period and where it is read from: a tier, or the samples (None)."""

    tier: Tier | None
    since: Instant
    until: Instant


async def steady(db: Database, series: int, read: Callable[[sql.State], Awaitable[T]]) -> T:
    """What `read` gives while the tiers stay as they are.

    Raises:
        StorageBusy: they changed again and again.
    """
    for _ in range(ATTEMPTS):
        state = await sql.state(db, series)
        found = await read(state)
        if await sql.state(db, series) == state:
            return found
    raise StorageBusy(f"{db.name} changed again and again while it was read.", "Try again.")


async def cells(db: Database, name: str, since: Instant, until: Instant, detail: int) -> list[Cell]:
    """What is known of a series from `since` to before `until`, oldest first, in cells of at most `detail` ms.

    Where that detail is not kept any more, the cells are longer; a cell that reaches into the period is whole.
    """
    series = await sql.series_id(db, name)
    if series is None or since >= until:
        return []
    return sorted(await steady(db, series, lambda state: _cells(db, state, series, since, until, detail)))


async def _cells(db: Database, state: sql.State, series: int, since: Instant, until: Instant,
                 detail: int) -> list[Cell]:
    found: list[Cell] = []
    points: Points = []
    rolled = [part for part in segments(state, since, until, detail) if part.tier is not None]
    for part in segments(state, since, until, detail):
        if part.tier is None:
            points += _points(await sql.samples(db, part.since, part.until - 1), series)
        else:
            found += await _of_tier(db, part.tier, series, part.since, part.until)
    if rolled:
        tail = _points(await sql.samples_after(db, state.upto), series)
        points += [(at, value) for at, value in tail if any(part.since <= at < part.until for part in rolled)]
    return found + [Cell(at, 0, value, value, value, 1) for at, value in points]


def segments(state: sql.State, since: Instant, until: Instant, detail: int) -> list[Segment]:
    """Where the parts of a period are read from: the coarsest that is fine enough, or the finest that there is."""
    if detail >= QUARTERS.cell:
        return [Segment(DAYS if detail >= DAY else QUARTERS, since, until)]
    tier = MINUTES if detail >= MINUTES.cell else None
    quarters_until = min(max(state.minutes_since, since), until)
    minutes_until = until if tier is MINUTES else min(max(state.samples_since, quarters_until), until)
    parts = (Segment(QUARTERS, since, quarters_until), Segment(MINUTES, quarters_until, minutes_until),
             Segment(None, minutes_until, until))
    return [part for part in parts if part.since < part.until]


def _points(found: Sequence[Row], series: int) -> Points:
    points = []
    for row in found:
        try:
            value = rows.value(row["ids"], row["vals"], series)
        except ValueError as error:
            LOG.warning("sample %s is left out: %s", row["key"], error)
            continue
        if value is not None:
            points.append((rows.time_of(row["key"]), value))
    return points


async def _of_tier(db: Database, tier: Tier, series: int, since: Instant, until: Instant) -> list[Cell]:
    found = []
    read = sql.row_figures if tier is DAYS else sql.tier_rows
    for row in await read(db, tier, since // tier.row, (until - 1) // tier.row, series):
        start = row["number"] * tier.row
        try:
            if tier is DAYS:
                found.append(Cell(start, DAY, *block.decode_row(row["cells"])))
                continue
            for cell, low, high, total, number in block.decode_cells(tier.cells, row["cells"]):
                at = start + cell * tier.cell
                if since < at + tier.cell and at < until:
                    found.append(Cell(at, tier.cell, low, high, total, number))
        except ValueError as error:
            LOG.warning("%s from %d on is left out: %s", tier.name, start, error)
    return found


async def values(db: Database, name: str, since: Instant, until: Instant) -> list[float] | None:
    """Every value of a series from `since` to before `until`; None where the values themselves are not kept."""
    series = await sql.series_id(db, name)
    if series is None:
        return []

    async def read(state: sql.State) -> list[float] | None:
        if since < state.samples_since:
            return None
        return [value for _, value in _points(await sql.samples(db, since, until - 1), series)]

    return await steady(db, series, read)


async def bins(db: Database, name: str, since: Instant, until: Instant) -> Bins:
    """The histogram of a latency from `since` to before `until`; both are rounded to what is kept."""
    series = await sql.series_id(db, name)
    return {} if series is None else await steady(db, series, lambda state: _bins(db, state, series, since, until))


async def _bins(db: Database, state: sql.State, series: int, since: Instant, until: Instant) -> Bins:
    found: Bins = {}
    first, last = -(-since // DAY), until // DAY
    if first < last:
        await _add_whole(db, QUARTERS, series, first, last, found)
        edges = [(since, first * DAY), (last * DAY, until)]
    else:
        edges = [(since, until)]
    for begin, end in edges:
        split = min(max(state.minutes_since, begin), end)
        await _add_cells(db, QUARTERS, series, begin, split, found)
        full, stop = -(-split // HOUR), end // HOUR
        if full < stop:
            await _add_whole(db, MINUTES, series, full, stop, found)
            await _add_cells(db, MINUTES, series, split, full * HOUR, found)
            await _add_cells(db, MINUTES, series, stop * HOUR, end, found)
        else:
            await _add_cells(db, MINUTES, series, split, end, found)
    for at, value in _points(await sql.samples_after(db, state.upto), series):
        if since <= at < until:
            sketch.add(found, value)
    return found


async def _add_whole(db: Database, tier: Tier, series: int, first: int, last: int, into: Bins) -> None:
    for row in await sql.whole_rows(db, tier, first, last - 1, series):
        if row["whole"] is not None:
            try:
                sketch.merge(into, sketch.decode(row["whole"])[0])
            except ValueError as error:
                LOG.warning("%s %d is left out: %s", tier.name, row["number"], error)


async def _add_cells(db: Database, tier: Tier, series: int, since: Instant, until: Instant, into: Bins) -> None:
    if since >= until:
        return
    for row in await sql.tier_rows(db, tier, since // tier.row, (until - 1) // tier.row, series):
        start = row["number"] * tier.row
        try:
            for cell, part in block.decode_sketches(tier.cells, row["cells"], row["sketches"]):
                at = start + cell * tier.cell
                # By the middle, so that two periods that meet share no cell.
                if since <= at + tier.cell // 2 < until:
                    sketch.merge(into, part)
        except ValueError as error:
            LOG.warning("%s from %d on is left out: %s", tier.name, start, error)


async def latest(db: Database, since: Instant, until: Instant, names: Collection[str] | None) -> dict[str, Sample]:
    """The newest value of each series between two times, both included."""
    found: dict[int, Sample] = {}
    for row in sorted(await sql.samples(db, since, until), key=lambda one: rows.time_of(one["key"])):
        try:
            known = rows.decode(row["ids"], row["vals"])
        except ValueError as error:
            LOG.warning("sample %s is left out: %s", row["key"], error)
            continue
        at = rows.time_of(row["key"])
        found.update((series, Sample(at, value)) for series, value in known.items())
    return {one.name: found[one.id] for one in await sql.all_series(db)
            if one.id in found and (names is None or one.name in names)}


async def gaps(db: Database, since: Instant, until: Instant) -> list[Gap]:
    """When nothing was recorded between two times."""
    if since >= until:
        return []
    pause = watching.reach(sorted(rows.time_of(key) for key in await sql.newest_keys(db, LATELY)))

    async def read(state: sql.State) -> list[watching.Span]:
        known = await sql.watched(db, since - pause, until)
        tail = sorted(rows.time_of(row["key"]) for row in await sql.samples_after(db, state.upto))
        return sorted(known + watching.spans(tail, pause))

    return list(watching.holes(await steady(db, sql.ALL, read), since, until, pause))
