from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.health.sampling.mounts import listed, parse, text, unescape, visible
from tests.hostile import FILE_NAMES

SERVER = rb"""
22 27 0:21 / /proc rw,relatime - proc proc rw
24 27 0:6 / /dev rw,relatime - devtmpfs udev rw,size=4k
25 24 0:23 / /dev/shm rw - tmpfs tmpfs rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
40 27 0:30 / /run rw - tmpfs tmpfs rw
41 27 0:31 / /tmp rw - tmpfs tmpfs rw
42 27 254:16 / /var rw - xfs /dev/vdb rw
43 27 254:16 /backup /srv/backup\040of\040var rw - xfs /dev/vdb rw
44 27 7:0 / /snap/core/1 ro - squashfs /dev/loop0 ro
45 27 11:0 / /media/cd ro - iso9660 /dev/sr0 ro
46 27 0:40 / /home rw - nfs4 files:/home rw
47 27 0:41 / /mnt/tank rw - zfs tank/data rw
48 27 0:42 / /mnt/far rw - fuse.sshfs me@far:/ rw
49 27 0:43 / /misc rw - autofs systemd-1 rw
50 27 0:44 / /var/lib/x rw - overlay overlay rw
51 27 0:45 /@home /btrfs/home rw - btrfs /dev/vdc rw
52 27 0:45 /@ /btrfs rw - btrfs /dev/vdc rw
53 27 0:46 / /boot/efi ro,noatime - vfat /dev/vda2 rw
54 27 0:47 / /run/user/0/doc rw - fuse.portal portal rw
""".strip()


def everything(_path: str) -> bool:
    return True


def paths(raw: bytes) -> list[str]:
    return [text(entry.path) for entry in listed(raw, everything)]


def test_only_what_holds_data_is_listed_and_each_device_once() -> None:
    assert paths(SERVER) == ["/", "/boot/efi", "/btrfs", "/home", "/mnt/far", "/mnt/tank", "/var"]


def test_read_only_is_what_the_file_system_is_for_everybody() -> None:
    found = {text(entry.path): entry.read_only for entry in listed(SERVER, everything)}
    assert found["/boot/efi"] is False, "this mount of it is read-only, as all are for a service that is kept from them"
    assert found["/var"] is False
    assert listed(b"1 0 8:1 / / rw - ext4 /dev/sda1 ro,errors=remount-ro", everything)[0].read_only is True


def test_the_overlay_of_a_container_is_listed_and_its_bound_files_are_not() -> None:
    raw = (b"1 0 0:50 / / rw - overlay overlay rw,lowerdir=/a:/b\n"
           b"2 1 8:1 /docker/x/hosts /etc/hosts rw - ext4 /dev/sda1 rw\n"
           b"3 1 8:1 /docker/x/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n"
           b"4 1 8:2 /vol /data rw - ext4 /dev/sdb rw")
    assert paths(raw) == ["/", "/data"]


def test_settings_hide_mounts_but_not_another_mount_of_the_same_device() -> None:
    raw = (b"1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /a rw - ext4 /dev/sdb rw\n"
           b"3 1 8:2 / /long rw - ext4 /dev/sdb rw")
    assert [entry.path for entry in listed(raw, lambda path: path != "/a")] == [b"/", b"/long"]


def test_a_mount_that_another_one_covers_is_not_listed() -> None:
    raw = (b"1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /a rw - ext4 /dev/sdb rw\n"
           b"3 1 8:3 / /a/b/c rw - ext4 /dev/sdc rw\n4 2 8:4 / /a/d rw - ext4 /dev/sdd rw\n"
           b"5 1 8:5 / /a rw - ext4 /dev/sde rw\n6 5 8:6 / /a/below rw - ext4 /dev/sdf rw")
    assert paths(raw) == ["/", "/a", "/a/below"]
    assert [entry.device for entry in visible(parse(raw))] == [b"8:1", b"8:5", b"8:6"]


def test_escapes_and_foreign_bytes() -> None:
    assert unescape(rb"/a\040b\011c\012d\134040") == b"/a b\tc\nd\\040"
    assert unescape(rb"\9\04\400") == b"\\9\\04\x00"
    raw = b"1 0 8:2 / /m\\040\xff\xfe\x1b[31m rw - ext4 /dev/sdb rw"
    entry = listed(raw, everything)[0]
    assert entry.path == b"/m \xff\xfe\x1b[31m"
    assert text(entry.path) == "/m \\xff\\xfe\x1b[31m"


@pytest.mark.parametrize("name", FILE_NAMES)
def test_hostile_mount_points_are_told_exactly(name: bytes) -> None:
    escaped = b"".join(b"\\%03o" % byte if byte in b" \t\n\\" else bytes([byte]) for byte in name)
    found = listed(b"1 0 8:2 / /m/" + escaped + b" rw - ext4 /dev/sdb rw", everything)
    assert [entry.path for entry in found] == [b"/m/" + name]
    text(found[0].path).encode()


@given(st.data())
def test_broken_files_are_survived(data: st.DataObject) -> None:
    raw = bytearray(SERVER)
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(raw) - 1))
        piece = data.draw(st.binary(max_size=6) | st.sampled_from([b"\n", b" - ", b"\\777", b"99999999999999999999"]))
        raw[place:place + data.draw(st.integers(0, 20))] = piece
        if not raw:
            break
    for entry in listed(bytes(raw), everything):
        assert entry.path.startswith(b"/")
        (text(entry.path) + entry.kind + text(entry.source)).encode()


@given(st.binary(max_size=300))
def test_any_bytes_are_survived(raw: bytes) -> None:
    parse(raw)
    listed(b"1 0 8:1 / / rw - ext4 /dev/a rw\n" + raw, everything)


def test_the_kernel_s_own_file() -> None:
    raw = Path("/proc/self/mountinfo").read_bytes()
    assert len(parse(raw)) == len(raw.splitlines())
    assert "/" in paths(raw)
