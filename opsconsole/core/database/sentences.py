"""What SQLite reports, as sentences for a person and as errors that callers can tell apart."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from opsconsole.core.database import place
from opsconsole.core.database.connection import ConstraintError
from opsconsole.core.errors import StorageBusy, StorageError, StorageUnusable

if TYPE_CHECKING:
    from pathlib import Path

RESTORE = (
    "Stop every opsconsole, keep the file, and put a copy in its place that 'opsconsole backup-db' made; "
    "nothing was overwritten."
)
_LITTLE_SPACE = 64 * 1024

BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def primary(error: sqlite3.Error) -> int:
    """The primary result code of an error, 0 where the driver itself raised it."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def busy(path: Path) -> StorageBusy:
    """The error of a file that another process holds."""
    return StorageBusy(f"Another process is holding {path}.", "Try again; 'fuser' with that path shows who uses it.")


def damaged(path: Path, reason: str) -> StorageUnusable:
    """The error of a corrupt file."""
    return StorageUnusable(f"{path} is damaged: {reason}.", RESTORE)


def translate(error: sqlite3.Error, path: Path) -> StorageError:
    """The error for callers; looks at the disk where SQLite alone does not say why."""
    code = primary(error)
    if code in BUSY:
        return busy(path)
    if code == sqlite3.SQLITE_FULL:
        return place.full(path)
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return damaged(path, str(error)) if code == sqlite3.SQLITE_CORRUPT else not_a_database(path)
    if code in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}:
        return _of_the_disk(error, code, path)
    if code == sqlite3.SQLITE_CONSTRAINT:
        return ConstraintError(f"{path} refused the change: {error}.", "Nothing was stored.")
    if "decode to UTF-8" in str(error):
        return damaged(path, "a text in it is not UTF-8")
    return StorageError(f"{path} could not be used: {error}.", "The log file has the details; please report it.")


def _of_the_disk(error: sqlite3.Error, code: int, path: Path) -> StorageError:
    if not path.exists():
        return StorageUnusable(f"{path} is no longer there.", "Put it back, or start opsconsole again to make it new.")
    free = place.free_bytes(path)
    if free is not None and free < _LITTLE_SPACE:
        return place.full(path)
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}:
        return StorageUnusable(
            f"{path} or its folder cannot be written: {error}.",
            "Check the owner and mode of the file, of the files beside it (-wal, -shm) and of the folder.",
        )
    name = getattr(error, "sqlite_errorname", "unknown error")
    return StorageUnusable(
        f"The disk failed while {path} was used ({name}).",
        "Look at the kernel's log ('dmesg') and make a copy of the file.",
    )


def not_a_database(path: Path) -> StorageUnusable:
    """The error of a file whose first page is not SQLite's."""
    return StorageUnusable(
        f"{path} is not a database, or its beginning is damaged.",
        "If it should be one, put a copy in its place that 'opsconsole backup-db' made; else move it away. "
        "It was not changed.",
    )
