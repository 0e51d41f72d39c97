"""What the health screens look like in each state, at each size. Look at a new picture before it is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.console.theme_store import ThemeStore
from opsconsole.core.glyphs import ASCII
from opsconsole.core.resources import folder, own_folder
from tests.health import samples
from tests.health.screen_app import SIZES, HandWatch, health_console, settled

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

    from opsconsole.core.themes import Theme

SMALL_AND_LARGE = SIZES[:2]


def theme(name: str) -> Theme:
    return ThemeStore(lambda: folder("themes", []), own_folder("themes") / "dark.yaml").get(name)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("state", samples.STATES)
def test_panel(snap_compare: Callable[..., bool], state: str, size: tuple[int, int]) -> None:
    app = health_console(HandWatch(samples.STATES[state]()))
    assert snap_compare(app, terminal_size=size)


@pytest.mark.parametrize("name", ["light", "high-contrast", "colour-blind", "ansi", "mono"])
def test_panel_in_each_theme(snap_compare: Callable[..., bool], name: str) -> None:
    app = health_console(HandWatch(samples.critical()), theme=theme(name))
    assert snap_compare(app, terminal_size=(120, 40))


def test_panel_in_ascii(snap_compare: Callable[..., bool]) -> None:
    app = health_console(HandWatch(samples.critical()), glyphs=ASCII)
    assert snap_compare(app, terminal_size=(80, 24))


@pytest.mark.parametrize("size", SMALL_AND_LARGE, ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("target", ["memory", "mount:/var", "cpu", "net:eth0"], ids=["memory", "var", "cpu", "eth0"])
def test_trend(snap_compare: Callable[..., bool], target: str, size: tuple[int, int]) -> None:
    monitor, health = samples.critical_watched()
    app = health_console(HandWatch(health, monitor))

    async def open_it(pilot: Pilot[None]) -> None:
        app.screen.panel.stand_on(target)  # type: ignore[attr-defined]
        await pilot.press("enter", "]")
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=open_it)


@pytest.mark.parametrize("size", SMALL_AND_LARGE, ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("keys", [["p"], ["p", "t"], ["p", "M", "j", "j"], ["p", "slash", *"shop"], ["p", "j", "K"],
                                  ["p", "slash", *"nothing like it", "enter"], ["p", "j", "enter"], ["question_mark"],
                                  ["colon"]],
                         ids=["list", "tree", "by-memory", "filter", "kill", "no-match", "details", "help",
                              "commands"])
def test_processes(snap_compare: Callable[..., bool], keys: list[str], size: tuple[int, int]) -> None:
    app = health_console(HandWatch(samples.normal()))

    async def press(pilot: Pilot[None]) -> None:
        for key in keys:
            await pilot.press("space" if key == " " else key)
            await settled(pilot)

    assert snap_compare(app, terminal_size=size, run_before=press)
