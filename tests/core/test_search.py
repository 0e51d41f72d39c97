"""Pieces of words find every text in which a word occurs, whatever both are made of."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.search import MOST_PIECES, any_piece, every_piece

SIGNS = st.sampled_from("abcxyz01 \"'%_!*^(){}:+-.,/\\ßéÄ日🙂\u0308\u202e")
TEXTS = st.lists(st.text(SIGNS, max_size=12), min_size=1, max_size=8)


def found(texts: list[str], query: str) -> set[int]:
    with closing(sqlite3.connect(":memory:")) as raw:
        raw.execute("CREATE VIRTUAL TABLE t USING fts5 (text, detail = column, tokenize = 'trigram')")
        raw.executemany("INSERT INTO t (rowid, text) VALUES (?, ?)", enumerate(f"{text}  " for text in texts))
        return {row[0] for row in raw.execute("SELECT rowid FROM t WHERE t MATCH ?", (f"{{text}} : ({query})",))}


@given(texts=TEXTS, begins=st.integers(0, 11), size=st.integers(3, 12))
def test_all_pieces_of_a_word_are_where_it_is(texts: list[str], begins: int, size: int) -> None:
    word = texts[0][begins:begins + size]
    query = every_piece([word])
    if len(word) < 3:
        assert query == ""
    else:
        assert {number for number, text in enumerate(texts) if word in text} <= found(texts, query)


@given(texts=TEXTS, begins=st.integers(0, 11))
def test_less_than_a_piece_begins_one_wherever_it_is(texts: list[str], begins: int) -> None:
    word = texts[0][begins:begins + 2]
    begun = [text[place:place + 3] for text in (f"{one}  " for one in texts) for place in range(len(text) - 2)
             if text.startswith(word, place)]
    if word:
        assert {number for number, text in enumerate(texts) if word in text} <= found(texts, any_piece(begun))


def test_what_stands_in_no_text_is_found_in_none() -> None:
    texts = ["disk 3 replaced", "nginx restarted", ""]
    assert found(texts, every_piece(["disk"])) == {0}
    assert found(texts, every_piece(["disk", "nginx"])) == set()
    assert found(texts, any_piece([])) == set()
    assert found(texts, any_piece(["ngi", "dis"])) == {0, 1}


def test_a_word_of_any_length_is_a_query_that_is_not_too_long() -> None:
    long = "".join(chr(0x4e00 + number) for number in range(5_000))
    assert every_piece([long]).count(" AND ") == MOST_PIECES - 1
    assert found([long, "x"], every_piece([long])) == {0}
