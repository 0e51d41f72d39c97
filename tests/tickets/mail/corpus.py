"""Mail as it really comes, and what each becomes.

Ticket 1 is Kim's and has a reply of ours, Message-ID `REPLY`; ticket 2 is somebody else's.
"""

from __future__ import annotations

import base64
import quopri
from typing import Final, NamedTuple

from opsconsole.tickets.mail.loops import OUR_HEADER
from opsconsole.tickets.mail.receiving import Outcome
from tests.tickets.mail.bench import SUPPORT, mail

REPLY: Final = "ticket.00112233445566778899aabbccddeeff@example.com"
ANSWER: Final = f"In-Reply-To: <{REPLY}>\nReferences: <first@example.net> <{REPLY}>"
CODED: Final = "Content-Transfer-Encoding"
PDF: Final = b"%PDF-1.4 and so on"


class Shape(NamedTuple):
    """A mail, and what it becomes."""

    raw: bytes
    outcome: Outcome = Outcome.TICKET
    title: str = ""
    """Of the new ticket; empty: not looked at."""
    text: str = ""
    """Stands in the ticket or message."""
    files: tuple[str, ...] = ()
    reason: str = ""
    """Stands in why it was kept."""
    ticket: int = 0
    """Where it goes; 0: not looked at."""


def multi(*parts: str, kind: str = "mixed", boundary: str = "=_b0", more: str = "", **given: str) -> bytes:
    """A mail of several parts, each with its headers."""
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts) + f"--{boundary}--\r\n"
    return mail(body, content=f'Content-Type: multipart/{kind}; boundary="{boundary}"{more}', **given)


def file(name: str, data: bytes = PDF, kind: str = "application/pdf",
         how: str = 'attachment; filename="{name}"') -> str:
    """A part that is a file."""
    return (f"Content-Type: {kind}\r\nContent-Disposition: {how.format(name=name)}\r\n{CODED}: base64\r\n\r\n"
            f"{base64.encodebytes(data).decode()}")


def text(words: str, kind: str = "plain", more: str = "; charset=utf-8") -> str:
    """A part that is text."""
    return f"Content-Type: text/{kind}{more}\r\n\r\n{words}"


def coded(words: str, charset: str, said: str, coding: str = "base64") -> bytes:
    """A mail in one charset that says another."""
    data = words.encode(charset)
    body = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}.get(coding, bytes)(data)
    return mail(body.decode(), content=f"Content-Type: text/plain; charset={said}\r\n{CODED}: {coding}")


def report(action: str = "failed", message_id: str = REPLY, *, whole: bool = True) -> bytes:
    """What a mail server says about a mail of ours."""
    status = ("Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n"
              f"Final-Recipient: rfc822; kim@example.com\r\nAction: {action}\r\nStatus: 5.1.1\r\n"
              "Diagnostic-Code: smtp; 550 5.1.1 No such user")
    first = "Content-Type: message/rfc822" if whole else "Content-Type: text/rfc822-headers"
    return multi(text("Your message could not be delivered."), status,
                 f"{first}\r\n\r\nMessage-ID: <{message_id}>\r\nFrom: {SUPPORT}\r\nSubject: [#1] Re: x\r\n\r\nHello",
                 kind="report", more="; report-type=delivery-status", sender="MAILER-DAEMON@mx.example.net",
                 subject="Undelivered Mail Returned to Sender", headers="Return-Path: <>\nAuto-Submitted: auto-replied")


QUOTED = ("Yes, that works.\r\n\r\nOn Mon, 16 Nov 2026 at 10:00, Support <support@example.com> wrote:\r\n"
          "> Does it work?\r\n")
NESTED = multi(text("inner words"), file("inner.pdf"), subject="inner subject", boundary="=_in").decode()
ROBOTS: Final = {
    "out of office, RFC 3834": "Auto-Submitted: auto-replied",
    "out of office, Exchange": "X-Auto-Response-Suppress: All\nAuto-Submitted: auto-generated",
    "out of office, old": "X-Autoreply: yes", "out of office, bulk": "Precedence: bulk",
    "out of office, junk": "Precedence: junk", "a list": "List-Id: <users.example.net>",
    "out of office, empty path": "Return-Path: <>", "our own mail": f"{OUR_HEADER}: {SUPPORT} #1",
    "an empty path as Postfix writes it": "Return-Path: <MAILER-DAEMON>",
    "a rule of Exchange": "X-MS-Exchange-Inbox-Rules-Loop: kim@example.com"}
