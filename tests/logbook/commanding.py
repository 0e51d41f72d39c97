"""What the tests of the commands share: a home, and something in the pipe."""

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


class Desk:
    """Runs `opsconsole log …` in this process."""

    def __init__(self, program: Program, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._program, self.home, self._monkeypatch = program, home, monkeypatch
        self.records = home / ".local/share/opsconsole/opsconsole.db"
        self.pipe(b"")

    def configure(self, text: str) -> None:
        folder = self.home / ".config/opsconsole"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "opsconsole.yaml").write_text(text)

    def pipe(self, raw: bytes | str) -> None:
        """What the next command finds in its standard input."""
        self._monkeypatch.setattr(sys, "stdin", Stdin(raw.encode() if isinstance(raw, str) else raw))

    def __call__(self, *arguments: str | Path) -> tuple[int, str, str]:
        found = self._program("log", *arguments)
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
        assert error.startswith("opsconsole: ")
        assert error.count("\n") == 1
        return error

    def entry(self, number: int = 1) -> Any:
        """An entry as it stands."""
        return self.json("show", str(number))["entry"]
