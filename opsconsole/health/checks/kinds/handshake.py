"""TLS with a service, and what is wrong with its certificate where something is."""

from __future__ import annotations

import ssl
import time
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.health.checks.kinds import certificate as x509
from opsconsole.health.checks.kinds.blocking import Crowded, aside
from opsconsole.health.checks.kinds.connecting import NO_TLS, not_connected, opened
from opsconsole.health.checks.kinds.course import Closed, Failed, Phase

if TYPE_CHECKING:
    from opsconsole.core.clock import Instant
    from opsconsole.health.checks.kinds.certificate import Certificate
    from opsconsole.health.checks.kinds.connecting import Address, Line, Prelude
    from opsconsole.health.checks.kinds.course import Course

Trust = Literal["full", "chain", "none"]
"""What must be right about a certificate: all, all but the host's name, nothing."""

FRESH: Final = 86_400.0
"""Seconds after which the authorities are read again."""
SAID_NAMES: Final = 3
"""Hosts of a certificate that a sentence names."""

_EXPIRED, _NOT_YET, _SELF_SIGNED = 10, 9, 18
_UNKNOWN_ISSUER: Final = frozenset({2, 19, 20, 21, 27})
_OTHER_HOST: Final = frozenset({62, 64})
"""X509_V_ERR_… of OpenSSL, `man X509_STORE_CTX_get_error`."""
_NO_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST",
                            "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "ENCRYPTED_LENGTH_TOO_LONG",
                            "UNEXPECTED_MESSAGE", "BAD_RECORD_TYPE", "INVALID_CONTENT_TYPE", "NOT_ON_RECORD_BOUNDARY"})
_OLD: Final = frozenset({"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "VERSION_TOO_LOW",
                         "NO_PROTOCOLS_AVAILABLE"})
_WORDS: Final = {
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "refuses the TLS handshake",
    "TLSV1_UNRECOGNIZED_NAME": "knows no host of this name",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "wants a certificate of the client",
    "DH_KEY_TOO_SMALL": "uses a key that is too short", "EE_KEY_TOO_SMALL": "uses a key that is too short"}

_contexts: dict[tuple[Trust, str | None], tuple[float, object, ssl.SSLContext]] = {}


class Tls(NamedTuple):
    """What is accepted of a server."""

    name: str
    """The host that its certificate must be for; sent to it unless it is an address."""
    trust: Trust
    ca: str | None = None
    """File with the authorities; None: those of the system."""

    async def context(self, trust: Trust) -> ssl.SSLContext:
        """The settings of a handshake; kept, because reading the authorities takes 20 ms and 2 MiB.

        Raises:
            Failed: the file with the authorities cannot be read.
        """
        key = (trust, None if trust == "none" else self.ca)
        kept = _contexts.get(key)
        now = time.monotonic()
        if kept is not None and (self.ca is None or trust == "none") and now - kept[0] < FRESH:
            return kept[2]
        try:
            mark, made = await aside(("authorities", *key), lambda: _made(*key))
        except Crowded:
            raise Failed("too much hangs on this machine to read the certificate authorities") from None
        except (OSError, ValueError) as problem:
            unread = isinstance(problem, OSError) and not isinstance(problem, ssl.SSLError)
            why = getattr(problem, "strerror", "") if unread else "it holds no certificate"
            raise Failed(f"the certificate authorities in {self.ca or 'the system'} cannot be read: {why}") from None
        _contexts[key] = (now, mark, made)
        return made


def _made(trust: Trust, ca: str | None) -> tuple[object, ssl.SSLContext]:
    """The context, and what it was made from; the kept one when its file is still the same."""
    mark: object = None
    if ca is not None:
        from pathlib import Path  # noqa: PLC0415 - few checks have a file

        found = Path(ca).stat()
        mark = (found.st_mtime_ns, found.st_size, found.st_ino)
        kept = _contexts.get((trust, ca))
        if kept is not None and kept[1] == mark:
            return mark, kept[2]
    if trust == "none":
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
        return mark, made
    made = ssl.create_default_context(cafile=ca)
    made.check_hostname = trust == "full"
    return mark, made


class Rejected(Failed):
    """A certificate that is not accepted.

    Args:
        sentence: all that is wrong with it.
        seen: the certificate, where it could be read.
        protocol: the version of TLS, where it was seen.
        other_host: whether the host's name was found wrong before anything else.
    """

    def __init__(self, sentence: str, seen: Certificate | None, protocol: str, *, other_host: bool) -> None:
        super().__init__(sentence)
        self.seen, self.protocol, self.other_host = seen, protocol, other_host


