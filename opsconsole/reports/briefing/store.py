"""Visits and hand-overs in the records: SQL, and nothing but SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.reports.briefing.model import Handover, HandoverState

if TYPE_CHECKING:
    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database, Row, Transaction

    Reader = Database | Transaction

_COLUMNS: Final = "id, author, written, text, origin, replaces, state, ended, ended_by"


async def visit(db: Reader, actor: str) -> Instant | None:
    """Until when somebody knows what happened; None: they never came."""
    row = await db.row("SELECT at FROM visit WHERE actor = :actor", {"actor": actor})
    return None if row is None else row["at"]


async def put_visit(tx: Transaction, actor: str, at: Instant, now: Instant) -> None:
    """They know until then; never less than before, unless that was in the future: a clock that was set right."""
    await tx.run("INSERT INTO visit (actor, at) VALUES (:actor, :at) ON CONFLICT (actor) DO UPDATE SET at = excluded.at"
                 " WHERE excluded.at > visit.at OR visit.at > :now", {"actor": actor, "at": at, "now": now})


async def handover(db: Reader, number: int) -> Handover | None:
    """One hand-over; None: there is none of that number."""
    row = await db.row(f"SELECT {_COLUMNS} FROM handover WHERE id = :id", {"id": number})  # noqa: S608 - fixed parts
    return None if row is None else _handover(row)


async def open_handovers(db: Reader) -> list[Handover]:
    """Those that nobody has taken, the oldest first."""
    return [_handover(row) for row in await db.rows(
        f"SELECT {_COLUMNS} FROM handover WHERE state = 'open' ORDER BY written, id")]  # noqa: S608 - fixed parts


async def ended_handovers(db: Reader, author: str, since: Instant, until: Instant) -> list[Handover]:
    """Those of an author that somebody took in a time, the newest first."""
    return [_handover(row) for row in await db.rows(
        f"SELECT {_COLUMNS} FROM handover WHERE ended >= :since AND ended < :until AND author = :author"  # noqa: S608 - fixed parts
        " AND state = 'taken' ORDER BY ended DESC, id DESC", {"author": author, "since": since, "until": until})]


async def handovers(db: Reader, limit: int, before: int) -> list[Handover]:
    """A page of all of them, newest first; `before` is the number to go on from, 0: the newest."""
    return [_handover(row) for row in await db.rows(
        f"SELECT {_COLUMNS} FROM handover WHERE :before = 0 OR id < :before ORDER BY id DESC LIMIT :limit",  # noqa: S608 - fixed parts
        {"before": before, "limit": limit})]


async def add_handover(tx: Transaction, made: Handover) -> int:
    """Keeps a new one; returns its number."""
    row = await tx.row("INSERT INTO handover (author, origin, written, text, replaces)"
                       " VALUES (:author, :origin, :written, :text, :replaces) RETURNING id",
                       {"author": made.author, "origin": made.origin, "written": made.written, "text": made.text,
                        "replaces": made.replaces})
    assert row is not None  # noqa: S101 - RETURNING
    return int(row["id"])


async def end_handover(tx: Transaction, number: int, state: HandoverState, by: str, at: Instant) -> None:
    """Nobody has to take it any more."""
    await tx.run("UPDATE handover SET state = :state, ended = :at, ended_by = :by WHERE id = :id",
                 {"id": number, "state": state.value, "at": at, "by": by})


def _handover(row: Row) -> Handover:
    number, author, written, text, origin, replaces, state, ended, ended_by = row
    return Handover(number, author, written, text, origin, replaces, HandoverState(state), ended, ended_by)
