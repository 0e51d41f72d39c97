"""What was recorded at one time as bytes: which series, and their values."""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_left, bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING

from opsconsole.health.history.sketch import take

if TYPE_CHECKING:
    from collections.abc import Mapping

RUN = 44
"""Bits of a key that are a time: to the year 2527."""
LAST = (1 << RUN) - 1
LATE = 120_000
"""ms: what comes this late is put behind the newest; what comes later was recorded by a clock that was put back."""


def time_of(key: int) -> int:
    """The time (ms UTC) of a sample by its key."""
    return key & LAST


def next_key(newest: int | None, at: int) -> int:
    """The key of a sample at a time (ms): larger than that of the newest sample, whatever the clock did."""
    at = min(max(at, 1), LAST)
    if newest is None:
        return at
    run, last = newest >> RUN, newest & LAST
    if at > last:
        return run << RUN | at
    if last - at <= LATE and last < LAST:
        return newest + 1
    return (run + 1) << RUN | at


def encode(values: Mapping[int, float]) -> tuple[bytes, bytes]:
    """Ids (sorted; each as its distance from the one before, varint) and values (float64) of one sample."""
    ids = sorted(values)
    return _ids(tuple(ids)), struct.pack(f"<{len(ids)}d", *[values[one] for one in ids])


@lru_cache(maxsize=64)
def _ids(ids: tuple[int, ...]) -> bytes:
    out = bytearray()
    before = 0
    for one in ids:
        number, before = one - before, one
        while number > 0x7F:
            out.append(number & 0x7F | 0x80)
            number >>= 7
        out.append(number)
    return bytes(out)


@lru_cache(maxsize=512)
def places(ids: bytes) -> array[int]:
    """The series of a sample, from its first column, ascending: its values are in this order. Not to be changed.

    Raises:
        ValueError: the bytes are cut off.
    """
    # Of a dictionary, 512 would take 8 MiB.
    found = array("q")
    place = one = 0
    try:
        while place < len(ids):
            step, place = take(ids, place)
            one += step
            found.append(one)
    except (IndexError, OverflowError):
        raise ValueError("a sample of the history is cut off") from None
    return found


def value(ids: bytes, vals: bytes, series: int) -> float | None:
    """The value of one series in a sample; None when it has none."""
    known = places(ids)
    place = bisect_left(known, series)
    if place == len(known) or known[place] != series:
        return None
    try:
        found: float = struct.unpack_from("<d", vals, place * 8)[0]
    except struct.error:
        raise ValueError("a sample of the history is cut off") from None
    return found


def decode(ids: bytes, vals: bytes, first: int = 0, last: int = 1 << 62) -> dict[int, float]:
    """Series to value of one sample, or of those of its series whose numbers are from `first` to `last`.

    Raises:
        ValueError: the bytes are cut off.
    """
    known = places(ids)
    begin, end = bisect_left(known, first), bisect_right(known, last)
    if len(vals) != len(known) * 8:
        raise ValueError("a sample of the history is cut off")
    return dict(zip(known[begin:end], struct.unpack_from(f"<{end - begin}d", vals, begin * 8), strict=True))
