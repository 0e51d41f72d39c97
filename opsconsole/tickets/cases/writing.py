"""New tickets, and what is written into them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.tickets.cases.base import Desk
from opsconsole.tickets.model import Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.database import Transaction
    from opsconsole.core.identity import Actor
    from opsconsole.tickets.cases.types import Done, Draft, File, Incoming, New
    from opsconsole.tickets.model import Ticket


class Writing(Desk):
    """Opening tickets, notes and replies."""

    async def create(self, actor: Actor, new: New, attachments: Sequence[File] = ()) -> Done:
        """Opens a ticket: fills in what its category says, routes it, begins its clocks.

        It cannot be undone: a ticket that was opened by mistake is closed.

        Args:
            actor: who; operator and up.
            new: what it begins with.
            attachments: files that belong to it.

        Raises:
            PermissionDenied: the role does not allow it.
            UsageError: no title, a text that is too long, a category, team or field that there is not, a field of the
                form that is missing.
            StorageError: a file could not be kept; nothing was stored.
        """
        raise NotImplementedError

    async def create_in(self, tx: Transaction, new: New, *, actor: Actor | None = None) -> Ticket:
        """The same as part of another transaction, for mail, alerts and imports; with no actor nothing is audited.

        Raises:
            UsageError: as `create`.
        """
        raise NotImplementedError

    async def note(self, actor: Actor, number: int, text: str, attachments: Sequence[File] = (), *,
                   via: Source = Source.CONSOLE) -> Done:
        """Adds an internal note; it never leaves. Whoever it names by `@name` watches the ticket and is told.

        Raises:
            PermissionDenied: the role does not allow it: operator and up.
            NotThere: there is no such ticket.
            UsageError: there is no text and no file, or the text is too long.
        """
        raise NotImplementedError

    async def reply(self, actor: Actor, number: int, text: str, *, seen_version: int | None = None,
                    force: bool = False, attachments: Sequence[File] = (), via: Source = Source.CONSOLE) -> Done:
        """Adds a public reply.

        Where the requester has an address and mail is configured, it leaves after `tickets.mail.hold`, and `undo`
        takes it back until then.

        Args:
            actor: who; operator and up.
            number: of the ticket.
            text: Markdown.
            seen_version: the `Ticket.version` that was shown when the reply was begun; None: asks for nothing.
            force: writes it whatever came in since.
            attachments: files that go with it; they are public.
            via: where it is written.

        Raises:
            PermissionDenied, NotThere, UsageError: as `note`.
            Overtaken: a message, a move or an assignment came in since, from somebody else.
        """
        raise NotImplementedError

    async def hear(self, tx: Transaction, number: int, incoming: Incoming) -> Ticket:
        """Adds a message from outside, as part of the transaction of the mail that brought it.

        One from the requester on a waiting ticket lets it go on, one on a ticket that was done not longer ago than
        `tickets.closing.reopen_within` reopens it; see `too_late`. One from a robot changes nothing.
        Follows a merge: the ticket that is given back may have another number.

        Raises:
            NotThere: there is no such ticket.
        """
        raise NotImplementedError

    def too_late(self, ticket: Ticket) -> bool:
        """Whether a ticket has been done for so long that an answer to it should open a new one, linked to it."""
        raise NotImplementedError

    async def append(self, tx: Transaction, number: int, drafts: Sequence[Draft]) -> Ticket:
        """Adds events of the program itself to a ticket: breaches, escalations, mail that left. For jobs.

        Computes its clocks anew and touches the topics. With no drafts, it only computes: for a promise whose time
        has come, and after the configuration changed.

        Raises:
            NotThere: there is no such ticket.
            ValueError: a draft sets what no event can set.
        """
        raise NotImplementedError
