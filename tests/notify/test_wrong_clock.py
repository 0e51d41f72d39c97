"""A clock that was ahead and is set right keeps no page back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.notify.bench import DAY, HOUR, MINUTE, SECOND, Bench, Sink, to

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


@pytest.mark.parametrize("ahead", [2 * MINUTE, 10 * MINUTE, 90 * MINUTE, DAY])
async def test_a_storm_by_a_clock_that_was_ahead(bench: Open, tmp_path: Path, ahead: int) -> None:
    sink = Sink(tmp_path)
    b = await bench(to(sink, "group: 0s\nstorm: {messages: 3, within: 10m}\n"))
    b.clock.at += ahead
    for number in range(3):
        await b.fire(f"alert:{number}", title=f"down {number}")
        await b.go(SECOND)
    b.clock.at -= ahead
    await b.fire("alert:9", title="down for real")
    await b.go(SECOND)
    assert len(sink.got) == 4
    assert "down for real" in sink.got[-1]["title"]


@pytest.mark.parametrize("ahead", [10 * MINUTE, 90 * MINUTE, DAY])
async def test_a_page_that_was_tried_in_vain_while_the_clock_was_ahead(bench: Open, tmp_path: Path, ahead: int) -> None:
    sink = Sink(tmp_path)
    b = await bench(to(sink, "group: 5s\n"))
    await b.fire()
    await b.go(0)
    sink.fail(1)
    b.clock.at += ahead
    await b.go(0)
    assert len(sink.got) == 1, "it was tried"
    b.clock.at -= ahead - 2 * MINUTE
    sink.fail(0)
    await b.run("notify.look-after")
    await b.go(SECOND)
    assert len(sink.got) == 2
    await b.go(HOUR, DAY)
    assert len(sink.got) == 2
