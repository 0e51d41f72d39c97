"""What all use cases of tickets stand on."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from opsconsole.core.identity import Role, require
from opsconsole.tickets.model import Source
from opsconsole.tickets.settings import TicketSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import tzinfo
    from pathlib import Path

    from opsconsole.core.blobs import Blobs
    from opsconsole.core.clock import Clock
    from opsconsole.core.database import Database, Transaction
    from opsconsole.core.identity import Actor
    from opsconsole.notify.settings import NotifySettings
    from opsconsole.tickets.calendars import Official
    from opsconsole.tickets.cases.types import Gate
    from opsconsole.tickets.cases.work import Work
    from opsconsole.tickets.clocks import Policies
    from opsconsole.tickets.duty import Duty


class Desk:
    """The records, the time, the configuration: what each group of use cases is made with."""

    def __init__(self, db: Database, clock: Clock, settings: TicketSettings | None = None, *,
                 zone: tzinfo | None = None, blobs: Blobs | None = None, gates: Sequence[Gate] = (),
                 notify_settings: NotifySettings | None = None, cache: Path | None = None) -> None:
        self._db = db
        self._clock = clock
        self.settings = settings if settings is not None else TicketSettings()
        self._zone = zone
        self._blobs = blobs
        self._gates = tuple(gates)
        self._notify = notify_settings
        self._cache = cache
        self._policies: Policies | None = None
        self._duty: Duty | None = None

    @property
    def zone(self) -> tzinfo:
        """The local zone."""
        if self._zone is None:
            from opsconsole.notify.zones import local_zone  # noqa: PLC0415 - zoneinfo costs 10 ms

            self._zone = local_zone()
        return self._zone

    @property
    def policies(self) -> Policies:
        """What is promised, ready to be asked."""
        if self._policies is None:
            from opsconsole.tickets.clocks import Policies  # noqa: PLC0415 - a list of tickets needs none

            self._policies = Policies(self.settings, self.zone, self._official())
        return self._policies

    @property
    def duty(self) -> Duty:
        """Who is on duty."""
        if self._duty is None:
            from opsconsole.tickets.duty import Duty  # noqa: PLC0415 - as above

            self._duty = Duty(self.settings, self._notify, self.zone, self._official())
        return self._duty

    def _official(self) -> Official | None:
        """Whoever knows the public holidays of countries, where a calendar names one."""
        if self._cache is None or not any(one.holidays.country for one in self.settings.calendars.values()):
            return None
        from opsconsole.tickets.daysoff import DaysOff  # noqa: PLC0415 - few ask for holidays

        return DaysOff(self._cache)

    @asynccontextmanager
    async def _change(self, actor: Actor, action: str, doing: str, *, role: Role = Role.OPERATOR,
                      via: Source = Source.CONSOLE) -> AsyncIterator[Work]:
        """One transaction of a person; what is added to the work is written by its `finish`."""
        require(actor, role, doing)
        async with self._db.write() as tx:
            yield self._work(tx, actor, action, via)

    def _work(self, tx: Transaction, actor: Actor | None, action: str, via: Source = Source.CONSOLE) -> Work:
        from opsconsole.tickets.cases.work import Work  # noqa: PLC0415 - only whoever changes something needs it

        return Work(tx, actor, action, self._clock.now(), self.settings, self.policies, via)
