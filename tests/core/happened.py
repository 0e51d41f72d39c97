"""A source of happenings for tests of the timeline."""

from __future__ import annotations

from opsconsole.core.timeline import Happening, sifted


class Listed:
    """A source that knows a list, newest first."""

    def __init__(self, kind: str, moments: list[int]) -> None:
        self.kind = self.target = self.topic = kind
        self._all = [Happening(at, kind, f"{kind} {place} {'even' if place % 2 == 0 else 'odd'}")
                     for place, at in enumerate(sorted(moments, reverse=True))]

    async def when(self, number: int) -> int | None:
        return None if number else 0

    async def happenings(self, since: int, until: int, limit: int, text: str = "") -> list[Happening]:
        async def read(since: int, until: int, limit: int) -> list[Happening]:
            return [one for one in self._all if since <= one.at < until][:limit]

        return await sifted(read, since, until, limit, text)
