"""Visits and hand-overs in real records: who may what, what is kept for ever, what never is."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

import pytest

from opsconsole.core import audit
from opsconsole.core.clock import DAY, HOUR
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.database.connection import ConstraintError
from opsconsole.core.errors import PermissionDenied, UsageError
from opsconsole.reports.briefing.errors import NoHandover, NotNow
from opsconsole.reports.briefing.model import MOST_TEXT, TOPIC, HandoverState
from opsconsole.reports.briefing.service import BriefingService
from tests.tickets.desk import ANA, BEN, EVA, START, SUE, HandClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


class Place:
    def __init__(self, db: Database) -> None:
        self.db, self.clock = db, HandClock()
        self.service = BriefingService(db, self.clock)

    async def versions(self) -> dict[str, int]:
        return {row[0]: row[1] for row in await self.db.rows("SELECT topic, version FROM topic")}


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with await Database.open(tmp_path / "opsconsole.db", RECORDS) as db:
        yield Place(db)


async def test_a_visit_goes_on_and_is_no_deed(place: Place) -> None:
    before = await place.versions()
    assert await place.service.last_visit("ana") is None
    await place.service.visited("ana", START - HOUR)
    await place.service.visited("ben", START)
    await place.service.visited("ana", START - DAY)
    assert await place.service.last_visit("ana") == START - HOUR
    await place.service.visited("ana", START)
    assert await place.service.last_visit("ana") == START
    assert await place.versions() == before
    assert (await place.db.row("SELECT count(*) AS n FROM audit") or {"n": -1})["n"] == 0


async def test_a_visit_in_the_future_is_of_a_clock_that_was_wrong(place: Place) -> None:
    await place.service.visited("ana", START + 400 * DAY)
    await place.service.visited("ana", START)
    assert await place.service.last_visit("ana") == START


async def test_written_anew_taken_once_and_in_the_trail(place: Place) -> None:
    service = place.service
    first = await service.write(ANA, "  redis is odd\n\x1b[31m")
    place.clock.go(HOUR)
    second = await service.write(ANA, "redis is well", first.id)
    assert [one.id for one in await service.open()] == [second.id]
    assert (await service.handover(first.id)).state is HandoverState.REPLACED
    with pytest.raises(NotNow, match="your own"):
        await service.take(ANA, second.id)
    with pytest.raises(NotNow, match="of ana"):
        await service.withdraw(BEN, second.id)
    with pytest.raises(NotNow, match="of ana"):
        await service.write(BEN, "mine", second.id)
    place.clock.go(HOUR)
    taken = await service.take(BEN, second.id)
    assert (taken.state, taken.ended, taken.ended_by) == (HandoverState.TAKEN, START + 2 * HOUR, "ben")
    assert await service.handover(second.id) == taken
    for late in (service.take(SUE, second.id), service.withdraw(ANA, second.id), service.write(ANA, "x", second.id)):
        with pytest.raises(NotNow, match="taken already by ben"):
            await late
    assert await service.open() == []
    assert [one.id for one in await service.taken("ana", START, START + DAY)] == [second.id]
    trail = [row[0] for row in await place.db.rows("SELECT action || ' ' || subject FROM audit ORDER BY seq")]
    assert trail == ["handover.write handover:1", "handover.write handover:2", "handover.take handover:2"]
    details = [row[0] for row in await place.db.rows("SELECT detail FROM audit ORDER BY seq")]
    assert hashlib.sha256(first.text.encode()).hexdigest() in details[0]
    assert (await audit.verify(place.db)).ok
    assert (await place.versions())[TOPIC] == 3


async def test_who_may_and_what_cannot_be(place: Place) -> None:
    service = place.service
    for refused in (service.write(EVA, "x"), service.take(EVA, 1), service.withdraw(EVA, 1)):
        with pytest.raises(PermissionDenied):
            await refused
    for text in ("", " \n "):
        with pytest.raises(UsageError, match="empty"):
            await service.write(ANA, text)
    with pytest.raises(UsageError, match="20000 characters"):
        await service.write(ANA, "x" * (MOST_TEXT + 1))
    for absent in (service.take(ANA, 7), service.withdraw(ANA, 7), service.handover(7), service.write(ANA, "x", 7)):
        with pytest.raises(NoHandover):
            await absent
    assert await service.listed() == []
    made = await service.write(ANA, "half a \ud800 character")
    assert (await service.withdraw(ANA, made.id)).state is HandoverState.WITHDRAWN
    assert [one.state for one in await service.listed()] == [HandoverState.WITHDRAWN]


async def test_of_two_who_take_it_at_once_one_has_it(place: Place) -> None:
    made = await place.service.write(ANA, "x")
    found = await asyncio.gather(place.service.take(BEN, made.id), place.service.take(SUE, made.id),
                                 return_exceptions=True)
    assert sorted(type(one).__name__ for one in found) == ["Handover", "NotNow"]


@pytest.mark.parametrize("statement", [
    "DELETE FROM handover", "UPDATE handover SET text = 'y'", "UPDATE handover SET author = 'eva'",
    "UPDATE handover SET state = 'open', ended = NULL WHERE id = 2",
    "REPLACE INTO handover (id, author, origin, written, text) VALUES (1, 'eva', '', 1, 'y')"])
async def test_what_was_handed_over_stays_as_it_was(place: Place, statement: str) -> None:
    await place.service.write(ANA, "x")
    await place.service.take(BEN, (await place.service.write(ANA, "y")).id)
    with pytest.raises(ConstraintError):
        async with place.db.write() as tx:
            await tx.run(statement)
