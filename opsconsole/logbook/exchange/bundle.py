"""The evidence bundle of a period: what was recorded, the whole audit trail, and a program that proves it.

A ZIP file with
    verify.py        proves the rest; see `verifier.py`
    manifest.json    what is in it, with the SHA-256 of each file
    audit.jsonl      the whole audit trail, as only all of it proves anything: an entry on each line
    records/         entries, amendments, runs of checklists and messages of emergencies, one on each line: the seal,
                     and what it is over
    files/           attachments and evidence, each named by its SHA-256
    heads.txt        the head of the trail when the bundle was made
    log.html         the entries, to be read
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from contextlib import contextmanager
from json.encoder import encode_basestring_ascii
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import msgspec

from opsconsole.core import audit
from opsconsole.core.errors import StorageUnusable
from opsconsole.core.format import stamp
from opsconsole.logbook.exchange.page import html_text
from opsconsole.logbook.exchange.sheet import Sheet, Whole
from opsconsole.logbook.exchange.verifier import FORMAT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from opsconsole.core.blobs import Blobs
    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database
    from opsconsole.core.sealed import SealedSource
    from opsconsole.logbook.service import LogService

RECORDS: Final = {"entry": "records/entries.jsonl", "amendment": "records/amendments.jsonl",
                  "checklist": "records/checklists.jsonl", "message": "records/messages.jsonl"}
_PAGE: Final = 500
_PART: Final = 1 << 18
_JSON: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
_TRAIL: Final = "{" + ",".join(f'"{name}":%s' for name in audit.COLUMNS.split(", ")) + "}\n"
"""An entry of the audit trail."""
_README: Final = """\
Evidence of opsconsole: {title}
Written {made}.

    python3 -I verify.py

reads all of it again; it needs Python 3.8 and nothing else. That the end of the audit trail was not cut off, or all of
it written anew, is proved only by a head that was kept elsewhere:

    python3 -I verify.py --head SEQ:HASH
    python3 -I verify.py --heads FILE

