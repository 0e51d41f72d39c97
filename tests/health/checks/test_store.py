"""What checks found is stored as it was, whoever else writes and whatever the clock does."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.core.clock import DAY, HOUR
from opsconsole.core.database import METRICS, Database
from opsconsole.core.errors import StorageError
from opsconsole.core.feed import Feed
from opsconsole.core.levels import Level
from opsconsole.health.checks.model import Outcome
from opsconsole.health.checks.service import CheckService, current
from opsconsole.health.checks.settings.own import MetricCheck
from opsconsole.health.checks.store import KEEP, MOST_WAITING, TOPIC, CheckStore
from opsconsole.health.checks.uptime import Period
from tests.core.storage import may_not_grow, raw, start
from tests.health.checks.clocks import START, HandClock
from tests.hostile import CORPUS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from opsconsole.health.checks.settings.base import Check

EVERY = 60.0


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    async with await Database.open(tmp_path / "metrics.db", METRICS) as opened:
        yield opened


def outcome(level: Level = Level.OK, at: int = START, name: str = "shop", **more: Any) -> Outcome:
    return Outcome(name, level, more.pop("text", level.word), at, 0.1, **more)


async def play(db: Database, steps: Sequence[tuple[float, Level, bool]], name: str = "shop") -> CheckStore:
    """Stores one outcome after another; each step says how many seconds it comes after the one before."""
    store, at = CheckStore(db), START
    for seconds, level, muted in steps:
        at += round(seconds * 1000)
        store.put(outcome(level, at, name), EVERY, muted=muted)
        await store.flush()
    await store.close()
    return store


OK, WARNING, CRITICAL, UNKNOWN = Level.OK, Level.WARNING, Level.CRITICAL, Level.UNKNOWN


async def test_an_outcome_comes_back_as_it_was(db: Database) -> None:
    store = CheckStore(db)
    given = outcome(CRITICAL, text="refused \x1b[31m", values={"a": 1.5, "b": "x", "c": True, "d": None},
                    failed=("a < 1",), output="line\nline")
    store.put(given, EVERY)
    await store.flush()
    found = await store.one("shop")
    assert found is not None
    assert found.outcome == given
    assert (found.open.status, found.open.begun, found.open.since) == ("critical", START, START)
    assert await store.one("other") is None
    await store.close()


async def test_outcomes_are_collected(db: Database) -> None:
    store = CheckStore(db, delay=0.05)
    for number in range(30):
        store.put(outcome(name=str(number)), EVERY)
    assert await store.all() == {}
    for _ in range(200):
        if await store.all():
            break
        await asyncio.sleep(0.01)
    assert len(await store.all()) == 30
    await store.close()


async def test_several_outcomes_of_one_check_in_one_transaction(db: Database) -> None:
    store = CheckStore(db)
    for seconds, level in ((0, OK), (60, CRITICAL), (120, OK)):
        store.put(outcome(level, START + seconds * 1000), EVERY)
    await store.flush()
    assert await store.periods("shop", 0, START + DAY) == [
        Period("ok", START, START + 60_000, "ok"), Period("critical", START + 60_000, START + 120_000, "critical")]
    await store.close()


async def test_a_changed_level_is_told_but_not_every_figure(db: Database) -> None:
    feed = Feed(db)
    await feed.changed()
    await play(db, [(0, OK, False)])
    assert TOPIC in await feed.changed()
    await play(db, [(60, OK, False)])
    assert TOPIC not in await feed.changed()
    await play(db, [(120, CRITICAL, False)])
    assert TOPIC in await feed.changed()


async def test_transitions_and_a_gap(db: Database) -> None:
    store = await play(db, [(0, OK, False), (60, CRITICAL, False), (60, CRITICAL, True), (60, OK, False),
                            (1000, OK, False), (60, WARNING, False)])
    found = await store.periods("shop", 0, START + DAY)
    assert [(one.status, (one.ended - one.begun) // 1000) for one in found] == [
        ("ok", 60), ("critical", 60), ("maintenance", 60), ("unknown", 1000), ("ok", 60)]
    reached = START
    for one in found:
        assert one.begun == reached
        reached = one.ended


async def test_the_clock_put_back_leaves_no_future(db: Database) -> None:
    store = await play(db, [(0, OK, False), (60, CRITICAL, False), (60, OK, False), (60, WARNING, False),
                            (-150, OK, False), (60, OK, False)])
    found = await store.periods("shop", 0, START + DAY)
    assert all(one.ended <= START + 30_000 for one in found)
    newest = await store.one("shop")
    assert newest is not None
    assert newest.open.at == START + 90_000
    one = await CheckService(db, HandClock(START + 90_000), {"shop": MetricCheck()}).uptime(
        "shop", START, START + 90_000)
    assert (one.up, one.unknown) == (90, 0)


async def test_old_periods_are_removed(db: Database) -> None:
    store = await play(db, [(0, OK, False), (60, CRITICAL, False), (60, OK, False)])
    assert await store.prune(START + KEEP) == 0
    assert await store.prune(START + KEEP + HOUR) == 2
    assert await store.one("shop") is not None


async def test_a_full_disk_loses_nothing_that_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                    caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "metrics.db"
    async with await Database.open(path, METRICS):
        pass
    with monkeypatch.context() as patch:
        may_not_grow(patch, 1)
        async with await Database.open(path, METRICS) as full:
            store = CheckStore(full, delay=0.01)
            # One row fits into what there is already.
            for number in range(300):
                store.put(outcome(name=f"{number}", output="x" * 4000), EVERY)
            with pytest.raises(StorageError):
                await store.flush()
            with caplog.at_level(logging.WARNING):
                await asyncio.sleep(0.1)
            assert "not stored yet" in caplog.text
            assert len(store._waiting) == 300
            store._timer = None
            waiting = store._waiting
    async with await Database.open(path, METRICS) as better:
        again = CheckStore(better)
        again._waiting = waiting
        await again.close()
        assert len(await again.all()) == 300


async def test_what_waits_is_limited(db: Database) -> None:
    store = CheckStore(db, delay=100)
    for number in range(MOST_WAITING + 10):
        store.put(outcome(at=START + number), EVERY)
    assert len(store._waiting) == MOST_WAITING
    await store.close()
    newest = await store.one("shop")
    assert newest is not None
    assert newest.open.at == START + MOST_WAITING + 9


async def test_a_damaged_row_is_no_end(db: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    await play(db, [(0, CRITICAL, False)])
    with raw(tmp_path / "metrics.db") as other:
        other.execute("UPDATE check_state SET detail = '{broken'")
    found = await CheckStore(db).one("shop")
    assert found is not None
    assert (found.outcome.level, found.outcome.values) == (CRITICAL, {})
    assert "cannot be read" in caplog.text


@pytest.mark.parametrize("name", [*CORPUS[:12], "'; DROP TABLE check_state; --", "a:b", "x" * 5000])
async def test_hostile_names(db: Database, name: str) -> None:
    name = name.encode("utf-8", "backslashreplace").decode()
    store = await play(db, [(0, OK, False), (60, CRITICAL, False)], name)
    assert set(await store.all()) == {name}
    assert len(await store.periods(name, 0, START + DAY)) == 1


WRITER = """
import asyncio, sys
from pathlib import Path
from opsconsole.core.database import METRICS, Database
from opsconsole.core.levels import Level
from opsconsole.health.checks.model import Outcome
from opsconsole.health.checks.store import CheckStore

