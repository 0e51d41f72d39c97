"""Reading tickets and their events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.core.text import storable
from opsconsole.tickets.model import Phase
from opsconsole.tickets.store.rows import EVENT, SPAN, event_of, named, ticket_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opsconsole.tickets.model import Event, Ticket
    from opsconsole.tickets.store.rows import Reader

ALL: Final = SPAN
"""More events than a ticket can have."""
MOST_NUMBER: Final = 1 << 42
"""No ticket has it or a higher one: the ids of its events would have no room."""
_LONGEST_CHAIN: Final = 1000
"""Merges that are followed; more can only be a loop."""


async def get(db: Reader, number: int) -> Ticket | None:
    """One ticket; None when there is none with this number."""
    if not 0 < number < MOST_NUMBER:
        return None
    row = await db.row("SELECT data FROM ticket WHERE number = :number", {"number": number})
    return None if row is None else ticket_of(row["data"])


async def get_many(db: Reader, numbers: Sequence[int]) -> dict[int, Ticket]:
    """Tickets by number; those that there are not are left out."""
    found: dict[int, Ticket] = {}
    for places, values in named([number for number in numbers if 0 < number < MOST_NUMBER]):
        for row in await db.rows(f"SELECT number, data FROM ticket WHERE number IN ({places})", values):  # noqa: S608 - fixed parts
            found[row["number"]] = ticket_of(row["data"])
    return found


async def resolve(db: Reader, number: int) -> int | None:
    """Where a ticket goes on that was merged; None: there is no such ticket."""
    seen: set[int] = set()
    while number not in seen and len(seen) < _LONGEST_CHAIN:
        seen.add(number)
        if not 0 < number < MOST_NUMBER:
            return None
        row = await db.row("SELECT merged_into FROM ticket WHERE number = :number", {"number": number})
        if row is None:
            return None
        if not row["merged_into"]:
            return number
        number = row["merged_into"]
    return number


async def events(db: Reader, number: int, *, after: int = 0, before: int = ALL, limit: int = ALL) -> list[Event]:
    """The events of a ticket between two numbers, the oldest of them, in their order."""
    rows = await db.rows(f"SELECT {EVENT} FROM ticket_event WHERE id > :after AND id < :before"  # noqa: S608 - fixed parts
                         " ORDER BY id LIMIT :limit",
                         {**_bounds(number, after, before), "limit": limit})
    return [event_of(row) for row in rows]


async def last_events(db: Reader, number: int, limit: int, before: int = ALL) -> list[Event]:
    """The newest events of a ticket before a number, in their order."""
    rows = await db.rows(f"SELECT {EVENT} FROM ticket_event WHERE id > :after AND id < :before"  # noqa: S608 - fixed parts
                         " ORDER BY id DESC LIMIT :limit", {**_bounds(number, 0, before), "limit": limit})
    return [event_of(row) for row in reversed(rows)]


async def event_rows(db: Reader, batch: int) -> list[Event]:
    """All events that were written at once, by ticket and in their order."""
    rows = await db.rows(f"SELECT {EVENT} FROM ticket_event WHERE batch = :batch ORDER BY id", {"batch": batch})  # noqa: S608 - fixed parts
    return [event_of(row) for row in rows]


async def for_clocks(db: Reader, number: int) -> list[Event]:
    """All events of a ticket that its promises follow from, in their order and without their texts.

    A ticket can have thousands of internal notes, and where its requester has an address no clock asks for them; what
    time makes of it (`tickets.watching`) asks only whether whoever has it wrote one.
    """
    found = await _without_texts(db, number, _TELLING)
    mailed = [event.changes["requester_mail"][1] for event in found if "requester_mail" in event.changes]
    # Without an address, a note is all the answer that there can be.
    return found if mailed and all(mailed) else await _without_texts(db, number, "1 = 1")


_TELLING: Final = (
    "(kind <> 'message' OR public = 1 OR party <> 'staff' OR changes <> '{}' OR id = ("
    "SELECT id FROM ticket_event WHERE id > :after AND id < :before AND kind = 'message'"
    " AND actor = (SELECT assignee FROM ticket WHERE number = :number) ORDER BY id DESC LIMIT 1))")
"""What is more than an internal note, and the last message of whoever has the ticket."""


async def _without_texts(db: Reader, number: int, which: str) -> list[Event]:
    rows = await db.rows(f"SELECT {EVENT.replace('text', _NO_TEXT)} FROM ticket_event"  # noqa: S608 - fixed parts
                         f" WHERE id > :after AND id < :before AND {which} ORDER BY id",
                         {**_bounds(number, 0, ALL), "number": min(number, MOST_NUMBER)})
    return [event_of(row) for row in rows]


_NO_TEXT: Final = "'' AS text"


async def messages_of(db: Reader, number: int) -> list[Event]:
    """What was written to a ticket, and what was taken back, without the texts."""
    rows = await db.rows(f"SELECT {EVENT.replace('text', _NO_TEXT)} FROM ticket_event"  # noqa: S608 - fixed parts
                         " WHERE id > :after AND id < :before AND kind IN ('created', 'message', 'undone') ORDER BY id",
                         _bounds(number, 0, ALL))
    return [event_of(row) for row in rows]


async def next_number(db: Reader) -> int:
    """The number of the next new ticket. Numbers are never used again, as tickets are never deleted."""
    row = await db.row("SELECT coalesce(max(number), 0) + 1 AS number FROM ticket")
    return int(row["number"]) if row is not None else 1


async def open_among(db: Reader, numbers: Iterable[int]) -> set[int]:
    """Which of these tickets are open."""
    found: set[int] = set()
    for places, values in named(sorted(set(numbers))):
        rows = await db.rows(f"SELECT number FROM ticket WHERE number IN ({places}) AND phase <> :done",  # noqa: S608 - fixed parts
                             {**values, "done": Phase.DONE.value})
        found |= {row["number"] for row in rows}
    return found


async def with_alert(db: Reader, key: str) -> Ticket | None:
    """The ticket about a group of alerts: one that is open, else the last; None: there never was one."""
    row = await db.row("SELECT data FROM ticket WHERE alert_key = :key AND alert_key <> ''"
                       " ORDER BY phase = 'done', number DESC LIMIT 1", {"key": storable(key)})
    return None if row is None else ticket_of(row["data"])


def _bounds(number: int, after: int, before: int) -> dict[str, int]:
    first = min(max(number, 0), MOST_NUMBER) * SPAN
    return {"after": first + max(after, 0), "before": first + min(max(before, 0), SPAN)}
