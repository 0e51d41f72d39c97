"""Puts a file in place of another in one step, so that whoever reads it finds the old content or the new."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """Write a file with mode 0600 so that it survives a power cut: atomic, and synced with its folder.

    While it is written it is called as `path`, with another ending: `.<8 digits>.new`.

    Raises:
        OSError: it could not be written; what was there before is still there.
    """
    with replacing(path) as file:
        file.write(content)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write to, which takes the place of `path` at the end, as `replace_file` does it; not when that fails.

    Raises:
        OSError: it could not be written; what was there before is still there.
    """
    new = path.with_suffix(f".{os.urandom(4).hex()}.new")
    try:
        descriptor = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
