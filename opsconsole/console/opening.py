"""What features need of each other in the console, loaded when it is needed; a part of the composition root."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from opsconsole.reports.targets.actions import SHOW as TARGETS

if TYPE_CHECKING:
    from opsconsole.console.context import ConsoleContext
    from opsconsole.console.screen import ConsoleScreen
    from opsconsole.core.database import Database
    from opsconsole.health.alerts.planned import PlannedWork
    from opsconsole.health.board import Board
    from opsconsole.health.watch import Watch
    from opsconsole.settings import Settings


def planned(settings: Settings, context: ConsoleContext, records: Database) -> PlannedWork:
    """Who mutes checks during maintenance, for the log."""
    from opsconsole.health.screen.planning import planned_work  # noqa: PLC0415 - when it is asked for

    return planned_work(settings.checks, settings.rules, context, records)


def aim(context: ConsoleContext, settings: Settings, watch: Watch, board: Board) -> None:
    """The board of targets can be shown, with the configuration as it is now."""
    def show(screen: ConsoleScreen) -> None:
        from opsconsole.reports.screen.aiming import aims_with, show_targets  # noqa: PLC0415 - when it is asked for

        aims_with(context, settings, partial(open_source, watch, board))
        show_targets(screen)

    context.features[TARGETS] = show
    if "targets" in context.parts:
        from opsconsole.reports.screen.aiming import aims_with  # noqa: PLC0415 - it is loaded then

        aims_with(context, settings)


def open_named(watch: Watch, board: Board, screen: ConsoleScreen, target: str) -> None:
    """Show `alert:17`, `ticket:3`, a round of a checklist `run:5`, an entry of the log `entry:9`, `handover:2`.

    Args:
        watch: what the screens of health show live.
        board: what they show of the agent's work.
        screen: from which it is opened.
        target: what; what nobody knows is not opened.
    """
    kind, _, name = target.partition(":")
    if kind == "alert":
        from opsconsole.health.screen.alert import AlertScreen  # noqa: PLC0415 - when it is opened

        screen.app.push_screen(AlertScreen(watch, board, int(name)))
    elif kind == "ticket":
        from opsconsole.tickets.screen.ticket import TicketScreen  # noqa: PLC0415 - when it is opened

        screen.app.push_screen(TicketScreen(int(name)))
    elif kind == "run":
        from opsconsole.checklists.screen.walk import WalkScreen  # noqa: PLC0415 - when it is opened

        screen.app.push_screen(WalkScreen(int(name)))
    elif kind == "entry":
        from opsconsole.logbook.screen.entry import EntryScreen  # noqa: PLC0415 - when it is opened

        screen.app.push_screen(EntryScreen(int(name)))
    elif kind == "handover":
        from opsconsole.reports.screen.handover import HandoverScreen  # noqa: PLC0415 - when it is opened

        screen.app.push_screen(HandoverScreen(int(name)))


def open_source(watch: Watch, board: Board, screen: ConsoleScreen, target: str) -> None:
    """Show where a number comes from: `check:site`, `line:memory`, `run:5`, `tickets:priority:urgent`, `log`.

    Args:
        watch: what the screens of health show live.
        board: what they show of the agent's work.
        screen: from which it is opened.
        target: what; see `Actual.opens` of targets.
    """
    kind, _, name = target.partition(":")
    if kind == "check":
        from opsconsole.health.screen.check import CheckScreen  # noqa: PLC0415 - when it is opened

        screen.app.push_screen(CheckScreen(watch, board, name, (name,)))
    elif kind == "line":
        from opsconsole.health.screen.trend import TrendScreen  # noqa: PLC0415 - when it is opened

        screen.app.push_screen(TrendScreen(watch, board, name, (name,)))
    elif kind == "uptime":
        from opsconsole.health.screen.uptime import UptimeScreen  # noqa: PLC0415 - when it is opened

        screen.app.push_screen(UptimeScreen(watch, board))
    elif kind == "alerts":
        from opsconsole.health.screen.alerts import AlertsScreen  # noqa: PLC0415 - when it is opened

        screen.app.push_screen(AlertsScreen(watch, board))
    elif kind == "checklists":
        from opsconsole.checklists.screen.kept import KeptScreen  # noqa: PLC0415 - when it is opened

        screen.app.push_screen(KeptScreen())
    elif kind == "timeline":
        screen.action_timeline()
    elif kind == "log":
        screen.console.go_to("4")
    elif kind == "tickets":
        _open_statistics(screen, name)
    else:
        open_named(watch, board, screen, target)


def _open_statistics(screen: ConsoleScreen, filter_text: str) -> None:
    """The figures of this month's tickets, of those that a filter finds; which these are is shown in the queue."""
    from opsconsole.tickets.screen.queue import QueueScreen  # noqa: PLC0415 - when it is opened
    from opsconsole.tickets.screen.statistics import Looked, StatisticsScreen  # noqa: PLC0415 - as above
    from opsconsole.tickets.screen.ticket import TicketScreen  # noqa: PLC0415 - as above

    app = screen.app

    def open_ticket(number: int) -> None:
        app.push_screen(TicketScreen(number))

    def show(found: str) -> None:
        def filtered() -> None:
            if isinstance(app.screen, QueueScreen):
                app.screen.show_filter(found)

        screen.console.go_to("2")
        app.call_later(filtered)

    app.push_screen(StatisticsScreen(show, open_ticket, Looked(1, filter=filter_text)))
