"""The settings of checks that ask a service over the network: HTTP, TCP, DNS, TLS, SMTP, IMAP, SSH."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping  # noqa: TC003 - msgspec reads the annotations
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from opsconsole.core.units import Secret  # noqa: TC001 - as above
from opsconsole.health.checks.settings.base import Check

_NAME = Meta(min_length=1, max_length=253, pattern=r"^[^\s/\[\]@]+$")
_Host = Annotated[str, _NAME, Meta(description="Name or address of the server.")]
_Port = Annotated[int, Meta(ge=1, le=65_535, description="Its TCP port.")]
_Verify = Annotated[bool, Meta(
    description="Whether its certificate must be valid: in its time, from a trusted authority, for this host.")]
_Ca = Annotated[str | None, Meta(
    description="File with the certificate authorities to trust; null: those of the system.")]
_ServerName = Annotated[Annotated[str, _NAME] | None, Meta(
    description="The name that is asked for, and that the certificate must be for; null: the host.")]

CERTIFICATE_WARNING = "certificate > 21d"
CERTIFICATE_CRITICAL = "certificate > 7d"
MOST_BYTES = 4096
"""Of what is sent or expected."""
_TOKEN = r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"  # noqa: S105 - the characters of a header's name, RFC 9110
_TELLING = re.compile(r"authorization|cookie|token|secret|passw|api-?key|credential", re.IGNORECASE)
"""Names of headers whose values are secrets."""
_FRAMING = frozenset({"content-length", "transfer-encoding", "connection", "upgrade", "expect", "te", "trailer",
                      "accept-encoding", "proxy-connection", "keep-alive"})
"""Headers that say how the rest is to be read, which only the client knows."""
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|.|$)", re.DOTALL)
_ESCAPES = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}


def unescaped(text: str) -> bytes:
    r"""What a text means in bytes: `\r \n \t \0 \\ \x1f` as in most languages, all else as UTF-8.

    Raises:
        ValueError: another character follows a backslash.
    """
    made, at = b"", 0
    for found in _ESCAPE.finditer(text):
        sign = found[1]
        if sign not in _ESCAPES and len(sign) != 3:
            raise ValueError(r"a backslash begins one of \r \n \t \0 \\ \x1f; write two for one")
        made += text[at:found.start()].encode() + (_ESCAPES.get(sign) or bytes.fromhex(sign[1:]))
        at = found.end()
    return made + text[at:].encode()


def _absolute(key: str, path: str | None) -> Iterable[tuple[str, str]]:
    if path is not None and not path.startswith("/"):
        yield key, f"the path must be absolute, not `{path}`"


class HttpCheck(Check, frozen=True, kw_only=True, tag="http"):
    """Asks a web server for a page, each time through a new connection."""

    MAIN: ClassVar[str] = "latency"
    VALUES: ClassVar[Mapping[str, str]] = {
        "status": "number", "latency": "seconds", "dns": "seconds", "connect": "seconds", "tls": "seconds",
        "first_byte": "seconds", "size": "bytes", "certificate": "seconds", "redirects": "number", "url": "text",
        "header.*": "text", "body": "text"}
    CRITICAL: ClassVar[tuple[str, ...]] = ("status < 400",)
    WARNING: ClassVar[tuple[str, ...]] = (CERTIFICATE_WARNING,)

    url: Annotated[str, Meta(
        min_length=1, max_length=4000,
        description="What is asked for; without names, passwords and keys, which have their own settings.")]
    method: Annotated[Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"], Meta(
        description="How it is asked.")] = "GET"
    headers: Annotated[dict[Annotated[str, Meta(pattern=_TOKEN, max_length=100)], str], Meta(
        max_length=50, description="Headers that are sent; without secrets.")] = msgspec.field(default_factory=dict)
    secret_headers: Annotated[dict[Annotated[str, Meta(pattern=_TOKEN, max_length=100)], Secret], Meta(
        max_length=50, description="Headers with secrets, as `Authorization: Bearer ${TOKEN}`. Like every secret, they "
                                   "are sent to the host of `url` only, to no other after a redirect.",
    )] = msgspec.field(default_factory=dict)
    secret_query: Annotated[dict[Annotated[str, Meta(min_length=1, max_length=200)], Secret], Meta(
        max_length=20, description="Secret parameters that are added to the URL: name to place.",
    )] = msgspec.field(default_factory=dict)
    body: Annotated[Annotated[str, Meta(max_length=100_000)] | None, Meta(
        description="What is sent; null: nothing.")] = None
    secret_body: Annotated[Secret | None, Meta(description="The same where it is a secret.")] = None
    user: Annotated[Annotated[str, Meta(min_length=1, max_length=200)] | None, Meta(
        description="Name for basic authentication.")] = None
    password: Annotated[Secret | None, Meta(description="Where its password comes from.")] = None
    bearer: Annotated[Secret | None, Meta(description="Where a token for `Authorization: Bearer` comes from.")] = None
    follow: Annotated[int, Meta(ge=0, le=10, description="How many redirects are followed; 0: none, and the redirect "
                                                         "itself is the answer.")] = 5
    verify: _Verify = True
    ca: _Ca = None

    def mistakes(self) -> Iterable[tuple[str, str]]:
        """An address that nothing can be asked at, secrets at the wrong place, two answers to one question."""
        yield from super().mistakes()
        if wrong := _wrong_url(self.url):
            yield "url", wrong
        yield from _absolute("ca", self.ca)
        if self.user is not None and self.password is None:
            yield "user", "a user needs a `password`"
        if self.password is not None and self.user is None:
            yield "password", "a password needs a `user`"
        if self.user is not None and ":" in self.user:
            yield "user", "a user's name cannot hold a colon"
        if self.body is not None and self.secret_body is not None:
            yield "secret_body", "there is a `body` already"
        yield from self._wrong_headers()

    def _wrong_headers(self) -> Iterable[tuple[str, str]]:
        given = [name.lower() for name in (*self.headers, *self.secret_headers)]
        given += ["authorization"] * ((self.user is not None) + (self.bearer is not None))
        for key, names in (("headers", self.headers), ("secret_headers", self.secret_headers)):
            for name in names:
                if given.count(name.lower()) > 1:
                    yield key, f"`{name}` is given twice"
                elif name.lower() in _FRAMING:
                    yield key, f"`{name}` is set by itself"
        if self.user is not None and self.bearer is not None:
            yield "bearer", "there is a `user` already"
        for name, value in self.headers.items():
            if _TELLING.search(name):
                yield "headers", f"`{name}` holds a secret, so it belongs under `secret_headers`"
            elif "\n" in value:
                yield "headers", f"`{name}` must be one line"


def _wrong_url(url: str) -> str:
    """What is wrong with an address, without repeating it; empty when nothing is."""
    from urllib.parse import urlsplit  # noqa: PLC0415 - few commands read a check of this kind

    if re.search(r"[\s\x00-\x1f\x7f]", url):
        return "an address has no spaces; write `%20` for one"
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        return "this is no address; write it as `https://example.com:8443/health`"
    if parts.scheme not in ("http", "https") or not host:
        return "an address begins with `http://` or `https://` and a host"
    if "@" in parts.netloc:
        return "a name and a password have no place in an address; write `user` and `password`"
    return "there is no port 0" if port == 0 else ""


class TcpCheck(Check, frozen=True, kw_only=True, tag="tcp"):
    """Connects to a port; optionally sends something and reads the answer."""

    MAIN: ClassVar[str] = "latency"
    VALUES: ClassVar[Mapping[str, str]] = {"latency": "seconds", "connect": "seconds", "banner": "text"}
    CRITICAL: ClassVar[tuple[str, ...]] = ()
    WARNING: ClassVar[tuple[str, ...]] = ()

    host: _Host
    port: _Port
    send: Annotated[Annotated[str, Meta(max_length=MOST_BYTES)] | None, Meta(
        description=r"What is sent after connecting, as `PING\r\n`; null: nothing.")] = None
    expect: Annotated[Annotated[str, Meta(min_length=1, max_length=MOST_BYTES)] | None, Meta(
        description="What must come back, anywhere in the first 4 KiB; null: nothing is waited for.")] = None

    def mistakes(self) -> Iterable[tuple[str, str]]:
        """Backslashes that mean nothing."""
        yield from super().mistakes()
        for key, text in (("send", self.send), ("expect", self.expect)):
            try:
                unescaped(text or "")
            except ValueError as problem:
                yield key, str(problem)


class DnsCheck(Check, frozen=True, kw_only=True, tag="dns"):
    """Asks what a name resolves to.

    That there is nothing is critical, unless a condition says what `count` must be.
    """

    MAIN: ClassVar[str] = "latency"
    VALUES: ClassVar[Mapping[str, str]] = {"latency": "seconds", "addresses": "text", "count": "number"}
    CRITICAL: ClassVar[tuple[str, ...]] = ()
    WARNING: ClassVar[tuple[str, ...]] = ()

    name: Annotated[str, _NAME, Meta(description="What is looked up.")]
    type: Annotated[Literal["A", "AAAA", "MX", "TXT", "CNAME", "NS"], Meta(
        description="What is asked about it.")] = "A"
    server: Annotated[str | None, Meta(
        description="Address of the server that is asked; null: as every program here does it, through the system's "
                    "resolver, or for anything but A and AAAA its first server.")] = None
    port: Annotated[int, Meta(ge=1, le=65_535, description="Port of that server.")] = 53

    def mistakes(self) -> Iterable[tuple[str, str]]:
        """A server that would have to be looked up itself, a name that cannot be asked for."""
        yield from super().mistakes()
        if self.server is not None:
            from ipaddress import ip_address  # noqa: PLC0415 - few files name one

            try:
                ip_address(self.server)
            except ValueError:
                yield "server", f"it must be an address such as 192.0.2.53, not `{self.server}`"


class TlsCheck(Check, frozen=True, kw_only=True, tag="tls"):
    """Looks at the certificate of a server that speaks TLS."""

    MAIN: ClassVar[str] = "certificate"
    VALUES: ClassVar[Mapping[str, str]] = {
        "certificate": "seconds", "latency": "seconds", "chain": "bool", "host_name": "bool", "protocol": "text",
        "issuer": "text", "subject": "text"}
    CRITICAL: ClassVar[tuple[str, ...]] = (CERTIFICATE_CRITICAL,)
    WARNING: ClassVar[tuple[str, ...]] = (CERTIFICATE_WARNING,)

    host: _Host
    port: _Port = 443
    server_name: _ServerName = None
    starttls: Annotated[Literal["smtp", "imap"] | None, Meta(
        description="The protocol in which TLS is asked for first; null: TLS from the first byte.")] = None
    verify: _Verify = True
    ca: _Ca = None

    def mistakes(self) -> Iterable[tuple[str, str]]:
        """A path that depends on the folder the program is started in."""
        yield from super().mistakes()
        yield from _absolute("ca", self.ca)


class _MailCheck(Check, frozen=True, kw_only=True):
    """What checks of both kinds of mail servers have."""

    MAIN: ClassVar[str] = "latency"
    WARNING: ClassVar[tuple[str, ...]] = (CERTIFICATE_WARNING,)
    CRITICAL: ClassVar[tuple[str, ...]] = (CERTIFICATE_CRITICAL,)

    host: _Host
    port: Annotated[Annotated[int, Meta(ge=1, le=65_535)] | None, Meta(
        description="Its TCP port; null: the usual one.")] = None
    tls: Annotated[Literal["off", "starttls", "implicit"], Meta(
        description="Whether it is asked through TLS: never, after asking for it, or from the first byte.")] = "off"
    server_name: _ServerName = None
    verify: _Verify = True
    ca: _Ca = None

    def mistakes(self) -> Iterable[tuple[str, str]]:
        """A path that depends on the folder the program is started in, and settings that mean nothing."""
        yield from super().mistakes()
        yield from _absolute("ca", self.ca)
        if self.tls == "off":
            for key in ("server_name", "ca"):
                if getattr(self, key) is not None:
                    yield key, "it needs `tls: starttls` or `tls: implicit`"


class SmtpCheck(_MailCheck, frozen=True, kw_only=True, tag="smtp"):
    """Greets a mail server, and sends no mail. The usual port is 25, or 465 with implicit TLS."""

    VALUES: ClassVar[Mapping[str, str]] = {
        "latency": "seconds", "banner": "text", "extensions": "text", "certificate": "seconds"}

    @property
    def number(self) -> int:
        """The port that is asked."""
        return self.port or (465 if self.tls == "implicit" else 25)


class ImapCheck(_MailCheck, frozen=True, kw_only=True, tag="imap"):
    """Greets a mailbox server, and signs nobody in. The usual port is 143, or 993 with implicit TLS."""

    VALUES: ClassVar[Mapping[str, str]] = {
        "latency": "seconds", "banner": "text", "capabilities": "text", "certificate": "seconds"}

    @property
    def number(self) -> int:
        """The port that is asked."""
        return self.port or (993 if self.tls == "implicit" else 143)


class SshCheck(Check, frozen=True, kw_only=True, tag="ssh"):
    """Reads the greeting of an SSH server, and signs nobody in."""

    MAIN: ClassVar[str] = "latency"
    VALUES: ClassVar[Mapping[str, str]] = {"latency": "seconds", "banner": "text"}
    CRITICAL: ClassVar[tuple[str, ...]] = ()
    WARNING: ClassVar[tuple[str, ...]] = ()

    host: _Host
    port: _Port = 22
