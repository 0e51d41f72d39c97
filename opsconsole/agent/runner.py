"""Runs the agent's coroutine, and ends the process even where a thread hangs in a call to the kernel."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NoReturn

from opsconsole.core.errors import ExitCode, OpsError
from opsconsole.core.memory import share_memory

if TYPE_CHECKING:
    from collections.abc import Coroutine

log = logging.getLogger(__name__)

MOST_THREADS = 32
"""For calls that block; a few may hang for ever, as on a mount that does not answer, and the others go on."""
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
    share_memory()
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
