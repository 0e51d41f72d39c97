"""What the tests of the commands share: a home with a configuration and templates, and something in the pipe."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from tests.tickets.commanding import Stdin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    Program = Callable[..., tuple[int, str, str]]

CONFIGURATION = "checklists: {use: []}\n"
ROUND = """\
title: Night round
category: other
sections:
  - title: Look
    items:
      - {kind: tick, id: lights, title: Lights are out, help: Look twice.}
      - {kind: number, id: disk, title: Disk in use, unit: "%", max: 90}
      - {kind: choice, id: mood, title: How it looks, options: [good, fair, poor], fails: [poor], required: false}
  - title: Write
    items:
      - {kind: text, id: words, title: Anything else, required: false}
      - {kind: table, id: top, title: Largest, columns: [what, size], required: false}
      - {kind: evidence, id: proof, title: A file, required: false}
      - {kind: auto, id: echo, title: Echo works, command: [echo, "7 jobs"], pattern: "([0-9]+) jobs", required: false}
"""
MORNING = """\
title: Morning check
category: daily
when: {every: day, at: "08:00"}
sections:
  - title: All
    items:
      - {kind: tick, id: up, title: It is up}
"""


class Desk:
    """Runs `opsconsole checklist …` in this process."""

    def __init__(self, program: Program, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._program, self.home, self._monkeypatch = program, home, monkeypatch
        self.folder = home / ".config/opsconsole/checklists"
        self.pipe("")
        self.configure()
        self.template("round", ROUND)

    def configure(self, text: str = CONFIGURATION) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder.parent / "opsconsole.yaml").write_text(text)

    def template(self, slug: str, text: str) -> None:
        (self.folder / f"{slug}.yaml").write_text(text)

    def pipe(self, text: str) -> None:
        """What the next command finds in its standard input."""
        self._monkeypatch.setattr(sys, "stdin", Stdin(text.encode()))

    def other(self, *arguments: str | Path) -> tuple[int, str, str]:
        """Any command of the program."""
        return self._program(*arguments)

    def __call__(self, *arguments: str | Path) -> tuple[int, str, str]:
        found = self._program("checklist", *arguments)
        self.pipe("")
        return found

    def says(self, *arguments: str | Path, status: int = 0) -> str:
        """The output of a command that goes well."""
        code, output, error = self(*arguments)
        assert (code, error) == (status, ""), error
        return output

    def json(self, *arguments: str | Path) -> Any:
        return json.loads(self.says(*arguments, "--json"))

    def fails(self, *arguments: str | Path, status: int = 2) -> str:
        """The sentence of one that does not."""
        code, _, error = self(*arguments)
        assert code == status, error
        assert error.startswith("opsconsole: ")
        assert error.count("\n") == 1
        return error

    def start(self, slug: str = "round") -> str:
        """A new run; its number."""
        return str(self.json("start", slug)["id"])
