"""What every engine has to do for its callers; run against each engine there is."""

from __future__ import annotations

import asyncio
import gc
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsconsole.core.database import Database, Transaction
from opsconsole.core.database.connection import ConstraintError
from opsconsole.core.errors import StorageBusy, StorageError, StorageUnusable
from tests.core.storage import FIRST, schema

if TYPE_CHECKING:
    from pathlib import Path
from typing import Any

TABLE = """
CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, size REAL, body BLOB);
CREATE TABLE part (id INTEGER PRIMARY KEY, thing INTEGER NOT NULL REFERENCES thing (id));
"""

Opener = Callable[..., Coroutine[Any, Any, Database]]


@pytest.fixture(params=["sqlite"])
async def opener(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Opener]:
    """Opens the same database again and again, as several consoles would."""
    opened: list[Database] = []
    kind = schema(tmp_path / "sql", FIRST + TABLE)

    async def make(**options: object) -> Database:
        assert request.param == "sqlite"
        db = await Database.open(tmp_path / "things.db", kind, **options)  # type: ignore[arg-type]
        opened.append(db)
        return db

    yield make
    for db in opened:
        await db.close()


@pytest.fixture
async def db(opener: Opener) -> Database:
    return await opener()


async def add(db: Database, name: str) -> None:
    async with db.write() as tx:
        await tx.run("INSERT INTO thing (name) VALUES (:name)", {"name": name})


async def names(db: Database) -> list[str]:
    return [row["name"] for row in await db.rows("SELECT name FROM thing ORDER BY id")]


async def test_a_row_has_names_and_positions(db: Database) -> None:
    await add(db, "a")
    row = await db.row("SELECT id, name, size FROM thing")
    assert row is not None
    assert (row["name"], row[1], len(row)) == ("a", "a", 3)
    assert dict(row) == {"id": 1, "name": "a", "size": None}
    assert list(row.keys()) == ["id", "name", "size"]
    assert tuple(row) == (1, "a", None)
    assert await db.row("SELECT id FROM thing WHERE name = :name", {"name": "b"}) is None


async def test_run_counts_rows_and_returning_gives_them(db: Database) -> None:
    async with db.write() as tx:
        insert = "INSERT INTO thing (name) VALUES (:name) RETURNING id"
        assert [row["id"] for row in await tx.rows(insert, {"name": "a"})] == [1]
        row = await tx.row(insert, {"name": "b"})
        assert row is not None
        assert row["id"] == 2
        assert await tx.many("INSERT INTO thing (name) VALUES (:name)", [{"name": "c"}, {"name": "d"}]) == 2
        assert await tx.run("UPDATE thing SET size = :size", {"size": 1.5}) == 4
        assert await tx.run("DELETE FROM thing WHERE id > :id", {"id": 3}) == 1
        assert await tx.run("SELECT 1") == 0
    assert await names(db) == ["a", "b", "c"]


async def test_an_exception_undoes_everything(db: Database) -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the block is what fails
        async with db.write() as tx:
            await tx.run("INSERT INTO thing (name) VALUES ('a')")
            tx.touch("things")
            raise ZeroDivisionError
    assert await names(db) == []
    assert await db.rows("SELECT topic FROM topic") == []
    await add(db, "b")
    assert await names(db) == ["b"]


async def test_a_rule_of_the_schema_undoes_everything(db: Database) -> None:
    await add(db, "a")
    with pytest.raises(ConstraintError, match="refused the change"):  # noqa: PT012 - the block is what fails
        async with db.write() as tx:
            await tx.run("INSERT INTO thing (name) VALUES ('b')")
            await tx.run("INSERT INTO thing (name) VALUES ('a')")
    with pytest.raises(ConstraintError, match="FOREIGN KEY"):
        async with db.write() as tx:
            await tx.run("INSERT INTO part (thing) VALUES (77)")
    assert await names(db) == ["a"]


async def test_a_wrong_statement_is_an_error_of_ours_and_undoes_everything(db: Database) -> None:
    with pytest.raises(StorageError, match="no such table"):  # noqa: PT012 - the block is what fails
        async with db.write() as tx:
            await tx.run("INSERT INTO thing (name) VALUES ('a')")
            await tx.run("INSERT INTO nowhere VALUES (1)")
    with pytest.raises(StorageError, match="syntax error"):
        await db.rows("SELEKT 1")
    with pytest.raises(StorageError):
        await db.rows("SELECT :missing")
    assert await names(db) == []


