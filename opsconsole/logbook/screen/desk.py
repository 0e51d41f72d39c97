"""What the screens of the log share: the configuration, what waits, the use cases on the open records."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from opsconsole.console.part import desk_in
from opsconsole.core.clock import local
from opsconsole.core.errors import OpsError
from opsconsole.core.view import View
from opsconsole.logbook.present.emergency import Waiting, waiting
from opsconsole.logbook.present.listing import Counts, counted
from opsconsole.logbook.settings import LogbookSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsconsole.console.context import ConsoleContext
    from opsconsole.console.screen import ActingScreen
    from opsconsole.console.topline import Badge
    from opsconsole.core.database import Database
    from opsconsole.logbook.aid import Aid
    from opsconsole.logbook.model import Action
    from opsconsole.logbook.service import LogService
    from opsconsole.logbook.windows import Windows

PART: Final = "logbook"
"""Under this name the composition root hands the desk to the screens, in `ConsoleContext.parts`."""
OPEN: Final = "is:open,waiting"
"""The filter of entries that are not signed."""


@dataclass(slots=True)
class Desk:
    """The composition root makes one, and `use` follows the configuration."""

    settings: LogbookSettings = field(default_factory=LogbookSettings)
    opener: Callable[[Any, str], None] | None = None
    """Shows what an entry names: `ticket:17`, `run:5`; None: nothing can be shown."""
    aid: Callable[[ConsoleContext], Aid] | None = None
    """Makes whoever knows the checklists of emergencies; None: nobody does."""
    addressees: Callable[[], tuple[str, ...]] = tuple
    """Says whom a message can be sent to: contacts, `oncall:ROTATION`, `channel:NAME`."""
    unknown: Callable[[tuple[str, ...]], str | None] = lambda _: None
    """Says what is wrong with names of whom to send it to; None: nothing."""
    windows: Callable[[ConsoleContext, Database], Windows] | None = None
    """Makes who mutes checks during maintenance; None: nobody does."""
    counts: Counts = field(default_factory=Counts)
    emergencies: Waiting = field(default_factory=Waiting)
    """Those that go on."""
    filter: str = ""
    """What the list is filtered by, for this session."""
    _made: tuple[Database, LogService] | None = None

    def use(self, settings: LogbookSettings | None) -> None:
        """Another configuration."""
        self.settings = settings if settings is not None else LogbookSettings()
        self._made = None

    def service(self, context: ConsoleContext) -> LogService:
        """The use cases, on the records as they are open now.

        Raises:
            StorageError: they are not; the sentence says why.
        """
        from opsconsole.core.blobs import Blobs  # noqa: PLC0415 - with the first entry
        from opsconsole.logbook.service import LogService  # noqa: PLC0415

        db = context.storage.db
        if self._made is None or self._made[0] is not db:
            self._made = db, LogService(db, context.clock, self.settings, zone=context.zone,
                                        blobs=Blobs(context.paths.data / "blobs"),
                                        windows=partial(self.windows, context) if self.windows is not None else None)
        return self._made[1]

    async def recount(self, context: ConsoleContext) -> bool:
        """Count what waits; whether that is something else than before.

        Raises:
            StorageError: the records cannot be read.
        """
        before, service = (self.counts, self.emergencies), self.service(context)
        view = View(80, context.glyphs, context.clock.now(), context.zone)
        self.counts = counted((await service.find(OPEN)).count, await due_now(service, context), view)
        self.counts = self.counts._replace(overdue=self.counts.overdue + await service.overrun())
        self.emergencies = waiting(await service.emergencies())
        return before != (self.counts, self.emergencies)

    def badge(self) -> Badge | None:
        """What stands behind the title in the top line: an emergency, next actions that are late, what is unsigned."""
        from opsconsole.console.topline import Badge  # noqa: PLC0415 - the console has it
        from opsconsole.core.levels import Level  # noqa: PLC0415

        if self.emergencies.going:
            word = "emergency" if self.emergencies.going == 1 else "emergencies"
            return Badge(self.emergencies.going, Level.CRITICAL, word)
        if self.counts.overdue:
            return Badge(self.counts.overdue, Level.WARNING, "overdue")
        return Badge(self.counts.unsigned, Level.OK, "unsigned") if self.counts.unsigned else None


async def due_now(service: LogService, context: ConsoleContext) -> list[tuple[int, int, Action]]:
    """Next actions up to today.

    Raises:
        StorageError: they cannot be read.
    """
    return await service.due_actions(local(context.clock.now(), context.zone).date())


def desk_of(context: ConsoleContext) -> Desk:
    """The desk of this console."""
    return desk_in(context, PART, Desk)


def service_of(context: ConsoleContext) -> LogService:
    """The use cases of the log, for a screen.

    Raises:
        StorageError: the records are not open; the sentence says why.
    """
    return desk_of(context).service(context)


def aid_of(context: ConsoleContext) -> Aid | None:
    """Whoever knows the checklists of emergencies; None: nobody does.

    Raises:
        StorageError: the records are not open; the sentence says why.
    """
    made = desk_of(context).aid
    return made(context) if made is not None else None


def service_or_none(screen: ActingScreen[Any]) -> LogService | None:
    """The use cases; where the records are not open, that is told."""
    try:
        return service_of(screen.context)
    except OpsError as error:
        screen.console.notify_error(error)
        return None
