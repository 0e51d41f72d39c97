"""Who is on call, as the console hands it to the screens of health."""

from __future__ import annotations

from opsconsole.console.app import _duty
from opsconsole.core.config import decode
from opsconsole.health.board import Duty
from opsconsole.notify.settings import NotifySettings

SETTINGS = """
contacts: {ana: {name: Ana Silva, channels: [log]}, ben: {channels: [log]}}
channels: {log: {kind: log}}
rotations:
  primary: {layers: [{people: [ana]}]}
  secondary: {layers: [{people: [ben]}]}
  same: {layers: [{people: [ana]}]}
"""


def test_nobody_is_asked_where_no_rotation_is_configured() -> None:
    for settings in (None, NotifySettings()):
        assert _duty(settings)() == Duty()


def test_everyone_on_call_is_named_once_and_each_rotation_has_a_line() -> None:
    found = _duty(decode(SETTINGS, NotifySettings, source="test.yaml", env={}))()
    assert found.people == "ana, ben"
    lines = [line.text for line in found.lines]
    assert len(lines) == 3
    assert "Ana Silva" in lines[0]
    assert "no change in sight" in lines[0]