Whoever does not trust this copy of verify.py takes that of an installation of opsconsole; they are the same.
log.html is for reading, records/ for programs, files/ holds attachments and evidence by their SHA-256.
"""


class Made(msgspec.Struct, frozen=True):
    """What a bundle holds."""

    head: str
    records: dict[str, int]
    files: int
    missing: tuple[str, ...]
    """Hashes of files that are kept no more."""
    entries: int
    """Of the audit trail."""


class Writer:
    """Writes a ZIP file, and counts what goes into it."""

    def __init__(self, target: BinaryIO) -> None:
        self._archive = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED)
        self.files: dict[str, dict[str, Any]] = {}

    @contextmanager
    def file(self, name: str) -> Iterator[Callable[[bytes], None]]:
        """A new file, one at a time; what it yields takes its parts."""
        digest, size = hashlib.sha256(), 0
        about = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        about.compress_type = zipfile.ZIP_DEFLATED
        about.external_attr = 0o100644 << 16
        with self._archive.open(about, "w", force_zip64=True) as file:
            def write(part: bytes) -> None:
                nonlocal size
                digest.update(part)
                size += len(part)
                file.write(part)

            yield write
        self.files[name] = {"sha256": digest.hexdigest(), "size": size}

    def add(self, name: str, parts: Iterable[bytes]) -> None:
        """Adds a file."""
        with self.file(name) as write:
            for part in parts:
                write(part)

    def close(self, manifest: dict[str, Any]) -> None:
        """Adds the manifest and ends the file."""
        text = json.dumps({**manifest, "files": self.files}, indent=1, sort_keys=True)
        self.add("manifest.json", [text.encode()])
        self._archive.close()


async def write_bundle(target: BinaryIO, db: Database, service: LogService, sources: Sequence[SealedSource], *,
                       sheet: Sheet, blobs: Blobs) -> Made:
    """Writes a bundle; what was changed in the records goes into it as it is, for the verifier to find.

    Args:
        target: where to.
        db: the records.
        service: reads the entries for `log.html`.
        sources: the sealed records of each feature.
        sheet: the period, and for whom; its entries are read here.
        blobs: where attachments and evidence are.

    Raises:
        StorageError: the records cannot be read at all.
        OSError: it cannot be written.
    """
    period, writer = sheet.period, Writer(target)
    # What is written while this reads is not of the bundle: the end of the trail is taken first.
    as_of = await _last(db)
    until = min(period.end, sheet.made)
    records: dict[str, list[bytes]] = {kind: [] for kind in RECORDS}
    wanted: dict[str, None] = {}
    for source in sources:
        async for record in source(db, period.begin, until):
            records[record.kind].append(_line(msgspec.to_builtins(record)))
            wanted |= dict.fromkeys(record.files)
    writer.add("verify.py", [Path(__file__).with_name("verifier.py").read_bytes()])
    writer.add("README.txt", [_README.format(title=sheet.title, made=stamp(sheet.made, sheet.zone)).encode()])
    for kind, name in RECORDS.items():
        writer.add(name, records[kind])
    missing = _files(writer, blobs, wanted)
    writer.add("log.html", [part.encode("utf-8", "backslashreplace") for part in await _page(service, sheet)])
    head, count = await _trail(writer, db)
    writer.add("heads.txt", [f"{_stamp(sheet.made)} {head}\n".encode()])
    writer.close({"format": FORMAT, "made": sheet.made, "host": sheet.host, "since": period.begin, "until": until,
                  "as_of": as_of, "head": head, "records": RECORDS, "missing": missing})
    files = sum(name.startswith("files/") for name in writer.files)
    return Made(head, {kind: len(found) for kind, found in records.items()}, files, tuple(missing), count)


async def _last(db: Database) -> int:
    row = await db.row("SELECT coalesce(max(seq), 0) AS seq FROM audit")
    return int(row["seq"]) if row is not None else 0


async def _page(service: LogService, sheet: Sheet) -> list[str]:
    """The entries to be read; a sentence in their place where they are too damaged for that."""
    try:
        return list(html_text(await with_entries(service, sheet)))
    except StorageUnusable as problem:
        return [str(problem)]


async def with_entries(service: LogService, sheet: Sheet) -> Sheet:
    """The sheet with all entries of its period, their amendments and their files."""
    entries = await service.between(sheet.period.begin, sheet.period.end)
    amendments, files = await service.belonging([entry.id for entry in entries])
    return sheet._replace(wholes=[Whole(entry, amendments.get(entry.id, []), files.get(entry.id, []))
                                  for entry in entries])


async def _trail(writer: Writer, db: Database) -> tuple[str, int]:
    """Writes the whole trail; its head and how many entries it has. What cannot be read says so in its line."""
    count, last, head = 0, -1, audit.Head(0, audit.GENESIS.hex())
    with writer.file("audit.jsonl") as write:
        while True:
            try:
                rows = await _rows(db, last, _PAGE)
            except StorageUnusable:
                rows = await _singly(db, last)
            lines = []
            for row in rows:
                if isinstance(row, str):
                    lines.append(_line({"problem": row}).decode())
                    continue
                last, count = row[0], count + 1
                head = audit.Head(last, row[9].hex()) if isinstance(row[9], bytes) else head
                lines.append(_TRAIL % tuple(map(_value, row)))
            write("".join(lines).encode())
            if not rows or isinstance(rows[-1], str):
                return str(head), count


async def _rows(db: Database, last: int, limit: int) -> list[Any]:
    return [tuple(row) for row in await db.rows(
        f"SELECT {audit.COLUMNS} FROM audit WHERE seq > :last ORDER BY seq LIMIT :limit",  # noqa: S608 - fixed parts
        {"last": last, "limit": limit})]


async def _singly(db: Database, last: int) -> list[Any]:
    """The entries before the one that cannot be read, and why it cannot."""
    found: list[Any] = []
    for _ in range(_PAGE):
        try:
            rows = await _rows(db, last, 1)
        except StorageUnusable as problem:
            return [*found, problem.sentence]
        if not rows:
            break
        found += rows
        last = rows[0][0]
    return found


def _files(writer: Writer, blobs: Blobs, wanted: Iterable[str]) -> list[str]:
    """Adds kept files; the hashes of those that are not there."""
    missing = []
    for sha256 in wanted:
        try:
            with blobs.open(sha256) as file:
                writer.add(f"files/{sha256}", iter(lambda: file.read(_PART), b""))
        except StorageUnusable:
            missing.append(sha256)
    return missing


def _value(value: object) -> str:
    """A value of a column in JSON; there are millions of them, and JSON encoders take their time to begin."""
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if isinstance(value, bytes):
        return f'"{value.hex()}"'
    return str(value) if type(value) is int else _JSON.encode(value)


def _line(value: object) -> bytes:
    return _JSON.encode(value).encode() + b"\n"


def _stamp(at: Instant) -> str:
    from opsconsole.logbook.heads import stamped  # noqa: PLC0415 - one line of it

    return stamped(at)
