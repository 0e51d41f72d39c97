"""Reads every signed entry again, and says of each that is not as it was signed what was changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from opsconsole.core.errors import StorageUnusable
from opsconsole.logbook import store
from opsconsole.logbook.cases.base import shown, words
from opsconsole.logbook.merging import merged
from opsconsole.logbook.model import EntryState, Record
from opsconsole.logbook.sealing import AMENDED, DETAIL, SIGNED, check, check_amendments, subject_of
from opsconsole.logbook.store.rows import ENTRY, SUMMARY, called, entry_of, mentions_of, named, values_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database, Row
    from opsconsole.logbook.model import Action, Amendment, Attachment, Entry

_PAGE: Final = 500
_SEALED: Final = "(seal <> '' OR state = 'signed')"
_DETAIL: Final[msgspec.json.Decoder[dict[str, Any]]] = msgspec.json.Decoder(dict[str, Any])
_COLUMNS: Final = ", ".join(dict.fromkeys(f"{ENTRY}, {SUMMARY}, run, \"window\", created".split(", ")))


class Altered(NamedTuple):
    """An entry that is not as it was signed."""

    entry: int
    sentence: str
    """What was changed; foreign text in it is harmless."""


class EntriesReport(Record, frozen=True):
    """What reading all signed entries again found."""

    count: int
    """Those that were read."""
    altered: tuple[Altered, ...]

    @property
    def ok(self) -> bool:
        """Whether all are as they were signed."""
        return not self.altered


class _Told(NamedTuple):
    """What the audit trail keeps of one entry."""

    signed: Mapping[str, Any] | None
    """Of its last signature; it is sealed once, so the first counts: a second one somebody wanted so."""
    amended: tuple[str, ...]
    """The seals of its amendments."""


_NOTHING: Final = _Told(None, ())


async def verify_entries(db: Database) -> EntriesReport:
    """Reads every entry that is signed, or was, again: its row, its files, its amendments, and what finds it.

    Each is compared with its seals and with the audit entries of those; that these were not changed is for
    `core.audit.verify` to say. Memory stays the same however many entries there are.

    Raises:
        StorageError: the database could not be read at all; an entry that is damaged is in the report.
    """
    count, last = 0, 0
    altered: list[Altered] = []
    while numbers := [row["id"] for row in await db.rows(
            f"SELECT id FROM log_entry WHERE {_SEALED} AND id > :last ORDER BY id LIMIT :limit",  # noqa: S608 - fixed parts
            {"last": last, "limit": _PAGE})]:
        try:
            altered += await _wrong(db, numbers)
        except StorageUnusable:
            altered += await _singly(db, numbers)
        count, last = count + len(numbers), numbers[-1]
    altered += await _vanished(db)
    known = {one.entry for one in altered}
    altered += [one for one in await _never_signed(db) if one.entry not in known]
    return EntriesReport(count, tuple(sorted(altered)))


async def _wrong(db: Database, numbers: Sequence[int]) -> list[Altered]:
    """Which of some entries are not as they were signed."""
    found = []
    page = await _Page.read(db, numbers)
    for places, values in named(numbers):
        for row in await db.rows(f"SELECT {_COLUMNS} FROM log_entry WHERE id IN ({places}) ORDER BY id", values):  # noqa: S608 - fixed parts
            wrong = page.wrong(row)
            found += [Altered(row["id"], wrong)] if wrong else []
    return found


async def _singly(db: Database, numbers: Sequence[int]) -> list[Altered]:
    """The same one by one, where a text that is damaged keeps the others from being read."""
    found = []
    for number in numbers:
        try:
            found += await _wrong(db, [number])
        except StorageUnusable as problem:
            found.append(Altered(number, problem.sentence))
    return found


class _Page(NamedTuple):
    """What belongs to some entries, by their numbers."""

    amendments: dict[int, list[Amendment]]
    attachments: dict[int, list[Attachment]]
    actions: dict[int, list[Action]]
    mentions: dict[int, set[tuple[str, str]]]
    texts: dict[int, tuple[str, dict[str, str]]]
    told: dict[int, _Told]
    broken: dict[int, str]
    """Those of which something cannot be read, and why."""

    @classmethod
    async def read(cls, db: Database, numbers: Sequence[int]) -> _Page:
        """All that belongs to them."""
        broken: dict[int, str] = {}
        try:
            amendments = await store.amendments(db, numbers)
        except StorageUnusable:
            amendments = {}
            for number in numbers:
                try:
                    amendments |= await store.amendments(db, [number])
                except StorageUnusable as problem:
                    broken[number] = problem.sentence
        return cls(amendments, await store.attachments(db, numbers), await store.actions(db, numbers),
                   await _mentions(db, numbers), await _texts(db, numbers), await _told(db, numbers), broken)

    def wrong(self, row: Row) -> str:
        """What of one entry is not as it was signed; empty: all is."""
        number = row["id"]
        if number in self.broken:
            return self.broken[number]
        try:
            entry = entry_of(tuple(row)[:ENTRY.count(",") + 1])  # type: ignore[arg-type]
            amendments, attachments = self.amendments.get(number, []), self.attachments.get(number, [])
            told = self.told.get(number, _NOTHING)
            return (check(entry, attachments, told.signed) or check_amendments(entry, amendments, told.amended)
                    or self._derived(row, entry, amendments))
        except StorageUnusable as problem:
            return problem.sentence
        except ValueError:
            return "It holds a value that nothing can be."

    def _derived(self, row: Row, entry: Entry, amendments: Sequence[Amendment]) -> str:
        """Whether what is kept of the entry to find it, and to list it, is what it says."""
        number, actions = entry.id, self.actions.get(entry.id, [])
        seen = shown(entry, amendments, actions)
        if entry.state is not EntryState.SIGNED:
            return "It was signed, and its row says nothing of it."
        if [_plan(one) for one in actions] != [_plan(one) for one in merged(entry, amendments).actions]:
            return "Its next actions were changed where they are looked for."
        files = self.attachments.get(number, [])
        wanted = {**values_of(seen), "run": entry.run, "window": entry.window, "created": entry.created,
                  "attachments": len(files), "amended": len(amendments)}
        for name, value in wanted.items():
            if row[name] != value:
                return f"Its `{name}` was changed where it is listed."
        if self.mentions.get(number, set()) != set(mentions_of(seen)):
            return "The names by which it is found were changed."
        if self.texts.get(number) != (words(entry, amendments, files), called(seen)):
            return "The words by which it is found were changed."
        return ""


def _plan(action: Action) -> tuple[str, str, str]:
    """All of it but whether it is done."""
    return action.text, action.person, action.due


async def _mentions(db: Database, numbers: Sequence[int]) -> dict[int, set[tuple[str, str]]]:
    found: dict[int, set[tuple[str, str]]] = {}
    for places, values in named(numbers):
        for row in await db.rows(f"SELECT entry, kind, name FROM log_mention WHERE entry IN ({places})", values):  # noqa: S608 - fixed parts
            found.setdefault(row[0], set()).add((row[1], row[2]))
    return found


async def _texts(db: Database, numbers: Sequence[int]) -> dict[int, tuple[str, dict[str, str]]]:
    return {row[0]: (row[1], {"title": row[2], "work": row[3]}) for places, values in named(numbers)
            for row in await db.rows(
                "SELECT t.rowid, t.text, p.title, p.work FROM log_text AS t"  # noqa: S608 - fixed parts
                f" LEFT JOIN log_pieces AS p ON p.rowid = t.rowid WHERE t.rowid IN ({places})", values)}


async def _told(db: Database, numbers: Sequence[int]) -> dict[int, _Told]:
    """What the audit trail keeps of signatures and amendments."""
    signed: dict[str, Mapping[str, Any]] = {}
    amended: dict[str, list[str]] = {}
    for places, values in named([subject_of(number) for number in numbers]):
        for row in await db.rows(f"SELECT subject, action, detail FROM audit WHERE subject IN ({places})"  # noqa: S608 - fixed parts
                                 " AND action IN (:signed, :amended) ORDER BY seq",
                                 {**values, "signed": SIGNED, "amended": AMENDED}):
            kept = read_detail(row["detail"]).get(DETAIL)
            if isinstance(kept, dict):
                if row["action"] == SIGNED:
                    signed.setdefault(row["subject"], kept)
                else:
                    amended.setdefault(row["subject"], []).append(str(kept.get("seal")))
    return {number: _Told(signed.get(subject_of(number)), tuple(amended.get(subject_of(number), ())))
            for number in numbers}


def read_detail(detail: str) -> dict[str, Any]:
    """An object of JSON that may be damaged; empty where it is."""
    try:
        return _DETAIL.decode(detail)
    except msgspec.DecodeError:
        return {}


async def _vanished(db: Database) -> list[Altered]:
    """Entries that the audit trail knows as signed, and that are not there, or are signed no more."""
    rows = await db.rows(
        "SELECT DISTINCT CAST(substr(a.subject, :place) AS INTEGER) AS entry, e.id AS there FROM audit a"  # noqa: S608 - fixed parts
        " LEFT JOIN log_entry e ON e.id = CAST(substr(a.subject, :place) AS INTEGER)"
        " WHERE a.subject >= :first AND a.subject < :behind AND a.action = :action"
        " AND CASE WHEN json_valid(a.detail) THEN json_type(a.detail, :part) = 'object' END"
        f" AND (e.id IS NULL OR NOT {_SEALED})",
        {"place": len(SUBJECT) + 1, "first": SUBJECT, "behind": SUBJECT[:-1] + chr(ord(SUBJECT[-1]) + 1),
         "action": SIGNED, "part": f"$.{DETAIL}"})
    return [Altered(row["entry"], "It was signed, and is not there any more." if row["there"] is None
                    else "It was signed, and its row says nothing of it.") for row in rows]


async def _never_signed(db: Database) -> list[Altered]:
    """Amendments of entries that are not signed: nobody could write these."""
    return [Altered(row["entry"], "It is not signed, and has amendments.") for row in await db.rows(
        f"SELECT DISTINCT entry FROM log_amendment WHERE entry NOT IN (SELECT id FROM log_entry WHERE {_SEALED})")]  # noqa: S608 - fixed parts


SUBJECT: Final = subject_of(0).removesuffix("0")


async def in_trail(db: Database, actions: Sequence[str], since: Instant = -2**63,
                   until: Instant = 2**63 - 1) -> set[int]:
    """The entries to which, as the audit trail says, one of some things was done from an instant up to another.

    Raises:
        StorageUnusable: the trail cannot be read.
    """
    rows = await db.rows(
        "SELECT DISTINCT subject FROM audit WHERE subject >= :first AND subject < :behind"
        " AND action IN (SELECT value FROM json_each(:actions)) AND at >= :since AND at < :until",
        {"since": since, "until": until, "first": SUBJECT, "behind": SUBJECT[:-1] + chr(ord(SUBJECT[-1]) + 1),
         "actions": msgspec.json.encode(actions).decode()})
    numbers = (row["subject"].removeprefix(SUBJECT) for row in rows)
    return {int(one) for one in numbers if one.isascii() and one.isdigit() and len(one) < 19}
