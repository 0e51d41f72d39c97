"""Asks `du` how large the folders of a file system are, at the lowest priority, in a process that can be killed."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from typing import TYPE_CHECKING, Final

from opsconsole.core.programs import plain_environment, run
from opsconsole.core.text import limited
from opsconsole.health.growth.model import Sizes

if TYPE_CHECKING:
    from opsconsole.core.clock import Instant

log = logging.getLogger(__name__)

DEPTH: Final = 4
"""Levels below the mount: `/var/lib/postgresql/15/main` is one of them."""
THRESHOLD: Final = 10_000_000
"""Bytes from which a folder is listed."""
MOST_FOLDERS: Final = 400
MOST_BYTES: Final = 4_000_000
LIMIT: Final = 600.0
"""Seconds; a file system that takes longer has too many files to be asked."""


async def measure(mount: str, at: Instant, limit: float = LIMIT, program: str = "du") -> Sizes | None:
    """The largest folders of a mount, without other file systems below it; None when that is not known.

    Folders that this user may not read count as far as they can be read.
    """
    path = shutil.which(program)
    if path is None:
        return None
    command = [*_gently(), path, "--one-file-system", "--block-size=1", f"--max-depth={DEPTH}",
               f"--threshold={THRESHOLD}", "--null", "--", mount]
    raw = await _output(command, limit)
    folders = _read(raw) if raw is not None else {}
    if mount not in folders:
        return None
    largest = sorted(folders, key=lambda one: -folders[one])[:MOST_FOLDERS]
    return Sizes(mount, at, {one: folders[one] for one in largest})


def _gently() -> list[str]:
    """What lets a program wait for all others, as far as it is installed."""
    found = [["nice", "-n", "19"], ["ionice", "-c", "3"]]
    return [part for words in found if shutil.which(words[0]) for part in words]


def _read(raw: bytes) -> dict[str, int]:
    found: dict[str, int] = {}
    for entry in raw.split(b"\0"):
        size, tab, path = entry.partition(b"\t")
        if tab and size.isdigit():
            found[os.fsdecode(path).encode("utf-8", "backslashreplace").decode("utf-8")] = int(size)
    return found


async def _output(command: list[str], limit: float) -> bytes | None:
    """What a program prints; None when it takes too long, prints too much or cannot be run."""
    try:
        ran = await run(command, plain_environment(), deadline=asyncio.get_running_loop().time() + limit,
                        keep=MOST_BYTES)
    except (OSError, ValueError) as error:
        log.info("folders are not measured: %s", error)
        return None
    if ran.late:
        log.warning("the folders of %s could not be measured in %.0f s", limited(command[-1], 200), limit)
    return None if ran.status is None or len(ran.output) >= MOST_BYTES else ran.output
