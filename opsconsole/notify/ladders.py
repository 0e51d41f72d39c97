"""Which steps of a ladder begin when; pure.

A ladder begins when a firing is first told. Its first step begins at once, or after `after`; each further one when the
step before had its time (`within`), or `after` so long from the beginning. `within` and `after` are counted on the
clock or in business hours, as the step says that has them; a first step in business hours waits for them to begin.
Steps for other severities are passed over, but take their time, so that a step begins at the same time for all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from opsconsole.core.clock import Instant
    from opsconsole.notify.hours import Calendar
    from opsconsole.notify.model import Severity
    from opsconsole.notify.settings import Ladder, Step


class Climb(NamedTuple):
    """One step, in one round of the ladder (both from 0), and when it begins."""

    round: int
    step: int
    at: Instant

    @property
    def key(self) -> tuple[int, int]:
        """Which step it is, whenever it begins."""
        return self.round, self.step


def climbs(ladder: Ladder, calendar: Calendar, begun: Instant) -> Iterator[Climb]:
    """All steps in their order, of all rounds.

    Args:
        ladder: as configured.
        calendar: the business hours.
        begun: when the ladder began.
    """
    start = begun
    for number in range(ladder.repeat + 1):
        at = start
        for place, step in enumerate(ladder.steps):
            if step.after is not None:
                at = _later(start, step.after, step, calendar)
            elif place:
                before = ladder.steps[place - 1]
                at = _later(at, before.within or 0, before, calendar)
            else:
                at = _later(start, 0, step, calendar)
            yield Climb(number, place, at)
        last = ladder.steps[-1]
        start = _later(at, last.within or 0, last, calendar)


def _later(start: Instant, seconds: float, step: Step, calendar: Calendar) -> Instant:
    length = round(seconds * 1000)
    return calendar.add(start, length) if step.hours == "business" else start + length


class Due(NamedTuple):
    """What is to be climbed now: `tell` is told, `passed` is not (a later round of the same step stands for it)."""

    tell: tuple[Climb, ...]
    passed: tuple[Climb, ...]
    next: Instant | None
    """When the next step begins; None when there is none."""


def due(ladder: Ladder, calendar: Calendar, begun: Instant, severity: Severity,
        climbed: Collection[tuple[int, int]], now: Instant) -> Due:
    """What a ladder asks for now, of a thread that nobody has acknowledged and that is not over.

    Args:
        ladder: as configured.
        calendar: the business hours.
        begun: when the ladder began.
        severity: of the thread, now.
        climbed: (round, step) of what was climbed before.
        now: the present.
    """
    tell: dict[int, Climb] = {}
    passed: list[Climb] = []
    following: Instant | None = None
    for climb in climbs(ladder, calendar, begun):
        step = ladder.steps[climb.step]
        if climb.key in climbed or (step.severity and severity not in step.severity):
            continue
        if climb.at > now:
            following = climb.at if following is None else min(following, climb.at)
            continue
        if climb.step in tell:
            passed.append(tell[climb.step])
        tell[climb.step] = climb
    return Due(tuple(sorted(tell.values())), tuple(passed), following)
