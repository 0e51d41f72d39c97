"""A clock that tests turn by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opsconsole.core.clock import Instant


class HandClock:
    """The time of day, the time since boot and the time awake, each on its own."""

    def __init__(self, wall: Instant = 1_750_000_000_000) -> None:
        self.wall = wall
        self.boot = 1000.0
        self.awake = 500.0

    def now(self) -> Instant:
        return self.wall

    def monotonic(self) -> float:
        return self.boot

    def steady(self) -> float:
        return self.awake

    def pass_by(self, seconds: float, *, asleep: bool = False) -> None:
        """Time passes for everyone; asleep, the machine is suspended."""
        self.wall += round(seconds * 1000)
        self.boot += seconds
        self.awake += 0 if asleep else seconds

    def set(self, wall: Instant) -> None:
        """Somebody sets the time of day."""
        self.wall = wall
