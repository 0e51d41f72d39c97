"""Writing entries: their rows, and all that follows from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsconsole.logbook.store.rows import called, encoded, mentions_of, params_of, values_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.database import Params, Transaction
    from opsconsole.logbook.model import Amendment, Attachment, Entry

_COLUMNS = ("id", "type", "title", "begun", "ended", "status", "state", "performers", "tasks", "found", "resolved",
            "escalated", "actions", "seconds", "run", "window", "seal", "created", "updated", "version", "data")
_SHOWN = ("type", "title", "begun", "ended", "status", "performers", "tasks", "found", "resolved", "escalated",
          "actions", "seconds")
_INSERT = (f'INSERT INTO log_entry ({", ".join(_COLUMNS)}) VALUES (:{", :".join(_COLUMNS)})'  # noqa: S608 - fixed parts
           ).replace(" window,", ' "window",')
_KEPT = ("state", "seal", "updated", "version", "data")


async def next_number(tx: Transaction) -> int:
    """The number of a new entry. Numbers are never used again, as no row is removed."""
    row = await tx.row("SELECT coalesce(max(id), 0) + 1 AS id FROM log_entry")
    return int(row["id"]) if row is not None else 1


async def add(tx: Transaction, entry: Entry) -> None:
    """Stores a new entry, without what follows from it."""
    await tx.run(_INSERT, params_of(entry))


async def put(tx: Transaction, entry: Entry) -> None:
    """Stores an entry that is not sealed yet as it is now, without what follows from it."""
    sets = ", ".join(f"{name} = :{name}" for name in (*_SHOWN, *_KEPT))
    await tx.run(f'UPDATE log_entry SET {sets}, run = :run, "window" = :window WHERE id = :id',  # noqa: S608 - fixed parts
                 params_of(entry))


async def put_shown(tx: Transaction, entry: Entry, amended: int) -> None:
    """Lets the columns of a sealed entry show it as its amendments make it.

    Args:
        tx: the transaction.
        entry: with its amendments.
        amended: how many these are.
    """
    sets = ", ".join(f"{name} = :{name}" for name in (*_SHOWN, "updated", "version", "amended"))
    await tx.run(f"UPDATE log_entry SET {sets} WHERE id = :id",  # noqa: S608 - fixed parts
                 {**values_of(entry), "id": entry.id, "updated": entry.updated, "version": entry.version,
                  "amended": amended})


async def put_found(tx: Transaction, entry: Entry, words: str) -> None:
    """Lets an entry be found by its names and its words, and its next actions by their dates.

    Args:
        tx: the transaction.
        entry: with its amendments.
        words: all of its text.
    """
    key: Params = {"entry": entry.id}
    await tx.run("DELETE FROM log_mention WHERE entry = :entry", key)
    mentions: list[Params] = [{"kind": kind, "name": name, "entry": entry.id} for kind, name in mentions_of(entry)]
    if mentions:
        await tx.many("INSERT INTO log_mention (kind, name, entry) VALUES (:kind, :name, :entry)", mentions)
    await tx.run("DELETE FROM log_action WHERE entry = :entry", key)
    actions: list[Params] = [
        {"entry": entry.id, "place": place, "text": one.text, "person": one.person, "due": one.due, "done": one.done,
         "done_by": one.done_by} for place, one in enumerate(entry.actions)]
    if actions:
        await tx.many("INSERT INTO log_action (entry, place, text, person, due, done, done_by)"
                      " VALUES (:entry, :place, :text, :person, :due, :done, :done_by)", actions)
    await tx.run("DELETE FROM log_text WHERE rowid = :entry", key)
    await tx.run("INSERT INTO log_text (rowid, text) VALUES (:entry, :text)", {**key, "text": words})
    await tx.run("DELETE FROM log_pieces WHERE rowid = :entry", key)
    await tx.run("INSERT INTO log_pieces (rowid, title, work) VALUES (:entry, :title, :work)", {**key, **called(entry)})


async def add_amendment(tx: Transaction, amendment: Amendment) -> int:
    """Stores an amendment; its number."""
    values: dict[str, Any] = {name: getattr(amendment, name) for name in ("entry", "seq", "at", "actor", "reason",
                                                                          "seal")}
    row = await tx.row("INSERT INTO log_amendment (entry, seq, at, actor, reason, changes, seal)"
                       " VALUES (:entry, :seq, :at, :actor, :reason, :changes, :seal) RETURNING id",
                       {**values, "changes": encoded(amendment.changes)})
    return int(row["id"]) if row is not None else 0


async def add_attachments(tx: Transaction, made: Sequence[Attachment]) -> None:
    """Stores files without their bytes; the number of an entry's files grows."""
    for one in made:
        await tx.run("INSERT INTO log_attachment (id, entry, name, size, type, sha256, by, at)"
                     " VALUES (:id, :entry, :name, :size, :type, :sha256, :by, :at)",
                     {name: getattr(one, name) for name in one.__struct_fields__})
        await tx.run("UPDATE log_entry SET attachments = attachments + 1 WHERE id = :entry", {"entry": one.entry})


async def next_attachment(tx: Transaction) -> int:
    """The number of the next file."""
    row = await tx.row("SELECT coalesce(max(id), 0) + 1 AS id FROM log_attachment")
    return int(row["id"]) if row is not None else 1
