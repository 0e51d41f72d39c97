"""Which file holds what was read before: by content, because rotation renames, copies, truncates and compresses.

A place in a log is an offset with checksums of the first bytes and of those before the offset. A file in which they
are the same holds the same log, whatever its name or inode is now.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import re
import stat
import zlib
from typing import IO, TYPE_CHECKING, Final, Literal, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

SIDE: Final = 256
"""Bytes at the beginning, and before the offset, whose checksums make a place."""
COMPRESSED: Final = (".gz", ".xz", ".bz2", ".lzma", ".zst", ".zip", ".Z", ".lz4")
_READERS: Final[dict[str, Callable[[str, Literal["rb"]], object]]] = {
    ".gz": gzip.open, ".xz": lzma.open, ".lzma": lzma.open, ".bz2": bz2.open}
_ROTATED: Final = re.compile(r"[-._]?(?:[0-9][0-9TZ_.:-]*|old|prev|bak)?", re.IGNORECASE)
_MOST_SIBLINGS: Final = 300
BROKEN: Final = (OSError, EOFError, zlib.error, lzma.LZMAError)
"""What reading a file that is compressed, or was, may raise."""


class Place(NamedTuple):
    """How far a file was read."""

    path: str
    base: str
    """The path it had while it was written to."""
    device: int
    inode: int
    offset: int
    """Bytes, uncompressed; -1 for a file that could not be read yet, and will be read from its end on."""
    head: int = 0
    """CRC-32 of the first `SIDE` bytes, or of those before the offset."""
    tail: int = 0
    """CRC-32 of the `SIDE` bytes before the offset, or of those there are."""
    cut: bool = False
    """Whether the offset is within a line that was too long; its rest is passed over."""
    grown: int = 0
    """When it had something new, ms UTC."""


class Found(NamedTuple):
    """One file as it is now."""

    path: str
    state: os.stat_result

    @property
    def compressed(self) -> bool:
        """Whether its name says so."""
        return self.path.endswith(COMPRESSED)

    def is_file_of(self, place: Place) -> bool:
        """Whether it is the same file, whatever is in it now."""
        return (self.state.st_dev, self.state.st_ino) == (place.device, place.inode)


def look(path: str) -> Found | None:
    """A regular file, or None."""
    try:
        state = os.stat(path)  # noqa: PTH116 - a `Path` is nothing else here
    except OSError:
        return None
    return Found(path, state) if stat.S_ISREG(state.st_mode) else None


def opened(path: str) -> IO[bytes]:
    """The uncompressed content of a file; raises OSError where it cannot be read."""
    for ending, reader in _READERS.items():
        if path.endswith(ending):
            return cast("IO[bytes]", reader(path, "rb"))
    if path.endswith(COMPRESSED):
        raise OSError(0, "this compression is not known")
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    return os.fdopen(descriptor, "rb", 0)


def sums(file: IO[bytes], offset: int) -> tuple[int, int] | None:
    """The checksums of a place at this offset; None where the file is shorter."""
    size = min(SIDE, offset)
    try:
        file.seek(0)
        head = _exactly(file, size)
        file.seek(offset - size)
        tail = _exactly(file, size)
    except BROKEN:
        return None
    return None if head is None or tail is None else (zlib.crc32(head), zlib.crc32(tail))


def _exactly(file: IO[bytes], size: int) -> bytes | None:
    data = b""
    while len(data) < size and (part := file.read(size - len(data))):
        data += part
    return data if len(data) == size else None


def holds(found: Found, place: Place) -> bool:
    """Whether a file holds what was read up to this place; the same file does as long as it cannot be opened."""
    same_file = found.is_file_of(place)
    if place.offset <= 0:
        return same_file
    if not found.compressed and found.state.st_size < place.offset:
        return False
    try:
        with opened(found.path) as file:
            if found.compressed and (same_file or not starts_like(file, place)):
                # What was compressed is not written to any more, so its beginning is enough.
                return same_file and starts_like(file, place)
            return sums(file, place.offset) == (place.head, place.tail)
    except PermissionError:
        return same_file
    except BROKEN:
        return False


def starts_like(file: IO[bytes], place: Place) -> bool:
    """Whether a file begins with what this place's file begins with."""
    try:
        file.seek(0)
        head = _exactly(file, min(SIDE, place.offset))
    except BROKEN:
        return False
    return place.offset > 0 and head is not None and zlib.crc32(head) == place.head


def siblings(base: str) -> list[Found]:
    """What rotation may have made of a log file: `log.1`, `log-20240131`, `log.2.gz`, `name-20240131.log`.

    Newest first; files that are not compressed come before those that are.
    """
    folder, name = os.path.split(base)
    made = [found for each in _names(folder) if each != name and _made_of(name, each)
            and (found := look(os.path.join(folder, each))) is not None]  # noqa: PTH118 - as above
    made.sort(key=lambda found: (found.compressed, -found.state.st_mtime_ns))
    return made[:_MOST_SIBLINGS]


def _names(folder: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                yield entry.name
    except OSError:
        return


def _made_of(name: str, other: str) -> bool:
    """Whether rotation gives a log of this name the other name."""
    for ending in COMPRESSED:
        other = other.removesuffix(ending)
    if other == name:
        return True
    if other.startswith(name):
        return _ROTATED.fullmatch(other[len(name):]) is not None
    stem, dot, ending = name.rpartition(".")
    return bool(dot and stem and other.startswith(stem) and other.endswith(dot + ending)
                and _ROTATED.fullmatch(other[len(stem):-len(dot + ending)]))


def holder(place: Place, candidates: Iterable[Found]) -> Found | None:
    """The file that holds this place now: the same file first, then any with the same content."""
    others = []
    for found in candidates:
        if not found.is_file_of(place):
            others.append(found)
        elif holds(found, place):
            return found
    return next((found for found in others if holds(found, place)), None)
