"""Questions and answers of DNS in bytes (RFC 1035, section 4); what comes from a server may be anything."""

from __future__ import annotations

import socket
import struct
from typing import Final, NamedTuple

from opsconsole.core.text import decode

TYPES: Final = {"A": 1, "NS": 2, "CNAME": 5, "MX": 15, "TXT": 16, "AAAA": 28}
MOST_RECORDS: Final = 500
_HEADER: Final = struct.Struct("!6H")
_RECORD: Final = struct.Struct("!HHIH")
_ANSWER, _TRUNCATED, _RECURSE = 0x8000, 0x0200, 0x0100
_POINTER, _INTERNET = 0xC0, 1


class Reply(NamedTuple):
    """What a server answered."""

    code: int
    """0: well; 2: it failed; 3: no such name; 5: it refuses."""
    truncated: bool
    records: tuple[str, ...]
    """Those of the type that was asked for, as text."""


def query(number: int, name: str, kind: str) -> bytes:
    """A question.

    Args:
        number: 0 to 65535; the answer repeats it.
        name: what is asked about.
        kind: one of `TYPES`.

    Raises:
        ValueError: this cannot be a name.
    """
    labels = name.removesuffix(".").encode("idna").split(b".")
    if not all(0 < len(label) < 64 for label in labels) or sum(map(len, labels)) + len(labels) > 254:
        raise ValueError("no name")
    asked = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    return _HEADER.pack(number, _RECURSE, 1, 0, 0, 0) + asked + struct.pack("!HH", TYPES[kind], _INTERNET)


def reply(raw: bytes, asked: bytes) -> Reply | None:
    """What a server answered to `asked`; None for what is no answer to it.

    Raises:
        ValueError: it is one, and broken.
    """
    question = asked[_HEADER.size:]
    if len(raw) < _HEADER.size or raw[:2] != asked[:2]:
        return None
    _, flags, questions, count, _, _ = _HEADER.unpack_from(raw)
    # Servers may write the name in other letters' case.
    if not flags & _ANSWER or (questions and raw[_HEADER.size:][:len(question)].lower() != question.lower()):
        return None
    at = _HEADER.size + (len(question) if questions else 0)
    (kind,) = struct.unpack_from("!H", question, len(question) - 4)
    found: list[str] = []
    try:
        for _ in range(0 if flags & _TRUNCATED else min(count, MOST_RECORDS)):
            _, at = _name(raw, at)
            is_kind, group, _, length = _RECORD.unpack_from(raw, at)
            at += _RECORD.size
            if at + length > len(raw):
                raise ValueError("cut off")
            if (is_kind, group) == (kind, _INTERNET):
                found.append(_text(raw, at, length, kind))
            at += length
    except (struct.error, IndexError, OSError):
        raise ValueError("broken") from None
    return Reply(flags & 0xF, bool(flags & _TRUNCATED), tuple(found))


def _text(raw: bytes, at: int, length: int, kind: int) -> str:
    data = raw[at:at + length]
    if kind in (TYPES["A"], TYPES["AAAA"]):
        try:
            return socket.inet_ntop(socket.AF_INET if kind == TYPES["A"] else socket.AF_INET6, data)
        except ValueError:
            raise ValueError("no address") from None
    if kind == TYPES["MX"]:
        return f"{int.from_bytes(data[:2], 'big')} {_name(raw, at + 2)[0]}"
    if kind == TYPES["TXT"]:
        parts, place = b"", 0
        while place < len(data):
            parts += data[place + 1:place + 1 + data[place]]
            place += 1 + data[place]
        return decode(parts)
    return _name(raw, at)[0]


def _name(raw: bytes, at: int) -> tuple[str, int]:
    """A name, and where it ends; a pointer leads backwards only, so that there is no circle."""
    labels: list[str] = []
    end: int | None = None
    lowest = at
    while raw[at]:
        size = raw[at]
        if size & _POINTER == _POINTER:
            end = at + 2 if end is None else end
            at = (size & 0x3F) << 8 | raw[at + 1]
            if at >= lowest or len(labels) > 128:
                raise ValueError("a name in a circle")
            lowest = at
            continue
        if size & _POINTER or at + 1 + size > len(raw):
            raise ValueError("no name")
        labels.append(decode(raw[at + 1:at + 1 + size]))
        at += 1 + size
    return ".".join(labels) or ".", at + 1 if end is None else end
