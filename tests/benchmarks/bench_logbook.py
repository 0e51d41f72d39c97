"""How fast 200,000 entries of the log are listed, found, opened, saved and proved; run it by hand.

    python -m tests.benchmarks.bench_logbook --entries 200000

First what the use cases take by themselves, then what keys take in a real terminal, as for tickets; and the memory of
the console. Making the entries takes a minute; --folder keeps them.
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

from opsconsole.console.timeline.window import FIRST as PAGE
from opsconsole.core import audit
from opsconsole.core.clock import DAY, SystemClock, local
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.errors import UsageError
from opsconsole.core.identity import Actor, Role
from opsconsole.core.timeline import gather
from opsconsole.logbook.model import EntryType, Point
from opsconsole.logbook.screen.source import FIRST
from opsconsole.logbook.service import LogService
from opsconsole.logbook.verifying import verify_entries
from opsconsole.timeline import sources
from tests.benchmarks.timing import ROWS, Keys, Times, Uses, in_terminal, show
from tests.logbook.generator import generate

if TYPE_CHECKING:
    from opsconsole.logbook.model import Found

ANA = Actor("ana", 1001, Role.OPERATOR)
FILTERS = ("type:emergency by:ana since:300d", "is:signed status:issues tag:disk -by:ben", 'check:nginx "restarted"')
SEARCHES = ("disk", "disk restarted", "case123457", '"case 123457"', '"array 7 replaced"', "is:open mail", '-"disk"')
"""A word of very many entries, two of them, nothing, one of a single entry, a phrase, what is open, all others."""
TIMELINE = ("disk", "disk restarted", "case123457", "weekly", "emergency", "ana", "nothing-like-it")
"""Over the whole timeline: a word of very many titles, two of them, one of one, of many entries but no title, of few
entries, a name, and none."""


class Services(Uses):
    """The use cases."""

    mistake = UsageError

    def __init__(self, db: Database, entries: int, times: int) -> None:
        self.db, self.entries, self.times = db, entries, times
        self.service = LogService(db, SystemClock(), zone=UTC)
        self.chance = random.Random(3)

    async def run(self) -> list[Times]:
        """All of them."""
        everything, part = await self.service.find(), await self.service.find("", FIRST)
        now = SystemClock().now()
        told = sources(self.db, None)
        found = [await self.timed("open the log: find, first page, what is due", 50, self.opened),
                 await self.timed("next page", 50, lambda: self.page(everything, self.chance.randrange(part.count))),
                 await self.timed("jump to the end, the first time", 100, lambda: self.end(part)),
                 await self.timed("a page of the timeline", 100, lambda: gather(told, 0, now, 200)),
                 await self.timed("a page of the timeline, years ago", 100,
                                  lambda: gather(told, 0, now - 2000 * DAY, 200)),
                 await self.typed(FILTERS)]
        found += [await self.timed(f"find {text}", 100, partial(self.find, text)) for text in (*FILTERS, *SEARCHES)]
        # What the console shows at first.
        found += [await self.timed(f"timeline {text}", 100, partial(gather, told, 0, now, PAGE, text))
                  for text in TIMELINE]
        found += [await self.timed("open an entry", 50, self.entry),
                  await self.timed("next actions due today", 50,
                                   lambda: self.service.due_actions(local(now, UTC).date())),
                  await self.timed("entries of a month, for a report", None,
                                   lambda: self.service.between(now - 30 * DAY, now)),
                  await self.timed("open a new entry", 50, self.new), await self.timed("save a line", 50, self.save),
                  await self.timed("sign", 50, self.sign)]
        return found

    async def opened(self) -> None:
        await self.find("")
        await self.service.find("is:open,waiting")
        await self.service.due_actions(local(SystemClock().now(), UTC).date())

    async def end(self, part: Found) -> None:
        whole = await self.service.rest(part)
        await self.page(whole, whole.count - ROWS)

    async def page(self, found: Found, offset: int) -> None:
        await self.service.rows(found, max(0, offset), ROWS)

    async def find(self, text: str) -> None:
        await self.service.rows(await self.service.find(text, FIRST), 0, ROWS)

    async def entry(self) -> None:
        number = self.chance.randrange(1, self.entries)
        await self.service.entry(number)
        await self.service.amendments(number)
        await self.service.attachments(number)

    async def new(self) -> None:
        self.last = await self.service.new(ANA, EntryType.CHANGE, "disk 3 replaced", {"tasks": [Point("array 7")]})

    async def save(self) -> None:
        tasks = (*self.last.tasks, Point("and one more"))
        self.last = await self.service.save(ANA, self.last.id, {"tasks": tasks}, {"tasks": self.last.tasks})

    async def sign(self) -> None:
        # All of those that were opened here before, one after the other.
        number = (await self.service.find("is:open disk replaced")).numbers[0]
        await self.service.sign(ANA, number)


class LogKeys(Keys):
    """The log in a real terminal."""

    def run(self) -> None:
        """All keys, from the health screen on."""
        self.ready()
        for _ in range(self.times // 4):
            self.take("open the log", "4", budget=50)
            self.press("1")
        self.press("4")
        self.moves()
        self.filters(("type:emergency by:ana", "disk restarted", '-"disk" is:signed'))
        self.press("g")
        for _ in range(self.times // 4):
            self.take("open an entry", ["<enter>"], budget=50)
            self.take("back to the log", ["<esc>"], budget=50)
            self.press("j", 0.2)


async def measure(path: Path, entries: int, times: int) -> None:
    """Measures the use cases and prints them."""
    async with await Database.open(path, RECORDS) as db:
        show(await Services(db, entries, times).run())
        begun = time.perf_counter()
        report = await verify_entries(db)
        print(f"{'every signed entry read again':<44} {time.perf_counter() - begun:.1f} s for {report.count:,},"
              f" {len(report.altered)} altered")
        begun = time.perf_counter()
        chain = await audit.verify(db)
        print(f"{'the audit trail read again':<44} {time.perf_counter() - begun:.1f} s for {chain.count:,}")


def main() -> None:
    """Make the entries where there are none yet, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_logbook", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=200_000)
    parser.add_argument("--times", type=int, default=40, help="how often each is tried")
    parser.add_argument("--folder", type=Path, help="where the home folder of the console is kept; it is used again")
    parser.add_argument("--no-terminal", action="store_true", help="only the use cases")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = given.folder or Path(scratch)
        path = home / "data/opsconsole/opsconsole.db"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            begun = time.perf_counter()
            generate(path, given.entries, now=SystemClock().now(), sealed=True)
            print(f"made in {time.perf_counter() - begun:.0f} s, {path.stat().st_size / 1e6:,.0f} MB", flush=True)
        print(f"{given.entries:,} entries")
        asyncio.run(measure(path, given.entries, given.times))
        if not given.no_terminal:
            in_terminal(home, given.times, LogKeys)


if __name__ == "__main__":
    main()
