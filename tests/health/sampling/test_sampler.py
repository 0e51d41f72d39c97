from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.clock import SystemClock
from opsconsole.health.model import Cpu, Snapshot
from opsconsole.health.sampling.kernel import Stat, parse_meminfo, parse_network, parse_stat
from opsconsole.health.sampling.prober import Prober
from opsconsole.health.sampling.sampler import CpuShares, Sampler, memory_of, system_name
from opsconsole.health.settings import HealthSettings
from tests.health.sampling.turned import PROC_FILES, TurnedClock, copy_of_proc

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def sampler() -> Iterator[Sampler]:
    made = Sampler(HealthSettings(), SystemClock())
    yield made
    made.close()


def full(sampler: Sampler) -> Snapshot:
    """A sample with the answers of all mounts."""
    for _ in range(100):
        snapshot = sampler.sample()
        if all(mount.total is not None or mount.problem for mount in snapshot.mounts):
            return snapshot
        time.sleep(0.05)
    raise AssertionError("the mounts do not answer")


def df(*options: str) -> dict[str, list[str]]:
    output = subprocess.run(["df", "-P", *options], capture_output=True, text=True, check=False).stdout
    rows = [line.split() for line in output.splitlines()[1:]]
    return {row[-1]: row[1:4] for row in rows}


def test_memory_is_that_of_meminfo(sampler: Sampler) -> None:
    def now() -> int:
        return parse_meminfo(Path("/proc/meminfo").read_bytes())[b"MemAvailable"]

    before, snapshot, after = now(), sampler.sample(), now()
    memory = snapshot.memory
    figures = parse_meminfo(Path("/proc/meminfo").read_bytes())
    assert memory.total == figures[b"MemTotal"]
    assert memory.used == memory.total - memory.available
    # Memory moves while it is read, on a machine where other tests run.
    slack = 64 << 20
    assert min(before, after) - slack <= memory.available <= max(before, after) + slack
    assert snapshot.swap.total == figures[b"SwapTotal"]


@pytest.mark.parametrize(("options", "total", "used", "free"), [
    (("-B1",), "total", "used", "free"), (("-i",), "inodes_total", "inodes_used", None)])
def test_mounts_agree_with_df(sampler: Sampler, options: tuple[str, ...], total: str, used: str, free: str | None,
                              ) -> None:
    for _ in range(20):
        before, snapshot, after = df(*options), full(sampler), df(*options)
        mounts = {mount.path: mount for mount in snapshot.mounts if mount.path in before}
        assert mounts
        compared = [(path, getattr(mount, total), int(before[path][0])) for path, mount in mounts.items()]
        assert all(mine == theirs for _, mine, theirs in compared), compared
        # Others write meanwhile: a figure must lie between those before and after.
        if all(_between(getattr(mount, name), before[path][column], after[path][column])
               for path, mount in mounts.items() for column, name in ((1, used), (2, free)) if name):
            return
    raise AssertionError(f"{mounts} against {before} and {after}")


def _between(mine: int, *theirs: str) -> bool:
    return min(map(int, theirs)) <= mine <= max(map(int, theirs))


def test_every_file_system_of_a_block_device_that_df_shows_is_there_once(sampler: Sampler) -> None:
    mounts = full(sampler).mounts
    assert len({mount.path for mount in mounts}) == len(mounts)
    assert any(mount.path == "/" for mount in mounts)


def test_network_counters_are_those_of_the_kernel(sampler: Sampler) -> None:
    before = parse_network(Path("/proc/net/dev").read_bytes())
    snapshot = sampler.sample()
    after = parse_network(Path("/proc/net/dev").read_bytes())
    for one in snapshot.interfaces:
        name = os.fsencode(one.name)
        mine = (one.received, one.sent, one.errors, one.drops)
        assert all(low <= value <= high for low, value, high in zip(before[name], mine, after[name], strict=True))
    assert "lo" not in [one.name for one in snapshot.interfaces]


def test_load_and_boot_time_are_those_of_the_kernel(sampler: Sampler) -> None:
    for _ in range(10):
        before = Path("/proc/loadavg").read_text().split()[:3]
        load = sampler.sample().load
        if before == Path("/proc/loadavg").read_text().split()[:3]:
            break
    assert [f"{value:.2f}" for value in (load.one, load.five, load.fifteen)] == before
    host = sampler.sample().host
    btime = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime "))
    assert host.booted_at == int(btime.split()[1]) * 1000
    assert host.name == os.uname().nodename
    assert host.cores == len([line for line in Path("/proc/stat").read_text().splitlines()
                              if line.startswith("cpu") and line[3].isdigit()])


