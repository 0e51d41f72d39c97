"""Everything that is watched, over time: what is stored, what is told, and that nothing is told twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.core.clock import DAY, HOUR
from opsconsole.core.levels import Level
from opsconsole.core.text import harmless
from opsconsole.health.alerts import store
from opsconsole.notify.model import NoticeKind, Severity
from tests.health.alerts.place import MEMORY, WEB, Place, place, texts
from tests.hostile import CORPUS

if TYPE_CHECKING:
    from pathlib import Path


async def writes(where: Place) -> int:
    rows = await where.db.rows("SELECT sum(version) AS number FROM alert_machine UNION ALL"
                               " SELECT sum(version) FROM topic UNION ALL SELECT count(*) FROM alert_event")
    return sum(row["number"] or 0 for row in rows)


async def test_a_rule_about_a_metric_from_quiet_to_quiet(tmp_path: Path) -> None:
    async with place(tmp_path, MEMORY, host="web-01") as host:
        host.values = {"memory.used_percent": 70.0}
        await host.beats(60)
        assert await writes(host) == 0
        host.values = {"memory.used_percent": 90.0}
        await host.beats(60)
        assert await host.told() == []
        await host.beat()
        (alert,) = await host.open()
        assert (alert.severity, alert.state, alert.told, alert.rule) == (
            Severity.WARNING, "firing", True, "memory high")
        assert alert.begun == host.clock.now() - 60_000
        (notice,) = await host.notices()
        assert notice.title == "web-01 ▲ memory high: 90 %"
        assert (notice.thread, notice.category, notice.ladder, notice.channels) == (
            f"alert:{alert.id}", "host", "night", ("log",))
        for part in ("Limit: > 85 %", "1 min", "To do: restart the worker", "Runbook: Pages slow", "React within 1 h"):
            assert part in notice.text
        host.values = {"memory.used_percent": 82.0}
        await host.beats(120)
        assert (await host.open())[0].state == "firing"
        host.values = {"memory.used_percent": 79.0}
        await host.beats(30)
        assert (await host.open())[0].state == "recovering"
        await host.beat()
        assert await host.open() == []
        resolved = (await host.notices())[-1]
        assert resolved.kind is NoticeKind.RESOLVED
        assert "It lasted 3 min" in resolved.text
        await host.beats(300)
        assert await store.machines(host.db) == []
        assert [event.kind for event in await host.service.events(alert.id)] == ["fired", "resolved"]


async def test_nothing_is_written_while_nothing_changes(tmp_path: Path) -> None:
    async with place(tmp_path, MEMORY) as host:
        host.values = {"memory.used_percent": 90.0}
        await host.beats(600)
        before = await writes(host)
        await host.beats(600)
        assert await writes(host) == before


async def test_it_becomes_worse_and_that_is_told(tmp_path: Path) -> None:
    async with place(tmp_path, MEMORY) as host:
        host.values = {"memory.used_percent": 90.0}
        await host.beats(70)
        host.values = {"memory.used_percent": 97.0}
        await host.beats(70)
        assert await host.kinds() == ["firing", "worse"]
        (alert,) = await host.open()
        assert (alert.severity, alert.text) == (Severity.CRITICAL, "97 %")
        host.values = {"memory.used_percent": 87.0}
        await host.beats(60)
        assert (await host.open())[0].severity is Severity.WARNING
        assert [event.kind for event in await host.service.events(alert.id)] == ["fired", "worse", "eased"]
        assert await host.kinds() == ["firing", "worse"]


async def test_a_pattern_makes_an_alert_of_each_series(tmp_path: Path) -> None:
    rules = 'rules: {disk: {metric: "mount:*.percent", critical: "> 90%"}}'
    async with place(tmp_path, rules) as host:
        host.values = {"mount:/.percent": 95.0, "mount:/var.percent": 96.0, "mount:/srv.percent": 10.0}
        await host.beat()
        assert [alert.title for alert in await host.open()] == ["disk /", "disk /var"]
        del host.values["mount:/.percent"]
        host.values["mount:/var.percent"] = 1.0
        await host.beats(HOUR / 1000, 600)
        assert [alert.title for alert in await host.open()] == ["disk /"]
        await host.beat(DAY / 1000)
        assert await host.open() == []
        assert "not watched any more" in (await host.service.events(1))[-1].text


async def test_findings_are_alerts_without_any_rule(tmp_path: Path) -> None:
    async with place(tmp_path) as host:
        host.find("mount:/var", Level.OK)
        host.find("cpu", Level.OK, pending=Level.WARNING)
        await host.beat()
        assert [machine.key for machine in await store.machines(host.db)] == ["limit:cpu"]
        host.find("mount:/var", Level.WARNING, "91 %, warning from 80 %")
        await host.beat()
        assert [title for _, title in await host.told()] == ["▲ /var: 91 %, warning from 80 %"]
        host.find("mount:/var", Level.UNKNOWN, "no answer")
        await host.beats(60)
        assert len(await host.open()) == 1
        host.find("mount:/var", Level.CRITICAL, "97 %, critical from 95 %")
        await host.beat()
        host.find("mount:/var", Level.OK)
        await host.beat()
        assert await host.kinds() == ["firing", "worse", "resolved"]


async def test_a_finding_that_is_gone_is_over(tmp_path: Path) -> None:
    async with place(tmp_path) as host:
        host.find("answer:/mnt", Level.CRITICAL, "no answer")
        await host.beat()
        host.findings = None
        await host.beat()
        assert len(await host.open()) == 1
        host.findings = []
        await host.beat()
        assert await host.kinds() == ["firing", "resolved"]


async def test_a_rule_named_like_a_limit_says_how_it_is_told(tmp_path: Path) -> None:
    rules = """
