"""Demos for tests: made once, and looked at."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from opsconsole.core.clock import Instant, instant
from opsconsole.core.invocation import Options
from opsconsole.demo.making import make
from opsconsole.demo.place import Place
from opsconsole.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from opsconsole.demo.making import Made
    from opsconsole.settings import Loaded

FRIDAY: Final[Instant] = instant(datetime(2026, 11, 20, 8, 31, tzinfo=ZoneInfo("Europe/Berlin")))
"""When the demos of tests and pictures are: on a Friday morning, while the daily check is walked through."""


def made(folder: Path, preset: str = "dashboard", *, now: Instant = FRIDAY, seed: int = 1, tickets: int = 60) -> Made:
    """A demo in a folder."""
    def load(options: Options) -> Loaded:
        return load_settings(options.config, {"HOME": str(folder)})

    folder.mkdir(exist_ok=True)
    return make(Place(folder), preset, now, seed=seed, tickets=tickets, load=load,
                options=Options())
