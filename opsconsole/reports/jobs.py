"""The work of the agent for reports: those that are sent by themselves."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from opsconsole.core.jobs import Every, Job, Workplace

if TYPE_CHECKING:
    from collections.abc import Sequence

BEAT = 20.0
"""Seconds between two looks whether a report is due: one question to the database for each that is configured."""
LIMIT = 900.0
"""Seconds that all that are due at once may take."""


async def jobs(place: Workplace) -> Sequence[Job]:
    """The job that sends reports, none where none is configured; see `core.jobs.Provider`."""
    settings = place.settings
    if not settings.reports:
        return []
    from opsconsole.checklists.settings import ChecklistSettings  # noqa: PLC0415 - only where reports are sent
    from opsconsole.core.paths import beside_config  # noqa: PLC0415 - as above
    from opsconsole.reports.grounding import grounded  # noqa: PLC0415 - as above
    from opsconsole.reports.library import Library  # noqa: PLC0415 - as above
    from opsconsole.reports.sending.sender import Sender  # noqa: PLC0415 - as above

    chosen: ChecklistSettings = settings.checklists or ChecklistSettings()
    sender = Sender(
        place.records, place.clock, place.guard, settings.reports,
        library=Library(chosen.use, beside_config("reports", place.paths, os.environ)),
        ground=lambda: grounded(place.records, place.metrics, place.clock, settings), zone=chosen.zone, host=place.host)
    return [Job("reports.send", sender.run, Every(BEAT), limit=LIMIT, recorded=False, eager=True)]
