"""What is promised to a ticket of a category and a priority, ready to calculate with; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.units import Percent
from opsconsole.tickets.calendars import ROUND_THE_CLOCK, calendars
from opsconsole.tickets.model import ClockKind, Priority
from opsconsole.tickets.settings.base import NEXT_RELEASE
from opsconsole.tickets.settings.promises import CLOCK, read_target, read_warning

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from opsconsole.tickets.calendars import Hours, Official
    from opsconsole.tickets.settings import Ladder, Policy, Promise, TicketSettings


class Terms(NamedTuple):
    """What is promised for one kind of clock."""

    target: int | None
    """Milliseconds that count; None: nothing is promised, or the next release."""
    release: bool
    warn: int | None
    """Milliseconds after which it warns."""
    calendar: str
    hours: Hours


_NOTHING = Terms(None, release=False, warn=None, calendar=CLOCK, hours=ROUND_THE_CLOCK)


class Policies:
    """The present configuration of promises; what was looked up once is kept."""

    def __init__(self, settings: TicketSettings, local: tzinfo, official: Official | None = None) -> None:
        """The promises of a configuration.

        Args:
            settings: that of tickets.
            local: the zone of calendars that name none.
            official: the public holidays of countries; None: the library is asked.
        """
        self.settings = settings
        self.hours: Mapping[str, Hours] = calendars(settings, local, official)
        """The calendars by name, `clock` among them."""
        self._terms: dict[tuple[str, str], Mapping[ClockKind, Terms]] = {}

    def terms(self, category: str, priority: str) -> Mapping[ClockKind, Terms]:
        """What is promised, for each kind of clock."""
        found = self._terms.get((category, priority))
        if found is None:
            if len(self._terms) >= 1_000:
                # Categories that nothing knows any more come out of old tickets; nobody needs them all at once.
                self._terms.clear()
            found = self._terms[category, priority] = self._made(category, Priority(priority))
        return found

    def _made(self, category: str, priority: Priority) -> Mapping[ClockKind, Terms]:
        promised = self.settings.promise_of(category, priority)
        if promised is None:
            return dict.fromkeys(ClockKind, _NOTHING)
        policy, promise = promised
        texts = {ClockKind.RESPONSE: promise.response, ClockKind.NEXT: promise.next or promise.response,
                 ClockKind.RESOLUTION: promise.resolution}
        return {kind: self._read(text, policy, promise) for kind, text in texts.items()}

    def _read(self, text: str, policy: Policy, promise: Promise) -> Terms:
        read, name = read_target(text), promise.calendar or policy.calendar
        target = round(read * 1000) if isinstance(read, float) else None
        warn = None if target is None else target - _ahead(policy.warn, target)
        return Terms(target, read == NEXT_RELEASE, warn, name, self.hours.get(name, ROUND_THE_CLOCK))

    def ladder_of(self, category: str, priority: Priority) -> tuple[str, Ladder] | None:
        """By which ladder a ticket is escalated, by name and as it is; None: by none."""
        promised = self.settings.promise_of(category, priority)
        ladder = self.settings.ladders.get(promised[1].ladder) if promised is not None else None
        return None if promised is None or ladder is None else (promised[1].ladder, ladder)


def _ahead(warn: str, target: int) -> int:
    """How many milliseconds before the end of a target are near it.

    At most half of the target where it is a duration: what begins with its warning warns of nothing.
    """
    read = read_warning(warn)
    if isinstance(read, Percent):
        return min(target, round(target * float(read) / 100))
    return min(target // 2, round(float(read) * 1000))
