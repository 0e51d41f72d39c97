"""Mistakes in checks are told with their place, whatever the kind."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from opsconsole.core.config import ConfigMistakes, decode
from opsconsole.health.check_commands import _OfFile
from opsconsole.health.checks.judge import rules_of
from opsconsole.health.checks.settings import Checks, find_mistakes
from opsconsole.health.conditions import mistake

KINDS = get_args(get_args(Checks)[1])


def read(text: str) -> Any:
    return decode(text, _OfFile, source="x.yaml", env={}, check=lambda one: find_mistakes(one.checks or {})).checks


def mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigMistakes) as caught:
        read(text)
    return [str(one) for one in caught.value.mistakes]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__struct_config__.tag)
def test_every_kind_says_what_conditions_can_compare(kind: Any) -> None:
    assert kind.VALUES
    assert kind.MAIN in kind.VALUES
    units = {"seconds", "bytes", "percent", "number", "per second", "bytes per second", "text", "bool", ""}
    assert set(kind.VALUES.values()) <= units
    for text in (*kind.CRITICAL, *kind.WARNING):
        assert mistake(text, kind.VALUES) == ""


def test_a_wrong_condition_has_its_place() -> None:
    assert mistakes("checks:\n  orders:\n    kind: metric\n    critical_unless:\n      - value > 3\n"
                    "      - valeu < 3\n  job: {kind: heartbeat, period: 1d, warning_unless: ['age < 3']}\n") == [
        ("x.yaml:6:9: `checks.orders.critical_unless.1`: there is no value `valeu`; did you mean `value`? "
         "(at character 1 of `valeu < 3`)."),
        ("x.yaml:7:55: `checks.job.warning_unless.0`: `age` is a time: write 3s, 3min, 3h or 3d, not 3 "
         "(at character 7 of `age < 3`).")]


def test_a_kind_that_looks_at_nothing_else_is_looked_at_too() -> None:
    (found,) = mistakes("checks: {me: {kind: process, name: x, critical_unless: ['count >< 1']}}")
    assert "`checks.me.critical_unless.0`: expected ==" in found


def test_dependencies() -> None:
    text = ("checks:\n  a: {kind: metric, depends_on: [b]}\n  b: {kind: metric, depends_on: [c]}\n"
            "  c: {kind: metric, depends_on: [%s]}\n")
    assert set(read(text % "")) == {"a", "b", "c"}
    assert "there is no check `dd`" in mistakes(text % "dd")[0]
    assert "it cannot depend on itself" in mistakes(text % "c")[-1]
    assert len(mistakes(text % "a")) == 3


def test_a_number_has_the_unit_that_is_stated() -> None:
    checks = read("checks: {lag: {kind: metric, unit: seconds, critical_unless: ['value < 5min']}}")
    assert [str(rule.condition) for rule in rules_of(checks["lag"]).rules] == ["value < 5m"]
    assert "is a time" in mistakes("checks: {lag: {kind: metric, unit: seconds, critical_unless: ['value < 5']}}")[0]
