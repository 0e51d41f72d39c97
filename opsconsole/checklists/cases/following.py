"""What follows from a failed item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.checklists.cases.base import Desk

if TYPE_CHECKING:
    from opsconsole.checklists.cases.types import Answered
    from opsconsole.checklists.model import Run
    from opsconsole.core.identity import Actor


class Following(Desk):
    """What follows from a failed item."""

    async def raise_ticket(self, actor: Actor, number: int, item: str, *, category: str = "", priority: str = "",
                           text: str = "") -> Answered:
        """Opens a ticket with item, evidence and run in it, or joins the open one about the same item."""
        raise NotImplementedError

    async def escalate(self, actor: Actor, number: int, item: str, ladder: str = "") -> str:
        """Starts a ladder of `notify`; returns its name."""
        raise NotImplementedError

    async def follow(self, actor: Actor, number: int, item: str, slug: str = "") -> Run:
        """Starts another checklist because of an item."""
        raise NotImplementedError
