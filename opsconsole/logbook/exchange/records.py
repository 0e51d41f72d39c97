"""Entries, amendments and messages of emergencies of a time as they prove themselves elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.core.errors import StorageUnusable
from opsconsole.core.sealed import SealedRecord
from opsconsole.logbook import store
from opsconsole.logbook.sealing import AMENDED, SIGNED, TOLD, sealed, sealed_amendment
from opsconsole.logbook.store import emergency as emergencies
from opsconsole.logbook.verifying import in_trail
from opsconsole.logbook.verifying_told import seals_of_told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database
    from opsconsole.logbook.model import Amendment, Attachment, Entry

_PAGE: Final = 100


async def sealed_entries(db: Database, since: Instant, until: Instant) -> AsyncIterator[SealedRecord]:
    """Entries that were begun, signed or amended in a time, those not signed too, each with all of its amendments."""
    numbers = await _numbers(db, since, until)
    for start in range(0, len(numbers), _PAGE):
        page = numbers[start:start + _PAGE]
        try:
            found = await _together(db, page)
        except (StorageUnusable, ValueError):
            found = [record for number in page async for record in _alone(db, number)]
        for record in found:
            yield record


async def _together(db: Database, numbers: Sequence[int]) -> list[SealedRecord]:
    """The records of some entries, all of which can be read."""
    files, amendments = await store.attachments(db, numbers), await store.amendments(db, numbers)
    found = []
    for entry in await store.get_many(db, numbers):
        found += [_entry(entry, files.get(entry.id, ())), *_amendments(entry, amendments.get(entry.id, ()))]
    return found


async def _alone(db: Database, number: int) -> AsyncIterator[SealedRecord]:
    """The records of one entry as far as it can be read, and why the rest cannot."""
    try:
        for entry in await store.get_many(db, [number]):
            yield _entry(entry, (await store.attachments(db, [number])).get(number, ()))
            for record in _amendments(entry, (await store.amendments(db, [number])).get(number, ())):
                yield record
    except (StorageUnusable, ValueError) as problem:
        yield SealedRecord("entry", number, problem=str(problem))


def _entry(entry: Entry, files: Sequence[Attachment]) -> SealedRecord:
    return SealedRecord("entry", entry.id, entry.title, entry.seal, sealed(entry, files),
                        tuple(one.sha256 for one in files))


def _amendments(entry: Entry, amendments: Sequence[Amendment]) -> Iterator[SealedRecord]:
    previous = entry.seal
    for one in amendments:
        yield SealedRecord("amendment", one.id, entry.title, one.seal, sealed_amendment(one, previous))
        previous = one.seal


async def sealed_told(db: Database, since: Instant, until: Instant) -> AsyncIterator[SealedRecord]:
    """The messages of emergencies of which something was told in a time, all of each; the seal is that of the trail."""
    rows = await db.rows("SELECT DISTINCT entry FROM log_told WHERE at >= :since AND at < :until",
                         {"since": since, "until": until})
    for number in sorted({int(row[0]) for row in rows} | await _in_trail(db, since, until, TOLD)):
        try:
            seals, told = await seals_of_told(db, number), await emergencies.told_rows(db, number)
        except StorageUnusable as problem:
            yield SealedRecord("message", number, problem=problem.sentence)
            continue
        for row in told:
            place = row["seq"] - 1
            seal = seals[place] if 0 <= place < len(seals) else ""
            yield SealedRecord("message", number, seal=seal, sealed=dict(row))


async def _numbers(db: Database, since: Instant, until: Instant) -> Sequence[int]:
    rows = await db.rows("SELECT id FROM log_entry WHERE begun >= :since AND begun < :until",
                         {"since": since, "until": until})
    return sorted({int(row["id"]) for row in rows} | await _in_trail(db, since, until, SIGNED, AMENDED))


async def _in_trail(db: Database, since: Instant, until: Instant, *actions: str) -> set[int]:
    """See `in_trail`; of a trail that cannot be read none, since it says itself what is wrong with it."""
    try:
        return await in_trail(db, actions, since, until)
    except StorageUnusable:
        return set()
