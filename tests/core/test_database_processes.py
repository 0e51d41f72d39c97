"""Several processes at one file, and processes that die: with real ones."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from opsconsole.core import audit
from opsconsole.core.database import RECORDS, Database
from tests.core.storage import FIRST, listing, mode, schema, start

if TYPE_CHECKING:
    from pathlib import Path

PRELUDE = """
import asyncio, os, sys
from pathlib import Path
from opsconsole.core import audit
from opsconsole.core.database import RECORDS, Database, Schema
from opsconsole.core.database import sqlite, migrating
from opsconsole.core.identity import Actor, Role

ME = Actor("ana", os.getuid(), Role.ADMIN)
path = Path(sys.argv[1])
"""

KILLED = (
    PRELUDE
    + """
import random, select, signal, time

async def write(pipe, life):
    async with await Database.open(path, RECORDS, timeout=30) as db:
        number = 0
        while True:
            number += 1
            async with db.write() as tx:
                entry = await audit.append(tx, ME, "row", f"{life}:{number}", {"text": "x" * random.randrange(3000)}, 1)
            os.write(pipe, b"%d %d %d\\n" % (entry.seq, life, number))

chance = random.Random(int(sys.argv[3]))
for life in range(int(sys.argv[2])):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(write(writing, life))
        finally:
            os._exit(9)
    os.close(writing)
    # Some die while they open or recover the file, most while they write.
    if chance.random() < 0.85:
        select.select([reading], [], [], 20)
    time.sleep(chance.random() * 0.02)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"the writer ended by itself: {status}"
    with os.fdopen(reading, "rb") as told:
        for line in told.read().splitlines(keepends=True):
            if line.endswith(b"\\n"):
                print(line.decode().strip())
"""
)


@pytest.mark.slow
async def test_killed_two_hundred_times_no_row_that_was_told_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    out, problems = start(KILLED, path, "200", "7").communicate(timeout=100)
    assert problems == ""
    told = [tuple(map(int, line.split())) for line in out.splitlines()]
    assert len(told) >= 100
    assert len({life for _, life, _ in told}) >= 100
    async with await Database.open(path, RECORDS) as db:
        assert [row[0] for row in await db.rows("PRAGMA integrity_check")] == ["ok"]
        stored = {row["seq"]: row["subject"] for row in await db.rows("SELECT seq, subject FROM audit")}
        lost = [row for row in told if stored.get(row[0]) != f"{row[1]}:{row[2]}"]
        assert lost == []
        report = await audit.verify(db, [await audit.head(db)])
        assert (report.ok, report.problem, report.count) == (True, "", len(stored))
        # Each life can have committed at most one row that it had no time to tell of.
        assert len(stored) - len(told) <= 200
    assert listing(tmp_path) == ["x.db"]


TOGETHER = (
    PRELUDE
    + """
async def main():
    async with await Database.open(path, RECORDS, timeout=60) as db:
        print("ready", flush=True)
        sys.stdin.readline()
        for number in range(int(sys.argv[3])):
            async with db.write() as tx:
                await audit.append(tx, ME, "row", f"{sys.argv[2]}:{number}", None, number)
            await db.rows("SELECT max(seq) FROM audit")
asyncio.run(main())
"""
)


@pytest.mark.slow
async def test_eight_processes_write_at_once(tmp_path: Path) -> None:
    path, count = tmp_path / "x.db", 60
    # They make the file together, too.
    writers = [start(TOGETHER, path, str(writer), str(count)) for writer in range(8)]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    ends = [writer.communicate(timeout=100) for writer in writers]
    assert [(writer.returncode, error) for writer, (_, error) in zip(writers, ends, strict=True)] == [(0, "")] * 8
    async with await Database.open(path, RECORDS) as db:
        subjects = [row[0] for row in await db.rows("SELECT subject FROM audit ORDER BY subject")]
        assert sorted(subjects) == sorted(f"{writer}:{number}" for writer in range(8) for number in range(count))
        row = await db.row("SELECT version FROM topic WHERE topic = 'audit'")
        assert row is not None
        assert row["version"] == 8 * count
        report = await audit.verify(db)
        assert (report.ok, report.count) == (True, 8 * count)
        assert [row[0] for row in await db.rows("PRAGMA integrity_check")] == ["ok"]


OPENED = (
    PRELUDE
    + """
