"""The structure of a mail: headers, parts, encodings. Pure; reads anything, raises nothing, loses nothing.

The `email` package is not used to read: it follows nested parts by recursion, tests every line against every boundary
that is open, and gives up on headers that mail has. Everything here is bytes until its charset is known, linear in
the length of the mail, and whatever is not as RFC 5322, 2045 to 2047 and 2231 want it is taken as what it looks like.
"""

from __future__ import annotations

import re
from binascii import Error, a2b_base64, a2b_qp, a2b_uu
from typing import Final, NamedTuple

from opsconsole.tickets.mail.charsets import decoded
from opsconsole.tickets.mail.headers import unfolded

MOST_PARTS: Final = 500
"""Parts of one multipart; the rest stays together as the last of them."""
MOST_HEADERS: Final = 2_000
"""Headers of a mail or a part; what comes behind is its body."""
_HEADER: Final = re.compile(rb"([!-9;-~]{1,76})[ \t]*:(.*)", re.DOTALL)
_TOKEN: Final = re.compile(r'\s*;?\s*([^\s=;*]{1,60})(?:\*([0-9]{1,3}))?(\*)?\s*=\s*("(?:[^"\\]|\\.)*+"?|[^;]*)')
_FOREIGN: Final = re.compile(rb"[^A-Za-z0-9+/=_-]")


class Part(NamedTuple):
    """A mail, or a part of one."""

    headers: tuple[tuple[str, bytes], ...]
    """Names in lower case, values as they came, unfolded."""
    body: bytes
    raw: bytes
    """All of it."""

    def all(self, name: str) -> list[bytes]:
        """The values of all headers of a name, in their order."""
        return [value for key, value in self.headers if key == name]

    def first(self, name: str) -> str:
        """The first header of a name as text, its encoded words not decoded; empty: there is none."""
        return next((decoded(value) for key, value in self.headers if key == name), "")

    @property
    def kind(self) -> str:
        """The content type without its parameters; where it says none that can be, text/plain."""
        word = self.first("content-type").partition(";")[0].strip().lower()
        return word if re.fullmatch(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,80}", word) else "text/plain"

    def parameters(self, name: str = "content-type") -> dict[str, str]:
        """The parameters of a header, names in lower case, those of RFC 2231 put together and decoded."""
        return parameters(self.first(name).partition(";")[2])

    @property
    def content(self) -> bytes:
        """The body without its transfer encoding; as it is where that is not what it says."""
        return _plain(self.body, self.first("content-transfer-encoding").partition(";")[0].strip().lower())


def parse(raw: bytes) -> Part:
    """A mail, or a part: what comes before the first line that is no header, and the rest."""
    start = _start(raw)
    headers: list[tuple[str, bytes]] = []
    lines: list[bytes] = []
    at = start
    while at < len(raw):
        end = raw.find(b"\n", at)
        end = len(raw) if end < 0 else end + 1
        line = raw[at:end].rstrip(b"\r\n")
        if line[:1] in (b" ", b"\t") and lines:
            lines.append(line)
        elif not line or len(headers) >= MOST_HEADERS or _HEADER.match(line) is None:
            at = end if not line else at
            break
        else:
            _take(headers, lines)
            lines = [line]
        at = end
    _take(headers, lines)
    return Part(tuple(headers), raw[at:], raw)


def _start(raw: bytes) -> int:
    """Behind empty lines, and the line with which a mailbox begins each mail."""
    at = 0
    while raw[at:at + 1] in (b"\r", b"\n"):
        at += 1
    if re.match(rb">?From [^\n:]*[0-9]{2}:[0-9]{2}", raw[at:at + 300]):
        return raw.find(b"\n", at) + 1 or len(raw)
    return at


def _take(headers: list[tuple[str, bytes]], lines: list[bytes]) -> None:
    found = _HEADER.match(unfolded(lines)) if lines else None
    if found is not None:
        headers.append((found[1].decode("ascii").lower(), found[2].strip()))


def parts(part: Part) -> list[Part]:
    """The parts of a multipart, in their order; none where it has no boundary, or none of its boundaries.

    What stands before the first and behind the last is a part too, unless it only says that this is MIME.
    """
    boundary = part.parameters().get("boundary", "").rstrip()
    if not boundary:
        return []
    mark = b"--" + boundary.encode("utf-8", "replace")[:200]
    cuts = _cuts(part.body, mark)
    if not cuts:
        return []
    found = [_stray(part.body[:cuts[0][0]])]
    for (_, start, last), (end, *_) in zip(cuts, [*cuts[1:], (len(part.body),)], strict=True):
        piece = part.body[start:end]
        found.append(_stray(piece) if last else parse(_without_break(piece)))
    return [one for one in found if one is not None]


