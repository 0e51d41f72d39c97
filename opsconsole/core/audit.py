"""The audit trail: who did what to which thing, as a chain in which no link can change unseen.

The hash of an entry is SHA-256 over, in this order:
    1 byte      the domain, 0x01 (other kinds of sealed records take other bytes)
    8 bytes     the sequence, big-endian, beginning with 1
    32 bytes    the hash of the entry before; 32 zero bytes before the first
    the rest    canonical JSON of the entry, UTF-8: an object with exactly the keys action, actor, at, detail,
                origin, subject, uid, sorted, without spaces, non-ASCII characters as they are;
                at (ms UTC) and uid are integers, the others strings; detail is canonical JSON itself, as a string
A chain proves that what is there was not changed. That its end was not cut off, or all of it written anew, is
proved by a `Head` that was taken earlier and kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from json.encoder import encode_basestring as quoted
from typing import TYPE_CHECKING, Any, Self, cast

import msgspec

from opsconsole.core.errors import StorageUnusable, UsageError
from opsconsole.core.text import storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database, Row, Transaction
    from opsconsole.core.identity import Actor

DOMAIN = b"\x01"
GENESIS = bytes(32)
TOPIC = "audit"

GUARDS = ("audit_no_delete", "audit_no_update", "audit_only_at_end")
"""The triggers that refuse accidents; where one is missing, somebody took it away."""

COLUMNS = "seq, at, actor, uid, origin, action, subject, detail, previous, hash"
"""Those of the table, in the order in which `Chain.take` wants their values."""

_EMPTY = {GENESIS.hex()}
_PAGE = 500
_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_INSERT = f"INSERT INTO audit ({COLUMNS}) VALUES (:{COLUMNS.replace(', ', ', :')})"  # noqa: S608 - fixed parts
_TYPES = [int, int, str, int, str, str, str, str, bytes, bytes]


class Head(msgspec.Struct, frozen=True):
    """The end of the chain at some time, to be kept where the database's owner cannot write: `412:9f…`."""

    seq: int
    hash: str
    """64 hexadecimal digits; for `seq` 0, the empty chain, zeros."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """A head as `str` wrote it.

        Raises:
            UsageError: it is none.
        """
        number, _, digest = text.strip().partition(":")
        digest = digest.lower()
        if not (number.isascii() and number.isdigit() and len(number) < 19 and len(digest) == 64):
            raise _no_head(text)
        try:
            bytes.fromhex(digest)
        except ValueError:
            raise _no_head(text) from None
        return cls(int(number), digest)

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


def _no_head(text: str) -> UsageError:
    return UsageError(
        f"'{text[:100]}' is not the head of an audit trail.", "Give a number, a colon and 64 hexadecimal digits."
    )


class AuditEntry(msgspec.Struct, frozen=True):
    """One thing that was done. `detail` is JSON; times are ms UTC; hashes are 64 hexadecimal digits."""

    seq: int
    at: int
    actor: str
    uid: int
    origin: str
    action: str
    subject: str
    detail: msgspec.Raw
    previous: str
    hash: str


class ChainReport(msgspec.Struct, frozen=True):
    """What reading the whole chain again found.

    `count` entries are right, up to `head`; `first_bad` is the sequence of the first that is changed, missing or
    too many; `problem` says what is wrong with it, and is empty when all is well.
    """

    ok: bool
    count: int
    head: Head
    first_bad: int | None = None
    problem: str = ""


def canonical(value: object) -> str:
    """JSON in the one form that is hashed; a lone surrogate, which UTF-8 cannot hold, as its JSON escape.

    Raises:
        ValueError: not a number, infinite. TypeError: no JSON.
    """
    return storable(_JSON.encode(value))


def digest(seq: int, previous: bytes, entry: Mapping[str, str | int]) -> bytes:
    """The hash of one entry, as the head of this module says."""
    return hashlib.sha256(DOMAIN + seq.to_bytes(8, "big") + previous + _content(entry)).digest()


def _content(entry: Mapping[str, Any]) -> bytes:
    """Canonical JSON of an entry, made in a fifth of the time: trails are read again by hundreds of thousands."""
    return (f'{{"action":{quoted(entry["action"])},"actor":{quoted(entry["actor"])},"at":{entry["at"]},'
            f'"detail":{quoted(entry["detail"])},"origin":{quoted(entry["origin"])},'
            f'"subject":{quoted(entry["subject"])},"uid":{entry["uid"]}}}').encode("utf-8", "backslashreplace")


async def append(
    tx: Transaction, actor: Actor, action: str, subject: str, detail: Mapping[str, object] | None, now: Instant
) -> AuditEntry:
    """Adds one entry in the transaction of the change that it tells of.

    Args:
        tx: the transaction; the entry is lost with it, or stored with it.
        actor: who did it.
        action: what: `ticket.resolve`, `process.signal`.
        subject: to which thing: `ticket:17`, `process:812`.
        detail: JSON values or msgspec structs; None is the same as an empty mapping.
        now: when, ms UTC.

    Raises:
        StorageError: it could not be stored.
        ValueError: `detail` holds a number that is none. TypeError: it cannot be JSON.
    """
    last = await tx.row("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
    seq, previous = (1, GENESIS) if last is None else (last["seq"] + 1, last["hash"])
    entry: dict[str, str | int] = {
        "at": now,
        "actor": storable(actor.name),
        "uid": actor.uid,
        "origin": storable(actor.origin),
        "action": storable(action),
        "subject": storable(subject),
        "detail": canonical(msgspec.to_builtins(detail or {}, str_keys=True)),
    }
    sealed = digest(seq, previous, entry)
    await tx.run(_INSERT, {**entry, "seq": seq, "previous": previous, "hash": sealed})
    tx.touch(TOPIC)
    return _entry((seq, *entry.values(), previous, sealed))


def _entry(values: Sequence[object]) -> AuditEntry:
    fields = dict(zip(AuditEntry.__struct_fields__, values, strict=True))
    for name in ("previous", "hash"):
        fields[name] = cast("bytes", fields[name]).hex()
    fields["detail"] = msgspec.Raw(str(fields["detail"]).encode())
    return AuditEntry(**fields)  # type: ignore[arg-type]


async def entries(
    db: Database, *, before: int | None = None, subject: str | None = None, limit: int = 100
) -> list[AuditEntry]:
    """The newest entries, newest first.

    Args:
        db: the records.
        before: only entries with a lower sequence: the last one of the page before.
        subject: only entries about this thing.
        limit: how many at most.
    """
    where = ["1 = 1"]
    params: dict[str, str | int] = {"limit": limit}
    if before is not None:
        where.append("seq < :before")
        params["before"] = before
    if subject is not None:
        where.append("subject = :subject")
        params["subject"] = storable(subject)
    rows = await db.rows(
        f"SELECT {COLUMNS} FROM audit WHERE {' AND '.join(where)} ORDER BY seq DESC LIMIT :limit",  # noqa: S608 - fixed parts
        params,
    )
    return [_entry(tuple(row)) for row in rows]


async def head(db: Database) -> Head:
    """The end of the chain now, unverified."""
    row = await db.row("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
    return Head(0, GENESIS.hex()) if row is None else Head(row["seq"], row["hash"].hex())


class Chain:
    """Reads entries in their order and keeps nothing but the last hash."""

    def __init__(self, heads: Iterable[Head] = ()) -> None:
        self._heads: dict[int, set[str]] = {}
        for known in heads:
            self._heads.setdefault(known.seq, set()).add(known.hash.lower())
        self._previous = GENESIS
        self.count = 0
        self.first_bad: int | None = None
        self.problem = ""

    @property
    def ok(self) -> bool:
        """Whether nothing wrong was found so far."""
        return self.first_bad is None

    def take(self, values: Sequence[object]) -> bool:
        """Checks the next entry, its `COLUMNS`; False when it is wrong."""
        expected = self.count + 1
        if [type(value) for value in values] != _TYPES:
            return self._wrong(expected, "holds a value of another kind than was stored")
        seq, previous, sealed = values[0], values[8], values[9]
        if seq != expected:
            return self._out_of_order(expected, cast("int", seq))
        if previous != self._previous:
            return self._wrong(expected, "does not follow from the entry before it")
        names = ("at", "actor", "uid", "origin", "action", "subject", "detail")
        entry = cast("dict[str, str | int]", dict(zip(names, values[1:8], strict=True)))
        if digest(expected, self._previous, entry) != sealed:
            return self._wrong(expected, "was changed after it was written")
        known = self._heads.get(expected)
        if known is not None and known != {sealed.hex()}:
            return self._wrong(expected, "is not the one that the head taken earlier names: the trail was written anew")
        self._previous = sealed
        self.count = expected
        return True

    def _out_of_order(self, expected: int, seq: int) -> bool:
        if seq > expected:
            missing = "is missing" if seq == expected + 1 else f"and those up to {seq - 1} are missing"
            return self._wrong(expected, missing)
        return self._wrong(seq, "was inserted")

    def _wrong(self, seq: int, what: str) -> bool:
        self.first_bad = seq
        self.problem = f"Audit entry {seq} {what}."
        return False

    def broken(self, seq: int, reason: str) -> None:
        """Notes that an entry cannot be read."""
        self.first_bad = seq
        self.problem = f"Audit entry {seq} cannot be read: {reason}"

    def report(self) -> ChainReport:
        """The result, when there are no more entries or one was wrong."""
        beyond = max(self._heads, default=0)
        if self.ok and beyond > self.count:
            self._wrong(
                self.count + 1,
                f"and those up to {beyond}, which a head taken earlier names, are missing: "
                "the end of the trail was cut off",
            )
        elif self.ok and self._heads.get(0, _EMPTY) != _EMPTY:
            self._wrong(1, "does not begin the trail that the head taken earlier names")
        known = Head(self.count, self._previous.hex())
        return ChainReport(self.ok, self.count, known, self.first_bad, self.problem)


async def verify(db: Database, heads: Iterable[Head] = ()) -> ChainReport:
    """Reads every entry and every link again, in pages, so that memory stays the same however long the trail is.

    Args:
        db: the records.
        heads: ends of the chain that were taken earlier and kept elsewhere; each must still be part of it.

    Raises:
        StorageError: the database could not be read at all; a page or a text that is damaged is in the report.
    """
    chain = Chain(heads)
    last: int | None = None
    while chain.ok:
        try:
            rows = await _page(db, last, _PAGE)
        except StorageUnusable as error:
            if not await _read_singly(db, chain, last):
                chain.broken(chain.count + 1, error.sentence)
            break
        if not all(chain.take(tuple(row)) for row in rows) or len(rows) < _PAGE:
            break
        last = rows[-1]["seq"]
    return chain.report()


async def _page(db: Database, last: int | None, limit: int) -> Sequence[Row]:
    after, params = ("", {}) if last is None else ("WHERE seq > :last", {"last": last})
    sql = f"SELECT {COLUMNS} FROM audit {after} ORDER BY seq LIMIT :limit"  # noqa: S608 - fixed parts
    return await db.rows(sql, {**params, "limit": limit})


async def _read_singly(db: Database, chain: Chain, last: int | None) -> bool:
    """Goes on entry by entry where a page could not be read; True when it found one that is wrong."""
    for _ in range(_PAGE):
        try:
            rows = await _page(db, last, 1)
        except StorageUnusable:
            return False
        if not rows:
            return False
        if not chain.take(tuple(rows[0])):
            return True
        last = rows[0]["seq"]
    return False
