"""`ticket mail` as a mail server calls it: what it says, and the exit status by which mail is never lost."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.tickets.mail.commands import TRY_AGAIN
from tests.core.storage import ROOT, as_root, raw, small_disk
from tests.tickets.mail.bench import mail
from tests.tickets.mail.corpus import file, multi, text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Program = Callable[..., tuple[int, str, str]]

CONFIG = "tickets:\n  mail:\n    address: support@example.com\n"


@pytest.fixture
def take(program: Program, home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    """Gives a mail to the command; exit status, output, errors."""
    config = home / ".config/opsconsole/opsconsole.yaml"
    config.parent.mkdir(parents=True)
    config.write_text(CONFIG)

    def call(content: bytes, *more: str) -> tuple[int, str, str]:
        class Standard:
            buffer = io.BytesIO(content)

        monkeypatch.setattr("sys.stdin", Standard)
        return program("ticket", "mail", *more)

    return call


def test_what_becomes_of_mail_is_said(take: Callable[..., tuple[int, str, str]]) -> None:
    first = mail("Hello", subject="printer")
    assert take(first) == (0, "Ticket 1 is new.\n", "")
    assert take(first) == (0, "This mail is in ticket 1 already.\n", "")
    assert take(mail("more", subject="Re: [#1] printer")) == (0, "Ticket 1 has a new message.\n", "")
    robot = mail("away", subject="Re: [#1] printer", headers="Auto-Submitted: auto-replied")
    assert take(robot) == (0, "Ticket 1 has an automatic message.\n", "")
    assert take(b"no sender") == (0, "The mail was kept as 1: it names no sender.\n", "")
    code, out, _ = take(mail("other"), "--json")
    assert (code, json.loads(out)) == (0, {"outcome": "ticket", "ticket": 2, "kept": 0, "reason": ""})


def test_storage_that_is_held_means_try_again(take: Callable[..., tuple[int, str, str]], home: Path) -> None:
    assert take(mail("x"))[0] == 0
    path = home / ".local/share/opsconsole/opsconsole.db"
    with raw(path) as other:
        other.execute("BEGIN IMMEDIATE")
        code, out, err = take(mail("y"))
    assert (code, out) == (TRY_AGAIN, "")
    assert err.startswith("The mail could not be stored, try again later: Another process has held")
    assert err.count("\n") == 1
    assert take(mail("y"))[0] == 0


@pytest.mark.parametrize("content", ["tickets: [", "tickets:\n  mail:\n    address: nonsense\n"])
def test_a_wrong_configuration_means_try_again(take: Callable[..., tuple[int, str, str]], home: Path,
                                              content: str) -> None:
    (home / ".config/opsconsole/opsconsole.yaml").write_text(content)
    code, out, err = take(mail("x"))
    assert (code, out) == (TRY_AGAIN, "")
    assert "opsconsole.yaml" in err


def test_a_mistake_of_the_program_means_try_again(take: Callable[..., tuple[int, str, str]],
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("\x1b[31mno")

    monkeypatch.setattr("opsconsole.tickets.mail.receiving.Receiver.receive", fail)
    code, _, err = take(mail("x"))
    assert (code, err) == (TRY_AGAIN, "The mail could not be stored, try again later: RuntimeError: ␛[31mno\n")
    monkeypatch.setattr("opsconsole.tickets.mail.commands._take", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    assert take(mail("x"))[0] == TRY_AGAIN


@as_root
def test_a_full_disk_means_try_again(take: Callable[..., tuple[int, str, str]], home: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "3m") as disk:
        (home / ".config/opsconsole/opsconsole.yaml").write_text(f"data: {disk}\n{CONFIG}")
        assert take(mail("x"))[0] == 0
        big = multi(text("x"), file("a.bin", os.urandom(3_000_000)))
        code, _, err = take(big)
        assert code == TRY_AGAIN
        assert "There is no space left" in err
        assert take(mail("y")) == (0, "Ticket 2 is new.\n", "")


def test_as_a_pipe(home: Path) -> None:
    """In a process of its own, with nobody who reads what it says."""
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run([sys.executable, "-W", "error", "-m", "opsconsole", "ticket", "mail"], input=mail("x"),
                           stdout=writing, stderr=subprocess.PIPE, cwd=ROOT, check=False, timeout=60)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, b"")
    with raw(home / ".local/share/opsconsole/opsconsole.db") as db:
        assert db.execute("SELECT count(*) FROM ticket").fetchone() == (1,)


def test_without_an_input_it_is_not_lost_either(home: Path) -> None:
    ended = subprocess.run(f"exec {sys.executable} -m opsconsole ticket mail <&-", shell=True, capture_output=True,
                           cwd=ROOT, check=False, timeout=60)
    assert ended.returncode in (0, TRY_AGAIN)
    assert b"Traceback" not in ended.stderr
