"""Which levels of a ladder begin when, for the clocks of a ticket; pure.

A level with `at` begins when so much of its clock has run, in the calendar of the clock: `start+8h` after eight of its
hours, `due-15m` fifteen minutes of them before the target is used up, `due+2h` two hours of them after. A pause stops
that. A level without `at` begins when the level before has had its `within`, in the hours that this one names; pauses
stop that too: nobody is told of a ticket because its requester took long to answer. A first level without `at` begins
with the clock. What counts from `due` never begins where nothing, or the next release, is promised.

A clock that is met, waived, paused or acknowledged climbs nothing. Each level of a segment is climbed once: whatever is
late is climbed in one go, and what was climbed stays so when another priority moves its moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsconsole.tickets.calendars import ROUND_THE_CLOCK
from opsconsole.tickets.clocks.model import reach
from opsconsole.tickets.settings.promises import read_at

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from opsconsole.core.clock import Instant
    from opsconsole.tickets.calendars import Hours
    from opsconsole.tickets.clocks.model import Clock
    from opsconsole.tickets.model import ClockKind
    from opsconsole.tickets.settings.promises import Ladder, Level


class Rung(NamedTuple):
    """A level of a ladder that a clock climbs, or will."""

    at: Instant
    """When it begins, given no further pause."""
    kind: ClockKind
    segment: int
    level: int
    """From 1."""


def due_levels(clocks: Iterable[Clock], ladder: Ladder, hours: Mapping[str, Hours],
               climbed: Collection[tuple[str, int, int]],
               now: Instant) -> tuple[Rung, ...]:  # noqa: ARG001 - the clocks stand as they do then
    """All levels that are not climbed yet, of the clocks that climb now, in the order in which they begin.

    Those with `at` up to `now` are to be climbed now, the first one after it is when to look again.

    Args:
        clocks: of one ticket, as they stand at `now`.
        ladder: as configured.
        hours: the calendars by name.
        climbed: kind, segment and level of what was climbed before.
        now: the present.
    """
    found = []
    for clock in clocks:
        if clock.running and clock.acknowledged is None and clock.kind in ladder.clocks:
            for level, at in enumerate(_moments(clock, ladder.levels, hours), 1):
                if at is not None and (clock.kind.value, clock.segment, level) not in climbed:
                    found.append(Rung(at, clock.kind, clock.segment, level))
    return tuple(sorted(found, key=lambda rung: (rung.at, rung.level)))


def _moments(clock: Clock, levels: Iterable[Level], hours: Mapping[str, Hours]) -> Iterable[Instant | None]:
    """When each level begins; None: never, as things stand."""
    begun, before = None, None
    for level in levels:
        origin, seconds = read_at(level.at)
        if origin or before is None:
            begun = _of_clock(clock, origin or "start", round(seconds * 1000), hours)
        elif begun is not None and before.within is not None:
            begun = reach(clock.runs, hours.get(before.hours, ROUND_THE_CLOCK), round(before.within * 1000), begun)
        else:
            begun = None
        before = level
        yield begun


def _of_clock(clock: Clock, origin: str, offset: int, hours: Mapping[str, Hours]) -> Instant | None:
    """When the clock has run to a moment before or after its start or its end."""
    if origin == "due":
        if clock.target is None:
            return None
        offset += clock.target
    return reach(clock.runs, hours.get(clock.calendar, ROUND_THE_CLOCK), max(0, offset))
