"""Real agents with all their jobs: killed in the middle of an incident, several at once, told to read again, and where
servers, mounts and disks fail them."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import psutil
import pytest

from opsconsole.agent.app import PROVIDERS
from opsconsole.agent.model import Timing
from tests.agent.agents import QUICK, Agents, never_two_at_once, told
from tests.core.storage import as_root, small_disk
from tests.e2e import hanging
from tests.e2e.program import eventually, tight
from tests.e2e.watched import Host
from tests.servers.silent import closing, silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.agent.agents import Started
    from tests.terminal import Terminal

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


def _lives(process: psutil.Process) -> bool:
    """Whether it does anything still; whoever inherited it need not have noticed its end."""
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def kill(pid: int) -> float:
    """kill -9; when, by `time.monotonic()`. What it had started must end by itself."""
    process = psutil.Process(pid)
    children = process.children(recursive=True)
    process.kill()
    killed = time.monotonic()
    eventually(lambda: not any(map(_lives, children)), "the end of what the agent had started")
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
    eventually(lambda: state_of(host, "pending").get("phase") == "pending", "the pending alert")
    state = state_of(host, "pending")
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


PERIOD = 5000
"""ms between two runs of every check here."""
SOON = {f"tcp{number}": "tcp" for number in range(3)} | {"file": "file", "another": "file", "program": "command"}
"""The checks that must not be delayed, and their kinds."""


def quick_checks(folder: Path, port: int) -> dict[str, dict[str, object]]:
    given: dict[str, dict[str, object]] = {
        "tcp": {"host": "127.0.0.1", "port": port}, "file": {"path": str(folder)},
        "command": {"command": ["/bin/true"]}}
    return {name: {"kind": kind, "every": "5s", **given[kind]} for name, kind in SOON.items()}


def hung_checks(mount: Path, port: int) -> dict[str, dict[str, object]]:
    """Twenty of a server that accepts and says nothing, and some of a dead mount."""
    made: dict[str, dict[str, object]] = {}
    for number in range(5):
        for kind in ("redis", "smtp", "ssh"):
            made[f"{kind}{number}"] = {"kind": kind, "host": "127.0.0.1", "port": port}
        made[f"http{number}"] = {"kind": "http", "url": f"http://127.0.0.1:{port}/"}
        made[f"mount{number}"] = {"kind": "file", "path": str(mount / "backup")}
    return {name: {**check, "every": "5s", "timeout": "4s"} for name, check in made.items()}


class Runs(NamedTuple):
    """What was seen of the runs of one check: when each began, and when it had ended, ms UTC."""

    began: list[int]
    ended: list[float]


def watched_runs(hosts: tuple[Host, Host], seconds: float) -> list[dict[str, Runs]]:
    """All runs of the checks of two hosts that work at the same time; the first of each was before its beat."""
    seen: list[dict[str, dict[int, float]]] = [{}, {}]
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for found, host in zip(seen, hosts, strict=True):
            for name, at, took in host.metrics("SELECT name, at, took FROM check_state"):
                found.setdefault(name, {})[at] = at + 1000 * took
        time.sleep(0.5)
    return [{name: Runs(sorted(runs)[1:], [runs[at] for at in sorted(runs)[1:]]) for name, runs in found.items()}
            for found in seen]


def delays(moments: Iterable[float], beat: float) -> list[float]:
    """ms by which moments are later than the nearest beat before, or earlier than the next."""
    return [(moment - beat + PERIOD / 2) % PERIOD - PERIOD / 2 for moment in moments]


def test_hung_checks_and_a_hung_mount_delay_no_other_check(tmp_path: Path) -> None:
    plain, hung = hosts = (Host(tmp_path / "plain"), Host(tmp_path / "hung"))
    mount = tmp_path / "mount"
    mount.mkdir()
    try:
        with silent() as port, closing() as fast:
            plain.configure(quick_checks(tmp_path, fast))
            hung.configure({**quick_checks(tmp_path, fast), **hung_checks(mount, port)}, agent={"record": "5s"})
            plain.agent()
            where = ["unshare", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"]), "--mount"]
            agent = hung.agent_within(*where, sys.executable, hanging.__file__, mount)
            eventually(lambda: all(host.levels() for host in hosts) or agent.process.poll() is not None, "results")
            if agent.process.poll() is not None:
                pytest.skip(f"needs FUSE and mount namespaces: {agent.said()[-300:]}")
            usual, found = watched_runs(hosts, 19)
            levels = hung.levels()
            # The figures of the host are many; those of a check are few. The time is in the lower 44 bits of the key.
            recorded = [at for (at,) in hung.metrics(
                "SELECT key & ((1 << 44) - 1) FROM sample WHERE length(vals) > 80 ORDER BY key")]
            agent.send(signal.SIGTERM)
            assert agent.ended() == 0
    finally:
        for host in hosts:
            host.agents.end()
    assert len(recorded) >= 3
    assert max(after - before for before, after in pairwise(recorded)) < 1.5 * PERIOD
    assert {level for name, level in levels.items() if name in SOON} == {0}
    assert all(level == 3 for name, level in levels.items() if name not in SOON), levels
    late: dict[str, list[float]] = {"usual": [], "found": []}
    for name in SOON:
        assert len(found[name].began) >= 2
        # Jitter depends on the host and the name alone, so both have the same beats.
        began = usual[name].began
        beat = began[0] + min(delays(began, began[0]))
        late["usual"] += delays(usual[name].ended, beat)
        late["found"] += delays(found[name].ended, beat)
    print({name: [round(delay) for delay in sorted(given)] for name, given in late.items()})
    half = len(late["found"]) // 2
    assert sorted(late["found"])[half] - sorted(late["usual"])[half] < 100
    # A machine that does something else besides may be late once; whoever waits for those that hang is later by far.
    assert max(late["found"]) - max(late["usual"]) < 1000


def reload_console(terminal: Terminal) -> None:
    terminal.send(":reload")
    terminal.wait_for("reload .*Read the configuration again")
    terminal.send("<enter>")


def test_a_new_configuration_is_used_and_a_wrong_one_is_told(host: Host) -> None:
    host.configure(host.file_checks("one"))
    agent = host.agent_within()
    with host.console() as terminal:
        terminal.wait_for(r"SERVICES .*1 ok$")
        host.configure(host.file_checks("one", "two"))
        agent.send(signal.SIGHUP)
        eventually(lambda: host.levels() == {"one": 0, "two": 0}, "results of the new check")
        reload_console(terminal)
        terminal.wait_for(r"SERVICES .*2 ok$")

        good = host.place.config.read_text(encoding="utf-8")
        host.place.config.write_text(good.replace("kind: file", "kind: fiel", 1).replace("every: 5s", "every: 1s", 1)
                                     + "agnet: {}\n", encoding="utf-8")
        agent.send(signal.SIGHUP)
        eventually(lambda: "the old configuration stays" in agent.said(), "a word about the mistakes")
        assert agent.said().count(f"{host.place.config}:") >= 2, agent.said()
        for mistake in ("fiel", "agnet"):
            assert mistake in agent.said()
        reload_console(terminal)
        terminal.wait_for("The old configuration stays in effect")
        assert "checks.one.kind" in terminal.text
        (before,) = host.metrics("SELECT max(at) FROM check_state")
        eventually(lambda: len(host.metrics("SELECT 1 FROM check_state WHERE at > ?", *before)) == 2,
                   "both checks to go on")
        terminal.wait_for(r"SERVICES .*2 ok$")
        terminal.send("q")
        assert terminal.wait_exit() == 0
    agent.send(signal.SIGTERM)
    assert agent.ended() == 0


@as_root
def test_it_tells_although_no_figure_can_be_stored(host: Host) -> None:
    with small_disk(host.folder / "disk", "2m") as disk:
        host.place.records.parent.mkdir(mode=0o700)
        host.place.records.with_name("metrics.db").symlink_to(disk / "metrics.db")
        host.configure(host.file_checks("one"), agent={"record": "5s"}, rules={"one": {"check": "one"}})
        with host.console() as terminal:
            terminal.wait_for(r"SERVICES .*1 ok$")
            with (disk / "filler").open("wb", buffering=0) as filler, suppress(OSError):
                while True:
                    filler.write(bytes(4096))
            break_down(host, "one")
            terminal.wait_until(lambda: host.told("one") == ["firing"], "a message")
            terminal.wait_for(r"^ . one no such file since")
            terminal.wait_until(lambda: tight("fails: There is no space left to write to") in tight(terminal.text),
                                "a sentence", 30)
            terminal.wait_for(r"agent, \d jobs? fails?")
            print(terminal.text)
            (disk / "filler").unlink()
            mend(host, "one")
            terminal.wait_until(lambda: host.told("one") == ["firing", "resolved"], "the message of the end")
            terminal.wait_gone("ALERTS")
            terminal.send("q")
            assert terminal.wait_exit() == 0
