"""The work of the agent for the log: heads of the audit trail, kept elsewhere; messages of emergencies that are due."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from opsconsole.core import audit
from opsconsole.core.errors import StorageError
from opsconsole.core.jobs import CatchUp, Every, Job, LeaseLost, Workplace
from opsconsole.core.text import limited
from opsconsole.logbook.heads import SOCKET, SYSLOG, append_head, log_head
from opsconsole.logbook.service import LogService
from opsconsole.logbook.settings import LogbookSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.audit import Head
    from opsconsole.core.clock import Clock, Instant
    from opsconsole.core.database import Database
    from opsconsole.core.jobs import Due, Guard

LOG = logging.getLogger(__name__)
BEAT = 10.0
"""Seconds between two looks whether a message is due."""


async def jobs(place: Workplace) -> Sequence[Job]:
    """All jobs of the log; see `core.jobs.Provider`."""
    settings: LogbookSettings = place.settings.logbook or LogbookSettings()
    made = [Job("logbook.emergency", Reminder(LogService(place.records, place.clock, settings), place.guard).run,
                Every(BEAT), recorded=False, backoff=False, eager=True)]
    if settings.heads:
        keeper = Keeper(place.records, place.clock, place.guard, settings.heads)
        made.append(Job("logbook.heads", keeper.run, Every(float(settings.heads_every)), catch_up=CatchUp.LATEST))
    return made


class Reminder:
    """Reminds of the messages that others were promised while an emergency goes on.

    Args:
        service: the log.
        guard: whether this agent may work.
    """

    def __init__(self, service: LogService, guard: Guard) -> None:
        self._service = service
        self._guard = guard

    async def run(self, due: Due) -> None:  # noqa: ARG002 - a job's function
        """Looks once; that is one question to an index where there is no emergency.

        Raises:
            LeaseLost: another agent works now.
            StorageError: the records cannot be read or written.
        """
        await self._service.remind(self._guard)


class Keeper:
    """Writes the head of the audit trail to its places.

    Args:
        db: the records.
        clock: where time comes from.
        guard: whether this agent may work.
        places: absolute paths of files, and `syslog`.
        socket: of the system's log.
    """

    def __init__(self, db: Database, clock: Clock, guard: Guard, places: Sequence[str], socket: str = SOCKET) -> None:
        self._db = db
        self._clock = clock
        self._guard = guard
        self._places = places
        self._socket = socket

    async def run(self, due: Due) -> None:  # noqa: ARG002 - a job's function
        """Writes it to each place; one that cannot be written keeps it from no other.

        Raises:
            LeaseLost: another agent works now.
            StorageError: the records cannot be read, or a file cannot be written.
        """
        head, now = await audit.head(self._db), self._clock.now()
        if not self._guard.holds():
            raise LeaseLost
        problems = [problem for place in self._places
                    if (problem := await asyncio.to_thread(self._write, place, head, now))]
        if problems:
            raise StorageError(problems[0], "Look at `logbook.heads` in the configuration.")

    def _write(self, place: str, head: Head, now: Instant) -> str:
        """Writes it to one place; what went wrong, empty: nothing."""
        try:
            if place == SYSLOG:
                log_head(head, now, self._socket)
            else:
                append_head(Path(place), head, now)
        except OSError as problem:
            reason = problem.strerror or str(problem)
            if place == SYSLOG:
                # A machine, or a container, without a system's log is as it is: other places get the head.
                LOG.warning("the head of the audit trail did not reach the system's log: %s (%s)", self._socket, reason)
                return ""
            sentence = f"The head of the audit trail cannot be written to {limited(place, 200)} ({reason})."
            LOG.error(sentence)  # noqa: TRY400 - the sentence says it all
            return sentence
        return ""
