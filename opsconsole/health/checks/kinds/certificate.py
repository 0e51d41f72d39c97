"""Reads what a check wants to know of an X.509 certificate, also of one that nobody should trust.

`ssl` describes a certificate only after it was verified; this reads the DER form that it always gives. The fields are
those of RFC 5280, sections 4.1 and 4.2.1.6; host names fit as in RFC 9525, section 6.3.
"""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEQUENCE, _OID, _UTC_TIME = 0x30, 0x06, 0x17
_VERSION, _EXTENSIONS, _DNS_NAME, _ADDRESS = 0xA0, 0xA3, 0x82, 0x87
_COMMON_NAME: Final = bytes.fromhex("550403")
_ORGANISATION: Final = bytes.fromhex("55040a")
_ALTERNATIVE_NAMES: Final = bytes.fromhex("551d11")
_UTF16, _UTF32 = 0x1E, 0x1C
_MOST_NAMES: Final = 1000


class Certificate(NamedTuple):
    """What is of interest; times are seconds since 1970 UTC. All text is as foreign as the server."""

    begins: float
    ends: float
    subject: str
    """The common name, else the organisation, else nothing."""
    issuer: str
    names: tuple[str, ...]
    """The hosts that it is for: names, with `*.` for one label, and addresses."""
    self_signed: bool
    """Whether it names itself as its issuer."""

    def fits(self, host: str) -> bool:
        """Whether it is for this host."""
        try:
            wanted = str(ip_address(host))
        except ValueError:
            wanted = _ascii(host).rstrip(".").lower()
            parent = "*." + wanted.partition(".")[2]
            return any(name.lower() == wanted or ("." in parent[2:] and name.lower() == parent) for name in self.names)
        return wanted in self.names


def read(der: bytes) -> Certificate:
    """The certificate in DER form.

    Raises:
        ValueError: it is none.
    """
    (outer,) = _parts(der, _SEQUENCE)
    signed = next(_items(outer))
    fields = [field for field in _items(signed[1]) if field[0] != _VERSION]
    if len(fields) < 6:
        raise ValueError("too short")
    issuer, validity, subject = (field[1] for field in fields[2:5])
    begins, ends = (_moment(*item) for item in _items(validity))
    extensions = next((value for tag, value in fields[6:] if tag == _EXTENSIONS), b"")
    return Certificate(begins, ends, _called(subject), _called(issuer), tuple(_names(extensions)), issuer == subject)


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each value in a row."""
    at = 0
    while at < len(data):
        if at + 2 > len(data):
            raise ValueError("cut off")
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            count = length & 0x7F
            if not 1 <= count <= 4:
                raise ValueError("a length that no certificate has")
            length, at = int.from_bytes(data[at:at + count], "big"), at + count
        if at + length > len(data):
            raise ValueError("cut off")
        yield tag, data[at:at + length]
        at += length


def _parts(data: bytes, tag: int) -> list[bytes]:
    return [content for found, content in _items(data) if found == tag]


def _moment(tag: int, raw: bytes) -> float:
    text = raw.decode("ascii")
    if tag == _UTC_TIME:
        # Two digits of the year stand for 1950 to 2049.
        text = ("19" if int(text[:2]) >= 50 else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()


def _called(name: bytes) -> str:
    """The common name of a subject or issuer, else its organisation."""
    found: dict[bytes, str] = {}
    for _, pairs in _items(name):
        for _, pair in _items(pairs):
            (_, kind), (tag, value) = _items(pair)
            coding = {_UTF16: "utf-16-be", _UTF32: "utf-32-be"}.get(tag, "utf-8")
            found.setdefault(kind, value.decode(coding, "backslashreplace"))
    return found.get(_COMMON_NAME) or found.get(_ORGANISATION, "")


def _names(extensions: bytes) -> Iterator[str]:
    for listed in _parts(extensions, _SEQUENCE):
        for extension in _parts(listed, _SEQUENCE):
            (_, kind), *_, (_, value) = _items(extension)
            if kind != _ALTERNATIVE_NAMES:
                continue
            (sequence,) = _parts(value, _SEQUENCE)
            for number, (tag, content) in enumerate(_items(sequence)):
                if number >= _MOST_NAMES:
                    return
                if tag == _DNS_NAME:
                    yield content.decode("ascii", "backslashreplace")
                elif tag == _ADDRESS and len(content) in (4, 16):
                    yield str(ip_address(content))


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host
