"""Whatever ends the console, the terminal is left as it was, and nothing stays behind."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.e2e.program import READY, console, script

if TYPE_CHECKING:
    from tests.terminal import Terminal

pytestmark = pytest.mark.e2e

CRASHING = """
import opsconsole.health.screen as screens
from opsconsole.cli import main

def broken(self):
    raise RuntimeError("made to \\x1b[31mfail")

screens.HealthScreen.action_processes = broken
main([%s])
"""
"""The real program, with one action that raises."""


def no_process_stays(tree: list[psutil.Process]) -> None:
    _gone, alive = psutil.wait_procs(tree, timeout=10)
    assert alive == []


def started(terminal: Terminal) -> list[psutil.Process]:
    terminal.wait_for(READY)
    terminal.settle(0.3, 3)
    return terminal.processes()


@pytest.mark.parametrize("kitty", [True, False])
@pytest.mark.parametrize("keys", ["q", "<ctrl+c>", "?q", ":<ctrl+c>"])
def test_keys(keys: str, kitty: bool) -> None:
    with console(kitty=kitty) as terminal:
        tree = started(terminal)
        for key in ([keys] if keys.startswith("<") else [keys[0], keys[1:]]):
            terminal.send(key)
            terminal.settle(0.2, 2)
        assert terminal.wait_exit() == 0
        terminal.assert_clean()
        no_process_stays(tree)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_signals(number: signal.Signals) -> None:
    with console() as terminal:
        tree = started(terminal)
        terminal.signal(number)
        assert terminal.wait_exit() == 128 + number
        terminal.assert_clean()
        no_process_stays(tree)


def test_a_dropped_line() -> None:
    with console() as terminal:
        tree = started(terminal)
        terminal.hang_up()
        assert terminal.wait_exit() == 128 + signal.SIGHUP
        no_process_stays(tree)


@pytest.mark.parametrize("arguments", ["", '"--debug"'])
def test_a_mistake_in_the_program(arguments: str) -> None:
    with script(CRASHING % arguments) as terminal:
        tree = started(terminal)
        terminal.send("p")
        assert terminal.wait_exit() == 70
        terminal.assert_clean()
        assert b"A mistake in the program ended the console" in terminal.raw
        assert (b"Traceback" in terminal.raw) == bool(arguments)
        assert b"\x1b[31mfail" not in terminal.raw
        no_process_stays(tree)
    log = (Path(os.environ["XDG_STATE_HOME"]) / "opsconsole" / "opsconsole.log").read_text(encoding="utf-8")
    assert "RuntimeError" in log
    assert "\x1b" not in log


@pytest.mark.parametrize("delay", [0.02, 0.08, 0.14, 0.2, 0.26, 0.32, 0.5])
def test_an_end_while_it_starts(delay: float) -> None:
    with console() as terminal:
        end = time.monotonic() + delay
        while (left := end - time.monotonic()) > 0:
            terminal.pump(left)
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit() in {128 + signal.SIGTERM, 128 + signal.SIGINT}
        terminal.assert_clean()


def test_an_end_on_a_line_that_takes_nothing() -> None:
    with console() as terminal:
        tree = started(terminal)
        for _ in range(200):  # more than the terminal's buffer can hold
            terminal.resize(120 + _ % 2, 40)
            terminal.stall(0.01)
        terminal.signal(signal.SIGTERM)
        _gone, alive = psutil.wait_procs(tree, timeout=15)
        assert alive == []
        assert terminal.wait_exit() == 128 + signal.SIGTERM
        terminal.assert_clean()


def test_suspended_and_continued() -> None:
    with console() as terminal:
        started(terminal)
        terminal.send("<ctrl+z>")
        terminal.wait_until(lambda: not terminal.modes.private.get(1049, False), "the end of the alternate screen")
        assert terminal.leftovers() == []
        process = terminal.processes()[0]
        terminal.wait_until(lambda: process.status() == psutil.STATUS_STOPPED, "the stop")
        terminal.signal(signal.SIGCONT)
        terminal.wait_for(READY)
        terminal.send("q")
        assert terminal.wait_exit() == 0
        terminal.assert_clean()
