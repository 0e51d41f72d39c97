"""Sends messages of one channel, in a process of its own: what it loads and what hangs is gone with it.

Standard input is one JSON object (see `main`), so that no secret stands in arguments or environment. On standard
output, which is the receipt, it notes each message before and after it is sent: `{"start": id}`, then `{"id": id,
"ok": …, "says": …, "unsure": …}`. The receipt outlives the process that asked for it: after a crash it tells what was
sent and what was not. It imports nothing of opsconsole, because it is started by its path.
"""

from __future__ import annotations

import contextlib
import email.utils
import json
import logging
import os
import re
import selectors
import signal
import subprocess
import sys
import time
import urllib.parse
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType

KEPT = 4_000
"""Bytes of a program's error output that are looked at."""
_SHORTEST = 4
"""Characters of a part of a URL that is worth hiding: shorter ones would make every sentence unreadable."""
_POLL = 0.05
_PAUSE = 0.5
"""Seconds between two messages to one service."""
_BROKEN = re.compile(r"timed? ?out|reset|closed|aborted|broken pipe|\bEOF\b", re.IGNORECASE)


class Outcome(NamedTuple):
    """How one message ended."""

    ok: bool
    says: str
    unsure: bool = False


class TimeLimitError(BaseException):
    """The time of one message is over; not an Exception, so that no plugin takes it for one of its own."""


def main() -> int:
    """Read the order, send, note. The order is `{kind, timeout, url | command, env, hide, messages: [{id, …}]}`."""
    order: dict[str, Any] = json.load(sys.stdin)
    send = _Apprise(order) if order["kind"] == "apprise" else _Program(order)
    for message in order["messages"]:
        _note({"start": message["id"]})
        outcome = send.send(message)
        _note({"id": message["id"], "ok": outcome.ok, "unsure": outcome.unsure,
               "says": hidden(outcome.says, order["hide"])[:400]})
    return 0


def _note(line: dict[str, object]) -> None:
    os.write(1, f"{json.dumps(line)}\n".encode())


def hidden(text: str, secrets: Iterable[str]) -> str:
    """A text in which no part of a secret is left: neither as it is nor as a URL writes it."""
    for secret in sorted(set(_parts(secrets)), key=len, reverse=True):
        text = text.replace(secret, "…")
    return text


def _parts(secrets: Iterable[str]) -> Iterator[str]:
    for secret in secrets:
        found = [secret]
        if "://" in secret:
            # The host says which service failed; all else of a URL may be a token.
            rest = secret.partition("://")[2]
            before, at, after = rest.rpartition("@")
            found += [before, *before.split(":")] if at else []
            path, _, query = after.partition("?")
            found += path.split("/")[1:]
            found += [pair.partition("=")[2] for pair in query.split("&")]
        for part in found:
            yield from (form for form in (part, urllib.parse.unquote(part), urllib.parse.quote(part, safe=""))
                        if len(form) >= _SHORTEST)


class _Apprise:
    """Anything that an Apprise URL can say."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._limit = float(order["timeout"])
        self._said = _Listener()
        self._id = ""
        # Taken by the mail plugin when it is loaded: so that a repeated message is the same one for every mail program.
        usual = email.utils.make_msgid
        email.utils.make_msgid = lambda idstring=None, domain=None: (
            f"<{self._id}@{domain or 'opsconsole'}>" if self._id else usual(idstring, domain))
        import apprise  # noqa: PLC0415 - 110 ms, and for this kind only

        logger = logging.getLogger("apprise")
        logger.addHandler(self._said)
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        self._apprise = apprise.Apprise(asset=apprise.AppriseAsset(app_id="opsconsole", app_desc="opsconsole"))
        self._types = {"critical": apprise.NotifyType.FAILURE, "warning": apprise.NotifyType.WARNING,
                       "info": apprise.NotifyType.INFO, "resolved": apprise.NotifyType.SUCCESS}
        self._plain = apprise.NotifyFormat.TEXT
        self._usable = bool(self._apprise.add(order["url"]))

    def send(self, message: dict[str, Any]) -> Outcome:
        """Sends one message to all that the URL names."""
        if not self._usable:
            return Outcome(False, f"the URL says no service that is known{self._said.why()}")
        self._id = message["id"]
        for plugin in self._apprise:
            # Storms are summed up before; longer pauses would only make what is urgent late.
            plugin.request_rate_per_sec = min(plugin.request_rate_per_sec, _PAUSE)
            headers = getattr(plugin, "headers", None)
            if isinstance(headers, dict):
                headers["X-Opsconsole-Message"] = message["id"]
        self._said.clear()
        signal.signal(signal.SIGALRM, _over)
        signal.setitimer(signal.ITIMER_REAL, self._limit)
        try:
            sent = bool(self._apprise.notify(
                body=self._fitting(message), title=message["title"], body_format=self._plain,
                attach=self._files(message),
                notify_type=self._types["resolved" if message["kind"] == "resolved" else message["severity"]]))
        except TimeLimitError:
            return Outcome(False, f"no end within {self._limit:g} s", unsure=True)
        except Exception as problem:  # noqa: BLE001 - a hundred plugins; whatever one raises is why it failed
            return Outcome(False, f"{type(problem).__name__}: {problem}", unsure=True)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return Outcome(True, "delivered") if sent else Outcome(False, f"not delivered{self._said.why()}",
                                                               unsure=self._said.perhaps())

    def _fitting(self, message: dict[str, Any]) -> str:
        """All of the text where the service takes so much, else its beginning."""
        room = min((int(getattr(plugin, "body_maxlen", 0)) for plugin in self._apprise), default=0)
        whole: str = message.get("whole") or ""
        return whole if 0 < len(whole) <= room else str(message["text"])

    def _files(self, message: dict[str, Any]) -> Any:
        """What goes with a message, for services that take files; others would refuse all of it."""
        documents = message.get("documents") or ()
        if not documents or not all(getattr(plugin, "attachment_support", False) for plugin in self._apprise):
            return None
        from apprise import AppriseAttachment  # noqa: PLC0415 - see above
        from apprise.attachment.memory import AttachMemory  # noqa: PLC0415 - as above

        files = AppriseAttachment()
        for one in documents:
            content = one["content"].encode("utf-8", "backslashreplace")
            files.add(AttachMemory(content, name=one["name"], mimetype="text/html"))  # type: ignore[no-untyped-call]
        return files


def _over(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise TimeLimitError


class _Listener(logging.Handler):
    """Keeps what the plugins say about why they failed."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._sent = False

    def clear(self) -> None:
        """Forget the message before."""
        self.lines.clear()
        self._sent = False

    def emit(self, record: logging.LogRecord) -> None:
        """Keep warnings, and the errors of connections, which are said more quietly."""
        text = record.getMessage()
        if record.levelno >= logging.WARNING or "exception" in text.lower():
            self.lines.append(" ".join(text.split())[:200])
        elif text.startswith("Sent "):
            self._sent = True

    def perhaps(self) -> bool:
        """Whether somebody may have got it although it failed: one of several, or before a connection broke."""
        return self._sent or bool(_BROKEN.search(" ".join(self.lines)))

    def why(self) -> str:
        """What was said, as the end of a sentence."""
        return f": {'; '.join(dict.fromkeys(self.lines[-4:]))}" if self.lines else ""


