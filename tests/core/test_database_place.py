"""Which mount a path lies on, and which kinds are refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.database import place
from opsconsole.core.database.place import Mount, mount_of, parse_mounts
from tests.core.storage import as_root, small_disk

ROOT = Mount(1, 0, "/", "ext4")


def kind(path: str, *mounts: Mount) -> str | None:
    found = mount_of(path, mounts)
    return found and found.kind


def test_the_nearest_mount_counts_and_a_name_is_not_a_prefix() -> None:
    mounts = (ROOT, Mount(2, 1, "/srv", "xfs"), Mount(3, 2, "/srv/data", "nfs4"))
    assert kind("/srv/data/x.db", *mounts) == "nfs4"
    assert kind("/srv/data", *mounts) == "nfs4"
    assert kind("/srv/database/x.db", *mounts) == "xfs"
    assert kind("/home/x.db", *mounts) == "ext4"


def test_a_later_mount_hides_what_is_below_it_and_what_it_covers() -> None:
    hidden = Mount(2, 1, "/srv/data", "nfs4")
    assert kind("/srv/data/x.db", ROOT, hidden, Mount(3, 1, "/srv", "xfs")) == "xfs"
    assert kind("/srv/data/x.db", ROOT, hidden, Mount(3, 2, "/srv/data", "tmpfs")) == "tmpfs"
    assert kind("/x.db", ROOT, Mount(2, 1, "/", "overlay")) == "overlay"


def test_lists_that_do_not_say() -> None:
    assert kind("/x.db") is None
    assert kind("/x.db", Mount(2, 1, "/srv", "xfs")) is None
    assert kind("/x.db", Mount(1, 1, "/", "xfs")) == "xfs"
    assert kind("/a/x.db", ROOT, Mount(2, 3, "/a", "b"), Mount(3, 2, "/a", "c")) == "ext4"


mounts = st.lists(
    st.builds(Mount, st.integers(0, 5), st.integers(0, 5), st.sampled_from(["/", "/a", "/a/b", "/ab"]), st.just("k"))
)


@given(mounts, st.sampled_from(["/", "/a", "/a/b/c", "/abc"]))
def test_any_list_has_an_end(table: list[Mount], path: str) -> None:
    found = mount_of(path, table)
    assert found is None or found in table
    assert found is None or path == found.point or path.startswith(found.point.rstrip("/") + "/")


def test_a_line_of_mountinfo_with_optional_fields_and_escapes() -> None:
    raw = (
        b"36 35 98:0 /mnt1 /my\\040disk\\134a rw,noatime master:1 shared:2 - ext3 /dev/root rw\n"
        b"37 36 98:0 / /\xff ro - fuse.sshfs me@host:/ rw\n"
    )
    assert parse_mounts(raw) == [Mount(36, 35, "/my disk\\a", "ext3"), Mount(37, 36, "/\udcff", "fuse.sshfs")]


@given(st.binary() | st.lists(st.sampled_from([b"36", b"35", b"-", b"/", b" - ", b" ", b"\n", b"nfs"])).map(b" ".join))
def test_any_mountinfo_is_read(raw: bytes) -> None:
    for mount in parse_mounts(raw):
        assert mount.id >= 0
        assert isinstance(mount.network, bool)


@pytest.mark.parametrize("name", ["ext4", "xfs", "btrfs", "zfs", "overlay", "tmpfs", "fuseblk", "f2fs", "bcachefs",
                                  "fuse.mergerfs", "fuse.nfsnot", "nfsd", "virtiofs", ""])  # fmt: skip
def test_local_kinds_are_fine(name: str) -> None:
    assert not Mount(1, 0, "/", name).network


def test_this_machine_says_where_a_folder_lies(tmp_path: Path) -> None:
    found = place.file_system(tmp_path / "missing" / "x.db")
    if found is None:
        pytest.skip("this machine has no mountinfo")
    assert os.path.ismount(found.point)
    assert Path(found.point).stat().st_dev == tmp_path.stat().st_dev


@as_root
def test_a_mount_made_now_is_seen(tmp_path: Path) -> None:
    with small_disk(tmp_path / "a disk", "1m") as disk:
        assert place.file_system(disk / "x.db") == mount_of(str(disk), parse_mounts(place.MOUNTINFO.read_bytes()))
        found = place.file_system(disk / "x.db")
        assert found is not None
        assert (found.point, found.kind) == (str(disk), "tmpfs")
        (tmp_path / "link").symlink_to(disk)
        assert place.file_system(tmp_path / "link" / "x.db") == found
