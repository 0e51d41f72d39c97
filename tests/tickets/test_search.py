"""Words of events in the full-text index, and queries that nothing typed can break."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.database import RECORDS, Database
from opsconsole.tickets import search
from opsconsole.tickets.model import Event, EventKind, Party
from tests.hostile import CORPUS
from tests.tickets.filtering import empty_records

if TYPE_CHECKING:
    from pathlib import Path

CREATED = Event(7, 1, 1000, EventKind.CREATED, "ana", changes={"title": ("", "redis refuses"), "description": (
    "", "since db-01 was updated"), "priority": ("medium", "high")})
MESSAGE = Event(7, 2, 2000, EventKind.MESSAGE, "ben", text="C:\\x is full\udce4")
ATTACHED = Event(7, 3, 3000, EventKind.ATTACHED, "ben", data={"id": 1, "name": "Fehlerprotokoll.txt"})
ROUTED = Event(7, 4, 4000, EventKind.ROUTED, party=Party.SYSTEM, text="the rule for billing")
MOVED = Event(7, 5, 5000, EventKind.CHANGED, "ben", changes={
    "state": ("new", "open"), "root_cause": ("", "a full disk")})
RECORD = empty_records()


def test_what_can_be_found_of_an_event() -> None:
    assert search.words_of(CREATED) == "redis refuses\nsince db-01 was updated"
    assert search.words_of(MESSAGE) == "C:\\x is full\udce4"
    assert search.words_of(ATTACHED) == "Fehlerprotokoll.txt"
    assert search.words_of(ROUTED) == "", "the program's own words are nobody's"
    assert search.words_of(MOVED) == "a full disk"


async def test_words_are_found_where_they_were_written(tmp_path: Path) -> None:
    async with await Database.open(tmp_path / "r.db", RECORDS) as db:
        async with db.write() as tx:
            await search.index(tx, (CREATED, MESSAGE, ATTACHED, ROUTED, MOVED))
            await search.index(tx, ())

        async def found(text: str, *, prefix: bool = False) -> list[int]:
            rows = await db.rows("SELECT rowid FROM ticket_text WHERE ticket_text MATCH :q ORDER BY rowid",
                                 {"q": search.query(text, prefix=prefix)})
            return [row[0] - 7 * search.EVENTS for row in rows]

        assert await found("redis REFUSES") == [1]
        assert await found("refuses redis") == []
        assert await found("DB-01") == [1]
        assert await found("c:\\X") == [2]
        assert await found("fehlerprot", prefix=True) == [3]
        assert await found("full") == [2, 5]
        assert await found("billing") == []
        async with db.write() as tx:
            await search.forget_all(tx)
        assert await found("full") == []


@pytest.mark.parametrize(("text", "prefix", "query"), [
    ("redis", False, '"redis"'),
    ("redis", True, '"redis" *'),
    ("db-01", True, '"db 01" *'),
    ("db-0", True, '"db"'),
    ("r", True, ""),
    ("r", False, '"r"'),
    ("日", True, '"日" *'),
    ("cafe\u0301 \u0301", False, '"cafe\u0301"'),
    ('a"b" NEAR(c) OR*', False, '"a b NEAR c OR"'),
    ("x\x00y\udce4", False, '"x y"'),
    ("🔥 -- *", True, ""),
    (" ".join("abc" for _ in range(100)), False, '"' + " ".join("abc" for _ in range(search.MOST_WORDS)) + '"'),
])
def test_queries(text: str, prefix: bool, query: str) -> None:
    assert search.query(text, prefix=prefix) == query


@given(st.text() | st.sampled_from(CORPUS), st.booleans())
def test_no_query_breaks_the_index(text: str, prefix: bool) -> None:
    query = search.query(text, prefix=prefix)
    if query:
        RECORD.execute("SELECT rowid FROM ticket_text WHERE ticket_text MATCH ?", (query,)).fetchall()


def test_requesters_are_looked_for_in_small_letters() -> None:
    assert search.asker("Ana MÜLLER", "Ana@Example.COM") == "ana mÜller ana@example.com"
    assert search.asker("", "") == " "
    assert RECORD.execute("SELECT lower('Ana MÜLLER')").fetchone()[0] == search.small("Ana MÜLLER")
