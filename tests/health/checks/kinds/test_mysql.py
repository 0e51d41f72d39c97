"""The kind `mysql` against a real MariaDB server, and against peers that speak as MySQL does."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.levels import Level
from opsconsole.health.checks.kinds import mysql_client
from opsconsole.health.checks.kinds.client import Ran
from opsconsole.health.checks.settings.servers import MysqlCheck
from tests.health.checks.kinds.asking import ask, cancelled, nothing_left, secret, until
from tests.servers.mysql import PASSWORD, MysqlServer, mysql_server
from tests.servers.running import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


SLEEPERS = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE '%SLEEP(60)%' AND ID <> CONNECTION_ID()"


@pytest.fixture(scope="module")
def server() -> Iterator[MysqlServer]:
    with mysql_server() as running:
        running.run("CREATE DATABASE shop; CREATE TABLE shop.orders (id INT)")
        running.run("CREATE USER plain@'%' IDENTIFIED BY 'plain'; GRANT SELECT ON shop.* TO plain@'%'")
        yield running


def check_of(server: MysqlServer, query: str | None = None, **more: object) -> MysqlCheck:
    """A check with figures."""
    settings = {"port": server.port, "user": "boss", "password": secret(PASSWORD), "query": query, **more}
    return MysqlCheck(**settings)  # type: ignore[arg-type]


async def test_without_a_user_it_says_whether_connections_are_accepted(server: MysqlServer) -> None:
    for check in (MysqlCheck(port=server.port), MysqlCheck(socket=str(server.socket), port=1)):
        async with nothing_left():
            measured = await ask(check)
        assert (measured.text, measured.problem, measured.level) == ("accepts connections", "", Level.OK)
        assert str(measured.values["version"]).startswith("MariaDB 1")
        assert isinstance(measured.values["latency"], float)


async def test_asking_often_does_not_make_the_server_block_this_host(server: MysqlServer) -> None:
    count = "SHOW GLOBAL STATUS LIKE 'Aborted_connects_preauth'"
    before = server.run(count)
    for _ in range(3):
        assert (await ask(MysqlCheck(port=server.port))).problem == ""
    assert server.run(count) == before
    # What is counted against a host is a connection that ends before anybody tries to sign in.
    socket.create_connection(("127.0.0.1", server.port), 10).close()
    await until(lambda: server.run(count) != before)


async def test_figures(server: MysqlServer) -> None:
    await ask(check_of(server))
    async with nothing_left():
        measured = await ask(check_of(server, database="shop"))
    values = measured.values
    assert (measured.problem, measured.level, measured.output) == ("", Level.OK, "")
    assert str(values["version"]).startswith("MariaDB 1")
    assert values["connections_max"] == 20
    assert values["connections_percent"] == 5 * float(str(values["connections"]))
    assert (values["running"], values["slowest"]) == (0, 0)
    assert float(str(values["size"])) > 0
    assert isinstance(values["slow_queries"], float)
    assert not {"replication", "replication_lag", "value", "query_time"} & set(values)
    assert measured.text == f"{values['connections']:.0f} of 20 connections"


async def test_figures_through_a_socket(server: MysqlServer) -> None:
    measured = await ask(check_of(server, socket=str(server.socket), port=1, tls="off"))
    assert (measured.problem, measured.values["connections_max"]) == ("", 20)


async def test_tls_that_is_required_and_not_offered(server: MysqlServer) -> None:
    measured = await ask(check_of(server, tls="verify"))
    assert "SSL" in measured.problem or "TLS" in measured.problem


async def test_the_answer_to_a_query(server: MysqlServer) -> None:
    measured = await ask(check_of(server, "SELECT COUNT(*) / 4\nFROM orders; -- all", database="shop"))
    assert (measured.values["value"], measured.text) == (0, "0")
    assert isinstance(measured.values["query_time"], float)
    assert (await ask(check_of(server, "SELECT 1.25;\n"))).values["value"] == 1.25


@pytest.mark.parametrize("query", ["SELECT 1, 2", "SELECT 1 UNION SELECT 2", "SELECT 'many'", "SELECT NULL",
                                   "SELECT 1 FROM DUAL WHERE 1 = 0", "SELECT '1\\n2'", "SELECT 1; SELECT 2",
                                   "SELECT 'opsconsole-end', 1"])
async def test_an_answer_that_is_no_number_is_not_known(server: MysqlServer, query: str) -> None:
    measured = await ask(check_of(server, query))
    assert (measured.values["value"], measured.level) == (None, Level.UNKNOWN)
    assert measured.text == "the query gives no single number"


@pytest.mark.parametrize(("query", "problem"), [
    ("SELECT COUNT(*) FROM shop.none", "the query failed: Table 'shop.none' doesn't exist"),
    ("INSERT INTO shop.orders VALUES (1)", "the query failed: Cannot execute statement in a READ ONLY transaction"),
    ("DROP TABLE shop.orders", "the query failed: Cannot execute statement in a READ ONLY transaction")])
async def test_a_query_that_fails(server: MysqlServer, query: str, problem: str) -> None:
    measured = await ask(check_of(server, query))
    assert measured.problem == problem
    assert "connections" in measured.values


async def test_a_query_that_never_ends_is_a_mistake_in_it(server: MysqlServer) -> None:
    assert "error in your SQL syntax" in (await ask(check_of(server, "SELECT 'open"))).problem


async def test_nothing_in_a_query_is_a_command_to_the_client(server: MysqlServer, tmp_path: Path) -> None:
    for query in (f"SELECT 1;\n\\! touch {tmp_path}/run\n", f"SELECT 1;\nsystem touch {tmp_path}/run\n;"):
        assert (await ask(check_of(server, query))).values.get("value") is None
    assert os.listdir(tmp_path) == []


async def test_a_query_that_takes_too_long_is_ended_by_the_server(server: MysqlServer) -> None:
    async with nothing_left():
        measured = await ask(check_of(server, "SELECT SLEEP(60)"), 2)
    assert measured.problem.startswith("the query took longer than 1 s")
    await until(lambda: server.run(SLEEPERS) == "0")


async def test_the_slowest_query(server: MysqlServer) -> None:
    session = server.session("SELECT SLEEP(60)")
    old = f"{SLEEPERS} AND TIME >= 1"
    try:
        await until(lambda: server.run(old) == "1")
        measured = await ask(check_of(server))
        plain = await ask(check_of(server, user="plain", password=secret("plain")))
    finally:
        _kill(server)
        session.communicate(timeout=30)
    assert 1 <= float(str(measured.values["slowest"])) < 60
    assert measured.values["running"] == 1
    assert plain.problem == ""
    assert "slowest" not in plain.values


def _kill(server: MysqlServer) -> None:
    """End the sessions that sleep."""
    for number in server.run(SLEEPERS.replace("COUNT(*)", "ID")).split():
        server.run(f"KILL {number}")


async def test_slow_queries_since_the_last_run(server: MysqlServer) -> None:
    class Hand:
        """A clock that is turned by hand."""

        at = 100.0

        def now(self) -> int:
            return int(self.at * 1000)

        def monotonic(self) -> float:
            return self.at

    clock, memory = Hand(), {}  # type: ignore[var-annotated]
    first = await ask(check_of(server), memory=memory, clock=clock)
    assert "slow_queries_rate" not in first.values
    server.run("SET SESSION slow_query_log = 1; SET SESSION long_query_time = 0; SELECT 1; SELECT 2; SELECT 3")
    clock.at += 10
    second = await ask(check_of(server), memory=memory, clock=clock)
    more = float(str(second.values["slow_queries"])) - float(str(first.values["slow_queries"]))
    assert more >= 3
    assert second.values["slow_queries_rate"] == pytest.approx(more / 10)


async def test_replication_that_does_not_run(server: MysqlServer) -> None:
    server.run(f"CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={free_port()}, MASTER_USER='x'; START SLAVE")
    try:
        measured = await ask(check_of(server))
    finally:
        server.run("STOP SLAVE; RESET SLAVE ALL")
    assert (measured.values["replication"], measured.values["replication_lag"]) == ("stopped", None)


async def test_who_cannot_sign_in(server: MysqlServer) -> None:
    for wrong in (check_of(server, password=secret("wrong")), check_of(server, user="nobody"),
                  check_of(server, password=None)):
        assert (await ask(wrong)).problem == "wrong user or password"
    assert (await ask(check_of(server, database="none"))).problem == "Unknown database 'none'"


async def test_a_secret_in_the_servers_answer_is_not_told(server: MysqlServer) -> None:
    server.run("ALTER USER plain@'%' IDENTIFIED BY 'hunter2'")
    try:
        measured = await ask(check_of(server, "SELECT hunter2", user="plain", password=secret("hunter2")))
    finally:
        server.run("ALTER USER plain@'%' IDENTIFIED BY 'plain'")
    assert measured.problem.startswith("the query failed: Unknown column '•••' in ")


async def test_nothing_of_this_account_changes_what_the_client_does(
        server: MysqlServer, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    (home / ".my.cnf").write_text("[client]\nhost=203.0.113.1\nskip-column-names\nxml\n")
    monkeypatch.setenv("MYSQL_HOST", "203.0.113.1")
    assert (await ask(check_of(server, "SELECT 7"))).values["value"] == 7


def test_the_password_is_in_no_argument(server: MysqlServer) -> None:
    check = check_of(server, "SELECT 1", database="shop")
    arguments = mysql_client.command(check, "mariadb", 10, is_mariadb=True)
    assert PASSWORD not in " ".join([*arguments, mysql_client.script(check, 10)])


async def test_nobody_listens(tmp_path: Path) -> None:
    async with nothing_left():
        for user in (None, "boss"):
            assert (await ask(MysqlCheck(port=free_port(), user=user))).problem == "refused"
            assert (await ask(MysqlCheck(socket=str(tmp_path / "none"), user=user))).problem == (
                "there is no such socket; is the server running?")


async def test_without_the_client_it_still_knows_whether_the_server_answers(
        server: MysqlServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    measured = await ask(check_of(server))
    assert (measured.level, sorted(measured.values)) == (Level.UNKNOWN, ["latency", "version"])
    assert measured.text == "answers; figures need the client mariadb or mysql, which is not installed"


async def test_cancellation_ends_the_client(server: MysqlServer) -> None:
    async with nothing_left():
        await cancelled(check_of(server, "SELECT SLEEP(60)"), lambda: server.run(SLEEPERS) == "1")
    _kill(server)


async def test_a_session_that_is_ended_while_it_asks(server: MysqlServer) -> None:
    task = asyncio.create_task(ask(check_of(server, "SELECT SLEEP(60)")))
    await until(lambda: server.run(SLEEPERS) == "1")
    _kill(server)
    assert (await task).problem.startswith("the query failed: ")


async def test_all_connections_are_taken(server: MysqlServer) -> None:
    connected = "SHOW GLOBAL STATUS LIKE 'Threads_connected'"
    await until(lambda: server.run(connected).split()[-1] == "1")
    with ExitStack() as held:
        # One more than the maximum is kept for administrators, and is free until one has signed in.
        for _ in range(21):
            held.enter_context(socket.create_connection(("127.0.0.1", server.port), 10)).recv(1)
        for check in (MysqlCheck(port=server.port), check_of(server)):
            assert (await ask(check)).problem == "no connection is left: too many connections"
    await until(server.ready)


async def test_a_server_that_stands_still_and_dies() -> None:
    with mysql_server() as server:
        os.kill(server.process.pid, signal.SIGSTOP)
        for check in (MysqlCheck(port=server.port), check_of(server)):
            async with nothing_left():
                with pytest.raises(TimeoutError):
                    await ask(check, 0.3)
        async with nothing_left():
            task = asyncio.create_task(ask(MysqlCheck(port=server.port)))
            await asyncio.sleep(0.05)
            server.process.kill()
            assert (await task).problem == "ended the connection without an answer"
        server.process.wait(30)
        assert (await ask(check_of(server))).problem == "refused"


def test_what_no_server_can_be_asked() -> None:
    wrong = MysqlCheck(socket="s", ca="c", password=secret("x"), query="\\! id")
    assert [key for key, _ in wrong.mistakes()] == ["socket", "ca", "password", "query", "query", "ca"]
    fine = MysqlCheck(user="u", query="SELECT 1", critical_unless=("value < 10", 'replication == "running"'))
    assert list(fine.mistakes()) == []
    assert (fine.main, MysqlCheck().main) == ("value", "latency")


def test_the_options_of_both_clients() -> None:
    check = MysqlCheck(user="u", tls="verify", ca="/ca")
    assert {"--ssl-verify-server-cert", "--ssl-ca=/ca"} <= set(mysql_client.command(check, "c", 1, is_mariadb=True))
    assert {"--ssl-mode=VERIFY_IDENTITY", "--ssl-ca=/ca"} <= set(mysql_client.command(check, "c", 1, is_mariadb=False))
    off = MysqlCheck(user="u", tls="off")
    assert "--ssl-mode=DISABLED" in mysql_client.command(off, "c", 1, is_mariadb=False)


def test_replication_as_servers_print_it() -> None:
    printed = ("mark\tVERSION()\t@@max_connections\nopsconsole-server\t8.0.36\t151\n"
               "Replica_IO_State\tReplica_IO_Running\tReplica_SQL_Running\tSeconds_Behind_Source\tLast_SQL_Error\n"
               "Waiting\tYes\tYes\t4\t\nWaiting\tYes\t{}\t{}\t{}\nmark\tx\n")
    check = MysqlCheck(user="u")
    fine = mysql_client.judged(check, Ran(0, printed.format("Yes", "9", ""), "", 0.1), 1, {}, [])
    assert (fine.values["replication"], fine.values["replication_lag"]) == ("running", 9)
    broken = mysql_client.judged(check, Ran(0, printed.format("No", "NULL", "Duplicate entry"), "", 0.1), 1, {}, [])
    assert (broken.values["replication"], broken.values["replication_lag"]) == ("stopped", None)
    assert broken.output == "Duplicate entry"


def test_the_rate_of_slow_queries_after_a_restart_is_not_known() -> None:
    memory: dict[str, Any] = {"slow": (50.0, 1.0)}
    assert mysql_client.slow_queries([["Slow_queries", "3"]], memory, 11.0) == {"slow_queries": 3}
    assert mysql_client.slow_queries([["Slow_queries", "8"]], memory, 21.0)["slow_queries_rate"] == 0.5
    assert mysql_client.slow_queries([], memory, 22.0) == {}


@given(st.text(), st.text(), st.integers(-15, 3), st.none() | st.just("SELECT 1"), st.booleans())
def test_whatever_the_client_prints_is_judged(output: str, errors: str, status: int, query: str | None,
                                              server: bool) -> None:
    if server:
        output = f"mark\tx\nopsconsole-server\t{output}"
    measured = mysql_client.judged(MysqlCheck(user="u", query=query), Ran(status, output, errors, 0.1), 1, {}, [])
    assert measured.problem or measured.text
    assert set(measured.values) <= set(MysqlCheck.VALUES)


@pytest.mark.parametrize(("said", "name"), [
    ("5.5.5-10.11.6-MariaDB-0+deb12u1", "MariaDB 10.11.6"), ("8.0.36-0ubuntu0", "MySQL 8.0.36"),
    ("11.4.2-MariaDB", "MariaDB 11.4.2"), ("strange", "MySQL strange")])
def test_versions(said: str, name: str) -> None:
    assert mysql_client.named(said) == name
