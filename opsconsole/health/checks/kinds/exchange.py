"""One request and its answer in HTTP/1.1, whatever the server sends.

h11 reads the answer; the limits are here: of headers, of the body, of pieces that a body comes in, of what a
compressed one becomes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import h11

from opsconsole.health.checks.kinds.course import Closed, Failed, Phase

if TYPE_CHECKING:
    from opsconsole.health.checks.kinds.connecting import Line

MOST_BODY: Final = 1024 * 1024
"""Bytes; what comes after them is not read."""
MOST_HEADERS: Final = 32 * 1024
"""Bytes of all headers together; common servers allow less."""
MOST_PIECES: Final = 20_000
"""Of a body; one that comes in more of them costs more time than it is worth."""
MOST_INTERIM: Final = 20
"""Answers before the answer (RFC 9110, 15.2)."""
_TOO_LARGE: Final = 431
_BEGIN: Final = b"HTTP/"


class Request(NamedTuple):
    """What is asked."""

    method: str
    target: str
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Answer(NamedTuple):
    """What came back."""

    status: int
    reason: bytes
    headers: list[tuple[bytes, bytes]]
    """Names in small letters."""
    body: bytes
    """Decompressed, at most `MOST_BODY` bytes."""
    size: int
    """Bytes of the body as they came, as far as it was read."""
    cut: bool

    def header(self, name: str) -> bytes | None:
        """The value of a header; where it is there several times, all of them."""
        found = [value for key, value in self.headers if key == name.lower().encode()]
        return b", ".join(found) if found else None


async def exchange(line: Line, request: Request) -> Answer:
    """The answer to a request; the seconds until its first byte are added to the value `first_byte`.

    Raises:
        Failed: there is none, or it is no HTTP.
    """
    talk = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_HEADERS)
    try:
        out = talk.send(h11.Request(method=request.method, target=request.target, headers=request.headers)) or b""
        if request.body:
            out += talk.send(h11.Data(data=request.body)) or b""
        out += talk.send(h11.EndOfMessage()) or b""
    except h11.LocalProtocolError:
        # Its message would repeat the header, which may be a secret.
        raise Failed("the request cannot be sent: a header or the address holds what HTTP does not allow") from None
    with line.course.part(Phase.FIRST_BYTE, "first_byte"):
        await line.write(out)
        first = await line.read()
        if not first:
            raise Closed
    line.course.phase = Phase.ANSWER
    if not first.startswith(_BEGIN[:len(first)]):
        raise Failed("answers what is no HTTP", output=line.course.foreign(first))
    try:
        talk.receive_data(first)
        return await _read(line, talk)
    except h11.RemoteProtocolError as problem:
        if talk.trailing_data[1]:
            raise Closed from None
        if problem.error_status_hint == _TOO_LARGE and talk.their_http_version is None:
            raise Failed(f"sends more than {MOST_HEADERS >> 10} KiB of headers") from None
        raise Failed("answers what is no HTTP", output=line.course.foreign(first)) from None


async def _read(line: Line, talk: h11.Connection) -> Answer:
    answer: h11.Response | None = None
    body: _Body | None = None
    interim = 0
    while body is None or not body.full:
        event = talk.next_event()
        if event is h11.NEED_DATA:
            talk.receive_data(await line.read())
        elif isinstance(event, h11.InformationalResponse):
            interim += 1
            if interim > MOST_INTERIM:
                raise Failed(f"answers with more than {MOST_INTERIM} interim answers")
        elif isinstance(event, h11.Response):
            answer = event
            body = _Body(dict(event.headers).get(b"content-encoding", b""))
        elif isinstance(event, h11.Data) and body is not None:
            body.add(bytes(event.data))
        else:
            break
    if answer is None or body is None:
        raise Failed("answers what is no HTTP")
    headers = [(bytes(key), bytes(value)) for key, value in answer.headers]
    return Answer(answer.status_code, bytes(answer.reason), headers,
                  bytes(body.content), body.size, body.full)


class _Body:
    """What has come of a body; compressed ones, which nobody asked for, are read as far as the limit."""

    def __init__(self, coding: bytes) -> None:
        self.content = bytearray()
        self.size = 0
        self.full = False
        self._pieces = 0
        self._unpack = None
        if coding.strip().lower() in (b"gzip", b"x-gzip", b"deflate"):
            import zlib  # noqa: PLC0415 - only where a server compresses against our wish

            self._error = zlib.error
            self._unpack = zlib.decompressobj(wbits=47)

    def add(self, piece: bytes) -> None:
        """One more piece; `full` says when no more is wanted."""
        self._pieces += 1
        self.size += len(piece)
        room = MOST_BODY - len(self.content)
        if self._unpack is not None:
            try:
                # One byte more than there is room for tells a body that ends here from one that goes on.
                piece = self._unpack.decompress(piece, room + 1)
            except self._error:
                raise Failed("its compressed answer is broken") from None
        self.full = len(piece) > room or self.size > MOST_BODY or self._pieces >= MOST_PIECES
        self.content += piece[:room]
