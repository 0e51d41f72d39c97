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
    put_in_place(write_beside(path, content), path)


def write_beside(path: Path, content: bytes) -> Path:
    """Only the first half of `replace_file`: it waits for no disk, and survives the end of every process.

    Returns:
        What it is called until `put_in_place`.

    Raises:
        OSError: it could not be written; nothing is left of it.
    """
    with _beside(path) as (new, file):
        file.write(content)
    return new


def put_in_place(new: Path, path: Path) -> None:
    """The second half of `replace_file`, which waits for the disk.

    Raises:
        OSError: it could not be done; `new` is gone, and what was there before is still there.
    """
    try:
        _sync(new, os.O_NOFOLLOW)
        new.replace(path)
    except BaseException:
        _remove(new)
        raise
    _sync(path.parent, os.O_DIRECTORY)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write to, which takes the place of `path` at the end, as `replace_file` does it; not when that fails.

    Raises:
        OSError: it could not be written; what was there before is still there.
    """
    with _beside(path) as (new, file):
        yield file
    put_in_place(new, path)


@contextlib.contextmanager
def _beside(path: Path) -> Iterator[tuple[Path, BinaryIO]]:
    new = path.with_suffix(f".{os.urandom(4).hex()}.new")
    try:
        descriptor = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w+b") as file:
            yield new, file
    except BaseException:
        _remove(new)
        raise


def _remove(new: Path) -> None:
    with contextlib.suppress(OSError):
        new.unlink(missing_ok=True)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, os.O_RDONLY | flags | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
