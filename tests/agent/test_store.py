"""The rows of the lease and of the jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.agent import store
from opsconsole.agent.model import JobRun, Kind, Process
from opsconsole.agent.upkeep import KEPT
from opsconsole.core.clock import DAY
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.feed import Feed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

HERE = Process("host", "boot", "space", 1, 2)


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    async with await Database.open(tmp_path / "opsconsole.db", RECORDS) as opened:
        yield opened


async def test_it_is_taken_only_as_it_was_seen(db: Database) -> None:
    async with db.write() as tx:
        assert await store.read_lease(tx) is None
        assert await store.take_lease(tx, "a", Kind.CHILD, HERE, 5, None)
        seen = await store.read_lease(tx)
        assert seen is not None
        assert seen == (("a"), Kind.CHILD, HERE, 5, 5, 1, "")
        assert not await store.take_lease(tx, "b", Kind.PERMANENT, HERE, 6, None)
        assert await store.renew_lease(tx, "a", 7) == ""
        assert not await store.take_lease(tx, "b", Kind.PERMANENT, HERE, 8, seen), "it has beaten since"
        assert await store.ask_for_lease(tx, "b", (await store.read_lease(tx)) or seen)
        assert await store.renew_lease(tx, "a", 9) == "b"
        assert not await store.release_lease(tx, "b", 10)
        assert await store.release_lease(tx, "a", 10)
        left = await store.read_lease(tx)
        assert left is not None
        assert (left.token, left.wanted) == ("", "b")
        assert await store.take_lease(tx, "b", Kind.PERMANENT, HERE, 11, left)
        assert not await store.has_lease(tx, "a")
        assert await store.has_lease(tx, "b")
        assert await store.renew_lease(tx, "a", 12) is None


async def test_consoles_hear_of_another_agent_and_not_of_each_heartbeat(db: Database) -> None:
    feed = Feed(db)
    await feed.changed()
    heard = []
    async with db.write() as tx:
        await store.take_lease(tx, "a", Kind.CHILD, HERE, 5, None)
    heard.append(await feed.changed())
    async with db.write() as tx:
        await store.renew_lease(tx, "a", 6)
    heard.append(await feed.changed())
    async with db.write() as tx:
        await store.release_lease(tx, "a", 7)
    heard.append(await feed.changed())
    assert heard == [{"agent"}, frozenset(), {"agent"}]


RUNS = st.builds(
    JobRun, st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20), st.integers(-2**62, 2**62),
    st.none() | st.integers(0, 2**62), st.none() | st.integers(0, 2**62), st.none() | st.booleans(),
    st.none() | st.floats(0, 1e6), st.text(st.characters(exclude_categories=["Cs"]), max_size=50),
    st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, 10**12))


@given(st.lists(RUNS, max_size=5, unique_by=lambda run: run.name))
async def test_runs_are_read_as_they_were_saved(runs: list[JobRun]) -> None:
    from pathlib import Path
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        async with await Database.open(Path(folder) / "x.db", RECORDS) as db:
            for _ in range(2):
                async with db.write() as tx:
                    await store.save_runs(tx, runs, 5)
            assert await store.read_runs(db) == {run.name: run for run in runs}


async def test_jobs_that_are_no_more_are_forgotten_and_yearly_ones_are_not(db: Database) -> None:
    now = 1000 * DAY
    async with db.write() as tx:
        await store.save_runs(tx, [JobRun("gone", 1)], now - KEPT - 1)
        await store.save_runs(tx, [JobRun("yearly", 1)], now - 366 * DAY)
        assert await store.prune_runs(tx, now - KEPT) == 1
    assert set(await store.read_runs(db)) == {"yearly"}
