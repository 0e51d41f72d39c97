"""Real agents with all their jobs: killed in the middle of an incident, several at once, told to read again, and where
servers, mounts and disks fail them."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from opsconsole.agent.app import PROVIDERS
from opsconsole.agent.model import Timing
from tests.agent.agents import QUICK, Agents, never_two_at_once, told
from tests.e2e.program import eventually
from tests.e2e.watched import Host

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.agent.agents import Started

pytestmark = pytest.mark.e2e

LONG = os.environ.get("LONG_TESTS", "") not in ("", "0")
TAKEOVER = 15
"""Seconds within which another agent works, as promised."""
PENDING = 15
"""Seconds that a check must be bad in the tests before it fires: longer than it takes to kill an agent meanwhile."""


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """A host under watch; its agents end with the test."""
    made = Host(tmp_path)
    yield made
    made.agents.end()


def kill(pid: int) -> float:
    """kill -9; when, by `time.monotonic()`. What it had started must end by itself."""
    process = psutil.Process(pid)
    children = process.children(recursive=True)
    process.kill()
    killed = time.monotonic()
    eventually(lambda: not any(child.is_running() for child in children), "the end of what the agent had started")
    return killed


def state_of(host: Host, check: str) -> dict[str, object]:
    """What is remembered of the alert of a check's rule; empty when it is well."""
    for (state,) in host.records("SELECT state FROM alert_machine WHERE key = ?", f"rule:{check}"):
        return dict(json.loads(state))
    return {}


def break_down(host: Host, *checks: str) -> None:
    for name in checks:
        host.file(name).unlink()


def mend(host: Host, *checks: str) -> None:
    for name in checks:
        host.file(name).touch()


ALERTS = ("pending", "firing", "silenced", "freed", "hushed")
"""Not bad for long enough; told; silenced before it fired; the same, and freed by the successor; silenced when told."""


def watch(host: Host) -> Started:
    """An agent that works; everything is well, and two alerts are silenced beforehand."""
    host.configure(host.file_checks(*ALERTS), rules={
        name: {"check": name, **({"for": f"{PENDING}s"} if name == "pending" else {})} for name in ALERTS})
    first = host.agent(timing=Timing())
    eventually(lambda: host.levels() == dict.fromkeys(ALERTS, 0), "results of all checks")
    for name in ("silenced", "freed"):
        host.run("alert", "silence", name, "--for", "1h", "--reason", "planned")
    return first


def into_the_middle(host: Host) -> int:
    """Everything breaks; when the one that is pending began."""
    break_down(host, *ALERTS)
    eventually(lambda: all(host.told(name) for name in ("firing", "hushed")), "messages")
    eventually(lambda: all(state_of(host, name).get("phase") == "firing" for name in ALERTS[1:]), "alerts")
    host.run("alert", "silence", "hushed", "--for", "1h", "--reason", "known by now")
    eventually(lambda: host.unsent == 0, "the end of sending")
    state = state_of(host, "pending")
    assert state["phase"] == "pending"
    assert isinstance(state["since"], int)
    return state["since"]


def to_the_end(host: Host, begun: int) -> None:
    """The successor goes on with everything as if nothing had happened."""
    ((number,),) = host.records("SELECT id FROM silence WHERE pattern = 'freed'")
    host.run("alert", "unsilence", str(number))
    eventually(lambda: host.told("freed") == ["firing"], "the message that the silence held back")
    eventually(lambda: host.told("pending") == ["firing"], "the message of what was pending", 2 * PENDING)
    mend(host, *ALERTS)
    wanted = {name: ["firing", "resolved"] for name in ALERTS} | {"silenced": []}
    eventually(lambda: {name: host.told(name) for name in ALERTS} == wanted, "the end of everything")
    eventually(lambda: host.records("SELECT count(*) FROM alert WHERE ended IS NULL") == [(0,)], "no alert")
    time.sleep(2.5)
    assert {name: host.told(name) for name in ALERTS} == wanted, "something was told twice"
    assert not any(message["repeat"] for message in host.sink.got)
    assert len({message["id"] for message in host.sink.got}) == len(host.sink.got)
    alerts = {key: (since, fired) for key, since, fired in host.records("SELECT key, begun, fired FROM alert")}
    assert len(alerts) == len(ALERTS)
    assert alerts["rule:pending"][0] == begun, "it began anew"
    assert alerts["rule:pending"][1] - begun >= PENDING * 1000


def test_a_second_agent_goes_on_where_the_killed_one_was(host: Host) -> None:
    first = watch(host)
    second = host.agent(timing=Timing())
    begun = into_the_middle(host)
    assert host.holder == first.pid
    killed = kill(first.pid)
    eventually(lambda: host.holder == second.pid, "the second agent at work", TAKEOVER)
    print(f"taken over after {time.monotonic() - killed:.1f} s")
    to_the_end(host, begun)


def test_the_child_of_a_console_goes_on_where_the_killed_agent_was(host: Host) -> None:
    first = watch(host)
    with host.console() as terminal:
        terminal.wait_for(r"SERVICES .*5 ok$")
        terminal.wait_for(" agent ")
        begun = into_the_middle(host)
        own = {process.pid for process in terminal.processes()}
        assert host.holder == first.pid
        killed = kill(first.pid)
        terminal.wait_until(lambda: host.holder not in (None, first.pid), "another agent at work", TAKEOVER)
        print(f"taken over after {time.monotonic() - killed:.1f} s")
        assert host.holder in {process.pid for process in terminal.processes()} - own
        to_the_end(host, begun)
        terminal.wait_for("^ . normal")
        terminal.send("q")
        assert terminal.wait_exit() == 0


def test_of_five_agents_one_works_and_tells(host: Host) -> None:
    host.configure(host.file_checks("one"), rules={"one": {"check": "one"}})
    break_down(host, "one")
    providers = (*PROVIDERS, "tests.agent.probes:holding")
    agents: Agents = host.agents

    def start() -> Started:
        return agents.start(timing=QUICK, providers=providers)

    for _ in range(5):
        start()
    holders = set()
    until = time.monotonic() + (60 if LONG else 9)
    while time.monotonic() < until:
        eventually(lambda: host.holder in {one.pid for one in agents.all if one.process.poll() is None}, "a holder")
        time.sleep(1.5)
        holders.add(host.holder)
        next(one for one in agents.all if one.pid == host.holder).kill()
        start()
    eventually(lambda: host.told("one") == ["firing"], "a message")
    never_two_at_once(told(host.place))
    assert len(holders) > 3
    mend(host, "one")
    eventually(lambda: host.told("one") == ["firing", "resolved"], "the message of the end")
    assert all("Traceback" not in one.said() for one in agents.all)
