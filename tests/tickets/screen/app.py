"""The queue in a real shell, over a service that a test fills."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from textual.worker import WorkerCancelled

from opsconsole.console.shell import OpsConsole
from opsconsole.console.theme import Look
from opsconsole.console.topline import Tab
from opsconsole.core.glyphs import UNICODE, Glyphs
from opsconsole.core.identity import Role
from opsconsole.tickets.screen import PART, Desk, badge_of
from opsconsole.tickets.screen.queue import QueueScreen
from tests.console.shell_app import StillClock, context
from tests.health.samples import NOW, ZONE
from tests.tickets.screen.samples import FakeService

if TYPE_CHECKING:
    from textual.app import App
    from textual.pilot import Pilot

    from opsconsole.console.context import ConsoleContext
    from opsconsole.core.themes import Theme
    from opsconsole.tickets.service import TicketService

SIZES = ((80, 24), (120, 40), (200, 60))
READING = frozenset({"reload", "pages", "counts", "preview", "words", "doing", "statistics", "page"})
"""Groups of workers that end."""


class FakeDesk(Desk):
    """Gives the service that a test fills."""

    fake: FakeService

    def service(self, context: ConsoleContext) -> TicketService:
        _ = context.storage.state
        return cast("TicketService", self.fake)


def queue_console(service: FakeService | None = None, *, glyphs: Glyphs = UNICODE, theme: Theme | None = None,
                  role: Role = Role.OPERATOR, **more: Any) -> OpsConsole:
    """A console with the one screen."""
    surroundings = context(glyphs=glyphs, look=Look(theme) if theme else Look(), clock=StillClock(NOW), role=role,
                           **more)
    surroundings.zone = ZONE
    desk = FakeDesk()
    desk.fake = service or FakeService()
    surroundings.parts[PART] = desk
    return OpsConsole(surroundings, (Tab("2", "tickets", "Tickets", QueueScreen, lambda: badge_of(desk.counts)),))


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until what was asked for is there; questions that wait for a person are not waited for."""
    for _ in range(3):
        await pilot.pause()
        dialogs = len(pilot.app.screen_stack) > 1
        reading = [worker for worker in pilot.app.workers
                   if worker.group in READING and not (worker.group == "doing" and dialogs)]
        # One that was begun again meanwhile was cancelled.
        for worker in reading:
            with suppress(WorkerCancelled):
                await worker.wait()
    await pilot.pause()


def text_of(app: App[Any]) -> str:
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


def queue_of(pilot: Pilot[Any]) -> QueueScreen:
    return cast("QueueScreen", pilot.app.screen_stack[0])


def told(app: App[Any]) -> list[str]:
    return [one.message for one in app._notifications]


async def press(pilot: Pilot[Any], *keys: str) -> None:
    await settled(pilot)
    for key in keys:
        await pilot.press(key)
        await settled(pilot)
