#!/usr/bin/env python3
"""Proves an evidence bundle of opsconsole, or says what in it was changed. Needs Python 3.8 and nothing else.

    python3 -I verify.py [BUNDLE] [--head SEQ:HASH] [--heads FILE]

BUNDLE is the folder or the ZIP file; without it, the folder of this file. It reads every file again and compares it
with the manifest, every entry of the audit trail with the one before, and every signed record with its seal and with
the trail. That the end of the trail was not cut off, or all of it written anew, is proved only by a head that was taken
earlier and kept elsewhere. Exit status: 0 all is right, 1 something was changed, 2 this is no bundle.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import struct
import sys
import zipfile
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

FORMAT = 1
COLUMNS = ("action", "actor", "at", "detail", "origin", "subject", "uid")
CONTENT = "{" + ",".join('"' + name + '":%s' for name in COLUMNS) + "}"
"""What the hash of an entry is over; the same as `canonical` makes, which takes five times as long."""
QUOTED = json.encoder.encode_basestring
TYPES = {"seq": int, "at": int, "actor": str, "uid": int, "origin": str, "action": str, "subject": str, "detail": str,
         "previous": str, "hash": str}
GENESIS = "0" * 64
KINDS = {"checklist": (b"\x02checklist\x00", "checklist.sign", "checklist:"),
         "entry": (b"\x03log entry\x00", "log.sign", "log:"),
         "amendment": (b"\x03log amendment\x00", "log.amend", "log:"),
         "message": (b"\x03log message\x00", "log.tell", "log:")}
"""Of each kind: what its seal begins with, what the audit trail calls the deed, and how it names the record."""
ACTIONS = {action: kind for kind, (_, action, _) in KINDS.items()}
NAMES = {"checklist": "Checklist run", "entry": "Entry", "amendment": "Amendment",
         "message": "Message of the emergency"}
PLURALS = {"checklist": "Checklists", "entry": "Entries", "amendment": "Amendments",
           "message": "Messages of emergencies"}
DONE = {"message": "told"}
"""What was done with a record when it was sealed; the others were signed."""
SEVERAL = {"amendment", "message"}
"""Kinds of which a subject can have several, counted by `seq`."""


DAMAGED = (OSError, EOFError, RuntimeError, ValueError, OverflowError, struct.error, zipfile.BadZipFile, zlib.error)
"""What reading a damaged ZIP file comes to."""


class NoBundle(Exception):  # noqa: N818 - an error is named for what happened
    """There is nothing that could be proved."""


class Bundle:
    """The files of a bundle, in a folder or in a ZIP file."""

    def __init__(self, place: str) -> None:
        self.folder = Path(place)
        self.archive: zipfile.ZipFile | None = None
        if not self.folder.is_dir():
            try:
                self.archive = zipfile.ZipFile(place)
            except DAMAGED as problem:
                raise NoBundle(f"{place} cannot be read: {problem}") from None

    def names(self) -> list[str]:
        """All files, by their names in the manifest."""
        if self.archive is not None:
            return [name for name in self.archive.namelist() if not name.endswith("/")]
        return [str(path.relative_to(self.folder).as_posix()) for path in self.folder.rglob("*") if path.is_file()]

    def open(self, name: str) -> IO[bytes]:
        """One of them, to be read."""
        try:
            return (self.folder / name).open("rb") if self.archive is None else self.archive.open(name)
        except (KeyError, OSError):
            raise NoBundle(f"{name} is missing.") from None

    def lines(self, name: str) -> Iterator[Any]:
        """The lines of a file of JSON lines; None for one that is none."""
        with self.open(name) as file:
            for line in file:
                try:
                    yield READ.decode(line.decode("utf-8"))
                except (ValueError, RecursionError):
                    yield None


def _no_number(text: str) -> None:
    raise ValueError(text)


READ = json.JSONDecoder(parse_constant=_no_number)
WRITE = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
"""Made once: there are very many lines."""


def canonical(value: object) -> bytes:
    """JSON in the one form that is hashed."""
    return WRITE.encode(value).encode("utf-8", "backslashreplace")


class Trail:
    """Reads the audit trail in its order, and keeps what seals say."""

    def __init__(self, heads: Iterable[tuple[int, str]]) -> None:
        self.heads: dict[int, set[str]] = {}
        for seq, digest in heads:
            self.heads.setdefault(seq, set()).add(digest)
        self.count = 0
        self.previous = GENESIS
        self.first_bad: int | None = None
        self.problem = ""
        self.seals: dict[tuple[str, str], list[tuple[int, int, object]]] = {}
        """Kind and subject: of each deed that sealed something its number, its time and the seal."""

    def read(self, line: Any) -> None:
        """Takes the next entry; behind the first that is wrong, only what it tells of seals."""
        if self.first_bad is None:
            self.take(line)
        elif isinstance(line, dict) and {name: type(value) for name, value in line.items()} == TYPES:
            self.note(line)

    def take(self, line: Any) -> bool:
        """Checks the next entry; False when it is wrong."""
        expected = self.count + 1
        if isinstance(line, dict) and "problem" in line:
            return self.wrong(expected, f"cannot be read: {line['problem']}")
        if not isinstance(line, dict) or {name: type(value) for name, value in line.items()} != TYPES:
            return self.wrong(expected, "holds a value of another kind than was stored")
        if line["seq"] != expected:
            return self.out_of_order(expected, line["seq"])
        if line["previous"] != self.previous:
            return self.wrong(expected, "does not follow from the entry before it")
        content = CONTENT % tuple(QUOTED(line[name]) if isinstance(line[name], str) else line[name] for name in COLUMNS)
        before = b"\x01" + expected.to_bytes(8, "big") + bytes.fromhex(self.previous)
        digest = hashlib.sha256(before + content.encode("utf-8", "backslashreplace")).hexdigest()
        if digest != line["hash"]:
            return self.wrong(expected, "was changed after it was written")
        if self.heads.get(expected, {digest}) != {digest}:
            return self.wrong(expected, "is not the one that the head taken earlier names: the trail was written anew")
        self.previous, self.count = digest, expected
        self.note(line)
        return True

    def note(self, line: dict[str, Any]) -> None:
        """Keeps the seal that an entry tells of."""
        kind = ACTIONS.get(line["action"])
        if kind is None:
            return
        try:
            said = json.loads(line["detail"]).get("sealed")
        except (ValueError, AttributeError, RecursionError):
            return
        if kind == "message" and not isinstance(said, dict):
            said = {}  # it was told before messages were sealed
        if isinstance(said, dict):
            deeds = self.seals.setdefault((kind, line["subject"]), [])
            deeds.append((line["seq"], line["at"], said.get("seal")))

    def out_of_order(self, expected: int, seq: int) -> bool:
        """Says what is missing, or too much."""
        if seq > expected:
            return self.wrong(expected, "is missing" if seq == expected + 1 else
                              f"and those up to {seq - 1} are missing")
        return self.wrong(seq, "was inserted")

    def wrong(self, seq: int, what: str) -> bool:
        """Notes the first bad link."""
        self.first_bad, self.problem = seq, f"Audit entry {seq} {what}."
        return False

    def end(self) -> None:
        """What only shows at the end: that it was cut off."""
        beyond = max(self.heads, default=0)
        if self.first_bad is None and beyond > self.count:
            self.wrong(self.count + 1, f"and those up to {beyond}, which a head taken earlier names, are missing: "
                                       "the end of the trail was cut off")
        elif self.first_bad is None and self.heads.get(0, {GENESIS}) != {GENESIS}:
            self.wrong(1, "does not begin the trail that the head taken earlier names")


def manifest_problems(bundle: Bundle, manifest: dict[str, Any]) -> Iterator[str]:
    """What is not as the manifest says."""
    files = manifest["files"]
    for name in sorted(set(bundle.names()) - set(files) - {"manifest.json"}):
        if "__pycache__" not in name:
            yield f"{ascii(name)[1:-1]} is not in the manifest."
    for name, about in sorted(files.items()):
        try:
            digest = hashlib.sha256()
            with bundle.open(name) as file:
                for part in iter(lambda: file.read(1 << 18), b""):
                    digest.update(part)
        except (NoBundle, *DAMAGED):
            yield f"{ascii(name)[1:-1]} is missing, or cannot be read."
            continue
        if digest.hexdigest() != about["sha256"] or (
                name.startswith("files/") and name[6:] != about["sha256"]):
            yield f"{ascii(name)[1:-1]} was changed."


def subject_of(kind: str, sealed: dict[str, Any]) -> str:
    """How the audit trail names a record, by what its seal is over."""
    number = {"checklist": lambda: sealed["run"]["id"], "entry": lambda: sealed["entry"]["id"],
              "amendment": lambda: sealed["entry"], "message": lambda: sealed["entry"]}[kind]()
    return KINDS[kind][2] + str(number)


def record_problem(kind: str, record: dict[str, Any], trail: Trail) -> str:
    """What of one record is not as it was signed or told; empty: all is as it was, or it is not signed."""
    if record["problem"]:
        return str(record["problem"])
    sealed = record["sealed"]
    deeds = trail.seals.get((kind, subject_of(kind, sealed)), [])
    place = sealed["seq"] - 1 if kind in SEVERAL else 0
    known = 0 <= place < len(deeds)
    seal = deeds[place][2] if known else None
    digest = hashlib.sha256(KINDS[kind][0] + canonical(sealed)).hexdigest()
    if kind == "message":
        if not known:
            return "The audit trail knows nothing of it."
        # Without a seal it was told before messages had one.
        return "It is not as it was told." if seal not in (None, digest) else ""
    if not record["seal"]:
        return "It was signed, and its row says nothing of it." if deeds else ""
    if not known:
        return "The audit trail knows of no signature under it."
    if digest != seal:
        return "It is not as it was signed."
    if record["seal"] != seal:
        return "Its seal was replaced."
    return template_problem(record) if kind == "checklist" else ""


def template_problem(record: dict[str, Any]) -> str:
    """What of the template of a signed checklist is not as it was; empty: all is."""
    template = record["more"].get("template")
    if template is None:
        return "Its template is missing."
    digest = hashlib.sha256(template.encode("utf-8", "backslashreplace")).hexdigest()
    return "Its template was changed." if digest != record["sealed"]["template"] else ""


def hashes(value: object) -> Iterator[str]:
    """The hashes of all files that a record names."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        if name == "sha256" and isinstance(part, str) and part:
            yield part
        else:
            yield from hashes(part)