SUBJECTS: Final = ("Automatic reply: [#1] Re: x", "Automatische Antwort: x", "Abwesenheitsnotiz: x", "Out of Office: x",
                   "Réponse automatique : x", "Respuesta automática: x", "Risposta automatica: x",
                   "Automatisch antwoord: x", "Autosvar: x", "自動応答: x", "Автоответ: x", "Automatyczna odpowiedź: x")
SHAPES: Final[dict[str, Shape]] = {
    "plain": Shape(mail("Hello\r\nworld\r\n", subject="hello"), title="hello", text="Hello\nworld"),
    "no subject": Shape(mail("The quick brown fox\r\njumps", subject=None), title="The quick brown fox jumps"),
    "an empty subject": Shape(mail("words", subject="  "), title="words"),
    "only answering marks": Shape(mail("words", subject="Re: Fwd: [#77]"), title="words"),
    "nothing at all": Shape(mail("", subject=None), title="(no subject)"),
    "no headers": Shape(b"just a line of text\n", Outcome.KEPT, reason="names no sender"),
    "empty": Shape(b"", Outcome.KEPT, reason="names no sender"),
    "only NUL": Shape(b"\0" * 1000, Outcome.KEPT, reason="names no sender"),
    "alternative": Shape(multi(text("plain words"), text("<p>rich words</p>", "html"), kind="alternative"),
                         text="plain words"),
    "alternative that is empty": Shape(multi(text(" "), text("<p>rich words</p>", "html"), kind="alternative"),
                                       text="rich words"),
    "alternative that says nothing": Shape(
        multi(text("Please view as HTML."), text(f"<p>{'rich words ' * 40}</p>", "html"), kind="alternative"),
        text="rich words rich"),
    "HTML only": Shape(mail("<p>Hello <b>there</b></p><ul><li>one</li></ul>", content="Content-Type: text/html"),
                       text="Hello there\n\n- one"),
    "HTML that says its charset": Shape(
        mail("", content="Content-Type: text/html").replace(b"\r\n\r\n", b'\r\n\r\n<meta charset="koi8-r">')
        + "<p>Привет, мир</p>".encode("koi8-r"), text="Привет, мир"),
    "HTML of nothing to read": Shape(mail("<img src='cid:1'>", content="Content-Type: text/html"),
                                     files=("message.html",)),
    "related pictures": Shape(
        multi('Content-Type: multipart/related; boundary="r"\r\n\r\n--r\r\n'
              + text("<p>see <img src=cid:1></p>", "html") + "\r\n--r\r\n"
              + file("pic.png", b"\x89PNG\r\n\x1a\n", "image/png", 'inline; filename="{name}"') + "\r\n--r--"),
        text="see", files=("pic.png",)),
    "alternative with pictures": Shape(
        multi(text("plain"), 'Content-Type: multipart/related; boundary="r"\r\n\r\n--r\r\n'
              + text("<p>rich</p>", "html") + "\r\n--r\r\n" + file("pic.png", b"\x89PNG", "image/png") + "\r\n--r--",
              kind="alternative"), text="plain", files=("pic.png",)),
    "Apple with a file between": Shape(multi(text("before"), file("a.pdf"), text("after")), text="before\n\nafter",
                                       files=("a.pdf",)),
    "flowed": Shape(mail("This is one \r\nparagraph.\r\n> quoted \r\n> too\r\n-- \r\nKim",
                         content="Content-Type: text/plain; format=flowed"),
                    text="This is one paragraph.\n> quoted too\n-- \nKim"),
    "flowed with DelSp": Shape(
        mail("日本 \r\n語", content="Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes"),
        text="日本語"),
    "base64 with the wrong charset": Shape(coded("Grüße", "latin-1", "utf-8"), text="Grüße"),
    "base64 with the right charset": Shape(coded("Привет", "koi8-r", "koi8-r"), text="Привет"),
    "base64 of an unknown charset": Shape(coded("Grüße", "utf-8", "x-klingon"), text="Grüße"),
    "base64 that is none": Shape(mail("Hello, this is plain text.", content="Content-Transfer-Encoding: base64"),
                                 text="Hello, this is plain text."),
    "base64 that is cut": Shape(mail("SGVsbG8gd29ybGQgYWdhaW4gYW5kIGFnYWlu"[:-1],
                                     content="Content-Transfer-Encoding: base64"), text="Hello world again and aga"),
    "quoted-printable with faults": Shape(mail("a=ZZb=C3=BC=", content="Content-Transfer-Encoding: quoted-printable"),
                                          text="a=ZZbü"),
    "quoted-printable in Latin": Shape(coded("schöne Grüße", "latin-1", "iso-8859-1", "quoted-printable"),
                                       text="schöne Grüße"),
    "Japanese": Shape(coded("日本語のメール", "iso-2022-jp", "iso-2022-jp", "7bit"), text="日本語のメール"),
    "raw bytes in headers": Shape(mail("x").replace(b"printer", "Größe".encode("latin-1")), title="Größe"),
    "long encoded subject": Shape(mail(subject="=?utf-8?B?w6Q=?=\r\n =?utf-8?B?w6Q=?= x"), title="ää x"),
    "a very long subject": Shape(mail(subject="word " * 500), text="Subject: word word"),
    "header injection": Shape(mail(subject="=?utf-8?Q?x=0D=0ABcc:_evil@example.com?="),
                              title="x Bcc: evil@example.com"),
    "escapes in headers": Shape(mail(subject="\x1b]0;owned\x07 \x9b31m x", sender='"\x1b[2J" <kim@example.com>'),
                                title="\x1b]0;owned\x07 \x9b31m x"),
    "markup in headers": Shape(mail(subject="[@click=app.quit]x[/]"), title="[@click=app.quit]x[/]"),
    "winmail": Shape(multi(text("see the file"), file("winmail.dat", b"x\x9f>\x22", "application/ms-tnef")),
                     text="see the file", files=("winmail.dat",)),
    "a name that climbs": Shape(multi(text("x"), file("../../etc/passwd")), files=("passwd",)),
    "a name that climbs in Windows": Shape(multi(text("x"), file("..\\\\..\\\\boot.ini")), files=("boot.ini",)),
    "a name of dots": Shape(multi(text("x"), file("../..")), files=("file.bin",)),
    "a name with escapes": Shape(multi(text("x"), file("\x1b]0;x\x07a.pdf")), files=("\x1b]0;x\x07a.pdf",)),
    "a name in pieces": Shape(multi(text("x"), file("", how="attachment; filename*0*=UTF-8''%C3%A4; filename*1=b.pdf")),
                              files=("äb.pdf",)),
    "a name in encoded words": Shape(multi(text("x"), file("=?utf-8?B?w6QucGRm?=")), files=("ä.pdf",)),
    "two files of one name": Shape(
        multi(text("x"), file("a.pdf"), file("a.pdf", b"other"), file("a", b"z"), file("a", b"y")),
        files=("a.pdf", "a-2.pdf", "a", "a-2")),
    "a file without a name": Shape(
        multi(text("x"), "Content-Type: image/png\r\n\r\n\x89PNG", "Content-Type: application/x-nothing\r\n\r\nx"),
        files=("file.png", "file.bin")),
    "only a file": Shape(
        mail(base64.encodebytes(PDF).decode(), subject="scan",
             content=f'Content-Type: application/pdf; name="scan.pdf"\r\n{CODED}: base64'),
        title="scan", files=("scan.pdf",)),
    "a text that has a name": Shape(mail("the words", content='Content-Type: text/plain; name="a.txt"'),
                                    text="the words", files=("a.txt",)),
    "a calendar": Shape(multi(text("x"), "Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR"),
                        files=("file.ics",)),
    "signed": Shape(
        multi(text("signed words"), "Content-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP", kind="signed"),
        text="signed words", files=("file.asc",)),
    "forwarded as a file": Shape(multi(text("see below"), f"Content-Type: message/rfc822\r\n\r\n{NESTED}"),
                                 text="Subject: inner subject\n\ninner words", files=("inner subject.eml",)),
    "a file that is too large": Shape(multi(text("x"), file("big.bin", b"x" * 2_000)),
                                      text="big.bin (2,000 bytes) was not attached", files=()),
    "a text that is too long": Shape(mail("words " * 60_000), text="is in the attached file whole-text.txt",
                                     files=("whole-text.txt",)),
    "multipart without a boundary": Shape(mail("the words", content="Content-Type: multipart/mixed"), text="the words"),
    "multipart whose boundary never comes": Shape(
        mail("the words", content="Content-Type: multipart/mixed; boundary=x"), text="the words"),
    "multipart that is cut": Shape(multi(text("one"), text("two")).partition(b"--=_b0--")[0], text="one\n\ntwo"),
    "deep": Shape(mail("".join(f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(40))
                       + "deep words", content='Content-Type: multipart/mixed; boundary="b"').replace(
                           b"\r\n\r\nContent-Type", b"\r\n\r\n--b\r\nContent-Type", 1), files=("deep.eml",)),
    "lines that end in CR": Shape(mail("Hello\r\nworld").replace(b"\n", b""), text="Hello\nworld"),
    "lines that end in LF": Shape(mail("Hello\r\nworld").replace(b"\r", b""), text="Hello\nworld"),
    "a mailbox": Shape(b"From kim@example.com Wed Nov 18 10:00:00 2026\r\n" + mail("Hello", subject="box"),
                       title="box"),
    "a web form": Shape(mail("x", sender="Shop <shop@example.org>", headers="Reply-To: Lee <lee@example.net>"),
                        text="From: Shop <shop@example.org>"),
    "copies to others": Shape(mail("x", to=f"{SUPPORT}, other@example.org"), text="Also to: other@example.org"),
    "an answer": Shape(mail(QUOTED, subject="Re: [#1] x", headers=ANSWER), Outcome.MESSAGE, text="> Does it work?",
                       ticket=1),
    "an answer of somebody else": Shape(mail("me too", sender="lee@example.net", headers=ANSWER), Outcome.MESSAGE,
                                        ticket=1),
    "an answer without references": Shape(mail("x", subject="Re: [#1] x"), Outcome.MESSAGE, ticket=1),
    "an answer with a bare number": Shape(mail("x", subject="about #1 again"), Outcome.MESSAGE, ticket=1),
    "a forged number": Shape(mail("x", subject="[#1] gimme", sender="evil@example.net"), Outcome.TICKET, title="gimme"),
    "the number of another's ticket": Shape(mail("x", subject="Re: [#2] x"), Outcome.TICKET, title="x"),
    "a number of nothing": Shape(mail("x", subject="Re: [#4711] x"), Outcome.TICKET, title="x"),
    "a number beyond all": Shape(mail("x", subject=f"[#{'9' * 18}] #{'9' * 30} x"), Outcome.TICKET),
    "a reference of nothing": Shape(mail("x", headers="In-Reply-To: <nothing@example.com>"), Outcome.TICKET),
    "a bounce": Shape(report(), Outcome.BOUNCE, text="550 5.1.1 No such user", ticket=1),
    "a bounce with headers only": Shape(report(whole=False), Outcome.BOUNCE, text="550 5.1.1 No such user", ticket=1),
    "a bounce of an unknown mail": Shape(report(message_id="x@example.com"), Outcome.KEPT, reason="is not known"),
    "a delay": Shape(report("delayed"), Outcome.ROBOT, ticket=1),
    "a delay of an unknown mail": Shape(report("delayed", "x@example.com"), Outcome.KEPT,
                                        reason="belongs to no ticket"),
    "a bounce of qmail": Shape(
        mail("Hi. This is the qmail-send program.\r\n<kim@example.com>:\r\n550 no such user\r\n\r\n"
             f"Message-ID: <{REPLY}>", sender="MAILER-DAEMON@mx.example.net", subject="failure notice",
             headers="Return-Path: <>"),
        Outcome.BOUNCE, text="550 no such user", ticket=1),
    "a bounce without a report": Shape(
        multi(text("No."), kind="report", more="; report-type=delivery-status", sender="postmaster@example.net",
              headers=ANSWER), Outcome.BOUNCE, ticket=1),
    "from our own address": Shape(mail("x", sender=f"Support <{SUPPORT}>", headers=ANSWER), Outcome.KEPT,
                                  reason="goes in a circle"),
    "mail of the server": Shape(mail("x", sender="MAILER-DAEMON@example.net", subject="hello"), Outcome.KEPT,
                                reason="a mail server sent it"),
    **{f"{name}, on a ticket": Shape(mail("away", headers=f"{headers}\n{ANSWER}"), Outcome.ROBOT, ticket=1)
       for name, headers in ROBOTS.items()},
    **{f"{name}, on none": Shape(mail("away", headers=headers), Outcome.KEPT, reason="belongs to no ticket")
       for name, headers in ROBOTS.items()},
    **{f"subject {subject}": Shape(mail("away", subject=subject, headers=ANSWER), Outcome.ROBOT, ticket=1)
       for subject in SUBJECTS},
    "said to be by a person": Shape(mail("x", headers="Auto-Submitted: no"), Outcome.TICKET),
    "a form that a service sends": Shape(mail("x", headers="Return-Path: <bounces+1-a@mail.example.net>"),
                                         Outcome.TICKET),
    "a person about absence": Shape(mail("x", subject="Out of office does not work"), Outcome.TICKET),
}
