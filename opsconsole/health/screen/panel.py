"""Screen 1: the live panel. It places what `present` made and nothing else."""

from __future__ import annotations

from asyncio import get_running_loop
from typing import TYPE_CHECKING, ClassVar

from opsconsole.console.actions import LEFT, MOVES, RIGHT, TIMELINE
from opsconsole.console.bar import Bar
from opsconsole.console.storage import StorageState
from opsconsole.console.widgets.lines_view import LinesView
from opsconsole.core.levels import Level
from opsconsole.health import actions
from opsconsole.health.present.page import banner, page
from opsconsole.health.screen.moments import about_line, alert_of
from opsconsole.health.screen.watching import WatchingScreen
from opsconsole.logbook.actions import EMERGENCY

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from opsconsole.core.actions import Action
    from opsconsole.core.lines import Line
    from opsconsole.core.timeline import About
    from opsconsole.health.alerts.model import Alert
    from opsconsole.health.board import Board
    from opsconsole.health.model import Health, Process
    from opsconsole.health.watch import Watch

READ_AGAIN = 10.0
"""Seconds after which checks are read again: that they still run is told by no topic, only that a level changed."""
OTHER_SCREENS = ("process", "check:", "alert:", "silences")
"""Beginnings of targets that have no trend."""
SETTLING = 3.0
"""Seconds from the first figures on in which the cursor follows what is worst: the rest of what is known comes then."""
MOST_PROCESSES = 30
"""As many as a tall terminal has lines for them."""


