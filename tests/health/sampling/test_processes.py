from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.health.sampling.process_details import details, unit
from opsconsole.health.sampling.processes import (
    ProcessTable,
    boot_instant,
    count_zombies,
    parse_io,
    read_stat,
    started_at,
)
from opsconsole.health.sampling.users import Users, parse_passwd
from tests.health.sampling.turned import TurnedClock
from tests.hostile import PROCESS_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsconsole.health.model import Process

SET_NAME = ("import ctypes, sys; ctypes.CDLL(None).prctl(15, bytes.fromhex(sys.argv[1]), 0, 0, 0); "
            "print(flush=True); sys.stdin.read()")


@contextmanager
def child(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        try:
            yield running
        finally:
            running.kill()


@pytest.fixture
def table() -> Iterator[ProcessTable]:
    made = ProcessTable()
    yield made
    made.close()


def find(processes: tuple[Process, ...], pid: int) -> Process:
    return next(process for process in processes if process.pid == pid)


def test_this_process_is_as_psutil_sees_it(table: ProcessTable) -> None:
    mine, theirs = find(table.sample(), os.getpid()), psutil.Process()
    assert (mine.parent, mine.name, mine.user) == (os.getppid(), theirs.name(), theirs.username())
    assert mine.command == " ".join(theirs.cmdline())
    assert abs(mine.started - theirs.create_time() * 1000) <= 20
    assert mine.threads == theirs.num_threads()
    assert abs(mine.memory - theirs.memory_info().rss) < 64 << 20
    assert mine.cpu is None


def test_all_processes_are_there_by_pid(table: ProcessTable) -> None:
    with child("/bin/sleep", "60") as running:
        pids = [process.pid for process in table.sample()]
        assert running.pid in pids
        assert pids == sorted(pids)
        assert table.count == len(pids)
    assert running.pid not in [process.pid for process in table.sample()]


def test_work_is_seen_and_the_busiest_come_first(table: ProcessTable) -> None:
    with child(sys.executable, "-I", "-S", "-c", "print(flush=True)\nwhile True: pass") as running:
        assert running.stdout is not None
        running.stdout.readline()
        table.busiest(1)
        time.sleep(0.5)
        top = table.busiest(3)
        time.sleep(0.2)
        full = table.sample()
    assert top[0].cpu is not None
    assert [process.cpu or 0 for process in top] == sorted([process.cpu or 0 for process in top], reverse=True)
    cpu = find(full, running.pid).cpu
    assert cpu is not None
    # Others may take a share of the core.
    assert 5 < cpu <= 115


def test_input_and_output_are_rates(table: ProcessTable, tmp_path: Path) -> None:
    table.sample()
    (tmp_path / "file").write_bytes(os.urandom(1 << 20))
    time.sleep(0.1)
    for _ in range(9):
        mine = find(table.sample(), os.getpid())
        time.sleep(0.06)
    assert mine.write_rate is not None
    assert mine.read_rate is not None
    assert mine.write_rate >= 0


def test_kernel_threads_have_their_name_in_brackets(table: ProcessTable) -> None:
    threads = [process for process in table.sample() if process.parent == 2]
    if not threads:
        pytest.skip("shows no kernel threads here")
    assert all(process.command == f"[{process.name}]" and process.memory == 0 for process in threads)


@pytest.mark.parametrize("name", [*PROCESS_NAMES, b"a) S 1 (b", b") (", b"(", b")", b"sp ace", b"new\nline"])
def test_hostile_names_are_told_exactly(table: ProcessTable, name: bytes) -> None:
    name = name[:15].rstrip(b"\0") or b"x"
    with child(sys.executable, "-I", "-S", "-c", SET_NAME, name.hex()) as running:
        assert running.stdout is not None
        running.stdout.readline()
        found = find(table.sample(), running.pid)
        again = find(table.sample(), running.pid)
    assert found.name == name.decode("utf-8", "backslashreplace")
    assert (found.parent, found.started) == (os.getpid(), again.started)
    found.name.encode()


def test_a_program_file_with_a_hostile_name(table: ProcessTable, tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/[@click=app.quit]x[red] \x1b]52;c;AA\x07\xff"
    shutil.copyfile("/bin/sleep", path)
    Path(os.fsdecode(path)).chmod(0o700)
    with subprocess.Popen([path, b"60"]) as running:
        try:
            found = find(table.sample(), running.pid)
        finally:
            running.kill()
    assert "[@click=app.quit]x[red] \x1b]52;c;AA\x07\\xff 60" in found.command


def test_a_process_that_changes_its_name_is_looked_at_again(table: ProcessTable) -> None:
    script = "import os, sys; print(flush=True); sys.stdin.readline(); os.execv('/bin/sleep', ['sleep', '61'])"
    with child(sys.executable, "-I", "-S", "-c", script) as running:
        assert running.stdout is not None
        assert running.stdin is not None
        running.stdout.readline()
        assert "execv" in find(table.sample(), running.pid).command
        running.stdin.write(b"\n")
        running.stdin.flush()
        end = time.monotonic() + 20
        while find(table.sample(), running.pid).command != "sleep 61":
            assert time.monotonic() < end
            time.sleep(0.02)
        assert find(table.sample(), running.pid).name == "sleep"


def test_zombies_are_counted(table: ProcessTable) -> None:
    running = subprocess.Popen(["/bin/true"])
    try:
        end = time.monotonic() + 20
        while (stat := read_stat(running.pid)) is not None and stat.state != "Z":
            assert time.monotonic() < end
            time.sleep(0.01)
        found = find(table.sample(), running.pid)
        assert found.state == "Z"
        assert table.zombies is not None
        assert table.zombies >= 1
        assert count_zombies() is not None
        seen = details(running.pid, found.started)
        assert seen is not None
        assert seen.arguments == ()
    finally:
        running.wait()


def line(pid: int, name: bytes = b"x", started: int = 5, ticks: int = 0, parent: int = 1) -> bytes:
    return b"%d (%s) S %d 1 1 0 -1 0 0 0 0 0 %d 0 0 0 20 0 3 0 %d 1000 7 0\n" % (pid, name, parent, ticks, started)


def put(proc: Path, pid: int, **values: object) -> None:
    (proc / str(pid)).mkdir(parents=True, exist_ok=True)
    (proc / str(pid) / "stat").write_bytes(line(pid, **values))  # type: ignore[arg-type]
    (proc / str(pid) / "cmdline").write_bytes(b"")


def test_a_pid_used_again_is_another_process(tmp_path: Path) -> None:
    (tmp_path / "stat").write_bytes(b"btime 1700000000\n")
    clock = TurnedClock()
    table = ProcessTable(clock, proc=tmp_path)
    put(tmp_path, 77, name=b"first", started=500, ticks=1000)
    first, = table.sample()
    clock.turn(1)
    put(tmp_path, 77, name=b"second", started=90000, ticks=3)
    second, = table.sample()
    assert (first.name, second.name, second.cpu) == ("first", "second", None)
    assert (first.started, second.started) == (1_700_000_005_000, 1_700_000_900_000)
    assert table.details(77, first.started) is None
    clock.turn(1)
    put(tmp_path, 77, name=b"second", started=90000, ticks=53)
    assert table.sample()[0].cpu == 50.0
    table.close()


def test_broken_and_unreadable_processes_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "stat").write_bytes(b"")
    table = ProcessTable(TurnedClock(), proc=tmp_path)
    for pid in range(1, 6):
        put(tmp_path, pid)
    (tmp_path / "2" / "stat").write_bytes(b"2 (x")
    (tmp_path / "3" / "stat").unlink()
    (tmp_path / "4" / "stat").write_bytes(b"")
    for folder in ("self", "1x", "\u0663", "\u00b2"):
        (tmp_path / folder).mkdir()
    assert [process.pid for process in table.sample()] == [1, 5]
    table.close()
    gone = ProcessTable(TurnedClock(), proc=tmp_path / "nothing")
    assert (gone.sample(), gone.count, gone.zombies) == ((), None, None)
    assert count_zombies(tmp_path / "nothing") is None


