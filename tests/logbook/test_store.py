"""The records of the log: kills, two processes, full disks; nothing that was signed can be changed by SQL."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from opsconsole.core import audit
from opsconsole.core.database.connection import ConstraintError
from opsconsole.core.errors import StorageError, StorageFull
from opsconsole.logbook.filtering import compiled, parse
from opsconsole.logbook.model import Action, EntryState, Point
from tests.core.storage import raw
from tests.logbook.logdesk import logdesk
from tests.tickets.desk import ANA, BEN, START

if TYPE_CHECKING:
    from collections.abc import Awaitable

ROOT: Final = Path(__file__).parents[2]
WRITER: Final = """
import asyncio, sys
from pathlib import Path
from opsconsole.logbook.model import Point
from tests.logbook.logdesk import logdesk
from tests.tickets.desk import ANA, BEN

async def main():
    folder, who, count, how = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    async with logdesk(folder) as desk:
        actor = ANA if who == "ana" else BEN
        for number in range(count):
            read = await desk.service.entry(1)
            said = f"{who} {number}"
            if how == "lines":
                await desk.save(actor, read, tasks=(*read.tasks, Point(said)))
            elif how == "fields":
                await desk.save(actor, read, **({"notes": said} if who == "ana" else {"title": said}))
            else:
                await desk.service.sign(actor, (await desk.new(said, actor=actor)).id)
            print(said, flush=True)

