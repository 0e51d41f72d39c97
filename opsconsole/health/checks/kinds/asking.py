"""Has files, logs and /proc read by a process that can be killed, because a dead mount or a slow pattern may hang it.

One process (see `worker.program`) answers one request after another and is kept while it is asked often. What has to
wait for longer than `PATIENCE` gets a process of its own. What takes longer than `SLOW` takes nobody's place any more,
so that a dead mount delays only those who ask about it. A process that does not answer in time is killed. One that
cannot be killed (state D) is left behind, and its check is not asked again before that one is gone.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from opsconsole.health.sampling.child import PLAIN_ENVIRONMENT, Child, reap_abandoned

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from opsconsole.health.checks.runner import Scope

PATIENCE: Final = 0.04
"""Seconds; most answers come sooner, and starting a process costs more than any of them."""
MOST: Final = 12
"""Questions at a time that may be answered soon."""
SLOW: Final = 1.0
"""Seconds after which a question counts as one that hangs."""
MOST_SLOW: Final = 24
"""Processes that hang, at a time; with more, whoever would be the next is told so."""
_LONGEST: Final = 4_000_000
"""Bytes of one answer."""
_STUCK: Final = "stuck"
_PROGRAM: Final = Path(__file__).with_name("worker") / "program.py"


class NoAnswer(Exception):  # noqa: N818 - it says what there was not
    """The time was over before there was an answer; the text says since when, or why nothing was asked."""


class _Ended(Exception):  # noqa: N818
    """The process ended instead of answering."""


class _Worker:
    """One process; asked one thing at a time."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        paths = [path for path in sys.path if path and Path(path).is_dir()]
        self._loop = loop
        environment = {"PATH": os.environ.get("PATH") or PLAIN_ENVIRONMENT["PATH"]}
        self.child = Child((sys.executable, "-I", "-S", str(_PROGRAM), *paths), environment, talkative=True)
        self._received = bytearray()
        self._answer: asyncio.Future[bytes] | None = None
        self._output = self.child.output
        if self._output is not None:
            loop.add_reader(self._output, self._take)
        self.over = False

    async def ask(self, request: bytes) -> bytes:
        """One answer; raises _Ended."""
        self._answer = self._loop.create_future()
        rest = request + b"\n"
        try:
            while rest and not self.over:
                rest = rest[self.child.write(rest):]
                if rest:
                    await asyncio.sleep(0.002)
        except OSError:
            self.end()
        if self.over:
            raise _Ended
        answer = await self._answer
        self._answer = None
        return answer

    def _take(self) -> None:
        data = self.child.read()
        self._received += data or b""
        if data is None or len(self._received) > _LONGEST:
            self.end()
            return
        line, is_whole, _ = self._received.partition(b"\n")
        if is_whole and self._answer is not None and not self._answer.done():
            self._received.clear()
            self._answer.set_result(bytes(line))

    def end(self) -> None:
        """Kills it, whatever it does."""
        if self.over:
            return
        self.over = True
        if self._output is not None:
            self._loop.remove_reader(self._output)
        self.child.abandon()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(_Ended())
            self._answer.exception()


class _Place:
    """A question's place among those that may be answered soon: held until it is left, at most for `SLOW`."""

    def __init__(self, pool: _Pool) -> None:
        self._pool = pool
        self._held = True
        self.worker: _Worker | None = None
        self.refused = False
        pool.prompt += 1
        self._timer = pool.loop.call_later(SLOW, self._hangs)

    def _hangs(self) -> None:
        self.leave()
        self.refused = not self._pool.has_room()
        if self.refused and self.worker is not None:
            self.worker.end()
        self._pool.be_ready()

    def leave(self) -> None:
        """Let the next one have it."""
        self._timer.cancel()
        if self._held:
            self._held = False
            self._pool.prompt -= 1
            self._pool.free.release()


