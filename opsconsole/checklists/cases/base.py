"""What all use cases of checklists stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.checklists.settings import ChecklistSettings

if TYPE_CHECKING:
    from datetime import tzinfo
    from pathlib import Path

    from opsconsole.checklists.library import Library
    from opsconsole.core.blobs import Blobs
    from opsconsole.core.clock import Clock
    from opsconsole.core.database import Database
    from opsconsole.tickets.service import TicketService


class Desk:
    """The records, the time, the templates: what each group of use cases is made with."""

    def __init__(self, db: Database, clock: Clock, library: Library, settings: ChecklistSettings | None = None, *,
                 tickets: TicketService | None = None, zone: tzinfo | None = None, blobs: Blobs | None = None,
                 cache: Path | None = None) -> None:
        self._db = db
        self._clock = clock
        self.library = library
        self.settings = settings if settings is not None else ChecklistSettings()
        self._tickets = tickets
        self._zone = zone
        self._blobs = blobs
        self._cache = cache
