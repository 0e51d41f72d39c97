"""Five real operations: each of their alerts fires after its own time, stays within its margin, and is resolved."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from opsconsole.core.levels import Level
from opsconsole.health.alerts.checking import all_mistakes
from opsconsole.health.checks.model import Outcome
from opsconsole.notify.model import NoticeKind, Severity
from tests.health.alerts.place import Place, configured, place

FOLDER = Path(__file__).parent / "reference"
SYSTEMS = ("dashboard", "expense-api", "field-service", "marketing-site", "shop")
INFO, WARNING, CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL
Feed = dict[str, float | Level]


class Story(NamedTuple):
    """One alert: what is fed, and when it fires."""

    system: str
    rule: str
    severity: Severity
    good: Feed
    bad: Feed
    after: float
    """Seconds from the first bad observation until it fires."""
    zone: Feed | None = None
    """Behind the limit again, but not by the margin."""
    over: float = 0.0
    """Seconds from the first good observation until it is resolved."""
    beat: float = 10.0
    key: str = ""
    before: float = 60.0
    """Seconds for which all was well."""


def figure(system: str, rule: str, severity: Severity, series: str, values: tuple[float, float, float], after: float,
           over: float = 0.0, beat: float = 10.0, key: str = "", before: float = 60.0) -> Story:
    """A series that is good, bad, and in between."""
    good, bad, zone = ({series: value} for value in values)
    return Story(system, rule, severity, good, bad, after, zone, over, beat, key, before)


def check(system: str, rule: str, name: str, after: float, beat: float = 60.0, over: float = 0.0,
          level: Level = Level.CRITICAL, key: str = "") -> Story:
    """A check that fails."""
    severity = CRITICAL if level is Level.CRITICAL else WARNING
    return Story(system, rule, severity, {name: Level.OK}, {name: level}, after, None, over, beat, key)


STORIES = [
    check("shop", "site down", "site", 0),
    figure("shop", "error rate", WARNING, "check:requests.error_rate", (0.1, 4.0, 0.9), 60, 300, 60, before=600),
    figure("shop", "response time", WARNING, "check:site.latency", (0.4, 3.5, 2.7), 180, beat=60),
    figure("shop", "database connections", WARNING, "check:database.connections_percent", (40, 81, 77), 120, beat=60),
    figure("shop", "cpu", WARNING, "cpu.busy", (40, 81, 75), 300, 60),
    figure("shop", "memory", WARNING, "memory.used_percent", (60, 86, 83), 120, 60),
    figure("shop", "mount:*", WARNING, "mount:/.percent", (70, 81, 79), 0, key="rule:mount:*|mount:/.percent"),
    figure("shop", "queue depth", WARNING, "check:queue.depth", (20, 1001, 900), 120, beat=60),

    check("dashboard", "app unreachable", "app", 300, 300, over=300),
    check("dashboard", "database unhealthy", "database", 300, 300),
    check("dashboard", "cache unhealthy", "cache", 300, 300),
    check("dashboard", "storage unhealthy", "storage", 300, 300),
    check("dashboard", "queue unhealthy", "queue", 300, 300),
    figure("dashboard", "response time", WARNING, "check:app.latency", (0.2, 1.2, 0.95), 300, beat=300),
    figure("dashboard", "response time", CRITICAL, "check:app.latency", (0.2, 6.0, 4.95), 300, beat=300),
    figure("dashboard", "memory", WARNING, "memory.used_percent", (60, 81, 76), 300, 300),
    figure("dashboard", "disk", WARNING, "mount:/.percent", (60, 81, 79), 300, key="rule:disk|mount:/.percent"),
    figure("dashboard", "cpu", INFO, "cpu.busy", (30, 85, 75), 600),
    figure("dashboard", "error rate", WARNING, "check:requests.error_rate", (0.01, 0.4, 0.08), 120, 600, 60,
           before=900),
    check("dashboard", "backup failed", "full backup", 0),
    check("dashboard", "database backup failed", "database backup", 0, 300),

    check("expense-api", "service down", "health", 30, 30),
    check("expense-api", "database unreachable", "database", 60),
    check("expense-api", "sign-in failing", "sign-in", 0, 300),
    check("expense-api", "expenses failing", "expenses", 0, 300),
    figure("expense-api", "response p95", WARNING, "check:health.latency", (0.1, 0.6, 0.47), 0, 300, 30, before=600),
    figure("expense-api", "error rate", WARNING, "check:requests.error_rate", (0.1, 0.6, 0.45), 120, beat=30),
    figure("expense-api", "error rate", CRITICAL, "check:requests.error_rate", (0.1, 6.0, 4.95), 120, beat=30),
    Story("expense-api", "slow query", WARNING, {"check:postgres.slowest": 0.1}, {"check:postgres.slowest": 1.2}, 60,
          over=180, beat=60),
    figure("expense-api", "cpu", WARNING, "cpu.busy", (40, 81, 75), 300),
    figure("expense-api", "memory", WARNING, "memory.used_percent", (60, 91, 88), 120),
    figure("expense-api", "authentication errors", WARNING, "check:errors.rate.authentication", (0, 11, 7), 120,
           beat=60),

    figure("marketing-site", "page load", WARNING, "check:page.latency", (1.0, 4.5, 3.0), 180, beat=60),
    figure("marketing-site", "server response", WARNING, "check:page.first_byte", (0.2, 2.5, 1.0), 180, beat=60),
    figure("marketing-site", "database queries", WARNING, "check:queries.value", (30, 120, 70), 300, beat=60),
    figure("marketing-site", "memory", WARNING, "memory.used_percent", (50, 86, 70), 300),
    figure("marketing-site", "cpu", WARNING, "cpu.busy", (30, 85, 60), 300),
    check("marketing-site", "outage", "page", 60),
    check("marketing-site", "mail unreachable", "mail", 300, 300),

    check("field-service", "platform down", "platform", 300),
    figure("field-service", "error rate", WARNING, "check:requests.error_rate", (0.2, 3.0, 1.7), 120, beat=60),
    figure("field-service", "error rate", CRITICAL, "check:requests.error_rate", (0.2, 6.0, 4.7), 120, beat=60),
    figure("field-service", "response", WARNING, "check:platform.latency", (1.0, 6.0, 4.8), 120, beat=60),
    figure("field-service", "response", CRITICAL, "check:platform.latency", (1.0, 11.0, 9.8), 120, beat=60),
    check("field-service", "backup failed", "backup", 0, 600),
    check("field-service", "breach", "intrusion", 0),
    figure("field-service", "mount:*", WARNING, "mount:/srv.percent", (60, 81, 79), 60,
           key="rule:mount:*|mount:/srv.percent"),
    figure("field-service", "memory", WARNING, "memory.used_percent", (60, 81, 78), 120),
    Story("field-service", "failed sign-ins", WARNING, {"check:sign-ins.failed_sign_ins": 0},
          {"check:sign-ins.failed_sign_ins": 7}, 60, over=180, beat=60),
    figure("field-service", "unusual feature use", INFO, "check:features.value", (100, 250, 180), 600, beat=60),
    figure("field-service", "degradation", INFO, "check:platform.latency", (1.0, 4.0, 2.9), 0, 600, 60, before=900),
    Story("field-service", "backup completed", INFO, {"check:backup.age": 80_000}, {"check:backup.age": 60}, 0,
          beat=600),
]


def feed(host: Place, values: Feed) -> None:
    for name, value in values.items():
        if isinstance(value, Level):
            host.outcomes[name] = Outcome(name, value, value.word, host.clock.now(), 0.1)
        elif name.startswith("check:"):
            of = max((one for one in host.settings.checks if name.startswith(f"check:{one}.")), key=len)
            key = name.removeprefix(f"check:{of}.")
            host.outcomes[of] = Outcome(of, Level.OK, "ok", host.clock.now(), 0.1, {key: value})
        else:
            host.values[name] = value


async def step(host: Place, values: Feed, beat: float) -> None:
    host.clock.forward(beat)
    feed(host, values)
    await host.engine.evaluate(host.clock.now(), host.clock.monotonic(), host.seen)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: f"{story.system}: {story.rule}, {story.severity.value}")
async def test_each_alert_fires_after_its_time_and_is_resolved_behind_its_margin(tmp_path: Path, story: Story) -> None:
    key = story.key or f"rule:{story.rule}"
    async with place(tmp_path, (FOLDER / f"{story.system}.yaml").read_text()) as host:
        async def severity() -> Severity | None:
            return next((one.severity for one in await host.open() if one.key == key), None)

        for _ in range(round(story.before / story.beat)):
            await step(host, story.good, story.beat)
        assert await host.open() == []
        await step(host, story.bad, story.beat)
        for _ in range(round(story.after / story.beat)):
            assert await severity() is not story.severity
            await step(host, story.bad, story.beat)
        assert await severity() is story.severity
        for _ in range(3 if story.zone is not None else 0):
            await step(host, story.zone or {}, story.beat)
        assert await severity() is story.severity
        host.restart()
        await step(host, story.good, story.beat)
        for _ in range(round(story.over / story.beat)):
            await step(host, story.good, story.beat)
        assert await severity() is None
        told = [one for one in await host.notices() if one.thread == "alert:1"]
        assert [one.kind for one in told if one.kind is not NoticeKind.REMINDER] == [
            NoticeKind.FIRING, NoticeKind.RESOLVED]


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_configuration_has_no_mistakes(system: str) -> None:
    settings = configured((FOLDER / f"{system}.yaml").read_text())
    assert list(all_mistakes(settings.rules, settings.checks)) == []
    assert len(settings.rules) >= 7


async def test_growing_and_standing_still(tmp_path: Path) -> None:
    async with place(tmp_path, (FOLDER / "field-service.yaml").read_text()) as host:
        for _ in range(20):
            await step(host, {"check:registrations.value": 10}, 60)
        assert await host.open() == []
        await step(host, {"check:registrations.value": 11}, 60)
        assert [one.rule for one in await host.open()] == ["new registrations"]
        for _ in range(12):
            await step(host, {"check:registrations.value": 11}, 60)
        assert await host.open() == []
    async with place(tmp_path / "shop", (FOLDER / "shop.yaml").read_text()) as host:
        for number in range(20):
            await step(host, {"check:orders.value": number}, 300)
        assert await host.open() == []
        for _ in range(13):
            await step(host, {"check:orders.value": 19}, 300)
        assert [one.title for one in await host.open()] == ["no orders"]
