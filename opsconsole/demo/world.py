"""What is true of the invented server: when it is, who is there, what broke when. Everything else follows from it.

Whatever is drawn by chance is drawn from the seed and from what it is about, so that it is the same in each demo with
the same seed and time, in whatever order it is asked for.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core.clock import DAY, HOUR, MINUTE, Instant
from opsconsole.core.identity import Actor, Role
from opsconsole.core.levels import Level
from opsconsole.demo.plots import ME, PLOTS, people

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from opsconsole.demo.plots import Plot
    from opsconsole.health.checks.settings.base import Check
    from opsconsole.settings import Settings

LENGTH: Final = 30 * DAY
"""How far back its history goes."""
BROKE: Final = 34 * MINUTE
"""How long ago that broke which is broken now."""
UPGRADED: Final = 38 * MINUTE
FILLING: Final = 5 * HOUR
"""Since when /var has been too full."""
LEFT: Final = 15 * HOUR
"""How long ago whoever opens the console was there last."""
_UID: Final = 1000


class Outage(NamedTuple):
    """A time in which a check found something wrong."""

    check: str
    level: Level
    begun: Instant
    ended: Instant | None
    """None: it goes on."""
    says: str


@dataclass(frozen=True, eq=False)
class World:
    """The invented server at the moment at which its demo begins."""

    preset: str
    seed: int
    now: Instant
    settings: Settings
    """The configuration of the demo."""
    root: Path
    """The folder of the demo."""

    @property
    def plot(self) -> Plot:
        """What goes on."""
        return PLOTS[self.preset]

    @property
    def checks(self) -> Mapping[str, Check]:
        """The checks of the configuration."""
        found: Mapping[str, Check] = self.settings.checks or {}
        return found

    @property
    def begun(self) -> Instant:
        """When its history begins: at the turn of a day of UTC."""
        return (self.now - LENGTH) // DAY * DAY

    @property
    def me(self) -> Actor:
        """Whoever opens the console."""
        return self.actor(ME)

    def actor(self, name: str) -> Actor:
        """Somebody who works there, each from their own place; all of them may do everything."""
        place = sorted(people(self.plot)).index(name)
        return Actor(name, _UID + 1 + place, Role.ADMIN, f"10.20.0.{15 + place}")

    @property
    def colleague(self) -> Actor:
        """Somebody else, who was there before."""
        return self.actor(people(self.plot)[1])

    def chance(self, *about: object) -> random.Random:
        """Chance that depends on the seed and what it is about, and on nothing else."""
        return random.Random(repr((self.seed, *about)))  # noqa: S311 - no secret

    def share(self, name: str) -> float:
        """What is peculiar to a check, 0 to 1."""
        return _share(self.seed, name)

    def outages(self) -> list[Outage]:
        """Everything that was wrong in its history, by the time at which it began; what is wrong now comes last."""
        found = [one for name in self.checks for one in self._outages(name)]
        trouble, since = self.plot.trouble, self.now - BROKE
        found.append(Outage(self.plot.broken, Level.CRITICAL, since, None, trouble.says))
        found += [Outage(name, Level.WARNING, since + 2 * MINUTE, None, says)
                  for name, says in self.plot.hit.items() if name in self.checks]
        return sorted(found, key=lambda one: (one.begun, one.check))

    def _outages(self, name: str) -> list[Outage]:
        """Those of one check that are over; most checks have none or one in a month."""
        chance = self.chance("outages", name)
        found: list[Outage] = []
        for _ in range(chance.choices((0, 1, 2, 3), (4, 5, 2, 1))[0]):
            begun = self.begun + 2 * DAY + round(chance.random() * (LENGTH - 4 * DAY)) // MINUTE * MINUTE
            long = chance.choice((4, 6, 9, 14, 22, 48)) * MINUTE
            if any(abs(begun - one.begun) < 2 * HOUR for one in found):
                continue
            level, says = chance.choice(_OUTAGES.get(self.checks[name].kind, _OTHERS))
            found.append(Outage(name, level, begun, begun + long, says))
        return found


@lru_cache(maxsize=256)
def _share(seed: int, name: str) -> float:
    # Asked for each check at each moment of a month.
    return random.Random(repr((seed, name))).random()  # noqa: S311 - no secret


_OTHERS: Final = ((Level.CRITICAL, "no answer within 10 s"),)
_OUTAGES: Final[Mapping[str, tuple[tuple[Level, str], ...]]] = {
    "http": ((Level.CRITICAL, "503, should be < 400"), (Level.CRITICAL, "no answer within 10 s"),
             (Level.WARNING, "latency is 3.4 s, should be < 3 s")),
    "redis": ((Level.CRITICAL, "refused"), (Level.WARNING, "loading its dataset")),
    "postgres": ((Level.CRITICAL, "refused"), (Level.WARNING, "connections_percent is 91 %, should be < 90 %")),
    "mysql": ((Level.CRITICAL, "refused"), (Level.WARNING, "connections_percent is 91 %, should be < 90 %")),
    "log": ((Level.WARNING, "31 errors in a minute"),),
    "access-log": ((Level.WARNING, "error_rate is 2.1 %, should be < 1 %"),),
    "heartbeat": ((Level.CRITICAL, "late: no sign of life for 1 h 12 min"),),
    "file": ((Level.CRITICAL, "age is 27 h, should be < 26 h"),),
    "smtp": ((Level.CRITICAL, "421, too many connections"),),
    "dns": ((Level.WARNING, "no answer within 5 s"),),
    "process": ((Level.CRITICAL, "not running"),),
    "metric": ((Level.WARNING, "nothing was sent for 2 days"),),
    "tls": ((Level.WARNING, "certificate expires in 20 d, should be > 21 d"),),
}
