"""Programs, items and proposers for tests."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opsconsole.checklists.auto import Proposer
from opsconsole.checklists.settings import ChecklistSettings
from opsconsole.checklists.template import AutoItem
from opsconsole.core.clock import SystemClock
from opsconsole.core.units import Duration
from tests.checklists.made import Answers, template

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsconsole.checklists.model import Proposal
    from opsconsole.checklists.template import Item
    from opsconsole.checklists.walk import Walk


def script(folder: Path, name: str, text: str, mode: int = 0o755) -> str:
    """A program."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(mode)
    return str(path)


def command(*words: str, item: str = "it", timeout: float = 20, **more: Any) -> AutoItem:
    return AutoItem(id=item, title="Something", command=words, timeout=Duration(timeout), **more)


def walk_of(*items: Item) -> Walk:
    return Answers().walk(template(*items))


def proposer(**more: Any) -> Proposer:
    return Proposer(more.pop("clock", SystemClock()), more.pop("settings", ChecklistSettings()), **more)


async def proposed(item: Item, **more: Any) -> Proposal:
    """What is thought of one item."""
    (found,) = await proposer(**more).propose(walk_of(item))
    return found


def gone(pid: int) -> bool:
    """Whether a process has ended, or waits to be reaped by whoever adopted it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


async def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)
