"""Runs come into being."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.checklists.cases.base import Desk

if TYPE_CHECKING:
    from opsconsole.checklists.model import Run
    from opsconsole.core.clock import Instant
    from opsconsole.core.identity import Actor
    from opsconsole.core.jobs import Guard


class Opening(Desk):
    """Runs come into being."""

    async def open_due(self, guard: Guard | None = None) -> int:
        """Makes the runs whose time has come, and records those that are over as missed; may be called at any time by anybody.

        Returns:
            How many runs are new or were recorded as missed.
        """
        raise NotImplementedError

    async def start(self, actor: Actor, slug: str, occurrence: str = "") -> Run:
        """Begins a run: the one that is open, or a new one on demand, or the next one ahead of its time.

        Raises:
            NoRun: there is no such checklist, or no such occurrence.
            NotNow: it is over.
            PermissionDenied: the template wants a higher role.
        """
        raise NotImplementedError

    async def begin(self, actor: Actor, number: int) -> Run:
        """Somebody opens a run to walk through it; notes that it has begun, or who joined."""
        raise NotImplementedError

    async def next_change(self) -> Instant | None:
        """When `open_due` has to do something again at the latest; None: never as things stand."""
        raise NotImplementedError
