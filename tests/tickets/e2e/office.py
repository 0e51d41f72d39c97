"""An office: a configuration, consoles on terminals, the command line, and a look into the records."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.e2e.program import ROOT, command, console, records

if TYPE_CHECKING:
    from tests.terminal import Terminal

HOUR = 3_600_000
DAY = 24 * HOUR
CONFIGURATION = """
tickets:
  policies:
    usual:
      promises:
        urgent: {response: 15m, resolution: 2h}
        medium: {response: 4h, resolution: 2d}
        low: {response: 8h, resolution: next release}
  mail: {address: support@example.com, smtp: {host: 127.0.0.1, port: 9}, confirm: false, hold: 5m}
"""
"""Nobody listens at this port: no mail leaves."""


class Office:
    """Everything of it lives in the home folder of this test."""

    def __init__(self) -> None:
        folder = Path(os.environ["XDG_CONFIG_HOME"]) / "opsconsole"
        folder.mkdir(parents=True)
        (folder / "opsconsole.yaml").write_text(CONFIGURATION)

    def console(self, *, columns: int = 110, rows: int = 40) -> Terminal:
        """The console on a terminal, not yet started."""
        return console(columns=columns, rows=rows)

    def run(self, *arguments: str, stdin: str = "") -> str:
        """The output of `opsconsole ticket …`, which must go well."""
        done = subprocess.run(command("ticket", *arguments), input=stdin, capture_output=True, text=True, timeout=60,
                              check=False, env={**os.environ, "PYTHONPATH": str(ROOT)})
        assert done.returncode == 0, done.stderr
        return done.stdout

    def show(self, number: int) -> dict[str, Any]:
        """A ticket with all that belongs to it."""
        found: dict[str, Any] = json.loads(self.run("show", str(number), "--json"))
        return found

    def ticket(self, number: int) -> dict[str, Any]:
        """A ticket as it is."""
        found: dict[str, Any] = self.show(number)["ticket"]
        return found

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What the records hold."""
        with closing(sqlite3.connect(f"file:{records()}?mode=ro", uri=True)) as raw:
            return raw.execute(sql).fetchall()


def queue(terminal: Terminal) -> None:
    """Goes to the queue."""
    terminal.wait_for(r"CPU\b.*\d+ ?%", 60)
    terminal.send("2")
    terminal.wait_for(r"^ Open \d+ ", 60)


def open_ticket(terminal: Terminal, number: int) -> None:
    """Opens the ticket under the cursor from the queue, which is this one."""
    terminal.wait_for(rf"^\D* {number}  P\d ")
    terminal.send("<enter>")
    terminal.wait_for(rf"^ #{number} .*·")
    terminal.wait_gone("^ Open ")


def new(terminal: Terminal, kind: str, title: str) -> None:
    """Writes a new ticket from the queue."""
    terminal.send("n")
    terminal.wait_for("What kind of ticket")
    terminal.send(f"{kind}<enter>")
    terminal.wait_for(f"NEW {kind}")
    terminal.wait_for("▶ Title")
    terminal.send(title)
    terminal.wait_for(title)
    terminal.send("<ctrl+s>")
    terminal.wait_for(r"#\d+ is open")
    terminal.wait_gone(f"NEW {kind}")


def move(terminal: Terminal, state: str, *, fields: str = "") -> None:
    """Moves the ticket that is open to another state; `fields` is typed into what is asked for then."""
    terminal.send("m")
    terminal.wait_for("where to")
    terminal.send(state)
    terminal.wait_for(rf"▶ {state}")
    terminal.send("<enter>")
    if fields:
        terminal.wait_for(r"Move #\d+ to ")
        terminal.wait_for(r"▶ [A-Z]")
        terminal.send(fields)
        terminal.settle(0.3)
        terminal.send("<ctrl+s>")
    terminal.wait_for(rf"^ #\d+ .*· {state}$")
    terminal.wait_gone("where to|^ +Move #")
