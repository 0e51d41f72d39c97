"""Real work, and its entry by keyboard at 80x24: proposals are taken, the console is killed, the entry is finished."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.clock import SystemClock
from tests.e2e.program import ROOT, command, console, eventually, records
from tests.logbook.e2e.test_killed import at_log, drafted, entry, form, typed
from tests.logbook.test_proposal_commands import befell, worked

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e


def program(*arguments: str) -> tuple[int, str, str]:
    """One command, in a process of its own."""
    done = subprocess.run(command(*arguments), capture_output=True, text=True, timeout=60, check=False,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})
    return done.returncode, done.stdout, done.stderr


def test_an_entry_of_what_happened_survives_kill_9(home: Path) -> None:
    # Its round, which is of every day, opens an entry of its own: this one is of the week.
    worked(program, home)
    asyncio.run(befell(records(), SystemClock().now()))
    with console(columns=80, rows=24) as terminal:
        at_log(terminal)
        form(terminal)
        typed(terminal, "What happened", "Title")
        terminal.wait_for("▶ Type")
        terminal.send("<right>")
        terminal.wait_for(r"ctrl\+g 6 proposals")
        terminal.send("<ctrl+g>")
        terminal.wait_for("0 of 6 decided")
        terminal.wait_for("nginx upgraded 1.22 to 1.24")
        terminal.send("td")
        terminal.wait_for("2 of 6 decided")
        terminal.send("<enter>")
        terminal.wait_for("3 of 6 decided")
        eventually(lambda: "alert:1" in drafted(), "the draft with what was taken")
        os.kill(terminal.pid, signal.SIGKILL)
        assert terminal.wait_exit() == 128 + signal.SIGKILL
    with console(columns=80, rows=24) as terminal:
        at_log(terminal)
        form(terminal)
        terminal.wait_for("restored")
        terminal.wait_for(r"ctrl\+g 3 proposals")
        terminal.send("<ctrl+g>")
        terminal.wait_for("3 of 6 decided")
        terminal.send("A")
        terminal.wait_for("6 of 6 decided")
        terminal.send("<ctrl+s>")
        terminal.wait_for("is kept")
        terminal.send("q")
        assert terminal.wait_exit() == 0
        terminal.assert_clean()
    number = json.loads(program("log", "list", "type:weekly", "--json")[1])["entries"][0]["id"]
    found = entry(number)
    assert found["title"] == "What happened"
    assert [(one["text"], one["link"]) for one in found["tasks"]] == [
        ("nginx upgraded 1.22 to 1.24", ""), ("Morning check signed off", "run:1")]
    assert [(one["text"], one["ticket"], one["link"]) for one in (*found["resolved"], *found["found"])] == [
        ("web: refused, for 5 min", 0, "alert:1"), ("Disk full", 1, ""), ("Slow report", 2, "")]
