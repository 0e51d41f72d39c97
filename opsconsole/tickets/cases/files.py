"""Files of tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from opsconsole.tickets.cases.base import Desk
from opsconsole.tickets.model import Source

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from opsconsole.core.database import Transaction
    from opsconsole.core.identity import Actor
    from opsconsole.tickets.cases.types import Done, File
    from opsconsole.tickets.model import Party, Ticket


class Files(Desk):
    """Attaching files, and deleting them."""

    async def attach(self, actor: Actor, number: int, name: str, data: bytes | Path | BinaryIO, *,
                     public: bool = False, via: Source = Source.CONSOLE) -> Done:
        """Attaches a file.

        Args:
            actor: who; operator and up.
            number: of the ticket.
            name: as given; what comes before the last slash is dropped.
            data: the bytes, a file on disk, or an open one, which is read to its end.
            public: whether it may leave with a reply.
            via: where it is done.

        Raises:
            PermissionDenied, NotThere: as `note`.
            UsageError: it is larger than `tickets.attachments.most`, or cannot be read.
            StorageError: it could not be kept.
        """
        raise NotImplementedError

    async def attach_in(self, tx: Transaction, number: int, files: Sequence[File], *, by: str, party: Party,
                        via: Source) -> Ticket:
        """The same as part of another transaction, for mail; follows no merge.

        Raises:
            NotThere, UsageError, StorageError: as `attach`.
        """
        raise NotImplementedError

    async def delete_attachment(self, actor: Actor, attachment: int, reason: str) -> Done:
        """Deletes a file; its name, who deleted it and why stay. It cannot be undone.

        Args:
            actor: who; supervisor and up.
            attachment: its own number.
            reason: why; must be given.

        Raises:
            PermissionDenied: the role does not allow it.
            NotThere: there is no such file, or it is deleted already.
            UsageError: there is no reason.
        """
        raise NotImplementedError
