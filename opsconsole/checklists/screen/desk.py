"""What the screens of checklists share: the configuration, the templates, the use cases on the open records."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from opsconsole.checklists.cases.types import Counts
from opsconsole.checklists.settings import ChecklistSettings
from opsconsole.console.part import desk_in

if TYPE_CHECKING:

    from opsconsole.checklists.library import Library
    from opsconsole.checklists.naming import Configured
    from opsconsole.checklists.service import ChecklistService
    from opsconsole.console.context import ConsoleContext
    from opsconsole.console.topline import Badge
    from opsconsole.core.database import Database
    from opsconsole.logbook.settings import LogbookSettings

PART: Final = "checklists"
"""Under this name the composition root hands the desk to the screens, in `ConsoleContext.parts`."""


@dataclass(slots=True)
class Desk:
    """The composition root makes one, and `use` follows the configuration."""

    settings: ChecklistSettings = field(default_factory=ChecklistSettings)
    counts: Counts = field(default_factory=Counts)
    wanted: str = ""
    """Of which titles the list shows only those, for this session."""
    _log_settings: LogbookSettings | None = None
    _configured: Configured | None = None
    _library: Library | None = None
    _made: tuple[Database, ChecklistService] | None = None

    def use(self, settings: ChecklistSettings | None, log: LogbookSettings | None = None,
            configured: Configured | None = None) -> None:
        """Another configuration, also of the log, in which signed runs open entries, and what templates can name."""
        self._log_settings, self._configured = log, configured
        self.settings = settings if settings is not None else ChecklistSettings()
        self._library = self._made = None

    def service(self, context: ConsoleContext) -> ChecklistService:
        """The use cases, on the records as they are open now.

        Raises:
            StorageError: they are not; the sentence says why.
        """
        from opsconsole.checklists.library import Library  # noqa: PLC0415 - with the first checklist
        from opsconsole.checklists.service import ChecklistService  # noqa: PLC0415
        from opsconsole.core.blobs import Blobs  # noqa: PLC0415
        from opsconsole.core.paths import beside_config  # noqa: PLC0415
        from opsconsole.logbook.service import LogService  # noqa: PLC0415
        from opsconsole.tickets.screen import service_of as tickets_of  # noqa: PLC0415

        db = context.storage.db
        if self._library is None:
            self._library = Library(self.settings, beside_config("checklists", context.paths, os.environ),
                                    configured=self._configured)
        if self._made is None or self._made[0] is not db:
            self._made = db, ChecklistService(
                db, context.clock, self._library, self.settings, tickets=tickets_of(context), zone=context.zone,
                blobs=Blobs(context.paths.data / "blobs"), cache=context.paths.cache,
                log=LogService(db, context.clock, self._log_settings, zone=context.zone))
        return self._made[1]

    async def recount(self, context: ConsoleContext) -> bool:
        """Count what is due; whether that is something else than before.

        Raises:
            StorageError: the records cannot be read.
        """
        before, self.counts = self.counts, await self.service(context).counts()
        return before != self.counts

    def badge(self) -> Badge | None:
        """What stands behind the title in the top line: what is late, else what is due."""
        from opsconsole.console.topline import Badge  # noqa: PLC0415 - the console has it
        from opsconsole.core.levels import Level  # noqa: PLC0415

        if self.counts.late:
            return Badge(self.counts.late, Level.CRITICAL, "late")
        return Badge(self.counts.due, Level.OK, "due") if self.counts.due else None


def desk_of(context: ConsoleContext) -> Desk:
    """The desk of this console."""
    return desk_in(context, PART, Desk)


def service_of(context: ConsoleContext) -> ChecklistService:
    """The use cases of checklists, for a screen.

    Raises:
        StorageError: the records are not open; the sentence says why.
    """
    return desk_of(context).service(context)
