"""Alerts in lines: everything that counts is there, nothing is wider than its room, nothing foreign acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from opsconsole.core.clock import HOUR, MINUTE
from opsconsole.core.glyphs import ASCII, UNICODE
from opsconsole.core.text import harmless, width
from opsconsole.health.alerts.machine import Phase
from opsconsole.health.alerts.model import Alert, Detail, Event, Evidence, Part, Window, WindowKind
from opsconsole.health.alerts.replay import Firing, Replayed
from opsconsole.health.present.alert_page import (
    alert_page,
    alert_row,
    evidence_lines,
    past_row,
    replay_lines,
    window_row,
)
from opsconsole.health.present.parts import View
from opsconsole.notify.model import Severity
from tests.health.samples import NOW, ZONE
from tests.hostile import CORPUS

if TYPE_CHECKING:
    from opsconsole.core.lines import Line

ALERT = Alert(id=17, key="check:redis", rule="cache", target="redis", title="redis", severity=Severity.CRITICAL,
              phase=Phase.FIRING, begun=NOW - 4 * MINUTE, fired=NOW - 3 * MINUTE, text="refused", told=True,
              detail=Detail(help="look at the journal\nthen restart it", runbook="Cache problems", limit="< 3 s",
                            category="tier 1", ladder="night", react_within=900.0, names=("redis",), check="redis"))
EVENTS = (Event(NOW - 3 * MINUTE, "fired", "", "critical: refused"),
          Event(NOW - MINUTE, "acknowledged", "ana", "on it"))
EVIDENCE = Evidence(NOW - 3 * MINUTE, (Part("journal of redis.service", "bind: Address in use\nexiting"),))


def view(cells: int = 100, *, ascii_only: bool = False) -> View:
    return View(cells, ASCII if ascii_only else UNICODE, NOW, ZONE)


def text(lines: list[Line]) -> str:
    return "\n".join(line.text.rstrip() for line in lines)


def test_a_row_says_what_since_when_and_who_has_it() -> None:
    row = alert_row(ALERT, view())
    assert row.text.startswith("✖ critical redis: refused")
    assert row.text.rstrip().endswith("4 min")
    assert [spot.target for spot in row.spots] == ["alert:17"]
    taken = replace(ALERT, acknowledged=NOW, acknowledged_by="ana", note="on it", muted_by="silenced by ben")
    assert "ack ana: on it · silenced by ben" in alert_row(taken, view()).text
    assert "recovering" in alert_row(replace(ALERT, phase=Phase.RECOVERING), view()).text
    assert "flapping" in alert_row(replace(ALERT, flapping=True), view()).text


def test_the_page_says_everything() -> None:
    shown = text(alert_page(replace(ALERT, count=3), EVENTS, EVIDENCE, view()))
    for part in ("✖ CRITICAL  redis  firing", "refused", "< 3 s", "2026-11-20 14:27:00 CET (4 min ago)",
                 "3 within a day", "within 15 min", "tier 1", "night", "TO DO", "look at the journal",
                 "then restart it", "Cache problems", "HISTORY", "fired", "acknowledged by ana  on it",
                 "JOURNAL OF REDIS.SERVICE", "bind: Address in use", "exiting"):
        assert part in shown, part
    assert "nobody was told" not in shown
    assert "nobody was told" in text(alert_page(replace(ALERT, told=False), (), None, view()))


def test_an_alert_that_is_over() -> None:
    over = replace(ALERT, phase=Phase.OK, ended=NOW)
    assert "after 4 min" in text(alert_page(over, EVENTS, None, view()))
    row = past_row(over, view()).text
    assert "#17" in row
    assert "4 min  redis: refused" in row
    assert "firing" in past_row(ALERT, view()).text


@pytest.mark.parametrize(("window", "says"), [
    (Window(3, WindowKind.SILENCE, "redis", "ana", "known", NOW - HOUR, NOW + HOUR), "1 h left, to 15:31"),
    (Window(3, WindowKind.MAINTENANCE, "*", "ana", "disks", NOW + HOUR, NOW + 2 * HOUR), "from 15:31 to 16:31"),
    (Window(3, WindowKind.SILENCE, "*", "ana", "known", NOW - 2 * HOUR, NOW - HOUR), "over 13:31"),
    (Window(3, WindowKind.SILENCE, "*", "ana", "x", NOW - HOUR, NOW + HOUR, ended=NOW, ended_by="ben"),
     "ended 14:31 by ben")])
def test_who_muted_what_and_how_long_still(window: Window, says: str) -> None:
    row = window_row(window, view()).text
    assert says in row
    assert f"ana: {window.reason}" in row
    assert window.kind.value in row


def test_rules_on_the_past() -> None:
    found = [Replayed("cpu", "cpu", "cpu.busy", 3, 600.0, 300.0, 1, 99.5,
                      (Firing(NOW, NOW, None, Severity.WARNING),)), Replayed("gone", "gone", "x.y")]
    shown = text(replay_lines(found, view())).split("\n")
    assert shown[1].split() == ["▲", "cpu", "3", "10", "min", "5", "min", "1", "99", "%"]
    assert shown[2].split() == ["gone", "0", "–", "–", "–", "0", "%"]  # noqa: RUF001 - the dash of the glyphs


def everything(foreign: str, seen: View) -> list[Line]:
    alert = replace(ALERT, title=foreign, text=foreign, target=foreign, rule=foreign, note=foreign, muted_by=foreign,
                    acknowledged=NOW, acknowledged_by=foreign,
                    detail=Detail(help=foreign, runbook=foreign, limit=foreign, category=foreign, ladder=foreign))
    window = Window(1, WindowKind.SILENCE, foreign, foreign, foreign, NOW - 1, NOW + 1)
    evidence = Evidence(NOW, (Part(foreign, foreign),))
    return [alert_row(alert, seen), past_row(alert, seen), window_row(window, seen),
            *alert_page(alert, [Event(NOW, "fired", foreign, foreign)], evidence, seen),
            *replay_lines([Replayed(foreign, foreign, foreign)], seen)]


@pytest.mark.parametrize("cells", [30, 78, 200])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_nothing_foreign_acts_or_leaves_its_room(cells: int, ascii_only: bool) -> None:
    for foreign in CORPUS:
        for line in everything(foreign, view(cells, ascii_only=ascii_only)):
            assert width(line.text) <= max(cells, 56), (foreign, line.text)
            assert harmless(line.text) == line.text


@given(st.text(max_size=60), st.integers(60, 160))
def test_any_text_in_any_width(foreign: str, cells: int) -> None:
    for line in everything(foreign, view(cells)):
        assert width(line.text) <= cells
        assert harmless(line.text) == line.text


def test_evidence_is_limited_where_it_is_shown() -> None:
    long = Evidence(NOW, (Part("output", "x\n" * 10_000),))
    assert len(evidence_lines(long, view())) < 500
    assert evidence_lines(None, view()) == []
