"""Files that people attach: shown in a pager once nothing in them can act, saved, and found by their path."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from opsconsole.console.dialogs.ask import Ask
from opsconsole.console.dialogs.confirm import Confirm
from opsconsole.console.keys import key_label
from opsconsole.core import format as fmt
from opsconsole.core.errors import OpsError
from opsconsole.core.text import decode, harmless, harmless_lines, limited

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.console.screen import ActingScreen
    from opsconsole.core.blobs import Blobs

MOST_SHOWN: Final = 8 * 1024 * 1024
"""Bytes of a text that a pager is given; the rest is said to be missing."""
MOST_LINES: Final = 200_000
LONGEST: Final = 20_000
"""Characters of one line."""
_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]+")
SNIFFED: Final = 4096
"""Bytes that say whether it is a text."""


class Attached(Protocol):
    """A file that is kept."""

    @property
    def name(self) -> str:
        """As given; foreign."""

    @property
    def size(self) -> int:
        """Bytes."""

    @property
    def type(self) -> str:
        """Its media type; foreign."""

    @property
    def sha256(self) -> str:
        """Under which it is kept."""


async def show_file(screen: ActingScreen[Any], file: Attached, keep: str, pager: Sequence[str] = ()) -> None:
    """Show a file in the pager; one that is no text is named.

    Args:
        screen: where it is asked for.
        file: which.
        keep: the id of the action that saves it.
        pager: the words of the command that shows it; none: the person's own.
    """
    from opsconsole.console import outside  # noqa: PLC0415 - seldom needed

    try:
        raw = await asyncio.to_thread(read, blobs_of(screen), file.sha256, MOST_SHOWN)
        if not is_text(raw):
            action = screen.action_of(keep)
            key = key_label(action.keys[0]) if action is not None and action.keys else "save"
            name, kind = harmless(limited(file.name, 60)), harmless(limited(file.type, 60))
            screen.console.say(f"{name} is no text but {kind}; {key} saves it as a file.")
            return
        text = await asyncio.to_thread(readable, raw, file.size)
        await outside.show(screen.app, text, pager)
    except OpsError as error:
        screen.console.notify_error(error)


async def keep_file(screen: ActingScreen[Any], file: Attached) -> None:
    """Save a file where the person says."""
    glyphs = screen.context.glyphs
    answer = await screen.app.push_screen_wait(Ask(
        f"Save {harmless(limited(file.name, 40))} ({fmt.size(file.size)}) as:", f"~/{safe_name(file.name)}",
        done="save", check=wrong_path, glyphs=glyphs))
    if answer is None:
        return
    path = place(answer, safe_name(file.name))
    if path.exists() and not await screen.app.push_screen_wait(Confirm(
            f"Write over {limited(str(path), 50)}?", ["The file that is there is lost."], yes="write over it",
            destructive=True, glyphs=glyphs)):
        return
    try:
        await asyncio.to_thread(save, blobs_of(screen), file.sha256, path)
    except OpsError as error:
        screen.console.notify_error(error)
    else:
        screen.console.say(f"Saved as {limited(str(path), 200)}.")


async def ask_file(screen: ActingScreen[Any], question: str) -> Path | None:
    """Ask for a file of this machine."""
    answer = await screen.app.push_screen_wait(Ask(question, hint="/path/to/file", done="attach", check=wrong_file,
                                                   glyphs=screen.context.glyphs))
    return place(answer) if answer is not None else None


def blobs_of(screen: ActingScreen[Any]) -> Blobs:
    """Where files are kept."""
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
