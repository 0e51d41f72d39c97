"""Runs of a time as they prove themselves elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.checklists import store
from opsconsole.checklists.sealing import ACTION, sealed, subject_of
from opsconsole.checklists.store.rows import RUN, run_of
from opsconsole.core.errors import StorageUnusable
from opsconsole.core.sealed import SealedRecord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database

_SUBJECT: Final = subject_of(0).removesuffix("0")


async def sealed_runs(db: Database, since: Instant, until: Instant) -> AsyncIterator[SealedRecord]:
    """Runs that were begun, ended or signed in a time, those not signed too, with all answers and their templates."""
    for number in await _numbers(db, since, until):
        try:
            row = await db.row(f"SELECT {RUN} FROM checklist_run WHERE id = :id", {"id": number})  # noqa: S608 - fixed parts
            if row is None:
                continue
            run = run_of(row)
            answers, events = await store.answers(db, number), await store.events(db, number)
            files = (one.sha256 for answer in answers for one in answer.evidence if one.sha256)
            yield SealedRecord("checklist", number, f"{run.title} {run.occurrence}", run.seal,
                               sealed(run, answers, events), tuple(dict.fromkeys(files)),
                               {"template": await store.pinned(db, run.template)})
        except (StorageUnusable, ValueError) as problem:
            yield SealedRecord("checklist", number, problem=str(problem))


async def _numbers(db: Database, since: Instant, until: Instant) -> Sequence[int]:
    times = {"since": since, "until": until}
    rows = await db.rows("SELECT id FROM checklist_run WHERE (begun >= :since AND begun < :until)"
                         " OR (ended >= :since AND ended < :until)", times)
    found = {int(row["id"]) for row in rows}
    try:
        deeds = await db.rows(
            "SELECT DISTINCT subject FROM audit WHERE subject >= :first AND subject < :behind AND action = :action"
            " AND at >= :since AND at < :until",
            {**times, "first": _SUBJECT, "behind": _SUBJECT[:-1] + chr(ord(_SUBJECT[-1]) + 1), "action": ACTION})
    except StorageUnusable:
        # The trail itself says what is wrong with it.
        deeds = []
    numbers = (row["subject"].removeprefix(_SUBJECT) for row in deeds)
    return sorted(found | {int(one) for one in numbers if one.isascii() and one.isdigit() and len(one) < 19})
