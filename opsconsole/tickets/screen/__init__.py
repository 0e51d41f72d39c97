"""The screens of tickets: the queue, a ticket, forms, statistics; and what they share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from opsconsole.console.part import desk_in
from opsconsole.tickets.settings import TicketSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.console.context import ConsoleContext
    from opsconsole.console.topline import Badge
    from opsconsole.core.database import Database
    from opsconsole.notify.settings import NotifySettings
    from opsconsole.tickets.cases.types import Gate
    from opsconsole.tickets.service import TicketService

PART: Final = "tickets"
"""Under this name the composition root hands the desk to the screens, in `ConsoleContext.parts`."""


@dataclass(slots=True)
class Desk:
    """What the screens of tickets share. The composition root makes one, and `use` follows the configuration."""

    settings: TicketSettings = field(default_factory=TicketSettings)
    notify: NotifySettings | None = None
    gates: Sequence[Gate] = ()
    """Who may object to a move: alerts that still fire."""
    counts: dict[str, int] = field(default_factory=dict)
    """How many tickets each view has, as they were counted last; empty: not yet."""
    own: str | None = None
    """The filter that was typed last, for this session; None: none was."""
    view: str = "open"
    """The view that was shown last; empty: the filter that was typed."""
    _made: tuple[Database, TicketService] | None = None

    def use(self, settings: TicketSettings, notify: NotifySettings | None, gates: Sequence[Gate] = ()) -> None:
        """Another configuration."""
        self.settings, self.notify, self.gates, self._made = settings, notify, gates, None

    def service(self, context: ConsoleContext) -> TicketService:
        """The use cases, on the records as they are open now.

        Raises:
            StorageError: they are not; the sentence says why.
        """
        from opsconsole.core.blobs import Blobs  # noqa: PLC0415 - with the first ticket
        from opsconsole.tickets.service import TicketService  # noqa: PLC0415

        db = context.storage.db
        if self._made is None or self._made[0] is not db:
            self._made = db, TicketService(
                db, context.clock, self.settings, zone=context.zone, blobs=Blobs(context.paths.data / "blobs"),
                gates=self.gates, notify_settings=self.notify, cache=context.paths.cache)
        return self._made[1]

    async def recount(self, context: ConsoleContext) -> bool:
        """Count what each view holds; whether that is something else than before.

        Raises:
            StorageError: the records cannot be read.
        """
        before, self.counts = self.counts, await self.service(context).counts(context.actor.name)
        return before != self.counts

    def badge(self) -> Badge | None:
        """See `badge_of`."""
        return badge_of(self.counts)


def desk_of(context: ConsoleContext) -> Desk:
    """The desk of this console."""
    return desk_in(context, PART, Desk)


def service_of(context: ConsoleContext) -> TicketService:
    """The use cases of tickets, for a screen.

    Raises:
        StorageError: the records are not open; the sentence says why.
    """
    return desk_of(context).service(context)


def settings_of(context: ConsoleContext) -> TicketSettings:
    """The configuration of tickets."""
    return desk_of(context).settings


async def recount(context: ConsoleContext) -> bool:
    """Count what each view holds; whether that is something else than before.

    Raises:
        StorageError: the records cannot be read.
    """
    return await desk_of(context).recount(context)


def badge_of(counts: dict[str, int]) -> Badge | None:
    """What stands behind the title in the top line: what is late, else what nobody has; nothing where all is well."""
    from opsconsole.console.topline import Badge  # noqa: PLC0415 - the console has it
    from opsconsole.core.levels import Level  # noqa: PLC0415

    if (late := counts.get("late", 0)) > 0:
        return Badge(late, Level.CRITICAL, "late")
    if (unassigned := counts.get("unassigned", 0)) > 0:
        return Badge(unassigned, Level.OK, "unassigned")
    return None
