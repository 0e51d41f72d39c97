"""The board reads what topics name, from real databases; what fails keeps what was shown."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.clock import DAY, HOUR, MINUTE, SECOND
from opsconsole.core.database import METRICS, RECORDS, Database
from opsconsole.core.errors import StorageError
from opsconsole.core.identity import Actor, Role
from opsconsole.core.levels import Level
from opsconsole.core.units import Percent
from opsconsole.health.alerts import store
from opsconsole.health.alerts.service import AlertService
from opsconsole.health.board import NO_AGENT, Board, Duty, Stored, reliability
from opsconsole.health.changes.model import ChangeKind
from opsconsole.health.changes.store import ChangeStore
from opsconsole.health.checks.model import Outcome
from opsconsole.health.checks.settings.local import CommandCheck
from opsconsole.health.checks.store import CheckStore
from opsconsole.health.history.store import MetricStore
from tests.health.samples import NOW, HandClock
from tests.health.stored_samples import DOWN, UPGRADE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from opsconsole.health.checks.settings.base import Check

TOPICS = frozenset({"checks", "alerts", "changes"})
CHECKS: dict[str, Check] = {
    "redis": CommandCheck(command=("/bin/true",), help="Start it.", slo=Percent(99.0)),
    "home": CommandCheck(command=("/bin/true",), slo=Percent(50.0)),
    "off": CommandCheck(command=("/bin/true",), enabled=False),
    "free": CommandCheck(command=("/bin/true",)),
}
ANA = Actor("ana", 1000, Role.OPERATOR)


class Both:
    """A board on two databases."""

    def __init__(self, records: Database, metrics: Database, checks: Mapping[str, Check]) -> None:
        self.records, self.metrics, self.clock = records, metrics, HandClock()
        self.broken = ""
        self.board = Board(self.clock, checks, lambda: Duty("ben"))
        self.board.attach(records=lambda: self._of("records", records), metrics=lambda: self._of("metrics", metrics))
        self.heard = 0
        self.leave = self.board.listen(self._hear)

    def _of(self, name: str, db: Database) -> Database:
        if self.broken == name:
            raise StorageError(f"The {name} cannot be read.", "Look at the disk.")
        return db

    def _hear(self) -> None:
        self.heard += 1

    async def found(self, name: str, level: Level, minutes: float, text: str = "", **values: float) -> None:
        """A check ran so many minutes ago."""
        checks = CheckStore(self.metrics)
        checks.put(Outcome(name, level, text, NOW - round(minutes * MINUTE), 0.1, dict(values)), 60)
        await checks.close()

    async def fire(self) -> int:
        async with self.records.write() as tx:
            return await store.add_alert(tx, DOWN)


@asynccontextmanager
async def both(folder: Path, checks: Mapping[str, Check] = CHECKS) -> AsyncIterator[Both]:
    async with (await Database.open(folder / "records.db", RECORDS, mode=0o600) as records,
                await Database.open(folder / "metrics.db", METRICS, mode=0o600) as metrics):
        yield Both(records, metrics, checks)


async def test_only_what_a_topic_names_is_read(tmp_path: Path) -> None:
    async with both(tmp_path) as here:
        await here.found("redis", Level.CRITICAL, 0.2, "refused")
        await here.fire()
        await ChangeStore(here.metrics).add([UPGRADE])
        await here.board.read(frozenset({"tickets"}))
        assert not here.board.stored.checks
        assert here.heard == 0
        await here.board.read(frozenset({"checks"}))
        assert [one.name for one in here.board.stored.checks] == ["redis", "home", "free"]
        assert not here.board.stored.alerts
        assert (here.board.stored.on_call, here.heard) == ("ben", 1)
        await here.board.read(frozenset({"alerts"}))
        assert [one.title for one in here.board.stored.alerts] == ["redis"]
        assert here.board.stored.changes == (UPGRADE,)
        await here.board.read(frozenset({"alerts"}))
        assert here.heard == 2
        here.leave()
        await AlertService(here.records, here.clock).silence(ANA, "redis", "work", NOW + HOUR)
        await here.board.read(frozenset({"alerts"}))
        assert [one.pattern for one in here.board.stored.windows] == ["redis"]
        assert here.heard == 2


async def test_when_nothing_is_wrong_nobody_asks_what_changed(tmp_path: Path) -> None:
    async with both(tmp_path) as here:
        await here.found("redis", Level.OK, 0.2, "PONG")
        await ChangeStore(here.metrics).add([UPGRADE])
        await here.board.read(TOPICS)
        assert (here.board.stored.changes, here.board.stored.on_call) == ((), "")


@pytest.mark.parametrize("broken", ["records", "metrics"])
async def test_what_cannot_be_read_stays_as_it_is_and_the_rest_is_read(tmp_path: Path, broken: str) -> None:
    async with both(tmp_path) as here:
        await here.found("redis", Level.OK, 5, "PONG")
        number = await here.fire()
        await here.board.read(TOPICS)
        before = here.board.stored
        here.broken = broken
        await here.found("redis", Level.CRITICAL, 0.2, "refused")
        await AlertService(here.records, here.clock).acknowledge(ANA, number, "looking")
        await here.board.read(TOPICS)
        assert here.board.problem == f"The {broken} cannot be read. Look at the disk."
        stored = here.board.stored
        assert (stored.checks == before.checks) is (broken == "metrics")
        assert (stored.alerts == before.alerts) is (broken == "records")
        here.broken = ""
        await here.board.read(TOPICS)
        assert here.board.problem == ""
        assert here.board.stored.checks[0].level is Level.CRITICAL
        assert here.board.stored.alerts[0].acknowledged_by == "ana"


async def test_without_databases_nothing_is_known_and_nothing_fails() -> None:
    board = Board(HandClock(), CHECKS)
    await board.read(TOPICS)
    assert board.stored == Stored(help={"redis": "Start it."})
    assert (await board.past("cpu.busy", HOUR, 10)).problem == NO_AGENT
    assert await board.facts("redis") is None
    assert await board.reliability() == ()


async def test_other_checks_after_the_configuration_was_read_again(tmp_path: Path) -> None:
    async with both(tmp_path) as here:
        await here.found("redis", Level.OK, 0.2, "PONG")
        await here.board.read(TOPICS)
        here.board.use({"new": CommandCheck(command=("/bin/true",), help="Look.")})
        assert here.board.stored.help == {"new": "Look."}
        await here.board.read(frozenset({"checks"}))
        assert [one.name for one in here.board.stored.checks] == ["new"]
        here.board.use(None)
        assert here.board.stored.checks == ()


async def test_history_has_parts_peaks_last_week_and_what_changed(tmp_path: Path) -> None:
    async with both(tmp_path) as here:
        history = MetricStore(here.metrics)
        for minute in range(60):
            await history.record(NOW - 7 * DAY - minute * MINUTE, {"cpu.busy": 10.0}, later=True)
        for minute in range(59, 20, -1):
            await history.record(NOW - minute * MINUTE, {"cpu.busy": 50.0 + 40 * (minute == 30)}, later=True)
        await history.flush()
        await ChangeStore(here.metrics).add([UPGRADE])
        await AlertService(here.records, here.clock).start_maintenance(ANA, "group:shop", "upgrade", NOW + HOUR)
        past = await here.board.past("cpu.busy", HOUR, 12)
        assert len(past.means) == len(past.before) == len(past.highs) == 12
        assert max(one for one in past.highs if one is not None) == 90.0
        assert past.means[-1] is None
        assert {one for one in past.before if one is not None} == {10.0}
        assert [one.kind for one in past.changes] == [ChangeKind.PACKAGE, ChangeKind.MAINTENANCE]
        assert past.changes[1].text == "group:shop: upgrade (ana)"
        assert past.problem == ""
        assert (await here.board.past("cpu.busy", 30 * DAY, 12)).before == ()
        assert (await here.board.past("no.such", HOUR, 12)).problem == NO_AGENT
        here.broken = "records"
        assert len((await here.board.past("cpu.busy", HOUR, 12)).changes) == 1
        here.broken = "metrics"
        assert "cannot be read" in (await here.board.past("cpu.busy", HOUR, 12)).problem


async def test_a_check_looked_at_closely(tmp_path: Path) -> None:
    async with both(tmp_path) as here:
        for minute in range(40, 0, -1):
            await here.found("redis", Level.CRITICAL if minute < 4 else Level.OK, minute, "x", latency=0.1)
        facts = await here.board.facts("redis")
        assert facts is not None
        assert facts.state.level is Level.CRITICAL
        assert facts.times["24 h"].down == pytest.approx(180, abs=61)
        assert facts.promise is not None
        assert await here.board.facts("no such") is None
        here.broken = "metrics"
        with pytest.raises(StorageError):
            await here.board.facts("redis")


async def test_reliability_has_broken_promises_first(tmp_path: Path) -> None:
    async with both(tmp_path) as here:
        for minute in range(40, 0, -1):
            await here.found("home", Level.CRITICAL if minute < 2 else Level.OK, minute)
            await here.found("free", Level.OK, minute)
        found = await here.board.reliability()
        assert [one.name for one in found] == ["home", "redis", "free"]
        assert found[0].day.down == pytest.approx(60, abs=1 + 60 * SECOND / 1000)
        assert found[0].promise is not None
        assert (found[2].promise, found[2].month.share) == (None, 100.0)
        assert found[1].month.share is None
        assert await reliability(here.metrics, here.clock, {}) == ()


async def test_what_is_read_at_the_same_time_takes_nothing_from_each_other(tmp_path: Path) -> None:
    async with both(tmp_path) as one:
        await one.found("redis", Level.CRITICAL, 1, "refused")
        await one.fire()
        for _ in range(10):
            one.board.stored = Stored()
            await asyncio.gather(*(one.board.read(frozenset({topic})) for topic in ("alerts", "growth", "checks")))
            assert len(one.board.stored.alerts) == 1
            assert [state.name for state in one.board.stored.checks if state.at is not None] == ["redis"]
