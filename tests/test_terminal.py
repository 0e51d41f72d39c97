"""The terminal driver itself, with small programs whose behaviour is known."""

from __future__ import annotations

import signal
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.terminal import NotSeenError, Terminal

if TYPE_CHECKING:
    from pathlib import Path

ECHO_KEYS = """
import os, sys, termios, tty
before = termios.tcgetattr(0)
tty.setraw(0)
os.write(1, b"\\x1b[?1049h\\x1b[2J\\x1b[H\\x1b[?1003h\\x1b[?2004h\\x1b[?25l%sready\\r\\n")
while (data := os.read(0, 100)) != b"q":
    os.write(1, data.hex().encode() + b"\\r\\n")
os.write(1, b"%s\\x1b[?2004l\\x1b[?1003l\\x1b[?1049l\\x1b[?25h")
termios.tcsetattr(0, termios.TCSANOW, before)
"""


def python(program: str, *arguments: str, **options: object) -> Terminal:
    return Terminal([sys.executable, "-c", program, *arguments], columns=60, rows=12, **options)  # type: ignore[arg-type]


def shell(program: str, **options: object) -> Terminal:
    return Terminal(["sh", "-c", program], columns=60, rows=12, **options)  # type: ignore[arg-type]


def test_the_screen_and_the_exit_status_are_those_of_the_program() -> None:
    with shell("echo 'Grüße, 世界'; exit 7") as terminal:
        assert terminal.wait_exit() == 7
        assert terminal.lines[0] == "Grüße, 世界"
        assert terminal.raw == "Grüße, 世界\r\n".encode()
        terminal.assert_clean()


def test_what_cannot_be_started_says_so() -> None:
    with Terminal(["no-such-program"]) as terminal:
        assert terminal.wait_exit() == 127
        assert "not found" in terminal.text


def test_the_program_is_on_a_terminal_of_its_own_and_in_front() -> None:
    program = "import os; print(all(map(os.isatty, (0, 1, 2))), os.tcgetpgrp(0) == os.getpgrp(), os.ttyname(0) != '')"
    with python(program) as terminal:
        assert terminal.wait_exit() == 0
        assert terminal.lines[0] == "True True True"


def test_the_program_inherits_no_descriptor_but_three() -> None:
    with python("import os; print(sorted(int(n) for n in os.listdir('/proc/self/fd'))[:4])") as terminal:
        terminal.wait_exit()
        assert terminal.lines[0] == "[0, 1, 2, 3]"  # the fourth is the folder being listed


def test_environment_and_folder_are_the_ones_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINES", "99")
    with shell("echo $TERM $COLORTERM $ONE ${LINES-none}; pwd", env={"ONE": "1", "COLORTERM": None},
               cwd=tmp_path) as terminal:
        terminal.wait_exit()
        assert terminal.raw.decode().splitlines() == ["xterm-256color 1 none", str(tmp_path)]


def test_keys_reach_it_and_follow_its_keyboard_protocol() -> None:
    with python(ECHO_KEYS % ("", "")) as terminal:
        terminal.wait_for("ready")
        terminal.send("a<enter>")
        terminal.wait_for("^610d$")
        terminal.send("<esc>")
        terminal.wait_for("^1b$")
        terminal.paste("x")
        terminal.wait_for("^1b5b3230307e781b5b3230317e$")
        terminal.click(4, 2)
        terminal.wait_for("^1b5b3c303b353b334d1b5b3c303b353b336d$")
        terminal.send("q")
        assert terminal.wait_exit() == 0
        terminal.assert_clean()
        assert terminal.text.strip() == ""  # the alternate screen is gone with what was on it
    with python(ECHO_KEYS % ("\\x1b[>1u", "\\x1b[<u")) as terminal:
        terminal.wait_for("ready")
        terminal.send("<esc>")
        terminal.wait_for("^1b5b323775$")
        terminal.send("q")
        terminal.wait_exit()
        terminal.assert_clean()


def test_what_a_program_leaves_behind_is_named() -> None:
    with shell(r"stty -echo; printf '\033[?1049h\033[?1006h\033[?25l\033[31mx'; kill -KILL $$") as terminal:
        assert terminal.wait_exit() == 128 + signal.SIGKILL
        left = " ".join(terminal.leftovers())
        for what in ("alternate screen", "mouse", "visible cursor", "local flags", "text attributes"):
            assert what in left
        with pytest.raises(NotSeenError, match="left with"):
            terminal.assert_clean()


def test_a_running_program_is_never_called_clean() -> None:
    with shell("sleep 60") as terminal, pytest.raises(NotSeenError, match="still runs"):
        terminal.assert_clean()


def test_waiting_in_vain_shows_the_screen() -> None:
    with shell("echo something else; sleep 60") as terminal:
        terminal.wait_for("something")
        with pytest.raises(NotSeenError, match=r"(?s)'thing to come' was not seen within 0.1 s.*something else"):
            terminal.wait_for("thing to come", timeout=0.1)
    last_words = r"(?s)ended with 3.*last words"
    with shell("echo last words; exit 3") as terminal, pytest.raises(NotSeenError, match=last_words):
        terminal.wait_for("never")


