"""How fast a checklist of 300 items is walked, with two years of figures behind it; run it by hand.

    python -m tests.benchmarks.bench_checklists --items 300 --days 730

First what the use cases take by themselves, then, in a real terminal, from a key to the first byte that it changes on
the screen and to the last one; and the memory of the console.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path
from typing import NamedTuple

from opsconsole.checklists.cases.types import Reply
from opsconsole.checklists.library import Library
from opsconsole.checklists.model import Verdict
from opsconsole.checklists.service import ChecklistService
from opsconsole.checklists.settings import ChecklistSettings
from opsconsole.core.clock import DAY, SystemClock
from opsconsole.core.database import RECORDS, Database
from tests.benchmarks.timing import Keys, Times, Uses, in_terminal, show
from tests.tickets.desk import ANA, SUE

SLUG = "long"
TICKS = 100
"""Items without a figure, so that `enter` answers them at once; all others have one."""
PAST_RUN = """INSERT INTO checklist_run (id, slug, title, category, occurrence, template, opens, begun, ended, outcome,
    performers, total, answered, version)
    SELECT :run, slug, title, category, :occurrence, template, :at, :at, :at, 'done', '["ana"]', total, total, 1
    FROM checklist_run WHERE id = 1"""
PAST_ANSWERS = """INSERT INTO checklist_answer (id, run, item, at, actor, origin, given, verdict, value, number, unit,
    bounds, note, evidence, ticket, proposed, seconds, undoes)
    SELECT :first + value, :run, 'i' || value, :at, 'ana', '', 'console', 'ok',
        CASE WHEN value < :ticks THEN 'null' ELSE (1000 + (value * 7 + :run * 13) % 500) END,
        CASE WHEN value < :ticks THEN NULL ELSE 1000 + (value * 7 + :run * 13) % 500 END, 'users',
        '', '', '[]', 0, 0, 3.0, 0
    FROM json_each(:numbers)"""
PAST_CURRENT = """INSERT INTO checklist_current (slug, item, run, answer, valued)
    SELECT 'long', item, run, id, number IS NOT NULL FROM checklist_answer WHERE run = :run"""


class Made(NamedTuple):
    """What was made."""

    items: int
    answers: int
    run: int
    """The number of the run that nobody has begun to answer."""


def template(items: int) -> str:
    """A checklist of so many items, 20 in each section."""
    lines = ["title: Long round", "sections:"]
    for number in range(items):
        if number % 20 == 0:
            lines += [f"  - title: Part {number // 20}", "    items:"]
        kind = "tick" if number < TICKS else "number"
        more = "" if kind == "tick" else ", unit: users, min: 100, max: 5000"
        lines.append(f"      - {{kind: {kind}, id: i{number}, title: Look at the figure {number}{more}}}")
    return "\n".join(lines) + "\n"


def service_of(db: Database, home: Path) -> ChecklistService:
    """The use cases on the files of the console."""
    settings = ChecklistSettings(use=())
    return ChecklistService(db, SystemClock(), Library(settings, home / "config/opsconsole/checklists"), settings)


async def filled(home: Path, items: int, days: int) -> Made:
    """A home folder with a run of each day, all answered, and one of today."""
    own, data = home / "config/opsconsole/checklists", home / "data/opsconsole"
    own.mkdir(parents=True)
    data.mkdir(parents=True)
    (own.parent / "opsconsole.yaml").write_text("checklists: {use: []}\n")
    (own / f"{SLUG}.yaml").write_text(template(items))
    async with await Database.open(data / "opsconsole.db", RECORDS) as db:
        service = service_of(db, home)
        first = await service.start(ANA, SLUG)
        numbers, now = str(list(range(items))), SystemClock().now()
        for day in range(days):
            async with db.write() as tx:
                given: dict[str, int | str] = {
                    "run": 2 + day, "at": now - (days - day) * DAY, "occurrence": f"day {day}", "ticks": TICKS,
                    "first": 1 + day * items, "numbers": numbers}
                for sql in (PAST_RUN, PAST_ANSWERS, PAST_CURRENT):
                    await tx.run(sql, given)
        await service.waive(SUE, first.id, "only its days before are wanted")
        return Made(items, days * items, (await service.start(ANA, SLUG)).id)


class Rounds(Uses):
    """The use cases, without any screen."""

    def __init__(self, service: ChecklistService, made: Made, times: int) -> None:
        self.checklists, self.number, self.times = service, made.run, times

    async def run(self) -> list[Times]:
        """All of them."""
        run = await self.checklists.run(self.number)
        return [await self.timed("read the list", 50, self.checklists.board),
                await self.timed("read the run", 50, lambda: self.checklists.walk(self.number)),
                await self.timed("read its figures", 50, lambda: self.checklists.figures(run)),
                await self.timed("history of an item", 100, lambda: self.checklists.history(SLUG, f"i{TICKS}")),
                await self.timed("answer an item", 50, lambda: self.checklists.answer(
                    ANA, self.number, "i0", Reply(verdict=Verdict.OK)))]


class Walking(Keys):
    """The console in a real terminal, and what keys take there."""

    before = 0.0
    """MiB of the console when it showed the list."""

    def run(self) -> None:
        """From the list through the walk."""
        self.ready()
        self.terminal.send("3")
        self.terminal.wait_for("Long round", 60)
        self.terminal.settle(1.0, 10)
        self.before = self.memory()
        for _ in range(max(2, self.times // 4)):
            self.take("open the run", ["<enter>"], budget=50)
            self.terminal.wait_for("Part 0|PART 0", 20)
            self.press("<esc>")
        self.terminal.send("<enter>")
        self.terminal.wait_for("PART 0", 20)
        self.terminal.settle(1.0)
        self.take("cursor down", "j" * self.times, budget=50)
        self.press("g")
        self.take("answer: enter", ["<enter>"] * self.times, budget=50)
        self.press("g")
        for _ in range(max(1, self.times // 10)):
            # No further than there are pages: a key that changes nothing would be measured by the next clock tick.
            self.take("page down", ["<ctrl+d>"] * 5, budget=50)
            self.take("page up", ["<ctrl+u>"] * 4, budget=50)
            self.press("g")
        self.take("jump to the end and back", "Gg" * (self.times // 4), budget=50)


async def measure(home: Path, made: Made, times: int) -> None:
    """Measures the use cases and prints them."""
    async with await Database.open(home / "data/opsconsole/opsconsole.db", RECORDS) as db:
        uses = Rounds(service_of(db, home), made, times)
        show(await uses.run())
        await uses.checklists.take_back(ANA, made.run, "i0")


def main() -> None:
    """Make the runs, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_checklists", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=300)
    parser.add_argument("--days", type=int, default=730, help="how many runs are behind it")
    parser.add_argument("--times", type=int, default=40, help="how often each is tried")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        made = asyncio.run(filled(home, given.items, given.days))
        print(f"{made.items} items, {made.answers:,} answers before", flush=True)
        asyncio.run(measure(home, made, given.times))
        walked = in_terminal(home, given.times, Walking)
        print(f"{'memory of the console with the list (PSS)':<44} {walked.before:.1f} MiB of 50")


if __name__ == "__main__":
    main()