@pytest.mark.parametrize("value", ["\udcff", "a\ud800b", 2**63, -(2**63) - 1])
async def test_a_value_that_cannot_be_stored_is_a_sentence(db: Database, value: str | int) -> None:
    with pytest.raises(StorageError, match="cannot hold this value"):
        async with db.write() as tx:
            await tx.run("INSERT INTO thing (name) VALUES (:name)", {"name": value})
    assert await names(db) == []


async def test_a_reading_statement_cannot_write(db: Database) -> None:
    with pytest.raises(StorageError):
        await db.rows("INSERT INTO thing (name) VALUES ('a')")
    assert await names(db) == []


async def test_readers_see_the_last_commit_and_never_wait(db: Database) -> None:
    await add(db, "a")
    async with db.write() as tx:
        await tx.run("INSERT INTO thing (name) VALUES ('b')")
        assert await names(db) == ["a"]
        found = await tx.rows("SELECT name FROM thing ORDER BY id")
        assert [row["name"] for row in found] == ["a", "b"]
    assert await names(db) == ["a", "b"]


async def test_writers_of_one_process_queue(db: Database) -> None:
    inside = 0

    async def one(number: int) -> None:
        nonlocal inside
        async with db.write() as tx:
            inside += 1
            assert inside == 1
            row = await tx.row("SELECT count(*) AS n FROM thing")
            assert row is not None
            await asyncio.sleep(0)
            await tx.run("INSERT INTO thing (id, name) VALUES (:id, :name)", {"id": row["n"] + 1, "name": f"{number}"})
            inside -= 1

    await asyncio.gather(*(one(number) for number in range(20)))
    assert sorted(await names(db), key=int) == [str(number) for number in range(20)]


async def test_a_transaction_ends_with_its_block(db: Database) -> None:
    async with db.write() as tx:
        pass
    for attempt in (tx.run("SELECT 1"), tx.rows("SELECT 1"), tx.row("SELECT 1"), tx.many("SELECT 1", [])):
        with pytest.raises(RuntimeError, match="has ended"):
            await attempt
    with pytest.raises(RuntimeError, match="has ended"):
        tx.touch("x")


async def test_a_transaction_inside_a_transaction_is_refused_instead_of_waiting_for_itself(db: Database) -> None:
    async with db.write() as tx:
        await tx.run("INSERT INTO thing (name) VALUES ('a')")
        with pytest.raises(RuntimeError, match="inside a transaction"):
            async with db.write():
                pytest.fail("it began")
        with pytest.raises(RuntimeError, match="close inside"):
            await db.close()
    assert await names(db) == ["a"]


async def test_waiting_for_our_own_writer_has_a_limit(opener: Opener) -> None:
    db = await opener(timeout=0.05)
    async with db.write() as tx:
        await tx.run("INSERT INTO thing (name) VALUES ('a')")

        async def other() -> None:
            async with db.write():
                pytest.fail("two writers")

        with pytest.raises(StorageBusy, match="another part of opsconsole"):
            await asyncio.create_task(other())
    assert await names(db) == ["a"]


async def test_waiting_for_another_process_has_a_limit_and_works_again(opener: Opener) -> None:
    db, other = await opener(timeout=0.05), await opener(timeout=5)
    async with other.write() as tx:
        await tx.run("INSERT INTO thing (name) VALUES ('a')")
        assert await names(db) == []
        with pytest.raises(StorageBusy, match=r"Another process has held .*things.db for more than 0.05 s"):
            await add(db, "b")
    await add(db, "b")
    assert await names(db) == ["a", "b"]


async def test_it_waits_for_another_process(opener: Opener) -> None:
    db, other = await opener(), await opener()
    async with other.write() as tx:
        await tx.run("INSERT INTO thing (name) VALUES ('a')")
        waiting = asyncio.create_task(add(db, "b"))
        await asyncio.sleep(0.3)
        assert not waiting.done()
    await waiting
    assert await names(db) == ["a", "b"]


async def cancelled_in(db: Database, where: Callable[[Transaction], Awaitable[object]]) -> None:
    reached = asyncio.Event()

    async def work() -> None:
        async with db.write() as tx:
            await tx.run("INSERT INTO thing (name) VALUES ('lost')")
            reached.set()
            await where(tx)
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await reached.wait()
    await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000000) SELECT count(*) FROM n"


async def test_a_cancelled_task_leaves_no_transaction(db: Database, opener: Opener) -> None:
    other = await opener(timeout=0.2)
    await cancelled_in(db, lambda tx: asyncio.sleep(60))
    await add(other, "a")
    await cancelled_in(db, lambda tx: tx.run("INSERT INTO thing (name) VALUES ('lost too')"))
    await add(other, "b")
    await cancelled_in(db, lambda tx: tx.rows(SLOW))
    await add(other, "c")
    await add(db, "d")
    assert await names(db) == ["a", "b", "c", "d"]


