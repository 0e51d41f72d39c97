"""The health screens in a real shell, fed with health that a test chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from opsconsole.console.shell import OpsConsole
from opsconsole.console.theme import Look
from opsconsole.console.topline import Badge, Tab
from opsconsole.core.glyphs import UNICODE, Glyphs
from opsconsole.core.identity import Role
from opsconsole.health.board import Board
from opsconsole.health.present.troubles import waiting
from opsconsole.health.screen import HealthScreen
from opsconsole.health.settings import HealthSettings
from tests.console.shell_app import StillClock, context
from tests.health.samples import NOW, ZONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

    from opsconsole.console.storage import Storage
    from opsconsole.core.clock import Instant
    from opsconsole.core.themes import Theme
    from opsconsole.health.judging.monitor import Monitor
    from opsconsole.health.model import Health, Trail
    from opsconsole.health.watch import Watch

SIZES = ((80, 24), (120, 40), (200, 60))


class HandWatch:
    """A watch that sees what a test shows it."""

    def __init__(self, health: Health | None, monitor: Monitor | None = None) -> None:
        self.latest = health
        self.problem = ""
        self.settings = HealthSettings()
        self.wanted: list[int | None] = []
        self.asked = 0
        self._monitor = monitor
        self._listeners: list[Callable[[], None]] = []

    def show(self, health: Health | None) -> None:
        """The next measurement."""
        self.latest = health
        for listener in self._listeners:
            listener()

    def ask(self) -> None:
        self.asked += 1

    def want_processes(self, number: int | None) -> None:
        self.wanted.append(number)

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    def points(self, series: str, since: Instant, until: Instant) -> Trail:
        assert self._monitor is not None
        return self._monitor.trails.points(series, since, until)

    def gap(self, since: Instant) -> int:
        assert self._monitor is not None
        return self._monitor.trails.gap(since)


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until what was asked for is there; the worker of the storage, which never ends, is not waited for."""
    await pilot.pause()
    groups = {"reload", "pages", "details", "history", "board"}
    reading = [worker for worker in pilot.app.workers if worker.group in groups]
    if reading:
        await pilot.app.workers.wait_for_complete(reading)
    await pilot.pause()


def health_console(watch: HandWatch, *, glyphs: Glyphs = UNICODE, theme: Theme | None = None,
                   role: Role = Role.ADMIN, storage: Storage | None = None, board: Board | None = None,
                   **more: Any) -> OpsConsole:
    """A console with the one screen."""
    known = board if board is not None else Board(StillClock(NOW))
    surroundings = context(glyphs=glyphs, look=Look(theme) if theme else Look(), clock=StillClock(NOW), role=role,
                           storage=storage, **more)
    surroundings.zone = ZONE

    def badge() -> Badge | None:
        count, level = waiting(watch.latest, known.stored, NOW)
        return Badge(count, level) if count else None

    def screen() -> HealthScreen:
        return HealthScreen(cast("Watch", watch), known)

    return OpsConsole(surroundings, (Tab("1", "health", "Health", screen, badge),))
