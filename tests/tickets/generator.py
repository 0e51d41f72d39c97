"""A database with very many tickets and events, written at once but in every respect as the store writes them.

    python -m tests.tickets.generator FILE --tickets 100000 --events 1000000

Tickets that are done are told once and happen many times, whole weeks apart; those that are open are each told anew.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sqlite3
import time
from contextlib import closing
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from msgspec.structs import replace

from opsconsole.core.clock import DAY
from opsconsole.core.database import RECORDS, Database
from opsconsole.tickets.model import Event, EventKind, Party, Ticket, fold
from opsconsole.tickets.search import words_of
from opsconsole.tickets.store import writing
from opsconsole.tickets.store.rows import SPAN, event_values, to_json
from tests.tickets.stories import PLACE, Teller

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from opsconsole.core.clock import Instant

NOW: Final[Instant] = 1_795_687_200_000
"""2026-11-26 10:00 UTC, a Thursday."""
WEEK: Final = 7 * DAY
WEEKS: Final = 104
"""How far back the oldest tickets go."""
LONGEST: Final = 60 * DAY
"""Of a story that ends; and how far back open ones begin."""
OPEN: Final = 0.06
"""Share of the tickets that are open."""
LONG: Final = 2_000
"""Events of the longest tickets, of which there are three; some hundred share what else is missing to the number."""
_PART: Final = 2_000
_TIMED: Final = ("due", "since")
"""What of an event's data is a moment."""


class Made(NamedTuple):
    """What was made."""

    tickets: int
    events: int
    open: int
    longest: int
    """The number of the ticket with the most events."""


class _Tale(NamedTuple):
    """A story and what follows from it, told for ticket 1."""

    events: list[Event]
    ticket: Ticket
    promised: writing.Promised
    rows: list[dict[str, Any]]
    words: list[tuple[int, str]]

    @classmethod
    def of(cls, teller: Teller, events: list[Event], now: Instant) -> _Tale:
        ticket = fold(events)
        return cls(events, ticket, writing.promised_of(ticket, events, teller.policies, now),
                   [dict(event_values(event)) for event in events],
                   [(event.seq, text) for event in events if (text := words_of(event))])


class _Place(NamedTuple):
    """Where a story happens: to which ticket, how much later, and the word that only it has."""

    number: int
    shift: int
    word: str


def generate(path: Path, tickets: int = 100_000, events: int = 1_000_000, *, now: Instant = NOW, seed: int = 1,
             zone: tzinfo = UTC) -> Made:
    """Makes the file: exactly so many tickets, and so many events where stories are long enough for that."""
    async def create() -> None:
        await (await Database.open(path, RECORDS)).close()

    asyncio.run(create())
    teller = Teller(seed, zone)
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for pragma in ("journal_mode=MEMORY", "synchronous=OFF", "cache_size=-200000", "temp_store=MEMORY",
                       "foreign_keys=OFF"):
            raw.execute(f"PRAGMA {pragma}").close()
        raw.execute("BEGIN")
        writer = _Writer(raw)
        for tale, place in _placed(teller, tickets, events, now, writer):
            writer.add(tale, place)
        writer.flush()
        raw.execute("COMMIT")
        raw.execute("ANALYZE")
        raw.execute("PRAGMA journal_mode=WAL").close()
    return Made(writer.count, writer.events, writer.open, writer.longest)


