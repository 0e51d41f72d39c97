"""The part of the timeline that was read: everything between two instants, which grows at both ends. No Textual."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from opsconsole.core.clock import HOUR, MINUTE, SECOND, Instant
from opsconsole.core.timeline import PACKAGE, Command, commands, folded

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from opsconsole.core.timeline import About, Happening, Page

    Read = Callable[[Instant, Instant, int], Awaitable[Page]]

STEP: Final = 200
"""About how many happenings are read at once."""
FIRST: Final = 60
"""About how many are read first: what is in view shall be there soon."""
MOST: Final = 500
"""The most that are read of a time whose length was guessed; a shorter time is tried then."""
AFTER: Final = 30 * MINUTE
"""ms behind the moment that are read first."""
LATE: Final = 2 * HOUR
"""ms: logs are read again and again, so what changed may become known later than it happened, but not much later."""
AGAIN: Final = 10
"""Pages of them that are read again, at most; and as many more as there is news."""
KEPT: Final = 20_000
"""Happenings in memory; of more, those are forgotten from which one has gone away."""


class Window:
    """Newest first; what is asked for while something is being read waits for it.

    Args:
        read: the newest of a time; gets its first instant, the one that it ends before, and about how many.
        each: packages of commands that are shown one by one.
    """

    def __init__(self, read: Read, each: set[Happening] | None = None) -> None:
        self.rows: list[Happening] = []
        """What is shown: the packages of one command are one row, unless each of them is wanted."""
        self.told: list[Happening] = []
        """What was read."""
        self.each = each if each is not None else set()
        self.problems: tuple[str, ...] = ()
        """A sentence for each source that could not be read, the last time."""
        self.begin: Instant = 0
        """Everything since then is known; 0: there is nothing before."""
        self.end: Instant = 0
        """Everything before then is known."""
        self.follows = False
        """Whether it reaches up to now."""
        self._read = read
        self._busy = asyncio.Lock()

    async def open(self, at: Instant, now: Instant) -> None:
        """Begin anew, with what happened before a moment and a little of what followed."""
        async with self._busy:
            at = min(at, now)
            later, end = await self._all(at + 1, min(at + AFTER, now) + 1) if at < now else ([], now + 1)
            page = await self._asked(0, at + 1, FIRST)
            self.told, self.begin, self.end = [*later, *page.happenings], page.older or 0, end
            self.follows = end > now
            self._fold()

    async def older(self) -> None:
        """Read on at the old end."""
        async with self._busy:
            if self.begin:
                page = await self._asked(0, self.begin, STEP)
                self.told = [*self.told, *page.happenings]
                self.begin = page.older or 0
                self._forget_newest()
                self._fold()

    async def newer(self, now: Instant) -> None:
        """Read on at the new end, up to now."""
        async with self._busy:
            found: list[Happening] = []
            step = AFTER
            while self.end <= now and len(found) < STEP:
                rows, end = await self._all(self.end, min(self.end + step, now + 1))
                step = (end - self.end) * (4 if len(rows) < STEP // 4 else 1)
                found = [*rows, *found]
                self.end = end
            self.told = [*found, *self.told]
            self.follows = self.end > now
            self._forget_oldest()
            self._fold()

    async def fresh(self, now: Instant) -> bool:
        """Something happened: read the new end again. Whether anything is otherwise than before."""
        async with self._busy:
            if not self.follows:
                return False
            since, until = max(self.begin, self.end - LATE), max(now + 1, self.end)
            found: list[Happening] = []
            pages = 0
            while True:
                page = await self._asked(since, until, MOST)
                found += page.happenings
                pages += 1
                if page.older is None:
                    break
                until = page.older
                if pages >= AGAIN and until < self.end:
                    # Very much happened: what is older than that is as it was.
                    since = until
                    break
            known = self.told[:_place(self.told, since - 1)]
            self.end = max(now + 1, self.end)
            if found == known:
                return False
            self.told = [*found, *self.told[len(known):]]
            self._forget_oldest()
            self._fold()
            return True

    async def _all(self, since: Instant, until: Instant) -> tuple[list[Happening], Instant]:
        """Everything from an instant on, until another or, where too much happened, until an earlier one."""
        while True:
            page = await self._asked(since, until, MOST)
            if page.older is None:
                return list(page.happenings), until
            if until - since <= SECOND:
                return await self._whole(since, page), until
            until = since + (until - since) // 4

    async def _whole(self, since: Instant, page: Page) -> list[Happening]:
        """A page, and those behind it."""
        found = list(page.happenings)
        while page.older is not None:
            page = await self._asked(since, page.older, MOST)
            found += page.happenings
        return found

    async def _asked(self, since: Instant, until: Instant, limit: int) -> Page:
        page = await self._read(since, until, limit)
        self.problems = page.problems
        return page

    def still(self) -> Window:
        """The same, as it is now."""
        kept = Window(self._read, self.each)
        kept.rows, kept.told = self.rows, self.told
        kept.begin, kept.end, kept.follows = self.begin, self.end, self.follows
        return kept

    # -- commands -----------------------------------------------------------------------------------------------------

    def _fold(self) -> None:
        self.rows = folded(self.told, self.each)

    def command(self, one: Happening) -> Sequence[Happening]:
        """All packages of the command that a row tells of, oldest first; none, where it tells of no such command."""
        if isinstance(one, Command):
            return one.parts
        packages = (other for other in self.told if other.deed == PACKAGE)
        group = next((group for group in commands(packages) if one in group), []) if one.deed == PACKAGE else []
        return group[::-1] if len(group) > 1 else ()

    def turn(self, one: Happening) -> str:
        """Show each package of a command, or all of them in one row again; the key of the row where it began."""
        parts = self.command(one)
        if isinstance(one, Command):
            self.each.update(parts)
        else:
            self.each.difference_update(parts)
        self._fold()
        return next(self.key(number) for number in range(self.place(parts[0].at), len(self.rows))
                    if self.rows[number].deed == PACKAGE)

    # -- where things are ---------------------------------------------------------------------------------------------

    def place(self, at: Instant) -> int:
        """The row of the newest that happened by then; the number of rows where nothing did."""
        return _place(self.rows, at)

    def key(self, number: int) -> str:
        """A name of a row that it keeps while others come and go: its moment, and which one of that moment it is."""
        at = self.rows[number].at
        return f"{at}:{number - self.place(at)}"

    def find(self, key: str) -> int | None:
        """The row of a key; where it is no more, the newest that happened by then."""
        at, _, place = key.partition(":")
        number = self.place(int(at))
        same = number + int(place or 0)
        if same < len(self.rows) and self.rows[same].at == int(at):
            return same
        return number if number < len(self.rows) else None

    def of(self, about: About, at: Instant) -> int:
        """The row of what the timeline was opened at; else the newest that happened by then."""
        first = number = self.place(at)
        while number < len(self.rows) and self.rows[number].at == at:
            if about.target and self.rows[number].target == about.target:
                return number
            number += 1
        return first

    def _forget_newest(self) -> None:
        cut = len(self.told) - KEPT
        if cut > 0:
            self.told = self.told[_place(self.told, self.told[cut].at):]
            self.end, self.follows = self.told[0].at + 1, False

    def _forget_oldest(self) -> None:
        if len(self.told) > KEPT:
            self.begin = self.told[KEPT].at
            self.told = self.told[:_place(self.told, self.begin - 1)]


def _place(rows: Sequence[Happening], at: Instant) -> int:
    return bisect_left(rows, -at, key=lambda one: -one.at)
