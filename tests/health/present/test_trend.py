"""The page of one line: chart, figures, details."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.clock import HOUR, MINUTE
from opsconsole.core.glyphs import ASCII, UNICODE, Glyphs
from opsconsole.core.lines import Line, Style
from opsconsole.health.changes.model import Change, ChangeKind
from opsconsole.health.judging.rules import Unit, written
from opsconsole.health.model import Trail
from opsconsole.health.present.chart import Curve, Scale, buckets, ceiling, chart, columns
from opsconsole.health.present.page import page
from opsconsole.health.present.parts import View
from opsconsole.health.present.past import NOTHING, RANGES, Past
from opsconsole.health.present.trend import trend_page
from tests.health import samples
from tests.hostile import assert_inert


def shown(target: str, *, cells: int = 100, height: int | None = 30, period: int = 0,
          glyphs: Glyphs = UNICODE, past: Past = NOTHING) -> list[Line]:
    monitor, health = samples.critical_watched()
    return trend_page(health, target, monitor.trails, width=cells, height=height, range=RANGES[period], glyphs=glyphs,
                      now=samples.NOW, zone=samples.ZONE, past=past)


def text(lines: list[Line]) -> str:
    return "\n".join(line.text.rstrip() for line in lines)


TARGETS = sorted({spot.target for line in page(samples.critical(), width=200, height=None, now=samples.NOW)
                  for spot in line.spots})


@pytest.mark.parametrize("period", range(len(RANGES)))
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
@pytest.mark.parametrize("target", [*TARGETS, "advice:99", "advice:x", "advice:²", "net:gone", "what"])
def test_every_target_of_the_panel_has_a_page_that_fits(target: str, glyphs: Glyphs, period: int) -> None:
    for cells, height in ((80, 20), (200, 56), (60, 8)):
        lines = shown(target, cells=cells, height=height, period=period, glyphs=glyphs)
        assert lines
        assert len(lines) <= height or target.startswith("advice:")
        for line in lines:
            assert_inert(line.text)
            assert line.cells <= cells


def test_the_processor() -> None:
    found = text(shown("cpu"))
    for word in ("CPU  used processor time", "100 %", "0 %", "14:16", "14:31", "min ", "avg ", "max ", "now 79 %",
                 "user", "I/O wait", "steal"):
        assert word in found
    assert "─" * 20 in found


def test_the_reason_stands_above_the_chart() -> None:
    assert "97 %, critical from 95 %  since 14:28" in text(shown("memory"))


def test_a_mount_has_its_device_inodes_and_forecast() -> None:
    found = text(shown("mount:/var", period=3))
    for word in ("/dev/vdb1", "ext4", "inodes", "in 3 d", "seen for 4 h"):
        assert word in found


def test_an_interface_has_a_scale_of_its_own() -> None:
    assert "2 MB/s" in text(shown("net:eth0"))


def test_values_past_a_limit_have_its_colour() -> None:
    drawn = [{span.style for span in line.spans if set(span.text) & set(UNICODE.spark)} for line in shown("memory")]
    assert Style.CRITICAL in set().union(*drawn)
    lowest = [styles for styles in drawn if styles][-1]
    assert lowest == {Style.FAINT}, "what is below the limit keeps quiet"


def test_without_history_it_says_so() -> None:
    assert "nothing measured in this period" in text(shown("sensor:gone"))


def test_gaps_stay_blank() -> None:
    trail = Trail("a", (*range(0, 300_000, 2000), *range(700_000, 900_000, 2000)), (50.0,) * 250)
    found = buckets(trail, 0, 900_000, 90, 15_000)
    assert found[20] == 50.0
    assert found[45] is None
    assert found[80] == 50.0


def test_long_steps_are_bridged() -> None:
    trail = Trail("a", tuple(range(0, 900_001, 30_000)), tuple(float(place) for place in range(31)))
    assert None not in buckets(trail, 0, 900_000, 90, 90_000)


@given(st.floats(1e-6, 1e15))
def test_the_ceiling_is_round_and_not_below(value: float) -> None:
    top = ceiling(value)
    assert value <= top <= value * 2.6


@given(st.lists(st.floats(0, 1e12), max_size=40), st.integers(20, 200), st.integers(1, 30),
       st.sampled_from([UNICODE, ASCII]), st.sampled_from(Unit), st.floats(0.1, 1e13), st.floats(0, 1e12))
def test_any_chart_fits(values: list[float], cells: int, height: int, glyphs: Glyphs, unit: Unit, high: float,
                        limit: float) -> None:
    trail = Trail("a", tuple(range(0, len(values) * 2000, 2000)), tuple(values))
    view = View(cells, glyphs, MINUTE, samples.ZONE)
    scale = Scale(0.0, high, lambda value: written(value, unit), limit, None)
    cells_of_it = columns(view)
    drawn = buckets(trail, 0, MINUTE, cells_of_it, 15_000)
    curve = Curve(drawn, drawn[::-1], [limit] * cells_of_it, ((0, "R"), (cells_of_it - 1, "P"), (10**6, "U")))
    lines = chart(curve, scale, 0, MINUTE, height=height, view=view)
    assert len(lines) == height + 3
    assert all(line.cells <= cells for line in lines)
    assert not glyphs.ok.isascii() or text(lines).isascii()


def stored(cells: int, *, percentiles: tuple[float, float, float] | None = None) -> Past:
    """A day with a gap, a peak, another week before it, and changes."""
    means: list[float | None] = [30.0 + place % 7 for place in range(cells)]
    means[10:15] = [None] * 5
    highs = [None if value is None else value + 5 for value in means]
    highs[-40:-39] = [98.0]
    changes = (Change(samples.NOW - 20 * HOUR, ChangeKind.REBOOT, "started"),
               Change(samples.NOW - 5 * HOUR, ChangeKind.PACKAGE, "redis-server upgraded 7.0.14 to 7.0.15"),
               Change(samples.NOW - 5 * HOUR + 1000, ChangeKind.PACKAGE, "libfoo installed 1"),
               Change(samples.NOW - 90 * HOUR, ChangeKind.SIGN_IN, "root from 192.0.2.7"))
    return Past(means, [25.0] * cells, highs, [60.0] * cells, percentiles, changes)


def test_stored_history_has_peaks_last_week_and_what_changed() -> None:
    cells = columns(View(98, UNICODE, samples.NOW))
    lines = shown("cpu", period=3, past=stored(cells, percentiles=(31.0, 36.0, 39.0)))
    found = text(lines)
    marks = next(line.text for line in lines if line.text.strip().startswith("changed"))
    for word in ("max 98 %", "min 25 %", "p95 36 %", "a week earlier", "P 09:31", "redis-server upgraded",
                 "and 1 more", "18:31", "started"):
        assert word in found
    assert "root from" not in found
    assert marks.split() == ["changed", "R", "P"]
    assert any(span.style is Style.CRITICAL and "·" in span.text for line in lines for span in line.spans)
    assert any(span.style is Style.FAINT and UNICODE.dash in span.text for line in lines for span in line.spans)


def test_history_of_another_width_is_not_drawn() -> None:
    assert "a week earlier" not in text(shown("sensor:gone", period=3, past=stored(60)._replace(changes=())))


def test_why_there_is_no_history_is_said() -> None:
    assert "No agent has recorded" in text(shown("sensor:gone", past=Past(problem="No agent has recorded anything.")))
