"""The briefing in a real shell over real records, and what a test presses and sees there."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from textual.worker import WorkerCancelled

from opsconsole.checklists.screen.desk import PART as CHECKLISTS
from opsconsole.checklists.screen.desk import Desk as ChecklistDesk
from opsconsole.checklists.settings import ChecklistSettings
from opsconsole.console.shell import OpsConsole
from opsconsole.console.storage import Storage
from opsconsole.console.theme import Look
from opsconsole.console.timeline import Timeline
from opsconsole.console.topline import Tab
from opsconsole.core.database import METRICS, RECORDS, Database
from opsconsole.core.feed import Feed
from opsconsole.core.glyphs import UNICODE, Glyphs
from opsconsole.core.identity import Actor, Role
from opsconsole.reports.briefing.actions import SHOW
from opsconsole.reports.screen.briefing import BriefingScreen
from opsconsole.reports.screen.visiting import PART, Visit, show_briefing
from opsconsole.tickets.screen import PART as TICKETS
from opsconsole.tickets.screen import Desk as TicketDesk
from opsconsole.timeline import sources
from tests.console.shell_app import First, Second, StillClock, context
from tests.health.samples import NOW, ZONE
from tests.reports.briefing.house import LEFT, House, house
from tests.tickets.desk import ANA, SETTINGS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from textual.pilot import Pilot
    from textual.screen import Screen

    from opsconsole.core.themes import Theme

SIZES: Final = ((80, 24), (120, 40))
WAITING: Final = frozenset({"briefing", "handover", "form", "submit", "draft", "take", "dismiss", "click", "leave"})


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
                               role=role, storage=storage or self._storage("opsconsole.db", RECORDS))
        surroundings.zone, surroundings.metrics = ZONE, self._storage("metrics.db", METRICS)
        surroundings.actor = Actor(who.name, who.uid, role, who.origin)
        visit = Visit(TIMELINE)
        visit.since = since
        surroundings.parts |= {PART: visit, TICKETS: TicketDesk(settings=SETTINGS),
                               CHECKLISTS: ChecklistDesk(settings=ChecklistSettings(use=()))}
        surroundings.features[SHOW] = show_briefing
        return OpsConsole(surroundings, (Tab("1", "first", "First", screen), Tab("2", "second", "Second", Second)))

    def _storage(self, name: str, schema: Any) -> Storage:
        async def open_both() -> tuple[Database, Feed]:
            db = await Database.open(self.folder / name, schema)
            return db, Feed(db)

        return Storage(open_both)

    @asynccontextmanager
    async def shown(self, screen: Callable[[], Screen[Any]] = BriefingScreen, *, size: tuple[int, int] = (80, 24),
                    **more: Any) -> AsyncIterator[Shown]:
        """A console in which a test presses keys."""
        app = self.console(screen, **more)
        async with app.run_test(size=size) as pilot:
            await settled(pilot)
            yield Shown(app, pilot)


class Shown(NamedTuple):
    """A console that runs."""

    app: OpsConsole
    pilot: Pilot[Any]

    @property
    def screen(self) -> Any:
        """The screen on top."""
        return self.app.screen

    @property
    def top(self) -> Any:
        """Of which kind that is."""
        return type(self.app.screen)

    @property
    def text(self) -> str:
        """All that is in view."""
        return "\n".join("".join(segment.text for segment in strip)
                         for strip in self.app.screen._compositor.render_strips())

    @property
    def said(self) -> list[str]:
        """What was told."""
        return [str(note.message) for note in self.app._notifications]

    async def press(self, *keys: str) -> None:
        """Keys, one after the other; a quote before them types a text."""
        for key in keys:
            await self.pilot.press(*(key[1:] if key.startswith("'") else [key]))
            await settled(self.pilot)


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until what was asked for is there."""
    from opsconsole.console.dialogs.base import Dialog

    for _ in range(3):
        await pilot.pause()
        asking = any(isinstance(screen, Dialog) for screen in pilot.app.screen_stack)
        for worker in list(pilot.app.workers):
            if worker.group in WAITING and not (asking and worker.group == "take"):
                # One that was begun again meanwhile was cancelled.
                with suppress(WorkerCancelled):
                    await worker.wait()
    await pilot.pause()


def pressing(*keys: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    """For pictures: settle, press, settle."""
    async def press(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        for key in keys:
            await pilot.press(*(key[1:] if key.startswith("'") else [key]))
            await settled(pilot)

    return press
