"""The emulated screen of a test terminal."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

import pyte
from pyte.screens import StaticDefaultDict

from tests.terminal_protocol import ALTERNATE


class CellStyle(NamedTuple):
    """How one cell looks; colours are names (`red`, `default`) or six hexadecimal digits."""

    text: str
    fg: str
    bg: str
    bold: bool
    italic: bool
    underline: bool
    reverse: bool


class Screen(pyte.Screen):
    """pyte's screen with an alternate screen, so that what remains after a program is what a person would see."""

    def __init__(self, columns: int, rows: int) -> None:
        self._kept: Any = None
        super().__init__(columns, rows)

    def set_mode(self, *modes: int, **kwargs: Any) -> None:
        if kwargs.get("private") and ALTERNATE & set(modes) and self._kept is None:
            self._kept = (self.buffer, self.cursor.x, self.cursor.y)
            self.buffer = defaultdict(lambda: StaticDefaultDict(self.default_char))
        super().set_mode(*modes, **kwargs)

    def reset_mode(self, *modes: int, **kwargs: Any) -> None:
        super().reset_mode(*modes, **kwargs)
        if kwargs.get("private") and ALTERNATE & set(modes) and self._kept is not None:
            self.buffer, self.cursor.x, self.cursor.y = self._kept
            self._kept = None
            self.dirty.update(range(self.lines))