def records_problems(bundle: Bundle, manifest: dict[str, Any], trail: Trail, counts: dict[str, int]) -> Iterator[str]:
    """What of all records is not as it was signed, and which of the period are not there."""
    there: dict[tuple[str, str], int] = {}
    for kind, name in sorted(manifest["records"].items()):
        counts[kind] = 0
        for record in bundle.lines(name):
            try:
                wrong = record_problem(kind, record, trail)
                counts[kind] += bool(record["seal"])
                if not record["problem"]:
                    key = kind, subject_of(kind, record["sealed"])
                    there[key] = there.get(key, 0) + 1
                else:
                    there[(kind, KINDS[kind][2] + str(record["id"]))] = 1
                number = record["id"]
            except (KeyError, TypeError, AttributeError, ValueError):
                yield f"A line of {ascii(name)[1:-1]} is no record."
                continue
            if wrong:
                yield f"{NAMES[kind]} {number!a}: {wrong}"
            for digest in hashes(record["sealed"]):
                if f"files/{digest}" not in manifest["files"] and digest not in manifest["missing"]:
                    yield f"{NAMES[kind]} {number!a}: The file {digest!a} is not in the bundle."
    for (kind, subject), deeds in sorted(trail.seals.items()):
        known = [at for seq, at, _ in deeds if seq <= manifest["as_of"]]
        wanted = len(known) if kind in SEVERAL else min(1, len(known))
        inside = any(manifest["since"] <= at < manifest["until"] for at in known)
        if kind in manifest["records"] and inside and there.get((kind, subject), 0) < wanted:
            done = DONE.get(kind, "signed")
            yield f"{NAMES[kind]} {subject.partition(':')[2]!a}: It was {done}, and is not there any more."


