"""Runs checks of this machine as the agent does: the same memory and folder, run after run."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.core.clock import SystemClock
from opsconsole.health.checks.kinds import asking
from opsconsole.health.checks.runner import KINDS, Scope

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from opsconsole.health.checks.model import Measured
    from opsconsole.health.checks.settings.base import Check


class TurnedClock(SystemClock):
    """The machine's clock, turned forward by hand."""

    ahead = 0.0
    """Seconds."""
    back = 0.0
    """Seconds by which only the time of day is wrong."""

    def now(self) -> int:
        return super().now() + round((self.ahead - self.back) * 1000)

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead


class Runs:
    """The runs of one check."""

    def __init__(self, folder: Path) -> None:
        self.clock = TurnedClock()
        self.memory: dict[str, Any] = {}
        self.state = folder / "state"

    async def __call__(self, check: Check, *, later: float = 0.0) -> Measured:
        """One run, `later` seconds after the one before; cancelled at its time as the agent does."""
        self.clock.ahead += later
        scope = Scope("tried", self.clock, self.memory, self.state, asyncio.get_running_loop().time() + check.timeout)
        module, _, function = KINDS[str(type(check).__struct_config__.tag)].partition(":")
        __import__(module)
        measured: Measured = await asyncio.wait_for(getattr(sys.modules[module], function)(check, scope), check.timeout)
        return measured

    def restart(self) -> None:
        """What was only in memory is gone."""
        self.memory.clear()


@pytest.fixture
async def runs(tmp_path: Path) -> AsyncIterator[Runs]:
    """The runs of one check; nothing is left of them."""
    yield Runs(tmp_path)
    asking.close()


def script(folder: Path, name: str, text: str) -> Path:
    """An executable shell script."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path
