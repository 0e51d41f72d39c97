"""Charsets, encoded words, addresses, parameters, transfer encodings: as they should be, and as they are."""

from __future__ import annotations

import base64
import email.utils
import quopri
from email.header import Header, decode_header, make_header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.tickets.mail.charsets import decoded
from opsconsole.tickets.mail.headers import Address, addresses, words
from opsconsole.tickets.mail.ids import MOST_ID, message_ids, new_id
from opsconsole.tickets.mail.mime import from_base64, parameters, parse, parts

TEXTS = ("Grüße aus München", "日本語のメール", "Привет, мир", "中文测试", "ελληνικά", "naïve café", "한국어")


@pytest.mark.parametrize(("text", "charset"), [
    (TEXTS[0], "iso-8859-1"), (TEXTS[0], "utf-8"), (TEXTS[0], "WINDOWS-1252"), (TEXTS[1], "iso-2022-jp"),
    (TEXTS[1], "shift_jis"), (TEXTS[1], "euc-jp"), (TEXTS[2], "koi8-r"), (TEXTS[2], "windows-1251"),
    (TEXTS[3], "gb2312"), ("中文", "big5"), (TEXTS[4], "iso-8859-7"), (TEXTS[6], "euc-kr"), (TEXTS[0], "utf-16"),
    (TEXTS[0], "utf-7"), ("“quoted” — €", "iso-8859-1")])
def test_what_has_the_charset_that_it_says(text: str, charset: str) -> None:
    said = "cp1252" if "€" in text else charset
    assert decoded(text.encode(said), charset) == text


@pytest.mark.parametrize(("raw", "said", "text"), [
    ("Grüße".encode(), "iso-8859-1", "Grüße"), ("Grüße".encode("latin-1"), "utf-8", "Grüße"),
    ("Grüße".encode(), "us-ascii", "Grüße"), ("Grüße".encode("latin-1"), "", "Grüße"),
    ("Grüße".encode(), "x-unknown", "Grüße"), ("Grüße".encode(), '"UTF-8"', "Grüße"),
    (b"plain", "no such charset", "plain"), (b"plain", "unicode_escape", "plain"),
    (b"\\x41", "raw_unicode_escape", "\\x41"),
    (b"plain", "zlib", "plain"), (b"plain", "idna", "plain"), ("ä ö ü ".encode() + b"\xff", "utf-8", "ä ö ü \\xff"),
    (b"\x81\x8d\xff", "cp1252", "\x81\x8d\xff"), (b"\xff\xff\xff", "gb2312", "\\xff\\xff\\xff"), (b"", "utf-8", "")])
def test_what_has_another_charset_than_it_says(raw: bytes, said: str, text: str) -> None:
    assert decoded(raw, said) == text


@given(st.binary(max_size=200), st.text(max_size=20) | st.sampled_from(["utf-16", "hz", "utf-7", "iso2022_kr", "big5"]))
def test_every_byte_becomes_text(raw: bytes, said: str) -> None:
    assert decoded(raw, said) or not raw or said in ("utf-16", "hz", "utf-7", "iso2022_kr")


@given(st.text(max_size=100))
def test_encoded_words_are_read_as_the_library_writes_them(text: str) -> None:
    plain = " ".join(text.encode("utf-8", "ignore").decode().split())
    try:
        coded = Header(plain, "utf-8", maxlinelen=60).encode(linesep="\r\n")
        assert str(make_header(decode_header(coded))) == plain
    except Exception:  # noqa: BLE001 - the library cannot write all that there is
        return
    unfolded = coded.replace("\r\n", "")
    assert words(unfolded.encode()) == " ".join(plain.split())


@pytest.mark.parametrize(("raw", "text"), [
    (b"=?utf-8?Q?Gr=C3=BC=C3=9Fe?= =?utf-8?B?w6Q=?=  plain =?iso-8859-1?q?=E4_x?=", "Grüßeä plain ä x"),
    (b"=?utf-8?B?w?= =?utf-8?B?7w==?=", "ï"), (b"=?utf-8?Q?=C3?= =?utf-8?Q?=A4?=", "ä"),
    ("Größe".encode(), "Größe"), ("Größe".encode("latin-1"), "Größe"), (b"=?utf-8?Q?a b?=", "a b"),
    (b"=?utf-8*de?Q?a?=", "a"), (b"=?utf-8?X?a?=", "=?utf-8?X?a?="), (b"=?utf-8?Q?never", "=?utf-8?Q?never"),
    (b"a\tb   c", "a b c"), (b"[x] =?utf-8?Q?y?=: z", "[x] y: z"),
    (b"=?utf-8?Q?x=0D=0ABcc:_a@example.com?=", "x Bcc: a@example.com"), (b"", "")])
