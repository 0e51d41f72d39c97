"""Rows of the log, and the types that they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from opsconsole.core.database import Database, Transaction
from opsconsole.core.errors import StorageUnusable
from opsconsole.core.search import small
from opsconsole.logbook.model import LISTS, Amendment, Attachment, Entry, EntryState, EntryType, Status, Summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opsconsole.core.database import Params, Row

Reader = Database | Transaction
"""Whatever can be asked."""
ENTRY: Final = "id, state, seal, updated, version, data"
SUMMARY: Final = ("id, type, title, begun, ended, status, state, performers, tasks, found, resolved, escalated,"
                  " actions, attachments, amended, seconds")
AMENDMENT: Final = "id, entry, seq, at, actor, reason, changes, seal"
ATTACHMENT: Final = "id, entry, name, size, type, sha256, by, at"
_MOST_PARAMS: Final = 500

_ENTRY: Final = msgspec.json.Decoder(Entry)
_NAMES: Final = msgspec.json.Decoder(tuple[str, ...])
_CHANGES: Final = msgspec.json.Decoder(dict[str, Any])
_STATES: Final = {one.value: one for one in EntryState}
_KINDS: Final = {one.value: one for one in EntryType}
_STATUS: Final = {one.value: one for one in Status}


def entry_of(row: Row) -> Entry:
    """An entry, amendments left out; `row` has the columns of `ENTRY`.

    Raises:
        StorageUnusable: it is damaged.
    """
    number, state, seal, updated, version, data = row
    try:
        return replace(_ENTRY.decode(data), id=number, state=_STATES[state], seal=seal, updated=updated,
                       version=version)
    except (KeyError, msgspec.DecodeError) as problem:
        raise damaged(f"Log entry {number}", problem) from None


def summary_of(row: Row) -> Summary:
    """An entry as a list shows it; `row` has the columns of `SUMMARY`."""
    (number, kind, title, begun, ended, status, state, performers, tasks, found, resolved, escalated, actions,
     attachments, amended, seconds) = row
    try:
        return Summary(number, _KINDS[kind], title, begun, ended, _STATUS[status], _STATES[state],
                       _NAMES.decode(performers), (tasks, found, resolved, escalated), actions, attachments, amended,
                       seconds)
    except (KeyError, msgspec.DecodeError) as problem:
        raise damaged(f"Log entry {number}", problem) from None


def amendment_of(row: Row) -> Amendment:
    """An amendment; `row` has the columns of `AMENDMENT`."""
    number, entry, seq, at, actor, reason, changes, seal = row
    try:
        return Amendment(number, entry, seq, at, actor, reason, _CHANGES.decode(changes), seal)
    except msgspec.DecodeError as problem:
        raise damaged(f"Amendment {seq} of log entry {entry}", problem) from None


def attachment_of(row: Row) -> Attachment:
    """A file without its bytes; `row` has the columns of `ATTACHMENT`."""
    return Attachment(*row)


def values_of(entry: Entry) -> dict[str, Any]:
    """The columns that show an entry, with its amendments merged into it."""
    return {"type": entry.type.value, "title": entry.title, "begun": entry.begun, "ended": entry.ended,
            "status": entry.status.value, "performers": encoded(entry.performed_by),
            **{name: len(getattr(entry, name)) for name in LISTS},
            "actions": sum(one.done is None for one in entry.actions), "seconds": entry.seconds}


def mentions_of(entry: Entry) -> list[tuple[str, str]]:
    """By what else than its words an entry is found: kinds and names, each once."""
    tickets = {point.ticket for name in LISTS for point in getattr(entry, name) if point.ticket}
    found = [*(("by", small(one)) for one in entry.performed_by), *(("tag", small(one)) for one in entry.tags),
             *(("check", small(one)) for one in entry.checks), *(("ticket", str(one)) for one in sorted(tickets))]
    return list(dict.fromkeys(found))


def called(entry: Entry) -> dict[str, Any]:
    """What of an entry is told on the timeline: the columns of `log_pieces`, which says why they end with blanks."""
    return {"title": f"{entry.title}  ", "work": f"{entry.type.value} {encoded(entry.performed_by)}  "}


def words_of(entries: Iterable[Entry], reasons: Iterable[str], files: Iterable[str]) -> str:
    """The text in which words of an entry are looked for, each line of it once.

    Args:
        entries: the entry as it was signed, then as its amendments made it.
        reasons: those of its amendments.
        files: the names of its attachments.
    """
    lines: dict[str, None] = {}
    for entry in entries:
        parts = [entry.title, *(point.text for name in LISTS for point in getattr(entry, name)),
                 *(one.text for one in entry.actions), *(one.person for one in entry.actions), entry.notes,
                 *entry.performed_by, *entry.tags, *entry.checks]
        lines |= dict.fromkeys(part for part in parts if part)
    return "\n".join((lines | dict.fromkeys((*reasons, *files))).keys())


def encoded(value: object) -> str:
    """JSON as it is stored."""
    return msgspec.json.encode(value).decode()


def named(values: Sequence[Any]) -> list[tuple[str, dict[str, Any]]]:
    """Lists of parameters for `IN (…)`, in portions that every engine takes: `:v0, :v1 …` and their values."""
    portions = []
    for start in range(0, len(values), _MOST_PARAMS):
        given = {f"v{place}": value for place, value in enumerate(values[start:start + _MOST_PARAMS])}
        portions.append((", ".join(f":{name}" for name in given), given))
    return portions


def damaged(what: str, problem: Exception) -> StorageUnusable:
    """That a row cannot be read."""
    return StorageUnusable(f"{what} cannot be read: {problem}.",
                           "Run `opsconsole log verify`, and put a copy from a backup in its place.")


def params_of(entry: Entry) -> Params:
    """The whole row of an entry that has no amendments."""
    return {**values_of(entry), "id": entry.id, "state": entry.state.value, "seal": entry.seal, "run": entry.run,
            "window": entry.window, "created": entry.created, "updated": entry.updated, "version": entry.version,
            "data": encoded(entry)}
