"""How the states of the shell look; each picture was looked at before it became the measure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.console.storage import Storage
from opsconsole.console.theme import Look
from opsconsole.console.theme_store import ThemeStore
from opsconsole.core.errors import StorageUnusable
from opsconsole.core.glyphs import ASCII, UNICODE
from opsconsole.core.levels import Level
from opsconsole.core.resources import folder
from tests.console.shell_app import console, context

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.pilot import Pilot

    from opsconsole.console.shell import OpsConsole

    Compare = Callable[..., bool]

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])


def pressing(*keys: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    async def press(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause(0.3)
    return press


async def telling(pilot: Pilot[Any]) -> None:
    app: OpsConsole = pilot.app  # type: ignore[assignment]
    await pilot.pause()
    app.say("Saved.")
    app.say("[b]journal[/b] of redis grew 3.1 GB in 24 h; the disk is full in three days.", Level.WARNING)
    app.notify_error(StorageUnusable("The records in /var/lib/opsconsole/opsconsole.db cannot be opened: the file is"
                                     " newer than this program.", "Install the newest version."))
    await pilot.pause(0.3)


async def fails() -> Any:
    raise StorageUnusable("The records in /var/lib/opsconsole cannot be written: no space is left.", "Make some.")


@SIZES
@pytest.mark.parametrize("keys", [("j",), ("2",), ("question_mark",), ("colon",), ("colon", "t", "h")],
                         ids=["normal", "second", "help", "palette", "palette-typed"])
def test_states(snap_compare: Compare, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    assert snap_compare(console(), terminal_size=size, run_before=pressing(*keys))


@SIZES
def test_notifications(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(console(), terminal_size=size, run_before=telling)


@SIZES
def test_storage_failed(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(console(context(storage=Storage(fails))), terminal_size=size, run_before=pressing())


@pytest.mark.parametrize("size", [(59, 24), (80, 19), (24, 6)], ids=["narrow", "flat", "tiny"])
def test_too_small(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(console(), terminal_size=size, run_before=pressing())


@pytest.mark.parametrize("theme", ["light", "ansi", "mono"])
@pytest.mark.parametrize("keys", [("question_mark",), ("colon",)], ids=["help", "palette"])
def test_themes(snap_compare: Compare, theme: str, keys: tuple[str, ...]) -> None:
    look = Look(ThemeStore(lambda: folder("themes")).get(theme), theme)
    surroundings = context(look=look, glyphs=ASCII if theme == "mono" else UNICODE)
    assert snap_compare(console(surroundings), terminal_size=(80, 24), run_before=pressing(*keys))


@pytest.mark.parametrize("theme", ["ansi", "mono"])
def test_notifications_without_tints(snap_compare: Compare, theme: str) -> None:
    look = Look(ThemeStore(lambda: folder("themes")).get(theme), theme)
    assert snap_compare(console(context(look=look)), terminal_size=(80, 24), run_before=telling)
