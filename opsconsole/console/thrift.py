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
PAUSE: Final = 1.0
"""Seconds without another screen until what was closed is collected."""


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


def collect() -> None:
    """Let go of what was closed: a screen is a knot of widgets, which the collector by itself unties late."""
    gc.collect()

