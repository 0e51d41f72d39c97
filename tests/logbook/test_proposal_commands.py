"""`opsconsole log proposals`, and what `--take` takes over: of real rounds, tickets, alerts and changes of the host."""

from __future__ import annotations

import asyncio
import getpass
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.clock import MINUTE, SystemClock
from opsconsole.core.database import METRICS, RECORDS, Database
from opsconsole.health.changes.model import Change, ChangeKind
from opsconsole.health.changes.store import ChangeStore
from tests.checklists.commanding import MORNING
from tests.hostile import assert_inert
from tests.logbook.commanding import Desk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Program = Callable[..., tuple[int, str, str]]

ALERT = """INSERT INTO alert (key, rule, target, title, severity, phase, begun, fired, text, detail)
    VALUES ('check:web', '', 'web', 'web', 'critical', 'firing', :at, :at, 'refused', '{}')"""
EVENT = "INSERT INTO alert_event (alert, at, kind, actor, text) VALUES (1, :at, :kind, '', :text)"


def worked(program: Program, home: Path) -> None:
    """What a person did on a day: a round signed off, a ticket solved, another one opened."""
    folder = home / ".config/opsconsole/checklists"
    folder.mkdir(parents=True, exist_ok=True)
    (folder.parent / "opsconsole.yaml").write_text("checklists: {use: []}\n")
    (folder / "morning.yaml").write_text(MORNING.replace("when: {every: day, at: \"08:00\"}\n", ""))
    for arguments in (("checklist", "start", "morning"), ("checklist", "answer", "1", "up"), ("checklist", "sign", "1"),
                      ("ticket", "new", "Disk full"), ("ticket", "take", "1"),
                      ("ticket", "close", "1", "--text", "logs removed"), ("ticket", "new", "Slow report")):
        code, _, error = program(*arguments)
        assert code == 0, error


async def befell(records: Path, now: int) -> None:
    """What happened to the host meanwhile."""
    async with await Database.open(records.with_name("metrics.db"), METRICS) as db:
        await ChangeStore(db).add([Change(now - 9 * MINUTE, ChangeKind.PACKAGE, "nginx upgraded 1.22 to 1.24"),
                                   Change(now - 8 * MINUTE, ChangeKind.UNIT, "evil\x1b[2J.service restarted")])
    async with await Database.open(records, RECORDS) as db, db.write() as tx:
        await tx.run(ALERT, {"at": now - 7 * MINUTE})
        for minutes, kind, text in ((7, "fired", "refused"), (2, "resolved", "ok")):
            await tx.run(EVENT, {"at": now - minutes * MINUTE, "kind": kind, "text": text})


@pytest.fixture
def desk(program: Program, home: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(program, home, monkeypatch)


def test_what_happened_is_listed_and_taken_over(desk: Desk, program: Program, home: Path) -> None:
    assert "Nothing happened since" in desk.says("proposals")
    worked(program, home)
    asyncio.run(befell(desk.records, SystemClock().now()))
    found = desk.json("proposals", "--type", "weekly")
    assert {one["key"]: (one["field"], one["text"]) for one in found["proposals"]} == {
        found["proposals"][0]["key"]: ("tasks", "nginx upgraded 1.22 to 1.24"),
        "unit:evil\x1b[2J.service": ("tasks", "evil\x1b[2J.service restarted"),
        "alert:1": ("resolved", "web: refused, for 5 min"), "run:1": ("tasks", "Morning check signed off"),
        "ticket:1": ("resolved", "Disk full"), "ticket:2": ("found", "Slow report")}
    shown = desk.says("proposals", "--type", "weekly")
    assert "Morning check signed off run:1" in shown
    for line in shown.splitlines():
        assert_inert(line)

    number = desk.says("new", "Week", "--type", "weekly", "--take", "all", "--task", "Looked around").strip()
    entry = desk.entry(int(number))
    assert [(one["text"], one["link"]) for one in entry["tasks"]] == [
        ("Looked around", ""), ("nginx upgraded 1.22 to 1.24", ""), ("evil\x1b[2J.service restarted", ""),
        ("Morning check signed off", "run:1")]
    assert [(one["text"], one["ticket"], one["link"]) for one in entry["resolved"]] == [
        ("web: refused, for 5 min", 0, "alert:1"), ("Disk full", 1, "")]
    assert desk.json("list", "ticket:2")["count"] == 1, "provenance is found"
    assert desk.json("proposals", "--type", "weekly")["proposals"] == [], "the next one begins where this one does"
    exported = desk.says("show", number)
    assert "Morning check signed off (checklist run 1)" in exported
    assert "web: refused, for 5 min (alert 1)" in exported


def test_single_ones_are_taken_into_an_entry_that_is_there(desk: Desk, program: Program, home: Path) -> None:
    worked(program, home)
    drafted = int(desk.json("list", "run:1")["entries"][0]["id"])
    assert desk.json("proposals", "--entry", str(drafted))["proposals"] == [], "its own round is what it is about"
    (home / ".bash_history").write_text("mysql -psecret\ndf -h\n")
    listed = desk.json("proposals", "--commands")["proposals"]
    (command,) = (one["key"] for one in listed if one["text"] == "df -h")
    desk.says("new", "Fix", "--notes", "It was full.", "--take", "ticket:1", "--take", command, "--take", "ticket:1")
    entry = desk.json("list")["entries"][0]["id"]
    assert desk.entry(entry)["notes"] == "It was full.\n\n    df -h"
    assert [one["ticket"] for one in desk.entry(entry)["resolved"]] == [1]
    desk.says("edit", str(entry), "--take", "ticket:1", "--append", "--resolved", "more")
    assert [one["text"] for one in desk.entry(entry)["resolved"]] == ["Disk full", "more"], "once"
    assert "Nothing with the key `run:9`" in desk.fails("new", "x", "--take", "run:9")
    assert "mysql" not in desk.says("export", "--format", "json")


def test_a_part_that_cannot_be_read_is_told(desk: Desk, program: Program, home: Path) -> None:
    worked(program, home)
    desk.records.with_name("metrics.db").write_bytes(b"no database at all" * 500)
    status, output, error = desk("proposals")
    assert (status, "Disk full #1" in output, "metrics.db" in error) == (1, True, True)
    assert "does not exist" in desk.fails("proposals", "--commands")


def test_a_dropped_entry_is_restored(desk: Desk) -> None:
    desk.says("new", "Fix")
    assert "was not dropped" in desk.fails("restore", "1")
    desk.says("drop", "1", "--reason", "twice")
    assert desk.says("restore", "1") == "Entry 1 (change: Fix) is open again.\n"
    desk.says("sign", "1")
    assert desk.entry()["signatures"][0]["actor"] == getpass.getuser()
