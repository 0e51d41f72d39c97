"""What is thought of a measurement."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - msgspec reads the annotations
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.levels import Level
from opsconsole.health.checks.judge import judge, limit_of, rules_of
from opsconsole.health.checks.model import Measured
from opsconsole.health.checks.settings.base import Check
from tests.hostile import CORPUS


class WebCheck(Check, frozen=True, kw_only=True, tag="web"):
    """A kind for tests."""

    MAIN: ClassVar[str] = "latency"
    VALUES: ClassVar[Mapping[str, str]] = {"status": "number", "latency": "seconds", "certificate": "seconds",
                                           "body": "text"}
    CRITICAL: ClassVar[tuple[str, ...]] = ("status < 400",)
    WARNING: ClassVar[tuple[str, ...]] = ("certificate > 21d",)


GOOD = Measured({"status": 200, "latency": 0.084}, "200", body=b'{"status": "ok"}')


def level(check: Check, measured: Measured) -> tuple[Level, str]:
    outcome = judge(check, measured, 5, 0.1, "shop")
    assert (outcome.name, outcome.at, outcome.took) == ("shop", 5, 0.1)
    return outcome.level, outcome.text


def test_well() -> None:
    assert level(WebCheck(), GOOD) == (Level.OK, "200")


def test_a_problem_is_critical_whatever_the_values() -> None:
    assert level(WebCheck(), GOOD._replace(problem="refused")) == (Level.CRITICAL, "refused")


def test_the_kinds_own_conditions() -> None:
    assert level(WebCheck(), GOOD._replace(values={"status": 500})) == (
        Level.CRITICAL, "status 500, should be < 400")
    near = GOOD._replace(values={**GOOD.values, "certificate": 12 * 86_400.0})
    assert level(WebCheck(), near) == (Level.WARNING, "certificate 12 d, should be > 21 d")
    # Without TLS there is no certificate; but one that could not be read is not known.
    assert level(WebCheck(), GOOD._replace(values={**GOOD.values, "certificate": None})) == (
        Level.UNKNOWN, "certificate is not known")


def test_a_stated_condition_takes_the_place_of_the_kinds_own_about_the_same_value() -> None:
    check = WebCheck(critical_unless=("status in [200, 503]",))
    assert level(check, GOOD._replace(values={"status": 503}))[0] is Level.OK
    assert level(check, GOOD._replace(values={"status": 404})) == (
        Level.CRITICAL, "status 404, should be one of 200, 503")


def test_the_worst_comes_first_and_every_failed_condition_is_kept() -> None:
    check = WebCheck(critical_unless=("latency < 1s", 'body.status == "ready"'), warning_unless=("latency < 50ms",))
    outcome = judge(check, GOOD._replace(values={"status": 500, "latency": 4.2}), 0, 0.0, "x")
    assert outcome.level is Level.CRITICAL
    assert outcome.text == ('latency 4.2 s, should be < 1 s; body.status "ok", should be "ready"; '
                            "status 500, should be < 400; and 1 more")
    assert outcome.failed == ("latency < 1s", 'body.status == "ready"', "status < 400", "latency < 50ms")


def test_unknown_is_never_ok_and_never_hides_what_is_worse() -> None:
    check = WebCheck(critical_unless=("certificate > 7d",))
    assert level(check, GOOD) == (Level.UNKNOWN, "certificate is not known")
    assert level(check, GOOD._replace(values={"status": 500}))[0] is Level.CRITICAL
    assert level(WebCheck(), Measured({}, "no systemd here", level=Level.UNKNOWN)) == (Level.UNKNOWN, "no systemd here")


def test_what_the_kind_thinks_itself() -> None:
    assert level(WebCheck(), GOOD._replace(level=Level.WARNING, text="DISK WARNING")) == (
        Level.WARNING, "DISK WARNING")
    both = level(WebCheck(warning_unless=("latency < 1ms",)), GOOD._replace(level=Level.WARNING, text="DISK WARNING"))
    assert both == (Level.WARNING, "DISK WARNING; latency 84 ms, should be < 1 ms")


def test_a_condition_that_cannot_be_read_is_unknown() -> None:
    got = level(WebCheck(critical_unless=("latancy < 3s",)), GOOD)
    assert got[0] is Level.UNKNOWN
    assert "did you mean `latency`?" in got[1]


@given(st.dictionaries(st.sampled_from(["status", "latency", "certificate", "odd"]),
                       st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5)),
       st.sampled_from(list(Level)), st.text(max_size=5), st.binary(max_size=20))
def test_never_better_than_the_kind_says(values: dict[str, Any], own: Level, problem: str, body: bytes) -> None:
    check = WebCheck(critical_unless=('body.status == "ok"',), warning_unless=("odd > 1", "latency < 3s"))
    outcome = judge(check, Measured(values, "x", problem, own, body=body), 0, 0.0, "x")
    assert outcome.level >= own
    assert outcome.level is Level.CRITICAL or not problem
    assert (outcome.level is Level.OK) <= (not outcome.failed)
    assert len(outcome.text) <= 500


def test_the_limit_that_stands_beside_a_figure() -> None:
    assert limit_of(WebCheck()) == ""
    assert limit_of(WebCheck(critical_unless=("latency < 3s",))) == "< 3 s"
    assert limit_of(WebCheck(critical_unless=("latency < 3s",), warning_unless=("latency < 1s",))) == "< 1 s"


def test_rules_are_read_once() -> None:
    check = WebCheck(critical_unless=("latency < 3s",))
    assert rules_of(check) is rules_of(WebCheck(critical_unless=("latency < 3s",)))


@pytest.mark.parametrize("foreign", CORPUS)
def test_foreign_text_is_kept_raw_but_can_be_stored(foreign: str) -> None:
    outcome = judge(WebCheck(), Measured({foreign: foreign}, foreign, output=foreign), 0, 0.0, foreign)
    for text in (outcome.text, outcome.output, *outcome.values):
        text.encode()
    if foreign.isascii() and len(foreign) <= 500:
        assert outcome.text == foreign


def test_all_of_it_is_limited() -> None:
    outcome = judge(WebCheck(), Measured({f"v{number}" * 100: "é" * 9000 for number in range(1000)}, "é" * 9000,
                                         output="é" * 100_000), 0, 0.0, "x")
    assert len(outcome.text) == 500
    assert len(outcome.output.encode()) <= 16 * 1024 + 100
    assert outcome.output.endswith("… (the rest was left out)")
    assert len(outcome.values) == 200
    assert max(map(len, outcome.values)) <= 200
    huge = judge(WebCheck(), Measured({"a": 10**400, "b": float("inf"), "c": float("nan")}, ""), 0, 0.0, "x")
    assert huge.values == {"a": None, "b": None, "c": None}
