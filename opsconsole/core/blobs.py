"""Files that are kept by their content: attachments, evidence, mail as it came.

A file lies under the SHA-256 of what is in it, `ab/cdef…` in one folder, so the same content is kept once and a name
from outside never touches the disk. It appears whole or not at all: it is written under another name, synced, and
renamed. Everything here blocks; whoever runs a loop calls it in a thread.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from opsconsole.core.errors import StorageError, StorageUnusable, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NAME: Final = re.compile(r"[0-9a-f]{64}")
_PART: Final = 1 << 18
"""Bytes that are read and written at once."""
_UNFINISHED: Final = "new"
"""The folder of files that are being written."""
_MISSING: Final = "It was removed by somebody else; put it back from a backup."


class Blob(NamedTuple):
    """A file that is kept: its hash, 64 hexadecimal digits, and its bytes."""

    sha256: str
    size: int


class TooLarge(UsageError):  # noqa: N818 - it says what was to be kept
    """What was to be kept has more bytes than it may have; nothing was kept."""

    def __init__(self, limit: int) -> None:
        from opsconsole.core.units import Size  # noqa: PLC0415 - only for this sentence

        super().__init__(f"The file is larger than {Size(limit)}, which is the most that is kept.",
                         "Make it smaller, or raise the limit in the configuration.")
        self.limit = limit


class Blobs:
    """One folder of files; it is made with the first of them, for the same people as the folder that it is in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, data: bytes | BinaryIO, limit: int | None = None) -> Blob:
        """Keeps the bytes, or what is read from a stream up to its end.

        What is kept already is written anew, which heals a damaged file and makes it young for whoever cleans up.

        Raises:
            TooLarge: it has more than `limit` bytes.
            StorageFull: no space. StorageUnusable: no permission, something is in the way.
            OSError: the stream could not be read.
        """
        stream = BytesIO(data) if isinstance(data, bytes) else data
        mode = self._prepare()
        name = self.folder / _UNFINISHED / os.urandom(8).hex()
        try:
            blob = _written(name, stream, mode, limit)
            self._place(name, blob.sha256, mode)
        finally:
            with contextlib.suppress(OSError):
                name.unlink(missing_ok=True)
        return blob

    def open(self, sha256: str) -> BinaryIO:
        """The file, for reading from its beginning.

        Raises:
            StorageUnusable: it is missing, may not be read, or this is no hash.
        """
        path = self.path(sha256)
        try:
            return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")
        except FileNotFoundError:
            raise StorageUnusable(f"The file {path} is gone.", _MISSING) from None
        except OSError as problem:
            raise _sentence(problem, path, "read") from problem

    def path(self, sha256: str) -> Path:
        """Where the file lies, or would.

        Raises:
            StorageUnusable: this is no hash.
        """
        if not _NAME.fullmatch(sha256):
            raise StorageUnusable(f"`{ascii(sha256[:80])[1:-1]}` is not the hash of a kept file.",
                                  "The database is damaged; put a copy from a backup in its place.")
        return self.folder / sha256[:2] / sha256[2:]

    def has(self, sha256: str) -> bool:
        """Whether there is such a file; what is in it is not looked at."""
        return self.path(sha256).is_file()

    def remove(self, sha256: str) -> bool:
        """Forgets a file; False when there is none. That nothing refers to it is for the caller to know.

        Raises:
            StorageUnusable: it may not be removed.
        """
        path = self.path(sha256)
        try:
            path.unlink()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as problem:
            raise _sentence(problem, path, "remove") from problem
        with contextlib.suppress(OSError):
            path.parent.rmdir()
        return True

    def check(self, sha256: str) -> bool:
        """Whether the file is there and still is what its name says.

        Raises:
            StorageUnusable: it may not be read.
        """
        path = self.path(sha256)
        if not os.path.lexists(path):
            return False
        found = hashlib.sha256()
        try:
            with self.open(sha256) as file:
                while part := file.read(_PART):
                    found.update(part)
        except OSError as problem:
            raise _sentence(problem, path, "read") from problem
        return found.hexdigest() == sha256

    def kept(self, before: float) -> Iterator[str]:
        """The hashes of all files that were last put before then (seconds since the epoch), in no order."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            for path in self.folder.glob("[0-9a-f][0-9a-f]/*"):
                name = path.parent.name + path.name
                with contextlib.suppress(FileNotFoundError):
                    if _NAME.fullmatch(name) and path.lstat().st_mtime < before:
                        yield name

    def sweep(self, before: float) -> int:
        """Takes away what somebody began to write before then (seconds since the epoch) and never ended; how many."""
        count = 0
        with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            for path in (self.folder / _UNFINISHED).iterdir():
                with contextlib.suppress(FileNotFoundError):
                    if path.lstat().st_mtime < before:
                        path.unlink()
                        count += 1
        return count

    def _prepare(self) -> int:
        """Makes the folders; the mode of new files."""
        try:
            if not self.folder.parent.is_dir():
                self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shared = bool(self.folder.parent.stat().st_mode & 0o020)
            for folder in (self.folder, self.folder / _UNFINISHED):
                _make(folder, shared=shared)
        except OSError as problem:
            raise _sentence(problem, self.folder, "make the folder") from problem
        return 0o660 if shared else 0o600

    def _place(self, name: Path, sha256: str, mode: int) -> None:
        path = self.path(sha256)
        try:
            # Whoever removed the last file of the folder may have removed the folder meanwhile.
            for patience in (True, True, False):
                _make(path.parent, shared=bool(mode & 0o060))
                try:
                    name.replace(path)
                    break
                except FileNotFoundError:
                    if not patience:
                        raise
            _sync(path.parent)
            _sync(self.folder)
        except OSError as problem:
            raise _sentence(problem, path, "write") from problem


def _written(name: Path, stream: BinaryIO, mode: int, limit: int | None) -> Blob:
    """Copies a stream to a new file, up to its end and onto the disk."""
    try:
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    except OSError as problem:
        raise _sentence(problem, name, "write") from problem
    digest, size = hashlib.sha256(), 0
    try:
        while part := stream.read(_PART):
            size += len(part)
            if limit is not None and size > limit:
                raise TooLarge(limit)
            digest.update(part)
            _write(descriptor, part, name)
        try:
            # The umask would take the group's bits from a shared installation.
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        except OSError as problem:
            raise _sentence(problem, name, "write") from problem
    finally:
        os.close(descriptor)
    return Blob(digest.hexdigest(), size)


def _write(descriptor: int, part: bytes, name: Path) -> None:
    view = memoryview(part)
    try:
        while view:
            view = view[os.write(descriptor, view):]
    except OSError as problem:
        raise _sentence(problem, name, "write") from problem


def _make(folder: Path, *, shared: bool) -> None:
    if not folder.is_dir():
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            if folder.is_dir():
                return
            raise
        folder.chmod(0o2770 if shared else 0o700)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sentence(problem: OSError, path: Path, doing: str) -> StorageError:
    from opsconsole.core.database import place  # noqa: PLC0415 - only when something is wrong

    if isinstance(problem, IsADirectoryError):
        return StorageUnusable(f"{path} is a folder, where a kept file should be.", "Move it away.")
    return place.from_os(problem, path, doing)
