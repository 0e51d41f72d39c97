"""What hand-overs tell of a time: that one was written, and who took it or took it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.core.text import limited
from opsconsole.core.timeline import Happening, looked_for, newest, sifted
from opsconsole.reports.briefing.model import TOPIC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database, Params

_BEGINNING: Final = 120
"""Characters of a hand-over that say which one it is."""
# Each of them goes along its own index and reads only the rows that are shown.
_WRITTEN: Final = """
    SELECT written AS at, id, author AS who, 'written' AS deed, text
    FROM handover INDEXED BY handover_written
    WHERE written >= :since AND written < :until{words} ORDER BY written DESC, id DESC LIMIT :limit"""
# One that was written anew is told of by the new one.
_ENDED: Final = """
    SELECT ended AS at, id, ended_by AS who, state AS deed, text
    FROM handover INDEXED BY handover_ended
    WHERE ended >= :since AND ended < :until AND ended IS NOT NULL AND state <> 'replaced'{words}
    ORDER BY ended DESC, id DESC LIMIT :limit"""
_OF_WRITTEN: Final = "('hand-over ' || id || ' written ' || author || ' ' || text)"
_OF_ENDED: Final = "('hand-over ' || id || ' ' || state || ' ' || ended_by || ' ' || text)"
"""All that is told of one."""


class HandoverTimeline:
    """See `core.timeline.Source`."""

    kind = "handover"
    topic = TOPIC
    target = "handover"

    def __init__(self, db: Database) -> None:
        self._db = db

    async def happenings(self, since: Instant, until: Instant, limit: int, text: str = "") -> Sequence[Happening]:
        """See `Source.happenings`."""
        async def read(since: Instant, until: Instant, limit: int) -> list[Happening]:
            asked = {"since": since, "until": until, "limit": limit}
            # What ended in the moment in which it was written ended last.
            return newest(limit, await self._told(_ENDED, _OF_ENDED, text, asked),
                          await self._told(_WRITTEN, _OF_WRITTEN, text, asked))

        return await sifted(read, since, until, limit, text, size=limit)

    async def when(self, number: int) -> Instant | None:
        """See `Source.when`."""
        row = await self._db.row("SELECT written FROM handover WHERE id = :id", {"id": number})
        return None if row is None else row["written"]

    async def _told(self, sql: str, stored: str, text: str, asked: Params) -> list[Happening]:
        clause, patterns = looked_for(text, stored, "")
        return [Happening(at, self.kind, f"hand-over {number} {deed}: {_beginning(said)}", who, None,
                          f"handover:{number}", said, f"hand-over {number}", deed)
                for at, number, who, deed, said in await self._db.rows(sql.format(words=clause),
                                                                       {**asked, **patterns})]


def _beginning(text: str) -> str:
    """The first line that says something, without what makes it a heading."""
    line = next((bare for one in text.splitlines() if (bare := one.strip(" \t#*-"))), text)
    return limited(line, _BEGINNING)
