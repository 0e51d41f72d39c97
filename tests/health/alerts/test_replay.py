"""Rules tried on the past fire as often as they would have, by made-up history and by the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.core.clock import DAY, HOUR, MINUTE, SECOND
from opsconsole.core.database import METRICS, Database
from opsconsole.health.alerts.replay import Replayed, replay
from opsconsole.health.checks.uptime import Period
from opsconsole.health.history.model import SeriesInfo
from opsconsole.health.history.store import MetricStore
from tests.health.alerts.place import configured
from tests.health.samples import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection
    from pathlib import Path

    from opsconsole.core.clock import Instant


class MadeUp:
    """History as functions of time; None where nothing is known."""

    def __init__(self, series: dict[str, Callable[[Instant], float | None]],
                 levels: dict[str, list[Period]] | None = None) -> None:
        self._series, self._levels = series, levels or {}
        self.steps = 0

    async def series(self, prefix: str = "") -> list[SeriesInfo]:
        return [SeriesInfo(name, 0, NOW) for name in self._series if name.startswith(prefix)]

    async def replay(self, series: Collection[str], since: Instant, until: Instant, step: int, *,
                     hold: int = 0) -> AsyncIterator[tuple[Instant, dict[str, float]]]:
        for at in range(since, until + 1, step):
            self.steps += 1
            known = {name: self._series[name](at) for name in series}
            yield at, {name: value for name, value in known.items() if value is not None}

    async def periods(self, name: str, since: Instant, until: Instant) -> list[Period]:
        return self._levels.get(name, [])


async def tried(text: str, past: MadeUp, length: int = DAY) -> list[Replayed]:
    settings = configured(text)
    return await replay(settings.rules, settings.checks, past, past, NOW - length, NOW)


def busy(at: Instant) -> float:
    """90 % in the first ten minutes of each hour, 84 % in the next ten."""
    minute = at % HOUR // MINUTE
    return 90.0 if minute < 10 else 84.0 if minute < 20 else 30.0


async def test_how_often_and_for_how_long() -> None:
    found = await tried("""
rules:
  short: {metric: cpu.busy, warning: "> 85%"}
  held: {metric: cpu.busy, warning: "> 85%", for: 5m}
  margin: {metric: cpu.busy, critical: "> 85%", margin: 5%}
  never: {metric: cpu.busy, warning: "> 85%", for: 15m}
  off: {metric: cpu.busy, warning: "> 1%", enabled: no}
  nothing: {metric: gpu.busy, warning: "> 85%"}
""", MadeUp({"cpu.busy": busy}))
    by_rule = {one.rule: one for one in found}
    assert list(by_rule) == ["short", "held", "margin", "never", "nothing"]
    assert [by_rule[name].fired for name in by_rule] == [24, 24, 24, 0, 0]
    assert by_rule["short"].longest == 600
    assert by_rule["held"].longest == 300
    assert by_rule["margin"].longest == 1200
    assert by_rule["short"].seconds == pytest.approx(24 * 600, abs=600)
    assert by_rule["short"].known == 100
    assert by_rule["nothing"].known == 0
    first = by_rule["held"].firings[0]
    assert first.fired - first.begun == 5 * MINUTE
    assert first.ended is not None


async def test_a_pattern_and_what_is_not_known() -> None:
    past = MadeUp({"mount:/.percent": lambda at: 95.0, "mount:/var.percent": lambda at: None if at % HOUR else 95.0})
    found = await tried('rules: {disk: {metric: "mount:*.percent", warning: "> 90%", for: 5m}}', past, 6 * HOUR)
    assert [(one.title, one.fired, round(one.known)) for one in found] == [("disk /", 1, 100), ("disk /var", 0, 0)]
    assert found[0].firings[0].ended is None
    assert found[0].seconds == found[0].longest == 6 * 3600 - 300


async def test_figures_over_time() -> None:
    rules = 'rules: {mean: {metric: cpu.busy, of: mean, over: 20m, warning: "> 80%"}}'
    (found,) = await tried(rules, MadeUp({"cpu.busy": busy}), 6 * HOUR)
    assert found.fired == 6


async def test_checks_by_what_they_were() -> None:
    down = [Period("ok", NOW - DAY, NOW - 5 * HOUR), Period("critical", NOW - 5 * HOUR, NOW - 4 * HOUR),
            Period("maintenance", NOW - 4 * HOUR, NOW - 3 * HOUR), Period("ok", NOW - 3 * HOUR, NOW - HOUR),
            Period("warning", NOW - HOUR, NOW - HOUR + 5 * MINUTE), Period("ok", NOW - HOUR + 5 * MINUTE, NOW)]
    past = MadeUp({"check:web.latency": lambda at: 4.0 if NOW - 2 * HOUR <= at < NOW - HOUR else 0.1}, {"web": down})
    found = await tried("""
checks: {web: {kind: http, url: "http://127.0.0.1/", every: 60s}}
rules:
  down: {check: web, within: 2 of 2}
  slow: {check: web, warning: "latency > 3s", for: 10m}
  slow too: {metric: check:web.latency, warning: "> 3s"}
""", past)
    assert [(one.rule, one.fired) for one in found] == [("down", 2), ("slow", 1), ("slow too", 1)]
    assert [one.severity.value for one in found[0].firings] == ["critical", "warning"]
    assert found[0].longest == pytest.approx(2 * 3600, abs=120)
    assert found[1].longest == 50 * 60


async def test_flapping_is_counted() -> None:
    past = MadeUp({"cpu.busy": lambda at: 99.0 if at // (10 * SECOND) % 2 and NOW - at > 2 * HOUR else 1.0})
    (found,) = await tried('rules: {x: {metric: cpu.busy, warning: "> 90%"}}', past, 3 * HOUR)
    assert found.flapped == 1
    assert found.fired < 10


async def test_long_times_go_in_steps_of_a_minute() -> None:
    past = MadeUp({"cpu.busy": busy})
    await tried('rules: {x: {metric: cpu.busy, warning: "> 90%"}}', past, 30 * DAY)
    assert past.steps == 30 * 1440 + 1


async def test_the_real_history(tmp_path: Path) -> None:
    async with await Database.open(tmp_path / "metrics.db", METRICS) as db:
        store = MetricStore(db)
        for at in range(NOW - 3 * HOUR, NOW + 1, MINUTE):
            await store.record(at, {"cpu.busy": busy(at)}, later=True)
        await store.flush()
        settings = configured('rules: {x: {metric: cpu.busy, warning: "> 85%", for: 5m}}')
        (found,) = await replay(settings.rules, {}, store, None, NOW - 3 * HOUR, NOW)
        assert found.fired >= 2
        assert all(one.fired - one.begun >= 5 * MINUTE for one in found.firings)
