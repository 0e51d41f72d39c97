"""Shows what an entry of the log or the timeline names, whatever feature has it; a part of the composition root."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opsconsole.console.screen import ConsoleScreen
    from opsconsole.health.board import Board
    from opsconsole.health.watch import Watch


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
