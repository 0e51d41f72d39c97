"""Rolls samples up into minutes and quarters of an hour, and forgets what is older than its tier is kept.

Samples are taken in the order in which they were recorded, and the place up to which they were taken moves in the
transaction that stores what was made of them; so it does not matter where this is cut off, nor what the clock did.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from opsconsole.core.clock import DAY, HOUR, Instant
from opsconsole.health.history import block, rows
from opsconsole.health.history.model import KEEP_SAMPLES, MINUTES, QUARTERS, Tier
from opsconsole.health.history.names import is_latency
from opsconsole.health.history.store import sql
from opsconsole.health.history.watching import reach, spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opsconsole.core.database import Database, Row

LOG = logging.getLogger(__name__)

MOST_SAMPLES = 400
"""Samples that are taken at once: an hour's."""
BATCH = 250
"""Rows that are deleted in one transaction."""
REST = 0.005
"""Seconds between two transactions, in which others may write."""
AT_ONCE = 8
"""Series that are calculated before others may use the loop."""
STEP = DAY
"""ms of the oldest history that one call forgets at most, so that a clock that is wrong for a while costs little."""

_Values = dict[int, list[tuple[Instant, float]]]


class Overtaken(Exception):  # noqa: N818 - it is no error
    """Somebody else rolled up meanwhile."""


async def roll_up(db: Database, now: Instant) -> int:
    """Takes the samples of the hours that are complete; how many.

    Raises:
        StorageError: the database could not be read or written; what was done is done.
    """
    taken = 0
    try:
        while batch := _ready(await _next(db), now):
            await _roll(db, batch)
            taken += len(batch)
            await asyncio.sleep(REST)
    except Overtaken:
        LOG.info("another process rolls up %s", db.name)
    return taken


async def _next(db: Database) -> Sequence[Row]:
    return await sql.samples_after(db, (await sql.state(db)).upto, MOST_SAMPLES)


