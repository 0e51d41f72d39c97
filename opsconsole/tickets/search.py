"""Full-text search over tickets, by SQLite's FTS5: which words an event brings, and how words are looked for.

The index holds a row for each event that has words; its id tells the ticket. It is the only thing here that is not
portable. Words are runs of letters and digits without regard to case and accents, so `db-01` is `db` followed by `01`;
all else between them is neither kept nor looked for, and nothing that is typed has a meaning to FTS5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.core.search import MOST_WORDS, query, small
from opsconsole.core.text import storable
from opsconsole.tickets.model import EventKind, Party

__all__ = ["EVENTS", "MOST_WORDS", "asker", "condition", "forget_all", "index", "query", "small", "words_of"]

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsconsole.core.database import Params, Transaction
    from opsconsole.tickets.model import Event

EVENTS: Final = 1_048_576
"""An event's id is its ticket times this, plus its sequence."""
_FIELDS: Final = ("title", "description", "root_cause", "satisfaction_note")


def words_of(event: Event) -> str:
    """What can be found of an event: a title, a description, a message, the name of an attachment; often nothing.

    What the program itself says, such as why it routed a ticket, is no word of anybody.
    """
    parts = [str(event.changes[name][1]) for name in _FIELDS if name in event.changes]
    if event.party is not Party.SYSTEM:
        parts.append(event.text)
    if event.kind is EventKind.ATTACHED:
        parts.append(str(event.data.get("name", "")))
    return "\n".join(part for part in parts if part)


async def index(tx: Transaction, events: Iterable[Event]) -> None:
    """Lets the words of new events be found; to be called once for each, in the transaction that stores it."""
    rows: list[Params] = [{"id": event.ticket * EVENTS + event.seq, "text": storable(words)}
                          for event in events if (words := words_of(event))]
    if rows:
        await tx.many("INSERT INTO ticket_text (rowid, text) VALUES (:id, :text)", rows)


async def forget_all(tx: Transaction) -> None:
    """Empties the index, before it is built again from all events."""
    await tx.run("INSERT INTO ticket_text (ticket_text) VALUES ('delete-all')")


def asker(name: str, mail: str) -> str:
    """What the column `asker` of a ticket holds: the text in which `requester:` looks for a part."""
    return small(f"{name} {mail}")


def condition(parameter: str) -> str:
    """SQL that is true of tickets (`t`) in which the query in `:parameter` is found, in one event of theirs."""
    # The plus keeps SQLite from looking up each ticket found on its own; going along the queue's index is faster.
    return (f"+t.number IN (SELECT rowid / {EVENTS} FROM ticket_text"  # noqa: S608 - a number and a name of ours
            f" WHERE ticket_text MATCH :{parameter})")
