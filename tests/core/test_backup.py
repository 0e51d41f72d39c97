from __future__ import annotations

import asyncio
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from opsconsole.core import audit, backup
from opsconsole.core.audit import Head
from opsconsole.core.database import METRICS, RECORDS, Database, copying, place
from opsconsole.core.errors import StorageError, StorageFull, StorageUnusable
from tests.core.storage import ANA, KNOWN, SHIPPED, as_root, listing, make_read_only, mode, raw, schema, small_disk

if TYPE_CHECKING:
    from pathlib import Path


async def fill(path: Path, count: int, size: int = 10) -> None:
    async with await Database.open(path, RECORDS) as db, db.write() as tx:
        for number in range(count):
            await audit.append(tx, ANA, "row", f"{number}", {"text": "x" * size}, number)


async def test_a_copy_is_one_file_that_is_ours_alone_and_opens(tmp_path: Path) -> None:
    source, target = tmp_path / "x.db", tmp_path / "copies" / "y.db"
    target.parent.mkdir()
    await fill(source, 20)
    await backup.copy(source, target)
    assert mode(target) == 0o600
    assert listing(target.parent) == ["y.db"]
    with raw(target) as copied:
        assert copied.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    async with await Database.open(target, RECORDS) as db:
        assert (await audit.verify(db)).count == 20


async def test_it_copies_one_moment_while_others_write(tmp_path: Path) -> None:
    source = tmp_path / "x.db"
    await fill(source, 300, 3000)
    going = True
    async with await Database.open(source, RECORDS) as db:

        async def busy() -> int:
            written = 0
            while going:
                async with db.write() as tx:
                    await audit.append(tx, ANA, "row", "one", {"text": "x" * 5000}, 1)
                    await audit.append(tx, ANA, "row", "two", None, 1)
                written += 1
            return written

        writer = asyncio.create_task(busy())
        for number in range(5):
            await backup.copy(source, tmp_path / f"{number}.db")
        going = False
        assert await writer > 5
    counts = []
    for number in range(5):
        async with await Database.open(tmp_path / f"{number}.db", RECORDS) as copied:
            report = await audit.verify(copied)
            assert report.ok
            assert report.count % 2 == 0
            counts.append(report.count)
    assert counts == sorted(counts)
    assert counts[0] >= 300


@pytest.mark.parametrize("what", ["file", "empty", "folder", "link", "dangling link", "itself"])
async def test_nothing_is_ever_overwritten(tmp_path: Path, what: str) -> None:
    source, target = tmp_path / "x.db", tmp_path / "y.db"
    await fill(source, 1)
    if what == "file":
        target.write_text("mine")
    elif what == "empty":
        target.touch()
    elif what == "folder":
        target.mkdir()
    elif what == "link":
        (tmp_path / "z").write_text("mine")
        target.symlink_to(tmp_path / "z")
    elif what == "dangling link":
        target.symlink_to(tmp_path / "missing")
    else:
        target = source
    before = listing(tmp_path)
    with pytest.raises(StorageUnusable, match=r"already exists\. Choose another name; nothing was overwritten"):
        await backup.copy(source, target)
    assert listing(tmp_path) == before
    assert what != "file" or target.read_text() == "mine"


async def test_a_file_that_appears_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = tmp_path / "x.db", tmp_path / "y.db"
    await fill(source, 1)
    real = copying._finish

    def slow(part: Path) -> None:
        real(part)
        target.write_text("mine")

    monkeypatch.setattr(copying, "_finish", slow)
    for linking in (True, False):
        if not linking:
            monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(PermissionError(1, "no links here")))
        with pytest.raises(StorageUnusable, match="already exists"):
            await backup.copy(source, target)
        assert target.read_text() == "mine"
        assert listing(tmp_path) == ["x.db", "y.db"]
        target.unlink()


