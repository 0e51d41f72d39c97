"""`opsconsole log emergency …`: declared, told, written down and ended from the command line."""

from __future__ import annotations

import getpass
import json
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.logbook.commanding import Desk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Program = Callable[..., tuple[int, str, str]]

ME, HOST = getpass.getuser(), os.uname().nodename


@pytest.fixture
def desk(program: Program, home: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(program, home, monkeypatch)


def test_an_emergency_from_its_first_minute_to_the_signature(desk: Desk) -> None:
    desk.configure("logbook: {emergency: {within: 10m, update: 20m, contact: 'Ana, 555 01', tell: ['channel:log']}}\n"
                   "notify: {contacts: {ben: {channels: [log]}}}")
    said = desk.says("emergency", "start", "the shop", "is down")
    assert said.startswith("EMERGENCY #1 the shop is down")
    assert "first 10 min: " in said
    assert "Within 15 minutes" in said, "the checklist for emergencies has begun"
    text = desk.says("emergency", "message", "--issue", "it answers 502\nContact: eve", "--draft")
    assert text == (f"Subject: [URGENT] {HOST}: the shop is down\n\nStatus: investigating\n"
                    "Issue: it answers 502 Contact: eve\nImpact: not known yet\nTime to resolution: not known yet\n"
                    f"Next update: {text.partition('Next update: ')[2].partition(chr(10))[0]}\nContact: Ana, 555 01\n")
    assert desk.json("emergency", "show")[0]["emergency"]["told"] == [], "a draft is told to nobody"
    desk.says("emergency", "message", "--issue", "it answers 502")
    status, _, error = desk("emergency", "message", "--status", "fixing", "--send", "--next", "5m")
    assert (status, error) == (0, "Message 2 of emergency 1 is on its way.\n")
    desk.says("emergency", "note", "disk of", "db1 is full")
    (found,) = desk.json("emergency", "show")
    assert [(one["way"], one["message"]["status"], one["message"]["issue"], one["tell"])
            for one in found["emergency"]["told"]] == [
        ("shown", "investigating", "it answers 502", []), ("sent", "fixing", "it answers 502", ["channel:log"])]
    assert 0 < found["seconds_to_next_message"] <= 300
    assert [step["item"] for step in found["checklist"]["steps"]] == ["notify", "maintenance-mode", "document",
                                                                      "troubleshoot"]
    told = json.loads(desk.says("emergency", "message", "--status", "resolved", "--to", "ben", "--json"))
    assert (told["told"]["message"]["next"], told["told"]["tell"]) == (None, ["ben"]), "the last one promises nothing"
    desk.says("emergency", "end", "--cause", "old releases filled the disk", "--remedy", "fixed", "--impact",
              "no orders for 9 minutes", "--prevent", "remove old releases @ben 2027-01-11")
    entry = desk.entry()
    assert (entry["type"], entry["status"], entry["state"], entry["run"]) == ("emergency", "issues", "open", 1)
    assert entry["resolved"][0]["text"] == "fixed: old releases filled the disk"
    assert "disk of db1 is full" in entry["notes"]
    assert entry["actions"][0]["person"] == "ben"
    desk.says("sign", "1")
    assert "over, after" in desk.says("emergency", "show", "1")
    assert desk.says("emergency", "show") == "There is no emergency.\n"
    with closing(sqlite3.connect(desk.records)) as db:
        sent = db.execute("SELECT word, title, tell FROM outbox_notice ORDER BY seq").fetchall()
    assert sent == [("URGENT", "the shop is down", '["channel:log"]'), ("URGENT", "the shop is down", '["ben"]')]


def test_what_cannot_be_is_said_in_a_sentence(desk: Desk) -> None:
    assert desk.says("emergency", "show") == "There is no emergency.\n"
    assert "There is no emergency 7." in desk.fails("emergency", "show", "7")
    assert not desk.records.exists(), "looking makes no file"
    assert "There is no emergency." in desk.fails("emergency", "note", "x")
    desk.says("emergency", "start", "--no-checklist")
    assert "No checklist was begun" in desk.says("emergency", "show", "1")
    desk.says("emergency", "start", "mail is lost", "--no-checklist")
    assert "Several emergencies go on: 2, 1." in desk.fails("emergency", "note", "x")
    desk.says("emergency", "note", "--of", "2", "x")
    assert "Write when as 30m" in desk.fails("emergency", "message", "--of", "1", "--next", "soon")
    assert "sent to nobody" in desk.fails("emergency", "message", "--of", "1", "--draft", "--send")
    assert "There is no contact `eve`" in desk.fails("emergency", "message", "--of", "1", "--to", "eve")
    desk.says("add", "disk swapped")
    assert "There is no emergency 3." in desk.fails("emergency", "note", "--of", "3", "x")
    desk.says("emergency", "end", "--of", "1", "--cause", "none")
    assert "Emergency 1 is over." in desk.fails("emergency", "note", "--of", "1", "x")
    shown = desk.json("emergency", "show", "1")[0]
    assert (shown["going"], shown["entry"]["title"], shown["seconds_to_next_message"]) == (False, "Emergency", None)
    assert desk.entry(1)["created_by"] == ME
    desk.configure("logbook: {emergency: {tell: [eve]}}")
    code, _, error = desk("emergency", "show")
    assert (code, "logbook.emergency.tell" in error, "there is no contact `eve`" in error) == (2, True, True), error
