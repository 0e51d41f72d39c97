"""What the doctor found, as lines for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.admin.doctor import WORDS
from opsconsole.core.format import left
from opsconsole.core.glyphs import ASCII, UNICODE
from opsconsole.core.levels import Level
from opsconsole.core.text import harmless, width, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.admin.doctor import Finding

_STATE = max(map(len, WORDS.values())) + 2
"""Cells of the sign, a space and the word."""


def report(findings: Sequence[Finding], columns: int, *, ascii_only: bool = False) -> list[str]:
    """One paragraph for each finding, its advice below it, then a line that sums up; no line wider than `columns`."""
    glyphs = ASCII if ascii_only else UNICODE
    what = max((width(harmless(finding.what)) for finding in findings), default=0)
    indent = _STATE + what + 4
    room = max(columns - indent, 20)
    lines: list[str] = []
    for finding in findings:
        state = f"{glyphs.level(finding.level)} {WORDS[finding.level]}"
        first = f"{left(state, _STATE)}  {left(harmless(finding.what), what)}  "
        says = wrap(harmless(finding.says, ascii_only=ascii_only), room)
        advice = wrap(harmless(finding.todo, ascii_only=ascii_only), room - 3) if finding.todo else []
        lines.append((first + says[0]).rstrip())
        lines += [" " * indent + more for more in says[1:]]
        lines += [" " * indent + (left(glyphs.arrow, 3) if not number else "   ") + more
                  for number, more in enumerate(advice)]
    return [*lines, "", _sum(findings)]


def _sum(findings: Sequence[Finding]) -> str:
    problems = sum(finding.level is Level.CRITICAL for finding in findings)
    warnings = sum(finding.level is Level.WARNING for finding in findings)
    if not problems and not warnings:
        return "No problem found."
    parts = [f"{count} {word}{'s' if count != 1 else ''}"
             for count, word in ((problems, "problem"), (warnings, "warning")) if count]
    return f"{' and '.join(parts)} found."
