"""Tickets from CSV files: what columns and words become, mistakes with their places, all or nothing."""

from __future__ import annotations

import csv
import io
import tracemalloc
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.errors import OpsError, UsageError
from opsconsole.tickets.exchange.columns import FIELDS, columns_of
from opsconsole.tickets.exchange.csvimport import Imported, Reader, Wishes, encoding_of
from opsconsole.tickets.exchange.values import moment_of, plain, priority_of, state_of, tags_of, unprotected
from opsconsole.tickets.model import Priority
from opsconsole.tickets.settings import TicketSettings
from tests.tickets.commanding import Desk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Program = Callable[..., tuple[int, str, str]]

MANY = 40_000
"""Rows: their text is larger than the memory that they may take."""
SETTINGS = TicketSettings()
NOW = 1_795_687_200_000
"""2026-11-26 10:00 UTC."""
PRIORITIES = "give urgent, high, medium or low, or P0 to P3"
STATES = "give one of new, open, waiting, resolved, closed; or say with --state what it means"
CATEGORIES = "technical, billing, bug, feature; --category takes it for one"
TIMES = "give a time such as 2026-03-02 18:00; for another form give --date-format"
JIRA = """Issue key,Summary,Status,Priority,Issue Type,Created,Resolved,Reporter,Assignee,Labels,Description,Watchers
OPS-1,Printer on fire,Done,1 - High,Bug,12/Mar/24 3:45 PM,13/Mar/24 9:00 AM,Eva Kunz,ana,"office, fire",It smokes.,7
OPS-2,Slow search,In Progress,Lowest,Bug,2024-05-01 10:00,,Ben Ray,,,"line one
line two",0
"""


