"""What the commands `briefing` and `handover` share: every feature as configured, on the open records."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from opsconsole.core.errors import StorageError
from opsconsole.printing import columns, glyphs, machine_clock

if TYPE_CHECKING:
    from opsconsole.core.database import Database
    from opsconsole.core.identity import Actor
    from opsconsole.core.view import View
    from opsconsole.reports.briefing.gathering import Features


def features_of(given: Any, db: Database, metrics: Database | None) -> Features:
    """Every feature, as configured.

    Args:
        given: the invocation.
        db: the records.
        metrics: what machines measured; None: nothing of it can be told.
    """
    from opsconsole.checklists.library import Library  # noqa: PLC0415 - `--help` needs none
    from opsconsole.checklists.service import ChecklistService  # noqa: PLC0415 - as above
    from opsconsole.checklists.settings import ChecklistSettings  # noqa: PLC0415 - as above
    from opsconsole.core.paths import beside_config  # noqa: PLC0415 - as above
    from opsconsole.health.alerts.service import AlertService  # noqa: PLC0415 - as above
    from opsconsole.logbook.service import LogService  # noqa: PLC0415 - as above
    from opsconsole.reports.briefing.gathering import Features  # noqa: PLC0415 - as above
    from opsconsole.reports.briefing.service import BriefingService  # noqa: PLC0415 - as above
    from opsconsole.tickets.service import TicketService  # noqa: PLC0415 - as above

    loaded, clock = given.loaded, machine_clock()
    settings = loaded.settings
    library = Library(settings.checklists or ChecklistSettings(), beside_config("checklists", loaded.paths, os.environ))
    return Features(BriefingService(db, clock), AlertService(db, clock), TicketService(db, clock, settings.tickets),
                    LogService(db, clock, settings.logbook), ChecklistService(db, clock, library, settings.checklists),
                    given.timeline(db, metrics))


async def measured(given: Any) -> tuple[Database | None, str]:
    """What machines measured, opened, or None where there is nothing; and why it cannot be read."""
    from opsconsole.core.database import METRICS, Database  # noqa: PLC0415 - `--help` needs none

    path = given.loaded.paths.metrics
    try:
        return (await Database.open(path, METRICS, read_only=True) if path.exists() else None), ""
    except StorageError as error:
        return None, str(error)


def me(given: Any) -> Actor:
    """Whoever runs this."""
    from opsconsole.core.identity import current_actor  # noqa: PLC0415 - `--help` needs none

    return current_actor(given.loaded.settings.roles)


def view(given: Any) -> View:
    """For whom lines are drawn."""
    from opsconsole.core.view import View  # noqa: PLC0415 - only where lines are drawn

    return View(columns(), glyphs(given), machine_clock().now())
