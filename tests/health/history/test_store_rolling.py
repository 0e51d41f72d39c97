"""Rolling up, pruning, and reading what is in several tiers."""

from __future__ import annotations

import asyncio
import math
import random
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.health.history.model import MINUTES, QUARTERS
from opsconsole.health.history.sketch import exact_quantiles
from opsconsole.health.history.store import reading, rolling, sql
from tests.health.history.histories import BEAT, START, count, opened, rows_of

if TYPE_CHECKING:
    from opsconsole.core.database import Database
    from opsconsole.health.history.store import MetricStore

NAME = "check:shop.latency"

Steps = list[tuple[int, float, bool]]
STEPS = st.lists(st.tuples(
    st.one_of(st.integers(1, 100).map(lambda one: one * 1000), st.integers(1, 300).map(lambda one: one * MINUTE)),
    st.floats(min_value=1e-4, max_value=50), st.booleans()), min_size=1, max_size=60)
"""ms to the next value, the value, whether the store rolls up then."""


@pytest.fixture(autouse=True)
def _no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rolling, "REST", 0)


async def replayed(folder: Path, steps: Steps) -> None:
    points: list[tuple[int, float]] = []
    async with opened(folder / "m.db") as (db, store):
        at = START
        for step, value, rolls in steps:
            at += step
            points.append((at, value))
            await store.record(at, {NAME: value, "other": 1.0})
            if rolls:
                await store.roll_up(at)
        for now in (at, at + 2 * HOUR):
            await assert_equal(db, store, points, START, at)
            await store.roll_up(now)
        await assert_equal(db, store, points, START, at)


