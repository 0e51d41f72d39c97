"""Files that are evidence."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opsconsole.checklists.cases.keeping import Keeping
from opsconsole.checklists.errors import NotNow
from opsconsole.checklists.model import Evidence, Given, Verdict
from opsconsole.checklists.template import EvidenceItem
from opsconsole.core.errors import StorageError, UsageError
from opsconsole.core.identity import Role, require
from opsconsole.core.text import limited, storable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.checklists.cases.types import Answered, File, Reply
    from opsconsole.checklists.cases.work import Work
    from opsconsole.core.blobs import Blob, Blobs
    from opsconsole.core.identity import Actor

_MOST_FILES: Final = 20
_MOST_KEPT: Final = 100
"""Files that one answer rests on."""


class Proving(Keeping):
    """Files that are evidence."""

    async def add_evidence(self, actor: Actor, number: int, item: str, files: Sequence[File], *,
                           base: int | None = None) -> Answered:
        """Keeps files as evidence; an item that asks for evidence is answered by that, any other keeps its verdict.

        Raises:
            NotNow, NoRun, Overtaken, PermissionDenied: as `answer`; or the item is not answered yet and asks for
                something else.
            UsageError: there are no files or too many, one is larger than `checklists.evidence`, or cannot be read.
            StorageError: one could not be kept; nothing was stored.
        """
        kept = await self._kept_files(actor, number, files)
        async with self._change(actor, number, "evidence", "answer this checklist") as work:
            return await self._proved(work, item, kept, base)

    async def answer_with(self, actor: Actor, number: int, item: str, reply: Reply, files: Sequence[File], *,
                          base: int | None = None, given: Given | None = None) -> Answered:
        """Answers an item and keeps the files that the answer rests on, in one step.

        Raises:
            NotNow, NoRun, Overtaken, PermissionDenied, UsageError: as `answer`.
            StorageError: as `add_evidence`; nothing was answered.
        """
        kept = await self._kept_files(actor, number, files)
        async with self._change(actor, number, "answer", "answer this checklist") as work:
            done = await self._replied(work, item, reply, base, given)
            more = await self._proved(work, item, kept, None)
            return done._replace(answer=more.answer, run=more.run)

    async def _kept_files(self, actor: Actor, number: int, files: Sequence[File]) -> list[tuple[str, Blob]]:
        """The names of files, and where they lie now."""
        if not 0 < len(files) <= _MOST_FILES:
            raise UsageError(f"{_MOST_FILES} files can be kept at once." if files else "No file was named.", "")
        # Asked before anything is written: who may not answer leaves no file either.
        run = await self._run(self._db, number)
        require(actor, max(Role.VIEWER, (await self._template(self._db, run.template)).who.role),
                "answer this checklist")
        return [(one.name, await asyncio.to_thread(_keep, self._folder(), one, int(self.settings.evidence)))
                for one in files]

    async def _proved(self, work: Work, item: str, kept: Sequence[tuple[str, Blob]], base: int | None) -> Answered:
        """Adds files that are kept to what was answered."""
        step = self._asked(work, item, base)
        new = [Evidence("file", storable(Path(name).name or "file"), at=work.now, sha256=blob.sha256, size=blob.size)
               for name, blob in kept]
        last = step.answer
        if last is None and not isinstance(step.item, EvidenceItem):
            raise NotNow(f"`{limited(step.item.title, 60)}` is not answered yet.", "Answer it first, then add it.")
        said = {"verdict": Verdict.OK} if last is None else self.said_again(last)
        if isinstance(step.item, EvidenceItem) and said["verdict"] is not Verdict.FAILED:
            said["verdict"] = Verdict.OK
        evidence = (*(last.evidence if last is not None else ()), *new)
        if len(evidence) > _MOST_KEPT:
            raise UsageError(f"An answer can rest on {_MOST_KEPT} files, and this would be more.", "")
        return await self._answered(work, step, {**said, "evidence": evidence, "given": Given.CONSOLE})

    def _folder(self) -> Blobs:
        if self._blobs is None:
            raise StorageError("There is no place for files here, so none can be kept.", "")
        return self._blobs


def _keep(blobs: Blobs, file: File, most: int) -> Blob:
    try:
        if isinstance(file.data, Path):
            with file.data.open("rb") as stream:
                return blobs.put(stream, most)
        return blobs.put(file.data, most)
    except StorageError:
        raise
    except OSError as problem:
        raise UsageError(f"{limited(str(file.data) if isinstance(file.data, Path) else file.name, 80)} cannot be read:"
                         f" {problem.strerror or problem}.", "Check its name and its permissions.") from problem
