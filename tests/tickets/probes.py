"""The jobs of tickets for real agents in tests, at a beat that a test can wait for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from opsconsole.core.jobs import Every, Job, Workplace
from opsconsole.tickets.jobs import jobs

if TYPE_CHECKING:
    from collections.abc import Sequence


async def quick(place: Workplace) -> Sequence[Job]:
    """All jobs of tickets; what looks at clocks does so several times a second."""
    return [replace(job, schedule=Every(0.3)) if job.name == "tickets.clocks" else job for job in await jobs(place)]
