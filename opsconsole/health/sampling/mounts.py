"""Which file systems a person cares about, out of /proc/self/mountinfo.

Listed is what holds data: block devices, zfs, btrfs, network and FUSE file systems, and whatever `/` is.
Not listed: file systems of the kernel, memory and containers' layers, images that are always full, bind mounts
of files into containers; several mounts of one device are listed once, by the shortest path.
Format of the file: proc_pid_mountinfo(5).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_DATA_KINDS: Final = frozenset({
    "zfs", "btrfs", "bcachefs", "nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "glusterfs", "lustre", "gpfs", "ocfs2",
    "gfs2", "beegfs", "afs", "9p", "virtiofs", "ubifs", "jffs2", "fuse", "fuseblk", "vboxsf", "prl_fs", "drvfs",
    "orangefs", "pvfs2", "coda", "ncpfs", "vmhgfs", "panfs", "wekafs",
})
_IMAGE_KINDS: Final = frozenset({"squashfs", "iso9660", "erofs", "cramfs", "romfs", "fuse.squashfuse",
                                 "fuse.squashfuse_ll", "fuse.archivemount"})
_MEMORY_KINDS: Final = frozenset({"tmpfs", "ramfs", "devtmpfs", "rootfs", "overlay", "aufs", "autofs", "nsfs"})
_DESKTOP_FUSE: Final = frozenset({"fuse.gvfsd-fuse", "fuse.portal", "fuse.lxcfs", "fuse.snapfuse", "fuse.kio-fuse",
                                  "fuse.vmware-vmblock", "fuse.dumpfs", "fuse.xfs-portal", "fuse.revokefs-fuse"})
_CONTAINER_FILES: Final = frozenset({b"/etc/hosts", b"/etc/hostname", b"/etc/resolv.conf", b"/etc/mtab",
                                     b"/dev/termination-log", b"/run/.containerenv", b"/.dockerenv"})
_ESCAPE: Final = re.compile(rb"\\([0-7]{3})")


class Entry(NamedTuple):
    """One line of mountinfo; text as bytes, because it is foreign and a path must stay exact."""

    number: bytes
    parent: bytes
    device: bytes
    """`major:minor`, the same for all mounts of one file system."""
    root: bytes
    path: bytes
    kind: str
    source: bytes
    read_only: bool


def unescape(text: bytes) -> bytes:
    r"""Octal escapes, as `\\040` for a space, made bytes again; what is no such escape stays."""
    if b"\\" not in text:
        return text
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 8) & 0xFF]), text)


def parse(raw: bytes) -> list[Entry]:
    """The entries of a mountinfo file in their order; lines that are cut or broken are left out."""
    return [entry for line in raw.split(b"\n") if (entry := _entry(line)) is not None]


def _entry(line: bytes) -> Entry | None:
    left, dash, right = line.partition(b" - ")
    fields, rest = left.split(b" "), right.split(b" ")
    if not dash or len(fields) < 6 or len(rest) < 3 or not fields[4].startswith(b"/"):
        return None
    path = unescape(fields[4])
    if b"\0" in path:
        return None
    # Only the file system's own options count: a service manager that protects the system mounts everything read-only
    # for one service, and nothing is wrong with what everybody else can write.
    return Entry(fields[0], fields[1], fields[2], unescape(fields[3]), path, text(unescape(rest[0])),
                 unescape(rest[1]), b"ro" in rest[2].split(b","))


def text(raw: bytes) -> str:
    r"""Bytes as text that can be shown and encoded: what is no UTF-8 becomes `\\xff`."""
    return raw.decode("utf-8", "backslashreplace")


def real(entry: Entry) -> bool:
    """Whether this file system holds data that a person cares about."""
    kind = entry.kind
    if kind in _IMAGE_KINDS or (kind == "udf" and entry.read_only) or "appimage" in kind.lower():
        return False
    if entry.path == b"/":
        return kind != "rootfs"
    if kind in _MEMORY_KINDS or kind in _DESKTOP_FUSE or entry.path in _CONTAINER_FILES:
        return False
    return entry.source.startswith(b"/dev/") or kind in _DATA_KINDS or kind.startswith("fuse.")


def visible(entries: Iterable[Entry]) -> list[Entry]:
    """The mounts that their path still leads to, without those that a later mount covers."""
    kept: dict[bytes, Entry] = {}
    for entry in entries:
        below = entry.path.rstrip(b"/") + b"/"
        # A mount covers what its parent had mounted on the same path or below; its own children come later.
        for path in [path for path, other in kept.items()
                     if path == entry.path or (other.parent == entry.parent and path.startswith(below))]:
            _remove(kept, path)
        kept[entry.path] = entry
    return list(kept.values())


def _remove(kept: dict[bytes, Entry], path: bytes) -> None:
    numbers = {kept.pop(path).number}
    while children := [path for path, entry in kept.items() if entry.parent in numbers]:
        numbers |= {kept.pop(path).number for path in children}


def listed(raw: bytes, shows: Callable[[str], bool]) -> list[Entry]:
    """The mounts to show, `/` first and then by path.

    Args:
        raw: the mountinfo file.
        shows: whether the settings let a path be shown.
    """
    chosen: dict[bytes, Entry] = {}
    for entry in visible(parse(raw)):
        if not real(entry) or not shows(text(entry.path)):
            continue
        other = chosen.get(entry.device)
        if other is None or (len(entry.path), entry.path) < (len(other.path), other.path):
            chosen[entry.device] = entry
    return sorted(chosen.values(), key=lambda entry: entry.path)
