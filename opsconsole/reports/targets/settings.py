"""What the configuration says about targets: where each figure comes from, what it is to be, over which time. Pure."""

from __future__ import annotations

import re
from datetime import date
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from msgspec import Meta

from opsconsole.checklists.template.base import Group, id_mistake, line_mistake
from opsconsole.core.config import nearest
from opsconsole.core.periods import PERIODS
from opsconsole.core.units import Duration, Percent
from opsconsole.reports.definition import FigureDefinition, Source
from opsconsole.tickets.settings.promises import read_goal, unlike

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opsconsole.checklists.template.base import Mistakes
    from opsconsole.health.checks.settings.base import Check
    from opsconsole.tickets.settings import Goal

WINDOW: Final = f"a length of time such as 15m, 1d or 30d, or the last whole {', '.join(PERIODS[:-1])} or {PERIODS[-1]}"
_LEAST: Final = 60.0
_MOST: Final = 400 * 86_400.0
"""Seconds of a window; nothing that was measured is kept for longer."""
_UNIT: Final = re.compile(r"(ms|min|[wdhms%])$")
"""The unit of a goal, in which its figure is shown."""
_ALIKE: Final = {"percent": "kept", "seconds": "resolution"}
"""A figure of tickets whose goals are written as those of a series of this unit."""


class Target(Group, frozen=True, kw_only=True):
    """One target."""

    label: Annotated[str, Meta(max_length=120, description="What it is called.")]
    goal: Annotated[str, Meta(
        description="What the figure is to be: `> 99.9%`, `< 4h`, `>= 4.5`; empty: what `tickets.goals` says of a"
                    " figure of tickets, or the `slo` of a check.")] = ""
    window: Annotated[str, Meta(description=f"Over which time: {WINDOW}.")] = "30d"
    from_: Annotated[tuple[Source, ...], Meta(
        min_length=1, max_length=6, description="Where the figure comes from, as in reports; the first source that"
        " knows anything counts.")] = msgspec.field(name="from")
    unit: Annotated[str, Meta(
        max_length=20, description="In which it is shown, as `queries`; empty: that of the goal.")] = ""
    starts: Annotated[str, Meta(description="The first day on which it counts, as 2027-01-04; empty: ever.")] = ""
    ends: Annotated[str, Meta(description="The first day on which it counts no more; empty: never.")] = ""

    def mistakes(self) -> Mistakes:
        """A label, a goal, a window or a day that is none; a source that is no figure."""
        if wrong := line_mistake(self.label):
            yield ("label",), wrong
        if self.goal:
            try:
                read_goal(self.goal)
            except ValueError as problem:
                yield ("goal",), f"it must be {problem}, not `{self.goal}`"
        try:
            read_window(self.window)
        except ValueError:
            yield ("window",), f"it must be {WINDOW}, not `{self.window}`"
        yield from self._of_days()
        for number, source in enumerate(self.from_):
            if source.worst:
                yield ("from", str(number), "worst"), "a target has a figure of its own; `worst` is for reports"

    def _of_days(self) -> Mistakes:
        days: dict[str, date | None] = {}
        for name in ("starts", "ends"):
            text = getattr(self, name)
            try:
                days[name] = _day(text)
            except ValueError:
                yield (name,), f"it must be a day such as 2027-01-04, not `{text}`"
        first, last = days.get("starts"), days.get("ends")
        if first is not None and last is not None and last <= first:
            yield ("ends",), "it must be later than `starts`"

    @property
    def first_day(self) -> date | None:
        """From which day on it counts; None: ever."""
        return _day(self.starts)

    def counts(self, day: date) -> bool:
        """Whether it is a target on a day."""
        first, last = _day(self.starts), _day(self.ends)
        return (first is None or first <= day) and (last is None or day < last)

    def definition(self, name: str, goal: str) -> FigureDefinition:
        """What it asks for, as reports ask; what is nearly met is missed."""
        return FigureDefinition(id=name, title=self.label, unit=self.unit or unit_of(goal), goal=goal,
                                yellow=Percent(0), from_=self.from_)


Targets = dict[str, Target]
"""Name to target, in the order in which they are shown."""


