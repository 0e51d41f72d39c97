"""`opsconsole checklist …`: what is listed, begun, answered, taken back, signed and shown from the command line."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.checklists.commanding import MORNING, ROUND, Desk
from tests.hostile import CORPUS, assert_inert

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Program = Callable[..., tuple[int, str, str]]


@pytest.fixture
def desk(program: Program, home: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(program, home, monkeypatch)


def records(desk: Desk) -> Path:
    return desk.home / ".local/share/opsconsole/opsconsole.db"


def answered(desk: Desk, run: str) -> dict[str, tuple[str, object]]:
    return {step["item"]["id"]: (step["answer"]["verdict"], step["answer"]["value"])
            for step in desk.json("show", run)["items"] if step["answer"]}


def test_what_is_listed(desk: Desk) -> None:
    desk.template("morning", MORNING)
    assert "round                     Night round" in desk.says("list")
    found = desk.json("list")
    assert [one["slug"] for one in found["demand"]] == ["round"]
    assert found["broken"] == []
    assert "morning" in desk.says("list", "--all")
    run = desk.start()
    assert f"run {run}" in desk.says("list")


def test_what_is_due_on_a_day_needs_no_records(desk: Desk) -> None:
    desk.template("morning", MORNING)
    assert desk.says("list", "--on", "2027-01-04").split()[-3:] == ["morning", "Morning", "check"]
    assert [one["occurrence"] for one in desk.json("list", "--on", "2027-01-04")["checklists"]] == ["2027-01-04"]
    assert not records(desk).exists()
    (desk.folder / "morning.yaml").unlink()
    assert desk.says("list", "--on", "2027-01-04") == "Nothing is due on 2027-01-04.\n"


def test_the_holidays_of_a_calendar_count_on_a_day(desk: Desk) -> None:
    desk.template("morning", MORNING + "on_holiday: skip\n")
    desk.configure("checklists: {use: [], calendar: office}\ntickets: {calendars: {office: {hours: {mon: "
                   "['09:00-17:00']}}}}\n")
    assert "morning" in desk.says("list", "--on", "2027-01-04")
    assert desk.says("list", "--on", "2027-01-05") == "Nothing is due on 2027-01-05.\n"


def test_mistakes_of_templates_are_told_beside_the_list(desk: Desk) -> None:
    desk.template("bad", "title: x\nsectons: []\n")
    code, output, error = desk("list")
    assert code == 0
    assert "round" in output
    assert "bad.yaml:" in error
    assert "bad.yaml:" in desk.json("list")["broken"][0]


def test_a_run_from_its_start_to_its_signature(desk: Desk) -> None:
    run = desk.start()
    assert desk.says("answer", run, "lights").startswith("lights is ok; 1 of ")
    assert "disk is ok: 42 %" in desk.says("answer", "round", "disk", "42 %")
    assert desk.json("answer", run, "mood", "poor")["answer"]["verdict"] == "failed"
    desk.pipe("a | 1\nb | 2\n")
    assert "top is ok" in desk.says("answer", run, "top", "-")
    assert "words is skipped" in desk.says("answer", run, "words", "--skip", "--note", "nothing to say")
    assert "echo is n/a" in desk.says("answer", run, "echo", "--na")
    assert answered(desk, run) == {
        "lights": ("ok", None), "disk": ("ok", 42.0), "mood": ("failed", "poor"), "words": ("skipped", None),
        "top": ("ok", [["a", "1"], ["b", "2"]]), "echo": ("n/a", None)}
    shown = desk.says("show", run)
    assert "[x] disk" in shown
    assert "[!] mood" in shown
    assert desk.says("undo", run, "mood") == "mood is open again.\n"
    assert "earlier: failed" in desk.says("show", run, "--item", "mood")
    assert "is sealed" in desk.says("sign", run)
    assert "Seal " in desk.says("show", run)
    assert desk.json("show", run, "--log")["tasks"]
    assert "Night round" in desk.says("show", run, "--log")
    assert "signed" in desk.fails("answer", run, "lights")


def test_what_is_missing_is_named(desk: Desk) -> None:
    run = desk.start()
    desk.fails("sign", run)
    code, output, _ = desk("sign", run, "--json")
    assert (code, json.loads(output)) == (2, {"signed": False, "missing": ["lights", "disk"]})


def test_files_are_evidence(desk: Desk, tmp_path: Path) -> None:
    run = desk.start()
    (tmp_path / "trace.log").write_text("it went well\n")
    assert "proof is ok" in desk.says("answer", run, "proof", "--file", tmp_path / "trace.log")
    assert "trace.log · sha256 " in desk.says("show", run, "--item", "proof")
    assert "is no file" in desk.fails("answer", run, "disk", "5", "--file", tmp_path / "none")
    assert "disk" not in answered(desk, run), "the answer waits for what it rests on"
    found = desk.json("answer", run, "disk", "95", "--file", tmp_path / "trace.log")
    assert found["answer"]["verdict"] == "failed"
    assert found["answer"]["value"] == 95
    assert [one["title"] for one in found["answer"]["evidence"]] == ["trace.log"]


def test_the_machine_is_asked_in_this_process(desk: Desk) -> None:
    run = desk.start()
    assert desk.says("propose", run).startswith("echo: ok")
    assert desk.json("propose", run)["proposals"][0]["value"] == 7
    assert "echo is ok: 7" in desk.says("answer", run, "echo")
    assert desk.json("show", run, "--item", "echo")["answer"]["proposed"]


def test_a_ticket_about_an_item(desk: Desk) -> None:
    run = desk.start()
    assert "Ticket 1 is open" in desk.says("ticket", run, "lights", "--text", "all of them", "--priority", "high")
    assert "no priority `now`" in desk.fails("ticket", run, "disk", "--priority", "now")
    assert json.loads(desk.other("ticket", "show", "1", "--json")[1])["ticket"]["priority"] == "high"


def test_somebody_was_faster(desk: Desk) -> None:
    run = desk.start()
    first = desk.json("answer", run, "lights", "--base", "0")["answer"]["id"]
    assert "meanwhile" in desk.fails("answer", run, "lights", "--fail", "--base", "0")
    desk.says("answer", run, "lights", "--fail", "--base", str(first))


def test_reasons_and_times(desk: Desk) -> None:
    run = desk.start()
    assert "is put off until" in desk.says("defer", run, "--until", "2h", "--reason", "fire")
    assert "is not put off any more" in desk.says("resume", run)
    assert "lights of Night round" in desk.says("waive", run, "lights", "--reason", "no lamps")
    assert "not missed" in desk.fails("explain", run, "x")
    assert "is waived" in desk.says("waive", run, "--reason", "moved house")
    assert desk.json("show", run)["state"] == "waived"


def test_who_missed_it_says_why(desk: Desk) -> None:
    desk.template("morning", MORNING)
    desk.says("list")
    with sqlite3.connect(records(desk)) as db:
        db.execute("UPDATE checklist_schedule SET upto = upto - 259200000")
    missed = [row["run"] for row in desk.json("list")["today"] if row["state"] == "missed"]
    assert len(missed) >= 2, "the latest may be open, the others are recorded"
    run = str(missed[0]["id"])
    assert "is explained" in desk.says("explain", run, "Nobody was here.")
    assert desk.json("show", run)["run"]["reason"] == "Nobody was here."
    assert len([row for row in desk.json("list")["today"] if row["state"] == "missed"]) == len(missed) - 1


def test_what_was_left_open_is_acknowledged(desk: Desk) -> None:
    run = desk.start()
    desk.says("answer", run, "lights", "--skip", "--note", "too dark to see")
    desk.says("answer", run, "disk", "5")
    assert "Nothing was left open" in desk.fails("acknowledge", run)
    desk.says("sign", run)
    desk.template("second", ROUND.replace("title: Night round", "title: Second\nfollows: [round]", 1))
    second = desk.start("second")
    assert [one["item"] for one in desk.json("show", second)["left"]] == ["lights"]
    assert "is acknowledged" in desk.says("acknowledge", second, "--note", "lamps are ordered")
    assert "lamps are ordered" in [one["text"] for one in desk.json("show", second)["events"]]


def test_whoever_signed_first_gets_it_back(desk: Desk) -> None:
    desk.template("round", ROUND.replace("category: other", "category: other\nsign_off: {persons: 2}"))
    run = desk.start()
    assert "does not wait for a second signature" in desk.fails("return", run, "--reason", "x")
    desk.says("answer", run, "lights")
    desk.says("answer", run, "disk", "5")
    assert "another person has to sign it too" in desk.says("sign", run)
    assert desk.json("show", run)["state"] == "waiting"
    assert "goes on" in desk.says("return", run, "--reason", "look at the disk again")
    assert desk.json("show", run)["state"] == "in progress"
    desk.says("answer", run, "disk", "6")


def test_marks_are_looked_at(desk: Desk) -> None:
    run = desk.start()
    assert "has no marks" in desk.fails("marks", run)
    desk.says("answer", run, "lights")
    desk.says("answer", run, "disk", "5")
    desk.says("sign", run)
    with sqlite3.connect(records(desk)) as db:
        db.execute("UPDATE checklist_run SET marks = '[\"3 answers in 1 s\"]'")
    assert "3 answers in 1 s" in desk.says("show", run)
    assert "are looked at" in desk.says("marks", run, "--note", "a drill")
    assert "3 answers in 1 s" not in desk.says("show", run)
    assert desk.other("log", "verify")[0] == 0


def test_another_version_is_adopted(desk: Desk) -> None:
    run = desk.start()
    desk.says("answer", run, "lights")
    desk.template("round", ROUND.replace("max: 90", "max: 80").replace("id: words", "id: speech"))
    shown = desk.says("adopt", run)
    assert "added    speech" in shown
    assert "--yes adopts that." in shown
    assert desk.json("show", run)["newer"]
    assert desk.json("adopt", run, "--yes")["adopted"]
    assert not desk.json("show", run)["newer"]
    assert answered(desk, run)["lights"] == ("ok", None)


def test_figures_over_time(desk: Desk) -> None:
    for value in (40, 50, 60):
        run = desk.start()
        desk.says("answer", run, "lights")
        desk.says("answer", run, "disk", str(value))
        desk.says("sign", run)
    lines = desk.says("history", "round", "disk").splitlines()
    assert "40 to 60" in lines[0]
    assert len(lines) == 4
    assert [one["value"] for one in desk.json("history", "round", "disk", "--since", "1d")["answers"]] == [60, 50, 40]
    assert desk.says("history", "round", "mood") == "Nothing was answered to it.\n"
    assert "no item `dsk`" in desk.fails("history", "round", "dsk")
    assert "There is no checklist `rond`; did you mean `round`?" in desk.fails("history", "rond", "disk")
    assert desk.json("stats")["people"][0]["runs"] == 3
    assert "answers" in desk.says("stats", "--since", "7d")
    assert "answers" in desk.says("stats", "--since", "2020-01-01", "--until", "2199-12-31")


def test_a_walk_line_by_line(desk: Desk) -> None:
    desk.pipe("\nninety\n/help\n42\n/note looks well\ngood\n/skip nothing to say\na | 1\nb | 2\n\n/next\n\n")
    said = desk.says("run", "round")
    assert "wants a number" in said
    assert "/fail /skip REASON" in said
    assert "proposed: ok" in said
    assert said.splitlines()[-1] == "All is answered; `opsconsole checklist sign 1` signs it."
    assert answered(desk, "1") == {
        "lights": ("ok", None), "disk": ("ok", 42.0), "mood": ("ok", "good"), "words": ("skipped", None),
        "top": ("ok", [["a", "1"], ["b", "2"]]), "echo": ("ok", 7.0)}


def test_a_walk_that_ends_early_says_how_to_go_on(desk: Desk) -> None:
    desk.pipe("\n")
    said = desk.says("run", "round")
    assert said.splitlines()[-1] == "Stopped at 1 of 7; `opsconsole checklist run 1` goes on."
    desk.pipe("/undo\n/fail broken\n12\n/quit\n")
    desk.says("run", "1")
    assert answered(desk, "1")["disk"][0] in ("failed", "ok")
    desk.pipe("/frown\n//slash\n")
    assert "There is no command `/frown`" in desk.says("run", "1")


def test_templates_are_checked_without_records(desk: Desk, tmp_path: Path) -> None:
    assert desk.says("validate") == "1 template is valid.\n"
    bad = tmp_path / "bad.yaml"
    bad.write_text("title: x\nsections:\n  - title: y\n    items:\n      - {kind: tick, id: a, titel: b}\n")
    code, output, error = desk("validate", bad)
    assert (code, error) == (1, "")
    assert output.startswith(f"{bad}:5:")
    code, output, _ = desk("validate", bad, "--json")
    assert code == 1
    assert json.loads(output)["mistakes"][0]["line"] == 5
    assert desk.says("validate", desk.folder) == "1 template is valid.\n"
    assert desk.json("validate", "--set", "shop")["valid"]
    assert "did you mean `shop`?" in desk.fails("validate", "--set", "shopp")
    assert "does not exist" in desk.fails("validate", tmp_path / "none.yaml")
    assert "at once" in desk.fails("validate", bad, "--set", "shop")
    assert not records(desk).exists()


def test_what_the_configuration_lacks_is_a_warning(desk: Desk) -> None:
    desk.template("web", "title: Web\nsections: [{title: a, items: [{kind: auto, id: a, title: a, check: shop}]}]\n")
    assert "no check `shop` in `checks`. (warning)\n2 templates are valid." in desk.says("validate")
    assert desk.json("validate")["warnings"]
    assert "no check `shop` in `checks`" in desk.json("list")["warnings"][0]
    code, output, error = desk("list")
    assert (code, "no check `shop` in `checks`" in error, "Night round" in output) == (0, True, True)
    named = desk.says("validate", desk.folder / "web.yaml")
    assert named.startswith(f"{desk.folder}/web.yaml:2:68: ")
    assert "no check `shop` in `checks`. (warning)\n1 template is valid." in named
    (desk.folder.parent / "opsconsole.yaml").unlink()
    assert desk.says("validate", desk.folder / "web.yaml") == "1 template is valid.\n"
    assert desk.json("list")["warnings"] == []


def test_a_slug_that_two_files_have_is_a_mistake(desk: Desk) -> None:
    desk.template("other", f"slug: round\n{ROUND}")
    for arguments in ((), (desk.folder,), (desk.folder / "other.yaml", desk.folder / "round.yaml")):
        code, output, _ = desk("validate", *arguments)
        assert code == 1
        assert "the slug `round` is that of " in output.lower()
    assert desk.says("validate", desk.folder / "other.yaml", desk.folder / "other.yaml") == "1 template is valid.\n"


def test_templates_and_runs_are_written_out(desk: Desk) -> None:
    assert desk.says("export", "round") == ROUND
    assert json.loads(desk.says("export", "round", "--format", "json"))["title"] == "Night round"
    assert "- [ ] Lights are out" in desk.says("export", "round", "--format", "md")
    assert len(desk.says("export", "round", "--format", "csv").splitlines()) == 8
    run = desk.start()
    desk.says("answer", run, "lights", "--fail", "--note", "=1+1")
    assert "- [x] Lights are out — failed — =1+1" in desk.says("export", run, "--format", "md")
    rows = list(csv.DictReader(io.StringIO(desk.says("export", run, "--format", "csv"))))
    assert rows[0]["note"] == "'=1+1"
    model = json.loads(desk.says("export", run, "--format", "json"))
    assert yaml.safe_load(desk.says("export", run)) == model
    assert model["items"][0]["answer"]["note"] == "=1+1"


@pytest.mark.parametrize("text", CORPUS)
def test_foreign_text_does_nothing(desk: Desk, text: str) -> None:
    if "\0" in text:
        text = text.replace("\0", "")
    run = desk.start()
    note = f"x{text}"
    code, output, error = desk("answer", run, "words", note, "--note", note)
    assert code == 0, error
    for arguments in (("show", run), ("show", run, "--item", "words"), ("history", "round", "words"), ("list",),
                      ("export", run, "--format", "md")):
        output += desk.says(*arguments)
    for line in output.splitlines():
        assert_inert(line)


@pytest.mark.parametrize(("arguments", "says"), [
    (("start", "rond"), "There is no checklist `rond`; did you mean `round`?"),
    (("show", "77"), "There is no checklist run 77."), (("answer", "77", "x"), "There is no checklist run 77."),
    (("answer", "round", "dsk", "5"), "There is no item `dsk` in it; did you mean `disk`?"),
    (("answer", "round", "disk", "much"), "wants a number"), (("answer", "round", "words", "--skip"), "takes a reason"),
    (("answer", "round", "disk", "5", "--skip"), "has no value"),
    (("answer", "round", "disk", "-"), "on standard input"),
    (("list", "--on", "soon"), "`soon` is no date."),
    (("defer", "round", "--until", "soon", "--reason", "x"), "`soon` is no time."),
    (("stats", "--since", "1d", "--until", "2d"), "The period is empty"), (("undo", "round", "disk"), "Nothing was"),
    (("export", "rond"), "There is no checklist `rond`"), (("shwo", "1"), "did you mean `show`?"),
    (("waive", "round"), "Missing option '--reason'"), (("adopt", "99"), "There is no checklist run 99.")])
def test_what_cannot_be_is_one_sentence(desk: Desk, arguments: tuple[str, ...], says: str) -> None:
    desk.start()
    assert says in desk.fails(*arguments)


def test_a_viewer_may_look_and_not_touch(desk: Desk) -> None:
    run = desk.start()
    desk.configure("checklists: {use: []}\nroles: {admin: {users: [somebody-else]}}\n")
    for arguments in (("start", "round"), ("answer", run, "lights"), ("sign", run), ("propose", run), ("run", run),
                      ("waive", run, "--reason", "x"), ("undo", run, "lights"), ("ticket", run, "lights")):
        assert "viewer" in desk.fails(*arguments, status=3)
    assert desk.json("show", run)["run"]["answered"] == 0
    assert "run 1" in desk.says("list")


def test_records_that_cannot_be_used(desk: Desk) -> None:
    run = desk.start()
    with sqlite3.connect(records(desk)) as db:
        db.execute("PRAGMA user_version = 9999")
    for arguments in (("list",), ("show", run), ("answer", run, "lights"), ("history", "round", "disk"), ("stats",)):
        assert desk.fails(*arguments, status=4)
    records(desk).write_bytes(os.urandom(20_000))
    for suffix in ("-wal", "-shm"):
        records(desk).with_name(records(desk).name + suffix).unlink(missing_ok=True)
    assert desk.fails("list", status=4)
    assert desk.says("validate") == "1 template is valid.\n"


def test_records_that_somebody_else_writes_can_be_looked_at(desk: Desk) -> None:
    run = desk.start()
    other = sqlite3.connect(records(desk), isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        assert f"run {run}" in desk.says("list")
        assert desk.json("show", run)["run"]["answered"] == 0
        assert desk.fails("answer", run, "lights", status=4)
    finally:
        other.close()
    desk.says("answer", run, "lights")
