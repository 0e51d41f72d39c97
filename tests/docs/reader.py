"""Somebody who types what a page says, on a machine of their own: a fresh home, a shell, a web server on loopback."""

from __future__ import annotations

import os
import re
import select
import shlex
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import yaml

from opsconsole.core.identity import current_actor
from opsconsole.core.settings import RoleSettings
from tests.docs.pages import ROOT
from tests.e2e.moved_clock import MovedClock
from tests.e2e.program import READY
from tests.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from tests.docs.pages import Block

TIMEOUT = 90.0
"""Seconds after which a command counts as hanging."""
PLACES = {"/etc/opsconsole": "etc", "/mnt/elsewhere": "elsewhere", "/var/lib/prometheus/node-exporter": "collector",
          "/srv/copies": "copies"}
"""Folders that pages name and a machine need not have, and which of the reader's own stand for them."""
BEGIN = "2027-01-04 08:05"
"""When everybody reads: a Monday on which the morning check is due."""
_SITE = re.compile(r"(https?|json)://(?:[\w-]+\.)*example\.com")
_HOST = re.compile(r"(?<![\w@.-])(?:[\w-]+\.)+example\.com(?![\w:-])")


class Said(NamedTuple):
    """What became of a command."""

    status: int
    output: str
    """Standard output and standard error, as they came."""


class Reader:
    """A shell that keeps its folder and its variables from one command to the next.

    Args:
        folder: not there yet; home, working folder and everything else of this person lies in it.
        port: of a web server on loopback that stands for every site of the pages.
        program: what they call opsconsole; None: as it is installed.
    """

    def __init__(self, folder: Path, port: int, program: Path | None = None) -> None:
        self.home = folder / "home"
        self.work = self.home / "work"
        self.site = f"127.0.0.1:{port}"
        self.name = current_actor(RoleSettings(), with_origin=False).name
        self._log = folder / "typed"
        self._number = 0
        for made in (self.work, self._log, *(self.home / place for place in PLACES.values())):
            made.mkdir(parents=True)
        self.clock = MovedClock(folder / "clock", BEGIN)
        (folder / "bin").mkdir()
        real, called = folder / "bin" / "real-opsconsole", folder / "bin" / "opsconsole"
        real.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m opsconsole "$@"\n')
        real.chmod(0o755)
        called.symlink_to(program or real)
        self.env = {**os.environ, **self.clock.env(ROOT), "HOME": str(self.home), "COLUMNS": "100",
                    "PATH": f"{called.parent}:{os.environ['PATH']}", "XDG_CONFIG_HOME": str(self.home / ".config"),
                    "XDG_DATA_HOME": str(self.home / ".local/share"), "XDG_CACHE_HOME": str(self.home / ".cache"),
                    "XDG_STATE_HOME": str(self.home / ".local/state"), "XDG_RUNTIME_DIR": str(self.home / ".run")}

    def __enter__(self) -> Self:
        self._ends, theirs = os.pipe()
        os.set_inheritable(theirs, True)
        self._shell = subprocess.Popen(
            ["bash", "--norc", "--noprofile", "-o", "pipefail"], cwd=self.work, env=self.env, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=(theirs,),
            start_new_session=True)
        os.close(theirs)
        self._report = theirs
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        assert self._shell.stdin is not None
        self._shell.stdin.close()
        self._shell.wait(TIMEOUT)
        os.close(self._ends)

    @property
    def config(self) -> Path:
        """Their own configuration."""
        return self.home / ".config/opsconsole/opsconsole.yaml"

    def types(self, command: str) -> Said:
        """Type something and wait for its end."""
        self._number += 1
        typed, output = self._log / f"{self._number}.sh", self._log / f"{self._number}.out"
        typed.write_text(self.placed(command) + "\n", encoding="utf-8")
        assert self._shell.stdin is not None
        self._shell.stdin.write(f"source '{typed}' </dev/null >'{output}' 2>&1; echo $? >&{self._report}\n")
        self._shell.stdin.flush()
        return Said(int(self._ended(command)), output.read_text(encoding="utf-8", errors="replace"))

    def _ended(self, command: str) -> str:
        """What the shell says when the command is over."""
        until, said = time.monotonic() + TIMEOUT, b""
        while not said.endswith(b"\n"):
            ready, _, _ = select.select([self._ends], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                os.killpg(self._shell.pid, 9)
                raise AssertionError(f"`{command}` did not end")
            if not (read := os.read(self._ends, 64)):
                raise AssertionError(f"`{command}` ended the shell")
            said += read
        return said.decode()

    def console(self, *arguments: str) -> None:
        """Open the console, look at it and leave."""
        with Terminal(["real-opsconsole", *arguments], env={**self.env, "COLUMNS": None}, cwd=self.work, columns=80,
                      rows=24) as terminal:
            terminal.wait_for(f"{READY}|Since your last visit", TIMEOUT)
            terminal.send("<esc>q")
            assert terminal.wait_exit(TIMEOUT) == 0
            terminal.assert_clean()

    def agent(self, *options: str) -> None:
        """Run the agent in the foreground until it works, and end it as service managers do."""
        with subprocess.Popen(["real-opsconsole", "agent", *options], env=self.env, cwd=self.work, text=True,
                              stderr=subprocess.PIPE) as process:
            assert process.stderr is not None
            first = process.stderr.readline()
            process.terminate()
            rest = process.stderr.read()
        assert process.returncode == 0, first + rest
        assert "Traceback" not in first + rest

    def writes(self, files: Mapping[str, str]) -> None:
        """Have files, in the working folder unless their names say `~/`."""
        for name, text in files.items():
            path = self.home / name[2:] if name.startswith("~/") else self.work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.placed(text), encoding="utf-8")
            path.chmod(0o600)

    def configures(self, example: Block) -> None:
        """Put an example of a page into the configuration, beside what is there from its other examples."""
        before = read_yaml(self.config.read_text(encoding="utf-8")) if self.config.exists() else {}
        merge(before, read_yaml(self.placed(example.text)))
        self.writes({"~/.config/opsconsole/opsconsole.yaml": yaml.safe_dump(before, sort_keys=False)})

    def placed(self, text: str) -> str:
        """A text of a page as it is here: sites are on loopback, folders in this home, and ana is the reader."""
        text = _SITE.sub(lambda found: f"{found[1].removesuffix('s')}://{self.site}", text)
        text = re.sub(r"\bana\b(?!@)", self.name, _HOST.sub("127.0.0.1", text))
        for theirs, ours in PLACES.items():
            text = text.replace(theirs, str(self.home / ours))
        return text

    def printed(self, text: str) -> str:
        """What was printed as the pages have it: their names of person, host, folders and site."""
        text = text.replace(f"http://{self.site}", "https://shop.example.com")
        for theirs, ours in PLACES.items():
            text = text.replace(str(self.home / ours), theirs)
        text = text.replace(str(self.work) + "/", "").replace(str(self.home), "~")
        text = re.sub(rf"\b{re.escape(self.name)}\b", "ana", text)
        return re.sub(rf"\b{re.escape(socket.gethostname())}\b", "web-01", text)


