"""Child processes that can be left alone: started quickly, read without waiting, killed, reaped when they are dead.

A child that hangs in the kernel (state D) does not die of SIGKILL until its call returns. It is never
waited for: `reap_abandoned` collects it whenever it is gone at last.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_abandoned: Final[list[Child]] = []

PLAIN_ENVIRONMENT: Final[Mapping[str, str]] = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "LANG": "C",
}
"""For programs whose output is read: no translation, no person's settings."""


class Child:
    """One running program; its standard output is read without waiting, its standard error is thrown away.

    It has its own process group, so that no key in the terminal reaches it and its own children die with it.

    Args:
        command: program and arguments; the program is found on the PATH of the environment.
        environment: all of its environment.
        talkative: whether it has a standard input to write to; else that is empty.

    Raises:
        OSError: the program could not be started.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str] = PLAIN_ENVIRONMENT, *,
                 talkative: bool = False) -> None:
        self.input: int | None = None
        self.output: int | None = None
        self.dead = False
        self.status: int | None = None
        """The exit code, negative for a signal; None while it runs or where somebody else reaped it."""
        program = _find(command[0], environment)
        opened: list[int] = []
        try:
            read_end, write_end = os.pipe()
            opened += [read_end, write_end]
            actions: list[tuple[int, ...] | tuple[int, int, str, int, int]] = [
                (os.POSIX_SPAWN_DUP2, write_end, 1), (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
            if talkative:
                child_input, self.input = os.pipe()
                opened += [child_input, self.input]
                actions.insert(0, (os.POSIX_SPAWN_DUP2, child_input, 0))
                os.set_blocking(self.input, False)
            else:
                actions.append((os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0))
            os.set_blocking(read_end, False)
            actions += [(os.POSIX_SPAWN_CLOSE, descriptor) for descriptor in _inheritable()]
            # Python ignores SIGPIPE and children inherit that; a thread may have signals blocked.
            self.pid = os.posix_spawn(program, list(command), dict(environment), file_actions=actions, setpgroup=0,
                                      setsigmask=[], setsigdef=[signal.SIGPIPE, signal.SIGTERM, signal.SIGINT])
        except BaseException:
            for descriptor in opened:
                os.close(descriptor)
            self.input = None
            raise
        self.output = read_end
        os.close(write_end)
        if talkative:
            os.close(child_input)

    def read(self) -> bytes | None:
        """What it has written since; empty when nothing; None when it has closed its output."""
        if self.output is None:
            return None
        parts: list[bytes] = []
        while True:
            try:
                part = os.read(self.output, 65536)
            except BlockingIOError:
                return b"".join(parts)
            except OSError:
                part = b""
            if not part:
                return b"".join(parts) if parts else None
            parts.append(part)

    def write(self, data: bytes) -> int:
        """Writes as much as fits without waiting; the count of bytes written.

        Raises:
            OSError: it does not read any more.
        """
        if self.input is None:
            raise BrokenPipeError("the child has no input")
        try:
            return os.write(self.input, data)
        except BlockingIOError:
            return 0

    def close(self) -> None:
        """Closes both ends; a child that reads its input ends of that by itself."""
        for descriptor in (self.input, self.output):
            if descriptor is not None:
                os.close(descriptor)
        self.input = self.output = None

    def kill(self) -> None:
        """SIGKILL to it and its own children, at once; it may still be there for a while: see `reap`."""
        self.close()
        if not self.reap():
            with suppress(ProcessLookupError, PermissionError):
                # Not yet reaped by us, so neither the pid nor the group can belong to anybody else.
                os.killpg(self.pid, signal.SIGKILL)
        self.reap()

    def reap(self) -> bool:
        """Whether it is dead; never waits."""
        if not self.dead:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:
                # Somebody ignores SIGCHLD or waits for all children: then it is gone.
                self.dead = True
            else:
                if pid:
                    self.dead, self.status = True, os.waitstatus_to_exitcode(status)
        return self.dead

    def abandon(self) -> None:
        """Kills it and leaves it to be reaped later."""
        self.kill()
        if not self.dead:
            _abandoned.append(self)


class Errand:
    """A program that is run for its output, within a time limit, and that nobody waits for.

    Args:
        command: program and arguments.
        limit: seconds until it is killed.
        now: monotonic seconds.
        most: bytes of output that are kept.
    """

    def __init__(self, command: Sequence[str], limit: float, now: float, *, most: int = 4_000_000) -> None:
        self.done = False
        self.output: bytes | None = None
        """All that it wrote, once it has ended well; None when it failed, was too slow or could not be started."""
        self._until = now + limit
        self._most = most
        self._parts = bytearray()
        try:
            self._child: Child | None = Child(command)
        except OSError:
            self._child, self.done = None, True

    def poll(self, now: float) -> bool:
        """Whether it is over; never waits."""
        child = self._child
        if self.done or child is None:
            return True
        part = child.read()
        if part:
            self._parts += part
        if (part is None and child.reap()) or now >= self._until or len(self._parts) > self._most:
            well = child.dead and child.status == 0
            self.stop()
            self.output = bytes(self._parts) if well else None
        return self.done

    def stop(self) -> None:
        """Kills it if it still runs."""
        self.done = True
        if self._child is not None:
            self._child.abandon()
            self._child = None


def reap_abandoned() -> None:
    """Collects the abandoned children that are dead by now."""
    if _abandoned:
        _abandoned[:] = [child for child in _abandoned if not child.reap()]


def _inheritable() -> list[int]:
    # What whoever started this program left open would stay open as long as an abandoned child hangs.
    found = []
    with suppress(OSError):
        for name in os.listdir("/proc/self/fd"):
            with suppress(OSError):
                if int(name) > 2 and os.get_inheritable(int(name)):
                    found.append(int(name))
    return found


def _find(program: str, environment: Mapping[str, str]) -> str:
    if "/" in program:
        return program
    for folder in environment.get("PATH", "").split(":"):
        path = Path(folder, program)
        if folder and os.access(path, os.X_OK) and path.is_file():
            return str(path)
    raise FileNotFoundError(f"{program} is not installed")
