"""Tells a console what to read again: topics whose data changed, here or in another process."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opsconsole.core.database import Database


class Feed:
    """What one reader has seen of a database's topics.

    A writer names topics with `tx.touch("tickets")`; their versions change in the transaction that changed the data.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._mark: int | None = None
        self._versions: dict[str, int] = {}

    async def changed(self) -> frozenset[str]:
        """The topics that changed since the last call; the first call names every topic, as nothing was seen yet.

        Costs one cheap question while nobody writes.

        Raises:
            StorageError: the database could not be read.
        """
        # Asked before the versions are read: what is committed in between is then seen at the next call at the latest.
        mark = await self._db.mark()
        if mark == self._mark:
            return frozenset()
        rows = await self._db.rows("SELECT topic, version FROM topic")
        versions: dict[str, int] = {row["topic"]: row["version"] for row in rows}
        fresh = frozenset(topic for topic, version in versions.items() if self._versions.get(topic) != version)
        self._mark, self._versions = mark, versions
        return fresh

    async def wait(self, interval: float = 1.0) -> frozenset[str]:
        """The topics that changed, as soon as there are some: at once for this process, else within `interval` seconds.

        Raises:
            StorageError: the database could not be read; it may be called again.
        """
        event = asyncio.Event()
        self._db.listen(event)
        try:
            while not (topics := await self.changed()):
                try:
                    async with asyncio.timeout(interval):
                        await event.wait()
                except TimeoutError:
                    continue
                event.clear()
            return topics
        finally:
            self._db.unlisten(event)
