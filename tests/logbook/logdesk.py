"""A desk to try the log on: records in a file, a clock that is turned by hand."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from opsconsole.core.blobs import Blobs
from opsconsole.core.database import RECORDS, Database
from opsconsole.logbook.model import EntryType
from opsconsole.logbook.service import LogService
from opsconsole.logbook.verifying import verify_entries
from tests.core.storage import raw
from tests.tickets.desk import ANA, BERLIN, HandClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from opsconsole.core.identity import Actor
    from opsconsole.logbook.model import Entry
    from opsconsole.logbook.settings import LogbookSettings


class LogDesk:
    """The service, and what a test wants to look at besides."""

    def __init__(self, db: Database, clock: HandClock, service: LogService, folder: Path) -> None:
        self.db = db
        self.clock = clock
        self.service = service
        self.folder = folder

    async def new(self, title: str = "swapped disk 3", kind: EntryType = EntryType.CHANGE, *, actor: Actor = ANA,
                  **fields: Any) -> Entry:
        """A new entry."""
        return await self.service.new(actor, kind, title, fields)

    async def signed(self, title: str = "swapped disk 3", **fields: Any) -> Entry:
        """A new entry, signed by Ana."""
        return await self.service.sign(ANA, (await self.new(title, **fields)).id)

    async def save(self, actor: Actor, before: Entry, **fields: Any) -> Entry:
        """Saves what somebody wrote into a form that showed the entry as it was."""
        return await self.service.save(actor, before.id, fields, {name: getattr(before, name) for name in fields})

    async def found(self, text: str = "") -> list[int]:
        """The numbers that a filter finds."""
        return list((await self.service.find(text)).numbers)

    async def value(self, sql: str, **params: Any) -> Any:
        """The first column of the first row."""
        row = await self.db.row(sql, params)
        return None if row is None else row[0]

    async def audited(self) -> list[str]:
        """The actions of the audit trail about the log, in their order."""
        return [row[0] for row in await self.db.rows("SELECT action FROM audit WHERE action LIKE 'log.%' ORDER BY seq")]

    async def versions(self) -> dict[str, int]:
        """The versions of all topics."""
        return {row[0]: row[1] for row in await self.db.rows("SELECT topic, version FROM topic")}

    async def altered(self) -> list[tuple[int, str]]:
        """What `verify_entries` finds."""
        return [(one.entry, one.sentence) for one in (await verify_entries(self.db)).altered]

    async def check(self) -> None:
        """Fails where what is stored does not fit together."""
        assert await self.altered() == []
        assert [row[0] for row in await self.db.rows("PRAGMA foreign_key_check")] == []

    def unguarded(self, *statements: str) -> None:
        """Changes the file as somebody does who knows how: without triggers, checks and keys."""
        with raw(self.folder / "opsconsole.db") as connection:
            connection.execute("PRAGMA ignore_check_constraints=ON")
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                assert connection.execute(statement).rowcount


@asynccontextmanager
async def logdesk(folder: Path, settings: LogbookSettings | None = None, *,
                  clock: HandClock | None = None) -> AsyncIterator[LogDesk]:
    """A desk in a folder; another one in the same folder works on the same log."""
    clock = clock if clock is not None else HandClock()
    async with await Database.open(folder / "opsconsole.db", RECORDS) as db:
        service = LogService(db, clock, settings, zone=BERLIN, blobs=Blobs(folder / "blobs"))
        yield LogDesk(db, clock, service, folder)
