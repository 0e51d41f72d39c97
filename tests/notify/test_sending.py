"""Real deliveries: mail to an SMTP server, a webhook to an HTTP server, the log; and what is said when it fails."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller

from opsconsole.core.units import Secret
from opsconsole.notify import sender, sending
from opsconsole.notify.model import Result, Severity
from opsconsole.notify.sending import Parcel, Receipt, found_receipt, read_progress, send
from opsconsole.notify.settings import AppriseChannel, ExecChannel, LogChannel
from tests.hostile import CORPUS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path


def parcel(name: str = "4a5b6c7d8e9f", title: str = "[CRITICAL] web-01: redis down", text: str = "refused\nsince 14:27",
           **more: Any) -> Parcel:
    return Parcel(id=name, kind="firing", severity=Severity.CRITICAL, title=title, text=text, host="web-01",
                  channel="mail", contact="", name="", repeat=False, **more)


def apprise(url: str, timeout: float = 30) -> AppriseChannel:
    from opsconsole.core.units import Duration

    return AppriseChannel(url=Secret.parse("${URL}", {"URL": url}), timeout=Duration(timeout))


async def sent(channel: AppriseChannel | ExecChannel | LogChannel, *parcels: Parcel) -> list[Result]:
    receipt = Receipt.make(None)
    try:
        return await send(channel, parcels or [parcel()], receipt)
    finally:
        receipt.close()


class Mailbox:
    """What an SMTP server got; `refuse` makes it answer so."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.refuse = ""

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refuse:
            return self.refuse
        self.raw.append(envelope.content)
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    box = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box, f"mailto://127.0.0.1:{port}/?to=ops@example.org&from=console@example.org&mode=insecure"
    finally:
        controller.stop()


async def test_a_mail_arrives_with_one_id(mailbox: tuple[Mailbox, str]) -> None:
    box, url = mailbox
    assert await sent(apprise(url), parcel(), parcel("beef")) == [
        Result("4a5b6c7d8e9f", ok=True, says="delivered"), Result("beef", ok=True, says="delivered")]
    first, second = box.mails
    assert first["Subject"] == "[CRITICAL] web-01: redis down"
    assert first["To"] == "ops@example.org"
    assert first["Message-ID"] == "<4a5b6c7d8e9f@127.0.0.1>"
    assert first["X-Opsconsole-Message"] == "4a5b6c7d8e9f"
    assert second["Message-ID"] == "<beef@127.0.0.1>"
    body = first.get_body(("plain", "html"))
    assert body is not None
    assert "refused" in body.get_content()
    assert "since 14:27" in body.get_content()


async def test_no_title_becomes_a_header(mailbox: tuple[Mailbox, str]) -> None:
    from opsconsole.notify.composing import compose
    from tests.notify.bench import BERLIN, notice
    from tests.notify.test_composing import delivery

    box, url = mailbox
    foreign = ["x\r\nBcc: evil@example.org\r\n\r\nbody", "x\n Subject: other", *CORPUS[10:12],
               "<b>&amp;\u00fc\u202e" * 40]
    parcels = []
    for number, text in enumerate(foreign):
        words = compose(delivery(notice(title=text, text=text)), "web-01", BERLIN)
        parcels.append(parcel(f"id{number}", words.title, words.text))
    assert all(result.ok for result in await sent(apprise(url), *parcels[:2]))
    assert all(result.ok for result in await sent(apprise(url), *parcels[2:]))
    assert len(box.mails) == len(foreign)
    for mail, raw in zip(box.mails, box.raw, strict=True):
        assert mail["Bcc"] is None
        assert len(mail.get_all("Subject", [])) == 1
        assert str(mail["Subject"]).startswith("[CRITICAL] web-01: ")
        assert b"\x1b" not in raw
        assert b"\nBcc:" not in raw.partition(b"\r\n\r\n")[0]


async def test_a_server_that_refuses_is_quoted(mailbox: tuple[Mailbox, str]) -> None:
    box, url = mailbox
    box.refuse = "554 no such luck"
    (result,) = await sent(apprise(url))
    assert not result.ok
    assert "554" in result.says
    assert "no such luck" in result.says
    assert not result.unsure


class Hook(BaseHTTPRequestHandler):
    got: list[tuple[dict[str, str], dict[str, Any]]]
    status = 200

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((dict(self.headers), json.loads(data)))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        return


