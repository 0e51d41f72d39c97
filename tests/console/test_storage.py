from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import pytest

from opsconsole.console.storage import BACKOFF, POLL, Storage, StorageState
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.errors import StorageBusy, StorageError, StorageFull, StorageUnusable
from opsconsole.core.feed import Feed
from tests.console.shell_app import FakeDatabase, FakeFeed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from opsconsole.console.storage import Opener, TopicFeed


class Turn:
    """Sleeps until the test turns; remembers how long it was asked to."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self._next = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.asked.append(seconds)
        await self._next.wait()

    async def turn(self) -> None:
        self._next.set()
        await asyncio.sleep(0)
        self._next.clear()
        await settle()


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def state_of(kept: Storage) -> str:
    return str(kept.state)


class Opening:
    """Raises what it is given, then opens."""

    def __init__(self, *problems: StorageError) -> None:
        self.problems = list(problems)
        self.feed = FakeFeed()
        self.dbs: list[FakeDatabase] = []

    async def __call__(self) -> tuple[FakeDatabase, FakeFeed]:
        if self.problems:
            raise self.problems.pop(0)
        self.dbs.append(FakeDatabase())
        return self.dbs[-1], self.feed


def storage(opening: Opening, turn: Turn, changed: Callable[[], None] = lambda: None,
            topics: Callable[[frozenset[str]], None] = lambda _: None) -> Storage:
    return Storage(cast("Opener", opening), changed=changed, topics=topics, sleep=turn.sleep)


async def test_it_opens_tells_topics_and_closes() -> None:
    opening, turn = Opening(), Turn()
    told: list[frozenset[str]] = []
    kept = storage(opening, turn, topics=told.append)
    assert state_of(kept) == "opening"
    task = asyncio.create_task(kept.run())
    await settle()
    assert state_of(kept) == "ready"
    assert kept.db is cast("Database", opening.dbs[0])
    assert turn.asked == [POLL]
    opening.feed.pending = frozenset({"ticket"})
    await turn.turn()
    assert told == [frozenset({"ticket"})]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert opening.dbs[0].closed


async def test_before_it_is_open_the_database_is_refused_with_a_sentence() -> None:
    with pytest.raises(StorageError, match="still being opened"):
        _ = storage(Opening(), Turn()).db


@pytest.mark.parametrize(("problem", "words"), [
    (StorageUnusable("The file is newer.", "Upgrade."), "no records"), (StorageFull("The disk is full."), "disk full"),
    (StorageBusy("Another process holds it."), "records busy")])
async def test_a_failure_is_told_and_tried_again_with_growing_pauses(problem: StorageError, words: str) -> None:
    opening, turn, states = Opening(*[problem] * 8), Turn(), []
    kept = storage(opening, turn, changed=lambda: states.append(kept.state))
    task = asyncio.create_task(kept.run())
    await settle()
    assert (state_of(kept), kept.problem, kept.sentence) == ("failed", words, str(problem))
    with pytest.raises(StorageError) as refused:
        _ = kept.db
    assert str(problem) in str(refused.value)
    for _ in range(8):
        await turn.turn()
    assert turn.asked[:8] == [*BACKOFF, BACKOFF[-1], BACKOFF[-1]]
    assert state_of(kept) == "ready"
    assert kept.problem == ""
    assert states[-1] is StorageState.READY
    task.cancel()


async def test_asking_tries_again_at_once() -> None:
    opening, turn = Opening(StorageFull("The disk is full.")), Turn()
    kept = storage(opening, turn)
    task = asyncio.create_task(kept.run())
    await settle()
    assert state_of(kept) == "failed"
    kept.ask()
    await settle()
    assert state_of(kept) == "ready"
    task.cancel()


async def test_a_feed_that_fails_closes_and_opens_again() -> None:
    opening, turn = Opening(), Turn()
    kept = storage(opening, turn)
    task = asyncio.create_task(kept.run())
    await settle()

    async def broken() -> frozenset[str]:
        raise StorageUnusable("The file is gone.", "Restore it.")

    opening.feed.changed = broken  # type: ignore[method-assign]
    await turn.turn()
    assert state_of(kept) == "failed"
    assert opening.dbs[0].closed
    opening.feed = FakeFeed()
    await turn.turn()
    assert state_of(kept) == "ready"
    assert len(opening.dbs) == 2
    task.cancel()


async def test_a_busy_moment_is_no_failure() -> None:
    opening, turn, states = Opening(), Turn(), []
    kept = storage(opening, turn, changed=lambda: states.append(kept.state))
    task = asyncio.create_task(kept.run())
    await settle()

    async def busy() -> frozenset[str]:
        raise StorageBusy("Another process holds it.")

    opening.feed.changed = busy  # type: ignore[method-assign]
    await turn.turn()
    assert states == [StorageState.READY]
    task.cancel()


async def test_real_records_tell_what_another_connection_changed(tmp_path: Path) -> None:
    told: asyncio.Queue[frozenset[str]] = asyncio.Queue()

    async def open_records() -> tuple[Database, TopicFeed]:
        db = await Database.open(tmp_path / "opsconsole.db", RECORDS)
        return db, Feed(db)

    ready = asyncio.Event()
    kept = Storage(open_records, changed=ready.set, topics=told.put_nowait)
    task = asyncio.create_task(kept.run())
    async with asyncio.timeout(20):
        await ready.wait()
    async with await Database.open(tmp_path / "opsconsole.db", RECORDS) as other, other.write() as change:
        change.touch("ticket")
    kept.ask()
    async with asyncio.timeout(20):
        while "ticket" not in await told.get():
            pass
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
