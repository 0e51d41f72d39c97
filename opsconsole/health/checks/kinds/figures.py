"""Figures that a database's client prints, as numbers and as a line for a person."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from opsconsole.core import format as form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsconsole.health.checks.model import Value

NO_NUMBER: Final = "the query gives no single number"
_LONGEST: Final = 100


def number(text: str) -> float | None:
    """The number that is all of a text; None where it is anything else, or not finite."""
    if len(text) > _LONGEST:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def elapsed(begin: str, end: str) -> float | None:
    """Seconds between two moments that a server printed as numbers."""
    first, last = number(begin), number(end)
    return max(0.0, last - first) if first is not None and last is not None else None


def plain(value: float) -> str:
    """The answer to a query of somebody's own, whose unit is not known: all of its digits."""
    return f"{value:.15g}"


def share(values: Mapping[str, Value], name: str) -> dict[str, Value]:
    """`name_percent` where `name` and `name_max` are there."""
    used, most = values.get(name), values.get(f"{name}_max")
    known = isinstance(used, float) and isinstance(most, float) and most > 0
    return {f"{name}_percent": 100 * used / most} if known else {}  # type: ignore[operator]


def connections(values: Mapping[str, Value]) -> str:
    """What a person reads of a database: `34 of 100 connections`."""
    used, most = values.get("connections"), values.get("connections_max")
    if not isinstance(used, float) or not isinstance(most, float):
        return "answers"
    return f"{form.count(used)} of {form.count(most)} connections"
