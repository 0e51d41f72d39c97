"""Files of a ticket: shown in a pager once nothing in them can act, saved, attached, deleted."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opsconsole.console.dialogs.ask import Ask
from opsconsole.console.dialogs.confirm import Confirm
from opsconsole.core import format as fmt
from opsconsole.core.errors import OpsError
from opsconsole.core.text import decode, harmless, harmless_lines, limited
from opsconsole.tickets import actions
from opsconsole.tickets.screen import doing, settings_of

if TYPE_CHECKING:
    from textual.worker import Worker

    from opsconsole.console.screen import ConsoleScreen
    from opsconsole.console.widgets.lines_view import LinesView
    from opsconsole.core.actions import Action
    from opsconsole.core.blobs import Blobs
    from opsconsole.tickets.model import Attachment
    from opsconsole.tickets.screen.case import Case

    Base = ConsoleScreen
else:
    Base = object

MOST_SHOWN: Final = 8 * 1024 * 1024
"""Bytes of a text that a pager is given; the rest is said to be missing."""
MOST_LINES: Final = 200_000
LONGEST: Final = 20_000
"""Characters of one line."""
_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]+")
SNIFFED: Final = 4096
"""Bytes that say whether it is a text."""


class Attaching(Base):
    """The actions for files; the screen that it is part of has the case, and the page with the cursor."""

    case: Case

    @property
    def page(self) -> LinesView:
        """The page."""
        raise NotImplementedError

    @property
    def number(self) -> int:
        """Of the ticket."""
        raise NotImplementedError

    def read_again(self) -> Worker[None]:
        """Read what is new."""
        raise NotImplementedError

    @property
    def file(self) -> Attachment | None:
        """The file under the cursor; where the cursor is on none, the only one that there is."""
        kind, _, id_ = self.page.target.partition(":")
        there = [file for file in self.case.files if file.deleted is None]
        if kind == "file":
            return next((file for file in there if str(file.id) == id_), None)
        return there[0] if len(there) == 1 else None

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        if action.id in (actions.SHOW.id, actions.KEEP.id, actions.DELETE.id) and self.file is None:
            return "Put the cursor on a file first." if self.case.files else "It has no files."
        return super().unavailable(action)

    def action_show(self) -> None:
        """In the pager."""
        self.run_worker(self._show_file(), group="files", exclusive=True)

    async def _show_file(self) -> None:
        file = self.file
        if file is None:
            return
        from opsconsole.console import outside  # noqa: PLC0415 - seldom needed

        try:
            raw = await asyncio.to_thread(read, _blobs(self), file.sha256, MOST_SHOWN)
            if not is_text(raw):
                keep = self.action_of(actions.KEEP.id)
                key = keep.keys[0] if keep is not None and keep.keys else "save"
                name, kind = harmless(limited(file.name, 60)), harmless(limited(file.type, 60))
                self.console.say(f"{name} is no text but {kind}; {key} saves it as a file.")
                return
            text = await asyncio.to_thread(readable, raw, file.size)
            await outside.show(self.app, text, settings_of(self.context).attachments.open)
        except OpsError as error:
            self.console.notify_error(error)

    def action_keep(self) -> None:
        """As a file of this machine."""
        self.run_worker(self._keep_file(), group="files", exclusive=True)

    async def _keep_file(self) -> None:
        file = self.file
        if file is None:
            return
        glyphs = self.context.glyphs
        answer = await self.app.push_screen_wait(Ask(
            f"Save {harmless(limited(file.name, 40))} ({fmt.size(file.size)}) as:", f"~/{safe_name(file.name)}",
            done="save", check=wrong_path, glyphs=glyphs))
        if answer is None:
            return
        path = place(answer, safe_name(file.name))
        if path.exists() and not await self.app.push_screen_wait(Confirm(
                f"Write over {limited(str(path), 50)}?", ["The file that is there is lost."], yes="write over it",
                destructive=True, glyphs=glyphs)):
            return
        try:
            await asyncio.to_thread(save, _blobs(self), file.sha256, path)
        except OpsError as error:
            self.console.notify_error(error)
        else:
            self.console.say(f"Saved as {limited(str(path), 200)}.")

    def action_attach(self) -> None:
        """A file of this machine."""
        self.run_worker(self._attach_file(), group="files", exclusive=True)

    async def _attach_file(self) -> None:
        service = doing.service_or_none(self)
        answer = await self.app.push_screen_wait(Ask(f"Attach which file to #{self.number}?", hint="/path/to/file",
                                                     done="attach", check=wrong_file, glyphs=self.context.glyphs))
        if answer is None or service is None:
            return
        path = place(answer)
        if await doing.carry_out(self, service.attach(self.context.actor, self.number, path.name, path),
                                 f"{limited(path.name, 60)} is attached to #{self.number}."):
            self.read_again()

    def action_delete(self) -> None:
        """For good; a mark stays."""
        self.run_worker(self._delete(), group="files", exclusive=True)

    async def _delete(self) -> None:
        file, service = self.file, doing.service_or_none(self)
        if file is None or service is None:
            return
        reason = await self.app.push_screen_wait(Ask(
            f"Delete {harmless(limited(file.name, 40))} for good? Then say why:", hint="its name and the reason stay",
            done="delete", check=lambda text: None if text.strip() else "Say why, or go back.",
            glyphs=self.context.glyphs))
        if reason is not None and await doing.carry_out(
                self, service.delete_attachment(self.context.actor, file.id, reason.strip()),
                f"{harmless(limited(file.name, 60))} is deleted."):
            self.read_again()


def _blobs(screen: ConsoleScreen) -> Blobs:
    from opsconsole.core.blobs import Blobs  # noqa: PLC0415 - with the first file

    return Blobs(screen.context.paths.data / "blobs")


def read(blobs: Blobs, sha256: str, most: int) -> bytes:
    """The beginning of a file."""
    with blobs.open(sha256) as stream:
        return stream.read(most)


def is_text(raw: bytes) -> bool:
    """Whether a person can read it."""
    return b"\0" not in raw[:SNIFFED]


def readable(raw: bytes, size: int) -> str:
    """A text in which nothing acts, whatever the pager does with it."""
    text = decode(raw)
    lines = harmless_lines(text, MOST_LINES, LONGEST)
    if size > len(raw):
        lines += ["", f"({fmt.size(size - len(raw))} more are not shown; save the file to read them)"]
    return "\n".join(lines) + "\n"


def safe_name(name: str) -> str:
    """A name for a file that leads nowhere and hides nothing."""
    last = harmless(limited(name.replace("\\", "/").rsplit("/", 1)[-1], 120, ""))
    return _UNSAFE.sub("_", last).strip(" .") or "attachment"


def place(text: str, name: str = "") -> Path:
    """What somebody typed as a path; in a folder, the file of a name."""
    path = Path(text.strip()).expanduser()
    return path / name if name and path.is_dir() else path


def wrong_path(text: str) -> str | None:
    """What is wrong with where a file is to be saved."""
    path = place(text)
    if not text.strip():
        return "Say where."
    return None if path.is_dir() or path.parent.is_dir() else f"There is no folder {limited(str(path.parent), 50)}."


def wrong_file(text: str) -> str | None:
    """What is wrong with a file that is to be attached."""
    path = place(text)
    if not text.strip():
        return "Say which."
    return None if path.is_file() else "There is no such file."


def save(blobs: Blobs, sha256: str, path: Path) -> None:
    """Write a file whole or not at all.

    Raises:
        OpsError: it cannot be read, or not be written there.
    """
    part = path.with_name(f".{path.name[:100]}.{os.getpid()}.part")
    try:
        with blobs.open(sha256) as stream, part.open("xb") as file:
            while chunk := stream.read(1 << 20):
                file.write(chunk)
        part.replace(path)
    except OSError as problem:
        part.unlink(missing_ok=True)
        raise OpsError(f"{path} cannot be written: {problem.strerror or problem}.") from problem
