"""The story of an incident in the banner and on the page: what broke, since when, who, what changed, what to do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from opsconsole.core.clock import MINUTE
from opsconsole.core.glyphs import UNICODE
from opsconsole.core.levels import Level
from opsconsole.health.alerts.machine import Phase
from opsconsole.health.alerts.model import Alert, Detail
from opsconsole.health.board import Stored
from opsconsole.health.changes.model import Change, ChangeKind
from opsconsole.health.checks.model import CheckState
from opsconsole.health.present.page import banner, page
from opsconsole.notify.model import Severity
from tests.health import samples
from tests.hostile import CORPUS, assert_inert

HELP = "Start it with `service redis-server start`.\nCarts are lost after ten minutes."
BEGUN = samples.NOW - 4 * MINUTE
UPGRADE = Change(BEGUN - MINUTE, ChangeKind.PACKAGE, "redis-server upgraded 7.0.14-1 to 7.0.15-1")
STATE = CheckState("redis", "redis", Level.CRITICAL, BEGUN, "refused", samples.NOW - 5000)
ALERT = Alert(id=17, key="check:redis", rule="", target="redis", title="redis", severity=Severity.CRITICAL,
              phase=Phase.FIRING, begun=BEGUN, fired=BEGUN, text="refused",
              detail=Detail(help=HELP, runbook="Cache problems", check="redis"))
EARLY = Stored((STATE,), (), (UPGRADE,), "ana", {"redis": HELP})
FIRING = Stored((STATE,), (ALERT,), (UPGRADE,), "ana", {"redis": HELP})


def shown(stored: Stored, cells: int, rows: int) -> tuple[str, str]:
    """The banner, and the page below it."""
    health = samples.STATES["normal"]()
    top = banner(health, width=cells, glyphs=UNICODE, now=samples.NOW, zone=samples.ZONE, stored=stored)
    lines = page(health, width=cells, height=rows - 3, glyphs=UNICODE, now=samples.NOW, zone=samples.ZONE,
                 stored=stored)
    return top.text, "\n".join(line.text.rstrip() for line in lines)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("stored", [EARLY, FIRING], ids=["before the alert", "alert"])
def test_the_whole_story_is_on_one_screen(stored: Stored, size: tuple[int, int]) -> None:
    top, below = shown(stored, *size)
    for part in ("redis refused", "since 14:27", "on call ana", "before it redis-server"):
        assert part in top
    assert "DO NEXT" in below
    for part in ("1 redis: Start it with `service redis-server start`.", "Carts are lost",
                 "before it: redis-server upgraded 7.0.14-1 to 7.0.15-1", "14:26"):
        assert part in below
    assert ("Runbook:" in below) == (stored is FIRING)


def test_a_narrow_banner_cuts_what_changed_and_nothing_before_it() -> None:
    assert shown(FIRING, 80, 24)[0].rstrip().endswith("before it redis-server upgr…")
    assert "upgraded 7.0.14-1 to 7.0.15-1 14:26" in shown(FIRING, 120, 40)[0]


@pytest.mark.parametrize("note", ["", "looking at the log", "word " * 400])
def test_a_note_leaves_room_for_what_changed(note: str) -> None:
    alert = replace(ALERT, acknowledged=samples.NOW, acknowledged_by="ana", note=note)
    for cells in (80, 120):
        top = shown(FIRING._replace(alerts=(alert,)), cells, 24)[0]
        assert "redis refused since 14:27" in top
        assert f"ack ana{': ' + note[:7] if note else ''}" in top
        assert "before it redis-s" in top
        assert "on call" not in top


def test_long_instructions_are_cut_on_the_panel() -> None:
    alert = replace(ALERT, detail=Detail(help="word " * 400, check="redis"))
    below = shown(FIRING._replace(alerts=(alert,)), 80, 24)[1]
    lines = [line for line in below.splitlines() if "word" in line]
    assert len(lines) == 3
    assert lines[-1].endswith("…")


@given(st.sampled_from(CORPUS), st.integers(20, 160))
def test_foreign_instructions_do_nothing(text: str, cells: int) -> None:
    stored = EARLY._replace(help={"redis": text or "x"}, changes=(Change(BEGUN, ChangeKind.UNIT, text),), on_call=text)
    for part in shown(stored, cells, 40):
        for line in part.splitlines():
            assert_inert(line)
