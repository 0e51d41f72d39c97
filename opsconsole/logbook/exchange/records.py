"""Entries and amendments of a time as they prove themselves elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.core.errors import StorageUnusable
from opsconsole.core.sealed import SealedRecord
from opsconsole.logbook import store
from opsconsole.logbook.sealing import AMENDED, SIGNED, sealed, sealed_amendment, subject_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database

_SUBJECT: Final = subject_of(0).removesuffix("0")


async def sealed_entries(db: Database, since: Instant, until: Instant) -> AsyncIterator[SealedRecord]:
    """Entries that were begun, signed or amended in a time, those not signed too, each with all of its amendments."""
    for number in await _numbers(db, since, until):
        try:
            entry = await store.get(db, number)
            if entry is None:
                continue
            files = (await store.attachments(db, [number])).get(number, [])
            yield SealedRecord("entry", number, entry.title, entry.seal, sealed(entry, files),
                               tuple(one.sha256 for one in files))
            previous = entry.seal
            for one in (await store.amendments(db, [number])).get(number, []):
                yield SealedRecord("amendment", one.id, entry.title, one.seal, sealed_amendment(one, previous))
                previous = one.seal
        except (StorageUnusable, ValueError) as problem:
            yield SealedRecord("entry", number, problem=str(problem))


async def _numbers(db: Database, since: Instant, until: Instant) -> Sequence[int]:
    times = {"since": since, "until": until}
    rows = await db.rows("SELECT id FROM log_entry WHERE begun >= :since AND begun < :until", times)
    found = {int(row["id"]) for row in rows}
    try:
        deeds = await db.rows(
            "SELECT DISTINCT subject FROM audit WHERE subject >= :first AND subject < :behind"
            " AND action IN (:signed, :amended) AND at >= :since AND at < :until",
            {**times, "first": _SUBJECT, "behind": _SUBJECT[:-1] + chr(ord(_SUBJECT[-1]) + 1), "signed": SIGNED,
             "amended": AMENDED})
    except StorageUnusable:
        # The trail itself says what is wrong with it.
        deeds = []
    numbers = (row["subject"].removeprefix(_SUBJECT) for row in deeds)
    return sorted(found | {int(one) for one in numbers if one.isascii() and one.isdigit() and len(one) < 19})
