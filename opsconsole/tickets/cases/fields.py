"""What stands on a ticket besides state and person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsconsole.tickets.cases.base import Desk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.core.identity import Actor
    from opsconsole.tickets.cases.types import Done


class Fields(Desk):
    """Editing, tags, watchers, votes, ratings."""

    async def edit(self, actor: Actor, number: int, base: Mapping[str, Any], wanted: Mapping[str, Any]) -> Done:
        """Gives fields other values; what others changed meanwhile is kept.

        Field by field: where the ticket is still as `base`, it becomes as `wanted`; where it is as `wanted` already,
        nothing happens; else it is a clash. A field of the form is named `fields.NAME`.

        Args:
            actor: who; operator and up.
            number: of the ticket.
            base: the values that the actor saw, for every field of `wanted`.
            wanted: title, description, category, priority, requester, requester_mail, team, assignee, tags, watchers,
                fields.NAME, impact, effort, value, release, version_seen, root_cause, knowledge.

        Raises:
            PermissionDenied, NotThere: as `note`.
            Clash: others changed the same fields; with all three values of each. Nothing was stored.
            UsageError: a field that cannot be edited, or a value that it cannot have.
        """
        raise NotImplementedError

    async def tag(self, actor: Actor, numbers: int | Sequence[int], add: Sequence[str] = (),
                  remove: Sequence[str] = ()) -> Done:
        """Adds and removes tags; they are trimmed and in lower case.

        Raises:
            PermissionDenied, NotThere: as `note`.
            UsageError: a tag is empty, too long, or holds a blank or a comma.
        """
        raise NotImplementedError

    async def watch(self, actor: Actor, numbers: int | Sequence[int], person: str = "") -> Done:
        """Tells a person, or (empty) the actor, of what happens to tickets from now on.

        Raises:
            PermissionDenied, NotThere, UsageError: as `note`.
        """
        raise NotImplementedError

    async def unwatch(self, actor: Actor, numbers: int | Sequence[int], person: str = "") -> Done:
        """Ends `watch`."""
        raise NotImplementedError

    async def vote(self, actor: Actor, number: int, voter: str = "") -> Done:
        """Counts the wish of one more person: a requester's address, or (empty) the actor. Nobody counts twice.

        Raises:
            PermissionDenied, NotThere, UsageError: as `note`.
        """
        raise NotImplementedError

    async def unvote(self, actor: Actor, number: int, voter: str = "") -> Done:
        """Ends `vote`."""
        raise NotImplementedError

    async def rate(self, actor: Actor, number: int, score: int, note: str = "") -> Done:
        """Enters how satisfied the requester is, from 1 to 5.

        Raises:
            PermissionDenied, NotThere: as `note`.
            UsageError: it is no such number, or the note is too long.
        """
        raise NotImplementedError
