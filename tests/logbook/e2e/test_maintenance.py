"""Maintenance by keyboard in a real terminal: killed while it is written, shown everywhere, told to nobody."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.program import eventually
from tests.e2e.watched import Host

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.terminal import Terminal

pytestmark = pytest.mark.e2e


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """A shop of which the front needs the database."""
    made = Host(tmp_path)
    checks = made.file_checks("db", "web")
    made.configure({"db": checks["db"], "web": {**checks["web"], "depends_on": ["db"]}})
    yield made
    made.agents.end()


def shown(host: Host) -> dict[str, Any]:
    """The only maintenance that goes on."""
    (found,) = json.loads(host.run("log", "maintenance", "show", "--json"))["maintenance"]
    return dict(found)


def days(host: Host) -> list[dict[str, float]]:
    """How reliable both services were."""
    return [one["24h"] for one in json.loads(host.run("check", "uptime", "--json"))["checks"]]


def begin(terminal: Terminal) -> None:
    """On the panel, both services are well; then the form."""
    terminal.wait_for("SERVICES .*2 ok$", 60)
    terminal.send("m")
    terminal.wait_for("^ MAINTENANCE")
    terminal.wait_for("▶ Title")


def started(terminal: Terminal) -> None:
    """From a form in which something stood when the console was killed, to maintenance that everybody sees."""
    begin(terminal)
    terminal.wait_for("restored")
    terminal.wait_for("Disks moved")
    # The cursor of the panel may have stood on a service: its name stands in the form then.
    terminal.send(" to the attic<tab><end><ctrl+u>db")
    terminal.wait_for(r"mutes \(2\)  db, web")
    terminal.send("<ctrl+s>")
    terminal.wait_for("it is entry 1 of the log")
    terminal.wait_until(lambda: "maint" in terminal.lines[0], "maintenance in the top line")
    terminal.send("4")
    terminal.wait_for("Disks moved to the attic")
    assert re.search(r"maint(\.|enance until) .*\d\d:\d\d ", terminal.lines[0]), "on every screen"


def test_maintenance_is_written_killed_shown_and_finished_when_all_is_green(host: Host) -> None:
    with host.console(columns=80, rows=24) as terminal:
        begin(terminal)
        terminal.send("Disks moved")
        drafts = Path(os.environ["XDG_STATE_HOME"]) / "opsconsole" / "drafts"
        eventually(lambda: any(b"Disks moved" in one.read_bytes() for one in drafts.rglob("*.json")),
                   "the draft")
        os.kill(terminal.pid, signal.SIGKILL)
        assert terminal.wait_exit() == 128 + signal.SIGKILL
    assert host.run("log", "maintenance", "show").strip() == "No maintenance goes on."
    with host.console(columns=80, rows=24) as terminal:
        started(terminal)
        host.file("db").unlink()
        host.file("web").unlink()
        terminal.send("1")
        eventually(lambda: len(host.records("SELECT key FROM alert WHERE ended IS NULL")) == 2, "both alerts", 60)
        assert all(row[0].startswith("in maintenance by ") for row in host.records("SELECT muted_by FROM alert"))
        refused = host.run("log", "maintenance", "finish", status=1)
        assert "Not everything is green after the maintenance of log entry 1: db critical" in refused
        host.file("db").touch()
        host.file("web").touch()
        eventually(lambda: not shown(host)["not_green"], "two green checks", 60)
        terminal.send("m")
        terminal.wait_for("finish #1")
        terminal.send("<enter>")
        terminal.wait_for("All 2 checks are green")
        terminal.send("y")
        terminal.wait_for("Maintenance #1 is finished")
        terminal.wait_until(lambda: "maint" not in terminal.lines[0], "a top line without it")
        terminal.send("q")
        assert terminal.wait_exit() == 0
    assert host.sink.got == []
    entry = json.loads(host.run("log", "show", "1", "--json"))["entry"]
    assert (entry["title"], entry["checks"], entry["status"]) == ("Disks moved to the attic", ["db"], "normal")
    assert entry["ended"] >= entry["begun"]
    eventually(lambda: all(day["maintenance"] for day in days(host)), "the time of the maintenance", 60)
    assert [day["down"] for day in days(host)] == [0, 0], "what was down was no downtime"
