"""The list by its keys, over the real service."""

from __future__ import annotations

from opsconsole.checklists.model import RunState, Verdict
from opsconsole.checklists.screen.walk import WalkScreen
from tests.checklists.screen.house import ANA, EIGHT, HOUR, House
from tests.waiting import until

DAY = 24 * HOUR


async def test_what_is_open_is_begun_by_enter(house: House) -> None:
    async with house.shown() as shown:
        assert "Morning check" in shown.text
        await shown.press("enter")
        assert isinstance(shown.app.screen, WalkScreen)
        (run,) = await shown.service.runs("morning")
        assert run.begun == EIGHT
        await shown.press("escape")
        assert "0/11" in shown.text


async def test_why_it_was_missed(house: House) -> None:
    async def before(service):  # type: ignore[no-untyped-def]
        house.clock.at = EIGHT - 2 * DAY
        await service.open_due()
        house.clock.at = EIGHT

    await house.do(before)
    async with house.shown() as shown:
        assert "why?" in shown.text
        while "missed" not in shown.text.splitlines()[0] and shown.app.screen.row is None:  # type: ignore[attr-defined]
            await shown.press("j")
        while shown.app.screen.row.state is not RunState.MISSED:  # type: ignore[attr-defined]
            await shown.press("j")
        number = shown.app.screen.row.run.id  # type: ignore[attr-defined]
        await shown.press("m", "'all were ill", "enter")
        assert (await shown.service.run(number)).reason == "all were ill"


async def test_an_emergency_puts_routine_off(house: House) -> None:
    async with house.shown() as shown:
        await shown.press("n", "'emerg", "enter")
        await until(shown.pilot, lambda: "Put routine rounds off while this goes on?" in shown.text)
        await shown.press("y", "ctrl+s")
        (run,) = await shown.service.runs("morning")
        assert shown.service.state(run) is RunState.DEFERRED
        assert run.deferred == EIGHT + 4 * HOUR


async def test_found_by_title(house: House) -> None:
    async with house.shown() as shown:
        await shown.press("slash", "'release", "enter")
        assert "Before a release" in shown.text
        assert "Morning check" not in shown.text
        await shown.press("escape")
        assert "Morning check" in shown.text


async def test_a_broken_template_hides_no_other(house: House) -> None:
    (house.templates / "night.yaml").write_text("title: Night\nsections: 7\n")
    async with house.shown() as shown:
        assert "night.yaml:2:" in shown.text
        assert "Morning check" in shown.text


async def test_three_hundred_items(house: House) -> None:
    items = "\n".join(f"      - {{kind: number, id: i{n}, title: Figure {n}}}" for n in range(300))
    (house.templates / "long.yaml").write_text(f"title: Long\nsections:\n  - title: All\n    items:\n{items}\n")
    number = (await house.do(lambda service: service.start(ANA, "long"))).id
    async with house.shown(lambda: WalkScreen(number)) as shown:
        await shown.press("G")
        assert shown.item == "i299"
        await shown.press("x", "g")
        step = (await shown.service.walk(number)).step("i299")
        assert step is not None
        assert step.verdict is Verdict.NOT_APPLICABLE
