"""Which folder grew: a pure rule over two measurements of one file system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.core.clock import Instant
from opsconsole.health.model import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

LEAST: Final = 50_000_000
"""Bytes; less than this fills no disk."""
SHARE: Final = 0.6
"""A folder explains the growth of the one above it when at least this much of it is its own."""


class Sizes(Record, frozen=True):
    """The folders of one file system at one moment: path to bytes, those below it included."""

    mount: str
    at: Instant
    folders: dict[str, int]


class Growth(Record, frozen=True):
    """What grew most on a mount. The path is foreign text."""

    mount: str
    path: str
    bytes: int
    since: Instant
    until: Instant

    @property
    def seconds(self) -> float:
        """The time in which it grew."""
        return (self.until - self.since) / 1000


def growth(before: Sizes, now: Sizes) -> Growth | None:
    """The deepest folder that explains most of what a mount grew by; None when nothing grew much.

    A folder that is new since then grew by all that it has. One too small to be listed before counts as new, which
    makes the growth a little too large, never too small.
    """
    grown = {path: size - before.folders.get(path, 0) for path, size in now.folders.items()}
    path = now.mount
    if grown.get(path, 0) < LEAST:
        return None
    below = _children(grown)
    while True:
        best = max(below.get(path, ()), key=lambda one: grown[one], default=None)
        if best is None or grown[best] < LEAST or grown[best] < SHARE * grown[path]:
            return Growth(now.mount, path, grown[path], before.at, now.at)
        path = best


def _children(paths: Mapping[str, int]) -> dict[str, list[str]]:
    """The folders directly below each folder, as far as they are listed."""
    found: dict[str, list[str]] = {}
    for path in paths:
        above = path.rpartition("/")[0] or "/"
        if path not in ("/", ""):
            found.setdefault(above, []).append(path)
    return found
