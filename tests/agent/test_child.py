"""A console's child: started where nobody works, ends with its console however that ends, one for all consoles."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsconsole.agent import child as children
from opsconsole.agent import store
from opsconsole.agent.child import ChildAgent, describe
from opsconsole.agent.model import Kind, LeaseState, Process, Timing
from opsconsole.agent.processes import this_process
from opsconsole.core.clock import SystemClock
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.errors import StorageBusy
from tests.agent.agents import PROGRAM, QUICK, ROOT, Agents, never_two_at_once, told, wait_for
from tests.agent.clocks import HandClock
from tests.core.storage import raw

if TYPE_CHECKING:
    from collections.abc import Callable

ELSEWHERE = Process("elsewhere", "other boot", "", 1, 1)

CONSOLE = """
import asyncio, json, sys
from pathlib import Path
from opsconsole.agent import store
from opsconsole.agent.child import ChildAgent
from opsconsole.agent.model import Timing
from opsconsole.core.clock import SystemClock
from opsconsole.core.database import RECORDS, Database

given = json.loads(sys.argv[1])

async def main():
    async with await Database.open(Path(given["records"]), RECORDS) as db:
        child = ChildAgent(lambda: store.read_lease(db), clock=SystemClock(), log=Path(given["log"]),
                           timing=Timing(**given["timing"]), arguments=given["command"])
        child.start()
        while True:
            await asyncio.sleep(0.1)
            if child.pid:
                Path(given["pid"]).write_text(str(child.pid))

