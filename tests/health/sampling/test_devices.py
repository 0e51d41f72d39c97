from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.health.sampling.devices import Disks, Interfaces
from opsconsole.health.settings import HealthSettings

if TYPE_CHECKING:
    from pathlib import Path

DISK = "{0} 0 {1} 10 0 {2} 5 20 0 {3} 5 0 {4} 9\n"
HEADER = "Inter-|   Receive  |  Transmit\n face |bytes    packets errs\n"


def disk_line(name: str, read: int = 0, written: int = 0, ticks: int = 0) -> str:
    return f"   8  0 {name} 10 0 {read} 5 20 0 {written} 5 0 {ticks} 9\n"


def net_line(name: str, received: int, sent: int, errors: int = 0, drops: int = 0) -> str:
    return f"{name}: {received} 1 {errors} {drops} 0 0 0 0 {sent} 1 0 0 0 0 0 0\n"


def device(sys: Path, name: str, size: str = "1000", hidden: str = "0") -> None:
    folder = sys / "block" / name
    folder.mkdir(parents=True)
    (folder / "size").write_text(size + "\n")
    (folder / "hidden").write_text(hidden + "\n")


def link(sys: Path, name: str, state: str = "up", *, physical: bool = True, speed: str = "1000") -> None:
    folder = sys / "class" / "net" / name
    folder.mkdir(parents=True)
    (folder / "operstate").write_text(state + "\n")
    (folder / "speed").write_text(speed + "\n")
    (folder / "carrier").write_text("1\n")
    if physical:
        (folder / "device").mkdir()


def test_whole_disks_only_with_rates(tmp_path: Path) -> None:
    names = ["sda", "sda1", "nvme0n1", "nvme0n1p1", "nvme0c0n1", "md127", "dm-0", "loop0", "ram0", "zram0", "sr0",
             "vdb", "cciss/c0d0"]
    for name in ("sda", "nvme0n1", "md127", "dm-0", "loop0", "ram0", "zram0", "sr0", "cciss!c0d0"):
        device(tmp_path, name)
    device(tmp_path, "nvme0c0n1", hidden="1")
    device(tmp_path, "vdb", size="0")
    file = tmp_path / "diskstats"
    file.write_text("".join(disk_line(name) for name in names))
    disks = Disks(tmp_path, tmp_path)
    assert [disk.name for disk in disks.sample(0.0)] == ["sda", "nvme0n1", "md127", "cciss/c0d0"]
    file.write_text(disk_line("sda", read=200, written=400, ticks=500))
    sda, = disks.sample(2.0)
    assert (sda.read_rate, sda.write_rate, sda.busy) == (200 * 256, 400 * 256, 25.0)
    assert (sda.reads, sda.writes) == (0.0, 0.0)


def test_a_disk_is_never_more_than_busy_and_its_clock_wraps(tmp_path: Path) -> None:
    device(tmp_path, "sda")
    file = tmp_path / "diskstats"
    file.write_text(disk_line("sda", ticks=2**32 - 500))
    disks = Disks(tmp_path, tmp_path)
    disks.sample(0.0)
    file.write_text(disk_line("sda", ticks=500))
    assert disks.sample(2.0)[0].busy == 50.0
    file.write_text(disk_line("sda", ticks=9500))
    assert disks.sample(4.0)[0].busy == 100.0


def test_disks_come_and_go(tmp_path: Path) -> None:
    device(tmp_path, "sda")
    file = tmp_path / "diskstats"
    file.write_text(disk_line("sda"))
    disks = Disks(tmp_path, tmp_path)
    disks.sample(0.0)
    device(tmp_path, "sdb")
    file.write_text(disk_line("sda") + disk_line("sdb"))
    assert [(disk.name, disk.busy) for disk in disks.sample(1.0)] == [("sda", 0.0), ("sdb", None)]
    file.write_text(disk_line("sdb"))
    assert [(disk.name, disk.busy) for disk in disks.sample(2.0)] == [("sdb", 0.0)]


def test_without_sys_every_name_counts_and_without_proc_there_is_a_gap(tmp_path: Path) -> None:
    disks = Disks(tmp_path, tmp_path / "nothing")
    assert disks.sample(0.0) == ()
    assert disks.gap.startswith("Disk traffic is not known: ")
    (tmp_path / "diskstats").write_text(disk_line("sda") + disk_line("../../etc"))
    assert "sda" in [disk.name for disk in disks.sample(1.0)]
    assert disks.gap == ""


def test_interfaces_that_matter(tmp_path: Path) -> None:
    link(tmp_path, "eth0")
    link(tmp_path, "eno2", "down", speed="-1")
    link(tmp_path, "green0", speed="100")
    link(tmp_path, "bond0", physical=False, speed="2000")
    link(tmp_path, "wg0", "unknown", physical=False)
    for name in ("lo", "veth12", "docker0", "ifb0", "tap3", "dummy0"):
        link(tmp_path, name, physical=False)
    link(tmp_path, "idle0", physical=False)
    link(tmp_path, "down0", "down", physical=False)
    (tmp_path / "net").mkdir()
    names = ["eth0", "green0", "bond0", "wg0", "lo", "veth12", "docker0", "ifb0", "tap3", "dummy0", "down0"]
    file = tmp_path / "net" / "dev"
    file.write_text(HEADER + "".join(net_line(name, 10, 20) for name in names) + net_line("idle0", 0, 0)
                    + net_line("eno2", 0, 0))
    interfaces = Interfaces(tmp_path, tmp_path, HealthSettings().shows_interface)
    found = interfaces.sample(0.0)
    assert [(one.name, one.up, one.speed) for one in found] == [
        ("eth0", True, 1000), ("green0", True, 100), ("bond0", True, 2000), ("wg0", True, 1000), ("eno2", False, 0)]
    file.write_text(HEADER + net_line("eth0", 1010, 2020, errors=4, drops=6))
    eth0, = interfaces.sample(2.0)
    assert (eth0.received, eth0.sent, eth0.errors, eth0.drops) == (1010, 2020, 4, 6)
    assert (eth0.receive_rate, eth0.send_rate, eth0.error_rate, eth0.drop_rate) == (500.0, 1000.0, 2.0, 3.0)
    interfaces.close()


def test_an_interface_that_goes_down_or_is_made_anew(tmp_path: Path) -> None:
    link(tmp_path, "eth0")
    (tmp_path / "net").mkdir()
    file = tmp_path / "net" / "dev"
    file.write_text(HEADER + net_line("eth0", 5000, 0))
    interfaces = Interfaces(tmp_path, tmp_path, lambda _name: True)
    interfaces.sample(0.0)
    (tmp_path / "class/net/eth0/operstate").write_text("down\n")
    file.write_text(HEADER + net_line("eth0", 10, 0))
    eth0, = interfaces.sample(1.0)
    assert (eth0.up, eth0.speed, eth0.receive_rate) == (False, 0, None)
    file.write_text(HEADER)
    assert interfaces.sample(2.0) == ()
    interfaces.close()


def test_names_that_are_no_names(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    hostile = [b"..", b"a/../../etc", b"\xff\xfe", b"\x1b[31m", b"", b"x" * 5000]
    lines = b"".join(net_line("@", 1, 1).encode().replace(b"@", name) for name in hostile)
    (tmp_path / "net" / "dev").write_bytes(HEADER.encode() + lines)
    interfaces = Interfaces(tmp_path, tmp_path, lambda _name: True)
    assert interfaces.sample(0.0) == ()
    interfaces.close()
