"""The records of checklists: nothing of them can be changed, trouble has its sentence, histories need no scan."""

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

from opsconsole.checklists import store
from opsconsole.checklists.model import RunState, Verdict
from opsconsole.core.database.connection import ConstraintError
from opsconsole.core.errors import StorageError, StorageFull
from tests.checklists.checkdesk import checkdesk
from tests.tickets.desk import ANA

if TYPE_CHECKING:
    from collections.abc import Awaitable

ROOT: Final = Path(__file__).parents[2]
WRITER: Final = """
import asyncio, sys
from pathlib import Path
from opsconsole.checklists.errors import Overtaken
from tests.checklists.checkdesk import checkdesk
from tests.tickets.desk import ANA, BEN

async def main():
    actor = ANA if sys.argv[2] == "ana" else BEN
    async with checkdesk(Path(sys.argv[1])) as desk:
        run = await desk.service.find("morning")
        for number in range(int(sys.argv[3])):
            base = (await desk.service.walk(run.id)).step("users").base if sys.argv[4] == "base" else None
            try:
                done = await desk.answer(actor, run, "users", None, value=float(number), base=base)
            except Overtaken as problem:
                assert problem.answer.actor != actor.name
                continue
            print(done.answer.id, number, flush=True)

asyncio.run(main())
"""
COPY: Final = ("INSERT INTO checklist_answer SELECT id + 1, run, item, at, actor, origin, given, verdict, value,"
               " number, unit, bounds, note, evidence, ticket, proposed, seconds, undoes FROM checklist_answer")
QUERIES: Final = (
    ("SELECT answer FROM checklist_current WHERE slug = 'a' AND item = 'b' AND valued = 1 AND run < 9"
     " ORDER BY run DESC LIMIT 5"),
    "SELECT id FROM checklist_run WHERE ended IS NULL ORDER BY due, id",
    "SELECT id FROM checklist_run WHERE outcome = 'missed' AND reason = '' ORDER BY id DESC LIMIT 9",
    "SELECT id FROM checklist_run WHERE ended >= 5 AND ended IS NOT NULL ORDER BY ended, id",
    "SELECT slug, occurrence FROM checklist_run WHERE due >= 5",
    "SELECT id FROM checklist_answer WHERE run = 1 ORDER BY id",
    "SELECT id FROM checklist_event WHERE run = 1 ORDER BY id",
    ("SELECT actor, count(*) FROM checklist_answer WHERE at >= 1 AND at < 2 AND actor <> '' AND verdict <> 'open'"
     " GROUP BY actor"))


def writer(folder: Path, who: str, number: int, how: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(folder), who, str(number), how],
                            stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


async def failed(doing: Awaitable[object]) -> type[Exception] | None:
    """With what something failed; None: it did not."""
    try:
        await doing
    except StorageError as problem:
        return type(problem)
    return None


