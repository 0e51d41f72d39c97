"""What was typed over the walk and could not be stored is there again, from the draft on the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.checklists.service import ChecklistService
from opsconsole.core.errors import StorageFull
from tests.checklists.screen.house import ANA, House, WalkScreen
from tests.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "the queue was slow at noon"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.mark.parametrize(("item", "key", "case"), [
    ("remark", "v", "answer"), ("mood", "n", "answer"), ("home", "t", "raise_ticket")])
async def test_a_text_that_could_not_be_stored_is_offered_again(
        house: House, monkeypatch: pytest.MonkeyPatch, item: str, key: str, case: str) -> None:
    number = (await house.do(lambda service: service.start(ANA, "morning"))).id
    real, full = getattr(ChecklistService, case), [True]

    async def failing(*arguments: Any, **named: Any) -> Any:
        if full[0]:
            raise StorageFull("There is no space left.", "Free some space.")
        return await real(*arguments, **named)

    monkeypatch.setattr(ChecklistService, case, failing)
    async with house.shown(lambda: WalkScreen(number)) as shown:
        def drafts() -> list[Path]:
            return list(house.folder.rglob("drafts/*.json"))

        shown.walk.stand_on(item)
        await shown.press(key, *(["tab", "tab"] if key == "t" else []), f"'{TEXT}", "ctrl+s")
        assert any("no space left" in one for one in shown.notices)
        assert TEXT not in shown.text
        assert len(drafts()) == 1
        await shown.press(key)
        await until(shown.pilot, lambda: TEXT in shown.text)
        full[0] = False
        await shown.press("ctrl+s")
        step = (await shown.service.walk(number)).step(item)
        assert step is not None
        assert step.earlier or step.answer
        await until(shown.pilot, lambda: not drafts())
