"""Since when there are records, so that the time before is not taken for one in which nothing happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database

_FIRST: Final = """
    SELECT min(at) AS at FROM (
        SELECT at FROM (SELECT at FROM audit ORDER BY seq LIMIT 1)
        UNION ALL SELECT min(created) FROM ticket
        UNION ALL SELECT opens FROM (SELECT opens FROM checklist_run ORDER BY id LIMIT 1)
        UNION ALL SELECT min(begun) FROM log_entry)"""


async def records_begin(db: Database) -> Instant | None:
    """The first moment of which anything is recorded, by whatever feature; None: nothing is yet."""
    row = await db.row(_FIRST)
    return None if row is None else row["at"]
