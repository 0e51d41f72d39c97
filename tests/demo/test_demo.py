"""A demo is whole: its proofs hold, all features have something to show, and the same seed gives the same again."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from opsconsole import cli
from opsconsole.admin.presets import NAMES
from tests.demo.demos import made

if TYPE_CHECKING:
    from pathlib import Path

FILLED = ("alert", "alert_event", "alert_evidence", "silence", "ticket", "ticket_event", "ticket_clock", "ticket_tag",
          "ticket_link", "checklist_run", "checklist_answer", "checklist_current", "checklist_event",
          "checklist_proposal", "log_entry", "log_amendment", "log_action", "log_emergency", "log_told", "handover",
          "visit", "quarter", "sample", "watched", "check_state", "check_period", "change", "folder_size")
"""Tables in which each demo has something."""


def counts(folder: Path) -> dict[str, int]:
    """How many rows these tables have."""
    found: dict[str, int] = {}
    for name in ("opsconsole.db", "metrics.db"):
        with closing(sqlite3.connect(folder / "data" / name)) as raw:
            tables = {row[0] for row in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
            found |= {table: raw.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                      for table in tables & {*FILLED, "audit"}}
    return found


def digest(folder: Path) -> str:
    """All that is in both databases, whatever way it got there."""
    found = hashlib.sha256()
    for name in ("opsconsole.db", "metrics.db"):
        with closing(sqlite3.connect(folder / "data" / name)) as raw:
            for line in raw.iterdump():
                found.update(line.encode("utf-8", "surrogatepass"))
    return found.hexdigest()


@pytest.mark.parametrize("preset", NAMES)
def test_every_preset_is_whole(preset: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    demo = made(tmp_path / "demo", preset)
    config = ["--config", str(demo.world.root / "opsconsole.yaml")]
    assert cli.run([*config, "log", "verify"]) == 0
    assert cli.run([*config, "config", "check"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    found = counts(demo.world.root)
    assert [name for name in FILLED if not found[name]] == []
    assert found["ticket"] >= 60
    assert found["audit"] > 80
    # Whatever happened, it did not happen in the future.
    with closing(sqlite3.connect(demo.world.root / "data" / "opsconsole.db")) as raw:
        for table in ("audit", "ticket_event", "alert_event", "checklist_answer", "checklist_event"):
            assert raw.execute(f"SELECT max(at) FROM {table}").fetchone()[0] <= demo.world.now, table
        times = [at for (at,) in raw.execute("SELECT at FROM audit ORDER BY seq")]
        assert times == sorted(times)


def test_the_same_seed_gives_the_same_records(tmp_path: Path) -> None:
    one, same, other = (digest(made(tmp_path / name, "generic", seed=seed, tickets=20).world.root)
                        for name, seed in (("one", 1), ("same", 1), ("other", 2)))
    assert one == same
    assert one != other
