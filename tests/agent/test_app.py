"""The agent in processes of its own: several at once, killed, stopped, told to end, with a wrong configuration."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from opsconsole.agent.model import Timing
from tests.agent.agents import QUICK, ROOT, Agents, Told, never_two_at_once, told, wait_for
from tests.core.storage import raw

LONG = os.environ.get("LONG_TESTS", "") not in ("", "0")


def holder(agents: Agents) -> int | None:
    """Who said last that it works."""
    lines = told(agents.place)
    return lines[-1].pid if lines else None


def lease(agents: Agents) -> tuple[str, str, int]:
    """Token, kind and process of the lease."""
    with raw(agents.place.records) as db:
        found: tuple[str, str, int] = db.execute("SELECT token, kind, pid FROM lease").fetchone()
    return found


def trouble(agents: Agents, seconds: float, chance: Random) -> None:
    """Five agents, of which one is stopped, killed or ended every now and then, and replaced."""
    for _ in range(5):
        agents.start()
    wait_for(lambda: told(agents.place))
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(chance.uniform(0.2, 1.2))
        one = chance.choice([one for one in agents.all if one.process.poll() is None])
        match chance.choice(["kill", "stop", "end", "holder", "nothing"]):
            case "kill":
                one.process.kill()
            case "stop":
                one.send(signal.SIGSTOP)
                time.sleep(chance.uniform(0.1, 2.5))
                one.send(signal.SIGCONT)
            case "end":
                one.send(signal.SIGTERM)
            case "holder":
                worker = next((one for one in agents.all if one.pid == holder(agents)), one)
                worker.send(signal.SIGSTOP)
                time.sleep(QUICK.dead + 0.6)
                worker.send(signal.SIGCONT)
        if sum(one.process.poll() is None for one in agents.all) < 5:
            agents.start()


def test_of_five_one_works_whatever_happens_to_them(agents: Agents) -> None:
    trouble(agents, 60 if LONG else 8, Random(7))
    before = len(told(agents.place))
    wait_for(lambda: len(told(agents.place)) > before)
    lines = told(agents.place)
    never_two_at_once(lines)
    assert len({line.token for line in lines}) > 1, "nobody ever took over"
    assert all("Traceback" not in one.said() for one in agents.all)


def test_the_check_itself_sees_two_at_once() -> None:
    lines = [Told(1.0, 1, "a"), Told(2.0, 2, "b"), Told(3.0, 1, "a")]
    with pytest.raises(AssertionError, match="while another one did"):
        never_two_at_once(lines)


@pytest.mark.slow
def test_a_killed_agent_is_succeeded_within_fifteen_seconds(agents: Agents) -> None:
    first = agents.start(timing=Timing())
    wait_for(lambda: told(agents.place))
    second = agents.start(timing=Timing())
    wait_for(lambda: "opsconsole" in second.said() or second.process.poll() is None)
    first.process.kill()
    killed = time.monotonic()
    wait_for(lambda: holder(agents) == second.pid, 60)
    taken = next(line.at for line in told(agents.place) if line.pid == second.pid)
    print(f"succeeded after {taken - killed:.1f} s")
    assert taken - killed < 15
    never_two_at_once(told(agents.place))


@pytest.mark.skipif(not LONG, reason="takes half a minute")
def test_a_stopped_agent_is_succeeded_within_fifteen_seconds(agents: Agents) -> None:
    first = agents.start(timing=Timing())
    wait_for(lambda: told(agents.place))
    second = agents.start(timing=Timing())
    time.sleep(2)
    first.send(signal.SIGSTOP)
    stopped = time.monotonic()
    wait_for(lambda: holder(agents) == second.pid, 60)
    assert next(line.at for line in told(agents.place) if line.pid == second.pid) - stopped < 15
    first.send(signal.SIGCONT)
    time.sleep(8)
    never_two_at_once(told(agents.place))


def test_a_stopped_agent_does_nothing_more_when_it_goes_on(agents: Agents) -> None:
    first = agents.start()
    wait_for(lambda: told(agents.place))
    second = agents.start()
    first.send(signal.SIGSTOP)
    stopped = time.monotonic()
    wait_for(lambda: holder(agents) == second.pid)
    first.send(signal.SIGCONT)
    wait_for(lambda: "because=lost" in first.said())
    assert all(line.at < stopped for line in told(agents.place) if line.pid == first.pid)
    never_two_at_once(told(agents.place))
    second.send(signal.SIGTERM)
    assert second.ended() == 0
    wait_for(lambda: holder(agents) == first.pid)


def test_an_agent_that_was_stopped_alone_goes_on(agents: Agents) -> None:
    only = agents.start()
    wait_for(lambda: told(agents.place))
    only.send(signal.SIGSTOP)
    time.sleep(QUICK.dead + 0.5)
    only.send(signal.SIGCONT)
    before = len(told(agents.place))
    wait_for(lambda: len(told(agents.place)) > before + 3)
    assert "stopped working" not in only.said()


def test_a_waiting_agent_takes_over_at_once_when_the_other_ends(agents: Agents) -> None:
    first = agents.start(timing=Timing())
    wait_for(lambda: told(agents.place))
    second = agents.start(timing=Timing())
    first.send(signal.SIGINT)
    assert first.ended() == 0
    wait_for(lambda: holder(agents) == second.pid, 10)


def test_sigterm_lets_what_is_running_end(agents: Agents) -> None:
    one = agents.start(providers=("tests.agent.probes:slow",))
    wait_for(agents.place.told.exists)
    one.send(signal.SIGTERM)
    assert one.ended() == 0
    assert agents.place.told.read_text().split() == ["begin", "end"]
    assert lease(agents)[0] == ""
    with raw(agents.place.records) as db:
        assert db.execute("SELECT name, ok, runs FROM job").fetchall() == [("slow", 1, 1)]


@pytest.mark.parametrize("signals", [1, 2])
def test_what_does_not_end_is_cut_off(agents: Agents, signals: int) -> None:
    timing = Timing() if signals == 2 else QUICK
    one = agents.start(providers=("tests.agent.probes:stubborn",), timing=timing)
    wait_for(agents.place.told.exists)
    begun = time.monotonic()
    one.send(signal.SIGTERM)
    if signals == 2:
        time.sleep(0.3)
        one.send(signal.SIGTERM)
    assert one.ended() == 0
    print(f"ended after {time.monotonic() - begun:.1f} s")
    assert "jobs=stubborn,thread" in one.said()
    assert "cancelled" in agents.place.told.read_text()
    assert lease(agents)[0] == ""


def test_sighup_reads_the_configuration_again_and_keeps_the_old_one_if_it_is_wrong(agents: Agents) -> None:
    one = agents.start(providers=("tests.agent.probes:configured",))
    wait_for(agents.place.told.exists)
    agents.place.write("log:\n  level: loud\n  keep: many\n")
    one.send(signal.SIGHUP)
    wait_for(lambda: "the old configuration stays" in one.said())
    assert one.said().count(f"{agents.place.config}:") == 2, "each mistake is told"
    agents.place.write("log:\n  level: warning\n")
    one.send(signal.SIGHUP)
    wait_for(lambda: "level warning" in agents.place.told.read_text())
    lines = agents.place.told.read_text().splitlines()
    assert lines.index("closed info") < lines.index("level warning")
    assert "level info" not in lines[lines.index("closed info"):]
    one.send(signal.SIGTERM)
    assert one.ended() == 0
    assert agents.place.told.read_text().splitlines()[-1] == "closed warning"


def test_sighup_is_heard_while_waiting(agents: Agents) -> None:
    agents.start()
    wait_for(lambda: told(agents.place))
    second = agents.start()
    wait_for(lambda: second.process.poll() is None and _handles_hangup(second.pid))
    agents.place.write("log:\n  level: loud\n")
    second.send(signal.SIGHUP)
    wait_for(lambda: "the old configuration stays" in second.said())


def _handles_hangup(pid: int) -> bool:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    caught = next(line.split()[1] for line in lines if line.startswith("SigCgt"))
    return bool(int(caught, 16) & 1 << (signal.SIGHUP - 1))


def test_a_broken_feature_does_not_keep_the_others_from_working(agents: Agents) -> None:
    one = agents.start(providers=("tests.agent.probes:broken", "tests.agent.probes:holding", "tests.agent.nothing:x"))
    wait_for(lambda: told(agents.place))
    wait_for(lambda: one.said().count("jobs left out") >= 4)
    assert "this feature is broken" in one.said()


def test_a_feature_that_cannot_make_its_jobs_is_asked_again(agents: Agents) -> None:
    one = agents.start(providers=("tests.agent.probes:later", "tests.agent.probes:holding"))
    wait_for(lambda: one.said().count("jobs left out: Not yet.") > 1)
    (agents.place.folder / "told.now").touch()
    wait_for(lambda: "works" in agents.place.told.read_text())
    one.send(signal.SIGTERM)
    assert one.ended() == 0
    lines = [line for line in agents.place.told.read_text().splitlines() if line in ("closed", "works")]
    assert lines == ["closed"] * (len(lines) - 2) + ["works", "closed"], "what a try opened was closed"


def test_a_new_configuration_with_which_a_feature_fails_is_not_used(agents: Agents) -> None:
    (agents.place.folder / "told.now").touch()
    one = agents.start(providers=("tests.agent.probes:later", "tests.agent.probes:configured"))
    wait_for(lambda: agents.place.told.exists() and "level info" in agents.place.told.read_text())
    (agents.place.folder / "told.now").unlink()
    agents.place.write("log:\n  level: warning\n")
    one.send(signal.SIGHUP)
    wait_for(lambda: "not all jobs can be made" in one.said())
    time.sleep(0.4)
    lines = agents.place.told.read_text().splitlines()
    assert "closed info" not in lines
    assert "level warning" not in lines
    assert lines[-1] == "level info"


def test_an_agent_whose_feature_hangs_at_its_start_ends_when_told(agents: Agents) -> None:
    one = agents.start(providers=("tests.agent.probes:hanging",))
    wait_for(agents.place.told.exists)
    one.send(signal.SIGTERM)
    assert one.ended() == 0
    assert lease(agents)[0] == ""


def test_a_feature_that_does_not_close_keeps_nobody(agents: Agents) -> None:
    one = agents.start(providers=("tests.agent.probes:clinging",))
    wait_for(agents.place.told.exists)
    one.send(signal.SIGTERM)
    assert one.ended() == 0
    assert agents.place.told.read_text().split() == ["begin", "closing"]
    assert "something could not be closed" in one.said()
    assert lease(agents)[0] == ""


def test_of_two_jobs_with_one_name_the_first_is_run(agents: Agents) -> None:
    (agents.place.folder / "told.now").touch()
    one = agents.start(providers=("tests.agent.probes:later", "tests.agent.probes:doubled"))
    wait_for(agents.place.told.exists)
    one.send(signal.SIGTERM)
    assert one.ended() == 0
    assert agents.place.told.read_text().split() == ["works", "closed"]
    assert "there is another one of this name" in one.said()


def test_once_fails_where_a_feature_does(agents: Agents) -> None:
    one = agents.start(once=True, providers=("tests.agent.probes:broken",))
    assert one.ended() == 1
    assert "RuntimeError: this feature is broken" in one.said()


def test_once_runs_each_job_and_says_which_failed(agents: Agents) -> None:
    one = agents.start(once=True, providers=("tests.agent.probes:failing",))
    assert one.ended() == 1
    assert agents.place.told.read_text() == "works\n"
    assert "job=bad" in one.said()
    assert "\x1b" not in one.said()
    assert "The ␛[31mservice is gone. Look for it." in one.said()
    with raw(agents.place.records) as db:
        assert db.execute("SELECT name, ok, runs, failures FROM job ORDER BY name").fetchall() == [
            ("bad", 0, 1, 1), ("good", 1, 1, 0)]
    real = agents.command("agent", "--once")
    assert real.ended() == 0, real.said()


def test_once_says_who_works(agents: Agents) -> None:
    first = agents.start()
    wait_for(lambda: told(agents.place))
    second = agents.command("agent", "--once")
    assert second.ended() == 1
    assert f"Another agent works: a permanent one, process {first.pid} on " in second.said()


def test_a_child_ends_when_its_standard_input_ends(agents: Agents) -> None:
    child = agents.start(kind="child")
    wait_for(lambda: told(agents.place))
    assert child.process.stdin is not None
    child.process.stdin.close()
    assert child.ended() == 0
    assert lease(agents)[:2] == ("", "child")


def test_a_child_gives_way_to_a_permanent_agent_and_not_the_other_way(agents: Agents) -> None:
    child = agents.start(kind="child")
    wait_for(lambda: told(agents.place))
    permanent = agents.start()
    assert child.ended() == 0
    assert "because=asked" in child.said()
    wait_for(lambda: holder(agents) == permanent.pid)
    late = agents.start(kind="child")
    assert late.ended() == 0
    assert "another agent works" in late.said()
    assert lease(agents)[2] == permanent.pid
    never_two_at_once(told(agents.place))


def test_a_child_is_started_by_consoles_only(agents: Agents) -> None:
    child = agents.command("agent", "--child")
    assert child.ended() == 2
    assert "a pipe as standard input" in child.said()


def test_the_command_works_as_a_child_and_writes_the_log_file(agents: Agents, home: Path) -> None:
    child = agents.command("agent", "--child", pipe=True)
    log = home / ".local/state/opsconsole/opsconsole.log"
    wait_for(lambda: log.exists() and "working" in log.read_text())
    assert child.process.stdin is not None
    child.process.stdin.close()
    assert child.ended() == 0
    assert child.said() == ""


def test_nothing_of_a_terminal_user_interface_is_loaded() -> None:
    program = ("import sys; import opsconsole.agent.app, opsconsole.agent.child, opsconsole.agent.commands;"
               "assert not {'textual', 'rich', 'httpx', 'apprise', 'cronsim'} & set(sys.modules)")
    found = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr


def test_the_records_can_be_read_by_others_meanwhile(agents: Agents) -> None:
    agents.start()
    wait_for(lambda: told(agents.place))
    with sqlite3.connect(f"file:{agents.place.records}?mode=ro", uri=True) as db:
        assert db.execute("SELECT kind FROM lease").fetchone() == ("permanent",)
    db.close()


def test_the_agents_folder_and_the_persons_are_for_nobody_else(tmp_path: Path) -> None:
    from opsconsole.agent.app import _state_folder

    before = os.umask(0o022)
    try:
        folder = _state_folder(tmp_path / "state" / "opsconsole" / "agent")
    finally:
        os.umask(before)
    assert [path.stat().st_mode & 0o777 for path in (folder, folder.parent)] == [0o700, 0o700]
