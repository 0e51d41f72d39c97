"""`opsconsole log maintenance …` as a script calls it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.logbook.commanding import Desk

if TYPE_CHECKING:
    from pathlib import Path

    from tests.logbook.commanding import Program

SHOP = """
checks:
  db: {kind: tcp, host: 127.0.0.1, port: 1, group: storage}
  web: {kind: tcp, host: 127.0.0.1, port: 1, depends_on: [db]}
"""


@pytest.fixture
def log(program: Program, home: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A log beside two services."""
    desk = Desk(program, home, monkeypatch)
    desk.configure(SHOP)
    return desk


def test_from_the_start_to_a_signature(log: Desk) -> None:
    said = log.says("maintenance", "start", "PostgreSQL", "16.2", "--check", "group:storage", "--for", "2h")
    assert "Entry 1 (change: PostgreSQL 16.2)" in said
    assert "mutes     db, web" in said
    found = log.json("maintenance", "show")["maintenance"][0]
    assert (found["maintenance"]["names"], len(found["not_green"])) == (["group:storage"], 2)
    ends = found["maintenance"]["ends"]
    assert log.json("maintenance", "extend", "--by", "30m")["maintenance"]["ends"] == ends + 1_800_000
    assert "goes on, so it cannot be signed" in log.fails("sign", "1")
    assert "Not everything is green" in log.fails("maintenance", "finish", status=1)
    assert "Entry 1 (change: PostgreSQL 16.2) signed" in log.says("maintenance", "finish", "--reason", "no agent here",
                                                                    "--sign")
    assert log.entry()["notes"].endswith("no agent here")
    assert log.says("maintenance", "show") == "No maintenance goes on.\n"
    assert "finished " in log.says("maintenance", "show", "1")
    assert "right" in log.says("verify")


def test_it_says_which_one_is_meant(log: Desk) -> None:
    assert log.says("maintenance", "show") == "No maintenance goes on.\n"
    assert "No maintenance goes on" in log.fails("maintenance", "finish")
    log.says("maintenance", "start", "one", "--check", "db", "--for", "1h", "--type", "monthly")
    log.says("maintenance", "start", "two", "--check", "web", "--for", "1h")
    assert "2 maintenances go on: 1, 2." in log.fails("maintenance", "extend", "--by", "1h")
    log.says("new", "the shop is down", "--type", "emergency")
    said = log.says("maintenance", "start", "--entry", "3", "--check", "*", "--for", "15m")
    assert "Entry 3 (emergency: the shop is down)" in said
    assert "is finished" in log.says("maintenance", "finish", "3", "--reason", "it is mended")
    assert log.entry(3)["ended"] is None
    assert log.entry(1)["type"] == "monthly"


@pytest.mark.parametrize(("arguments", "sentence"), [
    (("start", "x", "--check", "bd", "--for", "1h"), "Nothing is called `bd`"),
    (("start", "--check", "db", "--for", "1h"), "needs a title"),
    (("start", "x", "--check", "db", "--for", "soon"), "`soon` is no length of time"),
    (("start", "x", "--entry", "1", "--check", "db", "--for", "1h"), "Entry 1 has a title"),
    (("finish", "7"), "There is no log entry 7"), (("extend", "--by", "1h"), "No maintenance goes on"),
    (("show", "7"), "is no maintenance")])
def test_what_cannot_be_is_told_in_a_sentence(log: Desk, arguments: tuple[str, ...], sentence: str) -> None:
    assert sentence in log.fails("maintenance", *arguments)


def test_a_window_that_was_made_without_an_entry(log: Desk, program: Program) -> None:
    def made(*names: str) -> None:
        for name in names:
            assert program("maintenance", "start", name, "--for", "1h", "--reason", f"{name} is  moved")[0] == 0

    assert "There is no silence and no maintenance 1" in program("maintenance", "extend", "1", "--by", "1h")[2]
    made("db", "group:storage")
    assert "2 maintenances without an entry go on: 1, 2." in log.fails("maintenance", "finish")
    assert "Maintenance 1 without an entry (db is" in log.says("maintenance", "show")
    before, = (one for one in json.loads(program("maintenance", "list", "--json")[1])["windows"] if one["id"] == 1)
    assert program("maintenance", "extend", "1", "--by", "30m")[0] == 0
    after = log.json("maintenance", "extend", "--window", "1", "--by", "30m")
    assert (after["entry"], after["maintenance"]["ends"]) == (None, before["ends"] + 3_600_000)
    assert program("maintenance", "end", "2")[0] == 0
    # The only one that is left is meant; until it is green or there is a reason, it stays, with its entry.
    assert "after the maintenance of log entry 1: db" in log.fails("maintenance", "finish", status=1)
    assert "Entry 1 (change: db is moved)" in log.says("maintenance", "finish", "--reason", "no agent here")
    entry = log.entry()
    assert (entry["begun"], entry["checks"], entry["notes"]) == (
        before["begins"], ["db"], "Finished while not everything was green: no agent here")
    assert entry["ended"] is not None
    assert "Maintenance 1 belongs to log entry 1" in log.fails("maintenance", "extend", "--window", "1", "--by", "1h")
    assert "Maintenance 2 is over" in log.fails("maintenance", "finish", "--window", "2")
    assert "There is no maintenance 9" in log.fails("maintenance", "finish", "--window", "9")
    assert "Give one of them" in log.fails("maintenance", "finish", "1", "--window", "1")
    assert "right" in log.says("verify")


def test_silences_and_what_is_planned_are_no_maintenance_that_goes_on(log: Desk, program: Program) -> None:
    assert program("alert", "silence", "db", "--for", "1h", "--reason", "noisy")[0] == 0
    assert program("maintenance", "start", "db", "--for", "1h", "--reason", "moved", "--at", "2999-01-01 10:00")[0] == 0
    assert "No maintenance goes on" in log.fails("maintenance", "finish")
    assert "There is no maintenance 1" in log.fails("maintenance", "finish", "--window", "1")
    assert "Maintenance 2 has not begun" in log.fails("maintenance", "finish", "--window", "2")
    assert program("maintenance", "extend", "1", "--by", "1h")[0] == 0
