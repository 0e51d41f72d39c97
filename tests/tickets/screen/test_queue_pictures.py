"""What the queue looks like in each state, at each size. Look at a new picture before it is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.console.theme_store import ThemeStore
from opsconsole.core.errors import StorageError
from opsconsole.core.glyphs import ASCII
from opsconsole.core.resources import folder, own_folder
from opsconsole.tickets.model import Presence
from tests.health.samples import NOW
from tests.tickets.screen.app import SIZES, queue_console, settled
from tests.tickets.screen.samples import FakeService, many

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

    from opsconsole.core.themes import Theme

WRITING = (Presence(1042, "ben", writing=True, since=NOW),)


def theme(name: str) -> Theme:
    return ThemeStore(lambda: folder("themes", []), own_folder("themes") / "dark.yaml").get(name)


def pressing(*keys: str) -> Callable[[Pilot[None]], object]:
    async def press(pilot: Pilot[None]) -> None:
        await settled(pilot)
        for key in keys:
            await pilot.press(key)
            await settled(pilot)

    return press


def filled(number: int = 0) -> FakeService:
    service = FakeService(many(number)) if number else FakeService()
    service.people = WRITING
    return service


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("number", [0, 300], ids=["few", "many"])
def test_queue(snap_compare: Callable[..., bool], number: int, size: tuple[int, int]) -> None:
    assert snap_compare(queue_console(filled(number)), terminal_size=size, run_before=pressing())


@pytest.mark.parametrize("name", ["light", "high-contrast", "ansi", "mono"])
def test_queue_in_each_theme(snap_compare: Callable[..., bool], name: str) -> None:
    app = queue_console(filled(), theme=theme(name))
    assert snap_compare(app, terminal_size=(120, 40), run_before=pressing("space"))


@pytest.mark.parametrize("keys", [["m"], ["m", *"resolved", "enter"], ["slash", *"prority:high"]],
                         ids=["move", "step", "mistake"])
@pytest.mark.parametrize("name", ["ansi", "light"])
def test_questions_in_each_theme(snap_compare: Callable[..., bool], name: str, keys: list[str]) -> None:
    assert snap_compare(queue_console(filled(), theme=theme(name)), terminal_size=(80, 24), run_before=pressing(*keys))


def test_queue_in_ascii(snap_compare: Callable[..., bool]) -> None:
    assert snap_compare(queue_console(filled(), glyphs=ASCII), terminal_size=(80, 24), run_before=pressing("space"))


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("keys", [
    ["slash", *"search"], ["slash", *"prority:high"], ["slash", *"tag:", "tab"], ["slash", *"nothing", "enter"],
    ["right_square_bracket"], ["space", "space", "space"], ["m"], ["m", *"resolved", "enter"], ["A"], ["P"], ["v"],
    ["t"], ["p"], ["p", "p"], ["question_mark"]],
    ids=["filter", "mistake", "completion", "no-match", "mine", "marked", "move", "step", "assign", "priority",
         "views", "tags", "no-preview", "preview-again", "help"])
def test_doing(snap_compare: Callable[..., bool], keys: list[str], size: tuple[int, int]) -> None:
    assert snap_compare(queue_console(filled()), terminal_size=size, run_before=pressing(*keys))


def test_empty(snap_compare: Callable[..., bool]) -> None:
    assert snap_compare(queue_console(FakeService(())), terminal_size=(80, 24), run_before=pressing())


def test_error(snap_compare: Callable[..., bool]) -> None:
    service = FakeService()
    service.problem = StorageError("The records are damaged.", "Run `opsconsole doctor`.")
    assert snap_compare(queue_console(service), terminal_size=(80, 24), run_before=pressing())
