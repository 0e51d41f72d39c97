"""When the jobs of the invented server reported that they went well."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from opsconsole.core.clock import DAY, Instant, instant, local

if TYPE_CHECKING:
    from opsconsole.demo.world import World

_BEFORE: Final = 32 * DAY
"""What was before the history begins: of a job that runs once a month, too, there is a last time."""
_AFTER: Final = 3 * DAY
"""For as long as a demo is left open."""
_OFTEN: Final = 2 * DAY
"""How far back the reports of jobs go that run many times a day."""


def last_beat(world: World, name: str, at: Instant) -> Instant:
    """The last time before a moment that a job reported."""
    step = _step(world, name)
    if step is not None:
        return at - at % step
    known = _by_cron(world, name)
    place = bisect_right(known, at)
    return known[place - 1] if place else world.begun


def beats(world: World, name: str) -> list[Instant]:
    """All of them in the history; of jobs that run many times a day, those of the last days."""
    step = _step(world, name)
    if step is not None:
        since = world.now - _OFTEN if step < DAY // 4 else world.begun
        return list(range(since + step - since % step, world.now, step))
    return [at for at in _by_cron(world, name) if world.begun <= at < world.now]


def _step(world: World, name: str) -> int | None:
    """Milliseconds between two beats; None: a cron line says when."""
    period: float | None = getattr(world.checks[name], "period", None)
    return None if period is None else round(period * 1000)


@lru_cache(maxsize=64)
def _by_cron(world: World, name: str) -> list[Instant]:
    from cronsim import CronSim  # noqa: PLC0415 - only where there are such jobs

    line, found = getattr(world.checks[name], "cron", None) or "0 3 * * *", []
    for moment in CronSim(line, local(world.begun - _BEFORE).replace(tzinfo=None)):
        at = instant(moment.astimezone())
        if at > world.now + _AFTER:
            break
        found.append(at)
    return found
