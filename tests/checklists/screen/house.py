"""The screens of checklists in a real shell, over the real service, real records and templates in a folder."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from opsconsole.checklists.library import Library
from opsconsole.checklists.model import Proposal, Verdict
from opsconsole.checklists.screen.board import BoardScreen
from opsconsole.checklists.screen.desk import PART, Desk
from opsconsole.checklists.screen.walk import WalkScreen
from opsconsole.checklists.service import ChecklistService
from opsconsole.checklists.settings import ChecklistSettings
from opsconsole.console.shell import OpsConsole
from opsconsole.console.storage import Storage
from opsconsole.console.theme import Look
from opsconsole.console.topline import Tab
from opsconsole.core.blobs import Blobs
from opsconsole.core.clock import HOUR, MINUTE
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.feed import Feed
from opsconsole.core.glyphs import UNICODE, Glyphs
from opsconsole.core.identity import Actor, Role
from opsconsole.tickets.screen import PART as TICKETS
from opsconsole.tickets.screen import Desk as TicketDesk
from opsconsole.tickets.service import TicketService
from tests.console.shell_app import StillClock, context
from tests.health.samples import ZONE
from tests.tickets.desk import ANA, BEN, SUE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from textual.pilot import Pilot
    from textual.screen import Screen

    from opsconsole.core.themes import Theme

SIZES: Final = ((80, 24), (120, 40))
EIGHT: Final = 1_763_971_200_000
"""Monday, 24 November 2025, 09:00 in Berlin."""
READING: Final = frozenset({"checklists", "walk", "doing", "page", "draft", "checklists-badge"})
MORNING: Final = """\
title: Morning check
category: daily
purpose: To know before the others do.
takes: 20m
when: {every: day, at: "09:15", opens: 2h, late: 30m, missed: 8h}
follows: [evening]
sections:
  - title: Health
    items:
      - {kind: auto, id: home, title: Home page loads, check: web, help: Open it in a private window.}
      - {kind: tick, id: sign-in, title: Sign-in works}
      - {kind: auto, id: errors, title: No errors in sight, check: errors}
  - title: Backup
    items:
      - kind: auto
        id: age
        title: Newest backup is under 24 h old
        check: backup
        value: age
        expect: ["< 24h"]
        unit: h
      - {kind: yesno, id: size, title: Its size is sensible}
      - kind: instruction
        id: restore
        title: Restore one file
        steps: [Take the newest backup, Restore one file of it, Compare it with the original]
  - title: Figures
    items:
      - {kind: number, id: users, title: Active users today, unit: users, min: 100}
      - {kind: choice, id: mood, title: How the platform feels, options: [good, fair, poor], fails: [poor]}
      - {kind: text, id: remark, title: What others should know, required: false}
      - {kind: table, id: slow, title: The slowest pages, columns: [Page, Seconds], rows: 3, required: false}
      - {kind: evidence, id: file, title: The report of the night, required: false}
      - {kind: tick, id: why, title: Errors are explained, when: errors == failed}
"""
OTHERS: Final = {
    "evening": """\
title: Evening check
category: daily
when: {every: day, at: "18:00", opens: 2h, late: 30m, missed: 8h}
sections:
  - title: All
    items: [{kind: tick, id: disk, title: Disk /var has room}, {kind: tick, id: calm, title: All is calm}]
""",
    "release": """\
title: Before a release
category: deployment
purpose: Nothing is forgotten before the new version goes out.
sign_off: {persons: 2}
sections: [{title: All, items: [{kind: tick, id: tests, title: The tests pass}]}]
""",
    "emergency": """\
title: Emergency
category: emergency
purpose: The platform is down or loses data.
sections:
  - title: Now
    items: [{kind: tick, id: tell, title: Tell the team}, {kind: tick, id: look, title: Look at the alerts}]
""",
    "weekly": """\
title: Weekly review
category: weekly
when: {every: week, on: [fri], at: "15:00", opens: 4h, late: 2h, missed: 1d}
sections: [{title: All, items: [{kind: tick, id: review, title: Go through the tickets}]}]
""",
    "yearly": """\
