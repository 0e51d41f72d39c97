"""The statements of the history's tables, and nothing but statements. Keys are those of the migration."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsconsole.health.history.block import ROW
from opsconsole.health.history.rows import LAST, RUN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database, Row, Transaction
    from opsconsole.health.history.model import Tier

IDS = 20
"""Bits of a row's key that are its series."""
PART = 64
"""Series that are rolled up in one transaction."""
ALL = -1

_RUNS = (
    "WITH RECURSIVE run (first) AS (SELECT min(key) FROM sample UNION ALL"
    " SELECT (SELECT min(key) FROM sample WHERE key >= ((run.first >> :bits) + 1) << :bits) FROM run"
    " WHERE run.first IS NOT NULL)"
)
"""The first key of each run of samples between two clocks that were put back; at the end NULL."""
_WANTED = ("WITH RECURSIVE wanted (number) AS"
           " (SELECT :first UNION ALL SELECT number + 1 FROM wanted WHERE number < :last)")


class State(NamedTuple):
    """How far the tiers are; while it stays the same, what was read of them belongs together."""

    upto: int
    """The key up to which samples are in the tiers."""
    samples_since: Instant
    minutes_since: Instant


class SeriesRow(NamedTuple):
    """A series as stored."""

    id: int
    name: str
    since: Instant
    seen: Instant


def stored_name(name: str) -> bytes:
    """A name as it is stored.

    Raises:
        UnicodeEncodeError: it holds half of a character.
    """
    return name.encode("utf-8", "surrogateescape")


async def all_series(db: Database) -> list[SeriesRow]:
    """Every series."""
    return _series(await db.rows("SELECT id, name, since, seen FROM series ORDER BY name"))


async def live_series(db: Database, since: Instant, until: Instant) -> list[SeriesRow]:
    """The series whose newest value is of this time, both ends included."""
    return _series(await db.rows("SELECT id, name, since, seen FROM series WHERE seen BETWEEN :since AND :until",
                                 {"since": since, "until": until}))


async def other_names(db: Database, since: Instant, until: Instant, after: int, most: int) -> list[tuple[int, bytes]]:
    """The number and stored name of some of the others, those behind a number, ascending."""
    return [(row["id"], bytes(row["name"])) for row in await db.rows(
        "SELECT id, name FROM series WHERE id > :after AND seen NOT BETWEEN :since AND :until ORDER BY id LIMIT :most",
        {"since": since, "until": until, "after": after, "most": most})]


async def series_between(db: Database, first: int, last: int) -> list[SeriesRow]:
    """The series with these numbers, both ends included."""
    return _series(await db.rows("SELECT id, name, since, seen FROM series WHERE id BETWEEN :first AND :last",
                                 {"first": first, "last": last}))


def _series(found: Iterable[Row]) -> list[SeriesRow]:
    return [SeriesRow(row["id"], bytes(row["name"]).decode("utf-8", "surrogateescape"), row["since"], row["seen"])
            for row in found]


async def series_id(db: Database, name: str) -> int | None:
    """The number of a series, None when there is none of this name."""
    try:
        row = await db.row("SELECT id FROM series WHERE name = :name", {"name": stored_name(name)})
    except UnicodeEncodeError:
        return None
    return None if row is None else int(row["id"])


async def add_series(tx: Transaction, name: bytes, at: Instant) -> int:
    """The number of a series, which is made when there is none."""
    found = await tx.rows(
        "INSERT INTO series (name, since, seen) VALUES (:name, :at, :at)"
        " ON CONFLICT (name) DO UPDATE SET seen = series.seen RETURNING id", {"name": name, "at": at})
    return int(found[0]["id"])


async def newest_key(tx: Transaction) -> int | None:
    """The key of the newest sample; that up to which was rolled up, when there is none."""
    row = await tx.row("SELECT max(key) AS key FROM (SELECT max(key) AS key FROM sample"
                       " UNION ALL SELECT max(upto) FROM rolled) AS known")
    return None if row is None or not row["key"] else int(row["key"])


async def newest_keys(db: Database, most: int) -> list[int]:
    """The keys of the newest samples, newest first."""
    return [row["key"] for row in await db.rows("SELECT key FROM sample ORDER BY key DESC LIMIT :most", {"most": most})]


