"""Cells of any length, sorted into the columns of a chart. Pure."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from opsconsole.core.clock import MINUTE
from opsconsole.health.history.model import BEAT, Bucket, Cell, History

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant


def chart(series: str, cells: Sequence[Cell], since: Instant, until: Instant, buckets: int) -> History:
    """A period in equal parts.

    A cell that is longer than a part fills each one that it reaches into; holes that are no gap are bridged.

    Args:
        series: its name.
        cells: what is known, oldest first.
        since: the beginning, ms UTC.
        until: the end, not included, later than `since`.
        buckets: how many parts, 1 or more.
    """
    span = until - since
    gap = usual_gap(cells)
    found: list[list[Cell]] = [[] for _ in range(buckets)]
    for cell in cells:
        first = (cell.start - since) * buckets // span
        last = first
        if cell.length * buckets > span:
            last = (cell.start + cell.length - 1 - since) * buckets // span
        elif cell.length:
            first = last = (cell.start + cell.length // 2 - since) * buckets // span
        for place in range(max(first, 0), min(last, buckets - 1) + 1):
            found[place].append(cell)
    edges = [since + span * place // buckets for place in range(buckets + 1)]
    made = [_bucket(inside, *edge) for inside, edge in zip(found, pairwise(edges), strict=True)]
    return History(series, gap, tuple(_bridged(made, cells, gap)))


def usual_gap(cells: Sequence[Cell]) -> int:
    """The ms from which on two values have a gap between them.

    Thrice their usual distance; where cell follows cell, a minute, because a check that runs once a minute now and then
    misses one, or nothing, where cells are longer.
    """
    longest = max((cell.length for cell in cells), default=0)
    starts = [cell.start for cell in cells if cell.length == longest][-1000:]
    distances = sorted(after - before for before, after in pairwise(starts))
    usual = distances[len(distances) // 2] if distances else 0
    if usual > longest or not longest:
        return max(3 * BEAT, 3 * usual)
    return MINUTE if longest <= MINUTE else 0


def _bucket(cells: Sequence[Cell], start: Instant, end: Instant) -> Bucket:
    number = sum(cell.number for cell in cells)
    if not number:
        return Bucket(start, end)
    low, high = min(cell.low for cell in cells), max(cell.high for cell in cells)
    mean = min(max(sum(cell.total for cell in cells) / number, low), high)
    return Bucket(start, end, number, low, mean, high)


def _bridged(buckets: list[Bucket], cells: Sequence[Cell], gap: int) -> list[Bucket]:
    """The buckets, with those between two near values as the one before them: so did a check stand between two runs."""
    if not cells or all(bucket.count for bucket in buckets):
        return buckets
    place = 0
    for number, bucket in enumerate(buckets):
        if bucket.count or not number:
            continue
        while place + 1 < len(cells) and cells[place + 1].start < bucket.end:
            place += 1
        before = cells[place]
        after = cells[place + 1] if place + 1 < len(cells) else None
        if after is not None and before.start < bucket.end and after.start - before.start - before.length <= gap:
            known = buckets[number - 1]
            buckets[number] = Bucket(bucket.start, bucket.end, 0, known.min, known.mean, known.max)
    return buckets