def test_files_kept_open_are_given_back(table: ProcessTable) -> None:
    before = len(os.listdir("/proc/self/fd"))
    table.sample()
    assert len(os.listdir("/proc/self/fd")) > before
    table.forget()
    assert len(os.listdir("/proc/self/fd")) == before
    assert find(table.sample(), os.getpid()).cpu is None


@given(st.binary(max_size=200))
def test_any_io_file_is_survived(raw: bytes) -> None:
    parse_io(raw)
    assert parse_io(b"rchar: 1\nread_bytes: 4096\nwrite_bytes: 7\n") == (4096, 7)


def test_details_of_this_process(tmp_path: Path) -> None:
    import socket

    stat = read_stat(os.getpid())
    assert stat is not None
    with socket.create_server(("127.0.0.1", 0)) as server, (tmp_path / "open [file]").open("w") as opened:
        found = details(os.getpid(), started_at(stat.started))
    assert found is not None
    assert found.arguments == tuple(psutil.Process().cmdline())
    assert found.folder == str(Path.cwd())
    assert found.executable == str(Path(sys.executable).resolve())
    assert opened.name in found.open_files
    assert found.open_files_count
    assert found.memory is not None
    assert found.memory_peak is not None
    assert found.memory_peak >= found.memory > 1 << 20
    assert server is not None
    listening = [one for one in found.connections if one.state == "listen"]
    assert ("tcp", "") in [(one.kind, one.remote) for one in listening]
    assert any(one.local.startswith("127.0.0.1:") for one in listening)
    assert "environ" not in type(found).__struct_fields__


