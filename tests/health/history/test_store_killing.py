"""Killed with -9 at any moment, again and again: nothing is lost, nothing is there twice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.core.database import METRICS, Database
from opsconsole.health.history.model import MINUTES, QUARTERS
from opsconsole.health.history.store import MetricStore, reading, rolling
from tests.health.history.histories import START, rows_of

STEP = 2 * MINUTE
DAYS = 4
NAMES = ("check:shop.latency", *(f"x.{number}" for number in range(90)))
KILLS = 12


def value_at(at: int) -> float:
    """What is recorded at a time."""
    return float(at // STEP % 97 + 1)


async def work(path: Path) -> None:
    """An agent with a fast clock: goes on where the last one was killed."""
    for name, value in (("REST", 0), ("KEEP_SAMPLES", 10 * HOUR), ("MINUTES", MINUTES._replace(keep=DAY))):
        setattr(rolling, name, value)
    async with await Database.open(path, METRICS) as db:
        store = MetricStore(db)
        known = await store.points(NAMES[0], START - DAY, START + 2 * DAYS * DAY)
        at = known.times[-1] + STEP if known.times else START
        print("begun", flush=True)
        while at < START + DAYS * DAY:
            await store.record(at, dict.fromkeys(NAMES, value_at(at)))
            if at % (30 * MINUTE) == 0:
                await store.roll_up(at)
                await store.prune(at)
            at += STEP
        await store.roll_up(at + HOUR)


def start(path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", __name__, path], stdout=subprocess.PIPE, text=True,
                            cwd=Path(__file__).parents[3], env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})


def killed(path: Path, seconds: float) -> bool:
    """Runs an agent until it is killed; False when it had ended before."""
    with start(path) as agent:
        assert agent.stdout is not None
        agent.stdout.readline()
        time.sleep(seconds)
        agent.send_signal(signal.SIGKILL)
        return agent.wait(timeout=60) == -signal.SIGKILL


async def counted(path: Path) -> None:
    times = range(START, START + DAYS * DAY, STEP)
    since, until = START - DAY, START + (DAYS + 1) * DAY
    async with await Database.open(path, METRICS) as db:
        store = MetricStore(db)
        for name in (NAMES[0], NAMES[1], NAMES[-1]):
            for tier in (MINUTES, QUARTERS):
                cells = await reading.cells(db, name, since, until, tier.cell)
                assert sum(cell.number for cell in cells) == len(times)
                assert sum(cell.total for cell in cells) == sum(map(value_at, times))
        assert sum((await reading.bins(db, NAMES[0], since, until)).values()) == len(times)
        assert await rows_of(db, "rolled") == 1
        assert 10 * HOUR // STEP <= await rows_of(db, "sample") < 2 * DAY // STEP, "it was pruned"
        assert len(await store.series()) == len(NAMES)


def test_killed_at_any_moment(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    chance = random.Random(11)
    kills = sum(killed(path, chance.uniform(0, 0.25)) for _ in range(KILLS))
    assert kills >= KILLS // 2
    with start(path) as last:
        assert last.wait(timeout=100) == 0
    asyncio.run(counted(path))


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1])))
