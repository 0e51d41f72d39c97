"""Emergencies in the records, and what was told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from opsconsole.logbook.model.emergency import Emergency, Message, Told, Way
from opsconsole.logbook.store.rows import damaged, encoded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Row, Transaction
    from opsconsole.logbook.store.rows import Reader

_TOLD: Final = "entry, seq, at, actor, way, message, tell"
_COLUMNS: Final = "m.entry, m.begun, m.until, m.run, m.due, m.reminded, m.over"
_GOING: Final = (" FROM log_emergency AS m JOIN log_entry AS e ON e.id = m.entry"
                 " WHERE m.over IS NULL AND e.state = 'open'")
"""One whose entry is signed or dropped is over, whoever forgot to say so."""
_MESSAGE: Final = msgspec.json.Decoder(Message)
_NAMES: Final = msgspec.json.Decoder(tuple[str, ...])


async def emergency(db: Reader, number: int) -> Emergency | None:
    """One, with what was told; None: the entry is of no emergency."""
    row = await db.row(f"SELECT {_COLUMNS} FROM log_emergency AS m WHERE m.entry = :number", {"number": number})  # noqa: S608 - fixed parts
    return None if row is None else await _whole(db, row)


async def going(db: Reader) -> list[Emergency]:
    """All that go on, the newest first, with what was told."""
    return [await _whole(db, row) for row in await db.rows(
        f"SELECT {_COLUMNS}{_GOING} ORDER BY m.begun DESC, m.entry DESC")]


async def due(db: Reader, now: Instant) -> list[Emergency]:
    """Those that go on and whose next message should have been told by now; without what was told."""
    return [Emergency(*row) for row in await db.rows(
        f"SELECT {_COLUMNS}{_GOING} AND m.due <= :now ORDER BY m.due", {"now": now})]


async def emergency_of_run(db: Reader, run: int) -> int:
    """The emergency to which the run of a checklist belongs; 0: to none."""
    row = await db.row("SELECT entry FROM log_emergency WHERE run = :run AND run <> 0", {"run": run})
    return 0 if row is None else int(row[0])


async def taken_runs(db: Reader) -> set[int]:
    """The runs that belong to emergencies."""
    return {int(row[0]) for row in await db.rows("SELECT run FROM log_emergency WHERE run <> 0")}


async def add_emergency(tx: Transaction, one: Emergency) -> None:
    """Stores a new one."""
    await tx.run("INSERT INTO log_emergency (entry, begun, until, run, due, reminded, over)"
                 " VALUES (:entry, :begun, :until, :run, :due, :reminded, :over)", _params(one))


async def put_emergency(tx: Transaction, one: Emergency) -> None:
    """Stores one as it is now; what was told is added by `add_told`."""
    await tx.run("UPDATE log_emergency SET run = :run, due = :due, reminded = :reminded, over = :over"
                 " WHERE entry = :entry AND begun = :begun AND until = :until", _params(one))


async def add_told(tx: Transaction, told: Told) -> Mapping[str, Any]:
    """Stores what was told; returns its row."""
    row: dict[str, int | str] = {
        "entry": told.entry, "seq": told.seq, "at": told.at, "actor": told.actor, "way": told.way.value,
        "message": encoded(told.message), "tell": encoded(told.tell)}
    await tx.run(f"INSERT INTO log_told ({_TOLD}) VALUES (:{_TOLD.replace(', ', ', :')})", row)  # noqa: S608 - fixed parts
    return row


async def told_rows(db: Reader, number: int) -> list[Mapping[str, Any]]:
    """The rows of what was told of an emergency, letter by letter, in their order."""
    rows = await db.rows(f"SELECT {_TOLD} FROM log_told WHERE entry = :entry ORDER BY seq", {"entry": number})  # noqa: S608 - fixed parts
    return [{name: row[name] for name in _TOLD.split(", ")} for row in rows]


async def told_of(db: Reader) -> list[int]:
    """The emergencies of which something was told."""
    return [int(row[0]) for row in await db.rows("SELECT DISTINCT entry FROM log_told ORDER BY entry")]


async def _whole(db: Reader, row: Row) -> Emergency:
    found = Emergency(*row)
    told = await db.rows(f"SELECT {_TOLD} FROM log_told WHERE entry = :entry ORDER BY seq", {"entry": found.entry})  # noqa: S608 - fixed parts
    return replace(found, told=tuple(map(_told, told)))


def _told(row: Row) -> Told:
    entry, seq, at, actor, way, message, tell = row
    try:
        return Told(entry, seq, at, actor, Way(way), _MESSAGE.decode(message), _NAMES.decode(tell))
    except (ValueError, msgspec.DecodeError) as problem:
        raise damaged(f"Message {seq} of emergency {entry}", problem) from None


def _params(one: Emergency) -> dict[str, int | None]:
    return {name: getattr(one, name) for name in one.__struct_fields__ if name != "told"}
