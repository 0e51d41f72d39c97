"""Mail that a server refuses, delays or hangs on, and processes that end while they send: each leaves once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.core.clock import HOUR, MINUTE, SECOND
from opsconsole.core.jobs import LeaseLost
from opsconsole.core.units import Duration
from opsconsole.tickets.mail.smtp import Carrier, Handed
from opsconsole.tickets.model import EventKind
from opsconsole.tickets.settings import Smtp
from tests.core.storage import ROOT
from tests.tickets.desk import ANA
from tests.tickets.mail.bench import Sink, free_port, later, office, states

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_server_that_is_busy_gets_it_later(tmp_path: Path, server: tuple[Sink, Smtp]) -> None:
    box, smtp = server
    async with office(tmp_path, smtp=smtp) as one:
        await one.desk.ticket()
        await one.service.reply(ANA, 1, "Hello")
        box.answers = ["451 try later", "451 try later"]
        await later(one)
        assert await states(one) == ["waiting"]
        assert "451 try later" in await one.desk.value("SELECT problem FROM ticket_mail")
        await later(one, 20 * SECOND)
        assert len(box.answers) == 1
        await later(one, 11 * SECOND)
        assert (len(box.answers), await states(one)) == (0, ["waiting"])
        await later(one, MINUTE)
        assert (len(box.mails), await states(one)) == (1, ["sent"])
        assert await one.events(1, EventKind.BOUNCED) == []


async def test_what_nobody_takes_is_given_up_after_two_days_and_told(tmp_path: Path) -> None:
    async with office(tmp_path, smtp=Smtp(host="127.0.0.1", port=free_port(), timeout=Duration(5))) as one:
        await one.desk.ticket(assignee="ana")
        await one.service.reply(ANA, 1, "Hello")
        for _ in range(80):
            await later(one, HOUR)
            if await states(one) == ["failed"]:
                break
        assert await states(one) == ["failed"]
        assert 48 <= await one.desk.value("SELECT attempts FROM ticket_mail") <= 50
        (bounced,) = await one.events(1, EventKind.BOUNCED)
        assert "The mail to kim@example.com did not leave: 127.0.0.1:" in bounced.text
        assert "mail of tickets does not leave" in await one.notices()
        assert len(await one.notices()) < 50


@pytest.mark.parametrize(("setting", "words"), [("recipient", "550 no such user"), ("data", "554 spam")])
async def test_what_is_refused_for_good_bounces_at_once(tmp_path: Path, server: tuple[Sink, Smtp], setting: str,
                                                       words: str) -> None:
    box, smtp = server
    if setting == "recipient":
        box.refused["kim@example.com"] = words
    else:
        box.answers = [words]
    async with office(tmp_path, smtp=smtp) as one:
        await one.desk.ticket()
        await one.service.reply(ANA, 1, "Hello")
        await later(one)
        assert await states(one) == ["failed"]
        (bounced,) = await one.events(1, EventKind.BOUNCED)
        assert words in bounced.text
        assert (bounced.data["seq"], bounced.data["by"]) == (2, "ana")


async def test_an_address_that_none_is_bounces_at_once(tmp_path: Path, server: tuple[Sink, Smtp]) -> None:
    box, smtp = server
    async with office(tmp_path, smtp=smtp) as one:
        await one.desk.ticket(requester_mail="k\u202em@example.com")
        await one.desk.ticket(requester_mail="kim@bücher.example")
        await one.service.reply(ANA, 1, "Hello")
        await one.service.reply(ANA, 2, "Hello")
        await later(one)
        assert await states(one) == ["failed", "sent"]
        assert box.recipients == [["kim@xn--bcher-kva.example"]]


async def test_some_recipients_are_refused(tmp_path: Path, server: tuple[Sink, Smtp]) -> None:
    box, smtp = server
    box.refused["lee@example.net"] = "550 no such user"
    async with office(tmp_path, smtp=smtp) as one:
        await one.desk.ticket()
        await one.service.reply(ANA, 1, "Hello")
        async with one.db.write() as tx:
            await tx.run("UPDATE ticket_mail SET recipients = '[\"kim@example.com\", \"lee@example.net\"]'")
        await later(one)
        assert (await states(one), box.recipients) == (["sent"], [["kim@example.com"]])
        (bounced,) = await one.events(1, EventKind.BOUNCED)
        assert "lee@example.net: 550 no such user" in bounced.text


async def test_nobody_sends_without_the_lease(tmp_path: Path, server: tuple[Sink, Smtp]) -> None:
    box, smtp = server
    async with office(tmp_path, smtp=smtp) as one:
        await one.desk.ticket()
        await one.service.reply(ANA, 1, "Hello")
        one.guard.held = False
        await later(one)
        with pytest.raises(LeaseLost):
            await one.postman.send_one()
        assert (box.mails, await states(one)) == ([], ["waiting"])


async def test_two_who_send_at_once_send_it_once(tmp_path: Path, server: tuple[Sink, Smtp]) -> None:
    box, smtp = server
    async with office(tmp_path, smtp=smtp) as one, office(tmp_path, smtp=smtp) as other:
        for number in range(1, 6):
            await one.desk.ticket()
            await one.service.reply(ANA, number, "Hello")
        other.clock.at = one.clock.go(HOUR)
        await asyncio.gather(one.send(), other.send())
        assert len(box.mails) == 5
        assert len({each["Message-ID"] for each in box.mails}) == 5


async def test_what_was_cut_off_is_sent_once_more_and_never_again(tmp_path: Path, server: tuple[Sink, Smtp]) -> None:
    box, smtp = server
    async with office(tmp_path, smtp=smtp) as one:
        await one.desk.ticket()
        await one.service.reply(ANA, 1, "Hello")
        one.clock.go(11 * SECOND)

        async def taken() -> Any:
            from opsconsole.tickets.mail import store

            async with one.db.write() as tx:
                return await store.claim(tx, one.clock.now())

        first = await taken()
        await later(one, MINUTE)
        assert (box.mails, await states(one)) == ([], ["sending"])
        await later(one, 2 * MINUTE)
        assert (box.mails, await states(one)) == ([], ["waiting"])
        second = await taken() or await taken()
        if second is None:
            one.clock.go(MINUTE)
            second = await taken()
        assert second.message_id == first.message_id
        await later(one, 3 * MINUTE)
        assert (box.mails, await states(one)) == ([], ["failed"])
        (bounced,) = await one.events(1, EventKind.BOUNCED)
        assert "nobody knows whether it left" in bounced.text
        # Whoever comes back late changes nothing.
        await one.postman._note(first, Handed(ok=True))
        assert await states(one) == ["failed"]


async def test_a_server_that_says_nothing_in_the_end_may_have_it(tmp_path: Path) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        answers = {b"EHLO": b"250 ok\r\n", b"MAIL": b"250 ok\r\n", b"RCPT": b"250 ok\r\n", b"DATA": b"354 go\r\n"}
        while line := await reader.readline():
            writer.write(answers.get(line[:4].upper(), b""))
            if line == b".\r\n":
                break
        await close(writer)

    listening = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with listening, office(tmp_path, smtp=Smtp(host="127.0.0.1", port=port, timeout=Duration(5))) as one:
        await one.desk.ticket()
        await one.service.reply(ANA, 1, "Hello")
        await later(one)
        assert (await states(one), await one.desk.value("SELECT unsure FROM ticket_mail")) == (["waiting"], 1)
        await later(one, MINUTE)
        assert (await states(one), await one.desk.value("SELECT attempts FROM ticket_mail")) == (["failed"], 2)


async def test_a_server_that_hangs_is_left_in_time(tmp_path: Path) -> None:
    async def hanging(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        # An answer that never ends keeps every single wait short.
        with contextlib.suppress(OSError):
            while True:
                writer.write(b"250-more\r\n")
                await writer.drain()
                await asyncio.sleep(0.1)
        await close(writer)
        ended.set()

    ended = asyncio.Event()

    listening = await asyncio.start_server(hanging, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with listening, office(tmp_path, smtp=Smtp(host="127.0.0.1", port=port, timeout=Duration(1))) as one:
        await one.desk.ticket()
        await one.service.reply(ANA, 1, "Hello")
        await later(one)
        assert await states(one) == ["waiting"]
        await ended.wait()
        assert "took too long" in await one.desk.value("SELECT problem FROM ticket_mail")
        assert await one.desk.value("SELECT unsure FROM ticket_mail") == 0


async def test_whoever_is_cancelled_notes_what_was_sent(tmp_path: Path, server: tuple[Sink, Smtp],
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    box, smtp = server
    carry, begun = Carrier.carry, asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(self: Carrier, *given: Any) -> Handed:
        loop.call_soon_threadsafe(begun.set)
        time.sleep(0.3)
        return carry(self, *given)

    monkeypatch.setattr(Carrier, "carry", slow)
    async with office(tmp_path, smtp=smtp) as one:
        await one.desk.ticket()
        await one.service.reply(ANA, 1, "Hello")
        one.clock.go(HOUR)
        running = asyncio.ensure_future(one.send())
        await begun.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert (len(box.mails), await states(one)) == (1, ["sent"])


async def test_whoever_is_killed_in_the_middle_sends_it_once_more_at_most(tmp_path: Path,
                                                                          server: tuple[Sink, Smtp]) -> None:
    box, smtp = server
    async with office(tmp_path, smtp=smtp) as one:
        await one.desk.ticket()
        await one.service.reply(ANA, 1, "Hello")
        one.clock.go(11 * SECOND)
        program = f"""
import asyncio, os, signal, sys
from pathlib import Path
from opsconsole.core.units import Duration
from opsconsole.tickets.mail.smtp import Carrier
from opsconsole.tickets.settings import Smtp
from tests.tickets.mail.bench import office
carry = Carrier.carry
def killed(self, *given):
    handed = carry(self, *given)
    assert handed.ok
    os.kill(os.getpid(), signal.SIGKILL)
Carrier.carry = killed
async def main():
    smtp = Smtp(host="127.0.0.1", port={smtp.port}, timeout=Duration(10))
    async with office(Path(sys.argv[1]), smtp=smtp) as one:
        one.clock.at = {one.clock.at}
        await one.send()
asyncio.run(main())
"""
        ended = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", program, str(tmp_path)], cwd=ROOT,
                                        capture_output=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)})
        assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
        assert (len(box.mails), await states(one)) == (1, ["sending"])
        await later(one, 3 * MINUTE)
        await later(one, MINUTE)
        assert await states(one) == ["sent"]
        assert [each["Message-ID"] for each in box.mails] == [box.mails[0]["Message-ID"]] * 2
        assert len(await one.events(1, EventKind.MAILED)) == 1


async def close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
