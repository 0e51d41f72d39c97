"""How one goes to another moment of the timeline."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from opsconsole.console.dialogs.ask import Ask
from opsconsole.console.timeline.filtering import time_of
from opsconsole.console.timeline.source import MOMENT
from opsconsole.console.timeline.words import Around
from opsconsole.core.timeline import About

if TYPE_CHECKING:
    from opsconsole.console.list_screen import ListScreen
    from opsconsole.console.timeline.filtering import Wanted
    from opsconsole.console.timeline.source import Happenings
    from opsconsole.core.clock import Instant
    from opsconsole.core.timeline import Happening

    Base = ListScreen
else:
    Base = object


class Moving(Base):
    """The part of the screen that goes from one moment to another."""

    _source: Happenings
    _about: About | None

    @property
    def happening(self) -> Happening | None:
        """The one under the cursor."""
        raise NotImplementedError

    def made(self, wanted: Wanted, begin: Instant | None) -> Happenings:
        """The rows of a filter, read from a moment on; None: from the moment that the timeline is about."""
        raise NotImplementedError

    def go(self, key: str) -> None:
        """Put the cursor on a row, with a little of what followed in view above it."""
        self.table.go_to(key, above=max(2, (self.size.height - 12) // 3))

    def action_here(self) -> None:
        """Back to the moment."""
        self._begin_at(None, MOMENT)

    def _begin_at(self, at: Instant | None, key: str) -> None:
        source = self._source
        self._source = self.made(source.wanted, at)
        self._source.around = source.around
        self.table.show_source(self._source, quiet=True)
        self.go(key)

    def action_around(self) -> None:
        """The row under the cursor is the moment now."""
        one = self.happening
        if one is not None:
            self._about = About(one.target, one.at)
            self._source.around = Around(one.at, one.target, one.what)
            self.action_here()

    def action_at(self) -> None:
        """To another time."""
        self.run_worker(self._go_to_time(), group="doing")

    async def _go_to_time(self) -> None:
        context = self.context
        read = partial(time_of, now=context.clock.now(), zone=context.zone)

        def wrong(text: str) -> str | None:
            try:
                read(text)
            except ValueError as problem:
                return str(problem)
            return None

        text = await self.app.push_screen_wait(Ask("Go to which time?", hint="14:05, 2027-01-04 14:05, or 2h for how"
                                                   " long ago", done="go", check=wrong, glyphs=context.glyphs))
        if text is not None:
            at = read(text)
            self._begin_at(at, f"{at}:0")
