"""What the maintenance log tells of a time: work that began and ended, what was signed, amended, or told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from opsconsole.core.levels import Level
from opsconsole.core.timeline import Happening, looked_for, newest, sifted
from opsconsole.logbook.model import TOPIC
from opsconsole.logbook.sealing import subject_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database

_PREFIX: Final = len(subject_of(0))
"""Where the number begins in how the audit trail names an entry, counted from 1."""
# Each of them goes along its own index and reads only the rows that are shown.
_BEGUN: Final = """
    SELECT begun AS at, id, type || ' begun', performers, status, title, ''
    FROM log_entry INDEXED BY log_entry_begun
    WHERE begun >= :since AND begun < :until AND state <> 'dropped'{words} ORDER BY begun DESC, id DESC LIMIT :limit"""
_ENDED: Final = """
    SELECT ended AS at, id, type || ' ended', performers, status, title, ''
    FROM log_entry INDEXED BY log_entry_ended
    WHERE ended >= :since AND ended < :until AND ended IS NOT NULL AND state <> 'dropped'{words}
    ORDER BY ended DESC, id DESC LIMIT :limit"""
_SIGNED: Final = """
    SELECT a.at, e.id, 'signed', json_array(a.actor), '', e.title, ''
    FROM audit AS a INDEXED BY audit_log_signed
        JOIN log_entry AS e ON e.id = CAST(substr(a.subject, :prefix) AS INTEGER)
    WHERE a.action = 'log.sign' AND a.at >= :since AND a.at < :until{words}
    ORDER BY a.at DESC, a.seq DESC LIMIT :limit"""
_AMENDED: Final = """
    SELECT a.at, e.id, 'amended', json_array(a.actor), '', e.title, a.reason
    FROM log_amendment AS a INDEXED BY log_amendment_at JOIN log_entry AS e ON e.id = a.entry
    WHERE a.at >= :since AND a.at < :until{words} ORDER BY a.at DESC, a.entry DESC, a.seq DESC LIMIT :limit"""
_TOLD: Final = """
    SELECT t.at, e.id, 'told: ' || (t.message ->> 'status'), json_array(t.actor), '', e.title, t.message ->> 'issue'
    FROM log_told AS t INDEXED BY log_told_at JOIN log_entry AS e ON e.id = t.entry
    WHERE t.at >= :since AND t.at < :until{words} ORDER BY t.at DESC, t.entry DESC, t.seq DESC LIMIT :limit"""
_OWN: Final = "begun ended signed amended told"
_OF_WORK: Final = "(type || ' ' || title || ' ' || performers)"
_PARTS: Final = ((_AMENDED, "(a.actor || ' ' || e.title || ' ' || a.reason)"), (_SIGNED, "(a.actor || ' ' || e.title)"),
                 (_TOLD, "(t.actor || ' ' || e.title || ' ' || t.message)"), (_ENDED, _OF_WORK), (_BEGUN, _OF_WORK))
"""Each with the SQL of all that is told of it."""
_NAMES: Final = msgspec.json.Decoder(tuple[str, ...])


class LogTimeline:
    """See `core.timeline.Source`."""

    kind = "log"
    topic = TOPIC
    target = "entry"

    def __init__(self, db: Database) -> None:
        self._db = db

    async def happenings(self, since: Instant, until: Instant, limit: int, text: str = "") -> Sequence[Happening]:
        """See `Source.happenings`."""
        async def read(since: Instant, until: Instant, limit: int) -> list[Happening]:
            asked = {"since": since, "until": until, "limit": limit}
            parts = [await self._told(sql, stored, text, asked) for sql, stored in _PARTS]
            return newest(limit, *parts)

        return await sifted(read, since, until, limit, text, size=limit)

    async def when(self, number: int) -> Instant | None:
        """See `Source.when`."""
        row = await self._db.row("SELECT begun AS at FROM log_entry WHERE id = :id", {"id": number})
        return None if row is None else row["at"]

    async def _told(self, sql: str, stored: str, text: str, asked: dict[str, int]) -> list[Happening]:
        clause, patterns = looked_for(text, stored, _OWN)
        prefix = {"prefix": _PREFIX} if ":prefix" in sql else {}
        rows = await self._db.rows(sql.format(words=clause), {**asked, **patterns, **prefix})
        return [Happening(at, self.kind, f"{title}: {said}", ", ".join(_NAMES.decode(people)),
                          Level.WARNING if status == "issues" else None, f"entry:{number}", detail)
                for at, number, said, people, status, title, detail in rows]
