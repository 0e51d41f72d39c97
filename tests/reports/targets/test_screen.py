"""The board of targets in a real shell over real records: what it looks like, and what its keys do."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.checklists.screen.desk import PART as CHECKLISTS
from opsconsole.checklists.screen.desk import Desk as ChecklistDesk
from opsconsole.console.shell import OpsConsole
from opsconsole.console.storage import Storage
from opsconsole.console.theme import Look
from opsconsole.console.theme_store import ThemeStore
from opsconsole.console.topline import Tab
from opsconsole.core.database import METRICS, RECORDS
from opsconsole.core.errors import StorageUnusable
from opsconsole.core.glyphs import ASCII, UNICODE
from opsconsole.core.resources import folder, own_folder
from opsconsole.reports.screen.aiming import PART, Aims, show_targets
from opsconsole.reports.screen.targets import TargetsScreen
from opsconsole.reports.targets.actions import SHOW
from tests.console.shell_app import First, Second, StillClock, context
from tests.console.shown import SIZES, pressing, stored
from tests.health.samples import NOW, ZONE
from tests.reports.targets.board import entered, measured, settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Compare = Callable[..., bool]

BOTH = pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What was measured and entered, made once."""
    async def both() -> None:
        await measured(path)
        await entered(path)

    path = tmp_path_factory.mktemp("targets")
    asyncio.run(both())
    return path


@pytest.fixture
def known(made: Path, tmp_path: Path) -> Path:
    """The same, for this test alone."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path


def console(path: Path, text: str | None = None, *, plain: bool = False, records: Storage | None = None,
            opened: Callable[[str], Any] = str) -> OpsConsole:
    """A console with a board over a folder; it opens nothing but says what."""
    theme = ThemeStore(lambda: folder("themes", []), own_folder("themes") / "dark.yaml").get("mono") if plain else None
    surroundings = context(path, glyphs=ASCII if plain else UNICODE, look=Look(theme) if theme else Look(),
                           clock=StillClock(NOW), storage=records or stored(path / "opsconsole.db", RECORDS))
    surroundings.zone, surroundings.metrics = ZONE, stored(path / "metrics.db", METRICS)
    chosen = settings() if text is None else settings(text)
    surroundings.parts |= {PART: Aims(chosen, lambda _, target: opened(target)),
                           CHECKLISTS: ChecklistDesk(settings=chosen.checklists)}
    surroundings.features[SHOW] = show_targets
    return OpsConsole(surroundings, (Tab("1", "first", "First", First), Tab("2", "second", "Second", Second)))


@BOTH
def test_board(snap_compare: Compare, known: Path, size: tuple[int, int]) -> None:
    assert snap_compare(console(known), terminal_size=size, run_before=pressing("O", "j", "j"))


def test_end_of_the_board(snap_compare: Compare, known: Path) -> None:
    assert snap_compare(console(known), terminal_size=(80, 24), run_before=pressing("O", "G"))


def test_without_colour_and_unicode(snap_compare: Compare, known: Path) -> None:
    assert snap_compare(console(known, plain=True), terminal_size=(80, 24), run_before=pressing("O"))


def test_no_targets(snap_compare: Compare, tmp_path: Path) -> None:
    assert snap_compare(console(tmp_path, "data: ~/d\n"), terminal_size=(80, 24), run_before=pressing("O"))


def test_error(snap_compare: Compare, known: Path) -> None:
    async def broken() -> Any:
        raise StorageUnusable("The records are damaged: page 17 cannot be read.", "Restore the newest backup.")

    assert snap_compare(console(known, records=Storage(broken)), terminal_size=(80, 24), run_before=pressing("O"))


async def test_each_target_opens_where_its_number_comes_from(known: Path) -> None:
    opened: list[str] = []
    app = console(known, opened=opened.append)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressing("O")(pilot)
        assert isinstance(app.screen, TargetsScreen)
        for _ in range(9):
            await pressing("enter", "j")(pilot)
        await pressing("enter")(pilot)
        assert opened == ["check:site", "line:memory", "check:orders", "check:backup", "tickets", "checklists",
                          "check:site", "tickets", "run:1", "log"]
        await pressing("O", "escape")(pilot)
        assert not isinstance(app.screen, TargetsScreen), "it is there once"
