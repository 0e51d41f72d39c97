"""One run of a program on a terminal, in figures; and of a command without one."""

from __future__ import annotations

import re
import subprocess
import time
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from tests.terminal import NotSeenError, Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.benchmarks.programs import Program


SETTLING = 5.0
"""Seconds that a program is left alone before its idle time begins: what it put off until then is no idling."""


class Figures(NamedTuple):
    """What one run, or the median of some, came to."""

    first_paint: float
    """Seconds from the start to anything on the screen."""
    ready: float
    """Seconds from the start to real values on the screen."""
    key: float
    """Milliseconds from a key to its effect on the screen."""
    cpu: float
    """% of one core while idle, the whole process tree."""
    rate: float
    """Bytes per second to the terminal while idle."""
    memory: float
    """MiB after the idle time, proportional set size of the process tree."""


class Conditions(NamedTuple):
    """What all programs of a run share."""

    columns: int
    rows: int
    idle: float
    """Seconds."""
    environment: Mapping[str, str]
    folder: Path


def measure(program: Program, conditions: Conditions) -> Figures:
    """Run a program once.

    Raises:
        NotSeenError: it did not show what it should.
    """
    with Terminal(program.command, columns=conditions.columns, rows=conditions.rows, env=conditions.environment,
                  cwd=conditions.folder) as terminal:
        terminal.wait_until(lambda: terminal.text.strip() != "", "anything", 60)
        first_paint = terminal.last_output - terminal.started
        terminal.wait_for(program.ready, 60)
        ready = terminal.last_output - terminal.started
        terminal.idle(SETTLING)
        idle = terminal.idle(conditions.idle)
        memory = terminal.memory() / 2**20
        if re.search(program.shows, terminal.text):
            raise NotSeenError(f"{program.shows!r} is on the screen before the key {program.key!r}")
        terminal.send(program.key)
        key = 1000 * terminal.wait_for(program.shows, 30)
    return Figures(first_paint, ready, key, idle.cpu_percent, idle.bytes_per_second, memory)


def median_of(runs: Sequence[Figures]) -> Figures:
    """The median of each figure."""
    return Figures(*(median(values) for values in zip(*runs, strict=True)))


def seconds(command: Sequence[str], conditions: Conditions) -> float:
    """How long a command runs, from its start to its end; its output goes to a pipe."""
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=conditions.folder, env=dict(conditions.environment), stdin=subprocess.DEVNULL,
                          capture_output=True, check=False, timeout=120)
    elapsed = time.perf_counter() - begun
    if done.returncode not in {0, 1} or done.stderr:  # 1 says that a problem was found, and does so without an error
        raise RuntimeError(f"{command} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    return elapsed
