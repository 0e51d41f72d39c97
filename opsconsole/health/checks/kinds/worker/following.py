"""Reads what was added to log files since the run before, across rotation; each line once.

Followed are files that are renamed and created anew, copied and truncated, compressed, written to for a while after
they were renamed, and rotated several times while nobody looked. What cannot be known is lost and said: a file that
was truncated without a copy, or removed.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.health.checks.kinds.worker.files import found as paths_of
from opsconsole.health.checks.kinds.worker.places import (
    BROKEN,
    COMPRESSED,
    SIDE,
    Found,
    Place,
    holder,
    look,
    opened,
    siblings,
    starts_like,
    sums,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PART: Final = 262_144
"""Bytes that are read at once."""
LONGEST: Final = 65_536
"""Bytes of a line; of longer ones the beginning counts."""
ENDING: Final = 65_536
"""Bytes at the end of a log that are shown at first."""
MOST_FILES: Final = 200
KEPT: Final = 3_600_000
"""Milliseconds for which a rotated file is looked at again, because its writer may not have noticed yet."""
QUIET: Final = 60_000
"""Milliseconds after which half a line at the end of a rotated file counts as a whole one."""
_TICK: Final = 50_000_000
"""Nanoseconds by which the kernel's coarse clock may be late in a file's time of change."""


class TooSlow(Exception):  # noqa: N818 - it says why reading ends
    """Whoever takes the lines has no more time; what is left unread is passed over."""


class Notes(NamedTuple):
    """What one run came to."""

    places: list[Place]
    skipped: int
    """Bytes that were not read because there were too many."""
    files: int
    """How many are written to at present."""
    said: list[str]
    """What was lost, and why; a sentence each."""
    slow: bool
    """Whether the rest was passed over because its lines took too long."""


class _Source(NamedTuple):
    """One file and where to begin."""

    found: Found
    place: Place
    live: bool


def follow(pattern: str, before: Sequence[Place] | None, since: int, now: int, most: int,
           take: Callable[[list[str]], None]) -> Notes:
    """Hands all new complete lines to `take`, and says where the next run goes on.

    Args:
        pattern: path of the log file, or several by `*`.
        before: the places of the run before; None for a first run, which begins at the ends.
        since: when the run before began, ms UTC.
        now: when this run began, ms UTC.
        most: bytes that are read; of more, only the newest.
        take: gets lines without their ends, oldest first; may raise TooSlow.
    """
    live = _live(pattern)
    said: list[str] = []
    if before is None:
        sources = [_Source(found, _unread(found, now, offset=-1), live=True) for found in live]
    else:
        sources, said = _sources(live, before, since, now)
    if len(live) == MOST_FILES:
        said.append(f"Only the newest {MOST_FILES} files are read.")
    readers = [_Reader(source, now, take) for source in sources]
    places: list[Place] = []
    skipped = unreadable = 0
    slow = False
    for reader, may in zip(readers, _shares([reader.unread for reader in readers], most), strict=True):
        try:
            skipped += reader.pass_over(reader.unread - (0 if slow else may))
            reader.read()
        except TooSlow:
            slow = True
            with suppress(*BROKEN):
                skipped += reader.pass_over(reader.unread)
        except BROKEN as error:
            unreadable += reader.live
            said.append(f"{reader.path} cannot be read: {getattr(error, 'strerror', None) or error}.")
        if (place := reader.place()) is not None:
            places.append(place)
    return Notes(places, skipped, len(live) - unreadable, said, slow)


def ending(pattern: str, take: Callable[[list[str]], None]) -> None:
    """Hands over the last lines of the log that was written to last, so that a person sees what will be looked at."""
    live = _live(pattern)
    if not live:
        return
    with suppress(TooSlow, *BROKEN), opened(live[-1].path) as file:
        begin = max(0, live[-1].state.st_size - ENDING)
        file.seek(begin)
        data = file.read(ENDING)
        whole = data[data.find(b"\n") + 1 if begin else 0:data.rfind(b"\n") + 1]
        if whole:
            take(_texts(whole[:-1]))


def _texts(lines: bytes) -> list[str]:
    """Lines without their ends, those of other systems too."""
    if b"\r\n" in lines or lines.endswith(b"\r"):
        lines = lines.replace(b"\r\n", b"\n").removesuffix(b"\r")
    return lines.decode("utf-8", "surrogateescape").split("\n")


def _shares(unread: Sequence[int], most: int) -> list[int]:
    """How much of each file is read when it must not be more together: the newest, which come last, first."""
    shares = []
    for size in reversed(unread):
        shares.append(min(size, most))
        most -= shares[-1]
    return shares[::-1]


def _live(pattern: str) -> list[Found]:
    """The files that are written to, newest last."""
    candidates = [found for path in paths_of(pattern) if not path.endswith(COMPRESSED)
                  and (found := look(path)) is not None]
    candidates.sort(key=lambda found: found.state.st_mtime_ns)
    return candidates[-MOST_FILES:]


def _unread(found: Found, now: int, base: str = "", offset: int = 0) -> Place:
    return Place(found.path, base or found.path, found.state.st_dev, found.state.st_ino, offset, grown=now)


def _sources(live: Sequence[Found], before: Sequence[Place], since: int,
             now: int) -> tuple[list[_Source], list[str]]:
    """Every file that has, or may have, something new, oldest first; and what was lost."""
    by_path = {found.path: found for found in live}
    claimed: dict[str, _Source] = {}
    said: list[str] = []
    families: dict[str, list[Found]] = {}
    # Of an empty file only the inode is known, and another file may have it now: the others are found first.
    for place in sorted(before, key=lambda each: each.offset <= 0):
        own = look(place.path)
        found = holder(place, [own]) if own is not None and own.path not in claimed else None
        if (found is None or place.offset == 0) and place.base not in families:
            # An empty file that was copied, truncated and is written to again looks as if nothing had happened.
            families[place.base] = siblings(place.base)
        if found is None:
            others = [*live, *families[place.base]]
            found = holder(place, [each for each in others if each.path not in claimed])
        if found is not None:
            claimed[found.path] = _Source(found, place, found.path in by_path)
        elif place.offset and now - place.grown < KEPT and place.path == place.base:
            said.append(f"{place.path} was truncated or removed; what was written since the run before may be lost.")
    for base, others in families.items():
        unclaimed = [found for found in others if found.path not in claimed and found.path not in by_path]
        unseen = _unseen(base, unclaimed, list(claimed.values()), since, now)
        claimed |= {source.found.path: source for source in unseen}
    new = [_Source(found, _unread(found, now), live=True) for path, found in by_path.items() if path not in claimed]
    known = sorted(claimed.values(), key=lambda source: (source.live, source.found.state.st_mtime_ns))
    return [*known, *new], said


def _unseen(base: str, others: Sequence[Found], claimed: Sequence[_Source], since: int,
            now: int) -> list[_Source]:
    """Files that were created and rotated away since the run before."""
    known = [source.place for source in claimed if source.place.base == base]
    made = []
    for found in others:
        changed = found.state.st_mtime_ns
        tick = _TICK if changed % 1_000_000_000 else 1_000_000_000
        if changed + tick < since * 1_000_000:
            continue
        try:
            with opened(found.path) as file:
                # A copy of what is read already, or just being compressed.
                if any(starts_like(file, place) for place in known):
                    continue
        except BROKEN:
            continue
        made.append(_Source(found, _unread(found, now, base), live=False))
    return made


def _size(source: _Source) -> int:
    """Bytes without compression; a compressed file that was read is not looked at again."""
    found, place = source.found, source.place
    if not found.compressed:
        return found.state.st_size
    if place.offset > 0 and found.is_file_of(place):
        return place.offset
    try:
        with opened(found.path) as file:
            return file.seek(0, os.SEEK_END)
    except BROKEN:
        return 0


class _Reader:
    """Reads one file from a place on, up to the size that it had when it was found."""

    def __init__(self, source: _Source, now: int, take: Callable[[list[str]], None]) -> None:
        self._place, self._found, self._now, self._take = source.place, source.found, now, take
        self.path, self.live = source.found.path, source.live
        size = _size(source)
        self._offset = max(0, source.place.offset)
        self._cut = source.place.cut
        self._moved = False
        self.unread = max(0, size - self._offset)
        """Bytes."""

    def pass_over(self, size: int) -> int:
        """Goes on to the beginning of the first line after so many bytes; the bytes passed over."""
        if self._place.offset < 0:
            # Nobody waited for these.
            self._seek(self.unread)
            return 0
        return self._seek(size)

    def _seek(self, size: int) -> int:
        if size > 0:
            with opened(self.path) as file:
                # The byte before says whether this is the beginning of a line.
                file.seek(self._offset + size - 1)
                self._cut = file.read(1) != b"\n"
            self._offset, self.unread, self._moved = self._offset + size, self.unread - size, True
        return size

    def read(self) -> None:
        """Hands over all complete lines, and, of a file that nobody writes to, what is left."""
        rest = b""
        with opened(self.path) as file:
            file.seek(self._offset)
            while self.unread > 0 and (part := file.read(min(PART, self.unread))):
                self.unread -= len(part)
                rest = self._lines(rest + part)
        if rest and self._finished():
            self._offset += len(rest)
            self._take(_texts(rest))

    def _lines(self, data: bytes) -> bytes:
        """Hands over what is complete; what is not."""
        end = data.rfind(b"\n") + 1
        whole, rest = data[:end], data[end:]
        if whole and self._cut:
            whole, self._cut = whole[whole.find(b"\n") + 1:], False
        self._offset += end
        self._moved = self._moved or end > 0
        if self._cut or len(rest) > LONGEST:
            self._offset += len(rest)
            self._moved = True
            whole += b"" if self._cut else rest[:LONGEST] + b"\n"
            self._cut, rest = True, b""
        if whole:
            self._take(_texts(whole[:-1]))
        return rest

    def _finished(self) -> bool:
        """Whether nobody writes the rest of the last line any more."""
        if self.live or self._found.compressed:
            return not self.live
        return not self._moved and self._now - self._place.grown >= QUIET

    def place(self) -> Place | None:
        """Where the next run goes on; None for a file that is done with."""
        grown = self._now if self._moved else self._place.grown
        if not self.live and self._now - grown > KEPT:
            return None
        try:
            with opened(self.path) as file:
                found = sums(file, min(SIDE, self._offset) if self._found.compressed else self._offset) or (0, 0)
        except BROKEN:
            return self._place
        return Place(self.path, self.path if self.live else self._place.base, self._found.state.st_dev,
                     self._found.state.st_ino, self._offset, *found, self._cut, grown)
