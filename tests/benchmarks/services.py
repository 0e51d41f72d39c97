"""Services on loopback, and a configuration that checks them as a small shop would: 30 checks of 12 kinds."""

from __future__ import annotations

import shutil
import socket
import ssl
import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest

from tests.servers.certificates import issued
from tests.servers.looped import looped
from tests.servers.postgres import PASSWORD, postgres_server
from tests.servers.redis import redis_server
from tests.servers.silent import saying
from tests.servers.web import reply, web

if TYPE_CHECKING:
    import asyncio
    from types import TracebackType

    from tests.servers.web import Asked

PLUGINS = Path("/usr/lib/nagios/plugins")
EVERY = "30s"
LINE = '127.0.0.1 - - [{}] "GET /orders/{} HTTP/1.1" {} 512 "-" "curl/8.1" 0.0{}\n'

RULES = {
    "queue": {"metric": "check:redis-queues.queue.orders", "warning": "> 500", "critical": "> 5000", "for": "1m"},
    "slow-shop": {"metric": "check:http-0.latency", "of": "p95", "over": "10m", "warning": "> 500ms"},
    "memory-grows": {"metric": "memory.used_percent", "of": "change", "over": "30m", "warning": "> 20"},
    "errors": {"check": "access", "warning": "error_rate > 5%", "within": "5 of 15"},
}
"""Besides the built-in ones."""


class Services:
    """What is checked, while it runs; use it in a `with` statement."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._end = threading.Event()
        self.checks: dict[str, dict[str, Any]] = {}
        self.missing: list[str] = []
        """Servers that are not installed here; others are checked in their place."""

    def __enter__(self) -> Self:
        try:
            self._network()
            self._databases()
            self._here()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._end.set()
        self._stack.close()

    @property
    def mix(self) -> str:
        """How many checks of each kind."""
        kinds = Counter(check["kind"] for check in self.checks.values())
        return ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))

    def settings(self) -> dict[str, Any]:
        """The whole configuration; folders, which `du` counts four times a day, depend on the disk and are left out."""
        return {"agent": {"record": "10s"}, "health": {"growth": None}, "rules": RULES,
                "checks": {name: {"every": EVERY, **check} for name, check in self.checks.items()}}

    def _network(self) -> None:
        files = issued(self._folder)
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(files.cert, files.key)
        body = b'{"status": "ok", "queue": {"depth": 3}}'

        def answer(question: Asked) -> bytes:
            del question
            return reply(200, body, {"Content-Type": "application/json"})

        plain = self._stack.enter_context(web(answer))
        secure = self._stack.enter_context(web(answer, tls))
        for number in range(5):
            self.checks[f"http-{number}"] = {
                "kind": "http", "url": plain.url(f"/health/{number}"),
                "critical_unless": ["status == 200", 'body.status == "ok"', "latency < 3s"]}
        self.checks["https"] = {"kind": "http", "url": secure.url("/"), "ca": str(files.ca),
                                "warning_unless": ["latency < 1s"]}
        self.checks["certificate"] = {"kind": "tls", "host": "127.0.0.1", "port": secure.port, "ca": str(files.ca),
                                      "warning_unless": ["certificate > 1h"]}
        greeting = self._stack.enter_context(saying(b"220 ready\r\n"))
        for number in range(3):
            self.checks[f"tcp-{number}"] = {"kind": "tcp", "host": "127.0.0.1", "port": greeting, "expect": "220"}
        self.checks["mail"] = {"kind": "smtp", "host": "127.0.0.1", "tls": "off",
                               "port": self._stack.enter_context(looped(_mail))}
        self.checks["name"] = {"kind": "dns", "name": "localhost"}
        listening = self._stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.checks["port-0"] = {"kind": "port", "port": listening.getsockname()[1]}
        self.checks["port-1"] = {"kind": "port", "port": plain.port, "address": "127.0.0.1"}

    def _databases(self) -> None:
        try:
            server = self._stack.enter_context(redis_server())
        except pytest.skip.Exception as absent:
            self.missing.append(str(absent))
        else:
            server.run("RPUSH", "orders", *map(str, range(40)))
            self.checks["redis"] = {"kind": "redis", "port": server.port}
            self.checks["redis-queues"] = {"kind": "redis", "port": server.port, "queues": ["orders", "mail"]}
            self.checks["process-redis"] = {"kind": "process", "name": "redis-server"}
        try:
            database = self._stack.enter_context(postgres_server())
        except pytest.skip.Exception as absent:
            self.missing.append(str(absent))
        else:
            secret = self._folder / "password"
            secret.write_text(PASSWORD)
            secret.chmod(0o600)
            self.checks["postgres"] = {"kind": "postgres", "port": database.port, "user": "boss", "tls": "off",
                                       "password": f"file:{secret}"}
            self.checks["process-postgres"] = {"kind": "process", "name": "postgres"}

    def _here(self) -> None:
        logs = [self._folder / name for name in ("access.log", "app.log", "worker.log")]
        for log in logs:
            log.touch()
        threading.Thread(target=self._write, args=logs, daemon=True).start()
        self.checks["access"] = {"kind": "access-log", "path": str(logs[0])}
        self.checks["log-app"] = {"kind": "log", "path": str(logs[1])}
        self.checks["log-worker"] = {"kind": "log", "path": str(logs[2]), "warning_unless": ["rate < 50"]}
        self.checks["file"] = {"kind": "file", "path": str(logs[1]), "warning_unless": ["age < 10m"]}
        self.checks["files"] = {"kind": "file", "path": str(self._folder / "*.log")}
        self.checks["process-any"] = {"kind": "process", "pattern": "tests.benchmarks"}
        for name, arguments in (("check_load", ("-w", "900", "-c", "990")), ("check_disk", ("-w", "1%", "-p", "/"))):
            plugin = shutil.which(name, path=str(PLUGINS))
            if plugin is None:
                self.missing.append(f"needs {name}")
            self.checks[name] = {"kind": "command", "command": [plugin or "/bin/true", *(arguments if plugin else ())]}
        for number in range(30 - len(self.checks)):
            self.checks[f"file-{number}"] = {"kind": "file", "path": "/etc/hostname"}

    def _write(self, access: Path, *others: Path) -> None:
        """Logs that grow: 20 requests and 4 lines a second."""
        with ExitStack() as stack:
            requests, *rest = [stack.enter_context(path.open("a", buffering=1)) for path in (access, *others)]
            number = 0
            while not self._end.wait(0.5):
                now = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())
                requests.write("".join(LINE.format(now, number + each, 500 if each == 3 and number % 7 == 0 else 200,
                                                   each) for each in range(10)))
                for log in rest:
                    log.write(f"{now} INFO order {number} was sent\n{now} ERROR query failed: timeout\n"
                              if number % 60 == 0 else f"{now} INFO order {number} was sent\n{now} INFO done\n")
                number += 1


async def _mail(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A mail server as far as a check asks it."""
    writer.write(b"220 mail.example ESMTP\r\n")
    while line := await reader.readline():
        word = line.split()[0].upper()
        writer.write(b"221 bye\r\n" if word == b"QUIT" else b"250 mail.example\r\n")
        await writer.drain()
        if word == b"QUIT":
            return