class HealthScreen(WatchingScreen, inherit_bindings=False):
    """How this host is, worst first."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        *actions.HEALTH[:3], TIMELINE._replace(footer=True), EMERGENCY._replace(footer=True), *actions.HEALTH[3:],
        *MOVES, LEFT, RIGHT)

    def __init__(self, watch: Watch, board: Board) -> None:
        super().__init__(watch)
        self.board = board
        self._health: Health | None = watch.latest
        self._expanded = False
        self._problem = ""
        self._settled = 0.0
        self._placed = ""

    def body(self) -> ComposeResult:
        """The banner and the panel."""
        yield Bar(self._banner, id="banner")
        yield LinesView(id="panel", glyphs=self.context.glyphs)

    @property
    def panel(self) -> LinesView:
        """The part below the banner."""
        return self.query_one("#panel", LinesView)

    def show_health(self, health: Health | None) -> None:
        """Draw what changed."""
        health = self.board.enriched(health)
        panel, now = self.panel, get_running_loop().time()
        if self._health is None or not panel.lines:
            self._settled = now + SETTLING
        self._health = health
        if not panel.size.width:
            return
        lines = self._page(panel.size.width)
        if len(lines) > panel.size.height and panel.size.width == self.size.width:
            # The scrollbar that it needs takes a column.
            lines = self._page(panel.size.width - 1)
        untouched = panel.target == self._placed or not panel.lines
        panel.show(lines)
        if untouched and now < self._settled:
            self.action_worst()
            self._placed = panel.target
        self.query_one("#banner", Bar).rebuild()

    def on_mount(self) -> None:
        """Checks go on running while one looks."""
        self.set_interval(READ_AGAIN, self._read_again, name="checks")

    def processes_wanted(self) -> int | None:
        """As many as may find room."""
        return min(MOST_PROCESSES, max(5, self.size.height - 8))

    def on_console_screen_topics_changed(self, event: HealthScreen.TopicsChanged) -> None:
        """The agent stored something: read it, then draw."""
        self.run_worker(self._read(event.topics), group="board")

    def _read_again(self) -> None:
        if self.is_current and (self.board.stored.checks or self.board.stored.alerts):
            self.run_worker(self._read(frozenset({"checks", "changes"})), group="board")

    async def _read(self, topics: frozenset[str]) -> None:
        before = self.board.stored
        await self.board.read(topics)
        self._tell(self.board.problem)
        if self.is_current and self.board.stored != before:
            self.show_health(self.host_watch.latest)
            self.refresh_top()
            self.refresh_bindings()

    def _tell(self, problem: str) -> None:
        """Say once why what is shown may be old; while the databases are being opened nothing is wrong yet."""
        context = self.context
        if any(one.state is StorageState.OPENING for one in (context.storage, context.metrics or context.storage)):
            return
        if problem and problem != self._problem:
            self.console.say(problem, Level.WARNING)
        self._problem = problem

    def on_resize(self) -> None:
        """Another size holds other lines."""
        self.host_watch.want_processes(self.processes_wanted())
        self.call_after_refresh(self.show_health, self.host_watch.latest)

    def on_lines_view_opened(self, event: LinesView.Opened) -> None:
        """`enter` or a click on a line."""
        event.stop()
        self._open(event.target)

    def clicked(self, target: str) -> None:
        """See `ConsoleScreen.clicked`; a click on the banner opens what it speaks of."""
        if self._health is not None and target in self._targets():
            self._open(target)
        else:
            super().clicked(target)

    def action_open(self) -> None:
        """The trend of the line under the cursor, or the process."""
        if target := self.panel.target:
            self._open(target)

    def action_acknowledge(self) -> None:
        """Take the alert under the cursor."""
        from opsconsole.health.screen.alerting import acknowledge  # noqa: PLC0415 - when it is asked for

        if (alert := self._alert()) is not None:
            self.run_worker(acknowledge(self, alert), group="alert")

    def action_silence(self) -> None:
        """Tell nobody of the alert under the cursor."""
        from opsconsole.health.screen.alerting import silence  # noqa: PLC0415 - when it is asked for

        if (alert := self._alert()) is not None:
            self.run_worker(silence(self, alert), group="alert")

    def action_maintenance(self) -> None:
        """Maintenance of what the cursor stands on, or what goes on."""
        from opsconsole.logbook.screen.maintaining import maintain  # noqa: PLC0415 - when it is asked for

        self.run_worker(maintain(self, self._names()), group="maintenance")

    def _names(self) -> tuple[str, ...]:
        """What the line under the cursor is called, for maintenance of it."""
        alert = self._alert()
        if alert is not None and alert.detail.check:
            return (alert.detail.check,)
        kind, _, name = self.panel.target.partition(":")
        if kind == "check":
            return (name,)
        return (alert.target,) if alert is not None and not alert.rule else ()

    def action_ticket(self) -> None:
        """The ticket of the alert under the cursor."""
        from opsconsole.health.screen.alerting import ticket  # noqa: PLC0415 - when it is asked for

        if (alert := self._alert()) is not None:
            self.run_worker(ticket(self, alert), group="alert")

    def action_alerts(self) -> None:
        """All alerts."""
        from opsconsole.health.screen.alerts import AlertsScreen  # noqa: PLC0415 - when it is opened

        self.app.push_screen(AlertsScreen(self.host_watch, self.board))

    def action_silences(self) -> None:
        """Silences and maintenance."""
        from opsconsole.health.screen.silences import SilencesScreen  # noqa: PLC0415 - when it is opened

        self.app.push_screen(SilencesScreen(self.board))

    def action_uptime(self) -> None:
        """How reliable every check was."""
        from opsconsole.health.screen.uptime import UptimeScreen  # noqa: PLC0415 - when it is opened

        self.app.push_screen(UptimeScreen(self.host_watch, self.board))

    def action_on_call(self) -> None:
        """Who is on call."""
        from opsconsole.health.screen.uptime import OnCallScreen  # noqa: PLC0415 - when it is opened

        self.app.push_screen(OnCallScreen(self.board))

    def action_processes(self) -> None:
        """All processes."""
        from opsconsole.health.screen.processes import ProcessesScreen  # noqa: PLC0415 - when it is opened

        self.app.push_screen(ProcessesScreen(self.host_watch))

    def action_expand(self) -> None:
        """Everything, or what fits."""
        self._expanded = not self._expanded
        self.show_health(self.host_watch.latest)

    def action_worst(self) -> None:
        """The cursor to what the banner speaks of."""
        spots = self._banner(self.size.width).spots
        if spots:
            self.panel.stand_on(spots[0].target)

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        if action.id in {"health.open", "health.worst"} and self._health is None:
            return "The first figures are on their way; try again in a moment."
        if action.id in {"health.acknowledge", "health.silence", "health.ticket"}:
            alert = self._alert()
            if alert is None:
                return "Put the cursor on an alert of the agent first."
            if action.id == "health.acknowledge" and alert.acknowledged is not None:
                return "Somebody has taken it already."
            if action.id == "health.ticket" and not alert.ticket:
                from opsconsole.health.screen.alerting import no_ticket  # noqa: PLC0415 - where there is an alert

                return no_ticket(self.context.actor)
        return None

    def on_lines_view_moved(self, event: LinesView.Moved) -> None:
        """What works here depends on where the cursor stands."""
        event.stop()
        self.refresh_bindings()

    def _alert(self) -> Alert | None:
        """The alert under the cursor, or the one about the service or the line under it."""
        return alert_of(self.board.stored.alerts, self.panel.target)

    def about(self) -> About | None:
        """See `ConsoleScreen.about`: when the line under the cursor went wrong."""
        return about_line(self.board, self._health, self.panel.target)

    def _page(self, cells: int) -> list[Line]:
        context = self.context
        return page(self._health, width=cells, height=None if self._expanded else self.panel.size.height,
                    glyphs=context.glyphs, now=context.clock.now(), zone=context.zone, stored=self.board.stored)

    def _targets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(spot.target for drawn in self.panel.lines for spot in drawn.spots))

    def _open(self, target: str) -> None:
        kind, _, name = target.partition(":")
        if kind == "process":
            from opsconsole.health.screen.details import DetailsScreen  # noqa: PLC0415 - when it is opened

            process = next((one for one in self._processes() if str(one.pid) == name), None)
            if process is not None:
                self.app.push_screen(DetailsScreen(self.host_watch, process))
        elif kind == "processes":
            self.action_processes()
        elif target == "silences":
            self.action_silences()
        elif kind == "alert":
            from opsconsole.health.screen.alert import AlertScreen  # noqa: PLC0415 - when it is opened

            self.app.push_screen(AlertScreen(self.host_watch, self.board, int(name)))
        elif kind == "check":
            from opsconsole.health.screen.check import CheckScreen  # noqa: PLC0415 - when it is opened

            names = tuple(state.name for state in self.board.stored.checks)
            self.app.push_screen(CheckScreen(self.host_watch, self.board, name, names or (name,)))
        else:
            from opsconsole.health.screen.trend import TrendScreen  # noqa: PLC0415 - when it is opened

            targets = tuple(one for one in self._targets() if not one.startswith(OTHER_SCREENS))
            self.app.push_screen(TrendScreen(self.host_watch, self.board, target, targets or (target,)))

    def _processes(self) -> tuple[Process, ...]:
        return self._health.snapshot.processes if self._health is not None else ()

    def _banner(self, cells: int) -> Line:
        context = self.context
        return banner(self._health, width=cells, glyphs=context.glyphs, now=context.clock.now(), zone=context.zone,
                      stored=self.board.stored)
