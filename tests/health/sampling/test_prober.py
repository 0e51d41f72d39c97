from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.clock import SystemClock
from opsconsole.health.sampling.prober import Prober, mount_request, sensors_request, space
from tests.health.sampling.turned import TurnedClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = mount_request(b"/")
PROC = mount_request(b"/proc")

# A probe that hangs or is slow on some paths, and that counts how often it was asked.
DOUBLE = """
import os, sys, time
log = sys.argv[1]
if len(sys.argv) > 2 and not os.path.exists(log + ".well"):
    time.sleep(1000)
os.write(1, b"ready\\n")
while line := sys.stdin.buffer.readline():
    path = bytes.fromhex(line.split()[1].decode()).decode()
    with open(log, "a") as file:
        file.write(f"{os.getpid()} {path}\\n")
    if "hang" in path and not os.path.exists(log + ".well"):
        time.sleep(1000)
    if "slow" in path:
        time.sleep(0.15)
    if "die" in path:
        os._exit(3)
    if "noise" in path:
        os.write(1, b"\\xff\\xfe not an answer 99999999999999999999999\\n")
        continue
    os.write(1, b"1 100 50 40 10 5\\n")
"""


@pytest.fixture
def made() -> Iterator[Callable[..., Prober]]:
    probers: list[Prober] = []

    def make(**options: object) -> Prober:
        probers.append(Prober(SystemClock(), **options))  # type: ignore[arg-type]
        return probers[-1]

    yield make
    for prober in probers:
        prober.close()


@pytest.fixture
def double(tmp_path: Path) -> tuple[tuple[str, ...], Path]:
    script = tmp_path / "double.py"
    script.write_text(DOUBLE)
    return (sys.executable, "-I", "-S", str(script), str(tmp_path / "log")), tmp_path / "log"


def until(prober: Prober, requests: list[bytes], reached: Callable[[], bool], *, ask: bool = True) -> None:
    end = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < end, [prober.reply(request) for request in requests]
        if ask:
            prober.ask(requests, known=requests)
        prober.wait(0.02)
        time.sleep(0.01)


def eventually(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.002)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_healthy_mounts_are_answered_by_one_process(made: Callable[..., Prober]) -> None:
    prober = made()
    requests = [ROOT, PROC, mount_request(b"/no/such\nplace\xff")]
    until(prober, requests, lambda: prober.reply(requests[-1]).error != 0)
    assert prober.reply(requests[-1]).error == errno.ENOENT
    figures = space(prober.reply(ROOT).text)
    assert figures is not None
    assert figures.total == os.statvfs("/").f_blocks * os.statvfs("/").f_frsize
    pids = prober.pids()
    for _ in range(5):
        prober.ask(requests, known=requests)
        prober.wait(1.0)
    assert prober.pids() == pids
    assert len(pids) == 1
    assert prober.due() is None


def test_a_mount_that_hangs_is_silent_and_the_others_are_not(made: Callable[..., Prober],
                                                             double: tuple[tuple[str, ...], Path]) -> None:
    command, log = double
    prober = made(command=command, handover=0.05, limit=0.3)
    hang, other = mount_request(b"/hang"), mount_request(b"/other")
    requests = [hang, other, mount_request(b"/third")]
    until(prober, requests, lambda: prober.reply(hang).silent_since is not None)
    assert prober.reply(hang).text == ""
    assert prober.reply(other).text == "1 100 50 40 10 5"
    asked = len(log.read_text().splitlines())
    until(prober, requests, lambda: len(log.read_text().splitlines()) > asked + 4)
    since = prober.reply(hang).silent_since
    assert prober.reply(other).silent_since is None
    Path(str(log) + ".well").touch()
    until(prober, requests, lambda: prober.reply(hang).silent_since is None)
    assert since is not None
    assert prober.reply(hang).text == "1 100 50 40 10 5"


def test_a_dozen_dead_mounts_are_found_together(made: Callable[..., Prober],
                                                double: tuple[tuple[str, ...], Path]) -> None:
    prober = made(command=double[0], handover=0.05, limit=0.3)
    dead = [mount_request(b"/hang%d" % number) for number in range(15)]
    well = [mount_request(b"/well%d" % number) for number in range(3)]
    requests = [*dead, *well]
    until(prober, requests, lambda: all(prober.reply(one).silent_since for one in dead))
    assert all(prober.reply(one).text for one in well)
    until(prober, requests, lambda: len(prober.pids()) <= 12)


