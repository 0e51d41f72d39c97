"""Everything that can be done on the invented server, at any moment of its past."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsconsole.checklists.library import Library
from opsconsole.checklists.naming import configured
from opsconsole.checklists.service import ChecklistService
from opsconsole.checklists.settings import ChecklistSettings
from opsconsole.core.blobs import Blobs
from opsconsole.demo.hands import Diary, Hands
from opsconsole.health.alerts.service import AlertService
from opsconsole.logbook.service import LogService
from opsconsole.reports.briefing.service import BriefingService
from opsconsole.tickets.service import TicketService
from opsconsole.tickets.settings import TicketSettings

if TYPE_CHECKING:
    from opsconsole.core.database import Database, Transaction
    from opsconsole.demo.together import Together
    from opsconsole.demo.world import World


class House(NamedTuple):
    """The use cases of all features in one transaction, and what happens when."""

    world: World
    db: Database
    tx: Transaction
    hands: Hands
    diary: Diary
    tickets: TicketService
    alerts: AlertService
    log: LogService
    checklists: ChecklistService
    briefing: BriefingService


def house(world: World, db: Together) -> House:
    """The house of a world, in whose records all of it happens."""
    settings, hands, data = world.settings, Hands(world.now), world.root / "data"
    tickets = TicketService(db, hands, settings.tickets or TicketSettings(), blobs=Blobs(data / "blobs"),
                            cache=world.root / "cache")
    log = LogService(db, hands, settings.logbook, blobs=Blobs(data / "blobs"))
    chosen = settings.checklists or ChecklistSettings()
    library = Library(chosen, configured=configured(settings.checks, settings.tickets, settings.notify))
    rounds = ChecklistService(db, hands, library, chosen, tickets=tickets, blobs=Blobs(data / "evidence"),
                              cache=world.root / "cache", log=log)
    return House(world, db, db.tx, hands, Diary(hands), tickets, AlertService(db, hands), log, rounds,
                 BriefingService(db, hands))
