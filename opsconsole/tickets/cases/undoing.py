"""Taking back what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.tickets.cases.base import Desk

if TYPE_CHECKING:
    from opsconsole.core.identity import Actor
    from opsconsole.tickets.cases.types import Done


class Undoing(Desk):
    """Undo."""

    async def undo(self, actor: Actor, batch: int | None = None) -> Done:
        """Takes back what was done at once, on all its tickets or on none; the timeline keeps both.

        A reply that still waits is not sent. A note stays readable, marked as taken back. Undoing an undo does it
        again. What cannot be taken back: opening a ticket (close it), a deleted attachment, a reply that has left.
        Of a batch with a reply that has left, everything else is taken back, and `Done.notes` says so.

        Args:
            actor: who; operator and up, for another person's batch supervisor.
            batch: as in `Done.batch`; None: the last one of the actor that was not undone.

        Raises:
            PermissionDenied: the role does not allow it.
            NotThere: there is no such batch, or nothing to undo.
            Gone: it was undone already, was sent, is of a kind that stays, or a field was changed since; says which
                and by whom.
        """
        raise NotImplementedError
