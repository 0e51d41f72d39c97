"""Advice that rests on what the agent has stored."""

from __future__ import annotations

import pytest

from opsconsole.core.clock import DAY
from opsconsole.core.levels import Level
from opsconsole.health.board import Stored
from opsconsole.health.checks.model import CheckState
from opsconsole.health.growth.model import Growth
from opsconsole.health.model import Advice
from opsconsole.health.present.advising import advice_with, slower, with_growth

GB = 1_000_000_000


def test_advice_about_a_disk_says_what_grew() -> None:
    full = Advice("mount:/var", Level.WARNING, "/var is 91 % full", "", "find what is large", "du -xh /var")
    other = Advice("mount:/var", Level.WARNING, "many inodes", "", "find", "du -x --inodes /var")
    told = with_growth([full, other], [Growth("/var", "/var/log/my app", 3 * GB, 0, DAY)])
    assert told[1] == other
    assert told[0].todo.startswith("/var/log/my app grew by 2.8 GiB in 1 d;")
    assert "'/var/log/my app'" in told[0].command
    assert with_growth([full], []) == (full,)


def state(latency: object, p95: float | None, level: Level = Level.OK) -> CheckState:
    return CheckState("api", "http", level, 0, "200", 0, values={"latency": latency}, p95=p95)  # type: ignore[dict-item]


@pytest.mark.parametrize(("one", "told"), [
    (state(0.9, 0.2), True), (state(0.5, 0.2), False), (state(0.03, 0.001), False), (state(0.9, None), False),
    (state(None, 0.2), False), (state(True, 0.2), False), (state(9.0, 0.2, Level.CRITICAL), False)])
def test_a_service_that_is_slower_than_usual(one: CheckState, told: bool) -> None:
    found = list(slower([one]))
    assert bool(found) == told
    if told:
        assert (found[0].target, found[0].level) == ("check:api", Level.OK)
        assert found[0].measured == "api answers in 900 ms"
        assert "within 200 ms" in found[0].meaning


def test_all_of_it_the_worst_first() -> None:
    hint = Advice("cpu", Level.OK, "a", "b", "c")
    bad = Advice("memory", Level.CRITICAL, "a", "b", "c")
    found = advice_with([hint, bad], Stored(checks=(state(0.9, 0.2),)))
    assert [one.target for one in found] == ["memory", "cpu", "check:api"]
    assert advice_with([hint], None) == (hint,)
