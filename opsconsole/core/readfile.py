"""Reads a file that a person named: a regular one of a sane size, or a sentence why not.

A pipe without a writer would wait for ever and a device would never end, so only regular files are read.
"""

from __future__ import annotations

import os
import stat
from errno import EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EPERM
from pathlib import Path
from typing import Final

_KINDS: Final = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device",
                 stat.S_IFSOCK: "a socket"}
_WHY: Final = {ENOENT: "does not exist", ENOTDIR: "does not exist: a part of its path is not a folder",
               EACCES: "may not be read by this user", EPERM: "may not be read by this user",
               ELOOP: "is a link that leads nowhere", ENAMETOOLONG: "has a name that is too long"}


class Unreadable(Exception):  # noqa: N818 - it says what the file is
    """A file could not be read.

    Args:
        path: the file as it was named.
        why: the rest of a sentence that begins with the path.
        code: the kernel's errno; 0 where it refused nothing.
    """

    def __init__(self, path: str, why: str, code: int = 0) -> None:
        from opsconsole.core.text import limited  # noqa: PLC0415 - needed only when something is wrong

        self.why = why
        self.code = code
        self.sentence = f"{limited(path, 200)} {why}"
        super().__init__(self.sentence)

    @property
    def forbidden(self) -> bool:
        """Whether the kernel gave no permission."""
        return self.code in (EACCES, EPERM)

    @property
    def missing(self) -> bool:
        """Whether there is no such file."""
        return self.code in (ENOENT, ENOTDIR)


def home_path(path: str, home: str | None) -> str:
    """A path with `~` and `~/…` replaced by the home folder, where one is known."""
    return home.rstrip("/") + path[1:] if home and (path == "~" or path.startswith("~/")) else path


def read_regular(path: str, limit: int, *, home: str | None = None) -> bytes:
    """All bytes of a regular file of at most `limit` bytes.

    Raises:
        Unreadable: it is missing, forbidden, no regular file, or larger.
    """
    try:
        place = home_path(path, home)
        # A look before opening: opening some devices does something (rewinds a tape).
        _require_regular(path, Path(place).stat().st_mode)
        descriptor = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        try:
            _require_regular(path, os.fstat(descriptor).st_mode)
            raw = _read(descriptor, limit + 1)
        finally:
            os.close(descriptor)
    except OSError as error:
        why = _WHY.get(error.errno or 0) or f"cannot be read: {error.strerror or error}"
        raise Unreadable(path, why, error.errno or 0) from error
    except ValueError as error:
        raise Unreadable(path, "is not a possible path") from error
    if len(raw) > limit:
        raise Unreadable(path, f"is larger than {_amount(limit)}")
    return raw


def _require_regular(path: str, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise Unreadable(path, f"is {_KINDS.get(stat.S_IFMT(mode), 'something else')}, not a file")


def _read(descriptor: int, most: int) -> bytes:
    parts: list[bytes] = []
    while most > 0 and (part := os.read(descriptor, min(most, 1 << 20))):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def _amount(limit: int) -> str:
    return f"{limit // 1024} KiB" if limit < 1 << 20 else f"{limit >> 20} MiB"
