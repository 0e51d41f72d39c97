"""How the console ends, on a real terminal: keys, signals, a dropped line, mistakes, things that hang."""

from __future__ import annotations

import re
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
COLOUR = re.compile(rb"\x1b\[(?:[0-9:;]*[;])?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:[;:][0-9:;]*)?m")


def program(*arguments: str, env: Mapping[str, str | None] | None = None, columns: int = 80) -> Terminal:
    return Terminal([sys.executable, "-m", "tests.console.shell_program", *arguments], columns=columns, rows=24,
                    cwd=ROOT, env={"PYTHONPATH": str(ROOT), **(env or {})})


@pytest.fixture
def console() -> Iterator[Terminal]:
    with program() as terminal:
        terminal.wait_for("line 3")
        yield terminal


def log_of(home: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in home.rglob("opsconsole.log"))


@pytest.mark.parametrize("keys", ["q", "<ctrl+c>", "?q", ":<ctrl+c>"], ids=["q", "ctrl+c", "help", "palette"])
def test_a_key_leaves_with_status_0_and_a_clean_terminal(console: Terminal, keys: str) -> None:
    for key in re.findall(r"<[^>]+>|.", keys):
        console.settle(0.1)
        console.send(key)
    assert console.wait_exit() == 0
    console.assert_clean()


def test_ctrl_q_does_nothing_because_it_continues_a_stopped_line(console: Terminal) -> None:
    console.send("<ctrl+q>2")
    console.wait_for("ticket 3")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_a_signal_ends_in_order(number: signal.Signals, tmp_path: Path) -> None:
    draft = tmp_path / "draft"
    with program(env={"SHELL_DRAFT": str(draft)}) as terminal:
        terminal.wait_for("line 3")
        terminal.signal(number)
        assert terminal.wait_exit() == 128 + number
        terminal.assert_clean()
    assert draft.read_text() == "kept"


def test_a_dropped_line_ends_the_program_and_saves_drafts(tmp_path: Path) -> None:
    draft = tmp_path / "draft"
    with program(env={"SHELL_DRAFT": str(draft)}) as terminal:
        terminal.wait_for("line 3")
        terminal.send("F")
        terminal.wait_for("flood")
        terminal.hang_up()
        assert terminal.wait_exit() == 128 + signal.SIGHUP
    assert draft.read_text() == "kept"


def test_a_dropped_line_without_a_signal_ends_it_too(tmp_path: Path, home: Path) -> None:
    draft = tmp_path / "draft"
    shield = "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    with Terminal([sys.executable, "-c", shield, sys.executable, "-m", "tests.console.shell_program"], cwd=ROOT,
                  env={"PYTHONPATH": str(ROOT), "SHELL_DRAFT": str(draft)}) as terminal:
        terminal.wait_for("line 3")
        terminal.hang_up()
        assert terminal.wait_exit() == 128 + signal.SIGHUP
    assert draft.read_text() == "kept"
    assert "CRITICAL" not in log_of(home).upper()


def test_a_thread_that_never_ends_does_not_keep_the_program(console: Terminal) -> None:
    console.send("S")
    console.wait_for("stuck")
    console.send("q")
    assert console.wait_exit() == 0
    console.assert_clean()


@pytest.mark.parametrize("where", ["key", "worker", "start"])
def test_a_mistake_ends_with_one_sentence_and_the_trace_in_the_log(where: str, home: Path) -> None:
    with program(env={"SHELL_CRASH": where}, columns=200) as terminal:
        if where != "start":
            terminal.wait_for("line 3")
            terminal.send("X")
        assert terminal.wait_exit() == 70
        terminal.assert_clean()
        said = [line for line in terminal.lines if line]
    log = log_of(home)
    assert len(said) == 1, said
    assert said[0].startswith("opsconsole: A mistake in the program ended the console; its details are in ")
    assert str(home) in said[0]
    assert "Traceback" in log
    assert "RuntimeError" in log


def test_debug_shows_the_trace(home: Path) -> None:
    with program("--debug", env={"SHELL_CRASH": "key"}, columns=200) as terminal:
        terminal.wait_for("line 3")
        terminal.send("X")
        assert terminal.wait_exit() == 70
        assert b"Traceback" in terminal.raw
        assert "[@click=app.quit]bad[/red] key" in terminal.text
        terminal.assert_clean()


def test_a_mistake_in_a_thread_is_logged_and_the_console_goes_on(home: Path) -> None:
    with program(env={"SHELL_CRASH": "thread"}) as terminal:
        terminal.wait_for("line 3")
        terminal.send("X")
        terminal.settle(0.2)
        terminal.send("2")
        terminal.wait_for("ticket 3")
        terminal.send("q")
        assert terminal.wait_exit() == 0
        terminal.assert_clean()
    assert "ValueError" in log_of(home)


def test_ctrl_z_gives_the_terminal_back_and_fg_draws_everything_again(console: Terminal) -> None:
    console.send("<ctrl+z>")
    console.wait_gone("line 3")
    console.wait_until(lambda: psutil.Process(console.pid).status() == psutil.STATUS_STOPPED, "a stopped program")
    assert console.leftovers() == []
    console.signal(signal.SIGCONT)
    console.wait_for("line 3")
    console.wait_for("help")
    console.send("2")
    console.wait_for("ticket 3")
    console.send("q")
    assert console.wait_exit() == 0
    console.assert_clean()


