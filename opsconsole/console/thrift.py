"""What is kept of screens: little of those that nobody sees; and what the collector of garbage need not look at."""

from __future__ import annotations

import gc
from typing import Any, Final

from textual._cells import cell_len
from textual._styles_cache import StylesCache
from textual.geometry import Region

CACHES: Final[tuple[Any, ...]] = (StylesCache.get_inner_outer, cell_len, Region.intersection, Region.overlaps,
                                  Region.translate)
"""Where Textual keeps something of all that was drawn, of closed screens too: the lines of 1,024 widgets, as keys of
their colours; the last 4,096 pieces of text, with their widths; all places that lines of a list scrolled through."""
MOST: Final = 600
"""How much of each is kept while keys go on: what one screen needs, and a little more."""
PAUSE: Final = 0.1
"""Seconds without another screen until what was closed is collected: before somebody who looks through tickets has
opened two more. What they took beside it would stay taken: Python gives little back to the system."""


def begin() -> None:
    """What the start has made stays: the collector need not look at it again. It was off until now."""
    gc.freeze()
    gc.enable()


def stays() -> None:
    """The same for what has been imported since, half of all there is: a collection takes 15 ms then and not 50."""
    gc.collect()
    gc.freeze()
    # The collector waits for a quarter of what it found the last time, to which now nothing belongs any more.
    gc.collect()


def forget() -> None:
    """Let go of what was drawn: there is another screen."""
    for cache in CACHES:
        cache.cache_clear()


def sweep() -> None:
    """Let go of what grew too long, as it does where somebody pages on and on."""
    for cache in CACHES:
        if cache.cache_info().currsize > MOST:
            cache.cache_clear()


def collect() -> None:
    """Let go of what was closed: a screen is a knot of widgets, which the collector by itself unties late."""
    gc.collect()