async def test_cancelled_at_any_moment_it_is_all_or_nothing(db: Database, opener: Opener) -> None:
    other = await opener(timeout=1)

    async def pair(number: int) -> None:
        async with db.write() as tx:
            await tx.run("INSERT INTO thing (name) VALUES (:name)", {"name": f"{number} a"})
            await tx.run("INSERT INTO thing (name) VALUES (:name)", {"name": f"{number} b"})
            tx.touch("things")

    for number in range(120):
        task = asyncio.create_task(pair(number))
        for _ in range(number % 30):
            await asyncio.sleep(0)
        if number % 3 == 0:
            await asyncio.sleep(0.0002 * (number % 11))
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        # Somebody else can write at once: nothing is still open.
        if number % 10 == 0:
            await add(other, f"{number} other")
    found = await names(db)
    pairs = [name for name in found if not name.endswith("other")]
    assert len(pairs) % 2 == 0
    assert {name[:-2] for name in pairs if name.endswith("a")} == {name[:-2] for name in pairs if name.endswith("b")}
    assert sum(name.endswith("other") for name in found) == 12


async def test_a_cancelled_wait_for_the_queue_does_not_hold_it(db: Database) -> None:
    async with db.write():
        waiting = asyncio.create_task(add(db, "never"))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    await add(db, "a")
    assert await names(db) == ["a"]


async def test_a_cancelled_read_ends_soon_and_the_next_one_works(db: Database) -> None:
    reading = asyncio.create_task(db.rows(SLOW))
    await asyncio.sleep(0.05)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        # Uninterrupted, this statement takes minutes.
        async with asyncio.timeout(30):
            await reading
    assert await names(db) == []


async def test_the_event_loop_is_not_blocked_by_a_slow_statement(db: Database) -> None:
    reading = asyncio.create_task(db.rows(SLOW))
    turns = 0
    until = time.monotonic() + 0.2
    while time.monotonic() < until:
        await asyncio.sleep(0.005)
        turns += 1
    assert not reading.done()
    assert turns >= 5
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)


async def test_a_cancelled_open_leaves_nothing_behind(opener: Opener) -> None:
    for turns in range(12):
        task = asyncio.create_task(opener())
        for _ in range(turns):
            await asyncio.sleep(0.0005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    gc.collect()
    db = await opener()
    await add(db, "a")
    assert await names(db) == ["a"]


async def test_after_close_there_is_a_sentence(opener: Opener) -> None:
    db = await opener()
    await add(db, "a")
    await db.close()
    await db.close()
    for attempt in (db.rows("SELECT 1"), db.row("SELECT 1"), db.mark(), add(db, "b")):
        with pytest.raises(StorageError, match="is closed"):
            await attempt


async def test_close_waits_for_the_transaction_under_way(opener: Opener) -> None:
    db = await opener()
    begun = asyncio.Event()

    async def slow() -> None:
        async with db.write() as tx:
            begun.set()
            await asyncio.sleep(0.02)
            await tx.run("INSERT INTO thing (name) VALUES ('a')")

    task = asyncio.create_task(slow())
    await begun.wait()
    await db.close()
    await task
    assert await names(await opener()) == ["a"]


async def test_it_closes_with_its_block(opener: Opener) -> None:
    async with await opener() as db:
        await add(db, "a")
    with pytest.raises(StorageError, match="is closed"):
        await db.rows("SELECT 1")


async def test_read_only_reads_and_refuses_to_write(opener: Opener) -> None:
    db = await opener()
    await add(db, "a")
    watching = await opener(read_only=True)
    assert await names(watching) == ["a"]
    with pytest.raises(StorageUnusable, match="for reading only"):
        await add(watching, "b")
    await add(db, "b")
    assert await names(watching) == ["a", "b"]


values = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.binary(),
)


@given(st.lists(values, min_size=1, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
async def test_a_value_comes_back_as_it_was(db: Database, given_values: list[object]) -> None:
    params = {f"v{number}": value for number, value in enumerate(given_values)}
    async with db.write() as tx:
        row = await tx.row("SELECT " + ", ".join(f":{name} AS {name}" for name in params), params)  # type: ignore[arg-type]
    assert row is not None
    assert dict(row) == params
    assert [type(value) for value in row] == [type(value) for value in given_values]
    signs = [[math.copysign(1, v) for v in found if isinstance(v, float)] for found in (tuple(row), given_values)]
    assert signs[0] == signs[1]
