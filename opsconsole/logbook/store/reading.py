"""Reading entries, and all that belongs to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.logbook.model import Action
from opsconsole.logbook.store.rows import (
    AMENDMENT,
    ATTACHMENT,
    ENTRY,
    SUMMARY,
    amendment_of,
    attachment_of,
    entry_of,
    named,
    summary_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.logbook.model import Amendment, Attachment, Entry, Summary
    from opsconsole.logbook.store.rows import Reader


async def get(db: Reader, number: int) -> Entry | None:
    """One entry, amendments left out; None: there is none of that number."""
    row = await db.row(f"SELECT {ENTRY} FROM log_entry WHERE id = :id", {"id": number})  # noqa: S608 - fixed parts
    return None if row is None else entry_of(row)


async def get_many(db: Reader, numbers: Sequence[int]) -> list[Entry]:
    """Those of some entries that there are, amendments left out, in the order of their numbers."""
    return [entry_of(row) for places, values in named(sorted(numbers)) for row in await db.rows(
        f"SELECT {ENTRY} FROM log_entry WHERE id IN ({places}) ORDER BY id", values)]  # noqa: S608 - fixed parts


async def amendments(db: Reader, numbers: Sequence[int]) -> dict[int, list[Amendment]]:
    """The amendments of entries, oldest first; those that have none are left out."""
    found: dict[int, list[Amendment]] = {}
    for places, values in named(numbers):
        for row in await db.rows(f"SELECT {AMENDMENT} FROM log_amendment WHERE entry IN ({places})"  # noqa: S608 - fixed parts
                                 " ORDER BY entry, seq", values):
            found.setdefault(row["entry"], []).append(amendment_of(row))
    return found


async def actions(db: Reader, numbers: Sequence[int]) -> dict[int, list[Action]]:
    """The next actions of entries in their places; those that have none are left out."""
    found: dict[int, list[Action]] = {}
    for places, values in named(numbers):
        for row in await db.rows("SELECT entry, text, person, due, done, done_by FROM log_action"  # noqa: S608 - fixed parts
                                 f" WHERE entry IN ({places}) ORDER BY entry, place", values):
            found.setdefault(row[0], []).append(Action(*tuple(row)[1:]))
    return found


async def attachments(db: Reader, numbers: Sequence[int]) -> dict[int, list[Attachment]]:
    """The files of entries, oldest first; those that have none are left out."""
    found: dict[int, list[Attachment]] = {}
    for places, values in named(numbers):
        for row in await db.rows(f"SELECT {ATTACHMENT} FROM log_attachment WHERE entry IN ({places})"  # noqa: S608 - fixed parts
                                 " ORDER BY id", values):
            found.setdefault(row["entry"], []).append(attachment_of(row))
    return found


async def rows(db: Reader, wanted: Sequence[int]) -> list[Summary]:
    """Entries as a list shows them, in the order of these numbers."""
    found: dict[int, Summary] = {}
    for places, values in named(wanted):
        for row in await db.rows(f"SELECT {SUMMARY} FROM log_entry WHERE id IN ({places})", values):  # noqa: S608 - fixed parts
            found[row["id"]] = summary_of(row)
    return [found[number] for number in wanted if number in found]


async def between(db: Reader, since: Instant, until: Instant) -> list[Entry]:
    """All entries that were begun in a time and are not dropped, amendments left out, oldest first."""
    return [entry_of(row) for row in await db.rows(
        f"SELECT {ENTRY} FROM log_entry WHERE begun >= :since AND begun < :until AND state <> 'dropped'"  # noqa: S608 - fixed parts
        " ORDER BY begun, id", {"since": since, "until": until})]


async def due(db: Reader, day: str) -> list[tuple[int, int, Action]]:
    """Next actions that are not done, of entries that are not dropped: entry, place, action; the oldest due first.

    Args:
        db: the records.
        day: only those due by then; empty: all, those without a date last.
    """
    limit = "AND a.due <> '' AND a.due <= :day" if day else ""
    found = await db.rows(
        "SELECT a.entry, a.place, a.text, a.person, a.due FROM log_action a JOIN log_entry e ON e.id = a.entry"  # noqa: S608 - fixed parts
        f" WHERE a.done IS NULL AND e.state <> 'dropped' {limit} ORDER BY a.due = '', a.due, a.entry, a.place",
        {"day": day} if day else {})
    return [(row[0], row[1], Action(*tuple(row)[2:])) for row in found]


async def actions_at(db: Reader, at: Instant) -> list[tuple[int, Action]]:
    """Next actions that were to be done at a moment, of entries begun before it that are not dropped, with the entry.

    The oldest due first, those without a date last.
    """
    rows = await db.rows(
        "SELECT a.entry, a.text, a.person, a.due, a.done, a.done_by FROM log_action a"
        " JOIN log_entry e ON e.id = a.entry WHERE (a.done IS NULL OR a.done >= :at) AND e.begun < :at"
        " AND e.state <> 'dropped' ORDER BY a.due = '', a.due, a.entry, a.place", {"at": at})
    return [(row[0], Action(*tuple(row)[1:])) for row in rows]


async def last_of(db: Reader, kind: str, before: Instant, but: int) -> tuple[int, Instant] | None:
    """The last entry of a type, and the moment behind its end, or its begin where it goes on; None: there is none.

    Args:
        db: the records.
        kind: the type.
        before: only those begun before, ms UTC.
        but: an entry that does not count.
    """
    row = await db.row("SELECT id, coalesce(ended + 1, begun) AS at FROM log_entry WHERE begun < :before"
                       " AND type = :kind AND state <> 'dropped' AND id <> :but ORDER BY begun DESC, id DESC LIMIT 1",
                       {"before": before, "kind": kind, "but": but})
    return None if row is None else (row["id"], row["at"])


async def working(db: Reader) -> list[int]:
    """The windows of entries that are still written, and go on."""
    # Without the second condition the index of what is not signed would not serve.
    return [row[0] for row in await db.rows(
        "SELECT \"window\" FROM log_entry WHERE state = 'open' AND state <> 'signed' AND ended IS NULL"
        ' AND "window" <> 0 ORDER BY begun')]


async def of_run(db: Reader, run: int) -> list[int]:
    """The entries that were drafted from a run."""
    return [row["id"] for row in await db.rows("SELECT id FROM log_entry WHERE run = :run AND run <> 0 ORDER BY id",
                                               {"run": run})]
