"""What the check of MySQL makes of peers that speak by a script, or do not speak its protocol."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.health.checks.kinds import mysql
from opsconsole.health.checks.kinds.dialogue import NoAnswer
from opsconsole.health.checks.settings.servers import MysqlCheck
from tests.health.checks.kinds.asking import ask, cancelled, nothing_left
from tests.servers.scripted import scripted


def packet(number: int, body: bytes) -> bytes:
    return len(body).to_bytes(3, "little") + bytes([number]) + body


def hello(version: bytes = b"8.0.36", capabilities: int = 0xDFFFFFFF) -> bytes:
    low, high = capabilities & 0xFFFF, capabilities >> 16
    abilities = struct.pack("<HBHHB", low, 255, 2, high, 21)
    return packet(0, b"\x0a" + version + b"\0" + bytes(4) + b"x" * 8 + b"\0" + abilities + bytes(10) + b"y" * 12
                  + b"\0caching_sha2_password\0")


def error(number: int, code: int, text: bytes) -> bytes:
    return packet(number, b"\xff" + code.to_bytes(2, "little") + text)


DENIED = error(2, 1045, b"#28000Access denied for user 'opsconsole'")


@pytest.mark.parametrize(("first", "answers", "problem"), [
    (hello(), (DENIED,), ""),
    (hello(), (packet(2, b"\xfecaching_sha2_password\0" + b"z" * 21), error(4, 1045, b"#28000Access denied")), ""),
    (hello(), (packet(2, b"\xfea\0b"), packet(4, b"\x01\x04"), packet(6, b"\x01\x04")), ""),
    (hello(), (packet(2, b"\0\0\0\2\0\0\0"),), ""),
    (hello(), (error(2, 3159, b"#HY000Connections using insecure transport are prohibited"),), ""),
    (hello(), (error(2, 1040, b"#08004Too many connections"),), "no connection is left: too many connections"),
    (hello(), (error(2, 1053, b"#08S01Server shutdown in progress"),), "Server shutdown in progress"),
    (hello(capabilities=0xF7FF), (DENIED,), ""),
    (error(0, 1040, b"Too many connections"), (), "no connection is left: too many connections"),
    (error(0, 1129, b"Host 'x' is blocked because of many connection errors"), (),
     "blocks this host after too many failed connections; unblock it with FLUSH HOSTS"),
    (error(0, 1130, b"Host 'x' is not allowed to connect"), (), ""),
    (hello(), (), "ended the connection without an answer"),
    (hello()[:40], (), "ended the connection in the middle of an answer"),
    (b"SSH-2.0-OpenSSH_9.2\r\n", (), "does not speak the protocol of MySQL"),
    (packet(0, b"\x09old"), (), "does not speak the protocol of MySQL"),
    (packet(0, b"\x0a8.0.36\0short"), (), "does not speak the protocol of MySQL"),
    (bytes(4), (), "does not speak the protocol of MySQL"),
    (b"", (), "ended the connection without an answer")])
async def test_what_peers_say(first: bytes, answers: tuple[bytes, ...], problem: str) -> None:
    async with nothing_left(), scripted(*answers, first=first, close=True) as peer:
        measured = await ask(MysqlCheck(port=peer.port))
    assert measured.problem == problem


async def test_what_is_said_to_a_server_without_plugins() -> None:
    async with scripted(DENIED, first=hello(capabilities=0xF7FF)) as peer:
        assert (await ask(MysqlCheck(port=peer.port))).values["version"] == "MySQL 8.0.36"
    assert bytes(peer.heard[-12:]) == b"opsconsole\0\0"
    async with scripted(DENIED, first=hello()) as peer:
        await ask(MysqlCheck(port=peer.port))
    assert bytes(peer.heard).endswith(b"opsconsole\0\0mysql_native_password\0")


async def test_who_is_not_allowed_to_connect_knows_that_it_answers() -> None:
    async with scripted(first=error(0, 1130, b"Host 'x' is not allowed"), close=True) as peer:
        assert (await ask(MysqlCheck(port=peer.port))).text == "answers, but allows no connection from here"


async def test_a_silent_server_is_left_when_the_time_is_over() -> None:
    for user in (None, "boss"):
        async with nothing_left(), scripted(b"") as peer:
            await cancelled(MysqlCheck(port=peer.port, user=user), peer.called)


async def test_the_client_meets_what_is_no_server() -> None:
    async with scripted(first=b"HTTP/1.1 400 Bad Request\r\n\r\n", close=True) as peer:
        assert (await ask(MysqlCheck(port=peer.port, user="boss"))).problem != ""


@given(st.binary() | st.binary().map(lambda rest: b"\x0a8.0\0" + rest))
def test_whatever_a_greeting_holds(data: bytes) -> None:
    try:
        found = mysql.greeting(data)
    except NoAnswer:
        return
    assert found.version.startswith(("MySQL ", "MariaDB "))
