"""What the reports of a day must say, worked out by SQL of its own from the files that the day left."""

from __future__ import annotations

import struct
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.e2e.day import Day

_TIME = (1 << 44) - 1
"""The part of the key of a sample that is its time."""
_UP = ("ok", "warning")


class Books:
    """A day as it is stored.

    Args:
        day: its files.
        date: `2031-05-13`, in local time.
    """

    def __init__(self, day: Day, date: str) -> None:
        begin = datetime.fromisoformat(date)
        self._day = day
        self._begin, self._end = (round(one.timestamp() * 1000) for one in (begin, begin + timedelta(days=1)))

    def count(self, table: str, moment: str, more: str = "1") -> int:
        """How many rows of the records have a moment within the day."""
        query = f"SELECT count(*) FROM {table} WHERE {moment} >= ? AND {moment} < ? AND {more}"
        return int(self._day.records(query, self._begin, self._end)[0][0])

    def uptime(self, check: str) -> float | None:
        """Percent of the time in which it is known and not in maintenance that a check was up; None: of no time."""
        found = self._day.metrics("SELECT status, begun, ended FROM check_period WHERE name = ?"
                                  " UNION ALL SELECT status, begun, at FROM check_state WHERE name = ?", check, check)
        parts = [(status, min(ended, self._end) - max(begun, self._begin)) for status, begun, ended in found]
        up = sum(length for status, length in parts if length > 0 and status in _UP)
        down = sum(length for status, length in parts if length > 0 and status == "critical")
        return 100 * up / (up + down) if up + down else None

    def least_uptime(self) -> float:
        """That of the check which was up least."""
        names = [name for (name,) in self._day.metrics("SELECT name FROM check_state")]
        return min(share for name in names if (share := self.uptime(name)) is not None)

    def values(self, series: str) -> list[float]:
        """What was recorded of a series, oldest first."""
        ((number,),) = self._day.metrics("SELECT id FROM series WHERE name = ?", series.encode())
        found = []
        for key, ids, values in self._day.metrics("SELECT key, ids, vals FROM sample ORDER BY key"):
            if self._begin <= key & _TIME < self._end and number in (known := _numbers(ids)):
                found.append(struct.unpack(f"<{len(known)}d", values)[known.index(number)])
        return found

    def changes(self) -> list[tuple[Any, ...]]:
        """What changed on the host."""
        return self._day.metrics("SELECT kind, text FROM change WHERE at >= ? AND at < ?", self._begin, self._end)


def reported(report: dict[str, Any]) -> dict[str, Any]:
    """The figures of a report, and the rows of its tables, each by its name."""
    return {**{one["name"]: one["value"] for section in report["sections"] for one in section["figures"]},
            **{one["name"]: one["rows"] for section in report["sections"] for one in section["tables"]}}


def _numbers(raw: bytes) -> list[int]:
    """The ids of a sample: each as its distance from the one before, seven bits to a byte, the lowest first."""
    found, number, shift, before = [], 0, 0, 0
    for byte in raw:
        number |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            before += number
            found.append(before)
            number = shift = 0
    return found
