"""Commands of checklists are killed at places drawn by chance: each was done as a whole or not at all, and once."""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import pytest

from opsconsole.core.blobs import Blobs
from tests.checklists.e2e.forking import Forks

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e

ROUND: Final = """\
title: Night round
category: other
sections:
  - title: Look
    items:
      - {kind: tick, id: lights, title: Lights are out}
      - {kind: number, id: disk, title: Disk in use, unit: "%", max: 90, on_fail: {ticket: true, priority: high}}
      - {kind: auto, id: echo, title: Echo works, command: [echo, "7 jobs"], pattern: "([0-9]+) jobs", required: false}
      - {kind: evidence, id: proof, title: A file, required: false}
      - {kind: tick, id: door, title: The door is shut}
"""
STORY: Final[tuple[tuple[str, ...], ...]] = (
    ("start", "round"), ("answer", "1", "lights", "--note", "all of them"),
    ("answer", "1", "disk", "95", "--file", "FILE"), ("propose", "1"), ("answer", "1", "echo"),
    ("answer", "1", "proof", "--file", "FILE"),
    ("ticket", "1", "door", "--priority", "low"), ("undo", "1", "lights"), ("answer", "1", "lights"),
    ("answer", "1", "disk", "80"), ("answer", "1", "door"), ("defer", "1", "--until", "2h", "--reason", "busy"),
    ("resume", "1"), ("sign", "1"))
KILLS: Final = 2
"""Of each command, in the second half of its calls: before, nothing is stored."""
BOOKS: Final = (
    "SELECT slug, outcome, begun IS NULL, ended IS NULL, seal = '', answered, failed, version FROM checklist_run",
    "SELECT id, run, item, verdict, value, note, given FROM checklist_answer ORDER BY id",
    "SELECT id, run, kind, text FROM checklist_event ORDER BY id",
    "SELECT item, verdict, value FROM checklist_proposal ORDER BY item",
    "SELECT number, title, state, priority, version FROM ticket ORDER BY number",
    "SELECT ticket, seq, kind, text FROM ticket_event ORDER BY ticket, seq",
    "SELECT id, type, title, state, run FROM log_entry ORDER BY id",
    "SELECT seq, action, subject FROM audit ORDER BY seq",
    "SELECT thread, kind, title FROM outbox_notice ORDER BY seq")


class Place:
    """A home of its own, in which the story is told."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
            monkeypatch.setenv(name, str(folder / name.lower()))
            (folder / name.lower()).mkdir(parents=True)
        config = folder / "xdg_config_home/opsconsole"
        (config / "checklists").mkdir(parents=True)
        (config / "opsconsole.yaml").write_text("checklists: {use: []}\n")
        (config / "checklists/round.yaml").write_text(ROUND)
        self.file = folder / "proof.txt"
        self.file.write_text("what was seen\n" * 500)
        self.records = folder / "xdg_data_home/opsconsole/opsconsole.db"

    def arguments(self, words: tuple[str, ...]) -> list[str]:
        return ["checklist", *(str(self.file) if word == "FILE" else word for word in words)]

    def books(self) -> list[Any]:
        """All that is stored, but for times and what follows from them; empty: nothing ever was."""
        if not self.records.exists():
            return []
        with closing(sqlite3.connect(self.records)) as db:
            try:
                return [db.execute(sql).fetchall() for sql in BOOKS]
            except sqlite3.OperationalError:
                # Killed before the tables were made; whoever comes next makes them.
                return []


def nothing(books: list[Any]) -> bool:
    return not any(books)


def test_each_command_is_done_as_a_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What is stored after each command that nobody kills, and how many calls it took.
    after: list[tuple[list[Any], int]] = []
    twin = Place(tmp_path / "twin", monkeypatch)
    with Forks() as forks:
        for words in STORY:
            done = forks.run(*twin.arguments(words))
            assert (done.killed, done.code) == (False, 0), done.said
            after.append((twin.books(), done.calls))
    chance = random.Random(20261129)
    place = Place(tmp_path / "place", monkeypatch)
    before: list[Any] = []
    killed = whole = 0
    with Forks() as forks:
        for words, (wanted, calls) in zip(STORY, after, strict=True):
            for _ in range(KILLS):
                killed += forks.run(*place.arguments(words), at=chance.randint(calls // 2, calls)).killed
                found = place.books()
                if found == wanted:
                    whole += 1
                    break
                assert found == before or nothing(found) == nothing(before) is True, (words, found)
            else:
                done = forks.run(*place.arguments(words))
                assert (done.killed, done.code) == (False, 0), done.said
            before = place.books()
            assert before == wanted, words
        verified = forks.run("log", "verify")
        assert verified.code == 0, verified.said
    with closing(sqlite3.connect(place.records)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        seen = [json.loads(row[0]) for row in db.execute("SELECT evidence FROM checklist_answer")]
    blobs = Blobs(place.records.parent / "blobs")
    kept = [one["sha256"] for evidence in seen for one in evidence if one["sha256"]]
    assert kept
    for sha256 in kept:
        with blobs.open(sha256) as file:
            assert hashlib.sha256(file.read()).hexdigest() == sha256
    print(f"{killed} were killed, {whole} of them when all was stored")
    assert killed > len(STORY)
    assert whole
