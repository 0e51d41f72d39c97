"""What the maintenance log tells of a time: work that began and ended, what was signed, amended, or told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from opsconsole.core.levels import Level
from opsconsole.core.timeline import Happening, lookable, looked_for, newest, pattern, sifted
from opsconsole.logbook.model import TOPIC
from opsconsole.logbook.sealing import subject_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database, Row, Value

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
_OF_WORK, _TITLE = "(type || ' ' || title || ' ' || performers)", "title"
"""What of an entry is told where it begins and ends, and where it is signed, amended, or told of."""


class _Part(NamedTuple):
    """One thing that is told of entries."""

    sql: str
    order: str
    """The index that has it newest first."""
    stored: str
    """The SQL of all that is told."""
    few: str
    """Which rows those of a few entries are."""
    by: str = "NOT INDEXED"
    """How those are found."""


_ENTRIES: Final = "IN (SELECT value FROM json_each(:entries))"
_PARTS: Final = (
    _Part(_AMENDED, "log_amendment_at", "(a.actor || ' ' || e.title || ' ' || a.reason)", f"a.entry {_ENTRIES}"),
    _Part(_SIGNED, "audit_log_signed", "(a.actor || ' ' || e.title)",
          f"a.subject IN (SELECT '{subject_of(0)[:-1]}' || value FROM json_each(:entries))",  # noqa: S608 - as above
          "INDEXED BY audit_subject"),
    _Part(_TOLD, "log_told_at", "(t.actor || ' ' || e.title || ' ' || t.message)", f"t.entry {_ENTRIES}"),
    _Part(_ENDED, "log_entry_ended", _OF_WORK, f"id {_ENTRIES}"),
    _Part(_BEGUN, "log_entry_begun", _OF_WORK, f"id {_ENTRIES}"))

FEW: Final = 5_000
"""Rows in which a word stands, up to which their entries are looked up; of more, a page is full sooner."""
# Who signed: from one name to the next, there are few among very many rows. They come first, and titles last, since
# it ends where they are many.
_HOLDERS: Final = f"""
    WITH RECURSIVE signer (name) AS (
        SELECT min(actor) FROM audit WHERE action = 'log.sign'
        UNION ALL SELECT (SELECT min(actor) FROM audit WHERE action = 'log.sign' AND actor > signer.name) FROM signer
            WHERE signer.name IS NOT NULL)
    SELECT count(*) AS number, json_group_array(entry) AS entries,
        json_group_array(entry) FILTER (WHERE titled) AS titled FROM (
        SELECT {_OF_TRAIL} AS entry, 1 AS titled FROM signer CROSS JOIN audit AS a INDEXED BY audit_log_signer
            ON a.actor = signer.name WHERE a.action = 'log.sign' AND signer.name LIKE :word ESCAPE '!'
        UNION ALL SELECT entry, 1 FROM log_amendment WHERE actor || ' ' || reason LIKE :word ESCAPE '!'
        UNION ALL SELECT entry, 1 FROM log_told WHERE actor || ' ' || message LIKE :word ESCAPE '!'
        UNION ALL SELECT id, title LIKE :word ESCAPE '!' FROM log_entry INDEXED BY log_entry_called
            WHERE {{called}} LIKE :word ESCAPE '!'
        LIMIT :limit)"""  # noqa: S608 - words of ours
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
        holders = await self._entries(text)

        async def read(since: Instant, until: Instant, limit: int) -> list[Happening]:
            asked = {"since": since, "until": until, "limit": limit}
            return newest(limit, *[await self._told(part, text, holders, asked) for part in _PARTS])

        return await sifted(read, since, until, limit, text, size=limit)

    async def when(self, number: int) -> Instant | None:
        """See `Source.when`."""
        row = await self._db.row("SELECT begun AS at FROM log_entry WHERE id = :id", {"id": number})
        return None if row is None else row["at"]

    async def _entries(self, text: str) -> dict[str, str]:
        """The few entries in which one of the words stands, as JSON; empty: each of them stands in many.

        By what of an entry is told: a word of its type may stand in many, and in no title.
        """
        titled = ""
        for word in dict.fromkeys(text.casefold().split()):
            if part := lookable(word, _OWN):
                row = await self._holders(_OF_WORK, part)
                if row["number"] <= FEW:
                    return {_OF_WORK: row["entries"], _TITLE: row["titled"]}
                if not titled and row["titled"] == "[]":
                    row = await self._holders(_TITLE, part)
                    titled = row["titled"] if row["number"] <= FEW else ""
        return {_OF_WORK: "", _TITLE: titled}

    async def _holders(self, called: str, part: str) -> Row:
        (row,) = await self._db.rows(_HOLDERS.format(called=called),
                                     {"word": pattern(part), "limit": FEW + 1, "prefix": _PREFIX})
        return row

    async def _told(self, part: _Part, text: str, holders: dict[str, str], asked: dict[str, int]) -> list[Happening]:
        words, patterns = looked_for(text, part.stored, _OWN)
        named: dict[str, Value] = {**asked, **patterns}
        by = f"INDEXED BY {part.order}"
        if entries := holders[_OF_WORK if part.stored == _OF_WORK else _TITLE]:
            words, by = f"{words} AND {part.few}", part.by
            named["entries"] = entries
        if part.sql is _SIGNED:
            named["prefix"] = _PREFIX
        rows = await self._db.rows(part.sql.format(words=words, by=by), named)
        return [Happening(at, self.kind, f"{title}: {said}", ", ".join(_NAMES.decode(people)),
                          Level.WARNING if status == "issues" else None, f"entry:{number}", detail)
                for at, number, said, people, status, title, detail in rows]
