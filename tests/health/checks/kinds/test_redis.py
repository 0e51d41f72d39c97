"""The kind `redis` against a real server, and against peers that do what a real one does seldom."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.levels import Level
from opsconsole.health.checks.kinds.dialogue import Line, NoAnswer
from opsconsole.health.checks.kinds.redis import MOST, Failure, Reply, encoded, reply, summary, understood
from opsconsole.health.checks.settings.servers import RedisCheck
from tests.health.checks.kinds.asking import ask, cancelled, nothing_left, secret
from tests.servers.redis import RedisServer, redis_server
from tests.servers.running import free_port
from tests.servers.scripted import scripted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with redis_server() as running:
        running.run("RPUSH", "orders", "1", "2", "3")
        running.run("XADD", "events", "*", "a", "b")
        running.run("ZADD", "later", "1", "a", "2", "b")
        running.run("SADD", "seen", "a")
        running.run("SET", "name", "x")
        running.run("-n", "3", "RPUSH", "orders", "1")
        yield running


async def test_it_says_how_the_server_is(server: RedisServer) -> None:
    async with nothing_left():
        measured = await ask(RedisCheck(port=server.port))
    values = measured.values
    assert not measured.problem
    assert measured.level is Level.OK
    assert isinstance(values["latency"], float)
    assert str(values["version"]).startswith("Redis ")
    assert values["role"] == "primary"
    assert values["clients"] == 1
    assert values["clients_percent"] == pytest.approx(100 / float(str(values["clients_max"])))
    assert "memory_percent" not in values
    assert "depth" not in values
    assert measured.text.startswith("1 client, ")


async def test_the_depth_of_each_kind_of_queue_and_of_all(server: RedisServer) -> None:
    queues = ("orders", "events", "later", "seen", "not:there")
    measured = await ask(RedisCheck(port=server.port, queues=queues))
    assert [measured.values[f"depth.{name}"] for name in queues] == [3, 1, 2, 1, 0]
    assert measured.values["depth"] == 7
    assert measured.text == "7 entries"


async def test_the_queues_of_another_database(server: RedisServer) -> None:
    measured = await ask(RedisCheck(port=server.port, db=3, queues=("orders",)))
    assert (measured.values["depth"], measured.text) == (1, "1 entry")
    assert (await ask(RedisCheck(port=server.port, db=99, queues=("orders",)))).problem == (
        "has no database of this number")


async def test_what_is_no_queue_has_no_known_depth(server: RedisServer) -> None:
    measured = await ask(RedisCheck(port=server.port, queues=("orders", "name")))
    assert measured.level is Level.UNKNOWN
    assert measured.text == "name: is a string, which is no queue"
    assert (measured.values["depth"], measured.values["depth.orders"], measured.values["depth.name"]) == (None, 3, None)


async def test_a_unix_socket(server: RedisServer, tmp_path: Path) -> None:
    measured = await ask(RedisCheck(socket=str(server.socket), port=1, queues=("orders",)))
    assert (measured.values["depth"], measured.problem) == (3, "")
    assert (await ask(RedisCheck(socket=str(tmp_path / "none")))).problem == (
        "there is no such socket; is the server running?")
    (tmp_path / "file").touch()
    assert (await ask(RedisCheck(socket=str(tmp_path / "file")))).problem == "refused"


async def test_a_share_of_the_memory_that_it_may_use(server: RedisServer) -> None:
    server.run("CONFIG", "SET", "maxmemory", "100mb")
    try:
        measured = await ask(RedisCheck(port=server.port))
    finally:
        server.run("CONFIG", "SET", "maxmemory", "0")
    assert measured.values["memory_max"] == 100 * 1024 * 1024
    assert 0 < float(str(measured.values["memory_percent"])) < 100


async def test_nobody_listens() -> None:
    async with nothing_left():
        assert (await ask(RedisCheck(port=free_port()))).problem == "refused"
    assert (await ask(RedisCheck(host="localhost", port=free_port()))).problem == "refused"


async def test_a_name_that_nobody_knows() -> None:
    assert (await ask(RedisCheck(host="no-such-host.invalid"))).problem == "name not found"


async def test_a_password_for_a_server_that_asks_for_none(server: RedisServer) -> None:
    measured = await ask(RedisCheck(port=server.port, password=secret("geheim")))
    assert measured.problem == "the check has a password, and the server asks for none"


async def test_passwords_and_permissions() -> None:
    with redis_server() as server:
        server.run("ACL", "SETUSER", "app", "on", ">apppass", "+ping", "~orders", "+llen", "+type")
        server.run("ACL", "SETUSER", "blind", "on", ">blindpass", "+info", "~*", "+llen")
        server.run("CONFIG", "SET", "requirepass", "right")
        assert (await ask(RedisCheck(port=server.port))).problem == "asks for a password, and the check has none"
        for wrong in (RedisCheck(port=server.port, password=secret("wrong")),
                      RedisCheck(port=server.port, user="nobody", password=secret("right"))):
            assert (await ask(wrong)).problem == "wrong user or password"
        assert (await ask(RedisCheck(port=server.port, password=secret("right")))).problem == ""
        limited = await ask(RedisCheck(port=server.port, user="app", password=secret("apppass"), queues=("orders",)))
        assert (limited.problem, limited.values["depth"], limited.text) == ("", 0, "0 entries")
        assert "clients" not in limited.values
        assert limited.output == "the user may not run INFO, or not for this key"
        other = await ask(RedisCheck(port=server.port, user="app", password=secret("apppass"), queues=("mail",)))
        assert (other.level, other.values["depth"]) == (Level.UNKNOWN, None)
        blind = await ask(RedisCheck(port=server.port, user="blind", password=secret("blindpass")))
        assert blind.problem == "the user may not run PING, or not for this key"


async def test_a_secret_that_the_server_repeats_is_not_told() -> None:
    with redis_server("--rename-command", "AUTH", "") as server:
        measured = await ask(RedisCheck(port=server.port, password=secret("hunter2")))
    assert "unknown command" in measured.problem
    assert "hunter2" not in repr(measured)


async def test_no_connection_is_left() -> None:
    with redis_server() as server, socket.create_connection(("127.0.0.1", server.port)):
        server.run("CONFIG", "SET", "maxclients", "1")
        measured = await ask(RedisCheck(port=server.port))
    assert measured.problem == "no connection is left: the maximum number of clients is reached"


async def test_a_slow_server_is_as_slow_as_it_is(server: RedisServer) -> None:
    os.kill(server.process.pid, signal.SIGSTOP)
    asyncio.get_running_loop().call_later(0.2, os.kill, server.process.pid, signal.SIGCONT)
    measured = await ask(RedisCheck(port=server.port))
    assert float(str(measured.values["latency"])) > 0.15


async def test_a_replica_without_its_primary() -> None:
    with redis_server("--replicaof", f"127.0.0.1 {free_port()}") as server:
        measured = await ask(RedisCheck(port=server.port))
        assert (measured.values["role"], measured.values["link"]) == ("replica", "down")
        server.run("CONFIG", "SET", "replica-serve-stale-data", "no")
        assert (await ask(RedisCheck(port=server.port))).problem == "has lost its primary and serves no old data"


async def test_a_server_that_dies_while_it_is_asked() -> None:
    with redis_server() as server:
        os.kill(server.process.pid, signal.SIGSTOP)
        async with nothing_left():
            task = asyncio.create_task(ask(RedisCheck(port=server.port)))
            await asyncio.sleep(0.05)
            server.process.kill()
            assert (await task).problem == "ended the connection without an answer"


async def test_tls(tmp_path: Path) -> None:
    with redis_server(tls=True) as server:
        assert server.certificates is not None
        port, ca = server.tls_port, server.certificates.ca
        memory: dict[str, object] = {}
        for _ in range(2):
            assert (await ask(RedisCheck(port=port, tls=True, ca=str(ca)), memory=memory)).problem == ""
        assert (await ask(RedisCheck(port=port, tls=True))).problem.startswith("the certificate is not valid: ")
        assert (await ask(RedisCheck(port=port))).problem == "ended the connection without an answer"
        async with scripted(b"-ERR unknown command\r\n") as peer:
            assert (await ask(RedisCheck(port=peer.port, tls=True, ca=str(ca)))).problem == (
                "TLS failed: wrong version number")
        wrong = await ask(RedisCheck(port=port, tls=True, ca=str(tmp_path / "none")))
        assert wrong.problem == (
            f"the certificate authorities in {tmp_path}/none cannot be read: No such file or directory")


@pytest.mark.parametrize(("said", "meant"), [
    ("LOADING Redis is loading the dataset in memory", "is still loading its data from disk"),
    ("MISCONF Redis is configured to save RDB snapshots", "cannot save its data to disk and refuses to write"),
    ("BUSY Redis is busy running a script.", "a script blocks it"),
    ("DENIED Redis is running in protected mode", "accepts connections from its own host only (protected mode)"),
    ("CLUSTERDOWN The cluster is down", "the cluster is down"),
    ("ERR invalid password", "wrong password"),
    ("WEIRD \x1b[31mnews", "answers with an error: WEIRD \x1b[31mnews")])
async def test_errors_in_words(said: str, meant: str) -> None:
    async with scripted(f"-{said}\r\n".encode()) as peer:
        assert (await ask(RedisCheck(port=peer.port))).problem == meant


@pytest.mark.parametrize(("said", "meant"), [
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak the protocol of Redis: it answers: HTTP/1.1 400 Bad Request"),
    (b"+OK\r\n", "is no Redis server: it answers PING with: OK"),
    (b"\xff\xfe\r\n", "does not speak the protocol of Redis: it answers: \\xff\\xfe"),
    (b"$99999999999\r\n", "answers with more than what was asked"),
    (b"$-5\r\n", "answers with more than what was asked"),
    (b"+" + b"x" * 200_000, "answers with more than this protocol allows"),
    (b"+PONG\r\n$100\r\nhalf", "ended the connection in the middle of an answer"),
    (b"+PO", "ended the connection in the middle of an answer"),
    (b"", "ended the connection without an answer")])
async def test_what_is_no_answer(said: bytes, meant: str) -> None:
    async with nothing_left(), scripted(said, close=True) as peer:
        assert (await ask(RedisCheck(port=peer.port))).problem == meant


async def test_a_silent_server_is_left_at_once_when_the_time_is_over() -> None:
    async with nothing_left(), scripted(b"") as peer:
        await cancelled(RedisCheck(port=peer.port), peer.called)
    async with nothing_left(), scripted(b"") as peer:
        with pytest.raises(TimeoutError):
            await ask(RedisCheck(port=peer.port), 0.1)


async def test_a_password_that_could_not_be_fetched() -> None:
    from opsconsole.core.units import Secret

    measured = await ask(RedisCheck(password=Secret.parse("${NONE}", {})))
    assert measured.problem.startswith("the password could not be fetched: the environment variable NONE is not set")


def test_what_no_server_can_be_asked() -> None:
    assert dict(RedisCheck(socket="s", ca="c", user="u", queues=("a", "a")).mistakes()) == {
        "socket": "the path must be absolute, not `s`", "ca": "it needs `tls: true`",
        "user": "a user needs a `password`", "queues": "a queue is named twice"}
    assert list(RedisCheck(queues=("a", "")).mistakes()) == [("queues", "a queue without a name")]
    assert list(RedisCheck(queues=("a", "b"), critical_unless=("depth.a < 5", "memory_percent < 80%")).mistakes()) == []
    assert (RedisCheck(queues=("a",)).main, RedisCheck().main) == ("depth", "latency")


@given(st.lists(st.lists(st.text(), min_size=1), max_size=4))
def test_commands_are_read_back_as_they_are(commands: list[list[str]]) -> None:
    raw, rest = [], encoded(commands)
    while rest:
        head, _, rest = rest.partition(b"\r\n")
        parts = []
        for _ in range(int(head[1:])):
            length, _, rest = rest.partition(b"\r\n")
            parts.append(rest[:int(length[1:])])
            rest = rest[int(length[1:]) + 2:]
        raw.append(parts)
    assert raw == [[part.encode("utf-8", "surrogateescape") for part in command] for command in commands]


def _read(data: bytes) -> Reply:
    async def read() -> Reply:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        return await reply(Line(reader, None))  # type: ignore[arg-type]
    return asyncio.run(read())


@given(st.binary(max_size=50) | st.builds(
    lambda kind, rest: kind + rest + b"\r\n", st.sampled_from([b"+", b"-", b":", b"$"]), st.binary(max_size=30)))
def test_whatever_comes_is_an_answer_or_none(data: bytes) -> None:
    try:
        answer = _read(data)
    except NoAnswer:
        return
    assert answer is None or isinstance(answer, str | int | Failure)


def test_answers_are_read_as_they_are_meant() -> None:
    assert [_read(raw) for raw in (b"+OK\r\n", b":-12\r\n", b"$-1\r\n", b"$5\r\na\r\nbc\r\n", b"-ERR no\r\n")] == [
        "OK", -12, None, "a\r\nbc", Failure("ERR no")]
    with pytest.raises(NoAnswer):
        _read(b"$%d\r\n" % (MOST + 1))


@given(st.text() | st.lists(st.tuples(st.sampled_from(
    ["role", "connected_clients", "maxclients", "used_memory", "maxmemory", "slave0", "master_link_status",
     "master_last_io_seconds_ago", "redis_version"]), st.sampled_from(
         ["", "1", "-1", "0", "slave", "master", "up", "lag=3,x", "lag=", "nan", "1e999", "9" * 50, "\x1b"])),
    max_size=12).map(lambda pairs: "\r\n".join(f"{key}:{value}" for key, value in pairs)))
def test_whatever_info_says_is_a_number_or_missing(info: str) -> None:
    values = understood(info)
    for name, unit in RedisCheck.VALUES.items():
        if unit != "text" and name in values and values[name] is not None:
            assert isinstance(values[name], float)
    assert set(values) <= set(RedisCheck.VALUES)
    assert summary(values)


def test_replication_as_both_sides_see_it() -> None:
    primary = understood("role:master\r\nconnected_slaves:2\r\nslave0:ip=10.0.0.2,port=6379,state=online,offset=9,lag=1"
                         "\r\nslave1:ip=10.0.0.3,port=6379,state=online,offset=2,lag=7\r\n")
    assert (primary["role"], primary["replicas"], primary["replication_lag"]) == ("primary", 2, 7)
    replica = understood("role:slave\r\nmaster_link_status:up\r\nmaster_last_io_seconds_ago:4\r\n")
    assert (replica["role"], replica["link"], replica["replication_lag"]) == ("replica", "up", 4)
    apart = understood("role:slave\r\nmaster_link_status:down\r\nmaster_link_down_since_seconds:40\r\n")
    assert (apart["link"], apart["replication_lag"]) == ("down", 40)
    new = understood("role:slave\r\nmaster_link_status:down\r\nmaster_link_down_since_seconds:-1\r\n")
    assert new["replication_lag"] is None
    assert understood("valkey_version:8.0.1\r\nredis_version:7.2.4\r\n")["version"] == "Valkey 8.0.1"
