"""What is done to a whole run, and by whom, by keys over the real service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.checklists.cases.types import Reply
from opsconsole.checklists.model import RunState, Verdict
from opsconsole.core.errors import StorageError
from tests.checklists.screen.house import ANA, BEN, EIGHT, HOUR, MINUTE, SUE, House, WalkScreen, settled

if TYPE_CHECKING:
    from opsconsole.checklists.service import ChecklistService

DOORS = """\
title: Round of the doors
sections:
  - title: All
    items:
      - {{kind: tick, id: doors, title: Doors are shut, on_fail: {{escalate: oncall, run: emergency}}}}
      - {{kind: tick, id: lamps, title: Lamps are off}}
      - {{kind: tick, id: {third}, title: {title}}}
"""


def doors(house: House, third: str = "heat", title: str = "The heating is low") -> None:
    (house.templates / "doors.yaml").write_text(DOORS.format(third=third, title=title))


async def begun(house: House, slug: str = "doors") -> int:
    number: int = (await house.do(lambda service: service.start(ANA, slug))).id
    return number


async def test_a_new_version_is_shown_then_adopted(house: House) -> None:
    doors(house)
    number = await begun(house)
    await house.do(lambda service: service.answer(ANA, number, "lamps", Reply(verdict=Verdict.OK)))
    doors(house, "water", "The water is off")
    async with house.shown(lambda: WalkScreen(number)) as shown:
        assert "Its template has changed since" in shown.text
        await shown.press("A")
        assert "The water is off  added" in shown.text
        assert "The heating is low  removed" in shown.text
        await shown.press("n")
        assert "The heating is low" in shown.text
        await shown.press("A", "y")
        assert "The water is off" in shown.text
        assert "The heating is low" not in shown.text
        walk = await shown.service.walk(number)
        assert [(step.item.id, step.verdict) for step in walk.steps] == [
            ("doors", Verdict.OPEN), ("lamps", Verdict.OK), ("water", Verdict.OPEN)]
        await shown.press("A")
        assert any("as it was" in one for one in shown.notices)


async def test_an_item_is_waived_by_a_supervisor(house: House) -> None:
    doors(house)
    number = await begun(house)
    async with house.shown(lambda: WalkScreen(number)) as shown:
        await shown.press("W")
        assert any("supervisor" in one for one in shown.notices)
    async with house.shown(lambda: WalkScreen(number), who=SUE) as shown:
        await shown.press("W", "enter")
        assert "Say why" in shown.text
        await shown.press("'no doors today", "enter")
        assert "waived by sue: no doors today" in shown.text
        step = (await shown.service.walk(number)).step("doors")
        assert step is not None
        assert step.waived is not None


async def test_a_run_is_waived(house: House) -> None:
    doors(house)
    number = await begun(house)
    async with house.shown(lambda: WalkScreen(number), who=SUE) as shown:
        await shown.press("ctrl+w", "'nobody was there", "enter")
        assert shown.service.state(await shown.service.run(number)) is RunState.WAIVED
        assert "nobody was there" in shown.text
        await shown.press("enter")
        assert any("nothing can be answered" in one for one in shown.notices)


async def test_the_second_person_sends_it_back(house: House) -> None:
    async def signed(service: ChecklistService) -> int:
        run = await service.start(ANA, "release")
        await service.answer(ANA, run.id, "tests", Reply(verdict=Verdict.OK))
        await service.sign(ANA, run.id)
        return run.id

    number = await house.do(signed)
    async with house.shown(lambda: WalkScreen(number), who=BEN) as shown:
        await shown.press("B", "'which tests?", "enter")
        assert "Sent back by ben: which tests?" in shown.text
        assert shown.service.state(await shown.service.run(number)) is RunState.RUNNING
        await shown.press("B")
        assert any("second person" in one for one in shown.notices)


async def test_the_ladder_and_another_checklist_of_a_failed_item(house: House) -> None:
    doors(house)
    number = await begun(house)
    async with house.shown(lambda: WalkScreen(number)) as shown:
        await shown.press("E")
        assert any("an item that failed" in one for one in shown.notices)
        await shown.press("f")
        assert any("The ladder oncall was started. Emergency was started." in one for one in shown.notices)
        assert len(await shown.service.runs("emergency")) == 1
        await shown.press("k", "E")
        assert any("runs because of this item already" in one for one in shown.notices)
        await shown.press("R")
        assert len(await shown.service.runs("emergency")) == 1, "the one that goes on is joined"


async def test_marks_are_for_supervisors(house: House) -> None:
    items = ", ".join(f"{{kind: tick, id: i{n}, title: Look at {n}}}" for n in range(12))
    (house.templates / "long.yaml").write_text(
        f"title: Long\nwhen: {{every: day, at: '09:15', opens: 2h}}\nsections: [{{title: All, items: [{items}]}}]\n")

    async def hasty(service: ChecklistService) -> int:
        run = await service.start(ANA, "long")
        for place in range(12):
            await service.answer(ANA, run.id, f"i{place}", Reply(verdict=Verdict.OK, seconds=0.1))
        await service.sign(ANA, run.id)
        return run.id

    number = await house.do(hasty)
    (mark, *_) = (await house.do(lambda service: service.run(number))).marks
    async with house.shown(lambda: WalkScreen(number)) as shown:
        assert mark not in shown.text
    async with house.shown(lambda: WalkScreen(number), who=SUE) as shown:
        assert mark in shown.text
        assert "C records that you looked" in shown.text
        await shown.press("C")
        assert mark not in shown.text
        assert not (await shown.service.run(number)).marks


async def test_put_off_and_taken_up_again(house: House) -> None:
    number = await begun(house, "morning")
    async with house.shown(lambda: WalkScreen(number)) as shown:
        await shown.press("D", "tab", "'moved to noon", "ctrl+s")
        assert shown.service.state(await shown.service.run(number)) is RunState.DEFERRED
        assert "Put off until 13:00" in shown.text
        # What cannot be done is not offered, and says why.
        assert "sign off" not in shown.text
        await shown.press("ctrl+s")
        assert "It is put off; D takes it up again." in shown.notices[-1]
        assert isinstance(shown.app.screen, WalkScreen)
        await shown.press("D")
        assert shown.service.state(await shown.service.run(number)) is RunState.RUNNING


async def test_a_late_run_says_so_and_can_be_done(house: House) -> None:
    number = await begun(house, "release")
    morning = await begun(house, "morning")
    house.clock.at = EIGHT + 55 * MINUTE
    for size in ((80, 24), (120, 40)):
        async with house.shown(lambda: WalkScreen(morning), size=size) as shown:
            assert "40 min late" in shown.text
    async with house.shown() as shown:
        assert "1 late" in shown.text.splitlines()[1]
        assert shown.app.screen.row.run.id == morning  # type: ignore[attr-defined]  # the worst is first
        assert number != morning


async def test_missed_is_explained_on_the_walk(house: House) -> None:
    async def before(service: ChecklistService) -> int:
        house.clock.at = EIGHT - 48 * HOUR
        await service.open_due()
        house.clock.at = EIGHT
        await service.open_due()
        return next(run.id for run in await service.runs("morning") if run.outcome == "missed")

    number = await house.do(before)
    async with house.shown(lambda: WalkScreen(number), who=SUE) as shown:
        assert "It was missed; m says why" in shown.text
        await shown.press("m", "'all were ill", "enter")
        assert "missed: all were ill" in shown.text


@pytest.mark.parametrize("what", ["list", "walk"])
async def test_records_that_cannot_be_read(house: House, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    number = await begun(house, "morning")

    async def fail(*_: object, **__: object) -> None:
        raise StorageError("The records cannot be read: disk I/O error.", "Look at the disk.")

    cls = type(await house.do(_self))
    monkeypatch.setattr(cls, "board" if what == "list" else "walk", fail)
    async with house.shown(*([] if what == "list" else [lambda: WalkScreen(number)])) as shown:
        assert "The records cannot be read: disk I/O error." in shown.text
        monkeypatch.undo()
        shown.app.screen.read_again()  # type: ignore[attr-defined]
        await settled(shown.pilot)
        assert "cannot be read" not in shown.text
        assert "Morning check" in shown.text


async def _self(service: ChecklistService) -> ChecklistService:
    return service
