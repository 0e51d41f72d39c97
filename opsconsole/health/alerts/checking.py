"""What is wrong with rules: each by itself, and all of them together with the checks and channels that they name."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from opsconsole.core.config import nearest
from opsconsole.health.alerts.settings import LIMIT_KINDS, LIMITS, Within, is_builtin, listed
from opsconsole.health.conditions import ConditionError, mistake, parse
from opsconsole.health.conditions.literals import Lit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from opsconsole.health.alerts.settings import Rule
    from opsconsole.health.checks.settings.base import Check
    from opsconsole.notify.settings import NotifySettings

    Mistakes = Iterator[tuple[tuple[str, ...], str]]

BETWEEN: Final = "|"
"""Stands in the key of an alert between the rule's name and what its pattern found."""
_CONDITIONS: Final = ("info", "warning", "critical", "recover")
_ENDINGS: Final = (
    ("percent", (".percent", "_percent")), ("bytes", (".used", ".free", ".available", ".cached")),
    ("bytes per second", ("receive_rate", "send_rate", "read_rate", "write_rate")),
    ("per second", ("error_rate", "drop_rate", ".reads", ".writes")))
_STARTS: Final = (("percent", ("cpu.", "pressure.")), ("number", ("load.", "units.", "oom.", "updates.", "processes.")))


def unit_of(series: str) -> str:
    """The unit of a series of this host, as in `Check.VALUES`; empty where it is not known."""
    if series.startswith("check:"):
        return ""
    if series.startswith("disk:") and series.endswith(".busy"):
        return "percent"
    return next((unit for unit, endings in _ENDINGS if series.endswith(endings)), "") or next(
        (unit for unit, starts in _STARTS if series.startswith(starts)), "")


def units_for(rule: Rule) -> dict[str, str] | None:
    """What conditions of a rule can compare; None where that is not known without the checks."""
    if not rule.metric:
        return None
    unit = "number" if rule.of == "count" else "" if rule.of == "rate" else unit_of(rule.metric)
    return {"value": unit} if unit else None


def rule_mistakes(rule: Rule) -> Mistakes:
    """(path, sentence) of what is wrong with one rule, whatever the others say."""
    if rule.metric and rule.check:
        yield ("check",), "a rule watches either a `metric` or a `check`"
    if rule.metric and not rule.conditions:
        yield (), "a rule about a metric needs conditions: `info`, `warning` or `critical`"
    if not rule.metric:
        for key in ("over", "of"):
            if getattr(rule, key) not in (None, "last"):
                yield (key,), "this is for a `metric`; of a check it is `metric: check:NAME.VALUE`"
    if rule.metric and rule.of != "last" and rule.over is None:
        yield ("of",), f"`{rule.of}` is calculated `over` some time, as `over: 5m`"
    if rule.within and rule.for_:
        yield ("for",), "a rule has either `for` or `within`"
    if rule.recover and rule.margin:
        yield ("margin",), "a rule has either `recover` or `margin`"
    if rule.within:
        try:
            Within.parse(rule.within)
        except ValueError as problem:
            yield ("within",), str(problem)
    yield from _of_conditions(rule, units_for(rule))
    yield from _of_margin(rule)


def _of_conditions(rule: Rule, units: Mapping[str, str] | None) -> Mistakes:
    for key in _CONDITIONS:
        stated = getattr(rule, key)
        for number, text in enumerate(listed(stated)):
            if wrong := mistake(text, units):
                yield ((key,) if isinstance(stated, str) else (key, str(number))), wrong
            elif rule.metric and parse(text).name != "value":
                yield ((key,) if isinstance(stated, str) else (key, str(number))), (
                    "a rule about a metric compares its value: write the condition without a name, as `> 80%`")
    if rule.recover and not rule.conditions:
        yield ("recover",), "without conditions to fire by there is nothing to recover from"


def _of_margin(rule: Rule) -> Mistakes:
    if not rule.margin:
        return
    if margin_of(rule.margin) is None:
        yield ("margin",), f"it must be a number with its unit, as `5%` or `200ms`, not `{rule.margin}`"
    elif not rule.conditions:
        yield ("margin",), "without conditions there is no limit to keep away from"


def margin_of(text: str) -> float | None:
    """A margin in base units (seconds, bytes, per cent, per second); None when it is no amount."""
    try:
        want = parse(f"value > {text}").want
    except ConditionError:
        return None
    amount = want.base if isinstance(want, Lit) else None
    return None if amount is None or isinstance(amount, bool | str) or amount < 0 else amount


def all_mistakes(rules: Mapping[str, Rule], checks: Mapping[str, Check] | None = None,
                 notify: NotifySettings | None = None, *, told: bool = True,
               categories: Collection[str] | None = None) -> Mistakes:
    """(path below `rules`, sentence) of what only all of them together, with the rest of the file, show.

    Names that nothing has, rules that watch nothing, and rules that wait for each other.

    Args:
        rules: by name.
        checks: as configured; None: none are.
        notify: as configured; None: not at all.
        told: whether the rules are to be told, so that their ladders and channels matter.
        categories: of tickets; None: they do not matter.
    """
    known = checks or {}
    for name, rule in rules.items():
        yield from (((name, *path), sentence) for path, sentence in _of_one(name, rule, rules, known))
        if told:
            yield from (((name, *path), sentence) for path, sentence in _of_telling(rule, notify))
        category = rule.ticket_category
        if category and categories is not None and category not in categories:
            yield (name, "ticket"), (f"it must be yes, no or a category of tickets, and there is no category"
                                     f" `{category}`{nearest(category, sorted(categories))}")
    for name in _circular(rules, known):
        yield (name, "depends_on"), "it depends on itself, over others; then none of them would ever be told"


