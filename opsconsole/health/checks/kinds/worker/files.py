"""Looks at files for the kind `file`."""

from __future__ import annotations

import glob
import os
import stat
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST: Final = 20_000
"""Files that one pattern may find; more are not looked at."""


def found(pattern: str) -> Iterator[str]:
    """The paths of a pattern, at most `MOST`; a path without signs is itself, whether it exists or not."""
    if not glob.has_magic(pattern):
        return iter((pattern,))
    return islice(glob.iglob(pattern, recursive=True), MOST)  # noqa: PTH207 - thousands of `Path`s are slow


def look(path: str) -> dict[str, Any]:
    """The newest of the files at a path or pattern.

    Returns:
        path, size (bytes), changed (ns since 1970), device, inode of the newest; count, total (bytes) of all;
        `problem` where the kernel refuses to say. Without any, only `count` 0.
    """
    newest: tuple[int, str, os.stat_result] | None = None
    count = total = 0
    problem = ""
    magic = glob.has_magic(path)
    for each in found(path):
        try:
            state = os.stat(each)  # noqa: PTH116 - thousands of them
        except FileNotFoundError:
            continue
        except OSError as error:
            problem = f"{each}: {error.strerror or error}"
            continue
        if magic and not stat.S_ISREG(state.st_mode):
            continue
        count += 1
        total += state.st_size
        if newest is None or (state.st_mtime_ns, each) > newest[:2]:
            newest = (state.st_mtime_ns, each, state)
    if newest is None:
        return {"count": 0, "total": 0, "problem": problem}
    changed, name, state = newest
    return {"count": count, "total": total, "problem": problem, "path": name, "size": state.st_size,
            "changed": changed, "device": state.st_dev, "inode": state.st_ino, "most": count >= MOST}