async def main():
    async with await Database.open(Path(sys.argv[1]), METRICS, timeout=30) as db:
        print("ready", flush=True)
        sys.stdin.readline()
        store = CheckStore(db)
        for number in range(60):
            level = Level.CRITICAL if number % 2 else Level.OK
            store.put(Outcome(sys.argv[2], level, "x", 1_700_000_000_000 + number * 30_000, 0.1), 30.0)
            store.put(Outcome("shared", level, "x", 1_700_000_000_000 + number * 30_000, 0.1), 30.0)
            await store.flush()
        await store.close()

asyncio.run(main())
"""


async def test_two_processes_write(tmp_path: Path) -> None:
    path = tmp_path / "metrics.db"
    writers = [start(WRITER, path, name) for name in ("one", "two")]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    assert [writer.communicate(timeout=60) for writer in writers] == [("", ""), ("", "")]
    async with await Database.open(path, METRICS) as db:
        store = CheckStore(db)
        for name in ("one", "two"):
            assert len(await store.periods(name, 0, START + DAY)) == 59
        reached = 0
        for one in await store.periods("shared", 0, START + DAY):
            assert one.begun >= reached
            reached = one.ended
        assert set(await store.all()) == {"one", "two", "shared"}


# The service over the store.

CHECKS: dict[str, Check] = {name: MetricCheck() for name in ("a", "b", "c", "d")}


async def test_states_are_worst_first_else_as_configured(db: Database) -> None:
    clock = HandClock(START + 30_000)
    store = CheckStore(db)
    for name, level in (("b", OK), ("c", CRITICAL), ("d", WARNING), ("removed", CRITICAL)):
        store.put(outcome(level, name=name), EVERY)
    await store.close()
    service = CheckService(db, clock, CHECKS)
    assert [(one.name, one.level) for one in await service.states()] == [
        ("c", CRITICAL), ("d", WARNING), ("a", UNKNOWN), ("b", OK)]
    never = await service.state("a")
    assert never is not None
    assert (never.at, never.level, never.main, never.interval) == (None, UNKNOWN, "value", 60.0)
    assert await service.state("removed") is None
    # A removed check is not shown, but its past is still there.
    assert len(await service.periods("removed", 0, START + DAY)) == 0
    service.use({"b": CHECKS["b"], "off": MetricCheck(enabled=False)})
    assert [one.name for one in await service.states()] == ["b"]
    clock.turn(300)
    (old,) = await service.states()
    assert (old.level, current(old, clock.now())) == (OK, UNKNOWN)


async def test_uptime_of_what_goes_on(db: Database) -> None:
    await play(db, [(0, OK, False), (60, OK, False), (60, CRITICAL, False), (60, OK, False), (60, OK, True)])
    clock = HandClock(START + 300_000)
    service = CheckService(db, clock, {"shop": MetricCheck()})
    one = await service.uptime("shop", START - 60_000, START + 300_000)
    assert (one.up, one.down, one.maintenance, one.unknown) == (180, 60, 60, 60)
    # Long after the newest run nobody knows; nor after the end of what was asked for.
    clock.turn(3600)
    late = await service.uptime("shop", START, clock.now())
    assert (late.up, late.down, late.maintenance, late.unknown) == (180, 60, 0, 3660)
    assert (await service.uptime("shop", START, START + 30_000)).up == 30
    assert (await service.uptime("never", START, START + 30_000)).unknown == 30


async def test_a_promise_is_kept_or_not(db: Database) -> None:
    from opsconsole.core.units import Percent

    await play(db, [(0, OK, False)] + [(60, OK, False)] * 9 + [(60, CRITICAL, False), (60, OK, False)])
    clock = HandClock(START + 660_000)
    service = CheckService(db, clock, {"shop": MetricCheck(slo=Percent(99.0)), "plain": MetricCheck()})
    assert await service.slo("plain") is None
    one = await service.slo("shop")
    assert one is not None
    assert (one.target, one.uptime.down) == (99.0, 60)
    assert one.left == pytest.approx(0.01 * 30 * 86_400 - 60)
    assert one.burn == pytest.approx(100 * 60 / 660)
    assert one.uptime.coverage < 1


async def test_summaries_are_kept_beside_the_state(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    store = CheckStore(db)
    for seconds, level in ((0, OK), (60, CRITICAL), (120, OK)):
        store.put(outcome(level, START + seconds * 1000, values={"latency": 0.1}), EVERY)
    store.put(outcome(name="plain"), EVERY)
    await store.flush()
    asked = []

    async def p95(series: str, since: int, until: int) -> float | None:
        asked.append((series, since, until))
        return 0.21

    clock = HandClock(START + 120_000)
    service = CheckService(db, clock, {"shop": MetricCheck(), "plain": MetricCheck(), "never": MetricCheck()})
    await service.summarise(p95)
    shop = await service.state("shop")
    assert shop is not None
    assert (shop.p95, shop.uptime) == (0.21, 50.0)
    assert asked == [("check:shop.latency", START + 120_000 - DAY, START + 120_000)]
    # A new outcome does not take them away.
    store.put(outcome(OK, START + 180_000, values={"latency": 0.1}), EVERY)
    await store.close()
    shop = await service.state("shop")
    assert shop is not None
    assert (shop.p95, shop.uptime) == (0.21, 50.0)

    async def broken(series: str, since: int, until: int) -> float | None:
        raise StorageError("The file is damaged.")

    await service.summarise(broken)
    assert "no percentile of check:shop.latency" in caplog.text
