from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.health.sampling import kernel

PARSERS = (kernel.parse_stat, kernel.parse_meminfo, kernel.parse_pressure, kernel.parse_paging, kernel.parse_load,
           kernel.parse_network, kernel.parse_disks)
FILES = ("stat", "meminfo", "vmstat", "loadavg", "net/dev", "diskstats", "pressure/io")
SAMPLES = [Path("/proc", name).read_bytes() for name in FILES if os.access(Path("/proc", name), os.R_OK)]


def numbers_in(found: object) -> list[float]:
    if isinstance(found, dict):
        found = list(found.values())
    if isinstance(found, tuple | list):
        return [number for part in found for number in numbers_in(part)]
    return [found] if isinstance(found, int | float) else []


@given(st.sampled_from(SAMPLES), st.data())
def test_broken_files_give_no_error_and_no_absurd_number(sample: bytes, data: st.DataObject) -> None:
    raw = bytearray(sample[:6000])
    pieces = st.binary(max_size=5) | st.sampled_from([b"-1 ", b" ", b"\n", b"9" * 400, b"\xff\xfe", b"nan ", b"1e9 ",
                                                      b":", "\u0663".encode()])
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(raw)))
        raw[place:place + data.draw(st.integers(0, 30))] = data.draw(pieces)
    for parser in PARSERS:
        found = parser(bytes(raw))
        assert all(0 <= number < 2**80 for number in numbers_in(found))


def test_the_figures_of_psutil_are_the_same() -> None:
    stat = kernel.parse_stat(Path("/proc/stat").read_bytes())
    assert stat.booted == int(psutil.boot_time())
    assert len(stat.cores) == len(psutil.cpu_times(percpu=True))
    network = kernel.parse_network(Path("/proc/net/dev").read_bytes())
    assert {os.fsdecode(name) for name in network} == set(psutil.net_io_counters(pernic=True))
    assert kernel.parse_meminfo(Path("/proc/meminfo").read_bytes())[b"MemTotal"] == psutil.virtual_memory().total


def test_stat_with_many_interrupts_a_missing_end_and_a_core_taken_out() -> None:
    stat = kernel.parse_stat(b"cpu  9 1 2 3 4 5 6 7 8 0\ncpu0 1 1 1 1 1 1 1 1 0 0\ncpu2 2 2 2 2 2 2 2 2 0 0\nintr "
                             + b"1 " * 9000 + b"\nctxt 5\nbtime 1700000000\nprocs_blocked 3\n")
    assert stat.total == (9, 1, 2, 3, 4, 5, 6, 7)
    assert list(stat.cores) == [b"cpu0", b"cpu2"]
    assert (stat.booted, stat.blocked) == (1700000000, 3)
    assert kernel.parse_stat(b"cpu  9 1 2 3\n").total == (9, 1, 2, 3, 0, 0, 0, 0)
    assert kernel.parse_stat(b"cpu  9 1 -2 3 4\ncpu0 x 1 1 1\n") == kernel.Stat(None, {}, None, None)


def test_pressure_load_and_paging() -> None:
    assert kernel.parse_pressure(b"some avg10=3.91 avg60=5.28 avg300=1.60 total=8461269\n"
                                 b"full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n") == {b"some": 3.91, b"full": 0.0}
    assert kernel.parse_load(b"0.51 0.14 10.05 2/95 8088\n") == (0.51, 0.14, 10.05)
    assert kernel.parse_load(b"0.51 0.14\n") is None
    assert kernel.parse_paging(b"nr_free 1\npswpin 5\npswpout 6\npgalloc 1\noom_kill 7\n") == {
        b"pswpin": 5, b"pswpout": 6, b"oom_kill": 7}


def test_a_file_is_read_to_its_end_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "long"
    file = kernel.KernelFile(path, "It is")
    assert file.read() is None
    assert file.gap == f"It is not known: {path}: No such file or directory."
    for size in (10, 4096, 4097, 200_000, 3):
        path.write_bytes(b"x" * size)
        assert file.read() == b"x" * size
        assert file.gap == ""
    file.close()
    path.unlink()
    assert file.read() is None


def test_files_of_the_kernel_that_are_longer_than_a_page_come_whole() -> None:
    for name in ("/proc/self/smaps", "/proc/vmstat", "/proc/kallsyms"):
        if not Path(name).exists():
            continue
        file = kernel.KernelFile(Path(name))
        data = file.read()
        file.close()
        assert data is not None
        assert data.endswith(b"\n")


@pytest.mark.parametrize("path", ["/proc/self", "/proc/self/mem"])
def test_what_cannot_be_read_is_a_gap(path: str) -> None:
    file = kernel.KernelFile(Path(path), "It is")
    assert file.read() is None
    assert path in file.gap
    file.close()