def test_a_load_pinned_to_a_core_is_seen_on_that_core(sampler: Sampler) -> None:
    core = max(os.sched_getaffinity(0))
    script = f"import os; os.sched_setaffinity(0, {{{core}}}); print(flush=True)\nwhile True: pass"
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", script], stdout=subprocess.PIPE) as load:
        try:
            assert load.stdout is not None
            load.stdout.readline()
            sampler.sample()
            time.sleep(0.6)
            cpu = sampler.sample().cpu
        finally:
            load.kill()
    names = list(parse_stat(Path("/proc/stat").read_bytes()).cores)
    assert cpu.cores[names.index(b"cpu%d" % core)] > 80
    assert cpu.busy is not None
    assert cpu.busy > 80 / len(cpu.cores)


def test_the_first_sample_has_no_rates_and_the_second_has() -> None:
    clock = SystemClock()
    sampler = Sampler(HealthSettings(), clock)
    first = sampler.sample()
    assert (first.cpu.busy, first.interval, first.swap.in_rate) == (None, None, None)
    assert all(disk.busy is None for disk in first.disks)
    time.sleep(0.15)
    second = sampler.sample(processes=3)
    sampler.close()
    assert second.cpu.busy is not None
    assert len(second.cpu.cores) == second.host.cores
    assert second.interval
    assert all(disk.busy is not None for disk in second.disks)
    assert len(second.processes) == 3
    assert second.process_count
    assert second.process_count > 3
    assert msgspec.json.decode(msgspec.json.encode(second), type=Snapshot) == second


def test_processes_are_there_as_asked(sampler: Sampler) -> None:
    assert sampler.sample().processes == ()
    everything = sampler.sample(None).processes
    assert os.getpid() in [process.pid for process in everything]
    assert len(sampler.sample(2).processes) == 2
    assert sampler.sample(0).processes == ()


def made_up(tmp_path: Path) -> tuple[Sampler, TurnedClock, Path]:
    clock, proc = TurnedClock(), copy_of_proc(tmp_path)
    return Sampler(HealthSettings(), clock, proc=proc, sys=tmp_path / "sys", root=tmp_path), clock, proc


def test_nothing_of_proc_is_a_sentence_each_and_no_error(tmp_path: Path) -> None:
    clock = TurnedClock()
    sampler = Sampler(HealthSettings(), clock, proc=tmp_path / "none", sys=tmp_path / "none", root=tmp_path)
    for wanted in (0, None, 4):
        snapshot = sampler.sample(wanted)
        clock.turn(30)
    sampler.close()
    gaps = " ".join(snapshot.gaps)
    assert snapshot.cpu == Cpu(None)
    assert (snapshot.memory.total, snapshot.mounts, snapshot.interfaces, snapshot.disks) == (0, (), (), ())
    for what in ("Processor time is", "Memory is", "The load is", "Mounts are", "Disk traffic is", "Network traffic is",
                 "Swap traffic is", "Pressure is"):
        assert f"{what} not known: " in gaps
    assert all(gap.endswith(".") for gap in snapshot.gaps)
    assert snapshot.host.system == "Linux"
    msgspec.json.encode(snapshot)


@pytest.mark.parametrize("name", PROC_FILES)
def test_one_missing_file_takes_only_its_own_figures(tmp_path: Path, name: str) -> None:
    sampler, clock, proc = made_up(tmp_path)
    whole = sampler.sample()
    sampler.close()
    (proc / name).unlink(missing_ok=True)
    sampler = Sampler(HealthSettings(), clock, proc=proc, sys=tmp_path / "sys", root=tmp_path)
    broken = sampler.sample()
    sampler.close()
    if name != "meminfo":
        assert broken.memory == whole.memory
    if name != "self/mountinfo":
        assert [mount.path for mount in broken.mounts] == [mount.path for mount in whole.mounts]
    if name != "loadavg":
        assert broken.load == whole.load
    if not name.startswith(("sys/", "pressure/")):
        assert len(broken.gaps) == len(whole.gaps) + 1


def test_a_file_that_comes_back_is_read_again(tmp_path: Path) -> None:
    sampler, clock, proc = made_up(tmp_path)
    (proc / "meminfo").rename(tmp_path / "away")
    sampler.close()
    assert any("Memory" in gap for gap in sampler.sample().gaps)
    (tmp_path / "away").rename(proc / "meminfo")
    clock.turn(2)
    snapshot = sampler.sample()
    sampler.close()
    assert snapshot.memory.total > 0
    assert not any("Memory" in gap for gap in snapshot.gaps)


@pytest.fixture(scope="module")
def mutable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sampler, TurnedClock, Path, Path]]:
    folder = tmp_path_factory.mktemp("mutable")
    clock, proc = TurnedClock(), copy_of_proc(folder)
    pristine = folder / "pristine"
    shutil.copytree(proc, pristine)
    # Nothing is really asked: a changed mountinfo would name places of this machine that do not exist.
    prober = Prober(clock, command=("/bin/true",))
    sampler = Sampler(HealthSettings(), clock, proc=proc, sys=folder / "sys", root=folder, prober=prober)
    yield sampler, clock, proc, pristine
    sampler.close()


