"""What checklists tell of a time: that one was started, signed, missed or put off, and which items failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.checklists.model import TOPIC
from opsconsole.core.levels import Level
from opsconsole.core.timeline import Happening, looked_for, newest, sifted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database, Params

_LEVELS: Final = {"missed": Level.WARNING, "escalated": Level.WARNING}
_EVENTS: Final = """
    SELECT e.at, e.run, e.kind, e.actor, e.text, r.title
    FROM checklist_event AS e INDEXED BY checklist_event_at JOIN checklist_run AS r ON r.id = e.run
    WHERE e.at >= :since AND e.at < :until
        AND e.kind IN ('started', 'signed', 'countersigned', 'returned', 'waived', 'missed', 'deferred', 'resumed',
                       'escalated'){words}
    ORDER BY e.at DESC, e.id DESC LIMIT :limit"""
_FAILED: Final = """
    SELECT a.at, a.run, a.item, a.actor, a.note, r.title
    FROM checklist_answer AS a INDEXED BY checklist_answer_at JOIN checklist_run AS r ON r.id = a.run
    WHERE a.at >= :since AND a.at < :until AND a.verdict = 'failed'{words}
    ORDER BY a.at DESC, a.id DESC LIMIT :limit"""

_OF_EVENT: Final = "(r.title || ' ' || e.kind || ' ' || e.actor || ' ' || e.text)"
_OF_ANSWER: Final = "(r.title || ' ' || a.item || ' failed ' || a.actor || ' ' || a.note)"
"""All that is told of one."""


class ChecklistTimeline:
    """See `core.timeline.Source`."""

    kind = "checklist"
    topic = TOPIC
    target = "run"

    def __init__(self, db: Database) -> None:
        self._db = db

    async def happenings(self, since: Instant, until: Instant, limit: int, text: str = "") -> Sequence[Happening]:
        """See `Source.happenings`."""
        of_event, patterns = looked_for(text, _OF_EVENT, "")
        of_answer, _ = looked_for(text, _OF_ANSWER, "")

        async def read(since: Instant, until: Instant, limit: int) -> list[Happening]:
            asked: Params = {"since": since, "until": until, "limit": limit, **patterns}
            events = [Happening(at, self.kind, f"{title}: {kind}", actor, _LEVELS.get(kind), f"run:{run}", said,
                                title, kind)
                      for at, run, kind, actor, said, title in await self._db.rows(
                          _EVENTS.format(words=of_event), asked)]
            failed = [Happening(at, self.kind, f"{title}: {item} failed", actor, Level.WARNING, f"run:{run}", note,
                                title, "failed")
                      for at, run, item, actor, note, title in await self._db.rows(
                          _FAILED.format(words=of_answer), asked)]
            return newest(limit, events, failed)

        return await sifted(read, since, until, limit, text, size=limit)

    async def when(self, number: int) -> Instant | None:
        """See `Source.when`."""
        row = await self._db.row("SELECT coalesce(begun, missed, opens) AS at FROM checklist_run WHERE id = :id",
                                 {"id": number})
        return None if row is None else row["at"]
