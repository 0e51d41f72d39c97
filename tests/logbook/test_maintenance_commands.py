"""`opsconsole log maintenance …` as a script calls it."""

from __future__ import annotations

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
