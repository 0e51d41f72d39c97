"""What the maintenance log tells of a time: work that began and ended, what was signed, amended, or told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from opsconsole.core.levels import Level
from opsconsole.core.search import PIECE, any_piece, every_piece
from opsconsole.core.timeline import Happening, lookables, looked_for, newest, pattern, sifted
from opsconsole.logbook.model import TOPIC
from opsconsole.logbook.sealing import subject_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database, Value

_PREFIX: Final = len(subject_of(0))
"""Where the number begins in how the audit trail names an entry, counted from 1."""
_OF_TRAIL: Final = "CAST(substr(a.subject, :prefix) AS INTEGER)"
# Each of them goes along an index of its own and reads only the rows that are shown; or, by none, a few entries.
_BEGUN: Final = """
    SELECT begun AS at, id, type || ' begun', performers, status, title, ''
    FROM log_entry {by}
    WHERE begun >= :since AND begun < :until AND state <> 'dropped'{words} ORDER BY begun DESC, id DESC LIMIT :limit"""
_ENDED: Final = """
    SELECT ended AS at, id, type || ' ended', performers, status, title, ''
    FROM log_entry {by}
    WHERE ended >= :since AND ended < :until AND ended IS NOT NULL AND state <> 'dropped'{words}
    ORDER BY ended DESC, id DESC LIMIT :limit"""
_SIGNED: Final = f"""
    SELECT a.at, e.id, 'signed', json_array(a.actor), '', e.title, ''
    FROM audit AS a {{by}} JOIN log_entry AS e ON e.id = {_OF_TRAIL}
    WHERE a.action = 'log.sign' AND a.at >= :since AND a.at < :until{{words}}
    ORDER BY a.at DESC, a.seq DESC LIMIT :limit"""  # noqa: S608 - words of ours
_AMENDED: Final = """
    SELECT a.at, e.id, 'amended', json_array(a.actor), '', e.title, a.reason
    FROM log_amendment AS a {by} JOIN log_entry AS e ON e.id = a.entry
    WHERE a.at >= :since AND a.at < :until{words} ORDER BY a.at DESC, a.entry DESC, a.seq DESC LIMIT :limit"""
_TOLD: Final = """
    SELECT t.at, e.id, 'told: ' || (t.message ->> 'status'), json_array(t.actor), '', e.title, t.message ->> 'issue'
    FROM log_told AS t {by} JOIN log_entry AS e ON e.id = t.entry
    WHERE t.at >= :since AND t.at < :until{words} ORDER BY t.at DESC, t.entry DESC, t.seq DESC LIMIT :limit"""
_OWN: Final = "begun ended signed amended told"
_LIKE: Final = "LIKE :word ESCAPE '!'"
# Who signed: from one name to the next, there are few among very many rows.
_SIGNER: Final = f"""
    WITH RECURSIVE signer (name) AS (
        SELECT min(actor) FROM audit WHERE action = 'log.sign'
        UNION ALL SELECT (SELECT min(actor) FROM audit WHERE action = 'log.sign' AND actor > signer.name) FROM signer
            WHERE signer.name IS NOT NULL)
    SELECT EXISTS (SELECT 1 FROM signer WHERE name {_LIKE}) AS found"""  # noqa: S608 - words of ours
_SOUGHT: Final = "log_pieces WHERE log_pieces MATCH :sought"
_ENTRIES: Final = f"IN (SELECT rowid FROM {_SOUGHT})"  # noqa: S608 - as above


class _Part(NamedTuple):
    """One thing that is told of entries."""

    sql: str
    order: str
    """The index that has it newest first."""
    stored: str
    """The SQL of all that is told."""
    named: str
    """What of an entry is told; see `log_pieces`."""
    besides: str
    """Whether a word stands in anything else that is told; empty where nothing else is."""
    few: str
    """Which rows those of a few entries are, found by no index that has them newest first."""
    among: str
    """The same for very many rows that are read newest first."""
    by: str = "NOT INDEXED"
    """How those of a few entries are found."""


_WORK: Final = "title work"
_PARTS: Final[tuple[_Part, ...]] = (
    _Part(_AMENDED, "log_amendment_at", "(a.actor || ' ' || e.title || ' ' || a.reason)", "title",
          f"SELECT EXISTS (SELECT 1 FROM log_amendment WHERE actor || ' ' || reason {_LIKE}) AS found",  # noqa: S608 - as above
          f"a.entry {_ENTRIES}", f"a.entry {_ENTRIES}"),
    _Part(_SIGNED, "audit_log_signed", "(a.actor || ' ' || e.title)", "title", _SIGNER,
          f"a.subject IN (SELECT '{subject_of(0)[:-1]}' || rowid FROM {_SOUGHT})",  # noqa: S608 - as above
          f"{_OF_TRAIL} {_ENTRIES}", "INDEXED BY audit_subject"),
    _Part(_TOLD, "log_told_at", "(t.actor || ' ' || e.title || ' ' || t.message)", "title",
          f"SELECT EXISTS (SELECT 1 FROM log_told WHERE actor || ' ' || message {_LIKE}) AS found",  # noqa: S608 - as above
          f"t.entry {_ENTRIES}", f"t.entry {_ENTRIES}"),
    *(_Part(sql, order, "(type || ' ' || title || ' ' || performers)", _WORK, "", f"id {_ENTRIES}", f"id {_ENTRIES}")
      for sql, order in ((_ENDED, "log_entry_ended"), (_BEGUN, "log_entry_begun"))))

FEW: Final = 500
"""Entries up to which what is told of them is looked up one by one; of more, it is picked out newest first."""
MANY: Final = 50_000
"""Entries from which on they are not asked for at all: a page is full sooner."""
_COUNT: Final = f"SELECT count(*) AS number FROM (SELECT 1 FROM {_SOUGHT} LIMIT :limit)"  # noqa: S608 - as above
# Less than a piece begins several of them: texts end with two blanks, so that there is one that begins anywhere.
_BEGINNING: Final = "SELECT term FROM log_piece WHERE term >= :least AND term <= :most LIMIT :limit"
MOST_BEGINNING: Final = 100
"""Pieces that begin with what is looked for, from which on it is not asked for."""


class _Within(NamedTuple):
    """The entries that something can be told of."""

    sought: str
    """The MATCH query that finds them, and perhaps some more; empty: any, they are too many or not known."""
    few: bool = False


_NAMES: Final = msgspec.json.Decoder(tuple[str, ...])


class LogTimeline:
    """See `core.timeline.Source`."""

    kind = "log"
    topic = TOPIC
    target = "entry"

    def __init__(self, db: Database) -> None:
        self._db = db

    async def happenings(self, since: Instant, until: Instant, limit: int, text: str = "") -> Sequence[Happening]:
        """See `Source.happenings`."""
        within = await self._within(text)

        async def read(since: Instant, until: Instant, limit: int) -> list[Happening]:
            asked = {"since": since, "until": until, "limit": limit}
            return newest(limit, *[await self._told(part, text, entries, asked)
                                   for part, entries in zip(_PARTS, within, strict=True) if entries is not None])

        return await sifted(read, since, until, limit, text, size=limit)

    async def when(self, number: int) -> Instant | None:
        """See `Source.when`."""
        row = await self._db.row("SELECT begun AS at FROM log_entry WHERE id = :id", {"id": number})
        return None if row is None else row["at"]

    async def _within(self, text: str) -> list[_Within | None]:
        """For each part the entries that it can tell of with these words; None: there are none."""
        words = lookables(text, _OWN)
        known: dict[tuple[str, ...], _Within | None] = {}
        within = []
        for part in _PARTS:
            asked = (part.named, *[word for word in words if not await self._besides(part, word)])
            if asked not in known:
                known[asked] = await self._entries(*asked)
            within.append(known[asked])
        return within

    async def _besides(self, part: _Part, word: str) -> bool:
        row = await self._db.row(part.besides, {"word": pattern(word)}) if part.besides else None
        return row is not None and bool(row["found"])

    async def _entries(self, named: str, *words: str) -> _Within | None:
        """Those in which all of these words stand, in these columns of `log_pieces`."""
        conditions = [every_piece(words), *[await self._beginning(word) for word in words if len(word) < PIECE]]
        sought = " AND ".join(f"({condition})" for condition in conditions if condition)
        if not sought:
            return _Within("")
        sought = f"{{{named}}} : ({sought})"
        row = await self._db.row(_COUNT, {"sought": sought, "limit": MANY + 1})
        number = 0 if row is None else row["number"]
        return None if number == 0 else _Within(sought if number <= MANY else "", number <= FEW)

    async def _beginning(self, word: str) -> str:
        asked: dict[str, Value] = {"least": word, "most": f"{word}\U0010ffff", "limit": MOST_BEGINNING + 1}
        rows = await self._db.rows(_BEGINNING, asked)
        return "" if len(rows) > MOST_BEGINNING else any_piece(row["term"] for row in rows)

    async def _told(self, part: _Part, text: str, within: _Within, asked: dict[str, int]) -> list[Happening]:
        words, patterns = looked_for(text, part.stored, _OWN)
        named: dict[str, Value] = {**asked, **patterns}
        by = part.by if within.few else f"INDEXED BY {part.order}"
        if within.sought:
            named["sought"] = within.sought
            words = f" AND {part.few if within.few else part.among}{words}"
        if part.sql is _SIGNED:
            named["prefix"] = _PREFIX
        rows = await self._db.rows(part.sql.format(words=words, by=by), named)
        return [Happening(at, self.kind, f"{title}: {said}", ", ".join(_NAMES.decode(people)),
                          Level.WARNING if status == "issues" else None, f"entry:{number}", detail)
                for at, number, said, people, status, title, detail in rows]
