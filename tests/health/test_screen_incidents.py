"""What the panel looks like with what an agent has stored. Look at a new picture before it is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.core.glyphs import ASCII
from opsconsole.health.board import Stored
from tests.health import samples, stored_samples
from tests.health.screen_app import SIZES, HandWatch, health_console, settled
from tests.health.stored_app import ShownBoard
from tests.health.test_screen_pictures import theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

    from opsconsole.health.model import Health

MUTED = stored_samples.INCIDENT._replace(windows=stored_samples.WINDOWS)
STATES: dict[str, tuple[Callable[[], Health], Stored]] = {
    "incident": (samples.degraded, MUTED),
    "everything": (samples.critical, MUTED),
    "well": (samples.normal, stored_samples.ALL_WELL),
    "silence": (samples.normal, stored_samples.ALL_WELL._replace(windows=stored_samples.WINDOWS)),
    "agent-dead": (samples.normal, stored_samples.AGENT_DEAD),
    "many": (samples.many_mounts, stored_samples.MANY),
    "no-agent": (samples.normal, Stored()),
}
SMALL_AND_LARGE = SIZES[:2]


@pytest.mark.parametrize("size", SMALL_AND_LARGE, ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("state", [name for name in STATES if name != "no-agent"])
def test_panel(snap_compare: Callable[..., bool], state: str, size: tuple[int, int]) -> None:
    health, stored = STATES[state]
    assert snap_compare(health_console(HandWatch(health()), board=ShownBoard(stored)), terminal_size=size)


def test_panel_on_a_large_terminal(snap_compare: Callable[..., bool]) -> None:
    health, stored = STATES["incident"]
    assert snap_compare(health_console(HandWatch(health()), board=ShownBoard(stored)), terminal_size=SIZES[2])


@pytest.mark.parametrize("size", SMALL_AND_LARGE, ids=lambda size: "x".join(map(str, size)))
def test_panel_in_ascii_without_colour(snap_compare: Callable[..., bool], size: tuple[int, int]) -> None:
    health, stored = STATES["incident"]
    app = health_console(HandWatch(health()), board=ShownBoard(stored), glyphs=ASCII, theme=theme("mono"))
    assert snap_compare(app, terminal_size=size)


@pytest.mark.parametrize("keys", [["a"], ["s"]], ids=["acknowledge", "silence"])
def test_dialogs_with_a_mistake(snap_compare: Callable[..., bool], keys: list[str]) -> None:
    health, stored = STATES["incident"]
    app = health_console(HandWatch(health()), board=ShownBoard(stored))

    async def press(pilot: Pilot[None]) -> None:
        await pilot.press(*keys)
        await settled(pilot)
        app.screen.query_one("LineInput").value = "x" * 2_100 if keys == ["a"] else "two hours"  # type: ignore[attr-defined]
        await pilot.press("enter")
        await settled(pilot)

    assert snap_compare(app, terminal_size=(80, 24), run_before=press)