def test_waiting_for_the_end_of_something() -> None:
    with shell(r"echo there; read x; printf '\033[H\033[2Jgone'; read x") as terminal:
        terminal.wait_for("there")
        terminal.send("<enter>")
        terminal.wait_gone("there")
        assert "gone" in terminal.text


def test_a_half_drawn_screen_is_not_looked_at() -> None:
    program = r"printf '\033[?2026hhalf'; read x; printf ' whole\033[?2026l'; read x"
    with shell(program) as terminal:
        with pytest.raises(NotSeenError):
            terminal.wait_for("half", timeout=0.2)
        terminal.send("<enter>")
        terminal.wait_for("half")
        assert "whole" in terminal.text


ASK = """
import os, select, tty
tty.setraw(0)
os.write(1, b"\\x1b[c")
print(os.read(0, 50).hex() if select.select([0], [], [], 0.3)[0] else "silence")
"""


def test_queries_are_answered_or_not() -> None:
    with python(ASK) as terminal:
        terminal.wait_for("1b5b3f36323b323263")
    with python(ASK, answers=False) as terminal:
        terminal.wait_for("silence")


SAY_SIZE = """
import os, signal, time
def say(*_):
    os.write(1, b"size %d %d\\r\\n" % tuple(os.get_terminal_size()))
signal.signal(signal.SIGWINCH, say)
say()
while True:
    time.sleep(0.05)
"""


REST = "while True: time.sleep(0.05)"
"""Not `signal.pause()`: a signal that comes just before it is answered by the next one only, and there is none."""


def test_a_new_size_reaches_the_program() -> None:
    with python(SAY_SIZE) as terminal:
        terminal.wait_for("^size 60 12$")
        terminal.resize(100, 30)
        terminal.wait_for("^size 100 30$")
        assert len(terminal.lines) == 30


def test_a_stalled_terminal_blocks_the_writer_and_loses_nothing() -> None:
    with shell("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done") as terminal:
        terminal.stall(1.0)
        assert terminal.status is None
        assert terminal.wait_exit() == 0
        assert terminal.raw.endswith(b"line 19999\r\n")
        assert terminal.raw.count(b"\n") == 20000


def test_signals_reach_only_the_program() -> None:
    with python("import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(5))\n"
                f"print('up', flush=True)\n{REST}") as terminal:
        terminal.wait_for("up")
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit() == 5
    with shell("echo up; exec sleep 60") as terminal:
        terminal.wait_for("up")
        terminal.send("<ctrl+c>")
        assert terminal.wait_exit() == 128 + signal.SIGINT


# At once: when the shell has died of it, the kernel sends it a second time, to a Python that may be ending already.
@pytest.mark.parametrize(("handler", "status"), [("", 128 + signal.SIGHUP), ("os._exit(9)", 9)])
def test_a_hang_up_reaches_the_program_and_its_end_is_known(handler: str, status: int) -> None:
    trap = f"signal.signal(signal.SIGHUP, lambda *_: {handler})" if handler else ""
    with python(f"import os, signal, time\n{trap}\nprint('up', flush=True)\n{REST}") as terminal:
        terminal.wait_for("up")
        terminal.hang_up()
        assert terminal.wait_exit() == status


def test_nothing_outlives_the_driver() -> None:
    with shell("trap '' HUP TERM INT; sleep 61 & echo up; sleep 62") as terminal:
        terminal.wait_for("up")
        tree = terminal.processes()
        assert len(tree) >= 2
    _gone, alive = psutil.wait_procs(tree, timeout=10)
    assert alive == []
    assert terminal.processes() == []
    terminal.stop()


def test_styles_are_told_per_cell() -> None:
    with shell(r"printf 'a \033[1;31;44mred\033[0m \033[7;38;2;1;2;255mrev\033[0m 世 x'; read x") as terminal:
        terminal.wait_for("x$")
        red = terminal.style_at(*terminal.find("red"))
        assert (red.text, red.fg, red.bg, red.bold, red.reverse) == ("r", "red", "blue", True, False)
        reverse = terminal.style_at(*terminal.find("rev"))
        assert (reverse.fg, reverse.reverse, reverse.bold) == ("0102ff", True, False)
        assert terminal.find("x") == (13, 0)  # the character before it takes two cells
        with pytest.raises(NotSeenError):
            terminal.find("nowhere")


BURN = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "while True: pass"])
print("up", flush=True)
while True:
    time.sleep(0.1)
    print("0123456789", flush=True)
"""


def test_costs_are_those_of_the_whole_tree() -> None:
    with python(BURN) as terminal:
        terminal.wait_for("up")
        begun = time.perf_counter()
        idle = terminal.idle(1.0)
        assert time.perf_counter() - begun >= 1.0
        assert idle.cpu_percent > 5
        assert 0 < idle.bytes_per_second < 10_000
        assert terminal.memory() > sum(2**20 for _ in terminal.processes())


def test_moments_of_output_are_kept() -> None:
    with shell("echo one; read x; echo two; read x") as terminal:
        terminal.wait_for("one")
        assert (terminal.first_output or 0.0) >= terminal.started
        assert terminal.wait_for("one") == 0.0
        terminal.send("<enter>")
        assert terminal.wait_for("two") > 0.0