def test_stop_and_continue_without_warning_takes_the_terminal_again(console: Terminal) -> None:
    console.signal(signal.SIGSTOP)
    time.sleep(0.1)
    console.signal(signal.SIGCONT)
    console.settle(0.3)
    console.wait_for("line 3")
    console.send("j?")
    console.wait_for("Keys of Health")
    console.send("q")
    assert console.wait_exit() == 0
    console.assert_clean()


def test_a_stalled_terminal_loses_nothing(console: Terminal) -> None:
    console.send("F")
    console.wait_for("flood")
    console.stall(2.0)
    console.send("2")
    console.wait_for("ticket 20")
    assert "flood" not in console.text
    console.send("q")
    assert console.wait_exit() == 0
    console.assert_clean()


def test_a_stalled_terminal_does_not_keep_a_signal_from_ending_it(tmp_path: Path) -> None:
    draft = tmp_path / "draft"
    with program(env={"SHELL_DRAFT": str(draft)}) as terminal:
        terminal.wait_for("line 3")
        terminal.send("F")
        terminal.stall(1.5)
        terminal.signal(signal.SIGTERM)
        begun = time.monotonic()
        while not draft.exists() and time.monotonic() - begun < 20:
            time.sleep(0.02)
        assert draft.read_text() == "kept"
        assert terminal.wait_exit() == 128 + signal.SIGTERM
        terminal.assert_clean()


def test_broken_input_harms_nothing(console: Terminal) -> None:
    console.write(b"\xff\xfe\x80j\xc3\x1b[99999;99999;99999~\x1b]52;c;AAAA\x07\x1b[<0;999;999M\x1b[200~pasted\x1b[201~")
    console.settle(0.3)
    console.send("2")
    console.wait_for("ticket 3")


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"NO_COLOR": "1", "TERM": "xterm", "COLORTERM": None}])
def test_no_color_sends_no_colour_code(env: dict[str, str | None]) -> None:
    with program(env=env) as terminal:
        terminal.wait_for("line 3")
        for keys, seen in (("a", "No alert"), ("?", "Keys of Health"), ("<esc>", "line 3"), (":", "command, screen"),
                           ("<esc>", "line 3"), ("2", "ticket 3")):
            terminal.send(keys)
            terminal.wait_for(seen)
            terminal.settle(0.1)
        here, there = (terminal.style_at(*terminal.find(tab)) for tab in ("2 Tickets", "1 Health"))
        assert here.reverse != there.reverse
        terminal.send("q")
        assert terminal.wait_exit() == 0
        assert COLOUR.findall(bytes(terminal.raw)) == []


def test_sixteen_colours_choose_the_terminals_own() -> None:
    with program(env={"TERM": "xterm", "COLORTERM": None}) as terminal:
        terminal.wait_for("line 3")
        raw = bytes(terminal.raw)
        assert COLOUR.search(raw)
        assert not re.search(rb"\x1b\[[0-9;]*[34]8;", raw)


def test_ascii_shows_ascii_alone() -> None:
    with program("--ascii") as terminal:
        terminal.wait_for("line 3")
        for keys, seen in (("?", "Keys of Health"), ("<esc>", "line 3"), (":", "command, screen"), ("<esc>", "line 3")):
            terminal.send(keys)
            terminal.wait_for(seen)
            terminal.settle(0.1)
            assert terminal.text.isascii(), terminal.text


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LC_ALL": None, "LANG": "de_DE.ISO-8859-1"},
                                    {"LC_ALL": None, "LANG": None}])
def test_a_locale_without_utf_8_shows_ascii_alone(locale: dict[str, str | None]) -> None:
    with program(env={"LANG": None, **locale}) as terminal:
        terminal.wait_for("line 3")
        assert terminal.text.isascii(), terminal.text
        assert bytes(terminal.raw).isascii()


@pytest.mark.parametrize(("env", "word"), [({"TERM": "dumb"}, "dumb"), ({"TERM": None}, "empty")])
def test_a_terminal_that_can_only_print_is_refused(env: dict[str, str | None], word: str) -> None:
    with program(env=env, columns=200) as terminal:
        assert terminal.wait_exit() == 1
        assert f"TERM is {word}" in terminal.text


def test_an_unknown_theme_is_told_and_the_dark_one_used() -> None:
    with program("--theme=nosuch", columns=120) as terminal:
        terminal.wait_for("There is no theme called nosuch")
        terminal.wait_for("line 3")


def test_too_small_shows_a_notice_and_comes_back(console: Terminal) -> None:
    console.send("jj")
    console.wait_for("> line 2")
    console.resize(59, 19)
    console.wait_for("It has 59 . 19 cells, 60 . 20 are needed")
    console.send("jj2")
    console.settle(0.2)
    console.resize(80, 24)
    console.wait_for("> line 2")
    console.resize(10, 3)
    console.wait_for("needs")
    console.resize(60, 20)
    console.wait_for("> line 2")


def test_idle_draws_nothing(console: Terminal) -> None:
    console.settle(1.0)
    before = len(console.raw)
    console.idle(2.5)
    assert len(console.raw) - before < 400
