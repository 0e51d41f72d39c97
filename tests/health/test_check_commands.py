"""`check`, `ping` and `metric` as they are called."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.core.clock import SystemClock
from opsconsole.core.database import METRICS, Database
from opsconsole.core.levels import Level
from opsconsole.health.checks.model import Outcome
from opsconsole.health.checks.reports import ReportStore
from opsconsole.health.checks.store import CheckStore
from tests.hostile import CORPUS, assert_inert

if TYPE_CHECKING:
    from collections.abc import Callable

    Program = Callable[..., tuple[int, str, str]]

CONFIG = """
data: {data}
checks:
  orders: {{kind: metric, label: orders today, text: orders, critical_unless: ["value > 3"]}}
  backup: {{kind: heartbeat, period: 1d, slo: 99%, help: look at cron}}
  file: {{kind: file, path: {file}, warning_unless: ["size < 1kB"]}}
  off: {{kind: metric, enabled: false}}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "watched").write_text("x")
    path = tmp_path / "opsconsole.yaml"
    path.write_text(CONFIG.format(data=tmp_path / "data", file=tmp_path / "watched"))
    return path


def stored(tmp_path: Path, *outcomes: Outcome) -> None:
    async def write() -> None:
        async with await Database.open(tmp_path / "data/metrics.db", METRICS) as db:
            store = CheckStore(db)
            for outcome in outcomes:
                store.put(outcome, 60.0)
            await store.close()

    asyncio.run(write())


def reported(tmp_path: Path) -> Any:
    async def read() -> Any:
        async with await Database.open(tmp_path / "data/metrics.db", METRICS, read_only=True) as db:
            return await ReportStore(db).reports("backup"), await ReportStore(db).pushed("orders")

    return asyncio.run(read())


def test_reports_and_numbers_reach_their_checks(program: Program, config: Path, tmp_path: Path) -> None:
    assert program("--config", config, "ping", "backup", "start") == (0, "", "")
    assert program("--config", config, "ping", "backup", "--message", "1.2 GB") == (0, "", "")
    assert program("--config", config, "metric", "orders", "5") == (0, "", "")
    reports, pushed = reported(tmp_path)
    assert [(one.kind, one.message) for one in reports] == [("ok", "1.2 GB"), ("start", "")]
    assert pushed.value == 5.0
    code, out, err = program("--config", config, "check", "run", "--all")
    assert (code, err) == (0, "")
    assert [line.split()[:2] for line in out.splitlines()] == [
        ["●", "orders"], ["●", "backup"], ["●", "file"], ["3", "ok"]]
    assert "5 orders" in out
    assert program("--config", config, "ping", "backup", "fail", "--message", "disk full")[0] == 0
    assert program("--config", config, "metric", "orders", "-2")[0] == 0
    code, out, err = program("--config", config, "check", "run", "backup", "orders", "--json")
    assert (code, err) == (1, "")
    found = {one["name"]: one for one in json.loads(out)["checks"]}
    assert found["backup"]["text"] == "failed now: disk full"
    assert (found["orders"]["level"], found["orders"]["failed"]) == ("critical", ["value > 3"])
    assert found["orders"]["text"] == "value -2, should be > 3"


def test_running_stores_nothing(program: Program, config: Path, tmp_path: Path) -> None:
    code, out, _ = program("--config", config, "check", "run", "file")
    assert code == 0
    assert "file" in out
    assert not (tmp_path / "data").exists()


def test_what_the_agent_found(program: Program, config: Path, tmp_path: Path) -> None:
    code, out, err = program("--config", config, "check", "list")
    assert (code, err) == (0, "")
    assert out.count("not run yet") == 3
    assert "the agent runs them" in out
    now = SystemClock().now()
    stored(tmp_path, Outcome("backup", Level.OK, "fine", now - 90_000, 0.1),
           Outcome("backup", Level.CRITICAL, "down", now - 60_000, 0.1, {"age": 4000.0}, ("age < 1h",), "why\nindeed"),
           Outcome("file", Level.OK, "1 min old", now, 0.01))
    code, out, _ = program("--config", config, "check", "list", "--json")
    found = json.loads(out)["checks"]
    assert [(one["name"], one["level"], one["current"]) for one in found] == [
        ("backup", "critical", "critical"), ("orders", "unknown", "unknown"), ("file", "ok", "ok")]
    lines = program("--config", config, "check", "list")[1].splitlines()
    assert lines[0].startswith("✖ backup")
    assert "since" in lines[0]
    assert lines[-1] == "1 critical, 1 unknown, 1 ok"
    code, out, _ = program("--config", config, "check", "show", "backup")
    assert code == 0
    for part in ("critical", "down", "age < 1h", "look at cron", "why", "indeed", "1 h 6 min", "99.00 % over 30 d",
                 "% up, down 1 min", "watched <1 % of it"):
        assert part in out, part
    shown = json.loads(program("--config", config, "check", "show", "backup", "--json")[1])
    assert [one["status"] for one in shown["periods"]] == ["ok", "critical"]
    assert shown["state"]["level"] == "critical"
    assert program("--config", config, "check", "show", "orders")[0] == 0