class _Program:
    """A program that takes each message on its standard input."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._limit = float(order["timeout"])
        self._command: list[str] = order["command"]
        self._env: dict[str, str] = order["env"]

    def send(self, message: dict[str, Any]) -> Outcome:
        """Runs the program once."""
        words = {"ID": "id", "KIND": "kind", "SEVERITY": "severity", "TITLE": "title", "HOST": "host",
                 "CONTACT": "contact", "CHANNEL": "channel"}
        said = {f"OPSCONSOLE_{name}": str(message[key]).replace("\0", "") for name, key in words.items()}
        try:
            process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.PIPE, env={**self._env, **said}, start_new_session=True)
        except (OSError, ValueError) as problem:
            return Outcome(False, f"{self._command[0]} could not be started: {getattr(problem, 'strerror', problem)}")
        with process:
            ended, errors = _talk(process, json.dumps(message).encode(), time.monotonic() + self._limit)
            if not ended:
                # Not reaped yet, so neither the pid nor the group can belong to anybody else.
                os.killpg(process.pid, signal.SIGKILL)
            _shut(process)
        if not ended:
            return Outcome(False, f"the program did not end within {self._limit:g} s and was killed", unsure=True)
        if process.returncode == 0:
            return Outcome(True, "delivered")
        how = f"with {process.returncode}" if process.returncode > 0 else f"by signal {-process.returncode}"
        first = next((line for line in errors.decode("utf-8", "backslashreplace").splitlines() if line.strip()), "")
        return Outcome(False, f"the program ended {how}{f': {first.strip()[:200]}' if first else ''}")


def _talk(process: subprocess.Popen[bytes], data: bytes, until: float) -> tuple[bool, bytes]:
    """Gives a program its input and reads its errors; whether it ended in time, and the first of what it said."""
    errors, rest = bytearray(), memoryview(data)
    assert process.stdin is not None  # noqa: S101 - it was started with both
    assert process.stderr is not None  # noqa: S101
    with selectors.DefaultSelector() as streams:
        for stream, event in ((process.stdin, selectors.EVENT_WRITE), (process.stderr, selectors.EVENT_READ)):
            os.set_blocking(stream.fileno(), False)
            streams.register(stream, event)
        while process.poll() is None and time.monotonic() < until:
            if not streams.get_map():
                time.sleep(_POLL)
            for key, _ in streams.select(_POLL):
                if key.fileobj is process.stdin:
                    rest = rest[_written(process.stdin.fileno(), rest):]
                    if not rest:
                        streams.unregister(process.stdin)
                        process.stdin.close()
                else:
                    part = os.read(process.stderr.fileno(), 65_536)
                    errors += part[:max(KEPT - len(errors), 0)]
                    if not part:
                        streams.unregister(process.stderr)
        if process.poll() is not None and not process.stderr.closed and len(errors) < KEPT:
            errors += _left(process.stderr.fileno())
        return process.poll() is not None, bytes(errors)


def _written(descriptor: int, data: memoryview) -> int:
    try:
        return os.write(descriptor, data[:65_536])
    except BlockingIOError:
        return 0
    except BrokenPipeError:
        # It does not want to read; its exit status says whether that is well.
        return len(data)


def _left(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, KEPT)
    except BlockingIOError:
        return b""


def _shut(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stderr):
        if stream is not None:
            with contextlib.suppress(BrokenPipeError):
                stream.close()


if __name__ == "__main__":
    code = main()
    # Threads of a plugin that hangs would be waited for.
    os._exit(code)