title: Yearly review of contracts
category: annual
when: {every: year, months: [12], on: [second monday], at: "10:00", opens: 5d, late: 5d, missed: 20d}
sections: [{title: All, items: [{kind: tick, id: contracts, title: Go through the contracts}]}]
"""}


class House:
    """Templates and records in a folder, and time that a test turns."""

    def __init__(self, folder: Path, templates: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.templates = folder / "templates"
        self.templates.mkdir(exist_ok=True)
        for name, text in ({"morning": MORNING, **OTHERS} if templates is None else templates).items():
            (self.templates / f"{name}.yaml").write_text(text, encoding="utf-8")
        self.clock = StillClock(EIGHT)

    def library(self) -> Library:
        return Library(ChecklistSettings(use=()), self.templates)

    def service(self, db: Database) -> ChecklistService:
        blobs = Blobs(self.folder / "blobs")
        tickets = TicketService(db, self.clock, zone=ZONE, blobs=blobs)
        return ChecklistService(db, self.clock, self.library(), ChecklistSettings(use=()), tickets=tickets, zone=ZONE,
                                blobs=blobs)

    async def do(self, happen: Callable[[ChecklistService], Awaitable[Any]]) -> Any:
        """Something that happened before."""
        async with await Database.open(self.folder / "opsconsole.db", RECORDS) as db:
            return await happen(self.service(db))

    def done(self, happen: Callable[[ChecklistService], Awaitable[Any]]) -> Any:
        """The same, for a test that is no coroutine."""
        return asyncio.run(self.do(happen))

    def storage(self) -> Storage:
        async def open_both() -> tuple[Database, Feed]:
            db = await Database.open(self.folder / "opsconsole.db", RECORDS)
            return db, Feed(db)

        return Storage(open_both)

    def console(self, screen: Callable[[], Screen[Any]] = BoardScreen, *, glyphs: Glyphs = UNICODE,
                theme: Theme | None = None, who: Actor = ANA, role: Role | None = None) -> OpsConsole:
        """A console that begins on a screen."""
        surroundings = context(self.folder, glyphs=glyphs, look=Look(theme) if theme else Look(), clock=self.clock,
                               role=role or who.role, storage=self.storage())
        surroundings.zone = ZONE
        surroundings.actor = Actor(who.name, who.uid, role or who.role, who.origin)
        desk = HouseDesk(settings=ChecklistSettings(use=()))
        desk.house = self
        surroundings.parts[PART] = desk
        surroundings.parts[TICKETS] = TicketDesk()
        return OpsConsole(surroundings, (Tab("3", "checklists", "Checklists", screen, desk.badge),))

    @asynccontextmanager
    async def shown(self, screen: Callable[[], Screen[Any]] = BoardScreen, *, size: tuple[int, int] = (120, 40),
                    **more: Any) -> AsyncIterator[Shown]:
        app = self.console(screen, **more)
        async with app.run_test(size=size) as pilot:
            await settled(pilot)
            yield Shown(app, pilot, self)


class HouseDesk(Desk):
    """Reads the templates of the house."""

    __slots__ = ("house",)
    house: House

    def service(self, context: Any) -> ChecklistService:
        if self._made is None or self._made[0] is not context.storage.db:
            self._made = context.storage.db, self.house.service(context.storage.db)
        return self._made[1]


def ok(item: str, text: str, at: int = EIGHT, *, run: int, verdict: Verdict = Verdict.OK, **more: Any) -> Proposal:
    """What the machine proposes."""
    return Proposal(run, item, at, verdict, text=text, **more)


async def proposed(service: ChecklistService, run: int, at: int) -> None:
    """What it found on this morning."""
    await service.propose(run, [
        ok("home", "200 in 84 ms", at, run=run),
        ok("age", "6 h (03:12), 1.2 GB", at, run=run, value=6.0, limit="< 24h"),
        ok("errors", "14 of \"pool exhausted\" since 06:10", at, run=run, verdict=Verdict.FAILED, value=14.0)])


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until what was asked for is there; questions that wait for a person are not waited for."""
    for _ in range(2):
        await pilot.pause()
        for _ in range(300):
            waiting = [worker for worker in pilot.app.workers if worker.group in READING and worker.is_running]
            if not waiting or asks(pilot):
                break
            await asyncio.sleep(0.01)
            await pilot.pause()
    await pilot.pause()


def asks(pilot: Pilot[Any]) -> bool:
    """Whether a question waits."""
    from opsconsole.console.dialogs.base import Dialog

    return isinstance(pilot.app.screen, Dialog)


class Shown:
    """A console, and the service behind it."""

    def __init__(self, app: OpsConsole, pilot: Pilot[Any], house: House) -> None:
        self.app, self.pilot, self.house = app, pilot, house

    @property
    def text(self) -> str:
        return "\n".join(strip.text.rstrip() for strip in self.app.screen._compositor.render_strips())

    @property
    def walk(self) -> WalkScreen:
        found = next(screen for screen in self.app.screen_stack[::-1] if isinstance(screen, WalkScreen))
        assert isinstance(found, WalkScreen)
        return found

    @property
    def service(self) -> ChecklistService:
        return self.house.service(self.app.context.storage.db)

    @property
    def item(self) -> str:
        """The item under the cursor."""
        step = self.walk.step
        return step.item.id if step is not None else ""

    @property
    def notices(self) -> list[str]:
        return [one.message for one in self.app._notifications]

    async def press(self, *keys: str) -> None:
        """Keys one after another; a text behind a quote is typed."""
        for key in keys:
            for one in typed(key):
                await self.pilot.press(one)
            await settled(self.pilot)


def typed(key: str) -> list[str]:
    """The keys of a text behind a quote, or the key itself."""
    names = {" ": "space", ".": "full_stop", "/": "slash", "-": "minus", ",": "comma", "|": "vertical_line"}
    return [names.get(char, char) for char in key[1:]] if key.startswith("'") else [key]


__all__ = ["ANA", "BEN", "EIGHT", "HOUR", "MINUTE", "SIZES", "SUE", "House", "Shown", "WalkScreen", "proposed",
           "settled", "typed"]
