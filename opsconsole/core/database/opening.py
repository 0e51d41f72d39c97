"""Opens a database file: makes a new one, refuses a foreign one, upgrades an old one. Blocking; runs in a thread.

Nothing here opens the file but SQLite: closing any other descriptor of it would drop the locks that this process
holds through SQLite (https://www.sqlite.org/howtocorrupt.html, 2.2).
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from urllib.parse import quote

from opsconsole.core.database import place, sentences
from opsconsole.core.database.schema import METRICS, RECORDS, Schema
from opsconsole.core.errors import StorageBusy, StorageUnusable

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_OLDEST_SQLITE = (3, 37, 0)
"""STRICT tables; RETURNING came with 3.35."""
_POLL = 0.1
"""Seconds that SQLite itself waits for a lock before our own loop, which can be ended, tries again."""
_KEEP_WAL = 8 * 1024 * 1024
_CACHE = 512
"""KiB of pages that each connection keeps; the kernel keeps them anyway, and of SQLite's 2 MiB four would be 8."""

_creating = threading.Lock()


class Header(NamedTuple):
    """What a file says about itself."""

    pages: int
    application_id: int
    version: int

    @property
    def empty(self) -> bool:
        """Whether the file has not one byte: only then is it anyone's to fill."""
        return self.pages == 0


def connect(path: Path, schema: Schema, *, writable: bool = True, wait: float = _POLL) -> sqlite3.Connection:
    """A connection with everything set that is set per connection; the file must exist.

    Args:
        path: absolute, without links.
        schema: says how hard a commit is held.
        writable: False opens the file for reading only.
        wait: seconds that SQLite waits for a lock.

    Raises:
        sqlite3.Error: as it comes; the callers translate it.
    """
    name = f"file:{quote(os.fsencode(path))}?mode={'rw' if writable else 'ro'}"
    if not writable and _frozen(path):
        name += "&immutable=1"
    raw = sqlite3.connect(name, uri=True, timeout=wait, isolation_level=None, check_same_thread=False)
    try:
        raw.row_factory = sqlite3.Row
        for pragma in (
            "trusted_schema=OFF",
            "foreign_keys=ON",
            "recursive_triggers=ON",
            "cell_size_check=ON",
            f"synchronous={schema.synchronous}",
            f"journal_size_limit={_KEEP_WAL}",
            f"cache_size=-{_CACHE}",
        ):
            raw.execute(f"PRAGMA {pragma}").close()
    except BaseException:
        raw.close()
        raise
    return raw


def _frozen(path: Path) -> bool:
    """Whether nobody can write the file, so that SQLite may do without the files that it cannot make beside it."""
    log = Path(f"{path}-wal")
    return place.mounted_read_only(path) and not (log.exists() and log.stat().st_size)


def patient(attempt: Callable[[], T], path: Path, timeout: float) -> T:
    """Tries again while others hold the file; every SQLite error leaves as a sentence.

    Raises:
        StorageBusy: held for longer than `timeout` seconds.
        StorageError: whatever else SQLite reported.
    """
    until = time.monotonic() + timeout
    while True:
        try:
            return attempt()
        except sqlite3.Error as error:
            if sentences.primary(error) not in sentences.BUSY or time.monotonic() >= until:
                raise sentences.translate(error, path) from error
        except OSError as error:
            raise place.from_os(error, path, "look at") from error
        time.sleep(0.001 + os.urandom(1)[0] / 255 * 0.02)


def read_header(raw: sqlite3.Connection, path: Path) -> Header:
    """The header as of one moment, inside the transaction that is open or in one of its own."""
    # First, because a file only grows; and a writer's transaction counts a page that is not in the file yet.
    size = path.stat().st_size
    begun = not raw.in_transaction
    if begun:
        raw.execute("BEGIN")
    try:
        names = ("page_count", "application_id", "user_version")
        values = [int(raw.execute(f"PRAGMA {name}").fetchone()[0]) for name in names]
    finally:
        if begun:
            raw.rollback()
    return Header(*values) if size else Header(0, *values[1:])


def judge(header: Header, path: Path, schema: Schema, known: int) -> None:
    """Refuses a file that is not this program's, or newer than it.

    Raises:
        StorageUnusable: with the reason and what to do.
    """
    if header.empty:
        return
    if header.application_id != schema.application_id:
        raise StorageUnusable(
            f"{path} is {_whose(header)}, not the {schema.name} of opsconsole.",
            "Move it away, or set 'data' in the configuration to another folder. It was not changed.",
        )
    if header.version > known:
        raise StorageUnusable(
            f"{path} was written by a newer opsconsole (schema {header.version}, this one knows up to {known}).",
            "Install the newer opsconsole again. The file was not changed.",
        )


