"""Everything that is watched, over time: what is stored, what is told, and that nothing is told twice."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.core.errors import StorageError
from opsconsole.core.jobs import LeaseLost
from opsconsole.core.levels import Level
from opsconsole.core.text import harmless
from opsconsole.health.alerts import store
from opsconsole.health.changes.model import Change, ChangeKind
from opsconsole.notify.model import NoticeKind, Severity
from tests.health.alerts.place import ANA, BEN, Place, place, texts
from tests.hostile import CORPUS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.health.alerts.model import Alert

MEMORY = """
rules:
  memory high:
    metric: memory.used_percent
    warning: "> 85%"
    critical: "> 95%"
    for: 60s
    margin: 5%
    recover_for: 30s
    category: host
    ladder: night
    channels: [log]
    help: restart the worker
    runbook: Pages slow
    react_within: 1h
"""
WEB = """
checks:
  db: {kind: metric, every: 30s}
  app: {kind: metric, every: 30s, depends_on: [db], group: shop, help: read the log}
"""


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


async def test_who_acknowledges_is_left_in_peace_and_hears_of_the_end(tmp_path: Path) -> None:
    async with place(tmp_path, WEB) as host:
        await host.run("db", Level.CRITICAL, "refused")
        await host.run("db", Level.CRITICAL, "refused")
        await host.beats(1200, 60)
        assert await host.kinds() == ["firing", "reminder"]
        alert = await host.service.acknowledge(ANA, 1, "looking")
        assert (alert.state, alert.acknowledged_by, alert.note) == ("acknowledged", "ana", "looking")
        await host.beats(3600, 60)
        assert await host.kinds() == ["firing", "reminder", "acknowledged"]
        await host.service.unacknowledge(ANA, 1)
        await host.beat()
        assert (await host.kinds())[-1] == "reminder"
        await host.service.acknowledge(BEN, 1)
        host.restart()
        await host.beats(3600, 60)
        await host.run("db", Level.OK)
        assert (await host.kinds())[-2:] == ["acknowledged", "resolved"]


async def test_worse_than_acknowledged_is_told_and_nobody_has_it_any_more(tmp_path: Path) -> None:
    async with place(tmp_path) as host:
        host.find("mount:/var", Level.WARNING, "81 %")
        await host.beat()
        await host.service.acknowledge(ANA, 1)
        host.find("mount:/var", Level.CRITICAL, "96 %")
        await host.beat()
        (alert,) = await host.open()
        assert (alert.state, alert.acknowledged_by) == ("firing", "")
        assert [notice.kind.value for notice in await host.notices()] == [
            "firing", "acknowledged", "given-back", "worse"]
        assert [event.kind for event in await host.service.events(1)] == [
            "fired", "acknowledged", "worse", "unacknowledged"]


async def test_silence_mutes_and_its_end_tells(tmp_path: Path) -> None:
    async with place(tmp_path, WEB) as host:
        await host.service.silence(ANA, "group:shop", "deployment", host.clock.now() + HOUR)
        for _ in range(2):
            await host.run("app", Level.CRITICAL, "500")
        assert await host.told() == []
        (alert,) = await host.open()
        assert alert.muted_by.startswith("silenced by ana until 15:31: deployment")
        await host.beats(44 * 60, 60)
        assert await host.told() == []
        await host.beats(3 * 60, 60)
        (note,) = await host.notices()
        assert (note.kind, note.severity) == (NoticeKind.NOTE, Severity.WARNING)
        assert "ana muted it: deployment" in note.text
        assert "app" in note.text
        await host.beats(20 * 60, 60)
        assert (await host.kinds())[:2] == ["note", "firing"]
        assert (await host.open())[0].muted_by == ""


async def test_a_silence_that_begins_later_does_not_swallow_the_recovery(tmp_path: Path) -> None:
    async with place(tmp_path, WEB) as host:
        for _ in range(2):
            await host.run("db", Level.CRITICAL, "refused")
        silence = await host.service.silence(ANA, "*", "tired", host.clock.now() + HOUR)
        await host.beats(1800, 60)
        assert await host.kinds() == ["firing"]
        await host.run("db", Level.OK)
        assert await host.kinds() == ["firing", "resolved"]
        for _ in range(2):
            await host.run("db", Level.CRITICAL, "refused")
        assert await host.kinds() == ["firing", "resolved"]
        await host.service.end_window(BEN, silence.id)
        await host.beat()
        assert await host.kinds() == ["firing", "resolved", "firing"]
        assert "2nd time within a day" in (await host.notices())[-1].text


async def test_a_silence_pauses_the_ladder_of_what_was_told(tmp_path: Path) -> None:
    async with place(tmp_path, WEB) as host:
        for _ in range(2):
            await host.run("db", Level.CRITICAL, "refused")
        silence = await host.service.silence(ANA, "db", "known", host.clock.now() + 10 * HOUR)
        await host.beats(3600, 60)
        host.restart()
        await host.beats(60)
        await host.service.end_window(ANA, silence.id)
        await host.beat()
        kinds = [notice.kind.value for notice in await host.notices()]
        assert kinds == ["firing", "held", "freed", "reminder"]
        assert [event.kind for event in await host.service.events(1)] == ["fired", "muted", "unmuted"]
        await host.service.acknowledge(ANA, 1)
        await host.service.unacknowledge(ANA, 1)
        assert (await host.notices())[-1].kind is NoticeKind.GIVEN_BACK


async def test_what_is_muted_by_nobody_is_not_warned_of(tmp_path: Path) -> None:
    async with place(tmp_path, WEB) as host:
        await host.service.silence(ANA, "app", "why not", host.clock.now() + 10 * MINUTE)
        await host.run("db", Level.CRITICAL)
        await host.run("db", Level.CRITICAL)
        await host.beats(900, 60)
        assert await host.kinds() == ["firing", "reminder"]


STAGES = ["ok", "pending", "firing", "acknowledged", "silenced", "recovering", "resolved"]


@pytest.mark.parametrize("restart_at", [None, *STAGES])
async def test_a_restart_at_any_stage_changes_nothing(tmp_path: Path, restart_at: str | None) -> None:
    async with place(tmp_path, MEMORY) as host:
        def stage(name: str) -> None:
            if name == restart_at:
                host.restart()

        host.values = {"memory.used_percent": 50.0}
        await host.beats(30)
        stage("ok")
        host.values = {"memory.used_percent": 97.0}
        await host.beats(40)
        stage("pending")
        await host.beats(20)
        assert await host.told() == []
        await host.beat()
        assert await host.kinds() == ["firing"]
        stage("firing")
        await host.beats(60)
        silence = await host.service.silence(ANA, "*", "work", host.clock.now() + HOUR)
        stage("silenced")
        await host.beats(60)
        await host.service.end_window(ANA, silence.id)
        await host.service.acknowledge(ANA, 1)
        stage("acknowledged")
        await host.beats(1800, 60)
        host.values = {"memory.used_percent": 50.0}
        await host.beats(20)
        stage("recovering")
        await host.beats(20)
        stage("resolved")
        await host.beats(60)
        assert await host.kinds() == ["firing", "acknowledged", "resolved"]
        assert "It lasted 33 min" in (await host.notices())[-1].text


async def test_a_restart_between_two_failed_runs_counts_both_once(tmp_path: Path) -> None:
    async with place(tmp_path, WEB) as host:
        await host.run("db", Level.CRITICAL, "refused")
        host.restart()
        await host.beats(30)
        assert await host.told() == []
        await host.run("db", Level.CRITICAL, "refused")
        assert await host.kinds() == ["firing"]
        host.restart()
        await host.beats(30)
        assert await host.kinds() == ["firing"]


async def test_after_a_long_downtime_nothing_is_taken_to_have_held(tmp_path: Path) -> None:
    async with place(tmp_path, MEMORY) as host:
        host.values = {"memory.used_percent": 97.0}
        await host.beats(40)
        host.clock.forward(7200)
        host.restart()
        await host.beats(50)
        assert await host.told() == []
        await host.beats(20)
        assert await host.kinds() == ["firing"]


async def test_two_agents_of_which_one_loses_the_lease_tell_nothing_twice(tmp_path: Path) -> None:
    async with place(tmp_path, MEMORY) as host:
        host.values = {"memory.used_percent": 97.0}
        await host.beats(60)
        other, first = host.another(), host.engine
        await host.beat(engine=other)
        assert await host.kinds() == ["firing"]
        host.guard.held = False
        with pytest.raises(LeaseLost):
            await host.beat(engine=first)
        assert await host.kinds() == ["firing"]
        host.guard.held = True
        await host.beat(engine=first)
        await host.beat(engine=other)
        host.guard.believed = False
        host.values = {"memory.used_percent": 1.0}
        await host.beats(100)
        assert await host.kinds() == ["firing"]
        host.guard.believed = True
        for _ in range(5):
            await host.beat(engine=other)
            await host.beat(engine=first)
        assert await host.kinds() == ["firing", "resolved"]


async def test_what_somebody_else_wrote_meanwhile_is_read_first(tmp_path: Path) -> None:
    async with place(tmp_path, MEMORY) as host:
        other = host.another()
        host.values = {"memory.used_percent": 97.0}
        for _ in range(10):
            await host.beat()
            await other.evaluate(host.clock.now(), host.clock.monotonic(), host.seen)
        assert await host.kinds() == ["firing"]
        host.values = {"memory.used_percent": 7.0}
        for _ in range(10):
            await host.beat()
            await other.evaluate(host.clock.now(), host.clock.monotonic(), host.seen)
        assert await host.kinds() == ["firing", "resolved"]


@pytest.mark.parametrize("jump", [-2 * HOUR, 2 * HOUR])
async def test_a_clock_that_is_set_neither_fires_nor_forgets(tmp_path: Path, jump: int) -> None:
    async with place(tmp_path, MEMORY) as host:
        host.values = {"memory.used_percent": 90.0}
        await host.beats(30)
        host.clock.at += jump
        await host.beats(30)
        assert await host.told() == []
        await host.beat()
        assert await host.kinds() == ["firing"]
        host.clock.at -= jump
        host.values = {"memory.used_percent": 10.0}
        await host.beats(30)
        assert await host.kinds() == ["firing"]
        await host.beat()
        assert "It lasted 1 min" in (await host.notices())[-1].text


async def test_a_rule_that_is_taken_away_ends_its_alert(tmp_path: Path) -> None:
    async with place(tmp_path, MEMORY) as host:
        host.values = {"memory.used_percent": 97.0}
        await host.beats(70)
        host.settings = type(host.settings)()
        host.restart()
        await host.beat()
        assert await host.open() == []
        assert await host.kinds() == ["firing", "resolved"]


async def test_a_lost_state_does_not_lose_the_alert(tmp_path: Path) -> None:
    async with place(tmp_path, MEMORY) as host:
        host.values = {"memory.used_percent": 97.0}
        await host.beats(70)
        async with host.db.write() as tx:
            await tx.run("UPDATE alert_machine SET state = '{broken'")
        host.restart()
        await host.beats(30)
        assert await host.kinds() == ["firing"]
        host.values = {"memory.used_percent": 1.0}
        await host.beats(60)
        assert await host.kinds() == ["firing", "resolved"]


async def test_what_changed_before_stands_in_the_message(tmp_path: Path) -> None:
    asked = []

    async def changes(since: Instant, until: Instant) -> Sequence[Change]:
        asked.append((since, until))
        return [Change(until - 5 * MINUTE, ChangeKind.PACKAGE, "redis-server upgraded 7.0.14 to 7.0.15")]

    async with place(tmp_path, WEB, changes=changes) as host:
        await host.run("db", Level.CRITICAL, "refused")
        assert asked == []
        await host.run("db", Level.CRITICAL, "refused")
        (notice,) = await host.notices()
        assert "Before it: redis-server upgraded 7.0.14 to 7.0.15 14:26" in notice.text
        await host.beats(300)
        assert len(asked) == 1


async def test_the_advice_of_the_panel_helps_where_the_rule_says_nothing(tmp_path: Path) -> None:
    async with place(tmp_path, "checks: {app: {kind: metric, help: read the log}}") as host:
        for _ in range(2):
            await host.run("app", Level.CRITICAL, "500")
        assert "To do: read the log" in (await host.notices())[0].text


async def test_alerts_that_fire_are_handed_on_after_they_are_told(tmp_path: Path) -> None:
    fired: list[Alert] = []
    async with place(tmp_path, WEB, fired=fired.append) as host:
        for _ in range(4):
            await host.run("db", Level.CRITICAL, "refused")
        assert [alert.id for alert in fired] == [1]


async def test_what_could_not_be_stored_is_told_as_soon_as_it_can_be(tmp_path: Path) -> None:
    async with place(tmp_path, MEMORY) as host:
        host.values = {"memory.used_percent": 97.0}
        await host.beats(60)
        async with host.db.write() as tx:
            await tx.run("CREATE TRIGGER full BEFORE INSERT ON outbox_notice BEGIN SELECT RAISE(ABORT, 'full'); END")
        for _ in range(3):
            with pytest.raises(StorageError):
                await host.beat()
        assert await host.open() == []
        async with host.db.write() as tx:
            await tx.run("DROP TRIGGER full")
        await host.beat()
        assert await host.kinds() == ["firing"]
        assert len(await host.open()) == 1


async def test_whoever_is_cancelled_while_storing_tells_nothing_twice(tmp_path: Path) -> None:
    async with place(tmp_path, MEMORY) as host:
        host.values = {"memory.used_percent": 97.0}
        for delay in range(24):
            host.clock.forward(10)
            task = asyncio.create_task(host.engine.evaluate(host.clock.now(), host.clock.monotonic(), host.seen))
            for _ in range(delay):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
        await host.beats(100)
        assert await host.kinds() == ["firing"]
        assert len(await host.open()) == 1


async def test_a_long_downtime_ends_nothing_that_is_not_measured_at_once(tmp_path: Path) -> None:
    rules = 'rules: {disk: {metric: "disk:*.busy", critical: "> 90%"}}'
    async with place(tmp_path, rules) as host:
        host.values = {"disk:vda.busy": 99.0}
        await host.beat()
        host.clock.forward(3 * DAY / 1000)
        host.values = {}
        host.restart()
        await host.beats(30)
        host.values = {"disk:vda.busy": 99.0}
        await host.beats(30)
        assert [kind for kind in await host.kinds() if kind != "reminder"] == ["firing"]


@pytest.mark.parametrize("jump", [-2 * DAY, 2 * DAY])
async def test_a_clock_that_is_set_far_ends_nothing(tmp_path: Path, jump: int) -> None:
    rules = 'rules: {disk: {metric: "disk:*.busy", critical: "> 90%"}}'
    async with place(tmp_path, rules) as host:
        host.values = {"disk:vda.busy": 99.0}
        await host.beats(30)
        host.values = {}
        host.clock.at += jump
        await host.beats(600)
        assert len(await host.open()) == 1


EVENTS = st.sampled_from(["bad", "worse", "well", "zone", "unknown", "restart", "mute", "unmute", "ack", "long"])


@given(st.lists(EVENTS, max_size=25))
@settings(max_examples=20)
def test_restarts_change_nothing_whatever_happens(events: list[str]) -> None:
    async def run(folder: Path, *, restarts: bool) -> list[tuple[NoticeKind, str]]:
        values = {"bad": 90.0, "worse": 97.0, "well": 10.0, "zone": 83.0}
        async with place(folder, MEMORY) as host:
            silences = []
            for event in events:
                if event == "restart" and restarts:
                    host.restart()
                elif event == "mute":
                    silences.append(await host.service.silence(ANA, "*", "x", host.clock.now() + DAY))
                elif event == "unmute" and silences:
                    await host.service.end_window(ANA, silences.pop().id)
                elif event == "ack" and await host.open():
                    await host.service.acknowledge(ANA, (await host.open())[0].id)
                host.values = {"memory.used_percent": values[event]} if event in values else host.values
                host.values = {} if event == "unknown" else host.values
                await host.beats(80 if event == "long" else 20)
            return await host.told()

    with TemporaryDirectory() as one, TemporaryDirectory() as two:
        kept = asyncio.run(run(Path(one), restarts=False))
        assert asyncio.run(run(Path(two), restarts=True)) == kept
    known = False
    for kind, _ in kept:
        if kind in (NoticeKind.FIRING, NoticeKind.RESOLVED):
            assert known is (kind is NoticeKind.RESOLVED)
            known = not known


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
