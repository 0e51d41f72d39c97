"""Who may work: the rule itself, the row in the database, and that two never think so at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.agent import loop, shift, store
from opsconsole.agent.lease import Lease, Taking, Verdict, Watcher, seems_alive, verdict
from opsconsole.agent.model import Kind, LeaseState, Process, Timing
from opsconsole.agent.processes import this_process
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.errors import StorageBusy, StorageUnusable
from opsconsole.core.jobs import LeaseLost
from tests.agent.clocks import HandClock
from tests.core.storage import raw

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TIMING = Timing()
SHORT = Timing(look=0.01, beat=0.02)
ELSEWHERE = Process("elsewhere", "other boot", "", 4711, 99)
"""Nobody here can know whether it lives."""


def row(token: str = "theirs", kind: Kind = Kind.PERMANENT, process: Process = ELSEWHERE, beat: int = 0,
        beats: int = 1, wanted: str = "") -> LeaseState:
    return LeaseState(token, kind, process, 0, beat, beats, wanted)


ROWS = st.none() | st.builds(row, st.sampled_from(["", "theirs", "mine"]), st.sampled_from(Kind),
                             wanted=st.sampled_from(["", "mine", "another"]))


@given(ROWS, st.sampled_from(Kind), st.floats(0, 100), st.booleans())
def test_the_rule(found: LeaseState | None, kind: Kind, silent: float, ended: bool) -> None:
    judged = verdict(found, "mine", kind, silent=silent, ended=ended)
    if found is None or silent >= TIMING.dead:
        assert judged is Verdict.TAKE, "nobody is waited for for ever"
        return
    alive = found.token == "theirs" and not ended
    if alive:
        assert judged is not Verdict.TAKE
    if found.kind is Kind.PERMANENT or kind is Kind.CHILD:
        assert judged is not Verdict.ASK, "a permanent agent gives way to nobody, and nobody gives way to a child"
    elif alive and not found.wanted:
        assert judged is Verdict.ASK
    if not alive and kind is Kind.PERMANENT:
        assert judged is Verdict.TAKE


def test_what_a_child_gave_back_for_a_permanent_agent_is_not_for_another_child() -> None:
    left = row("", Kind.CHILD, wanted="permanent")
    assert verdict(left, "mine", Kind.CHILD, silent=1, ended=False) is Verdict.WAIT
    assert verdict(left, "permanent", Kind.PERMANENT, silent=1, ended=False) is Verdict.TAKE
    assert verdict(left, "mine", Kind.CHILD, silent=TIMING.dead, ended=False) is Verdict.TAKE


@pytest.mark.parametrize(("beat", "changed", "ended", "expected"), [
    (0, False, False, True), (-60_000, False, False, False), (60_000, False, False, False),
    (-60_000, True, False, True), (0, True, True, False)])
def test_whether_it_is_worth_waiting(beat: int, changed: bool, ended: bool, expected: bool) -> None:
    assert seems_alive(row(beat=1_000_000 + beat), 1_000_000, changed=changed, ended=ended) is expected
    assert not seems_alive(row("", beat=1_000_000), 1_000_000, changed=True, ended=False)


def test_the_watcher_counts_from_the_last_change() -> None:
    clock = HandClock()
    watcher = Watcher(clock.steady)
    assert watcher.silent(row(beats=1)) == 0
    clock.pass_by(5)
    assert watcher.silent(row(beats=1)) == 5
    clock.pass_by(100, asleep=True)
    assert watcher.silent(row(beats=1)) == 5, "while the machine slept, nobody could beat"
    before = watcher.changed
    assert watcher.silent(row(beats=2)) == 0
    assert (before, watcher.changed) == (False, True)
    clock.pass_by(3)
    assert watcher.silent(None) == 0


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    async with await Database.open(tmp_path / "opsconsole.db", RECORDS, timeout=0.3) as opened:
        yield opened


def make(db: Database, clock: HandClock, kind: Kind = Kind.PERMANENT, *, process: Process = ELSEWHERE,
         timing: Timing = SHORT) -> Lease:
    return Lease(db, clock, kind, process, timing, clock.steady)


async def take(lease: Lease) -> bool:
    return (await lease.take(wait=False))[0] is Taking.TAKEN


async def test_it_is_taken_kept_confirmed_and_given_back(db: Database) -> None:
    clock = HandClock()
    lease = make(db, clock)
    assert not lease.holds()
    assert await take(lease)
    assert lease.holds()
    clock.pass_by(8.9)
    assert lease.holds()
    clock.pass_by(0.2)
    assert not lease.holds(), "well before another one may take it"
    assert await lease.renew()
    assert lease.holds()
    async with db.write() as tx:
        await lease.confirm(tx)
    await lease.release()
    assert not lease.holds()
    found = await store.read_lease(db)
    assert found is not None
    assert (found.token, found.beat) == ("", clock.now())
    assert not await lease.renew()
    assert lease.lost.is_set()


async def test_a_transaction_of_one_who_lost_it_stores_nothing(db: Database) -> None:
    clock = HandClock()
    first, second = make(db, clock), make(db, clock)
    assert await take(first)
    clock.pass_by(60)
    waiting = asyncio.create_task(second.take(wait=True))
    while not waiting.done():
        await asyncio.sleep(0.02)
        clock.pass_by(1)
    assert waiting.result()[0] is Taking.TAKEN

    async def work() -> None:
        async with db.write() as tx:
            tx.touch("something")
            await first.confirm(tx)

    with pytest.raises(LeaseLost, match="Another agent has taken over"):
        await work()
    assert "something" not in [each["topic"] for each in await db.rows("SELECT topic FROM topic")]
    assert first.lost.is_set()
    assert second.holds()


async def test_the_time_of_day_may_jump_without_harm(db: Database) -> None:
    clock = HandClock()
    first, second = make(db, clock), make(db, clock)
    assert await take(first)
    for jump in (3_600_000, -7_200_000, 10**12, -(10**12)):
        clock.set(clock.now() + jump)
        assert first.holds()
        waiting = asyncio.create_task(second.take(wait=True))
        for _ in range(5):
            await asyncio.sleep(0.02)
            clock.pass_by(4)
            assert await first.renew()
        assert not waiting.done()
        waiting.cancel()
        await asyncio.wait([waiting])


@pytest.mark.parametrize("gone", [
    Process(this_process().host, "an earlier boot", "", 1, 1),
    this_process()._replace(born=1),
    this_process()._replace(pid=2**22 + 5)])
async def test_who_is_known_to_have_ended_is_succeeded_at_once(db: Database, gone: Process) -> None:
    clock = HandClock()
    assert await take(make(db, clock, process=gone))
    assert await take(make(db, clock, process=this_process()))


async def test_who_lives_is_not_disturbed_by_one_who_does_not_wait(db: Database) -> None:
    clock = HandClock()
    assert await take(make(db, clock, process=this_process()))
    taking, found = await make(db, clock).take(wait=False)
    assert taking is Taking.OCCUPIED
    assert found is not None
    assert found.process == this_process()


async def test_a_permanent_agent_asks_a_child_once(db: Database) -> None:
    clock = HandClock()
    child, permanent, other = make(db, clock, Kind.CHILD), make(db, clock), make(db, clock)
    assert await take(child)
    waits = [asyncio.create_task(one.take(wait=True)) for one in (permanent, other)]
    await asyncio.sleep(0.1)
    assert child.holds()
    assert await child.renew()
    assert child.asked.is_set()
    asker = (await store.read_lease(db) or row()).wanted
    assert asker in (permanent.token, other.token)
    await child.release()
    taken, left = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    assert len(taken) == 1
    for one in left:
        one.cancel()
    await asyncio.wait(waits)
    assert (await store.read_lease(db) or row()).wanted == ""


async def test_a_permanent_agent_is_not_asked(db: Database) -> None:
    clock = HandClock()
    first = make(db, clock)
    assert await take(first)
    async with db.write() as tx:
        await store.ask_for_lease(tx, "somebody", await store.read_lease(db) or row())
    assert await first.renew()
    assert not first.asked.is_set()


async def test_a_heartbeat_that_cannot_be_stored_is_tried_again(db: Database, tmp_path: Path) -> None:
    clock = HandClock()
    lease = make(db, clock)
    assert await take(lease)
    renewed = asyncio.Event()
    with raw(tmp_path / "opsconsole.db") as other:
        other.execute("BEGIN IMMEDIATE")
        keeping = asyncio.create_task(lease.keep(renewed.set))
        while not lease.problem:  # noqa: ASYNC110 - it is no event
            await asyncio.sleep(0.02)
        assert "Another process has held" in lease.problem
        other.execute("ROLLBACK")
    await renewed.wait()
    assert lease.problem == ""
    keeping.cancel()


async def test_keeping_ends_when_it_is_lost(db: Database) -> None:
    lease = make(db, HandClock())
    assert await take(lease)
    async with db.write() as tx:
        await store.release_lease(tx, lease.token, 0)
    await lease.keep()
    assert lease.lost.is_set()


async def test_whoever_hears_that_it_is_lost_stops_at_once(db: Database) -> None:
    lease = make(db, HandClock())
    assert await take(lease)
    async with db.write() as tx:
        await store.release_lease(tx, lease.token, 0)
    fresh = lease.holds()
    assert not await lease.renew()
    assert (fresh, lease.holds()) == (True, False)


async def test_a_file_that_is_gone_ends_the_keeping(db: Database, tmp_path: Path) -> None:
    lease = make(db, HandClock())
    assert await take(lease)
    (tmp_path / "opsconsole.db").rename(tmp_path / "elsewhere.db")
    with pytest.raises(StorageUnusable, match="moved, removed or replaced"):
        await lease.keep()


async def test_one_who_does_not_wait_says_what_is_wrong(db: Database, tmp_path: Path) -> None:
    with raw(tmp_path / "opsconsole.db") as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageBusy):
            await make(db, HandClock()).take(wait=False)
        other.execute("ROLLBACK")


def test_the_figures_keep_their_promises() -> None:
    assert TIMING.dead + TIMING.look < 15
    assert TIMING.beat < TIMING.dead - TIMING.margin, "one heartbeat may fail"
    assert TIMING.patience + loop._SETTLE + shift.CLOSING < 5


class Simulated:
    """One agent to which anything happens, with the real lease and the real database."""

    def __init__(self, db: Database, clock: HandClock, kind: Kind) -> None:
        self.lease = Lease(db, clock, kind, ELSEWHERE, TIMING, clock.steady)
        self.clock = clock
        self.watcher = Watcher(clock.steady)
        self.has = False
        self.stopped = False

    async def turn(self) -> None:
        """What the loops of `take` and `keep` do once."""
        if self.stopped:
            return
        if not self.has:
            self.has = await self.lease._take(self.watcher)
        elif not await self.lease.renew():
            self.has = False
            self.watcher = Watcher(self.clock.steady)
            self.lease.token = self.lease.token + "'"


@given(st.data())
def test_two_never_hold_it_at_once(data: st.DataObject) -> None:
    """Agents are stopped and go on, the machine sleeps, the time of day is set; in the end somebody works again."""
    with TemporaryDirectory() as folder:
        asyncio.run(_simulate(data, Path(folder) / "opsconsole.db"))


async def _simulate(data: st.DataObject, path: Path) -> None:
    clock = HandClock()
    async with await Database.open(path, RECORDS) as db:
        agents = [Simulated(db, clock, kind) for kind in (Kind.PERMANENT, Kind.CHILD, Kind.PERMANENT)]
        for _ in range(data.draw(st.integers(5, 30))):
            one = agents[data.draw(st.integers(0, 2))]
            match data.draw(st.sampled_from(["turn", "turn", "turn", "pass", "pass", "sleep", "set", "stop", "go"])):
                case "turn":
                    await one.turn()
                case "pass":
                    clock.pass_by(data.draw(st.floats(0, 14)))
                case "sleep":
                    clock.pass_by(data.draw(st.floats(0, 100)), asleep=True)
                case "set":
                    clock.set(clock.now() + data.draw(st.integers(-(10**8), 10**8)))
                case "stop":
                    one.stopped = True
                case "go":
                    one.stopped = False
            assert sum(agent.lease.holds() for agent in agents) <= 1
        for _ in range(3):
            for one in agents[:2]:
                one.stopped = False
                await one.turn()
            clock.pass_by(TIMING.dead / 2)
        assert [agent.has and await agent.lease.renew() for agent in agents].count(True) == 1
