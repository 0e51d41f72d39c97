"""Whether another process surely has ended: real processes, a zombie, reused pids, other boots and namespaces."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from opsconsole.agent.model import Process
from opsconsole.agent.processes import gone, this_process
from tests.core.storage import NOBODY, as_root


def noted(pid: int) -> Process:
    """A process as it would have noted itself."""
    fields = Path(f"/proc/{pid}/stat").read_bytes().rsplit(b")", 1)[1].split()
    return this_process()._replace(pid=pid, born=int(fields[19]))


def test_this_process_knows_itself_and_lives() -> None:
    me = this_process()
    assert me == noted(os.getpid())
    assert me.boot
    assert me.space.startswith("pid:[")
    assert not gone(me, me)


def test_one_that_lives_one_that_is_dead_and_not_reaped_and_one_that_is_gone() -> None:
    me = this_process()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        found = noted(other.pid)
        assert not gone(found, me)
        other.send_signal(signal.SIGSTOP)
        assert not gone(found, me), "it may go on"
        other.kill()
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
        assert gone(found, me), "a zombie works no more"
        other.wait()
        assert gone(found, me)


def test_a_name_that_looks_like_the_end_of_a_name_misleads_nobody(tmp_path: Path) -> None:
    program = tmp_path / ") Z 1 (x"
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([program, "60"]) as other:
        assert not gone(noted(other.pid), this_process())
        other.kill()


@pytest.mark.parametrize(("change", "expected"), [
    ({"born": 1}, True),
    ({"born": 0}, False),
    ({"pid": 2**22 + 1}, True),
    ({"pid": 2**22 + 1, "space": "pid:[1]"}, False),
    ({"pid": 2**22 + 1, "space": ""}, False),
    ({"pid": 2**22 + 1, "boot": ""}, False),
    ({"boot": "before"}, True),
    ({"boot": "before", "host": "another"}, False),
    ({"pid": 0}, False), ({"pid": -1}, False), ({"pid": 2**70}, False)])
def test_what_can_be_known(change: dict[str, object], expected: bool) -> None:
    assert gone(this_process()._replace(**change), this_process()) is expected  # type: ignore[arg-type]


@as_root
def test_one_of_another_user_lives() -> None:
    with subprocess.Popen(["/bin/sleep", "60"], user=NOBODY) as other:
        program = ("import os, sys, opsconsole.agent.processes as p, encodings.ascii; me = p.this_process();"
                   f"os.setuid({NOBODY - 1});"
                   f"print(p.gone(me._replace(pid={other.pid}, born={noted(other.pid).born}), me))")
        found = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True,
                               text=True, check=True)
        assert found.stdout.strip() == "False"
        other.kill()


def test_without_proc_nothing_is_claimed(tmp_path: Path) -> None:
    me = this_process(tmp_path)
    assert me == Process(me.host, "", "", os.getpid(), 0)
    assert not gone(me, this_process())
    known = this_process()
    assert not gone(known, known, tmp_path), "hidden, but it takes signals"