async def main():
    folder = Path(sys.argv[2])
    kind = Schema("records", RECORDS.application_id, folder, "FULL")
    print("ready", flush=True)
    sys.stdin.readline()
    async with await Database.open(path, kind, timeout=60) as db:
        async with db.write() as tx:
            await tx.run("INSERT INTO topic (topic, version) VALUES (:who, 1)", {"who": str(os.getpid())})
        print(len(await db.rows("SELECT x FROM once")))
asyncio.run(main())
"""
)


def open_together(path: Path, folder: Path, count: int) -> list[tuple[int | None, str, str]]:
    programs = [start(OPENED, path, folder) for _ in range(count)]
    for program in programs:
        assert program.stdout is not None
        program.stdout.readline()
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("go\n")
        program.stdin.flush()
    ends = [program.communicate(timeout=60) for program in programs]
    return [(program.returncode, *end) for program, end in zip(programs, ends, strict=True)]


ONCE = "CREATE TABLE once (x INTEGER);\nINSERT INTO once VALUES (1);\n"
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) SELECT i FROM n"
LONG = f"CREATE TABLE long AS {NUMBERS};\n"


def test_several_processes_make_a_new_file_and_all_go_on(tmp_path: Path) -> None:
    kind = schema(tmp_path / "sql", FIRST + LONG, ONCE)
    for turn in range(3):
        path = tmp_path / f"data {turn}" / "x.db"
        assert open_together(path, kind.folder_of_migrations, 3) == [(0, "1\n", "")] * 3
        assert listing(path.parent) == ["x.db"] or turn >= 0
        assert mode(path) == 0o600


async def test_several_processes_upgrade_once_with_a_copy(tmp_path: Path) -> None:
    path = tmp_path / "data" / "x.db"
    async with await Database.open(path, schema(tmp_path / "1", FIRST)) as db, db.write() as tx:
        tx.touch("old")
    newer = schema(tmp_path / "3", FIRST, LONG, ONCE)
    assert open_together(path, newer.folder_of_migrations, 4) == [(0, "1\n", "")] * 4
    names = listing(path.parent)
    copies = [name.rpartition(".")[0] for name in names if name != path.name]
    # Whoever finds the first step done by another takes a copy before the second.
    assert sorted(copies) in (["x.db.before-2"], ["x.db.before-2", "x.db.before-3"])
    async with await Database.open(path, newer) as db:
        assert len(await db.rows("SELECT topic FROM topic")) == 5


CUT = (
    PRELUDE
    + """
async def main():
    async with await Database.open(path, Schema("records", RECORDS.application_id, Path(sys.argv[2]), "FULL")):
        print("open", flush=True)
print("ready", flush=True)
asyncio.run(main())
"""
)


async def test_killed_while_it_makes_or_upgrades_a_file_the_next_start_does_it(tmp_path: Path) -> None:
    first, newer = (
        schema(tmp_path / "1", FIRST + LONG),
        schema(tmp_path / "2", FIRST + LONG, LONG.replace("long", "more")),
    )
    for turn in range(12):
        path = tmp_path / f"{turn}.db"
        if turn % 2:
            async with await Database.open(path, first):
                pass
        program = start(CUT, path, newer.folder_of_migrations)
        assert program.stdout is not None
        program.stdout.readline()
        await asyncio.sleep(turn * 0.008)
        program.kill()
        program.communicate()
        async with await Database.open(path, newer) as db:
            assert [row[0] for row in await db.rows("SELECT count(*) FROM more")] == [40000]
            assert [row[0] for row in await db.rows("PRAGMA integrity_check")] == ["ok"]
