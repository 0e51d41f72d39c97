"""Changes in metrics.db: kept as long as the history that they explain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.clock import MINUTE, Instant
from opsconsole.health.changes.model import Change, ChangeKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.database import Database

TOPIC = "changes"
MOST = 2_000


class ChangeStore:
    """What is known of the host's changes."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, changes: Sequence[Change]) -> int:
        """Stores what is not known yet; how many that were. Nothing is written when nothing is new.

        The kernel tells the moment of its start anew, and differently, after each correction of the clock, so a restart
        within a minute of a known one is the same.
        """
        if not changes:
            return 0
        known = await self.between(min(one.at for one in changes) - MINUTE, max(one.at for one in changes) + MINUTE)
        seen, boots = set(known), [one.at for one in known if one.kind is ChangeKind.REBOOT]
        fresh = [one for one in dict.fromkeys(changes) if one not in seen and not (
            one.kind is ChangeKind.REBOOT and any(abs(one.at - at) <= MINUTE for at in boots))]
        if fresh:
            async with self._db.write() as tx:
                await tx.many("INSERT INTO change (at, kind, text) VALUES (:at, :kind, :text) ON CONFLICT DO NOTHING",
                              [{"at": one.at, "kind": one.kind.value, "text": _storable(one.text)} for one in fresh])
                tx.touch(TOPIC)
        return len(fresh)

    async def between(self, since: Instant, until: Instant) -> list[Change]:
        """The changes from `since` to `until`, both included, oldest first; of very many the newest."""
        rows = await self._db.rows(
            "SELECT at, kind, text FROM change WHERE at BETWEEN :since AND :until"
            " ORDER BY at DESC, kind, text LIMIT :most",
            {"since": since, "until": until, "most": MOST})
        return [Change(row["at"], ChangeKind(row["kind"]), row["text"]) for row in reversed(rows)]

    async def counts(self, since: Instant, until: Instant) -> dict[str, int]:
        """How many changes of each kind there were from `since` to before `until`."""
        rows = await self._db.rows("SELECT kind, count(*) AS number FROM change WHERE at >= :since AND at < :until"
                                   " GROUP BY kind", {"since": since, "until": until})
        return {row["kind"]: row["number"] for row in rows}

    async def newest(self) -> Instant | None:
        """The moment of the newest change; None when none is known."""
        row = await self._db.row("SELECT max(at) AS at FROM change")
        return None if row is None else row["at"]

    async def prune(self, before: Instant) -> int:
        """Forgets what is older; the number of changes."""
        async with self._db.write() as tx:
            return await tx.run("DELETE FROM change WHERE at < :before", {"before": before})


def _storable(text: str) -> str:
    return text[:300].encode("utf-8", "backslashreplace").decode("utf-8")
