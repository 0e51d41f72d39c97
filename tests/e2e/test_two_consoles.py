"""Two people at two terminals look at the same host."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.e2e.program import eventually, has_ended
from tests.e2e.watched import Host

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.terminal import Terminal

pytestmark = pytest.mark.e2e


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """A host under watch; its agents end with the test."""
    made = Host(tmp_path)
    yield made
    made.agents.end()


def children(terminal: Terminal) -> list[int]:
    """The agents that this console has started and that live."""
    found = []
    for process in terminal.processes()[1:]:
        try:
            if "--child" in process.cmdline():
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def test_two_consoles_share_one_agent_and_what_people_do(host: Host) -> None:
    host.configure(host.file_checks("one"), rules={"one": {"check": "one"}})
    with host.console() as left, host.console(columns=80, rows=24) as right:
        for terminal in (left, right):
            terminal.wait_for(r"SERVICES .*1 ok$")
            terminal.wait_for(" agent · ")
        eventually(lambda: len(children(left) + children(right)) == 1, "one agent for both")
        owner, other = (left, right) if children(left) else (right, left)
        assert host.holder == children(owner)[0]

        host.file("one").unlink()
        for terminal in (owner, other):
            terminal.wait_for("ALERTS .*1 critical")
        owner.send("wa")
        owner.wait_for("Take one: what shall others know")
        owner.send("the disk is new<enter>")
        owner.wait_until(lambda: bool(host.records("SELECT 1 FROM alert WHERE acknowledged IS NOT NULL")), "the alert")
        stored = time.monotonic()
        other.wait_for("ack [^ ]+: the disk is new", 4)
        print(f"on the other screen after {time.monotonic() - stored:.1f} s")

        (agent,) = children(owner)
        os.kill(owner.pid, signal.SIGKILL)
        killed = time.monotonic()
        other.wait_until(lambda: host.holder in children(other), "the agent of the other console at work", 15)
        print(f"taken over after {time.monotonic() - killed:.1f} s")
        eventually(lambda: has_ended(agent), "the end of the first agent")
        assert len(children(other)) == 1

        host.file("one").touch()
        other.wait_gone("ALERTS")
        other.wait_until(lambda: host.told("one") == ["firing", "resolved"], "the message of the end")
        other.send("q")
        assert other.wait_exit() == 0
        other.assert_clean()
