"""A console that runs without a terminal: what a test presses there, waits for, and sees."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from textual.worker import WorkerCancelled

from opsconsole.console.storage import Storage
from opsconsole.core.database import Database
from opsconsole.core.feed import Feed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from textual.pilot import Pilot

    from opsconsole.console.shell import OpsConsole

SIZES: Final = ((80, 24), (120, 40))
WAITING: Final = frozenset({"reload", "pages", "counts", "preview", "page", "form", "submit", "doing", "draft", "files",
                            "take", "dismiss", "click", "leave"})
"""Groups of workers that end by themselves, unless they wait for a person."""
ASKING: Final = frozenset({"doing", "files", "submit", "take"})
"""Those that wait for one while a dialog is open."""


def stored(path: Path, schema: Any) -> Storage:
    """The records of a file, for a console."""
    async def open_both() -> tuple[Database, Feed]:
        db = await Database.open(path, schema)
        return db, Feed(db)

    return Storage(open_both)


class Shown(NamedTuple):
    """A console that runs."""

    app: OpsConsole
    pilot: Pilot[Any]

    @property
    def screen(self) -> Any:
        """The screen on top."""
        return self.app.screen

    @property
    def top(self) -> Any:
        """Of which kind that is."""
        return type(self.app.screen)

    @property
    def text(self) -> str:
        """All that is in view."""
        return "\n".join("".join(segment.text for segment in strip)
                         for strip in self.app.screen._compositor.render_strips())

    @property
    def said(self) -> list[str]:
        """What was told."""
        return [str(note.message) for note in self.app._notifications]

    async def press(self, *keys: str) -> None:
        """Keys, one after the other; a quote before them types a text."""
        for key in keys:
            await self.pilot.press(*(key[1:] if key.startswith("'") else [key]))
            await settled(self.pilot)


@asynccontextmanager
async def running(app: OpsConsole, size: tuple[int, int]) -> AsyncIterator[Shown]:
    """A console in which a test presses keys."""
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        yield Shown(app, pilot)


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until what was asked for is there; questions that wait for a person are not waited for."""
    from opsconsole.console.dialogs.base import Dialog

    for _ in range(3):
        await pilot.pause()
        asking = any(isinstance(screen, Dialog) for screen in pilot.app.screen_stack)
        for worker in list(pilot.app.workers):
            if worker.group in WAITING and not (asking and worker.group in ASKING):
                # One that was begun again meanwhile was cancelled.
                with suppress(WorkerCancelled):
                    await worker.wait()
    await pilot.pause()


def pressing(*keys: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    """For pictures: settle, press, settle."""
    async def press(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        await Shown(pilot.app, pilot).press(*keys)  # type: ignore[arg-type]

    return press