async def add_sample(tx: Transaction, key: int, ids: bytes, vals: bytes) -> None:
    """Stores what was measured at one time."""
    await tx.run("INSERT INTO sample (key, ids, vals) VALUES (:key, :ids, :vals)",
                 {"key": key, "ids": ids, "vals": vals})


async def state(db: Database | Transaction, series: int = ALL) -> State:
    """How far the tiers are, for one series."""
    row = await db.row(
        "SELECT (SELECT max(upto) FROM rolled WHERE part IN (:all, :part)) AS upto,"
        " (SELECT since FROM kept WHERE tier = 'sample') AS samples,"
        " (SELECT since FROM kept WHERE tier = 'minute') AS minutes",
        {"all": ALL, "part": ALL if series == ALL else series // PART})
    assert row is not None  # noqa: S101 - a query without FROM has one row
    return State(row["upto"], row["samples"], row["minutes"])


async def samples(db: Database, since: Instant, until: Instant) -> Sequence[Row]:
    """The samples (key, ids, vals) of a time, both ends included, by whatever clock; unsorted."""
    return await db.rows(
        f"{_RUNS} SELECT sample.key, sample.ids, sample.vals FROM run JOIN sample ON sample.key"  # noqa: S608 - fixed
        " BETWEEN ((run.first >> :bits) << :bits) + :since AND ((run.first >> :bits) << :bits) + :until",
        {"bits": RUN, "since": max(since, 0), "until": min(max(until, 0), LAST)})


async def samples_after(db: Database, key: int, most: int = 1 << 31) -> Sequence[Row]:
    """The samples behind a key, in the order in which they were recorded."""
    return await db.rows("SELECT key, ids, vals FROM sample WHERE key > :key ORDER BY key LIMIT :most",
                         {"key": key, "most": most})


async def tier_rows(db: Database, tier: Tier, first: int, last: int, series: int) -> Sequence[Row]:
    """The rows (number of the hour or day, cells, sketches, whole) of one series, from one number to another."""
    return await db.rows(
        f"{_WANTED} SELECT wanted.number, cells, sketches, whole FROM wanted JOIN {tier.name}"  # noqa: S608 - our names
        " ON key = (wanted.number << :bits) + :series",
        {"first": first, "last": last, "bits": IDS, "series": series})


async def row_figures(db: Database, tier: Tier, first: int, last: int, series: int) -> Sequence[Row]:
    """The same: number and the beginning of the cells, which is about the whole row."""
    return await db.rows(
        f"{_WANTED} SELECT wanted.number, substr(cells, 1, :size) AS cells FROM wanted JOIN"  # noqa: S608 - our names
        f" {tier.name} ON key = (wanted.number << :bits) + :series",
        {"first": first, "last": last, "bits": IDS, "series": series, "size": ROW})


async def whole_rows(db: Database, tier: Tier, first: int, last: int, series: int) -> Sequence[Row]:
    """The same, of latencies: number and whole only."""
    return await db.rows(
        f"{_WANTED} SELECT wanted.number, whole FROM wanted JOIN {tier.name}"  # noqa: S608 - our names
        " ON key = (wanted.number << :bits) + :series",
        {"first": first, "last": last, "bits": IDS, "series": series})


async def part_rows(db: Database, tier: Tier, number: int, part: int) -> Sequence[Row]:
    """The rows (series, cells, sketches, whole) of all series of a part in one hour or day."""
    base = (number << IDS) + part * PART
    return await db.rows(
        f"SELECT key - :number AS series, cells, sketches, whole FROM {tier.name}"  # noqa: S608 - our names
        " WHERE key BETWEEN :first AND :last", {"number": number << IDS, "first": base, "last": base + PART - 1})


async def put_rows(tx: Transaction, tier: Tier,
                   rows: Iterable[tuple[int, int, tuple[bytes, bytes | None, bytes | None]]]) -> None:
    """Stores rows, each its number, series and bytes, in place of what there was."""
    await tx.many(
        f"INSERT INTO {tier.name} (key, cells, sketches, whole) VALUES (:key, :cells, :sketches, :whole)"  # noqa: S608
        " ON CONFLICT (key) DO UPDATE SET cells = excluded.cells, sketches = excluded.sketches, whole = excluded.whole",
        [{"key": (number << IDS) + series, "cells": cells, "sketches": sketches, "whole": whole}
         for number, series, (cells, sketches, whole) in rows])


async def set_part(tx: Transaction, part: int, upto: int) -> None:
    """One part is rolled up so far."""
    await tx.run("INSERT INTO rolled (part, upto) VALUES (:part, :upto)"
                 " ON CONFLICT (part) DO UPDATE SET upto = excluded.upto", {"part": part, "upto": upto})


async def set_all(tx: Transaction, upto: int) -> None:
    """Every part is rolled up so far, or farther."""
    await tx.run("DELETE FROM rolled WHERE part <> :all AND upto <= :upto", {"all": ALL, "upto": upto})
    await set_part(tx, ALL, upto)


async def set_seen(tx: Transaction, seen: Iterable[tuple[int, Instant]]) -> None:
    """The newest value of series."""
    await tx.many("UPDATE series SET seen = :at WHERE id = :id AND seen < :at",
                  [{"id": one, "at": at} for one, at in seen])


async def watched(db: Database, since: Instant, until: Instant) -> list[tuple[Instant, Instant]]:
    """The times without a break that reach into a period, as they were rolled up."""
    rows = await db.rows("SELECT begun, ended FROM watched WHERE begun <= :until AND ended >= :since ORDER BY begun",
                         {"since": since, "until": until})
    return [(row["begun"], row["ended"]) for row in rows]


async def add_watched(tx: Transaction, begun: Instant, ended: Instant, reach: int) -> None:
    """Stores a time without a break; it goes on the one before, where that ended at most `reach` ms earlier."""
    joined = await tx.run(
        "UPDATE watched SET ended = CASE WHEN ended < :ended THEN :ended ELSE ended END WHERE ended >= :begun - :reach"
        " AND begun = (SELECT max(begun) FROM watched WHERE begun <= :begun)",
        {"begun": begun, "ended": ended, "reach": reach})
    if not joined and begun < ended:
        await tx.run("INSERT INTO watched (begun, ended) VALUES (:begun, :ended)", {"begun": begun, "ended": ended})


async def oldest_samples(db: Database) -> list[int]:
    """The first key of each run of samples."""
    rows = await db.rows(f"{_RUNS} SELECT first FROM run WHERE first IS NOT NULL", {"bits": RUN})  # noqa: S608 - fixed
    return [int(row["first"]) for row in rows]


async def oldest_number(db: Database, tier: Tier) -> int | None:
    """The number of the oldest hour or day in a tier."""
    row = await db.row(f"SELECT min(key) AS key FROM {tier.name}")  # noqa: S608 - our names
    return None if row is None or row["key"] is None else int(row["key"]) >> IDS


async def keep_from(tx: Transaction, tier: str, since: Instant) -> None:
    """A table may be incomplete before this time from now on."""
    await tx.run("UPDATE kept SET since = :since WHERE tier = :tier AND since < :since", {"tier": tier, "since": since})


async def delete_samples(tx: Transaction, first: int, last: int, most: int) -> int:
    """Forgets some samples between two keys, both included, but never the newest; how many."""
    return await tx.run(
        "DELETE FROM sample WHERE key IN (SELECT key FROM sample WHERE key BETWEEN :first AND :last"
        " AND key <= (SELECT upto FROM rolled WHERE part = :all) AND key < (SELECT max(key) FROM sample)"
        " ORDER BY key LIMIT :most)", {"first": first, "last": last, "most": most, "all": ALL})


async def delete_rows(tx: Transaction, tier: Tier, before: int, most: int) -> int:
    """Forgets some rows of hours or days before a number; how many."""
    return await tx.run(
        f"DELETE FROM {tier.name} WHERE key IN (SELECT key FROM {tier.name} WHERE key < :key"  # noqa: S608 - our names
        " ORDER BY key LIMIT :most)", {"key": before << IDS, "most": most})


async def delete_watched(tx: Transaction, before: Instant) -> int:
    """Forgets when somebody was watching, as far as it ended before."""
    return await tx.run("DELETE FROM watched WHERE ended < :before", {"before": before})


async def delete_series(tx: Transaction, before: Instant) -> int:
    """Forgets the series that had no value since."""
    return await tx.run("DELETE FROM series WHERE seen < :before", {"before": before})
