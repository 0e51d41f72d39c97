"""The walk by its keys, over the real service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.checklists.cases.types import Reply
from opsconsole.checklists.model import Given, RunState, Verdict
from opsconsole.checklists.screen.walk import WalkScreen
from tests.checklists.screen.house import ANA, BEN, EIGHT, MINUTE, House, proposed, settled

if TYPE_CHECKING:
    import pytest

    from opsconsole.checklists.service import ChecklistService


async def morning(house: House) -> int:
    """A morning of which the machine has proposed what it can."""
    async def happen(service: ChecklistService) -> int:
        run = await service.start(ANA, "morning")
        await proposed(service, run.id, EIGHT)
        return run.id

    number: int = await house.do(happen)
    return number


async def test_one_key_for_each_item(house: House) -> None:
    number = await morning(house)
    async with house.shown(lambda: WalkScreen(number)) as shown:
        assert shown.item == "home"
        await shown.press("enter")
        assert shown.item == "sign-in"
        await shown.press("space")
        assert shown.item == "errors"
        await shown.press("enter")
        walk = await shown.service.walk(number)
        home, errors = walk.step("home"), walk.step("errors")
        assert home is not None
        assert home.answer is not None
        assert (home.verdict, home.answer.proposed, home.answer.actor) == (Verdict.OK, True, "ana")
        assert errors is not None
        assert errors.verdict is Verdict.FAILED
        assert shown.item == "age"
        await shown.press("enter", "enter", "enter")
        assert shown.item == "users"
        await shown.press("enter", "'212", "enter")
        assert shown.item == "mood"
        await shown.press("enter", "'fair", "enter")
        assert shown.item == "remark"
        walk = await shown.service.walk(number)
        assert (walk.step("users").answer.value, walk.step("mood").answer.value) == (212.0, "fair")  # type: ignore[union-attr]


async def test_forty_keys_at_once_walk_in_order(house: House) -> None:
    items = ", ".join(f"{{kind: tick, id: i{n}, title: Item {n}}}" for n in range(40))
    (house.templates / "long.yaml").write_text(f"title: Long\nsections: [{{title: All, items: [{items}]}}]\n")
    number = (await house.do(lambda service: service.start(ANA, "long"))).id
    async with house.shown(lambda: WalkScreen(number)) as shown:
        await shown.pilot.press(*["enter"] * 39, "f")
        for _ in range(400):
            await settled(shown.pilot)
            walk = await shown.service.walk(number)
            if all(step.answer for step in walk.steps):
                break
        answers = sorted((step.answer for step in walk.steps if step.answer), key=lambda one: one.id)
        assert [one.item for one in answers] == [f"i{n}" for n in range(40)]
        assert answers[-1].verdict is Verdict.FAILED
        assert sum(len(step.earlier) for step in walk.steps) == 0, "nothing was answered twice"


async def test_all_other_keys(house: House, tmp_path_factory: pytest.TempPathFactory) -> None:
    number = await morning(house)
    report = tmp_path_factory.mktemp("x") / "report.txt"
    report.write_text("all well")
    async with house.shown(lambda: WalkScreen(number)) as shown:
        await shown.press("f")
        await shown.press("s", "'no time", "enter")
        await shown.press("x")
        walk = await shown.service.walk(number)
        assert [walk.step(name).verdict for name in ("home", "sign-in", "errors")] == [  # type: ignore[union-attr]
            Verdict.FAILED, Verdict.SKIPPED, Verdict.NOT_APPLICABLE]
        await shown.press("k", "u")
        assert shown.item == "errors"
        assert (await shown.service.walk(number)).step("errors").answer is None  # type: ignore[union-attr]
        await shown.press("n", "'seen at six", "ctrl+s")
        step = (await shown.service.walk(number)).step("errors")
        assert step is not None
        assert step.earlier[-1].note == "seen at six"
        await shown.press("t", "ctrl+s")
        step = (await shown.service.walk(number)).step("errors")
        assert step is not None
        assert step.ticket == 1
        assert step.verdict is Verdict.FAILED
        assert "#1" in shown.text
        shown.walk.stand_on("file")
        await shown.press("e", f"'{report}", "enter")
        step = (await shown.service.walk(number)).step("file")
        assert step is not None
        assert step.answer is not None
        assert step.answer.evidence[0].title == "report.txt"
        shown.walk.stand_on("slow")
        await shown.press("v", "'home | 3", "enter", "'jobs | 2", "ctrl+s")
        step = (await shown.service.walk(number)).step("slow")
        assert step is not None
        assert step.answer is not None
        assert step.answer.value == [["home", "3"], ["jobs", "2"]]


async def test_signed_after_a_question(house: House) -> None:
    number = (await house.do(lambda service: service.start(ANA, "release"))).id
    async with house.shown(lambda: WalkScreen(number)) as shown:
        await shown.press("ctrl+s")
        assert "keeps it from being signed" in shown.text
        await shown.press("y", "enter", "ctrl+s")
        assert "Sign Before a release off?" in shown.text
        await shown.press("y")
        assert shown.service.state(await shown.service.run(number)) is RunState.WAITING
        assert "second person" in shown.text
    async with house.shown(lambda: WalkScreen(number), who=BEN) as shown:
        await shown.press("ctrl+s", "y")
        run = await shown.service.run(number)
        assert run.seal
        assert [one.actor for one in run.signatures] == ["ana", "ben"]
        assert "Signed by ana, ben" in shown.text
        await shown.press("f")
        assert any("nothing can be answered" in one for one in shown.notices)


async def test_somebody_else_was_quicker(house: House) -> None:
    number = await morning(house)
    async with house.shown(lambda: WalkScreen(number)) as shown:
        await shown.press("j")
        service = shown.service
        shown.walk.read_again = lambda: None  # type: ignore[assignment, return-value, method-assign]  # it knows nothing of it
        await service.answer(BEN, number, "sign-in", Reply(verdict=Verdict.FAILED, note="500"))
        await shown.press("enter")
        assert "Which answer counts?" in shown.text
        await shown.press("enter")
        step = (await service.walk(number)).step("sign-in")
        assert step is not None
        assert step.answer is not None
        assert step.answer.actor == "ben"


async def test_answers_of_others_are_shown(house: House) -> None:
    number = await morning(house)
    async with house.shown(lambda: WalkScreen(number)) as shown:
        await shown.press("j", "j")
        await shown.service.answer(BEN, number, "home", Reply(verdict=Verdict.OK), given=Given.COMMAND)
        shown.app.context.storage.ask()
        for _ in range(100):
            await settled(shown.pilot)
            if "ben" in shown.text:
                break
        assert "ben 09:00" in shown.text
        assert shown.item == "errors"


async def test_handed_over(house: House) -> None:
    async def happen(service: ChecklistService) -> int:
        house.clock.at = EIGHT - 15 * 60 * MINUTE
        run = await service.start(BEN, "evening")
        await service.answer(BEN, run.id, "disk", Reply(verdict=Verdict.FAILED, note="watched by cho"))
        await service.raise_ticket(BEN, run.id, "disk")
        await service.answer(BEN, run.id, "calm", Reply(verdict=Verdict.OK))
        await service.sign(BEN, run.id)
        house.clock.at = EIGHT
        return (await service.start(ANA, "morning")).id

    number = await house.do(happen)
    async with house.shown(lambda: WalkScreen(number)) as shown:
        assert "FROM EVENING CHECK" in shown.text
        assert "watched by cho" in shown.text
        await shown.press("enter")
        assert "FROM EVENING CHECK" not in shown.text
        assert shown.item == "home"
