"""Whether a database can live where it is put: the folder, the kind of file, permissions, the file system."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.errors import StorageError, StorageFull, StorageUnusable

if TYPE_CHECKING:
    from collections.abc import Iterable

MOUNTINFO = Path("/proc/self/mountinfo")

ELSEWHERE = "Set 'data' in the configuration to another folder, on a disk of this machine."
_ASK = "Ask its owner for access, or set 'data' in the configuration to a folder of your own."

# fmt: off
NETWORK = frozenset({
    "9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs",
    "nfs4", "ocfs2", "orangefs", "prl_fs", "pvfs2", "smb2", "smb3", "smbfs", "vboxsf",
})
_NETWORK_FUSE = frozenset({
    "afs", "beegfs", "blobfuse", "blobfuse2", "ceph", "ceph-fuse", "cephfs", "curlftpfs", "davfs", "davfs2",
    "gcsfuse", "glusterfs", "goofys", "juicefs", "lizardfs", "mfs", "moosefs", "rclone", "s3fs", "smbnetfs", "sshfs",
    "vmhgfs-fuse",
})
# fmt: on
_OCTAL = re.compile(rb"\\([0-7]{3})")


class Mount(NamedTuple):
    """One line of mountinfo; `point` is as this process sees it, `kind` the file system's type."""

    id: int
    parent: int
    point: str
    kind: str

    @property
    def network(self) -> bool:
        """Whether other machines may write there too; the shared memory that WAL needs does not reach them."""
        if self.kind.startswith("fuse."):
            return self.kind.removeprefix("fuse.") in _NETWORK_FUSE
        return self.kind in NETWORK


def parse_mounts(raw: bytes) -> list[Mount]:
    """The mounts of a mountinfo file (proc_pid_mountinfo(5)); lines that are not of its form are left out."""
    found = []
    for line in raw.splitlines():
        left, separator, right = line.partition(b" - ")
        fields, kinds = left.split(b" "), right.split(b" ")
        if not separator or len(fields) < 6 or not fields[0].isdigit() or not fields[1].isdigit():
            continue
        point = _OCTAL.sub(lambda match: bytes([int(match[1], 8) & 0xFF]), fields[4])
        found.append(Mount(int(fields[0]), int(fields[1]), os.fsdecode(point), os.fsdecode(kinds[0])))
    return found


def mount_of(path: str, mounts: Iterable[Mount]) -> Mount | None:
    """The mount that an absolute path without links lies on; None where the list does not say.

    Walks as the kernel does, from the root through the mount that is crossed first, because a mount hides
    those below the folder that it covers, however long their names are.
    """
    known = list(mounts)
    ids = {mount.id for mount in known}
    here = next((m for m in known if m.point == "/" and (m.parent not in ids or m.parent == m.id)), None)
    seen: set[int] = set()
    while here is not None and here.id not in seen:
        seen.add(here.id)
        crossed = [m for m in known if m.parent == here.id and m.id not in seen and _inside(path, m.point)]
        if not crossed:
            return here
        here = min(crossed, key=lambda mount: len(mount.point))
    return here


def _inside(path: str, point: str) -> bool:
    return path == point or path.startswith(point.rstrip("/") + "/")


def file_system(path: Path) -> Mount | None:
    """The mount that `path`, or the nearest folder above it that exists, lies on; None where /proc does not say."""
    try:
        raw = MOUNTINFO.read_bytes()
    except OSError:
        return None
    return mount_of(os.path.realpath(path), parse_mounts(raw))


def check(path: Path, *, writing: bool, mode: int) -> None:
    """Refuse a place where a database cannot work; creates a missing folder for one who writes.

    Args:
        path: the file, absolute, without links; it need not exist.
        writing: whether the file will be written.
        mode: of the file; with group bits, a new folder is for the group too.

    Raises:
        StorageUnusable: network file system, a folder or device at this path, no permission, read-only.
        StorageFull: no space for the folder.
    """
    refuse_network(path, file_system(path))
    if writing:
        _make_folder(path.parent, 0o2770 if mode & 0o060 else 0o700)
    _check_file(path, writing=writing)
    if writing:
        _check_folder(path)


