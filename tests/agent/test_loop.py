"""The loop: jobs beside each other, overlap, limits, backoff, missed runs, jumps of the clock, storing, ending."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from opsconsole.agent import loop as loops
from opsconsole.core.clock import DAY, HOUR
from opsconsole.core.errors import StorageFull
from opsconsole.core.jobs import CatchUp, Due, Every, Job, LeaseLost, Line
from tests.agent.clocks import HandClock

if TYPE_CHECKING:

    import pytest

    from opsconsole.agent.loop import Look
from tests.agent.looping import NEVER, SOON, Counter, World, fail, hang, run_of, until


async def test_jobs_that_hang_keep_no_other_one_waiting() -> None:
    world, steady = World(), Counter()
    hanging = [Job(f"hangs{number}", Counter(hang), SOON, eager=True) for number in range(200)]
    late: list[float] = []

    async def on_time(due: Due) -> None:
        late.append(world.clock.now() - due.at)
        await steady(due)

    async with world.running(*hanging, Job("steady", on_time, SOON)) as loop:
        await until(lambda: steady.ended > 20)
        assert len(loop.running) >= 200
    print(f"started {max(late)} ms late at most, {sorted(late)[len(late) // 2]} ms in the middle")
    assert all(due.at % 50 == 0 for due in steady.dues)
    assert len({due.at for due in steady.dues}) == len(steady.dues)


async def test_a_run_that_still_runs_is_not_begun_again() -> None:
    world, slow = World(), Counter(hang)
    async with world.running(Job("slow", slow, SOON, eager=True)) as loop:
        await until(lambda: loop._slots["slow"].run.skipped > 3)
        assert len(slow.dues) == 1
    assert world.saved["slow"].skipped > 3


async def test_a_run_is_cut_off_at_its_limit() -> None:
    world, slow, blind = World(), Counter(hang), Counter()

    async def deaf(due: Due) -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            await blind(due)

    async with world.running(Job("slow", slow, NEVER, eager=True, limit=0.05),
                             Job("deaf", deaf, NEVER, eager=True, limit=0.05)) as loop:
        await until(lambda: all(slot.run.runs for slot in loop._slots.values()))
    assert [world.saved[name].error for name in ("slow", "deaf")] == ["It took longer than 0.05 s."] * 2
    assert blind.ended == 1


async def test_a_limit_of_its_own_inside_a_job_is_its_own_failure() -> None:
    async def inside(_: Due) -> None:
        async with asyncio.timeout(0.01):
            await hang()

    world = World()
    async with world.running(Job("inside", inside, NEVER, eager=True)) as loop:
        await until(lambda: loop._slots["inside"].run.runs)
    assert "longer than" not in world.saved["inside"].error
    assert world.saved["inside"].ok is False


async def test_a_failing_job_waits_longer_and_longer_and_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    world, bad, good = World(), Counter(fail), Counter()
    async with world.running(Job("bad", bad, SOON), Job("good", good, SOON)) as loop:
        await until(lambda: loop._slots["bad"].run.failures >= 4)
        slot = loop._slots["bad"]
        assert slot.not_before - bad.dues[-1].at == 50 * 2 ** (slot.run.failures - 1)
    assert good.ended > len(bad.dues)
    gaps = [later.at - earlier.at for earlier, later in zip(bad.dues, bad.dues[1:], strict=False)]
    assert gaps[1] >= 100
    assert gaps[2] >= 200
    assert world.saved["bad"].skipped > 0
    assert world.saved["bad"].error == "The service is gone. Look for it."
    assert [record.levelname for record in caplog.records if "job fails" in record.message] == ["WARNING"]


async def test_a_success_ends_the_backoff(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    tries = iter([True, True, False, False])

    async def sometimes() -> None:
        if next(tries, False):
            await fail()

    world, job = World(), Counter(sometimes)
    async with world.running(Job("sometimes", job, SOON)) as loop:
        await until(lambda: job.ended >= 3)
        assert loop._slots["sometimes"].not_before == 0
    assert (world.saved["sometimes"].failures, world.saved["sometimes"].error) == (0, "")
    assert "job works again" in caplog.text


async def test_a_job_without_backoff_is_tried_each_time() -> None:
    world, bad = World(), Counter(fail)
    async with world.running(Job("bad", bad, SOON, backoff=False)) as loop:
        await until(lambda: loop._slots["bad"].run.failures >= 5)
        assert loop._slots["bad"].run.skipped <= 1


async def test_a_mistake_in_a_job_is_logged_with_its_trace_and_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async def mistake() -> None:
        raise ZeroDivisionError("\x1b[31mred")

    world, bad, good = World(), Counter(mistake), Counter()
    async with world.running(Job("bad", bad, SOON), Job("good", good, SOON)) as loop:
        await until(lambda: good.ended > 3 and loop._slots["bad"].run.failures > 1)
    assert world.saved["bad"].error == "ZeroDivisionError: ␛[31mred"
    assert len([record for record in caplog.records if record.exc_info]) == 1, "once, not with each failure"


async def test_nothing_is_begun_without_the_lease() -> None:
    world, job = World(), Counter()
    world.guard.free = False
    async with world.running(Job("job", job, SOON, eager=True)) as loop:
        await asyncio.sleep(0.2)
        assert not job.dues
        world.guard.free = True
        loop.poke()
        await until(lambda: job.dues)
        world.guard.free = False
        seen = len(job.dues)
        await asyncio.sleep(0.2)
        assert len(job.dues) <= seen + 1


async def test_a_job_with_an_impossible_schedule_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    world, good = World(), Counter()
    async with world.running(Job("bad", Counter(), Line("every day")), Job("good", good, SOON)) as loop:
        await until(lambda: good.ended)
        assert loop.jobs == 1
    assert "its schedule must be a cron line" in caplog.text


async def test_runs_that_cannot_be_stored_are_stored_later(
        caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "FLUSH", 0.05)
    world, job = World(), Counter()
    world.wrong = StorageFull("There is no space left.")
    async with world.running(Job("job", job, SOON)):
        await until(lambda: world.saves > 3)
        assert caplog.text.count("runs are not stored") == 1
        world.wrong = None
        await until(lambda: world.saved)
    assert world.saved["job"].runs > 2


async def test_runs_are_stored_in_batches_and_only_recorded_ones() -> None:
    world, job, quiet = World(), Counter(), Counter()
    async with world.running(Job("job", job, SOON), Job("quiet", quiet, SOON, recorded=False)):
        await until(lambda: job.ended > 8 and quiet.ended > 8)
        assert world.saves == 0
    assert world.saves == 1
    assert set(world.saved) == {"job"}
    run = world.saved["job"]
    assert (run.ok, run.failures, run.last_due) == (True, 0, job.dues[-1].at)
    assert run.last_started is not None
    assert run.last_ended is not None
    assert run.last_ended >= run.last_started >= run.last_due


async def test_a_failure_is_stored_whatever_the_job_and_so_is_its_end() -> None:
    world = World()
    broken = Counter(fail)
    async with world.running(Job("quiet", broken, SOON, recorded=False, backoff=False)):
        await until(lambda: len(broken.dues) > 3)
    assert world.saved["quiet"].failures > 2
    assert "gone" in world.saved["quiet"].error
    world.known, world.saved, mended = world.saved, {}, Counter()
    async with world.running(Job("quiet", mended, SOON, recorded=False)):
        await until(lambda: mended.ended > 3)
    assert (world.saved["quiet"].failures, world.saved["quiet"].error) == (0, "")


async def test_a_job_that_is_caught_up_is_stored_soon() -> None:
    world, job = World(), Counter()
    async with world.running(Job("job", job, SOON, catch_up=CatchUp.LATEST)):
        await until(lambda: "job" in world.saved, 5)


async def test_one_that_lost_the_lease_stores_nothing() -> None:
    world, job = World(), Counter()
    async with world.running(Job("job", job, SOON)) as loop:
        await until(lambda: job.ended)
        world.wrong = LeaseLost()
        await loop.flush()
    assert world.saved == {}


async def test_a_run_that_loses_the_lease_has_not_failed() -> None:
    async def lost() -> None:
        raise LeaseLost

    world, job = World(), Counter(lost)
    async with world.running(Job("job", job, NEVER, eager=True)) as loop:
        await until(lambda: job.dues)
        await asyncio.sleep(0)
        assert loop._slots["job"].run.failures == 0


async def test_jobs_are_replaced_while_it_runs() -> None:
    world, old, kept, new = World(), Counter(), Counter(), Counter()
    async with world.running(Job("old", old, SOON), Job("kept", kept, SOON)) as loop:
        await until(lambda: old.ended and kept.ended)
        loop.replace([Job("kept", kept, Every(0.1)), Job("new", new, SOON, eager=True)])
        seen = old.ended
        runs = loop._slots["kept"].run.runs
        assert runs > 0
        await until(lambda: new.ended > 2 and loop._slots["kept"].run.runs > runs)
        assert old.ended <= seen + 1
    assert {due.at % 100 for due in kept.dues[-1:]} == {0}


async def test_what_was_not_caught_up_before_jobs_are_replaced_is_caught_up_after() -> None:
    clock = HandClock(1_750_000_000_000 // DAY * DAY + HOUR)
    world, stuck, rest = World(clock), Counter(hang), Counter()
    world.known = {"all": run_of("all", clock.now() - HOUR - 3 * DAY)}
    loop = world.make(Job("all", stuck, Every(DAY / 1000), catch_up=CatchUp.ALL))
    first = asyncio.create_task(loop.run())
    await until(lambda: stuck.dues)
    await loop.finish(0)
    await first
    loop.replace([Job("all", rest, Every(DAY / 1000), catch_up=CatchUp.ALL)])
    loop.resume()
    second = asyncio.create_task(loop.run())
    await until(lambda: rest.ended == 3)
    await loop.finish(0)
    await second
    assert [due.at for due in rest.dues] == [clock.now() - HOUR - n * DAY for n in (2, 1, 0)]


async def test_finishing_waits_for_what_runs_and_cuts_off_the_rest() -> None:
    world = World()
    let = asyncio.Event()

    async def short() -> None:
        await let.wait()

    quick, stuck = Counter(short), Counter(hang)
    loop = world.make(Job("quick", quick, NEVER, eager=True), Job("stuck", stuck, NEVER, eager=True))
    task = asyncio.create_task(loop.run())
    await until(lambda: quick.dues and stuck.dues)
    asyncio.get_running_loop().call_later(0.1, let.set)
    assert await loop.finish(0.4) == ["stuck"]
    await task
    assert (quick.ended, stuck.ended) == (1, 0)
    await loop.flush()
    assert world.saved["quick"].ok is True
    assert "stuck" not in world.saved or world.saved["stuck"].ok is None


async def test_finishing_in_a_hurry_waits_for_nothing() -> None:
    world, stuck, hurry = World(), Counter(hang), asyncio.Event()
    loop = world.make(Job("stuck", stuck, NEVER, eager=True))
    task = asyncio.create_task(loop.run())
    await until(lambda: stuck.dues)
    asyncio.get_running_loop().call_later(0.05, hurry.set)
    began = time.monotonic()
    assert await loop.finish(60, hurry) == ["stuck"]
    assert time.monotonic() - began < 30
    await task


async def test_once_runs_each_job_once() -> None:
    world, good, bad = World(), Counter(), Counter(fail)
    loop = world.make(Job("good", good, NEVER), Job("bad", bad, NEVER))
    assert await loop.once() == {"bad": "The service is gone. Look for it."}
    assert (len(good.dues), len(bad.dues)) == (1, 1)
    assert set(world.saved) == {"good", "bad"}
    assert await world.make().once() == {}


async def test_an_idle_loop_turns_seldom() -> None:
    world = World()
    loop = world.make(Job("job", Counter(), NEVER))
    turns = 0
    real = loop._look

    def counted() -> Look:
        nonlocal turns
        turns += 1
        return real()

    loop._look = counted  # type: ignore[method-assign]
    task = asyncio.create_task(loop.run())
    await asyncio.sleep(0.5)
    await loop.finish(0)
    await task
    assert turns <= 4