def test_encoded_words_as_they_come(raw: bytes, text: str) -> None:
    assert words(raw) == text


@given(st.binary(max_size=300))
def test_any_header_is_one_line_that_can_be_stored(raw: bytes) -> None:
    text = words(raw)
    assert len(text.splitlines()) <= 1
    text.encode()


@pytest.mark.parametrize(("raw", "found"), [
    ('Ana <ana@example.com>, "Doe, John" <J@Example.COM>',
     [("Ana", "ana@example.com"), ("Doe, John", "j@example.com")]),
    ("bare@example.com (Bare Name), undisclosed-recipients:;", [("Bare Name", "bare@example.com")]),
    ("=?utf-8?q?=C3=84nn?= <a@example.com>", [("Änn", "a@example.com")]),
    ("<broken@example.com", [("", "broken@example.com")]), ("no address", []), ("", []),
    ('"x\r\nBcc: y@example.com" <z@example.com>', [("x Bcc: y@example.com", "z@example.com")]),
    ("'q@example.com' <q@example.com>", [("", "q@example.com")]),
    ("a@example.com b@example.com", [("", "a@example.com")]),
    ("Kim <kim@example.com>;lee@example.com", [("Kim", "kim@example.com"), ("", "lee@example.com")]),
    ('"never closed <a@example.com>', [("", "a@example.com")]), ("Kim <not an address>", []), ("<>", []),
    ("MAILER-DAEMON", [])])
def test_addresses(raw: str, found: list[tuple[str, str]]) -> None:
    assert addresses(raw.encode()) == [Address(*one) for one in found]
    assert all(one.shown for one in addresses(raw.encode()))