@pytest.fixture
def desk(program: Program, home: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(program, home, monkeypatch)


def reader(text: str | bytes, **wishes: Any) -> Reader:
    raw = text.encode() if isinstance(text, str) else text
    return Reader(io.BytesIO(raw), SETTINGS, NOW, UTC, Wishes(**wishes))


def one(text: str | bytes, **wishes: Any) -> Imported:
    found = reader(text, **wishes)
    (made,) = found
    assert found.mistakes == []
    return made


def mistakes(text: str, **wishes: Any) -> list[tuple[int, str, str]]:
    found = reader(text, **wishes)
    list(found)
    return [(each.line, each.column, each.says) for each in found.mistakes]


def at(*moment: int) -> int:
    return round(datetime(*moment, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type, misc]


def test_an_export_of_another_system() -> None:
    found = reader(JIRA)
    first, second = found
    assert found.mistakes == []
    assert {column.name: column.field for column in found.columns} == {
        "Issue key": "id", "Summary": "title", "Status": "state", "Priority": "priority", "Issue Type": "category",
        "Created": "created", "Resolved": "resolved", "Reporter": "requester", "Assignee": "assignee",
        "Labels": "tags", "Description": "description", "Watchers": "-"}
    assert (first.origin, first.new.title, first.state, first.new.priority, first.new.category) == (
        "OPS-1", "Printer on fire", "closed", Priority.HIGH, "bug")
    assert (first.new.at, first.resolved) == (at(2024, 3, 12, 15, 45), at(2024, 3, 13, 9, 0))
    assert (first.new.tags, first.new.requester, first.new.assignee) == (("office", "fire"), "Eva Kunz", "ana")
    assert (second.line, second.state, second.resolved, second.new.description) == (
        3, "in progress", None, "line one\nline two")


@pytest.mark.parametrize("name", sorted({name for names in FIELDS.values() for name in names}))
def test_every_known_name_becomes_its_field(name: str) -> None:
    field = next(field for field, names in FIELDS.items() if name in names)
    header = [name.title().replace(" ", "_"), *(["title"] if field != "title" else [])]
    assert columns_of(header, {})[0].field == field


def test_columns_as_somebody_says() -> None:
    columns = columns_of(["Topic", "Title", "Env", "fields.url"], {"topic": "title", "Env": "fields.environment"})
    assert [(one.field, one.said) for one in columns] == [
        ("title", True), ("-", False), ("fields.environment", True), ("fields.url", False)]
    assert [one.field for one in columns_of(["a", "Subject"], {"Subject": "title", "a": "-"})] == ["-", "title"]


@pytest.mark.parametrize(("header", "said", "says"), [
    (["Topic"], {}, "No column is known to hold the title."),
    (["Title"], {"Subject": "title"}, "There is no column `Subject` in the file."),
    (["Title"], {"Title": "colour"}, "No column can become `colour`."),
    (["a", "b"], {"a": "title", "b": "title"}, "The columns a, b become the same field.")])
def test_columns_that_cannot_be(header: list[str], said: dict[str, str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        columns_of(header, said)


@pytest.mark.parametrize(("raw", "encoding"), [
    ("Title\ncafé".encode(), "utf-8"), ("Title\ncafé".encode("utf-8-sig"), "utf-8-sig"),
    ("Title\ncafé".encode("latin-1"), "cp1252"), ("Title\ncafé".encode("utf-16"), "utf-16")])
def test_encodings(raw: bytes, encoding: str) -> None:
    assert encoding_of(io.BytesIO(raw)) == encoding
    assert one(raw).new.title == "café"


def test_an_encoding_that_breaks_late() -> None:
    assert encoding_of(io.BytesIO(b"x" * 3_000_000 + b"\xff")) == "cp1252"
    assert encoding_of(io.BytesIO(b"x" * 3_000_000 + "é".encode()[:1])) == "cp1252"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_what_stands_between_cells(separator: str) -> None:
    made = one(separator.join(("Title", "Status", '"a, b; c"')) + "\n" + separator.join(("x", "new", "y")) + "\n")
    assert (made.new.title, made.state) == ("x", "new")


def test_a_quotation_mark_that_never_ends() -> None:
    with pytest.raises(UsageError, match="Line 2 of the file is longer than 4194304 characters"):
        list(reader('Title\n"' + "x" * 5_000_000))
    with pytest.raises(UsageError, match=r"Line \d+ of the file cannot be read: field larger than field limit"):
        list(reader('Title\n"' + "x\n" * 2_200_000))


@pytest.mark.parametrize(("rows", "expected"), [
    ("Title,Priority\nx,soon\n", [(2, "Priority", "`soon` is no priority; " + PRIORITIES)]),
    ("Title,Status\n\nx,gone\n", [(3, "Status", "`gone` is no state; " + STATES)]),
    ("Title,Type\nx,garden\n", [(2, "Type", "`garden` is none of " + CATEGORIES)]),
    ("Title,Created\nx,01/02/2024\n", [(2, "Created", "`01/02/2024` is no time; " + TIMES)]),
    ("Title,Status,Created,Closed\nx,closed,2024-03-02,2024-03-01\n",
     [(2, "Closed", "it was resolved before it was created")]),
    ("Title,CSAT\nx,9\n", [(2, "CSAT", "`9` is none of 1 to 5")]),
    ("Title\n\" \",y\n", [(2, "Title", "there is no title"), (2, "", "the row has 2 cells, the first line 1")]),
    ("Title,Assignee\n" + "t" * 201 + "," + "a" * 81 + "\n",
     [(2, "Title", "it is longer than 200 characters"), (2, "Assignee", "it is longer than 80 characters")])])
def test_mistakes_say_where(rows: str, expected: list[tuple[int, str, str]]) -> None:
    assert mistakes(rows) == expected


def test_very_many_mistakes_end_the_search() -> None:
    assert len(mistakes("Title,Priority\n" + "x,soon\n" * 500)) == 50


def test_wishes() -> None:
    assert one("Title,Status\nx,gone\n", states={"Gone": "closed"}).state == "closed"
    assert one("Title,Type\nx,garden\n", category="bug").new.category == "bug"
    assert one("Title\nx\n", category="bug").new.category == "bug"
    assert one("Title,Created\nx,03-02-24\n", date_form="%d-%m-%y").new.at == at(2024, 2, 3)


def test_what_a_file_does_not_say() -> None:
    made = one("Title\n  a   b \n")
    assert (made.new.title, made.new.at, made.state, made.resolved, made.new.priority, made.new.category) == (
        "a b", NOW, "new", None, None, "technical")
    assert one("Title,Closed\nx,2024-03-01\n").state == "resolved"


@pytest.mark.parametrize(("text", "priority"), [
    ("Urgent", 0), ("P0", 0), ("Blocker", 0), ("1 - High", 1), ("MAJOR", 1), ("normal", 2), ("3_low", 3), ("p3", 3)])
def test_priorities(text: str, priority: int) -> None:
    assert priority_of(text) is Priority.of_rank(priority)


@pytest.mark.parametrize(("text", "state"), [
    ("In Progress", "in progress"), ("in_progress", "in progress"), ("to do", "reported"), ("On Hold", "waiting"),
    ("Won't fix", "closed"), ("WIP", "triage"), ("Resolved", "resolved"), ("Done", "closed")])
def test_states_of_a_bug(text: str, state: str) -> None:
    assert state_of(text, SETTINGS.all_lifecycles["bug"], {}) == state


@pytest.mark.parametrize(("text", "moment"), [
    ("2024-03-01", (2024, 3, 1)), ("2024-03-01T10:00:00Z", (2024, 3, 1, 10)),
    ("2024-03-01 10:00:00 UTC", (2024, 3, 1, 10)), ("2024-03-01T10:00:00+02:00", (2024, 3, 1, 8)),
    ("01.03.2024 10:30", (2024, 3, 1, 10, 30)), ("1 Mar 2024", (2024, 3, 1)), ("Mar 1, 2024", (2024, 3, 1)),
    ("2024/03/01 10:00", (2024, 3, 1, 10))])
def test_times(text: str, moment: tuple[int, ...]) -> None:
    assert moment_of(text, UTC) == at(*moment)


@pytest.mark.parametrize("text", ["", "soon", "1/2/2024", "0001-01-01", "1969-12-31", "9" * 50])
def test_no_times(text: str) -> None:
    with pytest.raises(ValueError, match="a time"):
        moment_of(text, UTC)


def test_tags() -> None:
    assert tags_of("VPN, Big Printer;#vpn|x\ny") == ("vpn", "big-printer", "x", "y")


@given(st.text())
def test_no_word_breaks_anything(text: str) -> None:
    plain(text)
    tags_of(text)
    for read in (priority_of, lambda word: moment_of(word, UTC)):
        try:
            read(text)
        except ValueError:
            continue


@given(st.lists(st.lists(st.text(max_size=30), min_size=1, max_size=6), max_size=20), st.sampled_from(
    ["utf-8", "utf-16", "utf-8-sig"]))
def test_any_table_is_read_or_refused_with_a_sentence(rows: list[list[str]], encoding: str) -> None:
    made = io.StringIO()
    csv.writer(made).writerows([["Title", "Status", "Created"], *rows])
    raw = made.getvalue().encode(encoding, "replace")
    try:
        found = reader(raw)
        count = len(list(found))
    except OpsError:
        return
    assert count == found.count


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_with_a_sentence(raw: bytes) -> None:
    try:
        list(reader(b"Title,Status\n" + raw))
        list(reader(raw))
    except OpsError:
        return


@given(st.text())
def test_the_apostrophe_is_taken_away_again(text: str) -> None:
    from opsconsole.core.plaintext import protected

    assert unprotected(protected(text)) == text


def test_very_many_rows_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("w") as file:
        file.write("Title,Status,Description\n")
        for number in range(MANY):
            file.write(f"title {number},new,{'words ' * 20}\n")
    with path.open("rb") as opened:
        found = Reader(opened, SETTINGS, NOW, UTC)
        tracemalloc.start()
        try:
            assert sum(1 for _ in found) == MANY
            assert tracemalloc.get_traced_memory()[1] < 4_000_000
        finally:
            tracemalloc.stop()


def test_a_dry_run_says_what_each_column_becomes(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "jira.csv"
    path.write_bytes(JIRA.replace("smokes", "raucht süß").encode("latin-1"))
    said = desk.says("import", str(path), "--dry-run")
    assert f"{path}: read as cp1252, because it is no UTF-8, a comma between the cells.\n" in said
    assert "  Summary      becomes title\n" in said
    assert "  Watchers     is left out\n" in said
    assert said.endswith("2 tickets can be imported.\n")
    assert "becomes fields.seen (as you say)" in desk.says("import", str(path), "--dry-run", "--map",
                                                           "Watchers=fields.seen")
    found = desk.json("import", str(path), "--dry-run")
    assert (found["encoding"], found["count"], found["columns"][1]) == (
        "cp1252", 2, {"name": "Summary", "field": "title"})
    assert desk.json("list", "sort:number")["count"] == 0, "nothing is stored"


def test_mistakes_store_nothing(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text("Title,Priority\nfine,high\nx,soon\n")
    status, output, error = desk("import", str(path))
    assert (status, error) == (2, f"{path}:3: Priority: `soon` is no priority; {PRIORITIES}\n")
    assert output.endswith("1 ticket could be imported; there is 1 mistake, so nothing is.\n")
    assert not (desk.home / ".local/share/opsconsole/opsconsole.db").exists()


def test_what_is_imported(desk: Desk, tmp_path: Path) -> None:
    desk.configure()
    path = tmp_path / "jira.csv"
    path.write_text(JIRA + "OPS-3,Rated,Closed,Medium,Technical,2024-05-01,2024-05-02,,,,,\n")
    assert desk.says("import", str(path)) == "Imported 3 tickets: 1 to 3.\n"
    first, second = desk.json("show", "1"), desk.json("show", "2")
    one = first["ticket"]
    assert (one["state"], one["phase"], one["source"], one["fields"], one["tags"]) == (
        "closed", "done", "import", {"origin": "OPS-1"}, ["office", "fire"])
    assert one["resolved"] - one["created"] == 17 * 3_600_000 + 15 * 60_000
    assert (second["ticket"]["state"], second["ticket"]["resolved"]) == ("in progress", None)
    kinds = [event["kind"] for event in second["events"]]
    assert kinds.count("breached") == kinds.count("waived")
    assert [row["late"] for row in desk.json("list")["tickets"]] == [False], "nobody is woken for what was late before"
    assert desk.json("list", "is:done", "smokes")["count"] == 1
    assert [event["batch"] for event in first["events"]] == [1] * len(first["events"])
    desk.pipe("Title\nfrom a pipe\n")
    assert desk.says("import", "-") == "Imported 1 ticket: 4 to 4.\n"


def test_imports_that_cannot_be(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    assert "cannot be read: No such file" in desk.fails("import", str(path))
    path.write_text("")
    assert "The file is empty." in desk.fails("import", str(path))
    path.write_text("Title\n")
    assert "There are no tickets in the file." in desk.fails("import", str(path))
    path.write_text("Title\nx\n")
    assert "`x` is not NAME=VALUE." in desk.fails("import", str(path), "--map", "x")
    assert "There is no category `garden`." in desk.fails("import", str(path), "--category", "garden")
    desk.configure("roles: {operator: {users: [root]}, admin: {users: [somebody-else]}}")
    assert "takes the role supervisor" in desk.fails("import", str(path), status=3)
