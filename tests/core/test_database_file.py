"""The file itself: its marks, its mode, its names, and what opening it loads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.core.database import METRICS, RECORDS, Database
from tests.core.storage import listing, mode, python

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("kind", "level"), [(RECORDS, 2), (METRICS, 1)])
async def test_what_is_set_on_a_new_file(tmp_path: Path, kind: object, level: int) -> None:
    path = tmp_path / "data" / "x.db"
    assert isinstance(kind, type(RECORDS))
    async with await Database.open(path, kind) as db:
        async with db.write() as tx:
            await tx.run("INSERT INTO topic (topic, version) VALUES ('x', 1)")
            found = {
                name: (await tx.rows(f"PRAGMA {name}"))[0][0]
                for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "trusted_schema",
                             "application_id", "user_version")
            }  # fmt: skip
        expected = ["wal", level, 1, 1, 0, kind.application_id, len(kind.migrations())]
        assert list(found.values()) == expected
        assert {mode(file) for file in path.parent.iterdir()} == {0o600}
        assert sorted(file.name for file in path.parent.iterdir()) == ["x.db", "x.db-shm", "x.db-wal"]
    assert mode(path.parent) == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["x.db"]


async def test_a_shared_file_is_for_the_group_whatever_the_umask(tmp_path: Path) -> None:
    program = (
        "import asyncio, os, sys; os.umask(0o077)\n"
        "from pathlib import Path; from opsconsole.core.database import *\n"
        "async def main():\n"
        "    async with await Database.open(Path(sys.argv[1]), RECORDS, mode=0o660) as db:\n"
        "        async with db.write() as tx: tx.touch('x')\n"
        "        print(*(oct(f.stat().st_mode & 0o7777) for f in sorted(Path(sys.argv[1]).parent.iterdir())))\n"
        "asyncio.run(main())"
    )
    done = python(program, tmp_path / "a" / "b" / "x.db")
    assert done.stderr == ""
    assert done.stdout.split() == ["0o660", "0o660", "0o660"]
    assert mode(tmp_path / "a" / "b") == mode(tmp_path / "a") == 0o2770


async def test_what_a_careless_copy_gave_to_everyone_is_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    async with await Database.open(path, RECORDS, mode=0o660):
        pass
    path.chmod(0o664)
    async with await Database.open(path, RECORDS) as db:
        assert mode(path) == 0o660
        async with db.write() as tx:
            tx.touch("x")
    path.chmod(0o640)
    async with await Database.open(path, RECORDS):
        assert mode(path) == 0o640


async def test_through_a_link_it_is_the_same_file(tmp_path: Path) -> None:
    real, link = tmp_path / "real" / "x.db", tmp_path / "x.db"
    link.symlink_to(real)
    async with await Database.open(link, RECORDS) as one, await Database.open(real, RECORDS) as two:
        async with one.write() as tx:
            tx.touch("a")
        assert [tuple(row) for row in await two.rows("SELECT * FROM topic")] == [("a", 1)]
    assert listing(tmp_path) == ["real", "x.db"]


@pytest.mark.parametrize(
    "name", ["a b.db", "100%.db", "what?.db", "a#b.db", "ä€.db", "x;y&z=.db", "new\nline.db", "\udcff.db"]
)
async def test_any_file_name_works(tmp_path: Path, name: str) -> None:
    async with await Database.open(tmp_path / name, RECORDS) as db, db.write() as tx:
        tx.touch("a")
    assert listing(tmp_path) == [name]


async def test_importing_it_costs_no_driver() -> None:
    program = (
        "import sys, opsconsole.core.database, opsconsole.core.feed, opsconsole.core.audit, opsconsole.core.backup\n"
        "print(sorted({'aiosqlite', 'sqlite3', 'textual', 'rich', 'yaml', 'psutil'} & set(sys.modules)))"
    )
    done = python(program, measured=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


async def test_a_program_that_forgets_to_close_still_ends(tmp_path: Path) -> None:
    program = (
        "import asyncio, os, sys\n"
        "from pathlib import Path; from opsconsole.core.database import *\n"
        "async def main():\n"
        "    global db\n"
        "    db = await Database.open(Path(sys.argv[1]), RECORDS)\n"
        "    async with db.write() as tx: tx.touch('a')\n"
        "    raise SystemExit(3)\n"
        "asyncio.run(main())"
    )
    done = python(program, tmp_path / "x.db")
    assert done.returncode == 3
    async with await Database.open(tmp_path / "x.db", RECORDS) as db:
        assert [tuple(row) for row in await db.rows("SELECT * FROM topic")] == [("a", 1)]