async def test_without_hard_links_it_works_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await fill(tmp_path / "x.db", 3)
    monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(PermissionError(1, "no links here")))
    await backup.copy(tmp_path / "x.db", tmp_path / "y.db")
    assert backup.inspect(tmp_path / "y.db", RECORDS).ok
    assert listing(tmp_path) == ["x.db", "y.db"]


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("missing.db", "y.db", "There is no database at"),
        (".", "y.db", "is a folder"),
        ("x.db", "no/y.db", "There is no folder"),
        ("x.db", "text/y.db", "in the way"),
        ("text", "y.db", "text is not a database"),
        ("cut.db", "y.db", "cut.db is damaged"),
        ("bad.db", "y.db", "The copy is damaged, as the database is"),
    ],
)
async def test_what_cannot_be_copied_leaves_nothing(tmp_path: Path, source: str, target: str, words: str) -> None:
    await fill(tmp_path / "x.db", 100, 2000)
    (tmp_path / "text").write_text("not SQLite" * 100)
    shutil.copy(tmp_path / "x.db", tmp_path / "cut.db")
    os.truncate(tmp_path / "cut.db", 4096 * 9)
    shutil.copy(tmp_path / "x.db", tmp_path / "bad.db")
    with (tmp_path / "bad.db").open("r+b") as file:
        # The rows that were written last; what leads to them stays whole.
        file.seek(-4096 * 12, os.SEEK_END)
        file.write(b"\xa5" * 4096 * 9)
    before = listing(tmp_path)
    with pytest.raises(StorageError) as caught:
        await backup.copy(tmp_path / source, tmp_path / target)
    assert words in str(caught.value)
    assert caught.value.todo
    assert listing(tmp_path) == before


@as_root
async def test_a_full_disk_at_the_target_leaves_no_part(tmp_path: Path) -> None:
    await fill(tmp_path / "x.db", 100, 20_000)
    with small_disk(tmp_path / "disk", "1m") as disk:
        with pytest.raises(StorageFull, match=r"There is no space left to copy to .*disk/y\.db"):
            await backup.copy(tmp_path / "x.db", disk / "y.db")
        assert listing(disk) == []
    with (
        small_disk(tmp_path / "no names", "1m,nr_inodes=1") as disk,
        pytest.raises(StorageFull, match="left to copy to"),
    ):
        await backup.copy(tmp_path / "x.db", disk / "y.db")
    with small_disk(tmp_path / "ro", "1m") as disk:
        make_read_only(disk)
        with pytest.raises(StorageUnusable, match="mounted read-only"):
            await backup.copy(tmp_path / "x.db", disk / "y.db")


async def test_a_cancelled_copy_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await fill(tmp_path / "x.db", 200, 10_000)
    monkeypatch.setattr(copying, "_STEP", 1)
    for turns in range(8):
        task = asyncio.create_task(backup.copy(tmp_path / "x.db", tmp_path / "y.db"))
        await asyncio.sleep(0.0004 * turns)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert [name for name in listing(tmp_path) if name != "y.db"] == ["x.db"]
        (tmp_path / "y.db").unlink(missing_ok=True)
    assert backup.inspect(tmp_path / "x.db", RECORDS).ok


def test_inspect_of_nothing_makes_nothing(tmp_path: Path) -> None:
    report = backup.inspect(tmp_path / "a" / "x.db", RECORDS)
    assert (report.ok, report.exists, report.size, report.known_version) == (True, False, None, KNOWN)
    assert report.free is None or report.free > 0
    assert listing(tmp_path) == []


