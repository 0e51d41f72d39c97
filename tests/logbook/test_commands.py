"""`opsconsole log …`: entries are written, signed, amended, found and exported from the command line."""

from __future__ import annotations

import csv
import getpass
import io
import json
import sqlite3
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.hostile import CORPUS, assert_inert
from tests.logbook.commanding import Desk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Program = Callable[..., tuple[int, str, str]]

ME = getpass.getuser()
EVERYTHING = ("--type", "weekly", "--begun", "2027-01-04 09:00", "--ended", "2027-01-04 10:35", "--status", "issues",
              "--by", "ana", "--by", "ben", "--task", "Logs rotated", "--task", "Restored #12",
              "--found", "Disk 3 reports errors #17", "--resolved", "Disk 3 swapped run:5",
              "--escalated", "Vendor asked #18 alert:3",
              "--next", "Order a disk @ben due:2027-01-11", "--next", "mail a@b and due: soon",
              "--notes", "It *rebuilt*.", "--spent", "1h30m", "--check", "raid", "--check", "web", "--tag", "disk")


def _point(text: str, ticket: int = 0, link: str = "") -> dict[str, object]:
    return {"text": text, "ticket": ticket, "link": link}


@pytest.fixture
def desk(program: Program, home: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(program, home, monkeypatch)


def test_without_a_database_there_is_nothing(desk: Desk, tmp_path: Path) -> None:
    assert desk.says("list") == "The log is empty.\n"
    assert desk.says("list", "type:change") == "No entry fits.\n"
    assert desk.json("list") == {"filter": "", "count": 0, "entries": []}
    assert "There is no log entry 7." in desk.fails("show", "7")
    assert desk.says("actions") == "Nothing is to be done.\n"
    assert "0 entries" in desk.says("export")
    assert "no evidence" in desk.fails("bundle", "-o", tmp_path / "b.zip")
    assert not desk.records.exists(), "looking makes no file"
    assert "There is no log entry 7." in desk.fails("sign", "7")


def test_an_entry_in_one_line(desk: Desk) -> None:
    assert desk.says("add", "swapped", "disk 3", "--type", "change", "--sign") == (
        "Entry 1 (change: swapped disk 3) is signed.\n")
    entry = desk.entry()
    assert (entry["title"], entry["state"], entry["performed_by"]) == ("swapped disk 3", "signed", [ME])
    assert entry["begun"] == entry["ended"]
    assert len(entry["seal"]) == 64


def test_every_field_has_an_option(desk: Desk) -> None:
    desk.says("add", "Weekly maintenance", *EVERYTHING)
    entry = desk.entry()
    assert {name: entry[name] for name in (
        "type", "title", "begun", "ended", "status", "performed_by", "tasks", "found", "resolved", "escalated", "notes",
        "seconds", "checks", "tags")} == {
        "type": "weekly", "title": "Weekly maintenance", "begun": 1_799_049_600_000, "ended": 1_799_055_300_000,
        "status": "issues", "performed_by": ["ana", "ben"],
        "tasks": [_point("Logs rotated"), _point("Restored", 12)],
        "found": [_point("Disk 3 reports errors", 17)], "resolved": [_point("Disk 3 swapped", link="run:5")],
        "escalated": [_point("Vendor asked", 18, "alert:3")],
        "notes": "It *rebuilt*.", "seconds": 5400.0, "checks": ["raid", "web"], "tags": ["disk"]}
    assert [(one["text"], one["person"], one["due"]) for one in entry["actions"]] == [
        ("Order a disk", "ben", "2027-01-11"), ("mail a@b and due: soon", "", "")]
    shown = desk.says("show", "1")
    assert "Issues found      Disk 3 reports errors (ticket 17)\n" in shown
    assert "Tasks completed   Logs rotated\n                  Restored (ticket 12)\n" in shown


def test_text_through_a_pipe(desk: Desk) -> None:
    desk.pipe("Swapped disk 3\n\n- it *rebuilt*\n- no data lost\n")
    desk.says("add", "-", "--notes", "more")
    assert desk.entry()["notes"] == "- it *rebuilt*\n- no data lost\n\nmore"
    desk.pipe("x" * 300)
    desk.says("add", "-")
    assert desk.entry(2)["title"] == "x" * 199 + "…"
    assert desk.entry(2)["notes"] == "x" * 300
    desk.pipe(b"caf\xe9")
    desk.says("add", "-")
    assert desk.entry(3)["title"] == "caf\\xe9"
    assert "There is no text" in desk.fails("add", "-")
    desk.pipe(b"x" * 2_000_000)
    assert "Notes hold at most" in desk.fails("add", "-")


def test_an_entry_that_goes_on(desk: Desk) -> None:
    assert desk.says("new", "Moving", "the", "rack", "--type", "quarterly") == "1\n"
    assert desk.entry()["ended"] is None
    assert desk.json("new")["title"] == "Change maintenance"
    desk.says("edit", "1", "--task", "one", "--notes", "first", "--spent", "1h")
    desk.says("edit", "1", "--append", "--task", "two", "--task", "one", "--notes", "second", "--spent", "30m")
    entry = desk.entry()
    assert [one["text"] for one in entry["tasks"]] == ["one", "two"]
    assert (entry["notes"], entry["seconds"]) == ("first\n\nsecond", 5400.0)
    desk.says("edit", "1", "--task", "three", "--title", "Moved", "--ended", "-")
    assert [one["text"] for one in desk.entry()["tasks"]] == ["three"]
    assert "Nothing was given to change." in desk.fails("edit", "1")
    desk.says("sign", "1")
    assert desk.entry()["ended"] is not None
    assert "is signed" in desk.fails("edit", "1", "--title", "x")


@pytest.mark.parametrize(("arguments", "says"), [
    (("--type", "hourly"), "hourly"), (("--begun", "soon"), "`soon` is no time"),
    (("--spent", "long"), "length of time"),
    (("--next", "x due:tomorrow"), "tomorrow"), (("--status", "bad"), "bad"),
    (("--begun", "2027-01-04 09:00", "--ended", "2027-01-03 09:00"), "ends before it begins")])
def test_an_entry_that_cannot_be(desk: Desk, arguments: tuple[str, ...], says: str) -> None:
    assert says in desk.fails("add", "x", *arguments)
    assert desk.json("list")["count"] == 0


def test_amendments_and_versions(desk: Desk) -> None:
    desk.says("add", "Swapped disk 3", "--task", "Disk 3", "--sign")
    assert desk.says("amend", "1", "--reason", "typo", "--title", "Swapped disk 4") == (
        "Entry 1 (change: Swapped disk 4) has amendment 1: title.\n")
    desk.says("amend", "1", "--reason", "more", "--append", "--task", "Rebuilt")
    assert desk.json("show", "1", "--original")["entry"]["title"] == "Swapped disk 3"
    found = desk.json("show", "1", "--version", "1")
    assert (found["entry"]["title"], len(found["entry"]["tasks"]), len(found["amendments"])) == ("Swapped disk 4", 1, 1)
    found = desk.json("show", "1")
    assert (len(found["entry"]["tasks"]), [one["reason"] for one in found["amendments"]]) == (2, ["typo", "more"])
    assert "Swapped disk 4 " in desk.says("list", "is:amended")
    assert desk.fails("amend", "1", "--reason", " ", "--title", "x")
    desk.says("add", "open")
    assert desk.fails("amend", "2", "--reason", "x", "--title", "y")


def test_a_second_person_signs(desk: Desk) -> None:
    desk.configure("logbook: {two_persons: [emergency]}\n")
    desk.says("add", "Web was down", "--type", "emergency")
    assert desk.says("sign", "1") == "Entry 1 (emergency: Web was down) is signed; it waits for a second person.\n"
    assert "has your signature already" in desk.fails("sign", "1")
    assert "is open again" in desk.says("return", "1", "--reason", "incomplete")
    assert desk.entry()["signatures"] == []


def test_files(desk: Desk, tmp_path: Path) -> None:
    desk.says("add", "x")
    (tmp_path / "smart.txt").write_text("all is well")
    assert desk.says("attach", "1", tmp_path / "smart.txt") == f"Attached {tmp_path}/smart.txt to entry 1.\n"
    desk.pipe(b"\x00\x01")
    assert desk.json("attach", "1", "-", "--name", "dump")["attachments"][0]["size"] == 2
    assert [one["name"] for one in desk.json("show", "1")["attachments"]] == ["smart.txt", "dump"]
    assert "cannot be" in desk.fails("attach", "1", tmp_path / "none")
    assert "One name" in desk.fails("attach", "1", "a", "b", "--name", "c")


def test_what_is_to_be_done(desk: Desk) -> None:
    desk.says("add", "x", "--next", "old @ben due:2020-01-01", "--next", "far due:2999-01-01", "--next", "whenever")
    assert [(one["entry"], one["place"], one["action"]["text"]) for one in desk.json("actions")["actions"]] == [
        (1, 1, "old"), (1, 2, "far"), (1, 3, "whenever")]
    assert desk.says("actions", "--due").split() == ["1", "1", "2020-01-01", "ben", "old", "(late)"]
    desk.says("sign", "1")
    assert "next action 1 is done" in desk.says("actions", "--done", "1", "1")
    assert desk.says("actions", "--due") == "Nothing is due.\n"
    desk.says("actions", "--done", "1", "1", "--undo")
    assert len(desk.json("actions", "--due")["actions"]) == 1
    assert desk.fails("actions", "--done", "1", "9")
    assert desk.entry()["actions"][0]["done"] is None


def test_what_is_dropped_is_out_of_sight(desk: Desk) -> None:
    desk.says("add", "a mistake")
    assert "is dropped" in desk.says("drop", "1", "--reason", "never happened")
    assert desk.json("list")["count"] == 0
    assert desk.json("list", "is:dropped")["count"] == 1
    assert "`is:opn`" in desk.fails("list", "is:opn") or "opn" in desk.fails("list", "is:opn")


def test_a_list_in_pages(desk: Desk) -> None:
    for number in range(5):
        desk.says("add", f"entry {number}", "--begun", f"2027-01-0{number + 1} 09:00")
    said = desk.says("list", "--limit", "2", "--offset", "1")
    assert [line.split()[0] for line in said.splitlines()] == ["4", "3", "2"]
    assert said.endswith("2 more; `--limit` and `--offset` show them.\n")
    assert desk.json("list", "entry 3")["count"] == 1


def test_exports(desk: Desk, tmp_path: Path) -> None:
    desk.says("add", "Weekly maintenance", *EVERYTHING)
    desk.says("add", "later", "--begun", "2027-02-01 00:00", "--ended", "2027-02-01 00:30")
    for count, period in ((1, "--day 2027-01-04"), (0, "--day 2027-01-05"), (1, "--week 2027-W01"),
                          (1, "--month 2027-01"), (0, "--month last"), (2, "--quarter 2027-Q1"), (2, "--year 2027"),
                          (0, "--since 2027-01-05 --until 2027-01-31"), (1, "--since 2027-01-01 --until 2027-01-04"),
                          (1, "--since 2027-02-01 --until 2027-02-01")):
        assert len(desk.json("export", *period.split())["entries"]) == count, period
    rows = list(csv.DictReader(io.StringIO(desk.says("export", "--year", "2027", "--format", "csv"), newline="")))
    assert [row["time_spent"] for row in rows] == ["1.50", ""]
    target = tmp_path / "log.html"
    target.write_text("old")
    assert desk.says("export", "--year", "2027", "--format", "html", "-o", target) == f"Wrote 2 entries to {target}.\n"
    assert "Weekly maintenance" in target.read_text()
    assert desk.fails("export", "-o", tmp_path / "no/log.html", status=4)
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(("arguments", "says"), [
    (("--day", "monday"), "`monday` is no day"), (("--week", "2027-W99"), "is no week"),
    (("--month", "2027"), "is no month"),
    (("--quarter", "2027-Q5"), "is no quarter"), (("--year", "0000"), "is no year"),
    (("--day", "2027-01-04", "--week", "this"), "more than one period"),
    (("--since", "2027-01-02", "--day", "today"), "more than one period"), (("--until", "2027-01-01"), "Since when"),
    (("--since", "2027-01-02", "--until", "2027-01-01"), "The period is empty")])
def test_a_period_that_is_none(desk: Desk, arguments: tuple[str, ...], says: str) -> None:
    assert says in desk.fails("export", *arguments)


def test_a_bundle_proves_itself(desk: Desk, tmp_path: Path) -> None:
    desk.says("add", "x", "--sign")
    head = desk.says("heads").strip()
    said = desk.says("bundle", "-o", tmp_path / "b.zip")
    assert said == (f"Wrote {tmp_path}/b.zip: 1 entries with 0 amendments, 0 checklists, 0 messages of"
                    " emergencies, 0 files, 2 entries of the"
                    f" audit trail, head {head}.\n")
    assert (tmp_path / "b.zip").stat().st_mode & 0o777 == 0o600
    assert "verify.py" in zipfile.ZipFile(tmp_path / "b.zip").namelist()
    assert desk.json("bundle", "-o", tmp_path / "b.zip")["head"] == head
    assert desk.fails("bundle", "-o", tmp_path / "no/b.zip", status=4)


def test_heads_in_a_file(desk: Desk, tmp_path: Path) -> None:
    desk.says("add", "x", "--sign")
    desk.says("heads", "--append", tmp_path / "heads")
    desk.says("add", "y")
    head = desk.says("heads", "--append", tmp_path / "heads").strip()
    assert head in desk.says("verify", "--heads", tmp_path / "heads")
    with sqlite3.connect(desk.records) as db:
        db.execute("DROP TRIGGER audit_no_delete")
        db.execute("DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)")
    assert desk("verify")[0] == 0
    code, said, _ = desk("verify", "--heads", tmp_path / "heads")
    assert (code, "the end of the trail was cut off" in said) == (1, True)
    assert "cannot be read" in desk.fails("verify", "--heads", tmp_path / "none", status=4)
    assert desk.fails("heads", "--append", tmp_path / "no/heads", status=4)


def test_a_viewer_may_look_only(desk: Desk) -> None:
    desk.says("add", "x", "--next", "y")
    desk.configure("roles: {admin: {users: [somebody]}}\n")
    desk.says("list")
    for arguments in (("add", "y"), ("new",), ("edit", "1", "--title", "z"), ("sign", "1"),
                      ("drop", "1", "--reason", "z"), ("amend", "1", "--reason", "z", "--title", "z"),
                      ("actions", "--done", "1", "1"), ("return", "1", "--reason", "z")):
        assert "takes the role" in desk.fails(*arguments, status=3)


def test_hostile_text_is_inert(desk: Desk) -> None:
    texts = [text[:500] for text in CORPUS if text.strip() and "\x00" not in text]
    for text in texts:
        given = f"x{text}"
        status, said, error = desk("add", "--task", given, "--by", given[:40], "--next", given, "--notes", given, "--",
                                   given)
        assert (status, error) == (0, "")
        assert_inert(said.removesuffix("\n"))
    shows = [("show", str(number + 1)) for number in range(len(texts))]
    for arguments in (("list", "--limit", "1000"), *shows, ("actions",), ("export", "--format", "json"), ("sign", "1")):
        _, said, error = desk(*arguments)
        assert_inert("".join((said + error).split("\n")))
    for text in texts:
        _, said, error = desk(f"x{text}")
        assert_inert("".join((said + error).split("\n")))


@pytest.mark.parametrize("arguments", [("list",), ("show", "1"), ("add", "y"), ("verify",), ("export",), ("heads",)])
def test_records_that_cannot_be_used(desk: Desk, arguments: tuple[str, ...]) -> None:
    desk.says("add", "x")
    raw = desk.records.read_bytes()
    for name in ("opsconsole.db-wal", "opsconsole.db-shm"):
        (desk.records.parent / name).unlink(missing_ok=True)
    with sqlite3.connect(desk.records) as db:
        db.execute("PRAGMA user_version = 9999")
    db.close()
    desk.fails(*arguments, status=4)
    desk.records.write_bytes(b"no database at all" * 1000)
    desk.fails(*arguments, status=4)
    desk.records.write_bytes(raw[:4096] + bytes(len(raw) - 4096))
    desk.fails(*arguments, status=4)


def test_an_unknown_command_is_told_with_the_nearest(desk: Desk) -> None:
    assert "There is no command `log sing`; did you mean `sign`?" in desk.fails("sing")
    assert json.loads(desk.says("verify", "--json"))["ok"]
