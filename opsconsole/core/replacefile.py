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
        OSError: it could not be done: `new` is gone, and what was there before is still there. Or only the folder
            could not be synced: then the new content is in its place, until a power cut at least.
    """
    with removed_on_failure(new):
        reach_disk(new)
        new.replace(path)
    reach_disk(path.parent)


@contextlib.contextmanager
def removed_on_failure(path: Path) -> Iterator[None]:
    """Whatever happens inside, a file that did not get anywhere is not left lying."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        raise


def reach_disk(path: Path) -> None:
    """Wait until the disk has a file's content, or a folder's names.

    Raises:
        OSError: it does not take it, or `path` is a link.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
    with removed_on_failure(new):
        descriptor = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w+b") as file:
            yield new, file
