from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.clock import instant, utc
from opsconsole.core.levels import Level
from opsconsole.core.units import Duration
from opsconsole.health.checks.kinds import unit as kind
from opsconsole.health.checks.kinds.unit import span, timestamp
from opsconsole.health.checks.settings.local import TimerCheck, UnitCheck
from tests.health.checks.kinds.local_scope import Runs, runs, script

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["runs"]

SERVICE = """Id=nginx.service
LoadState=loaded
ActiveState=active
SubState=running
Result=success
NRestarts=2
MemoryCurrent=9445376
ExecMainStatus=0
Description=A high performance web server
StateChangeTimestamp={when}"""
"""As systemd 252 prints it."""
OLD = """Id=nginx.service
LoadState=loaded
ActiveState=active
SubState=running
Result=success
MemoryCurrent=18446744073709551615
ExecMainStatus=0
Description=The nginx HTTP and reverse proxy server"""
"""As systemd 219 does: no count of restarts, no time of change, the largest number for what is not known."""
FAILED = """Id=app.service
LoadState=loaded
ActiveState=failed
SubState=failed
Result=exit-code
NRestarts=5
MemoryCurrent=[not set]
ExecMainStatus=3
Description=App \x1b[31m
StateChangeTimestamp={when}"""
MISSING = """Id=none.service
LoadState=not-found
LoadError=org.freedesktop.systemd1.NoSuchUnit "Unit none.service not found."
ActiveState=inactive
SubState=dead
Result=success
StateChangeTimestamp="""


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder before all others on the PATH; `answers(...)` puts a systemctl there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def answers(folder: Path, text: str, *, status: int = 0, errors: str = "") -> None:
    (folder / "answer").write_text(text)
    script(folder, "systemctl", f"""printf '%s\\n' "$TZ $LC_ALL" "$@" > {folder}/asked
        cat {folder}/answer; printf '%s' "{errors}" >&2; exit {status}""")


def when(runs: Runs, seconds: float) -> str:
    return f"{utc(runs.clock.now() - round(seconds * 1000)):%a %Y-%m-%d %H:%M:%S} UTC"


async def test_a_running_service(runs: Runs, systemctl: Path) -> None:
    answers(systemctl, SERVICE.format(when=when(runs, 7200)))
    measured = await runs(UnitCheck(unit="nginx.service"))
    age = measured.values["age"]
    assert isinstance(age, float)
    assert 7199 <= age <= 7260
    assert {**measured.values, "age": 0} == {
        "active": True, "state": "active", "substate": "running", "age": 0, "restarts": 2, "result": "success",
        "memory": 9445376}
    assert (measured.level, measured.problem) == (Level.OK, "")
    assert measured.text == "active 2 h"
    assert measured.output == "A high performance web server\nrestarted 2 times"
    asked = (systemctl / "asked").read_text().splitlines()
    assert asked[0] == "UTC C"
    assert asked[-2:] == ["--", "nginx.service"]
    assert "--user" not in asked


async def test_an_old_systemd_says_less(runs: Runs, systemctl: Path) -> None:
    answers(systemctl, OLD)
    measured = await runs(UnitCheck(unit="nginx.service", user=True))
    assert measured.values == {"active": True, "state": "active", "substate": "running", "result": "success"}
    assert measured.text == "active"
    assert (systemctl / "asked").read_text().splitlines()[1] == "--user"


async def test_a_failed_service_is_critical_by_itself(runs: Runs, systemctl: Path) -> None:
    answers(systemctl, FAILED.format(when=when(runs, 90)))
    measured = await runs(UnitCheck(unit="app.service"))
    assert (measured.level, measured.values["active"]) == (Level.CRITICAL, False)
    # systemd tells whole seconds, and asking takes a moment.
    assert measured.text in ("failed 1 min 30 s, exit-code", "failed 1 min 31 s, exit-code")
    assert "its main process ended with 3" in measured.output
    assert "memory" not in measured.values


@pytest.mark.parametrize(("text", "problem"), [
    (MISSING, "there is no unit x.service"),
    ("LoadState=masked\nActiveState=inactive", "it is masked"),
    ("LoadState=bad-setting\nLoadError=\nActiveState=inactive", "its configuration is wrong: bad-setting"),
    ("LoadState=error\nLoadError=org.x \"Invalid argument\"\nActiveState=inactive",
     "its configuration is wrong: org.x \"Invalid argument\"")])
async def test_units_that_are_not_there_or_cannot_be(runs: Runs, systemctl: Path, text: str, problem: str) -> None:
    answers(systemctl, text)
    measured = await runs(UnitCheck(unit="x.service"))
    assert measured.problem == problem
    assert measured.values["active"] is False


@pytest.mark.parametrize("errors", [
    "System has not been booted with systemd as init system (PID 1). Can't operate.", "Failed to get D-Bus connection"])
async def test_a_machine_without_systemd_is_unknown_and_calm(
        runs: Runs, systemctl: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, errors: str) -> None:
    monkeypatch.setattr(kind, "BOOTED", tmp_path / "nothing")
    answers(systemctl, "", status=1, errors=errors)
    for check in (UnitCheck(unit="a.service"), TimerCheck(unit="a.timer")):
        measured = await runs(check)
        assert (measured.level, measured.text, measured.problem) == (Level.UNKNOWN, "this machine runs no systemd", "")


