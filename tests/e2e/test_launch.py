"""One command, and the live state of this machine is on the screen."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import psutil
import pytest

from opsconsole.core.format import size
from tests.e2e.program import READY, console

pytestmark = pytest.mark.e2e


def kernel_memory() -> int:
    """Bytes, from /proc/meminfo."""
    found = re.search(r"MemTotal:\s+(\d+) kB", Path("/proc/meminfo").read_text(encoding="ascii"))
    assert found is not None
    return 1024 * int(found[1])


def device_mounts() -> dict[str, int]:
    """Used % by mount point as `df` says, of whole file systems on devices of this machine."""
    listed = subprocess.run(["df", "--output=source,pcent,target", "--local"], capture_output=True, text=True,
                            check=False).stdout.splitlines()[1:]
    rows = [line.split(None, 2) for line in listed]
    return {target: int(percent.rstrip("%")) for source, percent, target in rows
            if (source.startswith("/dev/") or target == "/") and Path(target).is_dir() and percent != "-"}


def test_it_shows_this_machine() -> None:
    mounts = device_mounts()
    with console(rows=60) as terminal:
        terminal.wait_for(READY)
        terminal.wait_for(r"^ +/ .*\d ?%")
        terminal.wait_for(rf"{re.escape(size(kernel_memory()))} .*\b{psutil.cpu_count()} cores?\b")
        terminal.wait_for(r"Load\s+\d")
        top = terminal.lines[0]
        assert os.uname().nodename[:20] in top
        assert "1 Health" in top
        text = terminal.text
        root = re.search(r"^ +/ .*?(\d+) ?%", text, re.MULTILINE)
        assert root is not None, text
        assert abs(int(root[1]) - mounts["/"]) <= 1
        loads = re.search(r"Load\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)", text)
        assert loads is not None, text
        assert abs(float(loads[3]) - os.getloadavg()[2]) < 0.5
        interfaces = [name for name, state in psutil.net_if_stats().items() if state.isup and name != "lo"]
        assert any(name in text for name in interfaces) or not interfaces


def test_every_file_system_is_there() -> None:
    with console(rows=120) as terminal:
        terminal.wait_for(READY)
        terminal.send("e")
        for mount in sorted(device_mounts()):
            terminal.wait_for(rf"^ +{re.escape(mount[:8])}")


def test_figures_go_on_by_themselves() -> None:
    with console() as terminal:
        terminal.wait_for(READY)
        before = len(terminal.raw)
        terminal.wait_until(lambda: len(terminal.raw) > before + 20, "the next figures")
        assert terminal.status is None


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40), (200, 60), (60, 20)])
def test_it_fits_terminals_of_any_size(columns: int, rows: int) -> None:
    with console(columns=columns, rows=rows) as terminal:
        terminal.wait_for(READY)
        terminal.wait_until(lambda: "help" in terminal.lines[-1], "the footer")
        assert "1 Health" in terminal.lines[0]
        terminal.wait_for(r"^ +Mem ")
        terminal.wait_for(r"^ +/ ")


@pytest.mark.parametrize(("answers", "kitty"), [(True, True), (True, False), (False, False)])
def test_keys_work_on_every_kind_of_terminal(answers: bool, kitty: bool) -> None:
    with console(answers=answers, kitty=kitty) as terminal:
        terminal.wait_for(READY)
        terminal.send("?")
        terminal.wait_for("Keys of Health")
        terminal.send("<esc>")
        terminal.wait_gone("Keys of Health")
        terminal.send("<ctrl+p>")
        terminal.wait_for("command, screen or theme")
        terminal.send("<esc>")
        terminal.wait_gone("command, screen or theme")
        terminal.send("q")
        assert terminal.wait_exit() == 0
        terminal.assert_clean()


def test_keys_that_are_typed_ahead_go_where_they_belong() -> None:
    process = subprocess.Popen(["sleep", "100"])
    try:
        with console() as terminal:
            terminal.wait_for(READY)
            terminal.send("p")
            terminal.wait_for(r"\bPID\b")
            terminal.send(f"/{process.pid}<enter>K")
            terminal.wait_for(rf"Kill .*\b{process.pid}\b")
            terminal.send("n")
            terminal.wait_gone("Kill ")
            assert process.poll() is None
            terminal.send("q")
            assert terminal.wait_exit() == 0
    finally:
        process.kill()
        process.wait()


def test_a_theme_is_chosen_and_remembered() -> None:
    with console() as terminal:
        terminal.wait_for(READY)
        dark = terminal.style_at(*terminal.find("HOST")).bg
        terminal.send("<ctrl+t>")
        terminal.wait_for("theme light")
        terminal.send("light<enter>")
        terminal.wait_until(lambda: terminal.style_at(*terminal.find("HOST")).bg != dark, "another background")
        light = terminal.style_at(*terminal.find("HOST")).bg
        terminal.send("q")
        assert terminal.wait_exit() == 0
    with console() as terminal:
        terminal.wait_for(READY)
        assert terminal.style_at(*terminal.find("HOST")).bg == light


def test_without_a_terminal_it_says_what_to_use() -> None:
    from tests.e2e.program import ROOT, command

    result = subprocess.run(command(), cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                            timeout=60)
    assert result.returncode == 2
    assert result.stdout == ""
    assert "terminal" in result.stderr
    assert "opsconsole status" in result.stderr
    with console(env={"TERM": "dumb"}) as terminal:
        assert terminal.wait_exit() == 2
        assert b"\x1b" not in terminal.raw
        assert "TERM is dumb" in terminal.text
