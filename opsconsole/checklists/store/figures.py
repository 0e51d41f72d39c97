"""Items over time, and how well checklists were kept."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.checklists.model import Answer
from opsconsole.checklists.store.rows import ANSWER, VERDICTS, answer_of, to_json, value_of
from opsconsole.core.text import storable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.checklists.store.rows import Reader
    from opsconsole.core.clock import Instant

_ANSWER = "a." + ANSWER.replace(", ", ", a.")


class Kept(NamedTuple):
    """What the runs of one checklist came to in a period."""

    slug: str
    title: str
    planned: int
    done: int
    on_time: int
    missed: int
    waived: int
    deferred: int
    items: int
    failed: int


async def figures(db: Reader, slug: str, items: Sequence[str], before: int, limit: int
                  ) -> dict[str, tuple[Answer, ...]]:
    """The last values of items in the runs before one, newest first, in one query.

    For each item the index leads to the newest runs, so it costs the same however many there were. Only what a line of
    values shows is read, since reading all of 1,500 answers takes three times as long: no limit, note or evidence.
    """
    rows = await db.rows(
        "SELECT a.item, a.id, a.run, a.at, a.actor, a.verdict, a.value, a.unit"
        " FROM (SELECT DISTINCT value AS item FROM json_each(:items)) i"
        " JOIN checklist_answer a ON a.id IN (SELECT c.answer FROM checklist_current c WHERE c.slug = :slug"
        " AND c.item = i.item AND c.valued = 1 AND c.run < :before ORDER BY c.run DESC LIMIT :limit)",
        {"items": to_json(list(items)), "slug": storable(slug), "before": before, "limit": limit})
    found: dict[str, list[Answer]] = {item: [] for item in items}
    for item, number, run, at, actor, verdict, value, unit in rows:
        found[item].append(Answer(number, run, item, at, actor, verdict=VERDICTS[verdict], value=value_of(value),
                                  unit=unit))
    return {item: tuple(sorted(some, key=attrgetter("run"), reverse=True)) for item, some in found.items()}


async def history(db: Reader, slug: str, item: str, since: Instant | None, limit: int, before: int | None = None
                  ) -> list[Answer]:
    """The answers to an item that counted, newest run first; of the runs before one, or of all."""
    rows = await db.rows(
        f"SELECT {_ANSWER} FROM checklist_current c JOIN checklist_answer a ON a.id = c.answer"  # noqa: S608 - fixed parts
        " WHERE c.slug = :slug AND c.item = :item AND (:before IS NULL OR c.run < :before)"
        " AND (:since IS NULL OR a.at >= :since) ORDER BY c.run DESC LIMIT :limit",
        {"slug": storable(slug), "item": storable(item), "since": since, "limit": limit, "before": before})
    return [answer_of(row) for row in rows]


async def answers_of(db: Reader, slug: str, item: str, first: int, last: int) -> dict[int, Answer]:
    """The answers to an item that counted, by run, of the runs with these numbers and those between them."""
    rows = await db.rows(
        f"SELECT {_ANSWER} FROM checklist_current c JOIN checklist_answer a ON a.id = c.answer"  # noqa: S608 - fixed parts
        " WHERE c.slug = :slug AND c.item = :item AND c.run BETWEEN :first AND :last",
        {"slug": storable(slug), "item": storable(item), "first": first, "last": last})
    return {one.run: one for one in map(answer_of, rows)}


async def kept(db: Reader, since: Instant, until: Instant) -> list[Kept]:
    """What became of the runs that were due in a period and are over, by checklist.

    One without a due time belongs to the period in which it ended, and was not planned.
    """
    rows = await db.rows(
        "SELECT r.slug, max(r.title) AS title, count(r.due) AS planned, sum(r.outcome = 'done') AS done,"
        " sum(r.timely) AS on_time, sum(r.outcome = 'missed') AS missed, sum(r.outcome = 'waived') AS waived,"
        " sum(r.deferred IS NOT NULL) AS deferred,"
        " sum(CASE WHEN r.outcome = 'done' THEN r.total ELSE 0 END) AS items,"
        " sum(CASE WHEN r.outcome = 'done' THEN r.failed ELSE 0 END) AS failed FROM checklist_run r"
        " WHERE r.ended IS NOT NULL AND ((r.due >= :since AND r.due < :until)"
        " OR (r.due IS NULL AND r.ended >= :since AND r.ended < :until)) GROUP BY r.slug ORDER BY r.slug",
        {"since": since, "until": until})
    return [Kept(*row) for row in rows]


async def times(db: Reader, since: Instant, until: Instant) -> dict[str, list[float]]:
    """How long the runs of each checklist took that were done in a period, shortest first."""
    rows = await db.rows(
        "SELECT slug, seconds FROM checklist_run WHERE outcome = 'done' AND ((due >= :since AND due < :until)"
        " OR (due IS NULL AND ended >= :since AND ended < :until)) ORDER BY seconds", {"since": since, "until": until})
    found: dict[str, list[float]] = {}
    for slug, seconds in rows:
        found.setdefault(slug, []).append(seconds)
    return found


async def gave(db: Reader, since: Instant, until: Instant) -> dict[str, tuple[int, int]]:
    """How many answers each person gave in a period, and how many of them were failures."""
    rows = await db.rows(
        "SELECT actor, count(*) AS answers, sum(verdict = 'failed') AS failed FROM checklist_answer"
        " WHERE at >= :since AND at < :until AND actor <> '' AND verdict <> 'open' GROUP BY actor",
        {"since": since, "until": until})
    return {row["actor"]: (row["answers"], row["failed"]) for row in rows}


async def performed(db: Reader, since: Instant, until: Instant) -> dict[str, tuple[int, int]]:
    """How many runs that were done in a period each person worked on, and how many of these were in time."""
    rows = await db.rows(
        "SELECT p.value AS actor, count(*) AS runs, sum(r.timely) AS on_time FROM checklist_run r,"
        " json_each(r.performers) p WHERE r.outcome = 'done' AND r.ended >= :since AND r.ended < :until"
        " GROUP BY p.value", {"since": since, "until": until})
    return {row["actor"]: (row["runs"], row["on_time"]) for row in rows}
