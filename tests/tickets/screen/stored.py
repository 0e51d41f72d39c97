"""The queue over the real service, and a database that a test fills."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from opsconsole.console.shell import OpsConsole
from opsconsole.console.storage import Storage
from opsconsole.console.theme import Look
from opsconsole.console.topline import Tab
from opsconsole.core.config import decode
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.feed import Feed
from opsconsole.core.glyphs import UNICODE, Glyphs
from opsconsole.core.identity import Actor, Role
from opsconsole.settings import Settings
from opsconsole.tickets.screen import PART, Desk, badge_of
from opsconsole.tickets.screen.queue import QueueScreen
from opsconsole.tickets.service import TicketService
from tests.console.shell_app import StillClock, context
from tests.tickets.generator import NOW, generate
from tests.tickets.stories import CONFIGURATION

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from opsconsole.core.clock import Instant
    from opsconsole.tickets.settings import TicketSettings

GOALS = """
  goals:
    first_response: {is: "< 4h"}
    resolution: {is: "< 24h"}
    kept: {is: "> 80%"}
    escalated: {is: "< 10%"}
    satisfaction: {is: "> 90%"}
"""


def configured() -> TicketSettings:
    """The configuration of the generated tickets, with goals."""
    return decode(CONFIGURATION.rstrip() + GOALS, Settings, source="test", env={}).tickets  # type: ignore[no-any-return]


def filled(folder: Path, tickets: int = 400, events: int = 3_000) -> Path:
    """A database with generated tickets."""
    path = folder / "opsconsole.db"
    generate(path, tickets, events)
    return path


def storage_of(path: Path) -> Storage:
    """For a console."""
    async def open_both() -> tuple[Database, Feed]:
        db = await Database.open(path, RECORDS)
        return db, Feed(db)

    return Storage(open_both)


def stored_console(path: Path, *, name: str = "ana", now: Instant = NOW, role: Role = Role.SUPERVISOR,
                   settings: TicketSettings | None = None, glyphs: Glyphs = UNICODE) -> OpsConsole:
    """A console with the one screen."""
    surroundings = context(path.parent, look=Look(), clock=StillClock(now), role=role, storage=storage_of(path),
                           glyphs=glyphs)
    surroundings.actor = Actor(name, 1000, role)
    surroundings.zone = ZoneInfo("UTC")
    desk = Desk(settings=settings or configured())
    surroundings.parts[PART] = desk
    return OpsConsole(surroundings, (Tab("2", "tickets", "Tickets", QueueScreen, lambda: badge_of(desk.counts)),))


def happened(path: Path, then: Callable[[TicketService], Awaitable[None]], now: Instant = NOW) -> None:
    """What other people did before."""
    async def happen() -> None:
        async with await Database.open(path, RECORDS) as db:
            await then(TicketService(db, StillClock(now), configured()))

    asyncio.run(happen())
