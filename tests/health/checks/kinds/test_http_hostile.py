"""The check by HTTP against servers that never end, break the protocol, or send texts that want to act."""

from __future__ import annotations

import asyncio
import gzip
from functools import partial
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.levels import Level
from opsconsole.core.units import Duration
from opsconsole.health.checks.kinds.exchange import MOST_BODY
from opsconsole.health.checks.settings.net import HttpCheck
from tests.health.checks.kinds.asking import ask
from tests.health.checks.kinds.reaching import left
from tests.hostile import CORPUS
from tests.servers.silent import silent
from tests.servers.web import Asked, forever, reply, web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

from tests.health.checks.kinds.web_asking import judged, problem


def endless_body(head: bytes, _asked: Asked) -> AsyncIterator[bytes]:
    return forever(head, b"1000\r\n" + b"x" * 0x1000 + b"\r\n")


HTTP = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HTTP + b"Transfer-Encoding: chunked\r\n\r\n"


class TestHostile:
    @pytest.mark.parametrize(("words", "said"), [
        (b"SSH-2.0-OpenSSH\r\n", "answers what is no HTTP"),
        (b"\x1b]0;owned\x07\r\n\r\n", "answers what is no HTTP"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "answers what is no HTTP"),
        (b"HTTP/1.1 200 OK\r\nbroken\r\n\r\n", "answers what is no HTTP"),
        (HTTP + b"Content-Length: -1\r\n\r\n", "answers what is no HTTP"),
        (HTTP + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx", "answers what is no HTTP"),
        (CHUNKED + b"zz\r\nx", "answers what is no HTTP"),
        (CHUNKED + b"ffffffffffffffffffffff\r\nx", "answers what is no HTTP"),
        (CHUNKED + b"1;" + b"x" * 100_000, "answers what is no HTTP"),
        (CHUNKED + b"5\r\nabc", "closed in the middle of the answer"),
        (HTTP + b"Content-Length: 10\r\n\r\nabc", "closed in the middle of the answer"),
        (b"HTTP/1.1 200", "closed in the middle of the answer"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 30, "answers with more than 20 interim answers"),
        (HTTP + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", "its compressed answer is broken"),
    ], ids=range(14))
    async def test_what_is_no_http(self, words: bytes, said: str) -> None:
        with web(words) as site:
            assert await problem(site.url()) == said

    async def test_a_header_of_10_mb_and_headers_without_end(self) -> None:
        with web(HTTP + b"X: " + b"x" * 10_000_000) as site:
            assert await problem(site.url()) == "sends more than 32 KiB of headers"
        with web(lambda _asked: forever(HTTP, b"X-More: and more\r\n" * 100)) as site:
            assert await problem(site.url()) == "sends more than 32 KiB of headers"

    async def test_a_body_without_end_is_cut(self) -> None:
        for head in (HTTP + b"\r\n", CHUNKED):
            with web(partial(endless_body, head)) as site:
                async with left(site.port):
                    measured = await ask(HttpCheck(url=site.url()))
            assert measured.text == "200"
            assert len(measured.body) == MOST_BODY

    async def test_a_body_in_tiny_pieces_is_cut(self) -> None:
        with web(lambda _asked: forever(CHUNKED, b"1\r\nx\r\n" * 1000)) as site:
            measured = await ask(HttpCheck(url=site.url()))
        assert 10_000 < len(measured.body) < 100_000

    async def test_a_body_that_is_small_only_when_packed(self) -> None:
        bomb = gzip.compress(b"\0" * 200_000_000, 9)
        with web(reply(200, bomb, {"Content-Encoding": "gzip"})) as site:
            measured = await ask(HttpCheck(url=site.url()))
        assert measured.body == b"\0" * MOST_BODY
        with web(reply(200, gzip.compress(b'{"a": 1}'), {"Content-Encoding": "gzip"})) as site:
            assert (await ask(HttpCheck(url=site.url()))).body == b'{"a": 1}'

    async def test_texts_that_act(self) -> None:
        lines = [text.encode("utf-8", "surrogatepass").replace(b"\r", b"").replace(b"\n", b"").replace(b"\0", b"")
                 for text in CORPUS]
        def said(asked: Asked) -> bytes:
            text = lines[int(asked.target[1:])]
            return (HTTP.replace(b"OK", b"O" + text[:500]) + b"X-Text: a" + text + b"\r\nContent-Length: "
                    + str(len(text)).encode() + b"\r\n\r\n" + text)

        with web(said) as site:
            for number, text in enumerate(lines):
                check = HttpCheck(url=site.url(f"/{number}"), critical_unless=('header.x-text contains "a"',))
                measured = await ask(check)
                assert measured.problem in ("", "answers what is no HTTP")
                outcome = judged(check, measured)
                outcome.output.encode()
                if not measured.problem:
                    assert measured.body == text
                    assert outcome.level is Level.OK


async def test_hung_servers_hold_nobody_up() -> None:
    with silent() as hung, web(reply()) as site:
        others = [asyncio.create_task(ask(HttpCheck(url=f"http{'s' * (number % 2)}://127.0.0.1:{hung}/",
                                                    timeout=Duration(20)), 20)) for number in range(50)]
        await asyncio.sleep(0.2)
        for _ in range(5):
            measured = await ask(HttpCheck(url=site.url("/", "localhost")), 10)
            assert measured.text == "200"
            assert float(str(measured.values["latency"])) < 5
        assert not any(task.done() for task in others)
        async with left(hung):
            for task in others:
                task.cancel()
            await asyncio.wait(others)
