"""`python -m tests.benchmarks.bench_virtual_list`: a list of 100,000 rows in SQLite; key to screen, p50 and p95 in ms.

The time runs from the key until the rows that it asks for are drawn, in a program without a terminal.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING

import aiosqlite
from textual.app import App

from opsconsole.console.theme import Look
from opsconsole.console.widgets.virtual_list import Column, ListRow, VirtualList
from opsconsole.core.lines import Span, Style

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from textual.app import ComposeResult

COLUMNS = (Column("id", "#", 7, "right"), Column("title", "Title", 20, flex=1), Column("state", "State", 12),
           Column("who", "Who", 6), Column("age", "Age", 8, "right"))


class Tickets:
    """Rows by keyset of a small index, as the queue will ask for them."""

    def __init__(self, database: aiosqlite.Connection) -> None:
        self._database = database

    async def count(self) -> int:
        row = await (await self._database.execute("SELECT count(*) FROM ticket")).fetchone()
        return int(row[0]) if row else 0

    async def rows(self, offset: int, limit: int) -> Sequence[ListRow]:
        # Numbers without gaps: what a real queue keeps in an order column.
        cursor = await self._database.execute(
            "SELECT id, title, state, who, age FROM ticket WHERE id >= ? ORDER BY id LIMIT ?", (offset, limit))
        return [ListRow(str(number), ((Span(str(number), Style.ACCENT),), (Span(title),), (Span(state, Style.MUTED),),
                                      (Span(who),), (Span(f"{age} h", Style.MUTED),)))
                for number, title, state, who, age in await cursor.fetchall()]

    async def position(self, key: str) -> int | None:
        return int(key)


def fill(path: Path, rows: int) -> None:
    """A database with so many rows."""
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE ticket (id INTEGER PRIMARY KEY, title TEXT, state TEXT, who TEXT, age INTEGER)")
        database.executemany("INSERT INTO ticket VALUES (?, ?, ?, ?, ?)", (
            (number, f"search on orders returns {number} twice", "in progress", "ana", number % 90)
            for number in range(rows)))


class Bench(App[None]):
    """The list alone."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, source: Tickets) -> None:
        super().__init__()
        self.look = Look()
        self.source = source

    def compose(self) -> ComposeResult:
        yield VirtualList(COLUMNS, self.source)

    async def drawn(self) -> None:
        """Wait until every row in view is there, and drawn."""
        found = self.query_one(VirtualList)

        def waiting() -> bool:
            places = (found.top, found.index, min(found.top + 38, found.count - 1))
            return not found.count or found._reloading or None in [found._pages.row(place) for place in places]

        while waiting():  # noqa: ASYNC110 - the list itself has no use for an event
            await asyncio.sleep(0.0005)
        self.screen._on_timer_update()


async def timed(times: int, step: Callable[[], Awaitable[None] | None], app: Bench) -> list[float]:
    """Milliseconds of each repetition."""
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        result = step()
        if result is not None:
            await result
        await app.drawn()
        found.append((time.perf_counter() - begin) * 1000)
        await asyncio.sleep(0.01)
    return found


async def run(rows: int, times: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        fill(path, rows)
        async with aiosqlite.connect(path) as database:
            results: dict[str, list[float]] = {"open": []}
            for _ in range(max(3, times // 10)):
                app = Bench(Tickets(database))
                async with app.run_test(size=(120, 40)):
                    app.query_one(VirtualList).show_source(app.source)
                    results["open"] += await timed(1, lambda: None, app)
            app = Bench(Tickets(database))
            async with app.run_test(size=(120, 40)):
                await app.drawn()
                some = app.query_one(VirtualList)
                jumps = iter(range(7_919, times * 104_729, 104_729))
                results["jump to end and back"] = await timed(
                    times, lambda: some.action_bottom() if some.index == 0 else some.action_top(), app)
                results["jump anywhere"] = await timed(times, lambda: some.move_to(next(jumps, 0) % rows), app)
                results["page down"] = await timed(times, some.action_page_down, app)
                results["cursor down"] = await timed(times, some.action_down, app)
                results["mark"] = await timed(times, some.action_mark, app)
                results["reload"] = await timed(times, some.reload, app)
    print(f"{rows:,} rows, 120x40, {times} times each")
    for name, values in results.items():
        print(f"{name:<22} p50 {median(values):6.1f} ms   p95 {quantiles(values, n=20)[-1]:6.1f} ms")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_virtual_list", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=60)
    given = parser.parse_args()
    asyncio.run(run(given.rows, given.times))
