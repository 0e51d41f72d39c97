"""The agent that a console starts where none works; it ends with the console, and gives way to a permanent one.

For the console: `ChildAgent`, and `describe`, which says in a word how the agent is. Nothing here imports a user
interface, and nothing works in the console's own process.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from opsconsole.agent.launch import command, source
from opsconsole.agent.lease import Watcher
from opsconsole.agent.model import Timing
from opsconsole.agent.processes import gone, this_process
from opsconsole.core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from opsconsole.agent.model import LeaseState
    from opsconsole.core.clock import Clock, Instant

log = logging.getLogger(__name__)

PAUSES = (0.0, 5.0, 15.0, 30.0, 60.0)
"""Seconds that a child is not started again for, after so many that ended soon; the last one repeats."""
SOON = 60.0
"""Seconds; a child that lived longer counts as one that worked."""
FRESH = 15_000
"""Milliseconds since the last heartbeat, within which the agent counts as one that works."""


def describe(lease: LeaseState | None, now: Instant, failing: int = 0) -> str:
    """How the agent is, for the top line: `agent` while it works, `agent silent 40 s`, `agent, 2 jobs fail`.

    The age of a heartbeat that is as it should be would only move all the time.
    """
    if lease is None or not lease.token:
        return "no agent"
    age = max(0, now - lease.beat)
    if age <= FRESH:
        return f"agent, {failing} job{'s fail' if failing > 1 else ' fails'}" if failing else "agent"
    from opsconsole.core.format import duration  # noqa: PLC0415 - only when something is wrong

    return f"agent silent {duration(age // 1000)}"


class ChildAgent:
    """Looks after the lease for a console, and starts an agent where nobody has it.

    Args:
        read: reads the lease, as `agent.store.read_lease` does; raises StorageError.
        clock: the time of day.
        log: the file that the child's own words go to: its log.
        config: the configuration file of the command line, if one was named.
        debug: whether the child records everything.
        timing: tests shorten it.
        may_start: whether a child is started at all; else this only looks.
        arguments: the child's command; tests hand in another one.
    """

    def __init__(self, read: Callable[[], Awaitable[LeaseState | None]], *, clock: Clock, log: Path,
                 config: Path | None = None, debug: bool = False, timing: Timing = Timing(),  # noqa: B008 - a tuple
                 may_start: bool = True, arguments: Sequence[str] | None = None) -> None:
        self.lease: LeaseState | None = None
        """As it was read last."""
        self.problem = ""
        """Why no child could be started, as a sentence; empty while there is nothing wrong."""
        self._read = read
        self._clock = clock
        self._log = log
        self._timing = timing
        self._may_start = may_start
        self._command = list(arguments) if arguments is not None else command(config, "agent", "--child", debug=debug)
        self._watcher = Watcher(time.monotonic)
        self._me = this_process()
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._tries = 0
        self._watching: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The child's process, while it lives."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def working(self) -> bool:
        """Whether some agent has the lease."""
        return self.lease is not None and bool(self.lease.token)

    def start(self) -> None:
        """Begins to `watch` in a task of its own."""
        if self._watching is None:
            self._watching = asyncio.create_task(self.watch())

    async def watch(self) -> None:
        """Looks again and again, until it is cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(self._timing.beat / 2)

    async def look(self) -> None:
        """Reads the lease, and starts a child where nobody works."""
        try:
            self.lease = await self._read()
        except StorageError as error:
            # Without records no agent can work; the console tells that by itself.
            log.info("the lease cannot be read: %s", error)
            return
        if not self._needed(self.lease):
            self.problem = ""
        elif self._may_start and not self._lives():
            await asyncio.to_thread(self._launch)

    def _needed(self, lease: LeaseState | None) -> bool:
        silent = self._watcher.silent(lease)
        if lease is None or not lease.token or gone(lease.process, self._me) or silent >= self._timing.dead:
            return True
        # A wrong guess by the time of day costs a start and no more: the child looks for itself.
        return abs(self._clock.now() - lease.beat) > self._timing.dead * 1000 and not self._watcher.changed

    def _lives(self) -> bool:
        """Whether there is a child, or one that ended so soon that the next one has to wait."""
        if self._process is None:
            return False
        status = self._process.poll()
        if status is None:
            return True
        lived = time.monotonic() - self._started
        if status != 0 and not self.problem:
            self.problem = f"The agent that was started here ended with status {status}; its log is {self._log}."
            log.warning("%s", self.problem)
        if self._tries and lived < PAUSES[min(self._tries, len(PAUSES) - 1)]:
            return True
        _close(self._process)
        self._process = None
        return False

    def _launch(self) -> None:
        environment = dict(os.environ)
        if (folder := source()) is not None:
            environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(folder), environment.get("PYTHONPATH")]))
        now = time.monotonic()
        self._tries = self._tries + 1 if now - self._started < SOON else 1
        self._started = now
        try:
            self._log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            output = os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                # Its own session: what the terminal sends to this one's processes is not for the agent.
                self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=output, stderr=output,
                                                 close_fds=True, start_new_session=True, env=environment)
            finally:
                os.close(output)
        except OSError as error:
            self.problem = f"An agent could not be started ({error.strerror or error})."
            log.warning("%s", self.problem)
        else:
            log.info("agent started", extra={"child": self._process.pid})
            self.problem = ""

    def reload(self) -> None:
        """Lets the child that was started here read the configuration again; a permanent agent has its own owner."""
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGHUP)

    async def stop(self, wait: float = 0.0) -> None:
        """Ends the watching and the child, which finishes what it is running.

        Args:
            wait: seconds that it is waited for; 0 leaves it to itself, and it ends soon.
        """
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching])
            self._watching = None
        process, self._process = self._process, None
        if process is None:
            return
        _close(process)
        until = time.monotonic() + wait
        while process.poll() is None and time.monotonic() < until:  # noqa: ASYNC110 - it is polled for
            await asyncio.sleep(0.05)
        if process.poll() is None:
            # It ends by itself; nobody here will ask for its status any more.
            process.returncode = 0


def _close(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