def _ready(found: Sequence[Row], now: Instant) -> list[Row]:
    """The first samples, of one hour, if that is over; the future of a clock that was put back counts as over."""
    batch: list[Row] = []
    for row in found:
        at = rows.time_of(row["key"])
        unfinished = at // HOUR == now // HOUR or now < at < now + HOUR
        if unfinished or (batch and at // HOUR != rows.time_of(batch[0]["key"]) // HOUR):
            break
        batch.append(row)
    return batch


async def _roll(db: Database, batch: Sequence[Row]) -> None:
    upto = batch[-1]["key"]
    parts: dict[int, list[int]] = {}
    for series in sorted(set().union(*map(_places, {row["ids"] for row in batch}))):
        parts.setdefault(series // sql.PART, []).append(series)
    for part, members in parts.items():
        await _roll_part(db, batch, part, members)
        await asyncio.sleep(REST)
    times = sorted(rows.time_of(row["key"]) for row in batch)
    async with db.write() as tx:
        if (await sql.state(tx)).upto >= upto:
            raise Overtaken
        await sql.set_all(tx, upto)
        await sql.set_seen(tx, [(series, times[-1]) for members in parts.values() for series in members])
        pause = reach(times)
        for begun, ended in spans(times, pause):
            await sql.add_watched(tx, begun, ended, pause)


async def _roll_part(db: Database, batch: Sequence[Row], part: int, members: Sequence[int]) -> None:
    """Adds what the batch has of the series of one part to their rows."""
    upto = batch[-1]["key"]
    before = (await sql.state(db, members[0])).upto
    fresh = [row for row in batch if row["key"] > before]
    if not fresh:
        return  # this was done before the last attempt was cut off
    values = _values(fresh, members)
    latencies = {one.id for one in await sql.series_between(db, members[0], members[-1]) if is_latency(one.name)}
    made = []
    for tier in (MINUTES, QUARTERS):
        number = rows.time_of(upto) // tier.row
        made.append((tier, number, await _blocks(db, tier, number, part, values, latencies)))
    async with db.write() as tx:
        if (await sql.state(tx, members[0])).upto != before:
            raise Overtaken
        for tier, number, blocks in made:
            await sql.put_rows(tx, tier, [(number, series, data) for series, data in blocks])
        await sql.set_part(tx, part, upto)


async def _blocks(db: Database, tier: Tier, number: int, part: int, values: _Values,
                  latencies: set[int]) -> list[tuple[int, tuple[bytes, bytes | None, bytes | None]]]:
    """The bytes of the rows of an hour or a day, with the values added to what is stored."""
    stored = {row["series"]: row for row in await sql.part_rows(db, tier, number, part)}
    made = []
    for place, (series, points) in enumerate(values.items()):
        if place % AT_ONCE == AT_ONCE - 1:
            await asyncio.sleep(0)
        one = _stored(tier, stored.get(series), latency=series in latencies)
        block.fill(one, tier.cell, tier.row, points)
        made.append((series, one.encode()))
    return made


def _stored(tier: Tier, row: Row | None, *, latency: bool) -> block.Block:
    if row is not None:
        try:
            return block.Block.decode(tier.cells, row["cells"], row["sketches"], row["whole"], latency=latency)
        except ValueError as error:
            LOG.warning("series %s begins its row anew: %s", row["series"], error)
    return block.Block(tier.cells, latency=latency)


def _places(ids: bytes) -> Iterable[int]:
    try:
        return rows.places(ids)
    except ValueError as error:
        LOG.warning("samples are left out: %s", error)
        return ()


def _values(batch: Iterable[Row], members: Sequence[int]) -> _Values:
    values: _Values = {}
    for row in batch:
        at = rows.time_of(row["key"])
        try:
            known = rows.decode(row["ids"], row["vals"], members[0], members[-1])
        except ValueError as error:
            LOG.warning("sample %s is left out: %s", row["key"], error)
            continue
        for series, value in known.items():
            values.setdefault(series, []).append((at, value))
    return values


async def prune(db: Database, now: Instant) -> int:
    """Forgets what is older than its tier is kept, in small batches; how many rows.

    Raises:
        StorageError: the database could not be read or written; what was done is done.
    """
    gone = await _prune_samples(db, now)
    gone += await _prune_tier(db, MINUTES, now)
    gone += await _prune_tier(db, QUARTERS, now)
    oldest = await sql.oldest_number(db, QUARTERS)
    before = min(now - QUARTERS.keep, oldest * DAY) if oldest is not None else 0
    async with db.write() as tx:
        gone += await sql.delete_watched(tx, before)
        gone += await sql.delete_series(tx, before)
    return gone


async def _prune_samples(db: Database, now: Instant) -> int:
    firsts = await sql.oldest_samples(db)
    past = [rows.time_of(key) for key in firsts if rows.time_of(key) <= now]
    if not past:
        return 0
    before = min(now - KEEP_SAMPLES, min(past) + STEP) // HOUR * HOUR
    async with db.write() as tx:
        await sql.keep_from(tx, "sample", before)
    gone = 0
    for first, following in zip(firsts, [*firsts[1:], None], strict=True):
        run = first >> rows.RUN << rows.RUN
        gone += await _delete_samples(db, run, run + max(before, 1) - 1)
        if following is not None and rows.time_of(following) <= now - KEEP_SAMPLES:
            # What a wrong clock put into the future, before it was put back two days ago, would never grow old.
            gone += await _delete_samples(db, run + now + KEEP_SAMPLES, run + rows.LAST)
    return gone


async def _delete_samples(db: Database, first: int, last: int) -> int:
    gone, more = 0, BATCH
    while more == BATCH:
        async with db.write() as tx:
            more = await sql.delete_samples(tx, first, last, BATCH)
        gone += more
        await asyncio.sleep(REST)
    return gone


async def _prune_tier(db: Database, tier: Tier, now: Instant) -> int:
    oldest = await sql.oldest_number(db, tier)
    if oldest is None:
        return 0
    before = min(now - tier.keep, oldest * tier.row + STEP) // DAY * DAY
    if before <= oldest * tier.row:
        return 0
    async with db.write() as tx:
        await sql.keep_from(tx, tier.name, before)
    gone, more = 0, BATCH
    while more == BATCH:
        async with db.write() as tx:
            more = await sql.delete_rows(tx, tier, before // tier.row, BATCH)
        gone += more
        await asyncio.sleep(REST)
    return gone
