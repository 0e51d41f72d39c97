"""Words over the whole timeline of tickets: what is looked up first is what reading every event finds."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.database import RECORDS, Database
from opsconsole.core.timeline import gather
from opsconsole.tickets import timeline
from opsconsole.tickets.timeline import TicketTimeline
from tests.tickets.generator import NOW, generate

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ["zzzz", "#17", "ana", "resolved", "opened", "opened:", "message from", "customer", "example", "is waiting",
         "promise broken", "e", "%", "_", "!", "crème", "ana resolved #1", "\\", '"']


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "opsconsole.db"
    generate(path, 150, 2_500, seed=3)
    return path


async def everything(db: Database, text: str, limit: int) -> list[str]:
    """Page by page."""
    found: list[str] = []
    until: int | None = NOW * 2
    while until is not None:
        page = await gather((TicketTimeline(db),), 0, until, limit, text)
        assert page.problems == ()
        found += [f"{one.at} {one.what} {one.who}" for one in page.happenings]
        until = page.older
    return found


async def test_what_is_looked_up_first_is_what_reading_everything_finds(
        made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(5)
    async with await Database.open(made, RECORDS, read_only=True) as db:
        rows = [*await db.rows("SELECT title AS said FROM ticket"),
                *await db.rows("SELECT DISTINCT actor AS said FROM ticket_event")]
        said = [word for row in rows for word in str(row["said"]).split()]
        pieces = [word[begin:begin + chance.randint(2, 12)] for word in chance.sample(said, 28)
                  for begin in [chance.randrange(3)]]
        pairs = [f"{one} {other}" for one, other in zip(pieces[::5], pieces[1::5], strict=False)]
        looked_up = 0
        for text in (*WORDS, *pieces, *pairs):
            monkeypatch.setattr(timeline, "MANY", 10**9)
            expected = await everything(db, text, 400)
            monkeypatch.setattr(timeline, "MANY", 0)
            looked_up += (await TicketTimeline(db)._place(text))[0] is not timeline._BY_TIME
            assert await everything(db, text, chance.choice([30, 400])) == expected, text
            assert all(word in line.casefold() for line in expected for word in text.casefold().split()), text
        assert looked_up > 12
