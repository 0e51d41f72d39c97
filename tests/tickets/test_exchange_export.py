"""Tickets as CSV, JSON lines and Markdown; and that no internal note ever leaves in what is public."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.plaintext import protected
from opsconsole.tickets.exchange import export
from opsconsole.tickets.exchange.export import Whole
from opsconsole.tickets.exchange.names import safe_name
from opsconsole.tickets.model import Attachment, Event, EventKind, Party, Ticket, changed, fold
from tests.hostile import CORPUS
from tests.tickets.commanding import Desk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Program = Callable[..., tuple[int, str, str]]

SECRET = "XyzzySecret"


@pytest.fixture
def desk(program: Program, home: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(program, home, monkeypatch)


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("text", ["=1+1", "+49 30 1234", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert protected(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=1", "it's", "'quoted'", "1"])
def test_other_cells_stay(text: str) -> None:
    assert protected(text) == text


@pytest.mark.parametrize("text", [*CORPUS, "a|b *c* <script>", "# x", "~~~~", "=HYPERLINK(1)"])
def test_foreign_text_stays_in_its_place(text: str) -> None:
    ticket = Ticket(1, title=text, description=text, state="new", requester=text, tags=(text,))
    events = [Event(1, 1, 0, EventKind.CREATED, text, Party.REQUESTER,
                    changes={"title": ("", text), "description": ("", text)}),
              Event(1, 2, 0, EventKind.MESSAGE, text, public=True, text=text)]
    for shown in (Whole(ticket, events), export.public(Whole(ticket, events))):
        row = export.csv_head(outside=isinstance(shown, export.Public)) + export.csv_row(
            shown if isinstance(shown, export.Public) else ticket)
        (read,) = csv.DictReader(io.StringIO(row, newline=""))
        assert read["title"] == protected(text)
        assert not re.match(r"[=+\-@\t\r]", read["title"])
        assert export.json_line(shown).isascii()
        assert json.loads(export.json_line(shown))
        document = export.markdown(shown)
        fences = [line for line in document.split("\n") if re.fullmatch("~{3,}", line)]
        assert document.split("\n")[0].startswith("## 1")
        assert len(fences) >= 4 or not text.strip()


KINDS = [kind for kind in EventKind if kind not in (EventKind.CREATED, EventKind.UNDONE)]
events_ = st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(Party), st.booleans(), st.booleans()), max_size=12)


@given(events_, st.sampled_from(Party), st.booleans(), st.lists(st.integers(2, 12), max_size=4))
def test_no_internal_note_leaves(drawn: list[tuple[EventKind, Party, bool, bool]], opener: Party, edited: bool,
                                 undone: list[int]) -> None:
    """Every text that is not a public message carries the secret; none of it may be in what is public."""
    def internal(name: str) -> str:
        return f"{SECRET} {name}"

    blank = Ticket(1)
    asked = opener is Party.REQUESTER
    events = [Event(1, 1, 0, EventKind.CREATED, internal("actor"), opener, text=internal("words"), changes=changed(
        blank, title="title", description="asked" if asked else internal("description"), assignee=internal("person"),
        team=internal("team"), tags=(internal("tag"),), requester=internal("requester"),
        requester_mail=internal("mail"), watchers=(internal("watcher"),), fields={internal("name"): internal("field")},
        root_cause=internal("cause"), knowledge=internal("document"), satisfaction_note=internal("rating"),
        alert_key=internal("alert"), voters=(internal("voter"),), version_seen=internal("version")))]
    if edited:
        events.append(Event(1, len(events) + 1, 1, EventKind.CHANGED, internal("actor"),
                            changes=changed(fold(events), description=internal("edited"))))
    for kind, party, is_public, _ in drawn:
        leaves = kind is EventKind.MESSAGE and is_public and party in (Party.REQUESTER, Party.STAFF)
        number = len(events) + 1
        text = "said" if leaves and number not in undone else internal("text")
        events.append(Event(1, number, 2, kind, internal("actor"), party, public=is_public, text=text,
                            data={"name": internal("file"), "note": internal("data")}))
    gone = [seq for seq in undone if seq <= len(events)]
    events.append(Event(1, len(events) + 1, 3, EventKind.UNDONE, internal("actor"), text=internal("undo"),
                        data={"seqs": gone}))
    files = [Attachment(1, 1, 2, internal("file"), 3, "text/plain", "0" * 64, internal("by"), 0),
             Attachment(2, 1, 2, internal("deleted"), 3, "text/plain", "0" * 64, "x", 0, public=True, deleted=1),
             Attachment(3, 1, 2, "screen.png", 3, "image/png", "0" * 64, internal("by"), 0, public=True)]
    shown = export.public(Whole(fold(events), events, files))
    for text in (export.csv_row(shown), export.json_line(shown), export.markdown(shown)):
        assert SECRET not in text
    assert len(shown.messages) == sum(event.text == "said" for event in events)
    assert shown.description == ("asked" if asked else "")
    assert shown.files == ("screen.png",)


def test_every_field_of_what_is_public_is_known_here() -> None:
    """Whoever adds one has to think about it, here and above."""
    assert set(export.Public.__struct_fields__) == {
        "number", "title", "state", "priority", "category", "created", "updated", "resolved", "release", "votes",
        "description", "messages", "files"}
    assert set(export.PUBLIC_COLUMNS) < set(export.Public.__struct_fields__)


@pytest.mark.parametrize(("name", "safe"), [
    ("trace.log", "trace.log"), ("../../etc/passwd", "passwd"), ("C:\\boot.ini", "boot.ini"), ("..", "attachment-7"),
    (".bashrc", "bashrc"), ("-rf", "rf"), ("", "attachment-7"), ("a\x1b]0;x\x07b", "a_]0_x_b"), ("///", "attachment-7"),
    ("naïve résumé (1).pdf", "naïve résumé (1).pdf"), ("x" * 300 + ".png", "x" * 116 + ".png"),
    ("$(reboot).sh", "(reboot).sh"), ("a\nb", "a_b"), ("con\u202egnp.exe", None)])
def test_safe_names(name: str, safe: str | None) -> None:
    made = safe_name(name, 7)
    assert made == safe or (safe is None and "\u202e" not in made)


@given(st.text())
def test_any_name_is_safe(name: str) -> None:
    made = safe_name(name, 7)
    assert made
    assert "/" not in made
    assert made[0] not in ".-"
    assert made.isprintable()
    assert len(made.encode()) <= 500


@pytest.fixture
def filled(desk: Desk) -> Desk:
    desk.configure()
    desk.new("=cmd|' /C calc'!A0", "--requester", "Eva", "--mail", "eva@example.com", "--text", "first\nsecond",
             "--tag", "a", "--tag", "b")
    desk.says("note", "1", "--text", f"{SECRET}: it is the intern")
    desk.says("reply", "1", "--text", "We look at it.")
    desk.new("other", "--category", "bug", "--assignee", "ana")
    return desk


def test_csv(filled: Desk) -> None:
    rows = table(filled.says("export"))
    assert [row["number"] for row in rows] in (["1", "2"], ["2", "1"])
    first = next(row for row in rows if row["number"] == "1")
    assert (first["title"], first["description"], first["tags"], first["priority"], first["messages"]) == (
        "'=cmd|' /C calc'!A0", "first\nsecond", "a,b", "medium", "2")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", first["created"])
    assert [row["number"] for row in table(filled.says("export", "assignee:ana"))] == ["2"]


def test_json_lines(filled: Desk) -> None:
    rows = [json.loads(line) for line in filled.says("export", "--json", "sort:number").splitlines()]
    assert {row["ticket"]["number"] for row in rows} == {1, 2}
    texts = [event["text"] for row in rows for event in row["events"] if event["kind"] == "message"]
    assert texts == [f"{SECRET}: it is the intern", "We look at it."]


def test_markdown(filled: Desk) -> None:
    text = filled.says("export", "--format", "markdown", "assignee:none")
    assert text.startswith("# Tickets\n\n## 1 =cmd\\|' /C calc'\\!A0\n\n- state: new\n")
    assert "~~~\nfirst\nsecond\n~~~" in text
    assert ", note\n\n~~~\n" in text


@pytest.mark.parametrize("kind", ["csv", "json", "markdown"])
def test_what_is_public(filled: Desk, kind: str) -> None:
    text = filled.says("export", "--public", "--format", kind)
    assert SECRET not in text
    assert "intern" not in text
    assert "eva@example.com" not in text
    assert ("We look at it." in text) is (kind != "csv")


def test_what_was_exported_can_be_imported(filled: Desk, tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    assert filled.says("export", "--output", str(path)) == f"Wrote 2 tickets to {path}.\n"
    assert "is there already" in filled.fails("export", "--output", str(path))
    assert "cannot be written" in filled.fails("export", "--output", str(tmp_path / "no/all.csv"))
    filled.says("import", str(path))
    titles = [row["title"] for row in table(filled.says("export"))]
    assert sorted(titles) == ["'=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0", "other", "other"]
    found: Any = filled.json("show", "4")["ticket"]
    assert {found["title"], filled.json("show", "3")["ticket"]["title"]} == {"=cmd|' /C calc'!A0", "other"}


def test_attachments_by_name(desk: Desk, tmp_path: Path) -> None:
    desk.new()
    file = tmp_path / "trace.log"
    file.write_text("boom")
    assert desk.says("attach", "1", str(file)) == f"Attached {file} to ticket 1.\n"
    desk.says("attach", "1", str(file), "--name", "../../etc/passwd")
    desk.pipe("from a pipe")
    assert desk.says("attach", "1", "-", "--name", "trace.log") == "Attached - to ticket 1.\n"
    assert desk.json("attach", "1", str(file), str(file))["tickets"][0]["attachments"] == 5
    assert re.search(r"file +3 +trace\.log +11 B, text/plain, by", desk.says("attachments", "1"))
    saved = desk.json("attachments", "1", "--save", str(tmp_path / "out"), "--id", "1", "--id", "2", "--id", "3")
    assert saved == {"saved": [f"{tmp_path}/out/{name}" for name in ("trace.log", "passwd", "trace-2.log")]}
    assert "One name cannot be that of several files." in desk.fails("attach", "1", "a", "b", "--name", "x")
    assert desk.fails("attach", "1", str(tmp_path / "missing"))
    assert "is a file" in desk.fails("attachments", "1", "--save", str(file))
    assert "cannot be written" in desk.fails("attachments", "1", "--save", str(file / "below"))
    desk.new("without")
    assert desk.says("attachments", "2") == "Ticket 2 has no files.\n"


def test_statistics(filled: Desk) -> None:
    filled.says("take", "1")
    filled.says("move", "1", "resolved")
    text = filled.says("stats")
    assert "created 2, resolved 1" in text
    assert re.search(r"promises kept +\d+ %", text)
    found = filled.json("stats", "--period", "year", "assignee:ana")
    assert (found["created"], found["resolved"]) == (1, 0)
    rows = filled.says("stats", "--csv", "--period", "week").splitlines()
    assert rows[:3] == ["figure,of,value,count,goal,standing", "created,,2,,,", "resolved,,1,,,"]
    assert "`soon` is no period." in filled.fails("stats", "--period", "soon")


def test_statistics_of_nothing(desk: Desk) -> None:
    assert "There are no tickets yet." in desk.fails("stats")


def test_kept_mail(desk: Desk, tmp_path: Path) -> None:
    desk.configure()
    desk.pipe(b"Auto-Submitted: auto-replied\r\nFrom: support@example.com\r\nSubject: loop\r\n\r\nx")
    desk.says("mail")
    listed = desk.json("kept")["mails"]
    assert [one["id"] for one in listed] == [1]
    assert "loop" in desk.says("kept")
    assert desk.says("kept", "--save", str(tmp_path)) == f"{tmp_path}/1.eml\n"
    assert (tmp_path / "1.eml").read_bytes().endswith(b"\r\n\r\nx")
    assert "is there already" in desk.fails("kept", "--save", str(tmp_path))
    assert desk.says("kept", "--done", "1") == "No mail waits to be looked at.\n"
    assert "dealt with it" in desk.says("kept", "--all")
    assert "There is no kept mail 9." in desk.fails("kept", "--done", "9", status=1)