def test_details_of_what_is_gone_or_another() -> None:
    stat = read_stat(os.getpid())
    assert stat is not None
    assert details(os.getpid(), started_at(stat.started) + 10) is None
    assert details(2**22 + 1, 0) is None


def test_details_say_what_is_forbidden(tmp_path: Path) -> None:
    (tmp_path / "stat").write_bytes(b"btime 1700000000\n")
    put(tmp_path, 9)
    found = details(9, 1_700_000_000_050, proc=tmp_path)
    assert found is not None
    assert "Memory is not known: No such file or directory." in found.problems
    assert (found.memory, found.open_files_count) == (None, None)


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to become somebody else")
def test_details_without_permission_are_problems_and_no_errors() -> None:
    stat = read_stat(os.getpid())
    assert stat is not None
    # All is imported first: somebody else may not be allowed to read this interpreter's files.
    code = ("import os, psutil, resource, socket\n"
            "from opsconsole.core.clock import SystemClock\n"
            "from opsconsole.health.sampling.process_details import details\n"
            "from opsconsole.health.sampling.processes import ProcessTable\n"
            "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
            f"found = details({os.getpid()}, {started_at(stat.started)})\n"
            "assert found.open_files_count is None and found.folder is None, found\n"
            "table = ProcessTable(); table.sample(); rows = table.sample(); table.close()\n"
            f"assert [row.read_rate for row in rows if row.pid == {os.getpid()}] == [None]\n"
            "print(*found.problems, sep='\\n')\n")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])})
    assert done.returncode == 0, done.stderr
    assert "Open files are not known: Permission denied." in done.stdout
    assert "The working directory is not known: Permission denied." in done.stdout


@pytest.mark.parametrize(("cgroup", "expected"), [
    (b"0::/system.slice/nginx.service\n", "nginx.service"),
    (b"0::/user.slice/user-0.slice/session-3.scope\n", "session-3.scope"),
    (b"0::/user.slice/user-0.slice/user@0.service/app.slice/app.service/payload\n", "app.service"),
    (b"12:cpu:/x\n1:name=systemd:/system.slice/cron.service\n0::/\n", "cron.service"),
    (b"0::/kubepods/pod1/abc\n", "/kubepods/pod1/abc"),
    (b"0::/system.slice\n", "system.slice"),
    (b"0::/\n", None), (b"", None), (b"\xff\n0\n0:\n", None)])
def test_the_unit_of_a_process(cgroup: bytes, expected: str | None) -> None:
    assert unit(cgroup) == expected


def test_boot_is_taken_once() -> None:
    assert boot_instant() == boot_instant()
    assert boot_instant() == int(psutil.boot_time()) * 1000


def test_local_names_and_changes(tmp_path: Path) -> None:
    passwd = tmp_path / "passwd"
    passwd.write_bytes(b"root:x:0:0:::\nana:x:1000:1000:::\nother:x:1000:1:::\nbroken\n:x:5:5\nx:y:-3:0\n\xff:x:7:7:::\n")
    users = Users(passwd)
    assert users.refresh(0.0) is True
    assert (users.name(0), users.name(1000), users.name(7)) == ("root", "ana", "\\xff")
    assert users.refresh(1.0) is False
    passwd.write_bytes(b"ben:x:1000:1000:::\n")
    os.utime(passwd, ns=(1, 1))
    users.refresh(2.0)
    assert users.name(1000) == "ben"
    users.close()


def test_a_name_that_only_the_directory_knows_is_asked_in_the_background(tmp_path: Path) -> None:
    if shutil.which("getent") is None:
        pytest.skip("needs getent")
    passwd = tmp_path / "passwd"
    passwd.write_bytes(b"")
    users = Users(passwd)
    assert (users.name(0), users.name(4_000_000_000)) == ("0", "4000000000")
    end = time.monotonic() + 20
    while users.name(0) != "root":
        assert time.monotonic() < end
        users.refresh(time.monotonic())
        time.sleep(0.01)
    assert users.name(4_000_000_000) == "4000000000"
    users.close()


@given(st.binary(max_size=200))
def test_any_passwd_is_survived(raw: bytes) -> None:
    parse_passwd(raw)


