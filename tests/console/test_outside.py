"""Programs that take over the terminal: an editor, a pager; and that the console has it back afterwards."""

from __future__ import annotations

import signal
import stat
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App, SuspendNotSupported

from opsconsole.console import outside
from opsconsole.core.errors import OpsError
from opsconsole.core.text import harmless
from tests.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


class Lent(App[None]):
    """Its terminal can be lent; says how often it was and came back."""

    lent = back = 0

    @contextmanager
    def suspend(self) -> Iterator[None]:
        self.lent += 1
        yield
        self.back += 1


class Headless(App[None]):
    def suspend(self) -> Any:
        raise SuspendNotSupported


def program(folder: Path, code: str) -> str:
    """A program that runs Python over the file it is given."""
    path = folder / "program"
    path.write_text(f"#!{sys.executable}\nimport sys, pathlib, os, signal\np = pathlib.Path(sys.argv[-1])\n{code}\n")
    path.chmod(stat.S_IRWXU)
    return str(path)


async def test_an_editor_changes_a_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", program(tmp_path, "p.write_bytes(p.read_bytes().upper() + b' \\xff\\n')"))
    app = Lent()
    assert await outside.edit(app, "some\ntext") == "SOME\nTEXT \\xff"
    assert (app.lent, app.back) == (1, 1)


async def test_a_lone_surrogate_survives_the_editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", program(tmp_path, ""))
    assert harmless(await outside.edit(Lent(), "a\udc80b")) == "a\\udc80b"


@pytest.mark.parametrize(("code", "said"), [
    ("sys.exit(3)", "ended with status 3; the text is as it was."), ("p.unlink()", "cannot be read"),
    ("p.write_bytes(b'x' * (9 << 20))", "longer than 8 MiB"),
])
async def test_what_an_editor_can_do_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str,
                                           said: str) -> None:
    monkeypatch.setenv("VISUAL", program(tmp_path, code))
    app = Lent()
    with pytest.raises(OpsError, match=said):
        await outside.edit(app, "text")
    assert (app.lent, app.back) == (1, 1)


async def test_a_program_that_is_not_there_gives_the_terminal_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "/nonexistent/editor --flag")
    app = Lent()
    with pytest.raises(OpsError, match=r"/nonexistent/editor cannot be started: No such file"):
        await outside.edit(app, "text")
    assert (app.lent, app.back) == (1, 1)


async def test_a_terminal_that_cannot_be_lent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", "cat")
    with pytest.raises(OpsError, match="This terminal cannot be lent to cat"):
        await outside.show(Headless(), "text")


async def test_a_pager_gets_the_text_and_no_helpers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    monkeypatch.setenv("LESSOPEN", "|lesspipe %s")
    code = f"pathlib.Path({str(out)!r}).write_text(p.read_text() + repr(os.environ['LESSOPEN']) + sys.argv[1])"
    await outside.show(Lent(), "text\n", [program(tmp_path, code), "--flag"])
    assert out.read_text() == "text\n''--flag"


async def test_signals_of_the_terminal_are_the_programs_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    monkeypatch.setenv("EDITOR", program(tmp_path, "os.kill(os.getppid(), signal.SIGINT)"))
    before = signal.signal(signal.SIGINT, lambda number, _: seen.append(number))
    try:
        assert await outside.edit(Lent(), "text") == "text"
        assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == []


@pytest.mark.parametrize(("env", "found"), [
    ({"VISUAL": "vim -f", "EDITOR": "nano"}, ["vim", "-f"]), ({"EDITOR": "nano"}, ["nano"]),
    ({"VISUAL": "bad 'quote", "EDITOR": "ed"}, ["ed"]), ({"VISUAL": "  ", "EDITOR": "ed"}, ["ed"]),
])
def test_the_persons_editor(env: dict[str, str], found: list[str]) -> None:
    assert outside.editor(env) == found


def test_with_none_chosen_one_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OpsError, match="There is no editor"):
        outside.editor({})
    with pytest.raises(OpsError, match="There is no pager"):
        outside.pager({})
    for name in ("vi", "more"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(stat.S_IRWXU)
    assert outside.editor({}) == [str(tmp_path / "vi")]
    assert outside.pager({}) == [str(tmp_path / "more")]
    assert outside.pager({"PAGER": "less -S"}) == ["less", "-S"]
    assert outside.pager({"PAGER": "less"}, ("most",)) == ["most"]


@pytest.mark.e2e
def test_in_a_real_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The text comes back changed, and the console draws and reads again."""
    monkeypatch.setenv("EDITOR", program(tmp_path, "p.write_text(p.read_text() + ' and edited')"))
    command = [sys.executable, "-m", "tests.console.form_app", str(tmp_path / "drafts")]
    with Terminal(command, columns=80, rows=24, cwd=ROOT) as terminal:
        terminal.wait_for("Title")
        terminal.settle()
        terminal.send("<tab>")
        terminal.wait_for("▶ Body")
        terminal.send("typed")
        terminal.wait_for("typed")
        terminal.send("<ctrl+e>")
        terminal.wait_for("typed and edited")
        terminal.send(" more")
        terminal.wait_for("typed and edited more")
