"""Copies a database while it is used, and looks at one for `doctor` without changing it."""

from __future__ import annotations

import asyncio
import os
import stat
import threading
from typing import TYPE_CHECKING

import msgspec

from opsconsole.core.audit import COLUMNS, GUARDS, Chain, ChainReport
from opsconsole.core.errors import StorageError, StorageUnusable

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from pathlib import Path

    from opsconsole.core.audit import Head
    from opsconsole.core.database import Schema

LITTLE = 100 * 1024 * 1024
"""Bytes of free space below which `inspect` warns."""
_FINDINGS = 20
_PATIENCE = 5.0
"""Seconds that others may hold the file."""
_NAMES = "SELECT name FROM sqlite_schema"
_TRAIL = f"SELECT {COLUMNS} FROM audit ORDER BY seq"  # noqa: S608 - fixed parts


async def copy(source: Path, target: Path) -> None:
    """Copies a database, as it is at one moment, while others write it.

    The copy has mode 0600, is one file (no log beside it), was checked, and appears under its name only when whole.
    The target may lie on any file system, a network one too. A cancellation stops the copy and leaves nothing.

    Raises:
        StorageUnusable: the target exists (nothing is ever overwritten), the source is missing, foreign or damaged,
            no permission.
        StorageFull: no space at the target; no part is left. StorageBusy: the source was held for too long.
    """
    from opsconsole.core.database import copying  # noqa: PLC0415 - SQLite is needed only now

    stop = threading.Event()
    running = asyncio.ensure_future(asyncio.to_thread(copying.copy, source, target, stop=stop))
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.set()
        while not running.done():
            try:
                await asyncio.wait([running])
            except asyncio.CancelledError:
                continue
        if not running.cancelled():
            running.exception()
        raise


