"""Where a cursor can stand on a page of lines, and where it goes from there: pure, without any user interface.

A page has columns: spots above one another whose cells overlap. A spot that lies over several columns, such as a
heading over the whole width, belongs to each of them, so that moving down through it stays in the column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opsconsole.core.lines import Line, Spot


class Place(NamedTuple):
    """A spot and the row that it is on."""

    row: int
    spot: Spot


Cells = tuple[int, int]
"""First cell, and the cell after the last."""


class Spots:
    """The spots of a page in reading order."""

    def __init__(self, lines: Sequence[Line] = ()) -> None:
        rows = {row: _apart(line.spots) for row, line in enumerate(lines) if line.spots}
        self._rows = {row: spots for row, spots in rows.items() if spots}
        self.columns = _columns(list(self._rows.values()))

    def __iter__(self) -> Iterator[Place]:
        return (Place(row, spot) for row, spots in self._rows.items() for spot in spots)

    def __bool__(self) -> bool:
        return bool(self._rows)

    @property
    def first(self) -> Place | None:
        """The first in reading order."""
        return next(iter(self), None)

    @property
    def last(self) -> Place | None:
        """The last in reading order."""
        row = max(self._rows, default=None)
        return None if row is None else Place(row, self._rows[row][-1])

    def find(self, target: str, near: Place | None = None) -> Place | None:
        """The spot with this target; of several the one nearest to where the cursor was."""
        found = [place for place in self if place.spot.target == target]
        return min(found, key=lambda place: _distance(place, near), default=None) if near else next(iter(found), None)

    def nearest(self, near: Place) -> Place | None:
        """The spot nearest to where one was that is gone: in its column if there is one, else anywhere."""
        column = self.column_of(near.spot)
        same = [place for place in self if _overlap(_cells(place.spot), self.columns[column])] if self.columns else []
        return min(same or list(self), key=lambda place: _distance(place, near), default=None)

    def at(self, row: int, cell: int) -> Place | None:
        """The spot over a cell."""
        return next((Place(row, spot) for spot in self._rows.get(row, ())
                     if spot.start <= cell < spot.start + spot.width), None)

    def column_of(self, spot: Spot, wanted: int | None = None) -> int:
        """The column of a spot; where it lies over several, `wanted` if that is one of them, else the leftmost."""
        over = [number for number, column in enumerate(self.columns) if _overlap(_cells(spot), column)]
        if wanted in over:
            return over[over.index(wanted)]
        if over:
            return over[0]
        return min(range(len(self.columns)), key=lambda number: abs(self.columns[number][0] - spot.start), default=0)

    def vertical(self, place: Place, column: int, steps: int) -> Place:
        """The spot so many rows with spots further down (up when negative) in a column; the last there if fewer."""
        rows = [row for row in self._rows if (row > place.row if steps > 0 else row < place.row)]
        rows.sort(reverse=steps < 0)
        found = [spot for row in rows if (spot := self._in(row, column)) is not None]
        return found[min(abs(steps), len(found)) - 1] if found else place

    def within(self, place: Place, column: int, rows: int) -> Place:
        """The spot furthest down (up when negative) in a column that is at most so many rows away."""
        low, high = sorted((place.row, place.row + rows))
        found = [spot for row in self._rows if low <= row <= high and (spot := self._in(row, column)) is not None]
        furthest = (max if rows > 0 else min)(found, key=lambda spot: spot.row, default=place)
        return furthest if furthest.row != place.row else self.vertical(place, column, 1 if rows > 0 else -1)

    def horizontal(self, place: Place, column: int, step: int, *, wrap: bool = False) -> Place:
        """The next spot to the right (left when -1): on the same row, else the nearest row of the next column."""
        spots = self._rows.get(place.row, ())
        beside = spots.index(place.spot) + step if place.spot in spots else -1
        if 0 <= beside < len(spots):
            return Place(place.row, spots[beside])
        numbers = list(range(len(self.columns)))
        order = numbers[column + 1:] if step > 0 else numbers[:column][::-1]
        if wrap:
            order += numbers[:column] if step > 0 else numbers[column + 1:][::-1]
        for number in order:
            found = [spot for row in self._rows if (spot := self._in(row, number)) is not None
                     and spot.spot != place.spot]
            if found:
                return min(found, key=lambda spot: abs(spot.row - place.row))
        return place

    def _in(self, row: int, column: int) -> Place | None:
        if not 0 <= column < len(self.columns):
            return None
        cells = self.columns[column]
        return next((Place(row, spot) for spot in self._rows[row] if _overlap(_cells(spot), cells)), None)


def _apart(spots: Sequence[Spot]) -> tuple[Spot, ...]:
    """The spots of one row from left to right; of two that overlap, the left one."""
    kept: list[Spot] = []
    for spot in sorted(spots, key=lambda each: each.start):
        if spot.width > 0 and (not kept or kept[-1].start + kept[-1].width <= spot.start):
            kept.append(spot)
    return tuple(kept)


def _cells(spot: Spot) -> Cells:
    return spot.start, spot.start + spot.width


def _overlap(one: Cells, two: Cells) -> bool:
    return one[0] < two[1] and two[0] < one[1]


def _distance(place: Place, near: Place) -> tuple[int, int]:
    return abs(place.row - near.row), abs(place.spot.start - near.spot.start)


def _columns(rows: Sequence[Sequence[Spot]]) -> list[Cells]:
    """Spots joined where they overlap, except those that lie over two of one row."""
    several = {tuple(map(_cells, spots)) for spots in rows if len(spots) > 1}
    alone = {_cells(spot) for spots in rows for spot in spots}
    single = {cells for cells in alone if not any(sum(_overlap(cells, other) for other in row) > 1 for row in several)}
    joined: list[Cells] = []
    for start, stop in sorted(single):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], stop))
        else:
            joined.append((start, stop))
    return joined
