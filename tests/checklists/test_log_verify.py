"""A signed run that was changed by SQL, behind all triggers, is named by `opsconsole log verify`."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from tests.checklists.commanding import Desk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Program = Callable[..., tuple[int, str, str]]

INSERTED = """\
INSERT INTO checklist_answer SELECT id + 100, run, item, at, actor, origin, given, 'failed', value, number, unit,
    bounds, note, evidence, ticket, proposed, seconds, undoes FROM checklist_answer WHERE item = 'disk'"""


@pytest.mark.parametrize("change", [
    "UPDATE checklist_answer SET note = 'x' WHERE item = 'lights'", "UPDATE checklist_answer SET actor = 'eve'",
    "DELETE FROM checklist_answer WHERE item = 'lights'", INSERTED,
    "UPDATE checklist_run SET title = 'Day round'", "UPDATE checklist_run SET late = 5",
    "UPDATE checklist_template SET data = replace(data, 'Lights are out', 'Lights are on')",
    "UPDATE checklist_run SET signatures = replace(signatures, '\"at\":', '\"at\":1')",
    "UPDATE checklist_run SET signatures = '[]'", "UPDATE checklist_run SET seal = ''",
    "UPDATE checklist_event SET text = 'x' WHERE kind = 'signed'", "DELETE FROM checklist_run"])
def test_what_was_changed_is_named(program: Program, home: Path, monkeypatch: pytest.MonkeyPatch,
                                   change: str) -> None:
    desk = Desk(program, home, monkeypatch)
    run = desk.start()
    desk.says("answer", run, "lights")
    desk.says("answer", run, "disk", "5")
    desk.says("sign", run)
    assert desk.other("log", "verify")[0] == 0
    with sqlite3.connect(home / ".local/share/opsconsole/opsconsole.db") as db:
        with pytest.raises(sqlite3.IntegrityError):
            db.execute("UPDATE checklist_run SET title = 'y'")
        for name, in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        db.execute(change)
    code, said, _ = desk.other("log", "verify")
    assert code == 1
    assert f"Checklist run {run}: " in said
