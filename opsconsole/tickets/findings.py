"""What `doctor` says of tickets: mail that does not leave or was kept, files, rows, and what is configured no more."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core.clock import DAY, HOUR
from opsconsole.core.errors import StorageUnusable
from opsconsole.core.format import duration
from opsconsole.core.levels import Level
from opsconsole.core.text import limited
from opsconsole.tickets import store
from opsconsole.tickets.model import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from opsconsole.core.blobs import Blobs
    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database, Row
    from opsconsole.tickets.settings import TicketSettings

SAMPLE: Final = 200
"""Tickets, and files, that are looked at: the newest."""
_LONG: Final = 2_000
"""Events of a ticket from which on it is not worked out here."""
_RECENT: Final = 7 * DAY
"""How long mail that did not arrive is told of."""
_NAMED: Final = 5
"""Tickets, or words, that a sentence names."""


class TicketFinding(NamedTuple):
    """One thing that was looked at: what was found, and what to do, empty when there is nothing."""

    level: Level
    says: str
    todo: str = ""


async def ticket_findings(db: Database, settings: TicketSettings, blobs: Blobs, now: Instant) -> list[TicketFinding]:
    """What is amiss with tickets; nothing where there are none and no mail was kept. Only reads.

    Args:
        db: the records.
        settings: as configured.
        blobs: the files of tickets.
        now: the present.

    Raises:
        StorageError: the records could not be read.
    """
    row = await db.row("SELECT count(*) AS number, coalesce(sum(phase <> 'done'), 0) AS open FROM ticket")
    count = 0 if row is None else row["number"]
    found = [*await _mail(db, settings, now), *await _kept(db, now), *await _files(db, blobs), *await _rows(db),
             *await _orphans(db, settings)]
    if not found and row is not None and count:
        found.append(TicketFinding(Level.OK, f"{row['open']} of {count} open, nothing amiss where it was looked"))
    return found


async def _mail(db: Database, settings: TicketSettings, now: Instant) -> Iterable[TicketFinding]:
    """Mail that did not arrive lately, and mail that should have left."""
    failed = await db.rows(
        "SELECT DISTINCT ticket FROM ticket_mail WHERE state = 'failed' AND coalesce(finished, created) >= :since"
        " ORDER BY ticket", {"since": now - _RECENT})
    found = []
    if failed:
        found.append(TicketFinding(
            Level.WARNING, f"mail of {_tickets(failed)} did not arrive, or was given up, within the last week",
            f"`opsconsole ticket show {failed[0]['ticket']}` says why; reach these people in another way."))
    late = await db.row("SELECT count(*) AS number, min(due) AS since FROM ticket_mail"
                        " WHERE state IN ('waiting', 'sending') AND due < :before", {"before": now - HOUR})
    if late is not None and late["number"]:
        todo = ("See whether an agent runs, and whether `tickets.mail.smtp` names a server that takes mail."
                if settings.mail.address else "Set `tickets.mail.address`, without which nothing leaves.")
        waits = now - late["since"]
        found.append(TicketFinding(
            Level.CRITICAL if waits >= DAY else Level.WARNING,
            f"{_some(late['number'], 'mail')} should have left, the oldest {duration(waits / 1000)} ago", todo))
    return found


async def _kept(db: Database, now: Instant) -> Iterable[TicketFinding]:
    """Mail that became no ticket, with which nobody has dealt."""
    row = await db.row("SELECT count(*) AS number, min(at) AS since FROM ticket_mail_kept WHERE looked_at IS NULL")
    if row is None or not row["number"]:
        return ()
    return (TicketFinding(
        Level.WARNING, f"{_some(row['number'], 'mail')} became no ticket and wait{'' if row['number'] > 1 else 's'} for"
                       f" somebody, the oldest for {duration(max(0, now - row['since']) / 1000)}",
        "`opsconsole ticket kept` lists them."),)


async def _files(db: Database, blobs: Blobs) -> Iterable[TicketFinding]:
    """Files whose content is not there any more."""
    rows = await db.rows(
        "SELECT sha256, name, ticket FROM ticket_attachment WHERE deleted IS NULL ORDER BY id DESC LIMIT :limit",
        {"limit": SAMPLE})
    kept = await db.rows("SELECT sha256, id FROM ticket_mail_kept ORDER BY id DESC LIMIT :limit", {"limit": SAMPLE})
    places = [(row["sha256"], f"{limited(row['name'], 80)} of ticket {row['ticket']}") for row in rows]
    places += [(row["sha256"], f"kept mail {row['id']}") for row in kept]
    try:
        gone = await asyncio.to_thread(lambda: [what for sha256, what in places if not blobs.has(sha256)])
    except OSError as problem:
        return (TicketFinding(Level.UNKNOWN, f"{blobs.folder} cannot be looked at ({problem.strerror or problem})",
                              "Ask its owner for access."),)
    if not gone:
        return ()
    return (TicketFinding(
        Level.CRITICAL, f"of the newest {len(places)} files {len(gone)} are missing: {_listed(gone)}",
        f"Put them back from a backup of {blobs.folder}."),)


async def _rows(db: Database) -> Iterable[TicketFinding]:
    """Tickets that are not what their events make of them."""
    rows = await db.rows("SELECT number, state, priority, version FROM ticket ORDER BY number DESC LIMIT :limit",
                         {"limit": SAMPLE})
    wrong = [row["number"] for row in rows if row["version"] <= _LONG and not await _follows(db, row)]
    if not wrong:
        return ()
    return (TicketFinding(
        Level.CRITICAL, f"{_tickets(wrong)} {'are' if len(wrong) > 1 else 'is'} not what the timeline says",
        "Something else wrote to the records. Compare with `opsconsole ticket show NUMBER --all`, or put a backup in"
        " their place."),)


async def _follows(db: Database, row: Row) -> bool:
    try:
        ticket = await store.get(db, row["number"])
        made = fold(await store.events(db, row["number"]))
    except (StorageUnusable, ValueError):
        # Damaged; records that cannot be read at all were refused before.
        return False
    return made == ticket and (row["state"], row["priority"], row["version"]) == (
        made.state, made.priority.rank, made.version)


async def _orphans(db: Database, settings: TicketSettings) -> list[TicketFinding]:
    """Open tickets whose category, state or team is configured no more."""
    rows = await db.rows("SELECT category, state, team, count(*) AS number FROM ticket WHERE phase <> 'done'"
                         " GROUP BY category, state, team ORDER BY category, state, team")
    return [*_unknown(rows, settings)]


def _unknown(rows: Sequence[Row], settings: TicketSettings) -> Iterator[TicketFinding]:
    configured = {state for lifecycle in settings.all_lifecycles.values() for state in lifecycle.states}
    categories: dict[str, int] = {}
    states: dict[str, int] = {}
    teams: dict[str, int] = {}
    for row in rows:
        if row["category"] not in settings.all_categories:
            categories[row["category"]] = categories.get(row["category"], 0) + row["number"]
        if row["state"] not in configured:
            states[row["state"]] = states.get(row["state"], 0) + row["number"]
        if row["team"] and row["team"] not in settings.teams:
            teams[row["team"]] = teams.get(row["team"], 0) + row["number"]
    for what, found, todo in (
            ("category", categories, "Such tickets go on as `support`"), ("team", teams, "Nobody of it is told"),
            ("state", states, "The next move leads back into the lifecycle")):
        if found:
            names = _listed([f"`{limited(name, 60)}`" for name in found])
            yield TicketFinding(
                Level.WARNING, f"{_some(sum(found.values()), 'open ticket')} of a {what} that is not configured:"
                f" {names}", f"{todo}; configure it again, or find them by `opsconsole ticket list {what}:NAME`.")


def _some(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _tickets(found: Sequence[Row] | Sequence[int]) -> str:
    numbers = [one if isinstance(one, int) else one["ticket"] for one in found]
    return f"ticket{'' if len(numbers) == 1 else 's'} {_listed([f'#{number}' for number in numbers])}"


def _listed(words: Sequence[str]) -> str:
    more = len(words) - _NAMED
    return ", ".join(words[:_NAMED]) + (f" and {more} more" if more > 0 else "")
