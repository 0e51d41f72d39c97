"""Finding entries: how many a filter finds, and which, newest first.

Going along the index of all entries is what takes time, so that is done for no more of them than are wanted. Whatever
words and names find is asked for as a whole, which takes a part of it, and put together here.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final

import msgspec

from opsconsole.logbook.filtering import PLAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsconsole.core.database import Value
    from opsconsole.logbook.filtering import Query
    from opsconsole.logbook.store.rows import Reader

FEW: Final = 3_000
"""So many entries are looked up one by one sooner than along the index."""
_NONE: Final[Mapping[str, Value]] = {}
_NUMBERS: Final = msgspec.json.Decoder(list[int])
_DROPPED: Final = "SELECT id AS number FROM log_entry WHERE state = 'dropped' AND state <> 'signed'"
"""With the words that let SQLite take the index of what is not signed."""


async def found(db: Reader, query: Query, first: int | None = None) -> tuple[int, array[int]]:
    """How many entries a filter finds, and their numbers, newest first.

    Args:
        db: the records.
        query: the filter.
        first: of very many at least so many of the first, perhaps no more; None: all.
    """
    allowed, without = await _named(db, query)
    if allowed is not None and len(allowed) <= FEW:
        return _all(await _looked_up(db, query, allowed))
    if first is None or (query.where != PLAIN and (query.named or not query.indexed)):
        return _all(_kept(await _along(db, query), allowed, without))
    if query.named:
        dropped = await _dropped(db)
        count = (await _count(db, PLAIN) - len(without) + len(dropped & without) if allowed is None
                 else len(allowed) - len(dropped & allowed))
    else:
        count = await _count(db, query.where, query.params)
    size = first
    while True:
        seen = await _along(db, query, size)
        numbers = _kept(seen, allowed, without)
        if len(numbers) >= first or len(seen) < size:
            return max(count, len(numbers)), array("q", numbers)
        size *= 4


def _all(numbers: list[int]) -> tuple[int, array[int]]:
    return len(numbers), array("q", numbers)


def _kept(numbers: list[int], allowed: set[int] | None, without: set[int]) -> list[int]:
    if allowed is not None:
        return [one for one in numbers if one in allowed]
    return [one for one in numbers if one not in without] if without else numbers


async def _named(db: Reader, query: Query) -> tuple[set[int] | None, set[int]]:
    """The only entries that words and names leave, None: all; and, where they leave all, those but which."""
    allowed: set[int] | None = None
    without: set[int] = set()
    for one in query.named:
        numbers = await _numbers(db, one.sql, query.params)
        if one.negated:
            without.update(numbers)
        elif allowed is None:
            allowed = set(numbers)
        else:
            allowed.intersection_update(numbers)
    if allowed is None:
        return None, without
    return allowed - without if without else allowed, set()


async def _along(db: Reader, query: Query, limit: int = -1) -> list[int]:
    """Entries along the index, newest first, whatever words and names find."""
    return await _numbers(db, f"SELECT e.id AS number FROM log_entry e WHERE {query.where}"  # noqa: S608 - made of fixed parts, values are parameters
                              " ORDER BY e.begun DESC, e.id DESC LIMIT :most", {**query.params, "most": limit})


async def _looked_up(db: Reader, query: Query, allowed: set[int]) -> list[int]:
    """Which of a few entries fit, newest first."""
    # The plus keeps SQLite from going along the index after all.
    return await _numbers(db, "SELECT e.id AS number FROM log_entry e"  # noqa: S608 - as above
                              f" WHERE e.id IN (SELECT value FROM json_each(:few)) AND {query.where}"
                              " ORDER BY +e.begun DESC, e.id DESC",
                          {**query.params, "few": msgspec.json.encode(list(allowed)).decode()})


async def _dropped(db: Reader) -> set[int]:
    return set(await _numbers(db, _DROPPED, {}))


async def _count(db: Reader, where: str, params: Mapping[str, Value] = _NONE) -> int:
    """How many entries fit a condition."""
    sql = f"SELECT count(*) AS count FROM log_entry e WHERE {where}"  # noqa: S608 - made of fixed parts, values are parameters
    if where == PLAIN:
        # All that there are are counted in no time.
        sql = f"SELECT (SELECT count(*) FROM log_entry) - (SELECT count(*) FROM ({_DROPPED})) AS count"  # noqa: S608 - fixed parts
    row = await db.row(sql, params)
    return 0 if row is None else int(row["count"])


async def _numbers(db: Reader, sql: str, params: Mapping[str, Value]) -> list[int]:
    """The numbers that a query yields.

    As one text: so very many of them take a part of the time that rows take, and most of it while others may run.
    This aggregate is SQLite's own; PostgreSQL calls it json_agg.
    """
    row = await db.row(f"SELECT json_group_array(number) AS found FROM ({sql})", params)  # noqa: S608 - made of fixed parts, values are parameters
    return [] if row is None else _NUMBERS.decode(row["found"])