def _whose(header: Header) -> str:
    for schema in (RECORDS, METRICS):
        if header.application_id == schema.application_id:
            return f"opsconsole's file of {schema.name}"
    return f"a database of another program (application id {header.application_id & 0xFFFFFFFF:#010x})"


def make_file(path: Path, mode: int) -> None:
    """Makes an empty file where there is none; of several that try, one makes it and all go on.

    Raises:
        StorageError: no permission, no space; or the file is gone while its newest records (-wal) are still there.
    """
    with _creating:
        # The order counts: a log appears only after its file has grown, so log first, file second cannot mislead.
        log = Path(f"{path}-wal")
        log_size = log.stat().st_size if log.exists() else 0
        size = path.stat().st_size if path.exists() else None
        if not size and log_size:
            raise StorageUnusable(
                f"{path} is {'gone' if size is None else 'empty'}, but {log.name} beside it still holds records.",
                f"Put the file back, or a copy made with 'opsconsole backup-db'; to start empty, move {log.name} away.",
            )
        if size is not None:
            _close_to_others(path)
            return
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, mode)
        except FileExistsError:
            return
        except OSError as error:
            raise place.from_os(error, path, "make") from error
        try:
            # The umask would take the group's bits from a shared installation.
            os.fchmod(descriptor, mode)
        finally:
            os.close(descriptor)


def _close_to_others(path: Path) -> None:
    """Takes from everyone else what a careless copy gave them; the owner alone can."""
    for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        try:
            found = file.stat()
            if found.st_mode & 0o007 and found.st_uid == os.geteuid():
                file.chmod(found.st_mode & 0o770)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise place.from_os(error, file, "set the mode of") from error


def use_wal(raw: sqlite3.Connection, path: Path) -> None:
    """Switches the file to a write-ahead log, which lets readers read while someone writes.

    Raises:
        StorageUnusable: the file system cannot do it.
        sqlite3.Error: busy, above all.
    """
    if raw.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
        return
    if raw.execute("PRAGMA journal_mode=WAL").fetchone()[0] != "wal":
        raise StorageUnusable(
            f"{path} cannot be written by several programs at once here: its file system lacks shared memory.",
            place.ELSEWHERE,
        )


def ready(path: Path, schema: Schema, *, mode: int, read_only: bool, timeout: float) -> sqlite3.Connection:
    """Everything from a path to a connection for reading on an up-to-date database.

    Raises:
        StorageError: as a sentence; the file is then as it was.
    """
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        oldest = ".".join(map(str, _OLDEST_SQLITE))
        raise StorageUnusable(
            f"This Python brings SQLite {sqlite3.sqlite_version}; opsconsole needs {oldest} or newer.",
            "Use another Python, 3.11 or newer.",
        )
    known = len(schema.migrations())
    place.check(path, writing=not read_only, mode=mode)
    if not read_only:
        make_file(path, mode)
    raw = patient(lambda: connect(path, schema, writable=not read_only), path, timeout)
    try:
        _bring_up(raw, path, schema, known, read_only=read_only, timeout=timeout)
        # A write through the connection that reads would be a mistake of ours; SQLite shall say so.
        raw.execute("PRAGMA query_only=ON")
        raw.execute(f"PRAGMA busy_timeout={round(timeout * 1000)}")
    except BaseException:
        raw.close()
        raise
    return raw


def _bring_up(
    raw: sqlite3.Connection, path: Path, schema: Schema, known: int, *, read_only: bool, timeout: float
) -> None:
    header = patient(lambda: read_header(raw, path), path, timeout)
    judge(header, path, schema, known)
    if read_only:
        if header.version < known:
            raise StorageUnusable(
                f"{path} is of an older opsconsole (schema {header.version}, this one needs {known}).",
                "Start opsconsole once as a user who may write it.",
            )
        return
    if not header.empty:
        patient(lambda: use_wal(raw, path), path, timeout)
    if header.version < known:
        from opsconsole.core.database.migrating import migrate  # noqa: PLC0415 - hardly ever needed

        migrate(raw, path, schema, timeout)
    if header.empty:
        # Only now: a new file that is cut short before its commit stays a file of size 0, which the next start fills.
        patient(lambda: use_wal(raw, path), path, timeout)
    patient(lambda: raw.execute("SELECT count(*) FROM sqlite_schema").fetchone(), path, timeout)


def lock(raw: sqlite3.Connection, path: Path, timeout: float) -> None:
    """BEGIN IMMEDIATE with patience.

    Raises:
        StorageBusy: held for longer than `timeout` seconds.
        StorageError: whatever else SQLite reported.
    """
    try:
        patient(lambda: raw.execute("BEGIN IMMEDIATE"), path, timeout)
    except StorageBusy as error:
        raise StorageBusy(f"Another process has held {path} for more than {timeout:g} s.", error.todo) from error
