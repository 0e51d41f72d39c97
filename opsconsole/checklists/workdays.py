"""On which dates people are at work: by a calendar of the queue, where one is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.checklists.recurrence import every_day

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from opsconsole.checklists.recurrence import Working
    from opsconsole.tickets.calendars import Official
    from opsconsole.tickets.settings.promises import Calendar

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def workdays(calendars: Mapping[str, Calendar], name: str, cache: Path | None = None,
             official: Official | None = None) -> Working:
    """Whether people are at work on a date: it has hours and is no holiday.

    Args:
        calendars: those of `tickets.calendars`.
        name: of one of them; for an empty one, `clock` and one that is not there every day is a working day.
        cache: the folder where public holidays are kept; None: nowhere.
        official: the public holidays of a country; None: the library is asked.
    """
    calendar = calendars.get(name)
    if calendar is None:
        return every_day
    from opsconsole.tickets.calendars import days_off, official_days  # noqa: PLC0415 - few checklists name a calendar

    if official is None and cache is not None and calendar.holidays.country:
        from opsconsole.tickets.daysoff import DaysOff  # noqa: PLC0415 - few calendars name a country

        official = DaysOff(cache)
    off = days_off(calendar.holidays, official or official_days)
    # A calendar without any hour, which the configuration refuses, counts every hour; see `make_calendar`.
    open_days = frozenset(number for number, day in enumerate(_DAYS)
                          if calendar.hours.get(day)) or frozenset(range(7))  # type: ignore[call-overload]

    def working(day: date) -> bool:
        return day.weekday() in open_days and not off(day)

    return working
