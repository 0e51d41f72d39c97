from __future__ import annotations

import asyncio
import contextlib
import logging
from math import inf, nan
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.core.errors import StorageError, StorageFull
from opsconsole.health.history.model import Gap, Sample
from opsconsole.health.history.store import recording
from tests.core.storage import may_not_grow, raw
from tests.health.history.histories import BEAT, START, count, opened, rows_of
from tests.hostile import CORPUS

if TYPE_CHECKING:
    from pathlib import Path

    from opsconsole.health.history.store import MetricStore

NAME = "cpu.busy"


async def fill(store: MetricStore, since: int, until: int, *names: str, step: int = BEAT) -> None:
    """Records the number of the beat."""
    for at in range(since, until, step):
        await store.record(at, dict.fromkeys(names or (NAME,), float(at // step % 1000)))


async def test_what_was_recorded_is_there(tmp_path: Path) -> None:
    async with opened(tmp_path / "m.db") as (_, store):
        await store.record(START, {NAME: 34, "mount:/var.percent": 91.5})
        await store.record(START + BEAT, {NAME: 36.0})
        trail = await store.points(NAME, START, START + BEAT)
        assert (trail.times, trail.values) == ((START, START + BEAT), (34.0, 36.0))
        assert (await store.points(NAME, START, START + BEAT - 1)).values == (34.0,)
        assert (await store.points("no.such", 0, START * 2)).times == ()
        assert [one.name for one in await store.series()] == [NAME, "mount:/var.percent"]
        assert [one.name for one in await store.series("mount:")] == ["mount:/var.percent"]
        assert (await store.series())[0].since == START
        assert await store.latest(START + BEAT) == {
            NAME: Sample(START + BEAT, 36.0), "mount:/var.percent": Sample(START, 91.5)}
        assert await store.latest(START + BEAT, {NAME}) == {NAME: Sample(START + BEAT, 36.0)}
        assert await store.latest(START + HOUR) == {}


async def test_what_waits_while_others_write_is_stored_once_though_series_are_pruned(tmp_path: Path) -> None:
    async with opened(tmp_path / "m.db") as (db, store):
        await store.record(START, {NAME: 1.0})
        async with db.write():
            recorded = asyncio.create_task(store.record(START + BEAT, {NAME: 2.0, "new": 3.0}))
            for _ in range(10):
                await asyncio.sleep(0)
            assert store._recorder._writing.locked()
            store._recorder.forget()
        await recorded
        await store.record(START + 2 * BEAT, {NAME: 4.0, "new": 5.0})
        assert (await store.points(NAME, START, START + 2 * BEAT)).values == (1.0, 2.0, 4.0)
        assert (await store.points("new", START, START + 2 * BEAT)).values == (3.0, 5.0)
        assert await rows_of(db, "sample") == 3


async def test_figures_of_a_period(tmp_path: Path) -> None:
    async with opened(tmp_path / "m.db") as (_, store):
        for number, value in enumerate((5.0, 1.0, 3.0, 11.0)):
            await store.record(START + number * BEAT, {NAME: value})
        until = START + 3 * BEAT
        found = {of: await store.aggregate(NAME, START, until, of) for of in
                 ("mean", "min", "max", "last", "count", "change", "rate", "p50", "p95")}
        assert found == {"mean": 5.0, "min": 1.0, "max": 11.0, "last": 11.0, "count": 4.0, "change": 6.0,
                         "rate": pytest.approx(0.2), "p50": 3.0, "p95": 11.0}
        assert await store.aggregate(NAME, START, START, "change") is None
        assert await store.aggregate(NAME, START, START, "last") == 5.0
        assert await store.aggregate(NAME, START - DAY, START - 1, "mean") is None
        assert await store.aggregate(NAME, START - DAY, START - 1, "p95") is None
        assert await count(store, "no.such", 0, until) == 0


async def test_what_is_no_measurement_is_left_out(tmp_path: Path) -> None:
    async with opened(tmp_path / "m.db") as (db, store):
        await store.record(START, {"a": nan, "b": inf, "c": -inf, "d": 10**400, "e": None,  # type: ignore[dict-item]
                                   "f": "x",  # type: ignore[dict-item]
                                   "g": 1e250, "": 1.0, "h" * 2000: 1.0, "lone\ud800": 1.0, "ok": True})
        assert [one.name for one in await store.series()] == ["ok"]
        assert store.refused == 10
        await store.record(START + BEAT, {"a": nan})
        assert await rows_of(db, "sample") == 1


async def test_names_are_stored_as_they_are(tmp_path: Path) -> None:
    async with opened(tmp_path / "m.db") as (_, store):
        names = [f"mount:/{foreign}\udcff.percent" for foreign in CORPUS if not any(
            "\ud800" <= char <= "\udc7f" or "\udcff" < char < "\ue000" for char in foreign)]
        names = [name for name in names if len(name.encode("utf-8", "surrogateescape")) <= recording.LONGEST_NAME]
        assert len(names) > 40
        await store.record(START, {name: float(number) for number, name in enumerate(names)})
        assert {one.name for one in await store.series()} == set(names)
        for number, name in enumerate(names):
            assert (await store.points(name, START, START)).values == (float(number),)


async def test_thousands_of_series_are_bounded_and_told_once(
        tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MOST_SERIES", 50)
    async with opened(tmp_path / "m.db") as (_, store):
        await store.record(START, {f"old.{number}": 1.0 for number in range(30)})
        with caplog.at_level(logging.WARNING):
            for turn in range(3):
                await store.record(START + (turn + 1) * BEAT, {f"new\x1b[31m.{turn}.{one}": 1.0 for one in range(1000)})
        assert len(await store.series()) == 50
        assert store.refused == 2980
        (told,) = [one.getMessage() for one in caplog.records]
        assert "\x1b" not in told
        assert await count(store, "old.3", START, START + HOUR) == 1
        # Series that are gone for two days make room.
        await store.record(START + 3 * DAY, {"late": 1.0})
        assert await count(store, "late", START, START + 4 * DAY) == 1


async def test_only_series_of_late_are_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "PAGE", 7)
    async with opened(tmp_path / "m.db") as (db, store):
        for day in range(10):
            await store.record(START + day * DAY, {"always": 1.0, **{f"net:veth{day}{one}": 1.0 for one in range(8)}})
            await store.roll_up(START + day * DAY + HOUR)
            await store.prune(START + day * DAY + HOUR)
        assert len(store._recorder._ids or ()) == 0
        await store.record(START + 10 * DAY, {"always": 2.0})
        assert len(store._recorder._ids or ()) <= 25
        assert len(await store.series()) == 81
        # One that comes back goes on, and needs no room.
        monkeypatch.setattr(recording, "MOST_NAMES", 81)
        await store.record(START + 11 * DAY, {"always": 3.0, "net:veth01": 5.0, "new": 1.0})
        assert (await store.points("net:veth01", START, START + 12 * DAY)).values[-1] == 5.0
        assert len(await store.series()) == 81
        assert (await store.points("always", START + 9 * DAY, START + 12 * DAY)).values == (1.0, 2.0, 3.0)
        assert await count(store, "new", START, START + 12 * DAY) == 0
        assert store.refused == 1
        assert await rows_of(db, "series") == 81


async def test_many_calls_in_one_beat(tmp_path: Path) -> None:
    async with opened(tmp_path / "m.db") as (db, store):
        await asyncio.gather(*(store.record(START + number % 7, {f"check:{number}.latency": float(number)})
                               for number in range(40)))
        found = await store.latest(START + BEAT)
        assert {name: one.value for name, one in found.items()} == {
            f"check:{number}.latency": float(number) for number in range(40)}
        assert await rows_of(db, "sample") <= 40


async def test_what_may_wait_is_stored_together(tmp_path: Path) -> None:
    async with opened(tmp_path / "m.db") as (db, store), opened(tmp_path / "m.db", read_only=True) as (_, other):
        for number in range(9):
            await store.record(START + number * 1000, {f"check:{number}.latency": 0.5}, later=True)
        assert await rows_of(db, "sample") == 0
        await store.record(START + 9_000, {NAME: 1.0})
        assert await rows_of(db, "sample") == 1
        assert len(await other.latest(START + BEAT)) == 10
        await store.record(START + 10_000, {NAME: 2.0}, later=True)
        assert await store.aggregate(NAME, START, START + BEAT, "last") == 2.0, "what waits is read as well"
        await store.record(START + 20_000, {NAME: 3.0}, later=True)
        await store.record(START + 30_000, {NAME: 4.0}, later=True)
        assert await rows_of(db, "sample") == 2
        await store.record(START + 40_000, {NAME: 5.0}, later=True)
        assert await rows_of(db, "sample") == 5, "none has to wait for longer"
        await store.record(START + 41_000, {NAME: 6.0}, later=True)
        await store.flush()
        assert (await other.points(NAME, START, START + MINUTE)).values == (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)


async def test_what_could_not_be_stored_is_stored_with_the_next(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    async with opened(path) as (db, store):
        await store.record(START, {NAME: 1.0})
        db._timeout = 0.05
        with raw(path) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StorageError):
                await store.record(START + BEAT, {NAME: 2.0})
            assert await count(store, NAME, START, START + HOUR) == 1, "readers read on"
            other.execute("ROLLBACK")
        await store.record(START + 2 * BEAT, {NAME: 3.0})
        trail = await store.points(NAME, START, START + HOUR)
        assert (trail.times, trail.values) == ((START, START + BEAT, START + 2 * BEAT), (1.0, 2.0, 3.0))


async def test_a_full_disk_costs_only_what_is_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    may_not_grow(monkeypatch, 60)
    monkeypatch.setattr(recording, "MOST_WAITING", 5)
    wide = {f"x.{number}": float(number) for number in range(400)}
    async with opened(tmp_path / "m.db") as (_, store):
        stored = 0
        with contextlib.suppress(StorageFull):
            while stored < 200:
                await store.record(START + stored * BEAT, wide)
                stored += 1
        assert 0 < stored < 100
        for number in range(10):
            with pytest.raises(StorageFull):
                await store.record(START + (stored + number) * BEAT, wide)
        assert store.refused == 6 * 400
        assert await count(store, "x.7", START, START + HOUR) == stored


async def test_a_cancelled_call_is_stored_once(tmp_path: Path) -> None:
    async with opened(tmp_path / "m.db") as (_, store):
        for number in range(40):
            calling = asyncio.ensure_future(store.record(START + number * BEAT, {NAME: float(number)}))
            await asyncio.sleep(number % 8 * 0.0003)
            calling.cancel()
            await asyncio.wait([calling])
        await store.flush()
        values = (await store.points(NAME, START, START + HOUR)).values
        assert len(values) == len(set(values)) >= 30


async def test_a_clock_that_was_put_back(tmp_path: Path) -> None:
    async with opened(tmp_path / "m.db") as (_, store):
        await fill(store, START, START + HOUR)
        await store.roll_up(START + HOUR)
        await fill(store, START + HOUR, START + HOUR + 10 * MINUTE)
        # Half an hour back: that time is recorded a second time, and nothing is lost.
        await fill(store, START + 40 * MINUTE, START + 2 * HOUR + 1)
        assert await count(store, NAME, START, START + 3 * HOUR) == 360 + 60 + 481
        await store.roll_up(START + 3 * HOUR)
        assert await count(store, NAME, START, START + 3 * HOUR) == 360 + 60 + 481
        assert await count(store, NAME, START, START + 2 * DAY) == 360 + 60 + 481
        trail = await store.points(NAME, START, START + 3 * HOUR)
        assert list(trail.times) == sorted(trail.times)


async def test_a_clock_that_was_years_ahead_for_a_while(tmp_path: Path) -> None:
    ahead = START + 4000 * DAY
    async with opened(tmp_path / "m.db") as (db, store):
        await fill(store, START - 3 * DAY, START, step=5 * MINUTE)
        await store.roll_up(START)
        await fill(store, ahead, ahead + 2 * HOUR, step=MINUTE)
        await store.roll_up(ahead + 2 * HOUR)
        await store.prune(ahead + 2 * HOUR)
        await fill(store, START, START + 2 * HOUR, step=MINUTE)
        await store.roll_up(START + 3 * HOUR)
        await store.prune(START + 3 * HOUR)
        assert await count(store, NAME, START, START + 2 * HOUR - 1) == 120
        kept = await count(store, NAME, START - 30 * DAY, START - 1)
        assert kept >= 2 * 288, "a wrong clock costs at most a day of the oldest"
        assert (await db.row("SELECT since FROM kept WHERE tier = 'sample'"))["since"] <= START  # type: ignore[index]
        assert await store.coverage(START - HOUR + MINUTE, START + MINUTE) != []


async def test_absurd_times(tmp_path: Path) -> None:
    async with opened(tmp_path / "m.db") as (_, store):
        for at in (-5, 0, 2**62, 2**44, START):
            await store.record(at, {NAME: 1.0})
        await store.roll_up(START + HOUR)
        await store.prune(START + HOUR)
        assert await count(store, NAME, START, START + HOUR) == 1


async def test_nobody_was_watching(tmp_path: Path) -> None:
    async with opened(tmp_path / "m.db") as (_, store):
        assert await store.coverage(START, START + HOUR) == [Gap(START, START + HOUR)]
        assert await store.coverage(START, START) == []
        await fill(store, START, START + HOUR)
        await fill(store, START + 2 * HOUR, START + 3 * HOUR + 1)
        await store.record(START + 3 * HOUR + 30_000, {NAME: 1.0})
        last = START + 3 * HOUR + 30_000
        expected = [Gap(START - HOUR, START), Gap(START + HOUR - BEAT, START + 2 * HOUR), Gap(last, START + 4 * HOUR)]
        for _ in range(2):
            assert await store.coverage(START - HOUR, START + 4 * HOUR) == expected
            assert await store.coverage(START, START + HOUR) == []
            assert await store.coverage(START + 90 * MINUTE, START + 100 * MINUTE) == [
                Gap(START + 90 * MINUTE, START + 100 * MINUTE)]
            await store.roll_up(START + 5 * HOUR)


@pytest.mark.parametrize("step", [5_000, 60_000, 300_000])
async def test_watching_seldom_is_watching(tmp_path: Path, step: int) -> None:
    async with opened(tmp_path / "m.db") as (_, store):
        await fill(store, START, START + HOUR, step=step)
        await fill(store, START + 2 * HOUR, START + 4 * HOUR, step=step)
        expected = [Gap(START + HOUR - step, START + 2 * HOUR)]
        for _ in range(2):
            assert await store.coverage(START, START + 4 * HOUR) == expected
            assert await store.coverage(START + 2 * HOUR + 1, START + 3 * HOUR) == []
            await store.roll_up(START + 3 * HOUR)


async def test_a_clock_that_begins_in_1970(tmp_path: Path) -> None:
    async with opened(tmp_path / "m.db") as (db, store):
        await fill(store, START, START + 3 * HOUR, step=MINUTE)
        await store.roll_up(START + 3 * HOUR)
        await fill(store, HOUR, 2 * HOUR, step=MINUTE)
        await store.roll_up(2 * HOUR)
        await store.prune(2 * HOUR)
        await fill(store, START + 3 * HOUR, START + 4 * HOUR, step=MINUTE)
        for _ in range(3):
            await store.roll_up(START + 4 * HOUR)
            await store.prune(START + 4 * HOUR)
        assert len((await store.points(NAME, START, START + 4 * HOUR)).times) == 240
        assert await rows_of(db, "sample") == 240, "only what was recorded in 1970 was forgotten"


async def test_what_a_wrong_clock_recorded_in_the_future_is_forgotten(tmp_path: Path) -> None:
    async with opened(tmp_path / "m.db") as (db, store):
        await fill(store, START, START + HOUR, step=MINUTE)
        await fill(store, START + 900 * DAY, START + 900 * DAY + HOUR, step=MINUTE)
        await fill(store, START + HOUR, START + 3 * DAY, step=30 * MINUTE)
        await store.roll_up(START + 3 * DAY)
        await store.prune(START + 3 * DAY)
        future = await db.row("SELECT count(*) AS number FROM sample WHERE key & :mask > :at",
                              {"mask": (1 << 44) - 1, "at": START + 4 * DAY})
        assert future is not None
        assert future["number"] == 0
        assert await count(store, NAME, START + DAY, START + 3 * DAY - 1) == 96


async def test_replaying(tmp_path: Path) -> None:
    async with opened(tmp_path / "m.db") as (_, store):
        for at in range(START, START + 2 * MINUTE + 1, BEAT):
            checked = {"check:shop.latency": at / 1000} if at % MINUTE == 0 else {}
            await store.record(at, checked | ({NAME: float(at // BEAT % 1000)} if at < START + 2 * MINUTE else {}))
        found = [one async for one in store.replay([NAME, "check:shop.latency", "none"], START, START + 150_000, BEAT)]
        assert [at for at, _ in found] == list(range(START, START + 150_001, BEAT))
        assert [values.get(NAME) for _, values in found] == [
            *(float((START // BEAT + one) % 1000) for one in range(12)), None, None, None, None]
        assert [at - START for at, values in found if "check:shop.latency" in values] == [0, MINUTE, 2 * MINUTE]
        held = [one async for one in store.replay(["check:shop.latency"], START, START + 150_000, BEAT, hold=90_000)]
        assert all(values for _, values in held)


async def test_replaying_what_is_old(tmp_path: Path) -> None:
    async with opened(tmp_path / "m.db") as (_, store):
        await fill(store, START, START + 3 * DAY, step=2 * MINUTE)
        now = START + 5 * DAY
        await store.roll_up(now)
        for _ in range(4):
            await store.prune(now)
        found = [one async for one in store.replay([NAME], START, START + 3 * DAY, MINUTE)]
        assert len(found) == 3 * 1440 + 1
        assert [values for _, values in found[1::2]] == [{NAME: float(at // MINUTE // 2 % 1000)} for at in
                                                         range(START, START + 3 * DAY, 2 * MINUTE)]


async def test_a_damaged_row_is_a_gap(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "m.db"
    name = "check:shop.latency"
    async with opened(path) as (_, store):
        await fill(store, START, START + 2 * DAY, name, step=MINUTE)
        await store.roll_up(START + 2 * DAY)
        with raw(path) as other:
            other.execute("UPDATE minute SET cells = x'0102', whole = x'ff', sketches = x'00' WHERE key IN"
                          " (SELECT key FROM minute ORDER BY key LIMIT 3)")
            other.execute("UPDATE quarter SET cells = x'', whole = x'05' WHERE key = (SELECT min(key) FROM quarter)")
            other.execute("UPDATE sample SET vals = x'00' WHERE key = (SELECT min(key) FROM sample)")
        with caplog.at_level(logging.WARNING):
            assert await count(store, name, START, START + DAY) == 1441 - 180
            assert len((await store.points(name, START, START + HOUR)).values) == 60
            assert await store.percentiles(name, START, START + 2 * DAY - 1, (0.5,)) is not None
            assert len((await store.history(name, START, START + 2 * DAY, buckets=20)).buckets) == 20
            await store.record(START, {name: 1.0})
            await store.roll_up(START + 3 * DAY)
        assert "left out" in caplog.text


async def test_a_chart_needs_a_period(tmp_path: Path) -> None:
    async with opened(tmp_path / "m.db") as (_, store):
        for since, until, buckets in ((START, START, 5), (START, START - 1, 5), (START, START + HOUR, 0)):
            with pytest.raises(ValueError, match="period"):
                await store.history(NAME, since, until, buckets=buckets)
        empty = await store.history(NAME, START, START + HOUR, buckets=7)
        assert [one.mean for one in empty.buckets] == [None] * 7
