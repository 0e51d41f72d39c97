from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest

from opsconsole.notify import zones
from tests.notify.bench import at


def test_the_zone_of_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", ":America/New_York")
    assert str(zones.local_zone()) == "America/New_York"


def test_the_zone_of_the_machine(tmp_path: Path) -> None:
    source = Path("/usr/share/zoneinfo/Europe/Berlin")
    if not source.exists():
        pytest.skip("needs tzdata")
    from opsconsole.core.clock import local

    assert local(at("2026-07-01 12:00"), zones._zone("", source)).hour == 12


@pytest.mark.parametrize("name", ["No/Such", "../etc/passwd", "CET-1CEST", ""])
def test_what_is_no_zone_is_utc(tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / f"zone{len(name)}"
    file.write_text("nonsense")
    assert zones._zone(name, file) is UTC
    assert "times are UTC" in caplog.text


def test_a_machine_that_says_nothing_is_utc(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert zones._zone("", tmp_path / "missing") is UTC
    assert caplog.text == ""
