"""Programs that flood, fork, hang and die, run as a service's client."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from opsconsole.health.checks.kinds.client import LIMIT, Ran, run
from opsconsole.health.checks.kinds.dialogue import NoAnswer
from tests.health.checks.kinds.asking import HANGS, KILLED, nothing_left, until

if TYPE_CHECKING:
    from pathlib import Path


async def shell(script: str, source: str = "") -> Ran:
    async with asyncio.timeout(HANGS):
        return await run(["/bin/sh", "-c", script], {"SECRET": "x"}, source)


async def test_output_errors_and_status() -> None:
    await shell("true")
    async with nothing_left():
        ran = await shell("echo out; echo problem >&2; exit 3")
    assert (ran.status, ran.output, ran.errors) == (3, "out\n", "problem\n")
    assert ran.first is not None
    assert ran.first > 0


async def test_a_silent_program_has_no_first_output() -> None:
    assert await shell("echo only >&2") == Ran(0, "", "only\n", None)


async def test_a_signal_is_a_negative_status() -> None:
    assert (await shell("kill -9 $$")).status == -9


async def test_what_it_is_given_to_read() -> None:
    source = "first\n" + "x" * 100_000 + "\nlast ünï\n"
    assert (await shell("cat", source)).output == source
    assert (await shell("true", source)).status == 0


async def test_bytes_that_are_no_text() -> None:
    assert (await shell(r"printf 'a\377b'")).output == "a\\xffb"


async def test_its_environment_is_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSERVICE", "other")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    names = {line.partition("=")[0] for line in (await shell("env")).output.splitlines()}
    assert names <= {"PATH", "HOME", "LC_ALL", "SECRET", "PWD", "SHLVL", "_", "OLDPWD"}
    assert (await shell("echo $LC_ALL $SECRET; pwd")).output == "C x\n/\n"


async def test_it_has_no_terminal_and_a_session_of_its_own() -> None:
    code = "import os; print(os.getsid(0) == os.getpid(), os.isatty(0))"
    async with asyncio.timeout(HANGS):
        ran = await run([sys.executable, "-c", code], {})
    assert ran.output == "True False\n"


@pytest.mark.parametrize("stream", [1, 2])
async def test_a_flood_is_stopped(stream: int) -> None:
    async with nothing_left():
        with pytest.raises(NoAnswer, match=f"sh printed more than {LIMIT // 1024} KiB"):
            await shell(f"while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done >&{stream}")


async def test_just_as_much_as_is_allowed_is_kept() -> None:
    ran = await shell(f"head -c {LIMIT} /dev/zero")
    assert (ran.status, len(ran.output)) == (0, LIMIT)


async def test_a_program_that_is_not_there() -> None:
    async with nothing_left():
        with pytest.raises(NoAnswer, match="none cannot be started: No such file or directory"):
            await run(["/nonexistent/none"], {})


async def test_what_no_program_can_be_given() -> None:
    async with nothing_left():
        with pytest.raises(NoAnswer, match="sh cannot be started: a setting or the password holds a NUL"):
            await run(["/bin/sh"], {"PGPASSWORD": "a\0b"})


async def test_cancellation_ends_the_whole_group(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = f"trap '' TERM INT HUP; sleep 60 & echo $! >{pids}; echo $$ >>{pids}; sleep 60"
    async with nothing_left():
        task = asyncio.create_task(shell(script))
        await until(lambda: pids.exists() and len(pids.read_text().split()) == 2)
        task.cancel()
        await asyncio.wait([task], timeout=HANGS)
        assert task.cancelled()
    await until(lambda: not any(_lives(int(pid)) for pid in pids.read_text().split()), KILLED)


async def test_what_a_program_leaves_running_ends_with_the_check(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    async with nothing_left():
        task = asyncio.create_task(shell(f"sleep 60 & echo $! >{pid}"))
        await until(lambda: pid.exists() and pid.read_text().strip() != "")
        assert not (await asyncio.wait([task], timeout=0.2))[0]
        task.cancel()
        await asyncio.wait([task], timeout=HANGS)
    await until(lambda: not _lives(int(pid.read_text())), KILLED)


async def test_cancellation_while_it_starts() -> None:
    async with nothing_left():
        for turns in range(12):
            task = asyncio.create_task(shell("sleep 60"))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task], timeout=HANGS)
            assert task.cancelled()


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def test_many_at_once_leave_nothing() -> None:
    await shell("true")
    async with nothing_left():
        ran = await asyncio.gather(*(shell(f"echo {number}; sleep 0.05") for number in range(20)))
    assert [each.output for each in ran] == [f"{number}\n" for number in range(20)]
    assert len(os.listdir("/proc/self/fd")) < 200
