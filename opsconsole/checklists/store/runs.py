"""Runs, and the templates that they keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from opsconsole.checklists.store.rows import RUN, columns, run_of, run_values
from opsconsole.core.text import storable

if TYPE_CHECKING:
    from opsconsole.checklists.model import Run
    from opsconsole.checklists.store.rows import Reader
    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Transaction, Value

MOST_NUMBER: Final = (1 << 63) - 1
"""What a number can be in the database."""
_NEW: Final = RUN.removeprefix("id, ")
_KEPT: Final = ("title", "category", "template", "begun", "ended", "outcome", "deferred", "performers", "signatures",
                "persons", "seal", "total", "answered", "failed", "reason", "marks", "version")
"""What of a run may change."""


async def pin(tx: Transaction, digest: str, slug: str, data: bytes, now: Instant) -> None:
    """Keeps a template as it is, for the runs that are made with it."""
    await tx.run("INSERT INTO checklist_template (hash, slug, data, seen) VALUES (:hash, :slug, :data, :now)"
                 " ON CONFLICT (hash) DO NOTHING",
                 {"hash": digest, "slug": slug, "data": data.decode(), "now": now})


async def pinned(db: Reader, digest: str) -> str | None:
    """A template as it was kept; None: there is none with this hash."""
    row = await db.row("SELECT data FROM checklist_template WHERE hash = :hash", {"hash": digest})
    return None if row is None else str(row["data"])


async def add(tx: Transaction, run: Run) -> Run | None:
    """Stores a new run, whose id is given here; None where there is one of this occurrence already."""
    values = dict(run_values(run))
    del values["id"]
    rows = await tx.rows(f"INSERT INTO checklist_run ({_NEW}) VALUES ({columns(_NEW)})"  # noqa: S608 - fixed parts
                         " ON CONFLICT (slug, occurrence) DO NOTHING RETURNING id", values)
    return replace(run, id=int(rows[0]["id"])) if rows else None


async def put(tx: Transaction, run: Run) -> None:
    """Stores a run as it is now."""
    values = run_values(run)
    sets = ", ".join(f"{name} = :{name}" for name in _KEPT)
    await tx.run(f"UPDATE checklist_run SET {sets} WHERE id = :id",  # noqa: S608 - fixed parts
                 {name: values[name] for name in ("id", *_KEPT)})


async def put_after(tx: Transaction, run: Run) -> None:
    """Stores what may still be said of a signed run."""
    await tx.run("UPDATE checklist_run SET reason = :reason, marks = :marks, version = :version WHERE id = :id",
                 {name: run_values(run)[name] for name in ("id", "reason", "marks", "version")})


async def put_seal(tx: Transaction, run: Run, seconds: float, *, timely: bool) -> None:
    """Stores a run as its last signature leaves it, and what the statistics want of it. Afterwards it is frozen."""
    await tx.run("UPDATE checklist_run SET seconds = :seconds, timely = :timely WHERE id = :id",
                 {"id": run.id, "seconds": seconds, "timely": int(timely)})
    await put(tx, run)


async def get(db: Reader, number: int) -> Run | None:
    """One run; None: there is none of this number."""
    if not 0 < number <= MOST_NUMBER:
        return None
    row = await db.row(f"SELECT {RUN} FROM checklist_run WHERE id = :id", {"id": number})  # noqa: S608 - fixed parts
    return None if row is None else run_of(row)


async def of(db: Reader, slug: str, occurrence: str) -> Run | None:
    """The run of an occurrence; None: there is none."""
    row = await db.row(f"SELECT {RUN} FROM checklist_run WHERE slug = :slug AND occurrence = :occurrence",  # noqa: S608 - fixed parts
                       {"slug": storable(slug), "occurrence": storable(occurrence)})
    return None if row is None else run_of(row)


async def newest(db: Reader, slug: str, *, going: bool | None = None, before: int = MOST_NUMBER) -> Run | None:
    """The newest run of a checklist; with `going`, the newest that goes on, or that has ended.

    Args:
        db: where.
        slug: of the checklist.
        going: True: of those that go on the oldest, since that has to be done first; False: of those that ended.
        before: only runs with a lower number.
    """
    which = {None: "", True: " AND ended IS NULL", False: " AND ended IS NOT NULL"}[going]
    order = "id" if going else "id DESC"
    row = await db.row(f"SELECT {RUN} FROM checklist_run WHERE slug = :slug AND id < :before{which}"  # noqa: S608 - fixed parts
                       f" ORDER BY {order} LIMIT 1", {"slug": storable(slug), "before": before})
    return None if row is None else run_of(row)


async def going(db: Reader, slug: str = "") -> list[Run]:
    """The runs that go on, by due time; those of a checklist, or all."""
    rows = await db.rows(f"SELECT {RUN} FROM checklist_run WHERE ended IS NULL"  # noqa: S608 - fixed parts
                         " AND (:slug = '' OR slug = :slug) ORDER BY due, id", {"slug": storable(slug)})
    return [run_of(row) for row in rows]


async def ended_since(db: Reader, since: Instant) -> list[Run]:
    """The runs that ended since then, in the order in which they did."""
    rows = await db.rows(f"SELECT {RUN} FROM checklist_run WHERE ended >= :since AND ended IS NOT NULL"  # noqa: S608 - fixed parts
                         " ORDER BY ended, id", {"since": since})
    return [run_of(row) for row in rows]


async def unexplained(db: Reader, limit: int = 200) -> list[Run]:
    """The newest runs that were missed and of which nobody has said why, oldest first."""
    rows = await db.rows(f"SELECT {RUN} FROM checklist_run WHERE outcome = 'missed' AND reason = ''"  # noqa: S608 - fixed parts
                         " ORDER BY id DESC LIMIT :limit", {"limit": limit})
    return [run_of(row) for row in reversed(rows)]


async def listed(db: Reader, slug: str = "", since: Instant | None = None, until: Instant | None = None,
                 limit: int = 200, before: int = 0) -> list[Run]:
    """Runs, newest first; a run belongs to the time at which it is due, one without at which it opened."""
    where = ["id < :before"]
    params: dict[str, Value] = {"before": before if before > 0 else MOST_NUMBER, "limit": limit}
    if slug:
        where.append("slug = :slug")
        params["slug"] = storable(slug)
    if since is not None:
        where.append("coalesce(due, opens) >= :since")
        params["since"] = since
    if until is not None:
        where.append("coalesce(due, opens) < :until")
        params["until"] = until
    rows = await db.rows(f"SELECT {RUN} FROM checklist_run WHERE {' AND '.join(where)}"  # noqa: S608 - fixed parts
                         " ORDER BY id DESC LIMIT :limit", params)
    return [run_of(row) for row in rows]


async def slugs(db: Reader) -> list[str]:
    """The slugs of all checklists of which there was a run."""
    return [str(row[0]) for row in await db.rows("SELECT DISTINCT slug FROM checklist_run ORDER BY slug")]


async def next_demand(tx: Transaction, slug: str) -> int:
    """The number of the next start of a checklist on demand, from 1."""
    row = await tx.row("SELECT coalesce(max(CAST(substr(occurrence, 2) AS INTEGER)), 0) + 1 AS number"
                       " FROM checklist_run WHERE slug = :slug AND occurrence LIKE '#%'", {"slug": slug})
    return 1 if row is None else int(row["number"])


async def taken(db: Reader, since: Instant) -> dict[str, set[str]]:
    """The occurrences of which there are runs, of those that are due from then on, by slug."""
    found: dict[str, set[str]] = {}
    for row in await db.rows("SELECT slug, occurrence FROM checklist_run WHERE due >= :since", {"since": since}):
        found.setdefault(row["slug"], set()).add(row["occurrence"])
    return found


async def completed(db: Reader, slug: str) -> tuple[Instant | None, bool]:
    """When the last run of a checklist ended, done or not, and whether one goes on."""
    row = await db.row("SELECT max(ended) AS ended, count(*) > count(ended) AS going FROM checklist_run"
                       " WHERE slug = :slug", {"slug": slug})
    return (None, False) if row is None else (row["ended"], bool(row["going"]))


async def finished(db: Reader, slug: str, since: Instant, until: Instant, but: int) -> Run | None:
    """The run of a checklist that was finished last in a time, besides one; None: none was."""
    row = await db.row(f"SELECT {RUN} FROM checklist_run WHERE slug = :slug AND ended >= :since AND ended <= :until"  # noqa: S608 - fixed parts
                       " AND outcome IN ('done', 'waived') AND id <> :but ORDER BY ended DESC, id DESC LIMIT 1",
                       {"slug": slug, "since": since, "until": until, "but": but})
    return None if row is None else run_of(row)


async def want(tx: Transaction, number: int, now: Instant) -> None:
    """Notes that somebody wants the machine to propose anew."""
    await tx.run("UPDATE checklist_run SET wanted = :now WHERE id = :id", {"id": number, "now": now})


async def wanted(db: Reader, number: int) -> Instant:
    """When somebody wanted that last; 0: never."""
    row = await db.row("SELECT wanted FROM checklist_run WHERE id = :id", {"id": number})
    return 0 if row is None else int(row["wanted"])


async def upto(db: Reader) -> dict[str, Instant]:
    """Up to when the occurrences of each template have been made into runs."""
    return {row["slug"]: row["upto"] for row in await db.rows("SELECT slug, upto FROM checklist_schedule")}


async def put_upto(tx: Transaction, moments: dict[str, Instant]) -> None:
    """Notes up to when they have been made; a clock that was put back puts them back."""
    await tx.many("INSERT INTO checklist_schedule (slug, upto) VALUES (:slug, :upto) ON CONFLICT (slug) DO UPDATE"
                  " SET upto = excluded.upto",
                  [{"slug": slug, "upto": moment} for slug, moment in moments.items()])
