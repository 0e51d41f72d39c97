"""Mails that were made to take time, and what is read of any mail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.tickets.mail.html import MOST_HTML
from opsconsole.tickets.mail.mime import MOST_HEADERS
from opsconsole.tickets.mail.reading import MOST_SHOWN, own_words, read
from tests.tickets.mail.bench import mail
from tests.tickets.mail.corpus import file, multi, text

MANY = 20_000


@pytest.mark.parametrize("raw", [
    mail("a \r\n" * 200_000, content="Content-Type: text/plain; format=flowed"),
    b"a:\n" * 300_000,
    b"From: x@example.com\n" * 50_000,
    mail("x", headers="\n".join(["To: " + "x" * 20_000] * 100)),
    mail(subject="=?a?B?" * 100_000), mail(subject="=?utf-8?Q?" * 100_000 + "?="), mail(sender="(" * 500_000),
    mail(sender='"' + "\\" * 500_000), mail(sender="x" * 500_000), mail(to=", ".join(["x <a@example.com>"] * MANY)),
    mail(headers="References: " + "<" * 500_000), mail(headers="References:\n" + " <x@y>\n" * MANY),
    mail(headers='Content-Type: multipart/mixed; boundary="' + "x;y=" * MANY),
    multi(*(file("a.txt", b"x") for _ in range(400)), *(multi(*(file("a.txt", b"x") for _ in range(400))).decode()
                                                         for _ in range(20))),
    multi(*(text("<p>" * MANY, "html") for _ in range(100))),
    multi(*(text("x" * 1_000, "html") for _ in range(450)), kind="alternative"),
    mail("--=_b0\r\n" * 200_000, content='Content-Type: multipart/mixed; boundary="=_b0"'),
    mail("=" * 1_000_000, content="Content-Transfer-Encoding: base64"),
    mail("QUFB=" * 200_000, content="Content-Transfer-Encoding: base64"),
    mail("=\r\n" * 300_000, content="Content-Transfer-Encoding: quoted-printable"),
    mail("begin 644 x\r\n" + "M" * 500_000, content="Content-Transfer-Encoding: x-uuencode"),
    mail("".join("Content-Type: message/rfc822\r\n\r\n" for _ in range(MANY)), content="Content-Type: message/rfc822"),
    mail("> " * 500_000, subject=None), mail("On " + "x" * 500_000, subject=None)],
    ids=lambda raw: raw[:60].decode("ascii", "replace").replace("\r\n", " "))
def test_mails_that_were_made_to_take_time(raw: bytes) -> None:
    read(raw)


def test_only_so_many_headers_are_read() -> None:
    assert "a: 5" in read(b"a: 5\n" * (MOST_HEADERS + 5)).text


def test_only_so_much_html_is_read_and_the_rest_is_there() -> None:
    words = "<p>words</p>" * (MOST_HTML // 12)
    found = read(multi(text(words, "html"), text(words, "html"), text("<p>last</p>", "html")))
    assert [one.name for one in found.files] == ["message.html", "message-2.html", "whole-text.txt"]
    assert b"last" in found.files[1].data
    assert len(found.text) <= MOST_SHOWN


@given(st.binary(max_size=600))
def test_anything_is_read(raw: bytes) -> None:
    found = read(raw)
    found.text.encode()
    found.title.encode()
    assert found.title


@given(st.binary(max_size=300), st.sampled_from(["mixed", "alternative", "related", "report", "signed", "digest"]))
def test_anything_is_read_in_parts(raw: bytes, kind: str) -> None:
    body = b"--=_b0\r\n" + raw.replace(b"\n", b"\r\n--=_b0\r\n")
    found = read(mail("", content=f'Content-Type: multipart/{kind}; boundary="=_b0"') + body)
    assert len({one.name for one in found.files}) == len(found.files)


@pytest.mark.parametrize(("whole", "own"), [
    ("Yes.\n\n> No?\n", "Yes."), ("Yes.\nOn Mon, 16 Nov 2026 at 10:00, Kim <k@x> wrote:\nold", "Yes."),
    ("Ja.\nAm 16.11.2026 um 10:00 schrieb Kim:\nalt", "Ja."), ("Yes.\n-- \nKim\nCompany", "Yes."),
    ("Yes.\n-----Original Message-----\nold", "Yes."), ("Yes.\n________________________________\nFrom: x", "Yes."),
    ("> all\n> quoted", ""), ("", ""), ("On time, it wrote\n", "On time, it wrote")])
def test_own_words(whole: str, own: str) -> None:
    assert own_words(whole) == own


@pytest.mark.parametrize(("subject", "title", "numbers"), [
    ("Re: [#42] AW: x", "x", (42,)), ("[Ext] Re: [ #42 ] x", "[Ext] Re: x", (42,)), ("#7 and [#42]", "#7 and", (42, 7)),
    ("Re[2]: Fwd (3): WG: x", "x", ()), ("x#1 &#2; /#3 ##4", "x#1 &#2; /#3 ##4", ()), ("回复: 转发: x", "x", ()),
    ("Reply to all: x", "Reply to all: x", ()), ("[#0] x", "[#0] x", ())])
def test_titles_and_numbers(subject: str, title: str, numbers: tuple[int, ...]) -> None:
    found = read(mail(subject=subject))
    assert (found.title, found.numbers) == (title, numbers)
