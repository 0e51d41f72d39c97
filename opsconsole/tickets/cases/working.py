"""Moving tickets on, and giving them to people.

Each takes many tickets in one transaction, which one undo takes back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsconsole.tickets.cases.base import Desk
from opsconsole.tickets.model import ClockKind, Priority, Source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.core.identity import Actor
    from opsconsole.tickets.cases.types import Done


class Working(Desk):
    """Moves, assignments, priorities, and what stops a ladder."""

    async def move(self, actor: Actor, numbers: int | Sequence[int], state: str, text: str = "",
                   fields: Mapping[str, Any] | None = None, *, public: bool | None = None, reason: str = "",
                   via: Source = Source.CONSOLE) -> Done:
        """Moves tickets to another state of their lifecycle; all of them or none.

        Args:
            actor: who; operator and up, or the role that the lifecycle asks for.
            numbers: of the tickets.
            state: where to.
            text: a message that goes with it; needed by some moves.
            fields: values for fields that the move asks for: `assignee`, `release`, `root_cause`, of the form …
            public: whether the message is a reply or a note; None: what the lifecycle offers for this move.
            reason: why, in spite of an objection; it stands in the timeline.
            via: where it is done.

        Raises:
            PermissionDenied, NotThere: as `note`.
            NotAllowed: the lifecycle does not offer it, a field or the message is missing, something that blocks it
                is open, or a gate objects and no reason is given; with the reason for each ticket.
            UsageError: a field that there is not, a value that it cannot have, a text that is too long.
        """
        raise NotImplementedError

    async def take(self, actor: Actor, numbers: int | Sequence[int], *,
                   shown: Mapping[int, str] | None = None) -> Done:
        """Gives tickets to the actor.

        Args:
            actor: who; operator and up.
            numbers: of the tickets.
            shown: who had each of them when the actor decided; one that is not named: nobody.

        Raises:
            PermissionDenied, NotThere: as `note`.
            Taken: somebody else took one meanwhile; says who. Nothing was changed.
        """
        raise NotImplementedError

    async def assign(self, actor: Actor, numbers: int | Sequence[int], person: str, team: str | None = None) -> Done:
        """Gives tickets to a person, or to nobody.

        Args:
            actor: who; operator and up.
            numbers: of the tickets.
            person: a login name; empty: nobody, the ticket goes back to its team.
            team: a team of the configuration; empty: none; None: as it is.

        Raises:
            PermissionDenied, NotThere: as `note`.
            UsageError: there is no such team, or the name is too long.
        """
        raise NotImplementedError

    async def set_priority(self, actor: Actor, numbers: int | Sequence[int], priority: Priority) -> Done:
        """Gives tickets another priority: their clocks keep their start and get new targets.

        Raises:
            PermissionDenied, NotThere: as `note`.
        """
        raise NotImplementedError

    async def acknowledge(self, actor: Actor, numbers: int | Sequence[int], text: str = "") -> Done:
        """Says that somebody has it in hand: the ladders of the clocks that run now stop.

        Raises:
            PermissionDenied, NotThere, UsageError: as `note`.
        """
        raise NotImplementedError

    async def waive(self, actor: Actor, number: int, kind: ClockKind, segment: int, reason: str) -> Done:
        """Takes a broken promise back; it stays in the timeline, with who waived it and why.

        Raises:
            PermissionDenied: supervisor and up.
            NotThere: there is no such ticket, or no broken promise of this kind and segment.
            UsageError: there is no reason.
        """
        raise NotImplementedError
