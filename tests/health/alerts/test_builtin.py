"""After a restart the monitor goes on where the last one stopped: nothing ends, begins or is told by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from opsconsole.core.levels import Level
from opsconsole.health.alerts.sights import Seen
from opsconsole.health.judging.monitor import Monitor
from opsconsole.health.model import Cpu, Facts, Health, Snapshot
from opsconsole.health.settings import HealthSettings
from tests.health import samples
from tests.health.alerts.place import Place, place
from tests.health.samples import HandClock

if TYPE_CHECKING:
    from pathlib import Path


class Watching:
    """Monitor and engine together, as the agent has them."""

    def __init__(self, host: Place) -> None:
        self.host = host
        self.monitor = Monitor(HealthSettings(), host.clock)
        self.health: Health | None = None

    async def restart(self, after: float = 0.0) -> None:
        self.host.clock.forward(after)
        self.host.restart()
        self.monitor = Monitor(HealthSettings(), self.host.clock)
        clock = self.host.clock
        self.monitor.seed(await self.host.engine.standings(clock.now(), clock.monotonic()))

    async def see(self, snapshot: Snapshot, seconds: float = 10.0, step: float = 10.0) -> None:
        for _ in range(round(seconds / step)):
            self.host.clock.forward(step)
            now = self.host.clock.now()
            self.health = self.monitor.take(replace(snapshot, at=now))
            await self.host.engine.evaluate(now, self.host.clock.monotonic(), Seen(findings=self.health.findings,
                                                                                   advice=self.health.advice))


def mounted(percent: float) -> Snapshot:
    quiet = samples.snapshot()
    return replace(quiet, mounts=(samples.mount("/var", "/dev/vdb1", 46, percent),))


async def test_what_fires_stays_so_within_its_margin(tmp_path: Path) -> None:
    async with place(tmp_path) as host:
        made = Watching(host)
        await made.see(mounted(81.0), 30)
        assert await host.kinds() == ["firing"]
        await made.restart(12)
        await made.see(mounted(79.0), 60)
        assert await host.kinds() == ["firing"]
        assert made.health is not None
        finding = made.health.finding("mount:/var")
        assert finding is not None
        assert (finding.level, finding.since) == (Level.WARNING, (await host.open())[0].begun)
        await made.see(mounted(77.0))
        assert await host.kinds() == ["firing", "resolved"]


async def test_what_is_pending_goes_on_counting(tmp_path: Path) -> None:
    hot = replace(samples.snapshot(), cpu=Cpu(busy=90.0))
    async with place(tmp_path) as host:
        made = Watching(host)
        await made.see(hot, 90)
        await made.restart(12)
        assert await host.told() == []
        await made.see(hot, 40)
        (notice,) = await host.notices()
        assert notice.title == "▲ CPU: 90 %, warning from 80 %"
        assert "2 min" in notice.text


async def test_what_was_pending_long_ago_begins_anew(tmp_path: Path) -> None:
    hot = replace(samples.snapshot(), cpu=Cpu(busy=90.0))
    async with place(tmp_path) as host:
        made = Watching(host)
        await made.see(hot, 90)
        await made.restart(600)
        await made.see(hot, 110)
        assert await host.told() == []
        await made.see(hot, 30)
        assert await host.kinds() == ["firing"]


async def test_the_first_sample_after_a_restart_knows_no_rates_and_ends_nothing(tmp_path: Path) -> None:
    async with place(tmp_path) as host:
        made = Watching(host)
        bad = replace(samples.snapshot(), cpu=Cpu(busy=99.0), facts=Facts(failed_units=("redis.service",)))
        await made.see(bad, 400)
        kinds = await host.kinds()
        await made.restart(10)
        await made.see(replace(samples.snapshot(), cpu=Cpu(busy=None), facts=Facts()))
        assert await host.kinds() == kinds
        assert len(await host.open()) == 2
        await made.see(bad, 30)
        assert await host.kinds() == kinds


async def test_a_mount_that_became_read_only_stays_so(tmp_path: Path) -> None:
    async with place(tmp_path) as host:
        made = Watching(host)
        await made.see(mounted(50.0), 20)
        sealed = replace(mounted(50.0), mounts=(replace(mounted(50.0).mounts[0], read_only=True),))
        await made.see(sealed, 20)
        assert [one.key for one in await host.open()] == ["limit:readonly:/var"]
        await made.restart(10)
        await made.see(sealed, 60)
        assert await host.kinds() == ["firing"]
        await made.see(mounted(50.0), 20)
        assert await host.kinds() == ["firing", "resolved"]


async def test_a_kill_for_lack_of_memory_is_remembered(tmp_path: Path) -> None:
    async with place(tmp_path) as host:
        made = Watching(host)
        quiet = samples.snapshot()
        killed = replace(quiet, facts=replace(quiet.facts, oom_kills=1))
        await made.see(quiet, 20)
        await made.see(killed, 20)
        assert [one.key for one in await host.open()] == ["limit:oom"]
        await made.restart(10)
        await made.see(killed, 50 * 60, 30)
        assert await host.kinds() == ["firing"]
        await made.see(killed, 15 * 60, 30)
        assert await host.kinds() == ["firing", "resolved"]


@pytest.mark.parametrize("worse", [96.0, 99.0])
async def test_it_can_become_worse_after_a_restart(tmp_path: Path, worse: float) -> None:
    async with place(tmp_path) as host:
        made = Watching(host)
        await made.see(mounted(85.0), 20)
        await made.restart(10)
        await made.see(mounted(worse), 20)
        assert await host.kinds() == ["firing", "worse"]


async def test_with_nothing_stored_there_is_nothing_to_remember(tmp_path: Path) -> None:
    async with place(tmp_path) as host:
        assert await host.engine.standings(host.clock.now(), 0.0) == {}
        monitor = Monitor(HealthSettings(), HandClock())
        monitor.seed({})
        assert monitor.take(samples.snapshot()).snapshot.at == samples.NOW