def read_heads(arguments: argparse.Namespace) -> list[tuple[int, str]]:
    """All heads that were given, each as a number and a hash."""
    texts = list(arguments.head)
    for name in arguments.heads:
        try:
            lines = Path(name).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError as problem:
            raise NoBundle(f"{name} cannot be read: {problem.strerror}") from None
        texts += [line.split()[-1] for line in lines if line.strip() and not line.startswith("#")]
    found = []
    for text in texts:
        seq, _, digest = text.strip().lower().partition(":")
        if not (seq.isdigit() and len(seq) < 19 and len(digest) == 64 and not set(digest) - set("0123456789abcdef")):
            raise NoBundle(f"{text[:100]!a} is no head: give a number, a colon and 64 hexadecimal digits.")
        found.append((int(seq), digest))
    return found


def read_manifest(bundle: Bundle) -> dict[str, Any]:
    """The manifest, of the form that is known here."""
    try:
        with bundle.open("manifest.json") as file:
            manifest: dict[str, Any] = json.loads(file.read().decode("utf-8"))
        known = manifest["format"] == FORMAT and isinstance(manifest["files"], dict)
        known = known and all(type(manifest[name]) is int for name in ("since", "until", "as_of"))
        known = known and isinstance(manifest["missing"], list)
        known = known and not set(manifest["records"]) - set(KINDS)
        known = known and all(isinstance(about["sha256"], str) for about in manifest["files"].values())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        known = False
    if not known:
        raise NoBundle("The manifest cannot be read, or is of another form than this program knows.")
    return manifest


