"""Where the rows of the timeline come from: a window that is opened at a moment and grows where one looks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, cast

from opsconsole.console.storage import WAIT, StorageState, opened
from opsconsole.console.timeline import PART
from opsconsole.console.timeline.window import Window
from opsconsole.console.timeline.words import Around, row
from opsconsole.core.clock import local
from opsconsole.core.errors import OpsError, StorageError
from opsconsole.core.timeline import About, gather

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from opsconsole.console.context import ConsoleContext
    from opsconsole.console.timeline import Timeline
    from opsconsole.console.timeline.filtering import Wanted
    from opsconsole.console.widgets.pages import ListRow
    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database
    from opsconsole.core.timeline import Happening, Page, Source
    from opsconsole.core.view import View

MOMENT: Final = "moment"
"""The key of the row that the timeline is about."""


class Sources:
    """Whoever tells what happened, made once for the records as they are open now: some remember what they read."""

    def __init__(self, context: ConsoleContext) -> None:
        self._context = context
        self._made: tuple[Database, Database | None, Sequence[Source]] | None = None

    async def __call__(self) -> tuple[Sequence[Source], str]:
        """All of them; and why the history of this host is missing, where it is.

        Raises:
            StorageError: the records are not open; the sentence says why.
        """
        context = self._context
        await opened(context)
        records, metrics, missing = context.storage.db, None, ""
        if context.metrics is not None:
            while context.metrics.state is StorageState.OPENING:  # noqa: ASYNC110 - see `opened`
                await asyncio.sleep(WAIT)
            try:
                metrics = context.metrics.db
            except OpsError as error:
                missing = str(error)
        if self._made is None or self._made[0] is not records or self._made[1] is not metrics:
            self._made = records, metrics, cast("Timeline", context.parts[PART]).sources(records, metrics)
        return self._made[2], missing


async def sources_of(context: ConsoleContext) -> tuple[Sequence[Source], str]:
    """The same, for somebody who asks once."""
    return await Sources(context)()


class Happenings:
    """The rows of one filter; see `RowSource`.

    Args:
        sources: whoever tells what happened, and a sentence on who cannot be asked; raises OpsError while the records
            are not open.
        view: for whom rows are drawn now.
        wanted: which happenings.
        about: the moment that it is about; None: now.
        begin: where to begin to read; None: at that moment.
        each: packages of commands that are shown one by one.
        told: called when what is known of the moment, or of problems, is otherwise than before.
        more: called when somebody looks at the end of what was read: True for the old end.
    """

    def __init__(self, sources: Callable[[], Awaitable[tuple[Sequence[Source], str]]], view: Callable[[], View],
                 wanted: Wanted, about: About | None, begin: Instant | None, *, each: set[Happening],
                 told: Callable[[Happenings], None], more: Callable[[bool], None]) -> None:
        self.about, self.wanted, self.begin = about, wanted, begin
        self.window = Window(self._read, each)
        self.around: Around | None = None
        self.asked: Sequence[Source] = ()
        self._sources, self._view, self._told, self._more = sources, view, told, more
        self._missing = ""
        self._shown: Window | None = None
        self.opened = False
        """Whether it was read."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be read, the last time."""
        return (*self.window.problems, *([self._missing] if self._missing else []))

    def forget(self) -> None:
        """Read everything again, at the next question."""
        self.opened = False

    async def _read(self, since: Instant, until: Instant, limit: int) -> Page:
        return await gather(self.asked, since, until, limit, self.wanted.words, self.wanted.kinds)

    async def count(self) -> int:
        """See `RowSource.count`; what was asked first is read now."""
        if not self.opened:
            self.asked, missing = await self._sources()
            kinds = self.wanted.kinds
            self._missing = missing if not kinds or "change" in kinds else ""
            now = self._view().now
            if self.about is not None and self.around is None:
                self.around = await self._moment(self.about, now)
            at = self.begin if self.begin is not None else self.around.at if self.around is not None else now
            await self.window.open(at, now)
            self.opened = True
            self._name()
        # What is shown stays as it is while more is being read.
        self._shown = self.window.still()
        self._told(self)
        return len(self._shown.rows)

    async def _moment(self, about: About, now: Instant) -> Around | None:
        kind, _, number = about.target.partition(":")
        at = about.at
        if at is None:
            source = next((one for one in self.asked if one.target == kind), None)
            at = await source.when(int(number)) if source is not None and number.isdigit() else None
        if at is None:
            raise StorageError(f"There is no {kind} {number}.", "Look at what there is now.")
        return Around(min(at, now), about.target, about.title)

    def _name(self) -> None:
        """Where nobody said what it is, what happened at that moment says it."""
        around = self.around
        if around is not None and not around.title and around.target:
            number = self.window.of(About(around.target), around.at)
            rows = self.window.rows
            if number < len(rows) and rows[number].target == around.target:
                self.around = around._replace(title=rows[number].about or rows[number].what)

    async def rows(self, offset: int, limit: int) -> Sequence[ListRow]:
        """See `RowSource.rows`; whoever comes to an end of what was read has more read."""
        window = self._shown
        if window is None:
            return []
        rows = window.rows
        if offset + limit >= len(rows) and window.begin:
            self._more(True)
        if not offset and not window.follows:
            self._more(False)
        view = self._view()
        begin = max(0, offset - 1)
        days = [local(one.at, view.zone).date() for one in rows[begin:offset + limit]]
        first = [not begin + number or days[number] != days[number - 1] for number in range(len(days))]
        return [row(rows[number], window.key(number), view, self.around, first=first[number - begin])
                for number in range(offset, min(offset + limit, len(rows)))]

    async def position(self, key: str) -> int | None:
        """See `RowSource.position`; of a row that is no more, the newest that happened by then."""
        if self._shown is None:
            return None
        if key != MOMENT:
            return self._shown.find(key)
        if self.around is None:
            return 0
        return self._shown.of(About(self.around.target), self.around.at)

    def happening(self, key: str) -> Happening | None:
        """The one of a row."""
        window = self._shown
        number = window.find(key) if window is not None and key else None
        return window.rows[number] if window is not None and number is not None else None
