"""Files of tickets."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, BinaryIO

from opsconsole.core.errors import StorageError, UsageError
from opsconsole.core.identity import Role, require
from opsconsole.tickets.cases import checks
from opsconsole.tickets.cases.attaching import Attaching
from opsconsole.tickets.cases.types import File
from opsconsole.tickets.errors import NotThere
from opsconsole.tickets.model import EventKind, Source
from opsconsole.tickets.store import files as store_files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from opsconsole.core.database import Transaction
    from opsconsole.core.identity import Actor
    from opsconsole.tickets.cases.types import Done
    from opsconsole.tickets.model import Party, Ticket

LOG = logging.getLogger(__name__)


class Files(Attaching):
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
        require(actor, Role.OPERATOR, "attach files")
        kept = await self._kept([File(name, data, public)])
        async with self._change(actor, "attach", "attach files", via=via) as work:
            await work.read(number)
            await self._attach(work, number, kept)
            return await work.finish()

    async def attach_in(self, tx: Transaction, number: int, files: Sequence[File], *, by: str, party: Party,
                        via: Source) -> Ticket:
        """The same as part of another transaction, for mail; follows no merge.

        Raises:
            NotThere, UsageError, StorageError: as `attach`.
        """
        kept = await self._kept(files)
        work = self._work(tx, None, "attach", via)
        await work.read(number)
        await self._attach(work, number, kept, by=by, party=party)
        await work.finish()
        return work.ticket(number)

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
        why = checks.line(reason, "A reason", checks.MOST_REASON)
        if not why:
            raise UsageError("To delete an attachment takes a reason.", "Others will read it.")
        async with self._change(actor, "detach", "delete attachments", role=Role.SUPERVISOR) as work:
            found = await store_files.attachment(work.tx, attachment)
            if found is None or not await store_files.delete(work.tx, attachment, actor.name, work.now):
                raise NotThere(f"There is no attachment {attachment}, or it is deleted already.",
                               "`opsconsole ticket show` names those of a ticket.")
            await work.read(found.ticket)
            work.add(found.ticket, EventKind.DETACHED, text=why,
                     data={"id": found.id, "name": found.name, "size": found.size})
            done = await work.finish()
        await self._forget(found.sha256)
        return done

    async def _forget(self, sha256: str) -> None:
        """Removes the bytes of a file that no ticket has any more.

        In a transaction of its own, after the one that deleted it: what is attached meanwhile waits for its end, and
        then sees that they are gone. What cannot be removed now is found by the agent.
        """
        if self._blobs is None:
            return
        try:
            async with self._db.write() as tx:
                if not await store_files.needed(tx, sha256):
                    await asyncio.to_thread(self._blobs.remove, sha256)
        except StorageError as problem:
            LOG.warning("the bytes of a deleted attachment are still there: %s", problem)