async def assert_equal(db: Database, store: MetricStore, points: list[tuple[int, float]], since: int,
                       until: int) -> None:
    """Every tier says of each of its cells what the values themselves say."""
    values = [value for _, value in points]
    for tier in (MINUTES, QUARTERS):
        direct: dict[int, list[float]] = {}
        for at, value in points:
            direct.setdefault(at // tier.cell, []).append(value)
        found: dict[int, list[float]] = {}
        for cell in await reading.cells(db, NAME, since, until + 1, tier.cell):
            known = found.setdefault(cell.start // tier.cell, [0, math.inf, -math.inf, 0.0])
            found[cell.start // tier.cell] = [known[0] + cell.number, min(known[1], cell.low),
                                              max(known[2], cell.high), known[3] + cell.total]
        assert found.keys() == direct.keys()
        for number, inside in direct.items():
            assert found[number] == pytest.approx([len(inside), min(inside), max(inside), math.fsum(inside)], rel=1e-6)
    bins = await reading.bins(db, NAME, since - DAY, until + DAY)
    assert sum(bins.values()) == len(points)
    assert (await store.points(NAME, since, until)).values == tuple(values)


@settings(max_examples=20)
@given(STEPS)
def test_rolled_up_is_the_same_as_calculated_directly(steps: Steps) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(replayed(Path(folder), steps))


async def simulated(store: MetricStore, since: int, until: int, *, step: int) -> list[tuple[int, float]]:
    """Latencies with a daily course, peaks and a gap each day; the agent's jobs run every hour."""
    chance = random.Random(since)
    points = []
    for at in range(since, until, step):
        if at // HOUR % 24 == 3:
            continue
        value = chance.lognormvariate(-3 + math.sin(at / DAY * 6.28) / 2, 0.4) * (20 if chance.random() < 0.01 else 1)
        points.append((at, value))
        await store.record(at, {NAME: value, "cpu.busy": value * 10})
        if at % HOUR == 0:
            await store.roll_up(at)
            await store.prune(at)
    return points


async def test_percentiles_over_any_time_are_real(tmp_path: Path) -> None:
    async with opened(tmp_path / "m.db") as (_, store):
        until = START + 40 * DAY + 5 * HOUR + 17 * MINUTE
        points = await simulated(store, START, until, step=8 * MINUTE)
        for length in (HOUR, 5 * HOUR, DAY, 50 * HOUR, 7 * DAY, 30 * DAY, 39 * DAY):
            since = until - length
            exact = exact_quantiles([value for at, value in points if at >= since], (0.5, 0.95, 0.99))
            found = await store.percentiles(NAME, since, until, (0.5, 0.95, 0.99))
            # What is older than a tier is kept is rounded to its cells: a value more or less of very many.
            assert found == pytest.approx(exact, rel=0.02), f"{length // HOUR} h"
        assert await store.aggregate(NAME, until - 30 * DAY, until, "p95") == pytest.approx(exact_quantiles(
            [value for at, value in points if at >= until - 30 * DAY], (0.95,))[0], rel=0.02)  # type: ignore[index]
        assert await store.percentiles("cpu.busy", until - 30 * DAY, until, (0.95,)) is None, "it has no histograms"
        assert await store.percentiles("cpu.busy", until - 47 * HOUR, until, (0.95,)) is not None
        await assert_kept(store, points, until)


async def assert_kept(store: MetricStore, points: list[tuple[int, float]], until: int) -> None:
    """Nothing is missing of any period, whatever tier it is in, and gaps are gaps."""
    for length in (HOUR, DAY, 3 * DAY, 7 * DAY, 30 * DAY, 40 * DAY):
        since = (until - length) // DAY * DAY
        inside = [value for at, value in points if at >= since]
        chart = (await store.history(NAME, since, until, buckets=240)).buckets
        assert sum(one.count for one in chart) == len(inside)
        assert max(one.max or 0 for one in chart) == pytest.approx(max(inside), rel=1e-6)
        assert await store.aggregate(NAME, since, until, "mean") == pytest.approx(math.fsum(inside) / len(inside))
    night = (until - 20 * DAY) // DAY * DAY + 3 * HOUR
    assert [one.mean for one in (await store.history(NAME, night, night + HOUR, buckets=4)).buckets] == [None] * 4
    days = (await store.history(NAME, until // DAY * DAY - 30 * DAY, until // DAY * DAY, buckets=30)).buckets
    assert [one.count for one in days] == [sum(one.start <= at < one.end for at, _ in points) for one in days]
    assert [one.max for one in days] == pytest.approx(
        [max(value for at, value in points if one.start <= at < one.end) for one in days], rel=1e-6)
    old = (until - 35 * DAY) // DAY * DAY + 12 * HOUR
    assert None not in [one.mean for one in (await store.history(NAME, old, old + HOUR, buckets=60)).buckets]


async def test_each_tier_is_kept_as_long_as_it_should(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rolling, "MINUTES", MINUTES._replace(keep=4 * DAY))
    monkeypatch.setattr(rolling, "QUARTERS", QUARTERS._replace(keep=8 * DAY))
    async with opened(tmp_path / "m.db") as (db, store):
        for at in range(START, START + 12 * DAY, 10 * MINUTE):
            await store.record(at, {NAME: 0.5, f"day:{at // DAY}.x": 1.0})
            if at % (6 * HOUR) == 0:
                await store.roll_up(at)
                await store.prune(at)
        now = START + 12 * DAY
        await store.roll_up(now)
        await store.prune(now)
        oldest = min(key & (1 << 44) - 1 for key in await sql.oldest_samples(db))
        assert now - 55 * HOUR < oldest <= now - 48 * HOUR
        assert await sql.oldest_number(db, MINUTES) == (now - 4 * DAY) // HOUR
        assert await sql.oldest_number(db, QUARTERS) == (now - 8 * DAY) // DAY
        assert {one.name for one in await store.series("day:")} == {
            f"day:{day}.x" for day in range((now - 8 * DAY) // DAY, now // DAY)}
        assert await count(store, NAME, START, now) == 8 * 144
        assert await store.coverage(now - 8 * DAY, now) == []
        await store.record(now, {f"day:{START // DAY}.x": 7.0})
        assert await store.aggregate(f"day:{START // DAY}.x", now, now, "last") == 7.0


async def test_a_backlog_is_pruned_day_by_day(tmp_path: Path) -> None:
    async with opened(tmp_path / "m.db") as (db, store):
        for at in range(START, START + 5 * DAY, 10 * MINUTE):
            await store.record(at, {NAME: 0.5})
        now = START + 60 * DAY
        await store.roll_up(now)
        before = await rows_of(db, "sample")
        await store.prune(now)
        assert before - await rows_of(db, "sample") == 144
        for _ in range(10):
            await store.prune(now)
        assert await rows_of(db, "sample") == 1, "the newest stays, so that keys go on"
        assert await count(store, NAME, START, now) == 5 * 144
        await store.record(now, {NAME: 0.5})
        await store.roll_up(now + HOUR)
        assert await count(store, NAME, START, now) == 5 * 144 + 1


async def test_hundreds_of_series_are_rolled_up_in_parts(tmp_path: Path) -> None:
    sizes: list[int] = []
    async with opened(tmp_path / "m.db") as (db, store):
        names = {f"x.{number}": float(number) for number in range(300)}
        for at in range(START, START + HOUR, 10 * MINUTE):
            await store.record(at, names)
        real = sql.put_rows

        async def counted(tx: object, tier: object, rows: list[object]) -> None:
            sizes.append(len(rows))
            await real(tx, tier, rows)  # type: ignore[arg-type]

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(sql, "put_rows", counted)
            assert await store.roll_up(START + HOUR) == 6
        assert max(sizes) <= sql.PART, "no transaction is long"
        assert sum(sizes) == 600
        assert await rows_of(db, "rolled") == 1
        assert await count(store, "x.299", START, START + HOUR) == 6


async def test_what_was_cut_off_is_gone_on_with(tmp_path: Path) -> None:
    async with opened(tmp_path / "m.db") as (db, store):
        names = {f"x.{number}": float(number) for number in range(200)} | {NAME: 0.25}
        for at in range(START, START + 2 * HOUR, 5 * MINUTE):
            await store.record(at, names)
        real, calls = sql.put_rows, 0

        async def failing(tx: object, tier: object, rows: list[object]) -> None:
            nonlocal calls
            calls += 1
            if calls == 4:
                raise asyncio.CancelledError
            await real(tx, tier, rows)  # type: ignore[arg-type]

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(sql, "put_rows", failing)
            with pytest.raises(asyncio.CancelledError):
                await store.roll_up(START + 2 * HOUR)
        assert await rows_of(db, "rolled") > 1, "some parts are ahead"
        for _ in range(2):
            for name in names:
                assert await count(store, name, START, START + 2 * HOUR) == 24
            await store.roll_up(START + 2 * HOUR)
        assert await rows_of(db, "rolled") == 1


async def test_two_that_roll_up_count_nothing_twice(tmp_path: Path) -> None:
    async with opened(tmp_path / "m.db") as (_, one), opened(tmp_path / "m.db") as (_, other):
        names = {f"x.{number}": float(number) for number in range(150)}
        for at in range(START, START + 6 * HOUR, 5 * MINUTE):
            await one.record(at, names)
        await asyncio.gather(one.roll_up(START + 6 * HOUR), other.roll_up(START + 6 * HOUR))
        await one.roll_up(START + 6 * HOUR)
        for name in ("x.0", "x.75", "x.149"):
            assert await count(one, name, START, START + 6 * HOUR) == 72
            found = await reading.cells(other._db, name, START, START + 6 * HOUR, QUARTERS.cell)
            assert sum(cell.number for cell in found) == 72


async def test_a_reader_sees_the_same_at_every_moment(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    async with opened(path) as (_, store), opened(path, read_only=True) as (_, reader):
        names = {f"x.{number}": float(number) for number in range(100)} | {NAME: 0.5}
        for at in range(START, START + 3 * DAY, 4 * MINUTE):
            await store.record(at, names)
        until, now = START + 3 * DAY - 1, START + 5 * DAY

        async def work() -> None:
            await store.roll_up(now)
            for _ in range(4):
                await store.prune(now)

        working = asyncio.ensure_future(work())
        reads = 0
        while not working.done():
            for length in (2 * HOUR, DAY, 3 * DAY):
                assert await count(reader, NAME, until - length + 1, until) == length // (4 * MINUTE)
            bins = await reading.bins(reader._db, NAME, START, until + 1)
            assert sum(bins.values()) == 3 * 360
            reads += 1
        await working
        assert reads > 10


async def test_samples_of_a_beat_that_is_not_over_are_left(tmp_path: Path) -> None:
    async with opened(tmp_path / "m.db") as (_, store):
        for at in range(START, START + HOUR + MINUTE, BEAT * 3):
            await store.record(at, {NAME: 1.0})
        assert await store.roll_up(START + HOUR - 1) == 0
        assert await store.roll_up(START + HOUR + MINUTE) == 120
        assert await store.roll_up(START + HOUR + MINUTE) == 0
        assert await store.roll_up(START + 2 * HOUR) == 2
