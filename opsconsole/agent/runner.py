"""Runs the agent's coroutine, and ends the process even where a thread hangs in a call to the kernel."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from opsconsole.core.errors import ExitCode, OpsError

if TYPE_CHECKING:
    from collections.abc import Coroutine

log = logging.getLogger(__name__)

MOST_THREADS = 32
"""For calls that block; a few may hang for ever, as on a mount that does not answer, and the others go on."""
_ARENA_MAX, _MMAP_THRESHOLD, _TRIM_THRESHOLD = -8, -3, -1
_LARGE = 128 * 1024
_LEAVE = 0.5
"""Seconds that threads are given to end."""


class _Threads(ThreadPoolExecutor):
    """Threads whose end nobody waits for."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002
        super().shutdown(wait=False, cancel_futures=True)


def run(main: Coroutine[Any, Any, int]) -> int:
    """Runs `main` in a loop of its own; an exit status.

    Where a task or a thread that was started meanwhile does not end, the process is ended here and now.

    Raises:
        BaseException: what `main` raised.
    """
    _share_memory()
    before = set(threading.enumerate())
    runner = asyncio.Runner()
    runner.get_loop().set_default_executor(_Threads(MOST_THREADS, "agent"))
    code, error, settled = runner.run(_settled(main))
    if not settled:
        _end_now(code, error)
    runner.close()
    for thread in set(threading.enumerate()) - before:
        if not thread.daemon:
            thread.join(_LEAVE)
    if any(not thread.daemon for thread in set(threading.enumerate()) - before):
        _end_now(code, error)
    if error is not None:
        raise error
    return code


def _share_memory() -> None:
    """Has all threads take memory from one place, and gives back at once what is large; see mallopt(3).

    glibc gives each thread a place of its own, where what one gave back lies unused, though threads of Python wait for
    each other anyway: 3 MiB of 30. And it learns from large pieces to keep them: 6 MiB after some hours.
    """
    with suppress(ImportError, OSError, AttributeError):  # a Python without ctypes, another C library
        import ctypes  # noqa: PLC0415 - only here

        libc = ctypes.CDLL(None)
        libc.mallopt(_ARENA_MAX, 1)
        libc.mallopt(_MMAP_THRESHOLD, _LARGE)
        libc.mallopt(_TRIM_THRESHOLD, _LARGE)


async def _settled(main: Coroutine[Any, Any, int]) -> tuple[int, BaseException | None, bool]:
    """What `main` returned or raised, and whether all other tasks have ended."""
    code = int(ExitCode.PROBLEM)
    error: BaseException | None = None
    try:
        code = await main
    except OpsError as problem:
        code, error = problem.exit_code, problem
    except Exception as problem:  # noqa: BLE001 - it is raised again
        error = problem
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left, timeout=_LEAVE)
    return code, error, all(task.done() for task in left)


def _end_now(code: int, error: BaseException | None) -> NoReturn:
    log.warning("something that hangs is left alone", exc_info=error)
    logging.shutdown()
    sys.stdout.flush()
    os._exit(code)
