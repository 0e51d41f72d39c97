"""What is observed by a rule: its conditions, its margin, what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.health.alerts.machine import Observation
from opsconsole.health.alerts.rules import Ready, holds, ready
from opsconsole.health.alerts.settings import Rule
from opsconsole.health.conditions import parse
from opsconsole.notify.model import Severity

if TYPE_CHECKING:
    from opsconsole.health.checks.model import Value

AT = 1_795_181_460_000
INFO, WARNING, CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL


def made(**said: object) -> Ready:
    found = ready("x", Rule(**said))  # type: ignore[arg-type]
    assert found is not None
    return found


@pytest.mark.parametrize(("value", "reached", "held"), [
    (70.0, None, None), (76.0, None, WARNING), (80.0, None, WARNING), (81.0, WARNING, WARNING),
    (89.9, WARNING, WARNING), (90.5, WARNING, CRITICAL), (95.0, WARNING, CRITICAL), (96.0, CRITICAL, CRITICAL)])
def test_a_margin_below_each_limit(value: float, reached: Severity | None, held: Severity | None) -> None:
    rule = made(metric="cpu.busy", warning="> 80%", critical="> 95%", margin="5%")
    assert rule.observe({"value": value}, AT) == Observation(AT, reached, held)


def test_a_margin_above_a_limit_that_is_low() -> None:
    rule = made(metric="mount:/.free", critical="< 1GB", margin="500MB")
    assert [rule.observe({"value": value}, AT).held for value in (0.9e9, 1.4e9, 1.6e9)] == [CRITICAL, CRITICAL, None]
    rule = made(metric="check:a.errors", warning="> 60/min", margin="30/min")
    assert [rule.observe({"value": value}, AT).held for value in (1.1, 0.6, 0.4)] == [WARNING, WARNING, None]


@pytest.mark.parametrize(("value", "reached", "held"), [
    (10.0, None, None), (70.0, None, INFO), (85.0, WARNING, WARNING), (75.0, INFO, INFO)])
def test_a_condition_to_recover(value: float, reached: Severity | None, held: Severity | None) -> None:
    rule = made(metric="cpu.busy", info="> 70%", warning="> 80%", recover="< 60%")
    assert rule.observe({"value": value}, AT) == Observation(AT, reached, held)


def test_all_conditions_of_a_severity_must_hold() -> None:
    rule = made(check="a", critical=("latency > 3s", 'level == "ok"'))
    assert rule.observe({"latency": 4.0, "level": "ok"}, AT).reached is CRITICAL
    assert rule.observe({"latency": 4.0, "level": "critical"}, AT).reached is None
    assert rule.observe({"level": "ok"}, AT).unknown
    assert not rule.observe({"latency": 1.0}, AT).unknown


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), "text", True])
def test_what_is_no_figure_is_not_known(value: Value) -> None:
    rule = made(metric="a", warning="> 1", margin="1")
    assert rule.observe({"value": value}, AT) == Observation(AT, unknown=True)
    rule = made(metric="a", warning="> 1", unknown="info")
    assert rule.observe({"value": value}, AT) == Observation(AT, INFO, INFO)


def test_a_rule_that_cannot_be_read_is_not_in_force() -> None:
    assert ready("x", Rule(metric="a", warning="> nonsense <")) is None


def test_the_limit_that_stands_beside_the_figure() -> None:
    rule = made(check="a", warning="> 80%", critical=("> 95%", "latency > 3s"))
    assert rule.limit_of(CRITICAL) == "> 95 %, latency > 3 s"
    assert rule.limit_of(WARNING) == rule.limit_of(None) == "> 80 %"
    assert rule.written(81.5) == "81.5 %"


CONDITIONS = st.sampled_from(["> 80%", "< 3s", ">= 5/min", "<= 1MB", "== 5", "!= 5", "in [1, 2]", "> -2", "== null",
                              'contains "x"', "== true"])
VALUES = st.one_of(st.none(), st.booleans(), st.floats(), st.integers(-100, 100).map(float), st.text(max_size=3))


@given(CONDITIONS, VALUES)
def test_the_short_way_says_the_same(text: str, value: Value) -> None:
    condition = parse(text)
    assert holds(condition, {"value": value}) is condition.holds({"value": value})
    assert holds(condition, {}) is condition.holds({})


@given(st.floats(0, 200), st.floats(0, 200), st.floats(0, 50))
def test_what_is_worse_is_never_judged_milder(one: float, other: float, margin: float) -> None:
    rule = made(metric="a", info="> 20", warning="> 80", critical="> 95", margin=f"{margin:.3f}")
    low, high = (rule.observe({"value": value}, AT) for value in sorted((one, other)))
    assert rank(low.reached) <= rank(high.reached)
    assert rank(low.held) <= rank(high.held)
    assert rank(low.reached) <= rank(low.held)


def rank(severity: Severity | None) -> int:
    return -1 if severity is None else severity.rank
