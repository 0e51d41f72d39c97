"""What leaves by mail. Pure.

Only a `PublicMessage` and a `PublicFile` get into a mail, and neither can be made of anything internal. Header lines
are made here and of nothing but harmless text and checked addresses, so none can be slipped in.
"""

from __future__ import annotations

import re
from binascii import b2a_base64, b2a_qp
from datetime import UTC
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from opsconsole.core.clock import Instant, local
from opsconsole.core.errors import OpsError
from opsconsole.core.text import limited
from opsconsole.tickets.mail.loops import OUR_HEADER
from opsconsole.tickets.model import MOST_NAME, MOST_TITLE, Attachment, Event, EventKind, Party, Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from opsconsole.tickets.mail.store import Waiting
    from opsconsole.tickets.model import Ticket
    from opsconsole.tickets.settings import TicketSettings

_QUOTED_LINES, _QUOTED_CHARACTERS = 40, 4_000
"""How much of a message is quoted below its answer."""
_REFERENCES: Final = 20
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ADDRESS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\u00a0-\U0010ffff-]{1,64}@[A-Za-z0-9.\[\]:-]{1,190}")
"""RFC 5321, and letters beyond ASCII before the `@`, RFC 6531."""
_ID: Final = re.compile(r"[!-;=?-~]{1,250}")
_TYPE: Final = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}")
_PLAIN: Final = re.compile(r"[ -~]*")


class Unsendable(OpsError):  # noqa: N818 - it says what it is
    """A mail that can never leave as it is; trying again does not help."""


class PublicMessage(Record, frozen=True):
    """A message that people outside may read: a public one, or the first one of somebody outside."""

    event: Event

    def __post_init__(self) -> None:
        """Refuses everything else.

        Raises:
            ValueError: it is internal.
        """
        if not is_public(self.event):
            raise ValueError("what is internal never leaves")

    @property
    def text(self) -> str:
        """What was written."""
        if self.event.kind is EventKind.CREATED:
            return str(self.event.changes.get("description", ("", ""))[1])
        return self.event.text


def is_public(event: Event) -> bool:
    """Whether an event is a message that people outside may read."""
    if event.kind is EventKind.CREATED:
        return event.party is Party.REQUESTER
    return event.kind is EventKind.MESSAGE and event.public is True


class PublicFile(Record, frozen=True):
    """A file that may leave, with its bytes."""

    attachment: Attachment
    data: bytes

    def __post_init__(self) -> None:
        """Refuses everything else.

        Raises:
            ValueError: it is internal, or was deleted.
        """
        if self.attachment.public is not True or self.attachment.deleted is not None:
            raise ValueError("a file that is internal or deleted never leaves")


class Letter(Record, frozen=True):
    """A mail before it has its form."""

    number: int
    title: str
    recipients: tuple[str, ...]
    name: str
    """The requester's, for the first recipient; may be empty."""
    message_id: str
    at: Instant
    kind: str
    """`reply`, `confirm` or `survey`."""
    said: PublicMessage | None = None
    answers: PublicMessage | None = None
    ask: bool = False
    """Whether it asks how satisfied somebody is."""
    references: tuple[str, ...] = ()
    """Message-IDs of the mails before it, the nearest last."""
    answered: str = ""
    """The Message-ID of what it answers; empty: none."""
    files: tuple[PublicFile, ...] = ()


