"""How bad something is: the one scale that checks, lines, alerts and exit codes share."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Level(IntEnum):
    """Ordered from quiet to loud; what is unknown is never counted as well."""

    OK = 0
    UNKNOWN = 1
    WARNING = 2
    CRITICAL = 3

    @property
    def word(self) -> str:
        """`ok`, `unknown`, `warning` or `critical`."""
        return self.name.lower()


def worst(levels: Iterable[Level]) -> Level:
    """The loudest of some levels; OK when there are none."""
    return max(levels, default=Level.OK)
