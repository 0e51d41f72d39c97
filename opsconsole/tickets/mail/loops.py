"""Mail that no person wrote: automatic answers, lists, our own mail that came back, and reports of bounces. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from opsconsole.tickets.mail.charsets import decoded
from opsconsole.tickets.mail.headers import addresses, one_line, words
from opsconsole.tickets.mail.ids import message_ids
from opsconsole.tickets.mail.mime import Part, parse, parts
from opsconsole.tickets.model import Record

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

OUR_HEADER: Final = "X-OpsConsole-Ticket"
"""Stands in every mail that leaves, with our address; one that comes in with it went in a circle."""
_MACHINES: Final = re.compile(r"(?:mailer-?daemon|postmaster|double-bounce|maildaemon)(?:[@+>]|$)")
_PRECEDENCE: Final = frozenset({"bulk", "junk", "list", "auto_reply", "auto-reply"})
_ANSWERING: Final = ("x-auto-response-suppress", "x-autoreply", "x-autorespond", "x-autoresponder", "x-mail-autoreply",
                     "x-ms-exchange-inbox-rules-loop", "x-ebay-mailtracker-autoresponse")
_SUBJECTS: Final = re.compile(
    r"(?:automatic reply|auto[- ]?reply|autoreply|out of (?:the )?office|automatische antwort|abwesenheits\w*|"
    r"r[ée]ponse automatique|absence du bureau|respuesta autom[áa]tica|fuera de la oficina|risposta automatica|"
    r"fuori sede|automatisch antwoord|afwezig\w*|resposta autom[áa]tica|autosvar|automatiskt svar|"
    r"automaattinen vastaus|automatyczna odpowied[źz]|odpowied[źz] automatyczna|automatick[áa] odpov[ěe]?[dď]?|"
    r"автоответ|автоматический ответ|自動応答|自动回复|自動回覆)\s*[:：]", re.IGNORECASE)  # noqa: RUF001 - so it is sent
_GIVEN_UP: Final = re.compile(r"(?:failed|failure|expired)", re.IGNORECASE)
_REFUSED: Final = re.compile(r"\b5[0-9][0-9]\b|\b5\.[0-9]\.[0-9]|permanent|undeliver|fail|reject|unknown user",
                             re.IGNORECASE)
_MOST_REPORT: Final = 200_000
"""Bytes of a report that are searched for Message-IDs where it names none as it should."""


class Bounce(Record, frozen=True):
    """What a mail server says about a mail of ours."""

    failed: bool
    """Whether it gave up; else it only tells that it still tries, or that it arrived."""
    recipient: str
    """Whom it did not reach; empty: it does not say."""
    says: str
    """The server's own words, one line."""
    ids: tuple[str, ...]
    """Message-IDs of what it may be about."""


def automatic(mail: Part, sender: str, own: Collection[str]) -> str:
    """Why no person wrote this, as half a sentence; empty: one may have.

    Args:
        mail: the whole mail.
        sender: its address, in lower case.
        own: our own addresses, in lower case.
    """
    return next(_reasons(mail, sender, own), "")


def _reasons(mail: Part, sender: str, own: Collection[str]) -> Iterator[str]:
    marks = [decoded(value).lower() for value in mail.all(OUR_HEADER.lower())]
    if any(address in mark for mark in marks for address in own):
        yield "it is a mail of our own"
    if sender in own:
        yield "it comes from our own address"
    said = mail.first("auto-submitted").partition(";")[0].strip().lower()
    if said not in ("", "no"):
        yield f"it says Auto-Submitted: {one_line(said)[:40]}"
    paths = [decoded(value).strip() for value in mail.all("return-path")]
    if any(path in ("<>", "< >") for path in paths):
        yield "its Return-Path is empty"
    if _MACHINES.match(sender) or any(_MACHINES.match(path.lower().lstrip("<")) for path in paths):
        yield "a mail server sent it"
    precedence = mail.first("precedence").strip().lower()
    if precedence in _PRECEDENCE:
        yield f"it says Precedence: {precedence}"
    if mail.all("list-id"):
        yield "it comes from a mailing list"
    for name in _ANSWERING:
        if mail.first(name).strip().lower() not in ("", "no", "none", "false"):
            yield f"it says {name.title()}"
    if _SUBJECTS.match(words(next(iter(mail.all("subject")), b""))):
        yield "its subject is that of an automatic answer"


def bounce(mail: Part, text: str) -> Bounce | None:
    """What a report of a mail server says; None: it is none.

    Args:
        mail: the whole mail.
        text: what a person would read in it.
    """
    kind = mail.parameters().get("report-type", "").lower()
    if mail.kind == "multipart/report" and kind in ("", "delivery-status"):
        return _report(mail)
    sender = next((one.mail for one in addresses(b",".join(mail.all("from")))), "")
    if not _MACHINES.match(sender):
        return None
    # Servers that know no report quote the mail, or its headers, in their text.
    lines = [line.strip() for line in text.splitlines()[:400]]
    failed = [line for line in lines if _REFUSED.search(line)]
    ids = message_ids(" ".join(decoded(value) for name in ("references", "in-reply-to", "x-failed-recipients")
                               for value in mail.all(name)))
    return Bounce(failed=bool(failed), recipient=_recipient(mail.first("x-failed-recipients")),
                  says=one_line(failed[0])[:300] if failed else "", ids=(*ids, *_mentioned(mail.raw)))


def _report(mail: Part) -> Bounce:
    """RFC 3464: a text, a part of fields by recipient, and the mail or its headers."""
    fields: list[Part] = []
    ids: list[str] = []
    for part in parts(mail):
        if part.kind in ("message/delivery-status", "message/global-delivery-status"):
            fields = [parse(block) for block in re.split(rb"\r?\n\r?\n", part.content.strip())[:200]]
        elif part.kind in ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"):
            ids += message_ids(parse(part.content).first("message-id"))
    told = [block for block in fields if block.all("action")]
    failed = [block for block in told if _GIVEN_UP.match(block.first("action").strip())]
    of = (failed or told or [Part((), b"", b"")])[0]
    says = of.first("diagnostic-code").partition(";")[2].strip() or of.first("status").strip()
    ids += message_ids(" ".join(mail.first(name) for name in ("in-reply-to", "references")))
    return Bounce(failed=bool(failed) or not told, says=one_line(says)[:300], ids=tuple(ids) or _mentioned(mail.raw),
                  recipient=_recipient(of.first("final-recipient").partition(";")[2] or of.first("original-recipient")))


def _recipient(value: str) -> str:
    return next((one.mail for one in addresses(value.encode("utf-8", "replace"))), "")


def _mentioned(raw: bytes) -> tuple[str, ...]:
    """Message-IDs in the text of a report."""
    return message_ids(decoded(raw[:_MOST_REPORT]))