@pytest.mark.parametrize(("arguments", "says"), [
    (("check", "run", "order"), "There is no check `order`; did you mean `orders`?"),
    (("check", "show", "order"), "did you mean `orders`?"),
    (("check", "run"), "Name the checks to run, or give --all."),
    (("check", "run", "file", "--all"), "Name the checks to run, or give --all."),
    (("ping", "bakup"), "There is no heartbeat `bakup`; did you mean `backup`?"),
    (("ping", "orders"), "There is no heartbeat `orders`."),
    (("ping", "backup", "maybe"), "'maybe' is not one of"),
    (("metric", "orders", "many"), "'many' is not a valid float"),
    (("metric", "orders", "nan"), "nan is no number that can be kept"),
    (("metric", "orders", "1", "--at", "soon"), "`soon` is no time"),
    (("metric", "orders", "1", "--at", "2999-01-01"), "is in the future"),
    (("metric", "bad\nname", "1"), "printable characters"),
    (("metric", "x" * 101, "1"), "at most 100"),
    (("metric", " x", "1"), "printable characters")])
def test_mistakes_of_the_command_line(program: Program, config: Path, arguments: tuple[str, ...], says: str) -> None:
    code, out, err = program("--config", config, *arguments)
    assert (code, out) == (2, "")
    assert says in err


def test_without_checks(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text(f"data: {tmp_path}\n")
    assert program("--config", path, "check", "list")[:2] == (0, "No checks are configured.\n")
    assert program("--config", path, "check", "run", "--all")[:2] == (0, "No checks are configured.\n")
    path.write_text(f"data: {tmp_path}\nchecks: {{a: {{kind: metric, enabled: false}}}}\n")
    assert program("--config", path, "check", "list")[:2] == (0, "Every check is switched off.\n")


def test_reporting_needs_no_secret_and_no_correct_rest(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(f"data: {tmp_path / 'data'}\nnonsense: 1\nchecks:\n  backup: {{kind: heartbeat, period: 1d}}\n"
                    "  web: {kind: http, url: 'http://x', bearer: '${NOT_SET}'}\n")
    assert program("--config", path, "ping", "backup") == (0, "", "")
    assert program("--config", path, "metric", "orders", "1") == (0, "", "")


def test_trying_a_configuration_shows_what_can_be_compared(program: Program, config: Path, tmp_path: Path) -> None:
    draft = tmp_path / "draft.yaml"
    draft.write_text(f"checks:\n  one: {{kind: file, path: {tmp_path / 'watched'}, critical_unless: ['size > 1MB']}}\n"
                     "  two: {kind: metric}\n")
    code, out, err = program("--config", config, "check", "test", draft)
    assert (code, err) == (1, "")
    assert "size 1 B, should be > 1 MB" in out
    assert any(line.split() == ["size", "bytes", "1", "B"] for line in out.splitlines())
    assert any(line.split() == ["value", "number", "not", "known"] for line in out.splitlines())
    assert not (tmp_path / "data").exists()
    code, out, _ = program("--config", config, "check", "test", draft, "--only", "one", "--json")
    (found,) = json.loads(out)["checks"]
    assert (found["name"], found["units"]["size"]) == ("one", "bytes")
    draft.write_text("checks:\n  one: {kind: file, path: /x, critical_unless: ['sise > 1MB']}\n")
    code, out, err = program("--config", config, "check", "test", draft)
    assert code == 2
    assert f"{draft}:2:49: `checks.one.critical_unless.0`: there is no value `sise`; did you mean `size`?" in err
    draft.write_text("log: {level: info}\n")
    assert "There are no checks in" in program("--config", config, "check", "test", draft)[2]


@pytest.mark.parametrize("foreign", CORPUS)
def test_hostile_findings_are_inert(program: Program, config: Path, tmp_path: Path, foreign: str) -> None:
    text = foreign.encode("utf-8", "backslashreplace").decode()
    now = SystemClock().now()
    stored(tmp_path, Outcome("backup", Level.CRITICAL, text, now, 0.1, {text: text}, (text,), text))
    for arguments in (("check", "list"), ("check", "show", "backup"), ("check", "list", "--json"),
                      ("check", "show", "backup", "--json")):
        code, out, err = program("--config", config, *arguments)
        assert (code, err) == (0, "")
        assert_inert(out, lines=True)


def test_ascii(program: Program, config: Path, tmp_path: Path) -> None:
    stored(tmp_path, Outcome("backup", Level.WARNING, "late for 5 min", SystemClock().now(), 0.1))
    out = program("--ascii", "--config", config, "check", "show", "backup")[1]
    assert out.isascii()
    assert "! warning" in out


def test_several_jobs_report_at_once(config: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "opsconsole", "--config", str(config), "ping", "backup"]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE, cwd=Path(__file__).parents[2]) for _ in range(6)]
    assert [(one.communicate(timeout=60)[1], one.returncode) for one in started] == [(b"", 0)] * 6
    reports, _ = reported(tmp_path)
    assert len(reports) == 6
    assert len({one.seq for one in reports}) == 6
