"""When a checklist is due."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final
from zoneinfo import ZoneInfo

from msgspec import Meta

from opsconsole.checklists.model.words import Mode
from opsconsole.checklists.template.base import Group
from opsconsole.core.units import Duration, TimeOfDay

if TYPE_CHECKING:
    from opsconsole.checklists.template.base import Mistakes

DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ORDINALS: Final = ("first", "second", "third", "fourth", "last")
_DATE: Final = re.compile("[0-9]{1,2}")
_DAY: Final = re.compile("(19[7-9][0-9]|2[0-9]{3})-[0-9]{2}-[0-9]{2}")
_MISSED: Final = Duration(8 * 3600)
ON_DAYS: Final = frozenset({Mode.MONTH, Mode.QUARTER, Mode.YEAR})


def read_day(text: str) -> int:
    """The day of the week of `mon` or `monday`, 0 for Monday.

    Raises:
        ValueError: it is none.
    """
    word = text.strip().lower()
    for number, name in enumerate(DAYS):
        if word in (name, name[:3]):
            return number
    raise ValueError("a day of the week such as mon or monday")


def read_on(text: str) -> int | tuple[int, int]:
    """A day of a month: 1 to 31 (in a shorter month its last day), or (which, day of the week).

    `which` is 1 to 4, or -1 for the last; the day is 0 to 6 from Monday, 7 for any weekday (Monday to Friday), 8 for
    any day.

    Raises:
        ValueError: it is none of these.
    """
    word = " ".join(text.strip().lower().split())
    if _DATE.fullmatch(word) and 1 <= int(word) <= 31:
        return int(word)
    first, _, rest = word.partition(" ")
    if first in ORDINALS and rest:
        which = -1 if first == "last" else ORDINALS.index(first) + 1
        if rest in ("weekday", "day"):
            return which, 7 if rest == "weekday" else 8
        return which, read_day(rest)
    raise ValueError("a day of the month such as 15, `first monday` or `last weekday`")


class When(Group, frozen=True, kw_only=True):
    """When it is due, and from and until when it can be walked through."""

    every: Annotated[Mode, Meta(
        description="By what: day, weekday (Monday to Friday), week, month, quarter, year, cron, completion (some time"
                    " after it was done last) or demand (when somebody starts it).")] = Mode.DEMAND
    interval: Annotated[int, Meta(ge=1, le=100, description="Every how many of them, counted from the anchor.")] = 1
    on: Annotated[tuple[str, ...], Meta(
        max_length=31, description="Of a week its days, `mon`; of a month, quarter or year days of the month: `15`,"
                                   " `31` (the last day of a shorter month), `first monday`, `last weekday`.")] = ()
    months: Annotated[tuple[Annotated[int, Meta(ge=1, le=12)], ...], Meta(
        max_length=12, description="Of a year its months, of a quarter which of its months, 1 to 3; none: the"
                                   " first.")] = ()
    cron: Annotated[str, Meta(max_length=200, description="The cron line of `every: cron`: `30 7 * * 1-5`.")] = ""
    after: Annotated[Duration | None, Meta(
        description="Of `every: completion`, how long after its end it opens again; it is due then.",
        extra={"at_least": "1m", "at_most": "1000d"})] = None
    at: Annotated[TimeOfDay, Meta(description="The time of day at which it is due.")] = TimeOfDay(9 * 60)
    zone: Annotated[ZoneInfo | None, Meta(description="The time zone; null: that of `checklists.zone`.")] = None
    anchor: Annotated[str, Meta(
        description="The date from which intervals are counted, and before which it is never due: `2027-01-04`;"
                    " empty: since ever.")] = ""
    until: Annotated[str, Meta(description="The last date on which it is due; empty: no end.")] = ""
    opens: Annotated[Duration, Meta(
        description="How long before its due time it can be begun.", extra={"at_most": "100d"})] = Duration(3600)
    late: Annotated[Duration, Meta(
        description="How long after its due time it is late.", extra={"at_most": "100d"})] = Duration(30 * 60)
    missed: Annotated[Duration, Meta(
        description="How long after its due time nobody can begin it any more.",
        extra={"at_least": "1m", "at_most": "400d"})] = _MISSED

    def mistakes(self) -> Mistakes:
        """Days and dates that are none, and what does not belong to the way it is due."""
        yield from self._of_days()
        yield from self._of_mode()
        for name in ("anchor", "until"):
            if (text := getattr(self, name)) and not _is_date(text):
                yield (name,), f"it must be a date from 1970 to 2999, such as 2027-01-04, not `{text}`"
        if self.anchor and self.until and _is_date(self.anchor) and _is_date(self.until) and self.until < self.anchor:
            yield ("until",), f"the end lies before the anchor, {self.anchor}; change one of them"
        yield from self._of_counting()
        if self.missed <= self.late:
            # Where one of them is as it is by itself, the other one is what somebody wrote.
            if self.missed == _MISSED:
                yield ("late",), f"it must be shorter than `missed`, {self.missed}; change one of them"
            else:
                yield ("missed",), f"it must be longer than `late`, {self.late}; change one of them"

    def _of_counting(self) -> Mistakes:
        """Intervals and dates where there is nothing that they could be of."""
        if self.every in (Mode.CRON, Mode.COMPLETION, Mode.DEMAND):
            if self.interval > 1:
                yield ("interval",), f"an interval is of days, weeks, months, quarters or years, not of `{self.every}`"
        elif self.interval > 1 and not self.anchor:
            yield ("interval",), "an interval is counted from a date; say it in `anchor`, as `anchor: 2027-01-04`"
        if self.every is Mode.DEMAND:
            for name in ("anchor", "until"):
                if getattr(self, name):
                    yield (name,), "this is for what is due by itself; say how in `every`, or leave this out"

    def _of_days(self) -> Mistakes:
        if self.on and self.every not in (Mode.WEEK, *ON_DAYS):
            yield ("on",), f"days are for a week, a month, a quarter or a year, not for `{self.every.value}`"
            return
        read = read_day if self.every is Mode.WEEK else read_on
        for number, text in enumerate(self.on):
            try:
                read(text)
            except ValueError as problem:
                yield ("on", str(number)), f"it must be {problem}, not `{text}`"

    def _of_mode(self) -> Mistakes:
        if self.every is Mode.WEEK and not self.on:
            yield ("on",), "say on which days of the week, as `on: [mon, fri]`"
        if self.months and self.every not in (Mode.QUARTER, Mode.YEAR):
            yield ("months",), f"months are for a quarter or a year, not for `{self.every.value}`"
        if self.every is Mode.QUARTER and any(month > 3 for month in self.months):
            yield ("months",), "a quarter has the months 1 to 3"
        if self.every is Mode.COMPLETION and self.after is None:
            yield ("every",), "say how long after its end it opens again, as `after: 2d`"
        if self.every is not Mode.COMPLETION and self.after is not None:
            yield ("after",), f"this is for `every: completion`, not for `{self.every}`"
        if self.every is Mode.CRON and not self.cron:
            yield ("every",), 'say the line too, as `cron: "30 7 * * 1-5"`'
        if self.every is not Mode.CRON and self.cron:
            yield ("cron",), f"this is for `every: cron`, not for `{self.every}`"
        if self.cron:
            from opsconsole.health.checks.heartbeat import cron_mistake  # noqa: PLC0415 - cronsim; few have one

            if wrong := cron_mistake(self.cron):
                yield ("cron",), wrong


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    # The library also reads `2027-W01-1`, and years whose instants no computer holds.
    return _DAY.fullmatch(text) is not None
