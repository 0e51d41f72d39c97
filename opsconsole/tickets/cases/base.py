"""What all use cases of tickets stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.tickets.settings import TicketSettings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from opsconsole.core.blobs import Blobs
    from opsconsole.core.clock import Clock
    from opsconsole.core.database import Database
    from opsconsole.notify.settings import NotifySettings
    from opsconsole.tickets.cases.types import Gate


class Desk:
    """The records, the time, the configuration: what each group of use cases is made with."""

    def __init__(self, db: Database, clock: Clock, settings: TicketSettings | None = None, *,
                 zone: tzinfo | None = None, blobs: Blobs | None = None, gates: Sequence[Gate] = (),
                 notify_settings: NotifySettings | None = None) -> None:
        self._db = db
        self._clock = clock
        self.settings = settings if settings is not None else TicketSettings()
        self._zone = zone
        self._blobs = blobs
        self._gates = tuple(gates)
        self._notify = notify_settings
