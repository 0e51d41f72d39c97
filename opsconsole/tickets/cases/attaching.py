"""Keeping the bytes of files, and noting them on tickets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core.attaching import attached
from opsconsole.core.errors import StorageError, UsageError
from opsconsole.core.text import limited
from opsconsole.tickets.cases.base import Desk
from opsconsole.tickets.model import Attachment, EventKind, Party
from opsconsole.tickets.store import files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.blobs import Blob, Blobs
    from opsconsole.tickets.cases.types import File
    from opsconsole.tickets.cases.work import Work

MOST_FILES: Final = 100
"""Files that come at once."""


class Kept(NamedTuple):
    """A file whose bytes are kept, and that no ticket has yet."""

    name: str
    blob: Blob
    type: str
    public: bool


class Attaching(Desk):
    """What every use case with files needs."""

    async def _kept(self, given: Sequence[File]) -> list[Kept]:
        """Keeps the bytes of files, before the transaction that needs them: nobody waits for a disk meanwhile."""
        if not given:
            return []
        if len(given) > MOST_FILES:
            raise UsageError(f"{MOST_FILES} files can be attached at once, and these are {len(given)}.",
                             "Attach the others later.")
        most = int(self.settings.attachments.most)
        return [await asyncio.to_thread(_keep, self._store(), one, most) for one in given]

    async def _attach(self, work: Work, number: int, kept: Sequence[Kept], *, by: str | None = None,
                      party: Party | None = None) -> None:
        """Notes files on a ticket that were kept before."""
        who = work.actor.name if work.actor is not None else by or ""
        for one in kept:
            if not self._store().has(one.blob.sha256):
                raise StorageError(f"The file {limited(one.name, 60)} was removed while it was attached.", "Try again.")
            made = Attachment(await files.next_id(work.tx) + len(work.files), number, work.ticket(number).version + 1,
                              one.name, one.blob.size, one.type, one.blob.sha256, who, work.now, one.public)
            work.files.append(made)
            work.add(number, EventKind.ATTACHED, by=by, party=party, public=one.public, data={
                "id": made.id, "name": made.name, "size": made.size, "type": made.type, "sha256": made.sha256})

    def _store(self) -> Blobs:
        if self._blobs is None:
            raise StorageError("There is no place for files here, so nothing can be attached.", "")
        return self._blobs


def _keep(blobs: Blobs, file: File, most: int) -> Kept:
    return Kept(*attached(blobs, file.name, file.data, most), file.public)
