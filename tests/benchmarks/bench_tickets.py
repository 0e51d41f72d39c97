"""How fast 100,000 tickets with 1,000,000 events are listed, found, opened and counted; run it by hand.

    python -m tests.benchmarks.bench_tickets --tickets 100000 --events 1000000

First what the use cases take by themselves, then, in a real terminal, from a key to the first byte that it changes on
the screen and to the last one; and the memory of the console. Making the tickets takes a minute; --file keeps them.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, NamedTuple

import aiosqlite  # noqa: F401 - what it takes to load belongs to no figure

from opsconsole.console.timeline.window import FIRST
from opsconsole.core.clock import DAY, SystemClock
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.periods import Period
from opsconsole.core.timeline import gather
from opsconsole.tickets.filters import FilterError, parse_filter
from opsconsole.tickets.screen.case import Case
from opsconsole.tickets.service import TicketService
from opsconsole.tickets.statsql import statistics
from opsconsole.tickets.timeline import TicketTimeline
from tests.terminal import Terminal
from tests.tickets.generator import generate
from tests.tickets.stories import CONFIGURATION, settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from opsconsole.tickets.cases.types import Found
    from tests.tickets.generator import Made

ROOT = Path(__file__).parents[2]
ME = "ana"
ROWS = 40
FILTERS = ("is:open priority:<=high assignee:ana", "is:done category:billing updated:<300d tag:vpn",
           "-state:waiting late")
SEARCHES = ("printer", "slow search", "case123457", '"database export"', "bradek", "is:open mail")
"""A word of very many tickets, two of them, one of a single ticket, a phrase, a rare one, and one of what is open."""
WORDS = ("", "printer", "case123457", "ana", "resolved", "nothing-like-it")
"""What is looked for over the whole timeline."""


class Times(NamedTuple):
    """How long something took, each time, in milliseconds."""

    name: str
    values: list[float]
    budget: float | None

    def line(self) -> str:
        """p50 and p95, and the budget beside them."""
        p95 = quantiles(self.values, n=20)[-1] if len(self.values) > 1 else self.values[0]
        mark = "" if self.budget is None else f"   of {self.budget:.0f} ms{'' if p95 <= self.budget else ', over'}"
        return (f"{self.name:<44} p50 {median(self.values):7.1f} ms   p95 {p95:7.1f} ms   {len(self.values)} times"
                f"{mark}")


class Services:
    """The use cases, without any screen."""

    def __init__(self, db: Database, made: Made, times: int) -> None:
        self.db, self.made, self.times = db, made, times
        self.service = TicketService(db, SystemClock(), settings(), zone=UTC)
        self.chance = random.Random(3)

    async def run(self) -> list[Times]:
        """All of them."""
        everything = await self.service.find("", ME)
        opened = await self.service.find("is:open", ME)
        found = [await self.timed("open the queue: find, first page, views", 50, self.queue),
                 await self.timed("next page", 50, lambda: self.page(opened, self.chance.randrange(opened.count))),
                 await self.timed("jump to the end of all", 50, lambda: self.page(everything, everything.count - ROWS)),
                 Times("filter while typing, each key", [one for text in FILTERS for one in await self.typed(text)],
                       100)]
        found += [await self.timed(f"find {text}", 100, partial(self.find, text)) for text in SEARCHES]
        numbers = range(1, self.made.tickets - 20)
        found += [await self.timed("open a ticket", 50, lambda: self.ticket(self.chance.choice(numbers))),
                  await self.timed("open the longest ticket", 50, lambda: self.ticket(self.made.longest)),
                  await self.timed("statistics of a year", 100, self.year),
                  await self.timed("statistics of a year and a filter", 100, lambda: self.year("category:bug"))]
        found += [await self.timed(f"timeline {text}".rstrip(), 100, partial(self.timeline, text)) for text in WORDS]
        return found

    async def timed(self, name: str, budget: float, step: Callable[[], Awaitable[object]]) -> Times:
        """One of them, several times."""
        values = []
        for _ in range(self.times):
            begun = time.perf_counter()
            await step()
            values.append(1000 * (time.perf_counter() - begun))
        return Times(name, values, budget)

    async def queue(self) -> None:
        found = await self.service.find("is:open", ME)
        await self.service.rows(found, 0, ROWS)
        await self.service.counts(ME)

    async def page(self, found: Found, offset: int) -> None:
        await self.service.rows(found, max(0, offset), ROWS)

    async def find(self, text: str) -> None:
        found = await self.service.find(text, ME)
        await self.service.rows(found, 0, ROWS)

    async def typed(self, text: str) -> list[float]:
        """Each of its beginnings that can be read."""
        values = []
        for end in range(1, len(text) + 1):
            begun = time.perf_counter()
            with suppress(FilterError):
                await self.find(text[:end])
                values.append(1000 * (time.perf_counter() - begun))
        return values

    async def ticket(self, number: int) -> None:
        await Case(number).read(self.service)

    async def timeline(self, text: str) -> None:
        await gather((TicketTimeline(self.db),), 0, SystemClock().now(), FIRST, text)

    async def year(self, text: str = "") -> None:
        now = SystemClock().now()
        await statistics(self.db, self.service.settings, Period(now - 365 * DAY, now),
                         parse_filter(text) if text else None, me=ME, now=now, zone=UTC)


class Keys:
    """The console in a real terminal, and what keys take there."""

    def __init__(self, terminal: Terminal, times: int) -> None:
        self.terminal, self.times = terminal, times
        self.found: list[Times] = []

    def run(self) -> None:
        """All keys, from the health screen to statistics."""
        terminal = self.terminal
        terminal.wait_for(r"CPU\b.*\d+ ?%", 60)
        terminal.settle(1.0, 10)
        for _ in range(self.times // 4):
            self.take("open the queue", "2", budget=50)
            terminal.send("1")
            terminal.settle(0.5)
        terminal.send("2")
        terminal.settle(0.5)
        self.take("cursor down", "j" * self.times, budget=50)
        self.take("page down", ["<ctrl+d>"] * self.times, budget=50)
        self.take("jump to the end and back", "Gg" * (self.times // 2), budget=50)
        for text in FILTERS[:2]:
            terminal.send("/")
            terminal.settle(0.3)
            terminal.send("<ctrl+u>")
            terminal.settle(0.3)
            self.take("filter while typing, each key", text, budget=100)
            terminal.send("<esc>")
            terminal.settle(0.5)
            terminal.send("<esc>")
            terminal.settle(0.5)
        terminal.send("g")
        terminal.settle(0.5)
        for _ in range(self.times // 4):
            self.take("open a ticket", ["<enter>"], budget=50)
            self.take("back to the queue", ["<esc>"], budget=50)
            terminal.send("j")
            terminal.settle(0.2)
        for _ in range(max(1, self.times // 10)):
            self.take("statistics", "s", budget=100)
            terminal.send("<esc>")
            terminal.settle(0.5)

    def take(self, name: str, keys: Iterable[str], *, budget: float) -> None:
        """Types keys and notes how long each takes to the first and to the last byte on the screen."""
        # What comes last is the preview, which waits until the cursor rests: no key waits for it.
        first, last = self._of(f"{name}, first byte", budget), self._of(f"{name}, last byte", None)
        for key in keys:
            begun = time.perf_counter()
            self.terminal.send("<lt>" if key == "<" else key)
            if self.terminal.pump(2.0):
                first.values.append(1000 * (self.terminal.last_output - begun))
                self.terminal.settle(0.12, 3)
                last.values.append(1000 * (self.terminal.last_output - begun))

    def _of(self, name: str, budget: float | None) -> Times:
        found = next((one for one in self.found if one.name == name), None)
        if found is None:
            found = Times(name, [], budget)
            self.found.append(found)
        return found


def in_terminal(home: Path, times: int, kind: type[Keys] = Keys) -> None:
    """Measures the keys and the memory, and prints them."""
    env = {"HOME": str(home), "XDG_DATA_HOME": str(home / "data"), "XDG_STATE_HOME": str(home / "state"),
           "XDG_CONFIG_HOME": str(home / "config"), "XDG_CACHE_HOME": str(home / "cache"), "PYTHONPATH": str(ROOT)}
    with Terminal([sys.executable, "-m", "opsconsole"], env=env, cwd=home) as terminal:
        keys = kind(terminal, times)
        keys.run()
        for one in keys.found:
            if one.values:
                print(one.line())
        console = terminal.processes()[0]
        memory = console.memory_full_info().pss / 2**20
        print(f"{'memory of the console with all this (PSS)':<44} {memory:.1f} MiB of 50")


async def measure(path: Path, made: Made, times: int) -> None:
    """Measures the use cases and prints them."""
    async with await Database.open(path, RECORDS):
        pass  # kept from an older version, it is brought up first
    async with await Database.open(path, RECORDS, read_only=True) as db:
        for one in await Services(db, made, times).run():
            print(one.line(), flush=True)


def main() -> None:
    """Make the tickets where there are none yet, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_tickets", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=40, help="how often each is tried")
    parser.add_argument("--folder", type=Path, help="where the home folder of the console is kept; it is used again")
    parser.add_argument("--no-terminal", action="store_true", help="only the use cases")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = given.folder or Path(scratch)
        made = filled(home, given.tickets, given.events)
        print(f"{made.tickets:,} tickets, {made.events:,} events, {made.open:,} open")
        asyncio.run(measure(home / "data/opsconsole/opsconsole.db", made, given.times))
        if not given.no_terminal:
            in_terminal(home, given.times)


def filled(home: Path, tickets: int, events: int) -> Made:
    """A home folder with so many tickets, made now or before."""
    import json

    from tests.tickets.generator import Made

    note, path = home / "made.json", home / "data/opsconsole/opsconsole.db"
    if note.exists():
        return Made(*json.loads(note.read_text()))
    path.parent.mkdir(parents=True, exist_ok=True)
    (home / "config/opsconsole").mkdir(parents=True, exist_ok=True)
    (home / "config/opsconsole/opsconsole.yaml").write_text(CONFIGURATION)
    begun = time.perf_counter()
    made = generate(path, tickets, events, now=SystemClock().now())
    print(f"made in {time.perf_counter() - begun:.0f} s, {path.stat().st_size / 1e6:,.0f} MB", flush=True)
    note.write_text(json.dumps(made))
    return made


if __name__ == "__main__":
    main()