def letter(mail: Waiting, ticket: Ticket, events: Sequence[Event], thread: Sequence[tuple[str, bool]],
           files: Sequence[PublicFile] = (), *, ask: bool = False) -> Letter:
    """What a mail of the outbox says.

    Args:
        mail: as the outbox has it.
        ticket: that it is about.
        events: of that ticket, at least up to the one that it is about.
        thread: the Message-IDs of the ticket so far, and whether each came from outside.
        files: those that leave with it.
        ask: whether a reply asks how satisfied somebody is as well.

    Raises:
        Unsendable: a reply is about an event that is no public message.
    """
    before = [event for event in events if event.seq <= mail.seq]
    about = next((event for event in before if event.seq == mail.seq), None)
    said = None
    if mail.kind == "reply":
        if about is None or about.kind is not EventKind.MESSAGE or not is_public(about):
            raise Unsendable(f"Event {mail.seq} of ticket {ticket.number} is no public message, so it does not leave.")
        said = PublicMessage(about)
    heard = [event for event in before if event.seq < mail.seq and event.party is Party.REQUESTER and is_public(event)]
    # Whoever is answered did not write what their machine said, and never saw it.
    automatic = {event.data.get("message_id") for event in events if event.party is Party.ROBOT}
    written = [(one, from_outside) for one, from_outside in thread if not from_outside or one not in automatic]
    came = [one for one, from_outside in written if from_outside]
    return Letter(
        number=ticket.number, title=ticket.title, recipients=mail.recipients, name=ticket.requester,
        message_id=mail.message_id, at=mail.created, kind=mail.kind, said=said, ask=ask or mail.kind == "survey",
        answers=PublicMessage(heard[-1]) if heard and mail.kind == "reply" else None,
        references=tuple(one for one, _ in written), answered=came[-1] if came else "", files=tuple(files))


def compose(what: Letter, settings: TicketSettings, zone: tzinfo) -> bytes:
    """The mail as it is sent: lines end in CR LF; the same each time.

    Everything is ASCII but addresses that are not; these are UTF-8, as RFC 6532 has them.

    Raises:
        Unsendable: an address cannot be written to.
    """
    headers = list(_headers(what, settings))
    body = _encoded(_body(what, settings, zone)).removesuffix("\r\n")
    if not what.files:
        return _joined([*headers, *_TEXT, "", body])
    mark = f"=_{sha256(what.message_id.encode()).hexdigest()[:32]}"
    parts = [_joined([f"--{mark}", *_TEXT, "", body])]
    parts += [_joined([f"--{mark}", *_file_headers(one), "", _in_lines(one.data)]) for one in what.files]
    return b"".join([_joined([*headers, f'Content-Type: multipart/mixed; boundary="{mark}"', "", ""]), *parts,
                     _joined([f"--{mark}--", ""])])


_TEXT: Final = ("Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable")


def _headers(what: Letter, settings: TicketSettings) -> Iterator[str]:
    mail = settings.mail
    yield f"From: {_mailbox(mail.name, mail.address)}"
    names = [what.name, *("" for _ in what.recipients)]
    yield "To: " + ",\r\n ".join(_mailbox(name, one) for name, one in zip(names, what.recipients, strict=False))
    word = "" if what.kind == "confirm" else "Re: "
    yield f"Subject: {header_words(f'[#{what.number}] {word}{limited(what.title, MOST_TITLE)}')}"
    yield f"Date: {_date(what.at)}"
    yield f"Message-ID: <{_id(what.message_id)}>"
    if _ID.fullmatch(what.answered):
        yield f"In-Reply-To: <{what.answered}>"
    known = [one for one in what.references if _ID.fullmatch(one) and one != what.message_id]
    if known:
        nearest = known if len(known) <= _REFERENCES else [known[0], *known[1 - _REFERENCES:]]
        yield "References: " + "\r\n ".join(f"<{one}>" for one in nearest)
    yield f"Auto-Submitted: {'no' if what.kind == 'reply' else 'auto-generated'}"
    if what.kind != "reply":
        yield "X-Auto-Response-Suppress: All"
    yield f"{OUR_HEADER}: {_address(mail.address)} #{what.number}"
    yield "MIME-Version: 1.0"


def _body(what: Letter, settings: TicketSettings, zone: tzinfo) -> str:
    title = limited(what.title, MOST_TITLE)
    parts = []
    if what.kind == "confirm":
        parts.append(f"We have your message; its number is #{what.number}: {title}\n\n"
                     f"Whatever else you want to say about it, write as an answer to this mail.")
    elif what.said is not None:
        parts.append(what.said.text)
    elif what.ask:
        parts.append(f"#{what.number} is done: {title}")
    if what.ask:
        parts.append(settings.satisfaction.question)
    if what.answers is not None and settings.mail.quote:
        parts.append(_quoted(what.answers, zone))
    if settings.mail.signature.strip():
        parts.append(f"-- \n{settings.mail.signature.strip()}")
    return "\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"


