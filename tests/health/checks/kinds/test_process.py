from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.config import ConfigMistakes, decode
from opsconsole.core.levels import Level
from opsconsole.health.checks.kinds.worker.matching import TimeLimit
from opsconsole.health.checks.kinds.worker.tables import processes
from opsconsole.health.checks.settings.local import ProcessCheck
from tests.health.checks.kinds.local_scope import Runs, runs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["runs"]


@contextmanager
def running(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program that has begun, and is ended in the end; it says so with one line."""
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def sleeper(tmp_path: Path, name: str) -> tuple[str, ...]:
    """A program of this name that waits, and does nothing else."""
    link, pipe = tmp_path / name, tmp_path / "pipe"
    if not pipe.exists():
        os.mkfifo(pipe)
    if not link.exists():
        link.symlink_to("/bin/sh")
    return (str(link), "-c", 'echo; read x < "$0"', str(pipe))


async def test_processes_are_counted_by_name(runs: Runs, tmp_path: Path) -> None:
    command = sleeper(tmp_path, "opsc-sleeper")
    check = ProcessCheck(name="opsc-sleeper")
    none = await runs(check)
    assert (none.values, none.text) == ({"count": 0, "memory": 0}, "not running")
    with running(*command), running(*command) as second:
        measured = await runs(check, later=10)
        assert measured.values["count"] == 2
        assert isinstance(memory := measured.values["memory"], float)
        assert memory > 100_000
        assert isinstance(age := measured.values["age"], float)
        assert age < 60
        assert measured.text.startswith("2 processes, ")
        assert f"{second.pid} {tmp_path}/opsc-sleeper -c" in measured.output
    assert (await runs(check, later=10)).values["count"] == 0


async def test_long_names_patterns_and_users_all_must_fit(runs: Runs, tmp_path: Path) -> None:
    name = "opsc-with-a-name-of-many-letters"
    with running(*sleeper(tmp_path, name)):
        for check, count in ((ProcessCheck(name=name), 1), (ProcessCheck(pattern=f"{name} -c echo"), 1),
                             (ProcessCheck(name=name, pattern="pipe$"), 1), (ProcessCheck(name=name, pattern="no"), 0),
                             (ProcessCheck(name=name, user=str(os.getuid())), 1),
                             (ProcessCheck(name=name, user="54321"), 0)):
            assert (await runs(check)).values["count"] == count, check


async def test_processor_time_is_that_since_the_run_before(runs: Runs) -> None:
    burner = "print(flush=True)\nwhile True: pass  # opsc-burner"
    check = ProcessCheck(pattern="opsc-burner")
    with running(sys.executable, "-c", burner):
        assert "cpu" not in (await runs(check)).values
        while not (await runs(check, later=1)).values["cpu"]:
            pass
        second = await runs(check)
        assert isinstance(cpu := second.values["cpu"], float)
        assert cpu > 0


async def test_a_user_that_is_not_there_is_unknown(runs: Runs) -> None:
    measured = await runs(ProcessCheck(user="nobody-of-this-name"))
    assert (measured.level, measured.text) == (Level.UNKNOWN, "there is no user nobody-of-this-name")


def fake(proc: Path, pid: int, name: bytes, command: bytes, state: str = "S") -> None:
    folder = proc / str(pid)
    folder.mkdir()
    fields = f") {state} 1 1 1 0 -1 0 0 0 0 0 5 5 0 0 20 0 1 0 {pid} 4096 10 0".encode()
    (folder / "stat").write_bytes(b"%d (" % pid + name + fields)
    (folder / "cmdline").write_bytes(command)


def test_hostile_names_zombies_and_what_hangs(tmp_path: Path) -> None:
    fake(tmp_path, 1, b") R 1 (\n", b"evil\0\x1b[2J\xff\0")
    fake(tmp_path, 2, b"evil", b"", "Z")
    fake(tmp_path, 3, b"nginx", b"nginx: master process /usr/sbin/nginx\0")
    (tmp_path / "4").mkdir()
    (tmp_path / "4" / "stat").write_bytes(b"4 (broken")
    fake(tmp_path, 5, b"evil", b"", "D")
    (tmp_path / "5" / "cmdline").unlink()
    os.mkfifo(tmp_path / "5" / "cmdline")
    found = processes("evil", "", "", str(tmp_path))
    assert (found["count"], found["shown"]) == (2, ["1 evil \x1b[2J\\xff", "5 evil"])
    assert processes("nginx", "", "", str(tmp_path))["count"] == 1
    assert processes("", "master.*nginx", "", str(tmp_path))["count"] == 1
    assert processes("", "", str(os.getuid()), str(tmp_path))["count"] == 3
    assert "cannot be read" in processes("x", "", "", str(tmp_path / "none"))["problem"]


def test_a_pattern_that_never_ends_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, 1, b"x", b"a" * 60 + b"b")
    monkeypatch.setattr(TimeLimit.__init__, "__defaults__", (0.05,))
    assert processes("", "(a+)+$", "", str(tmp_path)) == {"problem": "the pattern takes too long; make it simpler"}


@pytest.mark.parametrize(("text", "said"), [
    ("every: 1m", "must say which processes"), ("pattern: '('", "no regular expression")])
def test_mistakes_are_said(text: str, said: str) -> None:
    with pytest.raises(ConfigMistakes, match=said):
        decode(f"kind: process\n{text}\n", ProcessCheck, source="x", env={})
