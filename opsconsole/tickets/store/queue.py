"""Finding tickets: the order of all that a filter finds, pages of it, how many a view holds."""

from __future__ import annotations

import re
from array import array
from typing import TYPE_CHECKING, Final

import msgspec

from opsconsole.tickets.store.rows import SUMMARY, named, summary_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.tickets.filters import Vocabulary
    from opsconsole.tickets.filtersql import Query
    from opsconsole.tickets.model import Summary
    from opsconsole.tickets.settings import TicketSettings
    from opsconsole.tickets.store.rows import Reader

_NUMBERS: Final = msgspec.json.Decoder(list[int])
_OPEN: Final = "t.phase <> 'done'"
_PARAM: Final = re.compile(r":(?=f[0-9a-z_]+\b)")
_MOST_WORDS: Final = 1000
"""Of one kind that are offered for completing a filter."""


async def numbers(db: Reader, query: Query, limit: int = -1) -> array[int]:
    """The numbers of all tickets that a filter finds, in its order; with a limit, so many of the first.

    As one text: so 100,000 of them take a quarter of the time that rows take, and most of it while others may run.
    This aggregate is SQLite's own; PostgreSQL calls it json_agg.
    """
    limited = f" LIMIT {limit:d}" if limit >= 0 else ""
    sql = f"SELECT t.number FROM ticket t WHERE {query.where} ORDER BY {query.order}{limited}"  # noqa: S608 - made of fixed parts, values are parameters
    row = await db.row(f"SELECT json_group_array(number) AS found FROM ({sql})", query.params)  # noqa: S608 - as above
    return array("q", () if row is None else _NUMBERS.decode(row["found"]))


async def rows(db: Reader, wanted: Sequence[int]) -> list[Summary]:
    """Tickets as a list shows them, in the order of these numbers."""
    found: dict[int, Summary] = {}
    for places, values in named(wanted):
        for row in await db.rows(f"SELECT {SUMMARY} FROM ticket WHERE number IN ({places})", values):  # noqa: S608 - fixed parts
            found[row["number"]] = summary_of(row)
    return [found[number] for number in wanted if number in found]


async def counts(db: Reader, queries: Mapping[str, Query | None]) -> dict[str, int]:
    """How many tickets each of these finds; -1 where there is none."""
    found = dict.fromkeys(queries, -1)
    # Most views are of open tickets: one look at each of these answers all of them.
    together = {name: query for name, query in queries.items() if query is not None and _of_open(query)}
    for name, query in queries.items():
        if query is not None and name not in together:
            row = await db.row(f"SELECT count(*) AS number FROM ticket t WHERE {query.where}", query.params)  # noqa: S608 - as above
            found[name] = 0 if row is None else int(row["number"])
    if together:
        parts: list[str] = []
        params: dict[str, str | int] = {}
        for number, query in enumerate(together.values()):
            parts.append(f"count(CASE WHEN {_PARAM.sub(f':q{number}_', query.where)} THEN 1 END)")
            params |= {f"q{number}_{name}": value for name, value in query.params.items()}
        row = await db.row(f"SELECT {', '.join(parts)} FROM ticket t WHERE {_OPEN}", params)  # noqa: S608 - as above
        found |= dict(zip(together, map(int, row or ()), strict=True))
    return found


def _of_open(query: Query) -> bool:
    return f"{query.where} AND ".startswith(f"{_OPEN} AND ")


async def vocabulary(db: Reader, settings: TicketSettings) -> Vocabulary:
    """The names with which a filter can be completed: those of the configuration first, then those in use."""
    from opsconsole.tickets.filters import Vocabulary  # noqa: PLC0415 - only for completing

    states = dict.fromkeys(state for lifecycle in settings.all_lifecycles.values() for state in lifecycle.states)
    members = dict.fromkeys(person for team in settings.teams.values() for person in team.members)
    # One by one: taken together, SQLite would read all rows of each.
    people = sorted({*await _words(db, f"SELECT DISTINCT assignee FROM ticket t WHERE {_OPEN} AND assignee <> ''"),  # noqa: S608 - fixed parts
                     *await _words(db, "SELECT DISTINCT person FROM ticket_watcher"),
                     *await _words(db, "SELECT DISTINCT actor FROM ticket_batch")})
    return Vocabulary(
        states=tuple(states), people=tuple(dict.fromkeys((*members, *people))), teams=tuple(settings.teams),
        categories=tuple(settings.all_categories),
        tags=await _words(db, "SELECT tag FROM ticket_tag GROUP BY tag ORDER BY count(*) DESC, tag"),
        releases=await _words(db, "SELECT DISTINCT release FROM ticket WHERE release <> '' ORDER BY release DESC"),
        requesters=await _words(db, "SELECT DISTINCT requester_mail FROM ticket WHERE requester_mail <> ''"
                                    " ORDER BY requester_mail"))


async def _words(db: Reader, sql: str) -> tuple[str, ...]:
    """The first column of a query, of very many rows the first."""
    return tuple(str(row[0]) for row in await db.rows(f"{sql} LIMIT {_MOST_WORDS}"))