@given(st.lists(st.tuples(st.from_regex(r"[A-Za-z][A-Za-z ,.]{0,10}[A-Za-z]", fullmatch=True),
                          st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.example", fullmatch=True)), max_size=6))
def test_addresses_are_read_as_the_library_writes_them(people: list[tuple[str, str]]) -> None:
    raw = ", ".join(email.utils.formataddr(one) for one in people)
    assert addresses(raw.encode()) == [Address(" ".join(name.split()), mail) for name, mail in people]


@given(st.binary(max_size=400))
def test_no_address_holds_what_an_address_cannot(raw: bytes) -> None:
    for one in addresses(raw):
        assert one.mail.count("@") == 1
        assert not set(one.mail) & set("<>,;: \t\r\n\"()[]\\\0")


@pytest.mark.parametrize(("raw", "found"), [
    ('charset=utf-8; name="a;b\\"c"', {"charset": "utf-8", "name": 'a;b"c'}),
    ("name*0*=UTF-8''a%20; name*1=b.txt", {"name": "a b.txt"}), ("name*=iso-8859-1'de'%E4.txt", {"name": "ä.txt"}),
    ("name*1=b; name*0=a", {"name": "ab"}), ("filename=my file.pdf", {"filename": "my file.pdf"}),
    ('x="never closed', {"x": "never closed"}), ("boundary=b;;; ;x", {"boundary": "b"}), ("", {}),
    ("name*=%E4", {"name": "ä"}), ("NAME=A; name=B", {"name": "A"})])
def test_parameters(raw: str, found: dict[str, str]) -> None:
    assert parameters(raw) == found


@pytest.mark.parametrize(("raw", "found"), [
    (b"SGVsbG8gd29ybGQ=", b"Hello world"), (b"SGVs\r\nbG8gd29y\r\nbGQ=\r\n", b"Hello world"),
    (b"SGVsbG8gd29ybGQ=SGVsbG8gd29ybGQ=", b"Hello worldHello world"), (b"Hello, the printer is broken", None),
    (b"Thanks!", None), (b"", None), (b"SGVsbG8gd29ybGQgYWdhaW4gYW5kIGFn", b"Hello world again and ag"),
    (b"SGVsbG8gd29ybGQgYWdhaW4gYW5kIGFnY", b"Hello world again and ag")])
def test_base64(raw: bytes, found: bytes | None) -> None:
    assert from_base64(raw) == (raw if found is None else found)


@given(st.binary(min_size=20, max_size=500))
def test_what_the_library_encodes_is_read(data: bytes) -> None:
    for coding, coded in (("base64", base64.encodebytes(data)), ("quoted-printable", quopri.encodestring(data))):
        raw = b"Content-Transfer-Encoding: " + coding.encode() + b"\n\n" + coded
        assert parse(raw).content.rstrip() == data.rstrip()


def test_uuencoded() -> None:
    head = b"Content-Transfer-Encoding: x-uuencode\n\n"
    assert parse(head + b"begin 644 a.txt\n%:&5L;&\\ \n`\nend\n").content == b"hello"
    assert parse(head + b"begin 644 a.txt\n\xff\xff\n").content.startswith(b"begin")
    assert parse(head + b"no such thing").content == b"no such thing"
    assert parse(head + b"begin 644 a.txt\n%:&5L;&\\ ").content == b"hello"


def test_headers_end_where_no_header_is() -> None:
    assert parse(b"Subject: a\n b\n\tc\nX: d\n\nbody").headers == (("subject", b"a b\tc"), ("x", b"d"))
    assert parse(b"Subject: a\nthis is no header\nX: d\n\nbody").body == b"this is no header\nX: d\n\nbody"
    assert parse(b"\n\n\nSubject: a\n\nbody").first("subject") == "a"
    assert parse(b"From kim@example.com Wed Nov 18 10:00:00 2026\nSubject: a\n\nbody").first("subject") == "a"
    assert parse(b"no header at all").body == b"no header at all"
    assert parse(b"").body == b""


@pytest.mark.parametrize(("kind", "found"), [
    ("text/HTML; charset=x", "text/html"), ("", "text/plain"), ("nonsense", "text/plain"), ("a/b/c", "text/plain"),
    ("text/plain/html", "text/plain"), ("image/png;name=x", "image/png"), ("\x1b]0;x\x07/x", "text/plain")])
def test_kinds(kind: str, found: str) -> None:
    assert parse(f"Content-Type: {kind}\n\n".encode()).kind == found


def test_parts_of_any_form() -> None:
    def bodies(head: str, body: str) -> list[bytes]:
        return [one.body for one in parts(parse(f"Content-Type: multipart/mixed{head}\n\n{body}".encode()))]

    assert bodies("; boundary=b", "--b\n\none\n--b\n\ntwo\n--b--\n") == [b"one", b"two"]
    assert bodies('; boundary="b"', "This is a multi-part message in MIME format.\n--b\n\none") == [b"one"]
    assert bodies("; boundary=b", "pre\n--b\n\none\n--bb\nx\n--b--\nafter\n") == [b"pre\n", b"one\n--bb\nx", b"after\n"]
    assert bodies("; boundary=b", "no boundary is here") == []
    assert bodies("", "--b\n\none\n--b--") == []
    assert len(bodies("; boundary=b", "--b\n\nx\n" * 2000)) == 500


@given(st.binary(max_size=500))
def test_anything_is_parsed(raw: bytes) -> None:
    part = parse(b"Content-Type: multipart/mixed; boundary=b\n" + raw)
    parts(part)
    part.content  # noqa: B018 - that it raises nothing


def test_ids() -> None:
    assert message_ids("<a@b> <c@d>\r\n <a@b>") == ("a@b", "c@d")
    assert message_ids("a@b c@d") == ("a@b", "c@d")
    assert message_ids("") == ()
    assert message_ids("<" + "x" * MOST_ID + ">") == ("x" * MOST_ID,)
    assert message_ids("<" + "x" * (MOST_ID + 1) + ">") == ()
    assert len(message_ids(" ".join(f"<{number}@x>" for number in range(1000)))) == 200
    assert message_ids(" ".join(f"<{number}@x>" for number in range(1000)))[-1] == "999@x"
    assert message_ids("<a b> <c\x1bd>") == ()
    made = {new_id("support@Example.COM") for _ in range(100)}
    assert len(made) == 100
    assert all(one.endswith("@example.com") and len(one) > 40 for one in made)
