"""What becomes of mail besides its shape: copies, caps, merges, ratings, reopening, intakes, and storage that fails."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from opsconsole.core.clock import DAY, HOUR
from opsconsole.core.errors import StorageBusy, StorageError, StorageUnusable, UsageError
from opsconsole.core.units import Size
from opsconsole.tickets.mail import receiving, store
from opsconsole.tickets.mail.receiving import Outcome
from opsconsole.tickets.model import EventKind, LinkKind, Party, Priority, Source
from opsconsole.tickets.settings import Attachments, Intake, Routing
from opsconsole.tickets.settings.desk import Mail
from tests.tickets.desk import ANA, SETTINGS
from tests.tickets.mail.bench import SUPPORT, mail, office
from tests.tickets.mail.corpus import ANSWER, REPLY, file, multi, text
from tests.tickets.mail.test_corpus import prepare

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_mail_becomes_a_ticket_and_its_number_is_told(tmp_path: Path) -> None:
    async with office(tmp_path) as one:
        done = await one.take(mail("The printer smokes.\n", subject="Re: AW: [#99] printer   smokes"))
        assert done.outcome is Outcome.TICKET
        ticket = await one.service.get(done.ticket)
        assert (ticket.title, ticket.description) == ("printer smokes", "The printer smokes.")
        assert (ticket.requester, ticket.requester_mail, ticket.source) == ("Kim", "kim@example.com", Source.MAIL)
        assert ticket.unanswered == 1
        (created,) = await one.events(done.ticket, EventKind.CREATED)
        assert (created.party, created.actor) == (Party.REQUESTER, "Kim")
        rows = await one.db.rows("SELECT kind, recipients, state FROM ticket_mail")
        assert [tuple(row) for row in rows] == [("confirm", '["kim@example.com"]', "waiting")]
        await one.desk.check()


async def test_no_number_is_told_where_none_wants_it(tmp_path: Path) -> None:
    settings = replace(SETTINGS, routing=(Routing(senders=("*@monitor.example",), tags=("auto",)),))
    async with office(tmp_path, settings) as one:
        welcome = mail("disk full", sender="check@monitor.example", headers="Auto-Submitted: auto-generated")
        ticket = await one.ticket_of(welcome)
        assert ticket.tags == ("auto",)
        await one.take(mail(headers=f"Reply-To: {SUPPORT}", sender="lee@example.net"))
        assert await one.desk.column("SELECT recipients FROM ticket_mail") == ['["lee@example.net"]']
    async with office(tmp_path / "2", confirm=False) as one:
        await one.take(mail())
        assert await one.desk.value("SELECT count(*) FROM ticket_mail") == 0
    async with office(tmp_path / "3", replace(SETTINGS, mail=Mail())) as one:
        await one.take(mail())
        assert await one.desk.value("SELECT count(*) FROM ticket_mail") == 0


async def test_the_same_mail_is_one_message(tmp_path: Path) -> None:
    async with office(tmp_path) as one:
        raw = mail("once", id_="one@example.net")
        assert (await one.take(raw)).outcome is Outcome.TICKET
        done = await one.take(b"Received: from mx.example.net\r\nDelivered-To: other@example.com\r\n" + raw)
        assert (done.outcome, done.ticket) == (Outcome.COPY, 1)
        assert (await one.take(mail("once", id_="two@example.net"))).outcome is Outcome.TICKET
        assert await one.desk.value("SELECT count(*) FROM ticket") == 2
        # A copy with a footer of a list is no message of its own, and is not lost either.
        done = await one.take(raw + b"\r\n-- \r\nusers mailing list\r\n")
        assert (done.outcome, await one.kept(), await one.notices()) == (
            Outcome.KEPT, ["it is a copy of a mail of ticket 1, and says something else"], [])


async def test_mail_without_an_id_is_known_by_what_it_says(tmp_path: Path) -> None:
    async with office(tmp_path) as one:
        raw = b"From: kim@example.com\r\nSubject: x\r\n\r\nwords"
        assert (await one.take(raw)).outcome is Outcome.TICKET
        assert (await one.take(b"Received: again\r\n" + raw)).outcome is Outcome.COPY
        assert (await one.take(raw + b" more")).outcome is Outcome.TICKET


async def test_too_much_of_one_sender_is_kept_and_told_once(tmp_path: Path) -> None:
    async with office(tmp_path, per_sender=3) as one:
        for number in range(8):
            done = await one.take(mail(f"loop {number}"))
            assert done.outcome is (Outcome.TICKET if number < 3 else Outcome.KEPT)
        assert len(await one.kept()) == 5
        assert await one.notices() == ["a mail from kim@example.com was kept"]
        assert (await one.take(mail(sender="lee@example.net"))).outcome is Outcome.TICKET
        one.clock.go(HOUR + 1)
        assert (await one.take(mail("again"))).outcome is Outcome.TICKET
        for _ in range(3):
            await one.take(mail("more"))
        assert len(await one.notices()) == 2


async def test_what_is_too_large_is_kept_unread(tmp_path: Path) -> None:
    async with office(tmp_path, most=Size(10_000)) as one:
        raw = mail("x" * 50_000)
        done = await one.take(raw)
        assert done.outcome is Outcome.KEPT
        assert "larger than 10KB" in done.reason
        (kept,) = await store.kept(one.db)
        assert (kept.size, kept.sender, kept.subject) == (len(raw), "kim@example.com", "printer")
        with one.blobs.open(kept.sha256) as found:
            assert found.read() == raw
        assert await one.notices() == ["a mail from kim@example.com was kept"]
        assert (await one.take(mail("x" * 5_000))).outcome is Outcome.TICKET


async def test_kept_mail_can_be_dealt_with(tmp_path: Path) -> None:
    async with office(tmp_path) as one:
        for number in range(3):
            await one.take(mail(f"x{number}", headers="List-Id: <x.example.net>"))
        found = await store.kept(one.db)
        assert [kept.id for kept in found] == [3, 2, 1]
        async with one.db.write() as tx:
            assert await store.dealt_with(tx, 2, "ana", 17)
            assert not await store.dealt_with(tx, 2, "ben", 18)
        assert [kept.id for kept in await store.kept(one.db)] == [3, 1]
        assert [kept.id for kept in await store.kept(one.db, everything=True, limit=2)] == [3, 2]
        again = await store.kept_mail(one.db, 2)
        assert again is not None
        assert (again.looked_at, again.looked_by) == (17, "ana")
        assert await store.kept_mail(one.db, 99) is None


async def test_an_answer_lets_a_waiting_ticket_go_on_and_a_robot_does_not(tmp_path: Path) -> None:
    async with office(tmp_path) as one:
        await prepare(one)
        await one.service.move(ANA, [1], "waiting")
        await one.take(mail("away", headers=f"Auto-Submitted: auto-replied\n{ANSWER}"))
        assert (await one.service.get(1)).state == "waiting"
        await one.take(mail("here", headers=ANSWER))
        assert (await one.service.get(1)).state == "open"
        message = (await one.events(1, EventKind.MESSAGE))[-1]
        assert (message.actor, message.party, message.via) == ("Kim", Party.REQUESTER, Source.MAIL)
        assert message.public
        assert message.data["mail"] == "kim@example.com"
        await one.desk.check()


async def test_whoever_wrote_once_is_on_the_ticket(tmp_path: Path) -> None:
    async with office(tmp_path) as one:
        await prepare(one)
        lee = {"sender": "Lee <lee@example.net>", "subject": "Re: [#1] x"}
        assert (await one.take(mail("1", **lee))).ticket == 3
        assert (await one.take(mail("2", **lee, headers=ANSWER))).ticket == 1
        assert (await one.take(mail("3", **lee))).ticket == 1
        await one.take(mail("4", sender="robot@example.net", headers=f"Precedence: bulk\n{ANSWER}"))
        assert (await one.take(mail("5", sender="robot@example.net", subject="#1"))).ticket == 4


async def test_a_merged_ticket_gets_no_mail_but_the_other(tmp_path: Path) -> None:
    async with office(tmp_path) as one:
        await prepare(one)
        await one.service.merge(ANA, 1, 2)
        assert (await one.take(mail("x", headers=ANSWER))).ticket == 2
        assert (await one.take(mail("y", subject="[#1] x"))).ticket == 2
        await one.service.unmerge(ANA, 1)
        assert (await one.take(mail("z", headers=ANSWER))).ticket == 1


async def test_an_answer_to_what_is_long_done_is_a_new_ticket(tmp_path: Path) -> None:
    async with office(tmp_path) as one:
        await prepare(one)
        await one.service.move(ANA, [1], "closed", text="done")
        one.clock.go(29 * DAY)
        assert (await one.take(mail("still broken", headers=ANSWER))).ticket == 1
        assert (await one.service.get(1)).state == "open"
        await one.service.move(ANA, [1], "closed", text="done again")
        one.clock.go(31 * DAY)
        ticket = await one.ticket_of(mail("broken again", subject="Re: [#1] x", headers=ANSWER))
        assert ticket.number == 3
        assert [(link.kind, link.target) for link in ticket.links] == [(LinkKind.RELATES, "1")]
        assert (await one.service.get(1)).state == "closed"
        robot = await one.take(mail("away", headers=f"Auto-Submitted: auto-replied\n{ANSWER}"))
        assert (robot.outcome, robot.ticket) == (Outcome.ROBOT, 1)


@pytest.mark.parametrize(("words", "value", "note"), [
    ("5\r\n", 5, ""), ("4/5!\r\n\r\nQuick, thank you.\r\n\r\nOn Mon, 16 Nov 2026, Support wrote:\r\n> How?", 4,
                       "Quick, thank you."), ("  1 .\r\n-- \r\nKim", 1, ""), ("5 thanks", 5, "thanks"),
    ("4/5 - good work!\r\nAgain, please.", 4, "good work!\nAgain, please."), ("5 :)", 5, ":)")])
async def test_a_number_answers_the_question(tmp_path: Path, words: str, value: int, note: str) -> None:
    async with office(tmp_path) as one:
        await one.desk.ticket("x", assignee="ana")
        await one.service.move(ANA, [1], "resolved", text="It works again.")
        async with one.db.write() as tx:
            await tx.run("UPDATE ticket_mail SET message_id = :id WHERE kind = 'survey'", {"id": REPLY})
            await store.remember(tx, [REPLY], 1, 3)
        done = await one.take(mail(words, headers=ANSWER))
        assert done.outcome is Outcome.RATING
        ticket = await one.service.get(1)
        assert (ticket.satisfaction, ticket.satisfaction_note, ticket.state) == (value, note, "resolved")
        (rated,) = await one.events(1, EventKind.RATED)
        assert (rated.party, rated.actor) == (Party.REQUESTER, "Kim")
        assert (await one.take(mail("6", headers=ANSWER))).outcome is Outcome.MESSAGE
        for index, other in enumerate(("2 more things are broken", "1. It still fails", "5 good things? None.")):
            came = mail(other, headers=ANSWER, id_=f"other{index}@example.com")
            assert (await one.take(came)).outcome is Outcome.MESSAGE
        assert (await one.service.get(1)).state == "open"
        await one.desk.check()


@pytest.mark.parametrize("words", ["It still fails. 5 times!", "10", "0", "", "5 of us cannot log in"])
async def test_other_answers_to_the_question_are_messages(tmp_path: Path, words: str) -> None:
    async with office(tmp_path) as one:
        await prepare(one)
        async with one.db.write() as tx:
            await tx.run("UPDATE ticket_mail SET kind = 'survey'")
        assert (await one.take(mail(words, headers=ANSWER))).outcome is Outcome.MESSAGE


async def test_a_number_to_another_mail_is_a_message(tmp_path: Path) -> None:
    async with office(tmp_path) as one:
        await prepare(one)
        assert (await one.take(mail("5", headers=ANSWER))).outcome is Outcome.MESSAGE


async def test_intakes_say_what_mail_to_an_address_becomes(tmp_path: Path) -> None:
    intakes = {"Billing@example.com": Intake(category="billing", priority=Priority.HIGH, team="web"),
               "bugs@example.com": Intake(category="bug")}
    async with office(tmp_path, intakes=intakes) as one:
        ticket = await one.ticket_of(mail(to=f'"Bills" <billing@EXAMPLE.com>, {SUPPORT}'))
        assert (ticket.category, ticket.priority, ticket.team) == ("billing", Priority.HIGH, "web")
        ticket = await one.ticket_of(mail(to="undisclosed-recipients:;", headers="Delivered-To: bugs@example.com"))
        assert (ticket.category, ticket.priority, ticket.lifecycle) == ("bug", Priority.MEDIUM, "bug")
        assert (await one.ticket_of(mail())).category == "technical"
        done = await one.take(mail(sender="bugs@example.com"))
        assert (done.outcome, done.reason) == (Outcome.KEPT, "it comes from our own address, so it goes in a circle")


async def test_a_bounce_is_told_and_marks_the_mail(tmp_path: Path) -> None:
    from tests.tickets.mail.corpus import report

    async with office(tmp_path) as one:
        await prepare(one)
        await one.service.take(ANA, [1])
        await one.take(report())
        (bounced,) = await one.events(1, EventKind.BOUNCED)
        assert bounced.text == "The mail to kim@example.com did not arrive: 550 5.1.1 No such user"
        assert (bounced.data["seq"], bounced.data["by"]) == (2, "ana")
        assert await one.desk.value("SELECT state FROM ticket_mail") == "failed"
        assert await one.desk.value("SELECT count(*) FROM outbox_notice WHERE title LIKE '%did not reach%'") == 1


async def test_files_that_are_left_out_are_in_the_kept_mail(tmp_path: Path) -> None:
    settings = replace(SETTINGS, attachments=Attachments(most=Size(1_000)))
    raw = multi(text("x"), file("big.bin", b"x" * 2_000), *(file(f"{number}.txt", b"x") for number in range(95)))
    async with office(tmp_path, settings) as one:
        done = await one.take(raw)
        assert (done.outcome, done.kept) == (Outcome.TICKET, 1)
        assert len(await one.service.attachments(done.ticket)) == receiving.MOST_FILES
        kept = await store.kept_mail(one.db, 1)
        assert kept is not None
        assert kept.reason == "files of it were left out of ticket 1"
        with one.blobs.open(kept.sha256) as found:
            assert found.read() == raw


async def test_mistakes_of_the_program_keep_the_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with office(tmp_path) as one:
        async def refuse(*_: object, **__: object) -> None:
            raise UsageError("No.")

        with monkeypatch.context() as patch:
            patch.setattr(one.service, "create_in", refuse)
            done = await one.take(mail("1"))
            assert done.reason == "it could not be stored otherwise: No."
        with monkeypatch.context() as patch:
            patch.setattr(receiving, "read", lambda *_: 1 / 0)
            done = await one.take(mail("2"))
            assert done.reason == "it could not be read"
        assert await one.desk.value("SELECT count(*) FROM ticket") == 0
        assert len(await one.kept()) == 2
        assert (await one.take(mail("3"))).outcome is Outcome.TICKET


async def test_storage_that_fails_is_left_to_the_mail_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with office(tmp_path) as one:
        raw = mail("x")
        async def busy(*_: object, **__: object) -> None:
            raise StorageBusy("Busy.")

        with monkeypatch.context() as patch:
            patch.setattr(one.service, "create_in", busy)
            with pytest.raises(StorageBusy):
                await one.take(raw)
        (tmp_path / "blobs").mkdir(exist_ok=True)
        (tmp_path / "blobs" / "new").write_bytes(b"in the way")
        with pytest.raises(StorageUnusable):
            await one.take(multi(text("x"), file("a.pdf")))
        with pytest.raises(StorageError):
            await one.take(b"no sender")
        assert await one.desk.value("SELECT count(*) FROM ticket") == 0
        assert await one.kept() == []
        (tmp_path / "blobs" / "new").unlink()
        assert (await one.take(raw)).outcome is Outcome.TICKET


async def test_a_stream_is_read_to_its_end(tmp_path: Path) -> None:
    class Slow(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 1, 1_000) if size != -1 else 1_000)

    async with office(tmp_path, most=Size(100)) as one:
        done = await one.receiver.receive(Slow(mail("x" * 20_000)))
        kept = await store.kept_mail(one.db, done.kept)
        assert kept is not None
        assert kept.size > 20_000


async def test_two_senders_of_one_mail_at_once(tmp_path: Path) -> None:
    import asyncio

    async with office(tmp_path) as one, office(tmp_path) as other:
        raw = mail("once")
        done = await asyncio.gather(one.take(raw), other.take(raw))
        assert sorted(each.outcome for each in done) == [Outcome.COPY, Outcome.TICKET]
        assert await one.desk.value("SELECT count(*) FROM ticket") == 1
