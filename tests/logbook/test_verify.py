"""`opsconsole log verify` finds what was changed by SQL, and a head that was kept elsewhere what was cut off."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

import pytest

from tests.checklists.commanding import Desk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Program = Callable[..., tuple[int, str, str]]


@pytest.fixture
def desk(program: Program, home: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk(program, home, monkeypatch)
    run = made.start()
    made.says("answer", run, "lights")
    made.says("answer", run, "disk", "5")
    made.says("sign", run)
    return made


def sql(desk: Desk, *statements: str) -> None:
    with sqlite3.connect(desk.home / ".local/share/opsconsole/opsconsole.db") as db:
        for name, in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            db.execute(statement)


def test_what_nobody_changed(desk: Desk) -> None:
    code, said, error = desk.other("log", "verify")
    assert (code, error) == (0, "")
    assert said.startswith("Audit trail: ")
    assert "Checklists: 1 are as they were signed." in said
    head = desk.other("log", "heads")[1].strip()
    found = json.loads(desk.other("log", "verify", "--head", head, "--json")[1])
    assert found["ok"]
    assert found["audit"]["head"] == head
    assert json.loads(desk.other("log", "heads", "--json")[1])["head"] == head


def test_an_answer_that_was_changed(desk: Desk) -> None:
    sql(desk, "UPDATE checklist_answer SET value = '7', number = 7 WHERE item = 'disk'")
    code, said, _ = desk.other("log", "verify")
    assert code == 1
    assert "Checklist run 1: " in said
    found = json.loads(desk.other("log", "verify", "--json")[1])
    assert (found["ok"], found["audit"]["ok"], found["checklists"]["ok"]) == (False, True, False)


def test_an_entry_of_the_trail_that_was_changed(desk: Desk) -> None:
    sql(desk, "UPDATE audit SET actor = 'nobody' WHERE seq = 2")
    code, said, _ = desk.other("log", "verify")
    assert (code, said.splitlines()[0]) == (1, "Audit entry 2 was changed after it was written.")


def test_an_end_that_was_cut_off(desk: Desk) -> None:
    head = desk.other("log", "heads")[1].strip()
    sql(desk, "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)")
    assert desk.other("log", "verify", "--head", head)[0] == 1
    assert "is not the head of an audit trail" in desk.other("log", "verify", "--head", "12:ab")[2]


def test_without_records_nothing_is_wrong(program: Program, home: Path) -> None:
    assert program("log", "verify")[0] == 0
    assert program("log", "heads")[1].startswith("0:000")
    assert program("log", "verify", "--head", f"3:{'a' * 64}")[0] == 1