class _Pool:
    """The processes of one event loop."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self.loop = loop
        self.free = asyncio.Semaphore(MOST)
        self.prompt = 0
        """Questions that have a place."""
        self._idle: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        self._busy = 0
        self._stuck: list[Child] = []

    def be_ready(self) -> None:
        """Have a process for the next question, since another one hangs with its own."""
        if self._idle.empty():
            # Where it cannot be started, the next question says so.
            with suppress(OSError):
                self._idle.put_nowait(_Worker(self.loop))

    def has_room(self) -> bool:
        """Whether one more question may hang."""
        self._stuck = [child for child in self._stuck if not child.reap()]
        return self._busy - self.prompt + len(self._stuck) <= MOST_SLOW

    async def ask(self, request: bytes, memory: dict[str, Any]) -> bytes:
        """See `ask`; only the time limit is not kept here."""
        await self.free.acquire()
        place = _Place(self)
        try:
            place.worker = worker = await self._worker()
            self._busy += 1
            try:
                return await worker.ask(request)
            except asyncio.CancelledError:
                worker.end()
                raise
            except _Ended:
                if place.refused:
                    raise NoAnswer(f"{MOST_SLOW} other questions hang") from None
                raise
            finally:
                self._busy -= 1
                place.leave()
                self._give_back(worker, memory)
        finally:
            place.leave()

    async def _worker(self) -> _Worker:
        """One that waits already, soon will, or is new."""
        until = self.loop.time() + PATIENCE
        while self.prompt > 1 or not self._idle.empty():
            try:
                async with asyncio.timeout_at(until):
                    worker = await self._idle.get()
            except TimeoutError:
                break
            if not worker.over:
                return worker
        return _Worker(self.loop)

    def _give_back(self, worker: _Worker, memory: dict[str, Any]) -> None:
        if not worker.over:
            self._idle.put_nowait(worker)
        elif not worker.child.dead:
            self._stuck.append(worker.child)
            memory[_STUCK] = worker.child
        if not self.prompt:
            self.close(keep=1)

    def close(self, *, keep: int = 0) -> None:
        """Ends the processes that wait for a question, but for some."""
        while self._idle.qsize() > keep:
            self._idle.get_nowait().end()


_pools: Final[WeakKeyDictionary[AbstractEventLoop, _Pool]] = WeakKeyDictionary()


async def ask(scope: Scope, task: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """What a function `task` (`module:function` in `worker`) returns for these arguments; both are JSON.

    Raises:
        NoAnswer: not within the check's time; the process was killed.
        RuntimeError: the function failed, a mistake of the program.
        OSError: no process could be started.
    """
    loop = asyncio.get_running_loop()
    reap_abandoned()
    stuck: Child | None = scope.memory.get(_STUCK)
    if stuck is not None:
        if not stuck.reap():
            raise NoAnswer("an earlier question still hangs in the kernel")
        del scope.memory[_STUCK]
    pool = _pools.get(loop)
    if pool is None:
        pool = _pools[loop] = _Pool(loop)
    left = scope.deadline - loop.time()
    limit = max(0.0, left - min(0.2, left / 10))
    request = json.dumps({"task": task, "limit": max(1, round(left + 5)), "arguments": arguments}).encode()
    try:
        async with asyncio.timeout(limit):
            try:
                raw = await pool.ask(request, scope.memory)
            except _Ended:
                # It may have ended between two questions because none came for long; then a new one answers.
                raw = await pool.ask(request, scope.memory)
    except TimeoutError:
        raise NoAnswer("") from None
    except _Ended:
        raise RuntimeError(f"{task}: its process ended") from None
    answer: dict[str, Any] = json.loads(raw)
    if "failed" in answer:
        raise RuntimeError(f"{task}: {answer['failed']}")
    return answer


def close() -> None:
    """Ends the processes of this event loop that wait for a question; they would end by themselves after a while."""
    pool = _pools.pop(asyncio.get_running_loop(), None)
    if pool is not None:
        pool.close()
