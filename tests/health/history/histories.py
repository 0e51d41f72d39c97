"""What the tests of the history share."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from opsconsole.core.clock import DAY
from opsconsole.core.database import METRICS, Database
from opsconsole.health.history.store import MetricStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

START = 1_700_006_400_000 // DAY * DAY
"""A midnight in November 2023, UTC."""
BEAT = 10_000


@asynccontextmanager
async def opened(path: Path, **options: bool) -> AsyncIterator[tuple[Database, MetricStore]]:
    """A history, and the database that it is in."""
    async with await Database.open(path, METRICS, **options) as db:
        yield db, MetricStore(db)


async def rows_of(db: Database, table: str) -> int:
    """How many rows a table has."""
    row = await db.row(f"SELECT count(*) AS number FROM {table}")
    assert row is not None
    return int(row["number"])


async def count(store: MetricStore, series: str, since: int, until: int) -> float:
    """How many values are known."""
    found = await store.aggregate(series, since, until, "count")
    assert found is not None
    return found
