"""What the timeline looks like, at both sizes. Look at a new picture before it is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.console.theme_store import ThemeStore
from opsconsole.console.timeline.screen import TimelineScreen
from opsconsole.core.glyphs import ASCII
from opsconsole.core.resources import folder
from tests.console.timeline.house import SIZES, Server, pressing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Compare = Callable[..., bool]

BOTH = pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Server:
    """The story, once."""
    return Server(tmp_path_factory.mktemp("server")).lived()


@BOTH
@pytest.mark.parametrize("keys", [(), ("b",), ("slash", "'kind:"), ("slash", "'kind:tikcet"), ("k", "T")],
                         ids=["alert", "changed", "filter", "mistake", "around"])
def test_timeline(snap_compare: Compare, server: Server, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    assert snap_compare(server.console(), terminal_size=size, run_before=pressing(*keys))


@BOTH
def test_empty(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    console = Server(tmp_path).console(lambda: TimelineScreen(None))
    assert snap_compare(console, terminal_size=size, run_before=pressing())


def test_without_colour_and_unicode(snap_compare: Compare, server: Server) -> None:
    theme = ThemeStore(lambda: folder("themes")).get("mono")
    assert snap_compare(server.console(theme=theme, glyphs=ASCII), terminal_size=(80, 24), run_before=pressing("j"))
