"""What the tests of due times share: zones, moments, and rules in a few words."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from opsconsole.checklists.model import Holiday, Mode
from opsconsole.checklists.recurrence import Recurrence, every_day
from opsconsole.checklists.template import When
from opsconsole.core.units import Duration, TimeOfDay
from opsconsole.core.walltime import at_wall, midnight, wall_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsconsole.checklists.recurrence import Occurrence, Working
    from opsconsole.core.clock import Instant

BERLIN, NEW_YORK, LORD_HOWE = (ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe"))
_READ: dict[str, Any] = {"at": TimeOfDay.parse, "zone": ZoneInfo, "on": tuple, "months": tuple,
                         **dict.fromkeys(("after", "opens", "late", "missed"), Duration.parse)}


def when(every: str, **keys: Any) -> When:
    """`when("week", on=["mon"], at="08:00")`: as a file says it, and it must have no mistakes."""
    made = When(every=Mode(every), **{name: _READ.get(name, _same)(value) for name, value in keys.items()})
    assert not list(made.mistakes())
    return made


def _same(value: Any) -> Any:
    return value


def rule(every: str, *, tz: ZoneInfo = BERLIN, holiday: Holiday = Holiday.RUN, off: Iterable[str] = (),
         working: Working | None = None, **keys: Any) -> Recurrence:
    """A recurrence; `off` are dates on which nobody is at work."""
    free = frozenset(map(date.fromisoformat, off))
    return Recurrence(when(every, **keys), tz, holiday,
                      working or ((lambda day: day not in free) if free else every_day))


def moment(text: str, tz: ZoneInfo = BERLIN) -> Instant:
    """`2027-01-04 09:00` on the wall."""
    return at_wall(datetime.fromisoformat(text), tz)


def names(recurrence: Recurrence, first: str, last: str) -> list[str]:
    """The names of those from one date to another, both included."""
    start, end = midnight(date.fromisoformat(first)), midnight(date.fromisoformat(last)) + timedelta(days=1)
    return [one.name for one in recurrence.between(at_wall(start, recurrence.zone), at_wall(end, recurrence.zone))]


def shown(one: Occurrence, tz: ZoneInfo) -> str:
    """When it is due, on the wall: `2027-01-04 09:00`."""
    return f"{wall_of(one.due, tz):%Y-%m-%d %H:%M}"