class StorageReport(msgspec.Struct, frozen=True):
    """What `inspect` found. Sizes are bytes; None where it is unknown or there is no file.

    `problems` keep the database from being used or trusted, `warnings` do not; each is a sentence with what to do.
    """

    path: str
    schema: str
    exists: bool
    mode: int | None = None
    owner: int | None = None
    size: int | None = None
    wal_size: int | None = None
    free: int | None = None
    file_system: str | None = None
    mount_point: str | None = None
    version: int | None = None
    known_version: int = 0
    integrity: tuple[str, ...] = ()
    """Empty: sound, or not looked at."""
    audit: ChainReport | None = None
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether there is no problem; there may be warnings."""
        return not self.problems


def inspect(path: Path, schema: Schema, *, heads: Iterable[Head] = (), thorough: bool = False) -> StorageReport:
    """Looks at a database; makes, upgrades and writes nothing. Blocks for as long as reading the file takes.

    Args:
        path: the file; that it does not exist yet is no problem.
        schema: what it should be.
        heads: ends of the audit trail that were taken earlier.
        thorough: compare every index with its table as well.
    """
    from opsconsole.core.database import place  # noqa: PLC0415 - the first paint needs no database

    found: dict[str, object] = {"path": str(path), "schema": schema.name, "exists": False}
    problems: list[str] = []
    warnings: list[str] = []
    try:
        found["known_version"] = len(schema.migrations())
        mount = place.file_system(path)
        found |= {"file_system": mount and mount.kind, "mount_point": mount and mount.point}
        # Before the file is touched: a network file system may hang.
        place.refuse_network(path, mount)
        found["free"] = place.free_bytes(path)
        if path.exists():
            found["exists"] = True
            _look_outside(path, found, warnings)
            _look_inside(path, schema, found, problems, warnings, heads=heads, thorough=thorough)
        elif path.with_name(f"{path.name}-wal").exists():
            problems.append(f"{path} is gone, but its log (-wal) is still there. Put the file back.")
        if mount is not None and mount.kind in {"tmpfs", "ramfs"}:
            warnings.append(f"{path} lies in memory ({mount.kind}) and is lost at the next restart. {place.ELSEWHERE}")
    except StorageError as error:
        problems.append(str(error))
    except OSError as error:
        problems.append(str(place.from_os(error, path, "look at")))
    return msgspec.convert({**found, "problems": problems, "warnings": warnings}, StorageReport)


def _look_outside(path: Path, found: dict[str, object], warnings: list[str]) -> None:
    status = path.stat()
    log = path.with_name(f"{path.name}-wal")
    mode = stat.S_IMODE(status.st_mode)
    found |= {
        "mode": mode,
        "owner": status.st_uid,
        "size": status.st_size,
        "wal_size": log.stat().st_size if log.exists() else 0,
    }
    if mode & 0o007:
        warnings.append(f"{path} can be used by everyone (mode {mode:04o}). Run: chmod o= '{path}'")
    folder = path.parent.stat().st_mode
    if mode & 0o070 and not folder & stat.S_ISGID:
        warnings.append(
            f"{path} is shared with a group, but files that are made beside it are not. Run: chmod g+s '{path.parent}'"
        )
    free = found["free"]
    if isinstance(free, int) and free < LITTLE:
        warnings.append(f"Only {free // 1024 // 1024} MiB are free for {path}. Free some space.")


def _look_inside(
    path: Path,
    schema: Schema,
    found: dict[str, object],
    problems: list[str],
    warnings: list[str],
    *,
    heads: Iterable[Head],
    thorough: bool,
) -> None:
    from opsconsole.core.database import opening, place, sentences  # noqa: PLC0415 - SQLite is needed only now

    place.check(path, writing=False, mode=0o600)
    if found["size"] == 0:
        warnings.append(f"{path} is empty; it is filled at the next start.")
        return
    # With the right to write, SQLite tidies up the files beside it when it closes; without, it would leave them.
    writable = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    raw = opening.patient(lambda: opening.connect(path, schema, writable=writable), path, _PATIENCE)
    try:
        raw.execute("PRAGMA query_only=ON")
        header = opening.patient(lambda: opening.read_header(raw, path), path, _PATIENCE)
        known = len(schema.migrations())
        found["version"] = header.version
        opening.judge(header, path, schema, known)
        if header.version < known:
            warnings.append(f"{path} has schema {header.version}; it is upgraded to {known} at the next start.")
        found["integrity"] = _integrity(raw, path, thorough=thorough)
        if found["integrity"]:
            problems.append(str(sentences.damaged(path, "its check found faults")))
        _look_at_trail(raw, path, found, problems, warnings, heads=heads)
    finally:
        raw.close()


def _integrity(raw: sqlite3.Connection, path: Path, *, thorough: bool) -> tuple[str, ...]:
    from opsconsole.core.database import opening  # noqa: PLC0415 - SQLite is needed only now

    check = "integrity_check" if thorough else "quick_check"
    try:
        rows = opening.patient(lambda: raw.execute(f"PRAGMA {check}({_FINDINGS})").fetchall(), path, _PATIENCE)
    except StorageUnusable as error:
        return (error.sentence,)
    lines = tuple(str(row[0]) for row in rows)
    return () if lines == ("ok",) else lines


def _look_at_trail(
    raw: sqlite3.Connection,
    path: Path,
    found: dict[str, object],
    problems: list[str],
    warnings: list[str],
    *,
    heads: Iterable[Head],
) -> None:
    from opsconsole.core.database import opening  # noqa: PLC0415 - SQLite is needed only now

    names = {row[0] for row in opening.patient(lambda: raw.execute(_NAMES).fetchall(), path, _PATIENCE)}
    if "audit" not in names:
        return
    report = _read_trail(raw, path, Chain(heads))
    found["audit"] = report
    if not report.ok:
        problems.append(f"{report.problem} What it was before is in the copies of {path}.")
    missing = [name for name in GUARDS if name not in names]
    if missing:
        warnings.append(f"Guards of the audit trail were removed from {path} ({', '.join(missing)}). Find out by whom.")


def _read_trail(raw: sqlite3.Connection, path: Path, chain: Chain) -> ChainReport:
    import sqlite3  # noqa: PLC0415 - SQLite is needed only now

    from opsconsole.core.database import sentences  # noqa: PLC0415

    try:
        for row in raw.execute(_TRAIL):
            if not chain.take(tuple(row)):
                break
    except sqlite3.Error as error:
        chain.broken(chain.count + 1, sentences.translate(error, path).sentence)
    return chain.report()
