from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsconsole.health.sampling.child import Child, Errand, reap_abandoned

if TYPE_CHECKING:
    from collections.abc import Callable


def eventually(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.005)


def finish(errand: Errand) -> bytes | None:
    eventually(lambda: errand.poll(time.monotonic()))
    return errand.output


def errand(*command: str, limit: float = 30.0) -> Errand:
    return Errand(command, limit, time.monotonic())


def test_the_output_of_a_program() -> None:
    assert finish(errand("echo", "hello")) == b"hello\n"
    assert finish(errand("sh", "-c", "head -c 300000 /dev/zero")) == bytes(300_000)
    assert finish(errand("true")) == b""


@pytest.mark.parametrize("command", [
    ("false",), ("sh", "-c", "echo x; exit 3"), ("/no/such/program",), ("no-such-program",),
    ("sh", "-c", "kill -9 $$"), ("/etc/passwd",)])
def test_failure_is_no_output(command: tuple[str, ...]) -> None:
    assert finish(errand(*command)) is None


def test_a_program_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    running = errand("sh", "-c", f"sleep 1000 & echo $$ $! > {note}; wait", limit=0.5)
    eventually(lambda: note.exists() and len(note.read_text().split()) == 2)
    assert finish(running) is None
    pids = note.read_text().split()
    eventually(lambda: all(_state(pid) in ("", "Z") for pid in pids))
    reap_abandoned()


def _state(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def test_too_much_output_is_failure() -> None:
    running = Errand(("sh", "-c", "while :; do echo xxxxxxxxxxxxxxx; done"), 30, time.monotonic(), most=1000)
    assert finish(running) is None


def test_a_program_that_closes_its_output_and_lives_on_is_waited_for_until_its_limit() -> None:
    assert finish(errand("sh", "-c", "exec >&-; sleep 1000", limit=0.2)) is None


def test_nothing_of_this_process_is_handed_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "x")
    read_end, write_end = os.pipe()
    script = "env; ls /proc/self/fd | wc -l; ulimit -a >/dev/null; cat"
    output = finish(errand("sh", "-c", script))
    os.close(read_end)
    os.close(write_end)
    assert output is not None
    assert b"SECRET" not in output
    assert b"LC_ALL=C\n" in output
    # Input, output, errors, and the folder that `ls` reads.
    assert output.splitlines()[-1].strip() == b"4"


def test_no_descriptor_is_lost() -> None:
    before = len(os.listdir("/proc/self/fd"))
    for command in (("true",), ("/no/such/program",), ("/etc/passwd",)):
        finish(errand(*command))
    child = Child(("cat",), talkative=True)
    child.abandon()
    eventually(child.reap)
    assert len(os.listdir("/proc/self/fd")) == before


def test_talking_to_a_program() -> None:
    child = Child(("cat",), talkative=True)
    assert child.read() == b""
    assert child.write(b"hello\n") == 6
    heard = b""

    def listen() -> bool:
        nonlocal heard
        heard += child.read() or b""
        return heard == b"hello\n"

    eventually(listen)
    # A pipe that is full takes no more, and nobody waits.
    os.kill(child.pid, 19)
    while child.write(b"x" * 65536):
        pass
    child.kill()
    eventually(child.reap)
    assert child.status == -9
    with pytest.raises(BrokenPipeError):
        child.write(b"x")
    assert child.read() is None


def test_a_child_that_somebody_else_reaped_counts_as_dead() -> None:
    child = Child(("true",))
    os.waitpid(child.pid, 0)
    assert child.reap()
    assert child.status is None
    child.kill()


def test_nothing_outlives_a_parent_that_is_killed() -> None:
    code = ("import sys, time\nfrom opsconsole.core.clock import SystemClock\n"
            "from opsconsole.health.sampling.prober import Prober, mount_request\n"
            "prober = Prober(SystemClock()); request = mount_request(b'/')\n"
            "while not prober.reply(request).text:\n    prober.ask([request], known=[request]); prober.wait(0.1)\n"
            "print(*prober.pids(), flush=True); time.sleep(1000)\n")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        probe = parent.stdout.readline().decode().strip()
        assert _state(probe) not in ("", "Z")
        parent.kill()
    eventually(lambda: _state(probe) in ("", "Z"))
