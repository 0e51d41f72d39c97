"""The screens of the log in a real shell, over the real service and real records in which some days have happened."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opsconsole.console.shell import OpsConsole
from opsconsole.console.theme import Look
from opsconsole.console.topline import Tab
from opsconsole.core.blobs import Blobs
from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.glyphs import UNICODE, Glyphs
from opsconsole.core.identity import Actor, Role
from opsconsole.logbook.model import Action, EntryType, Point, Status
from opsconsole.logbook.screen.desk import PART, Desk
from opsconsole.logbook.screen.log import LogScreen
from opsconsole.logbook.service import LogService
from opsconsole.logbook.settings import LogbookSettings
from tests.console.shell_app import StillClock, context
from tests.console.shown import running, stored
from tests.health.samples import NOW, ZONE
from tests.tickets.desk import ANA, BEN

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from textual.screen import Screen

    from opsconsole.console.storage import Storage
    from opsconsole.core.themes import Theme
    from tests.console.shown import Shown

TWO: Final = LogbookSettings(two_persons=(EntryType.CHANGE,))


class Days(NamedTuple):
    """Where it happened."""

    folder: Path

    def storage(self) -> Storage:
        """For a console."""
        return stored(self.folder / "opsconsole.db", RECORDS)

    def service(self, db: Database, at: int = NOW) -> LogService:
        """The use cases at a moment."""
        return LogService(db, StillClock(at), TWO, zone=ZONE, blobs=Blobs(self.folder / "blobs"))

    async def do(self, happen: Callable[[Callable[[int], LogService]], Awaitable[Any]]) -> Any:
        """Something that happened before, or that others do meanwhile."""
        async with await Database.open(self.folder / "opsconsole.db", RECORDS) as db:
            return await happen(lambda at: self.service(db, at))

    def done(self, happen: Callable[[Callable[[int], LogService]], Awaitable[Any]]) -> Any:
        """The same, for a test that is no coroutine."""
        return asyncio.run(self.do(happen))

    async def entry(self, number: int) -> Any:
        """One entry as it is now."""
        return await self.do(lambda at: at(NOW).entry(number))

    def console(self, screen: Callable[[], Screen[Any]] = LogScreen, *, glyphs: Glyphs = UNICODE,
                theme: Theme | None = None, who: Actor = ANA, role: Role | None = None, now: int = NOW,
                storage: Storage | None = None) -> OpsConsole:
        """A console that begins on a screen."""
        surroundings = context(self.folder, glyphs=glyphs, look=Look(theme) if theme else Look(), clock=StillClock(now),
                               role=who.role if role is None else role, storage=storage or self.storage())
        surroundings.zone = ZONE
        surroundings.actor = Actor(who.name, who.uid, who.role if role is None else role, who.origin)
        desk = Desk(settings=TWO)
        surroundings.parts[PART] = desk
        return OpsConsole(surroundings, (Tab("4", "log", "Log", screen, desk.badge),))

    def shown(self, screen: Callable[[], Screen[Any]] = LogScreen, *, size: tuple[int, int] = (120, 40),
              **more: Any) -> AbstractAsyncContextManager[Shown]:
        """A console in which a test presses keys."""
        return running(self.console(screen, **more), size)


async def happened(at: Callable[[int], LogService]) -> None:
    """Some days of a field service: 1 weekly, signed and amended; 2 change, waits; 3 emergency; 4 evening; 5 today."""
    begin = NOW - 3 * DAY
    await at(begin).new(ANA, EntryType.WEEKLY, "Weekly maintenance", {
        "performed_by": ("ana", "ben"), "status": Status.ISSUES, "ended": begin + 95 * MINUTE, "seconds": 5_700.0,
        "tasks": (Point("Logs rotated"), Point("Backup restored on the spare machine", 12)),
        "found": (Point("Disk 3 reports errors", 17), Point("The report of the week takes 40 s")),
        "resolved": (Point("Disk 3 swapped"),), "escalated": (Point("The vendor was asked for a controller", 18),),
        "actions": (Action("Order a spare disk", "ben", "2026-11-20"), Action("Look at the array", "ana", "2026-12-24"),
                    Action("Tell the office", "ana")),
        "notes": "The array **rebuilt** in 40 minutes.\n\n- no data lost\n- `mdadm --detail` is clean",
        "checks": ("raid", "web")})
    await at(begin + HOUR).attach(ANA, 1, "smart.txt", b"SMART overall-health: PASSED\n")
    await at(begin + 100 * MINUTE).sign(ANA, 1)
    await at(begin + 5 * HOUR).amend(BEN, 1, {"resolved": (Point("Disk 4 swapped"),)}, "it was disk 4, not 3")
    await at(begin + 6 * HOUR).amend(ANA, 1, {"seconds": 7_200.0, "title": "Weekly maintenance and a disk"},
                                     "the evening was forgotten")
    await at(begin + 6 * HOUR).finish_action(ANA, 1, 2)
    await at(NOW - 2 * DAY).new(BEN, EntryType.CHANGE, "nginx 1.27 rolled out", {"performed_by": ("ben",)})
    await at(NOW - 2 * DAY + HOUR).sign(BEN, 2)
    await at(NOW - 30 * HOUR).new(ANA, EntryType.EMERGENCY, "The shop was down for nine minutes", {
        "status": Status.ISSUES, "found": (Point("redis out of memory", 1_042),),
        "actions": (Action("Write the post-mortem", "ana", "2026-11-08"),)})
    evening = await at(NOW - 20 * HOUR).new(BEN, EntryType.DAILY, "Evening check", {
        "performed_by": ("ben",), "tasks": (Point("Round of 12 items"),), "seconds": 900.0})
    await at(NOW - 19 * HOUR).sign(BEN, evening.id)
    await at(NOW - HOUR).new(ANA, EntryType.DAILY, "Morning check", {
        "tasks": (Point("Round of 16 items"),), "found": (Point("Backup is 26 h old", 17),)})
