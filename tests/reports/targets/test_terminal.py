"""The board in a real terminal: opened from Health, each number opened where it comes from, and back."""

from __future__ import annotations

import asyncio
import os

import pytest

from opsconsole.core.clock import SystemClock
from opsconsole.core.identity import current_actor
from opsconsole.core.paths import user_config
from opsconsole.core.settings import RoleSettings
from tests.e2e.program import READY, console, records
from tests.reports.targets.board import CONFIG, entered, measured

pytestmark = pytest.mark.e2e

OPENED = (("", "Shop"), ("j", "used memory"), ("jjj", "first contact"), ("jjjj", "CAPACITY PLANNING"))
"""Keys down to a target, and what is seen of where its number comes from: check, line of the panel, tickets, run."""


async def stored() -> None:
    """What was measured and entered until now."""
    folder, now = records().parent, SystemClock().now()
    folder.mkdir(parents=True, exist_ok=True)
    await measured(folder, now)
    await entered(folder, now, current_actor(RoleSettings()))


def test_the_board_opens_where_its_numbers_come_from() -> None:
    path = user_config(os.environ)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"console: {{briefing: false}}\nagent: {{child: false}}\n{CONFIG}")
    asyncio.run(stored())
    with console(columns=80, rows=24) as terminal:
        terminal.wait_for(READY, 60)
        terminal.send("O")
        terminal.wait_for("4 missed, 2 unknown, 4 met")
        assert "✖ missed   Uptime" in terminal.text
        for moves, seen in OPENED:
            terminal.send(moves + "\r")
            terminal.wait_for(seen)
            terminal.send("\x1b")
            terminal.wait_for("4 missed")
        terminal.send("q")
        assert terminal.wait_exit() == 0