pieces = st.binary(max_size=6) | st.sampled_from(
    [b"-5", b"\n", b" ", b"9" * 30, b"18446744073709551615", b"\xff\xfe", b"\\040", b"nan", b"\0",
     b"cpu99 1 2 3 4 5\n"])


@given(st.sampled_from(PROC_FILES), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 400), pieces), max_size=5),
       st.floats(-5, 100_000))
def test_broken_files_never_stop_a_sample(mutable: tuple[Sampler, TurnedClock, Path, Path], name: str,
                                          changes: list[tuple[float, int, bytes]], seconds: float) -> None:
    sampler, clock, proc, pristine = mutable
    if not (pristine / name).exists():
        return
    raw = bytearray((pristine / name).read_bytes())
    for place, length, piece in changes:
        start = int(place * len(raw))
        raw[start:start + length] = piece
    (proc / name).write_bytes(raw)
    clock.turn(seconds)
    try:
        snapshot = sampler.sample()
    finally:
        (proc / name).write_bytes((pristine / name).read_bytes())
    cpu = snapshot.cpu
    shares = [cpu.busy, cpu.user, cpu.system, cpu.iowait, cpu.steal, *cpu.cores]
    assert all(share is None or 0 <= share <= 100.0001 for share in shares)
    assert 0 <= snapshot.memory.used <= snapshot.memory.total
    assert all(disk.busy is None or 0 <= disk.busy <= 100 for disk in snapshot.disks)
    msgspec.json.encode(snapshot)


def ticks(**values: tuple[int, ...]) -> Stat:
    cores = {name.encode(): figures for name, figures in values.items() if name != "cpu"}
    return Stat(values["cpu"], cores, 0, 0)


def test_shares_of_processor_time() -> None:
    shares = CpuShares()
    zero = (0,) * 8
    assert shares.shares(ticks(cpu=zero, cpu0=zero, cpu1=zero), 0.0) == Cpu(None)
    cpu = shares.shares(ticks(cpu=(10, 10, 10, 100, 20, 5, 5, 40), cpu0=(50, 0, 0, 50, 0, 0, 0, 0), cpu1=zero), 1.0)
    assert (cpu.busy, cpu.user, cpu.system, cpu.iowait, cpu.steal) == (40.0, 10.0, 10.0, 10.0, 20.0)
    assert cpu.cores == (50.0, 0.0)


def test_cores_are_plugged_in_and_out() -> None:
    shares = CpuShares()
    zero, half, more = (0,) * 8, (50, 0, 0, 50, 0, 0, 0, 0), (100, 0, 0, 50, 0, 0, 0, 0)
    shares.shares(ticks(cpu=zero, cpu0=zero, cpu1=zero, cpu2=zero), 0.0)
    assert shares.shares(ticks(cpu=half, cpu0=zero, cpu2=half), 1.0).cores == (0.0, 50.0)
    assert shares.shares(ticks(cpu=more, cpu0=zero, cpu1=more, cpu2=more), 2.0).cores == (0.0, 0.0, 100.0)


def test_counters_of_processor_time_that_run_backwards_or_stand_still() -> None:
    shares = CpuShares()
    shares.shares(ticks(cpu=(100, 0, 0, 100, 50, 0, 0, 0)), 0.0)
    cpu = shares.shares(ticks(cpu=(150, 0, 0, 150, 40, 0, 0, 0)), 1.0)
    assert (cpu.busy, cpu.iowait) == (50.0, 0.0)
    assert shares.shares(ticks(cpu=(150, 0, 0, 150, 40, 0, 0, 0)), 2.0) == cpu
    assert shares.shares(ticks(cpu=(900, 0, 0, 150, 40, 0, 0, 0)), 2.01) == cpu
    assert shares.shares(Stat(None, {}, None, None), 3.0) == Cpu(None)


def test_memory_without_available_is_estimated_and_said() -> None:
    memory, sentence = memory_of({b"MemTotal": 100, b"MemFree": 20, b"Cached": 30, b"Buffers": 5})
    assert (memory.available, memory.used) == (55, 45)
    assert "estimated" in sentence
    assert memory_of({b"MemTotal": 100, b"MemAvailable": 500})[0].used == 0
    assert memory_of({})[1].startswith("Memory is not known")


def test_the_system_s_name(tmp_path: Path) -> None:
    assert system_name(tmp_path) == "Linux"
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_bytes(b'NAME=x\nPRETTY_NAME="A system \xff 12"\n')
    assert system_name(tmp_path) == "A system \\xff 12"
