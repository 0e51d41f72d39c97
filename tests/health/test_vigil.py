"""The agent's view of one host: measured, checked, stored, judged, and gone on with after a restart."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.core.clock import DAY, SystemClock
from opsconsole.core.config import decode
from opsconsole.core.database import METRICS, RECORDS, Database
from opsconsole.core.errors import StorageFull
from opsconsole.core.jobs import Due, Every, Job, Workplace
from opsconsole.core.levels import Level
from opsconsole.core.paths import Paths
from opsconsole.health import jobs as health_jobs
from opsconsole.health.alerts.service import AlertService
from opsconsole.health.checks.model import Outcome, Value
from opsconsole.health.checks.reports import ReportStore
from opsconsole.health.history.store import MetricStore
from opsconsole.health.model import Mount
from opsconsole.health.recording import Recording, numbers
from opsconsole.settings import Settings, cross_check

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from opsconsole.core.database import Transaction


class Guard:
    """A lease that is held."""

    def holds(self) -> bool:
        return True

    async def confirm(self, tx: Transaction) -> None:
        """It is ours."""


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Workplace]:
    settings = decode(f"""
health: {{logs: {tmp_path}, growth: null}}
checks:
  port: {{kind: tcp, host: 127.0.0.1, port: 1, every: 5s, group: shop, help: start it}}
  off: {{kind: tcp, host: 127.0.0.1, port: 1, enabled: no}}
""", Settings, source="test", env={}, check=cross_check)
    paths = Paths(config=None, data=tmp_path, state=tmp_path, cache=tmp_path, shared=False)
    async with (await Database.open(tmp_path / "records.db", RECORDS) as records,
                await Database.open(tmp_path / "metrics.db", METRICS) as metrics, AsyncExitStack() as closing):
        yield Workplace(settings=settings, records=records, metrics=metrics, clock=SystemClock(), guard=Guard(),
                        paths=paths, host="web-01", state=tmp_path, closing=closing)


async def run(made: dict[str, Job], *names: str) -> None:
    for name in names:
        await made[name].run(Due(SystemClock().now()))


async def jobs_of(place: Workplace) -> dict[str, Job]:
    return {job.name: job for job in await health_jobs.jobs(place)}


async def test_the_jobs_of_health(place: Workplace) -> None:
    made = await jobs_of(place)
    assert {"health.record", "check.port", "health.summaries", "health.changes", "health.roll-up", "health.prune",
            "health.prune-alerts"} == set(made)
    assert made["check.port"].schedule == Every(5.0)
    assert not made["health.record"].recorded


async def test_a_check_that_fails_twice_becomes_an_alert_with_evidence(place: Workplace) -> None:
    made = await jobs_of(place)
    await run(made, "health.record", "check.port", "health.record")
    assert await AlertService(place.records, place.clock).open() == []
    await run(made, "check.port", "health.record")
    (alert,) = await AlertService(place.records, place.clock).open()
    assert (alert.key, alert.text, alert.detail.help) == ("check:port", "refused", "start it")
    await place.closing.aclose()
    stored = MetricStore(place.metrics)
    names = {one.name for one in await stored.series()}
    assert {"memory.used_percent", "load.one"} <= names


async def test_another_agent_goes_on_where_the_last_one_stopped(place: Workplace) -> None:
    made = await jobs_of(place)
    await run(made, "health.record", "check.port", "health.record", "check.port", "health.record")
    before = await AlertService(place.records, place.clock).open()
    await place.closing.aclose()
    again = await jobs_of(place)
    await run(again, "health.record", "check.port", "health.record")
    after = await AlertService(place.records, place.clock).open()
    assert [(one.id, one.begun, one.fired) for one in after] == [(one.id, one.begun, one.fired) for one in before]


async def test_what_others_sent_becomes_history_once(place: Workplace) -> None:
    reports = ReportStore(place.metrics)
    now = place.clock.now()
    await reports.push("orders", 42.0, now)
    store = MetricStore(place.metrics)
    recording = Recording(place.settings.health, place.clock, store, reports)
    try:
        health, values = await recording.measure()
        assert health.snapshot.at
        assert "cpu.busy" in values or "load.one" in values
        assert await recording.store(now, values) == {"metric:orders": 42.0}
        assert await recording.store(now + 10_000, values) == {}
    finally:
        await recording.close()
    assert (await store.points("metric:orders", now - DAY, now + DAY)).values == (42.0,)


async def test_figures_that_cannot_be_stored_are_kept(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    store = MetricStore(place.metrics)
    recording = Recording(place.settings.health, place.clock, store, ReportStore(place.metrics))
    check: Any = place.settings.checks["port"]
    recording.take("port", check, Outcome("port", Level.OK, "", place.clock.now(), 0.1, {"latency": 0.5, "up": True}))
    real = Database.write
    full = True

    def write(db: Database) -> Any:
        if full:
            raise StorageFull("There is no space.", "Free some.")
        return real(db)

    monkeypatch.setattr(Database, "write", write)
    now = place.clock.now()
    with pytest.raises(StorageFull):
        await recording.store(now, {"load.one": 1.0})
    full = False
    await recording.store(now + 10_000, {"load.one": 2.0})
    await store.flush()
    assert (await store.points("load.one", now - DAY, now + DAY)).values == (1.0, 2.0)
    assert (await store.points("check:port.latency", now - DAY, now + DAY)).values == (0.5,)
    await recording.close()


def test_only_numbers_become_series() -> None:
    values: dict[str, Value] = {"latency": 0.5, "status": 200, "ok": True, "text": "x", "none": None,
                                "nan": float("nan")}
    assert numbers("check:a", values) == {"check:a.latency": 0.5, "check:a.status": 200.0}


@pytest.mark.parametrize(("mount", "wanted"), [
    (Mount("/", "/dev/vda1", "ext4"), True), (Mount("/srv", "server:/srv", "nfs4"), False),
    (Mount("/srv", "//server/srv", "cifs"), False), (Mount("/x", "me@host:/x", "fuse.sshfs"), False),
    (Mount("/cd", "/dev/sr0", "iso9660", read_only=True), False),
    (Mount("/", "/dev/vda1", "ext4", silent_since=1), False)])
def test_folders_are_counted_on_local_disks_only(mount: Mount, wanted: bool) -> None:
    assert health_jobs._measurable(mount) == wanted
