"""One alert: what is known of it, what happened, what was seen when it fired; and what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from opsconsole.console.actions import MOVES, TIMELINE
from opsconsole.console.page_screen import READING
from opsconsole.console.screen import ConsoleScreen
from opsconsole.console.widgets.lines_view import LinesView
from opsconsole.core.errors import OpsError
from opsconsole.core.timeline import About
from opsconsole.health import actions
from opsconsole.health.alerts.service import AlertService
from opsconsole.health.judging.readings import line_of
from opsconsole.health.present.alert_page import alert_page
from opsconsole.health.present.parts import MARGIN, View, framed
from opsconsole.health.screen.alerting import acknowledge, give_back, no_ticket, silence, ticket
from opsconsole.health.screen.moments import about_alert
from opsconsole.logbook.actions import EMERGENCY

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from opsconsole.core.actions import Action
    from opsconsole.health.alerts.model import Alert, Event, Evidence
    from opsconsole.health.board import Board
    from opsconsole.health.watch import Watch



class AlertScreen(ConsoleScreen, inherit_bindings=False):
    """One alert, read again whenever something happens to alerts."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.ALERT, TIMELINE._replace(footer=True),
                                             EMERGENCY._replace(footer=True), *MOVES)

    def __init__(self, watch: Watch, board: Board, number: int) -> None:
        super().__init__()
        self.title = "Alert"
        self.host_watch, self.board = watch, board
        self._number = number
        self._alert: Alert | None = None
        self._events: list[Event] = []
        self._evidence: Evidence | None = None

    def body(self) -> ComposeResult:
        """One page."""
        yield LinesView(empty=READING, id="page", glyphs=self.context.glyphs)

    def on_mount(self) -> None:
        """Read it."""
        self.action_refresh()

    def on_resize(self) -> None:
        """Another width wraps otherwise."""
        self.call_after_refresh(self._show)

    def on_console_screen_topics_changed(self, event: ConsoleScreen.TopicsChanged) -> None:
        """Something happened to an alert, perhaps to this one."""
        if event.topics & {"alerts", "tickets"}:
            self.run_worker(self._read(), group="details", exclusive=True)

    def on_lines_view_opened(self, event: LinesView.Opened) -> None:
        """There is one thing to open."""
        event.stop()
        self.action_subject()

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        alert = self._alert
        if action.group != "alert":
            return None
        if alert is None:
            return "It is being read; try again in a moment."
        if action.id == "alert.ticket":
            return None if alert.ticket else no_ticket(self.context.actor)
        if action.id != "alert.subject" and not alert.open:
            return "It is over."
        taken = alert.acknowledged is not None
        if action.id == "alert.acknowledge" and taken:
            return f"{alert.acknowledged_by} has taken it already."
        if action.id == "alert.give-back" and not taken:
            return "Nobody has taken it."
        return None

    def about(self) -> About:
        """See `ConsoleScreen.about`: when it fired."""
        return about_alert(self._alert) if self._alert is not None else About(f"alert:{self._number}")

    def action_refresh(self) -> None:
        """Read it again now."""
        self.run_worker(self._read(), group="details", exclusive=True)
        self.console.action_refresh()

    def action_acknowledge(self) -> None:
        """Take it."""
        if self._alert is not None:
            self.run_worker(acknowledge(self, self._alert), group="alert")

    def action_give_back(self) -> None:
        """Give it back."""
        if self._alert is not None:
            self.run_worker(give_back(self, self._alert), group="alert")

    def action_silence(self) -> None:
        """Tell nobody of it for a while."""
        if self._alert is not None:
            self.run_worker(silence(self, self._alert), group="alert")

    def action_ticket(self) -> None:
        """Its ticket."""
        if self._alert is not None:
            self.run_worker(ticket(self, self._alert), group="alert")

    def action_subject(self) -> None:
        """What it is about: a check, or a line of the panel."""
        alert = self._alert
        if alert is None:
            return
        if alert.detail.check:
            from opsconsole.health.screen.check import CheckScreen  # noqa: PLC0415 - when it is opened

            self.app.push_screen(CheckScreen(self.host_watch, self.board, alert.detail.check, (alert.detail.check,)))
        else:
            from opsconsole.health.screen.trend import TrendScreen  # noqa: PLC0415 - when it is opened

            target = line_of(alert.target)
            self.app.push_screen(TrendScreen(self.host_watch, self.board, target, (target,)))

    async def _read(self) -> None:
        context = self.context
        try:
            service = AlertService(context.storage.db, context.clock)
            self._alert = await service.one(self._number)
            self._events = await service.events(self._number)
            self._evidence = await service.evidence(self._number)
        except OpsError as error:
            self.console.notify_error(error)
        self.refresh_bindings()
        self._show()

    def _show(self) -> None:
        page, context = self.query_one("#page", LinesView), self.context
        if self._alert is not None and page.size.width:
            # The page may be longer than the screen: a scrollbar takes a column.
            cells = max(1, self.size.width - 1)
            view = View(max(20, cells - 2 * MARGIN), context.glyphs, context.clock.now(), context.zone)
            page.show([framed(one, cells) for one in alert_page(self._alert, self._events, self._evidence, view)])
