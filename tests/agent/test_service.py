"""What the service manager is told, over a real socket; nothing where there is none."""

from __future__ import annotations

import os
import signal
import socket
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from opsconsole.agent.service import ServiceManager
from tests.agent.agents import Agents, told, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def manager_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(20)
        yield listening


def heard(listening: socket.socket) -> list[str]:
    """What has been said so far."""
    listening.setblocking(False)
    found: list[str] = []
    try:
        while True:
            found += listening.recv(4096).decode().split("\n")
    except BlockingIOError:
        return found


def test_it_says_what_sd_notify_wants(manager_socket: socket.socket) -> None:
    with closing(ServiceManager()) as manager:
        manager.ready()
        manager.status("working\n2 jobs … \x1b[31m")
        manager.status("working\n2 jobs … \x1b[31m")
        manager.alive()
        manager.reloading()
        manager.patience(2.5)
        manager.stopping()
    manager.ready()
    found = heard(manager_socket)
    assert found[0] == "READY=1"
    assert found[1].startswith("STATUS=working 2 jobs ? ")
    assert found[2:4] == ["WATCHDOG=1", "RELOADING=1"]
    assert found[4].startswith("MONOTONIC_USEC=")
    assert found[5:] == ["EXTEND_TIMEOUT_USEC=2500000", "STOPPING=1"]


@pytest.mark.parametrize("path", [None, "", "/nowhere/at/all", "@nobody", "x" * 500])
def test_without_a_service_manager_nothing_happens(path: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if path is not None:
        monkeypatch.setenv("NOTIFY_SOCKET", path)
    with closing(ServiceManager()) as manager:
        manager.ready()
        manager.status("x")


def test_one_that_does_not_listen_stops_nothing(manager_socket: socket.socket) -> None:
    with closing(ServiceManager()) as manager:
        for _ in range(5000):
            manager.alive()
    assert heard(manager_socket)[0] == "WATCHDOG=1"


@pytest.mark.parametrize(("env", "expected"), [
    ({}, None), ({"WATCHDOG_USEC": "0"}, None), ({"WATCHDOG_USEC": "x"}, None),
    ({"WATCHDOG_USEC": "3000000"}, 3.0), ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}, None),
    ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid())}, 3.0)])
def test_the_watchdog_that_is_wanted(
        env: dict[str, str], expected: float | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert ServiceManager().watchdog == expected


def test_an_agent_tells_its_life(agents: Agents, manager_socket: socket.socket, tmp_path: Path) -> None:
    env = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "300000"}
    one = agents.start(env=env)
    wait_for(lambda: told(agents.place))
    time.sleep(0.3)
    said = heard(manager_socket)
    assert said.count("READY=1") == 1
    assert "STATUS=working, 1 job" in said
    assert said.count("WATCHDOG=1") >= 2
    one.send(signal.SIGHUP)
    wait_for(lambda: "configuration read" in one.said())
    said = heard(manager_socket)
    assert said.index("RELOADING=1") < said.index("READY=1")
    one.send(signal.SIGTERM)
    assert one.ended() == 0
    assert heard(manager_socket)[-1] == "STOPPING=1"


def test_a_second_agent_that_waits_is_well_too(agents: Agents, manager_socket: socket.socket, tmp_path: Path) -> None:
    agents.start()
    wait_for(lambda: told(agents.place))
    agents.start(env={"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "300000"})
    said: list[str] = []

    def waits() -> bool:
        said.extend(heard(manager_socket))
        return said.count("WATCHDOG=1") > 3
    wait_for(waits)
    assert "READY=1" in said
    assert "STATUS=waiting for the lease" in said


def test_a_loop_that_hangs_says_nothing(agents: Agents, manager_socket: socket.socket, tmp_path: Path) -> None:
    agents.start(env={"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "300000"},
                 providers=("tests.agent.probes:blocking",))
    wait_for(agents.place.told.exists)
    heard(manager_socket)
    time.sleep(1)
    assert heard(manager_socket) == []