def read_window(text: str) -> str | float:
    """The seconds up to now, or the name of the period whose last whole one is meant.

    Raises:
        ValueError: it is neither.
    """
    word = text.strip().lower()
    if word in PERIODS:
        return word
    seconds = float(Duration.parse(word))
    if not _LEAST <= seconds <= _MOST:
        raise ValueError(WINDOW)
    return seconds


def unit_of(goal: str) -> str:
    """The unit in which a goal is written, `ms` of `< 800ms`; empty: it has none."""
    found = _UNIT.search(goal.strip())
    return "" if found is None else {"m": "min"}.get(found[1], found[1])


def goal_of(target: Target, goals: Mapping[str, Goal], checks: Mapping[str, Check]) -> str:
    """What it is to be: as it says itself, else as tickets or checks do; empty: nobody says it.

    Args:
        target: which.
        goals: of tickets, by figure.
        checks: by name.
    """
    if target.goal:
        return target.goal
    for source in target.from_:
        if source.tickets in goals:
            return goals[source.tickets].is_
        check = checks.get(source.uptime)
        if check is not None and check.slo is not None:
            return f">= {check.slo}"
    return ""


def target_mistakes(targets: Mapping[str, Target], checks: Mapping[str, Check] | None,
                    goals: Mapping[str, Goal] | None) -> Iterator[tuple[tuple[str, ...], str]]:
    """(path below `targets`, sentence) of what only the rest of the configuration shows.

    Names that nothing has, targets without a goal, goals that their figure cannot be compared with.

    Args:
        targets: by name.
        checks: as configured; None: none are.
        goals: of tickets; None: there are none.
    """
    known = checks or {}
    for name, target in targets.items():
        if wrong := id_mistake(name):
            yield (name,), wrong
        misnamed = [((name, "from", str(number), key), sentence) for number, source in enumerate(target.from_)
                    for key, sentence in _of_source(source, known)]
        yield from misnamed
        goal = goal_of(target, goals or {}, known)
        if misnamed or (goal and not _readable(goal)):
            # What it is compared with is not known then.
            continue
        if not goal:
            yield (name,), "it needs `goal`; neither `tickets.goals` nor the `slo` of a check says what it is to be"
        elif wrong := next(filter(None, (_unlike(source, goal, known) for source in target.from_)), ""):
            yield ((name, "goal") if target.goal else (name,)), wrong


def _of_source(source: Source, checks: Mapping[str, Check]) -> Iterator[tuple[str, str]]:
    """(key, sentence) of names that no check has."""
    for key, name in (("uptime", source.uptime), ("check", source.check)):
        if name and name != "*" and name not in checks:
            yield key, f"there is no check `{name}`{nearest(name, checks)}"
    if source.metric.startswith("check:") and check_of(source.metric, checks) == "":
        named = source.metric.removeprefix("check:").rpartition(".")[0]
        yield "metric", f"there is no check `{named}`{nearest(named, checks)}"
    beats = [name for name, check in checks.items() if check.kind == "heartbeat"]
    for pattern in source.jobs:
        if not any(fnmatchcase(name, pattern) for name in beats):
            yield "jobs", f"no check of the kind heartbeat is named `{pattern}`{nearest(pattern, beats)}"


def check_of(series: str, checks: Mapping[str, Check]) -> str:
    """The check that a series is a value of; empty: of none."""
    fitting = [name for name in checks if series.startswith(f"check:{name}.")]
    # A name may have dots itself: of `site` and `site.eu` the longer one is meant.
    return max(fitting, key=len, default="")


def _unlike(source: Source, goal: str, checks: Mapping[str, Check]) -> str:
    """Why a figure cannot be compared with its goal, as half a sentence; empty: it can be."""
    from opsconsole.health.history.names import meaning  # noqa: PLC0415 - only when a configuration is read whole

    if source.growth or source.uptime or source.jobs:
        return unlike("kept", goal)
    if source.tickets in ("created", "resolved"):
        return unlike("backlog", goal)
    if source.tickets:
        return unlike(source.tickets, goal)
    if source.metric:
        unit = meaning(source.metric, {name: one.units for name, one in checks.items()}).unit
        return unlike(_ALIKE[unit], goal) if unit in _ALIKE else ""
    return ""


def _readable(goal: str) -> bool:
    try:
        read_goal(goal)
    except ValueError:
        return False
    return True


def _day(text: str) -> date | None:
    return date.fromisoformat(text.strip()) if text.strip() else None
