"""Waiting for what a console does by and by; no test judges how long that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

LIMIT = 30.0
"""Seconds: whatever did not happen by then does not happen."""
STEP = 0.02


async def until(pilot: Pilot[Any], holds: Callable[[], object]) -> None:
    """Wait for something."""
    for _ in range(int(LIMIT / STEP)):
        await pilot.pause(STEP)
        if holds():
            return
    raise AssertionError("it did not happen")
