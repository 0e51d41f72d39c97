"""Records with a small chain: signed checklists, entries and amendments; and ways to change them as somebody does who
knows how.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import TYPE_CHECKING, Any, Final

from opsconsole.checklists.model import Verdict
from opsconsole.core.audit import canonical, digest
from opsconsole.core.blobs import Blobs
from opsconsole.core.clock import HOUR
from opsconsole.core.identity import Actor, Role
from opsconsole.logbook.model import EntryType, Point
from opsconsole.logbook.model.emergency import Message, MessageStatus, Way
from opsconsole.logbook.service import LogService
from opsconsole.logbook.settings import LogbookSettings
from tests.checklists.checkdesk import NINE, checkdesk

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

ANA: Final = Actor("ana", 1000, Role.ADMIN, "192.0.2.7")
BEN: Final = Actor("ben", 1001, Role.ADMIN)
BEGIN: Final = NINE - 24 * HOUR
END: Final = NINE + 240 * HOUR
AUDIT: Final = ("at", "actor", "uid", "origin", "action", "subject", "detail")


async def make(folder: Path) -> None:
    """Two signed runs, three signed entries with two amendments and a file, two that are not, of which one is of an
    emergency with three messages.
    """
    async with checkdesk(folder) as desk:
        await desk.service.open_due()
        (morning, *_) = await desk.column("SELECT id FROM checklist_run WHERE slug = 'morning' ORDER BY id")
        run = await desk.service.run(morning)
        await desk.answer(ANA, run, "home")
        await desk.answer(ANA, run, "users", value=212.0, note="as always")
        desk.clock.at = NINE + HOUR
        await desk.service.sign(ANA, morning)
        other = await desk.service.start(ANA, "emergency")
        await desk.answer(ANA, other, "calm", Verdict.OK, note="quite calm")
        await desk.service.sign(ANA, other.id)
        log = LogService(desk.db, desk.clock, LogbookSettings(two_persons=(EntryType.EMERGENCY,)),
                         blobs=Blobs(folder / "blobs"))
        first = await log.new(ANA, EntryType.CHANGE, "Swapped disk 3", {
            "tasks": (Point("Swapped it", 17), Point("Rebuilt")), "notes": "It took *long*", "seconds": 5400})
        await log.attach(ANA, first.id, "smart.txt", b"all is well\n")
        await log.sign(ANA, first.id)
        desk.clock.at += HOUR
        await log.amend(BEN, first.id, {"title": "Swapped disk 4"}, "It was disk 4")
        await log.amend(ANA, first.id, {"tasks": (Point("Swapped disk 4"),)}, "Here too")
        second = await log.new(BEN, EntryType.EMERGENCY, "Web was down", {"found": (Point("No space left"),)})
        await log.sign(ANA, second.id)
        await log.sign(BEN, second.id)
        third = await log.new(ANA, EntryType.DAILY, "Looked around")
        await log.sign(ANA, third.id)
        declared = await log.declare(ANA, "Web is down again")
        for status in (MessageStatus.INVESTIGATING, MessageStatus.FIXING, MessageStatus.RESOLVED):
            await log.tell(ANA, declared.entry.id, Message("the web is down", status, impact="nobody can büy"),
                           Way.COPIED)
        await log.new(ANA, EntryType.DAILY, "Not signed yet")


def opened(path: Path) -> sqlite3.Connection:
    """The file with its guards taken away."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA ignore_check_constraints=ON")
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    return connection


def rewritten(db: sqlite3.Connection, seq: int, **changes: Any) -> None:
    """Changes an entry of the trail and makes all hashes from there on anew, as somebody does who knows the form."""
    rows = db.execute(f"SELECT seq, {', '.join(AUDIT)}, previous FROM audit WHERE seq >= ? ORDER BY seq",
                      (seq,)).fetchall()
    previous = rows[0][-1]
    for number, *values, _ in rows:
        entry = dict(zip(AUDIT, values, strict=True)) | (changes if number == seq else {})
        sealed = digest(number, previous, entry)
        sets = ", ".join(f"{name} = :{name}" for name in AUDIT)
        db.execute(f"UPDATE audit SET {sets}, previous = :previous, hash = :hash WHERE seq = :seq",
                   {**entry, "previous": previous, "hash": sealed, "seq": number})
        previous = sealed


def turned(text: str, chance: random.Random) -> str:
    """The text with another character somewhere."""
    place = chance.randrange(len(text))
    other = chance.choice([char for char in "abcxyz0123456789" if char != text[place]])
    return text[:place] + other + text[place + 1:]


_TEXTS: Final = (
    ("log_entry", "data", "seal <> ''"), ("log_amendment", "reason", "1"), ("log_amendment", "changes", "1"),
    ("log_amendment", "actor", "1"), ("log_attachment", "name", "1"), ("log_attachment", "sha256", "1"),
    ("checklist_answer", "note", "note <> ''"), ("checklist_answer", "actor", "actor <> ''"),
    ("checklist_answer", "item", "1"), ("checklist_event", "data", "kind = 'signed' AND data <> '{}'"),
    ("checklist_run", "title", "seal <> ''"), ("checklist_run", "signatures", "seal <> ''"),
    ("checklist_template", "data", "hash IN (SELECT template FROM checklist_run WHERE seal <> '')"),
    *(("audit", name, f"{name} <> ''") for name in ("actor", "action", "subject", "detail", "origin")))
