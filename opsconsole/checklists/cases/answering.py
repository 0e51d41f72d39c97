"""Answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.checklists.cases.base import Desk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.checklists.cases.types import Answered, File, Reply
    from opsconsole.checklists.model import Answer, Given, Proposal
    from opsconsole.core.identity import Actor
    from opsconsole.core.jobs import Guard


class Answering(Desk):
    """Answers."""

    async def answer(self, actor: Actor, number: int, item: str, reply: Reply, *, base: int | None = None,
                     given: Given | None = None) -> Answered:
        """Answers an item; what was answered before stays visible. What the template wants of a failure is done with it.

        Args:
            actor: who.
            number: of the run.
            item: its id.
            reply: what they say.
            base: `Step.base` of the item as it was seen; None: whatever was said before.
            given: None: in the console.

        Raises:
            NoRun: there is no such run or item.
            NotNow: it is signed or over; or the item is not asked.
            Overtaken: somebody answered it since.
            UsageError: the value does not fit, or a reason is missing.
            PermissionDenied: the template wants a higher role.
        """
        raise NotImplementedError

    async def take_back(self, actor: Actor, number: int, item: str, *, base: int | None = None) -> Answer:
        """The item is open again, or answered as it was before the last answer; that one stays visible."""
        raise NotImplementedError

    async def add_evidence(self, actor: Actor, number: int, item: str, files: Sequence[File], *,
                           base: int | None = None) -> Answered:
        """Keeps files as evidence; an item that asks for evidence is answered by that, any other keeps its verdict."""
        raise NotImplementedError

    async def propose(self, number: int, proposals: Sequence[Proposal], guard: Guard | None = None) -> list[Answer]:
        """Stores what the machine thinks; where the template lets it decide, that is an answer.

        Returns:
            The answers that it gave.
        """
        raise NotImplementedError

    async def want(self, number: int) -> None:
        """Asks the machine to propose anew."""
        raise NotImplementedError

    async def wanting(self) -> list[int]:
        """The runs for which the machine has to propose something: those that go on, whose proposals are too old or were asked for."""
        raise NotImplementedError
