"""What the file of a report can say: its sections, and for each figure the sources that are asked one after another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
from msgspec import Meta

from opsconsole.checklists.template.base import Group, id_mistake, line_mistake
from opsconsole.core.units import Percent
from opsconsole.tickets.settings import STATISTICS
from opsconsole.tickets.settings.promises import read_goal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsconsole.checklists.template.base import Mistakes

Covers = Literal["day", "week", "month", "quarter", "year"]
Of = Literal["last", "mean", "min", "max", "sum", "p50", "p95", "p99"]
When = Literal["during", "after"]

TICKETS: Final = ("created", "resolved", *STATISTICS)
LOG: Final = ("entries", "issues", "hours", "tasks", "found", "resolved", "escalated", "unsigned")
ALERTS: Final = ("fired", "critical", "warning", "info")
CHECKLISTS: Final = ("planned", "done", "on_time", "missed", "waived", "completion", "punctuality", "failed")
CHANGES: Final = ("package", "unit", "reboot", "sign-in")
_TIMES: Final = frozenset({"ms", "s", "min", "h", "d"})
_ANSWER: Final = re.compile(r"[^/\s]+/[^/\s]+")


class Source(Group, frozen=True, kw_only=True):
    """Where a figure comes from; exactly one of the first ten keys is said."""

    metric: Annotated[str, Meta(max_length=300, description="A series: `check:home-page.latency`, `cpu.busy`.")] = ""
    uptime: Annotated[str, Meta(max_length=80, description="The check whose time up is meant, in percent.")] = ""
    jobs: Annotated[tuple[str, ...], Meta(
        description="Heartbeats, `*` for any rest: the share of their reports that went well, in percent.")] = ()
    answer: Annotated[str, Meta(
        max_length=170, description="An item of a checklist: `evening/active-users`.")] = ""
    tickets: Annotated[str, Meta(description=f"A figure of tickets: {', '.join(TICKETS)}.")] = ""
    log: Annotated[str, Meta(description=f"A figure of the maintenance log: {', '.join(LOG)}.")] = ""
    alerts: Annotated[str, Meta(description=f"Alerts that began: {', '.join(ALERTS)}.")] = ""
    checklists: Annotated[str, Meta(description=f"How checklists were kept: {', '.join(CHECKLISTS)}.")] = ""
    changes: Annotated[str, Meta(description=f"What changed on the host: {', '.join(CHANGES)}.")] = ""
    worst: Annotated[Literal["", "section", "report"], Meta(
        description="The worst standing of the figures with a goal, of this section or of the report.")] = ""

    of: Annotated[Of | None, Meta(
        description="What of several values counts; without it the mean of a metric, the last answer.")] = None
    run: Annotated[When, Meta(
        description="Of an answer: whether the run is due in the period, or in the one after, which looks back.")] = (
            "during")
    filter: Annotated[str, Meta(max_length=500, description="Only the tickets that this filter finds.")] = ""
    check: Annotated[str, Meta(max_length=80, description="Only the alerts about this check.")] = ""
    growth: Annotated[bool, Meta(description="By how many percent it grew against the period before.")] = False

    @property
    def kind(self) -> str:
        """Which of the sources it is."""
        return next((name for name in KINDS if getattr(self, name)), "")

    def mistakes(self) -> Mistakes:
        """No source, or two; words that are none."""
        said = [name for name in KINDS if getattr(self, name)]
        if len(said) != 1:
            yield (said[1],) if said else (), f"it needs exactly one of {', '.join(KINDS)}"
            return
        if self.answer and not _ANSWER.fullmatch(self.answer):
            yield ("answer",), f"it must be a checklist and an item, as `evening/active-users`, not `{self.answer}`"
        for name, words in _WORDS.items():
            if (word := getattr(self, name)) and word not in words:
                yield (name,), f"it must be one of {', '.join(words)}, not `{word}`"
        if self.of in ("p50", "p95", "p99") and not self.metric:
            yield ("of",), f"{self.of} is only of a metric"
        if self.check and not self.alerts:
            yield ("check",), "only alerts can be those of one check"
        if self.filter:
            if not self.tickets:
                yield ("filter",), "only tickets can be filtered"
            yield from _filter_mistakes(self.filter)


KINDS: Final = ("metric", "uptime", "jobs", "answer", "tickets", "log", "alerts", "checklists", "changes", "worst")
_WORDS: Final = {"tickets": TICKETS, "log": LOG, "alerts": ALERTS, "checklists": CHECKLISTS, "changes": CHANGES}


class FigureDefinition(Group, frozen=True, kw_only=True):
    """One figure."""

    id: str
    title: Annotated[str, Meta(max_length=200)]
    unit: Annotated[str, Meta(
        max_length=20, description="In which it is shown; times and sizes are brought into it: `ms`, `h`, `%`.")] = ""
    goal: Annotated[str, Meta(description="What it is to be: `< 3s`, `>= 99.9%`; empty: none, or that of the"
                                          " configuration.")] = ""
    yellow: Annotated[Percent, Meta(description="By how much of it the goal may be missed and still be yellow.")] = (
        Percent(10))
    from_: Annotated[tuple[Source, ...], Meta(
        min_length=1, max_length=6, description="The sources; the first one that knows anything counts.")] = (
            msgspec.field(name="from"))

    def mistakes(self) -> Mistakes:
        """An id, a title or a goal that is none."""
        yield from _named(self.id, self.title)
        if self.goal:
            try:
                read_goal(self.goal)
            except ValueError as problem:
                yield ("goal",), f"it must be {problem}, not `{self.goal}`"
            else:
                # A figure in `ms` is compared in seconds: a number alone would be taken for those.
                if self.unit in _TIMES and not self.goal[-1:].isalpha():
                    yield ("goal",), f"this figure is a time, as `< 3s`, not `{self.goal}`"


Rows = Literal["", "uptime", "alerts", "checklists", "promises", "people", "categories", "entries", "found", "resolved",
               "escalated", "actions", "changes"]


class TableDefinition(Group, frozen=True, kw_only=True):
    """One table: `rows` names what the program knows, `answer` what people entered."""

    id: str
    title: Annotated[str, Meta(max_length=200)]
    rows: Annotated[Rows, Meta(description="What the rows are of.")] = ""
    answer: Annotated[str, Meta(
        max_length=170, description="An item of a checklist: the rows of a table, or one for each answer.")] = ""
    run: When = "during"
    columns: Annotated[tuple[str, ...], Meta(
        max_length=12, description="The columns of a table that is filled in by a person.")] = ()
    blanks: Annotated[int, Meta(ge=0, le=20, description="Rows left free where nothing is known.")] = 0

    def mistakes(self) -> Mistakes:
        """An id or a title that is none; no rows, or two sorts of them."""
        yield from _named(self.id, self.title)
        if bool(self.rows) is bool(self.answer):
            yield (), "it needs either `rows` or `answer`"
        if self.answer and not _ANSWER.fullmatch(self.answer):
            yield ("answer",), f"it must be a checklist and an item, as `monthly/goals`, not `{self.answer}`"


class SectionDefinition(Group, frozen=True, kw_only=True):
    """Figures and tables under one heading."""

    title: Annotated[str, Meta(max_length=200)]
    figures: tuple[FigureDefinition, ...] = ()
    tables: tuple[TableDefinition, ...] = ()


class Definition(Group, frozen=True, kw_only=True):
    """The file of a report."""

    title: Annotated[str, Meta(max_length=200)]
    covers: Annotated[Covers, Meta(description="How long its period is.")]
    shows: Annotated[Literal["this", "last"], Meta(
        description="Which period is meant where none is named: the one that goes on, or the last whole one.")] = "last"
    purpose: Annotated[str, Meta(max_length=400)] = ""
    sections: Annotated[tuple[SectionDefinition, ...], Meta(min_length=1, max_length=40)]

    def parts(self) -> Iterator[FigureDefinition | TableDefinition]:
        """All figures and tables."""
        for section in self.sections:
            yield from section.figures
            yield from section.tables

    def mistakes(self) -> Mistakes:
        """A title that is none; ids that are there twice."""
        if wrong := line_mistake(self.title):
            yield ("title",), wrong
        seen: set[str] = set()
        for part in self.parts():
            if part.id in seen:
                yield ("sections",), f"the id `{part.id}` is there twice"
            seen.add(part.id)


def _named(name: str, title: str) -> Mistakes:
    if wrong := id_mistake(name):
        yield ("id",), wrong
    if wrong := line_mistake(title):
        yield ("title",), wrong


def _filter_mistakes(text: str) -> Mistakes:
    from opsconsole.core.errors import OpsError  # noqa: PLC0415 - few reports filter
    from opsconsole.tickets.filters import parse_filter  # noqa: PLC0415 - as above

    try:
        parse_filter(text)
    except OpsError as problem:
        yield ("filter",), str(problem)
