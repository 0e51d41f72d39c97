"""What tickets tell of a time: that one was made, changed its state, got a message, or was escalated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from opsconsole.core.levels import Level
from opsconsole.core.timeline import Happening, lookable, looked_for, pattern, sifted
from opsconsole.tickets.model import TOPIC
from opsconsole.tickets.search import EVENTS

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
_COLUMNS: Final = "e.at, e.ticket, e.kind, e.actor, e.party, e.changes, t.title, e.id"
_TOLD: Final = """e.at >= :since AND e.at < :until
        AND e.kind IN ('created', 'changed', 'message', 'breached', 'escalated', 'merged', 'recurred', 'returned',
                       'undone')
        AND (e.kind NOT IN ('changed', 'undone') OR e.changes LIKE '%"state":%')"""
_NEWEST: Final = "ORDER BY {e}at DESC, {e}kind DESC, {e}id DESC LIMIT :limit"
_BY_TIME: Final = f"""
    SELECT {_COLUMNS} FROM ticket_event AS e INDEXED BY ticket_event_at JOIN ticket AS t ON t.number = e.ticket
    WHERE {_TOLD}{{words}} {_NEWEST.format(e="e.")}"""  # noqa: S608 - words of ours
_STORED: Final = ("('#' || e.ticket || ' ' || e.kind || ' ' || e.actor || ' ' || t.title || ' '"
                  " || iif(e.kind IN ('changed', 'undone'), e.changes, ''))")

# Among very many events, those in which a rare word occurs are found by what has it: few tickets, few people.
MANY: Final = 5_000
"""Tickets from which on a word is looked up before events are read."""
MOST_READ: Final = 20_000
"""Events that may have to be read for a word; where there are more, it is common, and found sooner along the time."""
_EACH: Final = 10
"""Events of a ticket, about."""
MOST_ACTORS: Final = 20
_TITLE: Final = "t.title LIKE :word ESCAPE '!'"
_NUMBER: Final = f"({_TITLE} OR '#' || t.number LIKE :word ESCAPE '!')"
_COUNT: Final = "SELECT count(*) FROM (SELECT 1 FROM ticket AS t WHERE {named} LIMIT :limit)"
_OF_TICKETS: Final = f"""
    SELECT {_COLUMNS} FROM ticket AS t
        CROSS JOIN ticket_event AS e ON e.id > t.number * {EVENTS} AND e.id < (t.number + 1) * {EVENTS}
    WHERE {{named}} AND {_TOLD}{{words}}"""  # noqa: S608 - as above
_OF_ACTOR: Final = f"""
    SELECT * FROM (SELECT {_COLUMNS} FROM ticket_event AS e INDEXED BY ticket_event_actor
        JOIN ticket AS t ON t.number = e.ticket
    WHERE e.actor = :actor{{place}} AND {_TOLD}{{words}} ORDER BY e.at DESC, e.kind DESC, e.id DESC LIMIT :limit)"""  # noqa: S608 - as above
# From one name to the next: there are few among a million events.
_ACTORS: Final = """
    WITH RECURSIVE known (name) AS (
        SELECT min(actor) FROM ticket_event
        UNION ALL SELECT (SELECT min(actor) FROM ticket_event WHERE actor > known.name) FROM known
            WHERE known.name IS NOT NULL)
    SELECT name FROM known WHERE name LIKE :word ESCAPE '!' LIMIT :limit"""
_BY_ACTOR: Final = "SELECT count(*) FROM (SELECT 1 FROM ticket_event WHERE actor = :actor LIMIT :limit)"
_STATES: Final = "SELECT DISTINCT state FROM ticket"
_LATEST: Final = "SELECT (SELECT max(number) FROM ticket) AS number, (SELECT max(updated) FROM ticket) AS updated"


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
        self._known: tuple[tuple[str, int], tuple[str, dict[str, str]]] | None = None
        self._states: tuple[int, str] = -1, ""
        """All states of tickets, as long as none has changed."""

    async def happenings(self, since: Instant, until: Instant, limit: int, text: str = "") -> Sequence[Happening]:
        """See `Source.happenings`."""
        clause, patterns = looked_for(text, _STORED, _OWN)
        sql, named = await self._place(text)

        async def read(since: Instant, until: Instant, limit: int) -> list[Happening]:
            rows = await self._db.rows(sql.format(words=clause),
                                       {"since": since, "until": until, "limit": limit, **patterns, **named})
            return [_told(row) for row in rows]

        return await sifted(read, since, until, limit, text, size=limit)

    async def _place(self, text: str) -> tuple[str, dict[str, str]]:
        """Where to read what has all of these words: along the time, or what has the rarest of them."""
        row = await self._db.row(_LATEST) if text.strip() else None
        if row is None or (row["number"] or 0) < MANY:
            return _BY_TIME, {}
        latest = row["updated"]
        if self._known is None or self._known[0] != (text, latest):
            self._known = (text, latest), await self._rarest(text.casefold().split(), latest)
        return self._known[1]

    async def _rarest(self, words: Sequence[str], latest: Instant) -> tuple[str, dict[str, str]]:
        if self._states[0] != latest:
            self._states = latest, " ".join(row["state"].casefold() for row in await self._db.rows(_STATES))
        states = self._states[1]
        best, fewest = (_BY_TIME, dict[str, str]()), MOST_READ
        for word in dict.fromkeys(words):
            # What the program says itself, and every state, occurs in events that nothing else leads to.
            part = lookable(word, _OWN)
            if part and part not in states:
                named = _TITLE if part.strip("#0123456789") else _NUMBER
                found = await self._holders(pattern(part), named, fewest)
                if found is not None and found[0] < fewest:
                    fewest, best = found[0], found[1:]
        return best

    async def _holders(self, word: str, named: str, most: int) -> tuple[int, str, dict[str, str]] | None:
        """How many events those that a word occurs in have, and how to read them; None: too many."""
        row = await self._db.row(_COUNT.format(named=named), {"word": word, "limit": most // _EACH + 1})
        events = (row[0] if row is not None else 0) * _EACH
        if events >= most:
            return None
        actors = [row["name"] for row in await self._db.rows(_ACTORS, {"word": word, "limit": MOST_ACTORS + 1})]
        if len(actors) > MOST_ACTORS:
            return None
        for actor in actors:
            row = await self._db.row(_BY_ACTOR, {"actor": actor, "limit": most})
            events += row[0] if row is not None else 0
        parts = [_OF_TICKETS.replace("{named}", named),
                 *(_OF_ACTOR.replace("{place}", str(place)) for place in range(len(actors)))]
        # An event may be found by its ticket and by who did it.
        sql = f"SELECT * FROM ({' UNION '.join(parts)}) {_NEWEST.format(e='')}"  # noqa: S608 - as above
        return events, sql, {"word": word, **{f"actor{place}": actor for place, actor in enumerate(actors)}}

    async def when(self, number: int) -> Instant | None:
        """See `Source.when`."""
        row = await self._db.row("SELECT created AS at FROM ticket WHERE number = :id", {"id": number})
        return None if row is None else row["at"]


def _told(row: Row) -> Happening:
    at, number, kind, actor, party, changes, title, _ = row
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