rules:
  "mount:*": {ladder: disks, label: space, severity: warning}
  mount:/tmp: {enabled: false}
  cpu: {for: 60s}
  memory: {metric: memory.used_percent, critical: "> 99%"}
"""
    async with place(tmp_path, rules) as host:
        host.values = {"memory.used_percent": 98.0}
        for target in ("mount:/", "mount:/tmp", "cpu", "memory"):
            host.find(target, Level.CRITICAL, "bad")
        await host.beat()
        (notice,) = await host.notices()
        assert (notice.title, notice.ladder, notice.severity) == ("▲ space: bad", "disks", Severity.WARNING)
        await host.beats(60)
        assert [alert.key for alert in await host.open()] == ["limit:cpu", "limit:mount:/"]


async def test_a_check_without_any_rule_alerts_after_two_failed_runs(tmp_path: Path) -> None:
    async with place(tmp_path, WEB) as host:
        await host.run("db", Level.CRITICAL, "refused")
        await host.beats(20)
        await host.run("db", Level.OK)
        await host.run("db", Level.CRITICAL, "refused")
        assert await host.told() == []
        await host.run("db", Level.CRITICAL, "refused")
        assert await host.told() == [(NoticeKind.FIRING, "✖ db: refused")]
        (alert,) = await host.open()
        assert alert.detail.check == "db"
        await host.run("db", Level.UNKNOWN, "no permission")
        assert len(await host.open()) == 1
        await host.run("db", Level.OK)
        assert await host.kinds() == ["firing", "resolved"]


@pytest.mark.parametrize(("rules", "told"), [
    ('{"check:*": {enabled: false}}', []),
    ('{"check:db": {enabled: false}}', []),
    ('{"check:*": {within: 1 of 1}}', ["✖ db: refused"]),
    ('{down: {check: db, label: database}}', ["✖ database: refused"]),
    ('{down: {check: "*"}}', ["✖ down db: refused"]),
    ('{slow: {check: db, warning: "value > 3"}}', []),
])
async def test_rules_take_the_place_of_the_built_in_alert_of_a_check(tmp_path: Path, rules: str,
                                                                    told: list[str]) -> None:
    async with place(tmp_path, f"rules: {rules}\n{WEB}") as host:
        await host.run("db", Level.CRITICAL, "refused")
        assert [title for _, title in await host.told()] == told


async def test_conditions_of_a_check_do_not_hide_that_it_fails(tmp_path: Path) -> None:
    rules = 'rules: {slow: {check: db, warning: ["value > 3", "level == \\"ok\\""]}}'
    async with place(tmp_path, f"{rules}\n{WEB}") as host:
        await host.run("db", Level.OK, "4", {"value": 4.0})
        assert await host.told() == [(NoticeKind.FIRING, '▲ slow: value 4, level "ok"')]
        await host.run("db", Level.CRITICAL, "refused")
        await host.run("db", Level.CRITICAL, "refused")
        assert (NoticeKind.FIRING, "✖ db: refused") in await host.told()


async def test_unknown_can_be_a_warning_where_the_rule_says_so(tmp_path: Path) -> None:
    async with place(tmp_path, f"rules: {{blind: {{check: db, unknown: warning}}}}\n{WEB}") as host:
        await host.run("db", Level.UNKNOWN, "no permission")
        assert await host.told() == [(NoticeKind.FIRING, "▲ blind: no permission")]


async def test_a_percentile_over_minutes(tmp_path: Path) -> None:
    rules = 'rules: {slow: {metric: check:db.latency, of: p95, over: 5m, warning: "> 500ms"}}'
    async with place(tmp_path, f"{rules}\n{WEB}") as host:
        for number in range(40):
            await host.run("db", Level.OK, values={"latency": 0.9 if number == 20 else 0.1})
        assert await host.told() == []
        for _ in range(3):
            await host.run("db", Level.OK, values={"latency": 0.62})
        assert await host.told() == [(NoticeKind.FIRING, "▲ slow: p95 620 ms over 5 min")]


async def test_a_database_that_is_down_mutes_its_application_and_both_are_told_afterwards(tmp_path: Path) -> None:
    async with place(tmp_path, WEB) as host:
        await host.run("app", Level.OK)
        await host.run("db", Level.CRITICAL, "refused")
        await host.run("app", Level.CRITICAL, "500")
        await host.run("db", Level.CRITICAL, "refused")
        await host.run("app", Level.CRITICAL, "500")
        for _ in range(10):
            await host.run("db", Level.CRITICAL, "refused")
            await host.beats(20)
        assert [title for _, title in await host.told() if "db" not in title] == []
        app = next(alert for alert in await host.open() if alert.target == "app")
        assert (app.told, app.muted_by) == (False, "not told while db is critical")
        await host.run("db", Level.OK)
        await host.beats(20)
        assert [title for _, title in await host.told() if "app" in title] == []
        await host.run("app", Level.CRITICAL, "500")
        assert [(kind.value, title) for kind, title in await host.told() if kind is not NoticeKind.REMINDER] == [
            ("firing", "✖ db: refused"), ("resolved", "✖ db: resolved"), ("firing", "✖ app: 500")]
        assert (await host.open())[0].muted_by == ""
        await host.run("db", Level.CRITICAL, "refused")
        await host.run("app", Level.OK)
        assert (await host.told())[-1] == (NoticeKind.RESOLVED, "✖ app: resolved")


async def test_an_application_that_comes_back_with_its_database_is_never_told(tmp_path: Path) -> None:
    async with place(tmp_path, WEB) as host:
        for name in ("db", "app", "db", "app"):
            await host.run(name, Level.CRITICAL, "down")
        await host.run("db", Level.OK)
        await host.run("app", Level.OK)
        assert [title for _, title in await host.told()] == ["✖ db: down", "✖ db: resolved"]
        assert await host.open() == []


async def test_what_was_blocked_once_is_told_at_once_the_next_time(tmp_path: Path) -> None:
    async with place(tmp_path, WEB) as host:
        for name in ("db", "app", "db", "app"):
            await host.run(name, Level.CRITICAL, "down")
        await host.run("db", Level.OK)
        for _ in range(25):
            await host.run("app", Level.OK)
        await host.run("app", Level.CRITICAL, "500")
        await host.run("db", Level.OK)
        await host.run("app", Level.CRITICAL, "500")
        assert (await host.told())[-1] == (NoticeKind.FIRING, "✖ app: 500")


async def test_a_circle_of_dependencies_keeps_nobody_from_being_told(tmp_path: Path) -> None:
    needs = {"a": "b", "b": "c", "c": "a", "d": "a"}
    text = "\n".join(f"  {name}: {{kind: metric, depends_on: [{other}]}}" for name, other in needs.items())
    async with place(tmp_path, f"checks:\n{text}") as host:
        for name in "abcdabcd":
            await host.run(name, Level.CRITICAL, "down")
        assert [title for _, title in await host.told()] == ["✖ a: down", "✖ b: down", "✖ c: down"]


async def test_a_rule_can_depend_on_a_rule(tmp_path: Path) -> None:
    rules = """