async def test_every_acknowledged_answer_survives_a_kill_and_none_is_doubled(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as desk:
        run = await desk.service.start(ANA, "morning")
        process = await asyncio.to_thread(writer, tmp_path, "ana", 10_000)
        assert process.stdout is not None
        said = [await asyncio.to_thread(process.stdout.readline) for _ in range(20)]
        os.kill(process.pid, signal.SIGKILL)
        rest, _ = await asyncio.to_thread(process.communicate)
        lines = [line for line in (*said, *rest.splitlines(keepends=True)) if line.endswith("\n")]
        acknowledged = {int(line.split()[0]): float(line.split()[1]) for line in lines}
        answers = {one.id: one.value for one in await store.answers(desk.db, run.id)}
        assert acknowledged.items() <= answers.items()
        assert len(answers) - len(acknowledged) in (0, 1)
        assert sorted(answers.values()) == list(range(len(answers)))  # type: ignore[type-var]
        assert await desk.value("SELECT count(*) FROM audit WHERE action = 'checklist.answer'") == len(answers)
        assert await desk.value("PRAGMA integrity_check") == "ok"
        await desk.check()


@pytest.mark.parametrize("how", ["base", "blind"])
async def test_two_processes_that_answer_the_same_run_lose_nothing(tmp_path: Path, how: str) -> None:
    async with checkdesk(tmp_path) as desk:
        run = await desk.service.start(ANA, "morning")
        both = [await asyncio.to_thread(writer, tmp_path, who, 25, how) for who in ("ana", "ben")]
        outputs = [(await asyncio.to_thread(one.communicate))[0] for one in both]
        assert [one.returncode for one in both] == [0, 0]
        given = [int(line.split()[0]) for text in outputs for line in text.splitlines()]
        answers = await store.answers(desk.db, run.id)
        assert sorted(given) == [one.id for one in answers]
        assert len(given) == 50 or how == "base"
        await desk.check()


@pytest.mark.parametrize("sql", [
    "UPDATE checklist_answer SET note = 'x'", "DELETE FROM checklist_answer", "UPDATE checklist_event SET text = 'x'",
    "DELETE FROM checklist_event", "DELETE FROM checklist_run", "UPDATE checklist_template SET data = '{}'",
    "DELETE FROM checklist_template", "UPDATE checklist_run SET seal = ''", "UPDATE checklist_run SET failed = 9",
    COPY])
async def test_what_is_signed_cannot_be_changed(tmp_path: Path, sql: str) -> None:
    async with checkdesk(tmp_path) as desk:
        run = await desk.service.start(ANA, "emergency")
        await desk.answer(ANA, run, "calm")
        await desk.service.sign(ANA, run.id)
        with pytest.raises(ConstraintError):
            async with desk.db.write() as tx:
                await tx.run(sql)


async def test_a_locked_database_is_a_sentence(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as desk:
        run = await desk.service.start(ANA, "morning")
        desk.db._timeout = 0.2
        other = sqlite3.connect(tmp_path / "opsconsole.db", isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StorageError, match="held"):
                await desk.answer(ANA, run, "home")
            assert (await desk.service.walk(run.id)).run == run
            other.execute("ROLLBACK")
        finally:
            other.close()
        assert (await desk.answer(ANA, run, "home")).run.answered == 1


async def test_a_full_disk_stores_nothing_and_is_a_sentence(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as desk:
        run = await desk.service.start(ANA, "morning")
        async with desk.db.write() as tx:
            pages = (await tx.rows("PRAGMA page_count"))[0][0]
            await tx.rows(f"PRAGMA max_page_count={pages}")
        big = [await failed(desk.answer(ANA, run, "words", None, value="x" * 60_000)) for _ in range(20)]
        assert StorageFull in big
        assert set(big) <= {StorageFull, None}
        assert len(await store.answers(desk.db, run.id)) == big.count(None)
        async with desk.db.write() as tx:
            await tx.rows("PRAGMA max_page_count=1000000")
        await desk.answer(ANA, run, "home")
        await desk.check()


async def test_histories_and_lists_scan_no_table(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as desk:
        for sql in QUERIES:
            steps = [row[3] for row in await desk.db.rows(f"EXPLAIN QUERY PLAN {sql}")]
            assert all(step.startswith(("SEARCH", "USE TEMP")) or "INDEX" in step for step in steps), (sql, steps)


async def test_half_characters_come_back_as_their_numbers(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as desk:
        run = await desk.service.start(ANA, "morning")
        await desk.answer(ANA, run, "words", None, value="half \ud800", note="\udfff")
        answer = (await store.answers(desk.db, run.id))[0]
        assert (answer.value, answer.note, answer.verdict) == ("half \\ud800", "\\udfff", Verdict.OK)
        await desk.answer(ANA, run, "home")
        await desk.answer(ANA, run, "users", None, value=10.0)
        assert desk.service.state(await desk.service.sign(ANA, run.id)) is RunState.DONE
