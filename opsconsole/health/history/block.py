"""A row of a tier: the minimum, maximum, sum and number of the values in each of its cells, and its histograms.

As bytes, only what says something is there: nothing for a cell without values, one figure for a cell with one value,
no histogram where minimum and maximum are the values themselves. Figures are float32 (relative error 6e-8) where that
holds them, whole numbers exactly, else float64. Bytes of equal weight stand together, which deflate likes.
"""

from __future__ import annotations

import struct
import zlib
from math import fsum, isfinite
from typing import TYPE_CHECKING

from opsconsole.health.history import sketch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from opsconsole.health.history.sketch import Bins

_DOUBLE, _DEFLATED, _MANY = 1, 2, 4
"""Flags in the first byte: float64, deflated, numbers of values in four bytes instead of two."""
_EXACT = 2.0**-23
_WHOLE = struct.Struct("<3dQ")
ROW = _WHOLE.size
"""Bytes at the beginning that are about the whole row."""
ALONE = 2
"""Up to so many values, minimum and maximum are all of them."""


class Block:
    """The cells of one row of one series, to be filled and stored."""

    __slots__ = ("counts", "highs", "latency", "lows", "sketches", "totals", "whole")

    def __init__(self, cells: int, *, latency: bool) -> None:
        self.counts = [0] * cells
        self.lows = [0.0] * cells
        self.highs = [0.0] * cells
        self.totals = [0.0] * cells
        self.latency = latency
        """Whether histograms are kept."""
        self.sketches: dict[int, Bins] = {}
        self.whole: Bins = {}

    def add(self, cell: int, value: float) -> None:
        """Take one finite value into a cell."""
        if not self.counts[cell]:
            self.lows[cell] = self.highs[cell] = value
        elif value < self.lows[cell]:
            self.lows[cell] = value
        elif value > self.highs[cell]:
            self.highs[cell] = value
        self.counts[cell] += 1
        self.totals[cell] += value
        if self.latency:
            sketch.add(self.whole, value)
            sketch.add(self.sketches.setdefault(cell, {}), value)

    def encode(self) -> tuple[bytes, bytes | None, bytes | None]:
        """Cells, histograms of the cells, histogram of the row; the last two are None where there are none."""
        cells = encode_cells(self.counts, self.lows, self.highs, self.totals)
        if not self.latency:
            return cells, None, None
        parts = b"".join(sketch.encode(self.sketches.get(cell, {}) if count > ALONE else {})
                         for cell, count in enumerate(self.counts))
        return cells, _deflated(parts), sketch.encode(self.whole)

    @classmethod
    def decode(cls, size: int, cells: bytes, sketches: bytes | None, whole: bytes | None, *, latency: bool) -> Block:
        """A block as it was stored, to be filled on.

        Raises:
            ValueError: the bytes are no block of so many cells.
        """
        block = cls(size, latency=latency)
        for cell, low, high, total, count in decode_cells(size, cells):
            block.counts[cell], block.lows[cell], block.highs[cell], block.totals[cell] = count, low, high, total
        if latency:
            block.sketches = dict(decode_sketches(size, cells, sketches))
            block.whole = sketch.decode(whole)[0] if whole else {}
        return block


def encode_cells(counts: Sequence[int], lows: Sequence[float], highs: Sequence[float],
                 totals: Sequence[float]) -> bytes:
    """The figures of all cells as bytes; those of the whole row stand before them, as they are."""
    used = [cell for cell, count in enumerate(counts) if count]
    several = [cell for cell in used if counts[cell] > 1]
    figures = [lows[cell] for cell in used]
    figures += [highs[cell] for cell in several]
    figures += [totals[cell] for cell in several]
    flags = _MANY if max(counts, default=0) > 0xFFFF else 0
    packed = _single(figures)
    if packed is None:
        flags |= _DOUBLE
        packed = struct.pack(f"<{len(figures)}d", *figures)
    numbers = struct.pack(f"<{len(counts)}{'I' if flags & _MANY else 'H'}", *counts)
    body = _sorted(numbers, 4 if flags & _MANY else 2) + _sorted(packed, 8 if flags & _DOUBLE else 4)
    small = zlib.compress(body, 6)
    if len(small) < len(body):
        flags, body = flags | _DEFLATED, small
    whole = (min(figures[:len(used)], default=0.0), max((highs[cell] for cell in used), default=0.0),
             fsum(totals[cell] for cell in used), sum(counts))
    return _WHOLE.pack(*whole) + bytes((flags,)) + body


