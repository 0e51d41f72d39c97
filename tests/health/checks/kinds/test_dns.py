"""The kind `dns`, through the system and through servers that say anything."""

from __future__ import annotations

import asyncio
import struct
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.clock import SystemClock
from opsconsole.core.levels import Level
from opsconsole.core.units import Duration
from opsconsole.health.checks.judge import judge
from opsconsole.health.checks.kinds import dns
from opsconsole.health.checks.kinds.dns_message import TYPES, query, reply
from opsconsole.health.checks.settings.net import DnsCheck
from tests.health.checks.kinds.asking import ask, cancelled
from tests.health.checks.kinds.reaching import timed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HOST = "127.0.0.1"


def record(kind: str, data: bytes) -> bytes:
    """One record about the name that was asked for."""
    return b"\xc0\x0c" + struct.pack("!HHIH", TYPES[kind], 1, 60, len(data)) + data


def answered(asked: bytes, *records: bytes, code: int = 0, flags: int = 0x8180) -> bytes:
    """An answer to a question."""
    return asked[:2] + struct.pack("!HHHHH", flags | code, 1, len(records), 0, 0) + asked[12:] + b"".join(records)


@contextmanager
def server(answer: Callable[[bytes], list[bytes]], stream: Callable[[bytes], bytes] | None = None) -> Iterator[int]:
    """The port of a name server that sends these datagrams for each question, and this over TCP."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()

    class Talk(asyncio.DatagramProtocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: object) -> None:
            for each in answer(data):
                self.transport.sendto(each, addr)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
        said = stream(asked) if stream is not None else b""
        writer.write(len(said).to_bytes(2, "big") + said)
        await writer.drain()
        writer.close()

    async def begin() -> tuple[asyncio.Server, asyncio.DatagramTransport, int]:
        listening = await asyncio.start_server(talk, HOST, 0)
        port = listening.sockets[0].getsockname()[1]
        transport, _ = await loop.create_datagram_endpoint(Talk, (HOST, port))
        return listening, transport, port

    async def end() -> None:
        listening.close()
        transport.close()
        await asyncio.sleep(0.01)

    listening, transport, port = asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
    try:
        yield port
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        while loop.is_running():
            threading.Event().wait(0.01)
        loop.close()


async def test_as_the_system_does_it() -> None:
    measured = await ask(DnsCheck(name="localhost"))
    assert measured.text == measured.values["addresses"] == "127.0.0.1"
    assert measured.values["count"] == 1
    check = DnsCheck(name="localhost", critical_unless=('addresses contains "127.0.0.1"', "count == 1"))
    assert judge(check, await ask(check), SystemClock().now(), 0.1, "x").level is Level.OK


async def test_records_of_each_type() -> None:
    data = {"A": bytes([192, 0, 2, 7]), "AAAA": bytes.fromhex("20010db8000000000000000000000001"),
            "MX": b"\x00\x0a\x04mail\xc0\x0c", "NS": b"\x02ns\xc0\x0c", "TXT": b"\x02v=\x04spf1",
            "CNAME": b"\x03www\xc0\x0c"}
    expected = {"A": "192.0.2.7", "AAAA": "2001:db8::1", "MX": "10 mail.shop.example", "TXT": "v=spf1",
                "CNAME": "www.shop.example", "NS": "ns.shop.example"}

    def answer(asked: bytes) -> list[bytes]:
        (kind,) = struct.unpack("!H", asked[-4:-2])
        name = next(name for name, number in TYPES.items() if number == kind)
        alias = record("CNAME", b"\x03www\xc0\x0c") if name == "A" else b""
        return [answered(asked, *filter(None, (alias, record(name, data[name]))))]

    with server(answer) as port:
        for kind, text in expected.items():
            measured = await ask(DnsCheck(name="shop.example", type=kind, server=HOST, port=port))  # type: ignore[arg-type]
            assert (measured.problem, measured.text, measured.values["count"]) == ("", text, 1)


async def test_many_records_and_those_too_long_for_a_datagram() -> None:
    records = [record("A", bytes([192, 0, 2, number])) for number in range(200)]
    with server(lambda asked: [answered(asked, flags=0x8380)], lambda asked: answered(asked, *records)) as port:
        measured = await ask(DnsCheck(name="shop.example", server=HOST, port=port))
    assert measured.values["count"] == 200
    assert measured.text == "192.0.2.0, 192.0.2.1, 192.0.2.10 and 197 more"


async def test_nothing_is_found() -> None:
    with server(lambda asked: [answered(asked, code=3)]) as port:
        assert (await ask(DnsCheck(name="shop.example", server=HOST, port=port))).problem == "name not found"
        wanted = DnsCheck(name="shop.example", server=HOST, port=port, critical_unless=("count == 0",))
        measured = await ask(wanted)
        assert (measured.problem, measured.text, measured.values["count"]) == ("", "name not found", 0)
    with server(lambda asked: [answered(asked)]) as port:
        measured = await ask(DnsCheck(name="shop.example", type="MX", server=HOST, port=port))
        assert measured.problem == "no MX record"
    measured = await timed(DnsCheck(name="no-such-name.invalid", timeout=Duration(30)))
    assert measured.problem in ("name not found", "no answer from the name server (looking up the name)")


@pytest.mark.parametrize(("code", "said"), [
    (2, "failed to find out"), (5, "refuses to answer"), (9, "answers with code 9")])
async def test_the_server_cannot(code: int, said: str) -> None:
    with server(lambda asked: [answered(asked, code=code)]) as port:
        measured = await ask(DnsCheck(name="shop.example", server=HOST, port=port))
    assert measured.problem == f"the name server {said}"


async def test_answers_to_what_was_not_asked_are_passed_over() -> None:
    def answer(asked: bytes) -> list[bytes]:
        right = answered(asked, record("A", bytes([192, 0, 2, 7])))
        wrong = bytes([asked[0] ^ 1]) + answered(asked, record("A", bytes(4)))[1:]
        other = answered(asked[:12] + query(0, "evil.example", "A")[12:], record("A", bytes(4)))
        return [b"", b"\xff" * 5, wrong, other, asked, right]

    with server(answer) as port:
        assert (await ask(DnsCheck(name="shop.example", server=HOST, port=port))).text == "192.0.2.7"


async def test_a_lost_question_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []

    def answer(asked: bytes) -> list[bytes]:
        heard.append(asked)
        return [answered(asked, record("A", bytes([192, 0, 2, 7])))] if len(heard) > 1 else []

    monkeypatch.setattr(dns, "AGAIN", 0.1)
    with server(answer) as port:
        assert (await ask(DnsCheck(name="shop.example", server=HOST, port=port))).text == "192.0.2.7"


@pytest.mark.parametrize("records", [
    [b"\xc0\x0c"], [b"\xc0\xff" + bytes(20)], [record("A", bytes(3))], [record("A", bytes(4))[:-1]],
    [b"\xc0\x1e" + b"\x00" * 10, b"\xc0\x1e" * 10], [b"\x3f" + b"x" * 5], [b"\x80" + bytes(20)]])
async def test_broken_answers(records: list[bytes]) -> None:
    with server(lambda asked: [answered(asked, *records)]) as port:
        measured = await ask(DnsCheck(name="shop.example", server=HOST, port=port))
    assert measured.problem == "answers what is no DNS"


async def test_no_answer() -> None:
    with server(lambda _asked: []) as port:
        check = DnsCheck(name="shop.example", server=HOST, port=port, timeout=Duration(0.3))
        assert (await timed(check)).problem == "no answer within 300 ms (waiting for the first byte)"
        begun = asyncio.Event()
        begun.set()
        await cancelled(check, begun)
    assert (await ask(DnsCheck(name="shop.example", server=HOST, port=port))).problem == "refused"
    for name in ("a..b", "x" * 64 + ".example", "é" * 300):
        assert (await ask(DnsCheck(name=name, server=HOST, port=port))).problem == "this cannot be a name"


async def test_the_systems_own_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns, "RESOLV_CONF", tmp_path / "resolv.conf")
    assert await dns._system_server() == "127.0.0.1"
    (tmp_path / "resolv.conf").write_bytes(b"# \xff\nsearch x\nnameserver\nnameserver 192.0.2.53\nnameserver ::1\n")
    assert await dns._system_server() == "192.0.2.53"


QUESTION = query(7, "shop.example", "TXT")


@given(st.binary(max_size=300))
def test_any_datagram_is_read_or_refused(raw: bytes) -> None:
    for said in (raw, QUESTION[:2] + raw, answered(QUESTION, raw), answered(QUESTION, record("TXT", raw)),
                 answered(QUESTION, *[b"\xc0\x0c" + raw] * 3)):
        try:
            found = reply(said, QUESTION)
        except ValueError:
            continue
        assert found is None or all(isinstance(each, str) for each in found.records)


@given(st.lists(st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=20), min_size=1, max_size=6))
def test_a_name_is_asked_for_as_it_is(labels: list[str]) -> None:
    name = ".".join(labels)
    try:
        asked = query(7, name, "A")
    except ValueError:
        return
    alias = answered(query(7, name, "CNAME"), record("CNAME", b"\xc0\x0c"))
    found = reply(alias, query(7, name, "CNAME"))
    assert found is not None
    assert found.records == (name,)
    assert asked[-4:] == b"\0\x01\0\x01"
