"""A histogram that can be merged, for percentiles of latencies over any time.

Bins grow by a constant factor, as in DDSketch (Masson, Rim, Lee, VLDB 2019): a value is known to within
1 %, whatever its size, and the histogram of two sets of values is the sum of their histograms.
"""

from __future__ import annotations

from math import ceil, log

Bins = dict[int, int]
"""Number of a bin to how many values are in it."""

GAMMA = 1.02
ERROR = (GAMMA - 1) / (GAMMA + 1)
"""Relative error of a value that is given back: 0.99 %."""
SMALLEST = 1e-9
"""Seconds; bin 0 is for what is smaller, zero above all."""
LARGEST = 1e9
_LOG = log(GAMMA)
LAST = ceil(log(LARGEST / SMALLEST) / _LOG)
"""The bin of everything that is larger; so no histogram has more than some two thousand."""


def bin_of(value: float) -> int:
    """The bin of a value, 0 to LAST."""
    if value <= SMALLEST:
        return 0
    return LAST if value >= LARGEST else ceil(log(value / SMALLEST) / _LOG)


def value_of(number: int) -> float:
    """The value in the middle of a bin, no farther than ERROR from each value in it."""
    return 0.0 if number <= 0 else SMALLEST * 2 * GAMMA**number / (GAMMA + 1)


def add(bins: Bins, value: float, count: int = 1) -> None:
    """Put a value into its bin."""
    number = bin_of(value)
    bins[number] = bins.get(number, 0) + count


def merge(bins: Bins, other: Bins) -> None:
    """Add all of another histogram to the first one."""
    for number, count in other.items():
        bins[number] = bins.get(number, 0) + count


def quantiles(bins: Bins, shares: tuple[float, ...]) -> tuple[float, ...] | None:
    """For each share (0..1) the smallest value that at least so many of all are not above; None without values."""
    total = sum(bins.values())
    if not total:
        return None
    numbers = sorted(bins)
    found = []
    for share in shares:
        rank = rank_of(share, total)
        for number in numbers:
            rank -= bins[number]
            if rank <= 0:
                break
        found.append(value_of(number))
    return tuple(found)


def exact_quantiles(values: list[float], shares: tuple[float, ...]) -> tuple[float, ...] | None:
    """The same of the values themselves."""
    if not values:
        return None
    ordered = sorted(values)
    return tuple(ordered[rank_of(share, len(ordered)) - 1] for share in shares)


def rank_of(share: float, total: int) -> int:
    """The place of a quantile among `total` sorted values, from 1 on: the nearest rank."""
    return min(max(ceil(share * total - 1e-9), 1), total)


def encode(bins: Bins) -> bytes:
    """The bins as bytes: how many, then for each its distance from the one before and its count, as varints."""
    out = bytearray()
    _put(out, len(bins))
    before = 0
    for number in sorted(bins):
        _put(out, number - before)
        _put(out, bins[number])
        before = number
    return bytes(out)


def decode(data: bytes, place: int = 0) -> tuple[Bins, int]:
    """The bins that stand at a place of `data`, and the place behind them.

    Raises:
        ValueError: the data is cut off or no histogram.
    """
    bins: Bins = {}
    try:
        size, place = take(data, place)
        number = 0
        for _ in range(size):
            step, place = take(data, place)
            count, place = take(data, place)
            number += step
            bins[number] = count
    except IndexError:
        raise ValueError("a histogram is cut off") from None
    if number > LAST or len(bins) != size:
        raise ValueError("this is no histogram")
    return bins, place


def _put(out: bytearray, number: int) -> None:
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)


def take(data: bytes, place: int) -> tuple[int, int]:
    """The varint at a place, and the place behind it.

    Raises:
        IndexError: the data ends before it does.
    """
    byte = data[place]
    place += 1
    if byte < 0x80:
        return byte, place
    number, shift = byte & 0x7F, 7
    while True:
        byte = data[place]
        place += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, place
        shift += 7
