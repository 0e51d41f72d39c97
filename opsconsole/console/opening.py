"""What features need of each other in the console, loaded when it is needed; a part of the composition root."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def open_named(watch: Watch, board: Board, screen: ConsoleScreen, target: str) -> None:
    """Show `alert:17`, `ticket:3`, the round of a checklist `run:5`, the entry of the log `entry:9`.

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
