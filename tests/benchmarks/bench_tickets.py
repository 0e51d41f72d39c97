"""How fast 100,000 tickets with 1,000,000 events are listed, found, opened and counted; run it by hand.

    python -m tests.benchmarks.bench_tickets --tickets 100000 --events 1000000

First what the use cases take by themselves, then, in a real terminal, from a key to the first byte that it changes on
the screen and to the last one; and the memory of the console. Making the tickets takes a minute; --file keeps them.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

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
from tests.benchmarks.timing import ROWS, Keys, Times, Uses, in_terminal, show
from tests.tickets.generator import generate
from tests.tickets.stories import CONFIGURATION, settings

if TYPE_CHECKING:
    from opsconsole.tickets.cases.types import Found
    from tests.tickets.generator import Made

ME = "ana"
FILTERS = ("is:open priority:<=high assignee:ana", "is:done category:billing updated:<300d tag:vpn",
           "-state:waiting late")
SEARCHES = ("printer", "slow search", "case123457", '"database export"', "bradek", "is:open mail")
"""A word of very many tickets, two of them, one of a single ticket, a phrase, a rare one, and one of what is open."""
WORDS = ("", "printer", "case123457", "ana", "resolved", "nothing-like-it")
"""What is looked for over the whole timeline."""


class Services(Uses):
    """The use cases, without any screen."""

    mistake = FilterError

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
                 await self.typed(FILTERS)]
        found += [await self.timed(f"find {text}", 100, partial(self.find, text)) for text in SEARCHES]
        numbers = range(1, self.made.tickets - 20)
        found += [await self.timed("open a ticket", 50, lambda: self.ticket(self.chance.choice(numbers))),
                  await self.timed("open the longest ticket", 50, lambda: self.ticket(self.made.longest)),
                  await self.timed("statistics of a year", 100, self.year),
                  await self.timed("statistics of a year and a filter", 100, lambda: self.year("category:bug"))]
        found += [await self.timed(f"timeline {text}".rstrip(), 100, partial(self.timeline, text)) for text in WORDS]
        return found

    async def queue(self) -> None:
        found = await self.service.find("is:open", ME)
        await self.service.rows(found, 0, ROWS)
        await self.service.counts(ME)

    async def page(self, found: Found, offset: int) -> None:
        await self.service.rows(found, max(0, offset), ROWS)

    async def find(self, text: str) -> None:
        found = await self.service.find(text, ME)
        await self.service.rows(found, 0, ROWS)

    async def ticket(self, number: int) -> None:
        await Case(number).read(self.service)

    async def timeline(self, text: str) -> None:
        await gather((TicketTimeline(self.db),), 0, SystemClock().now(), FIRST, text)

    async def year(self, text: str = "") -> None:
        now = SystemClock().now()
        await statistics(self.db, self.service.settings, Period(now - 365 * DAY, now),
                         parse_filter(text) if text else None, me=ME, now=now, zone=UTC)


class QueueKeys(Keys):
    """The queue in a real terminal."""

    def run(self) -> None:
        """All keys, from the health screen to statistics."""
        self.ready()
        for _ in range(self.times // 4):
            self.take("open the queue", "2", budget=50)
            self.press("1")
        self.press("2")
        self.moves()
        self.filters(FILTERS[:2])
        self.press("g")
        for _ in range(self.times // 4):
            self.take("open a ticket", ["<enter>"], budget=50)
            self.take("back to the queue", ["<esc>"], budget=50)
            self.press("j", 0.2)
        for _ in range(max(1, self.times // 10)):
            self.take("statistics", "s", budget=100)
            self.press("<esc>")


async def measure(path: Path, made: Made, times: int) -> None:
    """Measures the use cases and prints them."""
    async with await Database.open(path, RECORDS):
        pass  # kept from an older version, it is brought up first
    async with await Database.open(path, RECORDS, read_only=True) as db:
        show(await Services(db, made, times).run())


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
            in_terminal(home, given.times, QueueKeys)


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