def test_pauses_grow_while_a_mount_is_silent(double: tuple[tuple[str, ...], Path]) -> None:
    clock = TurnedClock()
    prober = Prober(clock, command=double[0])
    hang = mount_request(b"/hang")
    attempts = []
    for _ in range(600):
        before = prober.pids()
        prober.ask([hang], known=[hang])
        if prober.pids() != before:
            attempts.append(clock.elapsed)
            # Time stands still until the process is there, and below until a killed one is gone.
            eventually(lambda: prober.tend() or prober._lanes[0].ready_at is not None)
        clock.turn(0.5)
        prober.tend()
        eventually(lambda: prober._free_of_stuck(prober._targets[hang]))
    prober.close()
    pauses = [round(later - earlier) for earlier, later in pairwise(attempts)]
    assert pauses[0] <= 3
    assert sorted(pauses) == pauses
    assert 30 <= pauses[-1] <= 33


def test_something_slow_gets_a_process_of_its_own_and_is_never_silent(
        made: Callable[..., Prober], double: tuple[tuple[str, ...], Path]) -> None:
    command, log = double
    prober = made(command=command, handover=0.05, limit=5.0)
    slow, quick = mount_request(b"/slow"), mount_request(b"/quick")
    requests = [slow, quick]
    until(prober, requests, lambda: log.exists() and log.read_text().count("/slow") >= 6)
    until(prober, requests, lambda: bool(prober.reply(slow).text and prober.reply(quick).text))
    assert prober.reply(slow).silent_since is None
    slow_pids = [line.split()[0] for line in log.read_text().splitlines() if line.endswith("/slow")]
    # The first question hung in the common process; after that, one of its own stays.
    assert len(set(slow_pids)) == 2


def test_the_real_probe_stopped_is_replaced(made: Callable[..., Prober]) -> None:
    prober = made(handover=0.05, limit=0.3)
    requests = [ROOT, PROC]
    until(prober, requests, lambda: bool(prober.reply(PROC).text))
    stopped, = prober.pids()
    os.kill(stopped, signal.SIGSTOP)
    until(prober, requests, lambda: stopped not in prober.pids())
    until(prober, requests, lambda: bool(prober.reply(ROOT).text and prober.reply(PROC).text))
    until(prober, requests, lambda: not alive(stopped))


def test_the_real_probe_killed_is_replaced(made: Callable[..., Prober]) -> None:
    prober = made()
    until(prober, [ROOT], lambda: bool(prober.reply(ROOT).text))
    os.kill(prober.pids()[0], signal.SIGKILL)
    before = prober.pids()
    until(prober, [ROOT], lambda: prober.pids() not in (before, ()))
    until(prober, [ROOT], lambda: prober.due() is None)
    assert prober.reply(ROOT).text


def test_a_request_that_kills_the_probe_does_not_take_the_others_along(
        made: Callable[..., Prober], double: tuple[tuple[str, ...], Path]) -> None:
    prober = made(command=double[0])
    die, well = mount_request(b"/die"), mount_request(b"/well")
    until(prober, [die, well], lambda: bool(prober.reply(well).text))
    assert prober.reply(die).text == ""


def test_a_probe_that_talks_nonsense_is_survived(made: Callable[..., Prober],
                                                 double: tuple[tuple[str, ...], Path]) -> None:
    prober = made(command=double[0])
    noise, well = mount_request(b"/noise"), mount_request(b"/well")
    until(prober, [noise, well], lambda: bool(prober.reply(well).text and prober.reply(noise).text))
    assert space(prober.reply(noise).text) is None
    assert space(prober.reply(well).text) is not None


@pytest.mark.parametrize("command", [("/no/such/program",), ("/bin/false",), (sys.executable, "-c", "exit()")])
def test_a_probe_that_cannot_run_is_a_gap(made: Callable[..., Prober], command: tuple[str, ...]) -> None:
    prober = made(command=command)
    until(prober, [ROOT], lambda: prober.gap != "")
    assert prober.gap.startswith("Mounts and sensors cannot be asked: ")
    assert prober.gap.endswith(".")
    before = prober.pids()
    for _ in range(5):
        prober.ask([ROOT], known=[ROOT])
    assert prober.pids() in (before, ())


def test_what_is_not_known_any_more_is_forgotten(made: Callable[..., Prober],
                                                 double: tuple[tuple[str, ...], Path]) -> None:
    prober = made(command=double[0], handover=0.05, limit=0.3)
    hang = mount_request(b"/hang")
    until(prober, [hang], lambda: prober.reply(hang).silent_since is not None)
    until(prober, [hang], lambda: prober.due() is not None)
    prober.ask([ROOT], known=[ROOT])
    assert prober.reply(hang).silent_since is None
    until(prober, [ROOT], lambda: prober.due() is None)


