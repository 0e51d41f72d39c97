"""The time of the invented server: a clock that is turned, and what happens when."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opsconsole.core.clock import Instant

    Deed = Callable[[], Awaitable[object]]


class Hands:
    """A clock whose hands are put where something happened, so that services believe it; see `core.clock.Clock`."""

    def __init__(self, at: Instant) -> None:
        self.at = at

    def now(self) -> Instant:
        """See `Clock.now`."""
        return self.at

    def monotonic(self) -> float:
        """See `Clock.monotonic`."""
        return self.at / 1000


class Diary:
    """What people and programs do, each deed at its moment and one after the other; a deed may plan later ones.

    Args:
        hands: the clock, which is at the moment of a deed while it is done.
    """

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._planned: list[tuple[Instant, int, Deed]] = []
        self._count = 0

    def plan(self, at: Instant, deed: Deed) -> None:
        """It will be done then; of several at one moment, the one that was planned first comes first."""
        self._count += 1
        heappush(self._planned, (at, self._count, deed))

    async def live(self, until: Instant) -> None:
        """Does everything up to a moment; what was planned for later never happens, and time never goes back."""
        self._hands.at = min([until, *(at for at, _, _ in self._planned)])
        while self._planned and self._planned[0][0] <= until:
            at, _, deed = heappop(self._planned)
            self._hands.at = max(self._hands.at, at)
            await deed()
        self._hands.at = until