async def test_inspect_of_a_sound_file_while_it_is_used(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    async with await Database.open(path, RECORDS) as db:
        async with db.write() as tx:
            await audit.append(tx, ANA, "a", "b", None, 1)
        report = await asyncio.to_thread(backup.inspect, path, RECORDS, thorough=True)
        assert report.ok
        assert (report.exists, report.mode, report.owner) == (True, 0o600, os.geteuid())
        assert (report.version, report.known_version, report.integrity) == (KNOWN, KNOWN, ())
        assert report.audit is not None
        assert (report.audit.ok, report.audit.count) == (True, 1)
        assert report.wal_size is not None
        assert report.wal_size > 0
        assert report.size is not None
        assert report.size > 0
        # Looking at the file may not take this process's locks away.
        async with db.write() as tx:
            await audit.append(tx, ANA, "a", "b", None, 2)
    assert backup.inspect(path, RECORDS).audit == backup.inspect(path, RECORDS, thorough=True).audit


async def test_inspect_does_not_take_the_locks_of_this_process(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    async with (
        await Database.open(path, RECORDS) as db,
        await Database.open(path, RECORDS, timeout=0.05) as other,
        db.write() as tx,
    ):
        tx.touch("a")
        assert (await asyncio.to_thread(backup.inspect, path, RECORDS)).ok
        await backup.copy(path, tmp_path / "copy.db")
        with pytest.raises(StorageError, match="Another process has held"):
            await asyncio.create_task(take(other))


async def take(db: Database) -> None:
    async with db.write():
        pytest.fail("the lock is gone")


async def test_inspect_says_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    await fill(path, 100, 2000)
    head = Head(200, "ab" * 32)
    assert "cut off" in backup.inspect(path, RECORDS, heads=[head]).problems[0]
    assert "not the metrics" in backup.inspect(path, METRICS).problems[0]
    with raw(path) as other:
        for guard in audit.GUARDS:
            other.execute(f"DROP TRIGGER {guard}")
        other.execute("UPDATE audit SET actor = 'eve' WHERE seq = 7")
    report = backup.inspect(path, RECORDS)
    assert report.audit is not None
    assert (report.audit.ok, report.audit.first_bad) == (False, 7)
    assert "Audit entry 7 was changed" in report.problems[0]
    assert any("Guards of the audit trail were removed" in text for text in report.warnings)
    with raw(path) as other:
        other.execute("UPDATE audit SET actor = CAST(x'ff' AS TEXT) WHERE seq = 5")
    report = backup.inspect(path, RECORDS)
    assert report.audit is not None
    assert report.audit.first_bad == 5
    with raw(path) as other:
        other.execute("PRAGMA user_version=99")
    report = backup.inspect(path, RECORDS)
    assert report.version == 99
    assert "written by a newer opsconsole" in report.problems[0]


async def test_inspect_of_damage(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    await fill(path, 100, 2000)
    with path.open("r+b") as file:
        # The rows that were written last; what leads to them stays whole.
        file.seek(-4096 * 12, os.SEEK_END)
        file.write(b"\xa5" * 4096 * 9)
    before = path.read_bytes()
    report = backup.inspect(path, RECORDS)
    assert report.integrity
    assert any("is damaged" in text for text in report.problems)
    assert path.read_bytes() == before
    path.write_bytes(b"text" * 1000)
    assert "is not a database" in backup.inspect(path, RECORDS).problems[0]
    assert listing(tmp_path) == ["x.db"]


async def test_inspect_warns(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    await fill(path, 1)
    path.chmod(0o664)
    report = backup.inspect(path, RECORDS)
    assert report.ok
    assert any("can be used by everyone (mode 0664)" in text for text in report.warnings)
    assert any("chmod g+s" in text for text in report.warnings)
    assert mode(path) == 0o664
    older = backup.inspect(path, schema(tmp_path / "sql", *SHIPPED, "CREATE TABLE more (x);"))
    assert older.ok
    assert f"upgraded to {KNOWN + 1} at the next start" in " ".join(older.warnings)
    (tmp_path / "y.db").touch()
    assert "is filled at the next start" in " ".join(backup.inspect(tmp_path / "y.db", RECORDS).warnings)
    (tmp_path / "z.db-wal").write_bytes(b"x")
    assert "is gone, but its log" in backup.inspect(tmp_path / "z.db", RECORDS).problems[0]
    (tmp_path / "folder").mkdir()
    assert "is a folder" in backup.inspect(tmp_path / "folder", RECORDS).problems[0]


@as_root
async def test_inspect_knows_where_a_file_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with small_disk(tmp_path / "disk", "2m") as disk:
        await fill(disk / "x.db", 1)
        report = backup.inspect(disk / "x.db", RECORDS)
        assert (report.file_system, report.mount_point) == ("tmpfs", str(disk))
        assert report.free is not None
        assert 0 < report.free < 2 * 1024 * 1024
        assert any("lies in memory" in text for text in report.warnings)
        assert any("Only 1 MiB are free" in text for text in report.warnings)
        make_read_only(disk)
        assert backup.inspect(disk / "x.db", RECORDS).version == KNOWN
    table = tmp_path / "mountinfo"
    table.write_text("21 1 8:1 / / rw - nfs4 server:/ rw\n")
    monkeypatch.setattr(place, "MOUNTINFO", table)
    await asyncio.sleep(0)
    assert "network file system (nfs4" in backup.inspect(tmp_path / "x.db", RECORDS).problems[0]
