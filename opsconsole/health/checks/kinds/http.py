"""Asks a web server, through a new connection each time, and follows where it sends.

Secrets go to the host of the check's own address and to no other. `dns`, `connect`, `tls` and `first_byte` are the
seconds of each part, added up over redirects; `latency` is all until the answer was there, or as much of it as is read.
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from opsconsole import __version__
from opsconsole.health.checks.kinds import address as web
from opsconsole.health.checks.kinds.connecting import connected
from opsconsole.health.checks.kinds.course import Failed, ask
from opsconsole.health.checks.kinds.exchange import Request, exchange
from opsconsole.health.checks.kinds.handshake import Tls

if TYPE_CHECKING:
    from opsconsole.health.checks.kinds.address import Address
    from opsconsole.health.checks.kinds.course import Course
    from opsconsole.health.checks.kinds.exchange import Answer
    from opsconsole.health.checks.model import Measured
    from opsconsole.health.checks.runner import Scope
    from opsconsole.health.checks.settings.net import HttpCheck

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SAME_QUESTION: Final = frozenset({307, 308})
"""Redirects after which method and body stay as they were (RFC 9110, 15.4)."""
_HEADER: Final = re.compile(r"header\.([A-Za-z0-9_-]+)")
_PRIVATE: Final = frozenset({b"set-cookie", b"authorization", b"proxy-authorization", b"www-authenticate"})
MOST_HEADERS: Final = 30
"""That are shown."""
MOST_SHOWN: Final = 1000
"""Characters of the body that are shown."""


async def measure(check: HttpCheck, scope: Scope) -> Measured:
    """What a web server answers, and how long each part of that took."""
    async def question(course: Course) -> Measured:
        hop = _first(check, course)
        seen = {(hop.method, hop.address)}
        for number in range(check.follow + 1):
            course.values.update(redirects=float(number), url=course.foreign(str(hop.address)))
            answer = await _asked(check, course, hop)
            location = answer.header("location") if answer.status in _REDIRECTS else None
            if location is None or not check.follow:
                return _measured(check, course, answer)
            hop = hop.after(answer, location)
            if (hop.method, hop.address) in seen:
                raise Failed("redirects in a circle", output=course.foreign(str(hop.address)))
            seen.add((hop.method, hop.address))
        raise Failed(f"more than {check.follow} redirects", output=course.foreign(str(hop.address)))

    return await ask(check, scope, question)


class _Hop:
    """One request on the way, and what may be sent with it."""

    def __init__(self, method: str, address: Address, home: Address, public: dict[str, bytes],
                 secret: dict[str, bytes], body: bytes, *, secret_body: bool) -> None:
        self.method, self.address, self.home = method, address, home
        self.public, self.secret = public, secret
        self.body, self.secret_body = body, secret_body

    def request(self) -> Request:
        """What is sent."""
        given = self.public | (self.secret if self.home.shares_secrets_with(self.address) else {})
        usual = {"Host": self.address.authority.encode(), "User-Agent": f"opsconsole/{__version__}".encode(),
                 "Accept": b"*/*", "Accept-Encoding": b"identity", "Connection": b"close"}
        if self.body or self.method in ("POST", "PUT", "PATCH"):
            usual["Content-Length"] = str(len(self.body)).encode()
        names = {name.lower() for name in given}
        headers = {name: value for name, value in usual.items() if name.lower() not in names} | given
        return Request(self.method, self.address.target, [(name.encode(), value) for name, value in headers.items()],
                       self.body)

    def after(self, answer: Answer, location: bytes) -> _Hop:
        """The next request, after a redirect."""
        try:
            address = web.after(self.address, location)
        except ValueError:
            raise Failed("redirects to what is no web address") from None
        method, body = self.method, self.body
        same = answer.status in _SAME_QUESTION or method == "HEAD" or (answer.status != 303 and method != "POST")
        if not same:
            method, body = "GET", b""
        if body and self.secret_body and not self.home.shares_secrets_with(address):
            raise Failed("redirects to another host, which must not get the secret body")
        public = self.public
        if address.host != self.address.host or not body:
            left_out = {"host"} if address.host != self.address.host else set()
            left_out |= set() if body else {"content-type"}
            public = {name: value for name, value in public.items() if name.lower() not in left_out}
        return _Hop(method, address, self.home, public, self.secret, body, secret_body=self.secret_body)


def _first(check: HttpCheck, course: Course) -> _Hop:
    """The first request, with the secrets, which are fetched now."""
    try:
        address = web.read(check.url)
    except ValueError:
        raise Failed("this is no web address") from None
    secret = {name: _bytes(course.reveal(value, f"secret_headers.{name}"))
              for name, value in check.secret_headers.items()}
    if check.password is not None:
        pair = f"{check.user}:{course.reveal(check.password, 'password')}"
        course.hide(pair)
        secret["Authorization"] = b"Basic " + b64encode(_bytes(pair))
    if check.bearer is not None:
        secret["Authorization"] = b"Bearer " + _bytes(course.reveal(check.bearer, "bearer"))
    added = [f"{quote(name, safe='')}={quote(_bytes(course.reveal(value, f'secret_query.{name}')), safe='')}"
             for name, value in check.secret_query.items()]
    address = address._replace(query="&".join(filter(None, (address.query, *added))))
    body = _bytes(check.body or "")
    if check.secret_body is not None:
        body = _bytes(course.reveal(check.secret_body, "secret_body"))
    public = {name: _bytes(value) for name, value in check.headers.items()}
    return _Hop(check.method, address, address, public, secret, body, secret_body=check.secret_body is not None)


async def _asked(check: HttpCheck, course: Course, hop: _Hop) -> Answer:
    address = hop.address
    tls = Tls(address.host, "full" if check.verify else "none", check.ca) if address.secure else None
    async with connected(course, address.host, address.port, tls) as line:
        return await exchange(line, hop.request())


def _measured(check: HttpCheck, course: Course, answer: Answer) -> Measured:
    course.values.update(status=float(answer.status), size=float(answer.size))
    # Only headers that somebody asks for are kept: others may hold what is nobody's business.
    for name in _HEADER.findall(" ".join((*check.critical_unless, *check.warning_unless))):
        course.values[f"header.{name}"] = course.foreign(answer.header(name) or b"")
    body = course.clean_bytes(answer.body)
    return course.done(str(answer.status), output=_described(course, answer, body), body=body)


def _described(course: Course, answer: Answer, body: bytes) -> str:
    lines = [f"{answer.status} {course.foreign(answer.reason)}".rstrip()]
    lines += [f"{course.foreign(name)}: {course.foreign(value)}" for name, value in answer.headers[:MOST_HEADERS]
              if name not in _PRIVATE]
    if body:
        lines += ["", course.foreign(body[:4 * MOST_SHOWN], MOST_SHOWN)]
    return "\n".join(lines)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
