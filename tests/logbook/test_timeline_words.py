"""Words over the whole log: what is looked up first is what reading everything finds."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from opsconsole.core.database import RECORDS, Database
from opsconsole.core.timeline import gather
from opsconsole.logbook import store, timeline
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
    ways: set[str] = set()
    within = LogTimeline._within

    async def watched(source: LogTimeline, text: str) -> list[timeline._Within | None]:
        found = await within(source, text)
        ways.update("none" if one is None else "all" if not one.sought else "few" if one.few else "among"
                    for one in found)
        return found

    async def anywhere(_source: LogTimeline, _text: str) -> list[timeline._Within | None]:
        return [timeline._Within("")] * 5

    async with await Database.open(made, RECORDS, read_only=True) as db:
        rows = [*await db.rows("SELECT title AS said FROM log_entry"),
                *await db.rows("SELECT reason AS said FROM log_amendment"),
                *await db.rows("SELECT DISTINCT actor AS said FROM audit")]
        said = [word for row in rows for word in str(row["said"]).split()]
        pieces = [word[begin:begin + chance.randint(1, 12)] for word in chance.sample(said, 32)
                  for begin in [chance.randrange(3)]]
        pairs = [f"{one} {other}" for one, other in zip(pieces[::4], pieces[1::4], strict=False)]
        for text in (*WORDS, *pieces, *pairs):
            monkeypatch.setattr(LogTimeline, "_within", anywhere)
            expected = await everything(db, text, 400)
            monkeypatch.setattr(LogTimeline, "_within", watched)
            for few, many, beginning in ((0, 500, 500), (500, 500, 500), (20, 100, 10)):
                monkeypatch.setattr(timeline, "FEW", few)
                monkeypatch.setattr(timeline, "MANY", many)
                monkeypatch.setattr(timeline, "MOST_BEGINNING", beginning)
                assert await everything(db, text, chance.choice([30, 400])) == expected, text
            assert all(word in line.casefold() for line in expected for word in text.casefold().split()), text
    assert ways == {"none", "all", "few", "among"}


async def test_words_of_entries_are_found_as_they_are_now(made: Path, tmp_path: Path) -> None:
    path = tmp_path / "opsconsole.db"
    shutil.copy(made, path)
    titles = {400: "wx", 399: "Q\u0308uote \"% 'drop", 398: "日本", 397: "z" * 5_000, 396: "ýz", 395: "!"}
    async with await Database.open(path, RECORDS) as db:
        for entry in await store.get_many(db, list(titles)):
            for title in ("vwvw for a moment", titles[entry.id]):
                changed = replace(entry, title=title, performed_by=(f"by {title}",))
                async with db.write() as tx:
                    await store.put(tx, changed)
                    await store.put_found(tx, changed, "words")
        source = LogTimeline(db)
        assert await source.happenings(0, NOW * 2, 400, "vwvw") == []
        assert await source._within("vwvw") == [None] * 5
        for number, title in titles.items():
            for word in {*title.split(), title.split()[0][:1], title[-2:].strip()}:
                found = {one.target for one in await source.happenings(0, NOW * 2, 4000, word)}
                assert f"entry:{number}" in found, word


async def test_older_records_learn_their_words(made: Path, tmp_path: Path) -> None:
    path = tmp_path / "opsconsole.db"
    shutil.copy(made, path)
    async with await Database.open(path, RECORDS, read_only=True) as db:
        new = [await everything(db, word, 400) for word in WORDS]
    with closing(sqlite3.connect(path)) as raw:
        raw.executescript("DROP TABLE log_piece; DROP TABLE log_pieces; PRAGMA user_version = 18;"
                          "CREATE INDEX log_entry_called ON log_entry (title, performers, type)")
    async with await Database.open(path, RECORDS) as db:
        assert [await everything(db, word, 400) for word in WORDS] == new
