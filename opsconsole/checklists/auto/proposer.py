"""Looks at all automatic items of a run at once, and makes a proposal of each."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final, Protocol

from opsconsole.checklists.auto.seen import MOST_SAID, Seen, unknown
from opsconsole.checklists.model import Proposal
from opsconsole.checklists.template import AutoItem, EvidenceItem
from opsconsole.core.errors import OpsError
from opsconsole.core.text import storable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection, Mapping
    from datetime import tzinfo

    from opsconsole.checklists.settings import ChecklistSettings
    from opsconsole.checklists.template import Item
    from opsconsole.checklists.walk import Walk
    from opsconsole.core.blobs import Blobs
    from opsconsole.core.clock import Clock
    from opsconsole.core.database import Database
    from opsconsole.health.checks.settings.base import Check
    from opsconsole.tickets.service import TicketService

LOG = logging.getLogger(__name__)

AT_ONCE: Final = 4
"""Commands that run at the same time, whatever the number of runs; and as many other looks."""


class Looker(Protocol):
    """A source of figures."""

    async def look(self, item: Any) -> Seen:
        """What is known for an item of its kind."""


class Proposer:
    """Makes proposals; one of it serves all runs.

    Args:
        clock: where time comes from.
        settings: what is kept of outputs.
        metrics: where checks and history are; None: neither is known.
        checks: the checks of the configuration.
        tickets: the queue; None: there is none.
        blobs: where outputs are kept; None: only a few lines of each are.
        zone: for times of day; None: the machine's.
    """

    def __init__(self, clock: Clock, settings: ChecklistSettings, *, metrics: Database | None = None,
                 checks: Mapping[str, Check] | None = None, tickets: TicketService | None = None,
                 blobs: Blobs | None = None, zone: tzinfo | None = None) -> None:
        self._clock = clock
        self._settings = settings
        self._metrics = metrics
        self._checks = checks or {}
        self._tickets = tickets
        self._blobs = blobs
        self._zone = zone
        self._slots = {name: asyncio.Semaphore(AT_ONCE) for name in ("command", "other")}
        self._sources: dict[str, Looker] = {}

    async def propose(self, walk: Walk, items: Collection[str] = ()) -> list[Proposal]:
        """What the machine thinks of the items of a run, in their order; waits for the slowest command.

        Args:
            walk: the run.
            items: their ids; none: all, those too that are not asked yet, so that nobody waits once they are.
        """
        found = {proposal.item: proposal async for proposal in self.proposals(walk, items)}
        return [found[step.item.id] for step in walk.steps if step.item.id in found]

    async def proposals(self, walk: Walk, items: Collection[str] = ()) -> AsyncGenerator[Proposal, None]:
        """The same, each as soon as it is known. Whoever leaves early, or is cancelled, ends the commands with it."""
        wanted = [step.item for step in walk.steps if source_of(step.item) and (not items or step.item.id in items)]
        looking = [asyncio.create_task(self._one(walk.run.id, item)) for item in wanted]
        try:
            for done in asyncio.as_completed(looking):
                yield await done
        finally:
            for task in looking:
                task.cancel()
            await asyncio.gather(*looking, return_exceptions=True)

    async def _one(self, run: int, item: Item) -> Proposal:
        source = source_of(item)
        async with self._slots["command" if source == "command" else "other"]:
            seen = await self._looked(source, item)
        text = " ".join(storable(seen.text).split("\n"))
        return Proposal(run, item.id, self._clock.now(), seen.verdict, seen.value, text[:MOST_SAID],
                        seen.evidence, seen.limit)

    async def _looked(self, source: str, item: Item) -> Seen:
        try:
            looker = self._source(source)
            if looker is None:
                return unknown({"tickets": "there is no queue of tickets here"}.get(source, "nothing is measured here"))
            return await looker.look(item)
        except OpsError as problem:
            return unknown(problem.sentence)
        except Exception as problem:
            # One item that cannot be looked at keeps no other from being looked at.
            LOG.exception("item %s cannot be looked at", item.id)
            return unknown(f"it cannot be looked at: {type(problem).__name__}")

    def _source(self, name: str) -> Looker | None:
        if name not in self._sources and (made := self._make(name)) is not None:
            self._sources[name] = made
        return self._sources.get(name)

    def _make(self, name: str) -> Looker | None:
        if name == "command":
            from opsconsole.checklists.auto.commands import Commands  # noqa: PLC0415 - what no item needs is not loaded

            return Commands(self._clock, self._blobs, int(self._settings.evidence))
        from opsconsole.checklists.auto import figures  # noqa: PLC0415 - as above

        if name == "tickets":
            return None if self._tickets is None else figures.Tickets(self._tickets, self._clock)
        if self._metrics is None:
            return None
        if name == "check":
            return figures.Checks(self._metrics, self._clock, self._checks, self._zone)
        return figures.Metrics(self._metrics, self._clock, self._checks)


def source_of(item: Item) -> str:
    """Where the machine looks for an item: `check`, `metric`, `tickets`, `command`; empty: it cannot know."""
    if isinstance(item, EvidenceItem):
        return "command" if item.command else ""
    return item.source if isinstance(item, AutoItem) else ""
