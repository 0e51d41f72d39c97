"""What is thought of a measurement: conditions applied, what failed in words for people."""

from __future__ import annotations

import logging
from functools import lru_cache
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.levels import Level
from opsconsole.core.text import storable
from opsconsole.health.checks.model import Measured, Outcome, Value
from opsconsole.health.conditions import Body, Condition, ConditionError, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsconsole.core.clock import Instant
    from opsconsole.health.checks.settings.base import Check

LOG = logging.getLogger(__name__)

MOST_TEXT = 500
"""Characters of the line that is stored."""
MOST_OUTPUT = 16 * 1024
"""Bytes of the detail that is stored."""
MOST_VALUES = 200
MOST_NAME = 200
_SAID = 3
"""Conditions that the line names; the others are counted."""


class Rule(NamedTuple):
    """A condition, and the level where it does not hold."""

    condition: Condition
    level: Level
    own: bool
    """Whether the kind itself has it: then a value that was not measured at all is no matter."""


class Rules(NamedTuple):
    """What is asked of a check's values; `wrong` are the conditions that cannot be read."""

    rules: tuple[Rule, ...]
    wrong: tuple[str, ...] = ()


def rules_of(check: Check) -> Rules:
    """The conditions in force: what the file states, and what the kind has about other values."""
    return _rules(check.critical_unless, check.warning_unless, tuple(check.CRITICAL), tuple(check.WARNING),
                  tuple(check.units.items()))


@lru_cache(maxsize=512)
def _rules(critical: tuple[str, ...], warning: tuple[str, ...], own_critical: tuple[str, ...],
           own_warning: tuple[str, ...], units: tuple[tuple[str, str], ...]) -> Rules:
    found: list[Rule] = []
    wrong: list[str] = []
    for level, stated, own in ((Level.CRITICAL, critical, own_critical), (Level.WARNING, warning, own_warning)):
        conditions = []
        for text in stated:
            try:
                conditions.append(parse(text, dict(units)))
            except ConditionError as error:
                wrong.append(str(error))
        about = {(one.name, one.path) for one in conditions}
        found += [Rule(one, level, own=False) for one in conditions]
        found += [Rule(one, level, own=True) for one in map(parse, own) if (one.name, one.path) not in about]
    return Rules(tuple(found), tuple(wrong))


def limit_of(check: Check) -> str:
    """What stands beside the main value: `< 3 s`; the first warning about it, else what is critical."""
    about = [rule for rule in rules_of(check).rules if rule.condition.name == check.main and not rule.condition.path]
    about.sort(key=lambda rule: rule.level)
    return about[0].condition.limit if about else ""


def judge(check: Check, measured: Measured, at: Instant, took: float, name: str) -> Outcome:
    """The outcome of one run.

    Args:
        check: its settings.
        measured: what its kind found.
        at: when the run began.
        took: seconds.
        name: of the check.
    """
    values = stored_values(measured.values)
    if measured.problem:
        return Outcome(name, Level.CRITICAL, stored_line(measured.problem), at, took, values,
                       output=stored_output(measured.output))
    rules = rules_of(check)
    reasons: dict[Level, list[str]] = {Level.UNKNOWN: list(rules.wrong), Level.WARNING: [], Level.CRITICAL: []}
    failed: list[str] = []
    body = Body(measured.body) if "body" in check.units else None
    for rule in rules.rules:
        if rule.own and rule.condition.name not in measured.values and rule.condition.name != "body":
            continue
        holds, why = rule.condition.test(measured.values, body)
        if holds is None:
            reasons[Level.UNKNOWN].append(why)
        elif not holds:
            failed.append(rule.condition.text)
            if rule.own and isinstance(values.get(rule.condition.name), bool) and measured.text:
                # `nobody listens` says more than that `listening` should be true.
                why = measured.text
            # What is critical already need not be a warning as well.
            if why not in reasons[Level.CRITICAL]:
                reasons[rule.level].append(why)
    level = max(measured.level, *(one for one, why in reasons.items() if why), Level.OK)
    return Outcome(name, level, stored_line(_said(measured, level, reasons)), at, took, values, tuple(failed),
                   stored_output(measured.output))


def _said(measured: Measured, level: Level, reasons: Mapping[Level, list[str]]) -> str:
    """The worst first; what the kind thought itself before what conditions say."""
    if level is Level.OK:
        return measured.text
    said = [measured.text] if measured.level is level and measured.text else []
    if said and level is Level.UNKNOWN:
        # What the kind does not know, no condition can know.
        return measured.text
    found = [why for one in (Level.CRITICAL, Level.WARNING, Level.UNKNOWN) if one <= level for why in reasons[one]]
    said += found[:_SAID]
    if len(found) > _SAID:
        said.append(f"and {len(found) - _SAID} more")
    return "; ".join(said) or measured.text


def stored_line(text: str) -> str:
    """As much of a text as is stored; bytes that are no UTF-8 are spelled out."""
    return storable(text[:MOST_TEXT])[:MOST_TEXT]


def stored_output(text: str) -> str:
    """As much of a longer text as is stored, with a line that says what is missing."""
    raw = storable(text[:MOST_OUTPUT + 1]).encode()
    if len(raw) <= MOST_OUTPUT:
        return raw.decode()
    return raw[:MOST_OUTPUT].decode("utf-8", "ignore") + "\n… (the rest was left out)"


def stored_values(values: Mapping[str, Value]) -> dict[str, Value]:
    """The values that are stored: as many as can be useful; numbers that are none are not known."""
    kept: dict[str, Value] = {}
    for name, value in values.items():
        if len(kept) >= MOST_VALUES:
            LOG.debug("only %d values of a check are kept", MOST_VALUES)
            break
        kept[storable(name[:MOST_NAME])] = _stored_value(value)
    return kept


def _stored_value(value: Value) -> Value:
    if isinstance(value, str):
        return storable(value[:MOST_NAME])
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            return None
        return value if isfinite(number) else None
    return value
