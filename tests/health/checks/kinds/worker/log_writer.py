"""Writes and rotates a log as programs and logrotate do, and remembers every line."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import shutil
from pathlib import Path


class Writer:
    """One log file; each line is unlike every other, as with times of day."""

    def __init__(self, folder: Path, name: str = "app.log") -> None:
        self.path = folder / name
        self.lines: list[str] = []
        self._file = self.path.open("ab", buffering=0)
        self._late: list[object] = []
        self._begun = b""

    def line(self, text: str = "", end: str = "\n") -> None:
        """One line."""
        line = f"{len(self.lines):06d} {text or 'something happened'}"
        self.lines.append(line)
        self._file.write(self._begun + line.encode() + end.encode())
        self._begun = b""

    def half(self) -> None:
        """The first half of a line; `rest` writes the other."""
        self._file.write(f"{len(self.lines):06d} first and ".encode())

    def rest(self) -> None:
        """See `half`."""
        self.lines.append(f"{len(self.lines):06d} first and second")
        self._file.write(b"second\n")

    def rename(self, *, reopen: bool = True, compress: str = "") -> None:
        """Rotates: log.1 becomes log.2 and so on, the log becomes log.1."""
        self._shift()
        self.path.rename(f"{self.path}.1")
        if reopen:
            self.reopen()
        if compress:
            self.compress(compress)

    def reopen(self) -> None:
        """The writer notices that its file was renamed."""
        self._file.close()
        self._file = self.path.open("ab", buffering=0)

    def copytruncate(self) -> None:
        """Rotates: the log is copied to log.1 and emptied."""
        self._shift()
        shutil.copy2(self.path, f"{self.path}.1")
        os.truncate(self.path, 0)

    def compress(self, ending: str = ".gz") -> None:
        """What was rotated last is compressed, as logrotate does: with the same time of change."""
        plain = Path(f"{self.path}.1")
        if not plain.exists():
            return
        packed = Path(f"{plain}{ending}")
        packed.write_bytes({".gz": gzip, ".xz": lzma, ".bz2": bz2}[ending].compress(plain.read_bytes()))
        state = plain.stat()
        os.utime(packed, ns=(state.st_atime_ns, state.st_mtime_ns))
        plain.unlink()

    def _shift(self) -> None:
        rotated = sorted(self.path.parent.glob(f"{self.path.name}.[0-9]*"),
                         key=lambda path: int(path.name.split(".")[2]), reverse=True)
        for path in rotated:
            parts = path.name.split(".")
            parts[2] = str(int(parts[2]) + 1)
            path.rename(path.with_name(".".join(parts)))

    def close(self) -> None:
        """Closes the file."""
        self._file.close()
