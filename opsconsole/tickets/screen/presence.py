"""Who else has a ticket open, and telling others that one has it open oneself, for as long as it is shown."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, cast

from opsconsole.core.errors import OpsError
from opsconsole.tickets.screen import service_of
from opsconsole.tickets.screen.found import opened

if TYPE_CHECKING:
    from textual.timer import Timer

    from opsconsole.console.screen import ActingScreen
    from opsconsole.tickets.model import Presence

EVERY: Final = 10.0
"""Seconds between two words that it is still open."""
ARRIVING: Final = 0.2
"""Seconds after which others are told that it was opened."""
PART: Final = "ticket-attendance"
"""Under this name all screens of a console find the same attendance, in `ConsoleContext.parts`."""


class Attendance:
    """One console at one ticket: the ticket's screen and forms over it are one person to others.

    It ends when the last of its screens has left.
    """

    def __init__(self, screen: ActingScreen[Any], number: int) -> None:
        self.number = number
        self.people: list[Presence] = []
        """The others, as they were read last."""
        self._context = screen.context
        self._app = screen.app
        self._here: set[object] = set()
        self._writing: set[object] = set()
        self._timer: Timer | None = None

    def join(self, who: object) -> None:
        """A screen of this ticket was opened."""
        self._here.add(who)
        if self._timer is None:
            self._timer = self._app.set_interval(EVERY, self._say, name="presence")
            self._app.run_worker(self._come(), group="presence")

    async def _come(self) -> None:
        """Say it once the ticket is on the screen: what is written to the disk would keep its reading waiting."""
        await asyncio.sleep(ARRIVING)
        if self._here:
            await self._say()

    def write(self, who: object, writing: bool) -> None:
        """Whether something stands in the form on a screen; told at once when it changes."""
        before = bool(self._writing)
        (self._writing.add if writing else self._writing.discard)(who)
        if bool(self._writing) != before and self._here:
            self._app.run_worker(self._say(), group="presence")

    async def leave(self, who: object) -> None:
        """A screen was closed."""
        self._here.discard(who)
        self._writing.discard(who)
        if self._here:
            await self._say()
            return
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        attendances(self._context).pop(self.number, None)
        with suppress(OpsError):
            await service_of(self._context).leave(self._session, self.number)

    async def look(self) -> list[Presence]:
        """Read who else is there."""
        with suppress(OpsError):
            self.people = await service_of(self._context).presence(self.number, but=self._session)
        return self.people

    @property
    def _session(self) -> str:
        return self._context.drafts.session

    async def _say(self) -> None:
        await opened(self._context)
        # Nobody is bothered when this cannot be told: others see one less, and that is all.
        with suppress(OpsError):
            await service_of(self._context).look(self._context.actor, self._session, self.number,
                                                 writing=bool(self._writing))


def attendances(context: Any) -> dict[int, Attendance]:
    """The tickets at which this console is, by number."""
    return cast("dict[int, Attendance]", context.parts.setdefault(PART, {}))


def attend(screen: ActingScreen[Any], number: int) -> Attendance:
    """Be at a ticket, for as long as this screen or another one of this console is."""
    found = attendances(screen.context)
    if number not in found:
        found[number] = Attendance(screen, number)
    found[number].join(screen)
    return found[number]