def _cuts(body: bytes, mark: bytes) -> list[tuple[int, int, bool]]:
    """Where each line of a boundary begins and ends, and whether it is the closing one."""
    cuts: list[tuple[int, int, bool]] = []
    at = body.find(mark)
    while at >= 0 and len(cuts) < MOST_PARTS:
        end = body.find(b"\n", at)
        end = len(body) if end < 0 else end + 1
        rest = body[at + len(mark):end].strip()
        if (at == 0 or body[at - 1:at] == b"\n") and rest in (b"", b"--"):
            cuts.append((at, end, rest == b"--"))
        at = body.find(mark, end)
    return cuts


def _stray(piece: bytes) -> Part | None:
    """Text outside of all parts; None where it says nothing."""
    text = piece.strip()
    if not text or (len(text) < 500 and re.search(rb"(?i:mime|multi-?part)", text)):
        return None
    return Part((), piece, piece)


def _without_break(piece: bytes) -> bytes:
    """The line break before a boundary belongs to it."""
    return piece[:-2] if piece.endswith(b"\r\n") else piece.removesuffix(b"\n")


def parameters(text: str) -> dict[str, str]:
    """`charset=utf-8; name*0*=UTF-8''a%20; name*1=b` as names and values."""
    plain: dict[str, str] = {}
    pieces: dict[str, list[tuple[int, str, bool]]] = {}
    for name, number, coded, given in _TOKEN.findall(text[:20_000]):
        value = given.strip()
        value = re.sub(r"\\(.)", r"\1", value[1:].removesuffix('"')) if value.startswith('"') else value
        if number or coded:
            pieces.setdefault(name.lower(), []).append((int(number or 0), value, bool(coded)))
        else:
            plain.setdefault(name.lower(), value)
    return plain | {name: _together(found) for name, found in pieces.items()}


def _together(found: list[tuple[int, str, bool]]) -> str:
    """A value that RFC 2231 cut into pieces; those with a star are coded as in a URL, the first names the charset."""
    charset, raw = "", b""
    for place, (_, given, coded) in enumerate(sorted(found, key=lambda piece: piece[0])):
        value = given
        if coded and not place and given.count("'") >= 2:
            charset, _, value = given.split("'", 2)
        data = value.encode("utf-8", "surrogateescape")
        raw += re.sub(rb"%([0-9A-Fa-f]{2})", lambda code: bytes([int(code[1], 16)]), data) if coded else data
    return decoded(raw, charset)


def _plain(body: bytes, coding: str) -> bytes:
    if coding == "base64":
        return from_base64(body)
    if coding == "quoted-printable":
        return a2b_qp(body)
    if coding in ("x-uuencode", "uuencode", "uue", "x-uue"):
        return _from_uu(body)
    return body


def from_base64(body: bytes) -> bytes:
    """What base64 says, also without its end, with breaks, or put together from several; else the text itself."""
    if not _looks_coded(body.strip()):
        return body
    out: list[bytes] = []
    for piece in _FOREIGN.sub(b"", body).replace(b"-", b"+").replace(b"_", b"/").split(b"="):
        if piece:
            whole = piece if len(piece) % 4 != 1 else piece[:-1]
            out.append(a2b_base64(whole + b"=" * (-len(whole) % 4)))
    return b"".join(out)


def _looks_coded(text: bytes) -> bool:
    """Whether most of the beginning is lines of base64; text that only says so has spaces and signs."""
    lines = [line.strip() for line in text[:4000].splitlines()]
    coded = sum(len(line) for line in lines if _FOREIGN.search(line) is None)
    total = sum(map(len, lines))
    return coded * 10 >= total * 8 and (total >= 24 or total % 4 == 0)


def _from_uu(body: bytes) -> bytes:
    out, inside = b"", False
    for line in body.splitlines():
        if not inside:
            inside = line.startswith(b"begin ")
            continue
        if line.strip() == b"end":
            return out
        try:
            out += a2b_uu(line)
        except Error:
            return body
    return out or body
