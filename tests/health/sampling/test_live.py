from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from opsconsole.core.clock import SystemClock
from opsconsole.health.model import Cpu, Host, Load, Memory, Snapshot, Swap
from opsconsole.health.sampling.live import LiveSampler
from opsconsole.health.sampling.sampler import Sampler
from opsconsole.health.settings import HealthSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

LONG = 1000.0


def snapshot(at: int) -> Snapshot:
    return Snapshot(at, Host("h", "s", "k", 1, 0), Cpu(None), Memory(1, 1, 0), Swap(0, 0), Load(0, 0, 0))


class Script:
    """A source that does what it is told and counts."""

    def __init__(self, act: Callable[[int], None] = lambda _count: None) -> None:
        self.act = act
        self.wanted: list[int | None] = []
        self.closed = 0
        self.next_due: float | None = None
        self.tended = 0
        self.threads: set[int] = set()

    def sample(self, processes: int | None = 0) -> Snapshot:
        self.threads.add(threading.get_ident())
        self.wanted.append(processes)
        self.act(len(self.wanted))
        return snapshot(len(self.wanted))

    def tend(self) -> bool:
        self.tended += 1
        return self.tended % 3 == 0

    def due(self) -> float | None:
        return self.next_due

    def close(self) -> None:
        self.closed += 1


def eventually(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_the_first_two_passes_come_at_once_then_it_waits() -> None:
    source, seen = Script(), list[Snapshot]()
    live = LiveSampler(lambda: source, LONG, seen.append)
    live.start()
    live.start()
    eventually(lambda: len(seen) == 2)
    live.stop()
    assert [one.at for one in seen] == [1, 2]
    assert source.closed == 1
    assert threading.get_ident() not in source.threads
    assert len(source.threads) == 1


def test_a_pass_can_be_asked_for_and_it_starts_again() -> None:
    source, seen = Script(), list[Snapshot]()
    live = LiveSampler(lambda: source, LONG, seen.append)
    live.start()
    eventually(lambda: len(seen) == 2)
    for count in (3, 4):
        live.ask()
        eventually(lambda count=count: len(seen) == count)  # type: ignore[misc]
    live.stop()
    live.start()
    eventually(lambda: len(seen) == 6)
    live.stop()
    live.stop()
    assert source.closed == 2


def test_processes_are_wanted_in_many_ways() -> None:
    source, seen = Script(), list[Snapshot]()
    live = LiveSampler(lambda: source, LONG, seen.append)
    live.want_processes(5)
    live.start()
    eventually(lambda: source.wanted == [5, 5])
    live.want_processes(True)
    eventually(lambda: source.wanted == [5, 5, None])
    live.want_processes(False)
    live.ask()
    eventually(lambda: source.wanted[-1] == 0)
    count = len(source.wanted)
    # Two passes soon: the use of a process is known from the second on.
    live.want_processes(3)
    eventually(lambda: source.wanted[count:] == [3, 3])
    live.stop()


def test_questions_under_way_are_tended_and_a_change_makes_a_pass() -> None:
    source, seen = Script(), list[Snapshot]()
    live = LiveSampler(lambda: source, LONG, seen.append)
    source.next_due = 0.01
    live.start()
    eventually(lambda: len(seen) >= 4)
    live.stop()
    assert source.tended >= 9


def test_a_pass_that_fails_is_told_once_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    def act(count: int) -> None:
        if count in (2, 3, 5):
            raise ValueError("broken counter")

    source, seen, told = Script(act), list[Snapshot](), list[str]()
    made = 0

    def make() -> Script:
        nonlocal made
        made += 1
        return source

    live = LiveSampler(make, 0.01, seen.append, told.append)
    with caplog.at_level(logging.WARNING):
        live.start()
        eventually(lambda: len(seen) >= 4)
        live.stop()
    assert told == ["The host cannot be measured: ValueError: broken counter. It is tried again."] * 2
    assert made == 4
    assert source.closed == 4
    assert any(record.exc_info for record in caplog.records)


def test_whatever_the_callbacks_do_the_thread_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    source, calls = Script(), list[Snapshot]()

    def deliver(one: Snapshot) -> None:
        calls.append(one)
        raise RuntimeError("nobody is there")

    def failed(_sentence: str) -> None:
        raise RuntimeError("nor here")

    live = LiveSampler(lambda: source, 0.01, deliver, failed)
    with caplog.at_level(logging.CRITICAL):
        live.start()
        eventually(lambda: len(calls) >= 3)
        live.stop()


def test_a_source_that_cannot_be_made_is_tried_again() -> None:
    told, seen, attempts = list[str](), list[Snapshot](), 0

    def make() -> Script:
        nonlocal attempts
        attempts += 1
        if attempts < 3:
            raise OSError("no descriptors")
        return Script()

    live = LiveSampler(make, 0.01, seen.append, told.append)
    live.start()
    eventually(lambda: bool(seen))
    live.stop()
    assert len(told) == 1


def test_stopping_does_not_wait_for_a_pass_that_hangs(caplog: pytest.LogCaptureFixture) -> None:
    release = threading.Event()

    def act(_count: int) -> None:
        release.wait(30)

    source = Script(act)
    live = LiveSampler(lambda: source, LONG, lambda _one: None)
    live.start()
    eventually(lambda: bool(source.wanted))
    with caplog.at_level(logging.WARNING):
        live.stop()
    assert "hangs" in caplog.text
    assert source.closed == 0
    release.set()
    eventually(lambda: source.closed == 1)


def test_it_can_be_stopped_from_its_own_thread() -> None:
    source = Script()
    live = LiveSampler(lambda: source, LONG, lambda _one: live.stop())
    live.start()
    eventually(lambda: source.closed == 1)


def test_the_real_sampler_lives_and_leaves_nothing_behind() -> None:
    seen, samplers = list[Snapshot](), list[Sampler]()

    def make() -> Sampler:
        samplers.append(Sampler(HealthSettings(), SystemClock()))
        return samplers[-1]

    live = LiveSampler(make, 0.1, seen.append)
    live.want_processes(4)
    live.start()
    eventually(lambda: len(seen) >= 3)
    live.stop()
    assert seen[1].cpu.busy is not None
    assert len(seen[1].processes) == 4
    assert samplers[0]._prober.pids() == ()
