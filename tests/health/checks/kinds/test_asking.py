from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.core.clock import SystemClock
from opsconsole.health.checks.kinds import asking
from opsconsole.health.checks.kinds.asking import MOST, MOST_SLOW, NoAnswer, ask
from opsconsole.health.checks.runner import Scope
from opsconsole.health.sampling.child import Child, reap_abandoned

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
async def _nothing_is_left() -> AsyncIterator[None]:
    yield
    asking.close()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Child]]:
    """Every process that was started."""
    made: list[Child] = []

    class Counted(Child):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            made.append(self)

    monkeypatch.setattr(asking, "Child", Counted)
    yield made
    end = time.monotonic() + 20
    for child in made:
        child.kill()
        while not child.reap() and time.monotonic() < end:
            time.sleep(0.01)
    assert all(child.dead for child in made)


def scope(tmp_path: Path, seconds: float = 20, memory: dict[str, Any] | None = None) -> Scope:
    return Scope("x", SystemClock(), {} if memory is None else memory, tmp_path,
                 asyncio.get_running_loop().time() + seconds)


async def test_one_process_answers_one_after_another(tmp_path: Path, started: list[Child]) -> None:
    for _ in range(5):
        assert (await ask(scope(tmp_path), "files:look", {"path": str(tmp_path)}))["count"] == 1
    assert len(started) == 1


async def test_what_comes_at_once_is_answered_at_once_and_one_process_is_kept(
        tmp_path: Path, started: list[Child]) -> None:
    answers = await asyncio.gather(*[
        ask(scope(tmp_path), "files:look", {"path": str(tmp_path / str(number))}) for number in range(3 * MOST)])
    assert [answer["count"] for answer in answers] == [0] * 3 * MOST
    assert len(started) <= MOST + MOST_SLOW
    reap_abandoned()
    assert sum(child.output is not None for child in started) == 1


async def test_a_mistake_is_told_and_the_process_goes_on(tmp_path: Path, started: list[Child]) -> None:
    for task, arguments, said in (("files:look", {"no": 1}, "TypeError"), ("files:none", {}, "AttributeError"),
                                  ("none:look", {}, "ModuleNotFoundError"),
                                  ("files:look", {"path": "a\0b"}, "ValueError")):
        with pytest.raises(RuntimeError, match=f"{task}: {said}"):
            await ask(scope(tmp_path), task, arguments)
    assert len(started) == 1


async def test_who_takes_too_long_is_killed_and_holds_nobody_up(tmp_path: Path, started: list[Child]) -> None:
    slow = asyncio.create_task(ask(scope(tmp_path, 0.5), "tables:processes", _endless(tmp_path)))
    began = time.monotonic()
    await asyncio.sleep(0.1)
    assert (await ask(scope(tmp_path), "files:look", {"path": str(tmp_path)}))["count"] == 1
    assert not slow.done() or time.monotonic() - began > 0.4
    with pytest.raises(NoAnswer):
        await slow
    assert len(started) == 2


async def test_however_many_hang_others_are_answered(
        tmp_path: Path, started: list[Child], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "SLOW", 0.5)
    arguments = _endless(tmp_path)
    hung = [asyncio.create_task(ask(scope(tmp_path, 60), "tables:processes", arguments))
            for _ in range(MOST + MOST_SLOW + 4)]
    done, _ = await asyncio.wait(hung, timeout=50, return_when=asyncio.FIRST_COMPLETED)
    with pytest.raises(NoAnswer, match="24 other questions hang"):
        done.pop().result()
    # From here on a process may take its time to start: the machine may have much to do.
    monkeypatch.setattr(asking, "SLOW", 30)
    for _ in range(5):
        assert (await ask(scope(tmp_path, 50), "files:look", {"path": str(tmp_path)}))["count"] == 1
    assert sum(not task.done() for task in hung) <= MOST_SLOW + MOST
    for task in hung:
        task.cancel()
    await asyncio.wait(hung)
    assert len(started) <= 3 * MOST + MOST_SLOW


def _endless(tmp_path: Path) -> dict[str, Any]:
    """What to look for in a /proc in which reading a command line waits for ever."""
    proc = tmp_path / "proc"
    (proc / "1").mkdir(parents=True)
    (proc / "1" / "stat").write_text("1 (x) S 1 1 1 0 -1 0 0 0 0 0 5 5 0 0 20 0 1 0 1 4096 10 0")
    os.mkfifo(proc / "1" / "cmdline")
    return {"name": "", "pattern": "", "user": "", "proc": str(proc)}


async def test_cancelling_kills_the_process(tmp_path: Path, started: list[Child]) -> None:
    task = asyncio.create_task(ask(scope(tmp_path), "tables:processes", _endless(tmp_path)))
    while not started:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    end = time.monotonic() + 20
    while not started[0].reap() and time.monotonic() < end:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.01)
    assert started[0].status == -9


async def test_large_questions_and_answers(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"{number}-{'x' * 200}.log").write_text("x\n")
    settings: dict[str, Any] = {
        "path": f"{tmp_path}/*.log", "state": str(tmp_path / "state"), "before": None, "now": 1, "most": 1000,
        "pattern": "", "ignore": "", "categories": {}}
    first = await ask(scope(tmp_path), "logs:read", settings)
    assert len(json.dumps(first)) > 65_536
    second = await ask(scope(tmp_path), "logs:read", settings | {"before": {"at": 1, "kept": first["kept"]}})
    assert (second["files"], second["lines"], second["first"]) == (200, 0, False)
    assert second["said"] == ["Only the newest 200 files are read."]


async def test_no_process_can_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.raises(OSError, match="No such file"):
        await ask(scope(tmp_path), "files:look", {"path": "/"})


def program(*lines: str, timeout: float = 20) -> subprocess.CompletedProcess[str]:
    paths = [path for path in sys.path if path]
    return subprocess.run([sys.executable, "-I", "-S", str(asking._PROGRAM), *paths], input="".join(lines), text=True,
                          capture_output=True, timeout=timeout, check=False)


def test_the_program_ends_with_its_input(tmp_path: Path) -> None:
    arguments = {"path": str(tmp_path / "none")}
    run = program(json.dumps({"task": "files:look", "limit": 5, "arguments": arguments}) + "\n", "half")
    assert (run.returncode, run.stderr) == (0, "")
    assert json.loads(run.stdout) == {"count": 0, "total": 0, "problem": ""}


def test_the_program_ends_when_a_request_takes_longer_than_its_limit(tmp_path: Path) -> None:
    run = program(json.dumps({"task": "tables:processes", "limit": 1, "arguments": _endless(tmp_path)}) + "\n")
    assert (run.returncode, run.stdout) == (-14, "")
