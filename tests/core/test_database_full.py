"""A disk without space: one sentence, nothing lost, and it works again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.core.database import RECORDS, Database
from opsconsole.core.errors import StorageError, StorageFull
from tests.core.storage import as_root, may_not_grow, small_disk

if TYPE_CHECKING:
    from pathlib import Path


async def make(path: Path, rows: int = 0) -> None:
    async with await Database.open(path, RECORDS) as db, db.write() as tx:
        for number in range(rows):
            await tx.run("INSERT INTO topic (topic, version) VALUES (:t, 1)", {"t": f"{number:06}" * 50})


BIG = {"t": "x" * 20_000}


async def fill_up(db: Database) -> tuple[int, StorageError]:
    """Writes until it cannot; how many rows are stored, and why no more."""
    for number in range(10_000):
        try:
            async with db.write() as tx:
                await tx.run("INSERT INTO topic (topic, version) VALUES (:t, 1)", {"t": f"{number}{BIG['t']}"})
        except StorageError as error:
            return number, error
    pytest.fail("it never filled up")


async def test_a_database_that_may_not_grow_is_full_and_works_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_not_grow(monkeypatch, 240)
    async with await Database.open(tmp_path / "x.db", RECORDS) as db:
        stored, error = await fill_up(db)
        assert isinstance(error, StorageFull)
        assert "There is no space left" in str(error)
        assert len(await db.rows("SELECT 1 FROM topic")) == stored > 0
        async with db.write() as tx:
            await tx.run("DELETE FROM topic")
        async with db.write() as tx:
            tx.touch("again")
        assert [row[0] for row in await db.rows("SELECT topic FROM topic")] == ["again"]


@as_root
async def test_a_full_disk_is_one_sentence_and_it_works_again_when_there_is_space(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "2m") as disk:
        ballast = disk / "ballast"
        ballast.write_bytes(b"x" * 1_000_000)
        async with await Database.open(disk / "x.db", RECORDS) as db:
            stored, error = await fill_up(db)
            assert isinstance(error, StorageFull)
            assert error.sentence == f"There is no space left to write to {disk / 'x.db'}."
            assert len(await db.rows("SELECT 1 FROM topic")) == stored > 0
            ballast.unlink()
            async with db.write() as tx:
                tx.touch("again")
            assert len(await db.rows("SELECT 1 FROM topic")) == stored + 1
        async with await Database.open(disk / "x.db", RECORDS) as db:
            assert [row[0] for row in await db.rows("PRAGMA integrity_check")] == ["ok"]
            assert len(await db.rows("SELECT 1 FROM topic")) == stored + 1


@as_root
async def test_a_disk_that_is_full_before_it_begins(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "2m") as disk:
        await make(disk / "old.db", 10)
        with pytest.raises(OSError, match="No space"):
            (disk / "ballast").write_bytes(b"x" * 4_000_000)
        for path in (disk / "new.db", disk / "old.db"):
            with pytest.raises(StorageFull, match="There is no space left"):
                async with await Database.open(path, RECORDS) as db, db.write() as tx:
                    tx.touch("x")
        (disk / "ballast").unlink()
        await make(disk / "new.db", 1)
        async with await Database.open(disk / "old.db", RECORDS) as db:
            assert len(await db.rows("SELECT 1 FROM topic")) == 10


@as_root
async def test_a_disk_without_room_for_a_name(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m,nr_inodes=2") as disk:
        (disk / "one").touch()
        with pytest.raises(StorageFull, match="There is no space left to make"):
            await Database.open(disk / "x.db", RECORDS)
        with pytest.raises(StorageFull, match="There is no space left to make the folder"):
            await Database.open(disk / "data" / "x.db", RECORDS)
