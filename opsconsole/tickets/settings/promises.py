"""When a ticket has to be answered and solved: calendars, policies, ladders, and the figures to be reached."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from opsconsole.core.units import Duration, Percent
from opsconsole.tickets.model import Priority
from opsconsole.tickets.settings.base import NEXT_RELEASE, NONE, Group

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsconsole.tickets.settings.base import Mistakes

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEKDAYS: Final[tuple[Day, ...]] = ("mon", "tue", "wed", "thu", "fri")
CLOCK: Final = "clock"
"""The calendar that is always there: every hour counts."""
_HOURS: Final = r"([01][0-9]|2[0-3]):([0-5][0-9]) ?[-–] ?([01][0-9]|2[0-4]):([0-5][0-9])"  # noqa: RUF001 - typed so


def read_hours(text: str) -> tuple[int, int]:
    """The minutes after midnight at which `09:00-12:30` begins and ends; 24:00 is the end of the day.

    Raises:
        ValueError: it is no such span; says what is allowed.
    """
    found = re.fullmatch(_HOURS, text.strip()[:40])
    if found is not None:
        start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
        if start < end <= 24 * 60:
            return start, end
    raise ValueError("a span within the day such as 09:00-12:30")


def read_target(text: str) -> float | str | None:
    """Seconds of a promise; None for `none`; `next release` as it is.

    Raises:
        ValueError: it is none of these; says what is allowed.
    """
    word = text.strip().lower()
    if word in (NONE, ""):
        return None
    if word == NEXT_RELEASE:
        return NEXT_RELEASE
    try:
        seconds = float(Duration.parse(word))
    except ValueError:
        raise ValueError("a duration such as 15m or 4h, `none` or `next release`") from None
    return seconds


def read_warning(text: str) -> Duration | Percent:
    """How long before its end a clock warns: `15m`, or a share of its target such as `25%`.

    Raises:
        ValueError: it is neither.
    """
    try:
        return Percent.parse(text) if text.strip().endswith("%") else Duration.parse(text)
    except ValueError:
        raise ValueError("a duration such as 15m, or a share such as 25%") from None


class Holidays(Group, frozen=True, kw_only=True):
    """Days on which nobody is at work."""

    country: Annotated[str, Meta(description="The country whose public holidays count: DE, US; empty: none.")] = ""
    region: Annotated[str, Meta(
        description="The region of that country: BY, CA; empty: those of the whole country.")] = ""
    dates: Annotated[tuple[str, ...], Meta(
        description="Further dates: `2026-12-24`, or `12-24` for every year.")] = ()
    but: Annotated[tuple[str, ...], Meta(description="Dates on which people are at work all the same.")] = ()


class Calendar(Group, frozen=True, kw_only=True):
    """The hours that count."""

    zone: Annotated[ZoneInfo | None, Meta(description="The time zone; null: this machine's.")] = None
    hours: Annotated[dict[Day, tuple[str, ...]], Meta(
        description="The spans of each day of the week, breaks left out: `mon: [\"09:00-12:00\", \"13:00-18:00\"]`; a"
                    " day that is not named has none.")] = msgspec.field(
                            default_factory=lambda: dict.fromkeys(_WEEKDAYS, ("09:00-17:00",)))
    holidays: Annotated[Holidays, Meta(description="Days on which no hour counts.")] = Holidays()

    def mistakes(self) -> Mistakes:
        """Spans that are none or overlap, dates that are none, a week without an hour, countries that are unknown."""
        from opsconsole.tickets.calendars import calendar_mistakes  # noqa: PLC0415 - only where there are calendars

        return calendar_mistakes(self)


class Promise(Group, frozen=True, kw_only=True):
    """What is promised for one priority. Each is a duration, `none`, or (of a solution) `next release`."""

    response: Annotated[str, Meta(description="Time until the first answer.")] = NONE
    next: Annotated[str, Meta(
        description="Time until each further message of the requester is answered; empty: as `response`.")] = ""
    resolution: Annotated[str, Meta(description="Time until it is solved.")] = NONE
    calendar: Annotated[str, Meta(
        description="The calendar whose hours count, or `clock` for every hour; empty: that of the policy.")] = ""
    ladder: Annotated[str, Meta(
        description="The ladder of `tickets.ladders` by which it is escalated; empty: none.")] = ""

    def mistakes(self) -> Mistakes:
        """Durations that are none."""
        for name, text in (("response", self.response), ("next", self.next), ("resolution", self.resolution)):
            try:
                read = read_target(text)
            except ValueError as problem:
                yield (name,), f"it must be {problem}, not `{text}`"
            else:
                if name != "resolution" and read == NEXT_RELEASE:
                    yield (name,), "only a solution can come with the next release"
                elif read == 0:
                    yield (name,), "a promise of no time would be broken at once; say for example 1m"


class Policy(Group, frozen=True, kw_only=True):
    """The promises for some categories; the first policy that fits counts."""

    categories: Annotated[tuple[str, ...], Meta(
        description="Categories that it is for, patterns allowed; none: all.")] = ()
    calendar: Annotated[str, Meta(description="The calendar whose hours count, or `clock`.")] = CLOCK
    warn: Annotated[str, Meta(
        description="How long before the end is warned: a duration, or a share of the promise.")] = "25%"
    promises: Annotated[dict[Priority, Promise], Meta(
        description="What is promised, by priority; nothing for one that is not named.")]

    def mistakes(self) -> Mistakes:
        """A warning that is none, or that comes before its clock begins."""
        try:
            ahead = read_warning(self.warn)
        except ValueError as problem:
            yield ("warn",), f"it must be {problem}, not `{self.warn}`"
        else:
            if isinstance(ahead, Percent) and float(ahead) > 100:
                yield ("warn",), f"a share of the promise is at most 100%, not `{self.warn}`"


class Level(Group, frozen=True, kw_only=True):
    """One level of a ladder."""

    name: Annotated[str, Meta(description="What it is called in the timeline: `senior team`; empty: its number.")] = ""
    tell: Annotated[tuple[str, ...], Meta(
        min_length=1, description="`assignee`, `team`, `watchers`, a contact, `oncall:ROTATION`, or `channel:NAME`.")]
    team: Annotated[str, Meta(description="The team that the ticket goes to; empty: it stays.")] = ""
    at: Annotated[str, Meta(
        description="When it begins, from the start of the clock or from its due time: `start`, `start+8h`,"
                    " `due-15m`, `due`, `due+2h`; empty: when the level before had its time.")] = ""
    within: Annotated[Duration | None, Meta(
        description="How much time these people have before the next level begins.", extra={"at_most": "90d"})] = None
    hours: Annotated[str, Meta(
        description="The calendar whose hours count for `within`, or `clock`.")] = CLOCK

    def mistakes(self) -> Mistakes:
        """A beginning that is none."""
        try:
            read_at(self.at)
        except ValueError as problem:
            yield ("at",), f"it must be {problem}, not `{self.at}`"


def read_at(text: str) -> tuple[Literal["start", "due", ""], float]:
    """From what a level counts, and how many seconds after it, negative before: `start+8h`, `due-15m`.

    Raises:
        ValueError: it is no such moment; says what is allowed.
    """
    found = re.fullmatch(r"(start|due)(?: ?([+-]) ?(.+))?", text.strip()[:60])
    if not text.strip():
        return "", 0.0
    if found is not None and not (found[1] == "start" and found[2] == "-"):
        try:
            seconds = float(Duration.parse(found[3])) if found[3] else 0.0
        except ValueError:
            pass
        else:
            return ("start" if found[1] == "start" else "due"), (-seconds if found[2] == "-" else seconds)
    raise ValueError("a moment such as `start+8h`, `due-15m`, `due` or `due+2h`")


class Ladder(Group, frozen=True, kw_only=True):
    """Who is told, one after another, while a promise is not kept and nobody says that they have it in hand."""

    clocks: Annotated[tuple[Literal["response", "next", "resolution"], ...], Meta(
        min_length=1, description="The clocks that climb it.")] = ("resolution",)
    levels: Annotated[tuple[Level, ...], Meta(min_length=1, max_length=20, description="From the first level up.")]

    def mistakes(self) -> Mistakes:
        """Levels of which nobody can say when they begin."""
        for number, level in enumerate(self.levels):
            if number and not level.at and self.levels[number - 1].within is None:
                yield ("levels", str(number)), "it needs `at`, or the level before needs `within`"


STATISTICS: Final = ("first_response", "next_response", "resolution", "kept", "escalated", "reopened", "first_contact",
                     "satisfaction", "score", "knowledge", "backlog", "resolved_24h")
"""Figures that can have a goal: times, shares in percent, `score` from 1 to 5, `backlog` as a number of tickets."""
_GOAL: Final = r"(<=|>=|<|>|≤|≥) ?(.+)"
_TIMES: Final = frozenset({"first_response", "next_response", "resolution"})
_COUNTS: Final = {"score": "a number from 1 to 5, as `>= 4.5`", "backlog": "a number of tickets, as `< 20`"}


class Goal(Group, frozen=True, kw_only=True):
    """What a figure is to be."""

    is_: Annotated[str, Meta(description="`< 4h`, `> 90%`, `>= 4.5`, `< 20`.")] = msgspec.field(name="is")
    yellow: Annotated[Percent, Meta(description="By how much of it the goal may be missed and still be yellow.")] = (
        Percent(10))

    def mistakes(self) -> Mistakes:
        """A goal that is none."""
        try:
            read_goal(self.is_)
        except ValueError as problem:
            yield ("is",), f"it must be {problem}, not `{self.is_}`"


def unlike(name: str, text: str) -> str:
    """Why a figure cannot be compared with a goal that can be read, as half a sentence; empty: it can be."""
    words = text.strip().lstrip("<>=≤≥ ")
    plain = words.replace(".", "", 1).isdecimal()
    if name in _TIMES:
        return "" if words[-1:].isalpha() else f"this figure is a time, as `< 4h`, not `{text}`"
    if name in _COUNTS:
        return "" if plain else f"this figure is {_COUNTS[name]}, not `{text}`"
    return "" if plain or words.endswith("%") else f"this figure is a share, as `> 90%`, not `{text}`"


def read_goal(text: str) -> tuple[Literal["<", "<=", ">", ">="], float]:
    """How a figure compares, and to what: seconds for a duration, else the number; percent as 0 to 100.

    Raises:
        ValueError: it is no such thing; says what is allowed.
    """
    found = re.fullmatch(_GOAL, text.strip()[:60])
    if found is not None:
        sign = {"≤": "<=", "≥": ">="}.get(found[1], found[1])
        words = found[2].strip()
        readers: tuple[Callable[[str], float], ...] = (Percent.parse, Duration.parse)
        for read in readers:
            try:
                return sign, float(read(words))  # type: ignore[return-value]
            except ValueError:
                continue
    raise ValueError("a comparison such as `< 4h`, `> 90%` or `>= 4.5`")