def say(text: object) -> None:
    """Prints a line; nothing foreign in it acts on a terminal."""
    sys.stdout.write("".join(char if " " <= char <= "~" else ascii(char)[1:-1] for char in str(text)) + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Proves a bundle; the exit status."""
    parser = argparse.ArgumentParser(description="Proves an evidence bundle of opsconsole, or says what was changed.")
    parser.add_argument("bundle", nargs="?", default=str(Path(__file__).resolve().parent), help="folder or ZIP file")
    parser.add_argument("--head", action="append", default=[], metavar="SEQ:HASH", help="a head that was kept")
    parser.add_argument("--heads", action="append", default=[], metavar="FILE", help="a file of heads that were kept")
    given = parser.parse_args(arguments)
    try:
        trail, bundle = Trail(read_heads(given)), Bundle(given.bundle)
        manifest = read_manifest(bundle)
        problems = list(manifest_problems(bundle, manifest))
        for line in bundle.lines("audit.jsonl"):
            trail.read(line)
        trail.end()
        counts: dict[str, int] = {}
        broken = list(records_problems(bundle, manifest, trail, counts))
    except NoBundle as problem:
        say(problem)
        return 2
    except DAMAGED as problem:
        say(f"The bundle is damaged: {problem}")
        return 1
    for text in problems or [f"Manifest: {len(manifest['files'])} files are as they were written."]:
        say(text)
    say(trail.problem or f"Audit trail: {trail.count} entries are right, head {trail.count}:{trail.previous}.")
    for text in broken:
        say(text)
    for kind, count in sorted(counts.items()) if not broken else ():
        say(f"{PLURALS[kind]}: {count} are as they were {DONE.get(kind, 'signed')}.")
    for text in manifest["missing"]:
        say(f"Note: the file {ascii(text)[1:-1]} was not there when the bundle was made.")
    return 1 if problems or broken or trail.first_bad is not None else 0


if __name__ == "__main__":
    sys.exit(main())
