"""What tickets tell of a time: that one was made, changed its state, got a message, or was escalated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from opsconsole.core.levels import Level
from opsconsole.core.timeline import Happening, looked_for, sifted
from opsconsole.tickets.model import TOPIC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database, Row

_SAID: Final = {"created": "opened", "breached": "promise broken", "escalated": "escalated", "merged": "merged",
                "recurred": "happened again", "returned": "back in the pool"}
_LEVELS: Final = {"breached": Level.CRITICAL, "escalated": Level.WARNING, "recurred": Level.WARNING}
# A kind that may change the state is looked at for it; no other field is worth a line.
_OWN: Final = " ".join((*_SAID.values(), "is changed message from outside"))
"""What is said besides what is stored."""
_SQL: Final = """
    SELECT e.at, e.ticket, e.kind, e.actor, e.party, e.changes, t.title
    FROM ticket_event AS e INDEXED BY ticket_event_at JOIN ticket AS t ON t.number = e.ticket
    WHERE e.at >= :since AND e.at < :until
        AND e.kind IN ('created', 'changed', 'message', 'breached', 'escalated', 'merged', 'recurred', 'returned',
                       'undone')
        AND (e.kind NOT IN ('changed', 'undone') OR e.changes LIKE '%"state":%'){words}
    ORDER BY e.at DESC, e.kind DESC, e.id DESC LIMIT :limit"""


_STORED: Final = ("('#' || e.ticket || ' ' || e.kind || ' ' || e.actor || ' ' || t.title || ' '"
                  " || iif(e.kind IN ('changed', 'undone'), e.changes, ''))")


class _Changes(msgspec.Struct):
    """Of the changes of an event, those that are told."""

    state: tuple[str, str] | None = None
    phase: tuple[str, str] | None = None


_CHANGES: Final = msgspec.json.Decoder(_Changes)


class TicketTimeline:
    """See `core.timeline.Source`."""

    kind = "ticket"
    topic = TOPIC
    target = "ticket"

    def __init__(self, db: Database) -> None:
        self._db = db

    async def happenings(self, since: Instant, until: Instant, limit: int, text: str = "") -> Sequence[Happening]:
        """See `Source.happenings`."""
        clause, patterns = looked_for(text, _STORED, _OWN)

        async def read(since: Instant, until: Instant, limit: int) -> list[Happening]:
            rows = await self._db.rows(_SQL.format(words=clause),
                                       {"since": since, "until": until, "limit": limit, **patterns})
            return [_told(row) for row in rows]

        return await sifted(read, since, until, limit, text)

    async def when(self, number: int) -> Instant | None:
        """See `Source.when`."""
        row = await self._db.row("SELECT created AS at FROM ticket WHERE number = :id", {"id": number})
        return None if row is None else row["at"]


def _told(row: Row) -> Happening:
    at, number, kind, actor, party, changes, title = row
    deed = ""
    if kind == "message":
        said = "message from outside" if party == "requester" else "message"
        deed = "answered"
    else:
        found = _changes(changes)
        said = _SAID.get(kind) or (f"is {found.state[1]}" if found.state is not None else "changed")
        if found.phase is not None and found.phase[1] == "done":
            deed = "done"
    return Happening(at, TicketTimeline.kind, f"#{number} {said}: {title}", actor, _LEVELS.get(kind),
                     f"ticket:{number}", "", title, deed or said)


def _changes(changes: str) -> _Changes:
    try:
        return _CHANGES.decode(changes)
    except msgspec.MsgspecError:
        return _Changes()