@pytest.fixture
def hook() -> Iterator[tuple[type[Hook], int]]:
    handler = type("OneHook", (Hook,), {"got": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield handler, server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_a_webhook_gets_the_message_and_its_id(hook: tuple[type[Hook], int]) -> None:
    handler, port = hook
    assert (await sent(apprise(f"json://127.0.0.1:{port}/hooks/secret-token")))[0].ok
    ((headers, body),) = handler.got
    assert (body["title"], body["message"]) == ("[CRITICAL] web-01: redis down", "refused\nsince 14:27")
    assert headers["X-Opsconsole-Message"] == "4a5b6c7d8e9f"


async def test_a_webhook_that_fails_tells_no_secret(hook: tuple[type[Hook], int]) -> None:
    handler, port = hook
    handler.status = 503
    (result,) = await sent(apprise(f"json://user:hunter2@127.0.0.1:{port}/hooks/secret-token?+X-Key=key-of-mine"))
    assert not result.ok
    assert "503" in result.says
    for secret in ("hunter2", "secret-token", "key-of-mine"):
        assert secret not in result.says


async def test_nobody_listens() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        url = f"mailto://me:hunter2@127.0.0.1:{port}/?to=a@example.org&from=a@example.org&mode=insecure"
        (result,) = await sent(apprise(url))
    assert (result.ok, result.unsure) == (False, False)
    assert "refused" in result.says
    assert "hunter2" not in result.says


async def test_a_server_that_accepts_and_says_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        url = f"mailto://127.0.0.1:{port}/?to=a@example.org&from=a@example.org&mode=insecure"
        (result,) = await sent(apprise(url, timeout=1))
    assert result == Result("4a5b6c7d8e9f", ok=False, says="no end within 1 s", unsure=True)


@pytest.mark.parametrize("url", ["nonsense", "nosuch://host/hunter2", "mailto://", "://", "json://" + "x" * 10_000])
async def test_a_url_that_is_none(url: str) -> None:
    (result,) = await sent(apprise(url, timeout=5))
    assert not result.ok
    assert "hunter2" not in result.says
    assert len(result.says) <= 410


async def test_the_process_has_no_secret_to_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in its arguments nor in its environment; and none of other channels."""
    monkeypatch.setenv("OTHER_SECRET", "geheim")
    show = (f"cat /proc/$PPID/cmdline /proc/$PPID/environ /proc/self/environ | tr '\\0' '\\n' > {tmp_path}/seen")
    channel = ExecChannel(command=("sh", "-c", show), secrets={"TOKEN": Secret.parse("${T}", {"T": "hunter2"})})
    assert (await sent(channel))[0].ok
    seen = (tmp_path / "seen").read_text()
    assert "sender.py" in seen
    assert seen.count("hunter2") == 1
    assert "geheim" not in seen


async def test_the_whole_process_is_stopped_when_it_is_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "SPARE", -0.5)
    results = await sent(ExecChannel(command=("sh", "-c", "sleep 20"), timeout=sending_duration(1)), parcel("a"))
    assert [(result.ok, result.unsure) for result in results] == [(False, True)]
    assert "it was stopped" in results[0].says


def sending_duration(seconds: float) -> Any:
    from opsconsole.core.units import Duration

    return Duration(seconds)


async def test_without_a_process_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    (result,) = await sent(ExecChannel(command=("true",)))
    assert result == Result("4a5b6c7d8e9f", ok=False, unsure=False, says=(
        "the sending process could not be started (No such file or directory)"))
    monkeypatch.setattr(sys, "executable", "/bin/false")
    (result,) = await sent(ExecChannel(command=("true",)))
    assert (result.says, result.unsure) == ("the sending process ended with 1", False)


async def test_an_old_kernel_is_asked_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(pid: int) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(os, "pidfd_open", none)
    assert (await sent(ExecChannel(command=("true",))))[0].ok


async def test_the_log_takes_everything(caplog: pytest.LogCaptureFixture) -> None:
    assert (await sent(LogChannel()))[0].ok
    assert "[CRITICAL] web-01: redis down" in caplog.text


def test_a_receipt_is_locked_while_somebody_works_and_read_afterwards(tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    receipt = Receipt.make(folder)
    os.write(receipt.descriptor, b'{"start": "a"}\n{"id": "a", "ok": true, "says": "x\\u001b", "unsure": false}\n'
                                 b'{"start": "b"}\n{"id": "b", "o')
    assert found_receipt(folder, receipt.name) is None
    assert oct(folder.stat().st_mode & 0o777) == oct(tmp_path.stat().st_mode & 0o770)
    receipt.leave()
    progress = found_receipt(folder, receipt.name)
    assert progress is not None
    assert progress.results == {"a": Result("a", ok=True, says="x␛")}
    assert set(progress.begun) == {"b"}
    gone = found_receipt(folder, "gone.receipt")
    assert gone is not None
    assert "*" in gone.begun


def test_a_receipt_of_nonsense_says_nothing() -> None:
    assert read_progress(b"\xff\x00\nnull\n[1]\n{\n").results == {}


def test_without_a_folder_there_is_still_a_receipt(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "outbox").write_text("a file stands here")
    receipt = Receipt.make(tmp_path / "outbox")
    assert receipt.name == ""
    assert "no receipt" in caplog.text
    receipt.close()


@pytest.mark.parametrize(("secret", "text", "hidden"), [
    ("mailto://me:hun%40ter2@host/path?to=x", "hun@ter2 at host with hun%40ter2", "… at host with …"),
    ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnl", "no T1JJ3T3L2, A1BRTD4JD, TIiajkdnl", "no T1JJ3T3L2, …, …"),
    ("hunter2", "it is hunter2", "it is …"), ("x", "excellent", "excellent")])
def test_no_part_of_a_secret_is_said(secret: str, text: str, hidden: str) -> None:
    assert sender.hidden(text, [secret]) == hidden


def test_the_sender_needs_nothing_of_the_program(tmp_path: Path) -> None:
    """Started by its path from any folder, it imports nothing that stands around."""
    for name in ("apprise.py", "json.py", "opsconsole.py"):
        (tmp_path / name).write_text("raise SystemExit('imported what stands around')")
    order = {"kind": "exec", "timeout": 5, "command": ["true"], "env": {"PATH": os.environ["PATH"]}, "hide": [],
             "messages": [{"id": "1", "kind": "k", "severity": "s", "title": "t", "host": "h", "contact": "",
                           "channel": "c"}]}
    done = subprocess.run([sys.executable, "-P", sender.__file__], input=json.dumps(order), capture_output=True,
                          text=True, cwd=tmp_path, check=True, timeout=60)
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"start": "1"}, {"id": "1", "ok": True, "unsure": False, "says": "delivered"}]


async def test_several_channels_at_once_do_not_wait_for_each_other() -> None:
    slow = ExecChannel(command=("sh", "-c", "sleep 100"), timeout=sending_duration(2))
    waiting = asyncio.create_task(sent(slow))
    assert (await sent(ExecChannel(command=("true",))))[0].ok
    assert not waiting.done()
    await waiting


def program(*command: str, timeout: float = 20) -> sender._Program:
    return sender._Program({"timeout": timeout, "command": list(command), "env": {"PATH": os.environ["PATH"]}})


MESSAGE = {"id": "1", "kind": "firing", "severity": "critical", "title": "t", "host": "h", "contact": "",
           "channel": "c"}


@pytest.mark.parametrize(("command", "outcome"), [
    (("true",), (True, "delivered", False)),
    (("sh", "-c", "echo >&2; echo why >&2; exit 5"), (False, "the program ended with 5: why", False)),
    (("sh", "-c", "kill -9 $$"), (False, "the program ended by signal 9", False)),
    (("sh", "-c", "exec <&- 2>&-; sleep 0.2"), (True, "delivered", False)),
    (("/no/such",), (False, "/no/such could not be started: No such file or directory", False)),
    (("a\0b",), (False, "a\0b could not be started: embedded null byte", False))])
def test_how_a_program_ends(command: tuple[str, ...], outcome: tuple[bool, str, bool]) -> None:
    assert program(*command).send(MESSAGE) == outcome


def test_a_program_that_does_not_end() -> None:
    outcome = program("sleep", "50", timeout=0.2).send(MESSAGE)
    assert outcome == (False, "the program did not end within 0.2 s and was killed", True)


def test_old_receipts_are_swept(tmp_path: Path) -> None:
    old, new = tmp_path / "a.receipt", tmp_path / "b.receipt"
    for path in (old, new):
        path.touch()
    os.utime(old, (1000, 1000))
    sending.sweep(tmp_path, 2000)
    assert list(tmp_path.iterdir()) == [new]
    sending.sweep(tmp_path / "missing", 2000)


def test_a_receipt_on_which_somebody_works_is_never_old(tmp_path: Path) -> None:
    receipt = sending.Receipt.make(tmp_path)
    (path,) = tmp_path.iterdir()
    os.utime(path, (1000, 1000))
    sending.sweep(tmp_path, 2000)
    assert list(tmp_path.iterdir()) == [path], "the clock was set while it was being sent"
    receipt.leave()
    sending.sweep(tmp_path, 2000)
    assert not list(tmp_path.iterdir())


def test_what_plugins_say_about_why() -> None:
    import logging

    said = sender._Listener()
    for level, text in ((logging.WARNING, "no\n  luck"), (logging.DEBUG, "Socket Exception: refused"),
                        (logging.DEBUG, "noise"), (logging.WARNING, "no\n  luck")):
        said.emit(logging.LogRecord("apprise", level, "", 0, text, None, None))
    assert said.why() == ": no luck; Socket Exception: refused"
    assert not said.perhaps()
    said.emit(logging.LogRecord("apprise", logging.INFO, "", 0, "Sent mail to one", None, None))
    assert said.perhaps()
    said.clear()
    said.emit(logging.LogRecord("apprise", logging.DEBUG, "", 0, "Socket Exception: timed out", None, None))
    assert said.perhaps()
