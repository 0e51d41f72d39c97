"""Who is on call at an instant, and when that changes; pure.

Everything follows from the anchors in the configuration, nothing from what was before, so that each process, at any
time, after any pause, gives the same answer.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from opsconsole.core.clock import DAY, Instant
from opsconsole.core.walltime import at_wall, wall_of
from opsconsole.notify.hours import ALL_DAYS, Calendar, Window
from opsconsole.notify.moments import DAYS, read_moment, read_start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from opsconsole.notify.settings import Layer, Rotation

HORIZON = 100 * DAY
"""How far ahead a change is looked for."""


class Shift(msgspec.Struct, frozen=True):
    """Who is on call, and until when; `person` empty: nobody; `until` None: it does not change within `HORIZON`."""

    person: str
    until: Instant | None


class OnCall(msgspec.Struct, frozen=True):
    """Who is on call in one rotation, and who is next; the second is None where nothing changes within `HORIZON`."""

    rotation: str
    now: Shift
    next: Shift | None


class Turns(NamedTuple):
    """People one after another: turn k begins at `anchor` and k times `days`, on the wall clock of the zone."""

    people: tuple[str, ...]
    anchor: datetime
    days: int
    zone: tzinfo

    def begins(self, turn: int) -> Instant:
        """When a turn begins."""
        return at_wall(self.anchor + timedelta(days=turn * self.days), self.zone)

    def turn(self, at: Instant) -> int:
        """Which turn an instant is in."""
        turn = (wall_of(at, self.zone) - self.anchor).days // self.days
        # In the hour that comes twice the wall clock is behind.
        return turn + 1 if self.begins(turn + 1) <= at else turn - 1 if self.begins(turn) > at else turn

    def person(self, at: Instant) -> str:
        """Whose turn it is."""
        return self.people[self.turn(at) % len(self.people)]


class Band(NamedTuple):
    """One layer."""

    turns: Turns
    hours: str
    window: Window | None
    starts: Instant | None
    ends: Instant | None

    def holds(self, at: Instant, calendar: Calendar) -> bool:
        """Whether this layer says who is on call at an instant."""
        if (self.starts is not None and at < self.starts) or (self.ends is not None and at >= self.ends):
            return False
        if self.window is not None and not self.window.holds(at, self.turns.zone):
            return False
        if self.hours == "always":
            return True
        if self.hours == "offdays":
            return not calendar.works(calendar.day_of(at))
        if self.hours == "weeknights" and not calendar.works(calendar.day_of(at)):
            return False
        return calendar.is_open(at) == (self.hours == "business")

    def changes_after(self, at: Instant, calendar: Calendar) -> Iterator[Instant]:
        """Instants after `at`, before the first of which nothing about this layer changes."""
        yield from (edge for edge in (self.starts, self.ends) if edge is not None and edge > at)
        if len(self.turns.people) > 1:
            yield self.turns.begins(self.turns.turn(at) + 1)
        if self.window is not None:
            yield self.window.change_after(at, self.turns.zone)
        if self.hours != "always":
            yield calendar.change_after(at)


class Exchange(NamedTuple):
    """A span in which somebody stands in, for one person or (with `instead_of` empty) for whoever has the turn."""

    start: Instant
    end: Instant
    person: str
    instead_of: str = ""


class Rota(NamedTuple):
    """One rotation, ready to be asked."""

    bands: tuple[Band, ...]
    swaps: tuple[Exchange, ...]
    overrides: tuple[Exchange, ...]
    calendar: Calendar

    def person(self, at: Instant) -> str:
        """Who is on call; empty: nobody."""
        for override in reversed(self.overrides):
            if override.start <= at < override.end:
                return override.person
        for band in reversed(self.bands):
            if band.holds(at, self.calendar):
                return self._swapped(band.turns.person(at), at)
        return ""

    def _swapped(self, person: str, at: Instant) -> str:
        for swap in reversed(self.swaps):
            if swap.start <= at < swap.end and person == swap.instead_of:
                return swap.person
        return person

    def shift(self, at: Instant) -> Shift:
        """Who is on call at an instant, and until when."""
        person, edge = self.person(at), at
        while edge < at + HORIZON:
            edge = min(self._changes_after(edge), default=at + HORIZON)
            if edge < at + HORIZON and self.person(edge) != person:
                return Shift(person, edge)
        return Shift(person, None)

    def _changes_after(self, at: Instant) -> Iterator[Instant]:
        for exchange in (*self.swaps, *self.overrides):
            yield from (edge for edge in (exchange.start, exchange.end) if edge > at)
        for band in self.bands:
            yield from band.changes_after(at, self.calendar)


def make_rota(rotation: Rotation, calendar: Calendar, zone: tzinfo) -> Rota:
    """A rotation of the configuration.

    Args:
        rotation: as configured.
        calendar: the business hours.
        zone: for what names none.
    """
    zone = rotation.zone or zone
    swaps = []
    for swap in rotation.swaps:
        start, end = at_wall(read_moment(swap.from_), zone), at_wall(read_moment(swap.to), zone)
        one, two = swap.between
        swaps += [Exchange(start, end, one, two), Exchange(start, end, two, one)]
    overrides = tuple(Exchange(at_wall(read_moment(each.from_), zone), at_wall(read_moment(each.to), zone), each.person)
                      for each in rotation.overrides)
    return Rota(tuple(_band(layer, layer.zone or zone) for layer in rotation.layers), tuple(swaps), overrides, calendar)


def _band(layer: Layer, zone: tzinfo) -> Band:
    start = read_start(layer.starts)
    window = None
    if layer.from_ is not None or layer.days:
        days = frozenset(map(DAYS.index, layer.days)) or ALL_DAYS
        window = Window(int(layer.from_ or 0), int(layer.to or 0), days)
    turns = Turns(layer.people, start.anchor, layer.length * (7 if layer.turn == "weekly" else 1), zone)
    return Band(turns, layer.hours, window, at_wall(start.anchor, zone) if start.bound else None,
                at_wall(read_moment(layer.ends), zone) if layer.ends else None)


def on_call(name: str, rota: Rota, at: Instant) -> OnCall:
    """Who is on call at an instant, and who is next."""
    shift = rota.shift(at)
    return OnCall(name, shift, rota.shift(shift.until) if shift.until is not None else None)
