"""What the screens of the log look like, at both sizes. Look at a new picture before it is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.console.storage import Storage
from opsconsole.console.theme_store import ThemeStore
from opsconsole.core.errors import StorageUnusable
from opsconsole.core.glyphs import ASCII
from opsconsole.core.resources import folder, own_folder
from opsconsole.logbook.model import Point
from opsconsole.logbook.screen.entry import EntryScreen
from opsconsole.logbook.screen.forms import AmendScreen, EditScreen, NewScreen
from tests.console.shown import SIZES, pressing, settled
from tests.health.samples import NOW
from tests.logbook.screen.house import Days
from tests.tickets.desk import BEN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.pilot import Pilot

    Compare = Callable[..., bool]

BOTH = pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))


@BOTH
@pytest.mark.parametrize("keys", [(), ("G",), ("j", "j", "y"), ("slash", "'is:"), ("slash", "'tpye:daily"), ("p",)],
                         ids=["full", "last", "sign", "filter", "mistake", "other-preview"])
def test_list(snap_compare: Compare, days: Days, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    assert snap_compare(days.console(), terminal_size=size, run_before=pressing(*keys))


@BOTH
def test_empty(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    assert snap_compare(Days(tmp_path).console(), terminal_size=size, run_before=pressing())


@BOTH
def test_error(snap_compare: Compare, days: Days, size: tuple[int, int]) -> None:
    async def broken() -> Any:
        raise StorageUnusable("The records are damaged: page 17 cannot be read.", "Restore the newest backup.")

    assert snap_compare(days.console(storage=Storage(broken)), terminal_size=size, run_before=pressing())


@BOTH
@pytest.mark.parametrize("number", [5, 2, 1], ids=["open", "waiting", "amended"])
def test_entry(snap_compare: Compare, days: Days, size: tuple[int, int], number: int) -> None:
    assert snap_compare(days.console(lambda: EntryScreen(number)), terminal_size=size, run_before=pressing())


@BOTH
@pytest.mark.parametrize("keys", [("v",), ("v", "v"), ("G",)], ids=["as-signed", "first-amendment", "end"])
def test_versions(snap_compare: Compare, days: Days, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    assert snap_compare(days.console(lambda: EntryScreen(1)), terminal_size=size, run_before=pressing(*keys))


HALF = ("'Weekly round", "tab", "right", "tab", "tab", "tab", "tab", "'Logs rotated", "enter", "'Backup tried #12",
        "tab", "'Disk 3 slow #17", "tab", "tab", "tab", "'Order a disk @ben 2027-01-04")


@BOTH
@pytest.mark.parametrize("keys", [(), HALF, ("ctrl+s",)], ids=["fresh", "half", "wrong"])
def test_form(snap_compare: Compare, days: Days, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    assert snap_compare(days.console(NewScreen), terminal_size=size, run_before=pressing(*keys))


@BOTH
def test_amend_form(snap_compare: Compare, days: Days, size: tuple[int, int]) -> None:
    assert snap_compare(days.console(lambda: AmendScreen(1)), terminal_size=size, run_before=pressing("'x"))


@BOTH
def test_clash(snap_compare: Compare, days: Days, size: tuple[int, int]) -> None:
    async def press(pilot: Pilot[Any]) -> None:
        await pressing("' of Friday")(pilot)
        await days.do(lambda at: at(NOW).save(
            BEN, 5, {"title": "Morning round", "tasks": (Point("Round of 17 items"),)},
            {"title": "Morning check", "tasks": (Point("Round of 16 items"),)}))
        await pilot.press("ctrl+s")
        await settled(pilot)

    assert snap_compare(days.console(lambda: EditScreen(5)), terminal_size=size, run_before=press)


@pytest.mark.parametrize("name", ["light", "ansi", "mono"])
def test_themes(snap_compare: Compare, days: Days, name: str) -> None:
    theme = ThemeStore(lambda: folder("themes", []), own_folder("themes") / "dark.yaml").get(name)
    assert snap_compare(days.console(theme=theme), terminal_size=(80, 24), run_before=pressing())


def test_ascii(snap_compare: Compare, days: Days) -> None:
    assert snap_compare(days.console(lambda: EntryScreen(1), glyphs=ASCII), terminal_size=(80, 24),
                        run_before=pressing())
