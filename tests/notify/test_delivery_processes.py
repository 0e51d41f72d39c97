"""Processes that deliver at once, are killed or cancelled: each message goes once, or says that it may be a repeat."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsconsole.notify.model import MessageState
from tests.notify.bench import SECOND, Bench, Sink, alive, quiet_environment, to

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Open = Callable[..., Awaitable[Bench]]


ROOT = Path(__file__).parents[2]
DELIVER = """
import asyncio, sys
from pathlib import Path
from opsconsole.core.clock import SystemClock
from opsconsole.core.jobs import Due
from opsconsole.core.database import RECORDS, Database
from opsconsole.notify.jobs import make_jobs
from tests.notify.bench import Holder, read

async def main():
    folder = Path(sys.argv[1])
    settings = read((folder / "settings.yaml").read_text())
    async with await Database.open(folder / "opsconsole.db", RECORDS) as db:
        jobs = make_jobs(db, settings, SystemClock(), Holder(), host="web-01", receipts=folder / "outbox")
        print("ready", flush=True)
        sys.stdin.readline()
        while True:
            for job in jobs:
                if job.name == "notify.plan" or job.name.startswith("notify.deliver"):
                    await job.run(Due(0))
            await asyncio.sleep(0.02)

asyncio.run(main())
"""


def start(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", DELIVER, str(folder)], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True, cwd=ROOT,
                               env={**quiet_environment(), "PYTHONPATH": str(ROOT)})
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def kill(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        process.kill()
        process.communicate()


async def wait_for(question: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < until, "it did not come to pass"
        await asyncio.sleep(0.02)


def written(folder: Path) -> list[str]:
    """The receipts in which something stands, by name."""
    found = []
    for path in folder.glob("*.receipt"):
        with suppress(FileNotFoundError):
            if path.stat().st_size:
                found.append(path.name)
    return found


async def real(bench: Open, folder: Path, settings: str) -> Bench:
    """A bench whose clock is right, so that other processes see the same time."""
    b = await bench(settings)
    b.clock.at = time.time_ns() // 1_000_000
    (folder / "settings.yaml").write_text(settings)
    return b


async def test_two_deliver_at_once_and_each_message_goes_once(bench: Open, tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    b = await real(bench, tmp_path, to(sink, "group: 0s\nstorm: {messages: 1000}\n"))
    for number in range(25):
        await b.fire(f"alert:{number}", title=f"down {number}")
        await b.run("notify.plan")
        # One message each: nothing is added to what was tried.
        await b.db_run("UPDATE outbox_message SET lane = id")
    both = [start(tmp_path), start(tmp_path)]
    for process in both:
        go(process)
    try:
        await wait_for(lambda: len(sink.got) >= 25)
        await asyncio.sleep(0.3)
    finally:
        kill(*both)
    ids = [message["id"] for message in sink.got]
    assert (len(ids), len(set(ids))) == (25, 25)
    assert len({message["pid"] for message in sink.got}) == 25


@pytest.mark.parametrize("moment", [0.0, 0.02, 0.05, 0.1, 0.2, 0.3])
async def test_killed_while_it_delivers_and_still_told_once(bench: Open, tmp_path: Path, moment: float) -> None:
    sink = Sink(tmp_path)
    b = await real(bench, tmp_path, to(sink))
    for number in range(3):
        await b.fire(f"alert:{number}", title=f"down {number}")
    first = start(tmp_path)
    go(first)
    await asyncio.sleep(moment)
    kill(first)
    second = start(tmp_path)
    go(second)
    try:
        await wait_for(lambda: {told["thread"] for message in sink.got for told in message["notices"]} >= {
            "alert:0", "alert:1", "alert:2"})
        # One that was made, and its process killed before it took anything, names nothing: it goes with time.
        await wait_for(lambda: not written(tmp_path / "outbox"))
        await asyncio.sleep(0.2)
    finally:
        kill(second)
    told = sorted(told["thread"] for message in sink.got for told in message["notices"])
    assert told == ["alert:0", "alert:1", "alert:2"]
    assert {one.message.state for one in await b.messages()} == {MessageState.SENT}


async def test_only_when_the_sending_process_is_killed_too_it_is_sent_again_and_says_so(bench: Open,
                                                                                        tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    again = tmp_path / "again"
    script = f"echo $PPID >> {pids}; test -e {again} || sleep 100; cat > {again}.$OPSCONSOLE_ID"
    settings = f"channels: {{x: {json.dumps({'kind': 'exec', 'command': ['sh', '-c', script]})}}}\ngroup: 0s\n"
    b = await real(bench, tmp_path, settings)
    await b.fire()
    first = start(tmp_path)
    go(first)
    await wait_for(lambda: pids.exists() and pids.read_text().endswith("\n"))
    kill(first)
    # While the process that it left works, nobody takes it up.
    await b.go(0, 0)
    assert (await b.messages())[0].message.state is MessageState.SENDING
    again.touch()
    os.kill(int(pids.read_text().split()[0]), signal.SIGKILL)
    await wait_for(lambda: not alive(int(pids.read_text().split()[0])))
    await b.go(0, 0, 0)
    (one,) = await b.messages()
    assert (one.message.state, one.message.unsure, one.message.attempts) == (MessageState.SENT, True, 2)
    told = json.loads((tmp_path / f"again.{one.message.id}").read_text())
    assert told["repeat"] is True
    assert "perhaps a repeat" in told["text"]


async def test_cancelled_while_it_sends_the_process_goes_on_and_its_receipt_counts(bench: Open, tmp_path: Path) -> None:
    ready, done = tmp_path / "ready", tmp_path / "done"
    script = f"touch {ready}; while [ ! -e {done} ]; do sleep 0.02; done; cat >> {tmp_path}/got"
    b = await bench(f"channels: {{x: {json.dumps({'kind': 'exec', 'command': ['sh', '-c', script]})}}}\ngroup: 0s\n")
    await b.fire()
    await b.run("notify.plan")
    task = asyncio.create_task(b.run("notify.deliver.x"))
    await wait_for(ready.exists)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    b.restart()
    await b.fire(kind="resolved")
    await b.go(0, SECOND)
    assert (await b.messages())[0].message.state is MessageState.SENDING
    done.touch()
    receipts = list((tmp_path / "outbox").glob("*.receipt"))
    await wait_for(lambda: b'"ok"' in receipts[0].read_bytes())
    await asyncio.sleep(0.2)
    await b.go(SECOND, SECOND, SECOND)
    assert [one.message.state for one in await b.messages()] == [MessageState.SENT] * 2
    assert (tmp_path / "got").read_text().count('"id"') == 2
