"""What the briefing and hand-overs look like, at both sizes. Look at a new picture before it is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.console.storage import Storage
from opsconsole.console.theme_store import ThemeStore
from opsconsole.core.errors import StorageUnusable
from opsconsole.core.glyphs import ASCII
from opsconsole.core.resources import folder, own_folder
from opsconsole.reports.screen.handover import HandoverForm, HandoverScreen
from tests.console.shown import SIZES, pressing
from tests.reports.briefing.console import Returned
from tests.tickets.desk import BEN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Compare = Callable[..., bool]

BOTH = pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))


@BOTH
def test_briefing(snap_compare: Compare, back: Returned, size: tuple[int, int]) -> None:
    assert snap_compare(back.console(), terminal_size=size, run_before=pressing("H"))


def test_end_of_the_briefing(snap_compare: Compare, back: Returned) -> None:
    assert snap_compare(back.console(), terminal_size=(80, 24), run_before=pressing("H", "G"))


@BOTH
def test_nothing_happened(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    assert snap_compare(Returned(tmp_path).console(), terminal_size=size, run_before=pressing("H"))


def test_error(snap_compare: Compare, back: Returned) -> None:
    async def broken() -> Any:
        raise StorageUnusable("The records are damaged: page 17 cannot be read.", "Restore the newest backup.")

    assert snap_compare(back.console(storage=Storage(broken)), terminal_size=(80, 24), run_before=pressing("H"))


@BOTH
@pytest.mark.parametrize("who", [None, BEN], ids=["of-another", "own"])
def test_handover(snap_compare: Compare, back: Returned, size: tuple[int, int], who: Any) -> None:
    assert snap_compare(back.console(lambda: HandoverScreen(1), **({"who": who} if who else {})), terminal_size=size,
                        run_before=pressing())


@BOTH
def test_form(snap_compare: Compare, back: Returned, size: tuple[int, int]) -> None:
    assert snap_compare(back.console(HandoverForm), terminal_size=size, run_before=pressing("'Ask Ben."))


def test_without_colour_and_unicode(snap_compare: Compare, back: Returned) -> None:
    theme = ThemeStore(lambda: folder("themes", []), own_folder("themes") / "dark.yaml").get("mono")
    assert snap_compare(back.console(glyphs=ASCII, theme=theme), terminal_size=(80, 24), run_before=pressing("H"))
