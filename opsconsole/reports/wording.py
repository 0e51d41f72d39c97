"""How figures of reports are worded, the same in every format. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from opsconsole.checklists.numerals import figure
from opsconsole.core import format as fmt
from opsconsole.reports.model import Standing
from opsconsole.reports.periods import name_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from opsconsole.reports.model import Figure, Report, Table, Value

_WORD: Final = 24
"""Characters of a short text."""
_NUMBER: Final = r"[<>]?-?\d[\d.]*(?: (?:%|d|h|min|s|ms)(?: \d+ (?:h|min|s))?)?"
WORDS: Final = {Standing.GREEN: "reached", Standing.YELLOW: "nearly", Standing.RED: "missed", Standing.UNKNOWN: ""}
"""How a figure stands, so that it is never told by colour alone."""


def shown(value: Value, unit: str = "") -> str:
    """A value as people read it, `99.95 %`, `812 ms`, `17 jobs`; empty where nobody knows it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if unit == "%":
        return fmt.percent(value, 2 if 99 < value < 100 or abs(value) < 1 else 1) if value not in (0, 100) else (
            f"{value:.0f} %")
    size = abs(value)
    text = (figure(value) if float(value).is_integer() and size < 1e15 else
            fmt.number(value, 1) if size >= 100 else fmt.number(value, 2) if size >= 1 else f"{value:.3g}")
    # `1 ticket`; no unit of measurement is so long and ends so.
    word = unit.removesuffix("s") if value == 1 and len(unit) > 2 else unit
    return f"{text} {word}".rstrip()


def is_long(value: Value) -> bool:
    """Whether it is more than a word or a figure, and stands for itself."""
    return isinstance(value, str) and ("\n" in value or len(value) > _WORD)


def are_numbers(cells: Iterable[str]) -> bool:
    """Whether a column holds nothing but numbers and lengths of time, which stand at the right."""
    return all(not cell or re.fullmatch(_NUMBER, cell) for cell in cells)


def goal_of(one: Figure) -> str:
    """The goal, and whether it is reached: `< 3 s, reached`; empty where there is none."""
    word = WORDS[one.standing] if one.goal else ""
    return ", ".join(part for part in (one.goal, word) if part)


def origin_of(one: Figure | Table) -> str:
    """Where something comes from and what must be known about it; or why it is blank."""
    said = f"blank: {one.missing}" if one.missing else one.source
    return ", ".join(part for part in (said, one.remark) if part)


def heading(report: Report, zone: tzinfo | None) -> str:
    """The title with the period."""
    return f"{report.title}, {name_of(report.period, zone)}"


def about(report: Report, zone: tzinfo | None) -> str:
    """Of which host, up to when, and when it was made."""
    host = f"{report.host}, " if report.host else ""
    until = f"so far, until {fmt.stamp(report.until, zone)}; " if report.goes_on else ""
    return f"{host}{until}made {fmt.stamp(report.made, zone)}"