asyncio.run(main())
"""


def told_to(agents: Agents) -> dict[str, object]:
    """What the program of a child is given."""
    return {"config": str(agents.place.config), "kind": "child", "once": False, "timing": QUICK._asdict(),
            "providers": ["tests.agent.probes:holding"]}


def console(agents: Agents, name: str) -> subprocess.Popen[bytes]:
    """A process that does what a console does with its child."""
    folder = agents.place.folder
    given = {"records": str(agents.place.records), "log": str(folder / f"{name}.log"), "pid": str(folder / name),
             "timing": QUICK._asdict(), "command": [sys.executable, "-c", PROGRAM, json.dumps(told_to(agents))]}
    started = agents.run([sys.executable, "-W", "error", "-c", CONSOLE, json.dumps(given)], env=None, pipe=False)
    return started.process


def child_of(agents: Agents, name: str) -> int | None:
    """The process that this console started last."""
    path = agents.place.folder / name
    text = path.read_text() if path.exists() else ""
    return int(text) if text else None


def gone(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 - a line of the kernel
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def holder(agents: Agents) -> int | None:
    lines = told(agents.place)
    return lines[-1].pid if lines else None


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_ends_with_its_console_and_another_console_starts_its_own(
        agents: Agents, number: signal.Signals) -> None:
    first = console(agents, "first")
    wait_for(lambda: holder(agents) is not None)
    wait_for(lambda: holder(agents) == child_of(agents, "first"))
    second, third = console(agents, "second"), console(agents, "third")
    time.sleep(1)
    assert (child_of(agents, "second"), child_of(agents, "third")) == (None, None), "while one works, no other starts"
    owned = holder(agents)
    assert owned is not None
    first.send_signal(number)
    first.wait()
    wait_for(lambda: gone(owned))
    wait_for(lambda: holder(agents) in (child_of(agents, "second"), child_of(agents, "third")))
    never_two_at_once(told(agents.place))
    for one in (second, third):
        one.kill()


def test_a_child_that_dies_is_started_again(agents: Agents) -> None:
    console(agents, "first")
    wait_for(lambda: holder(agents) is not None)
    pid = holder(agents)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: holder(agents) != pid)
    never_two_at_once(told(agents.place))


def test_a_child_has_a_session_of_its_own_and_none_of_the_console_s_files(agents: Agents) -> None:
    one = console(agents, "first")
    wait_for(lambda: holder(agents) is not None)
    wait_for(lambda: child_of(agents, "first"))
    pid = child_of(agents, "first") or 0
    assert os.getsid(pid) == pid != os.getsid(one.pid)
    names = {link.name: str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()}
    assert names["0"].startswith("pipe:")
    assert names["1"] == names["2"] == str(agents.place.folder / "first.log")


def test_a_child_whose_pipe_another_process_holds_open_ends_too(agents: Agents) -> None:
    """Its parent is gone, which it sees without the pipe."""
    given = json.dumps(told_to(agents))
    reading, writing = os.pipe()
    program = ("import subprocess, sys, time; p = subprocess.Popen(sys.argv[1:], stdin=0); print(p.pid, flush=True);"
               "time.sleep(600)")
    with subprocess.Popen([sys.executable, "-c", program, sys.executable, "-c", PROGRAM, given], stdin=reading,
                          stdout=subprocess.PIPE, cwd=ROOT,
                          env={**os.environ, "PROBE": str(agents.place.told), "PYTHONPATH": str(ROOT)}) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        wait_for(lambda: told(agents.place))
        parent.kill()
    wait_for(lambda: gone(pid))
    os.close(reading)
    os.close(writing)


def lease(*, token: str = "t", beat: int, beats: int = 1, process: Process = ELSEWHERE) -> LeaseState:
    return LeaseState(token, Kind.CHILD, process, 0, beat, beats)


@pytest.mark.parametrize(("age", "expected"), [
    (0, "agent"), (4_200, "agent"), (15_000, "agent"), (-60_000, "agent"), (15_001, "agent silent 15 s"),
    (40_000, "agent silent 40 s"), (90_061_000, "agent silent 1 d 1 h")])
def test_how_the_agent_is_said_to_be(age: int, expected: str) -> None:
    assert describe(lease(beat=10**12 - age), 10**12) == expected


def test_no_agent_is_said_so() -> None:
    assert describe(None, 10**12) == describe(lease(token="", beat=10**12), 10**12) == "no agent"


class Desk:
    """A child agent whose lease the test writes, and whose command is `program`."""

    def __init__(self, folder: Path, program: str) -> None:
        self.clock = HandClock()
        self.row: LeaseState | None = None
        self.error: Exception | None = None
        self.log = folder / "logs" / "log"
        self.agent = ChildAgent(self.read, clock=self.clock, log=self.log, timing=Timing(dead=0.3),
                                arguments=[sys.executable, "-c", program])

    async def read(self) -> LeaseState | None:
        if self.error is not None:
            raise self.error
        return self.row


@pytest.fixture
def desk(tmp_path: Path) -> Callable[[str], Desk]:
    return lambda program: Desk(tmp_path, program)


WAITS = "import sys; sys.stdin.read()"


async def test_where_somebody_works_none_is_started(desk: Callable[[str], Desk]) -> None:
    one = desk(WAITS)
    one.row = lease(beat=one.clock.now())
    for beats in range(4):
        one.row = lease(beat=one.clock.now(), beats=beats)
        await one.agent.look()
        await asyncio.sleep(0.15)
    assert one.agent.pid is None
    assert one.agent.lease == one.row


@pytest.mark.parametrize("row", [None, lease(token="", beat=0), lease(beat=0),
                                 lease(beat=10**15, process=this_process()._replace(born=1))])
async def test_where_nobody_works_one_is_started_and_ends_with_its_input(
        row: LeaseState | None, desk: Callable[[str], Desk]) -> None:
    one = desk(WAITS)
    one.row = row
    await one.agent.look()
    pid = one.agent.pid
    assert pid is not None
    await one.agent.look()
    assert one.agent.pid == pid, "one is enough"
    await one.agent.stop(wait=20)
    assert gone(pid)
    assert one.agent.pid is None


async def test_a_holder_that_is_silent_for_long_is_noticed(desk: Callable[[str], Desk]) -> None:
    one = desk(WAITS)
    one.row = lease(beat=one.clock.now())
    await one.agent.look()
    before = one.agent.pid
    await asyncio.sleep(0.35)
    await one.agent.look()
    assert (before, one.agent.pid is None) == (None, False)
    await one.agent.stop(wait=20)


async def test_one_that_ends_at_once_is_not_started_again_and_again(
        desk: Callable[[str], Desk], monkeypatch: pytest.MonkeyPatch) -> None:
    one = desk("import sys; sys.exit(4)")
    starts = []
    real = subprocess.Popen

    def counted(*args: object, **options: object) -> object:
        starts.append(time.monotonic())
        return real(*args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", counted)
    monkeypatch.setattr(children, "PAUSES", (0.0, 0.3, 3600.0))
    for _ in range(20):
        await one.agent.look()
        await asyncio.sleep(0.05)
    assert len(starts) == 2
    assert f"ended with status 4; its log is {one.log}" in one.agent.problem
    one.row = lease(beat=one.clock.now())
    await one.agent.look()
    assert one.agent.problem == ""
    await one.agent.stop()


async def test_what_it_says_goes_to_the_log(desk: Callable[[str], Desk]) -> None:
    one = desk("import sys; print('out'); print('err', file=sys.stderr); sys.stdin.read()")
    await one.agent.look()
    await one.agent.stop(wait=20)
    assert sorted(one.log.read_text().split()) == ["err", "out"]
    assert one.log.stat().st_mode & 0o777 == 0o600


async def test_one_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    async def read() -> LeaseState | None:
        return None

    agent = ChildAgent(read, clock=SystemClock(), log=tmp_path / "log", arguments=["/nowhere/python"])
    await agent.look()
    assert agent.problem == "An agent could not be started (No such file or directory)."
    (tmp_path / "file").touch()
    agent = ChildAgent(read, clock=SystemClock(), log=tmp_path / "file" / "log", arguments=["/bin/true"])
    await agent.look()
    assert "could not be started" in agent.problem


async def test_records_that_cannot_be_read_start_nothing(desk: Callable[[str], Desk]) -> None:
    one = desk(WAITS)
    one.error = StorageBusy("Busy.")
    await one.agent.look()
    assert one.agent.pid is None


async def test_the_real_command_is_started_with_the_real_lease(tmp_path: Path) -> None:
    config = tmp_path / "ops console.yaml"
    config.write_text(f"data: {tmp_path / 'data'}\n")
    async with await Database.open(tmp_path / "data" / "opsconsole.db", RECORDS) as db:
        agent = ChildAgent(lambda: store.read_lease(db), clock=SystemClock(), log=tmp_path / "log", config=config,
                           timing=QUICK)
        agent.start()
        async with asyncio.timeout(30):
            while agent.lease is None:  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.05)
        assert agent.lease.process.pid == agent.pid
        assert agent.lease.kind is Kind.CHILD
        assert describe(agent.lease, SystemClock().now()) == "agent"
        await agent.stop(wait=20)
    with raw(tmp_path / "data" / "opsconsole.db") as found:
        assert found.execute("SELECT token FROM lease").fetchone() == ("",)


NOTES_RELOADS = """
import signal, sys
signal.signal(signal.SIGHUP, lambda *_: print("read again", flush=True))
print("ready", flush=True)
sys.stdin.read()
"""


async def test_its_child_reads_the_configuration_again_with_the_console(desk: Callable[[str], Desk]) -> None:
    one = desk(NOTES_RELOADS)
    one.agent.reload()
    await one.agent.look()
    await asyncio.to_thread(wait_for, lambda: one.log.exists() and "ready" in one.log.read_text())
    one.agent.reload()
    await asyncio.to_thread(wait_for, lambda: "read again" in one.log.read_text())
    assert one.agent.pid is not None
    await one.agent.stop(wait=20)
    one.agent.reload()


async def test_one_that_may_not_start_only_looks(tmp_path: Path) -> None:
    one = Desk(tmp_path, WAITS)
    one.agent = ChildAgent(one.read, clock=one.clock, log=one.log, may_start=False)
    await one.agent.look()
    assert one.agent.pid is None
    assert not one.agent.working
