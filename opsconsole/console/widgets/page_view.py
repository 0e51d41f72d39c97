"""A page that is read line by line: the cursor goes to the next thing while that is in view, else the page scrolls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.message import Message

from opsconsole.console import actions as registry
from opsconsole.console.widgets.keys import bindings
from opsconsole.console.widgets.lines_view import LinesView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from opsconsole.core.lines import Line


class PageView(LinesView, inherit_bindings=False):
    """A long page; see the module. It has one column, so `l` and `h` are free for what can be done here."""

    BINDINGS: ClassVar[list[BindingType]] = bindings((*registry.MOVES, registry.OPEN))

    @dataclass
    class Scrolled(Message):
        """Other lines are in view."""

        view: PageView

        @property
        def control(self) -> PageView:
            """The page."""
            return self.view

    def show_below(self, lines: Sequence[Line], added: int) -> None:
        """Another page, of which so many lines are new above those in view: these stay where they are."""
        top = self.top
        self.show(lines)
        self.scroll_rows(top + added)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Tell that other lines are in view."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self.post_message(self.Scrolled(self))

    def _step(self, step: int) -> None:
        """To the next thing if it is in view, or just behind; else by one line, so that nothing is passed unread."""
        if self._cursor is not None:
            place = self._spots.vertical(self._cursor, self._column, step)
            if place != self._cursor and self.top - 1 <= place.row <= self.top + self.height:
                self._go(place)
                return
        self.scroll_rows(self.top + step)
