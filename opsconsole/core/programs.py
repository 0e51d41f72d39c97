"""Runs a program: in a process group of its own, within its time, with bounded output.

It is started through `sh -c 'cd …; exec "$@"'`: the script is constant and the arguments are only handed on, so no
shell reads them; but starting waits for the local `/bin/sh` alone, and not for a program on a mount that hangs.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

KEPT: Final = 65_536
"""Bytes of each of standard output and standard error that are kept where nothing else is said."""
FLOOD: Final = 16 << 20
"""Bytes after which a program that goes on writing is killed."""
ENDING: Final = 0.8
"""Seconds before its deadline at which a program is told to end (SIGTERM), at most half of its time."""
NO_FOLDER: Final = 125
"""Exit codes of the shell itself: the folder cannot be entered, the program cannot be executed, does not exist."""
NOT_STARTED: Final = {NO_FOLDER: "its folder cannot be entered", 126: "it cannot be executed", 127: "it does not exist"}
_SCRIPT: Final = f'cd -- "$0" || exit {NO_FOLDER}; exec "$@"'
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PART: Final = 65_536
_LEFT_IN_PIPE: Final = 1 << 20
"""Bytes that a pipe can hold at most."""

_left: Final[list[subprocess.Popen[bytes]]] = []
"""Killed, and still in the kernel; collected when they are gone at last."""


class Ran(NamedTuple):
    """How a program ended."""

    status: int | None
    """Its exit code, negative for a signal; None when it had to be killed."""
    output: bytes
    """The first bytes of its standard output."""
    errors: bytes
    """The same of its standard error."""
    late: bool = False
    """Whether it was killed because its time was over."""
    flooded: bool = False
    """Whether it was killed because it wrote more than `FLOOD`."""


def plain_environment() -> dict[str, str]:
    """What a program needs to run, in no language and in no zone of a person's."""
    kept = {name: os.environ[name] for name in ("HOME", "USER", "LOGNAME", "XDG_RUNTIME_DIR") if name in os.environ}
    return {"PATH": os.environ.get("PATH") or _PATH, **kept, "LC_ALL": "C", "LANG": "C"}


async def run(command: Sequence[str], environment: Mapping[str, str], *, deadline: float, folder: str = "/",
              take: Callable[[bytes], None] | None = None, keep: int = KEPT, most: int = FLOOD) -> Ran:
    """Runs a program to its end and kills what is left of its process group then.

    When its time is nearly over, or it floods, the group gets SIGTERM and soon after SIGKILL; on cancellation SIGKILL
    at once. A program that hangs in the kernel is left behind and collected by a later run.

    Args:
        command: program and arguments; a program without `/` is looked up on the PATH of the environment.
        environment: all of its environment.
        deadline: loop time at which it has ended, one way or the other.
        folder: where it is started.
        take: gets all that it writes to both outputs, part by part as it comes; nothing of it is kept here then.
        keep: bytes of each output that are kept.
        most: bytes of both together after which it floods.

    Raises:
        OSError: not even the shell could be started.
        ValueError: an argument or a variable holds a NUL.
    """
    _left[:] = [process for process in _left if process.poll() is None]
    left = max(0.0, deadline - asyncio.get_running_loop().time())
    ending = min(ENDING, left / 2)
    process = subprocess.Popen(  # noqa: ASYNC220 - it only waits for /bin/sh to be loaded, see above
        ["/bin/sh", "-c", _SCRIPT, folder, *command], env=dict(environment), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE if take is None else subprocess.STDOUT, process_group=0,
        cwd="/")
    pipes = _Pipes(process, take, keep, most)
    try:
        late = not await _ended(process, pipes, left - ending)
        ended = not late and not pipes.flooded
        if not ended:
            _signal(process, signal.SIGTERM)
            await _ended(process, None, ending * 0.6)
    finally:
        # Before it is reaped: so neither its pid nor its group can belong to anybody else.
        _signal(process, signal.SIGKILL)
        if process.poll() is None:
            _left.append(process)
        pipes.close()
    if not ended and process.poll() is None:
        await _ended(process, None, ending * 0.1)
    return Ran(process.poll() if ended else None, bytes(pipes.kept[0]), bytes(pipes.kept[1]), late, pipes.flooded)


class _Pipes:
    """Reads both outputs as they come; hands them on, or keeps the beginnings and counts the rest."""

    def __init__(self, process: subprocess.Popen[bytes], take: Callable[[bytes], None] | None, keep: int,
                 most: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._hand_on = take
        self._keep = keep
        self._most = most
        self._files = [file for file in (process.stdout, process.stderr) if file is not None]
        self.kept = (bytearray(), bytearray())
        self._seen = 0
        self.flooded = False
        self.flood = asyncio.Event()
        for number, file in enumerate(self._files):
            os.set_blocking(file.fileno(), False)
            self._loop.add_reader(file.fileno(), self._take, number)

    def _take(self, number: int) -> int:
        """Takes one part; how many bytes, 0 when there can be no more."""
        file = self._files[number]
        try:
            part = os.read(file.fileno(), _PART)
        except BlockingIOError:
            return 0
        except OSError:
            part = b""
        if not part:
            self._loop.remove_reader(file.fileno())
            return 0
        if self._hand_on is not None:
            self._hand_on(part)
        else:
            kept = self.kept[number]
            kept += part[:self._keep - len(kept)]
        self._seen += len(part)
        if self._seen > self._most and not self.flooded:
            self.flooded = True
            self.flood.set()
        return 0 if self.flooded else len(part)

    def close(self) -> None:
        """Takes what the program left in the pipes, and closes them."""
        for number, file in enumerate(self._files):
            # Somebody who left the group may go on writing: no more than can have been there when it ended.
            left = _LEFT_IN_PIPE
            while left > 0 and (taken := self._take(number)):
                left -= taken
            self._loop.remove_reader(file.fileno())
            file.close()


async def _ended(process: subprocess.Popen[bytes], pipes: _Pipes | None, limit: float) -> bool:
    """Whether the program ended, or flooded, within `limit` seconds. It is not reaped."""
    loop = asyncio.get_running_loop()
    over = pipes.flood if pipes is not None else asyncio.Event()
    try:
        descriptor = os.pidfd_open(process.pid)
    except OSError:
        return await _polled(process, over, limit)
    loop.add_reader(descriptor, over.set)
    try:
        await asyncio.wait_for(over.wait(), limit)
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
    return True


async def _polled(process: subprocess.Popen[bytes], over: asyncio.Event, limit: float) -> bool:
    """The same for a kernel that cannot tell."""
    loop = asyncio.get_running_loop()
    until = loop.time() + limit
    while not over.is_set():
        with suppress(ChildProcessError):
            state = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)  # noqa: ASYNC222 - WNOHANG
            if state is not None:
                return True
        if loop.time() >= until:
            return False
        await asyncio.sleep(0.02)
    return True


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
