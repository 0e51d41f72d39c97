"""Little is kept of what nobody sees any more, and what stays is not looked at by the collector."""

from __future__ import annotations

import gc
from functools import lru_cache
from typing import TYPE_CHECKING

from opsconsole.console import thrift
from tests.console.shell_app import console
from tests.console.shown import settled

if TYPE_CHECKING:
    import pytest


async def test_another_screen_empties_what_textual_keeps_of_all_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    app = console()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        before = [cache.cache_info().currsize for cache in thrift.CACHES]
        assert any(before)
        emptied = []
        forget = thrift.forget

        def noted() -> None:
            forget()
            emptied.append([cache.cache_info().currsize for cache in thrift.CACHES])

        monkeypatch.setattr(thrift, "forget", noted)
        await pilot.press("2")
        await settled(pilot)
        assert emptied == [[0] * len(thrift.CACHES)]


async def test_lines_that_keys_bring_are_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = lru_cache(str)
    monkeypatch.setattr(thrift, "CACHES", (lines,))
    monkeypatch.setattr(thrift, "MOST", 20)
    app = console()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for number in range(20):
            lines(number)
        await pilot.press("down")
        assert lines.cache_info().currsize == 20, "what a screen needs stays"
        lines(20)
        await pilot.press("down")
        assert lines.cache_info().currsize == 0


def test_what_stays_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    for name in ("freeze", "enable", "collect"):
        monkeypatch.setattr(gc, name, lambda name=name: asked.append(name))
    thrift.begin()
    thrift.stays()
    thrift.collect()
    assert asked == ["freeze", "enable", "collect", "freeze", "collect", "collect"]