rules:
  disk full: {metric: mount:/.percent, critical: "> 95%", for: 60s}
  errors: {metric: app.errors, critical: "> 1", depends_on: [disk full]}
"""
    async with place(tmp_path, rules) as host:
        host.values = {"mount:/.percent": 99.0, "app.errors": 7.0}
        await host.beats(120)
        assert [title for _, title in await host.told()] == ["✖ disk full: 99 %"]
        host.values["mount:/.percent"] = 50.0
        await host.beats(20)
        assert [title for _, title in await host.told()][-1] == "✖ errors: 7"


async def test_hostile_texts_are_stored_as_given_and_told_harmless(tmp_path: Path) -> None:
    async with place(tmp_path, WEB) as host:
        for text in CORPUS:
            for level in (Level.CRITICAL, Level.CRITICAL, Level.OK):
                await host.run("db", level, text)
            host.find(f"mount:/{text}", Level.CRITICAL, text)
            await host.beat()
        host.restart()
        await host.beat()
        told = await host.notices()
        assert len(told) > len(CORPUS)
        assert [line for line in texts(told).split("\n") if harmless(line) != line] == []
        assert all("\n" not in notice.title for notice in told)
        host.findings = []
        await host.beat()
        assert [alert.key for alert in await host.open() if alert.key.startswith("limit:")] == []
