"""An emergency by keyboard at 80x24: declared, told, killed while a message is written, told again, ended, signed."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.program import READY, eventually
from tests.e2e.watched import Host

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.terminal import Terminal

pytestmark = pytest.mark.e2e


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """A shop with one service."""
    made = Host(tmp_path)
    made.configure(made.file_checks("web"), logbook={"emergency": {"contact": "Ana, 555 01"}})
    yield made
    made.agents.end()


def shown(host: Host, *number: str) -> dict[str, Any]:
    """The emergency as a script sees it."""
    (found,) = json.loads(host.run("log", "emergency", "show", *number, "--json"))
    return dict(found)


def typed(terminal: Terminal, label: str, text: str) -> None:
    """Types into the field that has the cursor, and goes on to the next one."""
    terminal.wait_for(f"▶ {label}")
    terminal.send(text)
    terminal.wait_for(re.escape(text[-12:]))
    terminal.send("<tab>")


def declared(terminal: Terminal) -> None:
    """From the panel to the emergency: one key and one line; its steps, its first note, its maintenance."""
    terminal.wait_for(READY, 60)
    terminal.send("E")
    terminal.wait_for("EMERGENCY: what is wrong")
    terminal.send("shop is down<enter>")
    terminal.wait_for("0 of 4 done", 60)
    assert re.search(r"first 15 min: 14:\d\d left", terminal.text)
    terminal.send("<space>")
    terminal.wait_for("1 of 4 done")
    terminal.send("n")
    terminal.wait_for("What is known")
    terminal.send("disk of db1 is full<enter>")
    terminal.wait_for(r"\d\d:\d\d \S+: disk of db1 is full")
    terminal.send("w")
    terminal.wait_for("Begin maintenance of what")
    terminal.send("<ctrl+u>web<ctrl+s>")
    terminal.wait_for("web until .* left")


def test_it_is_worked_through_although_the_console_is_killed(host: Host) -> None:
    with host.console(columns=80, rows=24) as terminal:
        declared(terminal)
        terminal.send("m")
        terminal.wait_for("▶ Subject")
        terminal.send("<tab><tab>")
        typed(terminal, "Issue", ", 502 since noon")
        typed(terminal, "Impact", "nobody can buy")
        drafts = Path(os.environ["XDG_STATE_HOME"]) / "opsconsole" / "drafts"
        eventually(lambda: any(b"nobody can buy" in one.read_bytes() for one in drafts.rglob("*.json")), "the draft")
        os.kill(terminal.pid, signal.SIGKILL)
        assert terminal.wait_exit() == 128 + signal.SIGKILL
    found = shown(host)
    assert (found["emergency"]["told"], found["going"]) == ([], True), "nobody was told of half a message"
    with host.console(columns=80, rows=24) as terminal:
        terminal.wait_for(READY, 60)
        terminal.wait_until(lambda: "4 Log ✖1" in terminal.lines[0], "the emergency in the top line", 60)
        terminal.send("E")
        terminal.wait_for("1 of 4 done", 60)
        terminal.send("m")
        terminal.wait_for("restored")
        terminal.wait_for("shop is down, 502 since noon")
        terminal.send("<tab><right><tab><tab><tab>")
        typed(terminal, "Time to resolution", "one hour")
        terminal.send("<ctrl+s>")
        terminal.wait_for("How does it go out")
        terminal.send("<enter>")
        terminal.wait_for("Message 1 is on its way")
        terminal.wait_for(r"next message in 29:\d\d")
        eventually(lambda: len(host.sink.got) == 1, "the message", 60)
        (sent,) = host.sink.got
        assert re.fullmatch(r"\[URGENT\] \S+: shop is down", sent["title"])
        assert sent["text"].splitlines()[:4] == ["Status: identified", "Issue: shop is down, 502 since noon",
                                                 "Impact: nobody can buy", "Time to resolution: one hour"]
        ended(terminal)
        terminal.send("e")
        terminal.wait_for("performed by")
        terminal.send("y")
        terminal.wait_for("Put your name under entry 1")
        terminal.send("y")
        terminal.wait_for("Entry 1 is signed")
        terminal.send("q")
        assert terminal.wait_exit() == 0
    entry = json.loads(host.run("log", "show", "1", "--json"))["entry"]
    assert [entry[name] for name in ("type", "status", "state", "checks")] == ["emergency", "issues", "signed", ["web"]]
    assert entry["begun"] <= entry["ended"]
    for said in ("emergency declared", "disk of db1 is full", "told: identified", "old releases", "the alert came"):
        assert said in entry["notes"]
    assert [(one["text"], one["person"], one["due"]) for one in entry["actions"]] == [("Clean up", "ben", "2027-01-11")]
    assert shown(host, "1")["maintenance"]["ended"], "nobody is left in the dark after it"
    assert host.run("log", "verify")


def ended(terminal: Terminal) -> None:
    """The post-mortem, and the end of the maintenance."""
    terminal.send("x")
    terminal.wait_for("POST-MORTEM")
    terminal.wait_for("▶ Over since")
    terminal.send("<tab><tab><tab>")
    typed(terminal, "Root cause", "old releases filled the disk")
    terminal.wait_for("▶ Remedy")
    terminal.send("<tab>")
    typed(terminal, "Went well", "the alert came at once")
    terminal.wait_for("▶ Went badly")
    terminal.send("<tab>")
    typed(terminal, "Prevention", "Clean up @ben 2027-01-11")
    terminal.send("<ctrl+s>")
    terminal.wait_for("End the maintenance|Why does the maintenance end")
    if "Why does" in terminal.text:
        terminal.send("it is mended<enter>")
    else:
        terminal.send("y")
    terminal.wait_for("over, after")
    terminal.wait_for("web until .* over")
