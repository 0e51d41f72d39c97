"""Runs a service's own client, `psql` or `mariadb`, so that nothing of it is left behind.

Passwords go to the client by its environment, which only the same account and root can read, and which is gone with
the process; a file would outlive a crash, and arguments are open to everybody.
"""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core.text import decode
from opsconsole.health.checks.kinds.dialogue import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LIMIT: Final = 262_144
"""Bytes of output, and of errors, after which a client is stopped."""
_ENDING: Final = 0.8
"""Seconds that a killed process may take to go; only one that hangs in the kernel takes longer."""


class Ran(NamedTuple):
    """How a client ended."""

    status: int
    """Its exit status; negative: the signal that ended it."""
    output: str
    errors: str
    first: float | None
    """Seconds until its first output; None when there was none."""


async def run(arguments: Sequence[str], environment: Mapping[str, str], script: str = "") -> Ran:
    """Run a program without a shell, in a session of its own, with `script` as its standard input.

    Whatever ends this, cancellation too, the process and all of its group are gone then.

    Raises:
        NoAnswer: it cannot be started, or prints more than `LIMIT` bytes.
    """
    began = asyncio.get_running_loop().time()
    starting = asyncio.ensure_future(_started(arguments, environment, script))
    try:
        transport, ended = await asyncio.shield(starting)
    except asyncio.CancelledError:
        # A start that is broken off may wait for ever for the process that it has begun; a whole one takes 2 ms.
        with suppress(NoAnswer):
            await _end(*await starting)
        raise
    try:
        # Shielded: cancelling this run must not make it look as if the process had ended.
        await asyncio.shield(ended.all)
        if ended.too_much:
            raise NoAnswer(f"{Path(arguments[0]).name} printed more than {LIMIT // 1024} KiB")
        status = transport.get_returncode()
        return Ran(-1 if status is None else status, decode(bytes(ended.texts[1])), decode(bytes(ended.texts[2])),
                   None if ended.first is None else ended.first - began)
    finally:
        await _end(transport, ended)


async def _started(arguments: Sequence[str], environment: Mapping[str, str],
                   script: str) -> tuple[asyncio.SubprocessTransport, _Collected]:
    # A memory file needs no writing beside the reading, and no other process can open it by a name.
    source = os.memfd_create("script")
    try:
        os.write(source, script.encode())
        os.lseek(source, 0, os.SEEK_SET)
        return await asyncio.get_running_loop().subprocess_exec(
            _Collected, *arguments, stdin=source, env=_reduced(environment), cwd="/", start_new_session=True)
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "a setting or the password holds a NUL"
        raise NoAnswer(f"{Path(arguments[0]).name} cannot be started: {reason}") from problem
    finally:
        os.close(source)


def _reduced(environment: Mapping[str, str]) -> dict[str, str]:
    """Nothing of ours that could change what a client does, such as PGSERVICE or a language."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "LC_ALL": "C", **environment}


async def _end(transport: asyncio.SubprocessTransport, ended: _Collected) -> None:
    if not ended.all.done():
        ended.kill()
        # Closing the transport first would take the exit status away from whoever waits for it.
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(ended.process), _ENDING)
    transport.close()


class _Collected(asyncio.SubprocessProtocol):
    """What a process prints, up to the limit, and its end."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.texts = {1: bytearray(), 2: bytearray()}
        self.first: float | None = None
        self.too_much = False
        self.process: asyncio.Future[None] = self._loop.create_future()
        """Done when the process is gone."""
        self.all: asyncio.Future[None] = self._loop.create_future()
        """Done when the process is gone and all that it printed is here."""
        self._pid = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.SubprocessTransport):
            self._pid = transport.get_pid()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if self.first is None and fd == 1:
            self.first = self._loop.time()
        room = LIMIT - len(self.texts[fd])
        self.texts[fd] += data[:room]
        if len(data) > room and not self.too_much:
            self.too_much = True
            self.kill()

    def process_exited(self) -> None:
        if not self.process.done():
            self.process.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's form
        if not self.all.done():
            self.all.set_result(None)

    def kill(self) -> None:
        """End the process and all of its group."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._pid, signal.SIGKILL)
