"""The commands alert, maintenance and rule: what they print, what they change, how they fail."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.core.clock import HOUR, MINUTE, SystemClock
from opsconsole.core.database import METRICS, RECORDS, Database
from opsconsole.core.levels import Level
from opsconsole.core.text import harmless
from opsconsole.health.alerts.evidence import Sources, Witness
from opsconsole.health.history.store import MetricStore
from tests.health import samples
from tests.health.alerts.place import Place, configured
from tests.hostile import CORPUS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Program = Callable[..., tuple[int, str, str]]

DATA = ".local/share/opsconsole"


@pytest.fixture
def records(home: Path) -> Path:
    return home / DATA / "opsconsole.db"


def happened(records: Path, *findings: tuple[str, Level, str], over: bool = False) -> None:
    """Alerts as the agent has stored them."""
    async def main() -> None:
        async with await Database.open(records, RECORDS) as db:
            host = Place(db, configured(""))
            host.clock.at = SystemClock().now() - 10 * MINUTE
            sources = Sources(snapshot=samples.snapshot, processes=lambda: samples.PROCESSES)
            made = Witness(db, host.guard, host.clock, sources)
            host.options["fired"] = made
            host.restart()
            for target, level, reason in findings:
                host.find(target, level, reason)
            await host.beat()
            await made.settle()
            if over:
                host.findings = []
                await host.beat()

    asyncio.run(main())


def test_without_an_agent_there_is_nothing(program: Program) -> None:
    assert program("alert", "list") == (0, "Nothing fires.\n", "")
    assert program("alert", "history") == (0, "Nothing has fired yet.\n", "")
    assert program("maintenance", "list") == (0, "Nothing is silenced or in maintenance.\n", "")
    assert json.loads(program("alert", "list", "--json")[1]) == {"alerts": []}
    status, _, error = program("alert", "show", "1")
    assert status == 2
    assert "There is no alert 1." in error


def test_what_fires_is_listed_worst_first(program: Program, records: Path) -> None:
    happened(records, ("mount:/var", Level.WARNING, "81 %, warning from 80 %"),
             ("memory", Level.CRITICAL, "97 %, critical from 95 %"))
    status, output, _ = program("alert", "list")
    assert status == 1
    lines = output.splitlines()
    assert lines[0].startswith("✖ critical memory: 97 %, critical from 95 %")
    assert lines[1].startswith("▲ warning  /var: 81 %, warning from 80 %")
    assert lines[0].endswith("10 min")
    found = json.loads(program("alert", "list", "--json")[1])["alerts"]
    assert [(one["key"], one["state"], one["severity"]) for one in found] == [
        ("limit:memory", "firing", "critical"), ("limit:mount:/var", "firing", "warning")]


def test_one_alert_in_full(program: Program, records: Path) -> None:
    happened(records, ("mount:/var", Level.CRITICAL, "97 %, critical from 95 %"))
    assert program("alert", "ack", "1", "--note", "moving the logs")[0] == 0
    status, output, _ = program("alert", "show", "1")
    assert status == 0
    for part in ("CRITICAL  /var  acknowledged", "97 %, critical from 95 %", "moving the logs", "HISTORY", "fired",
                 "acknowledged by", "PROCESSES", "postgres", "MOUNTS", "/srv/shop/media"):
        assert part in output
    found = json.loads(program("alert", "show", "1", "--json")[1])
    assert found["alert"]["note"] == "moving the logs"
    assert [one["kind"] for one in found["events"]] == ["fired", "acknowledged"]
    assert [one["title"] for one in found["evidence"]["parts"]] == ["processes", "mounts"]


def test_an_alert_is_taken_and_given_back(program: Program, records: Path) -> None:
    happened(records, ("mount:/var", Level.CRITICAL, "97 %"))
    assert "'s." in program("alert", "ack", "1")[1]
    assert json.loads(program("alert", "list", "--json")[1])["alerts"][0]["state"] == "acknowledged"
    assert "nobody's again" in program("alert", "ack", "1", "--undo")[1]
    status, _, error = program("alert", "ack", "1", "--undo")
    assert (status, "Nobody has acknowledged alert 1." in error) == (2, True)
    status, _, error = program("alert", "ack", "7")
    assert (status, "There is no alert 7." in error) == (1, True)


def test_the_history_of_alerts(program: Program, records: Path) -> None:
    happened(records, ("mount:/var", Level.CRITICAL, "97 %"), over=True)
    assert program("alert", "list")[0] == 0
    _, output, _ = program("alert", "history")
    assert "#1" in output
    assert "20 s  /var: 97 %" in output
    assert json.loads(program("alert", "history", "--json")[1])["alerts"][0]["state"] == "resolved"
    assert program("alert", "history", "--before", "1")[1] == "Nothing has fired yet.\n"


def test_silences_and_maintenance(program: Program) -> None:
    status, output, _ = program("alert", "silence", "group:shop", "--for", "2h", "--reason", "release")
    assert status == 0
    assert "silence     group:shop  " in output
    assert "release" in output
    made = json.loads(program("maintenance", "start", "web", "--for", "1d", "--reason", "disks", "--at",
                              "2096-01-02 03:04", "--json")[1])
    assert made["ends"] - made["begins"] == 24 * HOUR
    lines = program("maintenance", "list")[1].splitlines()
    assert [line.split()[1] for line in lines] == ["silence", "maintenance"]
    assert program("alert", "unsilence", "1")[1] == "The silence 1 has ended.\n"
    assert program("maintenance", "end", "2")[1] == "The maintenance 2 has ended.\n"
    assert program("maintenance", "list")[1] == "Nothing is silenced or in maintenance.\n"
    assert len(program("maintenance", "list", "--all")[1].splitlines()) == 2
    assert program("maintenance", "end", "2")[0] == 1


@pytest.mark.parametrize(("arguments", "sentence"), [
    (["alert", "silence", "x", "--for", "soon", "--reason", "y"], "is no length of time"),
    (["alert", "silence", "x", "--for", "0", "--reason", "y"], "The time is empty"),
    (["alert", "silence", "x", "--for", "1h"], "--reason"),
    (["alert", "silence", "x", "--for", "1h", "--reason", " "], "needs a reason"),
    (["maintenance", "start", "x", "--for", "1h", "--reason", "y", "--at", "tomorrow"], "is no time"),
    (["alert", "show", "x"], "is not a valid integer"), (["alert", "ack", "0"], "is not in the range"),
    (["rule", "test"], "Name a file with rules, or give --all"), (["rule", "test", "x.yaml", "--all"], "or give --all"),
    (["rule", "test", "--all"], "No rules are configured"), (["rule", "test", "none.yaml"], "does not exist"),
])
def test_wrong_arguments(program: Program, arguments: list[str], sentence: str) -> None:
    status, _, error = program(*arguments)
    assert status == 2
    assert sentence in error


def test_a_viewer_may_look_and_change_nothing(program: Program, home: Path, records: Path) -> None:
    happened(records, ("mount:/var", Level.CRITICAL, "97 %"))
    (home / ".config/opsconsole").mkdir(parents=True)
    (home / ".config/opsconsole/opsconsole.yaml").write_text("roles: {admin: {users: [somebody]}}\n")
    assert program("alert", "list")[0] == 1
    for arguments in (["alert", "ack", "1"], ["alert", "silence", "x", "--for", "1h", "--reason", "y"],
                      ["maintenance", "end", "1"]):
        status, _, error = program(*arguments)
        assert status == 3
        assert "takes the role operator" in error


def recorded(home: Path, values: dict[str, float]) -> None:
    async def main() -> None:
        now = SystemClock().now()
        async with await Database.open(home / DATA / "metrics.db", METRICS) as db:
            store = MetricStore(db)
            for at in range(now - HOUR, now, MINUTE // 2):
                await store.record(at, values, later=True)
            await store.flush()

    asyncio.run(main())


def test_rules_on_the_past(program: Program, home: Path, tmp_path: Path) -> None:
    recorded(home, {"cpu.busy": 99.0, "mount:/\x1b[31mx.percent": 50.0})
    file = tmp_path / "rules.yaml"
    file.write_text('rules:\n  hot: {metric: cpu.busy, critical: "> 90%", for: 5m, ladder: any}\n'
                    '  disk: {metric: "mount:*.percent", warning: "> 90%"}\n  gone: {metric: x, warning: "> 1"}\n')
    status, output, _ = program("rule", "test", file, "--since", "1h")
    assert status == 0
    assert harmless(output.replace("\n", "")) == output.replace("\n", "")
    lines = output.splitlines()
    assert lines[0].split() == ["rule", "fired", "in", "all", "longest", "flapped", "known"]
    assert lines[1].split()[:3] == ["✖", "hot", "1"]
    found = json.loads(program("rule", "test", file, "--since", "1h", "--json")[1])["rules"]
    assert [(one["rule"], one["fired"]) for one in found] == [("hot", 1), ("disk", 0), ("gone", 0)]


def test_mistakes_in_a_file_with_rules_have_their_places(program: Program, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("rules:\n  hot: {metric: cpu.busy}\n  down: {check: web}\n")
    status, _, error = program("rule", "test", file)
    assert status == 2
    assert f"{file}:2:" in error
    file.write_text("rules:\n  down: {check: web}\n")
    status, _, error = program("rule", "test", file)
    assert error == f"{file}:2:17: `rules.down.check`: there is no check `web`.\n"
    file.write_text("{}")
    assert "There are no rules in" in program("rule", "test", file)[2]
    file.write_text('rules: {x: {metric: cpu.busy, warning: "> 1%"}}')
    assert "There is no history yet" in program("rule", "test", file)[2]


def test_hostile_texts_act_on_no_terminal(program: Program, records: Path) -> None:
    happened(records, *((f"mount:/{text}", Level.CRITICAL, text) for text in CORPUS))
    for arguments in (["alert", "list"], ["alert", "show", "1"], ["alert", "show", "7"], ["alert", "history"]):
        output = program(*arguments)[1]
        assert [line for line in output.split("\n") if harmless(line) != line] == []
    text: Any = "\x1b]0;x\x07 [red]"
    output = program("alert", "silence", text, "--for", "1h", "--reason", text)[1]
    assert "\x1b" not in output
    assert "[red]" in output


def test_ascii_and_narrow_terminals(program: Program, records: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    happened(records, ("mount:/var", Level.CRITICAL, "97 %, critical from 95 %"))
    assert program("--ascii", "alert", "list")[1].isascii()
    assert program("--ascii", "alert", "show", "1")[1].isascii()
