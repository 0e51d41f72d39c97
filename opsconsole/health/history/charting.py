"""Cells of any length, sorted into the columns of a chart. Pure."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

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
    """The ms from which on two values have a gap between them: thrice their usual distance."""
    if len(cells) < 2:
        return 3 * BEAT
    distances = sorted(after.start - before.start for before, after in pairwise(cells[-1000:]))
    return max(3 * BEAT, 3 * distances[len(distances) // 2])


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
