"""What a ticket and its forms look like, at both sizes. Look at a new picture before it is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.console.theme_store import ThemeStore
from opsconsole.core.glyphs import ASCII
from opsconsole.core.resources import folder, own_folder
from opsconsole.tickets.screen.forms import NewScreen
from tests.tickets.screen.ticket_app import SIZES, Morning, settled, ticket_console

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.pilot import Pilot

    Compare = Callable[..., bool]

BOTH = pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))


def pressing(*keys: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    async def press(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        for key in keys:
            await pilot.press(*(key[1:] if key.startswith("'") else [key]))
            await settled(pilot)

    return press


@BOTH
@pytest.mark.parametrize("keys", [(), ("G",), ("G", "i"), ("d",)], ids=["top", "end", "full-times", "said"])
def test_ticket(snap_compare: Compare, there: Morning, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    assert snap_compare(ticket_console(there), terminal_size=size, run_before=pressing(*keys))


@BOTH
@pytest.mark.parametrize("keys", [("c", "'seen"), ("r", "'we"), ("e",), ("m",), ("r", "ctrl+y", "enter")],
                         ids=["note", "reply", "fields", "move", "canned"])
def test_forms(snap_compare: Compare, there: Morning, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    assert snap_compare(ticket_console(there), terminal_size=size, run_before=pressing(*keys))


@BOTH
def test_new_bug(snap_compare: Compare, there: Morning, size: tuple[int, int]) -> None:
    app = ticket_console(there, screen=lambda: NewScreen("bug"))
    assert snap_compare(app, terminal_size=size, run_before=pressing("ctrl+s"))


@pytest.mark.parametrize("name", ["light", "ansi", "mono"])
@pytest.mark.parametrize("keys", [("G",), ("r",)], ids=["end", "reply"])
def test_themes(snap_compare: Compare, there: Morning, name: str, keys: tuple[str, ...]) -> None:
    theme = ThemeStore(lambda: folder("themes", []), own_folder("themes") / "dark.yaml").get(name)
    assert snap_compare(ticket_console(there, theme=theme), terminal_size=(80, 24), run_before=pressing(*keys))


@pytest.mark.parametrize("keys", [(), ("G",), ("r",)], ids=["top", "end", "reply"])
def test_ascii(snap_compare: Compare, there: Morning, keys: tuple[str, ...]) -> None:
    assert snap_compare(ticket_console(there, glyphs=ASCII), terminal_size=(80, 24), run_before=pressing(*keys))
