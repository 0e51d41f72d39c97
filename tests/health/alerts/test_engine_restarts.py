"""Alerts through restarts, lost leases, set clocks and full disks: nothing is forgotten, nothing is told twice."""

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
from opsconsole.health.changes.model import Change, ChangeKind
from opsconsole.notify.model import NoticeKind
from tests.health.alerts.place import ANA, MEMORY, WEB, place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.health.alerts.model import Alert


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
