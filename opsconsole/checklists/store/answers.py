"""Answers, events and proposals of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from opsconsole.checklists.model import Verdict
from opsconsole.checklists.store.rows import (
    ANSWER,
    EVENT,
    PROPOSAL,
    answer_of,
    answer_values,
    columns,
    event_of,
    event_values,
    proposal_of,
    proposal_values,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opsconsole.checklists.model import Answer, Event, Proposal
    from opsconsole.checklists.store.rows import Reader
    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Transaction, Value


async def answers(db: Reader, run: int) -> list[Answer]:
    """All answers of a run, in the order of their numbers."""
    rows = await db.rows(f"SELECT {ANSWER} FROM checklist_answer WHERE run = :run ORDER BY id", {"run": run})  # noqa: S608 - fixed parts
    return [answer_of(row) for row in rows]


async def events(db: Reader, run: int) -> list[Event]:
    """All that happened to a run besides, in the order of their numbers."""
    rows = await db.rows(f"SELECT {EVENT} FROM checklist_event WHERE run = :run ORDER BY id", {"run": run})  # noqa: S608 - fixed parts
    return [event_of(row) for row in rows]


async def proposals(db: Reader, run: int) -> list[Proposal]:
    """What the machine thinks of the items of a run."""
    rows = await db.rows(f"SELECT {PROPOSAL} FROM checklist_proposal WHERE run = :run ORDER BY item", {"run": run})  # noqa: S608 - fixed parts
    return [proposal_of(row) for row in rows]


async def proposal(db: Reader, run: int, item: str) -> Proposal | None:
    """What the machine thinks of one item; None: nothing yet."""
    row = await db.row(f"SELECT {PROPOSAL} FROM checklist_proposal WHERE run = :run AND item = :item",  # noqa: S608 - fixed parts
                       {"run": run, "item": item})
    return None if row is None else proposal_of(row)


async def next_answer(tx: Transaction) -> int:
    """The number of the next answer. Numbers are never used again, as no answer is removed."""
    row = await tx.row("SELECT coalesce(max(id), 0) + 1 AS id FROM checklist_answer")
    return 1 if row is None else int(row["id"])


async def add_answer(tx: Transaction, slug: str, answer: Answer) -> Answer:
    """Stores an answer, whose number is given here; from now on it is the one of its item that counts."""
    answer = replace(answer, id=await next_answer(tx))
    await tx.run(f"INSERT INTO checklist_answer ({ANSWER}, number) VALUES ({columns(ANSWER)}, :number)",  # noqa: S608 - fixed parts
                 answer_values(answer))
    key: dict[str, Value] = {"slug": slug, "item": answer.item, "run": answer.run}
    if answer.verdict is Verdict.OPEN:
        await tx.run("DELETE FROM checklist_current WHERE slug = :slug AND item = :item AND run = :run", key)
    else:
        await tx.run("INSERT INTO checklist_current (slug, item, run, answer, valued)"
                     " VALUES (:slug, :item, :run, :answer, :valued) ON CONFLICT (slug, item, run) DO UPDATE SET"
                     " answer = excluded.answer, valued = excluded.valued",
                     {**key, "answer": answer.id, "valued": int(answer.value is not None)})
    return answer


async def add_event(tx: Transaction, event: Event) -> Event:
    """Stores what happened; its number is given here."""
    row = await tx.row("SELECT coalesce(max(id), 0) + 1 AS id FROM checklist_event")
    event = replace(event, id=1 if row is None else int(row["id"]))
    await tx.run(f"INSERT INTO checklist_event ({EVENT}) VALUES ({columns(EVENT)})", event_values(event))  # noqa: S608 - fixed parts
    return event


async def put_proposals(tx: Transaction, made: Iterable[Proposal]) -> int:
    """Stores what the machine thinks now; what is older than what is there is left out. How many were stored."""
    return await tx.many(
        f"INSERT INTO checklist_proposal ({PROPOSAL}) VALUES ({columns(PROPOSAL)}) ON CONFLICT (run, item)"  # noqa: S608 - fixed parts
        " DO UPDATE SET at = excluded.at, verdict = excluded.verdict, value = excluded.value, text = excluded.text,"
        " evidence = excluded.evidence, bounds = excluded.bounds WHERE excluded.at >= checklist_proposal.at",
        [proposal_values(one) for one in made])


async def proposed(db: Reader) -> dict[int, tuple[dict[str, tuple[Instant, bool]], Instant]]:
    """Of each run that goes on: when the machine proposed what for each item, and when it was asked to anew.

    With each time it says whether the machine knew anything.
    """
    rows = await db.rows("SELECT r.id, r.wanted, p.item, p.at, p.verdict <> 'open' AS known FROM checklist_run r"
                         " LEFT JOIN checklist_proposal p ON p.run = r.id WHERE r.ended IS NULL ORDER BY r.id")
    found: dict[int, tuple[dict[str, tuple[Instant, bool]], Instant]] = {}
    for number, wanted, item, at, known in rows:
        moments, _ = found.setdefault(number, ({}, wanted))
        if item is not None:
            moments[item] = at, bool(known)
    return found


async def add_ticket(tx: Transaction, ticket: int, slug: str, item: str, run: int) -> None:
    """Notes the ticket about an item."""
    await tx.run("INSERT INTO checklist_ticket (ticket, slug, item, run) VALUES (:ticket, :slug, :item, :run)"
                 " ON CONFLICT (ticket, slug, item, run) DO NOTHING",
                 {"ticket": ticket, "slug": slug, "item": item, "run": run})


async def tickets_about(db: Reader, slug: str, item: str, limit: int = 20) -> Sequence[int]:
    """The newest tickets about an item of a checklist, whatever the run, newest first."""
    rows = await db.rows("SELECT DISTINCT ticket FROM checklist_ticket WHERE slug = :slug AND item = :item"
                         " ORDER BY ticket DESC LIMIT :limit", {"slug": slug, "item": item, "limit": limit})
    return [int(row["ticket"]) for row in rows]
