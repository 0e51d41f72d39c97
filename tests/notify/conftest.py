from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.notify.bench import Bench

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Bench]]]:
    """Opens a bench; it is closed at the end."""
    opened: list[Bench] = []

    async def make(*arguments: str, **more: str) -> Bench:
        opened.append(await Bench.open(tmp_path, *arguments, **more))
        return opened[-1]

    yield make
    for one in opened:
        await one.close()
