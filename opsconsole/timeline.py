"""Whoever tells what happened on this server, put together for the commands and for the console.

A composition root: nothing but entry points imports it. It loads no terminal toolkit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.database import Database
    from opsconsole.core.timeline import Source


def sources(records: Database, metrics: Database | None) -> Sequence[Source]:
    """A source for each kind of happening, loaded when somebody asks.

    Args:
        records: what people entered and what was told.
        metrics: what machines measured, and what changed on the host; None: there is nothing of it.
    """
    from opsconsole.checklists.timeline import ChecklistTimeline  # noqa: PLC0415 - neither start needs them
    from opsconsole.health.timeline import AlertTimeline, ChangeTimeline, MaintenanceTimeline  # noqa: PLC0415 - as above
    from opsconsole.logbook.timeline import LogTimeline  # noqa: PLC0415 - as above
    from opsconsole.reports.briefing.timeline import HandoverTimeline  # noqa: PLC0415 - as above
    from opsconsole.tickets.timeline import TicketTimeline  # noqa: PLC0415 - as above

    changes = () if metrics is None else (ChangeTimeline(metrics),)
    return (AlertTimeline(records), *changes, ChecklistTimeline(records), HandoverTimeline(records),
            LogTimeline(records), MaintenanceTimeline(records), TicketTimeline(records))
