"""A daily entry is written by keyboard at 80x24, the console is killed in the middle, and it is finished afterwards."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.program import ROOT, command, console, eventually

if TYPE_CHECKING:
    from tests.terminal import Terminal

pytestmark = pytest.mark.e2e


def log(*arguments: str) -> str:
    done = subprocess.run(command("log", *arguments), capture_output=True, text=True, timeout=60, check=False,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, done.stderr
    return done.stdout


def entry(number: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(log("show", str(number), "--json"))
    shown: dict[str, Any] = found.get("entry", found)
    return shown


def drafted() -> str:
    """What the drafts of all forms hold now."""
    folder = Path(os.environ["XDG_STATE_HOME"]) / "opsconsole/drafts"
    return "".join(path.read_text() for path in folder.glob("*.json"))


def at_log(terminal: Terminal) -> None:
    terminal.wait_for(r"CPU\b.*\d+ ?%", 60)
    terminal.send("4")
    terminal.wait_for("^ Entries", 60)


def form(terminal: Terminal) -> None:
    terminal.send("n")
    terminal.wait_for("NEW ENTRY")
    terminal.wait_for("Title")


def typed(terminal: Terminal, text: str, label: str) -> None:
    """Types into the field that has the cursor, and goes on to the next one."""
    terminal.wait_for(f"▶ {label}")
    terminal.send(text)
    terminal.wait_for(re.escape(text.split("<", maxsplit=1)[0][-12:]))
    terminal.send("<tab>")


def test_a_daily_entry_survives_kill_9_and_holds_every_field() -> None:
    with console(columns=80, rows=24) as terminal:
        at_log(terminal)
        terminal.wait_for("Nothing was written into the log yet")
        form(terminal)
        typed(terminal, "Evening check", "Title")
        terminal.send("<tab><tab><tab><tab>")
        typed(terminal, "Logs looked through<enter>Round of 12 items #12", "Tasks done")
        typed(terminal, "Backup is 26 h old #17", "Issues found")
        terminal.wait_for("▶ Resolved")
        eventually(lambda: "Backup is 26 h old #17" in drafted(), "the draft")
        os.kill(terminal.pid, signal.SIGKILL)
        assert terminal.wait_exit() == 128 + signal.SIGKILL
    with console(columns=80, rows=24) as terminal:
        at_log(terminal)
        form(terminal)
        terminal.wait_for("restored")
        terminal.wait_for("Round of 12 items #12")
        terminal.send("<tab>" * 7)
        typed(terminal, "Old logs removed", "Resolved")
        typed(terminal, "Vendor asked #18", "Escalated")
        typed(terminal, "Order a disk @ben 2027-01-11", "Next actions")
        typed(terminal, "The **array** is well.", "Notes")
        typed(terminal, "1h30m", "Time spent")
        typed(terminal, "raid web", "Checks")
        typed(terminal, "backup", "Tags")
        terminal.wait_for("▶ Status")
        terminal.send("<right>")
        terminal.settle(0.3)
        terminal.send("<ctrl+s>")
        terminal.wait_for("Entry 1 is kept")
        # In the list, where the cursor has gone to it.
        terminal.wait_for("#1 Evening check")
        terminal.send("y")
        terminal.wait_for("Put your name under entry 1")
        terminal.send("y")
        terminal.wait_for("Entry 1 is signed")
        terminal.send("q")
        terminal.wait_exit()
    found = entry(1)
    assert (found["type"], found["title"], found["status"], found["state"]) == ("daily", "Evening check", "issues",
                                                                                "signed")
    assert [(one["text"], one["ticket"]) for one in found["tasks"]] == [("Logs looked through", 0),
                                                                        ("Round of 12 items", 12)]
    assert [(one["text"], one["ticket"]) for one in found["found"]] == [("Backup is 26 h old", 17)]
    assert [one["text"] for one in found["resolved"]] == ["Old logs removed"]
    assert [(one["text"], one["ticket"]) for one in found["escalated"]] == [("Vendor asked", 18)]
    assert [(one["text"], one["person"], one["due"]) for one in found["actions"]] == [
        ("Order a disk", "ben", "2027-01-11")]
    assert (found["notes"], found["seconds"], found["checks"], found["tags"]) == (
        "The **array** is well.", 5400.0, ["raid", "web"], ["backup"])
    assert found["performed_by"]
    assert found["begun"] <= found["ended"]
    assert len(found["signatures"]) == 1
