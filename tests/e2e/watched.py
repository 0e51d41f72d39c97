"""A host under watch: its configuration, its logs, its agents, and a sink that keeps every message that is sent."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import threading
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from opsconsole.agent.app import PROVIDERS
from tests.agent.agents import QUICK, Agents, Place, Started, make_place
from tests.e2e.program import command, console
from tests.servers.running import free_port, listens, own_folder, program, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from opsconsole.agent.model import Timing
    from tests.terminal import Terminal

NOTHING_ELSE: dict[str, Any] = {
    **{name: {"warning": None, "critical": None} for name in (
        "cpu", "iowait", "steal", "memory", "swap", "load", "cpu_pressure", "memory_pressure", "io_pressure", "space",
        "inodes", "errors", "disk", "battery", "open_files", "silence")},
    "clock_for": "30d"}
"""Limits that this machine, whatever else it does, reaches in no test."""

class Sink:
    """What was sent, one message a line."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @property
    def channel(self) -> dict[str, object]:
        """An `exec` channel that appends each message."""
        return {"kind": "exec", "command": ["/bin/sh", "-c", 'cat >>"$1" && echo >>"$1"', "sink", str(self.file)]}

    @property
    def got(self) -> list[dict[str, Any]]:
        """The messages, in the order in which they came."""
        if not self.file.exists():
            return []
        # What stands behind the last line break is still being written.
        return [json.loads(line) for line in self.file.read_text(encoding="utf-8").split("\n")[:-1]]

    @property
    def titles(self) -> list[str]:
        """Their titles."""
        return [message["title"] for message in self.got]

    @property
    def kinds(self) -> list[str]:
        """What was told in them; only an `exec` channel is given that."""
        return [notice["kind"] for message in self.got for notice in message["notices"]]


@contextmanager
def web_channel(sink: Sink) -> Iterator[dict[str, object]]:
    """A channel that reaches, through Apprise, a web server on loopback that writes down what is posted."""
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with sink.file.open("ab") as out:
                out.write(json.dumps(json.loads(body)).encode() + b"\n")
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = sink.file.with_suffix(".url")
    url.write_text(f"json://127.0.0.1:{server.server_port}/hook")
    url.chmod(0o600)
    try:
        yield {"kind": "apprise", "url": f"file:{url}"}
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Journal:
    """A journal that says what a test writes; the agent asks it as it asks systemd's, with `folder` first in PATH."""

    STARTED, STOPPED = "39f53479d3a045ac8e11786248231fbf", "9d1aaa27d60140bd96365438aad20286"
    """Message ids of systemd's catalog."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder, self._file = folder, folder / "journal"
        self._file.touch()
        program = folder / "journalctl"
        program.write_text(f"#!/bin/sh\ncat '{self._file}'\n")
        program.chmod(0o755)

    def restarted(self, unit: str, at: int) -> None:
        """Systemd has stopped and started it; `at` is in ms."""
        with self._file.open("a") as out:
            for message in (self.STOPPED, self.STARTED):
                told = {"MESSAGE_ID": message, "UNIT": unit, "__REALTIME_TIMESTAMP": f"{at * 1000}"}
                out.write(f"{json.dumps(told)}\n")


class Redis:
    """A Redis server that can be stopped, and started again at the same place."""

    def __init__(self) -> None:
        self.binary = program("redis-server", needs="redis-server")
        self.port = free_port()
        self._running = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        folder = self._running.enter_context(own_folder())
        command = [self.binary, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        self._process = self._running.enter_context(running(command, folder, lambda: listens(self.port)))

    def stop(self) -> float:
        """By SIGTERM, as a service manager does; when it was gone, by `time.monotonic()`."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
        stopped = time.monotonic()
        self._running.close()
        return stopped


@contextmanager
def redis() -> Iterator[Redis]:
    """Started; it ends with the block."""
    server = Redis()
    server.start()
    try:
        yield server
    finally:
        server.stop()


