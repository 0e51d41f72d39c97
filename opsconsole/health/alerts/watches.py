"""What is watched: for each alert that can be, by which rule, what it is called, and what belongs to it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core.text import storable
from opsconsole.health.alerts.checking import BETWEEN, needs, reaches
from opsconsole.health.alerts.machine import Policy  # noqa: TC001 - part of a public type
from opsconsole.health.alerts.model import Detail, check_names
from opsconsole.health.alerts.rules import BUILTIN_CHECK, MEASURED_BRIDGE, Ready, covers, policy_of, ready
from opsconsole.health.alerts.settings import Rule
from opsconsole.health.alerts.text import subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from opsconsole.health.checks.settings.base import Check

LOG = logging.getLogger(__name__)

_PLAIN: Final = Rule()
MOST_REMEMBERED: Final = 3_000
"""Series, and limits, of which it is remembered what watches them; more than are recorded at a time."""


class Watch(NamedTuple):
    """Something that can be an alert."""

    key: str
    rule: str
    """Name of its rule; empty for a built-in one that no rule names."""
    target: str
    """The series, the check, or the target of `judging`."""
    title: str
    policy: Policy
    detail: Detail
    depends: tuple[str, ...] = ()
    """Rules and checks."""
    ready: Ready | None = None
    """Its conditions; None for what is judged elsewhere."""


class Rulebook:
    """All rules in force, together with what alerts without any."""

    def __init__(self, rules: Mapping[str, Rule] | None, checks: Mapping[str, Check] | None) -> None:
        self.checks = {name: check for name, check in (checks or {}).items() if check.enabled}
        self._rules = dict(rules or {})
        made = {name: ready(name, rule) for name, rule in self._rules.items() if rule.enabled}
        self._ready = {name: one for name, one in made.items() if one is not None}
        self._limits: dict[str, Watch | None] = {}
        self._found: dict[str, list[Watch]] = {}
        self.of_checks = {name: self._for_check(name, check) for name, check in self.checks.items()}
        """Name of each check to what is watched of it."""
        self.asks_checks = any("*" in one.rule.metric or one.rule.metric.startswith("check:")
                               for one in self._ready.values())
        """Whether any rule is about a series of a check."""

    def of_series(self, names: Iterable[str]) -> Iterator[Watch]:
        """What is watched of these series; each is compared with the rules' patterns once."""
        if len(self._found) > MOST_REMEMBERED:
            self._found.clear()
        for series in names:
            found = self._found.get(series)
            if found is None:
                found = self._found[series] = [self._for_series(one, series) for one in self._ready.values()
                                               if one.rule.metric and covers(one.rule.metric, series)]
            yield from found

    def of_limit(self, target: str) -> Watch | None:
        """What is watched of a built-in limit; None when a rule takes its place or switches it off."""
        if target not in self._limits:
            if len(self._limits) >= MOST_REMEMBERED:
                self._limits.clear()
            self._limits[target] = self._for_limit(target)
        return self._limits[target]

    def again(self, key: str) -> Watch | None:
        """What has this key, whether it is measured now or not; None when nothing has it any more."""
        kind, _, rest = key.partition(":")
        if kind == "limit":
            return self.of_limit(rest)
        name, _, found = rest.partition(BETWEEN)
        one = self._ready.get(name) if kind == "rule" else None
        if one is not None and one.rule.metric:
            series = found or one.rule.metric
            return self._for_series(one, series) if covers(one.rule.metric, series) else None
        check = rest if one is None else found or one.rule.check
        return next((watch for watch in self.of_checks.get(check, ()) if watch.key == key), None)

    def known_as(self, names: Iterable[str]) -> tuple[str, ...]:
        """All names by which silences and maintenance know some rules and checks."""
        return known_as(names, self.checks)

    def check_of(self, series: str) -> str:
        """The check whose value a series is; empty when it is none."""
        rest = series.removeprefix("check:")
        if rest == series:
            return ""
        return max((name for name in self.checks if rest.startswith(f"{name}.")), key=len, default="")

    def _override(self, name: str) -> tuple[str, Rule | None]:
        """The rule that is named like something built in: by its own name, else by the first pattern that fits."""
        if name in self._rules:
            return name, self._rules[name]
        return next(((each, rule) for each, rule in self._rules.items() if "*" in each and covers(each, name)),
                    ("", None))

    def _for_limit(self, target: str) -> Watch | None:
        name, rule = self._override(target)
        if rule is not None and (not rule.enabled or rule.metric or rule.check):
            return None
        rule = rule or _PLAIN
        title = rule.label or subject(target)
        key = storable(f"limit:{target}")
        detail = _detail(rule, (*_names(name), target, key))
        return Watch(key, name, target, title, policy_of(rule, MEASURED_BRIDGE), detail,
                     self._depends(rule, name, ""), self._ready.get(name))

    def _for_check(self, name: str, check: Check) -> list[Watch]:
        found = [self._by_rule(one, name, check) for one in self._ready.values()
                 if one.rule.check and covers(one.rule.check, name)]
        other, rule = self._override(f"check:{name}")
        if rule is not None and (not rule.enabled or rule.metric or rule.check):
            return found
        # Conditions about values say nothing of a service that gives none, so they replace nothing.
        if rule is None and any(not watch.ready.limits for watch in found if watch.ready is not None):
            return found
        rule = rule or _PLAIN
        policy = policy_of(rule, _bridge(check), BUILTIN_CHECK)
        made = self._ready.get(other)
        return [*found, Watch(storable(f"check:{name}"), other, name, rule.label or check.label or name, policy,
                              _detail(rule, (*_names(other), *check_names(name, check.group)), name, check),
                              self._depends(rule, other, name), made)]

    def _by_rule(self, one: Ready, name: str, check: Check) -> Watch:
        rule = one.rule
        single = rule.check == name
        label = rule.label or one.name
        key = _key(one.name, "" if single else name)
        return Watch(key, one.name, name,
                     label if single else f"{label} {check.label or name}", one.policy(_bridge(check)),
                     _detail(rule, (*_names(one.name), key, *check_names(name, check.group)), name, check),
                     self._depends(rule, one.name, name), one)

    def _for_series(self, one: Ready, series: str) -> Watch:
        rule = one.rule
        single = rule.metric == series
        label = rule.label or one.name
        owner = self.check_of(series)
        check = self.checks.get(owner)
        names = check_names(owner, check.group) if check is not None else ()
        bridge = MEASURED_BRIDGE if check is None else _bridge(check)
        key = _key(one.name, "" if single else series)
        return Watch(key, one.name, series,
                     label if single else f"{label} {_part(series)}", one.policy(bridge),
                     _detail(rule, (*_names(one.name), key, series, *names), owner, check),
                     self._depends(rule, one.name, owner), one)

    def _depends(self, rule: Rule, name: str, check: str) -> tuple[str, ...]:
        """What it depends on, over others too: while a database is down, its application may not be critical yet.

        What depends on itself in a circle would never be told, so such a dependency does not count.
        """
        found: dict[str, None] = {}
        waiting = [*rule.depends_on, *(self.checks[check].depends_on if check in self.checks else ())]
        while waiting:
            other = waiting.pop(0).removeprefix("check:")
            if other in found or other in (name, check):
                continue
            if any(own and reaches(other, own, self._rules, self.checks) for own in (name, check)):
                LOG.warning("%r depends on itself, over %r; that does not count", name or check, other)
                continue
            found[other] = None
            waiting += needs(other, self._rules, self.checks)
        return tuple(found)


