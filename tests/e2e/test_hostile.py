"""Names that want to act on the terminal, or on the program, are shown as text and do nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.text import harmless
from tests.e2e.program import READY, console, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.terminal import Terminal

pytestmark = pytest.mark.e2e

ARGUMENT = "[@click=app.quit]x[/red] \x1b]52;c;eA==\x07 \x1b[31mred \x1b[?1049l \u202egnirts \x9b31m"
NAMES = ("[@click=app.qui", "[/red]x[bold", "\x1b]52;c;eA==\x07", "\x1b[?1049l\x1b[2J", "a\u202eb\u200bc\nd\te", "$x[",
         "\x9b31mc1")
"""A kernel name has at most 15 bytes."""
BUSY = """
import ctypes, os, sys, time
ctypes.CDLL(None).prctl(15, os.fsencode(sys.argv[1]), 0, 0, 0)
print(flush=True)
end = time.monotonic() + 100
while time.monotonic() < end:
    sum(range(20000))
    time.sleep(0.002)
"""


@pytest.fixture
def hostile() -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Processes by name, busy enough to stand at the top of the list."""
    running = {}
    try:
        for name in NAMES:
            process = subprocess.Popen([ARGUMENT, "-c", BUSY, name, ARGUMENT], executable=sys.executable,
                                       stdout=subprocess.PIPE)
            running[name] = process
            assert process.stdout is not None
            process.stdout.readline()
        yield running
    finally:
        for process in running.values():
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


def nothing_acted(terminal: Terminal) -> None:
    """No sequence of a name has reached the terminal."""
    raw = terminal.raw.decode("utf-8", "replace")
    assert "\x1b]52" not in raw
    assert "\x9b" not in raw
    assert "\x1b[31m" not in raw
    assert "\u202e" not in raw
    assert terminal.status is None
    assert terminal.modes.private.get(1049) is True


def shows_every_name(terminal: Terminal) -> None:
    terminal.wait_until(lambda: all(harmless(name)[:12] in terminal.text for name in NAMES), "every name")


def filter_for(terminal: Terminal, pid: int, name: str) -> None:
    """Filter the list so that one process is left; its name is shown."""
    terminal.send("/")
    terminal.wait_for("words in name")
    terminal.send(str(pid))
    terminal.wait_for(r"\b1 of \d+\s*$")
    assert harmless(name) in terminal.text
    terminal.send("<enter>")
    terminal.settle()


def test_on_the_panel(hostile: dict[str, subprocess.Popen[bytes]]) -> None:
    with console(columns=140) as terminal:
        terminal.wait_for(READY)
        shows_every_name(terminal)
        nothing_acted(terminal)
        for name in NAMES:
            column, row = next((line.index(harmless(name)[:12]), number) for number, line in enumerate(terminal.lines)
                               if harmless(name)[:12] in line)
            terminal.click(column + 2, row)
        terminal.settle()
        nothing_acted(terminal)
        terminal.send("q")
        assert terminal.wait_exit() == 0
        terminal.assert_clean()


def test_in_the_list_of_processes_and_in_details(hostile: dict[str, subprocess.Popen[bytes]]) -> None:
    with console(columns=160, rows=50) as terminal:
        terminal.wait_for(READY)
        terminal.send("p")
        shows_every_name(terminal)
        nothing_acted(terminal)
        terminal.send("t")
        terminal.settle()
        nothing_acted(terminal)
        terminal.send("t")
        terminal.settle()
        filter_for(terminal, hostile[NAMES[2]].pid, NAMES[2])
        terminal.send("<enter>")
        terminal.wait_until(lambda: harmless(ARGUMENT)[:24] in terminal.text, "the command line")
        terminal.settle()
        nothing_acted(terminal)
        terminal.send("q")
        assert terminal.wait_exit() == 0
        terminal.assert_clean()


def test_a_question_names_the_process_harmlessly(hostile: dict[str, subprocess.Popen[bytes]]) -> None:
    victim = hostile[NAMES[2]]
    with console(columns=160, rows=50) as terminal:
        terminal.wait_for(READY)
        terminal.send("p")
        shows_every_name(terminal)
        filter_for(terminal, victim.pid, NAMES[2])
        terminal.send("K")
        # Whoever runs this loses a process of theirs if the question is about another one.
        terminal.wait_for(rf"Kill .*\b{victim.pid}\b")
        assert harmless(NAMES[2]) in terminal.text
        nothing_acted(terminal)
        terminal.send("y")
        eventually(lambda: victim.poll() is not None, "the end of the process")
        terminal.settle()
        nothing_acted(terminal)


NAMESPACE_HOST = r"""
import ctypes, os, sys
host = os.fsencode(sys.argv[1])
if ctypes.CDLL(None, use_errno=True).sethostname(host, len(host)) != 0:
    sys.exit("sethostname: " + os.strerror(ctypes.get_errno()))
os.execv(sys.argv[2], sys.argv[2:])
"""


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("unshare") is None, reason="only root may name a host")
def test_as_the_name_of_the_host() -> None:
    host = "[@click=app.quit]x[/red]\x1b]52;c;eA==\x07"
    if subprocess.run(["unshare", "--uts", "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("this kernel gives no namespace for host names")
    with console(before=("unshare", "--uts", sys.executable, "-c", NAMESPACE_HOST, host), columns=160) as terminal:
        terminal.wait_for(READY)
        assert harmless(host)[:16] in terminal.lines[0]
        nothing_acted(terminal)
        terminal.send("?")
        terminal.wait_for("Keys of Health")
        nothing_acted(terminal)
        terminal.send("q")
        assert terminal.wait_exit() == 0
        terminal.assert_clean()
