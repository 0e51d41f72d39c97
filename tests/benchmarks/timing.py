"""How long use cases take by themselves, and keys in a real terminal: what the benchmarks of features share."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import aiosqlite  # noqa: F401 - what it takes to load belongs to no figure

from tests.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

ROOT = Path(__file__).parents[2]
ROWS = 40
"""Rows of a list that are read at once: a screen full."""
K = TypeVar("K", bound="Keys")


class Times(NamedTuple):
    """How long something took, each time, in milliseconds."""

    name: str
    values: list[float]
    budget: float | None

    def line(self) -> str:
        """p50 and p95, and the budget beside them."""
        p95 = quantiles(self.values, n=20)[-1] if len(self.values) > 1 else self.values[0]
        mark = "" if self.budget is None else f"   of {self.budget:.0f} ms{'' if p95 <= self.budget else ', over'}"
        return (f"{self.name:<44} p50 {median(self.values):7.1f} ms   p95 {p95:7.1f} ms   {len(self.values)} times"
                f"{mark}")


class Uses:
    """Use cases, without any screen; `find` is what a list does with a filter."""

    times: int
    """How often each is tried."""
    mistake: type[Exception]
    """What a filter raises that cannot be read."""

    async def find(self, text: str) -> None:
        """List what a filter finds."""
        raise NotImplementedError

    async def timed(self, name: str, budget: float | None, step: Callable[[], Awaitable[object]]) -> Times:
        """One of them, several times."""
        values = []
        for _ in range(self.times):
            begun = time.perf_counter()
            await step()
            values.append(1000 * (time.perf_counter() - begun))
        return Times(name, values, budget)

    async def typed(self, filters: Iterable[str]) -> Times:
        """Each beginning of filters that can be read, as if they were typed."""
        values = []
        for text in filters:
            for end in range(1, len(text) + 1):
                begun = time.perf_counter()
                with suppress(self.mistake):
                    await self.find(text[:end])
                    values.append(1000 * (time.perf_counter() - begun))
        return Times("filter while typing, each key", values, 100)


class Keys:
    """The console in a real terminal, and what keys take there."""

    def __init__(self, terminal: Terminal, times: int) -> None:
        self.terminal, self.times = terminal, times
        self.found: list[Times] = []

    def run(self) -> None:
        """All keys, from the health screen on."""
        raise NotImplementedError

    def ready(self) -> None:
        """Wait for the health screen."""
        self.terminal.wait_for(r"CPU\b.*\d+ ?%", 60)
        self.terminal.settle(1.0, 10)

    def memory(self) -> float:
        """MiB of the console now, its proportional set size."""
        return float(self.terminal.processes()[0].memory_full_info().pss / 2**20)

    def press(self, keys: str, calm: float = 0.5) -> None:
        """Type keys that are not measured, and wait until nothing is drawn for so many seconds."""
        self.terminal.send(keys)
        self.terminal.settle(calm)

    def moves(self) -> None:
        """The moves of a long list."""
        self.take("cursor down", "j" * self.times, budget=50)
        self.take("page down", ["<ctrl+d>"] * self.times, budget=50)
        self.take("jump to the end and back", "Gg" * (self.times // 2), budget=50)

    def filters(self, texts: Iterable[str]) -> None:
        """Type filters, and take each away again."""
        for text in texts:
            self.press("/", 0.3)
            self.press("<ctrl+u>", 0.3)
            self.take("filter while typing, each key", text, budget=100)
            self.press("<esc>")
            self.press("<esc>")

    def take(self, name: str, keys: Iterable[str], *, budget: float) -> None:
        """Types keys and notes how long each takes to the first and to the last byte on the screen."""
        # What comes last is the preview, which waits until the cursor rests: no key waits for it.
        first, last = self._of(f"{name}, first byte", budget), self._of(f"{name}, last byte", None)
        for key in keys:
            begun = time.perf_counter()
            self.terminal.send("<lt>" if key == "<" else key)
            if self.terminal.pump(2.0):
                first.values.append(1000 * (self.terminal.last_output - begun))
                self.terminal.settle(0.12, 3)
                last.values.append(1000 * (self.terminal.last_output - begun))

    def _of(self, name: str, budget: float | None) -> Times:
        found = next((one for one in self.found if one.name == name), None)
        if found is None:
            found = Times(name, [], budget)
            self.found.append(found)
        return found


def in_terminal(home: Path, times: int, kind: type[K]) -> K:
    """Measures the keys and the memory, and prints them."""
    env = {"HOME": str(home), "XDG_DATA_HOME": str(home / "data"), "XDG_STATE_HOME": str(home / "state"),
           "XDG_CONFIG_HOME": str(home / "config"), "XDG_CACHE_HOME": str(home / "cache"), "PYTHONPATH": str(ROOT)}
    with Terminal([sys.executable, "-m", "opsconsole"], env=env, cwd=home) as terminal:
        keys = kind(terminal, times)
        keys.run()
        show(keys.found)
        print(f"{'memory of the console with all this (PSS)':<44} {keys.memory():.1f} MiB of 50")
        return keys


def show(found: Iterable[Times]) -> None:
    """Prints what was measured."""
    for one in found:
        if one.values:
            print(one.line(), flush=True)
