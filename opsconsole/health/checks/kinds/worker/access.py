"""Counts requests of access logs."""

from __future__ import annotations

import math
import re
from typing import Any, Final

from opsconsole.health.checks.kinds.worker.formats import LINE, Request, reader
from opsconsole.health.checks.kinds.worker.matching import printable

SHOWN: Final = 5
"""Paths that are told."""
_MOST_PATHS: Final = 5_000
_SHOWN_LENGTH: Final = 200
_OTHERS: Final = "(others)"


class _Path:
    """What is known of one path."""

    __slots__ = ("count", "failed", "most", "total")

    def __init__(self) -> None:
        self.count = self.failed = 0
        self.total = self.most = 0.0


class Requests:
    """Counts the requests of lines.

    Args:
        form: see `formats.reader`.
        unit: the same.
        ignore: a pattern of paths that do not count; empty for none.
    """

    def __init__(self, form: str, unit: str, ignore: str) -> None:
        self._read = reader(form, unit)
        self._ignore = re.compile(ignore) if ignore else None
        self.count = self.unreadable = self.errors_4xx = self.errors_5xx = self.size = 0
        self.latencies: list[float] = []
        self._paths: dict[str, _Path] = {}

    def take(self, lines: list[str]) -> None:
        """Counts some lines; empty ones and comments are none, others that are no request are counted apart."""
        for line in lines:
            if not line or line[0] == "#":
                continue
            request = self._read(line) if len(line) <= LINE else None
            if request is None:
                self.unreadable += 1
            elif self._ignore is None or not self._ignore.search(request.path):
                self._add(request)

    def _add(self, request: Request) -> None:
        self.count += 1
        self.size += request.size or 0
        path = self._paths.get(request.path)
        if path is None:
            name = request.path if len(self._paths) < _MOST_PATHS else _OTHERS
            path = self._paths.setdefault(name, _Path())
        path.count += 1
        if request.status >= 500:
            self.errors_5xx += 1
            path.failed += 1
        elif request.status >= 400:
            self.errors_4xx += 1
        if request.seconds is not None:
            self.latencies.append(request.seconds)
            path.total += request.seconds
            path.most = max(path.most, request.seconds)

    def result(self) -> dict[str, Any]:
        """count, unreadable, errors_4xx, errors_5xx, size (bytes), p50, p95, p99, slowest (seconds or None).

        `slow_paths` and `failing_paths` are the paths with the longest requests and with the most errors of the server:
        [path, count, mean seconds, longest seconds, errors].
        """
        self.latencies.sort()
        timed = sorted(self._paths.items(), key=lambda each: each[1].most, reverse=True) if self.latencies else []
        failing = sorted(((name, path) for name, path in self._paths.items() if path.failed),
                         key=lambda each: each[1].failed, reverse=True)
        return {"count": self.count, "unreadable": self.unreadable, "errors_4xx": self.errors_4xx,
                "errors_5xx": self.errors_5xx, "size": self.size,
                "p50": self._percentile(50), "p95": self._percentile(95), "p99": self._percentile(99),
                "slowest": self.latencies[-1] if self.latencies else None,
                "slow_paths": [_told(name, path) for name, path in timed[:SHOWN]],
                "failing_paths": [_told(name, path) for name, path in failing[:SHOWN]]}

    def _percentile(self, percent: int) -> float | None:
        """The nearest rank, so that it is a time that really was measured."""
        if not self.latencies:
            return None
        return self.latencies[max(0, math.ceil(len(self.latencies) * percent / 100) - 1)]


def _told(name: str, path: _Path) -> list[Any]:
    return [printable(name[:_SHOWN_LENGTH]), path.count, path.total / path.count, path.most, path.failed]
