"""What changed before it broke, in a real terminal: a package, a unit, an entry of the log, and then the alert."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.e2e.program import eventually, has_ended
from tests.e2e.watched import Host, Journal, redis

if TYPE_CHECKING:
    from pathlib import Path

    from tests.terminal import Terminal

pytestmark = pytest.mark.e2e

IN_ORDER = (r"✖ .* alert +▶ redis: fired", r" log +changed bind-source: change begun",
            r" change +unit: redis-server.service restarted",
            r" change +package: redis-server upgraded 7.0.14-1")
"""Newest first, as the timeline has it."""


def in_order(terminal: Terminal, *patterns: str) -> bool:
    """Whether there is a line for each, from above to below."""
    rows = [next((number for number, line in enumerate(terminal.lines) if re.search(one, line)), -1)
            for one in patterns]
    return -1 not in rows and rows == sorted(rows)


def test_what_changed_before_it_broke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host, journal = Host(tmp_path), Journal(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(journal.folder), prepend=":")
    host.install("redis-server", "5:7.0.14-1", log="another.log")
    try:
        with redis() as server:
            host.configure({"redis": {"kind": "redis", "port": server.port, "every": "5s", "timeout": "2s"}})
            with host.console(columns=80, rows=24) as terminal:
                terminal.wait_for("SERVICES .*1 ok", 60)
                host.install("redis-server", "5:7.0.15-1")
                journal.restarted("redis-server.service", time.time_ns() // 1_000_000)
                host.run("log", "add", "changed bind-source", "--type", "change")
                server.stop()
                terminal.wait_for("redis refused", 60)
                look(terminal)
                everywhere(terminal)
                children = terminal.processes()
                terminal.send("q")
                assert terminal.wait_exit() == 0
                terminal.assert_clean()
                eventually(lambda: all(has_ended(child.pid) for child in children), "the end of the agent")
    finally:
        host.agents.end()


def look(terminal: Terminal) -> None:
    """From the panel to the alert, to what was before it, and back."""
    terminal.send("A")
    terminal.wait_for("✖ .*redis: refused")
    terminal.send("<enter>")
    terminal.wait_for("T timeline")
    terminal.send("T")
    # What the agent finds in the logs a moment after the alert comes into view by itself.
    terminal.wait_until(lambda: in_order(terminal, *IN_ORDER), "what changed before it, in its order")
    terminal.wait_for("^ around redis ")
    print(terminal.text)
    terminal.send("b")
    terminal.wait_gone("redis: fired")
    terminal.wait_until(lambda: in_order(terminal, *IN_ORDER[1:]), "only what changed")
    terminal.wait_for("log .* before redis")
    terminal.send("<enter>")
    terminal.wait_for("changed bind-source")
    terminal.wait_for("performed by")
    terminal.send("<esc>")
    terminal.wait_for("What changed")
    terminal.send("/nothing-like-it<enter>")
    terminal.wait_for("Nothing that happened matches this filter")
    terminal.send("<esc>")
    terminal.wait_for("unit: redis-server.service restarted")
    terminal.send("<esc>")
    terminal.wait_for("T timeline")
    terminal.send("<esc><esc>")
    terminal.wait_for("SERVICES")


def everywhere(terminal: Terminal) -> None:
    """The same key on the panel, and on screen 4."""
    terminal.send("wT")
    terminal.wait_for("▶ redis: fired")
    terminal.send("4")
    terminal.wait_for("Entries 1")
    terminal.wait_for("change +changed bind-source")
    terminal.send("T")
    terminal.wait_for("▶ changed bind-source: change begun")
    terminal.send("<esc>")
    terminal.wait_for("Entries 1")
    terminal.send("1")
    terminal.wait_for("▶ redis: fired")
    terminal.send("<esc>")
    terminal.wait_for("SERVICES")
