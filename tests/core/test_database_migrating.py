from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.core.database import METRICS, RECORDS, Database, Schema
from opsconsole.core.database.migrating import statements
from opsconsole.core.errors import StorageFull, StorageUnusable
from tests.core.storage import FIRST, as_root, listing, may_not_grow, mode, raw, schema, small_disk

if TYPE_CHECKING:
    from pathlib import Path

MORE = "CREATE TABLE more (x INTEGER);\nINSERT INTO more VALUES (1);\n"
THIRD = "ALTER TABLE more ADD COLUMN y TEXT;\n"


PARENTS = "CREATE TABLE a (id INTEGER PRIMARY KEY);\nCREATE TABLE b (a INTEGER REFERENCES a (id) ON DELETE CASCADE);\n"


async def write(path: Path, kind: Schema, topic: str) -> None:
    async with await Database.open(path, kind) as db, db.write() as tx:
        tx.touch(topic)


def version(path: Path) -> int:
    with raw(path) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def copies(folder: Path) -> list[str]:
    return [name for name in listing(folder) if ".before-" in name or ".part" in name]


@pytest.mark.parametrize("kind", [RECORDS, METRICS])
def test_what_ships_is_numbered_without_gaps_and_ends_each_statement(kind: Schema) -> None:
    found = kind.migrations()
    assert [step.number for step in found] == list(range(1, len(found) + 1))
    assert found
    for step in found:
        assert list(statements(step.file.read_text()))


def test_the_files_of_the_two_schemas_are_told_apart() -> None:
    assert RECORDS.application_id != METRICS.application_id
    assert all(0 < kind.application_id < 2**31 for kind in (RECORDS, METRICS))


async def test_an_upgrade_runs_what_is_missing_and_keeps_a_copy(tmp_path: Path) -> None:
    path = tmp_path / "data" / "x.db"
    await write(path, schema(tmp_path / "1", FIRST), "old")
    assert copies(path.parent) == []
    async with await Database.open(path, schema(tmp_path / "3", FIRST, MORE, THIRD)) as db:
        assert [tuple(row) for row in await db.rows("SELECT x, y FROM more")] == [(1, None)]
        assert [row["topic"] for row in await db.rows("SELECT topic FROM topic")] == ["old"]
    assert version(path) == 3
    (copy,) = copies(path.parent)
    assert copy.startswith("x.db.before-2.")
    assert mode(path.parent / copy) == 0o600
    assert version(path.parent / copy) == 1
    with raw(path.parent / copy) as old:
        assert old.execute("SELECT topic FROM topic").fetchall() == [("old",)]
        assert old.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    await write(path, schema(tmp_path / "3", FIRST, MORE, THIRD), "new")
    assert len(copies(path.parent)) == 1


async def test_what_is_still_in_the_log_is_in_the_copy_too(tmp_path: Path) -> None:
    path = tmp_path / "data" / "x.db"
    async with await Database.open(path, schema(tmp_path / "1", FIRST)) as old:
        async with old.write() as tx:
            tx.touch("in the log")
        async with await Database.open(path, schema(tmp_path / "2", FIRST, MORE)):
            pass
    (copy,) = copies(path.parent)
    with raw(path.parent / copy) as saved:
        assert saved.execute("SELECT topic FROM topic").fetchall() == [("in the log",)]


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("CREATE TABLE more (x);\nINSERT INTO more VALUES (1);\nINSERT INTO nowhere VALUES (1);\n", "no such table"),
        ("CREATE TABLE more (x);\nSELEKT;\n", "syntax error"),
        ("CREATE TABLE more (x)", "has no end"),
        ("CREATE TABLE more (x);\nCOMMIT;\n", "not authorized"),
        ("CREATE TABLE more (x);\nROLLBACK;\n", "not authorized"),
        ("INSERT INTO topic VALUES ('kept', 1);\n", "UNIQUE"),
        (f"{PARENTS}INSERT INTO b VALUES (7);\n", "would refer to nothing"),
        ("CREATE TABLE c (x); CREATE TABLE d (x);\n", "one statement at a time"),
    ],
)  # fmt: skip
async def test_a_failed_step_leaves_everything_as_it_was(tmp_path: Path, broken: str, words: str) -> None:
    path = tmp_path / "data" / "x.db"
    await write(path, schema(tmp_path / "1", FIRST), "kept")
    with raw(path) as before:
        dump = list(before.iterdump())
    for _ in range(2):
        with pytest.raises(StorageUnusable) as caught:
            await Database.open(path, schema(tmp_path / "2", FIRST, broken))
        assert "could not be upgraded to schema 2" in str(caught.value)
        assert "The file is as it was." in str(caught.value)
        assert words in str(caught.value)
    with raw(path) as after:
        assert list(after.iterdump()) == dump
    assert version(path) == 1
    assert copies(path.parent) == []
    await write(path, schema(tmp_path / "1", FIRST), "works on")


