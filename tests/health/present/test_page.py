"""The panel as text: golden pages in `golden/`, and what must hold for any host.

`REWRITE_GOLDEN=1` writes the pages anew; look at each before it is committed.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from opsconsole.core.clock import DAY, MINUTE
from opsconsole.core.glyphs import ASCII, UNICODE, Glyphs
from opsconsole.core.levels import Level
from opsconsole.core.lines import Line, Style, Tint
from opsconsole.core.text import width
from opsconsole.health.judging.monitor import Monitor
from opsconsole.health.judging.readings import line_of
from opsconsole.health.model import Disk, Health, Interface, Mount, Sensor, SensorKind, SignIn, Snapshot
from opsconsole.health.present.page import banner, page
from opsconsole.health.settings import HealthSettings
from tests.health import samples
from tests.hostile import CORPUS, assert_inert

GOLDEN = Path(__file__).parent / "golden"
REWRITE = "REWRITE_GOLDEN"
rewrite = os.environ.get(REWRITE) == "1"
SIZES = ((80, 24), (120, 40), (200, 60))
SIGNS = {"unicode": UNICODE, "ascii": ASCII}


def drawn(health: Health | None, cells: int, height: int | None, glyphs: Glyphs = UNICODE) -> list[Line]:
    """The banner and the page."""
    return [banner(health, width=cells, glyphs=glyphs, now=samples.NOW, zone=samples.ZONE),
            *page(health, width=cells, height=height, glyphs=glyphs, now=samples.NOW, zone=samples.ZONE)]


def text(lines: list[Line]) -> str:
    return "\n".join(line.text.rstrip() for line in lines) + "\n"


@pytest.mark.parametrize("signs", SIGNS)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("state", samples.STATES)
def test_golden(state: str, size: tuple[int, int], signs: str) -> None:
    cells, rows = size
    # The top line, the banner and the footer take three rows of the screen.
    found = text(drawn(samples.STATES[state](), cells, rows - 3, SIGNS[signs]))
    path = GOLDEN / f"{state}-{cells}x{rows}-{signs}.txt"
    if rewrite:
        path.write_text(found)
    assert found == path.read_text()


def test_ascii_is_ascii() -> None:
    for state in samples.STATES.values():
        assert text(drawn(state(), 200, None, ASCII)).isascii()


@pytest.mark.parametrize("state", samples.STATES)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_pages_of_the_samples_fit(state: str, size: tuple[int, int]) -> None:
    cells, rows = size
    lines = drawn(samples.STATES[state](), cells, rows - 4)
    assert len(lines) - 2 <= rows - 4
    assert all(line.cells in {0, cells} for line in lines)


def test_numbers_stand_below_each_other() -> None:
    lines = page(samples.normal(), width=80, height=None, now=samples.NOW, zone=samples.ZONE)
    shown = [line.text for line in lines if any(spot.target in {"cpu", "memory", "swap"} or
                                                spot.target.startswith(("mount:", "disk:")) for spot in line.spots)]
    ends = {line.index(" %") for line in shown}
    assert len(shown) >= 8
    assert len(ends) == 1


def test_the_banner_says_what_since_when_how_long_and_what_to_do() -> None:
    line = banner(samples.critical(), width=160, now=samples.NOW, zone=samples.ZONE)
    assert line.tint is Tint.CRITICAL
    assert line.text.startswith(" ✖ Memory 97 %, critical from 95 % since 14:28 2 min · ")
    assert [spot.target for spot in line.spots] == ["memory"]
    calm = banner(samples.normal(), width=80, now=samples.NOW, zone=samples.ZONE)
    assert calm.text.rstrip() == " ● normal  up 41 d · Debian 12 · watched since 10:31"
    assert calm.tint is Tint.NONE


def test_a_hung_mount_says_since_when() -> None:
    for cells in (80, 120, 200):
        assert "no answer since 14:27" in text(drawn(samples.hung_mount(), cells, 36))


def test_levels_are_told_by_a_sign_not_only_by_colour() -> None:
    for line in page(samples.critical(), width=80, height=None, now=samples.NOW, zone=samples.ZONE):
        styles = {span.style for span in line.spans}
        targets = {spot.target for spot in line.spots}
        if targets & {"memory", "swap", "mount:/var"} and styles & {Style.WARNING, Style.CRITICAL}:
            assert any(sign in line.text for sign in "✖▲")


def test_every_line_that_can_be_opened_has_a_spot() -> None:
    lines = page(samples.critical(), width=200, height=None, now=samples.NOW, zone=samples.ZONE)
    targets = {spot.target for line in lines for spot in line.spots}
    assert {"cpu", "memory", "swap", "load", "pressure", "mount:/var", "net:eth0", "disk:vda", "sensor:CPU package",
            "process:9010", "advice:0", "units", "oom"} <= targets
    for line in lines:
        assert all(spot.start >= 0 and spot.start + spot.width <= 200 for spot in line.spots)


def test_what_is_left_out_is_counted() -> None:
    quiet = samples.snapshot()
    mounts = tuple(samples.mount(f"/srv/{number}", "/dev/x", 10, 40 + number % 30) for number in range(60))
    health = Monitor(HealthSettings(), samples.HandClock()).take(replace(quiet, mounts=mounts))
    short = text(drawn(health, 80, 20))
    assert "mounts" in short.splitlines()[-1]
    assert "not shown" in short
    assert "not shown" not in text(drawn(health, 80, None))


def test_gaps_are_said_calmly() -> None:
    shown = text(drawn(samples.no_sensors(), 120, 36))
    assert "NOT READ" in shown
    assert "systemd is not running here" in shown
    assert "✖" not in shown
    assert "▲" not in shown


hostile = st.one_of(st.sampled_from(CORPUS), st.text(max_size=30))
figures = st.one_of(st.none(), st.floats(0, 1e15, allow_nan=False))
shares = st.one_of(st.none(), st.floats(0, 100))


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    quiet = samples.snapshot()
    mounts = draw(st.lists(st.builds(
        Mount, path=hostile.map(lambda name: "/" + name), device=hostile, kind=hostile, read_only=st.booleans(),
        total=st.integers(0, 2**60), used=st.integers(0, 2**60), free=st.integers(0, 2**60),
        inodes_total=st.integers(0, 2**40), inodes_used=st.integers(0, 2**40),
        silent_since=st.one_of(st.none(), st.just(samples.NOW - 4 * MINUTE)), problem=hostile), max_size=8))
    interfaces = draw(st.lists(st.builds(Interface, name=hostile, up=st.booleans(), errors=st.integers(0, 2**60),
                                         receive_rate=figures, send_rate=figures, error_rate=figures), max_size=4))
    sensors = draw(st.lists(st.builds(Sensor, name=hostile, kind=st.sampled_from(SensorKind),
                                      value=st.floats(-300, 1e5), high=figures, critical=figures,
                                      charging=st.sampled_from([None, True, False])), max_size=4))
    disks = draw(st.lists(st.builds(Disk, name=hostile, read_rate=figures, write_rate=figures, busy=shares),
                          max_size=3))
    sign_ins = draw(st.lists(st.builds(SignIn, user=hostile, terminal=hostile, origin=hostile,
                                       since=st.integers(0, samples.NOW + DAY)), max_size=3))
    name, command = draw(hostile), draw(hostile)
    processes = (replace(samples.PROCESSES[0], name=name, command=command, user=draw(hostile), pid=2**22),)
    facts = replace(quiet.facts, failed_units=tuple(draw(st.lists(hostile, max_size=5))))
    return replace(quiet, mounts=tuple(mounts), interfaces=tuple(interfaces), sensors=tuple(sensors),
                   disks=tuple(disks), sign_ins=tuple(sign_ins), processes=processes, facts=facts,
                   host=replace(quiet.host, name=name, system=draw(hostile)), gaps=tuple(draw(st.lists(hostile))),
                   memory=replace(quiet.memory, used=draw(st.integers(0, quiet.memory.total))))


@settings(max_examples=30)
@given(snapshots(), st.integers(60, 220), st.integers(5, 60), st.sampled_from([UNICODE, ASCII]))
def test_any_host_fits_and_nothing_acts(snapshot: Snapshot, cells: int, height: int, glyphs: Glyphs) -> None:
    health = Monitor(HealthSettings(), samples.HandClock()).take(snapshot)
    lines = drawn(health, cells, height, glyphs)
    for line in lines:
        assert_inert(line.text)
        assert line.cells in {0, cells}
        assert width(line.text) == line.cells
        for spot in line.spots:
            assert spot.start + spot.width <= cells


@settings(max_examples=20)
@given(snapshots(), st.integers(60, 220), st.integers(5, 60))
def test_nothing_bad_is_ever_left_out(snapshot: Snapshot, cells: int, height: int) -> None:
    health = Monitor(HealthSettings(), samples.HandClock()).take(snapshot)
    targets = {spot.target for line in drawn(health, cells, height) for spot in line.spots}
    for finding in health.findings:
        if finding.level >= Level.WARNING:
            assert line_of(finding.target) in targets