def known_as(names: Iterable[str], checks: Mapping[str, Check]) -> tuple[str, ...]:
    """All names by which silences and maintenance know some rules and checks."""
    found: dict[str, None] = {}
    for name in names:
        found |= dict.fromkeys((name, f"rule:{name}"))
        if name in checks:
            found |= dict.fromkeys(check_names(name, checks[name].group))
    return tuple(found)


def _key(rule: str, found: str) -> str:
    return storable(f"rule:{rule}{BETWEEN}{found}" if found else f"rule:{rule}")


def _names(rule: str) -> tuple[str, ...]:
    return (rule, f"rule:{rule}") if rule else ()


def _bridge(check: Check) -> float:
    """Seconds between two runs of a check after which nothing is known of the time between."""
    return 3 * check.every + check.timeout + 60


def _part(series: str) -> str:
    """What a pattern found, in short: `/var` of `mount:/var.percent`."""
    _, colon, rest = series.partition(":")
    return rest.rpartition(".")[0] or rest if colon else series


def _detail(rule: Rule, names: Sequence[str], check: str = "", settings: Check | None = None) -> Detail:
    return Detail(help=rule.help or (settings.help if settings is not None else ""), runbook=rule.runbook,
                  category=rule.category, ladder=rule.ladder, channels=rule.channels,
                  react_within=None if rule.react_within is None else float(rule.react_within),
                  names=tuple(dict.fromkeys(names)), check=check, ticket=rule.wants_ticket,
                  ticket_category=rule.ticket_category)
