"""The part of the configuration that is about tickets. With none of it, everything has a sensible default."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from opsconsole.core.units import Duration
from opsconsole.tickets.settings.base import NEXT_RELEASE, NONE, Group
from opsconsole.tickets.settings.desk import (
    CATEGORIES,
    VIEWS,
    Attachments,
    Canned,
    Category,
    Closing,
    FormField,
    Intake,
    Mail,
    Routing,
    Satisfaction,
    Smtp,
    Team,
    View,
)
from opsconsole.tickets.settings.lifecycles import BUILT_IN, REQUIRABLE, Lifecycle, Move, lifecycles
from opsconsole.tickets.settings.promises import (
    CLOCK,
    STATISTICS,
    Calendar,
    Goal,
    Holidays,
    Ladder,
    Level,
    Policy,
    Promise,
    unlike,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from opsconsole.tickets.model import Priority
    from opsconsole.tickets.settings.base import Mistakes

__all__ = ["BUILT_IN", "CATEGORIES", "CLOCK", "NEXT_RELEASE", "NONE", "STATISTICS", "VIEWS", "Attachments", "Calendar",
           "Canned", "Category", "Closing", "FormField", "Goal", "Holidays", "Intake", "Ladder", "Level", "Lifecycle",
           "Mail", "Move", "Policy", "Promise", "Routing", "Satisfaction", "Smtp", "Team", "TicketSettings", "View",
           "lifecycles"]


class TicketSettings(Group, frozen=True, kw_only=True):
    """Tickets: their kinds, who gets them, what is promised, and how they come and go."""

    categories: Annotated[dict[str, Category], Meta(
        description="The kinds of tickets, by name, in the order in which they are offered; none: technical, billing,"
                    " bug and feature.")] = msgspec.field(default_factory=dict)
    lifecycles: Annotated[dict[str, Lifecycle], Meta(
        description="States and moves, by name, besides `bug`, `feature` and `support`.")] = msgspec.field(
            default_factory=dict)
    calendars: Annotated[dict[str, Calendar], Meta(
        description="The hours that count, by name; `clock` is every hour.")] = msgspec.field(default_factory=dict)
    policies: Annotated[dict[str, Policy], Meta(
        description="What is promised, by name; the first policy that fits a category counts.")] = msgspec.field(
            default_factory=dict)
    ladders: Annotated[dict[str, Ladder], Meta(
        description="Who is told next while a promise is not kept, by name.")] = msgspec.field(default_factory=dict)
    teams: Annotated[dict[str, Team], Meta(description="People who share tickets, by name.")] = msgspec.field(
        default_factory=dict)
    routing: Annotated[tuple[Routing, ...], Meta(
        description="Which tickets go where; the first rule that fits counts.")] = ()
    return_after: Annotated[Duration | None, Meta(
        description="How long somebody may leave an assigned ticket unanswered before it goes back to its team; null:"
                    " for ever.", extra={"at_least": "1m"})] = None
    views: Annotated[dict[str, View], Meta(
        description="Named filters, besides open, mine, unassigned, late, due today and waiting.")] = msgspec.field(
            default_factory=dict)
    canned: Annotated[dict[str, Canned], Meta(
        description="Texts for replies and notes, with what else is to be done, by name.")] = msgspec.field(
            default_factory=dict)
    mail: Annotated[Mail, Meta(description="Mail from requesters and to them.")] = Mail()
    attachments: Annotated[Attachments, Meta(description="Files of tickets.")] = Attachments()
    satisfaction: Annotated[Satisfaction, Meta(
        description="Asking requesters how satisfied they are.")] = Satisfaction()
    closing: Annotated[Closing, Meta(description="What closing a ticket takes.")] = Closing()
    goals: Annotated[dict[str, Goal], Meta(
        description="What the figures of the statistics are to be, by name.")] = msgspec.field(default_factory=dict)

    def mistakes(self) -> Mistakes:
        """Names that nothing has."""
        known = lifecycles(self.lifecycles)
        for name, category in self.categories.items():
            yield from _unknown(("categories", name, "lifecycle"), category.lifecycle, known, "lifecycle")
        yield from self._of_lifecycles()
        yield from self._of_promises()
        yield from self._of_people()
        for name, goal in self.goals.items():
            yield from _unknown(("goals", name), name, STATISTICS, "figure")
            if name in STATISTICS and (problem := unlike(name, goal.is_)):
                yield ("goals", name, "is"), problem

    def _of_lifecycles(self) -> Mistakes:
        for name, one in self.lifecycles.items():
            forms = {field for category in self.all_categories.values() if category.lifecycle == name
                     for field in category.form}
            for start, ways in one.moves.items():
                for end, move in ways.items():
                    for number, field in enumerate(move.require):
                        yield from _unknown(("lifecycles", name, "moves", start, end, "require", str(number)), field,
                                            REQUIRABLE | forms, "field")

    def _of_promises(self) -> Mistakes:
        calendars = {CLOCK, *self.calendars}
        if CLOCK in self.calendars:
            yield ("calendars", CLOCK), "this is the name of the calendar in which every hour counts"
        for name, policy in self.policies.items():
            yield from self._of_categories(("policies", name, "categories"), policy.categories)
            yield from _unknown(("policies", name, "calendar"), policy.calendar, calendars, "calendar")
            for priority, promise in policy.promises.items():
                at = ("policies", name, "promises", priority.value)
                if promise.calendar:
                    yield from _unknown((*at, "calendar"), promise.calendar, calendars, "calendar")
                if promise.ladder:
                    yield from _unknown((*at, "ladder"), promise.ladder, self.ladders, "ladder")
        for name, ladder in self.ladders.items():
            for number, level in enumerate(ladder.levels):
                at = ("ladders", name, "levels", str(number))
                yield from _unknown((*at, "hours"), level.hours, calendars, "calendar")
                if level.team:
                    yield from _unknown((*at, "team"), level.team, self.teams, "team")

    def _of_people(self) -> Mistakes:
        for number, rule in enumerate(self.routing):
            yield from self._of_categories(("routing", str(number), "categories"), rule.categories)
            if rule.team:
                yield from _unknown(("routing", str(number), "team"), rule.team, self.teams, "team")
        for address, intake in self.mail.intakes.items():
            if intake.team:
                yield from _unknown(("mail", "intakes", address, "team"), intake.team, self.teams, "team")
            if intake.category:
                yield from _unknown(("mail", "intakes", address, "category"), intake.category, self.all_categories,
                                    "category")
        for name, canned in self.canned.items():
            yield from self._of_categories(("canned", name, "categories"), canned.categories)
            if state := canned.set.get("state", "").strip():
                states = {one for lifecycle in self.all_lifecycles.values() for one in lifecycle.states}
                yield from _unknown(("canned", name, "set", "state"), state, states, "state")

    def _of_categories(self, path: tuple[str, ...], names: Sequence[str]) -> Mistakes:
        """Names of categories, or patterns, that fit none: they would never do anything."""
        for number, name in enumerate(names):
            if not any(fnmatchcase(category, name) for category in self.all_categories):
                yield from _unknown((*path, str(number)), name, self.all_categories, "category")

    @property
    def all_categories(self) -> dict[str, Category]:
        """The categories that there are."""
        return self.categories or CATEGORIES

    @property
    def all_lifecycles(self) -> dict[str, Lifecycle]:
        """The lifecycles that there are."""
        return lifecycles(self.lifecycles)

    def lifecycle_of(self, category: str) -> tuple[str, Lifecycle]:
        """The lifecycle of a category, by name and as it is; of one that is not configured any more, `support`."""
        found = self.all_categories.get(category)
        name = found.lifecycle if found is not None else "support"
        return name, self.all_lifecycles[name]

    def views_of(self, person: str) -> dict[str, View]:
        """The views that somebody sees, the built-in ones first."""
        own = {name: view for name, view in self.views.items() if not view.people or person in view.people}
        return {**VIEWS, **own}

    def promise_of(self, category: str, priority: Priority) -> tuple[Policy, Promise] | None:
        """What is promised to a ticket; None: nothing."""
        for policy in self.policies.values():
            if not policy.categories or any(fnmatchcase(category, pattern) for pattern in policy.categories):
                promise = policy.promises.get(priority)
                return None if promise is None else (policy, promise)
        return None


def _unknown(path: tuple[str, ...], name: str, known: Collection[str],
             what: str) -> Iterator[tuple[tuple[str, ...], str]]:
    if name not in known:
        from opsconsole.core.config import nearest  # noqa: PLC0415 - only for a mistake

        yield path, f"there is no {what} `{name}`{nearest(name, sorted(known)) or '.'}"
