"""What checklists look like, at both sizes. Look at a new picture before it is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.checklists.cases.types import Reply
from opsconsole.checklists.model import Verdict
from opsconsole.checklists.screen.walk import WalkScreen
from opsconsole.core.glyphs import ASCII
from tests.checklists.screen.house import (
    ANA,
    BEN,
    EIGHT,
    HOUR,
    MINUTE,
    OTHERS,
    SIZES,
    House,
    proposed,
    settled,
    typed,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.pilot import Pilot

    from opsconsole.checklists.service import ChecklistService

    Compare = Callable[..., bool]

BOTH = pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
DAY = 24 * HOUR


def pressing(*keys: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    async def press(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        for key in keys:
            await pilot.press(*typed(key))
            await settled(pilot)

    return press


async def full(service: ChecklistService, house: House) -> int:
    """Three mornings, an evening that left something open, one that nobody did, and this morning, half done."""
    house.clock.at = EIGHT - 4 * DAY
    await service.open_due()
    for day in (3, 2, 1):
        house.clock.at = EIGHT - day * DAY
        run = await service.start(ANA, "morning")
        await proposed(service, run.id, house.clock.at)
        for item, value in (("users", 200.0 + 7 * day), ("mood", "good")):
            await service.answer(ANA, run.id, item, Reply(value=value))
        for item in ("home", "sign-in", "age", "restore"):
            await service.answer(ANA, run.id, item, Reply(verdict=Verdict.OK))
        await service.answer(ANA, run.id, "size", Reply(value=True))
        await service.answer(ANA, run.id, "errors", Reply(verdict=Verdict.NOT_APPLICABLE))
        house.clock.at += 14 * MINUTE
        await service.sign(ANA, run.id)
    house.clock.at = EIGHT - 15 * HOUR
    run = await service.start(BEN, "evening")
    await service.answer(BEN, run.id, "disk", Reply(verdict=Verdict.FAILED, note="/var at 91 %, watched by cho"))
    await service.raise_ticket(BEN, run.id, "disk", priority="high")
    await service.answer(BEN, run.id, "calm", Reply(verdict=Verdict.OK))
    await service.sign(BEN, run.id)
    house.clock.at = EIGHT
    await service.open_due()
    run = await service.start(ANA, "morning")
    await proposed(service, run.id, EIGHT)
    return run.id


async def half(service: ChecklistService, house: House) -> int:
    number = await full(service, house)
    await service.acknowledge(ANA, number)
    house.clock.at = EIGHT + 2 * MINUTE
    await service.answer(ANA, number, "home", Reply(verdict=Verdict.OK))
    await service.answer(ANA, number, "sign-in", Reply(verdict=Verdict.OK))
    await service.answer(BEN, number, "errors", Reply(verdict=Verdict.OK))
    await service.raise_ticket(BEN, number, "errors", priority="urgent")
    await service.answer(ANA, number, "size", Reply(value=False, note="half of yesterday's"))
    return number


@BOTH
@pytest.mark.parametrize("what", ["full", "broken", "late", "emergency"])
def test_list(snap_compare: Compare, house: House, size: tuple[int, int], what: str) -> None:
    async def happen(service: ChecklistService) -> None:
        number = await half(service, house)
        await service.start(BEN, "release")
        if what == "late":
            house.clock.at = EIGHT + 55 * MINUTE
        if what == "emergency":
            await service.start(ANA, "emergency")
        assert number

    house.done(happen)
    if what == "broken":
        (house.templates / "night.yaml").write_text("title: Night check\nsections:\n  - title: All\n    items: 7\n")
    assert snap_compare(house.console(), terminal_size=size, run_before=pressing())


@BOTH
def test_empty_list(snap_compare: Compare, tmp_path: Any, size: tuple[int, int]) -> None:
    assert snap_compare(House(tmp_path, {}).console(), terminal_size=size, run_before=pressing())


@BOTH
@pytest.mark.parametrize("what", ["fresh", "half", "late", "signed"])
def test_walk(snap_compare: Compare, house: House, size: tuple[int, int], what: str) -> None:
    async def happen(service: ChecklistService) -> int:
        if what == "fresh":
            return await full(service, house)
        number = await half(service, house)
        if what == "late":
            house.clock.at = EIGHT + 55 * MINUTE
        if what == "signed":
            for item, reply in (("age", Reply(verdict=Verdict.OK)), ("restore", Reply(verdict=Verdict.OK)),
                                ("users", Reply(value=221)), ("mood", Reply(value="fair")),
                                ("why", Reply(verdict=Verdict.SKIPPED, note="see the ticket"))):
                await service.answer(ANA, number, item, reply)
            await service.raise_ticket(ANA, number, "size")
            house.clock.at = EIGHT + 12 * MINUTE
            await service.sign(ANA, number)
        return number

    number = house.done(happen)
    assert snap_compare(house.console(lambda: WalkScreen(number)), terminal_size=size, run_before=pressing())


@BOTH
@pytest.mark.parametrize("keys", [
    ("h",), ("d",), ("s",), ("t",), ("ctrl+s",), ("G", "k", "k", "k", "enter"), ("G", "k", "k", "k", "k", "v"),
    ("G", "k", "k", "k", "k", "k", "v")],
    ids=["how", "details", "skip", "ticket", "missing", "text", "choice", "number"])
def test_questions(snap_compare: Compare, house: House, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    number = house.done(lambda service: half(service, house))
    assert snap_compare(house.console(lambda: WalkScreen(number)), terminal_size=size, run_before=pressing(*keys))


@BOTH
def test_second_person(snap_compare: Compare, house: House, size: tuple[int, int]) -> None:
    async def happen(service: ChecklistService) -> int:
        run = await service.start(ANA, "release")
        await service.answer(ANA, run.id, "tests", Reply(verdict=Verdict.OK))
        await service.sign(ANA, run.id)
        return run.id

    number = house.done(happen)
    app = house.console(lambda: WalkScreen(number), who=BEN)
    assert snap_compare(app, terminal_size=size, run_before=pressing("ctrl+s"))


@BOTH
@pytest.mark.parametrize("what", ["waiting", "back", "adopt", "missed", "deferred"])
def test_whole_run(snap_compare: Compare, house: House, size: tuple[int, int], what: str) -> None:
    async def happen(service: ChecklistService) -> int:
        if what == "missed":
            house.clock.at = EIGHT - 2 * DAY
            await service.open_due()
            house.clock.at = EIGHT
            await service.open_due()
            return next(run.id for run in await service.runs("morning") if run.outcome == "missed")
        run = await service.start(ANA, "release")
        await service.answer(ANA, run.id, "tests", Reply(verdict=Verdict.OK, seconds=0.1))
        if what in ("waiting", "back"):
            await service.sign(ANA, run.id)
        if what == "back":
            await service.send_back(BEN, run.id, "Which tests? The slow ones are missing.")
        if what == "adopt":
            text = OTHERS["release"].replace("The tests pass", "Even the slow tests pass")
            (house.templates / "release.yaml").write_text(text)
        if what == "deferred":
            await service.defer(ANA, [run.id], EIGHT + 4 * HOUR, "moved to noon")
        return run.id

    number = house.done(happen)
    app = house.console(lambda: WalkScreen(number), who=BEN)
    assert snap_compare(app, terminal_size=size, run_before=pressing(*(["A"] if what == "adopt" else [])))


@BOTH
def test_statistics(snap_compare: Compare, house: House, size: tuple[int, int]) -> None:
    house.done(lambda service: half(service, house))
    assert snap_compare(house.console(), terminal_size=size, run_before=pressing("v"))


@pytest.mark.parametrize("keys", [(), ("h",)], ids=["walk", "how"])
def test_ascii(snap_compare: Compare, house: House, keys: tuple[str, ...]) -> None:
    number = house.done(lambda service: half(service, house))
    assert snap_compare(house.console(lambda: WalkScreen(number), glyphs=ASCII), terminal_size=(80, 24),
                        run_before=pressing(*keys))


def test_ascii_list(snap_compare: Compare, house: House) -> None:
    house.done(lambda service: half(service, house))
    assert snap_compare(house.console(glyphs=ASCII), terminal_size=(80, 24), run_before=pressing())