def refuse_network(path: Path, mount: Mount | None) -> None:
    """Refuses a file on a network file system.

    Raises:
        StorageUnusable: `mount` is one.
    """
    if mount is not None and mount.network:
        raise StorageUnusable(
            f"{path} lies on a network file system ({mount.kind} at {mount.point}), "
            "where SQLite cannot keep several programs apart.",
            ELSEWHERE,
        )


def _make_folder(folder: Path, mode: int) -> None:
    if folder.is_dir():
        return
    try:
        for missing in reversed([folder, *folder.parents]):
            if not missing.is_dir():
                missing.mkdir(mode=0o700, exist_ok=True)
                # The umask would take the group's bits from a shared installation.
                missing.chmod(mode)
    except (FileExistsError, NotADirectoryError) as error:
        raise StorageUnusable(f"{error.filename} is in the way: it is not a folder.", ELSEWHERE) from error
    except OSError as error:
        raise from_os(error, folder, "make the folder") from error


def _check_file(path: Path, *, writing: bool) -> None:
    try:
        found = path.stat()
    except FileNotFoundError:
        if writing:
            return
        raise StorageUnusable(f"There is no database at {path}.", "Start opsconsole once to make it.") from None
    except OSError as error:
        raise from_os(error, path, "look at") from error
    if stat.S_ISDIR(found.st_mode):
        raise StorageUnusable(f"{path} is a folder, where a database file should be.", "Move it away.")
    if not stat.S_ISREG(found.st_mode):
        raise StorageUnusable(f"{path} is not a regular file.", "Move it away.")
    if not _may(path, os.R_OK):
        raise _forbidden(path, "read")
    if writing and not _may(path, os.W_OK):
        raise _forbidden(path, "write")


def _check_folder(path: Path) -> None:
    if not _may(path.parent, os.W_OK | os.X_OK):
        raise _forbidden(path.parent, "write")


def _may(path: Path, what: int) -> bool:
    return os.access(path, what, effective_ids=os.access in os.supports_effective_ids)


def _forbidden(path: Path, verb: str) -> StorageUnusable:
    if verb == "write" and mounted_read_only(path):
        return _mounted_read_only(path)
    try:
        found = path.stat()
        owner = f" (owner {found.st_uid}, group {found.st_gid}, mode {stat.S_IMODE(found.st_mode):o})"
    except OSError:
        owner = ""
    return StorageUnusable(f"You may not {verb} {path}{owner}.", _ASK)


def _mounted_read_only(path: Path) -> StorageUnusable:
    return StorageUnusable(
        f"{path} lies on a file system that is mounted read-only.", f"Mount it writable. {ELSEWHERE}"
    )


def mounted_read_only(path: Path) -> bool:
    """Whether the file system of `path` is mounted read-only."""
    try:
        return bool(os.statvfs(path).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def free_bytes(path: Path) -> int | None:
    """Bytes that this user may still write on the file system of `path` or of its folder; None where unknown."""
    for place in (path, path.parent):
        try:
            found = os.statvfs(place)
        except OSError:
            continue
        return found.f_bavail * found.f_frsize
    return None


def full(path: Path, doing: str = "write to") -> StorageFull:
    """The error of a full disk or an exhausted quota."""
    return StorageFull(
        f"There is no space left to {doing} {path}.", "Free some space and try again; what was stored before is safe."
    )


def from_os(error: OSError, path: Path, doing: str) -> StorageError:
    """The kernel's refusal to `doing` (a verb) `path` as a sentence."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return full(path, doing)
    if error.errno == errno.EROFS:
        return _mounted_read_only(path)
    if error.errno in {errno.EACCES, errno.EPERM}:
        return StorageUnusable(f"You may not {doing} {path}.", _ASK)
    if error.errno in {errno.ENOTDIR, errno.EEXIST}:
        return StorageUnusable(f"A file is in the way of the folder of {path}.", ELSEWHERE)
    reason = error.strerror or type(error).__name__
    return StorageUnusable(f"Cannot {doing} {path}: {reason}.", ELSEWHERE)
