"""A ticket's screens in a real shell, over the real service and a database in which a morning has happened."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from opsconsole.console.shell import OpsConsole
from opsconsole.console.storage import Storage
from opsconsole.console.theme import Look
from opsconsole.console.topline import Tab
from opsconsole.core.blobs import Blobs
from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.feed import Feed
from opsconsole.core.glyphs import UNICODE, Glyphs
from opsconsole.core.identity import Actor, Role
from opsconsole.tickets.cases.types import File, Incoming, New
from opsconsole.tickets.model import LinkKind, Priority, Source
from opsconsole.tickets.screen import PART, Desk
from opsconsole.tickets.screen.forms import EditScreen, MessageScreen, NewScreen
from opsconsole.tickets.screen.ticket import TicketScreen
from opsconsole.tickets.service import TicketService
from opsconsole.tickets.settings import Canned, TicketSettings
from tests.console.shell_app import StillClock, context
from tests.health.samples import NOW, ZONE
from tests.tickets.desk import ANA, BEN, SETTINGS, SUE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from textual.pilot import Pilot
    from textual.screen import Screen

    from opsconsole.console.widgets.form import Form
    from opsconsole.core.themes import Theme

SIZES: Final = ((80, 24), (120, 40))
READING: Final = frozenset({"ticket", "presence", "timeline", "form", "draft", "submit", "leave", "files", "doing",
                            "canned", "click", "editor"})
"""Groups of workers that end by themselves, unless they wait for a person."""
CANNED: Final = {
    "which browser": Canned(text="Dear {requester},\n\nwhich browser was it in #{ticket.number}?\n\n{actor}",
                            set={"state": "waiting", "tags": "+asked"}),
    "solved": Canned(text="It is **solved**."), "handover": Canned(text="To the night shift: ", message="note")}
DESK: Final = msgspec.structs.replace(SETTINGS, canned=CANNED)
REPLY: Final = """Hello,

the new version writes `bind-source` where the old one read `bind`. We take it back now:

