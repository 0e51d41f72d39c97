"""Mail that leaves through a real server: what it says, how answers find back, and that none leaves twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.core.clock import HOUR, SECOND
from opsconsole.tickets.cases.types import File
from opsconsole.tickets.errors import Gone
from opsconsole.tickets.mail import sending
from opsconsole.tickets.mail.receiving import Outcome
from opsconsole.tickets.model import EventKind, Party
from opsconsole.tickets.settings import Smtp
from tests.tickets.desk import ANA, SETTINGS
from tests.tickets.mail.bench import Sink, free_port, later, mail, office, states

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_conversation(tmp_path: Path, server: tuple[Sink, Smtp]) -> None:
    """A mail, the number, a reply, the answer to it, another reply: each finds its place."""
    box, smtp = server
    async with office(tmp_path, smtp=smtp, name="Shop \"Süd\"", signature="Your shop") as one:
        await one.take(mail("It smokes.\r\nBadly.", subject="Drucker qualmt ä", id_="first@example.com"))
        await one.send()
        (confirm,) = box.mails
        assert confirm["Subject"] == "[#1] Drucker qualmt ä"
        assert confirm["Auto-Submitted"] == "auto-generated"
        assert confirm["In-Reply-To"] == "<first@example.com>"
        assert "its number is #1" in confirm.get_content()
        await one.service.reply(ANA, 1, "Pull the plug.\n\nThen call us.")
        await one.service.note(ANA, 1, "Kim is a fool.")
        await one.send()
        assert len(box.mails) == 1
        await later(one)
        reply = box.mails[1]
        assert box.recipients[1] == ["kim@example.com"]
        assert reply["From"].addresses[0].display_name == 'Shop "Süd"'
        assert reply["From"].addresses[0].addr_spec == "support@example.com"
        assert reply["To"].addresses[0].addr_spec == "kim@example.com"
        assert reply["Subject"] == "[#1] Re: Drucker qualmt ä"
        assert reply["Auto-Submitted"] == "no"
        assert reply["In-Reply-To"] == "<first@example.com>"
        assert reply["References"] == f"<first@example.com> {confirm['Message-ID']}"
        assert reply["X-OpsConsole-Ticket"] == "support@example.com #1"
        assert reply["Reply-To"] is None
        assert reply.get_content().replace("\r\n", "\n") == (
            "Pull the plug.\n\nThen call us.\n\nOn 2026-11-18 at 12:06, Kim wrote:\n> It smokes.\n> Badly.\n\n"
            "-- \nYour shop\n")
        assert b"fool" not in box.raw[1]
        done = await one.take(mail("No plug.", subject="AW: x", id_="second@example.com",
                                   headers=f"In-Reply-To: {reply['Message-ID']}", sender="kim@home.example"))
        assert (done.outcome, done.ticket) == (Outcome.MESSAGE, 1)
        await one.service.reply(ANA, 1, "Then water.")
        await later(one)
        assert box.mails[2]["In-Reply-To"] == "<second@example.com>"
        assert box.mails[2]["References"] == (
            f"<first@example.com> {confirm['Message-ID']} {reply['Message-ID']} <second@example.com>")
        assert "> No plug." in box.mails[2].get_content()
        assert len({each["Message-ID"] for each in box.mails}) == 3
        assert await states(one) == ["sent"] * 3
        mailed = await one.events(1, EventKind.MAILED)
        assert [event.party for event in mailed] == [Party.SYSTEM] * 3
        assert [event.text for event in mailed] == ["the number was told by mail", "", ""]
        assert {f"<{event.data['message_id']}>" for event in mailed} == {each["Message-ID"] for each in box.mails}
        await one.desk.check()


async def test_our_own_mail_that_comes_back_makes_nothing(tmp_path: Path, server: tuple[Sink, Smtp]) -> None:
    box, smtp = server
    async with office(tmp_path, smtp=smtp) as one:
        await one.take(mail("x"))
        await one.send()
        assert (await one.take(box.raw[0])).outcome is Outcome.KEPT
        assert await one.desk.value("SELECT count(*) FROM ticket_mail") == 1


async def test_undo_within_ten_seconds_prevents_sending(tmp_path: Path, server: tuple[Sink, Smtp]) -> None:
    box, smtp = server
    async with office(tmp_path, smtp=smtp) as one:
        await one.desk.ticket()
        await one.service.reply(ANA, 1, "Wrong!")
        await later(one, 9 * SECOND)
        await one.service.undo(ANA)
        await later(one, HOUR)
        assert (box.mails, await states(one)) == ([], ["cancelled"])
        await one.service.reply(ANA, 1, "Right.")
        await later(one, 10 * SECOND)
        with pytest.raises(Gone):
            await one.service.undo(ANA)
        assert len(box.mails) == 1


async def test_files_leave_with_their_reply_and_no_others(tmp_path: Path, server: tuple[Sink, Smtp]) -> None:
    box, smtp = server
    async with office(tmp_path, smtp=smtp) as one:
        await one.desk.ticket()
        await one.service.attach(ANA, 1, "secret.txt", b"secret")
        await one.service.attach(ANA, 1, "other.txt", b"public but of no reply", public=True)
        picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
        await one.service.reply(ANA, 1, "See.", attachments=[
            File(f"../bü\x1bld \"1\"{'日' * 100}.png", picture), File("a.txt", b"From me\n.\n")])
        await later(one)
        (found,) = box.mails
        body = found.get_body(("plain",))
        assert body is not None
        assert body.get_content().startswith("See.")
        files = list(found.iter_attachments())
        assert [one.get_filename() for one in files] == [f'bü␛ld "1"{"日" * 100}.png', "a.txt"]
        assert files[0].get_payload(decode=True) == picture
        assert max(map(len, box.raw[0].split(b"\r\n"))) < 500
        assert files[1].get_payload(decode=True) == b"From me\n.\n"
        assert [one.get_content_type() for one in files] == ["image/png", "text/plain"]


async def test_a_file_that_is_gone_stops_the_mail(tmp_path: Path, server: tuple[Sink, Smtp]) -> None:
    box, smtp = server
    async with office(tmp_path, smtp=smtp) as one:
        await one.desk.ticket()
        await one.service.reply(ANA, 1, "See.", attachments=[File("a.txt", b"x")])
        one.blobs.remove((await one.service.attachments(1))[0].sha256)
        await later(one)
        assert (box.mails, await states(one)) == ([], ["failed"])
        (bounced,) = await one.events(1, EventKind.BOUNCED)
        assert "a.txt could not be read" in bounced.text


async def test_an_answer_names_what_a_person_wrote(tmp_path: Path, server: tuple[Sink, Smtp]) -> None:
    """Not the report of a bounce or an automatic answer that came in between: the person never saw those."""
    box, smtp = server
    async with office(tmp_path, smtp=smtp) as one:
        await one.take(mail("It smokes.", id_="first@example.com"))
        await later(one)
        ours = str(box.mails[0]["Message-ID"])
        away = mail("I am away.", id_="away@example.com",
                    headers=f"Auto-Submitted: auto-replied\r\nIn-Reply-To: {ours}")
        assert (await one.take(away)).outcome is Outcome.ROBOT
        back = mail(f"550 user unknown\r\nMessage-ID: {ours}", id_="bounce@example.com", subject="Undelivered",
                    sender="MAILER-DAEMON@mx.example.com")
        assert (await one.take(back)).outcome is Outcome.BOUNCE
        assert (await one.take(back)).outcome is Outcome.COPY
        await one.service.reply(ANA, 1, "Pull the plug.")
        await later(one)
        assert box.mails[1]["In-Reply-To"] == "<first@example.com>"
        assert box.mails[1]["References"] == f"<first@example.com> {ours}"


async def test_the_question_goes_with_the_solution(tmp_path: Path, server: tuple[Sink, Smtp]) -> None:
    box, smtp = server
    async with office(tmp_path, smtp=smtp) as one:
        await one.desk.ticket(assignee="ana")
        await one.service.move(ANA, [1], "resolved", text="It works again.")
        await later(one)
        (found,) = box.mails
        assert found.get_content().replace("\r\n", "\n").startswith("It works again.\n\nHow satisfied are you?")
        assert await states(one) == ["sent", "sent"]
        assert len(await one.events(1, EventKind.MAILED)) == len(await one.events(1, EventKind.ASKED)) == 1
        done = await one.take(mail("5\r\nThanks", headers=f"In-Reply-To: {found['Message-ID']}"))
        assert (done.outcome, (await one.service.get(1)).satisfaction) == (Outcome.RATING, 5)


async def test_the_question_alone(tmp_path: Path, server: tuple[Sink, Smtp]) -> None:
    box, smtp = server
    async with office(tmp_path, smtp=smtp) as one:
        await one.desk.ticket(assignee="ana")
        await one.service.move(ANA, [1], "resolved")
        await later(one)
        (found,) = box.mails
        assert found["Auto-Submitted"] == "auto-generated"
        assert "#1 is done" in found.get_content()
        assert "How satisfied are you?" in found.get_content()
        done = await one.take(mail("2", headers=f"In-Reply-To: {found['Message-ID']}"))
        assert done.outcome is Outcome.RATING


async def test_nothing_is_written_while_there_is_nothing_to_do(tmp_path: Path) -> None:
    """Also not while the question waits for a reply that no server takes."""
    async with office(tmp_path, smtp=Smtp(host="127.0.0.1", port=free_port())) as one:
        await one.send()
        await one.desk.ticket(assignee="ana")
        await one.service.move(ANA, [1], "resolved", text="It works again.")
        await one.send()
        await later(one)
        assert await states(one) == ["waiting", "waiting"]
        mark = await one.db.mark()
        for _ in range(5):
            await later(one, 2 * SECOND)
        assert await one.db.mark() == mark


async def test_the_outbox_is_read_by_its_index(tmp_path: Path) -> None:
    from opsconsole.tickets.mail import store

    plans: list[str] = []

    class Explaining:
        async def row(self, sql: str, params: Any) -> None:
            plans.extend(row["detail"] for row in await one.db.rows(f"EXPLAIN QUERY PLAN {sql}", params))

        async def rows(self, sql: str, params: Any) -> list[Any]:
            await self.row(sql, params)
            return []

    async with office(tmp_path) as one:
        reader: Any = Explaining()
        await store.next_due(reader, 1, 1)
        await store.claim(reader, 1)
        await store.left_behind(reader, 1, 1)
        await store.thread(reader, 1, 1)
    assert [plan for plan in plans if plan.startswith("SCAN m") and "ticket_mail_due" not in plan] == []
    assert len(plans) > 4


async def test_the_job_of_the_agent(tmp_path: Path, server: tuple[Sink, Smtp]) -> None:
    from contextlib import AsyncExitStack
    from types import SimpleNamespace

    from opsconsole.core.jobs import Due, Workplace
    from opsconsole.core.paths import Paths

    box, smtp = server
    async with office(tmp_path, smtp=smtp) as one, AsyncExitStack() as stack:
        paths = Paths(config=None, data=tmp_path, state=tmp_path, cache=tmp_path)

        def place(tickets: object) -> Workplace:
            return Workplace(SimpleNamespace(tickets=tickets, notify=None), one.db, one.db, one.clock, one.guard, paths,
                             "web-01", tmp_path, stack)

        assert sending.mail_jobs(place(None)) == []
        (job,) = sending.mail_jobs(place(one.service.settings))
        assert (job.name, job.recorded) == ("tickets.mail", False)
        await job.run(Due(0))
        await one.desk.ticket()
        await one.service.reply(ANA, 1, "Hello")
        one.clock.go(HOUR)
        await job.run(Due(0))
        assert len(box.mails) == 1
        assert SETTINGS.mail.address == "support@example.com"