async def test_steps_before_the_failed_one_stay_and_so_does_the_copy(tmp_path: Path) -> None:
    path = tmp_path / "data" / "x.db"
    await write(path, schema(tmp_path / "1", FIRST), "kept")
    with pytest.raises(StorageUnusable, match="to schema 3"):
        await Database.open(path, schema(tmp_path / "3", FIRST, MORE, "INSERT INTO nowhere VALUES (1);"))
    assert version(path) == 2
    assert len(copies(path.parent)) == 1
    await write(path, schema(tmp_path / "2", FIRST, MORE), "works on")


async def test_a_first_step_that_fails_leaves_a_file_of_size_zero(tmp_path: Path) -> None:
    path = tmp_path / "data" / "x.db"
    with pytest.raises(StorageUnusable, match="to schema 1"):
        await Database.open(path, schema(tmp_path / "1", "CREATE TABLE a (x);\nSELEKT;"))
    assert path.stat().st_size == 0
    assert listing(path.parent) == ["x.db"]
    await write(path, schema(tmp_path / "ok", FIRST), "works")


async def test_rebuilding_a_table_that_others_refer_to(tmp_path: Path) -> None:
    rebuilt = (
        "CREATE TABLE a2 (id INTEGER PRIMARY KEY, name TEXT);\nINSERT INTO a2 (id) SELECT id FROM a;\n"
        "DROP TABLE a;\nALTER TABLE a2 RENAME TO a;\n"
    )
    path = tmp_path / "data" / "x.db"
    async with await Database.open(path, schema(tmp_path / "1", FIRST + PARENTS)) as db, db.write() as tx:
        await tx.run("INSERT INTO a VALUES (1)")
        await tx.run("INSERT INTO b VALUES (1)")
    async with await Database.open(path, schema(tmp_path / "2", FIRST + PARENTS, rebuilt)) as db:
        assert [tuple(row) for row in await db.rows("SELECT a FROM b JOIN a ON a.id = b.a")] == [(1,)]
        async with db.write() as tx:
            assert (await tx.rows("PRAGMA foreign_keys"))[0][0] == 1


@as_root
async def test_no_room_for_the_copy_means_no_upgrade(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "2m") as disk:
        path = disk / "x.db"
        async with await Database.open(path, schema(tmp_path / "1", FIRST)) as db, db.write() as tx:
            await tx.run("INSERT INTO topic VALUES (:t, 1)", {"t": "x" * 350_000})
        (disk / "ballast").write_bytes(b"x" * 900_000)
        newer = schema(tmp_path / "2", FIRST, MORE)
        with pytest.raises(StorageFull, match=r"x\.db was not upgraded, because the copy .* failed: There is no space"):
            await Database.open(path, newer)
        assert listing(disk) == ["ballast", "x.db"]
        assert version(path) == 1
        await write(path, schema(tmp_path / "1", FIRST), "works on")


async def test_a_full_disk_during_a_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "data" / "x.db"
    await write(path, schema(tmp_path / "1", FIRST), "kept")
    may_not_grow(monkeypatch, 10)
    with pytest.raises(StorageFull):
        await Database.open(path, schema(tmp_path / "2", FIRST, "CREATE TABLE big AS SELECT zeroblob(900000);"))
    monkeypatch.undo()
    assert version(path) == 1
    assert copies(path.parent) == []


def test_statements_of_a_script() -> None:
    script = (
        "-- A comment; with a semicolon.\n\nCREATE TABLE a (\n  x TEXT DEFAULT ';' -- here; too\n);\n"
        "CREATE TRIGGER t BEFORE DELETE ON a\nBEGIN\n  SELECT 1;\n  SELECT 2;\nEND;\n-- The end\n"
    )
    found = list(statements(script))
    assert [text.split()[1] for text in found] == ["TABLE", "TRIGGER"]
    assert found[1].rstrip().endswith("END;")


@pytest.mark.parametrize("names", [["0002_a.sql"], ["0001_a.sql", "0003_b.sql"], ["0001_a.sql", "0001_b.sql"],
                                   ["1_a.sql"], ["0001-a.sql"]])  # fmt: skip
def test_a_folder_with_a_mistake_is_refused(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_text("SELECT 1;")
    with pytest.raises(ValueError, match="should be migration"):
        Schema("x", 1, tmp_path, "FULL").migrations()


async def test_an_installation_without_migrations_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "missing"):
        with pytest.raises(StorageUnusable, match="lacks its database migrations"):
            await Database.open(tmp_path / "x.db", Schema("x", 1, folder, "FULL"))
    assert listing(tmp_path) == ["empty"]