def test_close_kills_all(made: Callable[..., Prober], double: tuple[tuple[str, ...], Path]) -> None:
    prober = made(command=double[0], handover=0.05, limit=5.0)
    requests = [mount_request(b"/hang"), mount_request(b"/well")]
    until(prober, requests, lambda: bool(prober.reply(requests[1]).text))
    pids = prober.pids()
    assert len(pids) == 2
    prober.close()
    end = time.monotonic() + 10
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_many_long_paths_do_not_block(made: Callable[..., Prober]) -> None:
    prober = made()
    requests = [mount_request(b"/" + b"x" * 2000 + b"%d" % number) for number in range(300)]
    until(prober, requests, lambda: prober.reply(requests[-1]).error != 0)
    assert prober.reply(requests[0]).error == errno.ENAMETOOLONG


def test_a_process_that_does_not_start_makes_no_mount_silent(double: tuple[tuple[str, ...], Path]) -> None:
    clock = TurnedClock()
    prober = Prober(clock, command=(*double[0], "sleepy"))
    prober.ask([ROOT, PROC], known=[ROOT, PROC])
    for _ in range(3):
        clock.turn(3)
        prober.tend()
    assert prober.reply(ROOT).silent_since is None
    assert prober.gap == ""
    for _ in range(4):
        clock.turn(11)
        prober.tend()
        prober.ask([ROOT, PROC], known=[ROOT, PROC])
    assert prober.reply(ROOT).silent_since is None
    assert prober.gap == "Mounts and sensors cannot be asked: its process does not start."
    Path(str(double[1]) + ".well").touch()
    clock.turn(31)
    prober.tend()
    clock.turn(31)
    until(prober, [ROOT, PROC], lambda: bool(prober.reply(ROOT).text and prober.reply(PROC).text))
    assert prober.gap == ""
    prober.close()


def test_sensors_are_asked_too(made: Callable[..., Prober], tmp_path: Path) -> None:
    chip = tmp_path / "class/hwmon/hwmon0"
    chip.mkdir(parents=True)
    (chip / "name").write_text("chip\n")
    (chip / "temp1_input").write_text("41000\n")
    prober = made()
    request = sensors_request(bytes(tmp_path))
    until(prober, [request], lambda: bool(prober.reply(request).text))
    assert prober.reply(request).text.startswith("t:")


def test_a_sensor_that_hangs_is_silent(made: Callable[..., Prober], tmp_path: Path) -> None:
    chip = tmp_path / "class/hwmon/hwmon0"
    chip.mkdir(parents=True)
    (chip / "name").write_text("chip\n")
    # Opening a pipe without a writer waits for ever, as a sensor on a dead bus does.
    os.mkfifo(chip / "temp1_input")
    prober = made(handover=0.05, limit=0.3)
    request = sensors_request(bytes(tmp_path))
    until(prober, [request, ROOT], lambda: prober.reply(request).silent_since is not None)
    assert prober.reply(ROOT).text


@given(st.text() | st.binary().map(lambda raw: raw.decode("ascii", "replace"))
       | st.lists(st.integers(-2**70, 2**70), min_size=6, max_size=6).map(lambda row: " ".join(map(str, row))))
def test_any_answer_is_survived(answer: str) -> None:
    figures = space(answer)
    assert figures is None or all(0 <= figure < 2**63 for figure in figures)


def test_a_negative_reserve_is_no_free_space() -> None:
    figures = space(f"4096 100 5 {2**64 - 3} 10 5")
    assert figures is not None
    assert figures.free == 0


def scenario(name: str, tmp_path: Path) -> list[dict[str, object]]:
    if shutil.which("unshare") is None or not Path("/dev/fuse").exists():
        pytest.skip("needs unshare and /dev/fuse")
    folder = tmp_path / "mounted"
    folder.mkdir()
    script = Path(__file__).with_name("hanging_scenario.py")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    run = subprocess.run(["unshare", "--user", "--map-root-user", "--mount", sys.executable, str(script), name,
                          str(folder)], capture_output=True, text=True, env=environment, timeout=100, check=False)
    if "unshare" in run.stderr and "Operation not permitted" in run.stderr:
        pytest.skip("needs user namespaces")
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout.splitlines()[-1])
    if isinstance(seen, dict):
        pytest.skip(str(seen["skip"]))
    return list(seen)


def test_a_real_mount_whose_server_is_stopped_hangs_and_recovers(tmp_path: Path) -> None:
    well, silent, again, left = scenario("stopped", tmp_path)
    assert well == {"state": "well", "total": 4096000, "problem": "", "others_well": True}
    assert silent == {"state": "silent", "total": None, "problem": "", "others_well": True}
    assert again == well
    assert left == {"left": 0}


def test_a_real_mount_that_makes_its_askers_unkillable_costs_one_process(tmp_path: Path) -> None:
    well, silent, stuck, refused, left = scenario("swallowed", tmp_path)
    assert well["state"] == "well"
    assert silent["state"] == "silent"
    assert stuck == {"stuck": 1, "ever": 1}
    assert (refused["state"], refused["problem"]) == ("refused", os.strerror(errno.ENOTCONN))
    assert left == {"left": 0}
