"""What is written to terminals that know less, and to those that are too small or change their size."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.e2e.program import READY, colours_in, console, without_sequences

if TYPE_CHECKING:
    from tests.terminal import Terminal

pytestmark = pytest.mark.e2e



def walk(terminal: Terminal) -> None:
    """Look at everything there is, and leave."""
    terminal.wait_for(READY)
    for keys in ("?", "<esc>", ":", "<esc>", "e", "j", "<enter>", "<esc>", "p", "t", "<enter>", "<esc>", "<esc>",
                 "<ctrl+t>", "<esc>"):
        terminal.send(keys)
        terminal.settle(0.2, 2)
    terminal.send("q")
    assert terminal.wait_exit() == 0
    terminal.assert_clean()


@pytest.mark.parametrize(("arguments", "env"), [
    (("--ascii",), {}),
    ((), {"LC_ALL": "C", "LANG": "C"}),
    (("--ascii",), {"NO_COLOR": "1", "TERM": "vt100", "COLORTERM": None}),
])
def test_ascii_only(arguments: tuple[str, ...], env: dict[str, str | None]) -> None:
    with console(*arguments, env=env) as terminal:
        walk(terminal)
        raw = without_sequences(bytes(terminal.raw))
        # Names of processes may have letters of any script where the locale can say them; signs of ours may not.
        foreign = rb"[^\x20-\x7e\r\n\t\x08]" if env.get("LC_ALL") == "C" else rb"\xe2[\x80-\xaf]."
        assert re.findall(foreign, raw) == []
        assert len(raw) > 1000


def test_no_color_means_none() -> None:
    with console(env={"NO_COLOR": "1"}) as terminal:
        walk(terminal)
        assert colours_in(bytes(terminal.raw)) == []


def test_an_empty_no_color_changes_nothing() -> None:
    with console(env={"NO_COLOR": ""}) as terminal:
        terminal.wait_for(READY)
        assert colours_in(bytes(terminal.raw)) != []


@pytest.mark.parametrize(("term", "colorterm", "allowed"), [
    ("xterm-256color", "truecolor", rb"[34]8;2;\d+;\d+;\d+"),
    ("xterm-256color", None, rb"[34]8;5;\d+"),
    ("linux", None, rb"(?:3|4|9|10)[0-7]|[34]9"),
])
def test_colours_are_those_that_the_terminal_has(term: str, colorterm: str | None, allowed: bytes) -> None:
    with console(env={"TERM": term, "COLORTERM": colorterm}) as terminal:
        terminal.wait_for(READY)
        terminal.send("?")
        terminal.wait_for("Keys of Health")
        colours = colours_in(bytes(terminal.raw))
        assert colours != []
        pattern = re.compile(rb"\x1b\[(?:(?:[0-9]|2[1-9]|" + allowed + rb")(?:;|(?=m)))+m")
        assert [sequence for sequence in colours if not pattern.fullmatch(sequence)] == []


@pytest.mark.parametrize(("columns", "rows"), [(59, 24), (80, 19), (30, 5), (12, 3), (3, 1)])
def test_too_small_a_terminal(columns: int, rows: int) -> None:
    with console(columns=columns, rows=rows) as terminal:
        terminal.wait_for("too small" if columns >= 12 else r"\S")
        terminal.resize(60, 20)
        terminal.wait_for(READY)
        terminal.resize(columns, rows)
        terminal.wait_for("too small" if columns >= 12 else r"\S")
        terminal.send("q")
        assert terminal.wait_exit() == 0
        terminal.assert_clean()


def test_the_size_changes_all_the_time() -> None:
    with console() as terminal:
        terminal.wait_for(READY)
        for number in range(40):
            terminal.resize(40 + 11 * number % 150, 10 + 7 * number % 60)
            terminal.pump(0.03)
        terminal.resize(100, 30)
        terminal.wait_until(lambda: re.search(READY, terminal.text, re.MULTILINE) is not None
                            and "help" in terminal.lines[-1] and "1 Health" in terminal.lines[0]
                            and len(terminal.lines[0]) > 95, "the whole screen")
        terminal.send("q")
        assert terminal.wait_exit() == 0
        terminal.assert_clean()


def test_a_dialog_and_what_is_below_it_follow_the_size() -> None:
    with console() as terminal:
        terminal.wait_for(READY)
        for number in range(12):
            terminal.send("?" if number % 2 else "<esc>")
            terminal.resize(*((50, 15), (72, 24), (160, 50), (90, 21))[number % 4])
            terminal.settle(0.1, 1)
        terminal.resize(100, 30)
        terminal.settle()
        for _ in range(3):
            terminal.send("<esc>")
            terminal.settle()
        terminal.wait_until(lambda: re.search(READY, terminal.text, re.MULTILINE) is not None
                            and "help" in terminal.lines[-1] and len(terminal.lines[0]) > 95, "the whole screen")
        terminal.send("q")
        assert terminal.wait_exit() == 0


def test_a_terminal_that_takes_nothing_for_a_while() -> None:
    with console() as terminal:
        terminal.wait_for(READY)
        for number in range(150):  # more than the terminal's buffer can hold
            terminal.resize(118 + number % 3, 40)
            terminal.stall(0.02)
        assert terminal.processes() != []
        terminal.resize(120, 40)
        terminal.settle(0.5, 10)
        terminal.send("?")
        terminal.wait_for("Keys of Health")
        terminal.send("<esc>")
        terminal.wait_gone("Keys of Health")
        terminal.wait_for(READY)
        assert "1 Health" in terminal.lines[0]
        terminal.send("q")
        assert terminal.wait_exit() == 0
        terminal.assert_clean()


def test_the_size_is_the_kernels_whatever_is_exported() -> None:
    with console(env={"COLUMNS": "132", "LINES": "50"}, columns=80, rows=24) as terminal:
        terminal.wait_for(READY)
        terminal.wait_for(r"enter open .* \? help *$")
        assert re.search(r"\d\d:\d\d( \w+)?$", terminal.lines[0])
        terminal.send("q")
        assert terminal.wait_exit() == 0
