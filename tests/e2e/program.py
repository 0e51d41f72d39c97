"""Starts this program in a terminal, and what end-to-end tests ask of it."""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from tests.terminal import NotSeenError, Terminal

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
READY = r"CPU\b.*\d+ ?%"
"""The health screen shows measured values."""
SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[ -/]*[0-Z\\^-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
COLOUR = re.compile(rb"(?:^|[;\[])(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:[;:m]|$)")


def command(*arguments: str) -> list[str]:
    """The program's command line, by this interpreter."""
    return [sys.executable, "-m", "opsconsole", *arguments]


def console(*arguments: str, before: tuple[str, ...] = (), env: dict[str, str | None] | None = None,
            **options: Any) -> Terminal:
    """The console on a terminal, not yet started; `before` is what starts it (`unshare …`)."""
    return Terminal([*before, *command(*arguments)], env={"PYTHONPATH": str(ROOT), **(env or {})}, **options)


def script(code: str, **options: Any) -> Terminal:
    """A Python program on a terminal that may import this one."""
    return Terminal([sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT)}, **options)


def records() -> Path:
    """Where this test's console keeps its records."""
    return Path(os.environ["XDG_DATA_HOME"]) / "opsconsole" / "opsconsole.db"


def colours_in(raw: bytes) -> list[bytes]:
    """The sequences that set a colour."""
    return [found for found in re.findall(rb"\x1b\[[0-9;:]*m", raw) if COLOUR.search(found[2:])]


def without_sequences(raw: bytes) -> bytes:
    """What was printed, without control sequences."""
    return SEQUENCE.sub(b"", raw)


def tight(text: str) -> str:
    """A text without any space, so that a sentence can be found wherever the screen has wrapped it."""
    return "".join(text.split())


def has_ended(pid: int) -> bool:
    """Whether a process has come to its end; one whose status nobody has asked for has ended too."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def eventually(condition: Callable[[], bool], what: str, timeout: float = 20.0) -> None:
    """Wait for something outside a terminal.

    Raises:
        NotSeenError: it did not come.
    """
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            raise NotSeenError(f"{what} did not come within {timeout:g} s")
        time.sleep(0.02)
