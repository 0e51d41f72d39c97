"""The generated log is in every respect as the store writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core import audit
from opsconsole.core.database import RECORDS, Database
from opsconsole.logbook.model import EntryState
from opsconsole.logbook.service import LogService
from opsconsole.logbook.verifying import verify_entries
from tests.logbook.generator import NOW, generate
from tests.tickets.desk import ANA, HandClock

if TYPE_CHECKING:
    from pathlib import Path


async def test_generated_entries_are_sealed_found_and_signed_as_others(tmp_path: Path) -> None:
    import asyncio

    made = await asyncio.to_thread(generate, tmp_path / "x.db", 300, sealed=True)
    async with await Database.open(tmp_path / "x.db", RECORDS) as db:
        service = LogService(db, HandClock(NOW))
        report = await verify_entries(db)
        assert (report.altered, report.count) == ((), 278)
        assert (await audit.verify(db)).ok
        assert [row[0] for row in await db.rows("PRAGMA foreign_key_check")] == []
        assert (await service.find("is:amended")).count == made.amendments == 5
        assert list((await service.find('"case 42"')).numbers) == [42]
        assert (await service.find()).count == 298
        assert (await service.entry(300)).state is EntryState.OPEN
        await service.sign(ANA, 300)
        assert (await verify_entries(db)).ok