_Plain: type[yaml.SafeLoader] = type("_Plain", (yaml.SafeLoader,), {"yaml_implicit_resolvers": {}})
"""Reads a configuration as opsconsole does: `17:00` and `yes` are texts."""
for _tag, _form, _first in (("null", r"null|~|", ["n", "~", ""]), ("bool", "true|false", list("tf")),
                            ("int", r"-?(?:0|[1-9]\d*)", list("-0123456789")),
                            ("float", r"-?\d+\.\d+", list("-0123456789"))):
    _Plain.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_form})$"), _first)


def read_yaml(text: str) -> dict[str, Any]:
    """A configuration as tables, lists and values."""
    found: dict[str, Any] = yaml.load(text, _Plain)
    return found


def merge(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Add some keys to others, deeply; what is no table takes the place of what is there."""
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = value


_ANY_LINES = "…"
_MEASURED = (
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "0000-00-00"), (re.compile(r"\b\d\d?:\d\d(:\d\d)?\b"), "00:00"),
    (re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d\d? [A-Z][a-z]{2}\b"), "Mon 1 Jan"),
    (re.compile(r"\b[0-9a-f]{12,64}\b"), "0" * 12),
    (re.compile(r"\b\d[\d,]*(\.\d+)? ?(ms|s|min|[KMG]i?B|B)(?!\w)"), r"0 \2"),
    (re.compile(r"\b(0 s ago|now)\b"), "0 s"))
"""What differs each time, and what stands for it."""


def unlike(shown: tuple[str, ...], printed: str) -> str:
    """What of the lines that a page shows is not as it was printed; empty: all are.

    `…` within a line stands for anything, alone in a line for any lines. Times, measured figures and hashes differ each
    time; how wide a column is depends on what stands in it.
    """
    wanted = [_plain(line) for line in shown if line.strip()]
    got = [_plain(line) for line in printed.splitlines() if line.strip()]
    pattern = "".join(r"(?:.*\n)*" if line == _ANY_LINES else ".*".join(map(re.escape, line.split("…"))) + r"\n"
                      for line in wanted)
    if re.fullmatch(pattern, "".join(f"{line}\n" for line in got)):
        return ""
    return "\n".join(["the page shows", *shown, "and it prints", printed])


def _plain(line: str) -> str:
    for what, stand_in in _MEASURED:
        line = what.sub(stand_in, line)
    return " ".join(line.split())