def decode_row(data: bytes) -> tuple[float, float, float, int]:
    """Minimum, maximum, sum and number of values of a whole row, from its first `ROW` bytes.

    Raises:
        ValueError: the bytes are cut off.
    """
    try:
        low, high, total, number = _WHOLE.unpack_from(data)
    except struct.error as error:
        raise ValueError(f"a row of the history is damaged: {error}") from error
    return low, high, total, number


def decode_cells(size: int, data: bytes) -> Iterator[tuple[int, float, float, float, int]]:
    """Cell, minimum, maximum, sum and number of values, of each cell that has any.

    Raises:
        ValueError: the bytes are no figures of so many cells.
    """
    try:
        flags = data[ROW]
        body = zlib.decompress(data[ROW + 1:]) if flags & _DEFLATED else data[ROW + 1:]
        wide = 4 if flags & _MANY else 2
        counts = struct.unpack(f"<{size}{'I' if wide == 4 else 'H'}", _unsorted(body[:size * wide], wide))
        used = [cell for cell, count in enumerate(counts) if count]
        several = sum(counts[cell] > 1 for cell in used)
        width = 8 if flags & _DOUBLE else 4
        figures = struct.unpack(f"<{len(used) + 2 * several}{'d' if width == 8 else 'f'}",
                                _unsorted(body[size * wide:], width))
    except (IndexError, struct.error, zlib.error) as error:
        raise ValueError(f"a row of the history is damaged: {error}") from error
    return _cells(counts, used, figures, several)


def _cells(counts: Sequence[int], used: list[int], figures: Sequence[float],
           several: int) -> Iterator[tuple[int, float, float, float, int]]:
    high, total = len(used), len(used) + several
    for place, cell in enumerate(used):
        low, count = figures[place], counts[cell]
        if count == 1:
            yield cell, low, low, low, 1
        else:
            yield cell, low, figures[high], figures[total], count
            high += 1
            total += 1


def decode_sketches(size: int, cells: bytes, sketches: bytes | None) -> Iterator[tuple[int, Bins]]:
    """The histogram of each cell that has values.

    Raises:
        ValueError: the bytes are no row of so many cells.
    """
    stored = _sketches(size, sketches)
    for cell, low, high, _, count in decode_cells(size, cells):
        bins = stored.get(cell, {})
        if count <= ALONE:
            bins = {}
            for value in (low, high)[:count]:
                sketch.add(bins, value)
        if bins:
            yield cell, bins


def _sketches(size: int, data: bytes | None) -> dict[int, Bins]:
    if data is None:
        return {}
    found: dict[int, Bins] = {}
    try:
        plain, place = zlib.decompress(data), 0
    except zlib.error as error:
        raise ValueError(f"histograms of the history are damaged: {error}") from error
    for cell in range(size):
        bins, place = sketch.decode(plain, place)
        if bins:
            found[cell] = bins
    return found


def _deflated(data: bytes) -> bytes:
    return zlib.compress(data, 6)


def _single(figures: Sequence[float]) -> bytes | None:
    """The figures as float32, or None where that would lose more than its precision."""
    form = f"<{len(figures)}f"
    try:
        packed = struct.pack(form, *figures)
    except OverflowError:
        return None
    return packed if all(map(_kept, figures, struct.unpack(form, packed))) else None


def _kept(before: float, after: float) -> bool:
    return before == after or (isfinite(after) and abs(after - before) <= _EXACT * abs(before)
                               and not before.is_integer())


def _sorted(data: bytes, width: int) -> bytes:
    """All first bytes of numbers of `width` bytes, then all second ones, and so on."""
    return b"".join(data[place::width] for place in range(width))


def _unsorted(data: bytes, width: int) -> bytes:
    """The other way round."""
    if len(data) % width:
        raise struct.error("its length is no multiple of its numbers")
    out = bytearray(len(data))
    many = len(data) // width
    for place in range(width):
        out[place::width] = data[place * many:(place + 1) * many]
    return bytes(out)


def fill(block: Block, cell: int, row: int, values: Iterable[tuple[int, float]]) -> None:
    """Take values with their times (ms) into the cells of `cell` ms of the row of `row` ms that they are in."""
    for at, value in values:
        block.add(at % row // cell, value)
