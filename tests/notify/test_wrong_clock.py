"""A clock that was ahead and is set right keeps no page back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.notify.bench import DAY, HOUR, MINUTE, Bench, Sink, to

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    Open = Callable[..., Awaitable[Bench]]


@pytest.mark.parametrize("ahead", [2 * MINUTE, 90 * MINUTE, DAY])
async def test_a_page_that_was_written_while_the_clock_was_ahead(bench: Open, tmp_path: Path, ahead: int) -> None:
    sink = Sink(tmp_path)
    b = await bench(to(sink, "group: 30s\n"))
    b.clock.at += ahead
    await b.fire()
    await b.go(0)
    b.clock.at -= ahead
    await b.run("notify.look-after")
    await b.settle()
    assert len(sink.got) == 1
    await b.go(HOUR, DAY)
    assert len(sink.got) == 1
