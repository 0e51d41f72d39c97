"""What was read of the timeline: whole between its two ends, whatever was asked for, and however much happened."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.console.timeline import window as windows
from opsconsole.console.timeline.window import Window
from opsconsole.core.clock import HOUR, MINUTE
from opsconsole.core.timeline import About, Happening, Page, gather
from tests.core.happened import Listed

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = 1_000 * HOUR
MOMENTS = st.lists(st.one_of(st.integers(NOW - 100, NOW), st.integers(NOW - 50 * HOUR, NOW),
                             st.integers(1, NOW), st.sampled_from([5, NOW - HOUR, NOW])), max_size=60)
STEPS = st.lists(st.sampled_from(["older", "newer", "fresh"]), max_size=8)


class Server:
    """Tells what happened until now."""

    def __init__(self, moments: Sequence[int]) -> None:
        self.moments = list(moments)

    async def read(self, since: int, until: int, limit: int) -> Page:
        """See `Window`."""
        return await gather([Listed("change", self.moments[::2]), Listed("ticket", self.moments[1::2])], since, until,
                            limit)

    def between(self, begin: int, end: int) -> list[int]:
        """All moments of a time, newest first."""
        return sorted((at for at in self.moments if begin <= at < end), reverse=True)


def check(window: Window, server: Server) -> None:
    """It holds everything between its ends, once, and finds each row again by its key."""
    rows = window.rows
    assert [one.at for one in rows] == server.between(window.begin, window.end)
    assert len({(one.at, one.what) for one in rows}) == len(rows)
    keys = [window.key(number) for number in range(len(rows))]
    assert len(set(keys)) == len(keys)
    assert [window.find(key) for key in keys] == list(range(len(rows)))


@given(MOMENTS, st.integers(0, NOW + HOUR), STEPS)
def test_nothing_between_its_ends_is_lost_or_doubled(moments: list[int], at: int, steps: list[str]) -> None:
    async def walk() -> None:
        server, now = Server(moments), NOW
        window = Window(server.read)
        with mock.patch.multiple(windows, FIRST=3, STEP=4, MOST=7):
            await window.open(at, now)
            check(window, server)
            for step in steps:
                if step == "older":
                    await window.older()
                elif step == "newer":
                    await window.newer(now)
                else:
                    now += MINUTE
                    # What changed may become known late.
                    server.moments += [now, now - HOUR]
                    before = window.follows
                    if before:
                        assert await window.fresh(now) is (bool(server.between(now - HOUR, now)))
                        assert window.end == now + 1
                    else:
                        assert not await window.fresh(now)
                        server.moments = server.moments[:-2]
                check(window, server)

    asyncio.run(walk())


@given(MOMENTS)
def test_both_ends_are_reached(moments: list[int]) -> None:
    async def walk() -> None:
        server = Server(moments)
        window = Window(server.read)
        with mock.patch.multiple(windows, FIRST=3, STEP=4, MOST=7):
            await window.open(NOW - 10 * HOUR, NOW)
            for _ in range(200):
                await window.older()
                await window.newer(NOW)
            assert (window.begin, window.end, window.follows) == (0, NOW + 1, True)
            check(window, server)

    asyncio.run(walk())


@given(MOMENTS, STEPS)
def test_of_very_much_only_some_is_kept(moments: list[int], steps: list[str]) -> None:
    async def walk() -> None:
        server = Server(moments)
        window = Window(server.read)
        with mock.patch.multiple(windows, FIRST=3, STEP=4, MOST=7, KEPT=15):
            await window.open(NOW - HOUR, NOW)
            for step in steps:
                await (window.newer(NOW) if step == "newer" else window.older())
                check(window, server)
                # All of one moment stay together.
                most = max((window.rows.count(one) for one in window.rows), default=0)
                assert len(window.rows) <= 15 + max(most, 60)

    asyncio.run(walk())


def test_the_row_of_a_moment() -> None:
    rows = [Happening(9, "log", "later"), Happening(5, "ticket", "opened", target="ticket:1"),
            Happening(5, "alert", "fired", target="alert:7"), Happening(2, "change", "package")]
    window = Window(Server([]).read)
    window.rows = rows
    assert window.of(About("alert:7"), 5) == 2
    assert window.of(About("alert:8"), 5) == 1, "else the newest that happened by then"
    assert window.of(About("alert:7"), 4) == 3
    assert window.find("4:0") == 3
    assert window.find("1:0") is None
