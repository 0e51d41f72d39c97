"""A database with very many entries of the log, written at once but in every respect as the store writes them.

    python -m tests.logbook.generator FILE --entries 200000 --sealed

Sealed, each signed entry has its seal and its place in the audit trail, as `log verify` reads them; that takes long.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from msgspec.structs import replace

from opsconsole.core import audit
from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.core.database import RECORDS, Database
from opsconsole.logbook.cases.base import words
from opsconsole.logbook.merging import merged
from opsconsole.logbook.model import (
    Action,
    Amendment,
    Entry,
    EntryState,
    EntryType,
    Point,
    Signature,
    Status,
)
from opsconsole.logbook.sealing import DETAIL, SIGNED, fingerprints, seal_of_amendment, subject_of
from opsconsole.logbook.store.rows import called, encoded, mentions_of, params_of, values_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant

NOW: Final[Instant] = 1_795_687_200_000
"""2026-11-26 10:00 UTC, a Thursday."""
PEOPLE: Final = ("ana", "ben", "sue", "ada", "zoe", "kim", "lee", "max")
THINGS: Final = ("nginx", "redis", "postgresql", "disk", "array", "backup", "certificate", "firewall", "kernel",
                 "router", "printer", "mail", "proxy", "cache", "queue", "replica", "switch", "battery", "fan",
                 "export")
DEEDS: Final = ("restarted", "checked", "replaced", "upgraded", "restored", "cleaned", "rotated", "measured", "moved",
                "renewed", "tested", "patched")
TYPES: Final = (*(EntryType.DAILY,) * 60, *(EntryType.WEEKLY,) * 9, *(EntryType.MONTHLY,) * 3,
                *(EntryType.CHANGE,) * 20, *(EntryType.INCIDENT,) * 6, *(EntryType.EMERGENCY,) * 2)
_PART: Final = 5_000


class Made(NamedTuple):
    """What was made."""

    entries: int
    amendments: int
    actions: int


def generate(path: Path, entries: int = 200_000, *, now: Instant = NOW, seed: int = 1, sealed: bool = False) -> Made:
    """Makes the file: so many entries of the last ten years, the newest of them open, some dropped, some amended."""
    async def create() -> None:
        await (await Database.open(path, RECORDS)).close()

    asyncio.run(create())
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for pragma in ("journal_mode=MEMORY", "synchronous=OFF", "cache_size=-200000", "foreign_keys=OFF"):
            raw.execute(f"PRAGMA {pragma}").close()
        raw.execute("BEGIN")
        writer = _Writer(raw, random.Random(seed), sealed=sealed)
        step = 3650 * DAY // max(entries, 1)
        for number in range(1, entries + 1):
            writer.add(number, now - (entries - number) * step - HOUR, going=number > entries - 20)
        writer.flush()
        raw.execute("COMMIT")
        raw.execute("PRAGMA journal_mode=WAL").close()
    return Made(entries, writer.amendments, writer.actions)


class _Writer:
    def __init__(self, raw: sqlite3.Connection, chance: random.Random, *, sealed: bool) -> None:
        self._raw, self._chance, self._sealed = raw, chance, sealed
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._seq, self._previous = 0, audit.GENESIS
        self.amendments = self.actions = 0

    def add(self, number: int, begun: Instant, *, going: bool) -> None:
        entry = self._entry(number, begun)
        amendments: list[Amendment] = []
        if going:
            entry = replace(entry, ended=None)
        elif number % 97 == 0:
            entry = replace(entry, state=EntryState.DROPPED)
        else:
            entry = self._signed(entry)
            if number % 50 == 0:
                amendments = [self._amendment(entry)]
        self._write(entry, amendments)
        if len(self._rows["log_entry"]) >= _PART:
            self.flush()

    def flush(self) -> None:
        """Writes what was added."""
        for table in ("log_entry", "log_mention", "log_action", "log_pieces", "log_text", "audit", "log_amendment"):
            if rows := self._rows.pop(table, []):
                names = [f'"{name}"' for name in rows[0]]
                self._raw.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES (:{', :'.join(rows[0])})", rows)

    def _line(self) -> str:
        chance = self._chance
        return f"{chance.choice(THINGS)} {chance.randrange(40)} {chance.choice(DEEDS)}"

    def _points(self, most: int) -> tuple[Point, ...]:
        chance = self._chance
        return tuple(Point(self._line(), chance.randrange(1, 90_000) if chance.random() < 0.1 else 0)
                     for _ in range(chance.randrange(most + 1)))

    def _entry(self, number: int, begun: Instant) -> Entry:
        chance = self._chance
        actions = tuple(Action(self._line(), chance.choice(PEOPLE), "2026-12-01",
                               begun if chance.random() < 0.95 else None) for _ in range(chance.randrange(3)))
        found = self._points(2)
        notes = "\n".join(self._line() for _ in range(chance.randrange(6)))
        seconds = float(chance.randrange(60, 7200))
        return Entry(number, chance.choice(TYPES), f"{self._line()}, case {number}", begun,
                     begun + chance.randrange(1, 120) * MINUTE, Status.ISSUES if found else Status.NORMAL,
                     tuple(chance.sample(PEOPLE, chance.randrange(1, 3))), self._points(6), found, self._points(1),
                     self._points(1) if chance.random() < 0.1 else (), actions, notes, seconds,
                     (chance.choice(THINGS),) if chance.random() < 0.3 else (),
                     (chance.choice(THINGS),) if chance.random() < 0.3 else (),
                     number if number % 3 == 0 else 0, created=begun, created_by=PEOPLE[number % 8], updated=begun,
                     version=2)

    def _signed(self, entry: Entry) -> Entry:
        at = entry.ended if entry.ended is not None else entry.begun
        entry = replace(entry, state=EntryState.SIGNED, signatures=(Signature(PEOPLE[0], at),))
        if not self._sealed:
            return replace(entry, seal=f"{entry.id:064x}")
        prints = fingerprints(entry, ())
        self._audit(entry.id, at, SIGNED, {DETAIL: prints})
        return replace(entry, seal=str(prints["seal"]))

    def _amendment(self, entry: Entry) -> Amendment:
        self.amendments += 1
        made = Amendment(self.amendments, entry.id, 1, entry.begun + DAY, "ben", "it was another one",
                         {"resolved": [{"text": self._line(), "ticket": 0}]})
        made = replace(made, seal=seal_of_amendment(made, entry.seal))
        if self._sealed:
            self._audit(entry.id, made.at, "log.amend", {DETAIL: {"seal": made.seal}})
        return made

    def _audit(self, number: int, at: Instant, action: str, detail: dict[str, Any]) -> None:
        self._seq += 1
        said: dict[str, str | int] = {"at": at, "actor": "ana", "uid": 1001, "origin": "", "action": action,
                                      "subject": subject_of(number), "detail": audit.canonical(detail)}
        sealed = audit.digest(self._seq, self._previous, said)
        self._take("audit", {"seq": self._seq, **said, "previous": self._previous, "hash": sealed})
        self._previous = sealed

    def _write(self, entry: Entry, amendments: Sequence[Amendment]) -> None:
        seen = merged(entry, amendments)
        self._take("log_entry", {**params_of(entry), **values_of(seen), "amended": len(amendments)})
        for kind, name in mentions_of(seen):
            self._take("log_mention", {"kind": kind, "name": name, "entry": entry.id})
        for place, one in enumerate(seen.actions):
            self.actions += 1
            self._take("log_action", {"entry": entry.id, "place": place, "text": one.text, "person": one.person,
                                      "due": one.due, "done": one.done, "done_by": one.done_by})
        self._take("log_pieces", {"rowid": entry.id, **called(seen)})
        self._take("log_text", {"rowid": entry.id, "text": words(entry, amendments, ())})
        for made in amendments:
            self._take("log_amendment", {name: getattr(made, name) for name in made.__struct_fields__}
                       | {"changes": encoded(made.changes)})

    def _take(self, table: str, row: dict[str, Any]) -> None:
        self._rows.setdefault(table, []).append(row)


def main(arguments: Sequence[str] | None = None) -> None:
    """Makes a file and says how long it took."""
    parser = argparse.ArgumentParser(prog="python -m tests.logbook.generator", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--entries", type=int, default=200_000)
    parser.add_argument("--sealed", action="store_true", help="with real seals and an audit trail")
    given = parser.parse_args(arguments)
    begun = time.perf_counter()
    made = generate(given.file, given.entries, now=int(time.time() * 1000), sealed=given.sealed)
    print(f"{made.entries:,} entries, {made.amendments:,} amendments, {made.actions:,} next actions in"
          f" {time.perf_counter() - begun:.1f} s; {given.file.stat().st_size / 1e6:,.0f} MB")


if __name__ == "__main__":
    main()