async def shake_hands(course: Course, line: Line, found: list[Address], tls: Tls, prelude: Prelude | None) -> None:
    """Begin TLS; the values `tls` and `certificate` (seconds left) are added, the latter also when it is not accepted.

    Raises:
        Rejected: its certificate is not accepted.
        Failed: the server speaks no TLS.
    """
    if prelude is not None:
        await prelude(line)
    try:
        with course.part(Phase.TLS, "tls"):
            der = await line.start_tls(tls)
        line.certificate = note(course, der)
    except ssl.SSLCertVerificationError as problem:
        line.close()
        seen, protocol = await look(course, found, tls, prelude)
        said = rejected(problem, seen, tls.name, course.scope.clock.now())
        raise Rejected(said, seen, protocol, other_host=problem.verify_code in _OTHER_HOST) from None
    except OSError as problem:
        raise refused(problem) or not_connected(problem) from None


async def look(course: Course, found: list[Address], tls: Tls,
               prelude: Prelude | None) -> tuple[Certificate | None, str]:
    """The certificate that a server shows, whatever it is, through another connection, and the version of TLS."""
    try:
        line = await opened(course, found, secured=prelude is None)
        try:
            if prelude is not None:
                await prelude(line)
            return note(course, await line.start_tls(tls, trusting=True)), line.protocol
        finally:
            line.close()
    except (OSError, Failed):
        return None, ""


def note(course: Course, der: bytes) -> Certificate | None:
    """The certificate, and its seconds as the value `certificate`: the fewest, where there are several."""
    try:
        seen = x509.read(der)
    except ValueError:
        return None
    left = seen.ends - course.scope.clock.now() / 1000
    before = course.values.get("certificate")
    course.values["certificate"] = min(left, before) if isinstance(before, float) else left
    return seen


def rejected(problem: ssl.SSLCertVerificationError, seen: Certificate | None, name: str, now: Instant) -> str:
    """Everything that is wrong with a certificate, the reason that was found first included."""
    code = problem.verify_code
    said = [validity(seen, now)] if seen is not None else []
    if code == _EXPIRED and not any(said):
        said.append("a certificate of its chain has expired" if seen is not None else "certificate expired")
    elif code == _NOT_YET and not any(said):
        said.append("certificate not valid yet")
    elif code == _SELF_SIGNED:
        said.append("self-signed certificate")
    elif code in _UNKNOWN_ISSUER:
        by = f" ({seen.issuer})" if seen is not None and seen.issuer else ""
        said.append(f"certificate of an unknown authority{by}, or its chain is incomplete")
    if code in _OTHER_HOST or (seen is not None and not seen.fits(name)):
        said.append(f"wrong host name: {_for_whom(seen)}")
    return ", ".join(filter(None, said)) or f"certificate not accepted: {problem.verify_message}"


def validity(seen: Certificate, now: Instant) -> str:
    """Whether a certificate is out of its time, in words; empty when not."""
    at = now / 1000
    if seen.ends <= at:
        return f"certificate expired {fmt.duration(at - seen.ends)} ago"
    return f"certificate becomes valid {fmt.ago(at - seen.begins)}" if seen.begins > at else ""


def _for_whom(seen: Certificate | None) -> str:
    if seen is None or not seen.names:
        return "the certificate is for no host"
    more = f" and {len(seen.names) - SAID_NAMES} more" if len(seen.names) > SAID_NAMES else ""
    return f"the certificate is for {', '.join(name[:100] for name in seen.names[:SAID_NAMES])}{more}"


def refused(problem: OSError) -> Failed | None:
    """What went wrong with TLS, in words; None for what has nothing to do with it."""
    if not isinstance(problem, ssl.SSLError):
        return None
    reason = problem.reason or ""
    if isinstance(problem, ssl.SSLEOFError) or reason == "UNEXPECTED_EOF_WHILE_READING":
        return Closed()
    if reason in _NO_TLS:
        return Failed(NO_TLS)
    if reason in _OLD:
        return Failed("speaks only old versions of TLS")
    return Failed(_WORDS.get(reason) or f"TLS failed: {reason.replace('_', ' ').lower() or 'no agreement'}")
