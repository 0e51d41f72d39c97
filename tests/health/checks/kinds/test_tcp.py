"""The kind `tcp`."""

from __future__ import annotations

import asyncio
import errno
import os
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.units import Duration
from opsconsole.health.checks.kinds.connecting import not_connected
from opsconsole.health.checks.settings.net import TcpCheck, unescaped
from tests.health.checks.kinds.asking import ask, cancelled
from tests.health.checks.kinds.reaching import left, timed
from tests.hostile import CORPUS
from tests.servers.looped import looped
from tests.servers.silent import closing, dialogue, endless, full, saying, silent

SOON = 0.4


async def problem(port: int, host: str = "127.0.0.1", expect: str | None = None) -> str:
    check = TcpCheck(host=host, port=port, timeout=Duration(SOON), expect=expect)
    async with left(port):
        measured = await timed(check)
    return measured.problem


async def test_a_port_that_accepts() -> None:
    with silent() as port:
        async with left(port):
            measured = await ask(TcpCheck(host="localhost", port=port))
    assert (measured.problem, measured.text) == ("", "connected")
    assert set(measured.values) == {"latency", "connect"}


async def test_what_is_sent_and_expected() -> None:
    with dialogue(b"+PONG\r\n", first=b"hello ") as (port, heard):
        check = TcpCheck(host="127.0.0.1", port=port, send=r"PING\r\n", expect="PONG")
        measured = await ask(check)
        assert measured.values["banner"] == "hello +PONG"
        await ask(TcpCheck(host="127.0.0.1", port=port, send=r"a\x00\n", expect="PONG"))
    assert [line for line in heard if line] == [b"PING\r\n", b"a\x00\n"]


async def test_every_way_to_fail() -> None:
    with closing() as port:
        assert await problem(port, expect="x") == "closed without an answer (waiting for the first byte)"
    assert await problem(port) == "refused"
    with saying(b"-ERR not allowed\r\n") as port:
        assert await problem(port, expect="PONG") == "no answer within 400 ms (in the middle of the answer)"
    with saying(b"-ERR not allowed\r\n", hold=False) as port:
        assert await problem(port, expect="PONG") == "the answer has no `PONG`"
    with endless(b"x" * 1000) as port:
        assert await problem(port, expect="PONG") == "the answer has no `PONG`"
    with silent() as port:
        assert await problem(port, expect="PONG") == "no answer within 400 ms (waiting for the first byte)"
    with full() as port:
        assert await problem(port) == "no answer within 400 ms (connecting)"
    assert await problem(80, "x" * 64 + ".example") in ("this cannot be a name", "name not found")


@pytest.mark.parametrize(("number", "said"), [
    (errno.ECONNREFUSED, "refused"), (errno.EHOSTUNREACH, "no route"), (errno.ENETUNREACH, "no route"),
    (errno.ETIMEDOUT, "no answer"), (errno.ECONNRESET, "closed without an answer"),
    (errno.EPERM, "forbidden by this machine's firewall"), (errno.EMFILE, "no connection: Too many open files")])
def test_why_there_is_no_connection(number: int, said: str) -> None:
    assert not_connected(OSError(number, os.strerror(number))).sentence == said


async def test_a_name_with_several_addresses_is_reached_at_one_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"name": ["127.0.0.2", "127.0.0.1"]}
    real = socket.getaddrinfo

    def resolve(host: str, *arguments: object, **settings: object) -> object:
        if host not in found:
            return real(host, *arguments, **settings)  # type: ignore[arg-type]
        if settings.get("flags"):
            raise socket.gaierror(socket.EAI_NONAME, "no literal")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, arguments[0])) for each in found["name"]]

    with silent() as port, full() as never:
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        async with left(port):
            measured = await ask(TcpCheck(host="name", port=port))
        assert not measured.problem
        found["name"] = ["127.0.0.2", "127.0.0.3"]
        assert await problem(port, "name") == "refused"
        found["name"] = ["127.0.0.1"] * 8
        assert await problem(never, "name") == "no answer within 400 ms (connecting)"
        found["name"] = ["127.0.0.1"] * 3
        assert await problem(port, "name") == ""


async def test_a_silent_address_does_not_hide_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from opsconsole.health.checks.kinds import connecting

    with full() as never, silent() as port:
        places = [(socket.AF_INET, ("127.0.0.1", never)), (socket.AF_INET, ("127.0.0.1", port))]
        async with left(port, never):
            made = await connecting._first(places)
            assert made.getpeername()[1] == port
            made.close()


async def test_names_that_hang_hold_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    release, real = threading.Event(), socket.getaddrinfo

    def resolve(host: str, *arguments: object, **settings: object) -> object:
        if "hangs" in host and not settings.get("flags"):
            release.wait(30)
            raise socket.gaierror(socket.EAI_NONAME, "there is none")
        return real(host, *arguments, **settings)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    try:
        with silent() as port:
            hung = [asyncio.create_task(ask(TcpCheck(host=f"hangs-{number % 40}.invalid", port=port), 30))
                    for number in range(120)]
            await asyncio.sleep(0.1)
            # Equal names share a thread, so that 120 checks of 40 names leave room for others.
            measured = await ask(TcpCheck(host="localhost", port=port))
            assert not measured.problem
            assert float(str(measured.values["latency"])) < 5
            assert (await problem(port, "hangs-1.invalid")).endswith("(looking up the name)")
            more = [asyncio.create_task(ask(TcpCheck(host=f"hangs-too-{number}.invalid", port=port), 30))
                    for number in range(40)]
            await asyncio.sleep(0.1)
            refused = [task.result().problem for task in more if task.done()]
            assert len(refused) == 40 - (64 - 40)
            assert all("other names are being looked up" in each for each in refused)
    finally:
        release.set()
        await asyncio.wait([*hung, *more])
    with silent() as port:
        assert not (await ask(TcpCheck(host="localhost", port=port))).problem


async def test_it_can_be_cancelled() -> None:
    begun = asyncio.Event()
    begun.set()
    with silent() as port, full() as never:
        async with left(port, never):
            await cancelled(TcpCheck(host="127.0.0.1", port=port, expect="x"), begun)
            await cancelled(TcpCheck(host="localhost", port=never), begun)


async def test_hostile_texts_are_kept_as_they_are() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(CORPUS[int(await reader.readuntil(b"\n"))].encode("utf-8", "surrogatepass") or b"-")
        await writer.drain()

    with looped(talk) as port:
        for number in range(len(CORPUS)):
            measured = await ask(TcpCheck(host="127.0.0.1", port=port, send=f"{number}\\n"))
            banner = measured.values["banner"]
            assert isinstance(banner, str)
            assert len(banner) <= 201
            banner.encode()


@given(st.binary(max_size=50))
def test_bytes_can_be_written_with_backslashes(raw: bytes) -> None:
    assert unescaped("".join(f"\\x{byte:02x}" for byte in raw)) == raw


@given(st.text(max_size=50))
def test_a_backslash_is_understood_or_refused(text: str) -> None:
    try:
        made = unescaped(text)
    except (ValueError, UnicodeEncodeError):
        return
    if "\\" not in text:
        assert made == text.encode()
    assert unescaped(text.replace("\\", "\\\\")) == text.encode()
