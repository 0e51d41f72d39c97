"""Reads every signed run again, and says of each that is not as it was signed what was changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from opsconsole.checklists import store
from opsconsole.checklists.model import Record
from opsconsole.checklists.sealing import ACTION, DETAIL, check, subject_of
from opsconsole.checklists.store.rows import RUN, run_of, value_of
from opsconsole.core.errors import StorageUnusable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.checklists.model import Answer, Run
    from opsconsole.core.database import Database

_PAGE: Final = 100
_DETAIL: Final[msgspec.json.Decoder[dict[str, Any]]] = msgspec.json.Decoder(dict[str, Any])


class Altered(NamedTuple):
    """A run that is not as it was signed."""

    run: int
    sentence: str
    """What was changed; foreign text in it is harmless."""


class RunsReport(Record, frozen=True):
    """What reading all signed runs again found."""

    count: int
    """Those that were read."""
    altered: tuple[Altered, ...]

    @property
    def ok(self) -> bool:
        """Whether all are as they were signed."""
        return not self.altered


async def verify_runs(db: Database) -> RunsReport:
    """Reads every run that is signed, or was, again: its row, its template, its answers and what happened to it.

    Each is compared with its seal and with the audit entry of its last signature; that this one was not changed is
    for `core.audit.verify` to say. Memory stays the same however many runs there are.

    Raises:
        StorageError: the database could not be read at all; a run that is damaged is in the report.
    """
    count, last = 0, 0
    altered: list[Altered] = []
    while numbers := [row["id"] for row in await db.rows(
            "SELECT id FROM checklist_run WHERE (seal <> '' OR outcome = 'done') AND id > :last"
            " ORDER BY id LIMIT :limit", {"last": last, "limit": _PAGE})]:
        for last in numbers:
            count += 1
            if wrong := await _wrong(db, last):
                altered.append(Altered(last, wrong))
    altered += await _vanished(db)
    return RunsReport(count, tuple(sorted(altered)))


async def _wrong(db: Database, number: int) -> str:
    """What of one run is not as it was signed; empty: all is."""
    try:
        row = await db.row(f"SELECT {RUN} FROM checklist_run WHERE id = :id", {"id": number})  # noqa: S608 - fixed parts
        if row is None:
            return "It is not there any more."
        run = run_of(row)
        answers, events = await store.answers(db, run.id), await store.events(db, run.id)
        template = await store.pinned(db, run.template)
        found = check(run, None if template is None else template.encode(), answers, events, await _kept(db, run.id))
        return found or await _derived(db, run, answers)
    except StorageUnusable as problem:
        return problem.sentence
    except ValueError:
        return "It holds a value that nothing can be."


async def _kept(db: Database, run: int) -> Mapping[str, Any] | None:
    """What the audit trail keeps of the last signature; None: nothing.

    A run is sealed once, so the first such entry counts: a second one was written by somebody who wanted it so.
    """
    rows = await db.rows("SELECT detail FROM audit WHERE subject = :subject AND action = :action ORDER BY seq",
                         {"subject": subject_of(run), "action": ACTION})
    details = (_read(row["detail"]).get(DETAIL) for row in rows)
    return next((detail for detail in details if isinstance(detail, dict)), None)


def _read(detail: str) -> dict[str, Any]:
    try:
        return _DETAIL.decode(detail)
    except msgspec.DecodeError:
        return {}


async def _derived(db: Database, run: Run, answers: Sequence[Answer]) -> str:
    """Whether what is kept of the answers to find them, and to draw them, is what they say."""
    counting = {answer.item: answer for answer in answers}
    wanted = {(run.slug, one.item, one.id, int(one.value is not None)) for one in counting.values()
              if one.verdict.answered}
    rows = await db.rows("SELECT slug, item, answer, valued FROM checklist_current WHERE run = :run", {"run": run.id})
    if {tuple(row) for row in rows} != wanted:
        return "Which of its answers count was changed."
    rows = await db.rows("SELECT id, value, number FROM checklist_answer WHERE run = :run", {"run": run.id})
    for number, value, figure in rows:
        said = value_of(value)
        if figure != (said if isinstance(said, int | float) and not isinstance(said, bool) else None):
            return f"The figure of answer {number} was changed."
    return ""


async def _vanished(db: Database) -> list[Altered]:
    """Runs that the audit trail knows as signed, and that are not there, or are signed no more."""
    rows = await db.rows(
        "SELECT DISTINCT CAST(substr(a.subject, :place) AS INTEGER) AS run, r.id AS there FROM audit a"
        " LEFT JOIN checklist_run r ON r.id = CAST(substr(a.subject, :place) AS INTEGER)"
        " WHERE a.subject >= :first AND a.subject < :behind AND a.action = :action"
        " AND CASE WHEN json_valid(a.detail) THEN json_type(a.detail, :part) = 'object' END"
        " AND (r.id IS NULL OR (r.seal = '' AND r.outcome <> 'done'))",
        {"place": len(_SUBJECT) + 1, "first": _SUBJECT, "behind": _SUBJECT[:-1] + chr(ord(_SUBJECT[-1]) + 1),
         "action": ACTION, "part": f"$.{DETAIL}"})
    return [Altered(row["run"], "It was signed, and is not there any more." if row["there"] is None
                    else "It was signed, and its row says nothing of it.") for row in rows]


_SUBJECT: Final = subject_of(0).removesuffix("0")
