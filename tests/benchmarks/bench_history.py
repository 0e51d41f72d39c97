"""`python -m tests.benchmarks.bench_history`: a month and a year of history, made by the real code with a fast clock.

60 series of which 10 are latencies, a record every 10 s, rolled up and pruned as the agent does it. Prints the size of
the file, what was written, the cost of a record, how long the database was held, how long charts take, how far p95 is
from the exact one, and how long another process's reads take meanwhile.

The year has the rows of the month's days again and again before the month, so that they are as full as real ones.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import multiprocessing
import os
import random
import sqlite3
import sys
import tempfile
import time
from array import array
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING

from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.core.database import METRICS, Database
from opsconsole.health.history.sketch import exact_quantiles
from opsconsole.health.history.store import MetricStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from multiprocessing.synchronize import Event

START = 1_700_006_400_000 // DAY * DAY
BEAT = 10_000
LATENCIES = tuple(f"check:service-{number}.latency" for number in range(10))
SHARES = tuple(f"cpu.core.{number}" for number in range(15))
RATES = tuple(f"net:eth{number}.receive_rate" for number in range(15))
SIZES = tuple(f"mount:/srv/{number}.used" for number in range(15))
STEADY = tuple(f"mount:/srv/{number}.inodes_used" for number in range(5))
RANGES = (("15 min", 15 * MINUTE), ("1 h", HOUR), ("6 h", 6 * HOUR), ("24 h", DAY), ("7 d", 7 * DAY),
          ("30 d", 30 * DAY), ("1 y", 365 * DAY))


class Host:
    """Values as a host has them: shares of ticks, random rates, sizes in blocks, latencies with a long tail."""

    def __init__(self) -> None:
        self._chance = random.Random(1)
        self._sizes = [2e11 * self._chance.random() for _ in SIZES]

    def values(self, at: int) -> dict[str, float]:
        """What is measured at a time."""
        chance, day = self._chance, math.sin(at / DAY * 2 * math.pi)
        self._sizes = [size + chance.gauss(1e4, 1e6) for size in self._sizes]
        found = {name: 100 * int(chance.gauss(300 + 100 * day, 60)) / 1000 for name in SHARES}
        found |= {name: chance.lognormvariate(11, 0.8) for name in RATES}
        found |= {name: float(int(size) // 4096 * 4096) for name, size in zip(SIZES, self._sizes, strict=True)}
        found |= {name: 120_000.0 + number for number, name in enumerate(STEADY)}
        return found | {name: chance.lognormvariate(-3 + day / 3, 0.5) * (15 if chance.random() < 0.01 else 1)
                        for name in LATENCIES}


class Held:
    """How long each transaction held the database, ms, by what it was for."""

    def __init__(self, db: Database) -> None:
        self.times: dict[str, list[float]] = {}
        self.what = ""
        self._write = db.write
        db.write = self.write  # type: ignore[method-assign,assignment]

    @asynccontextmanager
    async def write(self) -> AsyncIterator[object]:
        """As `Database.write`."""
        async with self._write() as tx:
            begin = time.perf_counter()
            yield tx
        self.times.setdefault(self.what, []).append((time.perf_counter() - begin) * 1000)


def written() -> int:
    """Bytes that this process has handed to the file system."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("wchar")))


def read_on(path: Path, stop: Event, result: multiprocessing.Queue[list[float]]) -> None:
    """Another process that draws a chart of a day again and again; ms of each."""
    async def run() -> list[float]:
        times = []
        async with await Database.open(path, METRICS, read_only=True) as db:
            store = MetricStore(db)
            while not stop.is_set():
                newest = (await db.row("SELECT max(key) & 17592186044415 AS at FROM sample"))["at"]  # type: ignore[index]
                begin = time.perf_counter()
                await store.history(LATENCIES[0], newest - DAY, newest, buckets=200)
                times.append((time.perf_counter() - begin) * 1000)
                await asyncio.sleep(0.005)
        return times
    result.put(asyncio.run(run()))


def figures(times: Sequence[float]) -> str:
    """Median, p95 and most, ms."""
    if len(times) < 2:
        return "none"
    cuts = quantiles(times, n=20)
    return f"p50 {cuts[9]:.2f}  p95 {cuts[18]:.2f}  most {max(times):.1f} ms"


