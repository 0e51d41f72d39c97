"""Figures as a table: aligned for a terminal, or in Markdown for a document."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.measuring import Figures

HEADINGS = ("program", "first paint", "ready", "key to screen", "idle CPU", "to the terminal", "memory (PSS)")


def row(name: str, figures: Figures, beside: Figures | None = None) -> tuple[str, ...]:
    """One program's figures in words; its times also as multiples of `beside`."""
    def times(value: float, other: float | None) -> str:
        return f"{value:.3f} s" + (f" ({value / other:.2f}×)" if other else "")  # noqa: RUF001 - the sign is meant

    return (name, times(figures.first_paint, beside and beside.first_paint),
            times(figures.ready, beside and beside.ready), f"{figures.key:.0f} ms", f"{figures.cpu:.2f} %",
            f"{figures.rate:,.0f} B/s", f"{figures.memory:.1f} MiB")


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, markdown: bool) -> str:
    """Rows under headings; every column but the first is aligned to the right."""
    cells = [list(headings), *(list(entry) for entry in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(headings))]
    if markdown:
        cells.insert(1, ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])])
    lines = []
    for line in cells:
        rest = zip(line[1:], widths[1:], strict=True)
        parts = [line[0].ljust(widths[0]), *(text.rjust(width) for text, width in rest)]
        lines.append(f"| {' | '.join(parts)} |" if markdown else "  ".join(parts).rstrip())
    return "\n".join(lines)


def machine() -> str:
    """What this machine is, in one line."""
    return ", ".join([f"{_processor()} with {len(os.sched_getaffinity(0))} cores", f"Linux {platform.release()}",
                      f"Python {platform.python_version()}"])


def _processor() -> str:
    for text in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        name, _, value = text.partition(":")
        if name.strip() in {"model name", "Model", "cpu model"}:
            return " ".join(value.split())
    return platform.machine()