async def test_a_machine_without_systemctl_is_the_same(
        runs: Runs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(kind, "BOOTED", tmp_path / "nothing")
    monkeypatch.setenv("PATH", str(tmp_path))
    measured = await runs(UnitCheck(unit="a.service"))
    assert (measured.level, measured.text) == (Level.UNKNOWN, "this machine runs no systemd")


async def test_a_systemd_that_refuses_is_unknown_and_says_why(
        runs: Runs, systemctl: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(kind, "BOOTED", tmp_path)
    answers(systemctl, "", status=1, errors="Failed to connect to bus: No medium found\nmore")
    measured = await runs(UnitCheck(unit="a.service", user=True))
    assert (measured.level, measured.text) == (
        Level.UNKNOWN, "systemctl failed: Failed to connect to bus: No medium found")


async def test_a_systemd_that_hangs_is_a_problem(runs: Runs, systemctl: Path) -> None:
    script(systemctl, "systemctl", "sleep 99")
    measured = await runs(UnitCheck(unit="a.service", timeout=Duration(0.5)))
    assert measured.problem == "systemd gave no answer within 500 ms"


async def test_garbage_from_systemctl_is_survived(runs: Runs, systemctl: Path) -> None:
    answers(systemctl, "LoadState=loaded\nActiveState=\x1b[2J\nNRestarts=-5\nStateChangeTimestamp=soon\n=\n==\n"
                       "MemoryCurrent=x")
    measured = await runs(UnitCheck(unit="a.service"))
    assert measured.values == {"active": False, "state": "\x1b[2J", "substate": "", "result": ""}


def timer(folder: Path, properties: str, job: str) -> None:
    (folder / "timer").write_text(properties)
    (folder / "job").write_text(job)
    script(folder, "systemctl", f'case "$*" in *.timer) cat {folder}/timer;; *) cat {folder}/job;; esac')


async def test_a_timer_says_when_it_ran_and_will(runs: Runs, systemctl: Path) -> None:
    timer(systemctl, "Id=backup.timer\nLoadState=loaded\nActiveState=active\nSubState=waiting\nResult=success\n"
          f"Unit=backup.service\nLastTriggerUSec={when(runs, 6 * 3600)}\n"
          f"NextElapseUSecRealtime={when(runs, -18 * 3600 - 30)}\nNextElapseUSecMonotonic=infinity\n",
          "LoadState=loaded\nActiveState=inactive\nSubState=dead\nResult=success\nDescription=Backup\n")
    measured = await runs(TimerCheck(unit="backup"))
    last, to_come = measured.values["last"], measured.values["next"]
    assert isinstance(last, float)
    assert isinstance(to_come, float)
    assert 6 * 3600 - 1 <= last <= 6 * 3600 + 60
    assert 18 * 3600 - 30 <= to_come <= 18 * 3600 + 31
    assert [measured.values[name] for name in ("active", "result", "running")] == [True, "success", False]
    assert measured.text == "ran 6 h ago, next in 18 h"


async def test_a_timer_by_time_since_boot_whose_job_failed(runs: Runs, systemctl: Path) -> None:
    timer(systemctl, "LoadState=loaded\nActiveState=active\nSubState=waiting\nUnit=job.service\nLastTriggerUSec=n/a\n"
          f"NextElapseUSecRealtime=\nNextElapseUSecMonotonic={int(runs.clock.monotonic()) + 100}s 5.5ms\n",
          "LoadState=loaded\nActiveState=activating\nResult=timeout\n")
    measured = await runs(TimerCheck(unit="job.timer"))
    to_come = measured.values["next"]
    assert isinstance(to_come, float)
    assert 30 < to_come <= 101
    assert "last" not in measured.values
    assert (measured.values["result"], measured.values["running"]) == ("timeout", True)
    assert measured.text.startswith("never ran, ended with timeout, next in 1 min")


@pytest.mark.parametrize(("text", "at"), [
    ("Thu 2024-01-04 10:00:00 UTC", 1704362400000), ("2024-01-04 10:00:00 UTC", 1704362400000),
    ("Thu 2024-01-04 10:00:00.250000 UTC", 1704362400250), ("@1704362400", 1704362400000),
    ("", None), ("n/a", None), ("Thu 2024-01-04 10:00:00 CET", None), ("Thu 2024-13-04 10:00:00 UTC", None),
    ("@", None), ("@x", None), ("0", None)])
def test_dates_of_systemd(text: str, at: int | None) -> None:
    assert timestamp(text) == at


@pytest.mark.parametrize(("text", "seconds"), [
    ("1w 2d 3h 4min 5.678s", 788645.678), ("2month 1y", 2 * 2629800 + 31557600), ("100ms 5us", 0.100005), ("0", 0),
    ("infinity", None), ("", None), ("5", None), ("1h x", None)])
def test_spans_of_systemd(text: str, seconds: float | None) -> None:
    assert span(text) == (None if seconds is None else pytest.approx(seconds))


@given(st.datetimes())
def test_every_date_is_read_back(moment: object) -> None:
    text = f"{moment:%a %Y-%m-%d %H:%M:%S} UTC"
    at = timestamp(text)
    if at is None:
        assert text[4:8] < "1000" or len(text.split()[1]) != 10
    else:
        assert f"{utc(at):%a %Y-%m-%d %H:%M:%S} UTC" == text
        assert instant(utc(at)) == at


@given(st.text())
def test_any_text_is_no_date_or_one(text: str) -> None:
    assert timestamp(text) is None or isinstance(timestamp(text), int)
    assert span(text) is None or isinstance(span(text), float)
