from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.database import RECORDS, Database
from opsconsole.core.errors import StorageError
from opsconsole.core.feed import Feed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Database]:
    async with await Database.open(tmp_path / "x.db", RECORDS) as db:
        yield db


@pytest.fixture
async def elsewhere(here: Database) -> AsyncIterator[Database]:
    async with await Database.open(Path(here.name), RECORDS) as db:
        yield db


async def touch(db: Database, *topics: str) -> None:
    async with db.write() as tx:
        for topic in topics:
            tx.touch(topic)


async def test_it_names_what_changed_since_it_was_asked(here: Database, elsewhere: Database) -> None:
    feed = Feed(here)
    assert await feed.changed() == frozenset()
    for db in (here, elsewhere):
        await touch(db, "tickets", "audit")
        await touch(db, "tickets")
        assert await feed.changed() == {"tickets", "audit"}
        assert await feed.changed() == frozenset()
        await touch(db, "audit")
        assert await feed.changed() == {"audit"}


async def test_the_first_answer_names_everything_because_nothing_was_seen(here: Database) -> None:
    await touch(here, "tickets", "audit")
    feed = Feed(here)
    assert await feed.changed() == {"tickets", "audit"}
    assert await feed.changed() == frozenset()


async def test_two_feeds_do_not_take_from_each_other(here: Database) -> None:
    one, two = Feed(here), Feed(here)
    await one.changed()
    await touch(here, "tickets")
    assert await one.changed() == {"tickets"}
    assert await two.changed() == {"tickets"}


async def test_a_commit_without_a_topic_is_no_news(here: Database, elsewhere: Database) -> None:
    feed = Feed(here)
    await feed.changed()
    async with elsewhere.write() as tx:
        await tx.run("CREATE TABLE other (x INTEGER)")
    assert await feed.changed() == frozenset()


async def test_what_was_rolled_back_is_no_news(here: Database) -> None:
    feed = Feed(here)
    await feed.changed()
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the block is what fails
        async with here.write() as tx:
            tx.touch("tickets")
            raise ZeroDivisionError
    assert await feed.changed() == frozenset()


async def test_while_nobody_writes_it_costs_one_question(here: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = Feed(here)
    await touch(here, "tickets")
    await feed.changed()

    async def never(*_: object) -> None:
        pytest.fail("it read the topics though nothing changed")

    monkeypatch.setattr(here, "rows", never)
    assert await feed.changed() == frozenset()


async def test_a_change_of_this_process_wakes_it_at_once(here: Database) -> None:
    feed = Feed(here)
    await feed.changed()
    waiting = asyncio.create_task(feed.wait(interval=3600))
    await asyncio.sleep(0.02)
    assert not waiting.done()
    await touch(here, "tickets")
    async with asyncio.timeout(30):
        assert await waiting == {"tickets"}


async def test_a_change_elsewhere_is_seen_within_the_interval(here: Database, elsewhere: Database) -> None:
    feed = Feed(here)
    await feed.changed()
    waiting = asyncio.create_task(feed.wait(interval=0.01))
    await asyncio.sleep(0.02)
    await touch(elsewhere, "tickets")
    async with asyncio.timeout(30):
        assert await waiting == {"tickets"}


async def test_a_cancelled_wait_loses_nothing_and_listens_no_more(here: Database) -> None:
    feed = Feed(here)
    await feed.changed()
    waiting = asyncio.create_task(feed.wait())
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not here._listeners
    await touch(here, "tickets")
    assert await feed.wait() == {"tickets"}


async def test_a_closed_database_is_a_sentence(here: Database) -> None:
    feed = Feed(here)
    await here.close()
    with pytest.raises(StorageError, match="is closed"):
        await feed.wait()
