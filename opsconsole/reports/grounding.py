"""What reports and targets are gathered from, made of the databases and the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsconsole.checklists.library import Library
from opsconsole.checklists.service import ChecklistService
from opsconsole.checklists.settings import ChecklistSettings
from opsconsole.logbook.service import LogService
from opsconsole.reports.gathering.ground import Ground, Records
from opsconsole.tickets.settings import TicketSettings

if TYPE_CHECKING:
    from opsconsole.core.clock import Clock
    from opsconsole.core.database import Database


def grounded(records: Database | None, metrics: Database | None, clock: Clock, settings: Any) -> Ground:
    """Everything that can be asked.

    Args:
        records: what people entered; None: nothing yet.
        metrics: what was measured; None: nothing yet.
        clock: where time comes from.
        settings: the whole configuration.
    """
    chosen = settings.checklists or ChecklistSettings()
    found = None
    if records is not None:
        # Only what was answered is asked, so no template is read.
        found = Records(records, ChecklistService(records, clock, Library(chosen), chosen),
                        LogService(records, clock, settings.logbook))
    return Ground(found, metrics, clock, chosen.zone, checks=settings.checks or {},
                  tickets=settings.tickets or TicketSettings())
