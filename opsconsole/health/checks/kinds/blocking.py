"""Runs what blocks (looking up names, reading the system's certificate authorities) beside the loop.

Each call has a thread of its own, because one that hangs cannot be ended: a hung resolver holds up whoever waits for
it, and nobody else. The threads are bounded, equal calls share one, and none keeps the program from ending.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")

MOST: Final = 64
"""Threads at once; so many different names that hang are a broken resolver, which is then said at once."""

_free = threading.BoundedSemaphore(MOST)
_running: dict[tuple[asyncio.AbstractEventLoop, Hashable], asyncio.Future[Any]] = {}
"""The calls under way by their loop and key; touched by the loop's own thread only."""


class Crowded(Exception):  # noqa: N818 - it says what is the case
    """`MOST` calls hang already, or the machine allows no more threads."""


async def aside(key: Hashable, function: Callable[[], T]) -> T:
    """What `function` returns, which runs in a thread, or has been running for an earlier call with this key.

    A caller that is cancelled leaves at once; the thread ends when its function does.

    Raises:
        Crowded: there is no thread for it.
        OSError, ValueError: as the function raises.
    """
    loop = asyncio.get_running_loop()
    future = _running.get((loop, key))
    if future is None:
        if not _free.acquire(blocking=False):
            raise Crowded
        try:
            threading.Thread(target=_run, args=(loop, key, function), name="aside", daemon=True).start()
        except RuntimeError:
            _free.release()
            raise Crowded from None
        future = _running[loop, key] = loop.create_future()
    result, problem = await asyncio.shield(future)
    if problem is not None:
        # Those who wait together raise the same one, which would collect the frames of all.
        raise problem.with_traceback(None)
    return result  # type: ignore[no-any-return]


def _run(loop: asyncio.AbstractEventLoop, key: Hashable, function: Callable[[], Any]) -> None:
    result, problem = None, None
    try:
        result = function()
    except (OSError, ValueError) as error:
        problem = error
    finally:
        _free.release()
        try:
            loop.call_soon_threadsafe(_deliver, loop, key, (result, problem))
        except RuntimeError:  # the loop has ended, and with it whoever waited
            _running.pop((loop, key), None)


def _deliver(loop: asyncio.AbstractEventLoop, key: Hashable, outcome: tuple[Any, Exception | None]) -> None:
    future = _running.pop((loop, key))
    if not future.done():
        future.set_result(outcome)
