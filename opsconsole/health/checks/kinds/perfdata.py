"""What a Nagios plugin prints: text, long text and performance data.

Source: https://www.monitoring-plugins.org/doc/guidelines.html and https://nagios-plugins.org/doc/guidelines.html,
"Plugin Output for Nagios", "Threshold and Ranges", "Performance data".
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST: Final = 200
"""Figures of one plugin that are read."""
_NUMBER: Final = r"[-+]?(?:\d{1,40}(?:[.,]\d{0,40})?|[.,]\d{1,40})(?:[eE][-+]?\d{1,3})?"
_LABEL: Final = re.compile(r"'((?:[^']|'')*)'=|([^\s='][^\s=]*)=")
_FIGURE: Final = re.compile(rf"({_NUMBER}|U)([^\s;0-9.,+-][^\s;]{{0,20}})?((?:;[^\s;]*){{0,4}});*(?=\s|$)")
_RANGE: Final = re.compile(rf"(@)?(?:(~|{_NUMBER})?(:))?({_NUMBER})?")
_KIB: Final = 1024
_UNITS: Final[dict[str, tuple[str, float]]] = {
    "s": ("s", 1.0), "ms": ("s", 1e-3), "us": ("s", 1e-6), "µs": ("s", 1e-6), "ns": ("s", 1e-9),
    "%": ("%", 1.0), "b": ("B", 1.0), "c": ("c", 1.0),
    **{f"{letter}b": ("B", float(_KIB**power)) for power, letter in enumerate("kmgtpe", 1)},
    **{f"{letter}ib": ("B", float(_KIB**power)) for power, letter in enumerate("kmgtpe", 1)}}
"""Unit, of bytes in small letters, to base unit and factor. Plugins mean steps of 1024 by KB, MB and so on."""


class Range(NamedTuple):
    """A threshold; a value alerts outside of it, or inside of it where `inside`. Both ends belong to the range."""

    low: float
    high: float
    inside: bool = False

    def alerts(self, value: float) -> bool:
        """Whether a value is one to be told of."""
        return (self.low <= value <= self.high) is self.inside


class Figure(NamedTuple):
    """One item of performance data, all numbers in the base unit: s, %, B, c (a counter), or as the plugin says."""

    label: str
    value: float | None
    """None: the plugin could not find it out (`U`)."""
    unit: str = ""
    warning: Range | None = None
    critical: Range | None = None
    low: float | None = None
    high: float | None = None


class Printed(NamedTuple):
    """All that a plugin printed, taken apart."""

    text: str
    """The first line."""
    long: str
    """The lines after it."""
    figures: tuple[Figure, ...]


def parse_output(raw: str) -> Printed:
    """Standard output as a plugin writes it: `TEXT | DATA`, long text, `| DATA`, more data."""
    first, _, rest = raw.partition("\n")
    text, _, data = first.partition("|")
    long, _, more = rest.partition("|")
    return Printed(text.strip(), long.strip("\n"), parse_figures(f"{data} {more}"))


def parse_figures(text: str) -> tuple[Figure, ...]:
    """The items of performance data; what is none is passed over, up to the next blank."""
    found: list[Figure] = []
    at = 0
    while len(found) < MOST:
        at = _next_word(text, at)
        if at >= len(text):
            break
        label = _LABEL.match(text, at)
        figure = _FIGURE.match(text, label.end()) if label else None
        if label is None or figure is None:
            at = _end_of_word(text, at)
            continue
        at = figure.end()
        name = label[1].replace("''", "'") if label[1] is not None else label[2]
        found.append(_figure(name, figure[1], figure[2] or "", figure[3]))
    return tuple(found)


def _next_word(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _end_of_word(text: str, at: int) -> int:
    while at < len(text) and not text[at].isspace():
        at += 1
    return at


def _figure(label: str, value: str, unit: str, limits: str) -> Figure:
    base, factor = _UNITS.get(unit.lower() if unit[-1:] in ("b", "B") else unit, (unit, 1.0))
    warning, critical, low, high = [*limits.split(";")[1:], "", "", "", ""][:4]
    return Figure(label, None if value == "U" else _number(value, factor), base, parse_range(warning, factor),
                  parse_range(critical, factor), _number(low, factor), _number(high, factor))


def parse_range(text: str, factor: float = 1.0) -> Range | None:
    """A threshold: `10`, `10:`, `~:10`, `10:20`, `@10:20`; None for nothing and for nonsense."""
    part = _RANGE.fullmatch(text)
    if part is None or not (part[2] or part[4]):
        return None
    low: float | None = 0.0
    if part[2] == "~":
        low = -math.inf
    elif part[2]:
        low = _number(part[2], factor)
    high = _number(part[4], factor) if part[4] else math.inf
    if low is None or high is None or low > high:
        return None
    return Range(low, high, inside=part[1] is not None)


def _number(text: str | None, factor: float) -> float | None:
    if not text or not re.fullmatch(_NUMBER, text):
        return None
    value = float(text.replace(",", ".")) * factor
    return value if math.isfinite(value) else None


def named(figures: Iterable[Figure]) -> dict[str, float]:
    """The values by names that conditions and series can use; the first value is `value` too.

    Of a label, letters, digits, `_`, `-` and `.` stay; `/` alone is `root`; what clashes gets a number.
    """
    values: dict[str, float] = {}
    for figure in figures:
        if figure.value is None:
            continue
        name = re.sub(r"[^A-Za-z0-9_.-]+", "_", figure.label).strip("_.-")[:100] or (
            "root" if figure.label == "/" else "figure")
        if name[0].isdigit():
            name = f"_{name}"
        known, count = name, 1
        while name in values or name in ("value", "status"):
            count += 1
            name = f"{known}_{count}"
        values.setdefault("value", figure.value)
        values[name] = figure.value
    return values
