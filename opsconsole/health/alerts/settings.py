"""The part of the configuration that says what is an alert.

A rule watches a `metric` or a `check`. One that has neither is named like what alerts without any rule, and says how
that is to be told: `cpu`, `mount:/var`, `mount:*`, `units` for the limits of `health`, `check:api` or `check:*` for
checks. One that has either, and such a name, takes the place of the built-in alert. `enabled: false` switches it off.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple, Self

import msgspec
from msgspec import Meta

from opsconsole.core.units import Duration
from opsconsole.health.history.model import Aggregate
from opsconsole.notify.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

Conditions = str | tuple[str, ...]

LIMITS: Final = ("cpu", "iowait:cpu", "steal:cpu", "memory", "swap", "load", "cpu:pressure", "memory:pressure",
                 "io:pressure", "files", "clock", "units", "oom")
"""Targets of the built-in limits that every host can have."""
LIMIT_KINDS: Final = ("mount", "inodes", "answer", "readonly", "net", "disk", "sensor")
"""What the other targets begin with: `mount:/var`."""
CHECK: Final = "check"
"""What the name of a rule about the built-in alerts of checks begins with: `check:api`."""
MOST_WITHIN: Final = 100
_NO: Final = frozenset({"", "no", "false", "off"})
_YES: Final = frozenset({"yes", "true", "on"})
REMIND: Final = Duration(15 * 60)


class Within(NamedTuple):
    """So many bad ones of the last so many observations: `5 of 15`."""

    bad: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """From its text.

        Raises:
            ValueError: it is none, or can never be reached.
        """
        first, _, second = text.partition(" of ")
        first, second = first.strip(), second.strip()
        if not (first.isascii() and first.isdigit() and second.isascii() and second.isdigit() and len(text) < 20):
            raise ValueError("it must be two numbers such as `5 of 15`")
        bad, of = int(first), int(second)
        if not 1 <= bad <= of <= MOST_WITHIN:
            raise ValueError(f"the first number must be from 1 to the second, and that at most {MOST_WITHIN}")
        return cls(bad, of)

    def __str__(self) -> str:
        return f"{self.bad} of {self.of}"


def listed(conditions: Conditions) -> tuple[str, ...]:
    """Conditions as a list, whichever way they are written."""
    return (conditions,) if isinstance(conditions, str) else conditions


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When something is an alert, and how it is told. All conditions of a severity must hold."""

    metric: Annotated[str, Meta(
        max_length=300, description="The series that is watched, as `memory.used_percent` or `check:api.latency`;"
                                    " `*` stands for any rest, and each series alerts by itself.")] = ""
    check: Annotated[str, Meta(max_length=300, description="The check that is watched; a pattern as above.")] = ""
    of: Annotated[Aggregate, Meta(
        description="What is judged of the values in `over`: `change` is last less first, `rate` that per second.",
    )] = "last"
    over: Annotated[Duration | None, Meta(
        description="How far back values count; null: only the newest.",
        extra={"at_least": "10s", "at_most": "24h"})] = None
    info: Annotated[Conditions, Meta(
        description="Conditions for information, as `\"> 80%\"` or a list; of a check also `\"latency > 3s\"`.")] = ()
    warning: Annotated[Conditions, Meta(description="Conditions for a warning.")] = ()
    critical: Annotated[Conditions, Meta(
        description="Conditions for critical. A check without any conditions alerts by its own state.")] = ()
    for_: Annotated[Duration, Meta(
        description="How long the conditions must hold before it fires.", extra={"at_most": "30d"},
    )] = msgspec.field(name="for", default=Duration(0))
    within: Annotated[str, Meta(
        max_length=20, description="Fires when so many of the last observations are bad, as `5 of 15`; in place of"
                                   " `for`, where something is never bad for long.")] = ""
    recover: Annotated[Conditions, Meta(
        description="Conditions that must hold before it is over; none: the others must fail.")] = ()
    margin: Annotated[str, Meta(
        max_length=40, description="How far the value must go back behind its limit before it is over, as `5%`.")] = ""
    recover_for: Annotated[Duration, Meta(
        description="How long it must be well before it is over.", extra={"at_most": "30d"})] = Duration(0)
    unknown: Annotated[Literal["keep", "info", "warning", "critical"], Meta(
        description="What an unknown value is; keep: neither good nor bad.")] = "keep"
    severity: Annotated[Severity, Meta(description="The most that it can be.")] = Severity.CRITICAL
    react_within: Annotated[Duration | None, Meta(
        description="How soon somebody must react; told with the alert.", extra={"at_most": "400d"})] = None
    category: Annotated[str, Meta(max_length=100, description="What it belongs to; routes can name it.")] = ""
    ladder: Annotated[str, Meta(max_length=100, description="The ladder of `notify` that it climbs; empty: none.")] = ""
    channels: Annotated[tuple[str, ...], Meta(
        description="The channels of `notify` that it is told by; none: what the routes say.")] = ()
    remind: Annotated[Duration | None, Meta(
        description="How often it is told again until somebody acknowledges it; 0: never; null: what is critical"
                    " every 15 minutes.", extra={"at_most": "30d"})] = None
    ticket: Annotated[str, Meta(
        max_length=80, description="Whether it opens a ticket: `no`, `yes`, or the category of `tickets` that it gets."
                                   " Alerts of one check, and of what depends on it, share one.")] = "no"
    depends_on: Annotated[tuple[str, ...], Meta(
        description="Rules and checks without which this cannot be well: while one is critical, this is not told.",
    )] = ()
    label: Annotated[str, Meta(max_length=200, description="What it is called; empty: its name.")] = ""
    help: Annotated[str, Meta(max_length=4000, description="What to do when it fires.")] = ""
    runbook: Annotated[str, Meta(max_length=500, description="Name or place of the instructions.")] = ""
    enabled: Annotated[bool, Meta(description="Whether it is in force.")] = True

    @property
    def wants_ticket(self) -> bool:
        """Whether it opens a ticket."""
        return self.ticket.strip().lower() not in _NO

    @property
    def ticket_category(self) -> str:
        """The category of its tickets; empty: the first one of `tickets`."""
        return "" if self.ticket.strip().lower() in _YES or not self.wants_ticket else self.ticket.strip()

    @property
    def conditions(self) -> dict[Severity, tuple[str, ...]]:
        """The conditions of each severity that has any, the loudest first."""
        stated = ((Severity.CRITICAL, self.critical), (Severity.WARNING, self.warning), (Severity.INFO, self.info))
        return {severity: listed(texts) for severity, texts in stated if texts}

    def mistakes(self) -> Iterable[tuple[tuple[str, ...], str]]:
        """What contradicts itself, and conditions that cannot be understood."""
        from opsconsole.health.alerts.checking import rule_mistakes  # noqa: PLC0415 - only a file with rules needs it

        return rule_mistakes(self)


Rules = dict[str, Rule]
"""Name to rule."""


def is_builtin(name: str) -> bool:
    """Whether a rule's name, perhaps a pattern, is that of something which alerts without any rule."""
    kind, colon, rest = name.partition(":")
    if colon and kind in (*LIMIT_KINDS, CHECK):
        return bool(rest)
    return name in LIMITS or ("*" in name and any(fnmatchcase(one, name) for one in LIMITS))
