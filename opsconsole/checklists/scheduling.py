"""Which runs come into being: what has become due of each checklist since it was looked at last; pure.

Of each checklist is known up to when it was looked at. What was due since then and has no run gets one: it is opened,
or recorded as missed. What is due later is opened as soon as its window is. Names are unique, so a clock that is put
back makes nothing twice; and whatever a clock does, few rows come of it, see `MOST`.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.checklists.model import Catch, Mode
from opsconsole.core.clock import DAY, MINUTE, SECOND, Instant

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from opsconsole.checklists.recurrence import Occurrence, Recurrence

MOST: Final = 400
"""Runs that are made of a checklist at once, a year of days and some: older ones are left out as if they had never
been due, and there are never more that can be begun before they are due."""
RENEWED: Final = 5 * MINUTE
"""How old the note of when a checklist was looked at may become before it is written again."""
_OFF: Final = 10 * MINUTE
"""A checklist that was not looked at for longer was not looked at because nothing was running; or, where others were
looked at meanwhile, because it was not wanted."""
_AT_ONCE: Final = MINUTE
"""What was due less long ago came when things were running already."""


class Known(NamedTuple):
    """What there is of a checklist."""

    slug: str
    recurrence: Recurrence
    catch_up: Catch = Catch.LATEST
    upto: Instant | None = None
    """When it was looked at last, of `checklist_schedule`; None: never. Nothing from before that is missed."""
    taken: Collection[str] = frozenset()
    """The occurrences of its runs, those due after `taken_since` at least."""
    ended: Instant | None = None
    """By completion: when its last run ended, done, waived or missed; None: none has."""
    going: bool = False
    """By completion: whether a run goes on."""


class Making(NamedTuple):
    """A run that is to be made."""

    slug: str
    occurrence: Occurrence
    missed: Instant | None = None
    """When it was missed, not later than now; None: it is opened."""


class Schedule(NamedTuple):
    """What is to be done now."""

    runs: tuple[Making, ...] = ()
    """For each checklist in the order of their due times."""
    upto: dict[str, Instant] = {}  # noqa: RUF012 - never changed
    """What is to be noted as looked at, by slug; those that are not named stay as they are."""
    next: Instant | None = None
    """When there is something to be made again, or one of these runs comes to be due, late or missed; None: never.
    Changes of other runs are told by `states.next_change`."""


def taken_since(recurrence: Recurrence, upto: Instant | None, now: Instant) -> Instant:
    """From which due time on the runs of a checklist have to be known, for `Known.taken`."""
    if upto is None:
        upto = now - round(recurrence.when.missed * SECOND)
    return min(upto, now) - 2 * DAY


def plan(checklists: Iterable[Known], now: Instant) -> Schedule:
    """Which runs are to be made.

    Of occurrences that came while nothing was running, as `catch_up` says:

    - latest: the latest is opened if it can still be begun; the others are recorded as missed, those too that could.
    - all: those that can still be begun are opened, the others are recorded as missed.
    - none: all are recorded as missed.

    One that is not due yet came in time and is opened with each of them. A checklist that is seen for the first time
    has missed nothing and is late with nothing: what is not late yet is opened, the latest with `latest` and `none`. So
    is one that was switched off, which shows by the others having been looked at since. At most `MOST` runs are made of
    a checklist at once.

    Args:
        checklists: what there is of each of all that are wanted.
        now: the time of day; it may have been put back, or have jumped.
    """
    runs: list[Making] = []
    upto: dict[str, Instant] = {}
    moments: list[Instant] = []
    checklists = list(checklists)
    newest = max((min(each.upto, now) for each in checklists if each.upto is not None), default=now)
    for known in checklists:
        if known.upto is not None and newest - known.upto > _OFF:
            known = known._replace(upto=None)  # noqa: PLW2901 - it begins anew
        made, following = _made(known, now)
        runs += made
        if following is not None:
            moments.append(following)
        for each in made:
            if each.missed is None:
                _, _, opens, due, late, missed = each.occurrence
                moments += [at for at in (opens, due, late, missed) if at > now]
        if known.upto is None or made or not 0 <= now - known.upto < RENEWED:
            upto[known.slug] = now
    return Schedule(tuple(runs), upto, min(moments, default=None))


def _made(known: Known, now: Instant) -> tuple[list[Making], Instant | None]:
    every = known.recurrence.when.every
    if every is Mode.DEMAND:
        return [], None
    return _completion(known, now) if every is Mode.COMPLETION else _calendar(known, now)


def _calendar(known: Known, now: Instant) -> tuple[list[Making], Instant | None]:
    """What is to be made of a checklist that is due by the calendar, and when the next one opens."""
    rhythm = known.recurrence
    opens, missed = (round(length * SECOND) for length in (rhythm.when.opens, rhythm.when.missed))
    since = now - missed if known.upto is None else min(known.upto, now)
    past = rhythm.latest(since + 1, now + 1, MOST)
    coming = islice(rhythm.between(now + 1, now + opens + 1), MOST)
    made = _caught_up(known, past, now)
    made += [Making(known.slug, each) for each in coming if each.name not in known.taken]
    following = rhythm.after(now + opens)
    return made, None if following is None else following.opens


def _caught_up(known: Known, past: list[Occurrence], now: Instant) -> list[Making]:
    """What becomes of occurrences that are due by now."""
    made = []
    first = known.upto is None
    for number, each in enumerate(past, 1):
        if each.name in known.taken:
            continue
        chosen = known.catch_up is Catch.ALL or number == len(past)
        if first:
            if chosen and each.late > now:
                made.append(Making(known.slug, each))
        elif each.missed > now and chosen and (known.catch_up is not Catch.NONE or _in_time(known, each, now)):
            made.append(Making(known.slug, each))
        else:
            made.append(Making(known.slug, each, min(each.missed, now)))
    return made


def _in_time(known: Known, occurrence: Occurrence, now: Instant) -> bool:
    """Whether something was running when it came to be due."""
    return now - occurrence.due <= _AT_ONCE or (known.upto is not None and now - known.upto <= _OFF)


def _completion(known: Known, now: Instant) -> tuple[list[Making], Instant | None]:
    """The same for one that is due some time after its last run. One that is missed is followed by another, too."""
    rhythm, ended, taken = known.recurrence, known.ended, set(known.taken)
    seen = now if known.upto is None else min(known.upto, now)
    passed: deque[Making] = deque(maxlen=MOST)
    if known.going:
        return [], None
    while (each := rhythm.following(ended, seen, taken)) is not None:
        if each.missed > now:
            if each.opens > now:
                return list(passed), each.opens
            return [*passed, Making(known.slug, each)][-MOST:], None
        passed.append(Making(known.slug, each, each.missed))
        taken.add(each.name)
        # Those that would be left out at the end are not even counted through.
        step = each.missed - each.due + round((rhythm.when.after or 0) * SECOND)
        ended = each.missed + max(0, (now - each.missed) // step - MOST) * step
    return list(passed), None
