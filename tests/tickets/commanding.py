"""What the tests of the commands share: a home with a configuration, and something in the pipe."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    Program = Callable[..., tuple[int, str, str]]

CONFIGURATION = """
tickets:
  teams:
    ops: {members: [ana, ben]}
  policies:
    usual:
      promises:
        urgent: {response: 15m, resolution: 2h}
        medium: {response: 4h, resolution: 2d}
  views:
    printers: {filter: "is:open printer"}
  canned:
    asked: {text: "Dear {requester}, which version is it?"}
  mail: {address: support@example.com}
"""


class Stdin(io.TextIOWrapper):
    """Standard input that is a pipe, or says that it is a terminal."""

    def __init__(self, raw: bytes, *, terminal: bool = False) -> None:
        super().__init__(io.BytesIO(raw), encoding="utf-8", errors="surrogateescape")
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


class Desk:
    """Runs `opsconsole ticket …` in this process."""

    def __init__(self, program: Program, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._program, self.home, self._monkeypatch = program, home, monkeypatch
        self.pipe(b"")

    def configure(self, text: str = CONFIGURATION) -> None:
        folder = self.home / ".config/opsconsole"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "opsconsole.yaml").write_text(text)

    def pipe(self, raw: bytes | str, *, terminal: bool = False) -> None:
        """What the next command finds in its standard input."""
        data = raw.encode() if isinstance(raw, str) else raw
        self._monkeypatch.setattr(sys, "stdin", Stdin(data, terminal=terminal))

    def editor(self, text: str, code: int = 0) -> None:
        """An editor that writes this above whatever there is."""
        path = self.home / "editor.py"
        path.write_text(f"import sys\nfile = sys.argv[1]\nold = open(file, encoding='utf-8').read()\n"
                        f"open(file, 'w', encoding='utf-8').write({text!r} + old)\nsys.exit({code})\n")
        self._monkeypatch.setenv("EDITOR", f"{sys.executable} {path}")
        self.pipe(b"", terminal=True)

    def __call__(self, *arguments: str | Path) -> tuple[int, str, str]:
        found = self._program("ticket", *arguments)
        self.pipe(b"")
        return found

    def says(self, *arguments: str | Path) -> str:
        """The output of a command that goes well."""
        status, output, error = self(*arguments)
        assert (status, error) == (0, ""), error
        return output

    def json(self, *arguments: str | Path) -> Any:
        return json.loads(self.says(*arguments, "--json"))

    def fails(self, *arguments: str | Path, status: int = 2) -> str:
        """The sentence of one that does not."""
        code, _, error = self(*arguments)
        assert code == status, error
        return error

    def new(self, title: str = "printer on fire", *arguments: str) -> int:
        """A new ticket; its number."""
        number: int = self.json("new", title, *arguments)["tickets"][0]["number"]
        return number
