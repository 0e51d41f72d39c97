"""A short soak: two consoles, the agent, commands and mail at once, and some faults; the books balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.soak.report import report
from tests.soak.running import Wanted, soak

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]


def test_twenty_seconds_with_some_faults(tmp_path: Path) -> None:
    outcome = soak(Wanted(seconds=20, seed=7, consoles=2, faults=8), tmp_path / "soak")
    print(report(outcome))
    assert outcome.wrong == []
    assert sum(outcome.inflicted.values()) > 0
    assert outcome.counts["commands"] > 0
