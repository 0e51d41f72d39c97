from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.config import ConfigMistakes, decode
from opsconsole.core.levels import Level
from opsconsole.core.programs import FLOOD, KEPT
from opsconsole.core.units import Duration
from opsconsole.health.checks.settings.local import CommandCheck
from tests.health.checks.kinds.local_scope import Runs, runs, script

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["runs"]
PLUGINS = Path("/usr/lib/nagios/plugins")


def check(*command: str | Path, timeout: float = 10, **settings: object) -> CommandCheck:
    return CommandCheck(command=tuple(map(str, command)), timeout=Duration(timeout), **settings)  # type: ignore[arg-type]


def ended(pid: int) -> bool:
    """Whether a process is gone, or waits to be reaped by whoever adopted it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


async def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(("status", "level"), [
    (0, Level.OK), (1, Level.WARNING), (2, Level.CRITICAL), (3, Level.UNKNOWN), (4, Level.UNKNOWN),
    (77, Level.UNKNOWN)])
async def test_the_exit_status_is_the_level(runs: Runs, tmp_path: Path, status: int, level: Level) -> None:
    plugin = script(tmp_path, "plugin", f"echo 'STATE - it is so | depth=12;10;20 time=84ms'; exit {status}")
    measured = await runs(check(plugin))
    assert (measured.level, measured.problem) == (level, "")
    assert measured.text == ("" if status < 4 else f"exit status {status}: ") + "STATE - it is so"
    assert measured.values == {"status": status, "value": 12, "depth": 12, "time": 0.084}


async def test_more_lines_and_errors_are_detail(runs: Runs, tmp_path: Path) -> None:
    plugin = script(tmp_path, "plugin", "printf 'first | a=1\\nsecond\\nthird | b=2\\nc=3\\n'; echo oops >&2; exit 1")
    measured = await runs(check(plugin))
    assert (measured.text, measured.output) == ("first", "first\nsecond\nthird \noops")
    assert measured.values == {"status": 1, "value": 1, "a": 1, "b": 2, "c": 3}


async def test_who_says_nothing_is_told_of_by_status_or_errors(runs: Runs, tmp_path: Path) -> None:
    assert (await runs(check(script(tmp_path, "a", "exit 2")))).text == "exit status 2"
    assert (await runs(check(script(tmp_path, "b", "echo 'no such host' >&2; exit 2")))).text == "no such host"
    killed = await runs(check(script(tmp_path, "c", "echo half; kill -SEGV $$")))
    assert (killed.level, killed.text) == (Level.UNKNOWN, "signal 11: half")


async def test_what_cannot_be_started_is_unknown(runs: Runs, tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("no program")
    for command, why in ((tmp_path / "missing", "it does not exist"), ("no-such-program", "it does not exist"),
                         (tmp_path / "plain", "it cannot be executed"), (tmp_path, "it cannot be executed")):
        measured = await runs(check(command))
        assert (measured.level, measured.text) == (Level.UNKNOWN, f"{command} could not be started: {why}")
    measured = await runs(check("true", folder=str(tmp_path / "missing")))
    assert measured.text == "true could not be started: its folder cannot be entered"
    measured = await runs(check("echo", "a\0b"))
    assert (measured.level, measured.text) == (Level.UNKNOWN, "echo could not be started: embedded null byte")


async def test_no_shell_reads_the_arguments(runs: Runs, tmp_path: Path) -> None:
    plugin = script(tmp_path, "plug in; exit 3", 'for each; do echo "<$each>"; done')
    measured = await runs(check(plugin, "$HOME `id` $(id)", "a b", "", "*", "'\"", "; exit 1", "-n"))
    assert measured.output.split("\n") == ["<$HOME `id` $(id)>", "<a b>", "<>", "<*>", "<'\">", "<; exit 1>", "<-n>"]
    assert measured.level == Level.OK


async def test_the_environment_is_small_and_secrets_stay_secret(
        runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOREIGN", "1")
    plugin = script(tmp_path, "plugin", "env; pwd; echo $PASSWORD >&2; exit 1")
    settings = decode(f"kind: command\ncommand: [{plugin}]\n"
                      "env: {LEVEL: high}\nsecrets: {PASSWORD: '${DB_PASSWORD}'}\nfolder: /tmp\n",
                      CommandCheck, source="x", env={"DB_PASSWORD": "p4$$ word"})
    measured = await runs(settings)
    lines = measured.output.split("\n")
    names = {line.partition("=")[0] for line in lines if "=" in line}
    assert names - {"USER", "LOGNAME", "XDG_RUNTIME_DIR", "_", "SHLVL"} == {
        "PATH", "HOME", "LC_ALL", "LANG", "LEVEL", "PASSWORD", "PWD", "OLDPWD"}
    assert "/tmp" in lines
    assert "PASSWORD=***" in lines
    assert lines[-1] == "***"
    assert "p4$$" not in repr(measured)


async def test_a_secret_that_is_not_there_is_said(runs: Runs) -> None:
    settings = decode("command: [env]\nsecrets: {A: '${NOT_SET}'}\nkind: command\n", CommandCheck, source="x", env={},
                      need_secrets=False)
    measured = await runs(settings)
    assert measured.level == Level.UNKNOWN
    assert "NOT_SET is not set" in measured.text


async def test_garbage_and_escapes_are_kept_as_text(runs: Runs, tmp_path: Path) -> None:
    plugin = script(tmp_path, "plugin", r"printf '\033[31mred\377\000 | a=1 \377=2 b=3\n\033]0;owned\007'")
    measured = await runs(check(plugin))
    assert measured.text == "\x1b[31mred\\xff\0"
    assert measured.values == {"status": 0, "value": 1, "a": 1, "xff": 2, "b": 3}
    measured.output.encode()


async def test_a_hung_plugin_ends_with_all_that_it_started(runs: Runs, tmp_path: Path) -> None:
    plugin = script(tmp_path, "plugin", f"""trap '' TERM HUP INT
        (trap '' TERM; sh -c 'trap "" TERM; echo $$ > {tmp_path}/child; while :; do sleep 9; done') &
        (nohup sleep 99 >/dev/null 2>&1 & echo $! > {tmp_path}/orphan) &
        echo $$ > {tmp_path}/main; echo so far; while :; do sleep 99; done""")
    measured = await runs(check(plugin, timeout=1.5))
    assert (measured.problem, measured.text) == ("no answer within 1 s", "so far")
    for name in ("main", "child", "orphan"):
        pid = int((tmp_path / name).read_text())
        await until(lambda pid=pid: ended(pid))  # type: ignore[misc]


async def test_who_is_told_to_end_may_clean_up(runs: Runs, tmp_path: Path) -> None:
    plugin = script(tmp_path, "plugin", f"trap 'echo done > {tmp_path}/cleaned; exit 0' TERM; sleep 99 & wait")
    measured = await runs(check(plugin, timeout=1))
    assert measured.problem == "no answer within 1 s"
    assert (tmp_path / "cleaned").read_text() == "done\n"


async def test_cancelling_ends_it_at_once(runs: Runs, tmp_path: Path) -> None:
    plugin = script(tmp_path, "plugin", f"trap '' TERM; echo $$ > {tmp_path}/main; while :; do sleep 99; done")
    task = asyncio.create_task(runs(check(plugin, timeout=60)))
    await until(lambda: (tmp_path / "main").exists() and bool((tmp_path / "main").read_text()))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    pid = int((tmp_path / "main").read_text())
    await until(lambda: ended(pid))


async def test_what_stays_behind_does_not_hold_the_answer_up_and_is_ended(runs: Runs, tmp_path: Path) -> None:
    plugin = script(tmp_path, "plugin", f"sleep 99 & echo $! > {tmp_path}/daemon; echo fine")
    began = time.monotonic()
    measured = await runs(check(plugin, timeout=60))
    assert time.monotonic() - began < 30
    assert (measured.text, measured.level) == ("fine", Level.OK)
    pid = int((tmp_path / "daemon").read_text())
    await until(lambda: ended(pid))


async def test_a_daemon_that_left_the_group_and_kept_the_output_holds_nothing_up(runs: Runs, tmp_path: Path) -> None:
    plugin = script(tmp_path, "plugin", f"setsid sh -c 'echo $$ > {tmp_path}/daemon; exec sleep 99' &\n"
                                        "sleep 0.1; echo fine")
    measured = await runs(check(plugin, timeout=60))
    assert measured.text == "fine"
    await until(lambda: (tmp_path / "daemon").exists() and bool((tmp_path / "daemon").read_text()))
    os.kill(int((tmp_path / "daemon").read_text()), signal.SIGKILL)


async def test_much_output_is_cut_and_a_flood_is_ended(runs: Runs, tmp_path: Path) -> None:
    much = script(tmp_path, "much", f"echo fine; head -c {FLOOD // 4} /dev/zero | tr '\\0' x")
    measured = await runs(check(much))
    assert (measured.text, measured.level) == ("fine", Level.OK)
    assert len(measured.output) <= KEPT
    flood = script(tmp_path, "flood", "echo fine; exec cat /dev/zero")
    measured = await runs(check(flood, timeout=60))
    assert (measured.level, measured.text) == (Level.UNKNOWN, "it was ended because it wrote more than 16 MiB")


async def test_a_kernel_without_descriptors_of_processes_will_do(
        runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(os, "pidfd_open", missing)
    assert (await runs(check("echo", "fine"))).text == "fine"
    assert (await runs(check("sleep", "99", timeout=0.5))).problem == "no answer within 500 ms"


async def test_no_descriptor_and_no_child_is_left(runs: Runs) -> None:
    await runs(check("true"))
    before = sorted(os.listdir("/proc/self/fd"))
    await asyncio.gather(*[runs(check("echo", str(number))) for number in range(10)])
    await runs(check("sleep", "9", timeout=0.3))
    assert sorted(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize(("arguments", "values"), [
    (("check_disk", "-w", "1%", "-c", "0%", "-p", "/"), {"status", "value", "root"}),
    (("check_load", "-w", "900,900,900", "-c", "999,999,999"), {"status", "value", "load1", "load5", "load15"}),
    (("check_procs", "-w", "1:100000", "-c", "1:100000"), {"status", "value", "procs"})])
async def test_the_plugins_of_the_distribution(runs: Runs, arguments: tuple[str, ...], values: set[str]) -> None:
    if not (PLUGINS / arguments[0]).exists():
        pytest.skip("needs monitoring-plugins")
    measured = await runs(check(*arguments))
    assert measured.level == Level.OK, measured
    assert measured.text.split(":")[0].split(" ")[1] == "OK"
    assert set(measured.values) == values
    assert all(isinstance(value, float) and value >= 0 for value in measured.values.values())


async def test_the_plugins_of_the_distribution_when_something_is_wrong(runs: Runs) -> None:
    if not (PLUGINS / "check_disk").exists():
        pytest.skip("needs monitoring-plugins")
    critical = await runs(check("check_procs", "-c", "0:0"))
    assert (critical.level, critical.text.startswith("PROCS CRITICAL")) == (Level.CRITICAL, True)
    warning = await runs(check("check_disk", "-w", "100%", "-c", "0%", "-p", "/"))
    assert (warning.level, warning.text.startswith("DISK WARNING")) == (Level.WARNING, True)
    assert isinstance(size := warning.values["value"], float)
    assert size > 1_000_000
    assert (await runs(check("check_load", "--nonsense"))).level == Level.UNKNOWN


@pytest.mark.parametrize(("text", "place"), [
    ("command: []", "command"), ("command: ['']", "command"), ("command: ['-x']", "command"),
    ("command: [a]\nfolder: b", "folder"), ("command: [a]\nenv: {a b: c}", "env"),
    ("command: [a]\nsecrets: {A: plain}", "secrets"),
    ("command: [a]\nenv: {A: b}\nsecrets: {A: '${X}'}", "secrets")])
def test_mistakes_have_a_place(text: str, place: str) -> None:
    with pytest.raises(ConfigMistakes, match=place):
        decode(f"kind: command\n{text}\n", CommandCheck, source="x", env={"X": "1"})
