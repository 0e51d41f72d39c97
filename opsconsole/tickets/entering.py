"""Texts of the command line: from an option, from standard input, or from an editor. None of them is ever lost."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple

import click

from opsconsole.core.errors import OpsError, UsageError
from opsconsole.core.text import decode
from opsconsole.printing import say
from opsconsole.tickets.commanding import settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opsconsole.tickets.cases.types import File

TEXT = click.option("--text", metavar="TEXT", help="What it says; `-` is standard input.")
FILES = click.option("--attach", "files", multiple=True, metavar="FILE",
                     type=click.Path(exists=True, dir_okay=False, readable=True),
                     help="Attach this file; may be given again.")
NAME: Final = "output.txt"
"""The name of the file that a long text becomes."""
_BEGINNING: Final = 2_000
"""Characters of a long text that stand in the message too."""
_PART: Final = 1 << 16


class Entered(NamedTuple):
    """A text, and the file that holds all of it where it is too long for a message."""

    text: str
    files: tuple[File, ...] = ()


def entered(given: Any, text: str | None, about: str, *, begin: str = "", optional: bool = False,
            fenced: bool = False) -> Entered:
    """What somebody writes: the option, else what comes through a pipe, else what they type in their editor.

    Args:
        given: the invocation.
        text: what the option says, `-` for standard input; None: it was not given.
        about: what it is for, shown in the editor: `note on ticket 42`.
        begin: what the editor begins with.
        optional: whether nothing is fine: then no editor is opened.
        fenced: whether several lines from a pipe are kept as they were printed, not read as Markdown.

    Raises:
        UsageError: there is no text.
    """
    if text in (None, "-"):
        if not on_terminal() or text == "-":
            return _piped(given, optional=optional, fenced=fenced and text is None)
        text = begin if optional else _typed(about, begin)
    from opsconsole.tickets.model import MOST_TEXT  # noqa: PLC0415 - in the order in which it is needed

    if len(text) > MOST_TEXT:
        return _shortened(text.encode("utf-8", "backslashreplace"), 0)
    if not text.strip() and not optional:
        raise _nothing()
    return Entered(text.rstrip())


def on_terminal() -> bool:
    """Whether somebody sits in front of standard input."""
    return sys.stdin is not None and sys.stdin.isatty()


def files_of(paths: Sequence[str]) -> list[File]:
    """Files of this machine, to be attached."""
    from opsconsole.tickets.cases.types import File  # noqa: PLC0415 - only where there are some

    return [File(Path(path).name, Path(path)) for path in paths]


@contextlib.contextmanager
def kept_on_failure(given: Any, text: str) -> Iterator[None]:
    """Keeps a text that was written when it cannot be stored, and says where.

    Raises:
        OpsError: whatever stood in the way.
    """
    try:
        yield
    except OpsError:
        folder = given.loaded.paths.drafts
        with contextlib.suppress(OSError):
            if text.strip():
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                descriptor, name = tempfile.mkstemp(prefix="ticket-", suffix=".md", dir=folder)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(text.encode("utf-8", "backslashreplace"))
                say(f"What you wrote is kept in {name}.", err=True)
        raise


def _typed(about: str, begin: str) -> str:
    """What somebody types in their editor; lines below the mark are left out."""
    mark = f"\n\n# ---- {about}. Nothing from this line on is kept. ----\n"
    raw = click.edit((begin + mark).encode("utf-8", "backslashreplace"), extension=".md", require_save=False)
    return "" if raw is None else decode(raw).partition(mark.strip("\n"))[0]


def _piped(given: Any, *, optional: bool, fenced: bool) -> Entered:
    """What comes through standard input; of very much the beginning, the rest is read and left out."""
    from opsconsole.tickets.model import MOST_TEXT  # noqa: PLC0415 - in the order in which it is needed

    stream: BinaryIO | None = getattr(sys.stdin, "buffer", None)
    most = int(settings(given).attachments.most)
    raw, left_out = (b"", 0) if stream is None else _up_to(stream, max(most, 4 * MOST_TEXT))
    if not left_out and len(text := decode(raw)) <= MOST_TEXT:
        if not text.strip() and not optional:
            raise _nothing()
        shown = text.strip("\r\n").rstrip()
        return Entered(_fenced(shown) if fenced and "\n" in shown else shown)
    return _shortened(raw[:most], left_out + max(0, len(raw) - most))


def _fenced(text: str) -> str:
    """Lines as Markdown that shows them as they are; see https://spec.commonmark.org/0.31.2/#fenced-code-blocks."""
    longest = max((len(run) for run in re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}\n{text}\n{fence}"


def _up_to(stream: BinaryIO, most: int) -> tuple[bytes, int]:
    """The first bytes of a stream, and how many came after them; whoever writes into the pipe may go on to its end."""
    parts, room, left_out = [], most, 0
    while part := stream.read(_PART):
        if room:
            parts.append(part[:room])
        left_out += max(0, len(part) - room)
        room = max(0, room - len(part))
    return b"".join(parts), left_out


def _shortened(raw: bytes, left_out: int) -> Entered:
    """The beginning as the message, all of it as a file."""
    from opsconsole.core.format import size  # noqa: PLC0415 - only for long texts
    from opsconsole.tickets.cases.types import File  # noqa: PLC0415 - as above

    rest = f" The last {size(left_out)} were left out, which is more than a file may have." if left_out else ""
    begins = decode(raw[:4 * _BEGINNING])[:_BEGINNING]
    return Entered(f"This is the beginning of {size(len(raw))}; all of it is attached as {NAME}.{rest}\n\n"
                   f"{_fenced(begins + '…')}", (File(NAME, raw),))


def _nothing() -> UsageError:
    return UsageError("There is no text, so nothing was written.", "Give --text, or send it through a pipe.")