asyncio.run(main())
"""


def writer(folder: Path, who: str, number: int, how: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(folder), who, str(number), how],
                            stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


async def failed(doing: Awaitable[object]) -> type[Exception] | None:
    """With what something failed; None: it did not."""
    try:
        await doing
    except StorageError as problem:
        return type(problem)
    return None


async def killed(folder: Path, how: str) -> set[str]:
    """What a writer had acknowledged when it was killed in the middle of it."""
    process = await asyncio.to_thread(writer, folder, "ana", 10_000, how)
    assert process.stdout is not None
    said = [await asyncio.to_thread(process.stdout.readline) for _ in range(20)]
    os.kill(process.pid, signal.SIGKILL)
    rest, _ = await asyncio.to_thread(process.communicate)
    return {line.strip() for line in (*said, *rest.splitlines(keepends=True)) if line.endswith("\n")}


async def test_every_acknowledged_line_survives_a_kill(tmp_path: Path) -> None:
    async with logdesk(tmp_path) as desk:
        await desk.new()
        acknowledged = await killed(tmp_path, "lines")
        lines = [one.text for one in (await desk.service.entry(1)).tasks]
        assert set(lines) >= acknowledged
        assert len(lines) - len(acknowledged) in (0, 1)
        assert lines == [f"ana {number}" for number in range(len(lines))]
        assert (await desk.service.rows(await desk.service.find("ana"), 0, 1))[0].counts[0] == len(lines)
        assert (await desk.audited()).count("log.save") == len(lines)
        assert await desk.value("PRAGMA integrity_check") == "ok"
        assert (await audit.verify(desk.db)).ok
        await desk.check()


async def test_every_acknowledged_signature_survives_a_kill(tmp_path: Path) -> None:
    async with logdesk(tmp_path) as desk:
        await desk.new()
        acknowledged = await killed(tmp_path, "signed")
        signed = {one.title for one in await desk.service.between(0, START * 2) if one.state is EntryState.SIGNED}
        assert signed >= acknowledged
        assert len(signed) - len(acknowledged) in (0, 1)
        assert (await audit.verify(desk.db)).ok
        await desk.check()


@pytest.mark.parametrize("how", ["lines", "fields", "signed"])
async def test_two_processes_lose_nothing_of_each_other(tmp_path: Path, how: str) -> None:
    async with logdesk(tmp_path) as desk:
        await desk.new()
        both = [await asyncio.to_thread(writer, tmp_path, who, 25, how) for who in ("ana", "ben")]
        outputs = [(await asyncio.to_thread(one.communicate))[0] for one in both]
        assert [one.returncode for one in both] == [0, 0]
        said = {line for text in outputs for line in text.splitlines()}
        entry = await desk.service.entry(1)
        if how == "lines":
            assert {one.text for one in entry.tasks} == said
        elif how == "fields":
            assert (entry.notes, entry.title, entry.version) == ("ana 24", "ben 24", 51)
        else:
            assert {one.title for one in await desk.service.between(0, START * 2)} == said | {entry.title}
        assert (await audit.verify(desk.db)).ok
        await desk.check()


COPY: Final = "SELECT entry, seq + 1, at, actor, reason, changes, seal FROM log_amendment"


@pytest.mark.parametrize("sql", [
    "DELETE FROM log_entry", "UPDATE log_entry SET data = '{}'", "UPDATE log_entry SET state = 'open'",
    "UPDATE log_entry SET seal = ''", "UPDATE log_entry SET run = 9", "UPDATE log_entry SET id = 9",
    "UPDATE log_entry SET created = 9", "UPDATE log_entry SET attachments = 9",
    "INSERT OR REPLACE INTO log_entry SELECT * FROM log_entry", "UPDATE log_amendment SET reason = 'x'",
    "DELETE FROM log_amendment", "INSERT OR REPLACE INTO log_amendment SELECT * FROM log_amendment",
    "UPDATE log_attachment SET name = 'x'", "DELETE FROM log_attachment",
    "INSERT OR REPLACE INTO log_attachment SELECT * FROM log_attachment",
    "INSERT INTO log_attachment SELECT id + 1, entry, name, size, type, sha256, by, at FROM log_attachment",
    f"INSERT INTO log_amendment (entry, seq, at, actor, reason, changes, seal) {COPY.replace('entry,', '2,', 1)}"])
async def test_what_is_signed_cannot_be_changed(tmp_path: Path, sql: str) -> None:
    async with logdesk(tmp_path) as desk:
        await desk.new()
        await desk.service.attach(ANA, 1, "a", b"a")
        await desk.service.sign(ANA, 1)
        await desk.service.amend(BEN, 1, {"title": "x"}, "y")
        await desk.new()
        with pytest.raises(ConstraintError):
            async with desk.db.write() as tx:
                await tx.run(sql)
        await desk.check()


async def test_nobody_who_writes_by_other_programs_gets_around_it_unseen(tmp_path: Path) -> None:
    async with logdesk(tmp_path) as desk:
        await desk.signed()
        with raw(tmp_path / "opsconsole.db") as other:
            # Without recursive triggers, REPLACE walks around the one that refuses DELETE.
            other.execute("INSERT OR REPLACE INTO log_entry SELECT id, type, 'other', begun, ended, status, state,"
                          " performers, tasks, found, resolved, escalated, actions, attachments, amended, seconds, run,"
                          ' "window", seal, created, updated, version, replace(data, title, \'other\') FROM log_entry')
        assert await desk.altered() == [(1, "Its `title` was changed.")]


async def test_a_locked_database_is_a_sentence(tmp_path: Path) -> None:
    async with logdesk(tmp_path) as desk:
        read = await desk.new()
        desk.db._timeout = 0.2
        other = sqlite3.connect(tmp_path / "opsconsole.db", isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StorageError, match="held"):
                await desk.save(ANA, read, notes="x")
            assert await desk.service.entry(1) == read
            other.execute("ROLLBACK")
        finally:
            other.close()
        assert (await desk.save(ANA, read, notes="x")).version == 2


async def test_a_full_disk_stores_nothing_and_is_a_sentence(tmp_path: Path) -> None:
    async with logdesk(tmp_path) as desk:
        await desk.new()
        async with desk.db.write() as tx:
            pages = (await tx.rows("PRAGMA page_count"))[0][0]
            await tx.rows(f"PRAGMA max_page_count={pages}")
        big = [await failed(desk.new(notes="x y " * 20_000)) for _ in range(10)]
        assert StorageFull in big
        assert set(big) <= {StorageFull, None}
        assert len(await desk.found()) == 1 + big.count(None)
        async with desk.db.write() as tx:
            await tx.rows("PRAGMA max_page_count=1000000")
        await desk.service.sign(ANA, 1)
        await desk.check()


@pytest.mark.parametrize("text", ["", "type:daily", "is:signed", "is:amended", "since:3d status:issues", "-type:daily"])
async def test_lists_go_along_an_index_and_sort_nothing(tmp_path: Path, text: str) -> None:
    async with logdesk(tmp_path) as desk:
        query = compiled(parse(text), now=START, zone=None)
        steps = [row[3] for row in await desk.db.rows(
            f"EXPLAIN QUERY PLAN SELECT id FROM log_entry e WHERE {query.where}"
            " ORDER BY e.begun DESC, e.id DESC", query.params)]
        assert len(steps) == 1
        assert "USING COVERING INDEX log_entry_begun" in steps[0]


async def test_next_actions_and_what_belongs_to_an_entry_scan_no_table(tmp_path: Path) -> None:
    async with logdesk(tmp_path) as desk:
        await desk.new(actions=(Action("a", due="2027-01-04"),), tasks=(Point("b", 17),))
        for sql in (("SELECT a.entry FROM log_action a JOIN log_entry e ON e.id = a.entry WHERE a.done IS NULL"
                     " AND e.state <> 'dropped' AND a.due <> '' AND a.due <= '2027-01-04' ORDER BY a.due"),
                    "SELECT id FROM log_entry WHERE run = 5 AND run <> 0", "SELECT 1 FROM log_mention WHERE entry = 5",
                    "SELECT entry FROM log_mention WHERE kind = 'by' AND name IN ('a', 'b')",
                    "SELECT 1 FROM log_attachment WHERE entry = 5 ORDER BY id",
                    "SELECT 1 FROM log_amendment WHERE entry = 5 ORDER BY entry, seq"):
            steps = [row[3] for row in await desk.db.rows(f"EXPLAIN QUERY PLAN {sql}")]
            assert all(step.startswith(("SEARCH", "USE TEMP")) for step in steps), (sql, steps)
