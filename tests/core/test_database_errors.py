"""Each refusal, with a real file: what is said, and that nothing was overwritten."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.database import METRICS, RECORDS, Database, place
from opsconsole.core.errors import StorageUnusable
from tests.core.refusing import content, make, refused
from tests.core.storage import (
    KNOWN,
    NOBODY,
    SHIPPED,
    as_root,
    listing,
    make_read_only,
    python,
    raw,
    schema,
    small_disk,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


async def test_a_newer_schema(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    await make(path)
    with raw(path) as other:
        other.execute(f"PRAGMA user_version={KNOWN + 6}")
    await refused(
        path, f"written by a newer opsconsole (schema {KNOWN + 6}, this one knows up to {KNOWN})",
        "Install the newer", str(path),
    )


async def test_a_file_of_another_program(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with raw(path) as other:
        other.execute("PRAGMA application_id=0x12345678")
        other.execute("CREATE TABLE theirs (x)")
    await refused(path, "a database of another program (application id 0x12345678)", "Move it away")
    assert listing(tmp_path) == ["x.db"]


@pytest.mark.parametrize("journal", ["wal", "delete"])
async def test_a_database_without_a_mark_is_not_ours(tmp_path: Path, journal: str) -> None:
    path = tmp_path / "x.db"
    with raw(path) as other:
        other.execute(f"PRAGMA journal_mode={journal}")
        other.execute("PRAGMA user_version=1")
    await refused(path, "application id 0x00000000")


async def test_our_other_file(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    async with await Database.open(path, METRICS):
        pass
    await refused(path, "opsconsole's file of metrics, not the records of opsconsole")


@pytest.mark.parametrize("body", [b"x", b"\0" * 100, b"#!/bin/sh\necho hello\n" * 300, b"\0" * 4096,
                                  bytes(range(1, 256)) * 32])
async def test_what_is_no_database_at_all(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(body)
    await refused(path)
    assert listing(tmp_path) == ["x.db"]


async def test_a_file_of_size_zero_is_ours_to_fill(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.touch(0o600)
    await make(path, 3)
    async with await Database.open(path, RECORDS) as db:
        assert len(await db.rows("SELECT * FROM topic")) == 3


@pytest.mark.parametrize("empty", [True, False])
async def test_a_log_whose_file_is_gone_is_not_thrown_away(tmp_path: Path, empty: bool) -> None:
    path = tmp_path / "x.db"
    async with await Database.open(path, RECORDS) as db:
        async with db.write() as tx:
            tx.touch("x")
        shutil.copy(f"{path}-wal", tmp_path / "y.db-wal")
    if empty:
        (tmp_path / "y.db").touch()
    log = content(tmp_path / "y.db-wal")
    words = "is empty, but" if empty else "is gone, but"
    await refused(tmp_path / "y.db", words, "y.db-wal beside it still holds records")
    assert content(tmp_path / "y.db-wal") == log


@pytest.mark.parametrize("at", [0, 4, 15])
async def test_a_damaged_magic(tmp_path: Path, at: int) -> None:
    path = tmp_path / "x.db"
    await make(path, 100)
    with path.open("r+b") as file:
        file.seek(at)
        file.write(b"\xff")
    await refused(path, "not a database, or its beginning is damaged", "backup-db")


@pytest.mark.parametrize(("start", "length"), [(16, 84), (100, 8), (100, 3996)])
async def test_a_damaged_header(tmp_path: Path, start: int, length: int) -> None:
    path = tmp_path / "x.db"
    await make(path, 100)
    with path.open("r+b") as file:
        file.seek(start)
        file.write(b"\xa5" * length)
    await refused(path)


async def test_a_damaged_page(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    await make(path, 300)
    with path.open("r+b") as file:
        for page in range(8, path.stat().st_size // 4096):
            file.seek(page * 4096)
            file.write(b"\xa5" * 4096)
    await refused(path, "is damaged", "Stop every opsconsole", "backup-db")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
async def test_a_truncated_file(tmp_path: Path, share: float) -> None:
    path = tmp_path / "x.db"
    await make(path, 300)
    os.truncate(path, int(path.stat().st_size * share))
    await refused(path, "is damaged")


@pytest.mark.parametrize("size", [1, 15, 16, 99, 100, 511])
async def test_a_file_cut_to_almost_nothing(tmp_path: Path, size: int) -> None:
    path = tmp_path / "x.db"
    await make(path)
    os.truncate(path, size)
    await refused(path)


async def test_a_text_that_is_not_utf8_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    await make(path)
    with raw(path) as other:
        other.execute("INSERT INTO topic VALUES (CAST(x'c328' AS TEXT), 1)")
    await refused(path, "is damaged: a text in it is not UTF-8")


async def test_a_folder_in_its_place(tmp_path: Path) -> None:
    await refused(tmp_path, "is a folder")


async def test_a_pipe_in_its_place_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.db")
    await refused(tmp_path / "x.db", "not a regular file")


async def test_a_file_in_place_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    await refused(tmp_path / "file" / "x.db", "file", "'data'")
    await refused(tmp_path / "file" / "deep" / "x.db", "file", "'data'")
    assert (tmp_path / "file").read_text() == "mine"


async def test_links_that_lead_nowhere(tmp_path: Path) -> None:
    loop = tmp_path / "loop.db"
    loop.symlink_to(loop)
    await refused(loop)


async def test_reading_only_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(StorageUnusable, match="There is no database at"):
        await Database.open(tmp_path / "a" / "x.db", RECORDS, read_only=True)
    assert listing(tmp_path) == []


async def test_reading_only_does_not_upgrade(tmp_path: Path) -> None:
    await make(tmp_path / "x.db")
    newer = schema(tmp_path / "sql", *SHIPPED, "CREATE TABLE more (x);")
    with pytest.raises(StorageUnusable, match=rf"older opsconsole \(schema {KNOWN}, this one needs {KNOWN + 1}\)"):
        await Database.open(tmp_path / "x.db", newer, read_only=True)


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "ceph", "glusterfs",
                                  "fuse.glusterfs", "lustre", "afs"])  # fmt: skip
async def test_a_network_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(
        f"21 1 8:1 / / rw - ext4 /dev/sda rw\n22 21 0:50 / {tmp_path}/net\\040disk rw - {kind} server:/x rw\n"
    )
    monkeypatch.setattr(place, "MOUNTINFO", table)
    await refused(
        tmp_path / "net disk" / "deep" / "x.db", f"network file system ({kind} at {tmp_path}/net disk)", "'data'"
    )
    assert listing(tmp_path) == ["mountinfo"]
    await make(tmp_path / "local" / "x.db")


async def test_without_proc_it_still_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "MOUNTINFO", tmp_path / "missing")
    await make(tmp_path / "x.db")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user reaches."""
    folder = Path(tempfile.mkdtemp(prefix="opsconsole-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


# The other user may not be able to read this program, so it is loaded before.
AS_NOBODY = (
    "import os, opsconsole.core.database.sqlite, opsconsole.core.database.migrating\n"
    f"os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
)
OPEN = (
    "import asyncio, sys; from pathlib import Path; from opsconsole.core.database import *\n"
    "from opsconsole.core.errors import StorageError\n"
    "async def main():\n"
    "    async with await Database.open(Path(sys.argv[1]), RECORDS, read_only=len(sys.argv) > 2) as db:\n"
    "        print(len(await db.rows('SELECT * FROM topic')), 'rows')\n"
    "try: asyncio.run(main())\n"
    "except StorageError as error: print(type(error).__name__, error)"
)


@as_root
@pytest.mark.parametrize(
    ("file_mode", "folder_mode", "words"),
    [
        (0o600, 0o755, "You may not read {path} (owner 0"),
        (0o644, 0o755, "You may not write {path} (owner 0"),
        (0o666, 0o755, "You may not write {folder} (owner 0"),
        (0o666, 0o700, "You may not look at {path}"),
    ],
)
async def test_no_permission(open_folder: Path, file_mode: int, folder_mode: int, words: str) -> None:
    path = open_folder / "data" / "x.db"
    await make(path)
    path.parent.chmod(folder_mode)
    path.chmod(file_mode)
    before = content(path)
    done = python(AS_NOBODY + OPEN, path, measured=False)
    assert done.stderr == ""
    assert done.stdout.startswith("StorageUnusable ")
    assert words.format(path=path, folder=path.parent) in done.stdout
    assert "Ask its owner for access" in done.stdout
    assert content(path) == before


@as_root
async def test_no_permission_for_the_folder(open_folder: Path) -> None:
    done = python(AS_NOBODY + OPEN, open_folder / "new" / "x.db", measured=False)
    assert "You may not make the folder" in done.stdout
    assert listing(open_folder) == []


@as_root
async def test_a_file_system_that_is_mounted_read_only(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "2m") as disk:
        await make(disk / "x.db")
        make_read_only(disk)
        await refused(disk / "x.db", "mounted read-only", "Mount it writable")
        await refused(disk / "new.db", "mounted read-only")
        await refused(disk / "new" / "x.db", "mounted read-only")
        assert listing(disk) == ["x.db"]
