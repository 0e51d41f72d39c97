"""`opsconsole check uptime`."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.clock import MINUTE, SystemClock
from opsconsole.core.database import METRICS, Database
from opsconsole.core.levels import Level
from opsconsole.health.checks.model import Outcome
from opsconsole.health.checks.store import CheckStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Program = Callable[..., tuple[int, str, str]]

CONFIG = """
data: {data}
checks:
  orders: {{kind: metric, label: "orders [/] today", slo: 99.9%}}
  backup: {{kind: heartbeat, period: 1d, slo: 50%}}
  "free": {{kind: metric}}
  "off": {{kind: metric, enabled: false, slo: 99%}}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "opsconsole.yaml"
    path.write_text(CONFIG.format(data=tmp_path / "data"))
    return path


def ran(tmp_path: Path, minutes: int, *, down: int) -> None:
    """A check every minute, of which the newest `down` failed."""
    async def write() -> None:
        now = SystemClock().now()
        async with await Database.open(tmp_path / "data/metrics.db", METRICS) as db:
            store = CheckStore(db)
            for minute in range(minutes, -1, -1):
                level = Level.CRITICAL if minute < down else Level.OK
                store.put(Outcome("orders", level, "x", now - minute * MINUTE, 0.1), 60.0)
            await store.close()

    asyncio.run(write())


def test_a_broken_promise_is_first_and_the_exit_status(program: Program, config: Path, tmp_path: Path) -> None:
    ran(tmp_path, 100, down=50)
    code, out, _ = program("--config", config, "check", "uptime")
    heading, first, *rest = out.splitlines()
    assert code == 1
    assert heading.split()[:2] == ["check", "target"]
    assert "orders [/] today" in first
    assert first.startswith("✖")
    assert "over" in first
    assert len(rest) == 2
    assert "off" not in out


def test_json_has_seconds_and_shares(program: Program, config: Path, tmp_path: Path) -> None:
    ran(tmp_path, 100, down=0)
    code, out, _ = program("--config", config, "check", "uptime", "--json")
    found = {one["name"]: one for one in json.loads(out)["checks"]}
    assert code == 0
    assert set(found) == {"orders", "backup", "free"}
    assert found["orders"]["24h"]["share"] == 100.0
    assert found["orders"]["24h"]["up"] == pytest.approx(6000, abs=65)
    assert found["orders"]["promise"]["target"] == 99.9
    assert found["orders"]["promise"]["left_share"] == pytest.approx(100)
    assert found["free"]["promise"] is None
    assert found["free"]["30d"]["share"] is None


def test_before_anything_was_stored(program: Program, config: Path) -> None:
    code, out, err = program("--config", config, "check", "uptime")
    assert (code, err) == (0, "")
    assert len(out.splitlines()) == 4
    (config.parent / "none.yaml").write_text(f"data: {config.parent}\n")
    code, out, _ = program("--config", config.parent / "none.yaml", "check", "uptime")
    assert (code, out) == (0, "No checks are configured.\n")
