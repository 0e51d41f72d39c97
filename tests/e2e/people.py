"""People with names of their own on this machine, whoever runs the tests: each in a user namespace.

The kernel says who they are, as it does of everybody; to files they are whoever runs the tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST_UID: Final = 4201
_ENTER: Final = 'mount --bind "$0" /etc/passwd && exec unshare --user --map-user="$1" --map-group="$1" -- "${@:2}"'
"""The user database is another one for whatever is started here; then who one is changes."""


class People:
    """Some people; needs to create namespaces, which not every machine lets one.

    Args:
        folder: where their homes are.
        names: their login names.
    """

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        folder.mkdir()
        self._folder, self._names, self._passwd = folder, tuple(names), folder / "passwd"
        known = Path("/etc/passwd").read_text(encoding="utf-8").rstrip("\n")
        lines = [f"{name}:x:{self._uid(name)}:{self._uid(name)}::{folder / name}:/bin/sh" for name in names]
        self._passwd.write_text("\n".join((known, *lines, "")), encoding="utf-8")
        for name in names:
            (folder / name).mkdir()
        self._try(names[0])

    def before(self, name: str) -> tuple[str, ...]:
        """What is put before a command so that this person runs it."""
        root = () if os.geteuid() == 0 else ("--user", "--map-root-user")
        return ("unshare", *root, "--mount", "--", "bash", "-c", _ENTER, str(self._passwd), str(self._uid(name)))

    def env(self, name: str) -> dict[str, str]:
        """Their own home and what lies in it."""
        home = self._folder / name
        folders = {"XDG_CONFIG_HOME": ".config", "XDG_DATA_HOME": ".local/share", "XDG_STATE_HOME": ".local/state",
                   "XDG_CACHE_HOME": ".cache", "XDG_RUNTIME_DIR": ".run"}
        return {"HOME": str(home), **{variable: str(home / folder) for variable, folder in folders.items()}}

    def _uid(self, name: str) -> int:
        return FIRST_UID + self._names.index(name)

    def _try(self, name: str) -> None:
        if shutil.which("unshare") is None or shutil.which("bash") is None:
            pytest.skip("needs unshare and bash")
        done = subprocess.run([*self.before(name), "id", "-un"], capture_output=True, text=True, timeout=60,
                              check=False)
        if done.stdout.strip() != name:
            pytest.skip(f"needs namespaces: {done.stderr.strip()}")
