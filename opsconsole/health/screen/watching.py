"""The base of the health screens: follows the watch while it is on top, and draws at most once per health."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.message import Message

from opsconsole.console.screen import ConsoleScreen
from opsconsole.core.levels import Level

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsconsole.health.model import Health
    from opsconsole.health.watch import Watch


class WatchingScreen(ConsoleScreen, inherit_bindings=False):
    """A screen that shows what the watch sees. Subclasses draw in `show_health`."""

    PROCESSES: ClassVar[int | None] = 0
    """How many of the busiest processes it needs in each snapshot; None for all of them."""

    @dataclass
    class Seen(Message):
        """There is a newer health than the one that is shown."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self.host_watch = watch
        self._leave: Callable[[], None] | None = None
        self._told = False

    def show_health(self, health: Health | None) -> None:
        """Draw it; None before the first."""
        raise NotImplementedError

    def processes_wanted(self) -> int | None:
        """See `PROCESSES`; for a screen whose need depends on its size."""
        return self.PROCESSES

    def on_screen_resume(self) -> None:
        """On top again: follow the watch, and show the newest."""
        self._unfollow()
        self._leave = self.host_watch.listen(self._heard)
        self.host_watch.want_processes(self.processes_wanted())
        self.show_health(self.host_watch.latest)

    def on_screen_suspend(self) -> None:
        """Covered or left: what nobody looks at costs nothing."""
        self._unfollow()

    def on_unmount(self) -> None:
        """Closed."""
        self._unfollow()

    def on_watching_screen_seen(self, _: Seen) -> None:
        """The newest is enough, however many came while the terminal was slow."""
        self._told = False
        if self.is_current:
            self.show_health(self.host_watch.latest)
            self.refresh_top()
            if self.host_watch.problem:
                self.console.say(self.host_watch.problem, Level.WARNING)

    def action_refresh(self) -> None:
        """Measure now."""
        self.host_watch.ask()
        self.console.action_refresh()

    def _heard(self) -> None:
        # In the watching thread: post_message is safe there, drawing is not.
        if not self._told:
            self._told = True
            self.post_message(self.Seen())

    def _unfollow(self) -> None:
        if self._leave is not None:
            self._leave()
            self._leave = None
