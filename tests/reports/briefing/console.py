"""The briefing in a real shell over real records."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opsconsole.checklists.screen.desk import PART as CHECKLISTS
from opsconsole.checklists.screen.desk import Desk as ChecklistDesk
from opsconsole.checklists.settings import ChecklistSettings
from opsconsole.console.shell import OpsConsole
from opsconsole.console.theme import Look
from opsconsole.console.timeline import Timeline
from opsconsole.console.topline import Tab
from opsconsole.core.database import METRICS, RECORDS
from opsconsole.core.glyphs import UNICODE, Glyphs
from opsconsole.core.identity import Actor, Role
from opsconsole.reports.briefing.actions import SHOW
from opsconsole.reports.screen.briefing import BriefingScreen
from opsconsole.reports.screen.visiting import PART, Visit, show_briefing
from opsconsole.tickets.screen import PART as TICKETS
from opsconsole.tickets.screen import Desk as TicketDesk
from opsconsole.timeline import sources
from tests.console.shell_app import First, Second, StillClock, context
from tests.console.shown import running, stored
from tests.health.samples import NOW, ZONE
from tests.reports.briefing.house import LEFT, House, house
from tests.tickets.desk import ANA, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from textual.screen import Screen

    from opsconsole.console.storage import Storage
    from opsconsole.core.themes import Theme
    from tests.console.shown import Shown

TIMELINE: Final = Timeline(sources, lambda screen, target: screen.console.say(f"opens {target}"))
"""Opens nothing, but says what."""


class Returned(NamedTuple):
    """The folder of the records of somebody who comes back."""

    folder: Path

    async def do(self, happen: Callable[[House], Awaitable[Any]]) -> Any:
        """Something that happened before, or that others do meanwhile."""
        async with house(self.folder) as at:
            return await happen(at)

    def done(self, happen: Callable[[House], Awaitable[Any]]) -> Any:
        """The same, for a test that is no coroutine."""
        return asyncio.run(self.do(happen))

    def console(self, screen: Callable[[], Screen[Any]] = First, *, glyphs: Glyphs = UNICODE,
                theme: Theme | None = None, who: Actor = ANA, role: Role | None = None, since: int | None = LEFT,
                storage: Storage | None = None) -> OpsConsole:
        """A console that begins on a screen."""
        role = who.role if role is None else role
        surroundings = context(self.folder, glyphs=glyphs, look=Look(theme) if theme else Look(), clock=StillClock(NOW),
                               role=role, storage=storage or stored(self.folder / "opsconsole.db", RECORDS))
        surroundings.zone, surroundings.metrics = ZONE, stored(self.folder / "metrics.db", METRICS)
        surroundings.actor = Actor(who.name, who.uid, role, who.origin)
        visit = Visit(TIMELINE)
        visit.since = since
        surroundings.parts |= {PART: visit, TICKETS: TicketDesk(settings=SETTINGS),
                               CHECKLISTS: ChecklistDesk(settings=ChecklistSettings(use=()))}
        surroundings.features[SHOW] = show_briefing
        return OpsConsole(surroundings, (Tab("1", "first", "First", screen), Tab("2", "second", "Second", Second)))

    def shown(self, screen: Callable[[], Screen[Any]] = BriefingScreen, *, size: tuple[int, int] = (80, 24),
              **more: Any) -> AbstractAsyncContextManager[Shown]:
        """A console in which a test presses keys."""
        return running(self.console(screen, **more), size)
