"""Keeping files that people attach: to tickets, to entries of the log. All of it blocks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from opsconsole.core.errors import StorageError, UsageError
from opsconsole.core.filetypes import HEAD, type_of
from opsconsole.core.text import limited

if TYPE_CHECKING:
    from opsconsole.core.blobs import Blob, Blobs

_MOST_NAME: Final = 200


class Attached(NamedTuple):
    """A file whose bytes are kept, and that nothing refers to yet."""

    name: str
    blob: Blob
    type: str


def attached(blobs: Blobs, name: str, data: bytes | Path | BinaryIO, most: int) -> Attached:
    """Keeps the bytes of a file.

    Args:
        blobs: where.
        name: as given; what comes before the last slash is dropped.
        data: the bytes, a file on disk, or an open one, which is read to its end.
        most: bytes that it may have.

    Raises:
        UsageError: it is larger, or cannot be read.
        StorageError: it could not be kept.
    """
    try:
        if isinstance(data, Path):
            with data.open("rb") as stream:
                blob = blobs.put(stream, most)
        else:
            blob = blobs.put(data, most)
    except StorageError:
        raise
    except OSError as problem:
        raise UsageError(f"{limited(str(data) if isinstance(data, Path) else name, 80)} cannot be read:"
                         f" {problem.strerror or problem}.", "Check its name and its permissions.") from problem
    with blobs.open(blob.sha256) as stream:
        return Attached(file_name(name), blob, type_of(stream.read(HEAD)))


def file_name(given: str) -> str:
    """The name of a file as it is kept: what comes after the last slash, never empty, not too long."""
    name = re.split(r"[/\\]", given.rstrip("/\\ "))[-1].strip()
    if name in ("", ".", ".."):
        return "file"
    if len(name) <= _MOST_NAME:
        return name
    end = name[name.rfind("."):] if 0 < len(name) - name.rfind(".") <= 12 else ""
    return name[:_MOST_NAME - len(end)] + end