def _quoted(message: PublicMessage, zone: tzinfo) -> str:
    lines = message.text[:_QUOTED_CHARACTERS].splitlines()
    more = len(message.text) > _QUOTED_CHARACTERS or len(lines) > _QUOTED_LINES
    when = local(message.event.at, zone)
    head = f"On {when:%Y-%m-%d} at {when:%H:%M}, {limited(message.event.actor, MOST_NAME) or 'somebody'} wrote:"
    return "\n".join([head, *(f"> {line}".rstrip() for line in lines[:_QUOTED_LINES]), *(["> …"] if more else [])])


def header_words(text: str) -> str:
    """Text as a header can have it: ASCII; anything else, and what looks coded, as encoded words in short lines."""
    text = limited(text, 1_000)
    if _PLAIN.fullmatch(text) and len(text) < 400 and "=?" not in text:
        return text
    words, chunk = [], b""
    for char in text:
        data = char.encode("utf-8", "backslashreplace")
        if len(chunk) + len(data) > 42:
            words.append(chunk)
            chunk = b""
        chunk += data
    return "\r\n ".join(f"=?utf-8?B?{b2a_base64(one, newline=False).decode()}?=" for one in (*words, chunk))


def _mailbox(name: str, address: str) -> str:
    address = _address(address)
    name = limited(name.strip(), MOST_NAME)
    if not name:
        return f"<{address}>"
    if _PLAIN.fullmatch(name) and "=?" not in name:
        escaped = re.sub(r'(["\\])', r"\\\1", name)
        return f'"{escaped}" <{address}>'
    return f"{header_words(name)} <{address}>"


def _address(address: str) -> str:
    """An address as servers take it; a domain in other letters becomes its ASCII form, a user cannot.

    Raises:
        Unsendable: there is none.
    """
    user, _, domain = address.rpartition("@")
    try:
        made = f"{user}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        made = address
    if not _ADDRESS.fullmatch(made) or not made.isprintable():
        raise Unsendable(f"`{limited(address, 80)}` is no address that mail can be sent to.",
                         "Correct the requester's address.")
    return made


def envelope(addresses: Sequence[str]) -> list[str]:
    """The addresses as the server is told them.

    Raises:
        Unsendable: one cannot be written to, or there is none.
    """
    if not addresses:
        raise Unsendable("The mail has no recipient.", "Give the ticket's requester an address.")
    return [_address(one) for one in addresses]


def _id(message_id: str) -> str:
    if not _ID.fullmatch(message_id):
        raise Unsendable("The Message-ID of the mail is damaged.")
    return message_id


def _date(at: Instant) -> str:
    """RFC 5322, in UTC; English whatever the locale."""
    when = local(at, UTC)
    return f"{_DAYS[when.weekday()]}, {when.day:02} {_MONTHS[when.month - 1]} {when:%Y %H:%M:%S} +0000"


def _file_headers(file: PublicFile) -> Iterator[str]:
    kind = file.attachment.type if _TYPE.fullmatch(file.attachment.type) else "application/octet-stream"
    # Text and mail might be shown in place of what was written, and run together with it.
    yield f"Content-Type: {kind if not kind.startswith(('message/', 'multipart/')) else 'application/octet-stream'}"
    yield "Content-Transfer-Encoding: base64"
    name = re.sub(r"[/\\]", "_", limited(file.attachment.name, 150))
    if re.fullmatch(r"[ !#-\[\]-~]*", name):
        yield f'Content-Disposition: attachment; filename="{name}"'
        return
    pieces = re.findall(r"(?:%..|[^%]){1,20}", f"UTF-8''{quote(name, safe='')}")
    coded = ";\r\n ".join(f"filename*{number}*={piece}" for number, piece in enumerate(pieces))
    yield f"Content-Disposition: attachment;\r\n {coded}"


def _encoded(text: str) -> str:
    data = re.sub(r"\r\n?", "\n", text).encode("utf-8", "backslashreplace")
    return b2a_qp(data, istext=True).decode("ascii").replace("\n", "\r\n")


def _in_lines(data: bytes) -> str:
    return "\r\n".join(b2a_base64(data[start:start + 57], newline=False).decode() for start in range(0, len(data), 57))


def _joined(lines: Sequence[str]) -> bytes:
    return ("\r\n".join(lines) + ("\r\n" if lines[-1] else "")).encode()
