"""What leaves says what is public, in a form that nobody can slip anything into."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from opsconsole.core.clock import instant
from opsconsole.core.text import harmless, limited
from opsconsole.tickets.exchange.export import Whole, csv_row, json_line, markdown, public
from opsconsole.tickets.mail.reading import read
from opsconsole.tickets.mail.store import Waiting
from opsconsole.tickets.mail.writing import (
    Letter,
    PublicFile,
    PublicMessage,
    Unsendable,
    compose,
    envelope,
    header_words,
    is_public,
    letter,
)
from opsconsole.tickets.model import Attachment, Event, EventKind, Party, Source, Ticket
from opsconsole.tickets.settings import TicketSettings
from opsconsole.tickets.settings.desk import Mail
from tests.hostile import CORPUS
from tests.tickets.desk import BERLIN

if TYPE_CHECKING:
    from email.message import EmailMessage

MARK = "INTERNALxNOTE"
AT = 1_795_000_000_000
SETTINGS = TicketSettings(mail=Mail(address="support@example.com", signature="Your shop"))
HEADERS = {"From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted", "MIME-Version",
           "X-Auto-Response-Suppress", "X-OpsConsole-Ticket", "Content-Type", "Content-Transfer-Encoding"}
ANYTHING = st.text(max_size=60) | st.sampled_from([
    *CORPUS, "x\r\nBcc: evil@example.com", "x\nX: y\n\nbody", "=?utf-8?Q?=0D=0ABcc:_e@example.com?=", '"', "a\\", "<>",
    "\u2028", "x" * 500, "ä" * 300, "\ud800"])


def event(kind: EventKind = EventKind.MESSAGE, **given: Any) -> Event:
    usual: dict[str, Any] = {
        "ticket": 1, "seq": 2, "at": AT, "kind": kind, "actor": "ana", "text": "words", "public": True}
    return Event(**usual | given)


def made(**given: Any) -> Letter:
    usual: dict[str, Any] = {
        "number": 1, "title": "printer", "recipients": ("kim@example.com",), "name": "Kim",
        "message_id": "own@example.com", "at": AT, "kind": "reply", "said": PublicMessage(event())}
    return Letter(**usual | given)


def parsed(what: Letter, settings: TicketSettings = SETTINGS) -> EmailMessage:
    raw = compose(what, settings, BERLIN)
    assert raw == compose(what, settings, BERLIN)
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    return message_from_bytes(raw, policy=policy.default)


@given(ANYTHING, ANYTHING, ANYTHING, ANYTHING)
def test_nothing_gets_into_the_headers(title: str, name: str, own: str, file: str) -> None:
    settings = TicketSettings(mail=Mail(address="support@example.com", name=own))
    attached = Attachment(1, 1, 2, file, 1, "text/plain", "0" * 64, "ana", AT, public=True)
    found = parsed(made(title=title, name=name, files=(PublicFile(attached, b"x"),)), settings)
    assert set(found.keys()) <= HEADERS
    assert len(found.keys()) == len(set(found.keys()))
    assert [one.addr_spec for one in found["To"].addresses] == ["kim@example.com"]
    assert [one.addr_spec for one in found["From"].addresses] == ["support@example.com"]
    assert str(found["Subject"]).startswith("[#1] Re: ")
    (part,) = found.iter_attachments()
    assert set(part.keys()) <= {"Content-Type", "Content-Transfer-Encoding", "Content-Disposition"}
    assert part.get_payload(decode=True) == b"x"


@given(st.text(max_size=300))
def test_header_words_are_read_as_they_were(text: str) -> None:
    line = limited(text, 1_000)
    found = message_from_bytes(f"Subject: x {header_words(text)}\r\n\r\n".encode("ascii"), policy=policy.default)
    assert " ".join(str(found["Subject"]).split()) == " ".join(f"x {line}".split())


@given(ANYTHING, st.text(max_size=2_000))
def test_a_body_is_read_as_it_was(title: str, text: str) -> None:
    plain = text.encode("utf-8", "backslashreplace").decode().replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    found = parsed(made(title=title, said=PublicMessage(event(text=plain))))
    body = found.get_content().replace("\r\n", "\n")
    assert body == (f"{plain}\n\n" if plain.strip() else "") + "-- \nYour shop\n"


def test_a_reply_says_whence_and_whither() -> None:
    quoted = PublicMessage(event(seq=1, actor="Kim", text="It smokes.\n" * 100, party=Party.REQUESTER))
    found = parsed(made(answers=quoted, answered="b@x",
                        references=("a@x", "b@x", "b\r\nc@x", "own@example.com", "ä@x")))
    assert found["Message-ID"] == "<own@example.com>"
    assert found["In-Reply-To"] == "<b@x>"
    assert found["References"] == "<a@x> <b@x>"
    assert instant(parsedate_to_datetime(str(found["Date"]))) == AT
    body = found.get_content().replace("\r\n", "\n")
    assert body.startswith("words\n\nOn 2026-11-18 at 12:06, Kim wrote:\n> It smokes.\n")
    assert body.endswith("> It smokes.\n> …\n\n-- \nYour shop\n")
    assert body.count("smokes") == 40
    plain = replace(SETTINGS, mail=replace(SETTINGS.mail, quote=False, signature=" "))
    assert parsed(made(answers=quoted), plain).get_content().split() == ["words"]
    many = parsed(made(references=tuple(f"{number}@x" for number in range(100)), answered="bad\nid"))
    assert many["In-Reply-To"] is None
    assert str(many["References"]).split()[0] == "<0@x>"
    assert len(str(many["References"]).split()) == 20


def test_several_recipients() -> None:
    found = parsed(made(recipients=("kim@example.com", "lee@example.net")))
    assert [(one.display_name, one.addr_spec) for one in found["To"].addresses] == [
        ("Kim", "kim@example.com"), ("", "lee@example.net")]


@pytest.mark.parametrize("address", ["", "kim", "kim@", "@x", "kim@x\r\nRCPT TO:<evil@example.com>", "k im@example.com",
                                     "k\u202em@example.com", "kim@" + "ü" * 300, "a@b@c"])
def test_addresses_that_none_are(address: str) -> None:
    with pytest.raises(Unsendable, match="is no address"):
        envelope([address])
    with pytest.raises(Unsendable):
        compose(made(recipients=(address,)), SETTINGS, BERLIN)
    with pytest.raises(Unsendable, match="no recipient"):
        envelope([])


def test_a_damaged_id_is_not_sent() -> None:
    with pytest.raises(Unsendable, match="damaged"):
        compose(made(message_id="a\r\nBcc: x"), SETTINGS, BERLIN)


@pytest.mark.parametrize("kind", ["message/rfc822", "multipart/mixed", "x\r\ny", "text/plain"])
def test_kinds_of_files(kind: str) -> None:
    attached = Attachment(1, 1, 2, "a", 1, kind, "0" * 64, "ana", AT, public=True)
    (part,) = parsed(made(files=(PublicFile(attached, b"x" * 1_000),))).iter_attachments()
    assert part.get_content_type() == ("text/plain" if kind == "text/plain" else "application/octet-stream")
    assert part.get_payload(decode=True) == b"x" * 1_000


@pytest.mark.parametrize("internal", [
    event(public=False), event(EventKind.CREATED, party=Party.STAFF), event(EventKind.CHANGED), event(EventKind.WAIVED),
    event(EventKind.ROUTED), event(EventKind.ESCALATED), event(EventKind.UNDONE), event(public=1)])
def test_what_is_internal_cannot_even_be_held(internal: Event) -> None:
    assert not is_public(internal)
    with pytest.raises(ValueError, match="never leaves"):
        PublicMessage(internal)
    with pytest.raises(ValueError, match="never leaves"):
        replace(PublicMessage(event()), event=internal)


@pytest.mark.parametrize("given", [{"public": False}, {"public": 1}, {"deleted": AT, "public": True}])
def test_files_that_are_internal_cannot_even_be_held(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="never leaves"):
        PublicFile(Attachment(1, 1, 2, "a", 1, "text/plain", "0" * 64, "ana", AT, **given), b"x")


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """A ticket whose every internal text holds a mark."""
    first = event(EventKind.CREATED, seq=1, actor="Kim", party=draw(st.sampled_from([Party.REQUESTER, Party.STAFF])))
    text = "please help" if first.party is Party.REQUESTER else MARK
    events = [replace(first, text="", public=False, changes={
        "title": ("", "printer"), "description": ("", text), "requester": ("", "Kim"),
        "requester_mail": ("", "kim@example.com")})]
    for seq in range(2, draw(st.integers(2, 12))):
        kind = draw(st.sampled_from([EventKind.MESSAGE, EventKind.MESSAGE, EventKind.MESSAGE, *EventKind]))
        public = draw(st.booleans())
        party = draw(st.sampled_from(list(Party)))
        open_ = kind is EventKind.MESSAGE and public
        events.append(event(kind, seq=seq, party=party, public=public, text="hello" if open_ else MARK,
                            actor=draw(st.sampled_from(["ana", "Kim"])), via=draw(st.sampled_from(list(Source))),
                            data={} if open_ else {"note": MARK}))
    return events


@given(histories(), st.sampled_from(["reply", "confirm", "survey"]), st.booleans(), st.data())
def test_internal_notes_never_leave(events: list[Event], kind: str, ask: bool, data: st.DataObject) -> None:
    """Whatever the outbox names, by mistake too: no internal text is in what is sent."""
    ticket = Ticket(1, title="printer", description=MARK, requester="Kim", root_cause=MARK, satisfaction_note=MARK)
    seq = data.draw(st.integers(0, len(events) + 2))
    waiting = Waiting(1, 1, seq, kind, "own@example.com", ("kim@example.com",), AT, AT, 1, AT, 0)
    about = next((one for one in events if one.seq == seq), None)
    thread = [("a@x", True), ("b@x", False)]
    if kind == "reply" and (about is None or about.kind is not EventKind.MESSAGE or not about.public):
        with pytest.raises(Unsendable) as refused:
            letter(waiting, ticket, events, thread, ask=ask)
        assert MARK not in str(refused.value)
        return
    raw = compose(letter(waiting, ticket, events, thread, ask=ask), SETTINGS, BERLIN)
    found = message_from_bytes(raw, policy=policy.default)
    assert MARK not in raw.decode()
    assert MARK not in found.get_content()
    assert MARK not in read(raw).text


@given(histories())
def test_internal_notes_never_are_in_what_is_exported_for_others(events: list[Event]) -> None:
    ticket = Ticket(1, title="printer", description=MARK, requester="Kim", root_cause=MARK, satisfaction_note=MARK,
                    knowledge=MARK, watchers=(MARK,), tags=(MARK,), fields={MARK: MARK})
    secret = Attachment(1, 1, 2, MARK, 1, "text/plain", "0" * 64, "ana", AT)
    outside = public(Whole(ticket, events, (secret, replace(secret, public=True, deleted=AT))))
    for form in (csv_row, json_line, markdown):
        assert MARK not in form(outside)


def test_titles_are_harmless() -> None:
    for text in CORPUS:
        found = parsed(made(title=text[:150], name=text[:70]))
        shown = str(found["Subject"])
        assert shown == harmless(shown)
