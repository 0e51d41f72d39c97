"""What headers say: words that are encoded, and addresses. Pure; reads anything, raises nothing."""

from __future__ import annotations

import re
from binascii import a2b_base64, a2b_qp
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core.text import storable
from opsconsole.tickets.mail.charsets import decoded

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_HEADER: Final = 100_000
"""Characters of one header that are looked at."""
MOST_ADDRESS: Final = 254
"""Characters of an address, RFC 5321."""
_WORD: Final = re.compile(rb"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]{0,20000})\?=")
_CHARS: Final = r"[^\s<>@,;:\"()\[\]\\\x00-\x1f\x7f-\x9f]"
_ADDRESS: Final = re.compile(rf"{_CHARS}{{1,64}}@{_CHARS}{{1,189}}")
_TOKENS: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|\((?:[^()\\]|\\.)*+\)?|<[^>]*>?|[,;]|[^",;<(]+')


class Address(NamedTuple):
    """Somebody with an address; it is in lower case."""

    name: str
    mail: str

    @property
    def shown(self) -> str:
        """The name, or the address where there is none."""
        return self.name or self.mail


def unfolded(lines: Sequence[bytes]) -> bytes:
    """A header that was broken into lines as one line."""
    return b"".join(lines)[:MOST_HEADER]


def words(value: bytes) -> str:
    """A header as text: encoded words decoded, everything else by what it looks like; one line, spaces made single."""
    out: list[str] = []
    pending, charset, at = b"", "", 0
    for found in _WORD.finditer(value):
        between = value[at:found.start()]
        label = found[1].decode("ascii", "replace")
        if pending and (between.strip() or label.lower() != charset.lower()):
            out.append(decoded(pending, charset))
            pending = b""
        if between.strip() or not at:
            out.append(decoded(between))
        # A character may be cut between two words, so their bytes are put together first.
        pending, charset, at = pending + _word(found[2], found[3]), label, found.end()
    if pending:
        out.append(decoded(pending, charset))
    return one_line("".join(out) + decoded(value[at:]))


def _word(coding: bytes, text: bytes) -> bytes:
    if coding in b"qQ":
        return a2b_qp(text, header=True)
    text = re.sub(rb"[^A-Za-z0-9+/]", b"", text)
    text = text if len(text) % 4 != 1 else text[:-1]
    return a2b_base64(text + b"=" * (-len(text) % 4))


def one_line(text: str) -> str:
    """Text that can be stored, with each run of spaces and breaks as one space."""
    return storable(" ".join(text.split()))


def addresses(value: bytes) -> list[Address]:
    """The addresses of a header with their names, in their order; what is none is left out."""
    found: list[Address] = []
    names: list[str] = []
    comment = address = ""
    for token in [*_TOKENS.findall(decoded(value[:MOST_HEADER])), ","]:
        if token in (",", ";"):
            entry = _entry(names, comment, address)
            if entry is not None:
                found.append(entry)
            names, comment, address = [], "", ""
        elif token[0] == "<":
            inside = _ADDRESS.search(token)
            address = inside[0] if inside is not None else address
        elif token[0] == "(":
            comment = token.strip("()")
        elif token[0] == '"':
            names.append(re.sub(r"\\(.)", r"\1", token[1:].removesuffix('"')))
        else:
            names.append(token)
    return found


def _entry(names: Sequence[str], comment: str, address: str) -> Address | None:
    text = " ".join(names)
    if not address:
        bare = _ADDRESS.search(text)
        if bare is None:
            return None
        address, text = bare[0], comment
    mail = storable(address.lower().rstrip("."))
    name = _name(text)
    return Address(_name(comment) if name.lower() in ("", mail) else name, mail)


def _name(text: str) -> str:
    return words(text.encode("utf-8", "backslashreplace")).strip("'\" ")
