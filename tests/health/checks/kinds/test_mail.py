"""The kinds `smtp` and `imap`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.units import Duration
from opsconsole.health.checks.settings.net import ImapCheck, SmtpCheck
from tests.health.checks.kinds.asking import ask, cancelled
from tests.health.checks.kinds.reaching import left, timed
from tests.servers.authority import DAY, Authority
from tests.servers.mail import smtp_sink
from tests.servers.silent import closing, dialogue, endless, saying, silent

if TYPE_CHECKING:
    from pathlib import Path

HOST = "127.0.0.1"
ABLE = b"* CAPABILITY IMAP4rev2 STARTTLS\r\na OK done\r\n"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


class TestSmtp:
    async def test_a_greeting(self) -> None:
        with smtp_sink() as sink:
            async with left(sink.port):
                measured = await ask(SmtpCheck(host=HOST, port=sink.port))
            assert not sink.mails
        assert not measured.problem
        assert "SMTP" in measured.text
        assert "SIZE" in str(measured.values["extensions"])
        assert set(measured.values) == {"latency", "banner", "extensions"}

    async def test_through_tls(self, authority: Authority) -> None:
        ca = str(authority.ca)
        with smtp_sink(starttls=authority.server(ends=5 * DAY)) as sink:
            async with left(sink.port):
                measured = await ask(SmtpCheck(host=HOST, port=sink.port, tls="starttls", ca=ca))
            assert 4 * 86_400 < float(str(measured.values["certificate"])) < 5 * 86_400
            assert "STARTTLS" not in str(measured.values["extensions"])
            assert "unknown authority" in (await ask(SmtpCheck(host=HOST, port=sink.port, tls="starttls"))).problem
        with smtp_sink(implicit=authority.server(ends=-3 * DAY)) as sink:
            measured = await ask(SmtpCheck(host=HOST, port=sink.port, tls="implicit", ca=ca))
            assert measured.problem == "certificate expired 3 d ago"
            lenient = SmtpCheck(host=HOST, port=sink.port, tls="implicit", verify=False)
            assert float(str((await ask(lenient)).values["certificate"])) < -3 * 86_400

    @pytest.mark.parametrize(("words", "said"), [
        (b"554 no service\r\n", "refuses: 554 no service"),
        (b"421-busy\r\n421 later\r\n", "refuses: 421 later"),
        (b"SSH-2.0-x\r\n", "speaks no SMTP"),
        (b"220\x1b]0;owned\x07\r\n", "speaks no SMTP"),
        (b"220", "closed without an answer (waiting for the first byte)"),
        (b"220 mail\r\n", "closed in the middle of the answer"),
        (b"x" * 100_000, "answers with lines of more than 8192 bytes"),
    ], ids=range(7))
    async def test_what_is_no_greeting(self, words: bytes, said: str) -> None:
        with saying(words, hold=False) as port:
            async with left(port):
                assert (await ask(SmtpCheck(host=HOST, port=port))).problem == said

    async def test_answers_without_end(self) -> None:
        with endless(b"220-and more\r\n" * 50) as port:
            measured = await ask(SmtpCheck(host=HOST, port=port))
        assert measured.problem == "answers with more than 200 lines"

    async def test_it_knows_less(self) -> None:
        with dialogue(b"502 what?\r\n", first=b"220 mail\r\n") as (port, heard):
            assert (await ask(SmtpCheck(host=HOST, port=port))).problem == "refuses: 502 what?"
        assert heard[0] == b"EHLO [127.0.0.1]\r\n"
        with dialogue(b"250 mail\r\n", first=b"220 mail\r\n") as (port, _):
            assert (await ask(SmtpCheck(host=HOST, port=port, tls="starttls"))).problem == "offers no STARTTLS"
        with dialogue(b"250-mail\r\n250 STARTTLS\r\n", b"454 not now\r\n", first=b"220 mail\r\n") as (port, _):
            assert (await ask(SmtpCheck(host=HOST, port=port, tls="starttls"))).problem == "refuses: 454 not now"

    def test_the_usual_ports(self) -> None:
        assert [SmtpCheck(host=HOST, tls=tls).number for tls in ("off", "starttls", "implicit")] == [25, 25, 465]
        assert [ImapCheck(host=HOST, tls=tls).number for tls in ("off", "starttls", "implicit")] == [143, 143, 993]
        assert ImapCheck(host=HOST, port=1).number == 1


class TestImap:
    async def test_a_greeting(self) -> None:
        with dialogue(ABLE, first=b"* OK [CAPABILITY IMAP4rev2] ready\r\n") as (port, heard):
            async with left(port):
                measured = await ask(ImapCheck(host=HOST, port=port))
            for _ in range(100):
                if len(heard) == 2:
                    break
                await asyncio.sleep(0.02)
        assert heard == [b"a CAPABILITY\r\n", b"z LOGOUT\r\n"]
        assert measured.text == "[CAPABILITY IMAP4rev2] ready"
        assert measured.values["capabilities"] == "IMAP4rev2 STARTTLS"

    async def test_through_tls(self, authority: Authority) -> None:
        served, ca = authority.server(), str(authority.ca)
        with dialogue(ABLE, b"b OK go on\r\n", ABLE, first=b"* OK ready\r\n", upgrade=(2, served)) as (port, _):
            measured = await ask(ImapCheck(host=HOST, port=port, tls="starttls", ca=ca))
        assert not measured.problem
        assert float(str(measured.values["certificate"])) > 80 * 86_400
        with dialogue(ABLE, first=b"* PREAUTH ready\r\n", tls=served) as (port, _):
            measured = await ask(ImapCheck(host="localhost", port=port, tls="implicit", ca=ca))
        assert measured.text == "ready"

    @pytest.mark.parametrize(("words", "said"), [
        (b"* BYE too many\r\n", "refuses: too many"),
        (b"+OK POP3 ready\r\n", "speaks no IMAP"),
        (b"* OK ready\r\n", "closed in the middle of the answer"),
    ])
    async def test_what_is_no_greeting(self, words: bytes, said: str) -> None:
        with saying(words, hold=False) as port:
            assert (await ask(ImapCheck(host=HOST, port=port))).problem == said

    @pytest.mark.parametrize(("words", "said"), [
        (b"a NO not for you\r\n", "refuses CAPABILITY: a NO not for you"),
        (b"* \xff\xfe\r\n" * 300, "answers with more than 200 lines"),
    ], ids=["refused", "lines"])
    async def test_what_is_no_answer(self, words: bytes, said: str) -> None:
        with dialogue(words, first=b"* OK ready\r\n") as (port, _):
            assert (await ask(ImapCheck(host=HOST, port=port))).problem == said

    async def test_it_offers_no_tls(self) -> None:
        with dialogue(b"* CAPABILITY IMAP4rev2\r\na OK\r\n", first=b"* OK ready\r\n") as (port, _):
            assert (await ask(ImapCheck(host=HOST, port=port, tls="starttls"))).problem == "offers no STARTTLS"


@pytest.mark.parametrize("kind", [SmtpCheck, ImapCheck])
async def test_no_answer(kind: type[SmtpCheck] | type[ImapCheck]) -> None:
    with silent() as port:
        measured = await timed(kind(host=HOST, port=port, timeout=Duration(0.3)))
        assert measured.problem == "no answer within 300 ms (waiting for the first byte)"
        begun = asyncio.Event()
        begun.set()
        async with left(port):
            await cancelled(kind(host=HOST, port=port), begun)
            await cancelled(kind(host=HOST, port=port, tls="implicit"), begun)
    with closing() as port:
        measured = await ask(kind(host=HOST, port=port))
        assert measured.problem == "closed without an answer (waiting for the first byte)"
    assert (await ask(kind(host=HOST, port=port))).problem == "refused"
