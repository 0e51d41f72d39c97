"""A mail server on loopback that keeps what it is given."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from aiosmtpd.smtp import Envelope, Session


class Mail(NamedTuple):
    """One message as it came."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


class Sink(NamedTuple):
    """A server while it runs; `refuse` makes it answer so to the next messages instead of taking them."""

    port: int
    mails: list[Mail]
    refuse: list[str]


class _Keeper:
    def __init__(self, mails: list[Mail], refuse: list[str]) -> None:
        self.mails, self.refuse = mails, refuse

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        if self.refuse:
            return self.refuse.pop(0)
        content = envelope.original_content or b""
        self.mails.append(Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        return "250 taken"


def port_of(controller: Controller) -> int:
    """Where it listens."""
    assert isinstance(controller.server, asyncio.Server)
    return int(controller.server.sockets[0].getsockname()[1])


class _Talk(SMTP):
    def __init__(self, opened: list[asyncio.BaseTransport], *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._opened = opened

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # One with TLS that was closed twice can no longer be aborted itself.
        secured = getattr(transport, "_ssl_protocol", None)
        self._opened.append(transport if secured is None else secured._transport)
        super().connection_made(transport)


class _Controller(Controller):
    def __init__(self, handler: Any, starttls: ssl.SSLContext | None, implicit: ssl.SSLContext | None) -> None:
        super().__init__(handler, hostname="127.0.0.1", port=0, ssl_context=implicit, ready_timeout=20.0)
        self._starttls = starttls

        self.open: list[asyncio.BaseTransport] = []

    def factory(self) -> SMTP:
        return _Talk(self.open, self.handler, hostname="mail.test", tls_context=self._starttls)

    def stop(self, no_assert: bool = False) -> None:
        """End, and leave no connection open, which the usual one does after TLS has failed."""
        ended = threading.Event()

        def abort() -> None:
            for transport in self.open:
                if isinstance(transport, asyncio.WriteTransport):
                    transport.abort()
            # What is aborted is closed in the loop's next turn.
            self.loop.call_soon(ended.set)

        # Whoever left in the middle of a handshake is noticed in a moment.
        self.loop.call_soon_threadsafe(self.loop.call_later, 0.05, abort)
        ended.wait(10)
        super().stop(no_assert)

    def _trigger_server(self) -> None:
        """The first connection, for which the controller waits; the usual one knows neither port nor certificate."""
        socket.create_connection(("127.0.0.1", port_of(self))).close()


@contextmanager
def smtp_sink(starttls: ssl.SSLContext | None = None, implicit: ssl.SSLContext | None = None) -> Iterator[Sink]:
    """An SMTP server whose mails can be looked at."""
    mails: list[Mail] = []
    refuse: list[str] = []
    controller = _Controller(_Keeper(mails, refuse), starttls, implicit)
    controller.start()
    try:
        yield Sink(port_of(controller), mails, refuse)
    finally:
        controller.stop()
