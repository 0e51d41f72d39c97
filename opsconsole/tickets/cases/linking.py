"""Tickets that belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.tickets.cases.base import Desk

if TYPE_CHECKING:
    from opsconsole.core.identity import Actor
    from opsconsole.tickets.cases.types import Done
    from opsconsole.tickets.model import LinkKind


class Linking(Desk):
    """Links, merging, splitting."""

    async def link(self, actor: Actor, number: int, kind: LinkKind, target: str | int) -> Done:
        """Links a ticket; where the target is a ticket, it gets the opposite link.

        Args:
            actor: who; operator and up.
            number: of the ticket.
            kind: read from its side: `blocks` means that it blocks the target.
            target: the number of a ticket, or the name of what it is.

        Raises:
            PermissionDenied, NotThere: as `note`; also where the target is no ticket that there is.
            UsageError: it is the ticket itself, or a parent would become its own descendant.
        """
        raise NotImplementedError

    async def unlink(self, actor: Actor, number: int, kind: LinkKind, target: str | int) -> Done:
        """Ends a link on both sides.

        Raises:
            PermissionDenied, NotThere: as `note`; also where there is no such link.
        """
        raise NotImplementedError

    async def merge(self, actor: Actor, number: int, into: int) -> Done:
        """Makes a ticket point to another one in which it goes on, and closes it; `unmerge` takes that back.

        Mail to the old number follows; its timeline stays where it is. `undo` does the same as `unmerge`.

        Raises:
            PermissionDenied, NotThere: as `note`.
            UsageError: it is the ticket itself, was merged already, or would lead back to itself.
        """
        raise NotImplementedError

    async def unmerge(self, actor: Actor, number: int) -> Done:
        """Makes a merged ticket its own again, in the state it was in.

        Raises:
            PermissionDenied, NotThere: as `note`.
            UsageError: it was not merged.
        """
        raise NotImplementedError

    async def split(self, actor: Actor, number: int, seq: int, title: str) -> Done:
        """Opens a new ticket with one message of this one as its description; both are linked.

        Args:
            actor: who; operator and up.
            number: of the ticket.
            seq: of the event that is the message.
            title: of the new ticket.

        Returns:
            The new ticket first, then this one. Opening a ticket cannot be undone.

        Raises:
            PermissionDenied, UsageError: as `create`.
            NotThere: there is no such ticket, or no such message in it.
        """
        raise NotImplementedError
