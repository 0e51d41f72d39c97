"""The installation under soak: its folder on a small disk, its clock, its configuration, its agent, where mail goes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import yaml

from tests.e2e.moved_clock import MovedClock
from tests.e2e.program import ROOT, command
from tests.e2e.watched import NOTHING_ELSE, Sink
from tests.servers.mail import smtp_sink
from tests.soak.books import Books
from tests.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.mail import Sink as MailSink

DISK: Final = "192m"
DOORS: Final = ("door", "gate", "roof")
"""Checks that are well while a file of theirs is there."""
ITEMS: Final = 8
ROUND: Final = """\
title: Own round
sections:
  - title: All
    items:
{items}
      - {{kind: auto, id: asked, title: What the machine says, command: [{program}, "{folder}"], timeout: 3s}}
"""
PLUGIN: Final = """#!/bin/sh
# Well, unless it is to hang.
if [ -e "$1/hang" ]; then exec sleep 600; fi
echo "OK - all is well | value=1"
"""
TAKEN_AWAY: Final = ("processes.kill", "processes.terminate", "process.kill", "process.terminate", "console.suspend")
"""Actions that no random key may reach: they end processes of this machine, or stop the console."""


class House:
    """One installation; everything of it lies in one folder.

    Args:
        folder: new and empty.
        mounted: whether a small disk may be mounted in it.
    """

    def __init__(self, folder: Path, *, mounted: bool) -> None:
        folder.mkdir(mode=0o700)
        self.folder, self.mounted = folder, mounted
        self.disk, self.config = folder / "disk", folder / "opsconsole.yaml"
        self.data, self.state = self.disk / "data", self.disk / "state"
        self.books = Books()
        self.clock = TurnedClock(folder / "clock", f"{time.strftime('%Y-%m-%d %H:%M:%S')}")
        self.sink = Sink(folder / "told.jsonl")
        self.heads = folder / "heads"
        self.over = threading.Event()
        self.agent: subprocess.Popen[bytes] | None = None
        self.commands: dict[int, subprocess.Popen[str]] = {}
        """Commands that run now, by their process."""
        self.troubled: set[str] = set()
        """Faults of the disk that go on now."""
        self.trouble_ended = 0.0
        """When the last one was over, by `time.monotonic`."""
        self._lock = threading.Lock()
        home = folder / "home"
        self.env: dict[str, str | None] = {
            "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), "XDG_DATA_HOME": str(home / ".local/share"),
            "XDG_STATE_HOME": str(self.state), "XDG_CACHE_HOME": str(home / ".cache"),
            "OPSCONSOLE_CONFIG": str(self.config), "PYTHONDONTWRITEBYTECODE": None, **self.clock.env(ROOT)}

    @property
    def records(self) -> Path:
        """The database of what people enter."""
        return self.data / "opsconsole.db"

    def environment(self) -> dict[str, str]:
        """Of every process that is started here."""
        made = {name: value for name, value in {**os.environ, **self.env}.items() if value is not None}
        made.pop("PYTHONDONTWRITEBYTECODE", None)
        return made

    def console(self, columns: int, rows: int) -> Terminal:
        """A console of it, not yet started."""
        return Terminal(command(), env=self.env, columns=columns, rows=rows)

    @contextmanager
    def open(self) -> Iterator[MailSink]:
        """Disk, configuration and mail server, as long as the block lasts."""
        self.disk.mkdir()
        if self.mounted:
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=700", "tmpfs", self.disk], check=True)
        try:
            for folder in (self.data, self.state, self.folder / "home", self.folder / "logs", self.folder / "doors"):
                folder.mkdir(mode=0o700)
            with smtp_sink() as mail:
                self._furnish(mail.port)
                yield mail
        finally:
            if self.mounted:
                subprocess.run(["umount", "-l", self.disk], check=False)
            shutil.rmtree(self.folder, ignore_errors=True)

    def _furnish(self, port: int) -> None:
        for name in DOORS:
            self.door(name).touch()
        plugin = self.folder / "plugin"
        plugin.write_text(PLUGIN)
        plugin.chmod(0o755)
        checklists = self.folder / "checklists"
        checklists.mkdir()
        items = "\n".join(f"      - {{kind: text, id: i{n:02}, title: Look at {n:02}}}" for n in range(ITEMS))
        (checklists / "round.yaml").write_text(ROUND.format(items=items, program=plugin, folder=self.folder))
        self.config.write_text(yaml.safe_dump(self._settings(port, plugin), sort_keys=False))

    def _settings(self, port: int, plugin: Path) -> dict[str, Any]:
        checks: dict[str, Any] = {name: {"kind": "file", "path": str(self.door(name)), "every": "5s", "timeout": "2s"}
                                  for name in DOORS}
        checks["plugin"] = {"kind": "command", "command": [str(plugin), str(self.folder)], "every": "5s",
                            "timeout": "2s"}
        return {
            "data": str(self.data), "agent": {"record": "5s"},
            "console": {"briefing": False, "keys": {name: [] for name in TAKEN_AWAY}},
            "health": {"logs": str(self.folder / "logs"), **NOTHING_ELSE}, "checks": checks,
            "checklists": {"use": []}, "logbook": {"heads": [str(self.heads)], "heads_every": "5m"},
            "tickets": {"mail": {"address": "support@example.com", "hold": "2s",
                                 "smtp": {"host": "127.0.0.1", "port": port, "timeout": "10s"}}},
            # What is told once a day would wait until then.
            "notify": {"group": "0s", "digest": {}, "channels": {"sink": self.sink.channel}, "routes": [
                {"severity": ["critical", "warning"], "tell": ["channel:sink"]},
                {"severity": ["info"], "tell": ["channel:log"]}]}}

    def door(self, name: str) -> Path:
        """The file by which a check is well."""
        return self.folder / "doors" / name

    def keep(self, folder: Path) -> None:
        """Copy what says what happened."""
        shutil.copytree(self.data, folder / "data", ignore_dangling_symlinks=True)
        for name in ("told.jsonl", "agent.log"):
            with suppress(FileNotFoundError):
                shutil.copy(self.folder / name, folder)

    # -- the agent ----------------------------------------------------------------------------------------------------

    def keep_agent(self) -> None:
        """Start an agent, and another one whenever it has ended, as a service manager does; a thread's work."""
        with (self.folder / "agent.log").open("ab") as log:
            while not self.over.is_set():
                process = subprocess.Popen(command("agent"), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                           env=self.environment())
                self.agent = process
                while process.poll() is None and not self.over.is_set():
                    self.over.wait(0.2)
                if process.poll() is not None:
                    self.books.count("agent started again")
                    self.over.wait(1.0)

    def agent_works(self) -> bool:
        """Whether that agent has the lease."""
        return self.agent is not None and self.rows("SELECT pid FROM lease WHERE token <> ''") == [(self.agent.pid,)]

    def end_agent(self) -> int | None:
        """By SIGTERM; its exit status, None where it did not end."""
        process = self.agent
        if process is None:
            return None
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGTERM)
        try:
            return process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            return None

    # -- one command --------------------------------------------------------------------------------------------------

    def run(self, *arguments: str, stdin: str = "") -> tuple[int, str, str]:
        """One command; its exit status (negative: a signal), what it printed, its errors."""
        process = subprocess.Popen(command(*arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, errors="replace", env=self.environment())
        with self._lock:
            self.commands[process.pid] = process
        try:
            out, errors = process.communicate(stdin, timeout=120)
        except subprocess.TimeoutExpired:
            process.kill()
            out, errors = process.communicate()
            self.books.problem(f"a command did not end: {' '.join(arguments)[:120]}")
        finally:
            with self._lock:
                self.commands.pop(process.pid, None)
        if "Traceback" in errors + out:
            self.books.problem(f"a stack trace of `{' '.join(arguments)[:80]}`: {errors[-400:]}")
        return process.returncode, out, errors

    # -- the records --------------------------------------------------------------------------------------------------

    def rows(self, sql: str, values: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """What the records hold, read by another program; nothing while they cannot be read."""
        with suppress(sqlite3.Error), closing(
                sqlite3.connect(f"file:{self.records}?mode=ro", uri=True, timeout=20)) as raw:
            return raw.execute(sql, values or {}).fetchall()
        return []

    def trouble(self, name: str, *, begins: bool) -> None:
        """A fault of the disk begins or ends."""
        if begins:
            self.troubled.add(name)
        else:
            self.troubled.discard(name)
            self.trouble_ended = time.monotonic()

    def quiet_for(self) -> float:
        """Seconds since the disk had its last fault; 0 while it has one."""
        return 0.0 if self.troubled else time.monotonic() - self.trouble_ended

    def drafts(self) -> str:
        """What the drafts of all consoles hold, as far as they are whole."""
        whole = []
        for path in [each for kind in ("json", "new") for each in self.state.glob(f"opsconsole/drafts/*.{kind}")]:
            with suppress(ValueError):
                whole.append(json.dumps(json.loads(path.read_bytes())))
        return "".join(whole)


class TurnedClock(MovedClock):
    """A clock that somebody can set, too: then the time since boot stays as it was."""

    def turn(self, seconds: float) -> None:
        """Set the time of day, ahead or back."""
        self._begun += round(seconds * 1e9)
        self._ahead += round(seconds * 1e9)
        self._write()


def may_mount(folder: Path) -> bool:
    """Whether a small disk can be mounted here."""
    if os.geteuid() != 0:
        return False
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False)
    if made.returncode == 0:
        subprocess.run(["umount", "-l", folder], check=True)
    folder.rmdir()
    return made.returncode == 0
