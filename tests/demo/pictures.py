"""The pictures of the README and of docs/: what the console shows of a demo.

`python -m tests.demo.pictures` writes them; tests/demo/test_pictures.py fails while they differ from the program.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from unittest import mock

from tests.conftest import isolate_process
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from textual.app import App
    from textual.pilot import Pilot

    from opsconsole.console.shell import OpsConsole
    from opsconsole.demo.making import Made

DOCS: Final = Path(__file__).parents[2] / "docs"
SIZE: Final = (120, 40)
SMALL: Final = (80, 24)


class Picture(NamedTuple):
    """One screen of the demo."""

    name: str
    keys: tuple[str, ...]
    """What is pressed, from the first screen on."""
    shows: tuple[str, ...]
    """Words that are there when all of it is; no screen is done before."""


PICTURES: Final = (
    Picture("timeline", ("T",), ("Cache: fired", "redis-server upgraded")),
    Picture("briefing", ("H",), ("Since your last visit", "ben")),
    Picture("health", (), ("Cache", "refused", "ben")),
    Picture("queue", ("2",), ("Cache: refused", "first response")),
    Picture("ticket", ("2", "slash", *"Cache", "enter", "enter"), ("Cache: refused", "bind-source")),
    Picture("walk", ("3", "j", "enter"), ("Daily check", "proposed")),
    Picture("log", ("4",), ("Old releases removed",)),
    Picture("targets", ("O",), ("Uptime",)),
)


def screen_text(app: App[Any]) -> str:
    """All that is in view."""
    return "\n".join("".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips())


@contextmanager
def console(made: Made) -> Iterator[OpsConsole]:
    """The console on a demo, for which time stands still."""
    from opsconsole.console.app import DEFAULTS, _own_console
    from opsconsole.core.clock import SystemClock
    from opsconsole.core.invocation import Stage
    from opsconsole.demo.plots import HOST
    from opsconsole.demo.watching import DemoWatch

    with mock.patch.object(SystemClock, "now", return_value=made.world.now), ExitStack() as endings:
        stage = Stage(f"demo {HOST}", made.world.me, DemoWatch(made.world))
        yield _own_console(made.loaded, DEFAULTS, endings, stage)


class Taken(NamedTuple):
    """What a screen looked like."""

    svg: str
    small: str
    """All that was in view when the terminal was made as small as `SMALL`."""


async def take(made: Made, wanted: Iterable[str] = ()) -> dict[str, Taken]:
    """Walks through the screens and takes their pictures.

    Args:
        made: the demo.
        wanted: the names of those that are wanted; empty: all.

    Raises:
        AssertionError: a screen does not show what it should.
    """
    names, found = {*wanted}, {}
    with console(made) as app:
        async with app.run_test(size=SIZE) as pilot:
            await shown(pilot, "refused")
            app.begun()
            await shown(pilot, "Since your last visit")
            await pilot.press("escape")
            await shown(pilot, "refused")
            for one in PICTURES:
                if not names or one.name in names:
                    found[one.name] = await picture(pilot, one)
    return found


async def picture(pilot: Pilot[Any], one: Picture) -> Taken:
    """One of them, from the first screen and back."""
    from opsconsole.health.screen import HealthScreen

    app = pilot.app
    assert isinstance(app.screen, HealthScreen)
    # What was there first depends on which of two databases was read first.
    app.screen.action_worst()
    for key in one.keys:
        await pilot.press(key)
        await pilot.pause()
        await app.workers.wait_for_complete([each for each in app.workers if each.group not in {"storage", "default"}])
    await shown(pilot, *one.shows)
    svg = app.export_screenshot(title="opsconsole")
    await pilot.resize_terminal(*SMALL)
    await until(pilot, lambda: app.size == SMALL)
    await shown(pilot, one.shows[0])
    small = screen_text(app)
    await pilot.resize_terminal(*SIZE)
    await until(pilot, lambda: app.size == SIZE)
    while len(app.screen_stack) > 1:
        await pilot.press("escape")
        await pilot.pause()
    await pilot.press("1")
    await shown(pilot, "refused")
    return Taken(svg, small)


async def shown(pilot: Pilot[Any], *words: str) -> None:
    """Waits for some words, and until all that follows from them is drawn.

    Raises:
        AssertionError: they do not come; with what is there in their place.
    """
    try:
        await until(pilot, lambda: all(word in screen_text(pilot.app) for word in words))
    except AssertionError as error:
        raise AssertionError(f"{words} are not shown:\n{screen_text(pilot.app)}") from error
    await pilot.pause()


def write(folder: Path, names: Iterable[str] = ()) -> None:
    """Writes all pictures, or some, into a folder."""
    from tests.demo.demos import made

    with tempfile.TemporaryDirectory() as scratch:
        for name, one in asyncio.run(take(made(Path(scratch) / "demo"), names)).items():
            (folder / f"{name}.svg").write_text(one.svg, encoding="utf-8")


if __name__ == "__main__":
    isolate_process()
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS, sys.argv[2:])
