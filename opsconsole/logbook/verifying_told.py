"""Reads every message that was told of emergencies again, and says of each that is not as it was told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsconsole.core.errors import StorageUnusable
from opsconsole.logbook.sealing import DETAIL, TOLD, seal_of_told, subject_of
from opsconsole.logbook.store import emergency as store
from opsconsole.logbook.verifying import Altered, EntriesReport, in_trail, read_detail

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.core.database import Database

_KNOWN: Final = ("seq", "way", "status")
"""What the audit trail says in words of a message, also of those that were told before messages were sealed."""


async def verify_told(db: Database) -> EntriesReport:
    """Reads all messages, and compares each with the audit entry of when it was told.

    That those entries were not changed is for `core.audit.verify` to say.

    Raises:
        StorageError: the database could not be read at all.
    """
    count, altered = 0, list[Altered]()
    for number in sorted({*await store.told_of(db), *await in_trail(db, [TOLD])}):
        try:
            rows = await store.told_rows(db, number)
            count += len(rows)
            wrong = check_told(rows, await _details(db, number))
        except StorageUnusable as problem:
            wrong = problem.sentence
        altered += [Altered(number, wrong)] if wrong else []
    return EntriesReport(count, tuple(altered))


def check_told(rows: Sequence[Mapping[str, Any]], kept: Sequence[Mapping[str, Any]]) -> str:
    """What of the messages of an emergency is not as it was told: the first thing, as a sentence; empty: all is.

    Args:
        rows: as they are stored, in their order.
        kept: what the audit trail says of each, in its order.
    """
    for place, row in enumerate(rows, 1):
        if row["seq"] != place:
            return f"Message {place} was removed."
        if place > len(kept):
            return f"Message {place} was added: the audit trail knows nothing of it."
        if not _as_told(row, kept[place - 1]):
            return f"Message {place} was changed."
    return f"Message {len(rows) + 1} was removed." if len(kept) > len(rows) else ""


def _as_told(row: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    seal = said.get(DETAIL)
    if isinstance(seal, dict):
        return bool(seal.get("seal") == seal_of_told(row))
    now = {"seq": row["seq"], "way": row["way"], "status": read_detail(row["message"]).get("status", "investigating")}
    return all(said.get(name) == now[name] for name in _KNOWN)


async def seals_of_told(db: Database, number: int) -> list[str]:
    """The seal that the audit trail has of each message of an emergency; empty: it was told before they were sealed."""
    found = [said.get(DETAIL) for said in await _details(db, number)]
    return [str(one.get("seal", "")) if isinstance(one, dict) else "" for one in found]


async def _details(db: Database, number: int) -> list[dict[str, Any]]:
    """What the audit trail says of each message of an emergency."""
    return [read_detail(row["detail"]) for row in await db.rows(
        "SELECT detail FROM audit WHERE subject = :subject AND action = :told ORDER BY seq",
        {"subject": subject_of(number), "told": TOLD})]
