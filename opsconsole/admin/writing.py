"""Writes a file wholly or not at all: one that must not exist yet, or one in place of another that is kept."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from opsconsole.core.errors import ConfigError, PermissionDenied, StorageError, StorageFull
from opsconsole.core.replacefile import removed_on_failure, replacing

if TYPE_CHECKING:
    from pathlib import Path

    from opsconsole.core.errors import OpsError


def write_new(path: Path, text: str) -> None:
    """Write `text` with mode 0600, in folders that are made where they are missing (mode 0700 for the last one).

    Raises:
        ConfigError: something has that name already, or the name cannot be one; nothing was changed.
        PermissionDenied: this user may not write there.
        StorageFull: there is no space; nothing is left of the file.
        StorageError: the disk fails; nothing is left of the file.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except (OSError, ValueError) as error:
        raise _sentence(error, path) from error
    try:
        with removed_on_failure(path), os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text if text.endswith("\n") else f"{text}\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise _sentence(error, path) from error


def replace_kept(path: Path, text: str) -> Path:
    """Put `text` in place of a file, with its mode and owner; what it was is beside it as `FILE.before`.

    Returns:
        Where it was put; an earlier one of that name is gone.

    Raises:
        PermissionDenied, StorageFull, StorageError, ConfigError: as `write_new`; the file is as it was.
    """
    kept = path.with_name(f"{path.name}.before")
    try:
        was = path.stat()
        for place, content in ((kept, path.read_bytes()), (path, text.encode("utf-8"))):
            with replacing(place) as file:
                file.write(content)
                os.fchmod(file.fileno(), stat.S_IMODE(was.st_mode))
                if (was.st_uid, was.st_gid) != (os.getuid(), os.getgid()):
                    os.fchown(file.fileno(), was.st_uid, was.st_gid)
    except (OSError, ValueError) as error:
        raise _sentence(error, path) from error
    return kept


def _sentence(error: OSError | ValueError, path: Path) -> OpsError:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EEXIST:
        return ConfigError(f"{path} exists already, and nothing is ever overwritten.",
                           "Move it away, or choose another place with `--path`.")
    if number in {errno.EACCES, errno.EPERM}:
        return PermissionDenied(f"This user may not write {path}.", "Choose another place with `--path`.")
    if number in {errno.ENOSPC, errno.EDQUOT}:
        return StorageFull(f"There is no space for {path}.", "Free some, then try again.")
    if number in {errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, None}:
        return ConfigError(f"{path} cannot be the name of a file ({error}).", "Choose another place with `--path`.")
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return StorageError(f"{path} could not be written ({reason}).", "Choose another place with `--path`.")
