"""The work of the agent for tickets: what time brings, mail that leaves, and what is to be forgotten."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import msgspec

from opsconsole.core.blobs import Blobs
from opsconsole.core.jobs import Every, Job, Workplace
from opsconsole.notify.zones import local_zone
from opsconsole.tickets.keeping import Desk, Keeper, Renewal, Sweeper
from opsconsole.tickets.service import TicketService
from opsconsole.tickets.settings import TicketSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

BEAT: Final = 5.0
"""Seconds between two looks whether a promise's time has come: one question to the database."""
RENEW: Final = 10.0
"""Seconds after which promises follow another configuration; where there is none, nothing is asked or read."""
_CALCULATION: Final = "1"
"""Changes with how promises are calculated, so that those that are stored are worked out again."""


async def jobs(place: Workplace) -> Sequence[Job]:
    """All jobs of tickets; see `core.jobs.Provider`."""
    settings = place.settings.tickets or TicketSettings()
    zone, blobs = local_zone(), Blobs(place.paths.data / "blobs")
    service = TicketService(place.records, place.clock, settings, zone=zone, blobs=blobs,
                            notify_settings=place.settings.notify, cache=place.paths.cache)
    desk = Desk(place.records, service, service.policies, place.clock, place.guard)
    renewal = Renewal(Keeper(desk), mark_of(settings, str(zone)), place.state / "promises")
    # An agent that reads its configuration again goes on with the beats of its jobs: that soon the new promises hold.
    made = [*make_jobs(desk, blobs), Job("tickets.renew", renewal.run, Every(RENEW), limit=3000, recorded=False,
                                         eager=True)]
    if not settings.mail.address:
        return made
    from opsconsole.tickets.mail.sending import mail_jobs  # noqa: PLC0415 - 1 MiB, only where mail is sent

    return [*made, *mail_jobs(place)]


def make_jobs(desk: Desk, blobs: Blobs) -> list[Job]:
    """The jobs that are about tickets alone.

    Args:
        desk: what they work with.
        blobs: the files of tickets.
    """
    keeper = Keeper(desk)
    return [Job("tickets.clocks", keeper.clocks, Every(BEAT), limit=120, recorded=False, backoff=False, eager=True),
            Job("tickets.presence-prune", keeper.presence, Every(60), limit=60, recorded=False),
            Job("tickets.prune", keeper.prune, Every(3600), limit=60, jitter=600),
            Job("tickets.sweep", Sweeper(desk, blobs).run, Every(24 * 3600), limit=3600, jitter=3600)]


def mark_of(settings: TicketSettings, zone: str) -> str:
    """A short text that is another one where promises, or the way back to a team, are configured otherwise."""
    parts = (_CALCULATION, zone, settings.policies, settings.calendars, settings.ladders, settings.return_after,
             {name: team.return_after for name, team in settings.teams.items()})
    return hashlib.sha256(msgspec.json.encode(parts, enc_hook=str, order="deterministic")).hexdigest()
