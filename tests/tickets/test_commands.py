"""`opsconsole ticket …`: what people write, change, read and take back from the command line."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.tickets.model import MOST_TEXT
from tests.hostile import CORPUS, assert_inert
from tests.tickets.commanding import Desk

if TYPE_CHECKING:
    from collections.abc import Callable

    Program = Callable[..., tuple[int, str, str]]


@pytest.fixture
def desk(program: Program, home: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(program, home, monkeypatch)


def events(desk: Desk, number: int = 1) -> list[tuple[str, str]]:
    return [(one["kind"], one["text"]) for one in desk.json("show", str(number))["events"]]


def test_without_a_database_there_is_nothing(desk: Desk) -> None:
    assert desk.says("list") == "No ticket is open.\n"
    assert desk.says("list", "printer") == "No ticket fits.\n"
    assert desk.json("list") == {"filter": "is:open", "count": 0, "tickets": []}
    assert "There is no ticket 7." in desk.fails("show", "7")
    assert "There is no ticket 7." in desk.fails("reply", "7", "--text", "x")
    assert desk.says("views").splitlines()[0].split() == ["0", "open", "is:open"]
    assert not (desk.home / ".local/share/opsconsole/opsconsole.db").exists(), "looking makes no file"


def test_a_new_ticket_in_one_line(desk: Desk) -> None:
    desk.configure()
    said = desk.says("new", "printer", "on", "fire", "--category", "bug", "--priority", "P0", "--team", "ops",
                     "--assignee", "me", "--tag", "office", "--requester", "Eva", "--mail", "eva@example.com",
                     "--set", "fields.url=https://example.com/a", "--set", "version-seen=2.1", "--text", "It smokes.")
    assert said == "Ticket 1 is open: printer on fire (reported, urgent, bug, root).\n".replace("root", me())
    one = desk.json("show", "1")["ticket"]
    assert {name: one[name] for name in ("title", "description", "priority", "team", "tags", "requester", "fields",
                                         "requester_mail", "version_seen", "source", "assignee")} == {
        "title": "printer on fire", "description": "It smokes.", "priority": "urgent", "team": "ops",
        "tags": ["office"], "requester": "Eva", "requester_mail": "eva@example.com", "version_seen": "2.1",
        "fields": {"url": "https://example.com/a"}, "source": "command", "assignee": me()}


def me() -> str:
    import pwd
    return pwd.getpwuid(os.getuid()).pw_name


def test_the_description_comes_through_the_pipe(desk: Desk) -> None:
    desk.pipe("# Steps\n1. print\n")
    assert desk.new() == 1
    assert desk.json("show", "1")["ticket"]["description"] == "# Steps\n1. print"


def test_a_new_ticket_from_the_editor(desk: Desk) -> None:
    desk.editor("slow search\n\nsince the update\n")
    assert desk.says("new").startswith("Ticket 1 is open: slow search (")
    assert desk.json("show", "1")["ticket"]["description"] == "since the update"
    desk.editor("")
    assert "There is no text" in desk.fails("new")
    desk.editor("x", code=3)
    assert "Editing failed" in desk.fails("new")
    assert "A ticket needs a title." in desk.fails("new")
    assert desk.json("list")["count"] == 1


@pytest.mark.parametrize(("arguments", "says"), [
    (("--set", "x"), "`x` is not FIELD=VALUE"), (("--set", "state=closed"), "`state` cannot be given"),
    (("--set", "impact=much"), "`much` is no value for impact"), (("--priority", "now"), "no priority `now`"),
    (("--category", "garden"), "garden"), (("--team", "nobody"), "nobody")])
def test_a_new_ticket_that_cannot_be(desk: Desk, arguments: tuple[str, ...], says: str) -> None:
    assert says in desk.fails("new", "x", *arguments)
    assert desk.json("list")["count"] == 0


def test_what_a_command_prints_is_kept_as_it_is(desk: Desk) -> None:
    desk.new()
    desk.pipe("Filesystem  Size\n/dev/sda1    20G\n# not a heading\n```\n")
    assert desk.says("note", "1") == "Noted in ticket 1.\n"
    desk.pipe("one line only\n")
    desk.says("note", "1")
    desk.pipe("*this* is\nMarkdown\n")
    desk.says("note", "1", "--text", "-")
    desk.pipe(b"caf\xe9\n")
    desk.says("note", "1")
    assert [text for kind, text in events(desk) if kind == "message"] == [
        "````\nFilesystem  Size\n/dev/sda1    20G\n# not a heading\n```\n````", "one line only",
        "*this* is\nMarkdown", "caf\\xe9"]
    assert all(not one["public"] for one in desk.json("show", "1")["events"])


def test_output_that_is_too_long_becomes_a_file(desk: Desk, tmp_path: Path) -> None:
    desk.new()
    raw = b"".join(b"%d bottles of beer\n" % number for number in range(40_000))
    desk.pipe(raw)
    assert desk.says("note", "1") == "Noted in ticket 1; all of it is the attachment output.txt.\n"
    text = events(desk)[-1][1] if events(desk)[-1][0] == "message" else events(desk)[-2][1]
    assert text.startswith("This is the beginning of 849 KiB; all of it is attached as output.txt.\n\n```\n0 bottles")
    assert len(text) < MOST_TEXT
    assert desk.says("attachments", "1", "--save", tmp_path / "new") == f"{tmp_path}/new/output.txt\n"
    assert (tmp_path / "new/output.txt").read_bytes() == raw


def test_output_that_is_longer_than_a_file_may_be(desk: Desk) -> None:
    desk.configure("tickets: {attachments: {most: 1500kB}}")
    desk.new()
    desk.pipe(b"x" * 1_900_000)
    desk.says("note", "1")
    (file,) = desk.json("attachments", "1")["attachments"]
    assert file["size"] == 1_500_000
    assert "The last 391 KiB were left out" in "".join(text for _, text in events(desk))


def test_a_note_needs_a_text(desk: Desk, tmp_path: Path) -> None:
    desk.new()
    assert "There is no text, so nothing was written." in desk.fails("note", "1")
    assert "There is no text" in desk.fails("note", "1", "--text", " \n")
    (tmp_path / "trace.log").write_text("boom")
    assert desk.says("note", "1", "--attach", str(tmp_path / "trace.log")) == "Noted in ticket 1.\n"
    assert [one["name"] for one in desk.json("attachments", "1")["attachments"]] == ["trace.log"]


def test_what_was_written_is_kept_when_it_cannot_be_stored(desk: Desk) -> None:
    desk.new()
    desk.pipe("long thoughts")
    error = desk.fails("note", "7", status=1)
    kept = re.search(r"What you wrote is kept in (\S+)\.\n", error)
    assert kept is not None
    assert Path(kept[1]).read_text() == "long thoughts"
    assert Path(kept[1]).stat().st_mode & 0o777 == 0o600


def test_a_note_from_the_editor_names_its_ticket(desk: Desk) -> None:
    desk.new("slow search")
    desk.editor("found it")
    desk.says("note", "1")
    assert events(desk)[-1] == ("message", "found it")
    desk.editor("")
    assert "There is no ticket 8" in desk.fails("note", "8", status=1)


def test_a_reply_says_when_it_leaves(desk: Desk) -> None:
    desk.configure()
    desk.new("slow", "--requester", "Eva", "--mail", "eva@example.com")
    said = desk.says("reply", "1", "--text", "We look at it.")
    assert re.fullmatch(r"The reply to eva@example\.com leaves at .*\. Until then `opsconsole ticket undo` takes it"
                        r" back\.\n", said)
    assert desk.says("undo") == "Taken back in ticket 1.\n"
    assert [one["state"] for one in desk.json("show", "1")["mail"].values()] == ["cancelled"]
    desk.new("nobody asked")
    assert "No mail leaves: the requester has no address." in desk.says("reply", "2", "--text", "Well.")
    desk.configure("tickets: {}")
    assert "No mail leaves: no address to send from is configured." in desk.says("reply", "1", "--text", "x")


def test_a_canned_reply(desk: Desk) -> None:
    desk.configure()
    desk.new("slow", "--requester", "Eva")
    desk.says("reply", "1", "--canned", "asked")
    assert events(desk)[-1] == ("message", "Dear Eva, which version is it?")
    desk.editor("PS: ")
    desk.says("reply", "1", "--canned", "asked")
    assert events(desk)[-1] == ("message", "PS: Dear Eva, which version is it?")
    assert "did you mean `asked`?" in desk.fails("reply", "1", "--canned", "aked")


def test_the_life_of_a_ticket(desk: Desk) -> None:
    desk.new("search", "--category", "bug")
    assert desk.says("take", "1") == "Ticket 1 is yours.\n"
    for state in ("triage", "assigned", "in progress", "testing"):
        assert desk.says("move", "1", *state.split()) == f"Ticket 1 is {state}.\n"
    assert "no step leads there from testing" in desk.fails("move", "1", "deployed", status=1)
    desk.says("move", "1", "resolved", "--text", "It was the index.", "--internal")
    assert "release" in desk.fails("move", "1", "deployed", status=1)
    assert desk.says("move", "1", "deployed", "--set", "release=2.1") == "Ticket 1 is deployed.\n"
    assert desk.says("close", "1") == "Ticket 1 is closed.\n"
    assert "cannot be closed from the state it is in" in desk.fails("close", "1")
    one = desk.json("show", "1")["ticket"]
    assert (one["state"], one["phase"], one["release"]) == ("closed", "done", "2.1")


def test_many_at_once_are_one_change_and_one_undo(desk: Desk) -> None:
    for title in ("one", "two", "three"):
        desk.new(title)
    done = desk.json("move", "1", "#2", "3,", "open")
    assert [one["state"] for one in done["tickets"]] == ["open"] * 3
    assert desk.says("priority", "1", "2", "p1") == "Tickets 1 and 2 are high.\n"
    assert desk.says("assign", "1", "2", "3", "ana") == "Tickets 1, 2 and 3 are with ana.\n"
    assert desk.says("tag", "1", "2", "+vpn,office") == "Changed the tags of tickets 1 and 2.\n"
    assert desk.says("tag", "1", "--remove", "vpn") == "Changed the tags of ticket 1.\n"
    assert desk.says("undo") == "Taken back in ticket 1.\n"
    assert desk.says("undo") == "Taken back in tickets 1 and 2.\n"
    assert desk.says("undo") == "Taken back in tickets 1, 2 and 3.\n"
    assert desk.says("undo", str(done["batch"])) == "Taken back in tickets 1, 2 and 3.\n"
    rows = desk.json("list")["tickets"]
    assert {(one["state"], one["assignee"], tuple(one["tags"])) for one in rows} == {("new", "", ())}
    assert {one["priority"] for one in rows} == {"high", "medium"}


def test_all_or_none(desk: Desk) -> None:
    desk.new("one")
    desk.new("two")
    desk.says("move", "2", "open")
    assert "it is open already" in desk.fails("move", "1", "2", "open", status=1)
    assert "There is no ticket 9." in desk.fails("assign", "1", "9", "ana", status=1)
    assert [one["state"] for one in desk.json("list")["tickets"]] in (["new", "open"], ["open", "new"])


def test_closing_tickets_of_different_kinds(desk: Desk) -> None:
    desk.new("a bug", "--category", "bug")
    desk.new("a question")
    desk.says("assign", "1", "2", "me")
    error = desk.fails("close", "1", "2", "--text", "x")
    assert "These tickets end in different states: 1 in closed, 2 in resolved." in error
    assert desk.says("close", "2") == "Ticket 2 is resolved.\n"
    assert "message" in desk.fails("close", "1", status=1)
    assert desk.says("close", "1", "--text", "cannot be seen here") == "Ticket 1 is closed.\n"


def test_nothing_to_change(desk: Desk) -> None:
    desk.new()
    desk.says("priority", "1", "high")
    assert desk.says("priority", "1", "high") == "It was so already; nothing had to be changed.\n"


def test_editing(desk: Desk) -> None:
    desk.new("wish", "--category", "feature")
    assert desk.says("edit", "1", "title=better search", "impact=4", "effort=2", "tags=ui, search",
                     "fields.url=https://a.example", "priority=P1", "version-seen=3") == "Changed ticket 1.\n"
    one = desk.json("show", "1")["ticket"]
    assert (one["title"], one["impact"], sorted(one["tags"]), one["fields"], one["priority"], one["version_seen"]) == (
        "better search", 4, ["search", "ui"], {"url": "https://a.example"}, "high", "3")
    assert "A ticket has no field `colour`." in desk.fails("edit", "1", "colour=red")
    assert "state" in desk.fails("edit", "1", "state=closed")
    assert "`high` is no value for impact" in desk.fails("edit", "1", "impact=high")


def ticket_of(desk: Desk) -> dict[str, Any]:
    """The first ticket."""
    found: dict[str, Any] = desk.json("show", "1")["ticket"]
    return found


def test_lists_of_a_ticket_are_added_to_or_given_anew(desk: Desk) -> None:
    desk.new()
    desk.says("edit", "1", "tags=vpn,office", "watchers=ana")
    desk.says("edit", "1", "tags=+slow,-office,+vpn", "watchers=+ben")
    ticket = ticket_of(desk)
    assert (ticket["tags"], ticket["watchers"]) == (["vpn", "slow"], ["ana", "ben"])
    desk.says("edit", "1", "tags=", "watchers=cem")
    ticket = ticket_of(desk)
    assert (ticket["tags"], ticket["watchers"]) == ([], ["cem"])


def test_watching_wishing_and_rating(desk: Desk) -> None:
    desk.new()
    desk.new()
    assert desk.says("watch", "1", "2") == "Tickets 1 and 2 are watched by you.\n"
    assert desk.says("watch", "1", "--person", "ben") == "Ticket 1 is watched by ben.\n"
    assert desk.says("watch", "1", "--remove") == "Ticket 1 is not watched any more by you.\n"
    assert ticket_of(desk)["watchers"] == ["ben"]
    assert desk.says("vote", "1", "--for", "Kim@example.com") == "Ticket 1 has 1 vote.\n"
    assert "It was so already" in desk.says("vote", "1", "--for", "kim@example.com")
    assert desk.says("vote", "1") == "Ticket 1 has 2 votes.\n"
    assert desk.says("vote", "1", "--remove") == "Ticket 1 has 1 vote.\n"
    assert desk.says("rate", "1", "4", "--text", "quick") == "Ticket 1 is rated 4 of 5.\n"
    assert (ticket_of(desk)["satisfaction"], ticket_of(desk)["satisfaction_note"]) == (4, "quick")
    assert "6 is not in the range" in desk.fails("rate", "1", "6")


def test_what_belongs_together(desk: Desk) -> None:
    for title in ("one", "two"):
        desk.new(title)
    assert desk.says("link", "1", "blocks", "2") == "Linked: ticket 1 blocks 2.\n"
    assert [one["kind"] for one in desk.json("show", "2")["ticket"]["links"]] == ["blocked-by"]
    assert "blocks #2 two" in " ".join(desk.says("show", "1").split())
    assert desk.says("link", "1", "blocks", "2", "--remove") == "The link is gone: ticket 1 blocks 2.\n"
    assert "did you mean `relates`?" in desk.fails("link", "1", "relate", "2")
    assert desk.says("merge", "2", "1") == "Ticket 2 goes on as ticket 1.\n"
    assert desk.says("unmerge", "2") == "Ticket 2 is one of its own again, new.\n"
    desk.says("note", "1", "--text", "a different problem")
    seq = desk.json("show", "1")["events"][-1]["seq"]
    assert desk.says("split", "1", str(seq), "the", "other", "one") == "Ticket 3 is open: the other one.\n"
    assert desk.json("show", "3")["ticket"]["description"] == "a different problem"


def test_promises(desk: Desk) -> None:
    desk.configure()
    desk.new("slow", "--requester", "Eva", "--mail", "eva@example.com", "--priority", "urgent")
    assert desk.says("ack", "1", "--text", "on it") == "Ticket 1 is acknowledged.\n"
    assert "has broken no promise of this kind" in desk.fails("waive", "1", "resolution", "--reason", "x")
    assert desk.fails("waive", "1", "resolution", "--segment", "9", "--reason", "x", status=1)
    clocks = desk.json("show", "1")["clocks"]
    assert {one["kind"] for one in clocks} >= {"resolution"}
    assert "in 1 h 59 min" in desk.says("list") or "in 14 min" in desk.says("list")


def test_lists_and_views(desk: Desk) -> None:
    desk.configure()
    desk.new("printer on fire", "--tag", "office")
    desk.new("slow search", "--assignee", "me")
    desk.new("printer again", "--priority", "low")
    found = desk.says("list").splitlines()
    assert found[0].split()[:3] == ["#", "P", "Title"]
    assert len(found) == 4
    assert all(len(line) <= 100 for line in found)
    assert [one["number"] for one in desk.json("list", "--view", "printers")["tickets"]] in ([1, 3], [3, 1])
    assert [one["number"] for one in desk.json("list", "--view", "printers", "tag:office")["tickets"]] == [1]
    assert [one["number"] for one in desk.json("list", "assignee:me")["tickets"]] == [2]
    assert [one["number"] for one in desk.json("list", "on fire")["tickets"]] == [1], "quoted in the shell"
    assert "slow" not in desk.says("list", "--", "printer", "-tag:office")
    assert desk.says("list", "--limit", "1").endswith("2 more; `--limit` and `--offset` show them.\n")
    assert len(desk.json("list", "--limit", "5", "--offset", "2")["tickets"]) == 1
    assert "did you mean `printers`?" in desk.fails("list", "--view", "printer")
    assert "priority" in desk.fails("list", "priority:nonsense")
    counts = {one["name"]: one["count"] for one in desk.json("views")["views"]}
    assert (counts["open"], counts["mine"], counts["printers"]) == (3, 1, 2)
    assert re.search(r"(?m)^ +2  printers +is:open printer$", desk.says("views"))


def test_show_prints_what_the_screen_shows(desk: Desk) -> None:
    desk.configure()
    desk.new("slow", "--requester", "Eva", "--mail", "eva@example.com", "--text", "It is *slow*.")
    desk.says("reply", "1", "--text", "We look.")
    desk.says("tag", "1", "vpn")
    short, full = desk.says("show", "1"), desk.says("show", "1", "--all")
    for text in (short, full):
        assert text.startswith("#1 slow")
        assert "Eva <eva@example.com>" in text
        assert "public reply to eva@example.com" in text
        assert "We look." in text
    assert "tags" in full.split("today")[1]
    assert "tags" not in short.split("today")[1]


def test_roles_are_kept(desk: Desk) -> None:
    desk.new()
    desk.configure("roles: {viewer: {users: [root]}, admin: {users: [somebody-else]}}")
    for arguments in (("new", "x"), ("note", "1", "--text", "x"), ("take", "1"), ("move", "1", "open"),
                      ("undo",)):
        assert "takes the role operator" in desk.fails(*arguments, status=3)
    assert desk.says("show", "1")


def test_wrong_words(desk: Desk) -> None:
    desk.new()
    assert "did you mean `list`?" in desk.fails("lst")
    assert "`x` is no number of a ticket." in desk.fails("move", "x", "open")
    assert "After the number, a state is missing." in desk.fails("move", "1")
    assert "There is no priority `soon`." in desk.fails("priority", "1", "soon")
    assert "Invalid value for 'NUMBER'" in desk.fails("show", "0")
    assert "is no number of a ticket" in desk.fails("tag", "9" * 30, "x")


@pytest.mark.parametrize("text", CORPUS[:: max(1, len(CORPUS) // 25)])
def test_foreign_text_does_nothing(desk: Desk, text: str) -> None:
    text = text.replace("\0", "")[:150]
    desk.new(f"a {text} b", "--requester", f"x {text}", "--text", text)
    desk.says("note", "1", "--text", f"note {text}")
    for arguments in (("list",), ("show", "1", "--all"), ("list", "--json"), ("show", "1", "--json")):
        output = desk.says(*arguments)
        assert_inert(output, lines=True)
