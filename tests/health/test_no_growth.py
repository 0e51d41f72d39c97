"""Some simulated hours of a real agent: nothing that it remembers may grow with them."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from array import array
from collections import Counter, deque
from typing import TYPE_CHECKING

import pytest

from opsconsole.agent.model import Timing
from opsconsole.core.clock import HOUR, MINUTE
from opsconsole.notify import jobs as notifying
from tests.health.world import living, prepared
from tests.simulated import simulated

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulated import SimulatedClock

CONTAINERS = (dict, list, set, deque, array)
BOUNDED = {"_Tier.times", "_Tier.columns", "_Tier._counts", "_Memories._points", "_Memories._next", "_Memories._step",
           "Recorder._ids", "Recorder._seen", "Rulebook._found", "Rulebook._limits", "Watch", "Detail", "Policy"}
"""What is kept for a day or two, or up to a number that is not reached here; tests of their own look at these."""


def remembered() -> Counter[str]:
    """How much is in every collection of the program by `class.attribute`, and how many objects of each class."""
    gc.collect()
    found: Counter[str] = Counter()
    for one in gc.get_objects():
        kind = type(one)
        own = str(kind.__module__).startswith("opsconsole.")
        if kind is asyncio.Task or own:
            found[kind.__qualname__] += 1
        if own:
            names = [*getattr(one, "__dict__", ()), *getattr(kind, "__slots__", ())]
            for name, value in [(name, getattr(one, name, None)) for name in names]:
                if isinstance(value, CONTAINERS):
                    found[f"{kind.__qualname__}.{name}"] += len(value)
    for name, module in list(sys.modules.items()):
        if name.startswith("opsconsole."):
            for attribute, value in vars(module).items():
                if isinstance(value, CONTAINERS):
                    found[f"{name}:{attribute}"] += len(value)
    found["threads"] = threading.active_count()
    return found


async def _live(clock: SimulatedClock, config: Path, seen: list[Counter[str]]) -> None:
    timing = Timing(beat=30, dead=120, margin=30)
    with living(config, clock, life=5 * MINUTE, timing=timing) as agent:
        work = asyncio.create_task(agent.work())
        for _ in range(3):
            await asyncio.wait([work], timeout=HOUR / 1000)
            seen.append(remembered())
        agent.wishes.end.set()
        await work


@pytest.mark.usefixtures("everything_counts")
def test_nothing_grows_with_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifying, "BEAT", 20.0)
    seen: list[Counter[str]] = []
    simulated(lambda clock: _live(clock, prepared(tmp_path, every="2m", record="2m", share=5), seen))
    _, before, after = seen
    grown = {name: (before[name], count) for name, count in after.items()
             if count > before[name] + 5 and name not in BOUNDED}
    assert not grown
    assert before["Loop._slots"] > 10
