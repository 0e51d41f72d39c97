"""What the generator makes is in every respect what the store would have written."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.database import RECORDS, Database
from opsconsole.tickets import store
from opsconsole.tickets.model import Event, fold
from opsconsole.tickets.search import words_of
from opsconsole.tickets.store import writing
from opsconsole.tickets.store.rows import SPAN
from tests.tickets.generator import NOW, generate, main
from tests.tickets.stories import Teller

if TYPE_CHECKING:
    from pathlib import Path

TICKETS, EVENTS = 120, 1_500


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "opsconsole.db"
    found = generate(path, TICKETS, EVENTS, seed=7)
    assert (found.tickets, found.events) == (TICKETS, EVENTS)
    return path


def table(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as raw:
        return raw.execute(sql).fetchall()


async def stories(path: Path) -> dict[int, list[Event]]:
    async with await Database.open(path, RECORDS, read_only=True) as db:
        return {number: await store.events(db, number) for number in range(1, TICKETS + 1)}


async def test_rows_are_what_the_events_make(made: Path) -> None:
    teller = Teller(7, UTC)
    names = ", ".join(writing._ROW)
    with closing(sqlite3.connect(made)) as raw:
        raw.row_factory = sqlite3.Row
        rows = {row["number"]: dict(row) for row in raw.execute(f"SELECT {names} FROM ticket")}
        clocks = {(row["ticket"], row["kind"], row["segment"]): dict(row) for row in raw.execute(
            f"SELECT {', '.join(writing._CLOCK)} FROM ticket_clock")}
    told = await stories(made)
    expected = {}
    for number, events in told.items():
        ticket = fold(events)
        promised = writing.promised_of(ticket, events, teller.policies, NOW)
        wanted = dict(writing.row_of(ticket, promised))
        row = rows[number]
        assert json.loads(row.pop("data")) == json.loads(str(wanted["data"]))
        assert row == {name: wanted[name] for name in row}
        for clock in promised.clocks:
            expected[number, clock.kind.value, clock.segment] = dict(writing.clock_of(ticket, clock))
    assert clocks == expected
    assert {fold(events).phase.value for events in told.values()} == {"done", "initial", "active"} | {
        row["phase"] for row in rows.values()}


async def test_words_tags_and_batches_are_those_of_the_events(made: Path) -> None:
    told = await stories(made)
    indexed = {row[0] for row in table(made, "SELECT rowid FROM ticket_text")}
    assert indexed == {event.ticket * SPAN + event.seq for events in told.values() for event in events
                       if words_of(event)}
    assert set(table(made, "SELECT tag, ticket FROM ticket_tag")) == {
        (tag, number) for number, events in told.items() for tag in fold(events).tags}
    batches = [event.batch for events in told.values() for event in events if event.batch]
    assert len(batches) == len(set(batches)) == table(made, "SELECT count(*) FROM ticket_batch")[0][0]
    some = fold(told[3]).title.split()[-1]
    assert some.startswith("case")
    found = table(made, f"SELECT rowid / {SPAN} FROM ticket_text WHERE ticket_text MATCH '{some}'")
    assert found == [(3,)]


def test_nothing_is_left_for_the_agent_to_do(made: Path) -> None:
    assert table(made, f"SELECT number FROM ticket WHERE wake <= {NOW}") == []
    assert table(made, "SELECT count(*) > 0 FROM ticket_event WHERE kind = 'breached'") == [(1,)]
    assert table(made, "PRAGMA integrity_check") == [("ok",)]
    assert table(made, "PRAGMA foreign_key_check") == []


def test_the_same_seed_makes_the_same(made: Path, tmp_path: Path) -> None:
    generate(tmp_path / "again.db", TICKETS, EVENTS, seed=7)
    for name in ("ticket", "ticket_event", "ticket_clock"):
        assert table(tmp_path / "again.db", f"SELECT * FROM {name} ORDER BY 1, 2, 3") == table(
            made, f"SELECT * FROM {name} ORDER BY 1, 2, 3")


def test_as_a_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(tmp_path / "one.db"), "--tickets", "20", "--events", "60", "--now", str(NOW)])
    assert capsys.readouterr().out.startswith("20 tickets (")
