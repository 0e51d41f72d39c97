"""The agent's own job: it forgets the runs of jobs that are no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.agent import store
from opsconsole.core.clock import DAY
from opsconsole.core.jobs import CatchUp, Due, Every, Job, Workplace

if TYPE_CHECKING:
    from collections.abc import Sequence

KEPT = 400 * DAY
"""Longer than a year, so that a yearly job is not forgotten between two runs."""


async def jobs(place: Workplace) -> Sequence[Job]:
    """The jobs of the agent itself; a `Provider`."""
    async def prune(_: Due) -> None:
        async with place.records.write() as tx:
            await place.guard.confirm(tx)
            await store.prune_runs(tx, place.clock.now() - KEPT)

    return [Job("agent.prune", prune, Every(DAY / 1000), jitter=3600, catch_up=CatchUp.LATEST)]
