"""Words over the whole log: what is looked up first is what reading everything finds."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.database import RECORDS, Database
from opsconsole.core.timeline import gather
from opsconsole.logbook import timeline
from opsconsole.logbook.timeline import LogTimeline
from tests.logbook.generator import NOW, generate

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ["zzzz", "ana", "signed", "begun", "ended:", "emergency", "daily", "e", "%", "_", "!", "crème", "日本", "\\",
         '"', "ana signed", "case:", "ANA Disk"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "opsconsole.db"
    generate(path, 400, seed=3, sealed=True)
    return path


async def everything(db: Database, text: str, limit: int) -> list[str]:
    """Page by page."""
    found: list[str] = []
    until: int | None = NOW * 2
    while until is not None:
        page = await gather((LogTimeline(db),), 0, until, limit, text)
        assert page.problems == ()
        found += [f"{one.at} {one.what} {one.who} {one.detail}" for one in page.happenings]
        until = page.older
    return found


async def test_what_is_looked_up_first_is_what_reading_everything_finds(
        made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(5)
    async with await Database.open(made, RECORDS, read_only=True) as db:
        rows = [*await db.rows("SELECT title AS said FROM log_entry"),
                *await db.rows("SELECT reason AS said FROM log_amendment"),
                *await db.rows("SELECT DISTINCT actor AS said FROM audit")]
        said = [word for row in rows for word in str(row["said"]).split()]
        pieces = [word[begin:begin + chance.randint(2, 12)] for word in chance.sample(said, 28)
                  for begin in [chance.randrange(3)]]
        pairs = [f"{one} {other}" for one, other in zip(pieces[::5], pieces[1::5], strict=False)]
        whole, titles = 0, 0
        for text in (*WORDS, *pieces, *pairs):
            monkeypatch.setattr(timeline, "FEW", -1)
            expected = await everything(db, text, 400)
            for few in (20, 200):
                monkeypatch.setattr(timeline, "FEW", few)
                of_work, of_titles = (await LogTimeline(db)._entries(text)).values()
                whole += of_work != ""
                titles += of_work == "" != of_titles
                assert await everything(db, text, chance.choice([30, 400])) == expected, text
            assert all(word in line.casefold() for line in expected for word in text.casefold().split()), text
        assert whole > 24
        assert titles > 1, "a type, which stands in many entries and in no title"
