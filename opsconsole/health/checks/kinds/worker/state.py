"""Where the next run goes on, kept in a file, so that a restart neither reads lines again nor misses any."""

from __future__ import annotations

import json
import os
from typing import Any, Final

_VERSION: Final = 1
_LARGEST: Final = 4_000_000


def read_state(path: str, source: str) -> dict[str, Any] | None:
    """`at` (ms UTC) and `kept` of the run before of this source; None without any, or for nonsense."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - `pathlib` would take 0.7 MiB in a process of its own
            stored = json.loads(file.read(_LARGEST))
        if stored["version"] != _VERSION or stored["source"] != source:
            return None
        return {"at": int(stored["at"]), "kept": stored["kept"]}
    except (OSError, ValueError, TypeError, KeyError, RecursionError, OverflowError):
        return None


def write_state(path: str, source: str, at: int, kept: Any) -> str:
    """Stores it in one step; why not, where it cannot be stored."""
    new = f"{path}.{os.getpid()}.new"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120 - as above
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump({"version": _VERSION, "source": source, "at": at, "kept": kept}, file)
        os.replace(new, path)  # noqa: PTH105 - as above
    except OSError as error:
        return f"After a restart lines will be missed: {path} cannot be written: {error.strerror or error}."
    return ""