"""Texts of which one character is changed."""


def _changed_text(db: sqlite3.Connection, chance: random.Random) -> None:
    table, column, where = chance.choice(_TEXTS)
    key, text = chance.choice(db.execute(f"SELECT rowid, {column} FROM {table} WHERE {where}").fetchall())
    db.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (turned(text, chance), key))


def _changed_message(db: sqlite3.Connection, chance: random.Random) -> None:
    """A message that was told says something else, is another one, was never told, or is gone."""
    (seq,) = chance.choice(db.execute("SELECT seq FROM log_told").fetchall())
    db.execute(chance.choice((
        "UPDATE log_told SET message = replace(message, 'nobody', 'some') WHERE seq = :seq",
        "UPDATE log_told SET actor = 'ben' WHERE seq = :seq", "UPDATE log_told SET way = 'sent' WHERE seq = :seq",
        "UPDATE log_told SET tell = '[\"ben\"]' WHERE seq = :seq", "UPDATE log_told SET at = at + 1 WHERE seq = :seq",
        "UPDATE log_told SET at = 0 WHERE seq = :seq", "DELETE FROM log_told WHERE seq = :seq", "DELETE FROM log_told",
        "UPDATE log_told SET seq = seq + 9 WHERE seq = :seq",
        "INSERT INTO log_told SELECT entry, 4, at, actor, way, message, tell FROM log_told WHERE seq = :seq")),
        {"seq": seq})


def _changed_number(db: sqlite3.Connection, chance: random.Random) -> None:
    table, column, where = chance.choice((
        ("audit", "at", "1"), ("audit", "uid", "1"), ("log_amendment", "at", "1"), ("checklist_answer", "at", "1"),
        ("checklist_run", "answered", "seal <> ''"), ("checklist_run", "ended", "seal <> ''")))
    (key,) = chance.choice(db.execute(f"SELECT rowid FROM {table} WHERE {where}").fetchall())
    db.execute(f"UPDATE {table} SET {column} = {column} + 1 WHERE rowid = ?", (key,))


def _changed_hash(db: sqlite3.Connection, chance: random.Random) -> None:
    column = chance.choice(("hash", "previous"))
    seq, raw = chance.choice(db.execute(f"SELECT seq, {column} FROM audit").fetchall())
    place = chance.randrange(32)
    db.execute(f"UPDATE audit SET {column} = ? WHERE seq = ?",
               (raw[:place] + bytes([raw[place] ^ 1 << chance.randrange(8)]) + raw[place + 1:], seq))


def _changed_seal(db: sqlite3.Connection, chance: random.Random) -> None:
    table = chance.choice(("log_entry", "log_amendment", "checklist_run"))
    key, seal = chance.choice(db.execute(f"SELECT id, seal FROM {table} WHERE seal <> ''").fetchall())
    db.execute(f"UPDATE {table} SET seal = ? WHERE id = ?", (turned(seal, chance), key))


def _removed(db: sqlite3.Connection, chance: random.Random) -> None:
    last = db.execute("SELECT max(seq) FROM audit").fetchone()[0]
    db.execute("DELETE FROM audit WHERE seq = ?", (chance.randrange(1, last),))


def _removed_record(db: sqlite3.Connection, chance: random.Random) -> None:
    db.execute("PRAGMA foreign_keys=OFF")
    table, where = chance.choice((("log_amendment", "1"), ("log_entry", "seal <> ''"), ("log_attachment", "1"),
                                  ("checklist_answer", "run IN (SELECT id FROM checklist_run WHERE seal <> '')"),
                                  ("checklist_run", "seal <> ''")))
    (key,) = chance.choice(db.execute(f"SELECT id FROM {table} WHERE {where}").fetchall())
    db.execute(f"DELETE FROM {table} WHERE id = ?", (key,))


def _cut(db: sqlite3.Connection, chance: random.Random) -> None:
    last = db.execute("SELECT max(seq) FROM audit").fetchone()[0]
    db.execute("DELETE FROM audit WHERE seq > ?", (chance.randrange(0, last),))


def _anew(db: sqlite3.Connection, chance: random.Random) -> None:
    last = db.execute("SELECT max(seq) FROM audit").fetchone()[0]
    rewritten(db, chance.randrange(1, last + 1), actor="nobody")


def _sealed_anew(db: sqlite3.Connection, chance: random.Random) -> None:
    """An entry says something else, with a seal that fits; the trail tells."""
    key, data, seal = chance.choice(db.execute("SELECT id, data, seal FROM log_entry WHERE seal <> ''").fetchall())
    entry = json.loads(data) | {"title": "Nothing happened"}
    plain = {name: value for name, value in entry.items() if name not in ("seal", "state", "updated", "version")}
    made = hashlib.sha256(b"\x03log entry\x00" + canonical({"attachments": [], "entry": plain}).encode()).hexdigest()
    db.execute("UPDATE log_entry SET data = ?, seal = ? WHERE id = ?",
               (json.dumps(entry), made if made != seal else "0" * 64, key))


DAMAGES: Final[dict[str, Callable[[sqlite3.Connection, random.Random], None]]] = {
    "a character": _changed_text, "a number": _changed_number, "a hash": _changed_hash, "a seal": _changed_seal,
    "a message": _changed_message, "a row of the trail is gone": _removed, "a record is gone": _removed_record,
    "the end was cut off": _cut, "the trail was written anew": _anew, "a record was sealed anew": _sealed_anew}
