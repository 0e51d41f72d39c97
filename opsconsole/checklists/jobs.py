"""The work of the agent for checklists: what is due, what the machine knows, what is late."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from opsconsole.checklists.auto import Proposer
from opsconsole.checklists.keeping import Asker, Desk, Opener, Reminder
from opsconsole.checklists.library import Library
from opsconsole.checklists.service import ChecklistService
from opsconsole.checklists.settings import ChecklistSettings
from opsconsole.core.blobs import Blobs
from opsconsole.core.jobs import Every, Job, Workplace
from opsconsole.core.paths import beside_config
from opsconsole.notify.zones import local_zone
from opsconsole.tickets.service import TicketService

if TYPE_CHECKING:
    from collections.abc import Sequence

OPEN: Final = 5.0
"""Seconds between two looks whether a run is due."""
PROPOSE: Final = 2.0
"""Seconds after which the machine is asked, once somebody wants it."""
REMIND: Final = 30.0


async def jobs(place: Workplace) -> Sequence[Job]:
    """All jobs of checklists; see `core.jobs.Provider`."""
    configured = place.settings
    settings: ChecklistSettings = configured.checklists or ChecklistSettings()
    zone, blobs = local_zone(), Blobs(place.paths.data / "blobs")
    tickets = TicketService(place.records, place.clock, configured.tickets, zone=zone, blobs=blobs,
                            notify_settings=configured.notify, cache=place.paths.cache)
    library = Library(settings, beside_config("checklists", place.paths, os.environ))
    service = ChecklistService(place.records, place.clock, library, settings, tickets=tickets, zone=zone, blobs=blobs,
                               cache=place.paths.cache)
    proposer = Proposer(place.clock, settings, metrics=place.metrics, checks=configured.checks or {}, tickets=tickets,
                        blobs=blobs, zone=zone)
    desk = Desk(place.records, service, place.clock, place.guard)
    asker = Asker(desk, proposer)
    place.closing.push_async_callback(asker.close)
    return make_jobs(desk, asker)


def make_jobs(desk: Desk, asker: Asker) -> list[Job]:
    """The jobs of a desk."""
    made = [Job("checklists.open", Opener(desk).run, Every(OPEN), limit=120, recorded=False, backoff=False, eager=True),
            Job("checklists.propose", asker.run, Every(PROPOSE), limit=60, recorded=False, backoff=False, eager=True)]
    if desk.service.settings.remind:
        made.append(Job("checklists.remind", Reminder(desk).run, Every(REMIND), limit=60, recorded=False,
                        backoff=False, eager=True))
    return made