class Host:
    """One configuration, with its own data, logs and agents."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.place: Place = make_place(folder)
        self.agents = Agents(self.place)
        self.logs = folder / "logs"
        self.logs.mkdir()
        self.sink = Sink(folder / "sink.jsonl")

    def configure(self, checks: Mapping[str, object], *, channels: Mapping[str, object] | None = None,
                  **parts: object) -> None:
        """Write the configuration: checks, and who is told: Ana, who is on call, by the sink and by other channels."""
        ways = {"sink": self.sink.channel, **(channels or {})}
        made = {
            "health": {"logs": str(self.logs), **NOTHING_ELSE}, "checks": dict(checks),
            "notify": {
                "group": "0s", "channels": ways, "contacts": {"ana": {"name": "Ana", "channels": list(ways)}},
                "rotations": {"web": {"layers": [{"people": ["ana"]}]}}, "routes": [{"tell": ["oncall:web"]}]},
            **parts}
        self.place.write(yaml.safe_dump(made, sort_keys=False))

    def console(self, **options: Any) -> Terminal:
        """A console of this configuration, not yet started."""
        return console("--config", str(self.place.config), **options)

    def file(self, name: str) -> Path:
        """What the check of this name asks for: it is well while the file is there."""
        return self.folder / f"{name}.there"

    def file_checks(self, *names: str) -> dict[str, dict[str, object]]:
        """Checks that a test can break and mend by a file; they are well at first."""
        for name in names:
            self.file(name).touch()
        return {name: {"kind": "file", "path": str(self.file(name)), "every": "5s", "timeout": "2s"} for name in names}

    def agent(self, kind: str = "permanent", timing: Timing = QUICK, env: dict[str, str] | None = None) -> Started:
        """An agent with the jobs of all features."""
        return self.agents.start(kind=kind, timing=timing, providers=PROVIDERS, env=env)

    def agent_within(self, *before: str | Path) -> Started:
        """An agent by the command line, started by some other program."""
        return self.agents.run([*map(str, before), *command("--config", str(self.place.config), "agent")], env=None,
                               pipe=False)

    def run(self, *arguments: str, status: int = 0) -> str:
        """What one command of the program says."""
        started = self.agents.command(*arguments)
        assert started.ended() == status, started.said()
        return started.said()

    def records(self, query: str, *arguments: object) -> list[tuple[Any, ...]]:
        """Rows of the records; none while there are no records."""
        return rows(self.place.records, query, *arguments)

    def metrics(self, query: str, *arguments: object) -> list[tuple[Any, ...]]:
        """Rows of the measurements."""
        return rows(self.place.records.with_name("metrics.db"), query, *arguments)

    @property
    def holder(self) -> int | None:
        """The process that has the lease."""
        with suppress(sqlite3.OperationalError):
            for (pid,) in self.records("SELECT pid FROM lease WHERE token <> ''"):
                return int(pid)
        return None

    def told(self, check: str) -> list[str]:
        """The kinds of the notices of one check that arrived, in their order."""
        return [notice["kind"] for message in self.sink.got for notice in message["notices"]
                if f" {check}: " in notice["title"]]

    @property
    def unsent(self) -> int:
        """Messages that wait or are being sent."""
        return int(self.records("SELECT count(*) FROM outbox_message WHERE state IN ('waiting', 'sending')")[0][0])

    def levels(self) -> dict[str, int]:
        """The level of each check as it was stored last."""
        with suppress(sqlite3.OperationalError):
            return dict(self.metrics("SELECT name, level FROM check_state"))
        return {}

    def phases(self) -> dict[str, str]:
        """Where each alert is in its life that is not well, by its key."""
        return {key: json.loads(state)["phase"] for key, state in self.records("SELECT key, state FROM alert_machine")}

    def install(self, package: str, version: str, *, log: str = "dpkg.log") -> None:
        """Let dpkg install a package, in a folder of its own; in `dpkg.log` this host sees it."""
        if shutil.which("dpkg-deb") is None:
            pytest.skip("needs dpkg")
        root = self.folder / "root"
        for folder in ("var/lib/dpkg/updates", "var/lib/dpkg/info"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        (root / "var/lib/dpkg/status").touch()
        made = self.folder / f"{package}-{version.replace(':', '_')}"
        (made / "DEBIAN").mkdir(parents=True)
        (made / "DEBIAN/control").write_text(
            f"Package: {package}\nVersion: {version}\nArchitecture: all\nMaintainer: Nobody <nobody@example.org>\n"
            "Description: nothing\n")
        _done("dpkg-deb", "--build", str(made), f"{made}.deb")
        _done("dpkg", f"--root={root}", f"--log={self.logs / log}", "--force-not-root", "--force-bad-path", "--install",
              f"{made}.deb")


def _done(*command: str) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=60, check=False)
    assert done.returncode == 0, done.stdout.decode(errors="replace")


def rows(path: Path, query: str, *arguments: object) -> list[tuple[Any, ...]]:
    """What stands in a database, read by another program; nothing while there is none."""
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)) as connection:
        return connection.execute(query, arguments).fetchall()
