"""The programs that are measured beside each other, and where they come from.

Peers are installed into throw-away environments under .bench/ the first time; one that cannot be had is named with
the reason and left out, never made up.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
BENCH = ROOT / ".bench"

ONE_WIDGET = """
from textual.app import App
from textual.widgets import Static

class OneWidget(App):
    def compose(self):
        yield Static("Hello", id="text")
    def on_key(self, event):
        if event.key == "question_mark":
            self.query_one("#text", Static).update("Answer")
        elif event.key == "q":
            self.exit()

OneWidget().run()
"""


class Program(NamedTuple):
    """A full-screen program and how to tell what it does."""

    name: str
    command: tuple[str, ...]
    ready: str
    """What is on the screen when it shows real values."""
    key: str
    """A key that changes the screen."""
    shows: str
    """What is on the screen after it."""
    version: str = ""


class Missing(NamedTuple):
    """A peer that cannot be measured here."""

    name: str
    reason: str


class Peer(NamedTuple):
    """A program from the package registry."""

    package: str
    arguments: tuple[str, ...]
    executable: str
    ready: str
    key: str
    shows: str


def own_command(*arguments: str) -> tuple[str, ...]:
    """The command line of this program, as its users start it."""
    return (str(Path(sys.executable).with_name("opsconsole")), *arguments)


def peers(sample: Path) -> list[Peer]:
    """What is compared; `sample` is a text file for programs that show one."""
    # glances and harlequin would ask hosts outside for newer versions and data; nothing here talks to the network.
    return [
        Peer("glances", ("--disable-check-update", "--disable-plugin", "ports,cloud,ip"), "glances",
             r"CPU.*\d+\.\d ?%", "h", r"SORT PROCESSES"),
        Peer("harlequin", ("--no-download-tzdata",), "harlequin", r"memory db", "x", r"1 +x"),
        Peer("toolong", (str(sample),), "tl", r"line 9\d\d\d", "<f1>", r"ESCAPE to dismiss"),
    ]


def programs(sample: Path, *, install: bool) -> list[Program | Missing]:
    """Every program of the table, in its order; the first one is opsconsole, the second what it is measured by."""
    found: list[Program | Missing] = [
        Program("opsconsole", own_command(), r"CPU\b.*\d+ ?%", "?", r"(?i)\bkeys\b"),
        Program("one Textual widget", (sys.executable, "-c", ONE_WIDGET), "Hello", "?", "Answer"),
    ]
    found += [_peer(peer, install=install) for peer in peers(sample)]
    if (btop := shutil.which("btop")) is not None:
        version = _version(btop, "--version")
        found.append(Program("btop", (btop, "--utf-force"), r"\d+%", "h", r"(?i)description", version))
    else:
        found.append(Missing("btop", "not installed; apt-get install btop"))
    return found


def _peer(peer: Peer, *, install: bool) -> Program | Missing:
    folder = BENCH / peer.package
    executable = folder / "bin" / peer.executable
    if not executable.exists():
        if not install:
            return Missing(peer.package, f"not in {BENCH.name}/ and nothing was to be installed")
        print(f"installing {peer.package} into {BENCH.name}/{peer.package} …", file=sys.stderr)
        for command in ([sys.executable, "-m", "venv", "--clear", str(folder)],
                        [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", peer.package]):
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
            if done.returncode != 0:
                last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
                shutil.rmtree(folder, ignore_errors=True)
                return Missing(peer.package, f"could not be installed: {last}")
    version = _version(str(folder / "bin/python"), "-c",
                       f"import importlib.metadata as m; print(m.version({peer.package!r}))")
    return Program(peer.package, (str(executable), *peer.arguments), peer.ready, peer.key, peer.shows, version)


def _version(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    lines = done.stdout.strip().splitlines()
    return lines[0].split()[-1] if lines and lines[0].split() else ""