1. restore `/etc/redis/redis.conf`
2. restart, see [the runbook](https://wiki.example.com/redis)

> is any data lost?

No, **nothing** is lost."""
LOG: Final = b"Reading the configuration file, at line 88\n>>> 'bind-source 10.20.0.4'\n\x1b[31mBad directive\x1b[0m\n"


class Morning(NamedTuple):
    """Where it happened, and the number of the ticket."""

    folder: Path
    number: int = 3

    def storage(self) -> Storage:
        """For a console."""
        async def open_both() -> tuple[Database, Feed]:
            db = await Database.open(self.folder / "opsconsole.db", RECORDS)
            return db, Feed(db)

        return Storage(open_both)


def service_at(db: Database, folder: Path, at: int, settings: TicketSettings = DESK) -> TicketService:
    """The use cases at a moment."""
    return TicketService(db, StillClock(at), settings, zone=ZONE, blobs=Blobs(folder / "blobs"))


def morning(folder: Path, then: Callable[[Callable[[int], TicketService]], Awaitable[None]] | None = None) -> Morning:
    """Three tickets: one that is done, one that blocks, and the one that is looked at."""
    async def happen() -> None:
        async with await Database.open(folder / "opsconsole.db", RECORDS) as db:
            def at(moment: int) -> TicketService:
                return service_at(db, folder, moment)

            await _happen(at)
            if then is not None:
                await then(at)

    asyncio.run(happen())
    return Morning(folder)


async def _happen(at: Callable[[int], TicketService]) -> None:
    begin = NOW - DAY - 3 * HOUR
    await at(begin - 9 * DAY).create(ANA, New("redis refused connections in October", route=False))
    await at(begin - DAY).create(ANA, New("package redis-server 7.0.15 must be taken back", assignee="ben",
                                          route=False))
    await at(begin).create(ANA, New(
        "redis refuses connections", "Since the upgrade at 04:10 nothing can be ordered.\n\n- the shop shows **500**\n"
        "- `redis-cli ping` is refused", "technical", Priority.HIGH, "Maria Lopez", "maria@example.com", "web", "",
        ("redis", "shop"), route=False))
    await at(begin + 20 * MINUTE).take(ANA, 3)
    await at(begin + 22 * MINUTE).link(ANA, 3, LinkKind.BLOCKED_BY, 2)
    await at(begin + 22 * MINUTE).link(ANA, 3, LinkKind.RELATES, 1)
    await at(begin + 25 * MINUTE).attach(ANA, 3, "redis.log", LOG)
    await at(begin + 30 * MINUTE).note(ANA, 3, "config test fails: bad directive at line 88, after the upgrade")
    await at(begin + 40 * MINUTE).reply(ANA, 3, REPLY)
    async with at(NOW)._db.write() as tx:
        await at(NOW - 50 * MINUTE).hear(tx, 3, Incoming(
            text="Thank you! It was gone for an hour, and is back now:\n\n    Connection refused", by="Maria Lopez",
            via=Source.MAIL))
    await at(NOW - 40 * MINUTE).set_priority(BEN, 3, Priority.URGENT)
    await at(NOW - 35 * MINUTE).tag(BEN, 3, ["incident"], ["shop"])
    await at(NOW - 33 * MINUTE).note(BEN, 3, "ana, do you take this one?", [File("top.txt", b"PID USER\n")])
    batch = await at(NOW - 30 * MINUTE).assign(BEN, 3, "ben")
    await at(NOW - 29 * MINUTE).undo(BEN, batch.batch)


def ticket_console(there: Morning, *, screen: Callable[[], Screen[Any]] | None = None, glyphs: Glyphs = UNICODE,
                   theme: Theme | None = None, role: Role = Role.OPERATOR, now: int = NOW,
                   settings: TicketSettings = DESK, who: Actor = ANA) -> OpsConsole:
    """A console that begins on the ticket."""
    surroundings = context(there.folder, glyphs=glyphs, look=Look(theme) if theme else Look(), clock=StillClock(now),
                           role=role, storage=there.storage())
    surroundings.zone = ZONE
    surroundings.actor = Actor(who.name, who.uid, role)
    surroundings.parts[PART] = Desk(settings=settings)
    return OpsConsole(surroundings, (
        Tab("2", "tickets", "Tickets", screen or (lambda: TicketScreen(there.number)), lambda: None),))


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until what was asked for is there; questions that wait for a person are not waited for."""
    for _ in range(2):
        await pilot.pause()
        for _ in range(200):
            waiting = [worker for worker in pilot.app.workers if worker.group in READING and worker.is_running]
            if not waiting or _asks(pilot):
                break
            await asyncio.sleep(0.01)
            await pilot.pause()
    await pilot.pause()


def _asks(pilot: Pilot[Any]) -> bool:
    from opsconsole.console.dialogs.base import Dialog

    return isinstance(pilot.app.screen, Dialog)


def text_of(app: Any) -> str:
    """Everything on the screen."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


class Shown:
    """A console on the ticket, and the service behind it."""

    def __init__(self, app: OpsConsole, pilot: Pilot[Any], there: Morning) -> None:
        self.app, self.pilot, self.there = app, pilot, there

    @property
    def text(self) -> str:
        return text_of(self.app)

    @property
    def screen(self) -> TicketScreen:
        screen = next(screen for screen in self.app.screen_stack[::-1] if isinstance(screen, TicketScreen))
        assert isinstance(screen, TicketScreen)
        return screen

    @property
    def service(self) -> TicketService:
        return service_at(self.app.context.storage.db, self.there.folder, self.app.context.clock.now())

    @property
    def notices(self) -> list[str]:
        return [one.message for one in self.app._notifications]

    async def press(self, *keys: str) -> None:
        """Keys one after another; a text in quotes is typed."""
        for key in keys:
            if key.startswith("'"):
                for char in key[1:]:
                    await self.pilot.press({" ": "space", ".": "full_stop", "/": "slash", "-": "minus", ",": "comma",
                                            "@": "at", "#": "number_sign", "_": "underscore"}.get(char, char))
            else:
                await self.pilot.press(key)
            await settled(self.pilot)

    async def events(self, number: int = 3) -> list[Any]:
        return await self.service.events(number)


@asynccontextmanager
async def shown(there: Morning, *, size: tuple[int, int] = (120, 50), screen: Callable[[], Any] | None = None,
                **more: Any) -> AsyncIterator[Shown]:
    app = ticket_console(there, screen=screen, **more)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        yield Shown(app, pilot, there)


def form_of(one: Shown) -> Form:
    screen = one.app.screen
    assert isinstance(screen, (MessageScreen, EditScreen, NewScreen)), screen
    assert screen.form is not None
    return screen.form


async def restored(one: Shown) -> None:
    """Wait until a draft was looked for."""
    for _ in range(3):
        await settled(one.pilot)


__all__ = ["ANA", "BEN", "DESK", "NOW", "SIZES", "SUE", "Morning", "form_of", "morning", "restored", "settled", "shown",
           "text_of", "ticket_console"]
