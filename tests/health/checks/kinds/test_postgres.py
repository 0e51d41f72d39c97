"""The kind `postgres` against a real server, and against peers that do what a real one does seldom."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.levels import Level
from opsconsole.health.checks.kinds import client, postgres
from opsconsole.health.checks.settings.servers import PostgresCheck
from tests.health.checks.kinds.asking import ask, cancelled, nothing_left, secret, until
from tests.servers.postgres import PASSWORD, PostgresServer, postgres_server
from tests.servers.running import free_port
from tests.servers.scripted import scripted

if TYPE_CHECKING:
    from collections.abc import Iterator

OURS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'opsconsole'"


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as running:
        running.run("CREATE ROLE plain LOGIN PASSWORD 'plain'")
        yield running


def check_of(server: PostgresServer, query: str | None = None, **more: object) -> PostgresCheck:
    """A check with figures."""
    settings = {"port": server.port, "user": "boss", "password": secret(PASSWORD), "query": query, **more}
    return PostgresCheck(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("tls", ["off", "prefer", "require"])
async def test_without_a_user_it_says_whether_connections_are_accepted(server: PostgresServer, tls: str) -> None:
    async with nothing_left():
        measured = await ask(PostgresCheck(port=server.port, tls=tls))  # type: ignore[arg-type]
    assert (measured.text, measured.problem, measured.level) == ("accepts connections", "", Level.OK)
    assert list(measured.values) == ["latency"]


async def test_who_may_not_sign_in_knows_all_the_same(server: PostgresServer) -> None:
    assert (await ask(PostgresCheck(port=server.port, database="none"))).problem == ""
    assert (await ask(PostgresCheck(socket=str(server.folder), port=server.port))).problem == ""


async def test_figures(server: PostgresServer) -> None:
    await ask(check_of(server))
    async with nothing_left():
        measured = await ask(check_of(server))
    values = measured.values
    assert (measured.problem, measured.level) == ("", Level.OK)
    assert str(values["version"]).startswith("PostgreSQL 1")
    assert (values["role"], values["connections_max"], values["waiting"]) == ("primary", 10, 0)
    assert values["connections_percent"] == 10 * float(str(values["connections"]))
    assert float(str(values["size"])) > 1_000_000
    assert "replication_lag" not in values
    assert "value" not in values
    assert measured.text == f"{values['connections']:.0f} of 10 connections"


async def test_figures_through_a_socket_and_through_tls(server: PostgresServer) -> None:
    assert (await ask(check_of(server, socket=str(server.folder), host="none.invalid"))).problem == ""
    ca = str(server.certificates.ca)
    assert (await ask(check_of(server, tls="verify", ca=ca))).problem == ""
    assert "certificate verify failed" in (await ask(check_of(server, tls="verify"))).problem
    assert (await ask(PostgresCheck(port=server.port, tls="verify", ca=ca))).problem == ""
    assert (await ask(PostgresCheck(port=server.port, tls="verify"))).problem.startswith("the certificate is not valid")


async def test_the_answer_to_a_query(server: PostgresServer) -> None:
    measured = await ask(check_of(server, "SELECT sum(n) / 4.0 -- all\nFROM generate_series(1, 9) n"))
    assert (measured.values["value"], measured.text, measured.level) == (11.25, "11.25", Level.OK)
    assert isinstance(measured.values["query_time"], float)


@pytest.mark.parametrize("query", ["SELECT 1, 2", "SELECT generate_series(1, 2)", "SELECT 'many'", "SELECT NULL",
                                   "SELECT 1 WHERE false", "SELECT 'NaN'::float8", "SELECT E'1\\n2'"])
async def test_an_answer_that_is_no_number_is_not_known(server: PostgresServer, query: str) -> None:
    measured = await ask(check_of(server, query))
    assert (measured.values["value"], measured.level) == (None, Level.UNKNOWN)
    assert measured.text == "the query gives no single number"


@pytest.mark.parametrize(("query", "problem"), [
    ("SELECT count(*) FROM orders", 'the query failed: relation "orders" does not exist'),
    ("CREATE TABLE orders (id int)", "the query failed: cannot execute CREATE TABLE in a read-only transaction"),
    ("SELECT setval('s', 1)", 'the query failed: relation "s" does not exist'),
    ("SELECT pg_terminate_backend(pg_backend_pid())",
     "the query failed: terminating connection due to administrator command")])
async def test_a_query_that_fails(server: PostgresServer, query: str, problem: str) -> None:
    measured = await ask(check_of(server, query))
    assert measured.problem == problem
    assert "connections" in measured.values


async def test_a_query_that_takes_too_long_is_ended_by_the_server(server: PostgresServer) -> None:
    async with nothing_left():
        measured = await ask(check_of(server, "SELECT pg_sleep(60)"), 2)
    assert measured.problem.startswith("the query took longer than 1 s")
    await until(lambda: server.run(OURS) == "0")


async def test_the_slowest_query_and_who_waits(server: PostgresServer) -> None:
    server.run("CREATE TABLE IF NOT EXISTS locked (id int)")
    holder = server.psql("SET application_name = 'holder'; BEGIN; LOCK TABLE locked; SELECT pg_sleep(60)")
    asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    try:
        await until(lambda: server.run(asleep) == "1")
        waiter = server.psql("SELECT * FROM locked")
        await until(lambda: server.run(waits) == "1")
        measured = await ask(check_of(server))
    finally:
        server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holder'")
        for session in (holder, waiter):
            session.communicate(timeout=30)
    assert (measured.values["waiting"], measured.values["running"]) == (1, 2)
    assert 0 < float(str(measured.values["slowest"])) < 60


async def test_what_a_plain_user_may_not_see_is_missing(server: PostgresServer) -> None:
    measured = await ask(check_of(server, user="plain", password=secret("plain")))
    assert (measured.problem, measured.values["connections_max"]) == ("", 10)
    assert not {"slowest", "running", "waiting"} & set(measured.values)


async def test_who_cannot_sign_in(server: PostgresServer) -> None:
    for wrong in (check_of(server, password=secret("wrong")), check_of(server, user="nobody")):
        assert (await ask(wrong)).problem == "wrong user or password"
    assert (await ask(check_of(server, password=None))).problem == "asks for a password, and the check has none"
    assert (await ask(check_of(server, database="none"))).problem == 'database "none" does not exist'
    strange = "x' host=none.invalid"
    assert (await ask(check_of(server, database=strange))).problem == f'database "{strange}" does not exist'


async def test_a_secret_in_the_servers_answer_is_not_told(server: PostgresServer) -> None:
    server.run("ALTER USER plain PASSWORD 'hunter2'")
    measured = await ask(check_of(server, "SELECT 'hunter2'::int", user="plain", password=secret("hunter2")))
    server.run("ALTER USER plain PASSWORD 'plain'")
    assert measured.problem == 'the query failed: invalid input syntax for type integer: "•••"'


async def test_nothing_of_this_account_changes_what_psql_does(
        server: PostgresServer, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    (home / ".psqlrc").write_text("\\! touch ~/run\n\\set ON_ERROR_STOP off\n")
    for name, value in (("PGOPTIONS", "-c nonsense=1"), ("PGHOSTADDR", "203.0.113.1"), ("PSQL_PAGER", "false")):
        monkeypatch.setenv(name, value)
    assert (await ask(check_of(server, "SELECT '\\! touch ~/run', 1"))).level is Level.UNKNOWN
    assert not (home / "run").exists()


async def test_the_password_is_in_no_argument(server: PostgresServer) -> None:
    arguments = postgres.command("psql", "SELECT 1", 1000)
    assert PASSWORD not in " ".join(arguments)
    assert all(not argument.startswith("--command=\\") for argument in arguments)


async def test_nobody_listens(tmp_path: Path) -> None:
    async with nothing_left():
        for user in (None, "boss"):
            assert (await ask(PostgresCheck(port=free_port(), user=user))).problem == "refused"
            assert (await ask(PostgresCheck(socket=str(tmp_path), user=user))).problem == (
                "there is no such socket; is the server running?")


async def test_without_psql_it_still_knows_whether_the_server_answers(
        server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "find", lambda: None)
    measured = await ask(check_of(server))
    assert (measured.level, list(measured.values)) == (Level.UNKNOWN, ["latency"])
    assert measured.text == "answers; figures need psql, which is not installed"


def test_the_newest_psql_is_taken_and_not_the_script_before_it() -> None:
    found = postgres.find()
    if found is None:
        pytest.skip("needs postgresql")
    shown = subprocess.run([found, "--version"], capture_output=True, check=True, timeout=30).stdout
    assert shown.startswith(b"psql (PostgreSQL) ")
    assert Path(found).read_bytes()[:4] == b"\x7fELF"


async def test_cancellation_ends_the_client(server: PostgresServer) -> None:
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'opsconsole' AND wait_event = 'PgSleep'"
    async with nothing_left():
        await cancelled(check_of(server, "SELECT pg_sleep(60)"), lambda: server.run(query) == "1")
    server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'opsconsole'")


async def test_all_connections_are_taken(server: PostgresServer) -> None:
    clients = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    await until(lambda: server.run(clients) == "1")
    body = b"user\0boss\0database\0postgres\0\0"
    with ExitStack() as held:
        # Who has not yet said the password has a connection too.
        for _ in range(10):
            session = held.enter_context(socket.create_connection(("127.0.0.1", server.port), 10))
            session.sendall(struct.pack(">II", 8 + len(body), 196_608) + body)
            assert session.recv(1) == b"R"
        for check in (PostgresCheck(port=server.port), check_of(server)):
            assert (await ask(check)).problem == "no connection is left"
    await until(server.ready)


async def test_a_server_that_shuts_down_and_is_gone() -> None:
    with postgres_server() as server:
        session = server.psql("SELECT pg_sleep(60)")
        await until(lambda: server.run("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == "1")
        server.process.send_signal(signal.SIGTERM)
        await until(lambda: "shutdown request" in (server.folder / "log").read_text())
        for check in (PostgresCheck(port=server.port), check_of(server)):
            assert (await ask(check)).problem == "the database system is shutting down"
        server.process.send_signal(signal.SIGINT)
        session.communicate(timeout=30)
        server.process.wait(30)
        assert (await ask(check_of(server))).problem == "refused"


async def test_a_server_that_stands_still(server: PostgresServer) -> None:
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        for check in (PostgresCheck(port=server.port), check_of(server)):
            async with nothing_left():
                with pytest.raises(TimeoutError):
                    await ask(check, 0.2)
    finally:
        os.kill(server.process.pid, signal.SIGCONT)


def _error(code: str, text: str) -> bytes:
    body = f"SFATAL\0VFATAL\0C{code}\0M{text}\0\0".encode()
    return b"E" + struct.pack(">I", 4 + len(body)) + body


@pytest.mark.parametrize(("answers", "problem"), [
    ((b"N", _error("57P03", "the database system is starting up")), "the database system is starting up"),
    ((b"N", _error("53200", "\x1b]0;x\x07out of memory")), "\x1b]0;x\x07out of memory"),
    ((b"N", _error("XX000", "")), "refuses without a reason"),
    ((b"N", _error("28000", "no pg_hba.conf entry")), ""),
    ((b"N", b"R\0\0\0\x08\0\0\0\0"), ""),
    ((_error("53300", "fork failed"),), "fork failed"),
    ((b"EFATAL: old\0",), "does not speak the protocol of PostgreSQL"),
    ((b"HTTP/1.1 400 Bad Request\r\n\r\n",), "does not speak the protocol of PostgreSQL"),
    ((b"N", b"E\xff\xff\xff\xff"), "does not speak the protocol of PostgreSQL"),
    ((b"N", b"E\0\0\0\x40half"), "ended the connection in the middle of an answer"),
    ((b"N", b"Z\0\0\0\x05I"), "does not speak the protocol of PostgreSQL"),
    ((b"S", b"nonsense that is no TLS"), "TLS failed: wrong version number"),
    ((b"Ssaid by somebody in between",), "speaks no TLS"),
    ((b"N",), "ended the connection without an answer"),
    ((b"",), "ended the connection without an answer")])
async def test_what_peers_say(answers: tuple[bytes, ...], problem: str) -> None:
    async with nothing_left(), scripted(*answers, close=True) as peer:
        assert (await ask(PostgresCheck(port=peer.port))).problem == problem


async def test_a_server_without_tls_where_it_is_required() -> None:
    for tls in ("require", "verify"):
        async with scripted(b"N") as peer:
            assert (await ask(PostgresCheck(port=peer.port, tls=tls))).problem == (
                "does not offer TLS")


async def test_a_silent_server_is_left_when_the_time_is_over() -> None:
    for user in (None, "boss"):
        async with nothing_left(), scripted(b"") as peer:
            await cancelled(PostgresCheck(port=peer.port, user=user), peer.called)


async def test_a_server_that_goes_silent_after_the_first_answer() -> None:
    async with nothing_left(), scripted(b"N") as peer:
        with pytest.raises(TimeoutError):
            await ask(PostgresCheck(port=peer.port, user="boss"), 0.3)


def test_what_no_server_can_be_asked() -> None:
    wrong = PostgresCheck(socket="s", ca="c", password=secret("x"), query="\\! id")
    assert list(wrong.mistakes()) == [
        ("socket", "the path must be absolute, not `s`"), ("ca", "the path must be absolute, not `c`"),
        ("password", "a password needs a `user`"), ("query", "a query needs a `user` who asks it"),
        ("query", "it must be SQL, not a command of the client"), ("ca", "it needs `tls: verify`")]
    fine = PostgresCheck(user="u", query="SELECT 1", critical_unless=("value < 10", "slowest < 30s"))
    assert list(fine.mistakes()) == []
    assert (fine.main, PostgresCheck().main) == ("value", "latency")


@pytest.mark.parametrize(("errors", "reason"), [
    ('psql: error: connection to server at "::1", port 1 failed: FATAL:  password authentication failed for user "x"',
     "wrong user or password"),
    ('psql: error: connection to server on socket "/run/s" failed: FATAL:  Peer authentication failed for user "x"',
     'Peer authentication failed for user "x"'),
    ('psql: could not connect to server: server closed', "could not connect to server: server closed"),
    ('WARNING:  collation\nERROR:  permission denied for table x\nHINT: ask', "permission denied for table x"),
    ("server closed the connection unexpectedly\n\tThis probably means", "server closed the connection unexpectedly"),
    ("", "")])
def test_the_reason_alone_is_told(errors: str, reason: str) -> None:
    assert postgres.complained(errors) == reason


@given(st.text(), st.text(), st.integers(-15, 3), st.none() | st.just("SELECT 1"))
def test_whatever_psql_prints_is_judged(output: str, errors: str, status: int, query: str | None) -> None:
    check = PostgresCheck(user="u", query=query)
    measured = postgres.judged(check, client.Ran(status, output, errors, 0.1), 0.1, 1000, [])
    assert measured.problem or measured.text
    assert set(measured.values) <= set(PostgresCheck.VALUES)


@given(st.lists(st.sampled_from(["1", "", "nan", "-3", "1e999", "x", "\x1b[0m"]), min_size=10, max_size=10))
def test_whatever_stands_in_the_fields_is_a_number_or_missing(fields: list[str]) -> None:
    values = postgres.figures(fields, 0.1)
    assert all(isinstance(value, float) and value >= 0 for name, value in values.items()
               if PostgresCheck.VALUES[name] != "text")


@given(st.binary())
def test_whatever_a_refusal_holds_is_a_text(message: bytes) -> None:
    code, text = postgres.refusal(message)
    assert isinstance(code, str)
    assert isinstance(text, str)
