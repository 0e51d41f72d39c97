"""Runs the agent's coroutine, and ends the process even where a thread hangs in a call to the kernel."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine

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

    Where a thread that was started meanwhile does not end, the process is ended with that status here and now.
    """
    before = set(threading.enumerate())
    with asyncio.Runner() as runner:
        runner.get_loop().set_default_executor(_Threads(MOST_THREADS, "agent"))
        code = runner.run(main)
    for thread in set(threading.enumerate()) - before:
        if not thread.daemon:
            thread.join(_LEAVE)
    if any(not thread.daemon for thread in set(threading.enumerate()) - before):
        logging.getLogger(__name__).warning("a call to the kernel hangs; it is left alone")
        logging.shutdown()
        sys.stdout.flush()
        os._exit(code)
    return code
