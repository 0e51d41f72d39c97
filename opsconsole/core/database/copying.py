"""A consistent copy of a database file by SQLite's backup API, while others write it. Blocking."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from opsconsole.core.database import opening, place, sentences
from opsconsole.core.errors import StorageError, StorageFull, StorageUnusable

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
    part = target.with_name(f".{target.name[:200]}.{os.urandom(4).hex()}.part")
    _make(part, target)
    try:
        opening.patient(lambda: _fill(source, part, target, stop), source, timeout)
        _finish(part)
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


def _fill(source: Path, part: Path, target: Path, stop: threading.Event | None) -> None:
    def between(_status: int, _remaining: int, _total: int) -> None:
        if stop is not None and stop.is_set():
            raise Stopped

    reading = sqlite3.connect(f"file:{quote(os.fsencode(source))}?mode=rw", uri=True, timeout=1, isolation_level=None)
    try:
        # Without a transaction of its own, the copy would begin again whenever someone else commits.
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        writing = _connect(part)
        try:
            writing.execute("PRAGMA synchronous=OFF")
            reading.backup(writing, pages=_STEP, progress=between, sleep=0)
        except sqlite3.Error as error:
            raise _blame(error, source, part, target) from error
        finally:
            writing.close()
    finally:
        reading.close()


def _connect(part: Path) -> sqlite3.Connection:
    # No locks: nobody knows the new file, and on a network file system, a fair place for a copy, they may fail.
    return sqlite3.connect(f"file:{quote(os.fsencode(part))}?mode=rw&nolock=1", uri=True, isolation_level=None)


def _blame(error: sqlite3.Error, source: Path, part: Path, target: Path) -> Exception:
    """What an error of the copying is about: damage can only be the source's, lack of space the copy's."""
    code = sentences.primary(error)
    if code in sentences.BUSY:
        return error
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return sentences.translate(error, source)
    found = sentences.translate(error, part)
    return place.full(target, "copy to") if isinstance(found, StorageFull) else found


def _finish(part: Path) -> None:
    """Makes one plain file of the copy, and checks it.

    The source's header says that a log belongs to it (bytes 18 and 19, https://www.sqlite.org/fileformat.html, 1.3);
    the copy has none, and can then be read from any medium. SQLite cannot do this without locks.
    """
    with part.open("r+b", buffering=0) as file:
        file.seek(18)
        file.write(b"\x01\x01")
    checking = _connect(part)
    try:
        found = [row[0] for row in checking.execute("PRAGMA quick_check(1)")]
    except sqlite3.Error as error:
        raise sentences.translate(error, part) from error
    finally:
        checking.close()
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
