"""Connections that do not come about, in words; secrets in what a server says."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.health.checks.kinds.dialogue import (
    LIMIT,
    SAID,
    NoAnswer,
    Place,
    dialogue,
    heard,
    hidden,
    said,
    trust,
)
from tests.health.checks.kinds.asking import nothing_left
from tests.servers.running import free_port
from tests.servers.scripted import scripted


def reason(problem: BaseException) -> str:
    with pytest.raises(NoAnswer) as none, heard():
        raise problem
    return none.value.sentence()


@pytest.mark.parametrize(("problem", "words"), [
    (ConnectionRefusedError(errno.ECONNREFUSED, "x"), "refused"),
    (OSError("Multiple exceptions: [Errno 111] Connect call failed, [Errno 111] Connect call failed"), "refused"),
    (OSError(errno.EHOSTUNREACH, "x"), "no way to the host"),
    (TimeoutError(errno.ETIMEDOUT, "x"), "no answer"),
    (PermissionError(errno.EACCES, "x"), "the socket may not be used; give this account permission"),
    (socket.gaierror(-2, "Name or service not known"), "the name of the host cannot be resolved"),
    (OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address"), "no connection: Cannot assign requested address"),
    (ssl.SSLError(), "TLS failed: no agreement")])
def test_why_there_is_no_connection(problem: OSError, words: str) -> None:
    assert reason(problem) == words


def test_any_other_mistake_is_one_of_the_program() -> None:
    with pytest.raises(ZeroDivisionError), heard():
        raise ZeroDivisionError


async def test_a_connection_that_broke_before_tls_began() -> None:
    async with nothing_left(), scripted(b"") as peer, dialogue(Place("127.0.0.1", peer.port)) as line:
        line.reader.set_exception(ConnectionResetError(errno.ECONNRESET, "x"))
        with pytest.raises(NoAnswer, match="ended the connection without an answer"):
            await line.encrypt(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), "localhost")


async def test_a_connection_is_closed_whatever_happens() -> None:
    async with nothing_left(), scripted(b"") as peer:
        with pytest.raises(ZeroDivisionError):
            async with dialogue(Place("127.0.0.1", peer.port)):
                raise ZeroDivisionError
    async with nothing_left():
        with pytest.raises(NoAnswer):
            async with dialogue(Place("127.0.0.1", free_port())):
                pytest.fail("nobody listens")


async def test_a_socket_that_may_not_be_used_or_is_none(tmp_path: Path) -> None:
    async def why(path: Path) -> str:
        with pytest.raises(NoAnswer) as none:
            async with dialogue(Place("", 0, str(path))):
                pytest.fail("nobody listens")
        return none.value.sentence()

    assert await why(tmp_path / "none") == "there is no such socket; is the server running?"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "left"))
    assert await why(tmp_path / "left") == "refused"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.bind(str(tmp_path / "other"))
        assert await why(tmp_path / "other") == "the path is not a socket of this type"
    assert (await why(Path("/" + "x" * 200))).startswith("no connection: ")


async def test_a_line_that_never_ends() -> None:
    async with scripted(first=b"x" * (3 * LIMIT)) as peer, dialogue(Place("127.0.0.1", peer.port)) as line:
        with pytest.raises(NoAnswer, match="answers with more than this protocol allows"):
            await line.until(b"\r\n")


def test_what_is_trusted_is_read_again_when_the_file_changes(tmp_path: Path) -> None:
    memory: dict[str, object] = {}
    first = trust(memory, None)
    assert trust(memory, None) is first
    assert first.verify_mode is ssl.CERT_REQUIRED
    any_one = trust(memory, None, verify=False)
    assert (any_one.verify_mode, any_one.check_hostname) == (ssl.CERT_NONE, False)
    copy = tmp_path / "ca"
    trustme.CA().cert_pem.write_to_path(str(copy))
    old = trust(memory, str(copy))
    assert trust(memory, str(copy)) is old
    os.utime(copy, (1, 1))
    assert trust(memory, str(copy)) is not old
    (tmp_path / "empty").touch()
    for name, why in (("none", "No such file or directory"), ("empty", "it holds no certificate")):
        with pytest.raises(NoAnswer) as none:
            trust(memory, str(tmp_path / name))
        assert none.value.sentence() == f"the certificate authorities in {tmp_path / name} cannot be read: {why}"
    if os.geteuid() != 0:
        (tmp_path / "closed").touch(mode=0o000)
        with pytest.raises(NoAnswer, match="Permission denied"):
            trust(memory, str(tmp_path / "closed"))


def test_secrets_are_taken_out_of_what_the_server_says_and_not_of_our_words() -> None:
    assert NoAnswer("wrong user or password", "wrong").sentence("wrong") == "wrong user or password: •••"
    assert NoAnswer("", "").sentence() == "refuses without a reason"
    assert NoAnswer("refused").sentence("") == "refused"


@given(st.text(), st.text(min_size=1))
def test_no_secret_is_left(text: str, secret: str) -> None:
    kept = hidden(f"{text}{secret}{text}", [secret])
    assert secret not in kept.replace("•••", "") or secret in "•••" or secret not in hidden(secret, [secret])
    assert len(said(text, [secret])) <= SAID


@given(st.text())
def test_one_short_line_is_kept(text: str) -> None:
    kept = said(text)
    assert kept.splitlines() == ([kept] if kept else [])
    assert bool(kept) == bool(text.strip())
