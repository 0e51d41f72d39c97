"""Jobs for real agents in tests; the environment says where they write."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

from opsconsole.core.errors import OpsError
from opsconsole.core.jobs import CatchUp, Due, Every, Job, Workplace

if TYPE_CHECKING:
    from collections.abc import Sequence


def write(text: str) -> None:
    """One line, whole even where several processes write."""
    descriptor = os.open(os.environ["PROBE"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, f"{text}\n".encode())
    os.close(descriptor)


async def holding(place: Workplace) -> Sequence[Job]:
    """Says again and again that it may work, with the moment before it asked."""
    async def run(due: Due) -> None:
        for _ in range(8):
            now = time.monotonic()
            if place.guard.holds():
                write(f"{now} {os.getpid()} {place.guard.token}")  # type: ignore[attr-defined]
            await asyncio.sleep(0.02)

    return [Job("probe", run, Every(0.2), recorded=False)]


async def slow(_: Workplace) -> Sequence[Job]:
    """A run that takes a moment, and tells its begin and its end."""
    async def run(_: Due) -> None:
        write("begin")
        await asyncio.sleep(float(os.environ.get("PROBE_TAKES", "0.5")))
        write("end")

    return [Job("slow", run, Every(3600), eager=True)]


async def stubborn(_: Workplace) -> Sequence[Job]:
    """A run that does not end when it is told to, and one whose thread hangs."""
    async def run(_: Due) -> None:
        write("begin")
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                write("cancelled")

    async def thread(_: Due) -> None:
        await asyncio.to_thread(time.sleep, 3600)

    return [Job("stubborn", run, Every(3600), eager=True), Job("thread", thread, Every(3600), eager=True)]


async def failing(_: Workplace) -> Sequence[Job]:
    """One that works and one that does not."""
    async def works(_: Due) -> None:
        write("works")

    async def fails(_: Due) -> None:
        raise OpsError("The \x1b[31mservice is gone.", "Look for it.")

    return [Job("good", works, Every(3600), catch_up=CatchUp.LATEST), Job("bad", fails, Every(3600))]


async def configured(place: Workplace) -> Sequence[Job]:
    """Tells the log level that is configured, and when its own things are closed."""
    level = place.settings.log.level
    place.closing.callback(write, f"closed {level}")

    async def run(_: Due) -> None:
        write(f"level {level}")

    return [Job("configured", run, Every(0.2), recorded=False)]


async def broken(_: Workplace) -> Sequence[Job]:
    """A feature with a mistake."""
    raise RuntimeError("this feature is broken")


async def blocking(_: Workplace) -> Sequence[Job]:
    """A mistake that stops the whole loop."""
    async def run(_: Due) -> None:
        write("begin")
        time.sleep(30)  # noqa: ASYNC251 - that is the mistake

    return [Job("blocking", run, Every(3600), eager=True)]


async def later(place: Workplace) -> Sequence[Job]:
    """A feature that cannot make its jobs at first."""
    place.closing.callback(write, "closed")
    if not os.path.exists(os.environ["PROBE"] + ".now"):  # noqa: PTH110, ASYNC240 - as plain as can be
        raise OpsError("Not yet.")

    async def run(_: Due) -> None:
        write("works")

    return [Job("later", run, Every(3600), eager=True)]


async def hanging(_: Workplace) -> Sequence[Job]:
    """A feature that never comes to an end with making its jobs."""
    write("begin")
    await asyncio.sleep(3600)
    return []


async def doubled(_: Workplace) -> Sequence[Job]:
    """A job whose name is taken."""
    async def run(_: Due) -> None:
        write("doubled")

    return [Job("later", run, Every(3600), eager=True)]


async def clinging(place: Workplace) -> Sequence[Job]:
    """A feature that cannot be closed: first by a mistake, then for ever."""
    async def hang() -> None:
        write("closing")
        await asyncio.sleep(3600)

    async def fail() -> None:
        raise RuntimeError("a mistake in closing")

    place.closing.push_async_callback(hang)
    place.closing.push_async_callback(fail)
    write("begin")
    return []
