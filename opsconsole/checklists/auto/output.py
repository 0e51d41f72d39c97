"""What a command writes, however much it is: the head, the tail, how much, and the hash of all of it."""

from __future__ import annotations

import hashlib
from typing import Final

from opsconsole.core.text import decode

MOST_LINES: Final = 20
"""Of the text that stands beside an answer."""
MOST_TEXT: Final = 2_000
"""Characters of it."""
MOST_MATCHED: Final = 128 * 1024
"""Bytes in which a pattern is looked for."""
_BREAK: Final = "\n"
_OUTER: Final = 8
"""Bytes around a cut in which a character may be broken."""


class Output:
    """Takes an output part by part, and keeps at most so many bytes of it.

    Args:
        keep: bytes that are kept: of a longer one half for the head, half for the tail.
    """

    def __init__(self, keep: int) -> None:
        self._half = max(1, keep // 2)
        self._head = bytearray()
        self._tail = bytearray()
        self._digest = hashlib.sha256()
        self.size = 0
        """Bytes that there were."""

    def take(self, part: bytes) -> None:
        """The next bytes."""
        self.size += len(part)
        self._digest.update(part)
        if (room := self._half - len(self._head)) > 0:
            self._head += part[:room]
            part = part[room:]
        self._tail += part[-self._half:]
        # Taking away at the front moves nothing.
        if (over := len(self._tail) - self._half) > 0:
            del self._tail[:over]

    @property
    def held(self) -> int:
        """Bytes that are held in memory."""
        return len(self._head) + len(self._tail)

    @property
    def left_out(self) -> int:
        """Bytes between head and tail that are not kept."""
        return self.size - self.held

    @property
    def sha256(self) -> str:
        """Of all that there was, 64 hexadecimal digits."""
        return self._digest.hexdigest()

    def kept(self) -> bytes:
        """Head and tail; a line between them says what is left out."""
        return bytes(self._head) + self._gap() + bytes(self._tail)

    def _gap(self) -> bytes:
        return f"\n[… {self.left_out} bytes are left out here …]\n".encode() if self.left_out else b""

    def matched(self) -> str:
        """The text in which a pattern is looked for: of a long one its beginning and its end."""
        whole = self.kept()
        if len(whole) <= MOST_MATCHED:
            return decode(whole).replace("\r\n", "\n")
        half = MOST_MATCHED // 2
        return decode(whole[:half] + b"\n" + whole[-half:]).replace("\r\n", "\n")

    def text(self) -> str:
        """A few lines for people: all of a short one, of a longer one its first and last lines."""
        whole = self.kept()
        room = MOST_TEXT * 4 + _OUTER
        half = MOST_LINES // 2
        if len(whole) > 2 * room:
            return f"{_start(_lines(whole[:room])[:half])}\n…\n{_end(_lines(_whole_characters(whole[-room:]))[-half:])}"
        lines = _lines(whole)
        text = "\n".join(lines)
        if len(lines) <= MOST_LINES and len(text) <= MOST_TEXT:
            return text
        head = _start(lines[:half])
        return f"{head}\n…\n{_end(text[len(head):].split(_BREAK)[-half:])}"


def _lines(raw: bytes) -> list[str]:
    return decode(raw).replace("\r\n", "\n").rstrip("\n").split("\n")


def _whole_characters(raw: bytes) -> bytes:
    """Without the rest of a character at the beginning."""
    skip = 0
    while skip < 3 and skip < len(raw) and raw[skip] & 0xC0 == 0x80:
        skip += 1
    return raw[skip:]


def _start(lines: list[str]) -> str:
    return "\n".join(lines)[:MOST_TEXT // 2]


def _end(lines: list[str]) -> str:
    return "\n".join(lines)[-(MOST_TEXT // 2 - 3):]
