"""What a console has of checklists before anybody looks at them: made when it is needed first; and their badge."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from opsconsole.core.errors import OpsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsconsole.checklists.aiding import EmergencyAid
    from opsconsole.checklists.naming import Configured
    from opsconsole.checklists.screen.desk import Desk
    from opsconsole.checklists.settings import ChecklistSettings
    from opsconsole.console.context import ConsoleContext
    from opsconsole.console.topline import Badge
    from opsconsole.logbook.settings import LogbookSettings

TOPICS: Final = frozenset({"checklists"})


class Part:
    """Hands the desk to the screens, and counts for the top line.

    Args:
        settings: what the configuration says about checklists; None: the defaults.
        log: what it says about the log, in which signed runs open entries; as above.
        names: says what templates can name of the configuration; asked when they are looked at first.
    """

    def __init__(self, settings: ChecklistSettings | None, log: LogbookSettings | None = None,
                 names: Callable[[], Configured | None] | None = None) -> None:
        self._settings = settings
        self._log = log
        self._names = names
        self._desk: Desk | None = None
        self.begun = False

    def __call__(self) -> Desk:
        """What their screens share."""
        if self._desk is None:
            from opsconsole.checklists.screen.desk import Desk  # noqa: PLC0415 - after the first paint

            self._desk = Desk()
            self._desk.use(self._settings, self._log, self._configured())
        return self._desk

    def use(self, settings: ChecklistSettings | None, log: LogbookSettings | None = None,
            names: Callable[[], Configured | None] | None = None) -> None:
        """The configuration as it is now."""
        self._settings, self._log, self._names = settings, log, names
        if self._desk is not None:
            self._desk.use(settings, log, self._configured())

    def _configured(self) -> Configured | None:
        return self._names() if self._names is not None else None

    def badge(self) -> Badge | None:
        """What is late, or due."""
        return self._desk.badge() if self._desk is not None else None

    def hear(self, app: Any, topics: frozenset[str] = TOPICS) -> None:
        """Count again: something happened to checklists, or time went on."""
        if topics & TOPICS and self.begun:
            app.run_worker(self._count(app), group="checklists-badge", exclusive=True)

    async def _count(self, app: Any) -> None:
        from opsconsole.checklists.screen.desk import desk_of  # noqa: PLC0415 - after the first paint

        context: ConsoleContext = app.context
        with suppress(OpsError):
            if await desk_of(context).recount(context):
                app.refresh_bars()


def emergency_aid(context: ConsoleContext) -> EmergencyAid:
    """Who knows the checklists of emergencies, for the log."""
    from opsconsole.checklists.aiding import EmergencyAid  # noqa: PLC0415 - with the first emergency
    from opsconsole.checklists.screen.desk import service_of  # noqa: PLC0415 - as above

    return EmergencyAid(service_of(context))
