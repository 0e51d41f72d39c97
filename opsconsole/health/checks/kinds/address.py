"""Web addresses: what is asked of whom, and how an address is shown."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import quote, urljoin, urlsplit

PORTS: Final = {"http": 80, "https": 443}
_KEPT: Final = "%/:=&?~+!$,;'@()*[]"
"""Characters that stand for themselves in a path or a query, or are written with % already."""


class Address(NamedTuple):
    """A web address in parts; all ASCII."""

    scheme: str
    host: str
    """Without the brackets of IPv6."""
    port: int
    path: str
    query: str

    @property
    def secure(self) -> bool:
        """Whether it is asked through TLS."""
        return self.scheme == "https"

    @property
    def authority(self) -> str:
        """Host and, unless it is the usual one, port: what the header Host says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def target(self) -> str:
        """What the first line of a request asks for."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def __str__(self) -> str:
        """As it is shown: a query may hold what is nobody's business."""
        return f"{self.scheme}://{self.authority}{self.path}{'?…' if self.query else ''}"

    def shares_secrets_with(self, other: Address) -> bool:
        """Whether what was meant for this address may be sent to another: the same server, or its encrypted side."""
        if self.host != other.host:
            return False
        upgrade = (self.scheme, self.port, other.scheme, other.port) == ("http", 80, "https", 443)
        return upgrade or (self.scheme, self.port) == (other.scheme, other.port)


def read(text: str) -> Address:
    """The parts of an address; a name and a password in it are left out.

    Raises:
        ValueError: it is no web address.
    """
    parts = urlsplit(text)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("no web address")
    host = parts.hostname
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    port = PORTS[parts.scheme] if parts.port is None else parts.port
    return Address(parts.scheme, host, port, quote(parts.path, safe=_KEPT) or "/", quote(parts.query, safe=_KEPT))


def after(address: Address, location: bytes) -> Address:
    """Where a redirect leads.

    Raises:
        ValueError: to no web address.
    """
    text = location.decode("utf-8", "replace").strip()
    if not text or len(text) > 8000:
        raise ValueError("no web address")
    return read(urljoin(f"{address.scheme}://{address.authority}{address.target}", text))
