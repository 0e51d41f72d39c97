"""A database that is locked, exchanged or upgraded while it is in use, and what each error says."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.database import RECORDS, Database, sentences
from opsconsole.core.errors import StorageBusy, StorageError, StorageFull, StorageUnusable
from tests.core.refusing import make, refused
from tests.core.storage import (
    KNOWN,
    SHIPPED,
    as_root,
    raw,
    schema,
    small_disk,
)

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_locked_file(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    await make(path)
    with raw(path) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageBusy, match=r"Another process is holding .*x\.db.*Try again"):
            await Database.open(path, RECORDS, timeout=0.1)
        other.execute("COMMIT")
    await make(path, 1)


async def test_a_file_that_is_exchanged_or_removed_while_in_use(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    async with await Database.open(path, RECORDS) as db:
        async with db.write() as tx:
            tx.touch("a")
        aside = path.rename(tmp_path / "aside.db")
        for _ in range(2):
            with pytest.raises(StorageUnusable, match="was moved, removed or replaced"):
                async with db.write() as tx:
                    tx.touch("b")
        aside.rename(path)
        async with db.write() as tx:
            tx.touch("c")
        assert [row[0] for row in await db.rows("SELECT topic FROM topic ORDER BY topic")] == ["a", "c"]


async def test_a_file_that_is_upgraded_while_in_use(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    newer = schema(tmp_path / "sql", *SHIPPED, "CREATE TABLE more (x);")
    async with await Database.open(path, RECORDS) as old:
        async with old.write() as tx:
            tx.touch("a")
        async with await Database.open(path, newer) as new:
            newest = rf"upgraded by a newer opsconsole \(schema {KNOWN + 1}, this one knows {KNOWN}\)"
            with pytest.raises(StorageUnusable, match=newest):
                async with old.write() as tx:
                    tx.touch("b")
            async with new.write() as tx:
                tx.touch("c")
        assert len(await old.rows("SELECT topic FROM topic")) == 2


async def test_an_old_sqlite_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    await refused(tmp_path / "x.db", "needs 3.37.0 or newer")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_BUSY, StorageBusy),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, StorageBusy),
        (sqlite3.SQLITE_LOCKED, StorageBusy),
        (sqlite3.SQLITE_FULL, StorageFull),
        (sqlite3.SQLITE_CORRUPT_INDEX, StorageUnusable),
        (sqlite3.SQLITE_NOTADB, StorageUnusable),
        (sqlite3.SQLITE_IOERR_READ, StorageUnusable),
        (sqlite3.SQLITE_READONLY_DBMOVED, StorageUnusable),
        (sqlite3.SQLITE_CANTOPEN, StorageUnusable),
        (sqlite3.SQLITE_ERROR, StorageError),
        (sqlite3.SQLITE_NOMEM, StorageError),
    ],
)
def test_each_code_has_its_error(tmp_path: Path, code: int, kind: type[StorageError]) -> None:
    path = tmp_path / "x.db"
    path.touch()
    error = sqlite3.OperationalError("as SQLite says")
    error.sqlite_errorcode = code
    assert type(sentences.translate(error, path)) is kind


@as_root
def test_an_error_of_the_disk_is_a_full_disk_where_nothing_is_free(tmp_path: Path) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    with small_disk(tmp_path / "disk", "1m") as disk:
        (disk / "x.db").touch()
        assert type(sentences.translate(error, disk / "x.db")) is StorageUnusable
        with pytest.raises(OSError, match="No space"):
            (disk / "ballast").write_bytes(b"x" * 2_000_000)
        assert type(sentences.translate(error, disk / "x.db")) is StorageFull
    assert "no longer there" in str(sentences.translate(error, disk / "x.db"))


async def test_after_a_failed_rollback_the_next_writer_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from opsconsole.core.database.sqlite import SqliteSession

    async def failing(_: object) -> None:
        raise StorageError("the disk failed.")

    async with await Database.open(tmp_path / "x.db", RECORDS) as db:
        with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):  # noqa: PT012 - the block is what fails
            patch.setattr(SqliteSession, "rollback", failing)
            async with db.write() as tx:
                await tx.run("INSERT INTO topic (topic, version) VALUES ('lost', 1)")
                raise ZeroDivisionError
        async with db.write() as tx:
            tx.touch("kept")
        assert [row[0] for row in await db.rows("SELECT topic FROM topic")] == ["kept"]
    await asyncio.sleep(0)
