"""Maintenance everywhere in a console: in the top line, told before it runs out, and handed to the log."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from opsconsole.console.topline import Notice
from opsconsole.core.levels import Level
from opsconsole.health.present.windows import ending_soon, standing_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from opsconsole.console.context import ConsoleContext
    from opsconsole.console.shell import OpsConsole
    from opsconsole.core.database import Database
    from opsconsole.health.alerts.planned import PlannedWork
    from opsconsole.health.alerts.settings import Rule
    from opsconsole.health.board import Board
    from opsconsole.health.checks.settings.base import Check


class Reminder:
    """Shows in the top line what is worked on, and tells once in this console that the work of an entry runs out."""

    def __init__(self, board: Board, app: OpsConsole) -> None:
        self._board = board
        self._app = app
        self._told: set[tuple[int, int]] = set()

    def begin(self) -> None:
        """From now on."""
        self._app.notice = self.notice
        self._board.listen(self._changed)
        self._changed()

    def notice(self) -> Notice | None:
        """For the top line; None: nothing is worked on."""
        context = self._app.context
        found = standing_of(self._board.stored.windows, context.clock.now(), context.zone)
        return Notice(*found) if found is not None else None

    def _changed(self) -> None:
        """Something else is stored."""
        app, context = self._app, self._app.context
        app.call_later(app.refresh_bars)
        for one in self._board.stored.windows:
            if one.entry and one.warned and (one.id, one.ends) not in self._told:
                self._told.add((one.id, one.ends))
                app.call_later(app.say, ending_soon(one, context.clock.now(), context.zone), Level.WARNING)


def planned_work(checks: Mapping[str, Check] | None, rules: Mapping[str, Rule] | None, context: ConsoleContext,
                 records: Database) -> PlannedWork:
    """Who mutes checks during maintenance.

    Args:
        checks: as configured.
        rules: as configured.
        context: the surroundings.
        records: the records.
    """
    from opsconsole.health.alerts.planned import PlannedWork  # noqa: PLC0415 - when it is asked for

    @asynccontextmanager
    async def metrics() -> AsyncIterator[Database | None]:
        yield context.metrics.db if context.metrics is not None else None

    return PlannedWork(records, context.clock, checks, rules, metrics)
