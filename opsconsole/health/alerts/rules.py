"""Rules made ready: what each watches, its conditions read once, and what is observed by them."""

from __future__ import annotations

import logging
import operator
from fnmatch import fnmatchcase
from math import isfinite
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core.levels import Level
from opsconsole.health.alerts.checking import margin_of
from opsconsole.health.alerts.machine import LOUDEST_FIRST, Observation, Policy
from opsconsole.health.alerts.settings import REMIND, Rule, Within, listed
from opsconsole.health.conditions import Condition, ConditionError, parse
from opsconsole.health.conditions.literals import Lit, show_value
from opsconsole.notify.model import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opsconsole.core.clock import Instant
    from opsconsole.health.checks.model import Outcome, Value
    from opsconsole.health.checks.settings.base import Check
    from opsconsole.health.model import Finding

LOG = logging.getLogger(__name__)

MEASURED_BRIDGE: Final = 120.0
"""Seconds; what is measured every 10 s and is missing for longer was not watched."""
BUILTIN_CHECK: Final = Within(2, 2)
"""A check that no rule names alerts when it fails twice in a row."""
SEVERITIES: Final = {Level.WARNING: Severity.WARNING, Level.CRITICAL: Severity.CRITICAL}
_ORDER: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_BEHIND: Final = {">": -1.0, ">=": -1.0, "<": 1.0, "<=": 1.0}


class Limit(NamedTuple):
    """The conditions of one severity, and the same as an alert must leave them behind to be over."""

    severity: Severity
    conditions: tuple[Condition, ...]
    kept: tuple[Condition, ...]


class Ready(NamedTuple):
    """A rule with everything read."""

    name: str
    rule: Rule
    limits: tuple[Limit, ...]
    """The loudest first."""
    recover: tuple[Condition, ...]

    def policy(self, bridge: float) -> Policy:
        """What the machine is told of it."""
        return policy_of(self.rule, bridge)

    def observe(self, values: Mapping[str, Value], at: Instant) -> Observation:
        """What is seen of values by their names."""
        reached = held = None
        unsure = False
        for limit in self.limits:
            now = _all_hold(limit.conditions, values)
            kept = now or _all_hold(limit.kept, values)
            unsure = unsure or now is None
            reached = limit.severity if reached is None and now else reached
            held = limit.severity if held is None and kept else held
        if self.recover:
            recovered = _all_hold(self.recover, values)
            unsure = unsure or recovered is None
            if recovered is False and held is None:
                held = self.limits[-1].severity
        if unsure and reached is None:
            return self.unknown(at)
        return Observation(at, reached, held)

    def unknown(self, at: Instant) -> Observation:
        """What an unknown value means to this rule."""
        if self.rule.unknown == "keep":
            return Observation(at, unknown=True)
        severity = Severity(self.rule.unknown)
        return Observation(at, severity, severity)

    def limit_of(self, severity: Severity | None) -> str:
        """The limit that stands beside the value: of this severity, else of the quietest."""
        fitting = [limit for limit in self.limits if limit.severity is severity] or list(self.limits[-1:])
        return ", ".join(one.limit if one.name == "value" else f"{one.subject} {one.limit}"
                         for limit in fitting for one in limit.conditions)

    def written(self, value: Value) -> str:
        """A value in the unit that the conditions are written in."""
        kinds = [one.kind for limit in self.limits for one in limit.conditions if one.name == "value"]
        return show_value(value, kinds[0] if kinds else "number")


def policy_of(rule: Rule, bridge: float, within: Within | None = None) -> Policy:
    """What the machine is told of a rule; `within` where it says nothing of how long."""
    stated = Within.parse(rule.within) if rule.within else None if rule.for_ else within
    if rule.remind is None:
        return Policy(rule.for_, stated, rule.recover_for, rule.severity, float(REMIND), Severity.CRITICAL, bridge)
    return Policy(rule.for_, stated, rule.recover_for, rule.severity, float(rule.remind) or None, Severity.INFO, bridge)


def ready(name: str, rule: Rule) -> Ready | None:
    """A rule with its conditions read; None when they cannot be, which the configuration's check tells."""
    from opsconsole.health.alerts.checking import units_for  # noqa: PLC0415 - beside its use

    units = units_for(rule)
    margin = margin_of(rule.margin) if rule.margin else 0.0
    try:
        limits = []
        for severity in LOUDEST_FIRST:
            if texts := rule.conditions.get(severity):
                conditions = tuple(parse(text, units) for text in texts)
                limits.append(Limit(severity, conditions, tuple(_eased(one, margin or 0.0) for one in conditions)))
        recover = tuple(parse(text, units) for text in listed(rule.recover))
    except ConditionError as error:
        LOG.warning("the rule %r is not in force: %s", name, error)
        return None
    return Ready(name, rule, tuple(limits), recover)


def of_finding(finding: Finding, at: Instant) -> Observation:
    """What a finding of `judging` means; its hold times and margins have been applied."""
    if finding.level is Level.UNKNOWN:
        return Observation(at, unknown=True)
    severity = SEVERITIES.get(finding.level)
    awaited = SEVERITIES.get(finding.pending) if finding.pending is not None else None
    return Observation(at, severity, severity, awaited=awaited, since=finding.since if severity else None)


def of_outcome(outcome: Outcome) -> Observation:
    """What a check's own level means."""
    if outcome.level is Level.UNKNOWN:
        return Observation(outcome.at, unknown=True)
    severity = SEVERITIES.get(outcome.level)
    return Observation(outcome.at, severity, severity)


def values_of(outcome: Outcome, check: Check | None) -> dict[str, Value]:
    """What conditions of a rule about a check can compare."""
    values: dict[str, Value] = {"level": outcome.level.word, **outcome.values}
    if check is not None and check.main and check.main in outcome.values:
        values.setdefault("value", outcome.values[check.main])
    return values


def covers(pattern: str, name: str) -> bool:
    """Whether a pattern means a name; the name itself always does."""
    return pattern == name or fnmatchcase(name, pattern)


def holds(condition: Condition, values: Mapping[str, Value]) -> bool | None:
    """As `Condition.holds`; for a plain figure without its words, which nobody reads every ten seconds."""
    want, found = condition.want, values.get(condition.name)
    compare = _ORDER.get(condition.op)
    if compare is None or not isinstance(want, Lit) or type(found) is not float or not isfinite(found):
        return condition.holds(values)
    limit = want.base
    return compare(found, limit) if isinstance(limit, int | float) else condition.holds(values)


def _all_hold(conditions: tuple[Condition, ...], values: Mapping[str, Value]) -> bool | None:
    results = [holds(one, values) for one in conditions]
    if False in results:
        return False
    return None if None in results else True


def _eased(condition: Condition, margin: float) -> Condition:
    """The same condition with its limit moved by the margin, so that it ends later than it begins."""
    want = condition.want
    if not margin or condition.op not in _BEHIND or not isinstance(want, Lit):
        return condition
    base = want.base
    if not isinstance(base, int | float):
        return condition
    kind = "/s" if want.kind in {"/min", "/h"} else want.kind
    return condition._replace(want=Lit(kind, base + _BEHIND[condition.op] * margin))
