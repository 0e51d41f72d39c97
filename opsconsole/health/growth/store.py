"""The sizes of folders in metrics.db."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.clock import DAY, HOUR, Instant
from opsconsole.health.growth.model import Growth, Sizes, growth

if TYPE_CHECKING:
    from opsconsole.core.database import Database, Params

KEEP = 8 * DAY
COMPARE = DAY
"""ms: with what was so long ago the newest sizes are compared, or with the oldest there is."""
LEAST_APART = HOUR // 2
TOPIC = "growth"


class GrowthStore:
    """Writes and compares measurements."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, sizes: Sizes) -> None:
        """Keeps a measurement, and forgets those of the same mount that are too old."""
        rows: list[Params] = [{"mount": sizes.mount, "at": sizes.at, "path": path, "bytes": size}
                for path, size in sizes.folders.items()]
        async with self._db.write() as tx:
            await tx.many("INSERT INTO folder_size (mount, at, path, bytes) VALUES (:mount, :at, :path, :bytes)"
                          " ON CONFLICT DO NOTHING", rows)
            await tx.run("DELETE FROM folder_size WHERE mount = :mount AND (at < :old OR at > :now)",
                         {"mount": sizes.mount, "old": sizes.at - KEEP, "now": sizes.at})
            tx.touch(TOPIC)

    async def measured(self, mount: str) -> list[Instant]:
        """When the folders of a mount were measured, oldest first."""
        rows = await self._db.rows("SELECT DISTINCT at FROM folder_size WHERE mount = :mount ORDER BY at",
                                   {"mount": mount})
        return [row["at"] for row in rows]

    async def all(self) -> list[Growth]:
        """What grew most on each mount on which something did."""
        rows = await self._db.rows("SELECT DISTINCT mount FROM folder_size ORDER BY mount")
        found = [await self.growth(row["mount"]) for row in rows]
        return [one for one in found if one is not None]

    async def growth(self, mount: str) -> Growth | None:
        """What grew most in about a day; None when nothing did, or when that is not known yet."""
        times = await self.measured(mount)
        if len(times) < 2:
            return None
        newest = times[-1]
        earlier = [at for at in times if newest - at >= LEAST_APART]
        if not earlier:
            return None
        before = min(earlier, key=lambda at: abs(newest - COMPARE - at))
        return growth(await self._sizes(mount, before), await self._sizes(mount, newest))

    async def _sizes(self, mount: str, at: Instant) -> Sizes:
        rows = await self._db.rows("SELECT path, bytes FROM folder_size WHERE mount = :mount AND at = :at",
                                   {"mount": mount, "at": at})
        return Sizes(mount, at, {row["path"]: row["bytes"] for row in rows})
