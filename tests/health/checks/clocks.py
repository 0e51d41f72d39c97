"""A clock that is turned by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opsconsole.core.clock import Instant

START = 1_700_000_000_000


class HandClock:
    """Wall time and elapsed time go on together; `jump` moves only the first."""

    def __init__(self, at: Instant = START) -> None:
        self.at = at
        self.elapsed = 1000.0

    def now(self) -> Instant:
        return self.at

    def monotonic(self) -> float:
        return self.elapsed

    def turn(self, seconds: float) -> None:
        self.at += round(seconds * 1000)
        self.elapsed += seconds

    def jump(self, seconds: float) -> None:
        self.at += round(seconds * 1000)