async def simulate(path: Path, days: int) -> array[float]:
    """A time in the agent's life; the values of the first latency."""
    host, values, records, rolls, prunes = Host(), array("d"), list[float](), list[float](), list[float]()
    until = START + days * DAY
    cpu = 0.0
    async with await Database.open(path, METRICS) as db:
        store, held = MetricStore(db), Held(db)
        wall, before = time.perf_counter(), written()
        for at in range(START, until, BEAT):
            found = host.values(at)
            values.append(found[LATENCIES[0]])
            held.what = "record"
            begin, used = time.perf_counter(), time.process_time()
            await store.record(at, found)
            records.append((time.perf_counter() - begin) * 1000)
            cpu += time.process_time() - used
            if at % HOUR == 0:
                begin, used, held.what = time.perf_counter(), time.process_time(), "roll-up"
                await store.roll_up(at)
                rolls.append((time.perf_counter() - begin) * 1000)
                begin, held.what = time.perf_counter(), "prune"
                await store.prune(at)
                prunes.append((time.perf_counter() - begin) * 1000)
                cpu += time.process_time() - used
        wall = time.perf_counter() - wall
    print(f"\n{days} days, a record every {BEAT // 1000} s: simulated in {wall:.0f} s")
    print(f"  file                    {os.stat(path).st_size / 1e6:.1f} MB")  # noqa: PTH116 - nothing waits for it
    print(f"  written per day         {(written() - before) / 1e6 / days:.1f} MB")
    print(f"  record                  {figures(records)}")
    print(f"  roll-up, once an hour   {figures(rolls)}")
    print(f"  prune, once an hour     {figures(prunes)}")
    for what, times in held.times.items():
        print(f"  held by {what:<14}  {figures(times)}")
    share = cpu / (days * 86_400)
    print(f"  processor time          {share * 100:.4f} % of a core"
          f" ({1e6 * cpu / len(records):.0f} µs a record, its part of roll-up and prune included)")
    return values


async def charts(path: Path, until: int, values: array[float]) -> None:
    """What a console asks for when a trend is opened."""
    async with await Database.open(path, METRICS, read_only=True) as db:
        store = MetricStore(db)
        print("  charts of 200 columns, and p50, p95 and p99 of the same period: ms, and p95 beside the exact one")
        for label, length in RANGES:
            if length // BEAT > len(values):
                continue
            times, shares = [], []
            for _ in range(5):
                begin = time.perf_counter()
                await store.history(LATENCIES[0], until - length, until, buckets=200)
                times.append((time.perf_counter() - begin) * 1000)
                begin = time.perf_counter()
                found = await store.percentiles(LATENCIES[0], until - length, until, (0.5, 0.95, 0.99))
                shares.append((time.perf_counter() - begin) * 1000)
            exact = exact_quantiles(list(values[-(length // BEAT):]), (0.95,))
            error = "" if not (found and exact) else f"{100 * abs(found[1] - exact[0]) / exact[0]:.2f} % off"
            print(f"    {label:<7} {sorted(times)[2]:6.1f} (first {times[0]:.1f})  {sorted(shares)[2]:6.1f}  {error}")


async def beside_a_reader(path: Path, until: int) -> None:
    """Another day, while another process reads."""
    context = multiprocessing.get_context("spawn")
    stop, result = context.Event(), context.Queue()
    other = context.Process(target=read_on, args=(path, stop, result))
    other.start()
    async with await Database.open(path, METRICS) as db:
        store, host = MetricStore(db), Host()
        for at in range(until, until + DAY, BEAT):
            await store.record(at, host.values(at))
            if at % HOUR == 0:
                await store.roll_up(at)
                await store.prune(at)
    stop.set()
    print("  chart of 24 h in another process, while 8,640 records, 24 roll-ups and 24 prunings follow each other:\n"
          f"    {figures(result.get())}")
    other.join()


def repeat(path: Path, days: int) -> None:
    """Puts the quarters of an hour of the month before it again and again, up to thirteen months."""
    with sqlite3.connect(path) as raw:
        for shift in range(days, 396, days):
            raw.execute("INSERT INTO quarter SELECT key - (:shift << 20), cells, sketches, whole FROM quarter"
                        " WHERE key >= :first << 20 AND key < :last << 20 AND key - (:shift << 20) >= :oldest << 20",
                        {"shift": shift, "first": START // DAY, "last": START // DAY + days,
                         "oldest": START // DAY + days - 396})
    raw.close()


async def main(days: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        path, until = Path(folder) / "metrics.db", START + days * DAY
        async with await Database.open(path, METRICS):
            pass
        values = await simulate(path, days)
        await charts(path, until, values)
        repeat(path, days)
        print(f"\n13 months: {os.stat(path).st_size / 1e6:.1f} MB; " + "  ".join(  # noqa: PTH116 - not of the loop
            f"{name} {size / 1e6:.1f} MB" for name, size in (await sizes(path)).items()))
        await charts(path, until, values * math.ceil(396 / days))
        await beside_a_reader(path, until)


async def sizes(path: Path) -> dict[str, int]:
    """Bytes of what is in each table, without what pages waste."""
    async with await Database.open(path, METRICS, read_only=True) as db:
        found = {}
        for table, columns in (("sample", ("ids", "vals")), ("minute", ("cells", "sketches", "whole")),
                               ("quarter", ("cells", "sketches", "whole"))):
            total = " + ".join(f"coalesce(length({column}), 0)" for column in columns)
            row = await db.row(f"SELECT coalesce(sum({total}), 0) AS size FROM {table}")
            found[table] = 0 if row is None else int(row["size"])
        return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_history", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=30, help="of the month (default %(default)s)")
    print(f"SQLite {sqlite3.sqlite_version}, {os.cpu_count()} processors, Python {sys.version.split()[0]}")
    asyncio.run(main(parser.parse_args().days))
