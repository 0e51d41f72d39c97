"""When somebody was watching, from the times of what was recorded. Pure; times are ms UTC, sorted."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from opsconsole.core.clock import MINUTE, Instant
from opsconsole.health.history.model import UNWATCHED, Gap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Span = tuple[Instant, Instant]
LONGEST = 15 * MINUTE
"""An agent records every five minutes at least."""


def reach(times: Sequence[Instant]) -> int:
    """The pause (ms) from which on nobody was watching: thrice the usual one, at least 30 s."""
    distances = sorted(after - before for before, after in pairwise(times))
    return min(max(UNWATCHED, 3 * distances[len(distances) // 2]), LONGEST) if distances else UNWATCHED


def spans(times: Sequence[Instant], pause: int) -> list[Span]:
    """The times as periods in which no pause is longer; each has a beginning and an end, which may be the same."""
    found: list[Span] = []
    for at in times:
        if found and at - found[-1][1] <= pause:
            found[-1] = found[-1][0], at
        else:
            found.append((at, at))
    return found


def holes(watched: Sequence[Span], since: Instant, until: Instant, pause: int) -> Iterator[Gap]:
    """What lies between periods, sorted by their beginnings, and is longer than a pause."""
    end = since
    for begun, ended in watched:
        if begun >= until:
            break
        if begun - end > pause:
            yield Gap(end, begun)
        end = max(end, ended)
    if until - end > pause:
        yield Gap(end, until)
