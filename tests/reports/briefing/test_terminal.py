"""Coming back in a real terminal: shown, killed, shown again, opened, taken, dismissed; then handing over, killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.core.clock import MINUTE, SystemClock
from opsconsole.core.identity import current_actor
from opsconsole.core.settings import RoleSettings
from opsconsole.logbook.model import EntryType
from opsconsole.tickets.cases.types import New
from tests.e2e.program import READY, ROOT, command, console, eventually, records
from tests.reports.briefing.house import house
from tests.tickets.desk import BEN

if TYPE_CHECKING:
    from tests.terminal import Terminal

pytestmark = pytest.mark.e2e


def visited() -> int:
    """Until when whoever runs the tests knows what happened; 0: they never came."""
    if not records().exists():
        return 0
    with sqlite3.connect(records(), timeout=20) as connection:
        try:
            found = connection.execute("SELECT max(at) FROM visit").fetchone()[0]
        except sqlite3.OperationalError:
            # The console is about to make the tables.
            return 0
    return int(found or 0)


def drafts() -> str:
    """What is kept of what was typed."""
    folder = Path(os.environ["XDG_STATE_HOME"]) / "opsconsole/drafts"
    return "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.json"))


def in_json(*arguments: str) -> Any:
    done = subprocess.run(command(*arguments, "--json"), capture_output=True, text=True, timeout=60, check=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})
    return json.loads(done.stdout)


async def away() -> None:
    """What Ben does meanwhile."""
    now, me = SystemClock().now(), current_actor(RoleSettings()).name
    async with house(records().parent, now) as at:
        await at.features.tickets.create(BEN, New(title="VPN is slow", requester="Lee", route=False, assignee=me,
                                                  requester_mail="lee@example.com"))
        await at.features.log.new(BEN, EntryType.CHANGE, "Rack moved")
        await at.handed(BEN, now, "Do **not** restart web2 before 16:00.")


def ready(terminal: Terminal) -> None:
    terminal.wait_for(READY, 60)


def left(terminal: Terminal) -> None:
    terminal.send("q")
    assert terminal.wait_exit() == 0


def killed(terminal: Terminal) -> None:
    os.kill(terminal.pid, signal.SIGKILL)
    assert terminal.wait_exit() == 128 + signal.SIGKILL


def test_coming_back_and_handing_over() -> None:
    with console(columns=80, rows=24) as terminal:
        ready(terminal)
        eventually(lambda: visited() > 0, "the first visit")
        assert "Since your last visit" not in terminal.text
        left(terminal)
    first = visited()
    asyncio.run(away())
    with console(columns=80, rows=24) as terminal:
        terminal.wait_for("^ Since your last visit .*1 hand-over, 2 things", 60)
        killed(terminal)
    assert visited() == first
    with console(columns=80, rows=24) as terminal:
        terminal.wait_for("Do not restart web2 before 16:00", 60)
        terminal.wait_for("esc dismiss")
        terminal.wait_for("Rack moved: change begun +ben")
        terminal.send("j<enter>")
        terminal.wait_for("#1 VPN is slow")
        terminal.wait_gone("YOURS")
        terminal.send("<esc>")
        terminal.wait_for("#1 was given to you: VPN is slow +ben")
        terminal.send("ga")
        terminal.wait_for("Hand-over 1 is yours now")
        terminal.wait_gone("HAND-OVER")
        terminal.send("<esc>")
        terminal.wait_gone("Since your last visit")
        ready(terminal)
        eventually(lambda: visited() > first, "the visit")
        terminal.send("Hn")
        terminal.wait_for("▶ Must know")
        terminal.send("Ask Ben about the VPN.")
        terminal.wait_for("about the VPN")
        eventually(lambda: "about the VPN" in drafts(), "the draft on the disk")
        killed(terminal)
    second = visited()
    with console(columns=80, rows=24) as terminal:
        ready(terminal)
        eventually(lambda: visited() > second, "the third visit")
        assert "Since your last visit" not in terminal.text
        terminal.send("H")
        terminal.wait_for("Nothing happened since then")
        terminal.send("n")
        terminal.wait_for("about the VPN")
        terminal.wait_for("#1 VPN is slow .new")
        terminal.send("<ctrl+s>")
        terminal.wait_for("Hand-over 2 is written")
        left(terminal)
        terminal.assert_clean()
    assert in_json("handover", "show", "1")["state"] == "taken"
    text = in_json("handover", "show", "2")["text"]
    assert text.startswith("Ask Ben about the VPN.\n\n## My tickets\n- #1 VPN is slow (new")
    assert in_json("briefing", "--since", f"{(SystemClock().now() - first) // MINUTE + 2}m")["problems"] == []