def _placed(teller: Teller, tickets: int, events: int, now: Instant, writer: _Writer) -> Iterator[tuple[_Tale, _Place]]:
    """Every ticket: those that are done, the oldest first, then open ones, then long ones."""
    chance = random.Random(teller.chance.random())
    long = min(300, tickets // 20)
    open_ = round(tickets * OPEN)
    done = tickets - open_ - long
    first = now - WEEKS * WEEK
    tales = [_Tale.of(teller, teller.story(first + chance.randrange(WEEK), now, ends=True), now)
             for _ in range(max(1, min(2_000, done // 4)))]
    times = sorted(chance.randrange(WEEKS - LONGEST // WEEK - 1) for _ in range(done))
    for number, weeks in enumerate(times, 1):
        yield chance.choice(tales), _Place(number, weeks * WEEK, _word(number))
    for number in range(done + 1, done + open_ + 1):
        begin = now - DAY // 8 - round(LONGEST * chance.random() ** 8)
        yield _Tale.of(teller, teller.story(begin, now, ends=False), now), _Place(number, 0, _word(number))
    for number in range(done + open_ + 1, tickets + 1):
        rest, others = events - writer.events, tickets + 1 - number
        left = LONG if others > 3 and rest > 6 * LONG and number <= done + open_ + 3 else rest // others
        told = teller.story(now - round(2 * LONGEST * chance.random()), now, ends=False)
        yield (_Tale.of(teller, _lengthened(teller, told, max(0, left - len(told)), now), now),
               _Place(number, 0, _word(number)))


def _lengthened(teller: Teller, told: Sequence[Event], more: int, now: Instant) -> list[Event]:
    """A story with so many more notes at its end."""
    begin = told[-1].at
    step = max(1, (now - begin) // (more + 1))
    return [*told, *(Event(1, told[-1].seq + number, begin + number * step, EventKind.MESSAGE, "ana", Party.STAFF,
                           text=f"step {number} {told[number % len(told)].text[:200]}")
                     for number in range(1, more + 1))]


def _word(number: int) -> str:
    return f"case{number * 7919 % 1_000_003}"


class _Writer:
    """Collects rows and writes them in portions."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self.count = self.events = self.open = self.longest = 0
        self._most = self._batch = 0

    def add(self, tale: _Tale, place: _Place) -> None:
        """Writes one ticket with all that belongs to it."""
        number, shift = place.number, place.shift
        ticket = replace(tale.ticket, number=number, created=tale.ticket.created + shift,
                         updated=tale.ticket.updated + shift, title=tale.ticket.title.replace(PLACE, place.word),
                         resolved=None if tale.ticket.resolved is None else tale.ticket.resolved + shift)
        promised = _shifted(tale.promised, shift)
        values = writing.row_of(ticket, promised)
        self._take("ticket", [{name: values[name] for name in writing._ROW}])
        self._take("ticket_event", list(self._of_events(tale, place)))
        self._take("ticket_text", [{"rowid": number * SPAN + seq, "text": text.replace(PLACE, place.word)}
                                   for seq, text in tale.words])
        self._take("ticket_clock", [dict(writing.clock_of(ticket, clock)) for clock in promised.clocks])
        self._take("ticket_tag", [{"tag": tag, "ticket": number} for tag in ticket.tags])
        self._take("ticket_rung", [])
        self.count += 1
        self.events += len(tale.events)
        self.open += ticket.phase.open
        if len(tale.events) > self._most:
            self._most, self.longest = len(tale.events), number

    def _of_events(self, tale: _Tale, place: _Place) -> Iterator[dict[str, Any]]:
        for event, row in zip(tale.events, tale.rows, strict=True):
            made = {**row, "id": place.number * SPAN + event.seq, "ticket": place.number, "at": event.at + place.shift}
            if event.seq == 1:
                made["changes"] = row["changes"].replace(PLACE, place.word)
            if event.data and place.shift:
                made["data"] = to_json({name: value + place.shift if name in _TIMED and value else value
                                        for name, value in event.data.items()})
            if event.party is Party.STAFF and event.kind is not EventKind.CREATED:
                self._batch += 1
                made["batch"] = self._batch
                self._take("ticket_batch", [{"id": self._batch, "at": made["at"], "actor": event.actor,
                                             "action": "note" if event.kind is EventKind.MESSAGE else "move"}])
            yield made

    def _take(self, table: str, rows: Iterable[dict[str, Any]]) -> None:
        kept = self._rows.setdefault(table, [])
        kept += rows
        if len(kept) >= _PART:
            self._write(table)

    def _write(self, table: str) -> None:
        rows = self._rows.pop(table, [])
        if rows:
            columns = tuple(rows[0])
            self._raw.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES (:{', :'.join(columns)})", rows)

    def flush(self) -> None:
        """Writes what is left."""
        for table in ("ticket", *tuple(self._rows)):
            self._write(table)


def _shifted(promised: writing.Promised, shift: int) -> writing.Promised:
    """The same promises so much later."""
    if not shift:
        return promised
    later = {name: value + shift for name in ("due", "warn", "wake")
             if (value := getattr(promised, name)) is not None}
    moved = tuple(replace(clock, **{name: value + shift for name in _CLOCK_TIMES
                                    if (value := getattr(clock, name)) is not None}) for clock in promised.clocks)
    return promised._replace(clocks=moved, **later)


_CLOCK_TIMES: Final = ("started", "due", "met", "breached", "waived", "warn_at", "paused_since")


def main(arguments: Sequence[str] | None = None) -> None:
    """Makes a file and says how long it took."""
    parser = argparse.ArgumentParser(prog="python -m tests.tickets.generator", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--now", type=int, default=None, help="milliseconds UTC; without it, now")
    given = parser.parse_args(arguments)
    begun = time.perf_counter()
    made = generate(given.file, given.tickets, given.events, now=given.now or int(time.time() * 1000))
    print(f"{made.tickets:,} tickets ({made.open:,} open), {made.events:,} events in"
          f" {time.perf_counter() - begun:.1f} s;"
          f" ticket {made.longest} has the most; {given.file.stat().st_size / 1e6:,.0f} MB")


if __name__ == "__main__":
    main()
