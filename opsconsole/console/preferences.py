"""What a person chose in the console and expects to find again: the theme, for now.

One small JSON object, mode 0600. It holds nothing that cannot be chosen again, so a broken file is put
aside (`preferences.json.broken`) and never stops the console.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from typing import TYPE_CHECKING

import msgspec

from opsconsole.core.errors import StorageError
from opsconsole.core.readfile import Unreadable, read_regular
from opsconsole.core.replacefile import replace_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Preference = str | int | float | bool | None

LIMIT = 64 * 1024
"""Bytes; a preferences file that is larger is not ours."""
PATIENCE = 25
"""How often the lock is tried, every 20 ms, before the console gives up rather than stand still."""


class Preferences:
    """The preferences file of one person; several consoles may have it open.

    Each change reads the file again under a lock and changes one name in it, so that consoles do not undo one another.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, Preference] | None = None

    def text(self, name: str, default: str = "") -> str:
        """A preference that is a text; `default` when there is none, it is of another kind or cannot be read."""
        if self._known is None:
            self._known = self._read() or {}
        found = self._known.get(name)
        return found if isinstance(found, str) else default

    def put(self, name: str, value: Preference) -> None:
        """Remember one preference, for this console at once and for later ones in the file.

        Raises:
            StorageError: the file cannot be written; this console remembers all the same.
        """
        self._known = {**(self._known or {}), name: value}
        try:
            with self._locked():
                stored = self._read()
                if stored is None:
                    self.path.replace(self.path.with_name(self.path.name + ".broken"))
                self._known = {**(stored or {}), name: value}
                written = msgspec.json.encode(self._known, order="sorted")
                replace_file(self.path, msgspec.json.format(written, indent=1))
        except OSError as error:
            raise StorageError(f"The choice is not remembered in {self.path}: {error.strerror or error}.",
                               "It holds until you leave.") from error

    def _read(self) -> dict[str, Preference] | None:
        """The file's content, empty when there is no file; None when it is broken or not ours."""
        try:
            content = msgspec.json.decode(read_regular(str(self.path), LIMIT))
        except Unreadable as error:
            return {} if error.missing else None
        except (ValueError, RecursionError):
            return None
        if not isinstance(content, dict):
            return None
        return {str(name): value for name, value in content.items() if isinstance(value, Preference)}

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self.path.with_name(f".{self.path.name}.lock"), flags, 0o600)
        try:
            for attempt in range(PATIENCE):
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if attempt == PATIENCE - 1:
                        raise
                    time.sleep(0.02)
            yield
        finally:
            os.close(descriptor)
