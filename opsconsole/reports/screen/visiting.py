"""What a console has of the visit of its person: since when they were away, whether they know, who tells them."""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final, cast

from opsconsole.console.part import bind_again
from opsconsole.console.storage import StorageState, opened
from opsconsole.core.errors import OpsError
from opsconsole.core.levels import Level
from opsconsole.core.text import limited
from opsconsole.reports.briefing.actions import SHOW
from opsconsole.reports.briefing.model import TOPIC

if TYPE_CHECKING:
    from opsconsole.console.context import ConsoleContext
    from opsconsole.console.screen import ConsoleScreen
    from opsconsole.console.shell import OpsConsole
    from opsconsole.console.timeline import Timeline
    from opsconsole.core.clock import Instant
    from opsconsole.reports.briefing.gathering import Features
    from opsconsole.reports.briefing.model import Briefing
    from opsconsole.reports.briefing.service import BriefingService

PART: Final = "briefing"
"""Under this name the composition root hands this to the screens, in `ConsoleContext.parts`."""

AWAY: Final = 4 * 3600.0
"""Seconds without a key after which somebody comes back to a console that was left open."""
AGAIN: Final = 60.0
"""Seconds between two looks whether the person is still there."""

log = logging.getLogger(__name__)


class Visit:
    """The visit that this console is.

    Args:
        timeline: who tells what happened, and shows what an item names.
        shown: whether a briefing is shown when the console opens.
    """

    def __init__(self, timeline: Timeline, *, shown: bool = True) -> None:
        self.opener = timeline.opener
        self.shown = shown
        self.since: Instant | None = None
        """Since when the person was away; None: that is not known yet."""
        self._sources = timeline.sources
        self._welcomed = False
        self._knows = False
        """Whether they know what happened until this console was opened."""
        self._touched = 0
        self._seen = 0.0
        """When a key was touched last, as the clock counts that is never set."""
        self._handovers: frozenset[int] = frozenset()
        """Those that the person was told of."""

    def features(self, context: ConsoleContext) -> Features:
        """Whom to ask, on the records as they are open now.

        Raises:
            StorageError: they are not; the sentence says why.
        """
        from opsconsole.checklists.screen.desk import service_of as checklists_of  # noqa: PLC0415 - when it is asked for
        from opsconsole.health.alerts.service import AlertService  # noqa: PLC0415 - as above
        from opsconsole.logbook.screen.desk import service_of as log_of  # noqa: PLC0415 - as above
        from opsconsole.reports.briefing.gathering import Features  # noqa: PLC0415 - as above
        from opsconsole.tickets.screen import service_of as tickets_of  # noqa: PLC0415 - as above

        db = context.storage.db
        metrics = context.metrics
        # Without its history, this host is silent about what changed; the records can tell all else.
        there = metrics is not None and metrics.state is StorageState.READY
        told = self._sources(db, metrics.db if metrics is not None and there else None)
        return Features(self.service(context), AlertService(db, context.clock), tickets_of(context), log_of(context),
                        checklists_of(context), told, context.zone)

    def service(self, context: ConsoleContext) -> BriefingService:
        """Visits and hand-overs.

        Raises:
            StorageError: the records are not open; the sentence says why.
        """
        from opsconsole.reports.briefing.service import BriefingService  # noqa: PLC0415 - after the first paint

        return BriefingService(context.storage.db, context.clock)

    async def gathered(self, context: ConsoleContext) -> Briefing:
        """What happened since the person was away, up to now.

        Raises:
            StorageError: the records cannot be read.
        """
        from opsconsole.reports.briefing.gathering import gather  # noqa: PLC0415 - after the first paint

        now = context.clock.now()
        since = now if self.since is None else self.since
        return await gather(self.features(context), context.actor.name, since, now, context.actor.origin)

    def hear(self, app: OpsConsole, topics: frozenset[str] | None = None) -> None:
        """The console is there, time went on (None), or something happened."""
        if not self._welcomed:
            self._welcomed = True
            app.run_worker(self._welcome(app), group=PART, exclusive=True)
        elif topics is None:
            app.run_worker(self._still_there(app), group=PART)
        elif TOPIC in topics:
            app.run_worker(self._handed_over(app), group=PART)

    async def dismissed(self, context: ConsoleContext, until: Instant) -> None:
        """The person knows what happened until then."""
        self._knows = True
        await self._visited(context, until)

    async def _welcome(self, app: OpsConsole) -> None:
        """Tell what happened while the person was away; where nothing did, nothing is said."""
        context = app.context
        await opened(context)
        self._seen = context.clock.monotonic()
        try:
            now = context.clock.now()
            last = await self.service(context).last_visit(context.actor.name)
            # Whoever comes for the first time was not away; what others handed over is for them all the same.
            self.since = min(last, now) if last is not None else now
            briefing = await self.gathered(context)
        except OpsError as error:
            log.warning("no briefing: %s", error)
            self._welcomed = False
            return
        self._handovers = frozenset(one.id for one in briefing.waiting)
        if briefing.empty:
            await self.dismissed(context, briefing.until)
        elif self.shown:
            self._show(app, briefing)

    def _show(self, app: OpsConsole, briefing: Briefing) -> None:
        """On the first screen, unless the person is at work already: then it is only said that there is something."""
        from opsconsole.reports.briefing.present import summary  # noqa: PLC0415 - after the first paint

        if not app.touched and app.current_mode == app.DEFAULT_MODE and len(app.screen_stack) == 1:
            from opsconsole.reports.screen.briefing import BriefingScreen  # noqa: PLC0415 - as above

            app.push_screen(BriefingScreen(briefing))
        else:
            app.say(f"Since your last visit: {summary(briefing)}. {self._key(app)} shows it.")

    async def _still_there(self, app: OpsConsole) -> None:
        """Whoever has touched a key since the last look has seen what this console shows, or comes back to it."""
        if app.touched == self._touched:
            return
        now = app.context.clock.monotonic()
        away, self._touched, self._seen = now - self._seen, app.touched, now
        if not self._knows:
            return
        if away < AWAY:
            await self._visited(app.context, app.context.clock.now())
        else:
            self._knows = False
            await self._welcome(app)

    async def _handed_over(self, app: OpsConsole) -> None:
        """Somebody handed over while this console is open."""
        context = app.context
        with suppress(OpsError):
            found = [one for one in await self.service(context).open() if one.author != context.actor.name]
            fresh = [one for one in found if one.id not in self._handovers]
            self._handovers = frozenset(one.id for one in found)
            if fresh:
                app.say(f"{limited(fresh[-1].author, 40)} has handed over. {self._key(app)} shows it.", Level.OK)

    async def _visited(self, context: ConsoleContext, until: Instant) -> None:
        try:
            await self.service(context).visited(context.actor.name, until)
        except OpsError as error:
            # The next briefing begins earlier, and tells again what is known: no reason to disturb anybody.
            log.warning("the visit is not kept: %s", error)

    def _key(self, app: OpsConsole) -> str:
        """The key that shows it, as configured."""
        from opsconsole.console.keys import key_label  # noqa: PLC0415 - where something is said

        (action,) = app.remapped((SHOW,))
        return key_label(action.keys[0]) if action.keys else "The palette"


def visit_of(context: ConsoleContext) -> Visit:
    """The visit of this console, which the composition root has handed in."""
    return cast("Visit", context.parts[PART])


def begin_visit(app: OpsConsole, timeline: Timeline, *, shown: bool) -> Visit:
    """The console is there, and so is somebody; nothing of this is loaded before the first paint."""
    visit = Visit(timeline, shown=shown)
    app.context.parts[PART] = visit
    app.context.features[SHOW] = show_briefing
    bind_again(app)
    others = app.heard

    def heard(topics: frozenset[str]) -> None:
        others(topics)
        visit.hear(app, topics)

    app.heard = heard
    app.set_interval(AGAIN, partial(visit.hear, app), name="visit")
    visit.hear(app)
    return visit


def show_briefing(screen: ConsoleScreen) -> None:
    """What happened since the last visit, whatever screen is shown."""
    from opsconsole.reports.screen.briefing import BriefingScreen  # noqa: PLC0415 - when it is opened

    if not isinstance(screen, BriefingScreen):
        screen.app.push_screen(BriefingScreen())
