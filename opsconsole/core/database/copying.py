"""A consistent copy of a database file by SQLite's backup API, while others write it. Blocking."""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from opsconsole.core.database import opening, place, sentences
from opsconsole.core.errors import StorageError, StorageUnusable

if TYPE_CHECKING:
    import threading

_STEP = 512
"""Pages between two looks at whether to go on."""


class Stopped(Exception):  # noqa: N818 - it is no error: somebody asked for it
    """The copy was given up; nothing of it is left."""


def copy(source: Path, target: Path, *, stop: threading.Event | None = None, timeout: float = 5.0) -> None:
    """Copies `source`, as it is at one moment, to `target`: mode 0600, one file without a log beside it, synced.

    Raises:
        StorageUnusable: the target exists, the source is missing, no database or damaged, no permission.
        StorageFull: no space at the target; no part of the copy is left.
        StorageBusy: another process held the source for too long.
        Stopped: `stop` was set.
    """
    source = Path(os.path.realpath(source))
    target = Path(os.path.abspath(target))  # noqa: PTH100 - a link at the target counts as a file, so it is not followed
    if os.path.lexists(target):
        raise _exists(target)
    place.check(source, writing=False, mode=0o600)
    part = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}.part")
    _make(part, target)
    try:
        opening.patient(lambda: _fill(source, part, stop), source, timeout)
        _publish(part, target)
    except OSError as error:
        raise place.from_os(error, target, "copy to") from error
    finally:
        for rest in (part, Path(f"{part}-journal")):
            with suppress(OSError):
                rest.unlink()


def _exists(target: Path) -> StorageUnusable:
    return StorageUnusable(f"{target} already exists.", "Choose another name; nothing was overwritten.")


def _make(part: Path, target: Path) -> None:
    try:
        descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    except FileNotFoundError as error:
        raise StorageUnusable(f"There is no folder {target.parent}.", "Make it first, or choose another.") from error
    except OSError as error:
        raise place.from_os(error, target, "copy to") from error
    os.close(descriptor)


def _fill(source: Path, part: Path, stop: threading.Event | None) -> None:
    def between(_status: int, _remaining: int, _total: int) -> None:
        if stop is not None and stop.is_set():
            raise Stopped

    reading = sqlite3.connect(f"file:{quote(os.fsencode(source))}?mode=rw", uri=True, timeout=1, isolation_level=None)
    try:
        # Without a transaction of its own, the copy would begin again whenever someone else commits.
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        # No locks: nobody knows the new file, and on a network file system, a fair place for a copy, they may fail.
        writing = sqlite3.connect(f"file:{quote(os.fsencode(part))}?mode=rw&nolock=1", uri=True, isolation_level=None)
        try:
            _write(reading, writing, part, between)
        finally:
            writing.close()
    finally:
        reading.close()


def _write(reading: sqlite3.Connection, writing: sqlite3.Connection, part: Path, between: object) -> None:
    try:
        writing.execute("PRAGMA synchronous=OFF")
        reading.backup(writing, pages=_STEP, progress=between, sleep=0)  # type: ignore[arg-type]
        writing.execute("PRAGMA journal_mode=DELETE")
        found = [row[0] for row in writing.execute("PRAGMA quick_check(1)")]
    except sqlite3.Error as error:
        if sentences.primary(error) in sentences.BUSY:
            raise
        raise sentences.translate(error, part) from error
    if found != ["ok"]:
        raise StorageUnusable(
            f"The copy is damaged, as the database is: {found[0]}.", "Use an older copy; 'opsconsole doctor' says more."
        )


def _publish(part: Path, target: Path) -> None:
    descriptor = os.open(part, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(part, target)
    except FileExistsError:
        raise _exists(target) from None
    except OSError:
        # File systems without hard links (FAT, some network ones); the look comes as late as it can.
        if os.path.lexists(target):
            raise _exists(target) from None
        part.rename(target)
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    except OSError as error:
        raise StorageError(f"{target} was copied, but its folder could not be synced: {error.strerror}.") from error
    finally:
        os.close(folder)
