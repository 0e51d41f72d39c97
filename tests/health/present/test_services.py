"""The services on the panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.clock import DAY, MINUTE
from opsconsole.core.glyphs import ASCII, UNICODE, Glyphs
from opsconsole.core.levels import Level
from opsconsole.health.checks.model import CheckState
from opsconsole.health.present.parts import KEEP, View, column
from opsconsole.health.present.services import level_of, said_of, services
from tests.health.samples import NOW, ZONE
from tests.hostile import CORPUS, assert_inert

if TYPE_CHECKING:
    from opsconsole.core.lines import Line

STATES = (
    CheckState("redis", "redis", Level.CRITICAL, NOW - 4 * MINUTE, "refused", NOW - 5000, uptime=99.71),
    CheckState("tls", "tls", Level.WARNING, NOW - 3 * DAY, "certificate expires in 12 d, should be > 21 d", NOW - 5000,
               uptime=100.0, label="TLS shop"),
    CheckState("home", "http", Level.OK, NOW - DAY, "200", NOW - 5000, values={"latency": 0.084}, p95=0.21,
               uptime=99.98, label="GET /health"),
    CheckState("queue", "redis", Level.OK, NOW - DAY, "124 jobs", NOW - 5000, values={"latency": True}, limit="< 1000"),
    CheckState("stale", "http", Level.OK, NOW - DAY, "200", NOW - 60 * MINUTE),
    CheckState("new", "http", Level.OK, NOW, "", None),
)


def drawn(cells: int, glyphs: Glyphs = UNICODE, states: tuple[CheckState, ...] = STATES) -> list[Line]:
    view = View(cells, glyphs, NOW, ZONE)
    return column([services(states, view)], None, view)


def test_what_is_wrong_says_what_and_since_when() -> None:
    lines = [line.text.rstrip() for line in drawn(80)]
    assert lines[0].split() == ["SERVICES", "1", "critical", "·", "1", "warning", "·", "2", "unknown", "·", "2", "ok"]
    assert lines[1].startswith("✖ redis")
    assert "refused" in lines[1]
    assert "since 14:27" in lines[1]
    assert lines[1].endswith("99.71 %")
    assert "84 ms" in lines[3]
    assert "p95 210 ms" in lines[3]
    assert "< 1000" in lines[4]
    assert "not run since 13:31" in lines[5]
    assert "not run yet" in lines[6]


def test_a_long_reason_takes_the_place_of_the_share() -> None:
    line = drawn(80)[2].text
    assert "should be > 21 d" in line
    assert "100.00 %" not in line


def test_an_old_result_is_unknown() -> None:
    view = View(80, UNICODE, NOW, ZONE)
    assert level_of(STATES[4], view) is Level.UNKNOWN
    assert level_of(STATES[5], view) is Level.UNKNOWN
    assert said_of(STATES[0], view) == "refused"


def test_only_what_is_well_may_be_left_out() -> None:
    rows = services(STATES, View(80, UNICODE, NOW, ZONE)).rows
    assert [row.rank == KEEP for row in rows] == [True, True, False, False, True, True]


def test_without_checks_there_is_nothing() -> None:
    assert drawn(80, states=()) == []


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
@pytest.mark.parametrize("text", CORPUS)
def test_foreign_text_does_nothing(text: str, glyphs: Glyphs) -> None:
    for state in STATES[:4]:
        hostile = CheckState(text, text, state.level, state.since, text, state.at, label=text, limit=text)
        for line in drawn(60, glyphs, (hostile,)):
            assert_inert(line.text)
            assert line.cells <= 60


@given(st.integers(20, 200), st.sampled_from([UNICODE, ASCII]), st.permutations(STATES))
def test_it_always_fits(cells: int, glyphs: Glyphs, states: list[CheckState]) -> None:
    lines = drawn(cells, glyphs, tuple(states))
    assert len(lines) == len(states) + 1
    assert all(line.cells <= cells for line in lines)
    assert not glyphs.ok.isascii() or all(line.text.isascii() for line in lines)
