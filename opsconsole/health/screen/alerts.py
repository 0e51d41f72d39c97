"""All alerts: those that are open first, worst first; then those that are over, the newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from opsconsole.console.actions import MOVES
from opsconsole.console.screen import ConsoleScreen
from opsconsole.console.widgets.virtual_list import Column, ListRow, VirtualList
from opsconsole.core import format as fmt
from opsconsole.core.lines import Line, Span, Style
from opsconsole.core.timeline import About
from opsconsole.health import actions
from opsconsole.health.alerts.service import AlertService
from opsconsole.health.present.alert_page import level_of
from opsconsole.health.present.parts import View, sign_of
from opsconsole.health.present.troubles import standing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult

    from opsconsole.core.actions import Action
    from opsconsole.health.alerts.model import Alert
    from opsconsole.health.board import Board
    from opsconsole.health.watch import Watch

COLUMNS = (Column("sign", "", 2), Column("since", "since", 12), Column("severity", "severity", 8, drop=3),
           Column("lasted", "lasted", 10, "right", drop=1), Column("what", "what", 24, flex=3),
           Column("standing", "", 12, flex=2, drop=2))
NONE = (Line((Span("No alert has fired yet.", Style.MUTED),)),
        Line((Span("Limits of the host alert by themselves; checks and rules are configured.",
                   Style.FAINT),)))


class Rows:
    """The rows of the list; see `RowSource`."""

    def __init__(self, service: Callable[[], AlertService], view: Callable[[], View]) -> None:
        self._service, self._view = service, view

    async def count(self) -> int:
        """See `RowSource.count`."""
        return await self._service().count()

    async def rows(self, offset: int, limit: int) -> Sequence[ListRow]:
        """See `RowSource.rows`."""
        view = self._view()
        return [row(alert, view) for alert in await self._service().page(offset, limit)]

    async def position(self, key: str) -> int | None:
        """See `RowSource.position`."""
        return await self._service().position(int(key))


def row(alert: Alert, view: View) -> ListRow:
    """One alert: what is over is quiet."""
    level = level_of(alert.severity)
    sign = sign_of(view, level) if alert.open else None
    lasted = fmt.duration(((alert.ended if alert.ended is not None else view.now) - alert.begun) / 1000)
    quiet = Style.TEXT if alert.open else Style.MUTED
    said = view.clean(f"{alert.title}: {alert.text}" if alert.text else alert.title)
    return ListRow(str(alert.id), (
        (sign or Span(" "),), (Span(view.time(alert.begun), Style.MUTED),), (Span(alert.severity.value, quiet),),
        (Span(lasted, quiet),), (Span(said, quiet, strong=alert.open),), (Span(standing(alert, view), Style.MUTED),)))


class AlertsScreen(ConsoleScreen, inherit_bindings=False):
    """The list."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.ALERTS, *MOVES)

    def __init__(self, watch: Watch, board: Board) -> None:
        super().__init__()
        self.title = "Alerts"
        self.host_watch, self.board = watch, board

    def body(self) -> ComposeResult:
        """One list."""
        context = self.context

        def view() -> View:
            return View(self.size.width, context.glyphs, context.clock.now(), context.zone)

        source = Rows(lambda: AlertService(context.storage.db, context.clock), view)
        yield VirtualList(COLUMNS, source, empty=NONE, id="alerts", glyphs=context.glyphs)

    @property
    def list(self) -> VirtualList:
        """The list itself."""
        return self.query_one("#alerts", VirtualList)

    def on_console_screen_topics_changed(self, event: ConsoleScreen.TopicsChanged) -> None:
        """Something happened to an alert, or to a ticket of one."""
        if event.topics & {"alerts", "tickets"}:
            self.list.reload()

    def on_virtual_list_moved(self, event: VirtualList.Moved) -> None:
        """With or without an alert under the cursor, other keys work."""
        event.stop()
        self.refresh_bindings()

    def about(self) -> About | None:
        """See `ConsoleScreen.about`: when the alert under the cursor fired."""
        return About(f"alert:{self.list.key}") if self.list.key else None

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        return "No alert is chosen." if action.id == "alerts.open" and not self.list.key else None

    def on_virtual_list_opened(self, event: VirtualList.Opened) -> None:
        """`enter` or a click on a row."""
        event.stop()
        self._open(event.key)

    def action_open(self) -> None:
        """The alert under the cursor."""
        self.list.action_open()

    def action_refresh(self) -> None:
        """Read the list again now."""
        self.list.reload()
        self.console.action_refresh()

    def _open(self, key: str) -> None:
        from opsconsole.health.screen.alert import AlertScreen  # noqa: PLC0415 - when it is opened

        if key:
            self.app.push_screen(AlertScreen(self.host_watch, self.board, int(key)))
