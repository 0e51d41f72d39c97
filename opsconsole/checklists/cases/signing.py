"""Names under runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.checklists.cases.base import Desk

if TYPE_CHECKING:
    from opsconsole.checklists.model import Event, LogDraft, Run
    from opsconsole.core.identity import Actor


class Signing(Desk):
    """Names under runs."""

    async def sign(self, actor: Actor, number: int) -> Run:
        """Puts a name under a run; the last one freezes it: seal, audit, log draft.

        Raises:
            NotNow: it is over, or this person has signed, or has answered and a second one is wanted.
            Unfinished: something is missing; says what.
            PermissionDenied: the template wants a higher role.
        """
        raise NotImplementedError

    async def send_back(self, actor: Actor, number: int, reason: str) -> Run:
        """The second person does not sign: the first signature is taken away, and it goes on."""
        raise NotImplementedError

    async def waive_item(self, actor: Actor, number: int, item: str, reason: str) -> Event:
        """A supervisor lets an item be as it is."""
        raise NotImplementedError

    async def waive(self, actor: Actor, number: int, reason: str) -> Run:
        """A supervisor lets a whole run be."""
        raise NotImplementedError

    async def draft(self, number: int) -> LogDraft:
        """The log entry that a run proposes, signed or not."""
        raise NotImplementedError
