"""Files of entries."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, BinaryIO

from opsconsole.core.attaching import attached
from opsconsole.core.errors import StorageError
from opsconsole.core.identity import Role, require
from opsconsole.core.text import limited, storable
from opsconsole.logbook import store
from opsconsole.logbook.cases.maintaining import Maintaining
from opsconsole.logbook.model import Attachment

if TYPE_CHECKING:
    from pathlib import Path

    from opsconsole.core.identity import Actor


class Files(Maintaining):
    """Attaching files."""

    async def attach(self, actor: Actor, number: int, name: str, data: bytes | Path | BinaryIO) -> Attachment:
        """Keeps a file with an entry that is not signed.

        Args:
            actor: who; operator and up.
            number: of the entry.
            name: as given; what comes before the last slash is dropped.
            data: the bytes, a file on disk, or an open one, which is read to its end.

        Raises:
            NoEntry: there is no such entry.
            NotNow: it is signed, or dropped.
            UsageError: it is larger than `logbook.attachment`, or cannot be read.
            StorageError: it could not be kept.
            PermissionDenied: the role does not allow it.
        """
        require(actor, Role.OPERATOR, "attach files")
        if self._blobs is None:
            raise StorageError("There is no place for files here, so nothing can be attached.", "")
        # Before the transaction: nobody waits for a disk meanwhile.
        kept_file = await asyncio.to_thread(attached, self._blobs, name, data, int(self.settings.attachment))
        async with self._change(actor, number, "attach", "attach files") as kept:
            kept.open_for("given files")
            if not self._blobs.has(kept_file.blob.sha256):
                raise StorageError(f"The file {limited(kept_file.name, 60)} was removed while it was attached.",
                                   "Try again.")
            made = Attachment(await store.next_attachment(kept.tx), number, storable(kept_file.name),
                              kept_file.blob.size, kept_file.type, kept_file.blob.sha256, storable(actor.name),
                              kept.now)
            await store.add_attachments(kept.tx, [made])
            kept.attachments.append(made)
            kept.grow()
            kept.tell(name=made.name, size=made.size, sha256=made.sha256)
            return made
