"""The kind `ssh`."""

from __future__ import annotations

import asyncio

import pytest

from opsconsole.core.units import Duration
from opsconsole.health.checks.settings.net import SshCheck
from tests.health.checks.kinds.asking import ask, cancelled
from tests.health.checks.kinds.reaching import left, timed
from tests.servers.silent import closing, dialogue, endless, saying, silent


async def test_a_greeting() -> None:
    with dialogue(b"", first=b"no access for strangers\r\nSSH-2.0-OpenSSH_9.2p1 Debian\r\n") as (port, heard):
        async with left(port):
            measured = await ask(SshCheck(host="127.0.0.1", port=port))
        for _ in range(100):
            if heard:
                break
            await asyncio.sleep(0.02)
    assert measured.text == measured.values["banner"] == "SSH-2.0-OpenSSH_9.2p1 Debian"
    assert isinstance(measured.values["latency"], float)
    assert heard[0] == b"SSH-2.0-opsconsole\r\n"


async def test_whoever_ends_after_the_greeting_has_answered() -> None:
    with saying(b"SSH-2.0-x\r\n", hold=False) as port:
        for _ in range(20):
            assert (await ask(SshCheck(host="127.0.0.1", port=port))).text == "SSH-2.0-x"


@pytest.mark.parametrize(("words", "said"), [
    (b"SSH-1.5-old\r\n", "speaks only an old version of SSH: SSH-1.5-old"),
    (b"220 mail\r\n", "closed in the middle of the answer"),
    (b"x" * 100_000, "answers with lines of more than 1024 bytes"),
    (b"x" * 2000 + b"\r\n", "answers with lines of more than 1024 bytes"),
    (b"SSH-2.0-", "closed without an answer (waiting for the first byte)"),
])
async def test_what_is_no_greeting(words: bytes, said: str) -> None:
    with saying(words, hold=False) as port:
        async with left(port):
            assert (await ask(SshCheck(host="127.0.0.1", port=port))).problem == said


async def test_lines_without_end() -> None:
    with endless(b"\x1b]0;owned\x07\xff\n" * 50) as port:
        async with left(port):
            measured = await ask(SshCheck(host="127.0.0.1", port=port))
    assert measured.problem == "speaks no SSH"


async def test_no_answer() -> None:
    with silent() as port:
        measured = await timed(SshCheck(host="127.0.0.1", port=port, timeout=Duration(0.3)))
        assert measured.problem == "no answer within 300 ms (waiting for the first byte)"
        begun = asyncio.Event()
        begun.set()
        async with left(port):
            await cancelled(SshCheck(host="127.0.0.1", port=port), begun)
    with closing() as port:
        measured = await ask(SshCheck(host="127.0.0.1", port=port))
        assert measured.problem == "closed without an answer (waiting for the first byte)"
