"""Rates from counters that may wrap, start again, or belong to a device that was not there before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WIDTHS: Final = (32, 64)
SHORTEST: Final = 0.05
"""Seconds; a shorter interval measures the resolution of the counters, not the machine."""


def growth(new: int, old: int) -> int | None:
    """By how much a counter grew; None when it was set back.

    A counter that is smaller than before has wrapped if its distance to 2**32 or 2**64 is small against that
    width, else it was reset. The limit (a quarter of the width) makes a wrap of 32 bits right up to
    1 GiB in one interval.
    """
    if new >= old:
        return new - old
    for width in _WIDTHS:
        around = new - old + (1 << width)
        if old < 1 << width and around < 1 << (width - 2):
            return around
    return None


def rate(new: int, old: int | None, seconds: float) -> float | None:
    """Growth per second; None for a new device, a counter set back, or no time gone by."""
    if old is None or seconds <= 0:
        return None
    grown = growth(new, old)
    return None if grown is None else grown / seconds


class CounterTable:
    """The counters of some devices in the last pass, by name.

    All times are monotonic seconds. A rate is an average over the whole interval, however long it was.
    """

    def __init__(self) -> None:
        self._before: Mapping[str, Sequence[int]] = {}
        self._rates: dict[str, tuple[float | None, ...]] = {}
        self._at: float | None = None

    def rates(self, counters: Mapping[str, Sequence[int]], now: float) -> dict[str, tuple[float | None, ...]]:
        """The rate of each counter of each device; Nones for a device that is new.

        After less than `SHORTEST` the rates of the pass before are repeated, and the interval goes on.
        """
        elapsed = None if self._at is None else now - self._at
        if elapsed is not None and elapsed < SHORTEST:
            if elapsed < 0:
                self._before, self._at = counters, now
            nothing = (None,) * max((len(values) for values in counters.values()), default=0)
            return {name: self._rates.get(name, nothing[:len(values)]) for name, values in counters.items()}
        rates: dict[str, tuple[float | None, ...]] = {}
        for name, values in counters.items():
            before = self._before.get(name)
            if before is None or elapsed is None or len(before) != len(values):
                rates[name] = (None,) * len(values)
            else:
                rates[name] = tuple([rate(new, old, elapsed) for new, old in zip(values, before, strict=True)])
        self._before, self._at, self._rates = counters, now, rates
        return rates
