"""Hand-overs on the timeline: written, taken, withdrawn; found by their words, opened from there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest

from opsconsole.console.opening import open_named
from opsconsole.core.clock import HOUR, MINUTE
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.timeline import KINDS, About, Happening
from opsconsole.reports.briefing.service import BriefingService
from opsconsole.reports.briefing.timeline import HandoverTimeline
from opsconsole.reports.screen.handover import HandoverScreen
from opsconsole.timeline import sources
from tests.hostile import CORPUS
from tests.tickets.desk import ANA, BEN, START, HandClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

NIGHT = "## Night\n\nRedis runs on the *spare* disk; Ürsel knows why."


class Told:
    """Hand-overs, and what the timeline tells of them."""

    def __init__(self, db: Database) -> None:
        self.db, self.clock = db, HandClock()
        self.service, self.source = BriefingService(db, self.clock), HandoverTimeline(db)

    async def said(self, text: str = "", since: int = START - HOUR, limit: int = 100) -> list[str]:
        return [one.what for one in await self.source.happenings(since, self.clock.at + 1, limit, text)]


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Told]:
    """One that was written anew and taken, one that was withdrawn, one that waits."""
    async with await Database.open(tmp_path / "opsconsole.db", RECORDS) as db:
        made = Told(db)
        first = await made.service.write(ANA, "Redis is slow.")
        made.clock.go(MINUTE)
        second = await made.service.write(ANA, NIGHT, first.id)
        made.clock.go(MINUTE)
        await made.service.take(BEN, second.id)
        third = await made.service.write(ANA, "100% full_disk")
        await made.service.withdraw(ANA, third.id)
        made.clock.go(MINUTE)
        await made.service.write(BEN, "All is quiet.")
        yield made


async def test_each_deed_once_newest_first(told: Told) -> None:
    assert await told.said() == [
        "hand-over 4 written: All is quiet.", "hand-over 3 withdrawn: 100% full_disk", "hand-over 2 taken: Night",
        "hand-over 3 written: 100% full_disk", "hand-over 2 written: Night", "hand-over 1 written: Redis is slow."]
    (taken,) = await told.source.happenings(START, told.clock.at, 100, "taken")
    assert taken == Happening(START + 2 * MINUTE, "handover", "hand-over 2 taken: Night", "ben", None, "handover:2",
                              NIGHT, "hand-over 2", "taken")
    assert await told.source.when(2) == START + MINUTE
    assert await told.source.when(9) is None


@pytest.mark.parametrize(("words", "numbers"), [
    ("redis disk", "22"), ("ürsel KNOWS", "22"), ("100% full_disk", "33"), ("hand-over 4", "4"), ("ben", "42"),
    ("written night", "2"), ("replaced", "")])
async def test_words(told: Told, words: str, numbers: str) -> None:
    assert "".join(one.split()[1] for one in await told.said(words)) == numbers


async def test_a_part_of_it(told: Told) -> None:
    assert await told.said(since=START + 2 * MINUTE, limit=2) == (await told.said())[:2]
    assert await told.said(since=told.clock.at + HOUR) == []


async def test_foreign_text_is_told_and_found(tmp_path: Path) -> None:
    async with await Database.open(tmp_path / "opsconsole.db", RECORDS) as db:
        told = Told(db)
        for text in CORPUS:
            if text.strip():
                await told.service.write(ANA, text)
        assert len(await told.said(limit=1_000)) == sum(bool(text.strip()) for text in CORPUS)


def test_it_is_opened_from_there() -> None:
    pushed: list[Any] = []
    screen: Any = SimpleNamespace(app=SimpleNamespace(push_screen=pushed.append))
    open_named(Mock(), Mock(), screen, "handover:2")
    (opened,) = pushed
    assert isinstance(opened, HandoverScreen)
    assert opened.about() == About("handover:2", None)


async def test_every_kind_has_a_source(told: Told) -> None:
    assert sorted(one.kind for one in sources(told.db, told.db)) == sorted(KINDS)
