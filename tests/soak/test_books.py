"""The balance finds what it is there for."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from tests.soak.books import Books, balance

TABLES = """
CREATE TABLE ticket (title TEXT); CREATE TABLE ticket_event (kind TEXT, text TEXT); CREATE TABLE ticket_tag (tag TEXT);
CREATE TABLE log_entry (id INTEGER, title TEXT, seal TEXT); CREATE TABLE checklist_answer (value TEXT);
CREATE TABLE ticket_mail_id (message_id TEXT);
"""


def test_what_is_lost_or_there_twice_is_found_and_nothing_else() -> None:
    books = Books()
    well, lost, twice, tried, typed, drafted = (books.word("ticket", "somebody") for _ in range(6))
    for word in (well, lost, twice):
        books.acknowledge(word, 7 if word == lost else 8 if word == well else None)
    books.draft(typed)
    books.draft(drafted)
    entry = books.word("entry", "somebody")
    books.acknowledge(entry)
    books.sign(1)
    with closing(sqlite3.connect(":memory:")) as raw:
        raw.executescript(TABLES)
        raw.executemany("INSERT INTO ticket VALUES (?)", [(well,), (f"{twice} a",), (f"{twice} b",)])
        raw.execute("INSERT INTO log_entry VALUES (1, ?, '')", (entry,))

        def rows(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
            return raw.execute(sql, values).fetchall()

        assert balance(books, rows, f"{{{drafted}}}") == [
            f"lost: ticket {lost} of somebody", f"there 2 times: ticket {twice} of somebody",
            f"typed and lost: ticket {typed} of somebody", "signature lost: entry 1"]
        books.acknowledge(tried, 8)
        assert balance(books, rows, drafted)[-2:] == [
            "ticket number 8 was told for 2 tickets", "signature lost: entry 1"]
