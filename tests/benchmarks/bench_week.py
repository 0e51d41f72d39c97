"""`python -m tests.benchmarks.bench_week`: a week of a real agent in simulated time, as fast as it runs.

30 checks every 30 s and a host measured every 10 s, with outages, slow and hanging services, containers that come and
go, alerts and what is told of them; only what is measured is made up. Prints, at each midnight, the memory and how many
blocks Python has, the size of both databases and how many rows they have; then the longest evaluation and how many
alerts there were. After the first day nothing but the databases may grow.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import sqlite3
import sys
import tempfile
import time
import tracemalloc
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from opsconsole.agent.journal import JournalFormatter
from opsconsole.health.alerts.engine import AlertEngine
from tests.health.world import KINDS, living, prepared
from tests.simulated import START, simulated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.simulated import SimulatedClock

DAY = 86_400.0

class Watched:
    """How long evaluations take."""

    def __init__(self) -> None:
        self.longest = self.total = 0.0
        self.count = 0

    def patched(self) -> Any:
        """An evaluation that is measured."""
        evaluate, watched = AlertEngine.evaluate, self

        async def call(self: AlertEngine, *args: Any) -> None:
            begun = time.perf_counter()
            await evaluate(self, *args)
            took = time.perf_counter() - begun
            watched.longest, watched.total, watched.count = max(watched.longest, took), watched.total + took, (
                watched.count + 1)
        return mock.patch.object(AlertEngine, "evaluate", call)


def rows(path: Path) -> dict[str, int]:
    """How many rows each table has."""
    with closing(sqlite3.connect(path)) as raw:
        names = [name for name, in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {name: raw.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
                for name in names if not name.startswith("sqlite_")}


def resident() -> float:
    """MiB of memory that are this process's own."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss_Anon")) / 1024


def show(day: int, folder: Path, begun: float) -> None:
    """One line about a day."""
    gc.collect()
    files = [folder / "data" / name for name in ("metrics.db", "opsconsole.db")]
    sizes = " ".join(f"{path.stat().st_size / 1e6:9.2f}" for path in files)
    counts = [sum(rows(path).values()) for path in files]
    print(f"{day:>4} {resident():9.1f} {sys.getallocatedblocks():10,} {len(gc.get_objects()):9,}  {sizes} "
          f"{counts[0]:9,} {counts[1]:9,} {time.perf_counter() - begun:8.0f}", flush=True)


async def live(clock: SimulatedClock, config: Path, days: int, *, trace: bool) -> None:
    """The agent's days, and what is printed about them."""
    watched, begun = Watched(), time.perf_counter()
    with living(config, clock) as agent, watched.patched():
        work = asyncio.create_task(agent.work())
        before: tracemalloc.Snapshot | None = None
        for day in range(days + 1):
            await asyncio.wait([work], timeout=3600.0 if day == 0 else DAY - (3600 if day == 1 else 0))
            if work.done():
                print("The agent ended by itself; the last lines of its log:")
                print("".join((config.parent / "log").read_text(errors="replace").splitlines(keepends=True)[-20:]))
                break
            show(day, config.parent, begun)
            if trace:
                before = grown(before)
        agent.wishes.end.set()
        await work
    print(f"evaluations: {watched.count:,}, longest {1000 * watched.longest:.1f} ms, "
          f"mean {1000 * watched.total / max(1, watched.count):.2f} ms")
    for name in ("metrics.db", "opsconsole.db"):
        found = sorted(rows(config.parent / "data" / name).items(), key=lambda one: -one[1])[:8]
        print(f"{name}: " + ", ".join(f"{table} {count:,}" for table, count in found))


def grown(before: tracemalloc.Snapshot | None) -> tracemalloc.Snapshot:
    """Prints where memory was taken since the snapshot before."""
    now = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(False, tracemalloc.__file__)])
    if before is not None:
        for one in now.compare_to(before, "lineno")[:12]:
            print(f"       {one.size_diff / 1024:+8.1f} KiB {one.count_diff:+7,}  {one.traceback}")
    return now


def main(arguments: Iterable[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_week", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=7, help="simulated days (default %(default)s)")
    parser.add_argument("--trace", action="store_true", help="say where memory was taken; takes twice the time")
    given = parser.parse_args(arguments)
    if given.trace:
        tracemalloc.start()
    memory = Path("/dev/shm")  # there, flushing costs nothing
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as scratch:
        log = logging.FileHandler(Path(scratch) / "log")
        log.setFormatter(JournalFormatter())
        logging.basicConfig(handlers=[log], level=logging.INFO)
        print(f"{sum(KINDS.values())} checks, {given.days} days from {START}\n"
              " day   own MiB     blocks   objects  metrics MB records MB   metrics   records  seconds\n"
              "                                                              (rows)    (rows)")
        begun = time.perf_counter()
        simulated(lambda clock: live(clock, prepared(Path(scratch)), given.days, trace=given.trace))
        text = (Path(scratch) / "log").read_text(errors="replace")
        print(f"simulated in {time.perf_counter() - begun:.0f} s; {text.count('level=warning')} warnings and "
              f"{text.count('level=error')} errors in {len(text) / 1e6:.1f} MB of log")


if __name__ == "__main__":
    main()