def _of_telling(rule: Rule, notify: NotifySettings | None) -> Mistakes:
    ladders: Collection[str] = () if notify is None else notify.ladders
    channels: Collection[str] = ("log", *(() if notify is None else notify.channels))
    if rule.ladder and rule.ladder not in ladders:
        yield ("ladder",), f"there is no ladder `{rule.ladder}` in `notify`{nearest(rule.ladder, ladders)}"
    for number, channel in enumerate(rule.channels):
        if channel not in channels:
            yield ("channels", str(number)), f"there is no channel `{channel}` in `notify`{nearest(channel, channels)}"


def _of_one(name: str, rule: Rule, rules: Mapping[str, Rule], checks: Mapping[str, Check]) -> Mistakes:
    if not name.strip() or not name.isprintable() or len(name) > 200:
        yield (), "a name must have from 1 to 200 printable characters"
    if not rule.metric and not rule.check and not is_builtin(name):
        known = (*LIMITS, *(f"{kind}:*" for kind in LIMIT_KINDS), *(f"check:{check}" for check in checks), "check:*")
        yield (), (f"it needs `metric` or `check`; only a rule that is named like a built-in limit, or like"
                   f" `check:NAME`, can do without{nearest(name, known)}")
    if BETWEEN in name:
        yield (), f"a name cannot have `{BETWEEN}`"
    if rule.conditions and not rule.metric and not rule.check and not name.startswith("check:"):
        yield (), "the limits of what is built in stand under `health`; state conditions together with `metric`"
    pattern = rule.check or (name.removeprefix("check:") if name.startswith("check:") and not rule.metric else "")
    if pattern:
        yield from _of_check(rule, pattern, checks)
    if rule.metric.startswith("check:"):
        yield from _of_check_series(rule, checks)
    for number, other in enumerate(rule.depends_on):
        if other not in rules and other.removeprefix("check:") not in checks and not is_builtin(other):
            yield ("depends_on", str(number)), (
                f"there is no rule and no check `{other}`{nearest(other, (*rules, *checks))}")


def _of_check(rule: Rule, pattern: str, checks: Mapping[str, Check]) -> Mistakes:
    found = [check for each, check in checks.items() if each == pattern or fnmatchcase(each, pattern)]
    if not found:
        if pattern != "*":
            yield (("check",) if rule.check else ()), f"there is no check `{pattern}`{nearest(pattern, checks)}"
        return
    units: dict[str, str] = {"level": "text"}
    for check in found:
        units |= check.units
        if check.main:
            units["value"] = check.units.get(check.main, "")
    yield from _of_conditions(rule, units)


def _of_check_series(rule: Rule, checks: Mapping[str, Check]) -> Mistakes:
    fitting = [check for each, check in checks.items()
               if rule.metric.startswith(f"check:{each}.") or fnmatchcase(f"check:{each}.", f"{rule.metric}*")
               or ("*" in rule.metric and fnmatchcase(f"check:{each}", rule.metric.rpartition(".")[0]))]
    if not fitting:
        named = rule.metric.removeprefix("check:").rpartition(".")[0]
        yield ("metric",), f"there is no check `{named}`{nearest(named, checks)}"
    for check in fitting:
        if rule.over is not None and rule.over < check.every:
            yield ("over",), f"the check runs every {check.every}, so `over` must be at least that"


def _circular(rules: Mapping[str, Rule], checks: Mapping[str, Check]) -> Iterable[str]:
    """The rules that depend on themselves, over others."""
    return [name for name in rules if reaches(name, name, rules, checks)]


def reaches(start: str, goal: str, rules: Mapping[str, Rule], checks: Mapping[str, Check]) -> bool:
    """Whether something depends on something else, over others too."""
    seen: set[str] = set()
    waiting = list(needs(start, rules, checks))
    while waiting:
        name = waiting.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            waiting += needs(name, rules, checks)
    return False


def all_needs(names: Iterable[str], rules: Mapping[str, Rule], checks: Mapping[str, Check]) -> tuple[str, ...]:
    """These names, and those of all that they depend on, over others too."""
    found: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        other = waiting.pop(0).removeprefix("check:")
        if other not in found:
            found[other] = None
            waiting += needs(other, rules, checks)
    return tuple(found)


def needs(name: str, rules: Mapping[str, Rule], checks: Mapping[str, Check]) -> tuple[str, ...]:
    """What a rule or a check says that it depends on."""
    if name in rules:
        return rules[name].depends_on
    check = checks.get(name.removeprefix("check:"))
    return () if check is None else check.depends_on
