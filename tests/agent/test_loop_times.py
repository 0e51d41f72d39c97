"""When jobs run: what was missed is caught up, and a clock that is set or stands still makes no storm."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.agent.loop import SET, STALL, Look
from opsconsole.core.clock import DAY, HOUR
from opsconsole.core.jobs import CatchUp, Due, Every, Job, Jump
from tests.agent.clocks import HandClock
from tests.agent.looping import Counter, World, hang, run_of, until


async def test_what_was_missed_before_is_caught_up_as_declared() -> None:
    clock = HandClock(1_750_000_000_000 // DAY * DAY + HOUR)
    world, jobs = World(clock), {kind: Counter() for kind in CatchUp}
    last = clock.now() - HOUR - 3 * DAY
    world.known = {kind.value: run_of(kind.value, last, missed=1) for kind in CatchUp}
    async with world.running(*(Job(kind.value, job, Every(DAY / 1000), catch_up=kind) for kind, job in jobs.items())):
        await until(lambda: jobs[CatchUp.ALL].ended == 3 and jobs[CatchUp.LATEST].ended == 1)
    today = clock.now() - HOUR
    assert jobs[CatchUp.ALL].dues == [Due(today - n * DAY, caught_up=True) for n in (2, 1, 0)]
    assert jobs[CatchUp.LATEST].dues == [Due(today, caught_up=True)]
    assert jobs[CatchUp.NONE].dues == []
    assert {kind.value: world.saved[kind.value].missed for kind in CatchUp} == {"none": 4, "latest": 3, "all": 1}
    assert {run.last_due for run in world.saved.values()} == {today}


async def test_what_was_not_caught_up_when_the_agent_ended_is_caught_up_by_the_next() -> None:
    clock = HandClock(1_750_000_000_000 // DAY * DAY + HOUR)
    world = World(clock)
    done = asyncio.Event()
    stuck = Counter(hang)

    async def first_only(due: Due) -> None:
        if done.is_set():
            await stuck(due)
        done.set()

    world.known = {"all": run_of("all", clock.now() - HOUR - 3 * DAY)}
    async with world.running(Job("all", first_only, Every(DAY / 1000), catch_up=CatchUp.ALL)):
        await until(lambda: stuck.dues)
    world.known, rest = world.saved, Counter()
    async with world.running(Job("all", rest, Every(DAY / 1000), catch_up=CatchUp.ALL)):
        await until(lambda: rest.ended == 2)
    assert [due.at for due in rest.dues] == [clock.now() - HOUR - DAY, clock.now() - HOUR]


async def test_jitter_puts_off_the_run_and_not_the_moment_it_is_for() -> None:
    clock = HandClock(1_750_000_000_000 // HOUR * HOUR + 1000)
    world, job = World(clock), Counter()
    async with world.running(Job("job", job, Every(3600), jitter=3000)) as loop:
        await until(lambda: loop._slots["job"].begun)
        start = loop._slots["job"].start
        assert start is not None
        beat = start // HOUR * HOUR
        assert 0 < start - beat < 3_000_000
        for moment in (beat, start - 1, start):
            clock.pass_by((moment - clock.now()) / 1000)
            await asyncio.sleep(0.05)
            loop.poke()
            await asyncio.sleep(0.05)
            assert len(job.dues) == (moment == start)
        assert job.dues[0].at == beat


class Gap:
    """A job that is told of jumps."""

    def __init__(self) -> None:
        self.jumps: list[Jump] = []

    def __call__(self, jump: Jump) -> None:
        self.jumps.append(jump)
        if len(self.jumps) == 1:
            raise RuntimeError("a mistake in the telling stops nobody")


@pytest.mark.parametrize(("passed", "shift", "asleep"), [
    (3600.0, 0, True), (3600.0, 0, False), (0.0, HOUR, False), (0.0, 400 * DAY, False)])
async def test_after_a_sleep_or_a_new_time_there_is_no_storm(passed: float, shift: int, asleep: bool) -> None:
    clock = HandClock(1_750_000_000_000 // HOUR * HOUR + 20_000)
    world, gap, other = World(clock), Gap(), Gap()
    counters = {kind: Counter() for kind in CatchUp}
    async with world.running(*(Job(kind.value, counter, Every(60), catch_up=kind, jumped=gap if kind is CatchUp.NONE
                                   else other) for kind, counter in counters.items())) as loop:
        await until(lambda: all(slot.begun for slot in loop._slots.values()))
        clock.pass_by(passed, asleep=asleep)
        clock.set(clock.now() + shift)
        loop.poke()
        await until(lambda: counters[CatchUp.ALL].ended >= 60)
        await asyncio.sleep(0.05)
        assert len(counters[CatchUp.NONE].dues) == 0
        assert len(counters[CatchUp.LATEST].dues) == 1
        assert 60 <= counters[CatchUp.ALL].ended <= 100
        assert len(gap.jumps) == 1
        jump = gap.jumps[0]
        assert jump.after - jump.before == round(passed * 1000) + shift
        assert jump.asleep == pytest.approx(passed, abs=6)
        while not counters[CatchUp.NONE].ended:
            clock.pass_by(4)
            loop.poke()
            await asyncio.sleep(0.02)
    assert world.saved["none"].missed >= 59


async def test_when_the_clock_is_put_back_intervals_go_on() -> None:
    clock = HandClock()
    world, job, gap = World(clock), Counter(), Gap()
    async with world.running(Job("job", job, Every(10), jumped=gap)) as loop:
        for _ in range(3):
            clock.pass_by(10)
            loop.poke()
            await asyncio.sleep(0.03)
        seen = len(job.dues)
        assert seen
        clock.set(clock.now() - 5 * HOUR)
        loop.poke()
        await until(lambda: gap.jumps)
        clock.pass_by(10)
        loop.poke()
        await until(lambda: len(job.dues) == seen + 1)
    assert job.dues[-1].at < job.dues[0].at


@given(st.integers(-10**9, 10**9), st.floats(0, 1e5), st.floats(0, 5))
def test_what_counts_as_a_jump(shift: int, extra: float, planned: float) -> None:
    before = Look(10**12, 1000.0)
    passed = planned + extra
    jump = Look(10**12 + round(passed * 1000) + shift, 1000.0 + passed).since(before, planned)
    if abs(shift) > SET + 1 or extra > STALL + 0.001:
        assert jump is not None
        assert jump.asleep == pytest.approx(extra if jump.asleep else 0.0)
        assert jump.asleep or extra < STALL + 0.001
    elif abs(shift) < SET - 1 and extra < STALL - 0.001:
        assert jump is None
