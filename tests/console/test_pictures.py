"""How each widget looks in each of its states; the pictures are compared cell by cell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.glyphs import ASCII, UNICODE
from opsconsole.core.themes import read_theme
from tests.console import pictures

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

THEMES = Path(__file__).parents[2] / "themes"
SMALL, LARGE = (80, 24), (120, 40)
KEYS: dict[str, list[str]] = {"lines": ["j", "j"], "list": ["j", "space", "j"], "form-wrong": ["ctrl+s"],
                              "ask": ["enter"], "form": ["tab"]}


async def settle(pilot: Pilot[None]) -> None:
    """Until the rows are there; the source that does not answer is not waited for."""
    if not any(isinstance(getattr(each, "_source", None), pictures.Hanging) for each in pilot.app.screen.query("*")):
        await pilot.app.workers.wait_for_complete()
    await pilot.pause()


@pytest.mark.parametrize("kind", ["lines", "nothing", "list", "empty", "error", "loading", "form", "form-wrong",
                                  "confirm", "kill", "ask"])
def test_small(kind: str, snap_compare: Callable[..., bool]) -> None:
    assert snap_compare(pictures.app(kind.partition("-")[0]), terminal_size=SMALL, press=KEYS.get(kind, []),
                        run_before=settle)


@pytest.mark.parametrize("kind", ["lines", "list", "form", "kill"])
def test_large(kind: str, snap_compare: Callable[..., bool]) -> None:
    assert snap_compare(pictures.app(kind), terminal_size=LARGE, press=KEYS.get(kind, []), run_before=settle)


@pytest.mark.parametrize(("theme", "kind"), [
    ("light", "lines"), ("high-contrast", "lines"), ("colour-blind", "lines"), ("ansi", "lines"), ("mono", "lines"),
    ("light", "form-wrong"), ("ansi", "form-wrong"), ("ansi", "kill"), ("mono", "list")])
def test_theme(kind: str, theme: str, snap_compare: Callable[..., bool]) -> None:
    drawn = pictures.app(kind.partition("-")[0], read_theme(THEMES / f"{theme}.yaml"), UNICODE)
    assert snap_compare(drawn, terminal_size=SMALL, press=KEYS.get(kind, []), run_before=settle)


@pytest.mark.parametrize("kind", ["lines", "form-wrong", "kill"])
def test_ascii(kind: str, snap_compare: Callable[..., bool]) -> None:
    drawn = pictures.app(kind.partition("-")[0], read_theme(THEMES / "mono.yaml"), ASCII)
    assert snap_compare(drawn, terminal_size=SMALL, press=KEYS.get(kind, []), run_before=settle)


@pytest.mark.parametrize("kind", ["lines", "list", "empty", "error", "loading", "form", "confirm", "kill", "ask"])
async def test_ascii_shows_nothing_but_ascii(kind: str) -> None:
    drawn = pictures.app(kind, glyphs=ASCII)
    async with drawn.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press(*KEYS.get(kind, []))
        await pilot.pause()
        text = "".join(strip.text for strip in drawn.screen._compositor.render_strips())
        assert text.isascii(), sorted({char for char in text if not char.isascii()})
