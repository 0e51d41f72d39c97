"""One time of day for all processes of a test, which the test puts forward, as if the machine had slept until then.

The time since boot goes on with it; what is counted while a machine is awake does not. Files keep the times at which
they were really written, and other programs know nothing of it.
"""

from __future__ import annotations

import mmap
import os
import struct
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

VARIABLE: Final = "TEST_MOVED_CLOCK"
_SHARED: Final = struct.Struct("qq")
"""Nanoseconds by which the clock is ahead: at the beginning, and now."""
_HOOK: Final = f"from {__name__} import follow\nfollow()\n"


class MovedClock:
    """The clock of a test.

    Args:
        folder: where it is kept.
        begin: local time at the beginning, `2031-05-12 17:20`.
    """

    def __init__(self, folder: Path, begin: str) -> None:
        folder.mkdir()
        # Python imports a module of this name at each start.
        (folder / "sitecustomize.py").write_text(_HOOK)
        self._folder, self._file = folder, folder / "ahead"
        self._begun = self._ahead = 0
        self.go_to(begin)
        self._begun = self._ahead
        self._write()

    def env(self, source: Path) -> dict[str, str]:
        """What a process needs to follow it; `source` is the folder of the modules that it runs."""
        return {VARIABLE: str(self._file), "PYTHONPATH": os.pathsep.join((str(self._folder), str(source)))}

    def go_to(self, moment: str) -> None:
        """It is this local time now; never earlier than it was."""
        at = round(datetime.fromisoformat(moment).timestamp() * 1e9)
        assert at >= self.nanoseconds() or not self._begun, f"it is later than {moment}"
        self._ahead = at - time.time_ns()
        self._write()

    def go_on(self, seconds: float) -> None:
        """So many seconds pass."""
        self._ahead += round(seconds * 1e9)
        self._write()

    def nanoseconds(self) -> int:
        """What it shows, since 1970."""
        return time.time_ns() + self._ahead

    def now(self) -> int:
        """What it shows, as a `core.clock.Instant`."""
        return self.nanoseconds() // 1_000_000

    def shows(self, form: str) -> str:
        """What it shows, in local time, as `strftime` words it."""
        return f"{datetime.fromtimestamp(self.nanoseconds() / 1e9).astimezone():{form}}"

    def _write(self) -> None:
        # Processes have mapped this very file, so it must stay the same one.
        with self._file.open("r+b" if self._file.exists() else "wb") as out:
            out.write(_SHARED.pack(self._begun, self._ahead))


def follow() -> None:
    """Let the clocks of this process show what that of the test shows."""
    path = os.environ.get(VARIABLE)
    if path is None:
        return
    with Path(path).open("rb") as file:
        shared = mmap.mmap(file.fileno(), _SHARED.size, access=mmap.ACCESS_READ)
    nanoseconds, seconds, of_clock = time.time_ns, time.time, time.clock_gettime

    def ahead() -> int:
        return int(_SHARED.unpack_from(shared)[1])

    def slept() -> int:
        begun, now = _SHARED.unpack_from(shared)
        return int(now - begun)

    def gettime(clock: int) -> float:
        more = {time.CLOCK_BOOTTIME: slept, time.CLOCK_REALTIME: ahead}.get(clock)
        return of_clock(clock) + (more() / 1e9 if more is not None else 0.0)

    ours: dict[str, Callable[..., Any]] = {
        "time_ns": lambda: nanoseconds() + ahead(), "time": lambda: seconds() + ahead() / 1e9, "clock_gettime": gettime}
    for name, function in ours.items():
        setattr(time, name, function)
