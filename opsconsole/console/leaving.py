"""Screens that close themselves and nothing else."""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import Screen

from opsconsole.console.intervals import Intervals

ScreenResult = TypeVar("ScreenResult")


class LeavingScreen(Intervals, Screen[ScreenResult], inherit_bindings=False):
    """A screen that goes once nothing lies over it.

    Textual closes whatever is on top, with whose-ever result: work of a form that ends late would take away what
    somebody opened meanwhile, and leave the form.
    """

    def __init__(self, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(name=name, id=id, classes=classes)
        self._waiting: tuple[ScreenResult | None] | None = None
        """What it is to be left with."""

    def dismiss(self, result: ScreenResult | None = None) -> AwaitComplete:
        """Leave it, now or when it is on top again; what was said last counts."""
        if self.is_active:
            return super().dismiss(result)
        self._waiting = (result,)
        return AwaitComplete()

    def on_screen_resume(self) -> None:
        """Nothing lies on top any more."""
        if self._waiting is not None and self.is_active:
            (result,), self._waiting = self._waiting, None
            self.dismiss(result)
