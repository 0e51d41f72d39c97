"""How a list shares the screen with a preview: below it, beside it, or not at all. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from textual.geometry import Size

BESIDE: Final = 140
"""Columns from which on there is room beside the list."""
WIDE: Final = 170
"""Columns from which on it stands there by itself."""
BELOW: Final = 22
"""Lines of the terminal from which on there is room below the list."""
LEAST_ROWS: Final = 8
"""Lines of the list with its header, however short it is, so that nothing jumps about."""
LEAST_PREVIEW: Final = 8
MOST_PREVIEW: Final = 24


class Place(StrEnum):
    """Where the preview stands."""

    NONE = "none"
    BELOW = "below"
    RIGHT = "right"


class Room(NamedTuple):
    """What the preview gets: cells and lines."""

    preview: tuple[int, int]


def possible(size: Size) -> tuple[Place, ...]:
    """What there is room for."""
    found = [Place.NONE]
    if size.height >= BELOW:
        found.append(Place.BELOW)
    if size.width >= BESIDE:
        found.append(Place.RIGHT)
    return tuple(found)


def wanted_place(wanted: str, size: Size) -> Place:
    """What was chosen where there is room for it; else what suits the size."""
    there = possible(size)
    if wanted in there:
        return Place(wanted)
    if size.width >= WIDE:
        return Place.RIGHT
    return Place.BELOW if Place.BELOW in there else Place.NONE


def next_place(now: Place, size: Size) -> Place:
    """What the key goes to."""
    there = possible(size)
    return there[(there.index(now) + 1) % len(there)] if now in there else there[0]


def layout(place: Place, width: int, height: int, rows: int) -> Room:
    """The room of the preview: beside the list a good third; below it what a short list leaves, or two fifths.

    Args:
        place: where it stands.
        width: cells of both together.
        height: lines of both together.
        rows: how many the list has.
    """
    if place is Place.NONE:
        return Room((0, 0))
    if place is Place.RIGHT:
        return Room((min(96, width * 36 // 100), height))
    share = min(MOST_PREVIEW, max(LEAST_PREVIEW, height * 2 // 5))
    left_over = height - max(LEAST_ROWS, rows + 1)
    lines = min(max(share, left_over), height - LEAST_ROWS)
    return Room((width, lines if lines >= LEAST_PREVIEW - 2 else 0))
