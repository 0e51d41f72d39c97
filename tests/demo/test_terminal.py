"""A demo in a real terminal: it says that it is one, and leaves no trace, whatever ends it."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsconsole.demo import place
from tests.e2e.program import command, console

if TYPE_CHECKING:
    from tests.terminal import Terminal

pytestmark = pytest.mark.e2e
BRIEFED = "Since your last visit"
"""It comes by itself, over the first screen."""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's demos are made."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def demo(columns: int, rows: int) -> Terminal:
    """One that is soon made."""
    return console("demo", "--tickets", "10", columns=columns, rows=rows)


def test_it_is_gone_when_it_is_left(temporary: Path, home: Path) -> None:
    with demo(120, 40) as terminal:
        terminal.wait_for(BRIEFED, 60)
        assert "demo web-1" in terminal.text
        (folder,) = temporary.iterdir()
        assert {one.name for one in folder.iterdir()} >= {"opsconsole.yaml", "data"}
        # No agent, and nobody else either.
        assert [one.pid for one in terminal.processes()] == [terminal.pid]
        terminal.send("<esc>")
        terminal.wait_for(r"Cache +refused", 60)
        terminal.send("q")
        assert terminal.wait_exit(60) == 0
        terminal.assert_clean()
    assert list(temporary.iterdir()) == []
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_it_is_gone_after_a_signal(temporary: Path, number: signal.Signals) -> None:
    with demo(80, 24) as terminal:
        terminal.wait_for(BRIEFED, 60)
        terminal.signal(number)
        assert terminal.wait_exit(60) == 128 + number
    assert list(temporary.iterdir()) == []


def test_what_a_killed_one_left_behind_is_removed_by_the_next(temporary: Path) -> None:
    with demo(80, 24) as terminal:
        terminal.wait_for("demo web-1", 60)
        (left,) = temporary.iterdir()
        terminal.signal(signal.SIGKILL)
        assert terminal.wait_exit(60) == 128 + signal.SIGKILL
    assert left.exists()
    foreign = temporary / f"{place.PREFIX}link"
    foreign.symlink_to(left)
    with place.temporary() as other:
        assert not left.exists()
        assert other.root.exists()
        place.remove_leftovers()
        assert other.root.exists()
    assert [one.name for one in temporary.iterdir()] == [foreign.name]


def test_a_signal_while_it_is_made_leaves_nothing(temporary: Path) -> None:
    def ends_while_it_is_made() -> None:
        with place.temporary() as made:
            assert made.root.exists()
            os.kill(os.getpid(), signal.SIGTERM)
            signal.sigtimedwait([], 60)

    with pytest.raises(place.Ended) as ended:
        ends_while_it_is_made()
    assert ended.value.status == 128 + signal.SIGTERM
    assert list(temporary.iterdir()) == []


def test_without_a_terminal_it_is_only_made_and_stays(tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command(*arguments), capture_output=True, text=True, check=False, timeout=120,
                              stdin=subprocess.DEVNULL, cwd=Path(__file__).parents[2])

    nowhere = run("demo")
    assert (nowhere.returncode, nowhere.stdout) == (2, "")
    assert "`opsconsole demo --keep FOLDER` only makes the demo" in nowhere.stderr
    folder = tmp_path / "kept"
    done = run("demo", "--keep", str(folder), "--preset", "shop", "--tickets", "5", "--at", "2026-11-20 14:31")
    assert (done.returncode, done.stderr) == (0, "")
    assert str(folder / "opsconsole.yaml") in done.stdout
    # Any other command can be tried on it.
    assert run("--config", str(folder / "opsconsole.yaml"), "log", "verify").returncode == 0
    again = run("demo", "--keep", str(folder))
    assert again.returncode == 2
    assert "is not empty" in again.stderr
    unknown = run("demo", "--keep", str(tmp_path / "other"), "--preset", "shops")
    assert unknown.returncode == 2
    assert "There is no preset `shops`" in unknown.stderr
