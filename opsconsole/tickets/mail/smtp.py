"""Hands one mail to the server: how that ended, and whether it may have taken it without saying so. Blocks."""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
import threading
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.text import limited

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.tickets.settings import Smtp


class Handed(NamedTuple):
    """How an attempt ended."""

    ok: bool
    says: str = ""
    """What went wrong, as a sentence without its full stop; holds no secret."""
    final: bool = False
    """Whether trying again does not help."""
    unsure: bool = False
    """Whether it may have left all the same."""
    refused: tuple[str, ...] = ()
    """Recipients that the server will not have, of one that left to others."""


class _Refusal(Exception):  # noqa: N818 - it says what it is
    def __init__(self, doing: str, code: int, said: bytes, *, final: bool) -> None:
        super().__init__(f"{doing}: {code} {limited(said.decode('utf-8', 'replace'), 300)}")
        self.final = final


class Carrier:
    """Carries one mail; `abort`, from another thread, ends what takes too long."""

    def __init__(self, settings: Smtp) -> None:
        self._settings = settings
        self._server: smtplib.SMTP | None = None
        self._ended = threading.Event()
        self._told = False
        """Whether the whole mail was sent, and only the server's word is missing."""

    def abort(self) -> None:
        """Cuts the connection."""
        self._ended.set()
        sock = self._server.sock if self._server is not None else None
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def carry(self, sender: str, recipients: Sequence[str], content: bytes) -> Handed:
        """Hands a mail over. Raises nothing foreseeable."""
        where = f"{self._settings.host}:{self._settings.port}"
        try:
            password = self._settings.password.reveal() if self._settings.password is not None else ""
        except ValueError as problem:
            # The message says where the secret should have come from, never the secret.
            return Handed(ok=False, says=f"the password for {where} cannot be had: {problem}")
        try:
            return self._talk(password, sender, recipients, content)
        except _Refusal as problem:
            return Handed(ok=False, says=f"{where} refused {problem}", final=problem.final)
        except (OSError, smtplib.SMTPException, ValueError) as problem:
            why = "it took too long" if self._ended.is_set() or isinstance(problem, TimeoutError) else limited(
                getattr(problem, "strerror", None) or str(problem) or type(problem).__name__, 300)
            return Handed(ok=False, says=f"{where} did not take it: {why}", unsure=self._told)
        finally:
            if self._server is not None:
                self._server.close()

    def _talk(self, password: str, sender: str, recipients: Sequence[str], content: bytes) -> Handed:
        server = self._connected()
        # RFC 6531: such an address, and a mail that names it, is only for a server that says so.
        foreign = [one for one in (sender, *recipients) if not one.isascii()]
        if foreign and not server.has_extn("smtputf8"):
            where = f"{self._settings.host}:{self._settings.port}"
            return Handed(ok=False, final=True, says=f"{where} takes no address beyond ASCII such as"
                          f" {limited(foreign[0], 80)} (it has no SMTPUTF8); write to another one")
        if password or self._settings.user:
            try:
                server.login(self._settings.user, password)
            except smtplib.SMTPAuthenticationError as problem:
                # Its text may hold what was sent.
                raise _Refusal("the sign-in", problem.smtp_code, b"", final=False) from None
        if foreign:
            server.command_encoding = "utf-8"
        _expect("the sender", server.docmd("MAIL", f"FROM:<{sender}>{' SMTPUTF8 BODY=8BITMIME' if foreign else ''}"))
        refused = _named(server, recipients)
        code, said = server.docmd("DATA")
        if code != 354:
            raise _Refusal("the mail", code, said, final=code // 100 == 5)
        dotted = re.sub(rb"(?m)^\.", b"..", content)
        server.send(dotted if dotted.endswith(b"\r\n") else dotted + b"\r\n")
        # Without its last line the server takes nothing; from here on, only it knows.
        self._told = True
        server.send(b".\r\n")
        code, said = server.getreply()
        self._told = False
        _expect("the mail", (code, said))
        with contextlib.suppress(OSError, smtplib.SMTPException):
            server.docmd("QUIT")
        return Handed(ok=True, refused=refused)

    def _connected(self) -> smtplib.SMTP:
        """A connection, secured as the settings want it."""
        settings = self._settings
        timeout = float(settings.timeout)
        if settings.security == "tls":
            self._server = smtplib.SMTP_SSL(timeout=timeout, context=self._trust())
        else:
            self._server = smtplib.SMTP(timeout=timeout)
        server = self._server
        # Known before it connects, because STARTTLS checks the certificate against it.
        server._host = settings.host  # type: ignore[attr-defined]  # noqa: SLF001 - smtplib sets it only in its constructor
        code, said = server.connect(settings.host, settings.port)
        if code != 220:
            raise _Refusal("to talk", code, said, final=False)
        server.ehlo_or_helo_if_needed()
        if settings.security == "starttls":
            server.starttls(context=self._trust())
            server.ehlo_or_helo_if_needed()
        if self._ended.is_set():
            raise TimeoutError
        return server

    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._settings.ca or None)


def _named(server: smtplib.SMTP, recipients: Sequence[str]) -> tuple[str, ...]:
    """Names the recipients; why the server will not have some of them.

    Raises:
        _Refusal: it will have none.
    """
    refused: list[tuple[str, int, bytes]] = []
    for one in recipients:
        code, said = server.docmd("RCPT", f"TO:<{one}>")
        if code not in (250, 251):
            refused.append((one, code, said))
    if len(refused) == len(recipients):
        final = all(code // 100 == 5 for _, code, _ in refused)
        raise _Refusal(f"the recipient {refused[0][0]}", refused[0][1], refused[0][2], final=final)
    return tuple(f"{one}: {code} {limited(said.decode('utf-8', 'replace'), 200)}" for one, code, said in refused)


def _expect(what: str, answer: tuple[int, bytes]) -> None:
    code, said = answer
    if code != 250:
        raise _Refusal(what, code, said, final=code // 100 == 5)
