"""What a console has of its targets: as configured, who shows where a number comes from, and what is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from opsconsole.console.storage import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opsconsole.console.context import ConsoleContext
    from opsconsole.console.screen import ConsoleScreen
    from opsconsole.reports.gathering.ground import Ground
    from opsconsole.reports.targets.model import Actual
    from opsconsole.reports.targets.settings import Target

PART: Final = "targets"
"""Under this name the composition root hands this to the screens, in `ConsoleContext.parts`."""


class Aims:
    """The targets of this console.

    Args:
        settings: the whole configuration.
        opener: shows what a target names: `check:site`, `line:memory`, `run:5`, `tickets`.
    """

    def __init__(self, settings: Any, opener: Callable[[ConsoleScreen, str], None] | None = None) -> None:
        self.opener = opener
        self._settings = settings

    @property
    def targets(self) -> Mapping[str, Target]:
        """As configured, by name."""
        return self._settings.targets or {}

    def use(self, settings: Any) -> None:
        """The configuration as it is now."""
        self._settings = settings

    async def actuals(self, context: ConsoleContext) -> list[Actual]:
        """What was reached of every target.

        Raises:
            StorageError: something cannot be read.
        """
        if not self.targets:
            return []
        from opsconsole.reports.targets.gathering import actuals  # noqa: PLC0415 - when it is asked for

        await opened(context, measured=True)
        return await actuals(self._ground(context), self.targets)

    def _ground(self, context: ConsoleContext) -> Ground:
        """Everything that can be asked.

        Raises:
            StorageError: the records or the history could not be opened.
        """
        from opsconsole.checklists.screen.desk import service_of as checklists_of  # noqa: PLC0415 - when it is asked for
        from opsconsole.checklists.settings import ChecklistSettings  # noqa: PLC0415 - as above
        from opsconsole.logbook.screen.desk import service_of as log_of  # noqa: PLC0415 - as above
        from opsconsole.reports.gathering.ground import Ground, Records  # noqa: PLC0415 - as above
        from opsconsole.tickets.settings import TicketSettings  # noqa: PLC0415 - as above

        settings = self._settings
        measured = context.metrics.db if context.metrics is not None else None
        zone = (settings.checklists or ChecklistSettings()).zone
        return Ground(Records(context.storage.db, checklists_of(context), log_of(context)), measured, context.clock,
                      zone if zone is not None else context.zone, checks=settings.checks or {},
                      tickets=settings.tickets or TicketSettings())


def aims_of(context: ConsoleContext) -> Aims:
    """The targets of this console."""
    return cast("Aims", context.parts[PART])


def aims_with(context: ConsoleContext, settings: Any,
              opener: Callable[[ConsoleScreen, str], None] | None = None) -> Aims:
    """The targets of this console, with the configuration as it is now; made when they are needed first."""
    aims = context.parts.get(PART)
    if not isinstance(aims, Aims):
        aims = context.parts[PART] = Aims(settings, opener)
    aims.use(settings)
    return aims


def show_targets(screen: ConsoleScreen) -> None:
    """Every target beside what was reached, whatever screen is shown."""
    from opsconsole.reports.screen.targets import TargetsScreen  # noqa: PLC0415 - when it is opened

    if not isinstance(screen, TargetsScreen):
        screen.app.push_screen(TargetsScreen())
